/// What can be said to a running camera. Whatever touches the simulated part runs on the camera's
/// thread; the answer comes when it has run.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/control_session.h"
#include "apps/ironbow/parse.h"
#include "core/status.h"

typedef void command_handler(struct ib_app_control_session *self, unsigned count, char **words);

struct command {
    const char *name;
    const char *usage; ///< after the name
    unsigned least;    ///< words after the name
    unsigned most;
    bool simulated; ///< only with a simulated part
    command_handler *handler;
    const char *about;
};

static struct ib_app_rig *rig_of(const struct ib_app_control_session *self) {
    return self->control->config.rig;
}

static void reply_ok(struct ib_app_control_session *self) {
    ib_app_control_begin(self);
    ib_app_control_end(self);
}

void ib_app_control_post(struct ib_app_control_session *self, ib_app_control_poll *poll) {
    self->request.notify = self->control->config.notify;
    self->request.notify_context = self->control->config.context;
    self->poll = poll;
    self->posted = true;
    ib_camera_post(&rig_of(self)->camera, &self->request);
}

bool ib_app_control_answered(struct ib_app_control_session *self) {
    if (!self->posted || !ib_camera_answered(&self->request))
        return false;
    self->posted = false;
    return true;
}

/// Run `function` with `self->call` on the camera's thread.
static void call(struct ib_app_control_session *self, void (*function)(void *context),
                 ib_app_control_poll *poll) {
    self->call.rig = rig_of(self);
    self->request = (struct ib_camera_request){
        .ask = IB_ASK_CALL, .call = function, .call_context = &self->call};
    ib_app_control_post(self, poll);
}

/// The reply to a call that only says whether it worked.
static bool call_done(struct ib_app_control_session *self) {
    if (!ib_app_control_answered(self))
        return false;
    if (self->request.status != IB_OK)
        ib_app_control_error(self, "%s", ib_status_text(self->request.status));
    else if (self->call.status != IB_OK)
        ib_app_control_error(self, "%s", self->call.problem);
    else
        reply_ok(self);
    return true;
}

/// The reply to a request of the camera itself.
static bool request_done(struct ib_app_control_session *self) {
    if (!ib_app_control_answered(self))
        return false;
    int status = self->request.status;
    if (status == IB_E_DEVICE)
        ib_app_control_error(self, "the Lepton refused: %s (%d)",
                             ib_lepton_result_text(self->request.outcome.device_code),
                             self->request.outcome.device_code);
    else if (status != IB_OK)
        ib_app_control_error(self, "%s", ib_status_text(status));
    else
        reply_ok(self);
    return true;
}

// ---- status, counters, info ----

static bool status_done(struct ib_app_control_session *self) {
    if (!ib_app_control_answered(self))
        return false;
    struct ib_app_rig *rig = rig_of(self);
    struct ib_camera_state state;
    ib_camera_state(&rig->camera, &state);
    state.now_us = ib_app_rig_now_us(rig);
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_put_string(json, "camera", rig->uri.text);
    ib_json_put_string(json, "model", state.identity.name[0] ? state.identity.name : "unknown");
    ib_json_put_string(json, "clock", rig->time == IB_APP_TIME_STEPPED ? "step" : "real");
    ib_app_put_stage(json, &state);
    ib_json_put_int(json, "frames", state.counters.frames);
    ib_json_put_fixed(json, "fps", self->control->fps_centi, 2);
    const struct ib_app_tcam *tcam = self->control->config.tcam;
    ib_json_put_int(json, "tcam_port", ib_app_tcam_port(tcam));
    ib_json_put_int(json, "clients", ib_app_tcam_clients(tcam));
    ib_app_control_put_board(json, self->control->config.board);
    ib_app_control_put_script(json, self->control);
    const struct ib_avahi *avahi = *self->control->config.avahi;
    ib_json_put_string(json, "discovery", avahi ? ib_avahi_status(avahi) : "off");
    if (rig->playback)
        ib_json_put_string(json, "recording", ib_app_playback_about(rig->playback));
    else if (rig->lepton)
        ib_json_put_string(json, "scene", self->call.scene->name);
    if (rig->lepton) {
        const char *fault = ib_sim_fault_name(self->call.fault);
        ib_json_put_string(json, "fault", fault ? fault : "none");
        ib_json_put_int(json, "violations", self->call.violation_count);
    }
    ib_app_put_frame(json, &rig->hub);
    ib_app_control_end(self);
    return true;
}

static void do_status(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    call(self, ib_app_simulator_look, status_done);
}

static void put_pump(struct ib_json_writer *json, const char *key, const struct ib_pump *pump) {
    struct ib_pump_counters counters;
    ib_pump_counters(pump, &counters);
    ib_json_open_object(json, key);
    ib_json_put_int(json, "accepted", counters.accepted);
    ib_json_put_int(json, "refused", counters.refused);
    ib_json_put_int(json, "closed", counters.closed);
    ib_json_put_int(json, "timed_out", counters.timed_out);
    ib_json_put_int(json, "bytes_in", (int64_t)counters.bytes_in);
    ib_json_put_int(json, "bytes_out", (int64_t)counters.bytes_out);
    ib_json_put_int(json, "chunks_copied", counters.chunks_copied);
    ib_json_put_int(json, "chunks_lost", counters.chunks_lost);
    ib_json_put_int(json, "tls_failures", counters.tls_failures);
    ib_json_close_object(json);
}

static void put_violations(struct ib_json_writer *json, const struct ib_sim_violations *seen) {
    ib_json_open_object(json, "violations");
    ib_json_put_int(json, "command_while_busy", seen->command_while_busy);
    ib_json_put_int(json, "i2c_during_boot", seen->i2c_during_boot);
    ib_json_put_int(json, "odd_transfers", seen->odd_bytes);
    ib_json_put_int(json, "reserved_register", seen->reserved_register);
    ib_json_put_int(json, "bad_length", seen->bad_length);
    ib_json_put_int(json, "reset_too_short", seen->reset_too_short);
    ib_json_put_int(json, "partial_packet", seen->partial_packet);
    ib_json_put_int(json, "wrong_address", seen->wrong_address);
    ib_json_close_object(json);
}

static bool counters_done(struct ib_app_control_session *self) {
    if (!ib_app_control_answered(self))
        return false;
    struct ib_app_rig *rig = rig_of(self);
    const struct ib_app_tcam *tcam = self->control->config.tcam;
    const struct ib_tcam_counters *protocol = &tcam->tcam.counters;
    struct ib_camera_state state;
    ib_camera_state(&rig->camera, &state);
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_app_put_counters(json, &state);
    ib_json_open_object(json, "tcam");
    ib_json_put_int(json, "commands", protocol->commands);
    ib_json_put_int(json, "bad_commands", protocol->bad_commands);
    ib_json_put_int(json, "images_encoded", protocol->images_encoded);
    ib_json_put_int(json, "images_sent", protocol->images_sent);
    ib_json_put_int(json, "images_skipped", protocol->images_skipped);
    ib_json_put_int(json, "overlong", protocol->overlong);
    ib_json_close_object(json);
    if (tcam->plain)
        put_pump(json, "tcam_port", tcam->plain);
    if (tcam->secure)
        put_pump(json, "secure_port", tcam->secure);
    if (tcam->line)
        put_pump(json, "serial", tcam->line);
    const struct ib_app_control_config *config = &self->control->config;
    for (unsigned i = 0; i < *config->door_count; i++) {
        if (config->doors[i].count)
            config->doors[i].count(config->doors[i].self, json);
    }
    ib_app_control_put_board_counters(json, self->control);
    struct ib_app_latency latency;
    ib_app_tcam_latency(tcam, &latency);
    ib_json_open_object(json, "image_latency");
    ib_json_put_int(json, "images", latency.images);
    ib_json_put_int(json, "p50_us", latency.p50_us);
    ib_json_put_int(json, "p99_us", latency.p99_us);
    ib_json_put_int(json, "max_us", latency.max_us);
    ib_json_close_object(json);
    put_pump(json, "control", self->control->pump);
    if (rig->lepton)
        put_violations(json, &self->call.violations);
    ib_app_control_end(self);
    return true;
}

static void do_counters(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    call(self, ib_app_simulator_look, counters_done);
}

static bool info_done(struct ib_app_control_session *self) {
    if (!ib_app_report_advance(&self->report))
        return false;
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_put_string(json, "camera", rig_of(self)->uri.text);
    ib_app_report_put(json, &self->report, &rig_of(self)->hub);
    ib_app_control_end(self);
    return true;
}

static void do_info(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    const struct ib_app_control_config *config = &self->control->config;
    self->poll = info_done;
    ib_app_report_begin(&self->report, &config->rig->camera, config->notify, config->context);
}

// ---- the simulated part ----

static void list_scenes(struct ib_app_control_session *self) {
    ib_app_simulator_put_scenes(ib_app_control_begin(self), "scenes");
    ib_app_control_end(self);
}

static void do_scene(struct ib_app_control_session *self, unsigned count, char **words) {
    if (count == 0) {
        list_scenes(self);
        return;
    }
    if (rig_of(self)->playback) {
        ib_app_control_error(self, "a recording is playing: it is the scene");
        return;
    }
    self->call.scene = ib_sim_scene_named(words[0]);
    if (self->call.scene)
        call(self, ib_app_simulator_scene, call_done);
    else
        ib_app_control_error(self, "%s: no such scene (scene alone lists them)", words[0]);
}

static void do_faults(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    ib_app_simulator_put_faults(ib_app_control_begin(self), "faults", NULL, IB_FAULT_NONE);
    ib_app_control_end(self);
}

static void do_fault(struct ib_app_control_session *self, unsigned count, char **words) {
    struct ib_app_board *board = self->control->config.board;
    if (count > 1 && ib_app_board_is_fault(words[0])) {
        ib_app_control_error(self, "%s: lasts until heal, without count or duration", words[0]);
        return;
    }
    if (count == 1 && ib_app_board_fault(board, words[0], true) == IB_OK) {
        ib_app_board_step(board);
        reply_ok(self);
        return;
    }
    char *text = self->call.text;
    size_t size = sizeof self->call.text;
    size_t used = (size_t)snprintf(text, size, "%s", words[0]);
    for (unsigned i = 1; i < count && used < size; i++) {
        const char *value = strchr(words[i], '=');
        bool is_count = strncmp(words[i], "count=", 6) == 0;
        uint64_t number;
        bool good = value && (is_count ? ib_app_parse_u64(value + 1, UINT32_MAX, &number)
                                       : strncmp(words[i], "duration=", 9) == 0 &&
                                             ib_app_parse_duration_us(value + 1, &number));
        if (!good) {
            ib_app_control_error(self, "%s: must be count=10 or duration=2s", words[i]);
            return;
        }
        used += (size_t)snprintf(text + used, size - used, ",%s", value + 1);
    }
    if (used >= size)
        ib_app_control_error(self, "%s: no such fault (faults lists them)", words[0]);
    else
        call(self, ib_app_simulator_fault, call_done);
}

static void do_heal(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    ib_app_board_heal(self->control->config.board);
    ib_app_board_step(self->control->config.board);
    call(self, ib_app_simulator_heal, call_done);
}

static void do_plug(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    self->call.plugged = true;
    call(self, ib_app_simulator_plug, call_done);
}

static void do_unplug(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    self->call.plugged = false;
    call(self, ib_app_simulator_plug, call_done);
}

static void do_ambient(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    double celsius;
    if (!ib_app_parse_real(words[0], &celsius) || celsius < -60 || celsius > 120) {
        ib_app_control_error(self, "%s: must be degrees Celsius from -60 to 120", words[0]);
        return;
    }
    self->call.ambient_c = (float)celsius;
    call(self, ib_app_simulator_ambient, call_done);
}

// ---- the camera ----

static void do_reset(struct ib_app_control_session *self, unsigned count, char **words) {
    const char *name = count ? words[0] : "reset";
    for (int rung = 0; rung < IB_RUNG_COUNT; rung++) {
        if (strcmp(name, ib_camera_rung_name((enum ib_camera_rung)rung)) != 0)
            continue;
        self->request =
            (struct ib_camera_request){.ask = IB_ASK_RESET, .rung = (enum ib_camera_rung)rung};
        ib_app_control_post(self, request_done);
        return;
    }
    ib_app_control_error(self, "%s: must be resync, reboot, reset or power", name);
}

static void do_ffc(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    self->request = (struct ib_camera_request){.ask = IB_ASK_FFC};
    ib_app_control_post(self, request_done);
}

static bool step_done(struct ib_app_control_session *self) {
    if (self->control->config.board->done_us < self->step_us)
        return false;
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_put_fixed(json, "time_s", (int64_t)self->step_us, 6);
    ib_json_put_int(json, "frames", ib_hub_sequence(&rig_of(self)->hub));
    ib_app_control_end(self);
    return true;
}

static void do_step(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    uint64_t us;
    if (rig_of(self)->time != IB_APP_TIME_STEPPED) {
        ib_app_control_error(self, "time runs by itself (ironbow run --clock step stops it)");
    } else if (!ib_app_parse_duration_us(words[0], &us)) {
        ib_app_control_error(self, "%s: must be a duration such as 10s or 250ms", words[0]);
    } else {
        self->poll = step_done;
        self->step_us = ib_app_board_grant(self->control->config.board, us);
    }
}

static void do_quit(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    self->quit = true;
    reply_ok(self);
}

static command_handler do_help;

static const struct command COMMANDS[] = {
    {"help", "", 0, 0, false, do_help, "these commands"},
    {"status", "", 0, 0, false, do_status, "how the camera is, and its newest frame"},
    {"info", "", 0, 0, false, do_info, "the Lepton's identity, settings, temperatures, health"},
    {"counters", "", 0, 0, false, do_counters, "everything that is counted"},
    {"ffc", "", 0, 0, false, do_ffc, "run a flat field correction, wait for its end"},
    {"cci", "[NAME|WORD [run|VALUE…]]", 0, IB_APP_CONTROL_WORDS - 1, false, ib_app_control_cci,
     "say a command of the Lepton's control interface; alone: list them"},
    {"reset", "[resync|reboot|reset|power]", 0, 1, false, do_reset, "start recovery at that rung"},
    {"led", "", 0, 0, false, ib_app_control_led, "what the status LED shows"},
    {"button", "press [T]|down|up", 1, 2, false, ib_app_control_button,
     "the Wi-Fi reset button: a short press, or held for T"},
    {"network", "[NAME]", 0, 1, false, ib_app_control_network,
     "the network as it is; simulated: begin to misbehave, or none"},
    {"air", "[in|out SSID [PASSWORD [IP]]]", 0, 4, true, ib_app_control_air,
     "the simulated access points around; one comes or goes"},
    {"station", "come|go", 1, 1, true, ib_app_control_station,
     "the simulated device that joins the camera's access point"},
    {"script", "[interrupt|soft-reset|reset|safe-boot|fault]", 0, 1, false, ib_app_control_script,
     "of a Pure Thermal: how it is; break a script off, restart it"},
    {"pins", "", 0, 0, false, ib_app_control_pins, "of a Pure Thermal: its pins and LEDs"},
    {"pin", "NAME high|low|float", 2, 2, false, ib_app_control_pin,
     "of a Pure Thermal: drive a pin from outside"},
    {"i2c", "BUS nack|stuck|bit-flip|well [N|T]", 2, 3, true, ib_app_control_i2c,
     "of a Pure Thermal: a bus begins to misbehave"},
    {"sdcard", "insert FILE|remove", 1, 2, false, ib_app_control_sdcard,
     "of a Pure Thermal: its memory card"},
    {"parts", "", 0, 0, true, ib_app_control_parts,
     "of a Pure Thermal: its colour camera and rangefinder, and how they misbehave"},
    {"part", "NAME FAULT|heal [count=N] [duration=T]", 2, 4, true, ib_app_control_part,
     "of a Pure Thermal: one of them begins to misbehave, or ends it"},
    {"distance", "MM", 1, 1, true, ib_app_control_distance,
     "of a Pure Thermal: something flat before the rangefinder; 0: the scene again"},
    {"light", "SHARE", 1, 1, true, ib_app_control_light,
     "of a Pure Thermal: more or less light than the scene's own, 1"},
    {"record", "start [NAME]|stop|status", 1, 2, false, ib_app_control_record,
     "record to a file in --record-dir, named by date or as said"},
    {"scene", "[NAME]", 0, 1, true, do_scene, "show another scene; alone: list them"},
    {"faults", "", 0, 0, true, do_faults, "list the ways to misbehave"},
    {"fault", "NAME [count=N] [duration=T]", 1, 3, true, do_fault, "begin to misbehave"},
    {"heal", "", 0, 0, true, do_heal, "end all faults"},
    {"unplug", "", 0, 0, true, do_unplug, "pull the module out of its socket"},
    {"plug", "", 0, 0, true, do_plug, "put it back"},
    {"ambient", "C", 1, 1, true, do_ambient, "room temperature, degrees Celsius"},
    {"step", "DURATION", 1, 1, true, do_step, "with --clock step: let time run that far"},
    {"quit", "", 0, 0, false, do_quit, "end the program"},
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof COMMANDS[0])

static void do_help(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_open_array(json, "commands");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        ib_json_open_object(json, NULL);
        char name[64];
        snprintf(name, sizeof name, "%s%s%s", COMMANDS[i].name, COMMANDS[i].usage[0] ? " " : "",
                 COMMANDS[i].usage);
        ib_json_put_string(json, "name", name);
        ib_json_put_string(json, "about", COMMANDS[i].about);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    ib_app_control_end(self);
}

void ib_app_control_command(struct ib_app_control_session *self, char *line) {
    char *words[IB_APP_CONTROL_WORDS];
    unsigned count = 0;
    for (char *word; (word = strsep(&line, " \t\r")) != NULL;) {
        if (!word[0])
            continue;
        if (count == IB_APP_CONTROL_WORDS) {
            ib_app_control_error(self, "too many words");
            return;
        }
        words[count++] = word;
    }
    const struct command *command = NULL;
    for (size_t i = 0; count && i < COMMAND_COUNT; i++) {
        if (strcmp(words[0], COMMANDS[i].name) == 0)
            command = &COMMANDS[i];
    }
    memset(&self->call, 0, sizeof self->call);
    if (!command)
        ib_app_control_error(self, "%s: no such command (help lists them)",
                             count ? words[0] : "(empty line)");
    else if (count - 1 < command->least || count - 1 > command->most)
        ib_app_control_error(self, "usage: %s%s%s", command->name, command->usage[0] ? " " : "",
                             command->usage);
    else if (command->simulated && !rig_of(self)->lepton)
        ib_app_control_error(self, "%s: this camera is not simulated", command->name);
    else
        command->handler(self, count - 1, words + 1);
}
