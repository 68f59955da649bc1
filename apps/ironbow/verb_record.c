/// ironbow record: every frame of a camera into a file, or into a directory when something happens.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apps/ironbow/camera_name.h"
#include "apps/ironbow/colouring.h"
#include "apps/ironbow/journal.h"
#include "apps/ironbow/live.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/recorder.h"
#include "apps/ironbow/recorder_name.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/verb.h"
#include "core/json.h"
#include "core/status.h"

#define PROGRESS_US 250000u
#define MOTION_PX 20u
#define HEAT_PX 4u
#define KEEP_US 10000000u
/// The recorder ends a recording at the frame that comes after its time; when none comes, so much
/// later the verb does.
#define GRACE_US 2000000u

enum {
    OPT_OUTPUT = 1,
    OPT_DIRECTORY,
    OPT_FORMAT,
    OPT_CAMERA,
    OPT_DURATION,
    OPT_FRAMES,
    OPT_EVERY,
    OPT_PRE_ROLL,
    OPT_MOTION,
    OPT_HEAT,
    OPT_KEEP,
    OPT_PALETTE,
    OPT_MAC,
    OPT_REAL,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
};

static const struct ib_app_option OPTIONS[] = {
    {OPT_OUTPUT, "output", 'o', "FILE", "one recording: .mkv, .cptv or .tmjsn; never overwritten"},
    {OPT_DIRECTORY, "directory", 0, "DIR", "recordings named by local date and time, in there"},
    {OPT_FORMAT, "format", 0, "FORMAT", "mkv (default), cptv or tmjsn, with --directory"},
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_DURATION, "duration", 0, "TIME",
     "stop after this long, such as 10s or 2h (default: Ctrl-C\nstops)"},
    {OPT_FRAMES, "frames", 0, "N", "stop after N frames (of each recording, with a trigger)"},
    {OPT_EVERY, "every", 0, "TIME", "time-lapse: one frame every 5s, 1m …"},
    {OPT_MOTION, "on-motion", 0, "COUNTS[,PIXELS]",
     "record while so many pixels (default 20) differ from the\nbackground by more than COUNTS "
     "(100 is 1 K of a 3.5)"},
    {OPT_HEAT, "on-heat", 0, "T[,PIXELS]",
     "record while so many pixels (default 4) are warmer than T\n(60, 140F, 333K)"},
    {OPT_KEEP, "keep", 0, "TIME", "a trigger records on this long after its cause (default 10s)"},
    {OPT_PRE_ROLL, "pre-roll", 0, "TIME",
     "a trigger's recording begins this long before its cause,\n60s at most (default 0s)"},
    {OPT_PALETTE, "palette", 0, "NAME", "of the film that a player shows (default ironbow)"},
    {OPT_MAC, "mac", 0, "ADDRESS", "hardware address that names the camera"},
    {OPT_REAL, "real-time", 0, NULL,
     "a simulated camera is not hurried, not even when it is\nknown how long to record"},
    {OPT_JSON, "json", 0, NULL, "say what was recorded as JSON"},
    {OPT_QUIET, "quiet", 'q', NULL, "no progress, no result; errors only"},
    {OPT_VERBOSE, "verbose", 'v', NULL, "also say what happens on the way"},
    {0},
};

struct record {
    const struct ib_app_verb *verb;
    const char *output;
    const char *directory;
    const char *camera;
    const char *palette;
    bool has_format;
    enum ib_app_recording_format format;
    uint64_t duration_us;
    uint64_t frames;
    uint64_t every_us;
    uint64_t pre_roll_us;
    struct ib_app_recorder_trigger trigger;
    bool has_keep;
    bool has_heat;
    char name[33];
    bool real_time;
    bool json;
    bool quiet;
    bool verbose;

    struct ib_app_journal journal;
    struct ib_app_live live;
    _Atomic(struct ib_app_recorder *) recorder; ///< the camera's thread wakes it
    bool terminal;
};

static bool triggered(const struct record *self) {
    return self->trigger.on_motion || self->trigger.on_heat;
}

// ---- the command line ----

/// "40,6": what is before the comma, and the count of pixels behind it, if there is one.
static bool split_amount(const char *text, char *first, size_t room, uint32_t *pixels) {
    uint64_t number;
    const char *comma = strchr(text, ',');
    size_t size = comma ? (size_t)(comma - text) : strlen(text);
    if (size >= room)
        return false;
    memcpy(first, text, size);
    first[size] = 0;
    if (comma) {
        if (!ib_app_parse_u64(comma + 1, IB_APP_HUB_PX, &number) || number == 0)
            return false;
        *pixels = (uint32_t)number;
    }
    return true;
}

static int parse_trigger(struct record *self, int option, const char *value) {
    double amount;
    char first[64];
    struct ib_app_recorder_trigger *trigger = &self->trigger;
    if (option == OPT_MOTION) {
        if (!split_amount(value, first, sizeof first, &trigger->motion_px) ||
            !ib_app_parse_real(first, &amount) || amount < 1 || amount > 65535)
            return ib_app_usage(self->verb, value,
                                "must be counts and perhaps pixels, such as 100 or 100,20");
        trigger->on_motion = true;
        trigger->motion_counts = (uint16_t)amount;
        return 0;
    }
    if (!split_amount(value, first, sizeof first, &trigger->heat_px) ||
        !ib_app_colouring_celsius(first, &amount))
        return ib_app_usage(self->verb, value,
                            "must be a temperature and perhaps pixels, such as 60, 140F or 60,4");
    trigger->on_heat = true;
    trigger->heat_ck = (int32_t)((amount + 273.15) * 100 + 0.5);
    return 0;
}

static int parse_time(const struct record *self, const char *value, uint64_t most_us,
                      uint64_t *out) {
    if (ib_app_parse_duration_us(value, out) && *out <= most_us)
        return 0;
    return ib_app_usage(self->verb, value,
                        most_us < UINT64_MAX ? "must be a time of up to 60s"
                                             : "must be a time such as 10s, 5m or 2h");
}

static int parse_option(struct record *self, int option, const char *value) {
    switch (option) {
    case OPT_OUTPUT:
        self->output = value;
        return 0;
    case OPT_DIRECTORY:
        self->directory = value;
        return 0;
    case OPT_FORMAT:
        self->has_format = true;
        if (ib_app_recording_format_named(value, &self->format))
            return 0;
        return ib_app_usage(self->verb, value, "no such format (mkv, cptv, tmjsn)");
    case OPT_CAMERA:
        self->camera = value;
        return 0;
    case OPT_DURATION:
        return parse_time(self, value, UINT64_MAX, &self->duration_us);
    case OPT_FRAMES:
        if (ib_app_parse_u64(value, UINT32_MAX, &self->frames) && self->frames > 0)
            return 0;
        return ib_app_usage(self->verb, value, "must be a number from 1 on");
    case OPT_EVERY:
        return parse_time(self, value, UINT64_MAX, &self->every_us);
    case OPT_PRE_ROLL:
        return parse_time(self, value, IB_APP_RECORDER_PRE_ROLL_US, &self->pre_roll_us);
    case OPT_MOTION:
    case OPT_HEAT:
        return parse_trigger(self, option, value);
    case OPT_KEEP:
        self->has_keep = true;
        return parse_time(self, value, UINT64_MAX, &self->trigger.keep_us);
    case OPT_PALETTE:
        return ib_app_colouring_palette(&self->palette, self->verb, value);
    case OPT_MAC:
        if (ib_app_camera_name(self->name, sizeof self->name, "tCam-Mini-", value))
            return 0;
        return ib_app_usage(self->verb, value, "must look like 02:00:00:12:AB:CD");
    case OPT_REAL:
        self->real_time = true;
        return 0;
    case OPT_JSON:
        self->json = true;
        return 0;
    case OPT_QUIET:
        self->quiet = true;
        return 0;
    case OPT_VERBOSE:
        self->verbose = true;
        return 0;
    case IB_APP_ARG_WORD:
        return ib_app_usage(self->verb, value, "unexpected (the file goes after -o)");
    default:
        return option == IB_APP_ARG_HELP ? -1 : IB_APP_EXIT_USAGE;
    }
}

/// What makes no sense together.
static int check(struct record *self) {
    const struct ib_app_verb *verb = self->verb;
    if (!self->output == !self->directory)
        return ib_app_usage(verb, "-o FILE or --directory DIR", "one of the two is needed");
    if (triggered(self) && self->output)
        return ib_app_usage(verb, "-o", "a trigger makes files as needed: use --directory");
    if (!triggered(self) && (self->pre_roll_us || self->has_keep))
        return ib_app_usage(verb, self->has_keep ? "--keep" : "--pre-roll",
                            "needs --on-motion or --on-heat");
    int known = self->output ? ib_app_recording_format_of(self->output) : IB_E_NOT_FOUND;
    if (self->output && known < 0)
        return ib_app_usage(verb, self->output, "its name must end in .mkv, .cptv or .tmjsn");
    if (self->has_format && known >= 0 && self->format != (enum ib_app_recording_format)known)
        return ib_app_usage(verb, "--format", "the file's name says another");
    if (known >= 0)
        self->format = (enum ib_app_recording_format)known;
    return 0;
}

/// Return: 0, -1 to end well (help), or the exit code of a usage error.
static int parse(struct record *self, struct ib_app_args *args) {
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        int code = parse_option(self, option, args->value);
        if (code != 0)
            return code;
    }
    return check(self);
}

// ---- recording ----

/// What the camera has to say, unless somebody wants to hear everything.
static void only_warnings(void *context, enum ib_log_level level, const char *room,
                          const char *text) {
    struct record *self = context;
    if (level <= IB_LOG_WARNING || self->verbose)
        ib_log(&self->journal.log, level, room, text);
}

/// On the camera's thread.
static void on_published(void *context) {
    struct record *self = context;
    struct ib_app_recorder *recorder = atomic_load(&self->recorder);
    if (recorder)
        ib_app_recorder_wake(recorder);
}

static void show_progress(struct record *self, const struct ib_app_recorder_status *status) {
    char line[256], gaps[48] = "", count[64] = "";
    if (!self->terminal)
        return;
    unsigned seconds = (unsigned)(status->duration_us / 1000000);
    double fps = status->duration_us && status->frames > 1
                     ? (status->frames - 1) * 1e6 / (double)status->duration_us
                     : 0;
    if (status->gaps)
        snprintf(gaps, sizeof gaps, "  %u gaps, %u frames lost", (unsigned)status->gaps,
                 (unsigned)status->lost);
    if (triggered(self))
        snprintf(count, sizeof count, "  %u recordings so far", (unsigned)status->recordings);
    if (status->recording)
        snprintf(line, sizeof line, "recording %02u:%02u:%02u  %u frames  %.1f fps  %.1f MB%s%s",
                 seconds / 3600, seconds / 60 % 60, seconds % 60, (unsigned)status->frames, fps,
                 (double)status->bytes / 1e6, gaps, count);
    else
        snprintf(line, sizeof line, "waiting for something to record%s", count);
    ib_app_journal_status(&self->journal, line);
}

/// Until it is over, the time is up, or a signal comes.
static void watch(struct record *self, struct ib_app_recorder *recorder) {
    struct ib_app_recorder_status status;
    struct ib_app_rig *rig = self->live.rig;
    uint64_t begin_us = ib_app_rig_now_us(rig);
    uint64_t end_us = self->duration_us ? begin_us + self->duration_us : UINT64_MAX;
    uint64_t shown_us = 0;
    if (!triggered(self) && self->duration_us)
        end_us += GRACE_US + self->every_us;
    do {
        ib_app_live_wait(&self->live, -1, 100000);
        ib_app_recorder_status(recorder, &status);
        if (ib_host_now_us() - shown_us >= PROGRESS_US) {
            shown_us = ib_host_now_us();
            show_progress(self, &status);
        }
    } while (!ib_app_settle_interrupted() && ib_app_rig_now_us(rig) < end_us &&
             (status.recording || triggered(self)));
}

static int result(struct record *self, const struct ib_app_recorder_status *status) {
    if (self->json) {
        char text[4096];
        struct ib_json_writer json;
        ib_json_begin(&json, text, sizeof text);
        ib_json_open_object(&json, NULL);
        ib_json_put_bool(&json, "ok", !status->failed);
        if (status->failed)
            ib_json_put_string(&json, "error", status->problem);
        ib_json_put_string(&json, "file", status->path);
        ib_json_put_int(&json, "recordings", status->recordings);
        ib_json_put_int(&json, "frames", status->frames);
        ib_json_put_int(&json, "gaps", status->gaps);
        ib_json_put_int(&json, "lost", status->lost);
        ib_json_put_int(&json, "bytes", (int64_t)status->bytes);
        ib_json_put_fixed(&json, "duration_s", (int64_t)status->duration_us, 6);
        ib_json_close_object(&json);
        if (ib_json_finish(&json) > 0)
            puts(text);
    }
    if (status->failed)
        return ib_app_fail(self->verb, status->path, status->problem);
    if (!triggered(self) && status->frames == 0)
        return ib_app_fail(self->verb, self->camera, "no frame came: nothing was recorded");
    if (self->json || self->quiet)
        return IB_APP_EXIT_OK;
    if (triggered(self))
        printf("%u recordings in %s\n", (unsigned)status->recordings, self->directory);
    else
        printf("%s: %u frames, %.1f s, %.1f MB%s\n", status->path, (unsigned)status->frames,
               (double)status->duration_us / 1e6, (double)status->bytes / 1e6,
               status->gaps ? ", with gaps" : "");
    return IB_APP_EXIT_OK;
}

static int record_with(struct record *self, struct ib_app_recorder *recorder) {
    char problem[512];
    struct ib_app_recorder_status status;
    atomic_store(&self->recorder, recorder);
    if (!triggered(self) &&
        ib_app_recorder_begin(recorder, self->output, NULL, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->output ? self->output : self->directory, problem);
    watch(self, recorder);
    ib_app_live_stop(&self->live);
    ib_app_recorder_end(recorder);
    uint64_t patience_us = ib_host_now_us() + 20000000u;
    do {
        ib_app_recorder_status(recorder, &status);
        if (status.recording)
            usleep(2000);
    } while (status.recording && ib_host_now_us() < patience_us);
    ib_app_journal_status(&self->journal, "");
    return result(self, &status);
}

static int record(struct record *self) {
    char problem[512], model[24];
    struct ib_camera_state state;
    if (ib_app_live_settle(&self->live, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->camera, problem);
    ib_camera_state(&self->live.rig->camera, &state);
    if (self->trigger.on_heat && !self->trigger.on_motion && !state.identity.radiometric)
        return ib_app_fail(self->verb, "--on-heat", "this camera gives no temperatures");
    struct ib_app_recorder *recorder;
    struct ib_app_recorder_config config = {
        .rig = self->live.rig,
        // What becomes of a single recording is this verb's result.
        .log = triggered(self) || self->verbose ? &self->journal.log : NULL,
        .wall_offset_us = IB_APP_RECORDER_HOST_TIME,
        .directory = self->directory,
        .pre_roll_us = self->pre_roll_us,
        .every_us = self->every_us,
        .most_us = triggered(self) ? 0 : self->duration_us,
        .most_frames = (uint32_t)self->frames,
        .trigger = self->trigger,
        .recording = {.format = self->format, .palette = self->palette},
    };
    ib_app_recorder_describe(&config.recording, self->live.rig, self->name, IB_VERSION,
                             ib_board_tcam_mini.model_wifi, model, sizeof model);
    if (ib_app_recorder_open(&recorder, &config, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->directory ? self->directory : self->output, problem);
    int code = record_with(self, recorder);
    ib_app_live_stop(&self->live);
    ib_app_recorder_close(recorder);
    return code;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct record self = {
        .verb = verb,
        .camera = IB_APP_DEFAULT_CAMERA,
        .palette = ib_app_colouring_default.palette,
        .format = IB_APP_RECORDING_MKV,
        .trigger = {.motion_px = MOTION_PX, .heat_px = HEAT_PX, .keep_us = KEEP_US},
    };
    char problem[640];
    ib_app_camera_name(self.name, sizeof self.name, "tCam-Mini-", IB_APP_DEFAULT_MAC);
    int code = parse(&self, args);
    if (code != 0)
        return code < 0 ? IB_APP_EXIT_OK : code;
    enum ib_log_level level = triggered(&self) ? IB_LOG_INFO : IB_LOG_WARNING;
    ib_app_journal_init(&self.journal,
                        self.verbose ? IB_LOG_DEBUG
                        : self.quiet ? IB_LOG_ERROR
                                     : level,
                        false);
    self.terminal = !self.quiet && !self.json && isatty(STDOUT_FILENO);
    ib_app_settle_catch_signals();
    const struct ib_log log = {.write = only_warnings, .context = &self};
    // Whoever hurries without an end fills the disk.
    bool fast = !self.real_time && (self.duration_us || (self.frames && !triggered(&self)));
    code = ib_app_live_open(&self.live, self.camera, fast, on_published, &self, &log, problem,
                            sizeof problem);
    if (code == IB_APP_EXIT_USAGE) {
        ib_app_usage(verb, self.camera, problem);
    } else if (code != 0) {
        ib_app_fail(verb, self.camera, problem);
    } else {
        code = record(&self);
        ib_app_live_close(&self.live);
    }
    ib_app_journal_deinit(&self.journal);
    return code;
}

const struct ib_app_verb ib_app_verb_record = {
    .name = "record",
    .about = "frames with all their temperatures into a file",
    .usage = "-o FILE|--directory DIR [OPTIONS]",
    .options = OPTIONS,
    .notes = "Ctrl-C ends a recording cleanly. A power cut costs at most its last second, a full "
             "disk nothing\nthat was written before. With --on-motion or --on-heat it waits for "
             "its cause, again and again.\nA simulated camera runs faster than real time when "
             "--duration or --frames say how much to\nrecord. docs/recording.md tells more.\n",
    .run = run,
};
