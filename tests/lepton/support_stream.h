/// A small Lepton video output for tests: packets with a cadence, on a virtual clock, that can be
/// told to misbehave. Written from the engineering data sheet (rev 200, section 4.2) alone; it
/// shares no code with the driver but the tables of functions.
#ifndef IB_TESTS_LEPTON_SUPPORT_STREAM_H
#define IB_TESTS_LEPTON_SUPPORT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/source.h"
#include "bus/spi.h"

#define STREAM_BYTES 164
#define STREAM_PX (160 * 120)

enum stream_fault_kind {
    STREAM_DROP,      // this packet is left out
    STREAM_REPEAT,    // this packet comes twice
    STREAM_FLIP,      // one payload bit of it is wrong
    STREAM_SEGMENT,   // packet 20 says segment `value`
    STREAM_LATE,      // the unit becomes readable `value` microseconds later
    STREAM_TRUNCATED, // the unit ends after this packet
    STREAM_SWAP,      // the unit carries the segment that unit + value should
    STREAM_COUNTER,   // the telemetry frame counter is off by (int32) `value`
};

struct stream_fault {
    enum stream_fault_kind kind;
    uint32_t unit;
    uint32_t packet;
    uint32_t value;
};

enum stream_line { STREAM_FINE, STREAM_LOW, STREAM_HIGH, STREAM_GARBAGE, STREAM_SLIPPED };

enum stream_lost { STREAM_LOST_DISCARDS, STREAM_LOST_GARBAGE, STREAM_LOST_REPEATS };

struct stream {
    // What it is.
    bool large;
    enum ib_source_telemetry telemetry;
    uint32_t seed;
    // How its pixels and rows look.
    uint32_t status; // telemetry status bits besides the FFC state
    bool tlinear;
    bool fine;                       // TLinear in 0.01 K
    bool constant;                   // every frame has the same pixels
    uint32_t freeze_from, freeze_to; // frames of an FFC: picture and counter stand, state is 2
    // How it misbehaves.
    uint32_t packet_us; // wire time of a packet
    uint32_t jitter_us;
    uint32_t period_pct; // of the nominal one, 100 when 0
    struct stream_fault faults[16];
    unsigned fault_count;
    enum stream_line line; // between line_from_us and line_to_us
    uint64_t line_from_us, line_to_us;
    uint64_t silent_from_us, silent_to_us; // nothing to send: discards only
    enum stream_lost lost;
    int fail_at; // the n-th transfer fails (1 is the first), 0 none

    // Its state.
    uint64_t now_us;
    uint64_t last_us; // end of the last transfer
    uint32_t unit;    // the next one to become readable
    enum { STREAM_ASLEEP, STREAM_WAITING, STREAM_SENDING, STREAM_OUT_OF_STEP } state;
    uint8_t packets[80][STREAM_BYTES];
    unsigned packet_count, packet_next;
    uint32_t noise;
    // What it saw.
    uint32_t transfers;
    uint32_t times_lost; // the reader was too slow
    size_t longest_bytes;
};

void stream_init(struct stream *self, bool large, enum ib_source_telemetry telemetry);
void stream_fault(struct stream *self, enum stream_fault_kind kind, uint32_t unit, uint32_t packet,
                  uint32_t value);

unsigned stream_packets_per_unit(const struct stream *self);
/// The frame a unit belongs to (L3: twelve units a frame, L2: three), and its telemetry counter.
uint32_t stream_frame_of(const struct stream *self, uint32_t unit);
uint32_t stream_counter_of(const struct stream *self, uint32_t frame);
/// The pixel a good frame with this counter has.
uint16_t stream_pixel(const struct stream *self, uint32_t counter, unsigned index);
/// One packet as it would be sent, faults aside.
void stream_packet(const struct stream *self, uint32_t unit, unsigned number, uint8_t *out);
/// Header bits, payload as they are: make the CRC right.
void stream_seal(uint8_t *packet);

/// The bus to it. Reading moves its clock.
struct ib_spi stream_spi(struct stream *self);

#endif
