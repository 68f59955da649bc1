/// The Lepton as csi.CSI sees it: its modes are asked of its owner, its frames are read from the hub.
///
/// Private to the room but for the state, which the board holds. The module is never rebooted for a
/// script: others watch it too. A mode is the owner's wanted state, and is there when a frame says so.
/// Source: OpenMV firmware 5.0, its Lepton driver as observed.
#ifndef IB_OPENMV_CSI_LEPTON_H
#define IB_OPENMV_CSI_LEPTON_H

#include "camera/camera.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CSI_LEPTON_LOW_C (-10.0f) ///< no range begins lower
#define IB_CSI_LEPTON_HIGH_C 140.0f  ///< … or ends higher
#define IB_CSI_LEPTON_HOT_C 600.0f   ///< … in high temperature mode
#define IB_CSI_LEPTON_RANGE_HIGH_C 40.0f

/// A mode, as scripts set it.
struct ib_csi_lepton_mode {
    bool measurement; ///< temperatures instead of the module's own picture
    bool high;        ///< low gain
};

struct ib_csi_lepton {
    struct ib_csi_lepton_mode mode;
    float low_c, high_c;
    bool radiometry;  ///< the module said so after the mode was set
    bool configured;  ///< the mode has been asked for in this life
    unsigned retries; ///< left, of a snapshot to which no frame comes
    uint32_t seen;    ///< sequence of the latest frame that was delivered
    uint64_t detect_until_us;
    bool wrong;        ///< frames of another mode come …
    uint64_t wrong_us; ///< … since

    /// Asking the owner. The request is posted while `posted`: it must not be touched before it is
    /// answered, whatever became of the script that wanted it.
    struct ib_camera_request request;
    bool posted;
    bool stale; ///< nobody wants its answer any more
    uint16_t command;
    uint32_t command_words;
    bool waiting_for_boot;
    int step; ///< of the mode under way
    struct ib_csi_lepton_mode asked;
    /// The module has refused the mode, as recordings do: its frames stay what they are. Where it should make
    /// the picture, one is made of what it sends.
    bool fixed;
    uint64_t step_limit_us;
    uint64_t retry_us;    ///< the owner was busy with itself: ask again then
    uint32_t frame_after; ///< the mode is there with a frame behind this one
    uint16_t words[IB_CCI_MAX_WORDS];
};

#ifdef __cplusplus
}
#endif

#endif
