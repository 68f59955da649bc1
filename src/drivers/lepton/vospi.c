/// The VoSPI assembler: which packets make a frame, and which do not.
///
/// It knows packets, segments and copies, not time: when to read and when to resynchronise is
/// capture.c's business. A 160x120 segment says its number only in packet 20, so its first 20
/// packets wait in `head`: an invalid segment never touches the frame. A segment of the frame
/// before, sent again under the right number with good CRCs, is told by its pixels: noise never
/// repeats. Where the picture has no noise (recordings made by programs, saturated scenes) nothing
/// on the wire tells it.
/// Source: Lepton engineering data sheet rev 200, section 4.2.3 (VoSPI protocol).
#include "drivers/lepton/vospi.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/crc16.h"
#include "core/status.h"
#include "drivers/lepton/lepton.h"

enum {
    HEADER_BYTES = 4,
    PAYLOAD_BYTES = IB_VOSPI_PACKET_BYTES - HEADER_BYTES,
    DISCARD_BITS = 0x0F00, // all four set: nothing to send, the rest of the packet is undefined
    NUMBER_BITS = 0x0FFF,
    SEGMENT_SHIFT = 12,
    SEGMENT_MASK = 7,
    SEGMENT_PACKET = 20, // the one whose header carries the segment number
    FFC_STATUS_BITS = 3 << 4,
    FIRST_SIGNED = 4, // packets of a segment that hold pixels wherever the telemetry is
    LAST_SIGNED = 56,
    NOISY_FRAMES = 8, // so many in a row without any segment repeated: the picture has noise
    COPIES = 3,       // an 80x60 module sends every frame three times
};

static bool is_segmented(const struct ib_vospi *self) {
    return self->units_per_frame > 1;
}

/// The CRC runs over the packet with the top four header bits and the CRC field itself as zeros.
static uint16_t header_crc(unsigned number) {
    uint8_t bytes[HEADER_BYTES] = {0};
    ib_put_be16(bytes, (uint16_t)number);
    return ib_crc16(0, bytes, sizeof bytes);
}

static void to_host_order(uint16_t *restrict to, const uint8_t *restrict from) {
    for (size_t i = 0; i < IB_VOSPI_PACKET_PX; i++)
        to[i] = ib_get_be16(from + 2 * i);
}

/// Where the frame's packet `index` (0..243 or 0..62) belongs; NULL when nobody wants it.
static uint16_t *place_of(struct ib_vospi *self, size_t index) {
    size_t row = index - self->telemetry_first;
    if (row < self->telemetry_packets)
        return self->telemetry + row * IB_VOSPI_PACKET_PX;
    if (!self->target)
        return NULL;
    if (self->telemetry_first == 0)
        index -= self->telemetry_packets;
    return self->target->pixels + index * IB_VOSPI_PACKET_PX;
}

static size_t first_index(const struct ib_vospi *self) {
    return (self->segment - (size_t)1) * self->packets_per_unit;
}

// ---- What is lost ----

/// Of an 80x60 frame this is one copy of three.
static void give_up(struct ib_vospi *self) {
    self->counters.dropped++;
    self->lost_units += is_segmented(self) ? COPIES : 1;
}

static void lose_frame(struct ib_vospi *self) {
    self->spoiled = true;
    if (self->counted)
        return;
    self->counted = true;
    give_up(self);
}

static bool in_frame(const struct ib_vospi *self) {
    return self->next_segment > 1 || (self->in_unit && self->segment >= 1 && self->segment <= 4);
}

/// The unit under way is no longer whole. Whether that costs a frame is clear only when it belongs
/// to one.
static void damage(struct ib_vospi *self) {
    if (is_segmented(self)) {
        self->damaged = true;
        if (in_frame(self))
            lose_frame(self);
    } else if (self->in_unit && !self->damaged) {
        self->damaged = true;
        give_up(self);
    }
}

// ---- A whole frame ----

static bool is_repeat(struct ib_vospi *self, const struct ib_lepton_telemetry *telemetry) {
    if (!self->known_last)
        return false;
    if (telemetry) // a frozen picture with a new FFC state is news
        return telemetry->frame_counter == self->last_counter &&
               ((telemetry->status ^ self->last_status) & FFC_STATUS_BITS) == 0;
    if (is_segmented(self)) // the order 1, 2, 3, 4 alone says that it is new
        return false;
    // Equal pixels are a copy, but never more than two of them: a constant scene goes on too.
    if (self->signature != self->last_signature || self->repeats >= COPIES - 1)
        return false;
    self->repeats++;
    return true;
}

/// A counter that goes back while the uptime goes on: rows of another frame.
static bool is_inconsistent(const struct ib_vospi *self,
                            const struct ib_lepton_telemetry *telemetry) {
    if (!self->known_last || !self->seen_frame)
        return false;
    uint32_t forward = telemetry->frame_counter - self->last_counter;
    return forward > UINT32_MAX / 2 && telemetry->uptime_ms >= self->last_uptime_ms;
}

/// A frame of which some segments are the pixels of the frame before and others are not, while every
/// segment of the latest frames was new: it is torn.
static bool is_torn(struct ib_vospi *self) {
    unsigned repeated = self->repeated_segments;
    self->repeated_segments = 0;
    if (!is_segmented(self))
        return false;
    if (repeated == 0) {
        if (self->noisy_frames < NOISY_FRAMES)
            self->noisy_frames++;
        return false;
    }
    bool torn = repeated != 0xF && self->noisy_frames == NOISY_FRAMES;
    self->noisy_frames = 0;
    return torn;
}

static void fill_from_telemetry(struct ib_frame *frame, const struct ib_lepton_telemetry *telemetry,
                                const uint16_t *rows) {
    memcpy(frame->telemetry, rows, sizeof frame->telemetry);
    frame->source_counter = telemetry->frame_counter;
    frame->uptime_ms = telemetry->uptime_ms;
    frame->fpa_ck = telemetry->fpa_ck;
    frame->housing_ck = telemetry->housing_ck;
    frame->gain_mode = telemetry->gain_mode;
    frame->gain = telemetry->gain_effective;
    frame->ffc_state = telemetry->ffc_state;
    frame->agc = telemetry->agc;
    frame->flags |= IB_FRAME_TELEMETRY;
    if (telemetry->ffc_state == IB_FFC_RUNNING)
        frame->flags |= IB_FRAME_FFC;
    if (telemetry->ffc_desired)
        frame->flags |= IB_FRAME_FFC_DESIRED;
    if (telemetry->over_temp)
        frame->flags |= IB_FRAME_OVER_TEMP;
    if (telemetry->lockout)
        frame->flags |= IB_FRAME_LOCKOUT;
    if (telemetry->agc) {
        frame->unit = IB_UNIT_GREY8;
    } else if (telemetry->tlinear) {
        frame->unit = IB_UNIT_KELVIN;
        frame->scale_ck = telemetry->tlinear_resolution ? 1 : 10;
    }
}

static void fill(struct ib_vospi *self, const struct ib_lepton_telemetry *telemetry) {
    struct ib_frame *frame = self->target;
    uint32_t step = telemetry ? telemetry->frame_counter - self->last_counter : 0;
    bool gap = telemetry ? step > 1 : self->lost_units >= COPIES;

    frame->source_counter = 0;
    frame->uptime_ms = 0;
    frame->flags = IB_FRAME_CRC_OK;
    frame->width_px = self->format.width_px;
    frame->height_px = self->format.height_px;
    frame->scale_ck = 0;
    frame->fpa_ck = 0;
    frame->housing_ck = 0;
    frame->unit = IB_UNIT_COUNTS;
    frame->gain_mode = IB_GAIN_UNKNOWN;
    frame->gain = IB_GAIN_UNKNOWN;
    frame->ffc_state = IB_FFC_NEVER;
    frame->agc = 0;
    if (telemetry)
        fill_from_telemetry(frame, telemetry, self->telemetry);
    else
        memset(frame->telemetry, 0, sizeof frame->telemetry);
    if (self->known_last && gap)
        frame->flags |= IB_FRAME_AFTER_GAP;

    if (telemetry) {
        self->last_counter = telemetry->frame_counter;
        self->last_status = telemetry->status;
        self->last_uptime_ms = telemetry->uptime_ms;
    }
    self->last_signature = self->signature;
    self->repeats = 0;
    self->lost_units = 0;
    self->known_last = true;
    self->seen_frame = true;
}

static enum ib_vospi_event finish(struct ib_vospi *self) {
    struct ib_lepton_telemetry decoded;
    struct ib_lepton_telemetry *telemetry = NULL;
    if (self->telemetry_packets) {
        telemetry = &decoded;
        // Not telemetry at all (it stands in the other place), or of another frame.
        if (ib_lepton_telemetry_decode(telemetry, self->telemetry) != IB_OK ||
            is_inconsistent(self, telemetry)) {
            self->counters.bad_order++;
            give_up(self);
            self->seen_frame = false; // believe it when it says so again
            return IB_VOSPI_BAD;
        }
        self->ffc_state = telemetry->ffc_state;
    }
    self->whole_frames++;
    if (is_torn(self)) {
        self->counters.bad_order++;
        give_up(self);
        return IB_VOSPI_BAD;
    }
    if (is_repeat(self, telemetry)) {
        self->counters.fillers++;
        return IB_VOSPI_FILLER;
    }
    if (!self->target) {
        give_up(self);
        return IB_VOSPI_UNIT;
    }
    fill(self, telemetry);
    self->target = NULL;
    self->counters.frames++;
    return IB_VOSPI_FRAME;
}

// ---- Units ----

static void begin_unit(struct ib_vospi *self) {
    self->in_unit = true;
    self->next_packet = 0;
    self->damaged = false;
    self->segment = IB_VOSPI_UNKNOWN;
    self->signature = 0;
    if (!is_segmented(self) && self->spoiled) {
        self->spoiled = false;
        damage(self);
    }
}

static enum ib_vospi_event end_segment(struct ib_vospi *self) {
    unsigned segment = self->segment;
    bool damaged = self->damaged;
    if (segment > 4) { // not known, or none that exists: any segment may come next
        self->spoiled = true;
        return IB_VOSPI_MORE;
    }
    if (!damaged)
        self->counters.units++;
    if (segment >= 1 && !damaged) {
        uint32_t *before = &self->segment_signatures[segment - 1];
        if (*before == self->signature)
            self->repeated_segments |= (uint8_t)(1u << (segment - 1));
        else
            self->repeated_segments &= (uint8_t) ~(1u << (segment - 1));
        *before = self->signature;
    }
    self->next_segment = segment == 0 || segment == 4 ? 1 : (uint8_t)(segment + 1);
    if (segment == 0) {
        if (damaged)
            return IB_VOSPI_MORE;
        self->counters.fillers++;
        return IB_VOSPI_FILLER;
    }
    if (segment < 4)
        return damaged ? IB_VOSPI_MORE : IB_VOSPI_UNIT;
    // A spoiled frame stays so until 0 or 1 comes: in the order 1, 2, 4, 3 the last is no new
    // fault.
    if (self->spoiled)
        return damaged ? IB_VOSPI_MORE : IB_VOSPI_UNIT;
    return finish(self);
}

static enum ib_vospi_event end_unit(struct ib_vospi *self) {
    self->in_unit = false;
    self->next_packet = 0;
    if (is_segmented(self))
        return end_segment(self);
    if (self->damaged)
        return IB_VOSPI_MORE;
    self->counters.units++;
    return finish(self);
}

/// Packet 20 has told the segment's number.
/// Return: false when it is out of order. While a frame is spoiled, what is left of it is nothing
///         new to complain about.
static bool take_segment(struct ib_vospi *self, unsigned segment) {
    bool expected = true;
    self->segment = (uint8_t)segment;
    if (segment <= 1) {
        if (self->next_segment > 1 && !self->spoiled) { // the frame before was cut short
            expected = false;
            lose_frame(self);
        }
        self->next_segment = 1;
        self->spoiled = false;
        self->counted = false;
        if (segment == 1 && self->damaged)
            lose_frame(self);
    } else if (segment > 4) {
        expected = false;
        if (self->next_segment > 1)
            lose_frame(self);
        self->damaged = true;
    } else if (self->spoiled) {
        lose_frame(self);
    } else if (segment != self->next_segment) {
        expected = false;
        lose_frame(self);
    }
    if (!expected)
        self->counters.bad_order++;
    return expected;
}

static void store(struct ib_vospi *self, size_t index, const uint8_t *payload) {
    uint16_t *to = place_of(self, index);
    if (to)
        to_host_order(to, payload);
}

static void store_head(struct ib_vospi *self) {
    size_t first = first_index(self);
    for (size_t i = 0; i < IB_VOSPI_HEAD_PACKETS; i++) {
        uint16_t *to = place_of(self, first + i);
        if (to)
            memcpy(to, self->head + i * IB_VOSPI_PACKET_PX, PAYLOAD_BYTES);
    }
}

/// A good packet, and it is the one expected (or the numbering was set to it).
static enum ib_vospi_event take(struct ib_vospi *self, const uint8_t *packet) {
    const uint8_t *payload = packet + HEADER_BYTES;
    size_t number = self->next_packet++;
    bool expected = true;
    if (!is_segmented(self) || (number >= FIRST_SIGNED && number <= LAST_SIGNED))
        self->signature = (self->signature ^ ib_get_be16(packet + 2)) * 0x01000193u; // FNV-1
    if (!is_segmented(self)) {
        store(self, number, payload);
    } else if (number < SEGMENT_PACKET) {
        to_host_order(self->head + number * IB_VOSPI_PACKET_PX, payload);
    } else {
        if (number == SEGMENT_PACKET && self->segment == IB_VOSPI_UNKNOWN)
            expected = take_segment(self, (packet[0] >> (SEGMENT_SHIFT - 8)) & SEGMENT_MASK);
        if (!self->spoiled && self->segment >= 1 && self->segment <= 4) {
            if (number == SEGMENT_PACKET)
                store_head(self);
            store(self, first_index(self) + number, payload);
        }
    }
    if (self->next_packet < self->packets_per_unit)
        return expected ? IB_VOSPI_MORE : IB_VOSPI_BAD;
    return end_unit(self);
}

/// A damaged packet takes the place of the expected one: the stream is still in step.
static enum ib_vospi_event miss(struct ib_vospi *self) {
    self->counters.bad_crc++;
    if (!self->in_unit)
        return IB_VOSPI_BAD;
    damage(self);
    if (++self->next_packet == self->packets_per_unit)
        end_unit(self);
    return IB_VOSPI_BAD;
}

/// Not the packet expected. If it is a good one, the numbering follows it: the rest of the unit is
/// lost, but its segment number and its end are still worth knowing.
static enum ib_vospi_event stray(struct ib_vospi *self, const uint8_t *packet, unsigned number) {
    uint16_t crc = ib_crc16(header_crc(number), packet + HEADER_BYTES, PAYLOAD_BYTES);
    if (crc != ib_get_be16(packet + 2))
        return miss(self);
    self->counters.bad_order++;
    damage(self);
    if (number >= self->packets_per_unit) {
        // More packets a unit than the format says: an 80x60 unit that looks whole is not to be
        // trusted either, its first rows may be telemetry.
        if (self->in_unit)
            end_unit(self);
        if (!is_segmented(self))
            self->spoiled = true;
        return IB_VOSPI_BAD;
    }
    if (number == 0) {
        end_unit(self);
        begin_unit(self);
    } else {
        if (!self->in_unit) {
            begin_unit(self);
            damage(self);
        }
        self->next_packet = (uint8_t)number;
    }
    take(self, packet);
    return IB_VOSPI_BAD;
}

enum ib_vospi_event ib_vospi_feed(struct ib_vospi *self, const uint8_t *packet) {
    unsigned id = ib_get_be16(packet);
    self->counters.packets++;
    if ((id & DISCARD_BITS) == DISCARD_BITS) {
        self->counters.discards++;
        return IB_VOSPI_DISCARD;
    }
    unsigned number = id & NUMBER_BITS;
    if (number != self->next_packet)
        return stray(self, packet, number);
    if (number == 0)
        begin_unit(self);
    if (ib_crc16(self->header_crc[number], packet + HEADER_BYTES, PAYLOAD_BYTES) !=
        ib_get_be16(packet + 2))
        return miss(self);
    return take(self, packet);
}

// ---- Set-up ----

void ib_vospi_target(struct ib_vospi *self, struct ib_frame *target) {
    if (target == self->target)
        return;
    if (target)
        IB_ASSERT(target->pixels &&
                  target->capacity_px >= (size_t)self->format.width_px * self->format.height_px);
    if (is_segmented(self) ? in_frame(self) : self->in_unit)
        damage(self);
    self->target = target;
}

void ib_vospi_reset(struct ib_vospi *self) {
    self->in_unit = false;
    self->next_packet = 0;
    self->damaged = false;
    self->segment = IB_VOSPI_UNKNOWN;
    self->next_segment = 1;
    // Nobody knows yet where in a frame the stream is joined.
    self->spoiled = is_segmented(self);
    self->counted = is_segmented(self);
    self->seen_frame = false;
    self->lost_units += COPIES;
}

int ib_vospi_init(struct ib_vospi *self, const struct ib_source_format *format) {
    bool small = format->width_px == 80 && format->height_px == 60;
    bool large = format->width_px == 160 && format->height_px == 120;
    if ((!small && !large) || format->telemetry > IB_TELEMETRY_FOOTER)
        return IB_E_UNSUPPORTED;
    memset(self, 0, sizeof *self);
    self->format = *format;
    self->units_per_frame = large ? 4 : 1;
    self->packets_per_unit = 60;
    if (format->telemetry != IB_TELEMETRY_OFF) {
        self->telemetry_packets = large ? 4 : 3;
        self->packets_per_unit = large ? 61 : 63;
    }
    // Footer: behind 240 (or 60) packets of pixels.
    if (format->telemetry == IB_TELEMETRY_FOOTER)
        self->telemetry_first = large ? 240 : 60;
    for (unsigned i = 0; i < self->packets_per_unit; i++)
        self->header_crc[i] = header_crc(i);
    ib_vospi_reset(self);
    return IB_OK;
}
