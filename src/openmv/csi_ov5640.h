/// The colour sensor as csi.CSI sees it: what scripts say, in the driver's words.
///
/// Private to the room but for the state, which the board holds.
#ifndef IB_OPENMV_CSI_OV5640_H
#define IB_OPENMV_CSI_OV5640_H

#include "drivers/ov5640/ov5640.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_csi_ov5640 {
    struct ib_ov5640 part;
    bool powering; ///< switched on for the first look …
    bool looked;   ///< … which is over
    uint64_t awake_us;
    bool loading;  ///< the lens' program is on its way
    bool answered; ///< its chip id was read
    bool resetting;
    uint64_t until_us; ///< of what is asked of the lens
};

#ifdef __cplusplus
}
#endif

#endif
