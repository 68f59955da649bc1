/// See clip_file.h.
#include "apps/ironbow/clip_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/moment.h"
#include "apps/ironbow/record_names.h"
#include "apps/ironbow/report.h"
#include "core/status.h"
#include "core/text.h"
#include "measure/degrees.h"
#include "ports/linux/append_file.h"
#include "ports/linux/tiff.h"

struct ib_app_clip_file {
    enum ib_app_clip_format format;
    struct ib_app_clip_config config;
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

// ---- a line a frame ----

/// Room for the numbers of all regions.
#define LINE_BYTES (IB_CSV_LINE_BYTES + IB_REGIONS_MOST * 3 * (IB_MEASURE_NAME_BYTES + 8))

static int title(const struct ib_app_clip_file *self, char *out, size_t size) {
    static const char *const NAMES[] = {"min", "mean", "max"};
    const struct ib_regions *regions = self->config.regions;
    struct ib_text text;
    if (!regions || regions->count == 0)
        return ib_csv_summary_title(out, size);
    ib_text_init(&text, out, size);
    ib_text_str(&text, "frame,time,unit");
    for (unsigned i = 0; i < 3 * regions->count; i++) {
        ib_text_char(&text, ',');
        ib_text_str(&text, regions->region[i / 3].name);
        ib_text_char(&text, '_');
        ib_text_str(&text, NAMES[i % 3]);
    }
    ib_text_str(&text, ",ffc,gain,after_gap\n");
    return text.cut ? IB_E_NO_SPACE : (int)text.size;
}

/// A statistic; nothing where there is none.
static void put_stat(struct ib_text *text, const struct ib_reading *reading, enum ib_stat stat,
                     enum ib_csv_unit unit) {
    char number[40];
    double value = reading->value[stat];
    ib_text_char(text, ',');
    if ((reading->flags & IB_READING_EMPTY) || reading->count_px == reading->impossible_px)
        return;
    if (!(reading->flags & IB_READING_COUNTS))
        value = ib_degrees_from_k((enum ib_degrees)unit, value);
    snprintf(number, sizeof number, "%.*f", IB_CSV_DECIMALS, value);
    ib_text_str(text, number);
}

static int regions_line(const struct ib_app_clip_file *self, char *out, size_t size,
                        const struct ib_frame *frame, const char *moment) {
    static const enum ib_stat STATS[] = {IB_STAT_MIN, IB_STAT_MEAN, IB_STAT_MAX};
    // The two lists of units begin alike.
    _Static_assert(IB_CSV_CELSIUS == (int)IB_DEGREES_C && IB_CSV_FAHRENHEIT == (int)IB_DEGREES_F &&
                       IB_CSV_KELVIN == (int)IB_DEGREES_K,
                   "csv.h, degrees.h");
    struct ib_regions *regions = self->config.regions;
    struct ib_text text;
    ib_regions_measure(regions, frame, NULL);
    ib_text_init(&text, out, size);
    ib_text_u64(&text, frame->sequence);
    ib_text_char(&text, ',');
    ib_text_str(&text, moment);
    ib_text_char(&text, ',');
    ib_text_str(&text, ib_csv_unit_name(frame, self->config.unit));
    for (unsigned i = 0; i < 3 * regions->count; i++)
        put_stat(&text, &regions->reading[i / 3], STATS[i % 3], self->config.unit);
    ib_text_char(&text, ',');
    ib_text_str(&text, ib_app_ffc_name(frame->ffc_state));
    ib_text_char(&text, ',');
    ib_text_str(&text, ib_app_gain_name(frame->gain));
    ib_text_str(&text, frame->flags & IB_FRAME_AFTER_GAP ? ",1\n" : ",0\n");
    return text.cut ? IB_E_NO_SPACE : (int)text.size;
}

static int line_of(const struct ib_app_clip_file *self, char *out, size_t size,
                   const struct ib_frame *frame, const char *moment) {
    if (self->config.regions && self->config.regions->count > 0)
        return regions_line(self, out, size, frame, moment);
    return ib_csv_summary(out, size, frame, self->config.unit, moment);
}

int ib_app_clip_open(struct ib_app_clip_file **out, const char *path,
                     const struct ib_app_clip_config *config, char *problem, size_t problem_size) {
    struct ib_app_clip_file *self = calloc(1, sizeof *self);
    *out = NULL;
    if (!self) {
        snprintf(problem, problem_size, "out of memory");
        return IB_E_NO_SPACE;
    }
    self->format = (enum ib_app_clip_format)ib_app_clip_format_of(path);
    self->config = *config;
    self->csv.fd = -1;
    int status;
    if (self->format == IB_APP_CLIP_TIFF) {
        status = ib_tiff_create(&self->tiff, path, config->large, problem, problem_size);
    } else {
        char line[LINE_BYTES];
        status = ib_append_file_create(&self->csv, path, problem, problem_size);
        if (status == IB_OK)
            status = put_line(self, line, title(self, line, sizeof line), problem, problem_size);
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
        char line[LINE_BYTES], moment[40] = "unknown";
        if (facts->wall_us > 0)
            ib_app_moment_iso(facts->wall_us, moment, sizeof moment);
        status = put_line(self, line, line_of(self, line, sizeof line, frame, moment), problem,
                          problem_size);
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
