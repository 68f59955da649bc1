/// The video front door: chip select, clocked bytes, and keeping or losing synchronisation.
///
/// Choices where the data sheet is silent: discard packets are all ones; what comes out after a
/// lost synchronisation takes turns among what people report; a part without supply reads zeros, a
/// part in reset or asleep ones; fillers carry the previous segment's content; an abandoned packet
/// is not sent again. Each transfer is one chip select: a packet cannot be read in two.
/// Source: engineering data sheet rev 200, VoSPI protocol, sections on synchronisation.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

/// Five frame periods of silence start anew (data sheet: more than 185 ms).
#define SILENCE_US 185000u
/// Three line periods: a packet that takes longer loses synchronisation.
#define PACKET_LIMIT_US 1500u
/// The packet whose header carries the segment number.
#define SEGMENT_PACKET 20u
/// Where a lost stream begins or stays; not 0, which could be taken for a beginning.
#define WRONG_START 7u
#define REPEATED_LINE 30u

void ib_sim_lepton_vospi_reset(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    // A host that clocked all through the boot has to be silent first.
    vospi->sync = IB_SIM_SYNC_LOST;
    vospi->lost = IB_SIM_LOST_DISCARDS;
    vospi->next = vospi->end = 0;
    vospi->unit = 0;
    vospi->twice = vospi->swap = vospi->built = vospi->prepared = false;
    vospi->late_us = 0;
    vospi->packet_bytes = 164;
}

void ib_sim_lepton_vospi_lose(struct ib_sim_lepton *self, enum ib_sim_lepton_lost lost) {
    self->vospi.sync = IB_SIM_SYNC_LOST;
    self->vospi.lost = (uint8_t)lost;
    self->vospi.next = 0;
    self->vospi.losses++;
}

/// A loss by the host's fault: what then comes out takes turns.
static void lose(struct ib_sim_lepton *self) {
    static const uint8_t turns[4] = {IB_SIM_LOST_DISCARDS, IB_SIM_LOST_WRONG_START,
                                     IB_SIM_LOST_REPEAT, IB_SIM_LOST_NO_SEGMENT};
    enum ib_sim_lepton_lost lost = turns[(self->config.seed + self->vospi.losses) % 4];
    // Only 160x120 has segment numbers.
    if (lost == IB_SIM_LOST_NO_SEGMENT && self->model->width_px != 160)
        lost = IB_SIM_LOST_REPEAT;
    ib_sim_lepton_vospi_lose(self, lost);
}

/// The part runs and has nothing to show.
static bool muted(struct ib_sim_lepton *self) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    return !r->video_enable[0] || !r->output_channel[0] || self->playing.stopped ||
           ib_sim_lepton_has(self, IB_FAULT_DISCARD_STORM) ||
           (self->ffc.state == 2 && ib_sim_lepton_has(self, IB_FAULT_FFC_NO_VIDEO));
}

void ib_sim_lepton_vospi_offer(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    bool unread = vospi->next < vospi->end;
    if (muted(self)) {
        if (vospi->sync == IB_SIM_SYNC_STREAM)
            vospi->sync = IB_SIM_SYNC_WAIT;
    } else if (vospi->sync == IB_SIM_SYNC_WAIT) {
        vospi->sync = IB_SIM_SYNC_STREAM;
    } else if (vospi->sync == IB_SIM_SYNC_STREAM && unread) {
        lose(self);
    }
    vospi->next = 0;
    vospi->end = ib_sim_lepton_unit_packets(self);
    if (vospi->sync == IB_SIM_SYNC_LOST && vospi->lost == IB_SIM_LOST_WRONG_START)
        vospi->next = WRONG_START;
    vospi->prepared = false;
    vospi->twice = false;
    vospi->late_us = 0;
    if (vospi->sync == IB_SIM_SYNC_STREAM && ib_sim_lepton_take(self, IB_FAULT_PACKET_LATE))
        vospi->late_us = self->now_us + self->faults[IB_FAULT_PACKET_LATE].duration_us;
}

// ---- Packets ----

static void put_segment(struct ib_sim_lepton *self, unsigned number) {
    uint8_t *id = self->vospi.packets + (size_t)SEGMENT_PACKET * self->vospi.packet_bytes;
    *id = (uint8_t)((*id & 0x0Fu) | number << 4);
}

/// See that `packets` are those of the unit on offer.
static void prepare(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    if (vospi->prepared)
        return;
    vospi->prepared = true;
    bool lost = vospi->sync == IB_SIM_SYNC_LOST;
    unsigned phase = (unsigned)(vospi->unit % ib_sim_lepton_units_per_frame(self));
    // A recording waits for a host that is there from a frame's beginning.
    if (!lost && (phase == 0 || self->model->width_px != 160))
        ib_sim_lepton_playing_turn(self);
    if (self->video.written_pending || self->video.render_pending)
        ib_sim_lepton_video_ensure(self);
    unsigned segment = 0, number = 0;
    if (self->model->width_px == 160) {
        static const uint8_t swapped[4] = {0, 1, 3, 2};
        segment = phase < 4 ? (vospi->swap ? swapped[phase] : phase) : 3;
        number = phase < 4 ? segment + 1 : 0;
    }
    unsigned picture = self->video.current;
    bool shows = self->model->width_px != 160 || phase < 4;
    if (!lost && shows && ib_sim_lepton_take(self, IB_FAULT_STALE_SEGMENT))
        picture ^= 1;
    // Fillers and repeated frames are the packets as they were.
    if (!vospi->built || vospi->segment != segment || (shows && vospi->picture != picture)) {
        ib_sim_lepton_packets(self, segment, picture);
        vospi->built = true;
        vospi->segment = segment;
        vospi->picture = picture;
    }
    if (self->model->width_px == 160)
        put_segment(self, lost && vospi->lost == IB_SIM_LOST_NO_SEGMENT ? 0 : number);
}

static const uint8_t *packet_at(struct ib_sim_lepton *self, unsigned index) {
    prepare(self);
    return self->vospi.packets + (size_t)index * self->vospi.packet_bytes;
}

static const uint8_t *discard(struct ib_sim_lepton *self) {
    memset(self->vospi.made, 0xFF, sizeof self->vospi.made);
    return self->vospi.made;
}

/// In step, with the packet faults. *step: packets to go on by.
static const uint8_t *stream_packet(struct ib_sim_lepton *self, unsigned *step) {
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    if (self->now_us < vospi->late_us)
        return discard(self);
    while (vospi->next < vospi->end && ib_sim_lepton_take(self, IB_FAULT_PACKET_DROP))
        vospi->next++;
    if (vospi->next >= vospi->end)
        return discard(self);
    const uint8_t *packet = packet_at(self, vospi->next);
    *step = 1;
    if (vospi->twice) {
        vospi->twice = false;
    } else if (ib_sim_lepton_take(self, IB_FAULT_PACKET_DUPLICATE)) {
        vospi->twice = true;
        *step = 0;
    }
    bool flip = ib_sim_lepton_take(self, IB_FAULT_PACKET_BIT_FLIP);
    bool wrong = ib_sim_lepton_take(self, IB_FAULT_CRC_ERROR);
    if (!flip && !wrong)
        return packet;
    memcpy(vospi->made, packet, vospi->packet_bytes);
    if (flip) {
        uint32_t bit = ib_sim_lepton_random(self) % ((vospi->packet_bytes - 4u) * 8u);
        vospi->made[4 + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    if (wrong)
        vospi->made[3] ^= 0x5A;
    return vospi->made;
}

static const uint8_t *garbage(struct ib_sim_lepton *self) {
    for (size_t i = 0; i < sizeof self->vospi.made; i += 4)
        ib_put_le32(self->vospi.made + i, ib_sim_lepton_random(self));
    return self->vospi.made;
}

static const uint8_t *lost_packet(struct ib_sim_lepton *self, unsigned *step) {
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    if (vospi->lost == IB_SIM_LOST_DISCARDS)
        return discard(self);
    if (vospi->lost == IB_SIM_LOST_GARBAGE)
        return garbage(self);
    if (vospi->lost == IB_SIM_LOST_REPEAT)
        return vospi->end ? packet_at(self, REPEATED_LINE) : discard(self);
    const uint8_t *packet = discard(self);
    if (vospi->next < vospi->end) {
        packet = packet_at(self, vospi->next);
        *step = 1;
    }
    if (vospi->lost == IB_SIM_LOST_SHIFT) {
        uint8_t last = packet[vospi->packet_bytes - 1u];
        memmove(vospi->made + 1, packet, vospi->packet_bytes - 1u);
        vospi->made[0] = vospi->carry;
        vospi->carry = last;
        packet = vospi->made;
    }
    return packet;
}

static const uint8_t *next_packet(struct ib_sim_lepton *self, unsigned *step) {
    *step = 0;
    if (muted(self) || self->vospi.sync == IB_SIM_SYNC_WAIT)
        return discard(self);
    if (self->vospi.sync == IB_SIM_SYNC_STREAM)
        return stream_packet(self, step);
    return lost_packet(self, step);
}

// ---- Bus ----

struct wire {
    uint64_t begin_us;
    uint64_t hz;
    uint64_t rest; ///< of the transfer before
};

static uint64_t wire_us(const struct wire *wire, size_t bytes) {
    return wire->begin_us + (wire->rest + bytes * UINT64_C(8000000)) / wire->hz;
}

static bool streaming(const struct ib_sim_lepton *self) {
    return self->power == IB_SIM_POWER_ON && self->video.running &&
           self->now_us >= self->video.start_us;
}

/// Chip select falls. After a long silence the part starts anew.
static void select(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    bool silent = !vospi->touched || self->now_us - vospi->silent_us >= SILENCE_US;
    vospi->touched = true;
    if (!silent || self->power != IB_SIM_POWER_ON)
        return;
    vospi->sync = IB_SIM_SYNC_WAIT;
    vospi->carry = 0xFF;
    self->faults[IB_FAULT_DESYNC].on = false;
    self->faults[IB_FAULT_BYTE_SLIP].on = false;
}

/// What the data line reads while the part does not drive it, or a fault drives it; -1: the part.
static int line_level(struct ib_sim_lepton *self) {
    if (ib_sim_lepton_has(self, IB_FAULT_MISO_HIGH))
        return 0xFF;
    if (ib_sim_lepton_has(self, IB_FAULT_MISO_LOW))
        return 0;
    if (streaming(self))
        return -1;
    return self->power == IB_SIM_POWER_OFF || self->faults[IB_FAULT_LATCH_UP].on ? 0 : 0xFF;
}

/// One packet, or what is left of the transfer of it. Returns the bytes that passed.
static size_t clock_packet(struct ib_sim_lepton *self, const struct wire *wire, uint8_t *rx,
                           size_t done, size_t left) {
    struct ib_sim_lepton_vospi *vospi = &self->vospi;
    size_t bytes = vospi->packet_bytes;
    size_t now = bytes < left ? bytes : left;
    int level = line_level(self);
    if (!streaming(self)) {
        if (rx)
            memset(rx, level, now);
        ib_sim_lepton_advance(self, wire_us(wire, done + now));
        return now;
    }
    unsigned step;
    uint64_t unit = vospi->unit;
    uint64_t begin_us = self->now_us;
    const uint8_t *packet = next_packet(self, &step);
    if (rx) {
        if (level >= 0)
            memset(rx, level, now);
        else
            memcpy(rx, packet, now);
    }
    if (now < bytes)
        self->violations.partial_packet++;
    ib_sim_lepton_advance(self, wire_us(wire, done + now));
    // The packet counts as read only when the unit was still on offer at its end.
    if (vospi->unit == unit)
        vospi->next += step;
    if (step && vospi->sync == IB_SIM_SYNC_STREAM && self->now_us - begin_us > PACKET_LIMIT_US)
        lose(self);
    return now;
}

static int transfer(void *context, const uint8_t *tx, uint8_t *rx, size_t size) {
    struct ib_sim_lepton *self = context;
    (void)tx; // the part has no data input
    ib_sim_lepton_advance(self, self->clock->now_us);
    select(self);
    struct wire wire = {self->clock->now_us, self->config.spi_hz, self->spi_rest};
    for (size_t done = 0; done < size;)
        done += clock_packet(self, &wire, rx ? rx + done : NULL, done, size - done);
    ib_sim_clock_spend(self->clock, wire_us(&wire, size) - wire.begin_us);
    self->spi_rest = (wire.rest + size * UINT64_C(8000000)) % wire.hz;
    ib_sim_lepton_advance(self, self->clock->now_us);
    self->vospi.silent_us = self->now_us;
    return IB_OK;
}

static const struct ib_spi_ops spi_ops = {transfer};

struct ib_spi ib_sim_lepton_spi(struct ib_sim_lepton *self) {
    return (struct ib_spi){&spi_ops, self, 0};
}
