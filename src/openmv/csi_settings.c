/// What a sensor is set to, and what scripts may not set.
#include <string.h>

#include "core/status.h"
#include "image/palette.h"
#include "openmv/csi_sensor.h"

#define SETTLE_US 100000

static void settle(struct ib_csi *self, uint64_t now_us) {
    if (self->delays)
        self->settled_us = now_us + SETTLE_US;
    self->job = IB_CSI_SETTLING;
}

/// Whether the board's line buffer holds a line of it.
static bool line_fits(uint32_t pixformat, int32_t width_px) {
    return (int64_t)width_px * ib_csi_pixel_bytes(pixformat) <= IB_CSI_LINE_BYTES;
}

int ib_csi_set_pixformat(struct ib_csi *self, uint32_t pixformat, uint64_t now_us) {
    bool unturnable = pixformat == IB_PIXFORMAT_YUV422 || pixformat == IB_PIXFORMAT_JPEG;
    if (pixformat == 0 || !self->ops->set_pixformat)
        return IB_CSI_E_PIXFORMAT;
    if (pixformat == self->pixformat)
        return IB_OK;
    if (unturnable && (self->transpose || self->auto_rotation))
        return IB_CSI_E_FORMAT_OPERATION;
    if (self->framesize != IB_CSI_SIZE_NONE && !line_fits(pixformat, self->width_px))
        return IB_CSI_E_FRAMESIZE;
    ib_csi_stop(self);
    int status = self->ops->set_pixformat(self, pixformat);
    if (status < 0)
        return status;
    self->pixformat = pixformat;
    if (pixformat == IB_PIXFORMAT_JPEG && self->framesize != IB_CSI_SIZE_NONE) {
        self->window = (struct ib_rect){0, 0, self->width_px, self->height_px};
        self->divided = false;
    }
    settle(self, now_us);
    return IB_OK;
}

int ib_csi_set_framesize(struct ib_csi *self, int number, int32_t width_px, int32_t height_px,
                         uint64_t now_us) {
    if (number != IB_CSI_SIZE_CUSTOM && !ib_csi_size_find(number, &width_px, &height_px))
        return IB_CSI_E_FRAMESIZE;
    if (width_px < 1 || height_px < 1 || width_px > IB_IMAGE_MAX_PX ||
        height_px > IB_IMAGE_MAX_PX || !line_fits(self->pixformat, width_px))
        return IB_CSI_E_FRAMESIZE;
    ib_csi_stop(self);
    int status =
        self->ops->set_framesize ? self->ops->set_framesize(self, width_px, height_px) : IB_OK;
    if (status < 0)
        return status;
    self->framesize = number;
    self->width_px = width_px;
    self->height_px = height_px;
    self->window = (struct ib_rect){0, 0, width_px, height_px};
    self->divided = false;
    status = ib_csi_divide(self);
    settle(self, now_us);
    return status;
}

int ib_csi_set_framerate(struct ib_csi *self, int32_t hz) {
    if (hz < 1)
        return IB_CSI_E_FRAMERATE;
    self->framerate_hz = (uint32_t)hz;
    return IB_OK;
}

int ib_csi_set_window(struct ib_csi *self, struct ib_rect window) {
    if (self->framesize == IB_CSI_SIZE_NONE)
        return IB_CSI_E_FRAMESIZE;
    if (self->pixformat == IB_PIXFORMAT_JPEG)
        return IB_CSI_E_FORMAT_OPERATION;
    if (window.w < 1 || window.h < 1)
        return IB_CSI_E_WINDOW;
    window = ib_rect_clip(window, self->width_px, self->height_px);
    if (window.w < 1)
        return IB_CSI_E_WINDOW;
    ib_csi_stop(self);
    self->window = window;
    self->divided = false;
    return ib_csi_divide(self);
}

int ib_csi_set_mirror(struct ib_csi *self, bool hmirror, bool vflip, uint64_t now_us) {
    if (hmirror == self->hmirror && vflip == self->vflip)
        return IB_OK;
    ib_csi_stop(self);
    int status = self->ops->set_mirror ? self->ops->set_mirror(self, hmirror, vflip) : IB_OK;
    if (status < 0)
        return status;
    self->hmirror = hmirror;
    self->vflip = vflip;
    settle(self, now_us);
    return IB_OK;
}

static bool turnable(const struct ib_csi *self) {
    return self->pixformat != IB_PIXFORMAT_JPEG && self->pixformat != IB_PIXFORMAT_YUV422;
}

int ib_csi_set_transpose(struct ib_csi *self, bool on) {
    if (on == self->transpose)
        return IB_OK;
    if (on && !turnable(self))
        return IB_CSI_E_FORMAT_OPERATION;
    ib_csi_stop(self);
    self->transpose = on;
    return IB_OK;
}

int ib_csi_set_auto_rotation(struct ib_csi *self, bool on) {
    if (on && !turnable(self))
        return IB_CSI_E_FORMAT_OPERATION;
    self->auto_rotation = on;
    return IB_OK;
}

int ib_csi_set_buffers(struct ib_csi *self, int32_t count) {
    if (count < 1)
        return IB_CSI_E_ARGUMENT;
    ib_csi_stop(self);
    uint32_t before = self->buffers_wanted;
    self->buffers_wanted = (uint32_t)count;
    self->divided = false;
    int status = self->framesize == IB_CSI_SIZE_NONE ? IB_OK : ib_csi_divide(self);
    if (status != IB_OK) {
        self->buffers_wanted = before;
        (void)ib_csi_divide(self);
    }
    return status;
}

uint32_t ib_csi_buffers(const struct ib_csi *self) {
    if (self->divided)
        return self->frame_buffer.count;
    return self->buffers_wanted ? self->buffers_wanted : 1;
}

int ib_csi_set_palette(struct ib_csi *self, int palette) {
    if (palette != IB_CSI_PALETTE_RAINBOW && palette != IB_CSI_PALETTE_IRONBOW)
        return IB_CSI_E_ARGUMENT;
    const char *name = palette == IB_CSI_PALETTE_RAINBOW ? "openmv-rainbow" : "openmv-ironbow";
    self->palette = palette;
    ib_palette_fill_rgb565(ib_palette_find(name), self->colours);
    return IB_OK;
}

// ---- what only the sensor knows ----

static bool is_gain_ceiling(int32_t factor) {
    return factor >= 2 && factor <= 128 && (factor & (factor - 1)) == 0;
}

int ib_csi_control(struct ib_csi *self, enum ib_csi_control control, const int32_t values[3]) {
    if (control == IB_CSI_GAINCEILING && !is_gain_ceiling(values[0]))
        return IB_CSI_E_ARGUMENT;
    if (control == IB_CSI_QUALITY && (values[0] < 0 || values[0] > 100))
        return IB_CSI_E_ARGUMENT;
    return self->ops->control && self->ops->control(self, control, values) == IB_OK;
}

int ib_csi_set_auto(struct ib_csi *self, enum ib_csi_auto which, bool on,
                    const struct ib_csi_manual *manual) {
    return self->ops->set_auto ? self->ops->set_auto(self, which, on, manual)
                               : IB_CSI_E_UNSUPPORTED;
}

int ib_csi_get_auto(struct ib_csi *self, enum ib_csi_auto which, struct ib_csi_manual *out) {
    return self->ops->get_auto ? self->ops->get_auto(self, which, out) : IB_CSI_E_UNSUPPORTED;
}

int ib_csi_shutdown(struct ib_csi *self, bool on) {
    ib_csi_stop(self);
    int status = self->ops->shutdown ? self->ops->shutdown(self, on) : IB_OK;
    if (status == IB_OK)
        self->powered = !on;
    return status;
}

int ib_csi_sleep(struct ib_csi *self, bool on) {
    ib_csi_stop(self);
    return self->ops->sleep ? self->ops->sleep(self, on) : IB_OK;
}

int ib_csi_read_register(struct ib_csi *self, uint16_t address) {
    return self->ops->read_register ? self->ops->read_register(self, address)
                                    : IB_CSI_E_UNSUPPORTED;
}

int ib_csi_write_register(struct ib_csi *self, uint16_t address, uint16_t value) {
    return self->ops->write_register ? self->ops->write_register(self, address, value)
                                     : IB_CSI_E_UNSUPPORTED;
}
