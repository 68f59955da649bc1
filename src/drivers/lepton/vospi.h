/// VoSPI: packets in, frames out. A pure engine: no bus, no clock.
///
/// Every packet's CRC, number and segment is checked; a frame is complete only when segments 1, 2,
/// 3, 4 (or one 80x60 unit) arrived whole, in order and undamaged. Anything else drops what was
/// begun.
/// Source: Lepton engineering data sheet rev 200, section 4.2; telemetry section 4.2.2.
#ifndef IB_DRIVERS_LEPTON_VOSPI_H
#define IB_DRIVERS_LEPTON_VOSPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/source.h"
#include "core/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_VOSPI_PACKET_BYTES 164
#define IB_VOSPI_PACKET_PX 80
#define IB_VOSPI_UNKNOWN 0xFF

enum ib_vospi_event {
    IB_VOSPI_MORE,    ///< a good packet, the unit goes on
    IB_VOSPI_DISCARD, ///< a discard packet: nothing to send yet
    IB_VOSPI_UNIT,    ///< a segment of the frame is complete
    IB_VOSPI_FILLER,  ///< a unit is complete that carries nothing new (invalid segment, repeated
                      ///< frame)
    IB_VOSPI_FRAME,   ///< the frame is complete: pixels and telemetry are in the target
    IB_VOSPI_BAD,     ///< CRC or order: what was begun is dropped
};

#define IB_VOSPI_HEAD_PACKETS 20 ///< of a segment, before its number is known
#define IB_VOSPI_MAX_PACKETS 63  ///< of a unit: 80x60 with telemetry

/// Its fields are the engine's own; capture.c, in the same room, reads some.
struct ib_vospi {
    struct ib_source_format format;
    struct ib_frame *target;
    struct ib_source_counters counters;
    uint8_t packets_per_unit;
    uint8_t units_per_frame;
    uint8_t telemetry_packets; ///< 0, 3 (80x60) or 4 (160x120)
    uint8_t telemetry_first;   ///< where they stand among the frame's packets
    uint8_t next_packet;       ///< expected in the unit under way
    uint8_t segment;           ///< of the unit under way, as packet 20 said, or IB_VOSPI_UNKNOWN
    uint8_t next_segment;      ///< 1..4; what the next segment must be, fillers aside
    uint8_t repeats;           ///< 80x60 without telemetry: copies seen of the latest frame
    uint8_t ffc_state;         ///< enum ib_ffc_state of the latest whole frame's telemetry
    bool in_unit;              ///< packet 0 has been seen
    bool damaged;              ///< the unit under way has lost packets
    bool spoiled;              ///< the frame under way (80x60: the next) cannot complete
    bool counted;              ///< ... and is in `dropped` already
    bool seen_frame;           ///< since the reset: from here on the counter must not go back
    bool known_last;           ///< a frame was handed out; the next four are about it
    uint32_t last_counter;     ///< of the module's frames
    uint32_t last_status;
    uint32_t last_uptime_ms;
    uint32_t last_signature;
    uint32_t signature; ///< over the CRCs of the unit's pixels: tells copies without telemetry
    uint32_t segment_signatures[4]; ///< of each segment's latest pixels
    uint8_t repeated_segments;      ///< bit n: segment n + 1 came with the pixels it had before
    uint8_t noisy_frames;           ///< frames in a row of which every segment was new
    uint32_t lost_units;            ///< since the latest frame handed out; three make a frame
    uint32_t whole_frames; ///< good and complete, copies and those without a target included
    uint16_t header_crc[IB_VOSPI_MAX_PACKETS]; ///< CRC of the four bytes before the pixels
    uint16_t telemetry[4 * IB_VOSPI_PACKET_PX];
    uint16_t head[IB_VOSPI_HEAD_PACKETS * IB_VOSPI_PACKET_PX]; ///< until the segment is known
};

/// Errors: IB_E_UNSUPPORTED for a size that is neither 80x60 nor 160x120.
int ib_vospi_init(struct ib_vospi *self, const struct ib_source_format *format);

/// The frame to fill; NULL drops pixels but keeps in step. Kept until IB_VOSPI_FRAME or the next
/// call. Changing it in the middle of a frame spoils that frame.
void ib_vospi_target(struct ib_vospi *self, struct ib_frame *target);

/// One packet of IB_VOSPI_PACKET_BYTES.
/// Cost:   one CRC and one copy.
enum ib_vospi_event ib_vospi_feed(struct ib_vospi *self, const uint8_t *packet);

/// Forget what was begun (after a resync).
void ib_vospi_reset(struct ib_vospi *self);

#ifdef __cplusplus
}
#endif

#endif
