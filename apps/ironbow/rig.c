/// Where backends meet drivers: the wiring of one camera.
#include "apps/ironbow/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apps/ironbow/parse.h"
#include "boards/pure_thermal.h"
#include "core/status.h"
#include "core/text.h"
#include "device/device.h"

/// What the two kinds of boards differ in.
struct wiring {
    uint32_t i2c_hz, spi_hz;
    const struct ib_cci_setting *wanted;
    size_t wanted_count;
};

static struct wiring wiring_of(const struct ib_app_rig *self) {
    struct wiring wiring = {ib_board_pure_thermal.camera_i2c_hz,
                            ib_board_pure_thermal.lepton_spi_hz, ib_board_pure_thermal.wanted,
                            ib_board_pure_thermal.wanted_count};
    if (self->board == IB_APP_RIG_PURE_THERMAL) {
        // It begins with AGC; but a recording's pixels stay what they are, and most are temperatures.
        if (self->uri.kind == IB_APP_CAMERA_REPLAY) {
            wiring.wanted = ib_board_tcam_mini.wanted;
            wiring.wanted_count = ib_board_tcam_mini.wanted_count;
        }
        return wiring;
    }
    return (struct wiring){ib_board_tcam_mini.lepton_i2c_hz, ib_board_tcam_mini.lepton_spi_hz,
                           ib_board_tcam_mini.wanted, ib_board_tcam_mini.wanted_count};
}

static void wake_clock(void *context) {
    struct ib_app_rig *self = context;
    ib_clock_wake(&self->clock);
}

static int open_simulated(struct ib_app_rig *self, char *problem, size_t problem_size) {
    const struct ib_app_uri *uri = &self->uri;
    const struct wiring wiring = wiring_of(self);
    ib_sim_clock_init(&self->sim_clock);
    if (self->time != IB_APP_TIME_FREE) {
        self->sim_clock.pace = ib_pace_hold;
        self->sim_clock.pace_wake = ib_pace_wake;
        self->sim_clock.pace_context = &self->pace;
    }
    self->clock = ib_sim_clock_table(&self->sim_clock);
    struct ib_sim_lepton_config config = {
        .model = uri->model,
        .seed = uri->seed,
        .scene = uri->scene,
        .clock = &self->sim_clock,
        .i2c_hz = wiring.i2c_hz,
        .spi_hz = wiring.spi_hz,
        .quiet = uri->quiet,
        .scene_rate = uri->rate,
    };
    if (uri->kind == IB_APP_CAMERA_REPLAY) {
        if (ib_app_playback_open(&self->playback, uri->file, self->log, problem, problem_size) != 0)
            return -1;
        config.playback = ib_app_playback_table(self->playback);
        config.model = config.playback->facts.model;
    }
    self->scene = config.scene;
    self->lepton = calloc(1, sizeof *self->lepton);
    int status = self->lepton ? ib_sim_lepton_init(self->lepton, &config) : IB_E_NO_SPACE;
    if (status != IB_OK) {
        snprintf(problem, problem_size, "the simulated Lepton %s: %s", config.model,
                 ib_status_text(status));
        return -1;
    }
    self->i2c = ib_sim_lepton_i2c(self->lepton);
    if (self->board == IB_APP_RIG_PURE_THERMAL)
        self->i2c = ib_app_shared_bus_owner(&self->bus, ib_board_pure_thermal.lepton_address,
                                            self->i2c, &self->sim_clock);
    self->spi = ib_sim_lepton_spi(self->lepton);
    self->reset = ib_sim_lepton_reset(self->lepton);
    self->power = ib_sim_lepton_power(self->lepton);
    return 0;
}

static int open_camera(struct ib_app_rig *self, char *problem, size_t problem_size) {
    ib_app_gate_init(&self->gate, &self->i2c, &self->spi);
    ib_lepton_cci_init(&self->cci_engine, &self->i2c, &self->cci);
    ib_lepton_capture_init(&self->capture, &self->spi, &self->source);
    self->source.cci = &self->cci;
    self->source.reset = self->reset.ops ? &self->reset : NULL;
    self->source.power = self->power.ops ? &self->power : NULL;
    int status = ib_hub_init(&self->hub, IB_APP_HUB_SLOTS, self->pixels,
                             sizeof self->pixels / sizeof self->pixels[0]);
    struct ib_camera_config config = {
        .source = &self->source,
        .hub = &self->hub,
        .wanted = wiring_of(self).wanted,
        .wanted_count = wiring_of(self).wanted_count,
        .log = self->log,
        .wake = wake_clock,
        .wake_context = self,
    };
    if (status == IB_OK)
        status = ib_camera_init(&self->camera, &config);
    if (status != IB_OK)
        snprintf(problem, problem_size, "the camera: %s", ib_status_text(status));
    return status == IB_OK ? 0 : -1;
}

static int64_t unix_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int ib_app_rig_open(struct ib_app_rig **out, const struct ib_app_uri *uri,
                    enum ib_app_rig_board board, enum ib_app_time time, const struct ib_log *log,
                    char *problem, size_t problem_size) {
    struct ib_app_rig *self = calloc(1, sizeof *self);
    if (!self) {
        snprintf(problem, problem_size, "out of memory");
        return -1;
    }
    self->uri = *uri;
    self->board = board;
    self->time = time;
    self->log = log;
    pthread_mutex_init(&self->waiters_lock, NULL);
    ib_pace_init(&self->pace, time == IB_APP_TIME_STEPPED);
    ib_host_clock_init(&self->host_clock);
    ib_app_shared_bus_init(&self->bus, wiring_of(self).i2c_hz);
    int status;
    if (uri->kind == IB_APP_CAMERA_LINUX) {
        self->clock = ib_host_clock_table(&self->host_clock);
        status = ib_app_hardware_open(self, problem, problem_size);
    } else {
        status = open_simulated(self, problem, problem_size);
    }
    if (status == 0)
        status = open_camera(self, problem, problem_size);
    if (status != 0) {
        ib_app_rig_close(self);
        return -1;
    }
    self->unix_start_us = unix_now_us() - (int64_t)ib_app_rig_now_us(self);
    *out = self;
    return 0;
}

void ib_app_rig_close(struct ib_app_rig *self) {
    if (!self)
        return;
    ib_app_rig_stop(self);
    ib_app_hardware_close(self);
    free(self->lepton);
    ib_app_playback_close(self->playback);
    ib_pace_deinit(&self->pace);
    ib_host_clock_deinit(&self->host_clock);
    ib_app_shared_bus_deinit(&self->bus);
    pthread_mutex_destroy(&self->waiters_lock);
    free(self);
}

/// What follows the name: "10" is a count, "2s" a duration; each at most once.
static bool fault_amount(const char *text, uint32_t *count, uint64_t *duration_us) {
    uint64_t number;
    if (ib_app_parse_u64(text, UINT32_MAX, &number) && number > 0 && *count == 0) {
        *count = (uint32_t)number;
        return true;
    }
    return *duration_us == 0 && ib_app_parse_duration_us(text, duration_us) && *duration_us > 0;
}

static void say_faults(const char *name, char *problem, size_t problem_size) {
    struct ib_text text;
    ib_text_init(&text, problem, problem_size);
    ib_text_str(&text, name);
    ib_text_str(&text, ": no such fault; there are");
    for (int fault = IB_FAULT_NONE + 1; fault < IB_FAULT_COUNT; fault++) {
        ib_text_str(&text, fault == IB_FAULT_NONE + 1 ? " " : ", ");
        ib_text_str(&text, ib_sim_fault_name((enum ib_sim_fault)fault));
    }
    for (int fault = IB_DEVICE_FAULT_NONE + 1; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        ib_text_str(&text, ", ");
        ib_text_str(&text, ib_device_fault_name((enum ib_device_fault)fault));
    }
}

int ib_app_rig_fault(struct ib_app_rig *self, const char *text, char *problem,
                     size_t problem_size) {
    char words[128];
    if (!self->lepton) {
        snprintf(problem, problem_size, "this camera is real: it needs no help to fail");
        return -1;
    }
    if ((size_t)snprintf(words, sizeof words, "%s", text) >= sizeof words) {
        snprintf(problem, problem_size, "no such fault");
        return -1;
    }
    char *rest = words;
    const char *name = strsep(&rest, ",");
    enum ib_sim_fault fault = ib_sim_fault_named(name);
    if (fault == IB_FAULT_NONE) {
        say_faults(name, problem, problem_size);
        return -1;
    }
    uint32_t count = 0;
    uint64_t duration_us = 0;
    for (const char *amount; (amount = strsep(&rest, ",")) != NULL;) {
        if (!fault_amount(amount, &count, &duration_us)) {
            snprintf(problem, problem_size,
                     "%s: must be a count such as 10 or a duration such as 2s", amount);
            return -1;
        }
    }
    int status = ib_sim_lepton_fault(self->lepton, fault, count, duration_us);
    if (status != IB_OK)
        snprintf(problem, problem_size, "%s: this module's video has no segments", name);
    return status == IB_OK ? 0 : -1;
}

void ib_app_rig_turn(struct ib_app_rig *self) {
    uint64_t due_us = IB_NEVER;
    ib_camera_step(&self->camera, ib_clock_now(&self->clock), &due_us);
    ib_clock_wait_until(&self->clock, due_us);
}

/// Tell whoever waited for a moment that has come; returns the next such moment.
static uint64_t tell_waiters(struct ib_app_rig *self, uint64_t now_us) {
    uint64_t next_us = IB_NEVER;
    pthread_mutex_lock(&self->waiters_lock);
    for (struct ib_app_waiter **at = &self->waiters; *at;) {
        struct ib_app_waiter *waiter = *at;
        if (waiter->when_us <= now_us) {
            void (*notify)(void *context) = waiter->notify;
            void *context = waiter->notify_context;
            *at = waiter->next;
            waiter->waiting = false;
            if (notify)
                notify(context);
            continue;
        }
        if (waiter->when_us < next_us)
            next_us = waiter->when_us;
        at = &waiter->next;
    }
    pthread_mutex_unlock(&self->waiters_lock);
    return next_us;
}

static void step(void *context, uint64_t now_us, uint64_t *due_us) {
    struct ib_app_rig *self = context;
    ib_camera_step(&self->camera, now_us, due_us);
    if (self->time == IB_APP_TIME_STEPPED) {
        uint64_t next_us = tell_waiters(self, now_us);
        if (next_us < *due_us)
            *due_us = next_us;
    }
}

int ib_app_rig_start(struct ib_app_rig *self, char *problem, size_t problem_size) {
    const struct ib_owner_thread_config config = {
        .name = "ironbow-cam",
        .clock = self->clock,
        .step = step,
        .context = self,
        // Reading late costs synchronisation on real wires only.
        .fifo_priority = self->hardware ? 50 : 0,
    };
    if (ib_owner_thread_start(&self->owner, &config, problem, problem_size) != 0)
        return -1;
    if (problem[0])
        ib_log(self->log, IB_LOG_WARNING, "camera", problem);
    return 0;
}

void ib_app_rig_stop(struct ib_app_rig *self) {
    if (self->lepton)
        ib_pace_stop(&self->pace);
    ib_owner_thread_stop(&self->owner);
}

uint64_t ib_app_rig_now_us(void *context) {
    struct ib_app_rig *self = context;
    if (!self->lepton)
        return ib_host_now_us();
    return self->time == IB_APP_TIME_FREE ? self->sim_clock.now_us : ib_pace_now(&self->pace);
}

int64_t ib_app_rig_unix_us(struct ib_app_rig *self, uint64_t at_us) {
    if (self->time == IB_APP_TIME_STEPPED)
        return self->unix_start_us + (int64_t)at_us;
    return unix_now_us() - (int64_t)(ib_app_rig_now_us(self) - at_us);
}

void ib_app_rig_grant(struct ib_app_rig *self, uint64_t us, struct ib_app_waiter *waiter) {
    pthread_mutex_lock(&self->waiters_lock);
    waiter->when_us = ib_pace_grant(&self->pace, us);
    waiter->waiting = true;
    waiter->next = self->waiters;
    self->waiters = waiter;
    pthread_mutex_unlock(&self->waiters_lock);
    // The thread may be waiting beyond that moment: it must learn that somebody waits for it.
    ib_clock_wake(&self->clock);
}

bool ib_app_rig_waiting(struct ib_app_rig *self, const struct ib_app_waiter *waiter) {
    pthread_mutex_lock(&self->waiters_lock);
    bool waiting = waiter->waiting;
    pthread_mutex_unlock(&self->waiters_lock);
    return waiting;
}

void ib_app_rig_about(const struct ib_app_rig *self, char *out, size_t size) {
    if (self->playback)
        snprintf(out, size, "%s", ib_app_playback_about(self->playback));
    else if (self->lepton)
        snprintf(out, size, "Lepton %s looking at %s: %s", self->uri.model, self->scene->name,
                 self->scene->about);
    else
        snprintf(out, size, "Lepton on %s and %s", self->uri.spi, self->uri.i2c);
}
