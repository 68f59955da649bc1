/// See clip_file.h.
#include "apps/ironbow/clip_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/moment.h"
#include "core/status.h"
#include "ports/linux/append_file.h"
#include "ports/linux/tiff.h"

struct ib_app_clip_file {
    enum ib_app_clip_format format;
    enum ib_csv_unit unit;
    struct ib_tiff *tiff;
    struct ib_append_file csv;
    uint32_t frames;
};

int ib_app_clip_format_of(const char *path) {
    const char *dot = strrchr(path, '.');
    if (dot && (strcmp(dot, ".tiff") == 0 || strcmp(dot, ".tif") == 0))
        return IB_APP_CLIP_TIFF;
    return dot && strcmp(dot, ".csv") == 0 ? IB_APP_CLIP_CSV : IB_E_NOT_FOUND;
}

static int put_line(struct ib_app_clip_file *self, const char *line, int size, char *problem,
                    size_t problem_size) {
    if (size < 0) {
        snprintf(problem, problem_size, "%s", ib_status_text(size));
        return size;
    }
    return ib_append_file_put(&self->csv, line, (size_t)size, problem, problem_size);
}

int ib_app_clip_open(struct ib_app_clip_file **out, const char *path, bool large,
                     enum ib_csv_unit unit, char *problem, size_t problem_size) {
    struct ib_app_clip_file *self = calloc(1, sizeof *self);
    *out = NULL;
    if (!self) {
        snprintf(problem, problem_size, "out of memory");
        return IB_E_NO_SPACE;
    }
    self->format = (enum ib_app_clip_format)ib_app_clip_format_of(path);
    self->unit = unit;
    self->csv.fd = -1;
    int status;
    if (self->format == IB_APP_CLIP_TIFF) {
        status = ib_tiff_create(&self->tiff, path, large, problem, problem_size);
    } else {
        char line[IB_CSV_LINE_BYTES];
        status = ib_append_file_create(&self->csv, path, problem, problem_size);
        if (status == IB_OK)
            status = put_line(self, line, ib_csv_summary_title(line, sizeof line), problem,
                              problem_size);
    }
    if (status != IB_OK) {
        ib_append_file_discard(&self->csv);
        free(self);
        return status;
    }
    *out = self;
    return IB_OK;
}

static int add_page(struct ib_app_clip_file *self, const struct ib_frame *frame,
                    const struct ib_app_export_facts *facts, char *problem, size_t problem_size) {
    char description[1024], moment[24] = "";
    ib_app_export_describe(description, sizeof description, frame, facts, false);
    if (facts->wall_us > 0)
        ib_app_moment_tiff(facts->wall_us, moment, sizeof moment);
    const struct ib_tiff_page page = {.width_px = frame->width_px,
                                      .height_px = frame->height_px,
                                      .pixels = frame->pixels,
                                      .description = description,
                                      .software = "ironbow " IB_VERSION,
                                      .moment = moment};
    return ib_tiff_add(self->tiff, &page, problem, problem_size);
}

int ib_app_clip_add(struct ib_app_clip_file *self, const struct ib_frame *frame,
                    const struct ib_app_export_facts *facts, char *problem, size_t problem_size) {
    int status;
    if (self->format == IB_APP_CLIP_TIFF) {
        status = add_page(self, frame, facts, problem, problem_size);
    } else {
        char line[IB_CSV_LINE_BYTES], moment[40] = "unknown";
        if (facts->wall_us > 0)
            ib_app_moment_iso(facts->wall_us, moment, sizeof moment);
        status = put_line(self, line, ib_csv_summary(line, sizeof line, frame, self->unit, moment),
                          problem, problem_size);
    }
    self->frames += status == IB_OK;
    return status;
}

int ib_app_clip_close(struct ib_app_clip_file *self, char *problem, size_t problem_size) {
    int status = IB_OK;
    if (!self)
        return IB_OK;
    if (self->frames == 0) {
        ib_tiff_discard(self->tiff);
        ib_append_file_discard(&self->csv);
    } else {
        status = ib_tiff_close(self->tiff, problem, problem_size);
        int closed = ib_append_file_close(&self->csv, problem, problem_size);
        status = status == IB_OK ? closed : status;
    }
    free(self);
    return status;
}
