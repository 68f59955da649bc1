#include "openmv/csi_ov5640.h"

#include <string.h>

#include "boards/pure_thermal.h"
#include "core/status.h"
#include "openmv/csi_sensor.h"
#include "openmv/csi_turn.h"
#include "openmv/hands.h"

#define FRAME_US 3000000
#define POWER_US 20000 ///< until it answers
#define FIFO_BUFFERS 3u

static struct ib_csi_ov5640 *state_of(struct ib_csi *csi) {
    return csi->sensor;
}

static struct ib_ov5640 *part_of(struct ib_csi *csi) {
    return &state_of(csi)->part;
}

/// The driver's statuses as scripts get them; `range` is what a value out of range means here.
static int error_of(int status, int range) {
    if (status >= 0)
        return status;
    return status == IB_E_RANGE ? range : IB_CSI_E_CONTROL;
}

// ---- start ----

static void wire(struct ib_csi *csi) {
    const struct ib_openmv_hands *hands = csi->board->hands;
    const struct ib_ov5640_wiring wiring = {
        .i2c = hands->camera_bus,
        .clock = csi->board->clock,
        .reset = hands->camera_reset,
        .power = hands->visible_power,
        .port = hands->visible,
        .clock_hz = ib_board_pure_thermal.visible_clock_hz,
        .address = ib_board_pure_thermal.visible_address,
    };
    ib_ov5640_init(part_of(csi), &wiring);
}

/// Switched on, looked for once, and given its first registers, as at the board's start.
static int detect(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_ov5640 *self = state_of(csi);
    if (self->looked || !csi->board->hands || !csi->board->hands->camera_bus)
        return IB_CSI_E_DETECT;
    if (!self->powering) {
        self->powering = true;
        wire(csi);
        (void)ib_ov5640_power(&self->part, true);
        self->awake_us = now_us + POWER_US;
    }
    *due_us = self->awake_us;
    if (now_us < self->awake_us)
        return 0;
    if (!self->answered) {
        self->answered = ib_ov5640_probe(&self->part) == IB_OV5640_CHIP;
        if (!self->answered) {
            self->looked = true;
            return IB_CSI_E_DETECT;
        }
        (void)ib_ov5640_reset(&self->part, false, false);
    }
    int status = ib_ov5640_step(&self->part, due_us);
    if (status == 0)
        return 0;
    self->looked = true;
    if (status < 0)
        return IB_CSI_E_DETECT;
    csi->chip_id = IB_CSI_OV5640;
    return 1;
}

static int reset(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_ov5640 *self = state_of(csi);
    if (!began) {
        bool off = !csi->powered;
        csi->powered = true;
        (void)ib_ov5640_power(&self->part, true);
        self->awake_us = off ? now_us + POWER_US : now_us;
        self->resetting = false;
        self->loading = false;
    }
    *due_us = self->awake_us;
    if (now_us < self->awake_us)
        return 0;
    if (!self->resetting)
        (void)ib_ov5640_reset(&self->part, csi->hard, csi->delays);
    self->resetting = true;
    return error_of(ib_ov5640_step(&self->part, due_us), IB_CSI_E_CONTROL);
}

static int shutdown(struct ib_csi *csi, bool on) {
    return error_of(ib_ov5640_power(part_of(csi), !on), IB_CSI_E_CONTROL);
}

static int sleep(struct ib_csi *csi, bool on) {
    return error_of(ib_ov5640_standby(part_of(csi), on), IB_CSI_E_CONTROL);
}

// ---- what comes out ----

static enum ib_ov5640_format format_of(uint32_t pixformat) {
    switch (pixformat) {
    case IB_PIXFORMAT_GRAYSCALE:
        return IB_OV5640_GREY;
    case IB_PIXFORMAT_RGB565:
        return IB_OV5640_RGB565;
    case IB_PIXFORMAT_YUV422:
        return IB_OV5640_YUV422;
    case IB_PIXFORMAT_BAYER:
        return IB_OV5640_BAYER;
    case IB_PIXFORMAT_JPEG:
        return IB_OV5640_JPEG;
    default:
        return IB_OV5640_NONE;
    }
}

static int set_pixformat(struct ib_csi *csi, uint32_t pixformat) {
    enum ib_ov5640_format format = format_of(pixformat);
    if (format == IB_OV5640_NONE)
        return IB_CSI_E_PIXFORMAT;
    return error_of(ib_ov5640_set_format(part_of(csi), format), IB_CSI_E_FRAMESIZE);
}

static int set_framesize(struct ib_csi *csi, int32_t width_px, int32_t height_px) {
    return error_of(ib_ov5640_set_size(part_of(csi), width_px, height_px), IB_CSI_E_FRAMESIZE);
}

static int set_mirror(struct ib_csi *csi, bool hmirror, bool vflip) {
    int status = ib_ov5640_set_mirror(part_of(csi), hmirror);
    if (status >= 0)
        status = ib_ov5640_set_flip(part_of(csi), vflip);
    return error_of(status, IB_CSI_E_CONTROL);
}

// ---- how it looks ----

static int control(struct ib_csi *csi, enum ib_csi_control which, const int32_t values[3]) {
    struct ib_ov5640 *part = part_of(csi);
    switch (which) {
    case IB_CSI_GAINCEILING:
        return ib_ov5640_set_gain_ceiling(part, values[0]);
    case IB_CSI_BRIGHTNESS:
        return ib_ov5640_set_brightness(part, values[0]);
    case IB_CSI_CONTRAST:
        return ib_ov5640_set_contrast(part, values[0]);
    case IB_CSI_SATURATION:
        return ib_ov5640_set_saturation(part, values[0]);
    case IB_CSI_QUALITY:
        return ib_ov5640_set_quality(part, values[0]);
    case IB_CSI_COLORBAR:
        return ib_ov5640_set_colour_bar(part, values[0] != 0);
    case IB_CSI_SPECIAL_EFFECT:
        if (values[0] != 0 && values[0] != 1)
            return IB_CSI_E_CONTROL;
        return ib_ov5640_set_negative(part, values[0] == 1);
    case IB_CSI_LENS_CORRECTION:
        return ib_ov5640_set_lens_correction(part, values[0] != 0);
    default:
        return IB_CSI_E_CONTROL;
    }
}

static const float *said(const float *value) {
    return *value == *value ? value : NULL;
}

static int set_black_level(struct ib_ov5640 *part, bool on, const struct ib_csi_manual *manual) {
    uint8_t registers[IB_OV5640_BLC_REGS];
    if (manual->blc_count == 0)
        return ib_ov5640_set_auto_black_level(part, on, NULL);
    if (manual->blc_count != IB_OV5640_BLC_REGS)
        return IB_E_INVAL;
    for (size_t i = 0; i < IB_OV5640_BLC_REGS; i++)
        registers[i] = (uint8_t)manual->blc[i];
    return ib_ov5640_set_auto_black_level(part, on, registers);
}

static int set_auto(struct ib_csi *csi, enum ib_csi_auto which, bool on,
                    const struct ib_csi_manual *manual) {
    struct ib_ov5640 *part = part_of(csi);
    int status = IB_E_INVAL;
    switch (which) {
    case IB_CSI_AUTO_GAIN:
        status = ib_ov5640_set_auto_gain(part, on, said(&manual->gain_db),
                                         said(&manual->gain_ceiling_db));
        break;
    case IB_CSI_AUTO_EXPOSURE:
        status = ib_ov5640_set_auto_exposure(part, on, manual->exposure_us);
        break;
    case IB_CSI_AUTO_WHITEBAL:
        status = ib_ov5640_set_auto_white_balance(
            part, on, said(&manual->rgb_gain_db[0]) ? manual->rgb_gain_db : NULL);
        break;
    case IB_CSI_AUTO_BLC:
        status = set_black_level(part, on, manual);
        break;
    }
    return error_of(status, IB_CSI_E_CONTROL);
}

static int get_auto(struct ib_csi *csi, enum ib_csi_auto which, struct ib_csi_manual *out) {
    struct ib_ov5640 *part = part_of(csi);
    uint8_t registers[IB_OV5640_BLC_REGS];
    uint32_t exposure_us = 0;
    int status = IB_E_INVAL;
    *out = ib_csi_manual_none();
    switch (which) {
    case IB_CSI_AUTO_GAIN:
        status = ib_ov5640_gain_db(part, &out->gain_db);
        break;
    case IB_CSI_AUTO_EXPOSURE:
        status = ib_ov5640_exposure_us(part, &exposure_us);
        out->exposure_us = (int32_t)exposure_us;
        break;
    case IB_CSI_AUTO_WHITEBAL:
        status = ib_ov5640_rgb_gain_db(part, out->rgb_gain_db);
        break;
    case IB_CSI_AUTO_BLC:
        status = ib_ov5640_black_level(part, registers);
        out->blc_count = IB_OV5640_BLC_REGS;
        for (size_t i = 0; status >= 0 && i < IB_OV5640_BLC_REGS; i++)
            out->blc[i] = registers[i];
        break;
    }
    return error_of(status, IB_CSI_E_CONTROL);
}

// ---- pictures ----

/// The port keeps what the window says; the sensor goes on sending whole frames.
static int start(struct ib_csi *csi, uint64_t now_us) {
    struct ib_ov5640 *part = part_of(csi);
    (void)now_us;
    int status = IB_OK;
    if (csi->pixformat != IB_PIXFORMAT_JPEG) {
        const struct ib_ov5640_area window = {csi->window.x, csi->window.y, csi->window.w,
                                              csi->window.h};
        status = ib_ov5640_set_window(part, &window);
    }
    if (status >= 0)
        status = ib_ov5640_start(part, csi->frame_buffer.count);
    if (status == IB_E_UNSUPPORTED)
        return IB_CSI_E_PORT_INIT;
    return error_of(status, IB_CSI_E_WINDOW);
}

static void stop(struct ib_csi *csi) {
    ib_ov5640_stop(part_of(csi));
}

/// A FIFO that nobody has emptied for so long has lost frames: what is in it is old.
static void begin(struct ib_csi *csi, uint64_t now_us) {
    uint64_t away_us = now_us - csi->taken_us;
    uint64_t full_us = csi->interval_us * csi->frame_buffer.count;
    bool fifo = csi->frame_buffer.count > FIFO_BUFFERS;
    if (!fifo || !csi->fflush || csi->interval_us == 0 || away_us <= full_us)
        return;
    ib_ov5640_stop(part_of(csi));
    csi->taken_us = csi->interval_us = 0;
    (void)ib_ov5640_start(part_of(csi), csi->frame_buffer.count);
}

/// A frame that is not whole is as good as none: the next one may be. It has spoilt what waited there.
static int judge(struct ib_csi *csi, int status) {
    bool stream = csi->pixformat == IB_PIXFORMAT_JPEG;
    switch (status) {
    case IB_E_OVERFLOW:
        return stream ? IB_CSI_E_JPEG_OVERFLOW : IB_CSI_E_OVERFLOW;
    case IB_E_TRUNCATED:
    case IB_E_FORMAT:
        csi->pending = false;
        return 0;
    default:
        return status < 0 ? IB_CSI_E_CAPTURE : status;
    }
}

static int take(struct ib_csi *csi, uint64_t now_us, struct ib_csi_taken *taken, uint64_t *due_us) {
    struct ib_ov5640 *part = part_of(csi);
    struct ib_csi_board *board = csi->board;
    uint8_t *into = csi->transpose ? board->work : taken->pixels;
    size_t room = csi->transpose ? board->work_bytes : taken->room_bytes;
    bool stream = csi->pixformat == IB_PIXFORMAT_JPEG;
    *due_us = now_us;
    int status =
        judge(csi, ib_ov5640_take(part, into, room, &taken->size_bytes, &taken->end_us, due_us));
    if (status != 1)
        return status;
    taken->width_px = stream ? csi->width_px : part->window.width_px;
    taken->height_px = stream ? csi->height_px : part->window.height_px;
    taken->format = csi->pixformat;
    if (csi->pixformat == IB_PIXFORMAT_YUV422)
        taken->format |= 1 << 8; // Y V Y U
    if (!csi->transpose)
        return 1;
    if (taken->size_bytes > taken->room_bytes)
        return IB_CSI_E_OVERFLOW;
    ib_csi_turn(taken->pixels, into, taken->width_px, taken->height_px,
                (uint32_t)ib_csi_pixel_bytes(csi->pixformat));
    taken->width_px = part->window.height_px;
    taken->height_px = part->window.width_px;
    return 1;
}

// ---- ioctls ----

static int load_program(struct ib_csi *csi, uint64_t *due_us) {
    struct ib_csi_ov5640 *self = state_of(csi);
    const struct ib_openmv_hands *hands = csi->board->hands;
    if (self->part.focus_loaded)
        return 1;
    if (!hands->autofocus)
        return IB_CSI_E_CONTROL;
    int status = IB_OK;
    if (!self->loading)
        status = ib_ov5640_focus_load(&self->part, hands->autofocus, hands->autofocus_bytes);
    if (status == IB_E_BUSY) // what a script did not wait for is still under way
        return ib_ov5640_step(&self->part, due_us) < 0 ? IB_CSI_E_CONTROL : 0;
    if (status < 0)
        return IB_CSI_E_CONTROL;
    self->loading = true;
    status = ib_ov5640_step(&self->part, due_us);
    self->loading = status == 0;
    return error_of(status, IB_CSI_E_CONTROL);
}

#define COMMAND_US 1000000 ///< for the lens' processor to take one
#define FOCUS_LOOK_US 10000

static int focus(struct ib_csi *csi, int (*command)(struct ib_ov5640 *), uint64_t now_us,
                 uint64_t *due_us) {
    struct ib_csi_ov5640 *self = state_of(csi);
    int status = load_program(csi, due_us);
    if (status != 1)
        return status;
    status = command(&self->part);
    if (status == IB_E_BUSY && now_us < self->until_us) {
        *due_us = now_us + FOCUS_LOOK_US;
        return 0;
    }
    return status < 0 ? IB_CSI_E_CONTROL : 1;
}

static int wait_for_focus(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_ov5640 *self = state_of(csi);
    int status = ib_ov5640_focus_status(&self->part);
    if (status == IB_OV5640_FOCUS_DONE || status == IB_OV5640_FOCUS_IDLE)
        return 1;
    if (status < 0 || status == IB_OV5640_FOCUS_NO_PROGRAM || now_us >= self->until_us)
        return IB_CSI_E_CONTROL;
    *due_us = now_us + FOCUS_LOOK_US;
    return 0;
}

static int set_readout(struct ib_csi *csi) {
    const struct ib_rect *window = &csi->ioctl.window;
    const struct ib_ov5640_area area = {window->x, window->y, window->w, window->h};
    int status = error_of(ib_ov5640_set_readout(part_of(csi), &area), IB_CSI_E_CONTROL);
    return status < 0 ? status : 1;
}

static void get_readout(struct ib_csi *csi) {
    const struct ib_ov5640_area *area = &part_of(csi)->readout;
    csi->ioctl.window = (struct ib_rect){area->x_px, area->y_px, area->width_px, area->height_px};
}

static int ask(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_ov5640 *self = state_of(csi);
    struct ib_csi_ioctl *ioctl = &csi->ioctl;
    int status;
    if (!began) {
        bool waits = ioctl->request == IB_CSI_WAIT_ON_AUTO_FOCUS;
        int64_t wait_us = waits ? (int64_t)ioctl->number * 1000 : COMMAND_US;
        self->until_us = now_us + (uint64_t)(wait_us < 0 ? 0 : wait_us);
        self->loading = false;
    }
    switch (ioctl->request) {
    case IB_CSI_SET_READOUT_WINDOW:
        return set_readout(csi);
    case IB_CSI_GET_READOUT_WINDOW:
        get_readout(csi);
        return 1;
    case IB_CSI_TRIGGER_AUTO_FOCUS:
        return focus(csi, ib_ov5640_focus_trigger, now_us, due_us);
    case IB_CSI_PAUSE_AUTO_FOCUS:
        return focus(csi, ib_ov5640_focus_pause, now_us, due_us);
    case IB_CSI_RESET_AUTO_FOCUS:
        return focus(csi, ib_ov5640_focus_release, now_us, due_us);
    case IB_CSI_WAIT_ON_AUTO_FOCUS:
        return wait_for_focus(csi, now_us, due_us);
    case IB_CSI_SET_NIGHT_MODE:
        status = ib_ov5640_set_night_mode(&self->part, ioctl->first);
        return status < 0 ? IB_CSI_E_CONTROL : 1;
    case IB_CSI_GET_NIGHT_MODE:
        status = ib_ov5640_night_mode(&self->part);
        ioctl->first = status > 0;
        return status < 0 ? IB_CSI_E_CONTROL : 1;
    default:
        return IB_CSI_E_CONTROL;
    }
}

static int read_register(struct ib_csi *csi, uint16_t address) {
    int value = ib_ov5640_read(part_of(csi), address);
    return value < 0 ? IB_CSI_E_IO : value;
}

static int write_register(struct ib_csi *csi, uint16_t address, uint16_t value) {
    return ib_ov5640_write(part_of(csi), address, (uint8_t)value) < 0 ? IB_CSI_E_IO : IB_OK;
}

const struct ib_csi_sensor_ops ib_csi_ov5640_ops = {
    .name = "OV5640",
    .address = IB_OV5640_ADDRESS,
    .clock_hz = 12000000,
    .timeout_us = FRAME_US,
    .detect = detect,
    .reset = reset,
    .shutdown = shutdown,
    .sleep = sleep,
    .set_pixformat = set_pixformat,
    .set_framesize = set_framesize,
    .set_mirror = set_mirror,
    .control = control,
    .set_auto = set_auto,
    .get_auto = get_auto,
    .begin = begin,
    .start = start,
    .stop = stop,
    .take = take,
    .ask = ask,
    .read_register = read_register,
    .write_register = write_register,
};
