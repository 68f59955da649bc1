/// The image JSON: what tCam sends for a frame and what a .tjsn file holds. Writer and reader.
///
/// {"metadata":{"Camera","Model","Version","Time","Date"},"radiometric":B64,"telemetry":B64}
/// in that order, tightly printed; pixels and telemetry are little-endian 16-bit words.
#ifndef IB_RECORD_IMAGE_JSON_H
#define IB_RECORD_IMAGE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_IMAGE_JSON_PX (160u * 120u) ///< every tCam image has this many pixels

/// Room that is always enough for one 160x120 image with names of up to 32 characters, all escaped.
#define IB_IMAGE_JSON_BYTES 52736

struct ib_image_metadata {
    char camera[33];
    uint32_t model;
    char version[32];
    char time[24]; ///< "H:MM:SS.m"
    char date[24]; ///< "M/D/YY"
};

/// Write the JSON of one frame (no delimiters, no terminator). An 80x60 frame is pixel-doubled to
/// 160x120.
/// Return: the size.
/// Errors: IB_E_NO_SPACE, IB_E_UNSUPPORTED for another size.
/// Cost:   one pass over the pixels, no allocation.
int ib_image_json_write(char *out, size_t capacity, const struct ib_frame *frame,
                        const struct ib_image_metadata *metadata);

/// Read one image JSON of `size` bytes. Fills `frame` (pixels into its storage; telemetry, unit,
/// scale, gain, AGC, FFC state from the telemetry words) and `metadata` (may be NULL; missing
/// members become empty).
/// Return: IB_OK.
/// Errors: IB_E_FORMAT, IB_E_TYPE, IB_E_NOT_FOUND (no `radiometric`), IB_E_RANGE (not 160x120
///         pixels or 240 telemetry words), IB_E_NO_SPACE. `where`, when not NULL, names the member.
int ib_image_json_read(const char *text, size_t size, struct ib_frame *frame,
                       struct ib_image_metadata *metadata, const char **where);

#ifdef __cplusplus
}
#endif

#endif
