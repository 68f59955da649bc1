/// The inside of `struct ib_csi_board`: here only so that callers can own the memory. Nothing in it is
/// public.
#ifndef IB_OPENMV_CSI_PRIVATE_H
#define IB_OPENMV_CSI_PRIVATE_H

#include "openmv/csi.h"
#include "openmv/csi_lepton.h"
#include "openmv/csi_ov5640.h"
#include "openmv/csi_soft.h"

struct ib_csi_board {
    const struct ib_openmv_hands *hands;
    const struct ib_clock *clock;
    uint8_t *work;
    size_t work_bytes;
    bool pulled;        ///< the line that resets all sensors has been pulled …
    uint64_t pulled_us; ///< … last then
    struct ib_csi sensors[IB_CSI_SENSORS];
    struct ib_csi_ov5640 ov5640;
    struct ib_csi_lepton lepton;
    struct ib_csi_soft soft;
};

#endif
