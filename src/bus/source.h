/// Where frames come from, as a table: the next frame, and maybe an `ib_cci` and power lines beside
/// it.
///
/// A source is a stepped engine: each step makes at most one bounded transfer and says when to call
/// again, so that capture and control share one loop without losing synchronisation.
#ifndef IB_BUS_SOURCE_H
#define IB_BUS_SOURCE_H

#include <stdint.h>

#include "bus/cci.h"
#include "bus/gpio.h"
#include "core/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What frames will look like; the source needs it before it can capture.
struct ib_source_format {
    uint16_t width_px;
    uint16_t height_px;
    uint8_t telemetry; ///< enum ib_source_telemetry
};

enum ib_source_telemetry { IB_TELEMETRY_OFF, IB_TELEMETRY_HEADER, IB_TELEMETRY_FOOTER };

/// Named counters; they only grow (32 bits, wrapping).
struct ib_source_counters {
    uint32_t packets;   ///< read, discards included
    uint32_t discards;  ///< discard packets
    uint32_t bad_crc;   ///< packets whose CRC differed
    uint32_t bad_order; ///< packet or segment numbers out of order
    uint32_t units;     ///< complete segments (160x120) or frames (80x60) seen, fillers included
    uint32_t fillers;   ///< invalid segments and repeated frames, as the cadence has them
    uint32_t frames;    ///< unique good frames handed out
    uint32_t dropped;   ///< frames given up half-way
    uint32_t resyncs;   ///< synchronisations started
    uint32_t io_errors; ///< transfers that failed
};

struct ib_source_ops {
    /// Begin (or begin anew) delivering frames of this format: synchronises first.
    /// Errors: IB_E_UNSUPPORTED for a format that this source cannot deliver.
    int (*start)(void *context, const struct ib_source_format *format, uint64_t now_us);
    /// Stop clocking; the next start synchronises.
    void (*stop)(void *context);
    /// At most one bounded transfer. `into` is the frame being filled: the same one from call to
    /// call until 1 is returned; NULL makes the source keep in step and drop what it reads.
    /// Return: 1 `into` is complete and good; 0 not yet. Never a torn or CRC-bad frame.
    /// Errors: IB_E_IO when the transfer failed (the source tries again by itself).
    int (*step)(void *context, uint64_t now_us, struct ib_frame *into, uint64_t *due_us);
    /// Fills.
    void (*counters)(void *context, struct ib_source_counters *out);
};

struct ib_source {
    const struct ib_source_ops *ops;
    void *context;
    const struct ib_cci *cci;    ///< NULL when there is none
    const struct ib_gpio *reset; ///< 1 = held in reset; NULL when not wired
    const struct ib_gpio *power; ///< 1 = powered; NULL when not wired
};

#ifdef __cplusplus
}
#endif

#endif
