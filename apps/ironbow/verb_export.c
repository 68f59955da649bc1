/// ironbow export: frames of a recording as pictures, tables and numbers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/export.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/progress.h"
#include "apps/ironbow/reel.h"
#include "apps/ironbow/region_options.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/verb.h"
#include "core/status.h"
#include "ports/linux/storage_file.h"

enum {
    OPT_OUTPUT = 1,
    OPT_FRAME,
    OPT_ALL,
    OPT_FORMAT,
    OPT_PALETTE,
    OPT_RANGE,
    OPT_SCALE,
    OPT_UNITS,
    OPT_EMISSIVITY,
    OPT_REFLECTED,
    OPT_QUIET,
};

static const struct ib_app_option OPTIONS[] = {
    {OPT_OUTPUT, "output", 'o', "FILE",
     "where to; - is standard output;\nwith --all a pattern such as cat-%04d.tiff"},
    {OPT_FRAME, "frame", 0, "N", "which one (default 1: the first)"},
    {OPT_ALL, "all", 0, NULL, "every frame, a file each"},
    {OPT_FORMAT, "format", 0, "FORMAT",
     IB_APP_EXPORT_NAMES "\n(default: what the file's name says)"},
    {OPT_PALETTE, "palette", 0, "NAME", "png, jpg: colours (default ironbow)"},
    {OPT_RANGE, "range", 0, "RANGE",
     "png, jpg: 15:40 degrees Celsius from first to last colour;\nmin-max (default), percentile or "
     "equalised: as each frame is"},
    {OPT_SCALE, "scale", 0, "N", "png, jpg: enlarge 1 to 16 times (default 4)"},
    {OPT_UNITS, "units", 0, "UNIT", "csv: C, F, K or counts (default C)"},
    {OPT_EMISSIVITY, "emissivity", 0, "E",
     "measured anew: what the surface is, 0.95 or 95%\n(default: what the camera was told)"},
    {OPT_REFLECTED, "reflected", 0, "T", "… and the temperature it mirrors: 22, 72F, 295K"},
    {OPT_QUIET, "quiet", 'q', NULL, "say nothing but errors"},
    {0},
};

struct export {
    const struct ib_app_verb *verb;
    const char *input;
    const char *output;
    enum ib_app_export_format format;
    struct ib_app_export_style style;
    uint64_t frame; ///< 0: all
    bool quiet;
    struct ib_app_reel *reel;
    struct ib_app_progress progress;
    uint32_t written;
};

/// Where a pattern's number goes: "%d", "%04d". `*digits` is how many at least.
/// Return: the place of '%', NULL when there is not exactly one such.
static const char *number_in(const char *pattern, unsigned *digits, const char **rest) {
    const char *percent = strchr(pattern, '%');
    if (!percent || strchr(percent + 1, '%'))
        return NULL;
    const char *at = percent + 1;
    *digits = 1;
    if (at[0] == '0' && at[1] >= '1' && at[1] <= '9') {
        *digits = (unsigned)(at[1] - '0');
        at += 2;
    }
    if (*at != 'd')
        return NULL;
    *rest = at + 1;
    return percent;
}

/// The file of a frame. Return: false when its name is too long.
static bool file_of(const struct export *self, uint32_t number, char *out, size_t size) {
    unsigned digits;
    const char *rest, *percent = number_in(self->output, &digits, &rest);
    int used = percent && self->frame == 0
                   ? snprintf(out, size, "%.*s%0*u%s", (int)(percent - self->output), self->output,
                              (int)digits, number, rest)
                   : snprintf(out, size, "%s", self->output);
    return used > 0 && (size_t)used < size;
}

static int write_out(const struct export *self, const char *file, const void *bytes, size_t size) {
    char problem[512];
    if (strcmp(self->output, "-") == 0) {
        if (fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0)
            return IB_APP_EXIT_OK;
        return ib_app_fail(self->verb, "standard output", "cannot be written");
    }
    if (ib_storage_file_write(file, bytes, size, problem, sizeof problem) == IB_OK)
        return IB_APP_EXIT_OK;
    return ib_app_fail(self->verb, file, problem);
}

static int export_frame(struct export *self, const struct ib_frame *frame, int64_t wall_us) {
    const struct ib_app_reel_info *info = ib_app_reel_info(self->reel);
    const struct ib_app_export_facts facts = {
        .wall_us = wall_us, .camera = info->camera, .model = info->model};
    char problem[512], file[1100];
    uint8_t *bytes;
    size_t size;
    if (!file_of(self, frame->sequence, file, sizeof file))
        return ib_app_fail(self->verb, self->output, "the name is too long");
    if (ib_app_export(self->format, frame, &facts, &self->style, &bytes, &size, problem,
                      sizeof problem) != 0) {
        ib_app_progress_clear(&self->progress);
        return ib_app_fail(self->verb, self->input, problem);
    }
    int code = write_out(self, file, bytes, size);
    free(bytes);
    self->written += code == IB_APP_EXIT_OK;
    return code;
}

static int no_such_frame(const struct export *self, uint32_t frames, const char *ending) {
    char text[400];
    if (frames == 0)
        snprintf(text, sizeof text, "holds no frames");
    else
        snprintf(text, sizeof text, "holds only %u frame%s%s%s", frames, frames == 1 ? "" : "s",
                 ending[0] ? ": " : "", ending);
    return ib_app_fail(self->verb, self->input, text);
}

static int export_frames(struct export *self) {
    const struct ib_frame *frame;
    int64_t wall_us;
    uint32_t frames = 0;
    for (;;) {
        char problem[512] = "";
        int got = ib_app_reel_next(self->reel, &frame, &wall_us, problem, sizeof problem);
        if (got < 0 || ib_app_settle_interrupted()) {
            ib_app_progress_clear(&self->progress);
            return ib_app_fail(self->verb, self->input, got < 0 ? problem : "interrupted");
        }
        if (got == 0) {
            ib_app_progress_clear(&self->progress);
            if (self->written == 0)
                return no_such_frame(self, frames, problem);
            if (ib_app_reel_truncated(self->reel))
                fprintf(stderr, "ironbow: %s: %s: %s\n", self->verb->name, self->input, problem);
            return IB_APP_EXIT_OK;
        }
        frames++;
        if (self->frame == 0 || self->frame == frame->sequence) {
            int code = export_frame(self, frame, wall_us);
            if (code != IB_APP_EXIT_OK || self->frame != 0)
                return code;
        }
        char text[32];
        snprintf(text, sizeof text, "%u frames", frames);
        ib_app_progress_show(&self->progress, ib_app_reel_progress(self->reel), text);
    }
}

/// Return: 0, -1 to end well (help), or the exit code of a usage error.
static int take_option(struct export *self, int option, const char *value, const char **format) {
    const struct ib_app_verb *verb = self->verb;
    uint64_t number;
    switch (option) {
    case OPT_OUTPUT:
        self->output = value;
        return 0;
    case OPT_FRAME:
        if (!ib_app_parse_u64(value, UINT32_MAX, &self->frame) || self->frame < 1)
            return ib_app_usage(verb, value, "must be a number from 1 on");
        return 0;
    case OPT_ALL:
        self->frame = 0;
        return 0;
    case OPT_FORMAT:
        *format = value;
        return 0;
    case OPT_PALETTE:
        return ib_app_colouring_palette(&self->style.colours.palette, verb, value);
    case OPT_RANGE:
        return ib_app_colouring_range(&self->style.colours, value)
                   ? 0
                   : ib_app_usage(verb, value, IB_APP_RANGE_WANTED);
    case OPT_SCALE:
        if (!ib_app_parse_u64(value, 16, &number) || number < 1)
            return ib_app_usage(verb, value, "must be a number from 1 to 16");
        self->style.scale = (unsigned)number;
        return 0;
    case OPT_UNITS:
        return ib_app_export_unit(&self->style, value)
                   ? 0
                   : ib_app_usage(verb, value, "must be C, F, K or counts");
    case OPT_EMISSIVITY:
        return ib_app_object_emissivity(&self->style.object, value)
                   ? 0
                   : ib_app_usage(verb, value, IB_APP_EMISSIVITY_WANTED);
    case OPT_REFLECTED:
        return ib_app_object_reflected(&self->style.object, IB_DEGREES_C, value)
                   ? 0
                   : ib_app_usage(verb, value, IB_APP_REFLECTED_WANTED);
    case OPT_QUIET:
        self->quiet = true;
        return 0;
    case IB_APP_ARG_WORD:
        if (self->input)
            return ib_app_usage(verb, value, "unexpected");
        self->input = value;
        return 0;
    default:
        return option == IB_APP_ARG_HELP ? -1 : IB_APP_EXIT_USAGE;
    }
}

static int parse(struct export *self, struct ib_app_args *args) {
    const char *format = NULL, *rest;
    unsigned digits;
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        int code = take_option(self, option, args->value, &format);
        if (code != 0)
            return code;
    }
    if (!self->input || !self->output)
        return ib_app_usage(self->verb, self->input ? "--output" : "FILE", "is missing");
    int known = format ? ib_app_export_format_named(format) : ib_app_export_format_of(self->output);
    if (known < 0 && format)
        return ib_app_usage(self->verb, format, "no such format (" IB_APP_EXPORT_NAMES ")");
    if (known < 0)
        return ib_app_usage(self->verb, self->output,
                            "does not say a format: --format " IB_APP_EXPORT_NAMES);
    self->format = (enum ib_app_export_format)known;
    if (self->style.object.mask && self->format == IB_APP_EXPORT_TJSN)
        return ib_app_usage(self->verb, "--emissivity, --reflected",
                            "a .tjsn holds what the camera measured; choose another format");
    if (self->frame == 0 && !number_in(self->output, &digits, &rest))
        return ib_app_usage(self->verb, self->output,
                            "needs a place for the number, such as cat-%04d.tiff (--all)");
    return 0;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct export self = {
        .verb = verb, .frame = 1, .style = {.colours = ib_app_colouring_default, .scale = 4}};
    char problem[512];
    int code = parse(&self, args);
    if (code != 0)
        return code < 0 ? IB_APP_EXIT_OK : code;
    if (ib_app_reel_open(&self.reel, self.input, problem, sizeof problem) != 0)
        return ib_app_fail(verb, self.input, problem);
    ib_app_settle_catch_signals();
    ib_app_progress_init(&self.progress, stderr, !self.quiet);
    code = export_frames(&self);
    if (code == IB_APP_EXIT_OK && !self.quiet && strcmp(self.output, "-") != 0)
        printf("%s: %u frame%s\n", self.output, self.written, self.written == 1 ? "" : "s");
    ib_app_reel_close(self.reel);
    return code;
}

const struct ib_app_verb ib_app_verb_export = {
    .name = "export",
    .about = "frames of a recording as pictures, tables, numbers",
    .usage = "FILE -o FILE [OPTIONS]",
    .options = OPTIONS,
    .notes = "Reads .tjsn, .tmjsn, .cptv and .mkv. Frames that hold no temperatures give counts,\n"
             "and the file says so. docs/formats.md tells what is in each format.\n",
    .run = run,
};
