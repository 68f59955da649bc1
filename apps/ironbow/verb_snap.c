/// ironbow snap: one image into a file.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/camera_name.h"
#include "apps/ironbow/export.h"
#include "apps/ironbow/journal.h"
#include "apps/ironbow/moment.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/picture.h"
#include "apps/ironbow/record_names.h"
#include "apps/ironbow/report.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/verb.h"
#include "core/status.h"
#include "image/palette.h"
#include "ports/linux/storage_file.h"
#include "tcam/tcam.h"

enum {
    OPT_OUTPUT = 1,
    OPT_FORMAT,
    OPT_CAMERA,
    OPT_AFTER,
    OPT_SCALE,
    OPT_RANGE,
    OPT_PALETTE,
    OPT_UNITS,
    OPT_MAC,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
};

static const struct ib_app_option OPTIONS[] = {
    {OPT_OUTPUT, "output", 'o', "FILE",
     "where to: .png, .jpg, .tiff, .csv, .tjsn;\n- is standard output"},
    {OPT_FORMAT, "format", 0, "FORMAT", "when the file's name does not say:\n" IB_APP_EXPORT_NAMES},
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_AFTER, "after", 0, "TIME",
     "not before the camera has run this long, such as 10s\n(default: right after its start-up "
     "FFC)"},
    {OPT_SCALE, "scale", 0, "N", "png, jpg: enlarge 1 to 16 times (default 4)"},
    {OPT_RANGE, "range", 0, "RANGE",
     "png, jpg: 15:40 degrees Celsius from first to last colour;\nmin-max (default), percentile or "
     "equalised: as the image is"},
    {OPT_PALETTE, "palette", 0, "NAME", "png, jpg: colours (default ironbow)"},
    {OPT_UNITS, "units", 0, "UNIT", "csv: C, F, K or counts (default C)"},
    {OPT_MAC, "mac", 0, "ADDRESS", "tjsn: hardware address that names the camera"},
    {OPT_JSON, "json", 0, NULL, "say what the image shows as JSON"},
    {OPT_QUIET, "quiet", 'q', NULL, "do not say what the image shows"},
    {OPT_VERBOSE, "verbose", 'v', NULL, "also say what happens on the way"},
    {0},
};

struct snap {
    const struct ib_app_verb *verb;
    const char *output;
    const char *camera;
    enum ib_app_export_format format;
    uint64_t after_us;
    struct ib_app_export_style style;
    char name[33];
    bool json;
    bool quiet;
    bool verbose;
};

/// Return: 0, or the exit code of a usage error.
static int choose_format(struct snap *self, const char *format) {
    if (!self->output)
        return ib_app_usage(self->verb, "--output", "is missing: where shall the image go?");
    int known = format ? ib_app_export_format_named(format) : ib_app_export_format_of(self->output);
    if (known < 0 && format)
        return ib_app_usage(self->verb, format, "no such format (" IB_APP_EXPORT_NAMES ")");
    if (known < 0)
        return ib_app_usage(self->verb, self->output,
                            strcmp(self->output, "-") == 0
                                ? "needs --format: " IB_APP_EXPORT_NAMES
                                : "its name must end in .png, .jpg, .tiff, .csv or .tjsn (or say "
                                  "--format)");
    self->format = (enum ib_app_export_format)known;
    return 0;
}

/// Return: 0, -1 to end well (help), or the exit code of a usage error.
static int parse(struct snap *self, struct ib_app_args *args) {
    const struct ib_app_verb *verb = self->verb;
    const char *format = NULL;
    uint64_t number;
    int code;
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        const char *value = args->value;
        switch (option) {
        case OPT_OUTPUT:
            self->output = value;
            break;
        case OPT_FORMAT:
            format = value;
            break;
        case OPT_CAMERA:
            self->camera = value;
            break;
        case OPT_AFTER:
            if (!ib_app_parse_duration_us(value, &self->after_us))
                return ib_app_usage(verb, value, "must be a time such as 10s or 1500ms");
            break;
        case OPT_SCALE:
            if (!ib_app_parse_u64(value, 16, &number) || number < 1)
                return ib_app_usage(verb, value, "must be a number from 1 to 16");
            self->style.scale = (unsigned)number;
            break;
        case OPT_PALETTE:
            code = ib_app_colouring_palette(&self->style.colours.palette, verb, value);
            if (code != 0)
                return code;
            break;
        case OPT_UNITS:
            if (!ib_app_export_unit(&self->style, value))
                return ib_app_usage(verb, value, "must be C, F, K or counts");
            break;
        case OPT_RANGE:
            if (!ib_app_colouring_range(&self->style.colours, value))
                return ib_app_usage(verb, value, IB_APP_RANGE_WANTED);
            break;
        case OPT_MAC:
            if (!ib_app_camera_name(self->name, sizeof self->name, "tCam-Mini-", value))
                return ib_app_usage(verb, value, "must look like 02:00:00:12:AB:CD");
            break;
        case OPT_JSON:
            self->json = true;
            break;
        case OPT_QUIET:
            self->quiet = true;
            break;
        case OPT_VERBOSE:
            self->verbose = true;
            break;
        case IB_APP_ARG_WORD:
            return ib_app_usage(verb, value, "unexpected (the file goes after -o)");
        default:
            return option == IB_APP_ARG_HELP ? -1 : IB_APP_EXIT_USAGE;
        }
    }
    return choose_format(self, format);
}

static int write_out(const struct snap *self, const void *bytes, size_t size) {
    char problem[512];
    if (strcmp(self->output, "-") == 0) {
        if (fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0)
            return IB_APP_EXIT_OK;
        return ib_app_fail(self->verb, "standard output", "cannot be written");
    }
    if (ib_storage_file_write(self->output, bytes, size, problem, sizeof problem) == IB_OK)
        return IB_APP_EXIT_OK;
    return ib_app_fail(self->verb, self->output, problem);
}

static int write_frame(const struct snap *self, struct ib_app_rig *rig,
                       const struct ib_frame *frame) {
    char problem[512], model[40];
    struct ib_camera_state state;
    uint8_t *bytes;
    size_t size;
    int64_t age_us = (int64_t)(ib_app_rig_now_us(rig) - frame->captured_us);
    int64_t wall_us = ib_app_moment_now() - age_us;
    ib_camera_state(&rig->camera, &state);
    ib_app_model_text(model, sizeof model, state.identity.name);
    const struct ib_app_export_facts facts = {
        .wall_us = wall_us, .camera = self->name, .model = model};
    if (ib_app_export(self->format, frame, &facts, &self->style, &bytes, &size, problem,
                      sizeof problem) != 0)
        return ib_app_fail(self->verb, self->camera, problem);
    int code = write_out(self, bytes, size);
    free(bytes);
    return code;
}

/// The next image as a tCam client would get it, without the delimiters.
static int write_tjsn(const struct snap *self, struct ib_app_rig *rig) {
    static const char GET_IMAGE[] = "\x02{\"cmd\":\"get_image\"}\x03";
    struct {
        struct ib_tcam tcam;
        struct ib_tcam_session session;
    } *end = calloc(1, sizeof *end);
    if (!end)
        return ib_app_fail(self->verb, "memory", "there is too little");
    const struct ib_tcam_config config = {
        .camera = &rig->camera,
        .hub = &rig->hub,
        .name = self->name,
        .version = IB_VERSION,
        .model_base = ib_board_tcam_mini.model_wifi,
        .wall_offset_us = ib_host_wall_us() - (int64_t)ib_app_rig_now_us(rig),
        .log = rig->log,
    };
    int code = IB_APP_EXIT_FAILED;
    int status = ib_tcam_init(&end->tcam, &config);
    if (status != IB_OK) {
        ib_app_fail(self->verb, self->name, ib_status_text(status));
    } else {
        uint64_t now_us = ib_app_rig_now_us(rig);
        struct ib_tcam_chunk chunk = {0};
        ib_tcam_session_init(&end->session, &end->tcam, now_us);
        ib_tcam_session_feed(&end->session, (const uint8_t *)GET_IMAGE, sizeof GET_IMAGE - 1,
                             now_us);
        while (chunk.size == 0 && !ib_app_settle_interrupted()) {
            ib_app_rig_turn(rig);
            ib_tcam_session_pull(&end->session, ib_app_rig_now_us(rig), false, &chunk);
        }
        if (chunk.image)
            code = write_out(self, chunk.bytes + 1, chunk.size - 2);
        else
            ib_app_fail(self->verb, self->camera,
                        chunk.size ? "no image within 5 s" : "interrupted");
        ib_tcam_session_close(&end->session);
    }
    free(end);
    return code;
}

/// What the image shows. Nothing moves while this thread does not turn the rig, so the newest
/// frame is still the one that was written.
static void say(const struct snap *self, struct ib_app_rig *rig) {
    if (self->json) {
        char text[2048];
        struct ib_json_writer json;
        ib_json_begin(&json, text, sizeof text);
        ib_json_open_object(&json, NULL);
        ib_json_put_bool(&json, "ok", true);
        ib_json_put_string(&json, "file", self->output);
        ib_app_put_frame(&json, &rig->hub);
        ib_json_close_object(&json);
        if (ib_json_finish(&json) > 0)
            puts(text);
        return;
    }
    char about[160];
    const struct ib_frame *frame = ib_hub_newest(&rig->hub, 0);
    ib_app_span_print(about, sizeof about, frame);
    ib_hub_release(&rig->hub, frame);
    printf("%s: %s\n", self->output, about);
}

static int shoot(const struct snap *self, struct ib_app_rig *rig) {
    char problem[256];
    if (ib_app_settle(rig, self->after_us, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->camera, problem);
    int code;
    if (self->format == IB_APP_EXPORT_TJSN) {
        code = write_tjsn(self, rig);
    } else {
        const struct ib_frame *frame = ib_hub_newest(&rig->hub, 0);
        code = write_frame(self, rig, frame);
        ib_hub_release(&rig->hub, frame);
    }
    if (code == IB_APP_EXIT_OK && !self->quiet && strcmp(self->output, "-") != 0)
        say(self, rig);
    return code;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct snap self = {.verb = verb,
                        .camera = IB_APP_DEFAULT_CAMERA,
                        .style = {.colours = ib_app_colouring_default, .scale = 4}};
    ib_app_camera_name(self.name, sizeof self.name, "tCam-Mini-", IB_APP_DEFAULT_MAC);
    int code = parse(&self, args);
    if (code != 0)
        return code < 0 ? IB_APP_EXIT_OK : code;
    struct ib_app_uri uri;
    char problem[512];
    if (!ib_app_uri_parse(&uri, self.camera, problem, sizeof problem))
        return ib_app_usage(verb, self.camera, problem);
    struct ib_app_journal journal;
    ib_app_journal_init(&journal, self.verbose ? IB_LOG_DEBUG : IB_LOG_ERROR, false);
    struct ib_app_rig *rig;
    if (ib_app_rig_open(&rig, &uri, IB_APP_RIG_TCAM, IB_APP_TIME_FREE, &journal.log, problem,
                        sizeof problem) != 0) {
        code = ib_app_fail(verb, self.camera, problem);
    } else {
        ib_app_settle_catch_signals();
        code = shoot(&self, rig);
        ib_app_rig_close(rig);
    }
    ib_app_journal_deinit(&journal);
    return code;
}

const struct ib_app_verb ib_app_verb_snap = {
    .name = "snap",
    .about = "one image to a file: picture, numbers or .tjsn",
    .usage = "-o FILE [OPTIONS]",
    .options = OPTIONS,
    .notes = "A simulated camera or a recording is started for the purpose, faster than real "
             "time.\nA .tjsn file holds what a tCam client gets: every pixel's temperature.\n",
    .run = run,
};
