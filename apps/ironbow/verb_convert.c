/// ironbow convert: a recording from one format to another.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/progress.h"
#include "apps/ironbow/recording.h"
#include "apps/ironbow/reel.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/verb.h"
#include "core/status.h"

enum { OPT_OUTPUT = 1, OPT_PALETTE, OPT_QUIET };

static const struct ib_app_option OPTIONS[] = {
    {OPT_OUTPUT, "output", 'o', "FILE", "the new recording: .mkv, .cptv or .tmjsn"},
    {OPT_PALETTE, "palette", 0, "NAME", ".mkv: of the film (default ironbow)"},
    {OPT_QUIET, "quiet", 'q', NULL, "say nothing but errors"},
    {0},
};

struct convert {
    const struct ib_app_verb *verb;
    const char *input;
    const char *output;
    const char *palette;
    bool quiet;
    struct ib_app_reel *reel;
    struct ib_app_recording *recording;
    struct ib_app_progress progress;
    uint32_t frames;
};

/// Frame after frame until the end. Return: 0; -1 with `what` and `problem`.
static int copy_frames(struct convert *self, const char **what, char *problem, size_t size) {
    const struct ib_frame *frame;
    int64_t wall_us;
    for (;;) {
        *what = self->input;
        int got = ib_app_reel_next(self->reel, &frame, &wall_us, problem, size);
        if (got <= 0)
            return got;
        *what = self->output;
        if (ib_app_settle_interrupted()) {
            snprintf(problem, size, "interrupted");
            return -1;
        }
        if (ib_app_recording_add(self->recording, frame, wall_us, problem, size) != IB_OK)
            return -1;
        self->frames++;
        char text[32];
        snprintf(text, sizeof text, "%u frames", self->frames);
        ib_app_progress_show(&self->progress, ib_app_reel_progress(self->reel), text);
    }
}

static int fail(struct convert *self, const char *what, const char *problem) {
    ib_app_progress_clear(&self->progress);
    int code = ib_app_fail(self->verb, what, problem);
    if (self->frames > 0)
        fprintf(stderr, "ironbow: %s: %s: holds the %u frames before that\n", self->verb->name,
                self->output, self->frames);
    return code;
}

/// `Model` of the image JSON, bits 9:8: 0 a Lepton 3.5, 1 a 3.0 (no temperatures), 2 a 3.1R.
static uint32_t tcam_model_of(const char *model) {
    return strcmp(model, "lepton3.5") == 0 || strcmp(model, "lepton2.5") == 0 ? 0
           : strcmp(model, "lepton3.1R") == 0                                 ? 2u << 8
                                                                              : 1u << 8;
}

static int convert(struct convert *self) {
    const struct ib_app_reel_info *info = ib_app_reel_info(self->reel);
    struct ib_app_recording_config config = {
        .format = (enum ib_app_recording_format)ib_app_recording_format_of(self->output),
        .camera = info->camera,
        .firmware = IB_VERSION,
        .model = info->model,
        .tcam_model = tcam_model_of(info->model),
        .palette = self->palette,
    };
    char problem[512], later[512];
    const char *what = self->output;
    if (ib_app_recording_open(&self->recording, self->output, &config, problem, sizeof problem) !=
        IB_OK)
        return fail(self, what, problem);
    int status = copy_frames(self, &what, problem, sizeof problem);
    if (status == 0 && self->frames == 0) {
        snprintf(problem, sizeof problem, "holds no frames");
        status = -1;
    }
    int closed = ib_app_recording_close(self->recording, later, sizeof later);
    if (status != 0)
        return fail(self, what, problem);
    if (closed != IB_OK)
        return fail(self, self->output, later);
    ib_app_progress_clear(&self->progress);
    if (ib_app_reel_truncated(self->reel))
        fprintf(stderr, "ironbow: %s: %s: %s\n", self->verb->name, self->input, problem);
    if (!self->quiet)
        printf("%s: %u frames\n", self->output, self->frames);
    return IB_APP_EXIT_OK;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct convert self = {.verb = verb, .palette = "ironbow"};
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        switch (option) {
        case OPT_OUTPUT:
            self.output = args->value;
            break;
        case OPT_PALETTE:
            self.palette = args->value;
            break;
        case OPT_QUIET:
            self.quiet = true;
            break;
        case IB_APP_ARG_WORD:
            if (self.input)
                return ib_app_usage(verb, args->value, "unexpected");
            self.input = args->value;
            break;
        default:
            return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
        }
    }
    if (!self.input || !self.output)
        return ib_app_usage(verb, self.input ? "--output" : "FILE", "is missing");
    if (ib_app_recording_format_of(self.output) < 0)
        return ib_app_usage(verb, self.output, "its name must end in .mkv, .cptv or .tmjsn");
    char problem[512];
    if (ib_app_reel_open(&self.reel, self.input, problem, sizeof problem) != 0)
        return ib_app_fail(verb, self.input, problem);
    ib_app_settle_catch_signals();
    ib_app_progress_init(&self.progress, stderr, !self.quiet);
    int code = convert(&self);
    ib_app_reel_close(self.reel);
    return code;
}

const struct ib_app_verb ib_app_verb_convert = {
    .name = "convert",
    .about = "a recording from one format to another",
    .usage = "FILE -o FILE [OPTIONS]",
    .options = OPTIONS,
    .notes = "Reads .tjsn, .tmjsn, .cptv and .mkv. docs/formats.md says what each format keeps.\n",
    .run = run,
};
