/// Recordings: what is the same for every format. The formats are in recording_*.c.
#include "apps/ironbow/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/recording_formats.h"
#include "core/status.h"

static const struct ib_app_recording_kind *const KINDS[] = {
    [IB_APP_RECORDING_TMJSN] = &ib_app_recording_tmjsn,
    [IB_APP_RECORDING_CPTV] = &ib_app_recording_cptv,
    [IB_APP_RECORDING_MKV] = &ib_app_recording_mkv,
};
#define KIND_COUNT (sizeof KINDS / sizeof KINDS[0])

int ib_app_recording_cannot(struct ib_app_say say, const char *format, const char *what) {
    snprintf(say.text, say.size, "%s cannot hold %s", format, what);
    return IB_E_UNSUPPORTED;
}

int ib_app_recording_no_memory(struct ib_app_say say) {
    snprintf(say.text, say.size, "out of memory");
    return IB_E_NO_SPACE;
}

int ib_app_recording_format_of(const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        size_t ending = strlen(KINDS[i]->ending);
        if (length > ending && strcmp(path + length - ending, KINDS[i]->ending) == 0)
            return (int)i;
    }
    return IB_E_NOT_FOUND;
}

static const char *keep(char *out, size_t size, const char *text) {
    snprintf(out, size, "%s", text ? text : "");
    return out;
}

int ib_app_recording_open(struct ib_app_recording **out, const char *path,
                          const struct ib_app_recording_config *config, char *problem,
                          size_t problem_size) {
    *out = NULL;
    struct ib_app_recording *self = calloc(1, sizeof *self);
    if (!self)
        return ib_app_recording_no_memory((struct ib_app_say){problem, problem_size});
    self->kind = KINDS[config->format];
    self->config = *config;
    self->config.camera = keep(self->camera, sizeof self->camera, config->camera);
    self->config.firmware = keep(self->firmware, sizeof self->firmware, config->firmware);
    self->config.model = keep(self->model, sizeof self->model, config->model);
    self->config.palette = keep(self->palette, sizeof self->palette, config->palette);
    int status = ib_append_file_create(&self->file, path, problem, problem_size);
    if (status != IB_OK) {
        free(self);
        return status;
    }
    *out = self;
    return IB_OK;
}

static int begin(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
                 struct ib_app_say say) {
    self->width_px = frame->width_px;
    self->height_px = frame->height_px;
    self->first_us = wall_us;
    return self->kind->begin(self, frame, wall_us, say);
}

int ib_app_recording_add(struct ib_app_recording *self, const struct ib_frame *frame,
                         int64_t wall_us, char *problem, size_t problem_size) {
    struct ib_app_say say = {problem, problem_size};
    if (self->failed) {
        snprintf(problem, problem_size, "the recording has failed before");
        return self->failed;
    }
    int status = IB_OK;
    if (self->width_px == 0)
        status = begin(self, frame, wall_us, say);
    if (status == IB_OK &&
        (frame->width_px != self->width_px || frame->height_px != self->height_px)) {
        snprintf(problem, problem_size, "the size changed from %ux%u to %ux%u pixels",
                 self->width_px, self->height_px, frame->width_px, frame->height_px);
        status = IB_E_RANGE;
    }
    if (status == IB_OK)
        status = self->kind->add(self, frame, wall_us, say);
    if (status == IB_OK)
        self->frames++;
    self->failed = status;
    return status;
}

int ib_app_recording_sync(struct ib_app_recording *self, char *problem, size_t problem_size) {
    return ib_append_file_sync(&self->file, problem, problem_size);
}

uint64_t ib_app_recording_bytes(const struct ib_app_recording *self) {
    return self->file.size;
}

int ib_app_recording_close(struct ib_app_recording *self, char *problem, size_t problem_size) {
    if (!self)
        return IB_OK;
    int status = IB_OK;
    if (self->frames == 0) {
        ib_append_file_discard(&self->file);
    } else {
        status = self->kind->end(self, (struct ib_app_say){problem, problem_size});
        char later[256];
        int closed = ib_append_file_close(&self->file, later, sizeof later);
        if (status == IB_OK && closed != IB_OK) {
            status = closed;
            snprintf(problem, problem_size, "%s", later);
        }
    }
    if (self->state)
        self->kind->free(self);
    free(self);
    return status;
}
