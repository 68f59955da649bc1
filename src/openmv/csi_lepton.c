/// The Lepton's side of csi.h: detection, frames, ioctls. How modes are asked for: csi_lepton_mode.c.
#include "openmv/csi_lepton.h"

#include <string.h>

#include "core/hub.h"
#include "core/status.h"
#include "image/draw_image.h"
#include "openmv/csi_lepton_mode.h"
#include "openmv/csi_lepton_picture.h"
#include "openmv/csi_sensor.h"
#include "openmv/hands.h"

#define DETECT_US 5000000    ///< its start, and as much again
#define PULL_US 10000        ///< the reset line; 200 us would do
#define COLD_BOOT_US 2000000 ///< since the line was pulled, before it is touched
#define FRAME_US 5000000
#define RETRIES 3u
#define LOOK_US 5000      ///< for frames, should nobody wake us
#define WRONG_US 1000000  ///< frames of another mode for so long: somebody has changed it
#define FIFO_BUFFERS 3u   ///< more than these are delivered in the order they came
#define GREY_BYTES 19456u ///< 160x120, in steps of 64

static struct ib_csi_lepton *state_of(struct ib_csi *csi) {
    return csi->sensor;
}

static struct ib_hub *frames_of(const struct ib_csi *csi) {
    return csi->board->hands->frames;
}

static struct ib_lepton_identity identity_of(const struct ib_csi *csi) {
    struct ib_camera_state state;
    ib_camera_state(csi->board->hands->lepton, &state);
    return state.identity;
}

static uint32_t chip_id_of(enum ib_lepton_model model) {
    switch (model) {
    case IB_LEPTON_1_5:
        return 0x5415;
    case IB_LEPTON_1_6:
        return 0x5416;
    case IB_LEPTON_2_0:
        return 0x5420;
    case IB_LEPTON_2_5:
        return 0x5425;
    case IB_LEPTON_3_0:
        return 0x5430;
    case IB_LEPTON_3_1R:
        return 0x5431;
    case IB_LEPTON_UW:
        return 0x5432;
    case IB_LEPTON_3_5:
        return 0x5435;
    case IB_LEPTON_UNKNOWN:
    default:
        return IB_CSI_LEPTON;
    }
}

static void forget(struct ib_csi *csi) {
    struct ib_csi_lepton *self = state_of(csi);
    self->mode = (struct ib_csi_lepton_mode){false, false};
    self->low_c = IB_CSI_LEPTON_LOW_C;
    self->high_c = IB_CSI_LEPTON_RANGE_HIGH_C;
    self->radiometry = false;
    self->configured = false;
    self->wrong = false;
    ib_csi_lepton_mode_forget(self);
}

static int detect(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    const struct ib_openmv_hands *hands = csi->board->hands;
    if (!hands || !hands->lepton || !hands->frames)
        return IB_CSI_E_DETECT;
    struct ib_lepton_identity identity = identity_of(csi);
    if (identity.width_px != 0) {
        csi->chip_id = chip_id_of(identity.model);
        forget(csi);
        return 1;
    }
    if (self->detect_until_us == 0)
        self->detect_until_us = now_us + DETECT_US;
    if (now_us >= self->detect_until_us)
        return IB_CSI_E_DETECT;
    *due_us = now_us + LOOK_US;
    return 0;
}

static void pull_line(const struct ib_csi *csi) {
    const struct ib_gpio *line = csi->board->hands->camera_reset;
    if (!line)
        return;
    (void)ib_gpio_set(line, 1);
    ib_clock_wait_until(csi->board->clock, ib_clock_now(csi->board->clock) + PULL_US);
    (void)ib_gpio_set(line, 0);
}

static int reset(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    const struct ib_csi_board *board = csi->board;
    if (!began) {
        forget(csi);
        if (csi->hard)
            pull_line(csi);
        self->waiting_for_boot = true;
    }
    uint64_t cold_us = board->pulled_us + COLD_BOOT_US;
    if (self->waiting_for_boot && board->pulled && now_us < cold_us) {
        *due_us = cold_us;
        return 0;
    }
    if (self->waiting_for_boot)
        ib_csi_lepton_mode_begin(self, self->mode, now_us);
    self->waiting_for_boot = false;
    int status = ib_csi_lepton_mode_step(csi, now_us, due_us);
    if (status == 1)
        csi->chip_id = chip_id_of(identity_of(csi).model); // it may be another one now
    return status;
}

static int set_pixformat(struct ib_csi *csi, uint32_t pixformat) {
    (void)csi;
    bool can = pixformat == IB_PIXFORMAT_GRAYSCALE || pixformat == IB_PIXFORMAT_RGB565;
    return can ? IB_OK : IB_CSI_E_PIXFORMAT;
}

static int control(struct ib_csi *csi, enum ib_csi_control which, const int32_t values[3]) {
    (void)csi;
    (void)which;
    (void)values;
    return IB_OK; // it has nothing of that, and does not complain
}

static int set_auto(struct ib_csi *csi, enum ib_csi_auto which, bool on,
                    const struct ib_csi_manual *manual) {
    (void)csi;
    (void)which;
    (void)on;
    (void)manual;
    return IB_OK;
}

static int get_auto(struct ib_csi *csi, enum ib_csi_auto which, struct ib_csi_manual *out) {
    (void)csi;
    (void)which;
    memset(out, 0, sizeof *out);
    return IB_OK;
}

// ---- frames ----

static int check(struct ib_csi *csi) {
    struct ib_lepton_identity identity = identity_of(csi);
    bool small = csi->width_px < identity.width_px || csi->height_px < identity.height_px;
    return small ? IB_CSI_E_FRAMESIZE : IB_OK;
}

/// A snapshot begins. With one buffer its frame begins then, too.
static void begin(struct ib_csi *csi, uint64_t now_us) {
    struct ib_csi_lepton *self = state_of(csi);
    (void)now_us;
    self->retries = RETRIES;
    if (csi->frame_buffer.count == 1)
        self->seen = ib_hub_sequence(frames_of(csi));
}

static int start(struct ib_csi *csi, uint64_t now_us) {
    (void)now_us;
    state_of(csi)->wrong = false;
    return IB_OK;
}

/// The 8-bit picture of a frame, drawn as large as the window.
static int draw(struct ib_csi *csi, const struct ib_image *grey, struct ib_csi_taken *taken) {
    struct ib_csi_board *board = csi->board;
    bool colour = csi->pixformat == IB_PIXFORMAT_RGB565;
    taken->width_px = csi->transpose ? csi->window.h : csi->window.w;
    taken->height_px = csi->transpose ? csi->window.w : csi->window.h;
    taken->format = csi->pixformat;
    taken->size_bytes = ib_openmv_image_bytes(taken->format, taken->width_px, taken->height_px);
    if (taken->size_bytes > taken->room_bytes)
        return IB_CSI_E_OVERFLOW;
    struct ib_image into = ib_image_of(taken->pixels, colour ? IB_PIXELS_RGB565 : IB_PIXELS_GREY,
                                       taken->width_px, taken->height_px);
    struct ib_draw how = ib_draw_plain();
    how.scale.hints = IB_HINT_BILINEAR | IB_HINT_CENTER | IB_HINT_ASPECT_EXPAND;
    if (colour)
        how.palette_rgb565 = csi->colours;
    int status =
        ib_draw_image(&into, grey, &how, board->work + GREY_BYTES, board->work_bytes - GREY_BYTES);
    return status < 0 ? IB_CSI_E_FRAME_BUFFER : 1;
}

static bool fits(const struct ib_frame *frame) {
    return (size_t)frame->width_px * frame->height_px <= GREY_BYTES;
}

/// Frames of another mode: somebody else has changed it. A script that takes pictures wants its own
/// back.
static void wrong_mode(struct ib_csi_lepton *self, uint64_t now_us) {
    if (!self->wrong)
        self->wrong_us = now_us;
    self->wrong = true;
    if (now_us - self->wrong_us >= WRONG_US) {
        self->wrong = false;
        ib_csi_lepton_mode_begin(self, self->mode, now_us);
    }
}

static int take(struct ib_csi *csi, uint64_t now_us, struct ib_csi_taken *taken, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    struct ib_hub *hub = frames_of(csi);
    uint64_t mode_us = IB_NEVER;
    // Its failure shows as frames that do not come.
    if (ib_csi_lepton_mode_busy(self))
        (void)ib_csi_lepton_mode_step(csi, now_us, &mode_us);
    *due_us = now_us + LOOK_US < mode_us ? now_us + LOOK_US : mode_us;
    const struct ib_frame *frame = csi->frame_buffer.count > FIFO_BUFFERS
                                       ? ib_hub_next(hub, self->seen)
                                       : ib_hub_newest(hub, self->seen);
    if (!frame)
        return 0;
    self->seen = frame->sequence;
    if (!fits(frame) || !ib_csi_lepton_mode_is(csi, frame, self->mode)) {
        ib_hub_release(hub, frame);
        wrong_mode(self, now_us);
        *due_us = now_us;
        return 0;
    }
    struct ib_csi_lepton_look look = {csi->hmirror, csi->vflip,   csi->transpose,
                                      self->low_c,  self->high_c, !self->mode.measurement};
    int32_t width = csi->transpose ? frame->height_px : frame->width_px;
    int32_t height = csi->transpose ? frame->width_px : frame->height_px;
    ib_csi_lepton_picture(frame, &look, csi->board->work);
    ib_hub_release(hub, frame);
    self->wrong = false;
    taken->end_us = now_us;
    struct ib_image grey = ib_image_of(csi->board->work, IB_PIXELS_GREY, width, height);
    return draw(csi, &grey, taken);
}

static int timed_out(struct ib_csi *csi, uint64_t now_us) {
    struct ib_csi_lepton *self = state_of(csi);
    if (self->retries == 0)
        return IB_CSI_E_TIMEOUT;
    self->retries--;
    ib_csi_lepton_mode_begin(self, self->mode, now_us);
    return IB_OK;
}

// ---- ioctls ----

static void set_range(struct ib_csi_lepton *self, float a, float b) {
    float most = self->mode.high ? IB_CSI_LEPTON_HOT_C : IB_CSI_LEPTON_HIGH_C;
    float low = a < b ? a : b, high = a < b ? b : a;
    self->low_c = low < IB_CSI_LEPTON_LOW_C ? IB_CSI_LEPTON_LOW_C : low;
    self->high_c = high > most ? most : high;
}

/// A command of the module, by its owner.
static int ask_module(struct ib_csi *csi, uint16_t command, uint32_t words, bool began,
                      uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    struct ib_csi_ioctl *ioctl = &csi->ioctl;
    bool get = (command & 3) == 0;
    if (words > IB_CSI_ATTRIBUTE_WORDS)
        return IB_CSI_E_ARGUMENT;
    int status = ib_csi_lepton_command(csi, command, words, began, now_us, due_us);
    if (status == 1 && get)
        memcpy(ioctl->words, self->words, words * sizeof ioctl->words[0]);
    return status;
}

static int ask_temperature(struct ib_csi *csi, uint16_t command, bool began, uint64_t now_us,
                           uint64_t *due_us) {
    int status = ask_module(csi, command, 1, began, now_us, due_us);
    if (status == 1)
        csi->ioctl.low_c = (float)csi->ioctl.words[0] / 100.0f - 273.15f;
    return status;
}

static int ask_mode(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    struct ib_csi_lepton_mode mode = {csi->ioctl.first, csi->ioctl.second};
    bool same = self->configured && mode.measurement == self->mode.measurement &&
                mode.high == self->mode.high;
    if (!began && same)
        return 1;
    if (!began)
        ib_csi_lepton_mode_begin(self, mode, now_us);
    return ib_csi_lepton_mode_step(csi, now_us, due_us);
}

static int ask(struct ib_csi *csi, bool began, uint64_t now_us, uint64_t *due_us) {
    struct ib_csi_lepton *self = state_of(csi);
    struct ib_csi_ioctl *ioctl = &csi->ioctl;
    uint16_t command = (uint16_t)ioctl->number;
    switch (ioctl->request) {
    case IB_CSI_LEPTON_GET_WIDTH:
        ioctl->number = identity_of(csi).width_px;
        return 1;
    case IB_CSI_LEPTON_GET_HEIGHT:
        ioctl->number = identity_of(csi).height_px;
        return 1;
    case IB_CSI_LEPTON_GET_RADIOMETRY:
        ioctl->number = self->radiometry;
        return 1;
    case IB_CSI_LEPTON_GET_REFRESH:
        ioctl->number = identity_of(csi).width_px == 80 ? 27 : 9;
        return 1;
    case IB_CSI_LEPTON_GET_RESOLUTION:
        ioctl->number = self->radiometry ? 16 : 14;
        return 1;
    case IB_CSI_LEPTON_RUN_COMMAND:
        command = (uint16_t)(command & 3 ? command : command | 2);
        return ask_module(csi, command, 0, began, now_us, due_us);
    case IB_CSI_LEPTON_SET_ATTRIBUTE:
        command = (uint16_t)((command & ~3u) | 1);
        return ask_module(csi, command, ioctl->word_count, began, now_us, due_us);
    case IB_CSI_LEPTON_GET_ATTRIBUTE:
        command = (uint16_t)(command & ~3u);
        return ask_module(csi, command, ioctl->word_count, began, now_us, due_us);
    case IB_CSI_LEPTON_GET_FPA_TEMP:
        return ask_temperature(csi, 0x0214, began, now_us, due_us);
    case IB_CSI_LEPTON_GET_AUX_TEMP:
        return ask_temperature(csi, 0x0210, began, now_us, due_us);
    case IB_CSI_LEPTON_SET_MODE:
        return ask_mode(csi, began, now_us, due_us);
    case IB_CSI_LEPTON_GET_MODE:
        ioctl->first = self->mode.measurement;
        ioctl->second = self->mode.high;
        return 1;
    case IB_CSI_LEPTON_SET_RANGE:
        set_range(self, ioctl->low_c, ioctl->high_c);
        return 1;
    case IB_CSI_LEPTON_GET_RANGE:
        ioctl->low_c = self->low_c;
        ioctl->high_c = self->high_c;
        return 1;
    default:
        return IB_CSI_E_CONTROL;
    }
}

const struct ib_csi_sensor_ops ib_csi_lepton_ops = {
    .name = "LEPTON",
    .address = IB_LEPTON_ADDRESS,
    .auxiliary = true,
    .timeout_us = FRAME_US,
    .detect = detect,
    .reset = reset,
    .forget = forget,
    .set_pixformat = set_pixformat,
    .control = control,
    .set_auto = set_auto,
    .get_auto = get_auto,
    .check = check,
    .begin = begin,
    .start = start,
    .take = take,
    .timed_out = timed_out,
    .ask = ask,
};
