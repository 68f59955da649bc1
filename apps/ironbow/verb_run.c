/// ironbow run: the camera, until somebody stops it.
///
/// Two threads: the camera's (sensor, recovery, frames) and this one (sockets). They meet in the
/// hub, in requests, and in one uv_async that says "look again". What is shown to people is in
/// run_display.c.
#include "apps/ironbow/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/camera_name.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/run_display.h"
#include "apps/ironbow/serve_control.h"
#include "apps/ironbow/serve_tcam.h"
#include "core/status.h"

#define MOST_FAULTS 16
#define DEFAULT_CLIENTS 32

enum {
    OPT_CAMERA = 1,
    OPT_PORT,
    OPT_LISTEN,
    OPT_CLIENTS,
    OPT_MAC,
    OPT_FAULT,
    OPT_CONTROL,
    OPT_CLOCK,
    OPT_SEED,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
};

static const struct ib_app_option OPTIONS[] = {
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_PORT, "tcam-port", 0, "PORT",
     "where tCam clients connect (default 5001; 0: any free one)"},
    {OPT_LISTEN, "listen", 0, "ADDRESS",
     "on which address (default 127.0.0.1, this machine only;\n0.0.0.0 lets everybody in)"},
    {OPT_CLIENTS, "max-clients", 0, "N", "at once, 1 to 10000 (default 32)"},
    {OPT_MAC, "mac", 0, "ADDRESS",
     "hardware address: its last four digits name the camera\n(default " IB_APP_DEFAULT_MAC ")"},
    {OPT_FAULT, "fault", 0, "NAME[,N][,T]",
     "begin with this fault, N times or for the time T; may be\nrepeated (ironbow ctl faults lists "
     "them)"},
    {OPT_CONTROL, "control", 0, "PATH",
     "control socket (default $XDG_RUNTIME_DIR/ironbow.sock,\nelse /tmp/ironbow-UID.sock); none: "
     "without"},
    {OPT_CLOCK, "clock", 0, "real|step",
     "step: simulated time stands still until ironbow ctl step"},
    {OPT_SEED, "seed", 0, "N", "of everything random in the simulation"},
    {OPT_JSON, "json", 0, NULL, "say what happens as JSON, one event a line"},
    {OPT_QUIET, "quiet", 'q', NULL, "log errors only"},
    {OPT_VERBOSE, "verbose", 'v', NULL, "log every detail"},
    {0},
};

struct options {
    const char *camera;
    int port;
    char listen[64];
    unsigned max_clients;
    char name[33];
    const char *faults[MOST_FAULTS];
    unsigned fault_count;
    const char *control; ///< NULL: the default path
    bool stepped;
    bool has_seed;
    uint64_t seed;
    bool json;
    enum ib_log_level level;
};

struct run {
    const struct ib_app_verb *verb;
    const struct options *options;
    struct ib_app_journal journal;
    struct ib_app_display display;
    struct ib_app_rig *rig;
    struct ib_app_tcam tcam;
    struct ib_app_control control;
    bool control_open;
    uv_loop_t loop;
    uv_async_t changed; ///< the camera's thread has news
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_signal_t hang_up; ///< the terminal has gone
    uv_timer_t second;
    bool stopping;
    unsigned pumps; ///< not closed yet
};

/// As people write addresses: "localhost" is this machine, "[::1]" what the start line shows.
static int parse_listen(struct options *out, const struct ib_app_verb *verb, const char *value) {
    size_t size = strlen(value);
    if (strcmp(value, "localhost") == 0)
        value = "127.0.0.1";
    else if (size > 2 && value[0] == '[' && value[size - 1] == ']')
        value++;
    if ((size_t)snprintf(out->listen, sizeof out->listen, "%s", value) >= sizeof out->listen)
        return ib_app_usage(verb, value, "is too long for an address");
    out->listen[strcspn(out->listen, "]")] = 0;
    return 0;
}

static int parse_option(struct options *out, const struct ib_app_verb *verb, int option,
                        const char *value) {
    uint64_t number;
    switch (option) {
    case OPT_CAMERA:
        out->camera = value;
        return 0;
    case OPT_PORT:
        if (!ib_app_parse_u64(value, 65535, &number))
            return ib_app_usage(verb, value, "must be a port number, 0 to 65535");
        out->port = (int)number;
        return 0;
    case OPT_LISTEN:
        return parse_listen(out, verb, value);
    case OPT_CLIENTS:
        if (!ib_app_parse_u64(value, 10000, &number) || number < 1)
            return ib_app_usage(verb, value, "must be a number from 1 to 10000");
        out->max_clients = (unsigned)number;
        return 0;
    case OPT_MAC:
        if (!ib_app_camera_name(out->name, sizeof out->name, value))
            return ib_app_usage(verb, value, "must look like 02:00:00:12:AB:CD");
        return 0;
    case OPT_FAULT:
        if (out->fault_count == MOST_FAULTS)
            return ib_app_usage(verb, "--fault", "may be given 16 times");
        out->faults[out->fault_count++] = value;
        return 0;
    case OPT_CONTROL:
        out->control = value;
        return 0;
    case OPT_CLOCK:
        if (strcmp(value, "real") != 0 && strcmp(value, "step") != 0)
            return ib_app_usage(verb, value, "must be real or step");
        out->stepped = value[0] == 's';
        return 0;
    case OPT_SEED:
        out->has_seed = true;
        if (!ib_app_parse_u64(value, UINT64_MAX, &out->seed))
            return ib_app_usage(verb, value, "must be a whole number");
        return 0;
    case OPT_JSON:
        out->json = true;
        return 0;
    case OPT_QUIET:
        out->level = IB_LOG_ERROR;
        return 0;
    case OPT_VERBOSE:
        out->level = IB_LOG_DEBUG;
        return 0;
    case IB_APP_ARG_WORD:
        return ib_app_usage(verb, value, "unexpected");
    default:
        return option == IB_APP_ARG_HELP ? -1 : IB_APP_EXIT_USAGE;
    }
}

// ---- news and endings ----

/// Any thread.
static void notify(void *context) {
    struct run *self = context;
    uv_async_send(&self->changed);
}

/// On the camera's thread.
static void on_published(void *context) {
    struct run *self = context;
    ib_app_tcam_published(&self->tcam);
    notify(self);
}

static void on_changed(uv_async_t *handle) {
    struct run *self = handle->data;
    if (self->tcam.pump)
        ib_pump_kick(self->tcam.pump);
    if (self->control_open)
        ib_pump_kick(self->control.pump);
}

static void pump_closed(struct run *self) {
    if (--self->pumps > 0)
        return;
    // Nobody asks the camera anything any more: its thread may end, and only then its way to call
    // this loop.
    ib_app_rig_stop(self->rig);
    uv_close((uv_handle_t *)&self->changed, NULL);
}

static void on_tcam_closed(void *context) {
    struct run *self = context;
    self->tcam.pump = NULL;
    pump_closed(self);
}

static void on_control_closed(void *context) {
    struct run *self = context;
    self->control_open = false;
    pump_closed(self);
}

static void stop(void *context) {
    struct run *self = context;
    if (self->stopping)
        return;
    self->stopping = true;
    // With these gone, a second Ctrl-C ends the program the hard way.
    uv_close((uv_handle_t *)&self->interrupt, NULL);
    uv_close((uv_handle_t *)&self->terminate, NULL);
    uv_close((uv_handle_t *)&self->hang_up, NULL);
    uv_close((uv_handle_t *)&self->second, NULL);
    // Simulated time need not be waited for: requests under way are answered at once.
    if (self->rig->lepton)
        ib_pace_stop(&self->rig->pace);
    ib_pump_close(self->tcam.pump, on_tcam_closed, self);
    if (self->control_open)
        ib_pump_close(self->control.pump, on_control_closed, self);
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)number;
    stop(handle->data);
}

static void on_second(uv_timer_t *handle) {
    struct run *self = handle->data;
    ib_app_display_tick(&self->display);
    self->control.fps_centi = self->display.fps_centi;
}

// ---- beginnings ----

static int open_rig(struct run *self) {
    const struct options *options = self->options;
    struct ib_app_uri uri;
    char problem[640];
    if (!ib_app_uri_parse(&uri, options->camera, problem, sizeof problem))
        return ib_app_usage(self->verb, options->camera, problem);
    if (uri.kind == IB_APP_CAMERA_LINUX && (options->stepped || options->has_seed))
        return ib_app_usage(self->verb, options->stepped ? "--clock step" : "--seed",
                            "needs a simulated camera");
    if (options->has_seed)
        uri.seed = options->seed;
    enum ib_app_time time = options->stepped ? IB_APP_TIME_STEPPED : IB_APP_TIME_REAL;
    if (ib_app_rig_open(&self->rig, &uri, time, &self->journal.log, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, options->camera, problem);
    for (unsigned i = 0; i < options->fault_count; i++) {
        if (ib_app_rig_fault(self->rig, options->faults[i], problem, sizeof problem) != 0)
            return ib_app_usage(self->verb, "--fault", problem);
    }
    return 0;
}

static int open_tcam(struct run *self) {
    char problem[256];
    const struct ib_app_tcam_config config = {
        .rig = self->rig,
        .loop = &self->loop,
        .address = self->options->listen,
        .port = self->options->port,
        .max_clients = self->options->max_clients,
        .name = self->options->name,
        .log = &self->journal.log,
        .notify = notify,
        .notify_context = self,
    };
    if (ib_app_tcam_open(&self->tcam, &config, problem, sizeof problem) != 0) {
        char what[128];
        snprintf(what, sizeof what, "tcam %s:%d", self->options->listen, self->options->port);
        return ib_app_fail(self->verb, what, problem);
    }
    self->pumps++;
    return 0;
}

/// The default path may be another ironbow's: then this one has a name of its own.
static int open_control(struct run *self) {
    const char *given = self->options->control;
    char path[IB_APP_CONTROL_PATH_BYTES + 64];
    char problem[256];
    if (given && strcmp(given, "none") == 0)
        return 0;
    if (given)
        snprintf(path, sizeof path, "%s", given);
    else
        ib_app_control_default_path(path, sizeof path);
    struct ib_app_control_config config = {
        .rig = self->rig,
        .tcam = &self->tcam,
        .loop = &self->loop,
        .path = path,
        .log = &self->journal.log,
        .notify = notify,
        .quit = stop,
        .context = self,
    };
    int status = ib_app_control_open(&self->control, &config, problem, sizeof problem);
    self->display.control_elsewhere = given != NULL;
    if (status == -EADDRINUSE && !given) {
        path[strlen(path) - strlen(".sock")] = 0;
        size_t size = strlen(path);
        snprintf(path + size, sizeof path - size, "-%ld.sock", (long)getpid());
        status = ib_app_control_open(&self->control, &config, problem, sizeof problem);
        self->display.control_elsewhere = true;
    }
    if (status != 0 && given)
        return ib_app_fail(self->verb, path, problem);
    if (status != 0) {
        // A camera without its control socket is still a camera.
        char text[512];
        snprintf(text, sizeof text, "no control socket: %s: %s", path, problem);
        ib_log(&self->journal.log, IB_LOG_WARNING, "control", text);
        return 0;
    }
    self->control_open = true;
    self->pumps++;
    return 0;
}

static int start_camera(struct run *self) {
    char problem[256];
    self->rig->hub.published = on_published;
    self->rig->hub.published_context = self;
    if (ib_app_rig_start(self->rig, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->options->camera, problem);
    return 0;
}

static void open_handles(struct run *self) {
    uv_loop_init(&self->loop);
    self->loop.data = self;
    uv_async_init(&self->loop, &self->changed, on_changed);
    uv_signal_init(&self->loop, &self->interrupt);
    uv_signal_init(&self->loop, &self->terminate);
    uv_signal_init(&self->loop, &self->hang_up);
    uv_timer_init(&self->loop, &self->second);
    self->changed.data = self;
    self->interrupt.data = self;
    self->terminate.data = self;
    self->hang_up.data = self;
    self->second.data = self;
    uv_signal_start(&self->interrupt, on_signal, SIGINT);
    uv_signal_start(&self->terminate, on_signal, SIGTERM);
    uv_signal_start(&self->hang_up, on_signal, SIGHUP);
}

static void show_start(struct run *self) {
    self->display.journal = &self->journal;
    self->display.rig = self->rig;
    self->display.tcam = &self->tcam;
    self->display.control_path = self->control_open ? self->control.path : NULL;
    self->display.name = self->options->name;
    self->display.address = self->options->listen;
    self->display.max_clients = self->options->max_clients;
    self->display.json = self->options->json;
    self->display.quiet = self->options->level == IB_LOG_ERROR;
    ib_app_display_start(&self->display);
}

static void close_handle(uv_handle_t *handle, void *context) {
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static int run_camera(struct run *self) {
    int code = open_rig(self);
    if (code != 0)
        return code;
    open_handles(self);
    code = open_tcam(self);
    if (code == 0)
        code = open_control(self);
    if (code == 0) {
        show_start(self);
        code = start_camera(self);
    }
    if (code == 0)
        uv_timer_start(&self->second, on_second, 1000, 1000);
    else if (self->pumps > 0)
        stop(self);
    else
        uv_walk(&self->loop, close_handle, NULL);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    uv_loop_close(&self->loop);
    if (code == 0)
        ib_app_display_end(&self->display);
    return code;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct options options = {
        .camera = IB_APP_DEFAULT_CAMERA,
        .port = ib_board_tcam_mini.tcp_port,
        .listen = "127.0.0.1",
        .max_clients = DEFAULT_CLIENTS,
        .level = IB_LOG_INFO,
    };
    ib_app_camera_name(options.name, sizeof options.name, IB_APP_DEFAULT_MAC);
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        int code = parse_option(&options, verb, option, args->value);
        if (code != 0)
            return code < 0 ? IB_APP_EXIT_OK : code;
    }
    struct run *self = calloc(1, sizeof *self);
    if (!self)
        return ib_app_fail(verb, "memory", "there is too little");
    self->verb = verb;
    self->options = &options;
    ib_app_journal_init(&self->journal, options.level, options.json);
    int code = run_camera(self);
    ib_app_rig_close(self->rig);
    ib_app_journal_deinit(&self->journal);
    free(self);
    return code;
}

const struct ib_app_verb ib_app_verb_run = {
    .name = "run",
    .about = "be a camera that tCam clients connect to",
    .usage = "[OPTIONS]",
    .options = OPTIONS,
    .notes =
        "Ctrl-C stops it. While it runs, ironbow ctl changes what a simulated camera sees and "
        "how it\nmisbehaves. A second ironbow beside it needs another --tcam-port; its control "
        "socket is\nthen called ironbow-PID.sock.\n",
    .run = run,
};
