/// ironbow run: the camera, until somebody stops it.
///
/// Two threads: the camera's (sensor, recovery, frames) and this one (board, sockets). They meet in
/// the hub, in requests, and in one uv_async that says "look again". How the parts are opened is in
/// running_open.c, what is shown to people in run_display.c, the command line in run_options.c.
#include "apps/ironbow/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/camera_name.h"
#include "boards/tcam.h"
#include "core/status.h"

#define SERVICE "_tcam-socket._tcp"

// ---- news and endings ----

/// Any thread.
void ib_app_running_notify(void *context) {
    struct ib_app_running *self = context;
    uv_async_send(&self->changed);
}

/// On the camera's thread.
static void on_published(void *context) {
    struct ib_app_running *self = context;
    if (self->tcam.tcam.hub) // not of a Pure Thermal that is no tCam
        ib_app_tcam_published(&self->tcam);
    if (self->recorder)
        ib_app_recorder_wake(self->recorder);
    if (self->options->scripts)
        ib_app_repl_published(&self->repl);
    ib_app_running_notify(self);
}

static void kick(struct ib_app_running *self) {
    uint64_t now_us = ib_app_rig_now_us(self->rig);
    for (unsigned i = 0; i < self->door_count; i++)
        self->doors[i].kick(self->doors[i].self, now_us);
}

/// Regions and alarms see each frame that this thread comes to see.
static void measure(struct ib_app_running *self) {
    struct ib_hub *hub = &self->rig->hub;
    const struct ib_frame *frame = self->measuring ? ib_hub_newest(hub, 0) : NULL;
    if (!frame)
        return;
    ib_app_measuring_frame(self->measuring, frame,
                           ib_app_rig_unix_us(self->rig, frame->captured_us));
    ib_hub_release(hub, frame);
}

static void on_changed(uv_async_t *handle) {
    struct ib_app_running *self = handle->data;
    if (self->board_open && !self->stopping)
        ib_app_board_step(&self->board);
    measure(self);
    kick(self);
}

/// Return: 0, or -1 when a port could not be opened again; `problem` is the last one's.
static int set_reachable(struct ib_app_running *self, bool reachable, char *problem,
                         size_t problem_size) {
    int status = 0;
    for (unsigned i = 0; i < self->door_count; i++) {
        const struct ib_app_door *door = &self->doors[i];
        if (door->reachable && door->reachable(door->self, reachable, problem, problem_size) != 0)
            status = -1;
    }
    return status;
}

/// The ports are open while the network is there.
static void follow_network(struct ib_app_running *self) {
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
static void follow_name(struct ib_app_running *self) {
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
static void follow_slave(struct ib_app_running *self) {
    bool broken = (atomic_load(&self->rig->gate.shut) & IB_APP_GATE_NO_NETWORK) != 0;
    ib_sim_spi_slave_fault(&self->slave.port,
                           broken ? IB_SIM_SPI_SLAVE_DEAD : IB_SIM_SPI_SLAVE_WELL);
    ib_device_fault(&self->board.device, IB_DEVICE_FAULT_NETWORK, broken || self->images.dead);
}

/// The board has taken a step.
void ib_app_running_board_changed(void *context) {
    struct ib_app_running *self = context;
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

/// The board restarts: whoever is connected has lost the camera.
void ib_app_running_restarted(void *context) {
    struct ib_app_running *self = context;
    char problem[256];
    set_reachable(self, false, problem, sizeof problem);
    self->reachable = false;
}

static void part_closed(void *context) {
    struct ib_app_running *self = context;
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

void ib_app_running_stop(void *context) {
    struct ib_app_running *self = context;
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
    ib_app_running_stop(handle->data);
}

void ib_app_running_poweroff(void *context) {
    struct ib_app_running *self = context;
    uv_timer_start(&self->power, on_power, 200, 0);
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)number;
    ib_app_running_stop(handle->data);
}

static void on_second(uv_timer_t *handle) {
    struct ib_app_running *self = handle->data;
    ib_app_display_tick(&self->display);
    ib_app_journal_tick(&self->journal);
    self->control.fps_centi = self->display.fps_centi;
    if (self->http)
        ib_app_http_fps(self->http, self->display.fps_centi);
    uint64_t now_us = ib_app_rig_now_us(self->rig);
    if (self->measuring)
        ib_app_measuring_tick(self->measuring, now_us, ib_app_rig_unix_us(self->rig, now_us));
}

// ---- the run ----

static int start_camera(struct ib_app_running *self) {
    char problem[256];
    self->rig->hub.published = on_published;
    self->rig->hub.published_context = self;
    if (ib_app_rig_start(self->rig, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->options->camera, problem);
    return 0;
}

static void open_handles(struct ib_app_running *self) {
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

static void show_start(struct ib_app_running *self) {
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
static void log_start(struct ib_app_running *self) {
    const struct ib_device *device = &self->board.device;
    const struct ib_log *log = &self->journal.log;
    const struct ib_network_settings *network = &device->store.now.network;
    char text[320];
    snprintf(text, sizeof text, "ironbow %s on a %s, firmware %s from %s", IB_VERSION,
             self->options->scripts     ? "Pure Thermal"
             : self->options->with_card ? "tCam"
                                        : "tCam-Mini",
             ib_device_version(device), device->ota.slots.running < 0 ? "the factory" : "a slot");
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
             (unsigned)(self->options->scripts ? ib_board_pure_thermal.lepton_spi_hz
                                               : ib_board_tcam_mini.lepton_spi_hz),
             (unsigned)(self->options->scripts ? ib_board_pure_thermal.camera_i2c_hz
                                               : ib_board_tcam_mini.lepton_i2c_hz));
    ib_log(log, IB_LOG_DEBUG, "start", text);
}

static int open_everything(struct ib_app_running *self) {
    int code = ib_app_running_open_parts(self);
    if (code != 0)
        return code;
    ib_app_board_step(&self->board);
    show_start(self);
    ib_app_journal_release(&self->journal, true);
    log_start(self);
    return start_camera(self);
}

static int run_camera(struct ib_app_running *self) {
    int code = ib_app_running_open_rig(self);
    if (code != 0)
        return code;
    open_handles(self);
    ib_app_journal_hold(&self->journal);
    code = open_everything(self);
    ib_app_journal_release(&self->journal, code == 0);
    if (code == 0)
        uv_timer_start(&self->second, on_second, 1000, 1000);
    else
        ib_app_running_stop(self);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    uv_loop_close(&self->loop);
    if (self->board_open)
        ib_app_board_free(&self->board);
    if (self->serial)
        ib_serial_close(self->serial);
    ib_app_repl_free(&self->repl);
    ib_app_script_board_close(&self->scripts);
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
    struct ib_app_running *self = calloc(1, sizeof *self);
    if (!self)
        return ib_app_fail(verb, "memory", "there is too little");
    self->verb = verb;
    self->options = &options;
    ib_app_repl_init(&self->repl);
    ib_app_camera_name(self->default_name, sizeof self->default_name,
                       options.scripts     ? "PureThermal-"
                       : options.with_card ? ib_board_tcam.name_prefix
                                           : "tCam-Mini-",
                       options.mac);
    ib_app_journal_init(&self->journal, options.level, options.json);
    char problem[256];
    if (options.log_port &&
        ib_app_log_port_open(&self->journal.port, options.log_port, problem, sizeof problem) != 0)
        code = ib_app_fail(verb, options.log_port, problem);
    else
        code = run_camera(self);
    ib_app_http_free(self->http);
    ib_app_measuring_close(self->measuring);
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
