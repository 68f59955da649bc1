#include "support_wiring.h"

#include <stdio.h>
#include <string.h>

#include "core/status.h"

#define PART 0x29

// ---- pins ----

static int level_of(const struct wiring_pin *self) {
    if (self->direction == IB_PIN_ANALOG)
        return 0;
    if (self->outside >= 0)
        return self->outside;
    if (self->direction == IB_PIN_OUTPUT)
        return self->latch;
    if (self->direction == IB_PIN_OPEN_DRAIN && !self->latch)
        return 0;
    return self->pull == IB_PIN_PULL_UP;
}

/// With the lock held, as a careless board would.
static void tell(struct wiring_pin *self, int before) {
    int after = level_of(self);
    unsigned edge = after ? IB_PIN_RISING : IB_PIN_FALLING;
    if (before == after)
        return;
    self->changes++;
    if (self->edges & edge)
        self->watcher.edge(self->watcher.context, edge);
}

static int pin_set(void *context, int level) {
    struct wiring_pin *self = context;
    pthread_mutex_lock(&self->wiring->mutex);
    int before = level_of(self);
    self->latch = level;
    tell(self, before);
    pthread_mutex_unlock(&self->wiring->mutex);
    return IB_OK;
}

static int pin_get(void *context) {
    struct wiring_pin *self = context;
    pthread_mutex_lock(&self->wiring->mutex);
    int level = level_of(self);
    pthread_mutex_unlock(&self->wiring->mutex);
    return level;
}

static int pin_mode(void *context, enum ib_pin_direction direction, enum ib_pin_pull pull) {
    struct wiring_pin *self = context;
    pthread_mutex_lock(&self->wiring->mutex);
    int before = level_of(self);
    self->direction = direction;
    self->pull = pull;
    tell(self, before);
    pthread_mutex_unlock(&self->wiring->mutex);
    return IB_OK;
}

static int pin_watch(void *context, unsigned edges, const struct ib_pin_watcher *watcher) {
    struct wiring_pin *self = context;
    pthread_mutex_lock(&self->wiring->mutex);
    self->edges = edges;
    if (edges)
        self->watcher = *watcher;
    pthread_mutex_unlock(&self->wiring->mutex);
    return IB_OK;
}

void wiring_drive(struct wiring *self, unsigned pin, int level) {
    pthread_mutex_lock(&self->mutex);
    int before = level_of(&self->pins[pin]);
    self->pins[pin].outside = level;
    tell(&self->pins[pin], before);
    pthread_mutex_unlock(&self->mutex);
}

int wiring_level(struct wiring *self, unsigned pin) {
    return pin_get(&self->pins[pin]);
}

// ---- the bus ----

static void note(struct wiring *self, const char *format, unsigned value) {
    size_t used = strlen(self->i2c);
    snprintf(self->i2c + used, sizeof self->i2c - used, format, value);
}

static void part_byte(struct wiring *self, size_t at, uint8_t byte) {
    if (at < 2)
        self->pointer = (uint16_t)(self->pointer << 8 | byte);
    else
        self->memory[self->pointer++ & 0xFF] = byte;
}

static int transfer(void *context, uint8_t address, const struct ib_i2c_part *parts, size_t count) {
    struct wiring *self = context;
    pthread_mutex_lock(&self->mutex);
    int status = self->i2c_status != IB_OK ? self->i2c_status : address == PART ? IB_OK : IB_E_NACK;
    for (size_t i = 0; i < count && status == IB_OK; i++) {
        note(self, "S %02x", address);
        note(self, "%c", parts[i].read ? 'R' : 'W');
        for (size_t k = 0; k < parts[i].size; k++) {
            if (parts[i].read)
                parts[i].data[k] = self->memory[self->pointer++ & 0xFF];
            else
                part_byte(self, k, parts[i].data[k]);
            note(self, " %02x", parts[i].data[k]);
        }
        note(self, " ", 0);
    }
    note(self, status == IB_OK ? "P\n" : "-", 0);
    pthread_mutex_unlock(&self->mutex);
    return status;
}

const char *wiring_i2c(struct wiring *self) {
    static char seen[sizeof self->i2c];
    pthread_mutex_lock(&self->mutex);
    memcpy(seen, self->i2c, sizeof seen);
    self->i2c[0] = 0;
    pthread_mutex_unlock(&self->mutex);
    return seen;
}

// ---- the clock ----

static uint64_t clock_now_us(void *context) {
    struct wiring *self = context;
    return ++self->now_us;
}

static void clock_wait_until(void *context, uint64_t when_us) {
    struct wiring *self = context;
    if (self->now_us < when_us)
        self->now_us = when_us;
}

static void clock_wake(void *context) {
    (void)context;
}

void wiring_init(struct wiring *self) {
    static const struct ib_pin_ops PIN = {pin_set, pin_get, pin_mode, pin_watch};
    static const struct ib_i2c_ops BUS = {transfer};
    static const struct ib_clock_ops CLOCK = {clock_now_us, clock_wait_until, clock_wake};
    memset(self, 0, sizeof *self);
    pthread_mutex_init(&self->mutex, NULL);
    for (unsigned pin = 0; pin < IB_PT_PINS; pin++) {
        self->pins[pin] = (struct wiring_pin){.wiring = self, .outside = -1};
        self->pins[pin].table = (struct ib_pin){&PIN, &self->pins[pin]};
        self->hands.pins[pin] = &self->pins[pin].table;
    }
    self->bus = (struct ib_i2c){&BUS, self};
    self->hands.i2c[2] = self->hands.i2c[4] = &self->bus;
    self->clock = (struct ib_clock){&CLOCK, self};
}
