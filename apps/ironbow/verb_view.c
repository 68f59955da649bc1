/// ironbow view: the live image in a terminal.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/journal.h"
#include "apps/ironbow/live.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/terminal.h"
#include "apps/ironbow/verb.h"
#include "apps/ironbow/viewer.h"
#include "core/status.h"

#define MESSAGE_US 1500000u
#define FPS_FRAMES 16

enum {
    OPT_CAMERA = 1,
    OPT_PALETTE,
    OPT_RANGE,
    OPT_UNITS,
    OPT_ONCE,
    OPT_SIZE,
};

static const struct ib_app_option OPTIONS[] = {
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_PALETTE, "palette", 0, "NAME", "its colours (default ironbow)"},
    {OPT_RANGE, "range", 0, "RANGE",
     "15:40 degrees Celsius from first to last colour; min-max\n(default), percentile or "
     "equalised: as the image is"},
    {OPT_UNITS, "units", 0, "C|F|K", "of temperatures (default C)"},
    {OPT_ONCE, "once", 0, NULL, "print one picture and end; not only on a terminal"},
    {OPT_SIZE, "size", 0, "COLUMNSxROWS", "--once: how large (default: the terminal)"},
    {0},
};

static const char *const HELP[] = {"q      quit",
                                   "p      next palette",
                                   "l      lock the range, or let it follow",
                                   "e      equalise the colours, or not",
                                   "u      degrees Celsius, Fahrenheit, kelvin",
                                   "f      flat field correction now",
                                   "space  hold the picture",
                                   "h      this text",
                                   NULL};

struct view {
    const struct ib_app_verb *verb;
    const char *camera;
    struct ib_app_viewer_options options;
    bool once;

    struct ib_app_journal journal;
    struct ib_app_live live;
    struct ib_app_viewer viewer;
    bool paused;
    struct ib_camera_request ffc;
    bool ffc_posted;
    uint64_t message_us; ///< since when it stands there
    uint64_t times_us[FPS_FRAMES];
    unsigned time_count;
};

// ---- the command line ----

static bool parse_size(const char *text, unsigned *columns, unsigned *rows) {
    char first[16];
    uint64_t wide, high;
    const char *cross = strchr(text, 'x');
    if (!cross || (size_t)(cross - text) >= sizeof first)
        return false;
    memcpy(first, text, (size_t)(cross - text));
    first[cross - text] = 0;
    if (!ib_app_parse_u64(first, IB_APP_CELLS_COLUMNS, &wide) ||
        !ib_app_parse_u64(cross + 1, IB_APP_CELLS_ROWS, &high) || wide == 0 || high == 0)
        return false;
    *columns = (unsigned)wide;
    *rows = (unsigned)high;
    return true;
}

/// Return: 0, -1 to end well (help), or the exit code of a usage error.
static int parse_option(struct view *self, int option, const char *value) {
    struct ib_app_viewer_options *options = &self->options;
    switch (option) {
    case OPT_CAMERA:
        self->camera = value;
        return 0;
    case OPT_PALETTE:
        return ib_app_colouring_palette(&options->colours.palette, self->verb, value);
    case OPT_RANGE:
        if (ib_app_colouring_range(&options->colours, value))
            return 0;
        return ib_app_usage(self->verb, value, IB_APP_RANGE_WANTED);
    case OPT_UNITS:
        if (ib_app_viewer_degrees(value, &options->degrees))
            return 0;
        return ib_app_usage(self->verb, value, "must be C, F or K");
    case OPT_ONCE:
        self->once = true;
        return 0;
    case OPT_SIZE:
        if (parse_size(value, &options->columns, &options->rows))
            return 0;
        return ib_app_usage(self->verb, value, "must be columns and rows such as 80x30");
    case IB_APP_ARG_WORD:
        return ib_app_usage(self->verb, value, "unexpected (a recording: ironbow play)");
    default:
        return option == IB_APP_ARG_HELP ? -1 : IB_APP_EXIT_USAGE;
    }
}

static int parse(struct view *self, struct ib_app_args *args) {
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        int code = parse_option(self, option, args->value);
        if (code != 0)
            return code;
    }
    if (self->options.columns && !self->once)
        return ib_app_usage(self->verb, "--size", "needs --once");
    return 0;
}

// ---- one picture ----

static int take_newest(struct view *self) {
    struct ib_hub *hub = &self->live.rig->hub;
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    int result = frame ? ib_app_viewer_take(&self->viewer, frame) : 0;
    if (frame && self->time_count == FPS_FRAMES)
        memmove(self->times_us, self->times_us + 1, --self->time_count * sizeof self->times_us[0]);
    if (frame)
        self->times_us[self->time_count++] = frame->captured_us;
    ib_hub_release(hub, frame);
    return result;
}

static int show_once(struct view *self) {
    char problem[256];
    ib_app_settle_catch_signals();
    if (ib_app_live_settle(&self->live, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->camera, problem);
    if (take_newest(self) != 0)
        return ib_app_fail(self->verb, "memory", "there is too little");
    if (self->options.colours.range == IB_RANGE_FIXED && self->viewer.frame.unit != IB_UNIT_KELVIN)
        return ib_app_fail(self->verb, "--range", "this image holds no temperatures");
    snprintf(self->viewer.title, sizeof self->viewer.title, "%s", self->camera);
    return ib_app_viewer_print(&self->viewer) == 0
               ? IB_APP_EXIT_OK
               : ib_app_fail(self->verb, "standard output", "cannot be written");
}

// ---- live ----

static void make_title(struct view *self) {
    const struct ib_frame *frame = &self->viewer.frame;
    const char *state = "";
    struct ib_camera_state camera;
    ib_camera_state(&self->live.rig->camera, &camera);
    if (camera.stage != IB_STAGE_RUNNING)
        state = ib_camera_stage_name(camera.stage);
    else if (self->viewer.frame.pixels && (frame->flags & IB_FRAME_FFC))
        state = "FFC";
    uint64_t span_us =
        self->time_count > 1 ? self->times_us[self->time_count - 1] - self->times_us[0] : 0;
    double fps = span_us ? (self->time_count - 1) * 1e6 / (double)span_us : 0;
    snprintf(self->viewer.title, sizeof self->viewer.title, "%s%s%.1f fps  h help",
             self->paused ? "held" : state, self->paused || state[0] ? "  " : "", fps);
}

static void press_ffc(struct view *self) {
    if (self->ffc_posted)
        return;
    self->ffc = (struct ib_camera_request){.ask = IB_ASK_FFC};
    self->ffc_posted = true;
    ib_camera_post(&self->live.rig->camera, &self->ffc);
    snprintf(self->viewer.message, sizeof self->viewer.message, "FFC");
}

/// What became of the FFC that was asked for.
static void follow_ffc(struct view *self) {
    if (!self->ffc_posted || !ib_camera_answered(&self->ffc))
        return;
    self->ffc_posted = false;
    if (self->ffc.status != IB_OK)
        snprintf(self->viewer.message, sizeof self->viewer.message, "FFC: %s",
                 ib_status_text(self->ffc.status));
}

/// Return: whether to go on.
static bool take_keys(struct view *self) {
    for (int key; (key = ib_app_terminal_key()) != IB_APP_KEY_NONE;) {
        self->viewer.message[0] = 0;
        self->message_us = ib_host_now_us();
        if (key == 'q')
            return false;
        if (key == ' ')
            self->paused = !self->paused;
        else if (key == 'f')
            press_ffc(self);
        else
            ib_app_viewer_key(&self->viewer, key);
    }
    return !ib_app_terminal_ended();
}

static int watch(struct view *self) {
    while (take_keys(self)) {
        bool fresh = ib_app_live_wait(&self->live, STDIN_FILENO, 100000);
        if (fresh && !self->paused && take_newest(self) != 0)
            return ib_app_fail(self->verb, "memory", "there is too little");
        follow_ffc(self);
        if (ib_host_now_us() - self->message_us > MESSAGE_US)
            self->viewer.message[0] = 0;
        if (!self->viewer.frame.pixels)
            snprintf(self->viewer.message, sizeof self->viewer.message, "no image yet");
        make_title(self);
        if (ib_app_viewer_show(&self->viewer) != 0)
            return IB_APP_EXIT_FAILED; // nobody is there to be told
    }
    return IB_APP_EXIT_OK;
}

static int view(struct view *self) {
    char problem[640];
    int code = ib_app_live_open(&self->live, self->camera, self->once, NULL, NULL,
                                &self->journal.log, problem, sizeof problem);
    if (code == IB_APP_EXIT_USAGE)
        return ib_app_usage(self->verb, self->camera, problem);
    if (code != 0)
        return ib_app_fail(self->verb, self->camera, problem);
    if (self->once) {
        code = show_once(self);
    } else if (ib_app_terminal_open(problem, sizeof problem) != 0) {
        code = ib_app_fail(self->verb, "terminal", problem);
    } else {
        code = watch(self);
        ib_app_live_stop(&self->live); // nobody holds `ffc` any more
        ib_app_terminal_close();
    }
    ib_app_live_close(&self->live);
    return code;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct view *self = calloc(1, sizeof *self);
    char problem[256];
    if (!self)
        return ib_app_fail(verb, "memory", "there is too little");
    *self = (struct view){.verb = verb,
                          .camera = IB_APP_DEFAULT_CAMERA,
                          .options = {.colours = ib_app_colouring_default, .help = HELP}};
    int code = parse(self, args);
    if (code == 0 && !self->once && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))) {
        code = ib_app_fail(verb, "terminal", "there is none here (--once prints one picture)");
    } else if (code == 0) {
        // Log lines would tear the picture.
        ib_app_journal_init(&self->journal, IB_LOG_ERROR, false);
        if (ib_app_viewer_open(&self->viewer, &self->options, ib_app_terminal_colours(), problem,
                               sizeof problem) != 0)
            code = ib_app_fail(verb, "picture", problem);
        else
            code = view(self);
        ib_app_viewer_close(&self->viewer);
        ib_app_journal_deinit(&self->journal);
    }
    free(self);
    return code < 0 ? IB_APP_EXIT_OK : code;
}

const struct ib_app_verb ib_app_verb_view = {
    .name = "view",
    .about = "the live image in this terminal",
    .usage = "[OPTIONS]",
    .options = OPTIONS,
    .notes = "Keys: q quit, p palette, l lock the range, e equalise, u units, f FFC, space hold, h "
             "help.\n"
             "Colours: 24 bits when COLORTERM says truecolor, else 256; none with NO_COLOR.\n",
    .run = run,
};
