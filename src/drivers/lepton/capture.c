/// Capture: when to clock packets out of the module, and when to give up and synchronise anew.
///
/// A unit (a segment of 160x120, a frame of 80x60) becomes readable all at once and must be read
/// before the next one: so each is read in bursts as soon as it shows, and then there is silence
/// until shortly before the next is expected. What a packet means is vospi.c's business. It neither
/// reboots nor resets anything: when resyncs do not help, the camera above climbs its own ladder.
/// Source: Lepton engineering data sheet rev 200, section 4.2.3.3 (VoSPI synchronisation).
#include "drivers/lepton/capture.h"

#include <string.h>

#include "bus/clock.h"
#include "core/status.h"

enum {
    // The module synchronises after more than 185 ms of silence with chip select high.
    IDLE_US = 200 * 1000,
    SEGMENT_US = 9434, // 106 a second
    FRAME_US = 37736,  // 26.5 a second
    EARLY_US = 1000,   // listen from so long before the next unit is expected
    POLL_US = 400,     // between two looks while waiting
    IN_UNIT_POLL_US = 300,
    CREEP_PART = 16, // of a period: pulls a guessed beginning forward until it is seen again
    POLL_PACKETS = 2,

    FIRST_UNIT_LIMIT_US = 1000 * 1000, // after synchronising
    UNIT_LIMIT_US = 350 * 1000,        // packets come, but no good unit
    LATE_UNITS = 4,                    // a unit was missed: so many without a good one
    SILENCE_LIMIT_US = 1200 * 1000,    // nothing but discards: an FFC takes 0.9 s
    FFC_LIMIT_US = 3000 * 1000,        // ... and it was said to be coming
    TWO_FRAMES_US = 300 * 1000,        // what a silence may cost before and after it
    BAD_UNITS_LIMIT = 3,
};

enum state {
    STATE_STOPPED,
    STATE_IDLE,    // silence, so that the module synchronises
    STATE_RUNNING, // between units and inside them
};

static uint32_t unit_period_us(const struct ib_lepton_capture *self) {
    return self->vospi.units_per_frame > 1 ? SEGMENT_US : FRAME_US;
}

static void drop_burst(struct ib_lepton_capture *self) {
    self->burst_packets = 0;
    self->burst_next = 0;
}

static void begin_resync(struct ib_lepton_capture *self, uint64_t now_us) {
    self->state = STATE_IDLE;
    self->next_us = now_us + IDLE_US;
    self->vospi.counters.resyncs++;
    drop_burst(self);
}

static void begin_listening(struct ib_lepton_capture *self, uint64_t now_us) {
    ib_vospi_reset(&self->vospi);
    self->state = STATE_RUNNING;
    self->unit_us = now_us;
    self->unit_good_us = now_us;
    self->frame_us = now_us;
    self->bad_packets = 0;
    self->bad_units = 0;
    self->bad_order = self->vospi.counters.bad_order;
    self->in_step = false;
    self->dirty_us = 0;
    self->late_us = 0;
    self->unit_blamed = false;
    self->quiet_us = 0;
    self->reading = false;
    self->whole_frames = self->vospi.whole_frames;
}

/// Whether it has been too long: without a good unit, or (good units of no use: always invalid,
/// always in the wrong order) without a whole frame.
static bool is_lost(const struct ib_lepton_capture *self, uint64_t now_us) {
    uint64_t silence_us = now_us - self->unit_good_us;
    bool ffc = self->vospi.ffc_state == IB_FFC_IMMINENT || self->vospi.ffc_state == IB_FFC_RUNNING;
    uint64_t patience_us = ffc ? FFC_LIMIT_US : SILENCE_LIMIT_US;
    if (!self->in_step)
        return silence_us > FIRST_UNIT_LIMIT_US;
    if (self->dirty_us && now_us - self->dirty_us > UNIT_LIMIT_US)
        return true;
    if (self->late_us && now_us - self->late_us > (uint64_t)LATE_UNITS * unit_period_us(self))
        return true;
    return silence_us > patience_us || now_us - self->frame_us > patience_us + TWO_FRAMES_US;
}

/// A unit that was not read to its end before the next one began has cost synchronisation, whether
/// the loop came too late or the unit broke off in discards: there is no need to wait as long as for
/// an FFC. Judged before a transfer, by when the unit under way, or the one to come since the last
/// look, must have ended.
static void note_lateness(struct ib_lepton_capture *self, uint64_t now_us) {
    uint64_t begin_us = self->unit_us;
    if (!self->vospi.in_unit) {
        begin_us += unit_period_us(self);
        if (begin_us < self->quiet_us)
            begin_us = self->quiet_us;
    }
    if (self->in_step && self->late_us == 0 && now_us > begin_us + unit_period_us(self))
        self->late_us = now_us;
}

/// How many packets to ask for: what is left of the unit, or a short look whether one has begun.
static uint16_t packets_to_read(const struct ib_lepton_capture *self) {
    unsigned count = POLL_PACKETS;
    if (self->vospi.in_unit)
        count = (unsigned)self->vospi.packets_per_unit - self->vospi.next_packet;
    else if (self->reading)
        count = IB_LEPTON_BURST_PACKETS;
    return (uint16_t)(count < self->burst_limit ? count : self->burst_limit);
}

/// The unit began after the last look that showed nothing and before this one; in between, the
/// cadence says when. Without such a look it may have begun any time before.
static void note_unit_begin(struct ib_lepton_capture *self) {
    uint64_t begin_us = self->unit_us + unit_period_us(self);
    if (!self->in_step || begin_us > self->burst_us)
        begin_us = self->burst_us;
    if (self->quiet_us == 0)
        begin_us -= unit_period_us(self) / CREEP_PART;
    else if (begin_us < self->quiet_us)
        begin_us = self->quiet_us;
    self->unit_us = begin_us;
    self->quiet_us = 0;
}

static void note_event(struct ib_lepton_capture *self, enum ib_vospi_event event) {
    struct ib_vospi *vospi = &self->vospi;
    if (event != IB_VOSPI_DISCARD && self->dirty_us == 0)
        self->dirty_us = self->burst_us;
    switch (event) {
    case IB_VOSPI_DISCARD:
        if (!vospi->in_unit)
            self->quiet_us = self->burst_us;
        return;
    case IB_VOSPI_UNIT:
    case IB_VOSPI_FILLER:
    case IB_VOSPI_FRAME:
        self->in_step = true;
        self->unit_good_us = self->burst_us;
        self->bad_packets = 0;
        self->bad_units = 0;
        self->dirty_us = 0;
        // One that was begun after the delay, not the rest of the one before.
        if (self->burst_us > self->late_us + unit_period_us(self))
            self->late_us = 0;
        self->reading = false;
        break;
    case IB_VOSPI_BAD:
        self->reading = true;
        self->bad_packets++;
        if (vospi->counters.bad_order != self->bad_order && !self->unit_blamed) {
            self->unit_blamed = true;
            self->bad_units++;
        }
        break;
    case IB_VOSPI_MORE:
        self->reading = vospi->in_unit;
        self->bad_packets = 0;
        break;
    }
    self->bad_order = vospi->counters.bad_order;
    if (vospi->whole_frames != self->whole_frames) {
        self->whole_frames = vospi->whole_frames;
        self->frame_us = self->burst_us;
    }
    if (vospi->in_unit && vospi->next_packet == 1)
        note_unit_begin(self);
    if (vospi->in_unit && vospi->next_packet == 2) // a dead line forges packet 0 again and again
        self->unit_blamed = false;
}

static bool is_garbage(const struct ib_lepton_capture *self) {
    return self->bad_units >= BAD_UNITS_LIMIT ||
           self->bad_packets >= (uint32_t)BAD_UNITS_LIMIT * self->vospi.packets_per_unit;
}

static void plan_next(struct ib_lepton_capture *self, uint64_t now_us, bool only_discards) {
    if (only_discards)
        self->reading = false;
    if (self->vospi.in_unit || self->reading) {
        self->next_us = only_discards ? now_us + IN_UNIT_POLL_US : now_us;
        return;
    }
    uint64_t listen_us = self->unit_us + unit_period_us(self) - EARLY_US;
    self->next_us = listen_us;
    if (listen_us < now_us || !self->in_step)
        self->next_us = only_discards ? now_us + POLL_US : now_us;
}

/// Feed what is in the burst, up to the end of a frame.
static int digest(struct ib_lepton_capture *self, uint64_t now_us, struct ib_frame *into,
                  uint64_t *due_us) {
    bool only_discards = true;
    int result = 0;
    while (self->burst_next < self->burst_packets && result == 0) {
        const uint8_t *packet = self->burst + (size_t)self->burst_next * IB_VOSPI_PACKET_BYTES;
        self->burst_next++;
        enum ib_vospi_event event = ib_vospi_feed(&self->vospi, packet);
        note_event(self, event);
        if (event != IB_VOSPI_DISCARD)
            only_discards = false;
        if (event == IB_VOSPI_FRAME) {
            into->captured_us = self->burst_us;
            result = 1;
        }
        if (is_garbage(self)) {
            begin_resync(self, now_us);
            *due_us = self->next_us;
            return result;
        }
    }
    if (self->burst_next == self->burst_packets)
        drop_burst(self);
    plan_next(self, now_us, only_discards);
    *due_us = self->burst_packets ? now_us : self->next_us;
    return result;
}

static int capture_step(void *context, uint64_t now_us, struct ib_frame *into, uint64_t *due_us) {
    struct ib_lepton_capture *self = context;
    *due_us = IB_NEVER;
    if (self->state == STATE_STOPPED)
        return 0;
    ib_vospi_target(&self->vospi, into);
    if (self->burst_packets)
        return digest(self, now_us, into, due_us);
    if (now_us < self->next_us) {
        *due_us = self->next_us;
        return 0;
    }
    if (self->state == STATE_IDLE) {
        begin_listening(self, now_us);
    } else if (is_lost(self, now_us)) {
        begin_resync(self, now_us);
        *due_us = self->next_us;
        return 0;
    }
    note_lateness(self, now_us);
    uint16_t packets = packets_to_read(self);
    int status =
        ib_spi_transfer(self->spi, NULL, self->burst, (size_t)packets * IB_VOSPI_PACKET_BYTES);
    if (status != IB_OK) {
        self->vospi.counters.io_errors++;
        begin_resync(self, now_us);
        *due_us = self->next_us;
        return IB_E_IO;
    }
    self->burst_us = now_us;
    self->burst_packets = packets;
    return digest(self, now_us, into, due_us);
}

static int capture_start(void *context, const struct ib_source_format *format, uint64_t now_us) {
    struct ib_lepton_capture *self = context;
    size_t limit = IB_LEPTON_BURST_PACKETS;
    if (self->spi->max_bytes && self->spi->max_bytes / IB_VOSPI_PACKET_BYTES < limit)
        limit = self->spi->max_bytes / IB_VOSPI_PACKET_BYTES;
    if (limit == 0)
        return IB_E_UNSUPPORTED;
    const struct ib_source_format *old = &self->vospi.format;
    if (format->width_px != old->width_px || format->height_px != old->height_px ||
        format->telemetry != old->telemetry) {
        struct ib_source_counters counters = self->vospi.counters;
        int status = ib_vospi_init(&self->vospi, format);
        self->vospi.counters = counters;
        if (status != IB_OK) {
            self->state = STATE_STOPPED;
            return status;
        }
    }
    self->burst_limit = (uint16_t)limit;
    begin_resync(self, now_us);
    return IB_OK;
}

static void capture_stop(void *context) {
    struct ib_lepton_capture *self = context;
    self->state = STATE_STOPPED;
    drop_burst(self);
    ib_vospi_target(&self->vospi, NULL);
}

static void capture_counters(void *context, struct ib_source_counters *out) {
    const struct ib_lepton_capture *self = context;
    *out = self->vospi.counters;
}

void ib_lepton_capture_init(struct ib_lepton_capture *self, const struct ib_spi *spi,
                            struct ib_source *out) {
    static const struct ib_source_ops ops = {
        .start = capture_start,
        .stop = capture_stop,
        .step = capture_step,
        .counters = capture_counters,
    };
    memset(self, 0, sizeof *self);
    self->spi = spi;
    self->state = STATE_STOPPED;
    *out = (struct ib_source){.ops = &ops, .context = self};
}
