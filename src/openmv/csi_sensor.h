/// What a kind of sensor brings to csi.h. All functions are called from the script's thread.
///
/// Private to the room. NULL where a sensor has nothing to do; `unsupported` where it cannot.
#ifndef IB_OPENMV_CSI_SENSOR_H
#define IB_OPENMV_CSI_SENSOR_H

#include "openmv/csi.h"

struct ib_csi_sensor_ops {
    const char *name;
    uint8_t address; ///< on the camera bus, 7 bits
    bool auxiliary;  ///< never what csi.CSI() alone means
    bool raw_output;
    uint32_t clock_hz;   ///< that the board gives it; 0: none
    uint32_t timeout_us; ///< without a frame for so long, a snapshot fails
    /// Return: 1 there, `chip_id` filled; 0 look again at `*due_us`. Errors: IB_CSI_E_DETECT.
    int (*detect)(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us);
    /// The line has been pulled when it had to be. `began`: go on with it.
    /// Return: 1 done, 0 call again.
    int (*reset)(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us);
    /// A script's life has ended.
    void (*forget)(struct ib_csi *csi);
    int (*shutdown)(struct ib_csi *csi, bool on);
    int (*sleep)(struct ib_csi *csi, bool on);
    int (*set_pixformat)(struct ib_csi *csi, uint32_t pixformat);
    int (*set_framesize)(struct ib_csi *csi, int32_t width_px, int32_t height_px);
    int (*set_mirror)(struct ib_csi *csi, bool hmirror, bool vflip);
    /// Errors: IB_CSI_E_CONTROL: it refused.
    int (*control)(struct ib_csi *csi, enum ib_csi_control control, const int32_t values[3]);
    int (*set_auto)(struct ib_csi *csi, enum ib_csi_auto which, bool on,
                    const struct ib_csi_manual *manual);
    int (*get_auto)(struct ib_csi *csi, enum ib_csi_auto which, struct ib_csi_manual *out);
    /// Whether it can take pictures as it is set.
    int (*check)(struct ib_csi *csi);
    /// A snapshot begins.
    void (*begin)(struct ib_csi *csi, uint64_t now_us);
    int (*start)(struct ib_csi *csi, uint64_t now_us);
    void (*stop)(struct ib_csi *csi);
    /// Return: 1 a picture; 0 none yet, look again at `*due_us`. `pixels` are then as they were, or
    ///         csi->pending is cleared.
    int (*take)(struct ib_csi *csi, uint64_t now_us, struct ib_csi_taken *taken, uint64_t *due_us);
    /// Nothing came in time. Return: 0 it tries once more, with as much time; or the error.
    int (*timed_out)(struct ib_csi *csi, uint64_t now_us);
    /// Do csi->ioctl. Return: 1 done, 0 call again (`began` is then true).
    int (*ask)(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us);
    int (*read_register)(struct ib_csi *csi, uint16_t address);
    int (*write_register)(struct ib_csi *csi, uint16_t address, uint16_t value);
};

extern const struct ib_csi_sensor_ops ib_csi_ov5640_ops;
extern const struct ib_csi_sensor_ops ib_csi_lepton_ops;
extern const struct ib_csi_sensor_ops ib_csi_soft_ops;

/// Bytes of a pixel, 0 for streams.
static inline int32_t ib_csi_pixel_bytes(uint32_t pixformat) {
    return pixformat & IB_PIXFORMAT_COMPRESSED ? 0 : (int32_t)(pixformat & 0xFF);
}

/// Divide the frame buffer for what is set, if it is not yet.
int ib_csi_divide(struct ib_csi *self);
/// No capture in the background any more.
void ib_csi_stop(struct ib_csi *self);
int ib_csi_step_capture(struct ib_csi *self, uint64_t now_us, uint64_t *due_us);

#endif
