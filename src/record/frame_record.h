/// What a frame is beside its pixels, as bytes: unit, scale, gain, FFC, times, telemetry rows. A
/// film's exact track has one of these with every picture, so that it stays a measurement.
///
/// Little-endian, at fixed places; docs/formats.md lists them. Later versions may add bytes between
/// the facts and the rows. A CRC-32 guards all of it.
#ifndef IB_RECORD_FRAME_RECORD_H
#define IB_RECORD_FRAME_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_FRAME_RECORD_FACTS_BYTES 56
#define IB_FRAME_RECORD_BYTES (IB_FRAME_RECORD_FACTS_BYTES + 2 * IB_FRAME_TELEMETRY_WORDS)

/// Units:  `wall_us` is the Unix time of the capture.
/// Return: the size: without rows when the frame has none.
int ib_frame_record_write(uint8_t out[IB_FRAME_RECORD_BYTES], const struct ib_frame *frame,
                          int64_t wall_us);

/// Fills everything of `frame` but its size and pixels. What is impossible (a unit that does not
/// exist) is an error, not passed on.
/// Errors: IB_E_NOT_FOUND (something else's bytes), IB_E_FORMAT, IB_E_TRUNCATED, IB_E_CRC, IB_E_RANGE;
///         `frame` is as it was then.
int ib_frame_record_read(const uint8_t *bytes, size_t size, struct ib_frame *frame,
                         int64_t *wall_us);

#ifdef __cplusplus
}
#endif

#endif
