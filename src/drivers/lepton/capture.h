/// Capture: clocks VoSPI packets out of a Lepton at the right moments and keeps in step with it.
///
/// An `ib_source` over an `ib_spi`. After synchronising (chip select high for over 185 ms) it reads
/// every unit, fillers included, and sleeps in the slack between units. Loss of synchronisation
/// (wrong order, discards without end, the same packet for ever) leads to a resync by itself; every
/// one is counted.
/// Source: Lepton engineering data sheet rev 200, section 4.2.3; fact sheet docs/lepton.md.
#ifndef IB_DRIVERS_LEPTON_CAPTURE_H
#define IB_DRIVERS_LEPTON_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/source.h"
#include "bus/spi.h"
#include "drivers/lepton/vospi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_LEPTON_BURST_PACKETS                                                                    \
    20 ///< packets a transfer: 3,280 bytes, below spidev's shipped 4,096

/// Its fields are the engine's own.
struct ib_lepton_capture {
    const struct ib_spi *spi;
    struct ib_vospi vospi;
    int state;
    uint64_t next_us;      ///< when the next transfer is due
    uint64_t unit_us;      ///< when the unit under way began, as well as is known
    uint64_t quiet_us;     ///< when a look last showed that the next has not begun, 0: none did
    uint64_t unit_good_us; ///< when a good unit last ended
    uint64_t dirty_us;     ///< when something but discards came since, 0: nothing did
    uint64_t late_us;      ///< when it showed that a unit was not read in time, 0: none such
    uint64_t frame_us;     ///< when a whole good frame last ended, copies included
    uint64_t burst_us;     ///< when `burst` was read
    uint32_t whole_frames; ///< as the assembler's, at the last look
    uint32_t bad_order;    ///< likewise
    uint32_t bad_packets;  ///< in a row
    uint16_t bad_units;    ///< in a row
    bool in_step;          ///< a good unit has been seen since the synchronisation
    bool unit_blamed;      ///< the unit under way is in `bad_units` already
    bool reading;          ///< the latest burst held more than discards
    uint16_t burst_limit;  ///< packets a transfer, as the bus allows
    uint16_t burst_packets;
    uint16_t burst_next; ///< first one not fed yet (a frame may end inside a burst)
    uint8_t burst[IB_LEPTON_BURST_PACKETS * IB_VOSPI_PACKET_BYTES];
};

/// Make an `ib_source` (without cci, reset, power: the caller adds them). `spi` is kept.
///
/// `start` answers IB_E_UNSUPPORTED for a size no Lepton has, or a bus that cannot transfer one
/// packet at once. A failed transfer counts and leads to a resync. The counters outlive `start`.
void ib_lepton_capture_init(struct ib_lepton_capture *self, const struct ib_spi *spi,
                            struct ib_source *out);

#ifdef __cplusplus
}
#endif

#endif
