/// The simulated parts that scripts see beside the Lepton: the colour camera on its bus, the rangefinder
/// on I2C2. Both look at the Lepton's scene.
#include "apps/ironbow/script_board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "ports/linux/codec.h"
#include "sim/ov5640.h"
#include "sim/vl53l1x.h"

#define RANGE_BUS 2

struct ib_app_script_parts {
    struct ib_sim_ov5640 camera;
    struct ib_sim_vl53l1x range;
    bool has_camera; ///< not beside a recording
    struct ib_linux_codec *codec;
    void *memory; ///< the camera's
    const struct ib_sim_scene *seen;
    uint8_t range_address;
    struct ib_app_script_line {
        struct ib_app_script_board *board;
        struct ib_gpio inside, door;
        bool inverted;
    } reset, power;
    struct ib_picture_in port_inside, port;
};

// ---- doors: what is behind them is touched under the lock, at the script's time ----

static int line_set(void *context, int level) {
    struct ib_app_script_line *line = context;
    ib_app_script_board_enter(line->board);
    int status = ib_gpio_set(&line->inside, line->inverted ? !level : level);
    ib_app_script_board_leave(line->board);
    return status;
}

static int line_get(void *context) {
    struct ib_app_script_line *line = context;
    ib_app_script_board_enter(line->board);
    int level = ib_gpio_get(&line->inside);
    ib_app_script_board_leave(line->board);
    return level < 0 || !line->inverted ? level : !level;
}

static const struct ib_gpio *open_line(struct ib_app_script_board *self,
                                       struct ib_app_script_line *line, struct ib_gpio inside,
                                       bool inverted) {
    static const struct ib_gpio_ops OPS = {.set = line_set, .get = line_get};
    *line = (struct ib_app_script_line){
        .board = self, .inside = inside, .door = {&OPS, line}, .inverted = inverted};
    return &line->door;
}

static int port_start(void *context, const struct ib_picture_in_format *format, uint64_t now_us) {
    struct ib_app_script_board *self = context;
    const struct ib_picture_in *port = &self->parts->port_inside;
    ib_app_script_board_enter(self);
    int status = port->ops->start(port->context, format, now_us);
    ib_app_script_board_leave(self);
    return status;
}

static void port_stop(void *context) {
    struct ib_app_script_board *self = context;
    const struct ib_picture_in *port = &self->parts->port_inside;
    ib_app_script_board_enter(self);
    port->ops->stop(port->context);
    ib_app_script_board_leave(self);
}

static int port_take(void *context, uint64_t now_us, uint8_t *into, size_t room, size_t *bytes,
                     uint64_t *end_us, uint64_t *due_us) {
    struct ib_app_script_board *self = context;
    const struct ib_picture_in *port = &self->parts->port_inside;
    ib_app_script_board_enter(self);
    int status = port->ops->take(port->context, now_us, into, room, bytes, end_us, due_us);
    ib_app_script_board_leave(self);
    return status;
}

// ---- beginnings ----

static int open_camera(struct ib_app_script_board *self) {
    static const struct ib_picture_in_ops OPS = {port_start, port_stop, port_take};
    struct ib_app_script_parts *parts = self->parts;
    const struct ib_app_uri *uri = &self->rig->uri;
    size_t bytes = ib_sim_ov5640_memory_bytes();
    parts->memory = calloc(1, bytes); // touched only as far as it is used
    const struct ib_sim_ov5640_config config = {
        .clock = &self->parts_clock,
        .scene = parts->seen,
        .seed = uri->seed,
        .scene_rate = uri->rate,
        .sccb_hz = ib_board_pure_thermal.camera_i2c_hz,
        .xclk_hz = ib_board_pure_thermal.visible_clock_hz,
        .codec = ib_linux_codec_table(parts->codec),
        .memory = parts->memory,
        .memory_bytes = parts->memory ? bytes : 0,
        .quiet = uri->quiet,
    };
    int status = ib_sim_ov5640_init(&parts->camera, &config);
    if (status == IB_OK)
        status = ib_app_shared_bus_attach(&self->rig->bus, ib_board_pure_thermal.visible_address,
                                          ib_sim_ov5640_sccb(&parts->camera));
    if (status != IB_OK)
        return status;
    parts->has_camera = true;
    parts->port_inside = ib_sim_ov5640_port(&parts->camera);
    parts->port = (struct ib_picture_in){&OPS, self};
    self->hands.visible = &parts->port;
    self->hands.camera_reset =
        open_line(self, &parts->reset, ib_sim_ov5640_reset(&parts->camera), false);
    self->hands.visible_power =
        open_line(self, &parts->power, ib_sim_ov5640_power_down(&parts->camera), true);
    if (!self->config.autofocus)
        self->hands.autofocus = ib_sim_ov5640_autofocus(&self->hands.autofocus_bytes);
    return IB_OK;
}

static int open_range(struct ib_app_script_board *self) {
    struct ib_app_script_parts *parts = self->parts;
    const struct ib_app_uri *uri = &self->rig->uri;
    const struct ib_sim_vl53l1x_config config = {
        .clock = &self->parts_clock,
        .scene = parts->seen,
        .seed = uri->seed,
        .scene_rate = uri->rate,
        .quiet = uri->quiet,
    };
    int status = ib_sim_vl53l1x_init(&parts->range, &config);
    parts->range_address = ib_board_pure_thermal.range_address;
    if (status == IB_OK)
        status = ib_sim_i2c_bus_attach(&self->buses[RANGE_BUS], parts->range_address,
                                       ib_sim_vl53l1x_i2c(&parts->range));
    return status;
}

int ib_app_script_parts_open(struct ib_app_script_board *self, char *problem, size_t problem_size) {
    struct ib_app_script_parts *parts = calloc(1, sizeof *parts);
    self->parts = parts;
    int status = parts ? ib_linux_codec_open(&parts->codec) : IB_E_NO_SPACE;
    if (status == IB_OK) {
        self->hands.codec = ib_linux_codec_table(parts->codec);
        parts->seen = atomic_load(&self->rig->scene);
    }
    if (status == IB_OK && self->rig->lepton)
        status = open_range(self);
    // What a recording has seen in infrared only, nobody can show in colours.
    if (status == IB_OK && self->rig->lepton && !self->rig->playback)
        status = open_camera(self);
    if (status != IB_OK)
        snprintf(problem, problem_size, "the simulated parts: %s", ib_status_text(status));
    return status == IB_OK ? 0 : -1;
}

void ib_app_script_parts_close(struct ib_app_script_board *self) {
    struct ib_app_script_parts *parts = self->parts;
    if (!parts)
        return;
    if (parts->codec)
        ib_linux_codec_close(parts->codec);
    free(parts->memory);
    free(parts);
    self->parts = NULL;
}

/// A VL53L1X can be told another address, until its next reset.
static void follow_address(struct ib_app_script_board *self) {
    struct ib_app_script_parts *parts = self->parts;
    uint8_t address7 = ib_sim_vl53l1x_address(&parts->range);
    if (address7 == parts->range_address)
        return;
    (void)ib_sim_i2c_bus_detach(&self->buses[RANGE_BUS], parts->range_address);
    (void)ib_sim_i2c_bus_attach(&self->buses[RANGE_BUS], address7,
                                ib_sim_vl53l1x_i2c(&parts->range));
    parts->range_address = address7;
}

void ib_app_script_parts_follow(struct ib_app_script_board *self) {
    struct ib_app_script_parts *parts = self->parts;
    if (!parts)
        return;
    const struct ib_sim_scene *scene = atomic_load(&self->rig->scene);
    follow_address(self);
    if (scene == parts->seen)
        return;
    parts->seen = scene;
    ib_sim_vl53l1x_scene(&parts->range, scene);
    if (parts->has_camera)
        ib_sim_ov5640_scene(&parts->camera, scene);
}

// ---- back doors ----

/// A part as people call it.
struct named {
    const char *name;
    const char *(*fault)(int fault);
    const char *(*about)(int fault);
    int faults;
};

static const char *camera_fault(int fault) {
    return ib_sim_ov5640_fault_name((enum ib_sim_ov5640_fault)fault);
}

static const char *camera_about(int fault) {
    return ib_sim_ov5640_fault_about((enum ib_sim_ov5640_fault)fault);
}

static const char *range_fault(int fault) {
    return ib_sim_vl53l1x_fault_name((enum ib_sim_vl53l1x_fault)fault);
}

static const char *range_about(int fault) {
    return ib_sim_vl53l1x_fault_about((enum ib_sim_vl53l1x_fault)fault);
}

enum { CAMERA, RANGE, PARTS };
static const struct named NAMED[PARTS] = {
    [CAMERA] = {"ov5640", camera_fault, camera_about, IB_SIM_OV5640_FAULTS},
    [RANGE] = {"vl53l1x", range_fault, range_about, IB_SIM_VL53L1X_FAULTS},
};

/// Return: whether it is on this board.
static bool is_there(const struct ib_app_script_board *self, int part) {
    return self->parts && self->rig->lepton && (part != CAMERA || self->parts->has_camera);
}

static int part_named(const struct ib_app_script_board *self, const char *name) {
    for (int part = 0; part < PARTS; part++) {
        if (is_there(self, part) && strcmp(NAMED[part].name, name) == 0)
            return part;
    }
    return -1;
}

static void put_part(struct ib_app_script_parts *parts, int part, struct ib_json_writer *json) {
    int now = part == CAMERA ? (int)ib_sim_ov5640_faulty(&parts->camera)
                             : (int)ib_sim_vl53l1x_faulty(&parts->range);
    uint32_t violations = part == CAMERA ? ib_sim_ov5640_violation_count(&parts->camera)
                                         : ib_sim_vl53l1x_violation_count(&parts->range);
    ib_json_open_object(json, NULL);
    ib_json_put_string(json, "name", NAMED[part].name);
    ib_json_put_string(json, "fault", now ? NAMED[part].fault(now) : "none");
    ib_json_put_int(json, "violations", violations);
    if (part == RANGE)
        ib_json_put_int(json, "truth_mm", (int64_t)ib_sim_vl53l1x_truth_mm(&parts->range));
    ib_json_open_array(json, "faults");
    for (int fault = 1; fault < NAMED[part].faults; fault++) {
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", NAMED[part].fault(fault));
        ib_json_put_string(json, "about", NAMED[part].about(fault));
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    ib_json_close_object(json);
}

void ib_app_script_parts_put(struct ib_app_script_board *self, struct ib_json_writer *json) {
    ib_app_script_board_touch(self);
    ib_json_open_array(json, "parts");
    for (int part = 0; part < PARTS; part++) {
        if (is_there(self, part))
            put_part(self->parts, part, json);
    }
    ib_json_close_array(json);
    pthread_mutex_unlock(&self->lock);
}

static int begin_fault(struct ib_app_script_parts *parts, int part, int fault, uint32_t count,
                       uint64_t duration_us) {
    if (part == CAMERA)
        return ib_sim_ov5640_fault(&parts->camera, (enum ib_sim_ov5640_fault)fault, count,
                                   duration_us);
    return ib_sim_vl53l1x_fault(&parts->range, (enum ib_sim_vl53l1x_fault)fault, count,
                                duration_us);
}

static void heal(struct ib_app_script_parts *parts, int part) {
    if (part == CAMERA)
        ib_sim_ov5640_heal(&parts->camera);
    else
        ib_sim_vl53l1x_heal(&parts->range);
}

int ib_app_script_parts_fault(struct ib_app_script_board *self, const char *name,
                              const char *fault_name, uint32_t count, uint64_t duration_us) {
    int part = part_named(self, name), fault = 1;
    if (part < 0)
        return IB_E_NOT_FOUND;
    bool heals = strcmp(fault_name, "heal") == 0;
    while (!heals && fault < NAMED[part].faults &&
           strcmp(NAMED[part].fault(fault), fault_name) != 0)
        fault++;
    if (fault == NAMED[part].faults)
        return IB_E_INVAL;
    int status = IB_OK;
    ib_app_script_board_touch(self);
    if (heals)
        heal(self->parts, part);
    else
        status = begin_fault(self->parts, part, fault, count, duration_us);
    pthread_mutex_unlock(&self->lock);
    return status;
}

int ib_app_script_parts_place(struct ib_app_script_board *self, float distance_mm) {
    if (!is_there(self, RANGE))
        return IB_E_NOT_FOUND;
    ib_app_script_board_touch(self);
    ib_sim_vl53l1x_place(&self->parts->range, distance_mm);
    pthread_mutex_unlock(&self->lock);
    return IB_OK;
}

int ib_app_script_parts_light(struct ib_app_script_board *self, float share) {
    if (!is_there(self, RANGE))
        return IB_E_NOT_FOUND;
    ib_app_script_board_touch(self);
    ib_sim_vl53l1x_light(&self->parts->range, share);
    if (self->parts->has_camera)
        ib_sim_ov5640_light(&self->parts->camera, share);
    pthread_mutex_unlock(&self->lock);
    return IB_OK;
}
