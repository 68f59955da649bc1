/// Which format a recording is, and what is the same for all. The formats are in reel_*.c.
#include "apps/ironbow/reel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/ironbow/moment.h"
#include "apps/ironbow/reel_formats.h"
#include "record/tmjsn.h"

/// Where the end of a .tmjsn recording's first image is looked for.
#define START_BYTES (IB_TMJSN_RECORD_BYTES + 4096u)

int ib_app_reel_fail(struct ib_app_reel_say say, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    // clang-tidy 14 loses sight of va_start when it reads several files in one run.
    (void)vsnprintf(say.text, say.size, format, arguments); // NOLINT(clang-analyzer-valist.*)
    va_end(arguments);
    return -1;
}

void ib_app_reel_infer_unit(struct ib_frame *frame) {
    uint16_t most = 0;
    for (size_t i = 0; i < (size_t)frame->width_px * frame->height_px; i++)
        most = frame->pixels[i] > most ? frame->pixels[i] : most;
    frame->agc = most <= 255;
    frame->unit = most <= 255 ? IB_UNIT_GREY8 : most <= 16383 ? IB_UNIT_COUNTS : IB_UNIT_KELVIN;
    frame->scale_ck = frame->unit == IB_UNIT_KELVIN;
}

/// What the first bytes are. Return: NULL when no recording begins like that.
static const struct ib_app_reel_kind *kind_of(const uint8_t *start, size_t size) {
    static const uint8_t EBML[4] = {0x1A, 0x45, 0xDF, 0xA3};
    if (size >= 2 && start[0] == 0x1F && start[1] == 0x8B)
        return &ib_app_reel_cptv;
    if (size >= 4 && memcmp(start, "CPTV", 4) == 0)
        return &ib_app_reel_cptv;
    if (size >= 4 && memcmp(start, EBML, 4) == 0)
        return &ib_app_reel_mkv;
    size_t blanks = size >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (blanks < size && start[blanks] <= ' ')
        blanks++;
    if (blanks == size || start[blanks] != '{')
        return NULL;
    return memchr(start, IB_TMJSN_END, size) ? &ib_app_reel_tmjsn : &ib_app_reel_tjsn;
}

/// Look at the file. Return: 0, -1.
static int look(struct ib_app_reel *self, struct ib_app_reel_say say) {
    struct stat there;
    // Opening a pipe would wait for somebody to write into it.
    int fd = open(self->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (!file || fstat(fd, &there) != 0) {
        ib_app_reel_fail(say, "%s", strerror(errno));
        if (file)
            fclose(file);
        else if (fd >= 0)
            close(fd);
        return -1;
    }
    if (!S_ISREG(there.st_mode)) {
        // It is read more than once; a pipe cannot be.
        fclose(file);
        return ib_app_reel_fail(say, "not a regular file");
    }
    self->file_bytes = (uint64_t)there.st_size;
    uint8_t *start = malloc(START_BYTES);
    size_t size = start ? fread(start, 1, START_BYTES, file) : 0;
    bool broken = !start || ferror(file);
    fclose(file);
    self->kind = kind_of(start, size);
    free(start);
    if (broken)
        return ib_app_reel_fail(say, start ? "cannot be read" : "out of memory");
    if (!self->kind)
        return ib_app_reel_fail(say, "%s",
                                size == 0 ? "empty"
                                          : "neither a .tjsn image nor a CPTV recording, and "
                                            "neither .tmjsn nor Matroska");
    return 0;
}

static int read_next(struct ib_app_reel *self, struct ib_app_reel_say say) {
    if (self->failed || self->ended) {
        ib_app_reel_fail(say, "%s", self->problem);
        return self->failed ? -1 : 0;
    }
    struct ib_app_reel_say keep = {self->problem, sizeof self->problem};
    int64_t wall_us = self->wall_us;
    int got = self->kind->next(self, &wall_us, keep);
    self->failed = got < 0;
    self->ended = got == 0;
    if (got <= 0) {
        ib_app_reel_fail(say, "%s", self->problem);
        return got;
    }
    // Times that make no sense saturate: they only name a moment.
    self->wall_us = wall_us < IB_APP_MOMENT_LEAST_US  ? IB_APP_MOMENT_LEAST_US
                    : wall_us > IB_APP_MOMENT_MOST_US ? IB_APP_MOMENT_MOST_US
                                                      : wall_us;
    self->frame.sequence = ++self->frames;
    return 1;
}

/// The first frame knows what the file's start does not.
static int take_first(struct ib_app_reel *self, struct ib_app_reel_say say) {
    int got = read_next(self, say);
    if (got < 0)
        return -1;
    self->held = got == 1;
    if (self->held) {
        self->info.width_px = self->frame.width_px;
        self->info.height_px = self->frame.height_px;
        self->info.start_us = self->wall_us;
    }
    return 0;
}

int ib_app_reel_open(struct ib_app_reel **out, const char *path, char *problem,
                     size_t problem_size) {
    struct ib_app_reel_say say = {problem, problem_size};
    *out = NULL;
    if (strlen(path) >= sizeof((struct ib_app_reel *)0)->path)
        return ib_app_reel_fail(say, "the name is too long");
    struct ib_app_reel *self = calloc(1, sizeof *self);
    uint16_t *pixels = malloc(IB_APP_REEL_MOST_PX * sizeof *pixels);
    if (!self || !pixels) {
        free(self);
        free(pixels);
        return ib_app_reel_fail(say, "out of memory");
    }
    snprintf(self->path, sizeof self->path, "%s", path);
    self->pixels = pixels;
    self->frame.pixels = pixels;
    self->frame.capacity_px = IB_APP_REEL_MOST_PX;
    int status = look(self, say);
    if (status == 0) {
        self->info.format = self->kind->name;
        status = self->kind->open(self, say);
    }
    if (status == 0)
        status = take_first(self, say);
    if (status != 0) {
        ib_app_reel_close(self);
        return -1;
    }
    *out = self;
    return 0;
}

void ib_app_reel_close(struct ib_app_reel *self) {
    if (!self)
        return;
    if (self->state)
        self->kind->close(self);
    free(self->pixels);
    free(self);
}

const struct ib_app_reel_info *ib_app_reel_info(const struct ib_app_reel *self) {
    return &self->info;
}

int ib_app_reel_next(struct ib_app_reel *self, const struct ib_frame **frame, int64_t *wall_us,
                     char *problem, size_t problem_size) {
    int got = self->held ? 1 : read_next(self, (struct ib_app_reel_say){problem, problem_size});
    self->held = false;
    *frame = got == 1 ? &self->frame : NULL;
    *wall_us = self->wall_us;
    return got;
}

int ib_app_reel_rewind(struct ib_app_reel *self, char *problem, size_t problem_size) {
    struct ib_app_reel_say say = {problem, problem_size};
    self->held = false;
    self->ended = false;
    self->failed = false;
    self->truncated = false;
    self->frames = 0;
    self->wall_us = 0;
    self->problem[0] = '\0';
    if (self->kind->rewind(self, say) == 0)
        return 0;
    self->failed = true;
    snprintf(self->problem, sizeof self->problem, "cannot be read from its start again");
    return -1;
}

double ib_app_reel_progress(const struct ib_app_reel *self) {
    uint64_t position = self->kind->position(self);
    if (self->ended || position >= self->file_bytes)
        return 1;
    return (double)position / (double)self->file_bytes;
}

bool ib_app_reel_truncated(const struct ib_app_reel *self) {
    return self->truncated;
}
