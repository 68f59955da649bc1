#include "tests/lepton/support_stream.h"

#include <string.h>

#include "core/status.h"

enum { PX = 80 };

static uint32_t mix(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    return x ^ (x >> 16);
}

static void put(uint8_t *p, unsigned value) {
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static uint16_t crc_of(const uint8_t *p, unsigned size) {
    static uint16_t table[256];
    if (!table[1]) {
        for (unsigned i = 0; i < 256; i++) {
            unsigned crc = i << 8;
            for (unsigned bit = 0; bit < 8; bit++)
                crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
            table[i] = (uint16_t)crc;
        }
    }
    unsigned crc = 0;
    while (size--)
        crc = ((crc << 8) ^ table[((crc >> 8) ^ *p++) & 0xFF]) & 0xFFFF;
    return (uint16_t)crc;
}

void stream_seal(uint8_t *packet) {
    uint8_t copy[STREAM_BYTES];
    memcpy(copy, packet, sizeof copy);
    copy[0] &= 0x0F;
    copy[2] = copy[3] = 0;
    put(packet + 2, crc_of(copy, sizeof copy));
}

void stream_init(struct stream *self, bool large, enum ib_source_telemetry telemetry) {
    memset(self, 0, sizeof *self);
    self->large = large;
    self->telemetry = telemetry;
    self->seed = 1;
    self->packet_us = 66; // 20 MHz
}

void stream_fault(struct stream *self, enum stream_fault_kind kind, uint32_t unit, uint32_t packet,
                  uint32_t value) {
    if (self->fault_count < sizeof self->faults / sizeof self->faults[0])
        self->faults[self->fault_count++] = (struct stream_fault){kind, unit, packet, value};
}

unsigned stream_packets_per_unit(const struct stream *self) {
    if (self->telemetry == IB_TELEMETRY_OFF)
        return 60;
    return self->large ? 61 : 63;
}

uint32_t stream_frame_of(const struct stream *self, uint32_t unit) {
    return unit / (self->large ? 12 : 3);
}

static bool is_frozen(const struct stream *self, uint32_t frame) {
    return frame >= self->freeze_from && frame < self->freeze_to;
}

uint32_t stream_counter_of(const struct stream *self, uint32_t frame) {
    if (frame < self->freeze_from)
        return frame;
    if (is_frozen(self, frame))
        return self->freeze_from - 1;
    return frame - (self->freeze_to - self->freeze_from);
}

uint16_t stream_pixel(const struct stream *self, uint32_t counter, unsigned index) {
    if (self->constant)
        counter = 0;
    return (uint16_t)(mix(mix(self->seed + counter) + index) & 0x3FFF);
}

static unsigned telemetry_word(const struct stream *self, uint32_t unit, unsigned word) {
    uint32_t frame = stream_frame_of(self, unit);
    uint32_t counter = stream_counter_of(self, frame);
    uint32_t uptime_ms = 5000 + unit * 9;
    uint32_t status = self->status | (is_frozen(self, frame) ? 2u << 4 : 3u << 4);
    for (unsigned i = 0; i < self->fault_count; i++)
        if (self->faults[i].kind == STREAM_COUNTER && self->faults[i].unit == unit)
            counter += self->faults[i].value;
    switch (word) {
    case 0:
        return 14;
    case 1:
        return uptime_ms & 0xFFFF;
    case 2:
        return uptime_ms >> 16;
    case 3:
        return status & 0xFFFF;
    case 4:
        return status >> 16;
    case 20:
        return counter & 0xFFFF;
    case 21:
        return counter >> 16;
    case 24:
        return 30615;
    case 26:
        return 30425;
    case 72:
        return 7;
    case 160 + 48:
        return self->tlinear;
    case 160 + 49:
        return self->fine;
    default:
        return 0;
    }
}

void stream_packet(const struct stream *self, uint32_t unit, unsigned number, uint8_t *out) {
    unsigned count = stream_packets_per_unit(self);
    unsigned rows = self->telemetry == IB_TELEMETRY_OFF ? 0 : self->large ? 4 : 3;
    unsigned pixel_rows = self->large ? 240 : 60;
    unsigned segment = self->large ? unit % 12 + 1 : 1;
    uint32_t counter = stream_counter_of(self, stream_frame_of(self, unit));
    if (segment > 4)
        segment = 0;

    memset(out, 0, STREAM_BYTES);
    put(out, number);
    unsigned index = (segment ? segment - 1 : 0) * count + number;
    for (unsigned i = 0; i < PX; i++) {
        unsigned value;
        unsigned row = index - (self->telemetry == IB_TELEMETRY_HEADER ? 0 : pixel_rows);
        if (segment == 0) // an invalid segment: whatever it holds must not be used
            value = mix(unit * 64 + number) & 0x3FFF;
        else if (row < rows)
            value = row < 3 ? telemetry_word(self, unit, row * PX + i) : 0;
        else
            value = stream_pixel(
                self, counter,
                (index - (self->telemetry == IB_TELEMETRY_HEADER ? rows : 0)) * PX + i);
        put(out + 4 + 2 * i, value);
    }
    // The segment number stands in packet 20 only; the same bits of all others mean nothing.
    unsigned bits = self->large && number == 20 ? segment : mix(unit + number) & 7;
    out[0] = (uint8_t)(out[0] | bits << 4);
    stream_seal(out);
}

// ---- The bus side ----

static uint32_t delay_of(const struct stream *self, uint32_t unit) {
    uint32_t delay = self->jitter_us ? mix(self->seed * 7919 + unit) % self->jitter_us : 0;
    for (unsigned i = 0; i < self->fault_count; i++)
        if (self->faults[i].kind == STREAM_LATE && self->faults[i].unit == unit)
            delay += self->faults[i].value;
    return delay;
}

static uint64_t begins_us(const struct stream *self, uint32_t unit) {
    // 106 segments, or 26.5 frames, a second.
    uint64_t period_ns = self->large ? 9433962 : 37735849;
    if (self->period_pct)
        period_ns = period_ns * self->period_pct / 100;
    return unit * period_ns / 1000 + delay_of(self, unit);
}

static void load_unit(struct stream *self) {
    unsigned count = 0;
    uint32_t unit = self->unit;
    uint32_t like = unit;
    for (unsigned i = 0; i < self->fault_count; i++)
        if (self->faults[i].kind == STREAM_SWAP && self->faults[i].unit == unit)
            like = unit + self->faults[i].value;
    for (unsigned number = 0; number < stream_packets_per_unit(self); number++) {
        uint8_t *packet = self->packets[count++];
        stream_packet(self, like, number, packet);
        for (unsigned i = 0; i < self->fault_count; i++) {
            const struct stream_fault *fault = &self->faults[i];
            if (fault->unit != unit)
                continue;
            if (fault->kind == STREAM_SEGMENT && number == 20)
                packet[0] = (uint8_t)((packet[0] & 0x0F) | fault->value << 4);
            if (fault->kind == STREAM_TRUNCATED && number > fault->packet)
                count--;
            if (fault->packet != number)
                continue;
            if (fault->kind == STREAM_DROP)
                count--;
            if (fault->kind == STREAM_REPEAT)
                memcpy(self->packets[count++], packet, STREAM_BYTES);
            if (fault->kind == STREAM_FLIP)
                packet[4 + fault->value / 8 % 160] ^= (uint8_t)(1u << fault->value % 8);
        }
    }
    self->packet_count = count;
    self->packet_next = 0;
}

static void follow_time(struct stream *self) {
    while (begins_us(self, self->unit) <= self->now_us) {
        uint64_t at_us = begins_us(self, self->unit);
        bool silent = at_us >= self->silent_from_us && at_us < self->silent_to_us;
        if (self->state == STREAM_SENDING && self->packet_next < self->packet_count) {
            self->state = STREAM_OUT_OF_STEP;
            self->times_lost++;
        } else if (self->state == STREAM_WAITING || self->state == STREAM_SENDING) {
            self->state = STREAM_SENDING;
            load_unit(self);
            if (silent)
                self->packet_next = self->packet_count;
        }
        self->unit++;
    }
}

static void discard(uint8_t *out) {
    memset(out, 0xFF, STREAM_BYTES);
}

static void garbage(struct stream *self, uint8_t *out) {
    for (unsigned i = 0; i < STREAM_BYTES; i++)
        out[i] = (uint8_t)(self->noise = mix(self->noise + 1));
}

static void out_of_step(struct stream *self, uint8_t *out) {
    switch (self->lost) {
    case STREAM_LOST_DISCARDS:
        discard(out);
        break;
    case STREAM_LOST_GARBAGE:
        garbage(self, out);
        break;
    case STREAM_LOST_REPEATS:
        stream_packet(self, self->unit, 7, out);
        break;
    }
}

static void clock_packet(struct stream *self, uint8_t *out) {
    uint8_t next[STREAM_BYTES];
    follow_time(self);
    if (self->state == STREAM_OUT_OF_STEP)
        out_of_step(self, out);
    else if (self->state == STREAM_SENDING && self->packet_next < self->packet_count)
        memcpy(out, self->packets[self->packet_next++], STREAM_BYTES);
    else
        discard(out);
    if (self->now_us >= self->line_from_us && self->now_us < self->line_to_us) {
        switch (self->line) {
        case STREAM_FINE:
            break;
        case STREAM_LOW:
            memset(out, 0, STREAM_BYTES);
            break;
        case STREAM_HIGH:
            memset(out, 0xFF, STREAM_BYTES);
            break;
        case STREAM_GARBAGE:
            garbage(self, out);
            break;
        case STREAM_SLIPPED: // shifted by a byte
            memcpy(next, out + 1, STREAM_BYTES - 1);
            next[STREAM_BYTES - 1] = out[0];
            memcpy(out, next, STREAM_BYTES);
            break;
        }
    }
    self->now_us += self->packet_us;
}

static int transfer(void *context, const uint8_t *tx, uint8_t *rx, size_t size) {
    struct stream *self = context;
    uint8_t dropped[STREAM_BYTES];
    (void)tx;
    if (size % STREAM_BYTES != 0)
        return IB_E_INVAL;
    if (size > self->longest_bytes)
        self->longest_bytes = size;
    if (self->now_us - self->last_us > 185000) {
        follow_time(self);
        self->state = STREAM_WAITING;
    }
    self->now_us += 15; // set-up
    self->transfers++;
    bool fails = self->fail_at && self->transfers == (uint32_t)self->fail_at;
    for (size_t at = 0; at < size; at += STREAM_BYTES)
        clock_packet(self, rx && !fails ? rx + at : dropped);
    self->last_us = self->now_us;
    return fails ? IB_E_IO : IB_OK;
}

struct ib_spi stream_spi(struct stream *self) {
    static const struct ib_spi_ops ops = {.transfer = transfer};
    return (struct ib_spi){.ops = &ops, .context = self, .max_bytes = 4096};
}
