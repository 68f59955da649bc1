/// Log lines, the status line below them, and JSON events: one lock keeps them whole.
#include "apps/ironbow/journal.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/json.h"

static const char *const LEVEL_NAMES[] = {"error", "warning", "info", "debug"};

/// Whether a line can be written without waiting: a pipe that says so has room for 4,096 bytes.
static bool has_room(int fd) {
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    return poll(&poller, 1, 0) == 1;
}

/// Leaves the cursor at the start of an empty line.
static void wipe(const struct ib_app_journal *self) {
    if (self->status[0] && has_room(STDOUT_FILENO)) {
        fputs("\r\033[K", stdout);
        fflush(stdout);
    }
}

/// Cut to what fits into one row: a line that wraps cannot be wiped. UTF-8 stays whole.
static void fit(char *text) {
    struct winsize window;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        return;
    unsigned columns = 0;
    for (char *p = text; *p; p++) {
        if (*p == '\033') { // a colour takes no room
            p += strcspn(p, "m");
            if (!*p)
                return;
            continue;
        }
        bool begins = ((unsigned char)*p & 0xC0) != 0x80;
        if (begins && ++columns >= window.ws_col) {
            *p = 0;
            return;
        }
    }
}

static void redraw(const struct ib_app_journal *self) {
    if (self->status[0] && has_room(STDOUT_FILENO)) {
        fputs(self->status, stdout);
        fflush(stdout);
    }
}

static void put_log(const struct ib_app_journal *self, enum ib_log_level level, const char *room,
                    const char *text) {
    if (!self->json) {
        if (level <= IB_LOG_WARNING)
            fprintf(stderr, "ironbow: %s: %s: %s\n", room, LEVEL_NAMES[level], text);
        else
            fprintf(stderr, "ironbow: %s: %s\n", room, text);
        return;
    }
    char line[1024];
    struct ib_json_writer json;
    ib_json_begin(&json, line, sizeof line);
    ib_json_open_object(&json, NULL);
    ib_json_put_string(&json, "event", "log");
    ib_json_put_string(&json, "level", LEVEL_NAMES[level]);
    ib_json_put_string(&json, "room", room);
    ib_json_put_string(&json, "text", text);
    ib_json_close_object(&json);
    if (ib_json_finish(&json) > 0) {
        puts(line);
        fflush(stdout);
    }
}

/// Whether there is room for a line; what was lost before is told first.
static bool ready(struct ib_app_journal *self, int fd) {
    if (!has_room(fd)) {
        self->lost++;
        return false;
    }
    if (self->lost) {
        char text[80];
        snprintf(text, sizeof text, "%u lines were lost: nobody read them in time", self->lost);
        self->lost = 0;
        put_log(self, IB_LOG_WARNING, "log", text);
    }
    return has_room(fd);
}

static void write_line(void *context, enum ib_log_level level, const char *room, const char *text) {
    struct ib_app_journal *self = context;
    // The port tells how the board fares; who came and went is for -v alone.
    bool shown = level <= self->level;
    bool ported = level <= IB_LOG_INFO || strcmp(room, "pump") != 0;
    if (!shown && !ported)
        return;
    pthread_mutex_lock(&self->lock);
    if (ported)
        ib_app_log_port_write(&self->port, level, room, text);
    if (shown && self->holding && level > IB_LOG_ERROR && self->held < IB_APP_JOURNAL_HELD) {
        struct ib_app_journal_line *line = &self->lines[self->held++];
        line->level = level;
        snprintf(line->room, sizeof line->room, "%s", room);
        snprintf(line->text, sizeof line->text, "%s", text);
        shown = false;
    }
    if (!shown) {
        pthread_mutex_unlock(&self->lock);
        return;
    }
    if (!self->json)
        wipe(self);
    if (ready(self, self->json ? STDOUT_FILENO : STDERR_FILENO))
        put_log(self, level, room, text);
    if (!self->json)
        redraw(self);
    pthread_mutex_unlock(&self->lock);
}

void ib_app_journal_init(struct ib_app_journal *self, enum ib_log_level level, bool json) {
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->lock, NULL);
    self->level = level;
    self->json = json;
    self->log = (struct ib_log){.write = write_line, .context = self};
}

void ib_app_journal_hold(struct ib_app_journal *self) {
    self->holding = true;
}

void ib_app_journal_release(struct ib_app_journal *self, bool all) {
    pthread_mutex_lock(&self->lock);
    for (unsigned i = 0; i < self->held; i++) {
        const struct ib_app_journal_line *line = &self->lines[i];
        if ((all || line->level <= IB_LOG_WARNING) &&
            ready(self, self->json ? STDOUT_FILENO : STDERR_FILENO))
            put_log(self, line->level, line->room, line->text);
    }
    self->held = 0;
    self->holding = false;
    pthread_mutex_unlock(&self->lock);
}

void ib_app_journal_deinit(struct ib_app_journal *self) {
    ib_app_journal_status(self, "");
    ib_app_log_port_close(&self->port);
    pthread_mutex_destroy(&self->lock);
}

void ib_app_journal_tick(struct ib_app_journal *self) {
    pthread_mutex_lock(&self->lock);
    ib_app_log_port_tick(&self->port);
    pthread_mutex_unlock(&self->lock);
}

void ib_app_journal_status(struct ib_app_journal *self, const char *text) {
    pthread_mutex_lock(&self->lock);
    wipe(self);
    snprintf(self->status, sizeof self->status, "%s", text);
    fit(self->status);
    redraw(self);
    pthread_mutex_unlock(&self->lock);
}

void ib_app_journal_print(struct ib_app_journal *self, const char *text) {
    pthread_mutex_lock(&self->lock);
    wipe(self);
    if (self->json ? ready(self, STDOUT_FILENO) : has_room(STDOUT_FILENO)) {
        puts(text);
        fflush(stdout);
    }
    redraw(self);
    pthread_mutex_unlock(&self->lock);
}
