/// A script engine with its console in a buffer.
#include "support_board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
// cmocka wants the three above.
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S 100

static char problem[512];

static void on_news(void *context) {
    struct board *self = context;
    pthread_mutex_lock(&self->mutex);
    self->told++;
    pthread_cond_broadcast(&self->news);
    pthread_mutex_unlock(&self->mutex);
}

static void on_log(void *context, enum ib_log_level level, const char *room, const char *text) {
    struct board *self = context;
    (void)level;
    size_t used = strlen(self->warnings);
    snprintf(self->warnings + used, sizeof self->warnings - used, "%s: %s\n", room, text);
}

static struct ib_log listener;

void board_prepare(struct board *self) {
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->news, NULL);
    snprintf(self->directory, sizeof self->directory, "/tmp/ib-board-XXXXXX");
    assert_non_null(mkdtemp(self->directory));
}

void board_clean(struct board *self) {
    char command[160];
    if (self->vm)
        board_stop(self);
    snprintf(command, sizeof command, "rm -rf '%s'", self->directory);
    assert_int_equal(system(command), 0);
    pthread_mutex_destroy(&self->mutex);
    pthread_cond_destroy(&self->news);
}

const char *board_path(struct board *self, unsigned slot, const char *name) {
    if (!name)
        return NULL;
    snprintf(self->path[slot], sizeof self->path[slot], "%s/%s", self->directory, name);
    return self->path[slot];
}

void board_file(struct board *self, const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(board_path(self, 3, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int start(struct board *self, const char *flash, const char *card, const char *rom) {
    listener = (struct ib_log){.write = on_log, .context = self};
    self->size = 0;
    self->raw = false;
    self->text[0] = self->warnings[0] = 0;
    struct ib_vm_config config = self->config;
    config.flash = board_path(self, 0, flash);
    config.card = board_path(self, 1, card);
    config.rom = board_path(self, 2, rom);
    config.notify = on_news;
    config.context = self;
    config.log = &listener;
    return ib_vm_start(&self->vm, &config, problem, sizeof problem);
}

void board_start(struct board *self, const char *flash, const char *card, const char *rom) {
    if (start(self, flash, card, rom) != 0)
        fail_msg("%s", problem);
}

void board_without_main(struct board *self) {
    board_until(self, IB_VM_MAIN);
    ib_vm_reset(self->vm, IB_VM_RESET_SAFE);
    board_expect(self, "MPY: soft reboot\r\n");
    board_prints(self, "import os; os.remove('/flash/main.py')", "");
}

const char *board_refused(struct board *self, const char *flash, const char *card,
                          const char *rom) {
    assert_int_equal(start(self, flash, card, rom), -1);
    assert_null(self->vm);
    return problem;
}

void board_stop(struct board *self) {
    assert_int_equal(ib_vm_stop(self->vm, LIMIT_S * 1000), 0);
    self->vm = NULL;
}

void board_drain(struct board *self) {
    size_t n;
    while ((n = ib_vm_pull(self->vm, (uint8_t *)self->text + self->size,
                           sizeof self->text - 1 - self->size)) > 0) {
        // Zeros would end the text.
        for (size_t i = 0; i < n; i++)
            self->text[self->size + i] =
                self->text[self->size + i] ? self->text[self->size + i] : '?';
        self->size += n;
    }
    self->text[self->size] = 0;
}

/// Until something happens. Fails the test after the limit.
static void wait_for_news(struct board *self, unsigned seen, const char *what) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += LIMIT_S;
    int error = 0;
    pthread_mutex_lock(&self->mutex);
    while (self->told == seen && error == 0)
        error = pthread_cond_timedwait(&self->news, &self->mutex, &end);
    pthread_mutex_unlock(&self->mutex);
    if (error)
        fail_msg("no %s; the output is: %s", what, self->text);
}

static unsigned told(struct board *self) {
    pthread_mutex_lock(&self->mutex);
    unsigned now = self->told;
    pthread_mutex_unlock(&self->mutex);
    return now;
}

void board_expect(struct board *self, const char *text) {
    for (;;) {
        unsigned seen = told(self);
        board_drain(self);
        char *found = strstr(self->text, text);
        if (found) {
            size_t end = (size_t)(found - self->text) + strlen(text);
            self->size -= end;
            memmove(self->text, self->text + end, self->size + 1);
            return;
        }
        wait_for_news(self, seen, text);
    }
}

void board_until(struct board *self, enum ib_vm_stage stage) {
    for (;;) {
        unsigned seen = told(self);
        struct ib_vm_state state;
        ib_vm_state(self->vm, &state);
        board_drain(self);
        if (state.stage == stage)
            return;
        wait_for_news(self, seen, ib_vm_stage_name(stage));
    }
}

void board_type(struct board *self, const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        unsigned seen = told(self);
        size_t n = ib_vm_feed(self->vm, (const uint8_t *)text, left);
        text += n;
        left -= n;
        board_drain(self);
        if (n == 0)
            wait_for_news(self, seen, "room for input");
    }
}

const char *board_run(struct board *self, const char *script) {
    static char result[1u << 20];
    if (!self->raw) {
        board_until(self, IB_VM_PROMPT); // what is typed before a cold boot is lost
        board_type(self, "\x03\x01");
        board_expect(self, "raw REPL; CTRL-B to exit\r\n>");
        self->raw = true;
    }
    self->size = 0;
    board_type(self, script);
    board_type(self, "\x04");
    board_expect(self, "OK");
    for (;;) {
        unsigned seen = told(self);
        board_drain(self);
        char *first = strchr(self->text, '\x04');
        char *second = first ? strchr(first + 1, '\x04') : NULL;
        if (second && second[1] == '>') {
            snprintf(result, sizeof result, "%.*s%s%.*s", (int)(first - self->text), self->text,
                     second > first + 1 ? "!" : "", (int)(second - first - 1), first + 1);
            self->size = 0;
            self->text[0] = 0;
            return result;
        }
        wait_for_news(self, seen, script);
    }
}

void board_prints(struct board *self, const char *script, const char *expected) {
    assert_string_equal(board_run(self, script), expected);
}

void board_raises(struct board *self, const char *script, const char *expected) {
    const char *result = board_run(self, script);
    const char *traceback = strchr(result, '!');
    if (!traceback || !strstr(traceback, expected))
        fail_msg("%s: no %s in: %s", script, expected, result);
}

void board_rebooted(struct board *self, uint32_t cold_boots) {
    for (;;) {
        unsigned seen = told(self);
        struct ib_vm_state now;
        ib_vm_state(self->vm, &now);
        board_drain(self);
        if (now.cold_boots > cold_boots)
            break;
        wait_for_news(self, seen, "reset");
    }
    board_until(self, IB_VM_PROMPT);
    self->size = 0;
    self->raw = false;
}

void board_reset(struct board *self) {
    struct ib_vm_state before;
    ib_vm_state(self->vm, &before);
    ib_vm_reset(self->vm, IB_VM_RESET_HARD);
    board_rebooted(self, before.cold_boots);
}

void board_soft_reset(struct board *self) {
    if (!self->raw)
        board_run(self, "pass");
    board_type(self, "\x04");
    board_expect(self, "soft reboot\r\n");
    board_expect(self, "raw REPL; CTRL-B to exit\r\n>");
}

void board_file_runs(struct board *self, const char *path) {
    static char script[1u << 16];
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    size_t size = fread(script, 1, sizeof script - 1, file);
    assert_true(feof(file));
    fclose(file);
    script[size] = 0;
    board_prints(self, script, "");
}
