/// The beginnings of `ironbow run`: each part is opened, its door is added, what fails is reported.
#include "apps/ironbow/running.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boards/tcam.h"
#include "core/check.h"
#include "core/status.h"

static void add_door(struct ib_app_running *self, struct ib_app_door door) {
    IB_ASSERT(self->door_count < IB_APP_DOORS);
    self->doors[self->door_count++] = door;
}

static unsigned count_clients(void *context) {
    const struct ib_app_running *self = context;
    return ib_app_tcam_clients(&self->tcam);
}

static unsigned count_rtsp(void *context) {
    const struct ib_app_running *self = context;
    return self->rtsp.pump ? ib_pump_clients(self->rtsp.pump) : 0;
}

int ib_app_running_open_rig(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
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
    enum ib_app_rig_board board = options->scripts ? IB_APP_RIG_PURE_THERMAL : IB_APP_RIG_TCAM;
    if (ib_app_rig_open(&self->rig, &uri, board, time, &self->journal.log, problem,
                        sizeof problem) != 0)
        return ib_app_fail(self->verb, options->camera, problem);
    return 0;
}

/// $XDG_STATE_HOME/ironbow/NAME, or below ~/.local/state. NULL: there is no such place.
static const char *default_state(struct ib_app_running *self) {
    const char *base = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (base && base[0] == '/')
        snprintf(self->state, sizeof self->state, "%s/ironbow/%s", base, self->default_name);
    else if (home && home[0] == '/')
        snprintf(self->state, sizeof self->state, "%s/.local/state/ironbow/%s", home,
                 self->default_name);
    else
        return NULL;
    return self->state;
}

/// What the board's start itself should suffer from: settings that cannot be read. A flash that
/// takes no update still holds the firmware that is to be started.
static void shut_from_the_start(struct ib_app_running *self) {
    for (unsigned i = 0; i < self->options->fault_count; i++) {
        for (int fault = 1; fault < IB_DEVICE_FAULT_UPDATE; fault++) {
            const char *name = ib_device_fault_name((enum ib_device_fault)fault);
            if (strcmp(self->options->faults[i], name) == 0)
                atomic_fetch_or(&self->rig->gate.shut,
                                ib_app_board_fault_gate((enum ib_device_fault)fault));
        }
    }
}

static int open_board(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[640];
    struct ib_app_board_config config = {
        .rig = self->rig,
        .loop = &self->loop,
        .log = &self->journal.log,
        .mode = options->hardware ? IB_DEVICE_HARDWARE : IB_DEVICE_WIFI,
        .network = self->rig->lepton ? IB_APP_NETWORK_SIM : IB_APP_NETWORK_HOST,
        .default_name = self->default_name,
        .state = options->state ? options->state : default_state(self),
        .state_given = options->state != NULL,
        .listen = options->listen,
        .update_key = options->update_key,
        .signed_only = options->signed_only,
        .button_line = options->button_line,
        .red_line = options->red_line,
        .green_line = options->green_line,
        .clients = count_clients,
        .changed = ib_app_running_board_changed,
        .restart = ib_app_running_restarted,
        .notify = ib_app_running_notify,
        .context = self,
    };
    if (options->state && strcmp(options->state, "none") == 0)
        config.state = NULL;
    if (options->network && strcmp(options->network, "sim") == 0)
        config.network = IB_APP_NETWORK_SIM;
    else if (options->network && strcmp(options->network, "host") == 0)
        config.network = IB_APP_NETWORK_HOST;
    else if (options->network)
        config.network = IB_APP_NETWORK_MANAGER, config.interface = options->network + 3;
    shut_from_the_start(self);
    self->board_open = true;
    if (ib_app_board_open(&self->board, &config, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "the board", problem);
    ib_app_board_apply_settings(&self->board);
    self->reachable = true; // the ports are opened first, and closed when nobody can reach them
    return 0;
}

static int begin_faults(struct ib_app_running *self) {
    char problem[640];
    for (unsigned i = 0; i < self->options->fault_count; i++) {
        const char *fault = self->options->faults[i];
        if (ib_app_board_fault(&self->board, fault, true) != IB_OK &&
            ib_app_rig_fault(self->rig, fault, problem, sizeof problem) != 0)
            return ib_app_usage(self->verb, "--fault", problem);
    }
    return 0;
}

static int open_secure(struct ib_app_running *self) {
    char problem[640];
    if (self->options->secure_port < 0)
        return 0;
    if (!self->board.state[0])
        return ib_app_fail(self->verb, "--secure-port",
                           "its key and token need a place: --state DIRECTORY");
    if (ib_app_secure_open(&self->secure, self->board.state, self->options->token_file,
                           self->default_name, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "--secure-port", problem);
    return 0;
}

/// Whether it names a serial port of this machine. A link to a pty is an older run's.
static bool is_tty(const char *path) {
    char real[PATH_MAX];
    struct stat status;
    return realpath(path, real) && strncmp(real, "/dev/pts/", 9) != 0 && stat(real, &status) == 0 &&
           S_ISCHR(status.st_mode);
}

static int open_hardware(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[256], path[128];
    if (!options->hardware)
        return 0;
    int status = options->serial && is_tty(options->serial)
                     ? ib_serial_open_tty(&self->serial, options->serial,
                                          ib_board_tcam_mini.serial_baud, problem, sizeof problem)
                     : ib_serial_open_pty(&self->serial, options->serial, problem, sizeof problem);
    if (status != 0)
        return ib_app_fail(self->verb, options->serial ? options->serial : "--serial", problem);
    if (options->slave) {
        snprintf(path, sizeof path, "%s", options->slave);
    } else {
        ib_app_control_default_path(path, sizeof path - 8);
        path[strlen(path) - strlen(".sock")] = 0;
        snprintf(path + strlen(path), sizeof path - strlen(path), "-slave.sock");
    }
    self->slave.over = ib_app_running_notify;
    self->slave.context = self;
    if (ib_app_slave_open(&self->slave, self->rig, &self->loop, path, &self->journal.log, problem,
                          sizeof problem) != 0)
        return ib_app_fail(self->verb, path, problem);
    self->slave_open = true;
    add_door(self, ib_app_slave_door(&self->slave));
    self->slave_port = ib_sim_spi_slave_port(&self->slave.port);
    self->images.port = &self->slave_port;
    return 0;
}

/// Recordings go where --record-dir says, else beside the settings.
static const char *recordings_of(struct ib_app_running *self) {
    const char *given = self->options->record_directory;
    if (given)
        return strcmp(given, "none") == 0 ? NULL : given;
    if (!self->board.state[0])
        return NULL;
    snprintf(self->recordings, sizeof self->recordings, "%s/recordings", self->board.state);
    return self->recordings;
}

static int open_recorder(struct ib_app_running *self) {
    char problem[256];
    const struct ib_app_recorder_config config = {
        .rig = self->rig,
        .log = &self->journal.log,
        .wall_offset_us = IB_APP_RECORDER_HOST_TIME,
        .directory = recordings_of(self),
        .recording = {.palette = self->options->palette},
        .changed = ib_app_running_notify,
        .context = self,
    };
    if (!config.directory ||
        ib_app_recorder_open(&self->recorder, &config, problem, sizeof problem) == 0)
        return 0;
    if (self->options->record_directory)
        return ib_app_fail(self->verb, config.directory, problem);
    // A camera that cannot record is still a camera.
    char text[512];
    snprintf(text, sizeof text, "no recordings: %.200s: %s", config.directory, problem);
    ib_log(&self->journal.log, IB_LOG_WARNING, "recorder", text);
    return 0;
}

/// An alarm has changed: whoever watches is told.
static void on_alarm(void *context, const char *alarm, const struct ib_alarm_event *event,
                     const char *json) {
    struct ib_app_running *self = context;
    char members[768];
    (void)alarm;
    (void)event;
    if (self->http &&
        (size_t)snprintf(members, sizeof members, "\"alarm\":%s", json) < sizeof members)
        ib_app_http_event(self->http, "alarm", members);
}

static int open_measuring(struct ib_app_running *self) {
    char problem[256];
    const struct ib_app_measuring_config config = {
        .state = self->board.state[0] ? self->board.state : NULL,
        .camera = ib_device_name(&self->board.device),
        .log = &self->journal.log,
        .on_event = on_alarm,
        .context = self,
        .now_us = ib_app_rig_now_us(self->rig),
    };
    if (ib_app_measuring_open(&self->measuring, &config, problem, sizeof problem) == 0)
        return 0;
    return ib_app_fail(self->verb, "measuring", problem);
}

static int open_http(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[640], what[128];
    // The hardware interface has no network: a page there is for those who ask for it.
    if (options->http_port < 0 || (options->hardware && !options->http_given))
        return 0;
    const struct ib_app_http_config config = {
        .rig = self->rig,
        .board = &self->board,
        .tcam = &self->tcam,
        .measuring = self->measuring,
        .recorder = self->recorder,
        .recordings = self->recorder ? recordings_of(self) : NULL,
        .palette = options->palette,
        .rtsp_clients = count_rtsp,
        .loop = &self->loop,
        .address = options->listen,
        .port = options->http_port,
        .port_given = options->http_given,
        .web = options->web,
        .open = options->http_open,
        .extra_name = options->http_name,
        .state = self->board.state,
        .token_file = options->token_file,
        .max_clients = options->max_clients,
        .log = &self->journal.log,
        .notify = ib_app_running_notify,
        .context = self,
    };
    if (ib_app_http_open(&self->http, &config, problem, sizeof problem) == 0) {
        add_door(self, ib_app_http_door(self->http));
        return 0;
    }
    snprintf(what, sizeof what, "page %s:%d", options->listen, options->http_port);
    return ib_app_fail(self->verb, what, problem);
}

static int open_tcam(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[320];
    // A Pure Thermal that nobody wants to be a tCam is none.
    if (options->scripts && options->port < 0 && options->secure_port < 0)
        return 0;
    if (options->with_card)
        ib_card_files_init(&self->card, options->card ? options->card : "");
    const struct ib_app_tcam_config config = {
        .rig = self->rig,
        .device = &self->board.device,
        .loop = &self->loop,
        .model = options->hardware    ? ib_board_tcam_mini.model_hardware
                 : options->with_card ? ib_board_tcam.model
                                      : ib_board_tcam_mini.model_wifi,
        .card = options->with_card ? &self->card.files : NULL,
        .address = options->listen,
        .port = options->port,
        .secure_port = options->secure_port,
        .protection = &self->secure,
        .serial = self->serial,
        .slave = self->serial ? &self->images : NULL,
        .slave_path = self->slave.path,
        .max_clients = options->max_clients,
        .system_time = options->system_time,
        .log = &self->journal.log,
        .notify = ib_app_running_notify,
        .poweroff = ib_app_running_poweroff,
        .context = self,
    };
    int status = ib_app_tcam_open(&self->tcam, &config, problem, sizeof problem);
    add_door(self, ib_app_tcam_door(&self->tcam)); // what did open is closed again
    if (status == 0)
        return 0;
    char what[128];
    const char *why = strstr(problem, ": "); // behind the port
    snprintf(what, sizeof what, "tcam %.*s", why ? (int)(why - problem) : 0, problem);
    return ib_app_fail(self->verb, what, why ? why + 2 : problem);
}

/// An image in the state's place, unless another was named. NULL: in memory.
static const char *image_path(const struct ib_app_running *self, const char *given,
                              const char *name, char *out, size_t size) {
    if (given)
        return given;
    if (!self->board.state[0])
        return NULL;
    snprintf(out, size, "%s/%s", self->board.state, name);
    return out;
}

static int open_script_board(struct ib_app_running *self) {
    char problem[512];
    const struct ib_app_script_board_config config = {
        .rig = self->rig,
        .autofocus = self->options->autofocus,
        .log = &self->journal.log,
    };
    if (ib_app_script_board_open(&self->scripts, &config, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb,
                           self->options->autofocus ? "--af-firmware" : "--board pure-thermal",
                           problem);
    if (!self->rig->lepton)
        ib_log(&self->journal.log, IB_LOG_WARNING, "script",
               "the Lepton is real: scripts have no colour camera and no I2C buses, and their "
               "pins are simulated");
    return 0;
}

static int open_scripts(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[512], flash[4200], rom[4200];
    if (!options->scripts)
        return 0;
    int code = open_script_board(self);
    if (code != 0)
        return code;
    const struct ib_app_repl_config config = {
        .loop = &self->loop,
        .board = &self->scripts,
        .serial = options->serial,
        .flash = image_path(self, options->flash, "flash.img", flash, sizeof flash),
        .card = options->sdcard,
        .rom = image_path(self, options->rom, "rom.img", rom, sizeof rom),
        .mac = options->mac,
        .log = &self->journal.log,
        .notify = ib_app_running_notify,
        .context = self,
    };
    int status = ib_app_repl_open(&self->repl, &config, problem, sizeof problem);
    add_door(self, ib_app_repl_door(&self->repl)); // what did open is closed again
    return status == 0 ? 0 : ib_app_fail(self->verb, "--board pure-thermal", problem);
}

/// Found by name: unless nobody else could connect anyway.
static int open_discovery(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
    bool wanted =
        options->mdns ? strcmp(options->mdns, "on") == 0 : !ib_app_is_loopback(options->listen);
    if (!wanted || options->hardware || (options->port < 0 && options->secure_port < 0))
        return 0;
    if (ib_avahi_open(&self->avahi, &self->loop, NULL, &self->journal.log) != 0)
        return ib_app_fail(self->verb, "--mdns", "out of memory");
    return 0;
}

/// The default path may be another ironbow's: then this one has a name of its own.
static int open_control(struct ib_app_running *self) {
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
        .board = &self->board,
        .tcam = &self->tcam,
        .repl = self->options->scripts ? &self->repl : NULL,
        .scripts = self->options->scripts ? &self->scripts : NULL,
        .slave = self->slave_open ? &self->images : NULL,
        .avahi = &self->avahi,
        .doors = self->doors,
        .door_count = &self->door_count,
        .recorder = self->recorder,
        .loop = &self->loop,
        .path = path,
        .elsewhere = given != NULL,
        .log = &self->journal.log,
        .notify = ib_app_running_notify,
        .quit = ib_app_running_stop,
        .context = self,
    };
    int status = ib_app_control_open(&self->control, &config, problem, sizeof problem);
    if (status == -EADDRINUSE && !given) {
        path[strlen(path) - strlen(".sock")] = 0;
        size_t size = strlen(path);
        snprintf(path + size, sizeof path - size, "-%ld.sock", (long)getpid());
        config.elsewhere = true;
        status = ib_app_control_open(&self->control, &config, problem, sizeof problem);
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
    add_door(self, ib_app_control_door(&self->control));
    return 0;
}

static int open_rtsp(struct ib_app_running *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[320];
    if (options->rtsp_port < 0)
        return 0;
    struct ib_app_visible_style style = ib_app_visible_default;
    style.palette = options->palette;
    int status = ib_app_visible_open(&self->visible, &style);
    if (status != IB_OK)
        return ib_app_fail(self->verb, "pictures", ib_status_text(status));
    const struct ib_app_rtsp_config config = {
        .rig = self->rig,
        .visible = self->visible,
        .loop = &self->loop,
        .address = options->listen,
        .port = options->rtsp_port,
        .or_any_port = !options->rtsp_given,
        .token = options->secure_port >= 0 ? self->secure.token
                 : self->http              ? ib_app_http_token(self->http)
                                           : NULL,
        .max_clients = options->max_clients,
        .log = &self->journal.log,
    };
    if (ib_app_rtsp_open(&self->rtsp, &config, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "--rtsp-port", problem);
    add_door(self, ib_app_rtsp_door(&self->rtsp));
    return 0;
}

int ib_app_running_open_parts(struct ib_app_running *self) {
    int code = open_board(self);
    if (code == 0)
        code = begin_faults(self);
    if (code == 0)
        code = open_secure(self);
    if (code == 0)
        code = open_recorder(self);
    if (code == 0)
        code = open_measuring(self);
    if (code == 0)
        code = open_http(self); // the first thing that people read is where the page is
    if (code == 0)
        code = open_hardware(self);
    if (code == 0)
        code = open_tcam(self);
    if (code == 0)
        code = open_scripts(self);
    if (code == 0)
        code = open_rtsp(self);
    if (code == 0)
        code = open_discovery(self);
    if (code == 0)
        code = open_control(self);
    return code;
}
