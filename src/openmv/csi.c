/// The sensors of a board: which are there, and what of theirs is under way.
///
/// Not here: settings (csi_settings.c), pictures (csi_capture.c), the sensors (csi_ov5640.c …).
#include "openmv/csi.h"

#include <string.h>

#include "core/status.h"
#include "openmv/csi_sensor.h"
#include "openmv/hands.h"

static const struct ib_csi_sensor_ops *const KINDS[IB_CSI_SENSORS] = {
    &ib_csi_ov5640_ops, &ib_csi_lepton_ops, &ib_csi_soft_ops};

struct ib_csi_manual ib_csi_manual_none(void) {
    const float none = __builtin_nanf("");
    return (struct ib_csi_manual){.gain_db = none,
                                  .gain_ceiling_db = none,
                                  .exposure_us = -1,
                                  .rgb_gain_db = {none, none, none}};
}

/// As after a reset, but for the frame buffer.
static void forget_settings(struct ib_csi *self) {
    self->pixformat = 0;
    self->framesize = IB_CSI_SIZE_NONE;
    self->width_px = self->height_px = 0;
    self->window = (struct ib_rect){0, 0, 0, 0};
    self->framerate_hz = 0;
    self->hmirror = self->vflip = self->transpose = self->auto_rotation = false;
    self->buffers_wanted = 0;
    self->taken_us = self->interval_us = 0;
    self->job = IB_CSI_IDLE;
    self->settled_us = 0;
    (void)ib_csi_set_palette(self, IB_CSI_PALETTE_RAINBOW);
}

/// Somebody has put a picture of his own into the frame buffer.
static void taken_over(void *context) {
    struct ib_csi *self = context;
    ib_csi_stop(self);
    self->divided = false;
}

static void empty_buffer(struct ib_csi *self) {
    struct ib_openmv_frame_buffer *buffer = &self->frame_buffer;
    ib_openmv_frame_buffer_init(buffer, buffer->memory, buffer->memory_bytes);
    buffer->taken = taken_over;
    buffer->context = self;
    self->divided = false;
    self->pending = false;
}

void ib_csi_board_init(struct ib_csi_board *self, const struct ib_csi_board_config *config) {
    memset(self, 0, sizeof *self);
    self->hands = config->hands;
    self->clock = config->clock;
    self->work = config->work;
    self->work_bytes = config->work_bytes;
    void *const states[IB_CSI_SENSORS] = {&self->ov5640, &self->lepton, &self->soft};
    for (size_t i = 0; i < IB_CSI_SENSORS; i++) {
        struct ib_csi *csi = &self->sensors[i];
        csi->board = self;
        csi->ops = KINDS[i];
        csi->sensor = states[i];
        csi->delays = csi->fflush = true;
        csi->powered = true;
        csi->frame_buffer.memory = config->frame_memory[i];
        csi->frame_buffer.memory_bytes = IB_CSI_POOL_BYTES;
        empty_buffer(csi);
        forget_settings(csi);
    }
}

void ib_csi_board_forget(struct ib_csi_board *self) {
    for (size_t i = 0; i < IB_CSI_SENSORS; i++) {
        struct ib_csi *csi = &self->sensors[i];
        ib_csi_stop(csi);
        empty_buffer(csi);
        forget_settings(csi);
        csi->delays = csi->fflush = true;
        if (csi->ops->forget)
            csi->ops->forget(csi);
    }
}

bool ib_csi_board_idle(const struct ib_csi_board *self) {
    return !self->lepton.posted || ib_camera_answered(&self->lepton.request);
}

void ib_csi_facts(const struct ib_csi *self, struct ib_csi_facts *out) {
    const struct ib_openmv_frame_buffer *buffer = &self->frame_buffer;
    *out = (struct ib_csi_facts){
        .name = self->ops->name,
        .address = self->ops->address,
        .auxiliary = self->ops->auxiliary,
        .raw_output = self->ops->raw_output,
        .clock_hz = self->ops->clock_hz,
        .raw_bytes = self->divided ? buffer->count * buffer->buffer_bytes : 0,
        .buffer_bytes = self->divided ? buffer->buffer_bytes : 0,
        .buffers = self->divided ? buffer->count : 0,
    };
}

static bool answers_to(const struct ib_csi *self, uint32_t chip_id) {
    return chip_id == IB_CSI_LEPTON ? self->ops == &ib_csi_lepton_ops : self->chip_id == chip_id;
}

/// Look for all of them, but the soft one.
static int detect_all(struct ib_csi_board *self, uint64_t now_us, uint64_t *due_us) {
    int all = 1;
    *due_us = IB_NEVER;
    for (size_t i = 0; i < IB_CSI_SENSORS; i++) {
        struct ib_csi *csi = &self->sensors[i];
        uint64_t due = IB_NEVER;
        if (csi->chip_id == 0 && csi->ops->detect(csi, now_us, &due) == 0)
            all = 0;
        if (due < *due_us)
            *due_us = due;
    }
    return all;
}

int ib_csi_find(struct ib_csi_board *self, int32_t chip_id, uint64_t now_us, uint64_t *due_us,
                struct ib_csi **out) {
    int all = detect_all(self, now_us, due_us);
    for (size_t i = 0; i < IB_CSI_SENSORS; i++) {
        struct ib_csi *csi = &self->sensors[i];
        bool meant = chip_id < 0 ? !csi->ops->auxiliary : answers_to(csi, (uint32_t)chip_id);
        if (csi->chip_id != 0 && meant) {
            *out = csi;
            return 1;
        }
    }
    return all ? IB_CSI_E_DETECT : 0;
}

int ib_csi_devices(struct ib_csi_board *self, uint64_t now_us, uint64_t *due_us,
                   uint32_t ids[IB_CSI_SENSORS], size_t *count) {
    if (detect_all(self, now_us, due_us) == 0)
        return 0;
    *count = 0;
    for (size_t i = 0; i < IB_CSI_SENSORS; i++)
        if (self->sensors[i].chip_id != 0 && self->sensors[i].chip_id != IB_CSI_SOFT)
            ids[(*count)++] = self->sensors[i].chip_id;
    return 1;
}

// ---- what is under way ----

int ib_csi_reset(struct ib_csi *self, bool hard, uint64_t now_us) {
    struct ib_csi_board *board = self->board;
    ib_csi_stop(self);
    empty_buffer(self);
    forget_settings(self);
    if (hard) {
        board->pulled = true;
        board->pulled_us = now_us;
    }
    self->hard = hard;
    self->began = false;
    self->job = IB_CSI_RESETTING;
    return IB_OK;
}

int ib_csi_ask(struct ib_csi *self, uint64_t now_us) {
    (void)now_us;
    if (!self->ops->ask)
        return IB_CSI_E_CONTROL;
    if (self->ioctl.request & IB_CSI_REQUEST_STOPS)
        ib_csi_stop(self);
    self->began = false;
    self->job = IB_CSI_ASKING;
    return IB_OK;
}

/// Return: 1 or an error when it is over.
static int step_job(struct ib_csi *self, uint64_t now_us, uint64_t *due_us) {
    bool began = self->began;
    self->began = true;
    switch (self->job) {
    case IB_CSI_RESETTING:
        return self->ops->reset(self, began, now_us, due_us);
    case IB_CSI_ASKING:
        return self->ops->ask(self, began, now_us, due_us);
    case IB_CSI_CAPTURING:
        return ib_csi_step_capture(self, now_us, due_us);
    case IB_CSI_IDLE:
    case IB_CSI_SETTLING:
    default:
        return 1;
    }
}

int ib_csi_step(struct ib_csi *self, uint64_t now_us, uint64_t *due_us) {
    *due_us = now_us;
    int status = step_job(self, now_us, due_us);
    if (status == 0)
        return 0;
    self->job = IB_CSI_SETTLING;
    if (status > 0 && now_us < self->settled_us) {
        *due_us = self->settled_us;
        return 0;
    }
    self->job = IB_CSI_IDLE;
    return status;
}
