/// When the OV5640 sends frames, and the parallel port that takes them.
///
/// A frame belongs to the registers and the light of its start, whenever it is drawn. Registers that
/// are written meanwhile count from the next frame on. Values with which the sensor cannot send stop
/// it until they change; they are a violation only if somebody waits for its frames.

#include "sim/ov5640_private.h"

#include <string.h>

#include "core/status.h"

/// How often a sensor that hangs is looked at.
#define HANG_US 10000.0
/// Lines between the start of a frame and its first line.
#define LEAD_LINES 4.0

static bool sends(const struct ib_sim_ov5640 *self) {
    const uint8_t *r = self->registers;
    return !self->in_reset && !self->powered_down && !(r[0x3008] & 0x40) && r[0x3017] &&
           r[0x3018] && !ib_sim_ov5640_has(self, IB_SIM_OV5640_UNPLUG);
}

void ib_sim_ov5640_stream(struct ib_sim_ov5640 *self) {
    struct ib_sim_ov5640_port *port = &self->port;
    bool streaming = sends(self);
    if (streaming && !self->streaming) {
        self->next_us = (double)self->now_us;
        self->view_good = false;
        self->changed = true;
    }
    if (!streaming && self->streaming) // what has not come to its end never will
        while (port->count && port->frames[port->count - 1].end_us > self->now_us)
            port->count--;
    self->streaming = streaming;
}

static void push(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame) {
    struct ib_sim_ov5640_port *port = &self->port;
    bool endless = frame->view.format == IB_SIM_OV5640_JPEG && !self->config.codec;
    if (!port->started || endless)
        return;
    if (port->keep == 1 && (!port->armed || port->count))
        return;
    if (port->keep > 3 && port->count == port->keep) {
        port->lost++;
        return;
    }
    if ((port->keep == 2 || port->keep == 3) && port->count == 2) {
        port->frames[0] = port->frames[1];
        port->count = 1;
        port->lost++;
    }
    port->frames[port->count++] = *frame;
}

static void begin(struct ib_sim_ov5640 *self) {
    if (self->changed && (!self->group_held || !self->view_good)) {
        self->view_good = ib_sim_ov5640_latch(self);
        self->changed = false;
    }
    if (self->problem && self->port.started) {
        ++*self->problem;
        self->problem = NULL;
    }
    if (!self->view_good) {
        self->next_us += HANG_US;
        return;
    }
    struct ib_sim_ov5640_frame frame = {.number = self->frames,
                                        .start_us = self->now_us,
                                        .view = self->view,
                                        .scene = self->scene,
                                        .lens = self->lens};
    ib_sim_ov5640_expose(self, &frame);
    const struct ib_sim_ov5640_view *view = &self->view;
    double lines = view->vts, exposed = (double)self->exposure_lines;
    double read = view->lines + LEAD_LINES < lines ? view->lines + LEAD_LINES : lines;
    double longer = exposed > lines ? exposed - lines : 0; // night mode
    frame.end_us = (uint64_t)(self->next_us + (longer + read) * view->line_us) + 1;
    self->next_us += (longer + lines) * view->line_us;
    self->frames++;
    if (!ib_sim_ov5640_has(self, IB_SIM_OV5640_NO_FRAMES))
        push(self, &frame);
    ib_sim_ov5640_focus_frame(self);
}

void ib_sim_ov5640_frames(struct ib_sim_ov5640 *self, uint64_t now_us) {
    while (self->streaming && self->next_us <= (double)now_us) {
        if (self->next_us > (double)self->now_us)
            self->now_us = (uint64_t)self->next_us;
        ib_sim_ov5640_focus_step(self, self->now_us);
        begin(self);
    }
}

// ---- The port ----

static bool makes_sense(const struct ib_picture_in_format *format) {
    if (format->keep == 0)
        return false;
    if (format->line_bytes == 0)
        return true;
    return format->taken_bytes && format->taken_lines &&
           (uint64_t)format->skip_bytes + format->taken_bytes <= format->line_bytes &&
           (uint64_t)format->skip_lines + format->taken_lines <= format->lines;
}

static int port_start(void *context, const struct ib_picture_in_format *format, uint64_t now_us) {
    struct ib_sim_ov5640 *self = context;
    ib_sim_ov5640_advance(self, now_us);
    if (!makes_sense(format))
        return IB_E_INVAL;
    if (!self->streaming)
        return IB_E_IO;
    struct ib_sim_ov5640_port *port = &self->port;
    port->started = true;
    port->armed = false;
    port->format = *format;
    port->keep = format->keep < IB_SIM_OV5640_KEPT ? format->keep : IB_SIM_OV5640_KEPT;
    port->count = 0;
    self->changed |= !self->view_good; // a view that hangs is looked at anew, and counted
    return IB_OK;
}

static void port_stop(void *context) {
    struct ib_sim_ov5640 *self = context;
    self->port.started = self->port.armed = false;
    self->port.count = 0;
}

/// Lines of a frame, less those that a fault loses.
static int64_t lines_of(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame,
                        uint32_t rows, uint32_t skip, uint32_t bytes, uint8_t *into, size_t room) {
    uint32_t first = self->port.format.skip_lines;
    if (ib_sim_ov5640_strikes(self, IB_SIM_OV5640_SHORT_FRAME))
        rows /= 2;
    if (!ib_sim_ov5640_strikes(self, IB_SIM_OV5640_TORN_FRAME))
        return ib_sim_ov5640_draw(self, frame, first, rows, skip, bytes, into, room);
    uint32_t upper = rows / 3, lower = rows / 2;
    int64_t top = ib_sim_ov5640_draw(self, frame, first, upper, skip, bytes, into, room);
    if (top < 0)
        return top;
    int64_t rest = ib_sim_ov5640_draw(self, frame, first + rows - lower, lower, skip, bytes,
                                      into + top, room - (size_t)top);
    return rest < 0 ? rest : top + rest;
}

/// What of a frame arrives in memory.
static int64_t receive(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame,
                       uint8_t *into, size_t room) {
    const struct ib_picture_in_format *format = &self->port.format;
    const struct ib_sim_ov5640_view *view = &frame->view;
    uint32_t line = ib_sim_ov5640_line_bytes(view), lines = view->height_px;
    bool stream = view->format == IB_SIM_OV5640_JPEG;
    if (stream) {
        if (format->line_bytes)
            self->violations.port_mismatch++;
        return ib_sim_ov5640_draw(self, frame, 0, lines, 0, line, into, room);
    }
    if (format->line_bytes != line || format->lines != lines)
        self->violations.port_mismatch++;
    if (!format->line_bytes)
        return lines_of(self, frame, lines, 0, line, into, room);
    if (format->skip_bytes >= line || format->skip_lines >= lines)
        return 0;
    uint32_t bytes = line - format->skip_bytes, rows = lines - format->skip_lines;
    bytes = bytes < format->taken_bytes ? bytes : format->taken_bytes;
    rows = rows < format->taken_lines ? rows : format->taken_lines;
    return lines_of(self, frame, rows, format->skip_bytes, bytes, into, room);
}

/// The frame to hand over: its index, or -1.
static int finished(const struct ib_sim_ov5640_port *port, uint64_t now_us) {
    if (port->keep == 2 || port->keep == 3)
        for (uint32_t i = port->count; i-- > 0;)
            if (port->frames[i].end_us <= now_us)
                return (int)i;
    return port->count && port->frames[0].end_us <= now_us ? 0 : -1;
}

static uint64_t due_us(const struct ib_sim_ov5640 *self) {
    const struct ib_sim_ov5640_port *port = &self->port;
    if (port->count)
        return port->frames[0].end_us;
    if (!self->streaming || !self->view_good)
        return self->now_us + (uint64_t)HANG_US;
    double length_us = (self->view.lines + LEAD_LINES) * self->view.line_us;
    return (uint64_t)(self->next_us + length_us) + 1;
}

static int port_take(void *context, uint64_t now_us, uint8_t *into, size_t room, size_t *bytes,
                     uint64_t *end_us, uint64_t *due) {
    struct ib_sim_ov5640 *self = context;
    struct ib_sim_ov5640_port *port = &self->port;
    ib_sim_ov5640_advance(self, now_us);
    if (!port->started)
        return IB_E_INVAL;
    int at = finished(port, now_us);
    if (at < 0) {
        port->armed = true;
        *due = due_us(self);
        return 0;
    }
    struct ib_sim_ov5640_frame frame = port->frames[at];
    port->count -= (uint32_t)at + 1;
    memmove(port->frames, port->frames + at + 1, port->count * sizeof port->frames[0]);
    port->armed = false;
    int64_t got = receive(self, &frame, into, room);
    if (got < 0)
        return (int)got;
    *bytes = (size_t)got;
    *end_us = frame.end_us;
    return 1;
}

const struct ib_picture_in_ops ib_sim_ov5640_port_ops = {port_start, port_stop, port_take};
