/// Pins, buses and time of a board that runs scripts.
#include "apps/ironbow/script_board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"

/// What a lens' program may have: the OV5640's program memory is 8 KB.
#define AUTOFOCUS_MOST_BYTES 8192

// ---- time ----

/// A request that was posted is looked at once.
static void hear_requests(struct ib_app_script_board *self) {
    struct ib_sim_clock *camera = &self->rig->sim_clock;
    if (!camera->woken)
        return;
    camera->woken = false;
    self->camera_due_us = camera->now_us > self->now_us ? camera->now_us : self->now_us;
}

/// Whatever the camera has to do until then, it does. Return: whether it was left because somebody was
/// woken by what it did.
static bool run_camera(struct ib_app_script_board *self, uint64_t until_us, bool until_woken) {
    struct ib_app_rig *rig = self->rig;
    while (!until_woken || !atomic_load(&self->woken)) {
        hear_requests(self);
        if (self->camera_due_us > until_us)
            return false;
        ib_clock_wait_until(&rig->clock, self->camera_due_us);
        self->camera_due_us = IB_NEVER;
        ib_camera_step(&rig->camera, ib_clock_now(&rig->clock), &self->camera_due_us);
    }
    return true;
}

static void look_at_limit(struct ib_app_script_board *self) {
    if (self->config.limit_us == 0 || self->expired || self->now_us < self->config.limit_us)
        return;
    self->expired = true;
    self->config.expired(self->config.context);
}

static uint64_t step_now(void *context) {
    struct ib_app_script_board *self = context;
    self->now_us++; // what reading it costs
    if (self->camera_due_us <= self->now_us || self->rig->sim_clock.woken)
        (void)run_camera(self, self->now_us, false);
    look_at_limit(self);
    return self->now_us;
}

static void step_wait(void *context, uint64_t when_us) {
    struct ib_app_script_board *self = context;
    uint64_t limit_us = self->config.limit_us;
    if (limit_us && !self->expired && when_us > limit_us)
        when_us = limit_us;
    bool early = run_camera(self, when_us, true);
    atomic_store(&self->woken, false);
    // What woke it happened at the camera's now. Its last transfer may end beyond the wait.
    uint64_t camera_us = self->rig->sim_clock.now_us;
    uint64_t reached_us = early && camera_us < when_us ? camera_us : when_us;
    if (reached_us > self->now_us && reached_us != IB_NEVER)
        self->now_us = reached_us;
    look_at_limit(self);
}

static uint64_t real_now(void *context) {
    struct ib_app_script_board *self = context;
    uint64_t now_us = ib_pace_now(&self->rig->pace);
    // Transfers on simulated wires have taken their time already.
    if (now_us > self->now_us)
        self->now_us = now_us;
    return self->now_us;
}

/// The engine sleeps by itself.
static void real_wait(void *context, uint64_t when_us) {
    (void)context;
    (void)when_us;
}

static void wake(void *context) {
    struct ib_app_script_board *self = context;
    atomic_store(&self->woken, true);
}

void ib_app_script_board_wake(struct ib_app_script_board *self) {
    wake(self);
}

static void open_time(struct ib_app_script_board *self) {
    static const struct ib_clock_ops STEP = {step_now, step_wait, wake};
    static const struct ib_clock_ops REAL = {real_now, real_wait, wake};
    self->stepped = self->rig->lepton && self->rig->time == IB_APP_TIME_FREE;
    ib_sim_clock_init(&self->parts_clock);
    if (self->rig->lepton)
        self->clock = (struct ib_clock){self->stepped ? &STEP : &REAL, self};
}

void ib_app_script_board_enter(struct ib_app_script_board *self) {
    uint64_t now_us = self->clock.ops ? ib_clock_now(&self->clock) : ib_host_now_us();
    pthread_mutex_lock(&self->lock);
    if (now_us > self->parts_clock.now_us)
        self->parts_clock.now_us = now_us;
    ib_app_script_parts_follow(self);
}

void ib_app_script_board_touch(struct ib_app_script_board *self) {
    uint64_t now_us = ib_app_rig_now_us(self->rig);
    pthread_mutex_lock(&self->lock);
    if (now_us > self->parts_clock.now_us)
        self->parts_clock.now_us = now_us;
    ib_app_script_parts_follow(self);
}

void ib_app_script_board_leave(struct ib_app_script_board *self) {
    uint64_t now_us = self->parts_clock.now_us;
    pthread_mutex_unlock(&self->lock);
    if (now_us > self->now_us)
        self->now_us = now_us;
}

// ---- pins ----

static int pin_set(void *context, int level) {
    struct ib_app_script_pin *pin = context;
    pthread_mutex_lock(&pin->board->lock);
    int status = ib_pin_set(&pin->inside, level);
    pthread_mutex_unlock(&pin->board->lock);
    return status;
}

static int pin_get(void *context) {
    struct ib_app_script_pin *pin = context;
    pthread_mutex_lock(&pin->board->lock);
    int level = ib_pin_get(&pin->inside);
    pthread_mutex_unlock(&pin->board->lock);
    return level;
}

static int pin_mode(void *context, enum ib_pin_direction direction, enum ib_pin_pull pull) {
    struct ib_app_script_pin *pin = context;
    pthread_mutex_lock(&pin->board->lock);
    int status = ib_pin_mode(&pin->inside, direction, pull);
    pthread_mutex_unlock(&pin->board->lock);
    return status;
}

static int pin_watch(void *context, unsigned edges, const struct ib_pin_watcher *watcher) {
    struct ib_app_script_pin *pin = context;
    pthread_mutex_lock(&pin->board->lock);
    int status = ib_pin_watch(&pin->inside, edges, watcher);
    pthread_mutex_unlock(&pin->board->lock);
    return status;
}

static void open_pins(struct ib_app_script_board *self) {
    static const struct ib_pin_ops OPS = {
        .set = pin_set, .get = pin_get, .mode = pin_mode, .watch = pin_watch};
    ib_sim_pins_init(&self->pins);
    for (size_t i = 0; i < IB_PT_PINS; i++) {
        struct ib_app_script_pin *pin = &self->pin[i];
        pin->board = self;
        pin->inside = ib_sim_pins_table(&self->pins, i);
        pin->door = (struct ib_pin){&OPS, pin};
        self->hands.pins[i] = &pin->door;
    }
}

int ib_app_script_board_drive(struct ib_app_script_board *self, const char *name,
                              enum ib_sim_drive drive) {
    for (size_t i = 0; i < IB_PT_PINS; i++) {
        if (strcmp(ib_board_pure_thermal.pins[i].name, name) != 0)
            continue;
        pthread_mutex_lock(&self->lock);
        ib_sim_pins_drive(&self->pins, i, drive);
        pthread_mutex_unlock(&self->lock);
        return 0;
    }
    return -1;
}

static bool is_led(size_t pin) {
    return pin >= IB_PT_LED_RED && pin <= IB_PT_LED_WHITE;
}

/// Current flows only while the port drives.
static bool is_lit(const struct ib_sim_pins *pins, size_t pin) {
    const struct ib_sim_pin *led = &pins->pins[pin];
    bool active = (led->level == 0) == ib_board_pure_thermal.pins[pin].active_low;
    return active && (led->direction == IB_PIN_OUTPUT || led->direction == IB_PIN_OPEN_DRAIN ||
                      led->outside != IB_SIM_DRIVE_FLOAT);
}

void ib_app_script_board_put_leds(struct ib_app_script_board *self, struct ib_json_writer *json) {
    pthread_mutex_lock(&self->lock);
    ib_json_open_object(json, "leds");
    for (size_t i = 0; i < IB_PT_PINS; i++) {
        if (is_led(i))
            ib_json_put_bool(json, ib_board_pure_thermal.pins[i].name, is_lit(&self->pins, i));
    }
    ib_json_close_object(json);
    pthread_mutex_unlock(&self->lock);
}

void ib_app_script_board_put_pins(struct ib_app_script_board *self, struct ib_json_writer *json) {
    static const char *const DIRECTIONS[] = {"input", "output", "open-drain", "analog"};
    static const char *const PULLS[] = {"none", "up", "down"};
    static const char *const DRIVES[] = {"float", "low", "high"};
    pthread_mutex_lock(&self->lock);
    ib_json_open_array(json, "pins");
    for (size_t i = 0; i < IB_PT_PINS; i++) {
        const struct ib_sim_pin *pin = &self->pins.pins[i];
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", ib_board_pure_thermal.pins[i].name);
        ib_json_put_int(json, "level", pin->level);
        ib_json_put_string(json, "direction", DIRECTIONS[pin->direction]);
        ib_json_put_string(json, "pull", PULLS[pin->pull]);
        ib_json_put_string(json, "outside", DRIVES[pin->outside]);
        ib_json_put_int(json, "changes", pin->changes);
        if (is_led(i))
            ib_json_put_bool(json, "lit", is_lit(&self->pins, i));
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    pthread_mutex_unlock(&self->lock);
}

// ---- buses ----

static int bus_transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                        size_t count) {
    struct ib_app_script_bus *bus = context;
    ib_app_script_board_enter(bus->board);
    int status = ib_i2c_transfer(&bus->inside, address7, parts, count);
    ib_app_script_board_leave(bus->board);
    return status;
}

static void open_bus(struct ib_app_script_board *self, unsigned number, struct ib_i2c inside) {
    static const struct ib_i2c_ops OPS = {.transfer = bus_transfer};
    struct ib_app_script_bus *bus = &self->bus[number];
    *bus = (struct ib_app_script_bus){
        .board = self, .inside = inside, .door = {.ops = &OPS, .context = bus}};
}

static void open_buses(struct ib_app_script_board *self) {
    for (size_t i = 0; i < ib_board_pure_thermal.i2c_count; i++) {
        unsigned number = ib_board_pure_thermal.i2c[i].number;
        ib_sim_i2c_bus_init(&self->buses[number], &self->parts_clock, 400000);
        open_bus(self, number, ib_sim_i2c_bus_table(&self->buses[number]));
        self->hands.i2c[number] = &self->bus[number].door;
    }
    open_bus(self, 1, ib_app_shared_bus_guest(&self->rig->bus, &self->parts_clock));
    self->hands.camera_bus = &self->bus[1].door;
}

int ib_app_script_board_bus_fault(struct ib_app_script_board *self, unsigned bus,
                                  enum ib_sim_i2c_bus_fault fault, uint64_t amount) {
    if (bus == 1 && self->hands.camera_bus) {
        ib_app_shared_bus_fault(&self->rig->bus, fault, amount);
        return 0;
    }
    if (bus >= IB_OPENMV_BUSES || !self->hands.i2c[bus])
        return -1;
    pthread_mutex_lock(&self->lock);
    ib_sim_i2c_bus_fault(&self->buses[bus], fault, amount);
    pthread_mutex_unlock(&self->lock);
    return 0;
}

// ---- the whole ----

static int read_autofocus(struct ib_app_script_board *self, char *problem, size_t problem_size) {
    const char *path = self->config.autofocus;
    if (!path)
        return 0;
    FILE *file = fopen(path, "rb");
    self->autofocus = malloc(AUTOFOCUS_MOST_BYTES + 1);
    size_t size =
        file && self->autofocus ? fread(self->autofocus, 1, AUTOFOCUS_MOST_BYTES + 1, file) : 0;
    bool failed = !file || ferror(file);
    if (file)
        fclose(file);
    if (failed || size == 0 || size > AUTOFOCUS_MOST_BYTES) {
        snprintf(problem, problem_size, "%s: %s", path,
                 failed      ? "cannot be read"
                 : size == 0 ? "is empty"
                             : "is no program for the lens: it has more than 8192 bytes");
        return -1;
    }
    self->hands.autofocus = self->autofocus;
    self->hands.autofocus_bytes = size;
    return 0;
}

int ib_app_script_board_open(struct ib_app_script_board *self,
                             const struct ib_app_script_board_config *config, char *problem,
                             size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->config = *config;
    self->rig = config->rig;
    pthread_mutex_init(&self->lock, NULL);
    atomic_init(&self->woken, false);
    open_time(self);
    open_pins(self);
    self->hands.lepton = &self->rig->camera;
    self->hands.frames = &self->rig->hub;
    if (read_autofocus(self, problem, problem_size) != 0)
        return -1;
    if (self->rig->lepton)
        open_buses(self);
    return ib_app_script_parts_open(self, problem, problem_size);
}

void ib_app_script_board_close(struct ib_app_script_board *self) {
    if (!self->rig)
        return;
    ib_app_script_parts_close(self);
    free(self->autofocus);
    pthread_mutex_destroy(&self->lock);
    memset(self, 0, sizeof *self);
}
