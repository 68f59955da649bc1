/// A frame: one measurement of the scene, with everything a reader needs to know to trust it.
///
/// Any width and height, 16 bits a pixel, host byte order, rows from the top left without gaps. It
/// is filled in place in a slot of the hub and does not change after it was published.
#ifndef IB_CORE_FRAME_H
#define IB_CORE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_FRAME_TELEMETRY_WORDS 240 ///< rows A, B and C of a Lepton, 80 words each

/// What a pixel's number means.
enum ib_unit {
    IB_UNIT_COUNTS, ///< raw sensor counts: no temperature can be computed from them alone
    IB_UNIT_KELVIN, ///< kelvin = pixel * scale_ck / 100 (TLinear)
    IB_UNIT_GREY8,  ///< 0..255 picture made by the sensor's AGC
};

enum ib_gain { IB_GAIN_HIGH, IB_GAIN_LOW, IB_GAIN_AUTO, IB_GAIN_UNKNOWN };

enum ib_ffc_state { IB_FFC_NEVER, IB_FFC_IMMINENT, IB_FFC_RUNNING, IB_FFC_DONE };

enum ib_frame_flag {
    IB_FRAME_CRC_OK = 1 << 0,      ///< every packet of it had a good CRC
    IB_FRAME_TELEMETRY = 1 << 1,   ///< `telemetry` holds this frame's rows
    IB_FRAME_FFC = 1 << 2,         ///< taken while the shutter was at work: not a view of the scene
    IB_FRAME_AFTER_GAP = 1 << 3,   ///< frames were lost just before it
    IB_FRAME_FFC_DESIRED = 1 << 4, ///< the module asks for an FFC
    IB_FRAME_OVER_TEMP = 1 << 5,   ///< the module will shut down within 10 s
    IB_FRAME_LOCKOUT = 1 << 6,     ///< too hot or cold to move the shutter
};

struct ib_frame {
    uint64_t captured_us;    ///< camera clock when the transfer began that brought the last packet
    uint32_t sequence;       ///< the hub's own count, +1 for each published frame
    uint32_t source_counter; ///< the sensor's own frame counter, 0 without telemetry
    uint32_t uptime_ms;      ///< the sensor's, 0 without telemetry
    uint32_t flags;          ///< enum ib_frame_flag
    uint16_t width_px;
    uint16_t height_px;
    uint16_t scale_ck;   ///< centikelvin per count when the unit is kelvin (1 or 10), else 0
    uint16_t fpa_ck;     ///< sensor temperature, centikelvin, 0 when unknown
    uint16_t housing_ck; ///< housing temperature, centikelvin, 0 when unknown
    uint8_t unit;        ///< enum ib_unit
    uint8_t gain_mode;   ///< enum ib_gain as commanded
    uint8_t gain;        ///< enum ib_gain in effect for this frame
    uint8_t ffc_state;   ///< enum ib_ffc_state
    uint8_t agc;         ///< 1 when the sensor's AGC made the pixels
    uint16_t telemetry[IB_FRAME_TELEMETRY_WORDS];
    uint16_t *pixels;   ///< width_px * height_px, host order
    size_t capacity_px; ///< room behind `pixels`
};

/// Copy everything but the pixel storage: `to` keeps its own `pixels` and `capacity_px`.
/// Errors: IB_E_NO_SPACE when `to` is too small.
int ib_frame_copy(struct ib_frame *to, const struct ib_frame *from);

#ifdef __cplusplus
}
#endif

#endif
