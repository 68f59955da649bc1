/// A Lepton's frame as the picture that scripts get: 8 bits, mirrored and turned.
///
/// Private to the room.
/// Source: OpenMV firmware 5.0, its Lepton driver as observed; single precision, in this order.
#ifndef IB_OPENMV_CSI_LEPTON_PICTURE_H
#define IB_OPENMV_CSI_LEPTON_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"

struct ib_csi_lepton_look {
    bool hmirror, vflip, transpose; ///< in this order
    float low_c, high_c;            ///< black and white; not for frames of the module's own AGC
    bool stretch; ///< black and white are the least and the greatest of each frame instead
};

/// Fill `out`, width x height of the frame (the other way round when transposed), without gaps.
/// Frames in kelvin are exact. Counts are taken for a module without radiometry, whose mean is what its
/// own sensor measures: about right.
void ib_csi_lepton_picture(const struct ib_frame *frame, const struct ib_csi_lepton_look *look,
                           uint8_t *out);

#endif
