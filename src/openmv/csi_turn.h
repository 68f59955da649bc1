/// Transpose a frame of a sensor that cannot do it by itself.
///
/// Private to the room.
#ifndef IB_OPENMV_CSI_TURN_H
#define IB_OPENMV_CSI_TURN_H

#include <stdint.h>

/// `to` becomes height x width; pixels of 1 or 2 bytes. The two do not overlap.
void ib_csi_turn(uint8_t *to, const uint8_t *from, int32_t width_px, int32_t height_px,
                 uint32_t pixel_bytes);

#endif
