/// ironbow run: the camera, until somebody stops it.
///
/// Two threads: the camera's (sensor, recovery, frames) and this one (board, sockets). They meet in
/// the hub, in requests, and in one uv_async that says "look again". What is shown to people is in
/// run_display.c, the command line in run_options.c.
#include "apps/ironbow/run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/ironbow/camera_name.h"
#include "apps/ironbow/recorder.h"
#include "apps/ironbow/run_display.h"
#include "apps/ironbow/secure.h"
#include "apps/ironbow/serve_control.h"
#include "apps/ironbow/serve_rtsp.h"
#include "apps/ironbow/serve_slave.h"
#include "apps/ironbow/serve_tcam.h"
#include "boards/tcam.h"
#include "core/check.h"
#include "core/status.h"
#include "ports/linux/avahi.h"
#include "ports/linux/card_files.h"

#define SERVICE "_tcam-socket._tcp"
#define DOORS 8

struct run {
    const struct ib_app_verb *verb;
    const struct ib_app_run_options *options;
    char default_name[IB_LINK_SSID_BYTES + 1];
    char state[4096];
    struct ib_app_journal journal;
    struct ib_app_display display;
    struct ib_app_rig *rig;
    struct ib_app_board board;
    struct ib_app_secure secure;
    struct ib_card_files card;
    struct ib_app_tcam tcam;
    struct ib_app_visible *visible; ///< frames as pictures, for all who show them
    struct ib_app_rtsp rtsp;
    struct ib_app_control control;
    struct ib_app_slave slave; ///< hardware interface
    struct ib_tcam_slave images;
    struct ib_spi_slave slave_port;
    struct ib_serial *serial;
    struct ib_avahi *avahi;
    struct ib_app_recorder *recorder; ///< NULL: none
    struct ib_app_door doors[DOORS];
    unsigned door_count;
    bool slave_open;
    bool board_open;
    uv_loop_t loop;
    uv_async_t changed; ///< the camera's thread has news
    uv_signal_t interrupt;
    uv_signal_t terminate;
    uv_signal_t hang_up; ///< the terminal has gone
    uv_timer_t second;
    uv_timer_t power; ///< a client wants it off: its answer goes out first
    bool stopping;
    unsigned parts; ///< whose closing is waited for
    /// What was last acted upon.
    bool reachable;
    bool port_broken;
    uint32_t faults;
    char published[IB_LINK_SSID_BYTES + 48];
};

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
    if (self->recorder)
        ib_app_recorder_wake(self->recorder);
    notify(self);
}

static void kick(struct run *self) {
    uint64_t now_us = ib_app_rig_now_us(self->rig);
    for (unsigned i = 0; i < self->door_count; i++)
        self->doors[i].kick(self->doors[i].self, now_us);
}

static void on_changed(uv_async_t *handle) {
    struct run *self = handle->data;
    if (self->board_open && !self->stopping)
        ib_app_board_step(&self->board);
    kick(self);
}

static void add_door(struct run *self, struct ib_app_door door) {
    IB_ASSERT(self->door_count < DOORS);
    self->doors[self->door_count++] = door;
}

/// Return: 0, or -1 when a port could not be opened again; `problem` is the last one's.
static int set_reachable(struct run *self, bool reachable, char *problem, size_t problem_size) {
    int status = 0;
    for (unsigned i = 0; i < self->door_count; i++) {
        const struct ib_app_door *door = &self->doors[i];
        if (door->reachable && door->reachable(door->self, reachable, problem, problem_size) != 0)
            status = -1;
    }
    return status;
}

/// The ports are open while the network is there.
static void follow_network(struct run *self) {
    char problem[256];
    bool broken = (atomic_load(&self->rig->gate.shut) & IB_APP_GATE_NO_NETWORK) != 0;
    bool reachable = ib_app_board_reachable(&self->board) && !broken;
    if (reachable == self->reachable && !self->port_broken)
        return;
    self->reachable = reachable;
    bool failed = set_reachable(self, reachable, problem, sizeof problem) != 0;
    if (failed && !self->port_broken)
        ib_log(&self->journal.log, IB_LOG_ERROR, "tcam", problem);
    // Told anew with every try: healing the faults that were made on purpose heals nothing here.
    if (!broken && (failed || self->port_broken))
        ib_device_fault(&self->board.device, IB_DEVICE_FAULT_NETWORK, failed);
    self->port_broken = failed;
}

/// The world is told the camera's name as long as it can be reached.
static void follow_name(struct run *self) {
    const char *name = ib_device_name(&self->board.device);
    const char *version = ib_device_version(&self->board.device);
    char published[sizeof self->published] = "";
    if (!self->avahi)
        return;
    if (self->reachable)
        snprintf(published, sizeof published, "%s %.16s", name, version);
    if (strcmp(published, self->published) == 0)
        return;
    snprintf(self->published, sizeof self->published, "%s", published);
    char model[16], about[64];
    // One digit: 1 tCam, 2 tCam-Mini.
    snprintf(model, sizeof model, "model=%d", self->options->with_card ? 1 : 2);
    snprintf(about, sizeof about, "version=%s", version);
    const char *const txt[] = {model, "interface=WiFi", about, NULL};
    const struct ib_avahi_service service = {
        .name = name, .type = SERVICE, .port = (uint16_t)ib_app_tcam_port(&self->tcam), .txt = txt};
    ib_avahi_publish(self->avahi, self->reachable ? &service : NULL);
}

/// With the hardware interface fault 6 is the slave port's.
static void follow_slave(struct run *self) {
    bool broken = (atomic_load(&self->rig->gate.shut) & IB_APP_GATE_NO_NETWORK) != 0;
    ib_sim_spi_slave_fault(&self->slave.port,
                           broken ? IB_SIM_SPI_SLAVE_DEAD : IB_SIM_SPI_SLAVE_WELL);
    ib_device_fault(&self->board.device, IB_DEVICE_FAULT_NETWORK, broken || self->images.dead);
}

/// The board has taken a step.
static void on_board_changed(void *context) {
    struct run *self = context;
    if (self->stopping)
        return;
    follow_network(self);
    follow_name(self);
    if (self->display.board)
        ib_app_display_led(&self->display);
    const struct ib_device *device = &self->board.device;
    if (self->slave_open)
        follow_slave(self);
    bool news = device->faults != self->faults ||
                (device->has_ota && device->ota.output.say != IB_OTA_SAY_NOTHING);
    self->faults = device->faults;
    if (news)
        kick(self);
}

static unsigned count_clients(void *context) {
    const struct run *self = context;
    return ib_app_tcam_clients(&self->tcam);
}

/// The board restarts: whoever is connected has lost the camera.
static void on_restart(void *context) {
    struct run *self = context;
    char problem[256];
    set_reachable(self, false, problem, sizeof problem);
    self->reachable = false;
}

static void part_closed(void *context) {
    struct run *self = context;
    if (--self->parts > 0)
        return;
    // Nobody asks the camera anything any more: its thread may end, and only then its way to call
    // this loop.
    if (self->rig)
        ib_app_rig_stop(self->rig);
    ib_app_recorder_close(self->recorder);
    self->recorder = NULL;
    uv_close((uv_handle_t *)&self->changed, NULL);
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
    uv_close((uv_handle_t *)&self->power, NULL);
    if (self->tcam.tcam.camera)
        ib_tcam_recording_end(&self->tcam.tcam);
    // Simulated time need not be waited for: requests under way are answered at once.
    if (self->rig && self->rig->lepton)
        ib_pace_stop(&self->rig->pace);
    self->parts = 1; // this function
    unsigned doors = self->door_count;
    self->door_count = 0;
    self->slave_open = false;
    for (unsigned i = 0; i < doors; i++)
        self->parts += self->doors[i].close(self->doors[i].self, part_closed, self);
    if (self->avahi) {
        self->parts++;
        ib_avahi_close(self->avahi, part_closed, self);
    }
    self->avahi = NULL;
    if (self->board_open) {
        self->parts++;
        ib_app_board_close(&self->board, part_closed, self);
    }
    part_closed(self);
}

static void on_power(uv_timer_t *handle) {
    stop(handle->data);
}

static void on_poweroff(void *context) {
    struct run *self = context;
    uv_timer_start(&self->power, on_power, 200, 0);
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)number;
    stop(handle->data);
}

static void on_second(uv_timer_t *handle) {
    struct run *self = handle->data;
    ib_app_display_tick(&self->display);
    ib_app_journal_tick(&self->journal);
    self->control.fps_centi = self->display.fps_centi;
}

// ---- beginnings ----

static int open_rig(struct run *self) {
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
    if (ib_app_rig_open(&self->rig, &uri, time, &self->journal.log, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, options->camera, problem);
    return 0;
}

/// $XDG_STATE_HOME/ironbow/NAME, or below ~/.local/state. NULL: there is no such place.
static const char *default_state(struct run *self) {
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
static void shut_from_the_start(struct run *self) {
    for (unsigned i = 0; i < self->options->fault_count; i++) {
        for (int fault = 1; fault < IB_DEVICE_FAULT_UPDATE; fault++) {
            const char *name = ib_device_fault_name((enum ib_device_fault)fault);
            if (strcmp(self->options->faults[i], name) == 0)
                atomic_fetch_or(&self->rig->gate.shut,
                                ib_app_board_fault_gate((enum ib_device_fault)fault));
        }
    }
}

static int open_board(struct run *self) {
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
        .changed = on_board_changed,
        .restart = on_restart,
        .notify = notify,
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

static int begin_faults(struct run *self) {
    char problem[640];
    for (unsigned i = 0; i < self->options->fault_count; i++) {
        const char *fault = self->options->faults[i];
        if (ib_app_board_fault(&self->board, fault, true) != IB_OK &&
            ib_app_rig_fault(self->rig, fault, problem, sizeof problem) != 0)
            return ib_app_usage(self->verb, "--fault", problem);
    }
    return 0;
}

static int open_secure(struct run *self) {
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

static int open_hardware(struct run *self) {
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
    self->slave.over = notify;
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

static int open_tcam(struct run *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[320];
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
        .notify = notify,
        .poweroff = on_poweroff,
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

/// Found by name: unless nobody else could connect anyway.
static int open_discovery(struct run *self) {
    const struct ib_app_run_options *options = self->options;
    bool loopback = strncmp(options->listen, "127.", 4) == 0 || strcmp(options->listen, "::1") == 0;
    bool wanted = options->mdns ? strcmp(options->mdns, "on") == 0 : !loopback;
    if (!wanted || options->hardware)
        return 0;
    if (ib_avahi_open(&self->avahi, &self->loop, NULL, &self->journal.log) != 0)
        return ib_app_fail(self->verb, "--mdns", "out of memory");
    return 0;
}

static int open_recorder(struct run *self) {
    char problem[256];
    const struct ib_app_recorder_config config = {
        .rig = self->rig,
        .log = &self->journal.log,
        .wall_offset_us = IB_APP_RECORDER_HOST_TIME,
        .directory = self->options->record_directory,
        .changed = notify,
        .context = self,
    };
    if (!config.directory ||
        ib_app_recorder_open(&self->recorder, &config, problem, sizeof problem) == 0)
        return 0;
    return ib_app_fail(self->verb, config.directory, problem);
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
        .board = &self->board,
        .tcam = &self->tcam,
        .slave = self->slave_open ? &self->images : NULL,
        .avahi = &self->avahi,
        .doors = self->doors,
        .door_count = &self->door_count,
        .recorder = self->recorder,
        .loop = &self->loop,
        .path = path,
        .elsewhere = given != NULL,
        .log = &self->journal.log,
        .notify = notify,
        .quit = stop,
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

static int open_rtsp(struct run *self) {
    const struct ib_app_run_options *options = self->options;
    char problem[320];
    if (options->rtsp_port < 0)
        return 0;
    int status = ib_app_visible_open(&self->visible, &ib_app_visible_default);
    if (status != IB_OK)
        return ib_app_fail(self->verb, "pictures", ib_status_text(status));
    const struct ib_app_rtsp_config config = {
        .rig = self->rig,
        .visible = self->visible,
        .loop = &self->loop,
        .address = options->listen,
        .port = options->rtsp_port,
        .or_any_port = !options->rtsp_given,
        .token = options->secure_port >= 0 ? self->secure.token : NULL,
        .max_clients = options->max_clients,
        .log = &self->journal.log,
    };
    if (ib_app_rtsp_open(&self->rtsp, &config, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "--rtsp-port", problem);
    add_door(self, ib_app_rtsp_door(&self->rtsp));
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
    uv_timer_init(&self->loop, &self->power);
    self->changed.data = self;
    self->interrupt.data = self;
    self->terminate.data = self;
    self->hang_up.data = self;
    self->second.data = self;
    self->power.data = self;
    uv_signal_start(&self->interrupt, on_signal, SIGINT);
    uv_signal_start(&self->terminate, on_signal, SIGTERM);
    uv_signal_start(&self->hang_up, on_signal, SIGHUP);
}

static void show_start(struct run *self) {
    struct ib_app_display *display = &self->display;
    display->journal = &self->journal;
    display->rig = self->rig;
    display->board = &self->board;
    display->tcam = &self->tcam;
    display->doors = self->doors;
    display->door_count = self->door_count;
    display->json = self->options->json;
    display->quiet = self->options->level == IB_LOG_ERROR;
    ib_app_display_start(display);
}

/// What a start looks like on the log port (and with -v).
static void log_start(struct run *self) {
    const struct ib_device *device = &self->board.device;
    const struct ib_log *log = &self->journal.log;
    const struct ib_network_settings *network = &device->store.now.network;
    char text[320];
    snprintf(text, sizeof text, "ironbow %s on a %s, firmware %s from %s", IB_VERSION,
             self->options->with_card ? "tCam" : "tCam-Mini", ib_device_version(device),
             device->ota.slots.running < 0 ? "the factory" : "a slot");
    ib_log(log, IB_LOG_DEBUG, "start", text);
    snprintf(text, sizeof text, "Mode input %s: %s", self->options->hardware ? "low" : "high",
             self->options->hardware ? "hardware interface" : "Wi-Fi");
    ib_log(log, IB_LOG_DEBUG, "start", text);
    snprintf(text, sizeof text, "name %s, settings %s", ib_device_name(device),
             self->board.state[0] ? "kept" : "not kept");
    ib_log(log, IB_LOG_DEBUG, "start", text);
    if (!self->options->hardware) {
        snprintf(text, sizeof text, "network: %s",
                 !(network->flags & IB_WIFI_ENABLED) ? "off"
                 : network->flags & IB_WIFI_CLIENT   ? "client"
                                                     : "access point");
        ib_log(log, IB_LOG_DEBUG, "start", text);
    }
    snprintf(text, sizeof text, "Lepton: %.200s, SPI %u Hz, I2C %u Hz", self->rig->uri.text,
             (unsigned)ib_board_tcam_mini.lepton_spi_hz,
             (unsigned)ib_board_tcam_mini.lepton_i2c_hz);
    ib_log(log, IB_LOG_DEBUG, "start", text);
}

static int open_everything(struct run *self) {
    int code = open_board(self);
    if (code == 0)
        code = begin_faults(self);
    if (code == 0)
        code = open_secure(self);
    if (code == 0)
        code = open_hardware(self);
    if (code == 0)
        code = open_tcam(self);
    if (code == 0)
        code = open_rtsp(self);
    if (code == 0)
        code = open_discovery(self);
    if (code == 0)
        code = open_recorder(self);
    if (code == 0)
        code = open_control(self);
    if (code != 0)
        return code;
    ib_app_board_step(&self->board);
    show_start(self);
    ib_app_journal_release(&self->journal, true);
    log_start(self);
    return start_camera(self);
}

static int run_camera(struct run *self) {
    int code = open_rig(self);
    if (code != 0)
        return code;
    open_handles(self);
    ib_app_journal_hold(&self->journal);
    code = open_everything(self);
    ib_app_journal_release(&self->journal, code == 0);
    if (code == 0)
        uv_timer_start(&self->second, on_second, 1000, 1000);
    else
        stop(self);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    uv_loop_close(&self->loop);
    if (self->board_open)
        ib_app_board_free(&self->board);
    if (self->serial)
        ib_serial_close(self->serial);
    ib_app_secure_close(&self->secure);
    ib_app_rtsp_free(&self->rtsp);
    ib_app_visible_close(self->visible);
    if (code == 0)
        ib_app_display_end(&self->display);
    return code;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct ib_app_run_options options;
    int code = ib_app_run_parse(&options, verb, args);
    if (code >= 0)
        return code;
    struct run *self = calloc(1, sizeof *self);
    if (!self)
        return ib_app_fail(verb, "memory", "there is too little");
    self->verb = verb;
    self->options = &options;
    ib_app_camera_name(self->default_name, sizeof self->default_name,
                       options.with_card ? ib_board_tcam.name_prefix : "tCam-Mini-", options.mac);
    ib_app_journal_init(&self->journal, options.level, options.json);
    char problem[256];
    if (options.log_port &&
        ib_app_log_port_open(&self->journal.port, options.log_port, problem, sizeof problem) != 0)
        code = ib_app_fail(verb, options.log_port, problem);
    else
        code = run_camera(self);
    ib_app_rig_close(self->rig);
    ib_app_journal_deinit(&self->journal);
    free(self);
    return code;
}

const struct ib_app_verb ib_app_verb_run = {
    .name = "run",
    .about = "be a camera that tCam clients connect to",
    .usage = "[OPTIONS]",
    .options = ib_app_run_option_table,
    .notes =
        "Ctrl-C stops it. While it runs, ironbow ctl changes what a simulated camera sees and "
        "how it\nmisbehaves. A second ironbow beside it needs another --tcam-port; its control "
        "socket is\nthen called ironbow-PID.sock.\n",
    .run = run,
};
