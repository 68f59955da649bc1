/// A frame of the OV5640, drawn band by band: the still part copied, what moves painted over it, each
/// row packed as it is sent. JPEG goes through the codec, then into lines of fixed width.

#include "sim/ov5640_private.h"

#include <string.h>

#include "core/status.h"

/// A drawing under way.
struct drawing {
    struct ib_sim_ov5640 *self;
    const struct ib_sim_ov5640_frame *frame;
    const uint32_t *plane;
    struct ib_sim_light_view view;
    bool half;
    uint32_t plane_w, plane_h;
    uint32_t first, rows, skip, bytes; ///< of the rows as sent
    uint8_t *out;
    bool colours; ///< red, green, blue for JPEG instead
};

/// The mean of two cells, channel by channel.
static inline uint32_t between(uint32_t a, uint32_t b) {
    return (a & b) + (((a ^ b) & 0x3FEFFBFEu) >> 1);
}

/// A row of the picture from rows of the plane, mirrored if it is.
static const uint32_t *row_cells(const struct drawing *self, const uint32_t *upper,
                                 const uint32_t *lower) {
    const struct ib_sim_ov5640_view *view = &self->frame->view;
    uint32_t width = view->width_px, *row = self->self->row;
    if (!self->half) {
        if (!view->mirror)
            return upper;
        for (uint32_t x = 0; x < width; x++)
            row[x] = upper[width - 1 - x];
        return row;
    }
    uint32_t left = between(upper[0], lower[0]);
    for (uint32_t x = 0; x < width; x += 2) {
        row[x] = left;
        if (x + 1 == width)
            break;
        uint32_t right = between(upper[x / 2 + 1], lower[x / 2 + 1]);
        row[x + 1] = between(left, right);
        left = right;
    }
    if (view->mirror)
        for (uint32_t x = 0; x < width / 2; x++) {
            uint32_t cell = row[x];
            row[x] = row[width - 1 - x];
            row[width - 1 - x] = cell;
        }
    return row;
}

static void send_row(const struct drawing *self, const uint32_t *cells, uint32_t sent) {
    struct ib_sim_ov5640 *sim = self->self;
    const struct ib_sim_ov5640_view *view = &self->frame->view;
    uint32_t dice = (uint32_t)self->frame->number * 2654435761u + sent * 40503u + 7;
    dice = (dice ^ dice >> 15) * 2246822519u;
    const uint32_t *noise = sim->noise + (dice >> 8) % (IB_SIM_OV5640_NOISE - view->width_px);
    if (self->colours) {
        uint8_t *out = self->out + (size_t)3 * view->width_px * sent;
        ib_sim_ov5640_pack_rgb(sim, view, cells, noise, view->width_px, 0, out);
        return;
    }
    uint8_t *out = self->out + (size_t)(sent - self->first) * self->bytes;
    bool whole = self->skip == 0 && self->bytes == ib_sim_ov5640_line_bytes(view);
    ib_sim_ov5640_pack(sim, view, cells, noise, sent, whole ? out : sim->line);
    if (!whole)
        memcpy(out, sim->line + self->skip, self->bytes);
}

/// Rows `from` to `to - 1` of the plane, with one more to mix with.
static void draw_band(const struct drawing *self, uint32_t from, uint32_t to) {
    const struct ib_sim_ov5640_frame *frame = self->frame;
    uint32_t *band = self->self->band, height = frame->view.height_px;
    uint32_t rows = to + 1 < self->plane_h ? to + 1 - from : self->plane_h - from;
    memcpy(band, self->plane + (size_t)from * self->plane_w,
           (size_t)rows * self->plane_w * sizeof *band);
    struct ib_sim_light_picture picture = {band, (uint16_t)self->plane_w, (uint16_t)rows};
    struct ib_sim_light_view view = self->view;
    view.top += view.step_y * (float)from;
    ib_sim_light_moving(frame->scene, ib_sim_ov5640_scene_s(self->self, frame->start_us),
                        self->self->config.seed, &view, &picture);
    uint32_t each = self->half ? 2 : 1;
    for (uint32_t row = from * each; row < to * each && row < height; row++) {
        uint32_t sent = frame->view.flip ? height - 1 - row : row;
        if (sent < self->first || sent >= self->first + self->rows)
            continue;
        const uint32_t *upper = band + (size_t)(row / each - from) * self->plane_w;
        const uint32_t *lower = row % each ? upper + self->plane_w : upper;
        send_row(self, row_cells(self, upper, lower), sent);
    }
}

static void draw(struct drawing *self) {
    struct ib_sim_ov5640 *sim = self->self;
    const struct ib_sim_ov5640_view *view = &self->frame->view;
    self->plane = ib_sim_ov5640_planes(sim, self->frame, &self->view, &self->half);
    self->plane_w = sim->key.width_px;
    self->plane_h = sim->key.height_px;
    ib_sim_ov5640_colours(sim, self->frame);
    // Rows of the plane that are asked for.
    uint32_t from = view->flip ? view->height_px - self->first - self->rows : self->first;
    uint32_t to = from + self->rows;
    if (self->half) {
        from /= 2;
        to = to / 2 + 1;
    }
    if (to > self->plane_h)
        to = self->plane_h;
    for (; from < to; from += IB_SIM_OV5640_BAND)
        draw_band(self, from, from + IB_SIM_OV5640_BAND < to ? from + IB_SIM_OV5640_BAND : to);
}

/// A share of the standard tables: 0x10 leaves them as they are, less is finer.
static int jpeg_quality(uint8_t scale) {
    int percent = scale ? scale * 25 / 4 : 1;
    int quality = percent <= 100 ? 100 - percent / 2 : 5000 / percent;
    return quality < 1 ? 1 : quality > 99 ? 99 : quality;
}

static int64_t draw_jpeg(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame,
                         uint8_t *out, size_t room) {
    const struct ib_sim_ov5640_view *view = &frame->view;
    struct drawing drawing = {.self = self,
                              .frame = frame,
                              .rows = view->height_px,
                              .out = self->colours,
                              .colours = true};
    draw(&drawing);
    struct ib_codec_picture picture = {self->colours, view->width_px, view->height_px,
                                       3u * view->width_px, IB_CODEC_RGB888};
    const struct ib_codec *codec = self->config.codec;
    int64_t size = codec->ops->encode(codec->context, IB_CODEC_JPEG, &picture,
                                      jpeg_quality(view->jpeg_scale), IB_CODEC_422, out, room);
    if (size < 0)
        return size;
    if (ib_sim_ov5640_strikes(self, IB_SIM_OV5640_NO_EOI)) {
        memset(out + size - 2, 0, room - (size_t)(size - 2));
        return (int64_t)room;
    }
    // Lines of fixed width; what is behind the last of them is lost, its end with it.
    int64_t most = (int64_t)view->jpeg_width * view->jpeg_height;
    int64_t lines = (size + view->jpeg_width - 1) / view->jpeg_width;
    int64_t sent = lines * view->jpeg_width;
    if (size > most)
        return most;
    if ((size_t)sent > room)
        return IB_E_NO_SPACE;
    memset(out + size, 0, (size_t)(sent - size));
    return sent;
}

int64_t ib_sim_ov5640_draw(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame,
                           uint32_t first, uint32_t rows, uint32_t skip, uint32_t bytes,
                           uint8_t *out, size_t room) {
    if (frame->view.format == IB_SIM_OV5640_JPEG)
        return draw_jpeg(self, frame, out, room);
    if ((uint64_t)rows * bytes > room)
        return IB_E_NO_SPACE;
    struct drawing drawing = {.self = self,
                              .frame = frame,
                              .first = first,
                              .rows = rows,
                              .skip = skip,
                              .bytes = bytes,
                              .out = out};
    if (rows && bytes)
        draw(&drawing);
    return (int64_t)rows * bytes;
}
