/// CPTV 2, written: the sections of a recording as plain bytes, to be gzipped and appended in order.
///
/// First the header, then a section for each frame. A section is a whole record: the bytes so far
/// are a valid recording after each.
#ifndef IB_RECORD_CPTV_WRITE_H
#define IB_RECORD_CPTV_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "record/cptv.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Room that is always enough for a header, and for a frame of `px` pixels: neighbours' differences
/// of differences need 18 bits at worst.
#define IB_CPTV_HEADER_BYTES 512
#define IB_CPTV_FRAME_BYTES(px) (80 + ((size_t)(px)*18 + 7) / 8)

/// The start of a recording of `header->width_px` x `header->height_px`. Empty texts and a frame
/// rate or serial number of 0 are left out; `version` is not looked at.
/// Return: the size.
/// Errors: IB_E_NO_SPACE, IB_E_RANGE for a width or height of 0.
int ib_cptv_write_header(uint8_t *out, size_t capacity, const struct ib_cptv_header *header);

/// One frame's section. `before` holds the pixels of the frame before (zeros for the first) and
/// takes this frame's: keep it, and write every frame in order.
/// Units:  `frame`: as read back; `time_us` is not looked at, temperatures that are NaN and a
///         `last_ffc_ms` of 0 are left out.
/// Return: the size.
/// Errors: IB_E_NO_SPACE, with `before` as it was.
/// Cost:   three passes over the pixels.
int ib_cptv_write_frame(uint8_t *out, size_t capacity, const struct ib_cptv_frame *frame,
                        const uint16_t *pixels, uint16_t *before, uint16_t width_px,
                        uint16_t height_px);

#ifdef __cplusplus
}
#endif

#endif
