/// Formats and sizes: which part of the array is read out, binned and scaled, and how fast.
///
/// Integer arithmetic only. The array is 2624 x 1964, 2592 x 1944 of it active.
/// Source:  OV5640 data sheet 2.03, 4.2 (windowing), 4.3 (binning), 5.8 (scaler), 7.19 (timing); margins
///          and floors as OpenMV cameras use them: below those the sensor hangs.
#include "core/bytes.h"
#include "core/check.h"
#include "core/status.h"
#include "drivers/ov5640/ov5640_private.h"

enum {
    ARRAY_WIDTH_PX = 2624,
    ARRAY_HEIGHT_PX = 1964,
    MARGIN_X_PX = 16, ///< read beside the picture
    MARGIN_Y_PX = 8,
    FIRST_X_PX = 16, ///< of the active array
    FIRST_Y_PX = 6,
    BLANK_PX = 252,
    BLANK_LINES = 24,
    SMALL_EXTRA_PX = 160,
};

static int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static int32_t most(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static int32_t clamp(int32_t value, int32_t low, int32_t high) {
    return most(low, least(value, high));
}

static bool is_bytes(enum ib_ov5640_format format) {
    return format == IB_OV5640_GREY || format == IB_OV5640_BAYER || format == IB_OV5640_JPEG;
}

int ib_ov5640_size_check(enum ib_ov5640_format format, int32_t width_px, int32_t height_px) {
    static const uint8_t too_small_for_bytes[][2] = {{88, 72}, {88, 60}, {60, 40}, {120, 80}};
    if (width_px < 1 || height_px < 1 || width_px > IB_OV5640_WIDTH_PX ||
        height_px > IB_OV5640_HEIGHT_PX)
        return IB_E_RANGE;
    if (width_px == 40 && height_px == 30)
        return IB_E_RANGE;
    if (format == IB_OV5640_GREY || format == IB_OV5640_BAYER)
        for (size_t i = 0; i < sizeof too_small_for_bytes / sizeof too_small_for_bytes[0]; i++)
            if (width_px == too_small_for_bytes[i][0] && height_px == too_small_for_bytes[i][1])
                return IB_E_RANGE;
    if (format == IB_OV5640_YUV422 && width_px % 2)
        return IB_E_RANGE;
    if (format == IB_OV5640_JPEG && (width_px % 8 || height_px % 8))
        return IB_E_RANGE;
    return IB_OK;
}

void ib_ov5640_geometry(enum ib_ov5640_format format, uint16_t width_px, uint16_t height_px,
                        const struct ib_ov5640_area *readout, struct ib_ov5640_geometry *out) {
    int32_t w = width_px, h = height_px, rw = readout->width_px, rh = readout->height_px;
    IB_ASSERT(w > 0 && h > 0 && rw >= w && rh >= h);
    int32_t divider = w <= rw / 2 && h <= rh / 2 ? 2 : 1;
    int32_t window_w = rw + MARGIN_X_PX, window_h = rh + MARGIN_Y_PX;

    int32_t x = ((IB_OV5640_WIDTH_PX - window_w) / 4 + readout->x_px / 2) * 2;
    int32_t y = ((IB_OV5640_HEIGHT_PX - window_h) / 4 - readout->y_px / 2) * 2;
    x = clamp(x, -MARGIN_X_PX / 2, IB_OV5640_WIDTH_PX - window_w) + FIRST_X_PX;
    y = clamp(y, -MARGIN_Y_PX / 2, IB_OV5640_HEIGHT_PX - window_h) + FIRST_Y_PX;

    // The largest part of the binned window with the picture's shape: rw/w or rh/h, whichever is less,
    // times w and h. Compared and divided as fractions.
    int32_t binned_w = rw / divider, binned_h = rh / divider;
    bool by_width = binned_w * h <= binned_h * w;
    int32_t part = by_width ? binned_w : binned_h, of = by_width ? w : h;
    int32_t x_off = (window_w / divider * of - w * part) / (2 * of);
    int32_t y_off = (window_h / divider * of - h * part) / (2 * of);

    int32_t hts = window_w / divider;
    if (is_bytes(format) ? w <= 1280 : w > 640)
        hts = most(hts, 2 * w + 8);
    if (w <= 640)
        hts += SMALL_EXTRA_PX;
    hts = most(hts + BLANK_PX, (ARRAY_WIDTH_PX + BLANK_PX) / 2);
    int32_t vts = most(window_h / divider + BLANK_LINES, (ARRAY_HEIGHT_PX + BLANK_LINES) / 8);

    *out = (struct ib_ov5640_geometry){
        .x_start = (uint16_t)x,
        .y_start = (uint16_t)y,
        .x_end = (uint16_t)(x + window_w - 1),
        .y_end = (uint16_t)(y + window_h - 1),
        .x_offset = (uint16_t)x_off,
        .y_offset = (uint16_t)y_off,
        .hts = (uint16_t)hts,
        .vts = (uint16_t)vts,
        .divider = (uint8_t)divider,
    };
}

static int write_geometry(struct ib_ov5640 *self) {
    const struct ib_ov5640_geometry *g = &self->geometry;
    const uint16_t words[] = {g->x_start,      g->y_start, g->x_end,  g->y_end,    self->width_px,
                              self->height_px, g->hts,     self->vts, g->x_offset, g->y_offset};
    uint8_t run[sizeof words + 2];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        ib_put_be16(run + 2 * i, words[i]);
    run[sizeof words] = run[sizeof words + 1] = g->divider == 2 ? 0x31 : 0x11;
    return ib_ov5640_write_run(self, REG_WINDOW, run, sizeof run);
}

static int apply_format(struct ib_ov5640 *self) {
    static const struct {
        uint8_t format, mux;
    } rows[] = {
        [IB_OV5640_GREY] = {0x10, 0},   [IB_OV5640_RGB565] = {0x6F, 1},
        [IB_OV5640_YUV422] = {0x30, 0}, [IB_OV5640_BAYER] = {0x00, 3},
        [IB_OV5640_JPEG] = {0x30, 0},
    };
    bool jpeg = self->format == IB_OV5640_JPEG;
    int status = ib_ov5640_write(self, REG_FORMAT, rows[self->format].format);
    if (status == IB_OK)
        status = ib_ov5640_write(self, REG_FORMAT_MUX, rows[self->format].mux);
    if (status == IB_OK)
        status = ib_ov5640_update(self, REG_RESET_02, RESET_02_JPEG, jpeg ? 0 : RESET_02_JPEG);
    if (status == IB_OK)
        status = ib_ov5640_update(self, REG_CLOCK_02, CLOCK_02_JPEG, jpeg ? CLOCK_02_JPEG : 0);
    self->format_written = status == IB_OK;
    return status;
}

/// All that depends on size, format and readout, for which there is a plan.
static int apply(struct ib_ov5640 *self) {
    uint8_t binning = self->geometry.divider == 2 ? BINNING : 0;
    bool jpeg = self->format == IB_OV5640_JPEG;
    int status = IB_OK;
    if (!self->format_written && self->format != IB_OV5640_NONE)
        status = apply_format(self);
    if (status == IB_OK)
        status = write_geometry(self);
    if (status == IB_OK)
        status = ib_ov5640_update(self, REG_FLIP, BOTH_FLIPS | BINNING,
                                  (uint8_t)((self->flipped ? BOTH_FLIPS : 0) | binning));
    if (status == IB_OK)
        status = ib_ov5640_update(
            self, REG_MIRROR, BOTH_FLIPS | BINNING | MIRROR_JPEG,
            (uint8_t)((self->mirrored ? BOTH_FLIPS : 0) | binning | (jpeg ? MIRROR_JPEG : 0)));
    if (status == IB_OK && jpeg) {
        uint8_t size[4];
        ib_put_be16(size, self->width_px);
        ib_put_be16(size + 2, self->height_px);
        status = ib_ov5640_write_run(self, REG_VFIFO_SIZE, size, sizeof size);
    }
    if (status == IB_OK)
        status = ib_ov5640_apply_most_lines(self);
    if (status == IB_OK && self->exposure_us >= 0)
        status = ib_ov5640_apply_exposure(self);
    self->written = status == IB_OK;
    return status;
}

/// The area, made as large as the size and kept on the array. Source: x and y from the centre.
static void fit_readout(struct ib_ov5640 *self) {
    struct ib_ov5640_area *r = &self->readout;
    r->width_px = clamp(r->width_px, most(1, self->width_px), IB_OV5640_WIDTH_PX);
    r->height_px = clamp(r->height_px, most(1, self->height_px), IB_OV5640_HEIGHT_PX);
    int32_t x_most = (IB_OV5640_WIDTH_PX - r->width_px) / 2;
    int32_t y_most = (IB_OV5640_HEIGHT_PX - r->height_px) / 2;
    r->x_px = clamp(r->x_px, -x_most, x_most);
    r->y_px = clamp(r->y_px, -y_most, y_most);
}

static void plan(struct ib_ov5640 *self) {
    fit_readout(self);
    ib_ov5640_geometry(self->format, self->width_px, self->height_px, &self->readout,
                       &self->geometry);
    self->vts = self->geometry.vts;
}

int ib_ov5640_set_format(struct ib_ov5640 *self, enum ib_ov5640_format format) {
    if (format <= IB_OV5640_NONE || format > IB_OV5640_JPEG)
        return IB_E_INVAL;
    int status = IB_OK;
    if (self->width_px)
        status = ib_ov5640_size_check(format, self->width_px, self->height_px);
    if (status < 0)
        return status;
    ib_ov5640_stop(self);
    self->written = self->format_written = false;
    self->format = format;
    if (!self->width_px)
        return apply_format(self);
    struct ib_ov5640_area window = self->window;
    if (ib_ov5640_set_window(self, &window) != IB_OK)
        self->window = (struct ib_ov5640_area){0, 0, self->width_px, self->height_px};
    plan(self);
    return apply(self);
}

int ib_ov5640_set_size(struct ib_ov5640 *self, int32_t width_px, int32_t height_px) {
    int status = ib_ov5640_size_check(self->format, width_px, height_px);
    if (status < 0)
        return status;
    ib_ov5640_stop(self);
    self->written = false;
    self->width_px = (uint16_t)width_px;
    self->height_px = (uint16_t)height_px;
    self->window = (struct ib_ov5640_area){0, 0, width_px, height_px};
    plan(self);
    return apply(self);
}

int ib_ov5640_set_readout(struct ib_ov5640 *self, const struct ib_ov5640_area *area) {
    ib_ov5640_stop(self);
    self->readout = *area;
    if (!self->width_px) {
        fit_readout(self);
        return IB_OK;
    }
    self->written = false;
    plan(self);
    return apply(self);
}

int ib_ov5640_set_window(struct ib_ov5640 *self, const struct ib_ov5640_area *area) {
    if (self->format == IB_OV5640_JPEG)
        return IB_E_UNSUPPORTED;
    if (!self->width_px)
        return IB_E_NOT_READY;
    // 64 bits: any numbers may come from a script.
    int64_t left = most(area->x_px, 0), top = most(area->y_px, 0);
    int64_t right = (int64_t)area->x_px + area->width_px;
    int64_t bottom = (int64_t)area->y_px + area->height_px;
    int64_t width = (right < self->width_px ? right : self->width_px) - left;
    int64_t height = (bottom < self->height_px ? bottom : self->height_px) - top;
    // Moved, never grown: whoever asked has made room for what was asked.
    if (self->format == IB_OV5640_BAYER || self->format == IB_OV5640_YUV422) {
        left &= ~1;
        width = width < 0 ? 0 : width & ~1;
    }
    if (self->format == IB_OV5640_BAYER)
        top &= ~1;
    if (width < 1 || height < 1)
        return IB_E_RANGE;
    ib_ov5640_stop(self);
    self->window =
        (struct ib_ov5640_area){(int32_t)left, (int32_t)top, (int32_t)width, (int32_t)height};
    return IB_OK;
}

uint32_t ib_ov5640_pixel_clock_hz(const struct ib_ov5640 *self) {
    const uint64_t root = PLL_ROOT_AND_PRE & 0x10 ? 2 : 1, pre = PLL_ROOT_AND_PRE & 0x0F;
    const uint64_t system = PLL_SYSTEM >> 4, pixel_root = 1u << (ROOT_DIVIDERS >> 4 & 3);
    // Ten bits a pixel: 2/5 of the clock.
    return (uint32_t)((uint64_t)self->wiring.clock_hz * PLL_MULTIPLIER * 2 /
                      (pre * root * system * 5 * pixel_root * PIXEL_DIVIDER));
}

uint32_t ib_ov5640_frame_period_us(const struct ib_ov5640 *self) {
    if (!self->width_px)
        return 0;
    uint64_t lines = self->vts;
    if (self->night && self->exposure_us < 0)
        lines = 4ull * lines < 0xFFFF ? 4ull * lines : 0xFFFF;
    return (uint32_t)(lines * self->geometry.hts * 1000000 / ib_ov5640_pixel_clock_hz(self));
}
