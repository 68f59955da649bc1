/// ironbow convert: a recording from one format to another.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/ironbow/clip_file.h"
#include "apps/ironbow/progress.h"
#include "apps/ironbow/record_names.h"
#include "apps/ironbow/recording.h"
#include "apps/ironbow/reel.h"
#include "apps/ironbow/region_options.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/verb.h"
#include "core/status.h"

/// Recordings from this size on may unpack to more than a TIFF of the old kind can hold.
#define LARGE_BYTES (64 << 20)
#define SYNC_FRAMES 256
#define ENDINGS ".mkv, .cptv, .tmjsn, .tiff or .csv"

enum {
    OPT_OUTPUT = 1,
    OPT_PALETTE,
    OPT_UNITS,
    OPT_ROI,
    OPT_EMISSIVITY,
    OPT_REFLECTED,
    OPT_QUIET,
};

static const struct ib_app_option OPTIONS[] = {
    {OPT_OUTPUT, "output", 'o', "FILE", "the new file: " ENDINGS},
    {OPT_PALETTE, "palette", 0, "NAME", ".mkv: of the film (default ironbow)"},
    {OPT_UNITS, "units", 0, "UNIT", ".csv: C, F, K or counts (default C)"},
    {OPT_ROI, "roi", 0, "REGION",
     ".csv: measure there, such as r1=60,40,40x30@e=0.95; may be\nrepeated (docs/measure.md)"},
    {OPT_EMISSIVITY, "emissivity", 0, "E",
     ".csv: of regions that say none: 0.95 or 95% (default: what\nthe camera was told)"},
    {OPT_REFLECTED, "reflected", 0, "T", ".csv: temperature that those regions mirror"},
    {OPT_QUIET, "quiet", 'q', NULL, "say nothing but errors"},
    {0},
};

struct convert {
    const struct ib_app_verb *verb;
    const char *input;
    const char *output;
    const char *palette;
    struct ib_app_export_style style;
    struct ib_regions regions;
    bool quiet;
    struct ib_app_reel *reel;
    struct ib_app_recording *recording; ///< one of these
    struct ib_app_clip_file *clip;
    struct ib_app_progress progress;
    uint32_t frames;
};

static int open_output(struct convert *self, char *problem, size_t size) {
    const struct ib_app_reel_info *info = ib_app_reel_info(self->reel);
    struct stat there;
    int format = ib_app_recording_format_of(self->output);
    if (format < 0) {
        bool large = stat(self->input, &there) != 0 || there.st_size >= LARGE_BYTES;
        const struct ib_app_clip_config config = {
            .large = large, .unit = self->style.unit, .regions = &self->regions};
        return ib_app_clip_open(&self->clip, self->output, &config, problem, size);
    }
    const struct ib_app_recording_config config = {
        .format = (enum ib_app_recording_format)format,
        .camera = info->camera,
        .firmware = IB_VERSION,
        .model = info->model,
        .tcam_model = ib_app_tcam_model_of(info->model),
        .palette = self->palette,
    };
    return ib_app_recording_open(&self->recording, self->output, &config, problem, size);
}

static int add_frame(struct convert *self, const struct ib_frame *frame, int64_t wall_us,
                     char *problem, size_t size) {
    const struct ib_app_reel_info *info = ib_app_reel_info(self->reel);
    const struct ib_app_export_facts facts = {
        .wall_us = wall_us, .camera = info->camera, .model = info->model};
    if (self->clip)
        return ib_app_clip_add(self->clip, frame, &facts, problem, size);
    int status = ib_app_recording_add(self->recording, frame, wall_us, problem, size);
    if (status == IB_OK && self->frames % SYNC_FRAMES == SYNC_FRAMES - 1)
        status = ib_app_recording_sync(self->recording, problem, size);
    return status;
}

/// Frame after frame until the end. Return: 0; -1 with `what` and `problem`.
static int copy_frames(struct convert *self, const char **what, char *problem, size_t size) {
    const struct ib_frame *frame;
    int64_t wall_us;
    for (;;) {
        *what = self->input;
        int got = ib_app_reel_next(self->reel, &frame, &wall_us, problem, size);
        if (got == 0 && self->frames == 0) {
            if (!ib_app_reel_truncated(self->reel))
                snprintf(problem, size, "holds no frames");
            return -1;
        }
        if (got <= 0)
            return got;
        *what = self->output;
        if (ib_app_settle_interrupted()) {
            snprintf(problem, size, "interrupted");
            return -1;
        }
        if (add_frame(self, frame, wall_us, problem, size) != IB_OK)
            return -1;
        self->frames++;
        char text[32];
        snprintf(text, sizeof text, "%u frames", self->frames);
        ib_app_progress_show(&self->progress, ib_app_reel_progress(self->reel), text);
    }
}

static int fail(struct convert *self, const char *what, const char *problem) {
    char text[1600];
    ib_app_progress_clear(&self->progress);
    snprintf(text, sizeof text, "%s", problem);
    if (self->frames > 0)
        snprintf(text, sizeof text, "%s (%.900s holds the %u frame%s before that)", problem,
                 self->output, self->frames, self->frames == 1 ? "" : "s");
    return ib_app_fail(self->verb, what, text);
}

static int convert(struct convert *self) {
    char problem[512] = "", later[512] = "";
    const char *what;
    if (open_output(self, problem, sizeof problem) != IB_OK)
        return fail(self, self->output, problem);
    int status = copy_frames(self, &what, problem, sizeof problem);
    int closed = self->clip ? ib_app_clip_close(self->clip, later, sizeof later)
                            : ib_app_recording_close(self->recording, later, sizeof later);
    if (status != 0)
        return fail(self, what, problem);
    if (closed != IB_OK)
        return fail(self, self->output, later);
    ib_app_progress_clear(&self->progress);
    if (ib_app_reel_truncated(self->reel))
        fprintf(stderr, "ironbow: %s: %s: %s\n", self->verb->name, self->input, problem);
    if (!self->quiet)
        printf("%s: %u frame%s\n", self->output, self->frames, self->frames == 1 ? "" : "s");
    return IB_APP_EXIT_OK;
}

/// Return: 0, -1 to end well (help), or the exit code of a usage error.
static int take(struct convert *self, int option, const char *value) {
    switch (option) {
    case OPT_OUTPUT:
        self->output = value;
        return 0;
    case OPT_PALETTE:
        return ib_app_colouring_palette(&self->palette, self->verb, value);
    case OPT_UNITS:
        return ib_app_export_unit(&self->style, value)
                   ? 0
                   : ib_app_usage(self->verb, value, "must be C, F, K or counts");
    case OPT_ROI: {
        int code = ib_app_region_add(&self->regions, self->verb, value);
        return code < 0 ? 0 : code;
    }
    case OPT_EMISSIVITY:
        return ib_app_object_emissivity(&self->style.object, value)
                   ? 0
                   : ib_app_usage(self->verb, value, IB_APP_EMISSIVITY_WANTED);
    case OPT_REFLECTED:
        return ib_app_object_reflected(&self->style.object, IB_DEGREES_C, value)
                   ? 0
                   : ib_app_usage(self->verb, value, IB_APP_REFLECTED_WANTED);
    case OPT_QUIET:
        self->quiet = true;
        return 0;
    case IB_APP_ARG_WORD:
        if (self->input)
            return ib_app_usage(self->verb, value, "unexpected");
        self->input = value;
        return 0;
    default:
        return option == IB_APP_ARG_HELP ? -1 : IB_APP_EXIT_USAGE;
    }
}

static int parse(struct convert *self, struct ib_app_args *args) {
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        int code = take(self, option, args->value);
        if (code != 0)
            return code;
    }
    if (!self->input || !self->output)
        return ib_app_usage(self->verb, self->input ? "--output" : "FILE", "is missing");
    int clip = ib_app_clip_format_of(self->output);
    if (ib_app_recording_format_of(self->output) < 0 && clip < 0)
        return ib_app_usage(self->verb, self->output, "its name must end in " ENDINGS);
    if (self->regions.count == 0 && self->style.object.mask == 0)
        return 0;
    // Recordings and TIFFs hold what the camera measured; they can be measured anew at any time.
    if (clip != IB_APP_CLIP_CSV)
        return ib_app_usage(self->verb, "--roi, --emissivity, --reflected", "are for .csv");
    if (self->style.unit == IB_CSV_COUNTS)
        return ib_app_usage(self->verb, "--roi", "regions are measured in C, F or K");
    ib_app_region_whole(&self->regions);
    ib_app_object_apply(&self->regions, &self->style.object);
    return 0;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct convert self = {.verb = verb, .palette = "ironbow"};
    char problem[512];
    ib_regions_init(&self.regions);
    int code = parse(&self, args);
    if (code != 0)
        return code < 0 ? IB_APP_EXIT_OK : code;
    if (ib_app_reel_open(&self.reel, self.input, problem, sizeof problem) != 0)
        return ib_app_fail(verb, self.input, problem);
    ib_app_settle_catch_signals();
    ib_app_progress_init(&self.progress, stderr, !self.quiet);
    code = convert(&self);
    ib_app_reel_close(self.reel);
    return code;
}

const struct ib_app_verb ib_app_verb_convert = {
    .name = "convert",
    .about = "a recording from one format to another",
    .usage = "FILE -o FILE [OPTIONS]",
    .options = OPTIONS,
    .notes =
        "Reads .tjsn, .tmjsn, .cptv and .mkv. A .tiff gets a page a frame, a .csv a line a "
        "frame:\nthe picture's extremes and mean, or with --roi minimum, mean and maximum of each "
        "region.\ndocs/formats.md says what each format keeps.\n",
    .run = run,
};
