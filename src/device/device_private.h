/// What device.c, device_faults.c and device_watch.c share.
#ifndef IB_DEVICE_DEVICE_PRIVATE_H
#define IB_DEVICE_DEVICE_PRIVATE_H

#include "device/device.h"

static inline void ib_device_sooner(uint64_t *due_us, uint64_t us) {
    if (us < *due_us)
        *due_us = us;
}

/// Look at the camera: the end of start-up, good frames, faults 4, 5 and 7.
void ib_device_watch(struct ib_device *self, const struct ib_camera_state *camera, uint64_t now_us,
                     uint64_t *due_us);
/// Bring the faults up to what their sources say; tell what came and went.
void ib_device_refresh_faults(struct ib_device *self);

#endif
