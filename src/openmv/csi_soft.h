/// A sensor of numbers: every size, a picture that follows from its number. For tests, and for a
/// machine without cameras.
///
/// Source: OpenMV firmware 5.0, its software sensor as observed.
#ifndef IB_OPENMV_CSI_SOFT_H
#define IB_OPENMV_CSI_SOFT_H

#include <stdint.h>

struct ib_csi_soft {
    uint32_t step;    ///< pictures since the reset
    uint64_t next_us; ///< when there is a picture again
};

#endif
