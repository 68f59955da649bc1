/// Setting text: cells along a line, scaled, mirrored and turned. See draw_text.h.
#include "image/draw_text.h"

#include "core/status.h"
#include "image/draw_private.h"
#include "image/font.h"

#define FAR (1 << 28) ///< no pen goes further

/// Both ends included.
struct box {
    int32_t left, top, right, bottom;
};

/// A text being set.
struct pen {
    const struct ib_text_style *style;
    struct ib_point origin, at;
    int32_t cell_w, cell_h;
    int32_t columns[IB_FONT_WIDTH + 1]; ///< where each column begins, scaled
    int32_t rows[IB_FONT_HEIGHT + 1];
    int32_t char_turns, string_turns;
};

struct ib_text_style ib_text_style_defaults(void) {
    return (struct ib_text_style){.scale = 1.0f, .mono = true};
}

static int32_t scaled(float scale, int32_t size) {
    return (int32_t)((float)size * scale);
}

static int32_t turns_of(int32_t degrees) {
    degrees %= 360;
    return (degrees < 0 ? degrees + 360 : degrees) / 90;
}

/// Where each of `count` cells begins when pixel i shows cell floor(i / scale); from[count] ends it.
static void divide(int32_t *from, int32_t count, int32_t size_px, float scale) {
    int32_t cell = 0;
    for (int32_t i = 0; i < size_px; i++) {
        int32_t shown = (int32_t)((float)i / scale);
        while (cell <= shown && cell < count)
            from[cell++] = i;
    }
    while (cell <= count)
        from[cell++] = size_px;
}

static int start(struct pen *self, struct ib_point at, const struct ib_text_style *style) {
    if (!(style->scale > 0.0f && style->scale <= IB_TEXT_SCALE_MAX))
        return IB_E_RANGE;
    self->style = style;
    self->cell_w = scaled(style->scale, IB_FONT_WIDTH);
    self->cell_h = scaled(style->scale, IB_FONT_HEIGHT);
    divide(self->columns, IB_FONT_WIDTH, self->cell_w, style->scale);
    divide(self->rows, IB_FONT_HEIGHT, self->cell_h, style->scale);
    self->char_turns = turns_of(style->char_rotation);
    self->string_turns = turns_of(style->string_rotation);
    self->at = ib_draw_hold_point(at);
    // The first cell stays next to the origin when the others go the other way.
    if (style->string_hmirror)
        self->at.x -= self->cell_w - 1;
    if (style->string_vflip)
        self->at.y -= self->cell_h - 1;
    self->origin = self->at;
    return IB_OK;
}

static int32_t moved(int32_t at, int32_t by, bool back) {
    at += back ? -by : by;
    return at > FAR ? FAR : at < -FAR ? -FAR : at;
}

static void new_line(struct pen *self) {
    int32_t high = self->char_turns % 2 ? self->cell_w : self->cell_h;
    self->at.x = self->origin.x;
    self->at.y =
        moved(self->at.y, high + ib_draw_hold(self->style->y_spacing), self->style->string_vflip);
}

static struct box turned(struct box box, struct ib_point centre, int32_t turns) {
    for (; turns > 0; turns--)
        box = (struct box){centre.x - (box.bottom - centre.y), centre.y + (box.left - centre.x),
                           centre.x - (box.top - centre.y), centre.y + (box.right - centre.x)};
    return box;
}

static void draw_glyph(const struct pen *self, struct ib_image *image, const uint8_t *glyph,
                       uint32_t colour) {
    struct ib_point centre = {self->at.x + self->cell_w / 2, self->at.y + self->cell_h / 2};
    for (int32_t y = 0; y < IB_FONT_HEIGHT; y++) {
        for (int32_t x = 0; x < IB_FONT_WIDTH; x++) {
            struct box box = {self->columns[x], self->rows[y], self->columns[x + 1] - 1,
                              self->rows[y + 1] - 1};
            if (!(glyph[y] & (0x80u >> x)) || box.right < box.left || box.bottom < box.top)
                continue;
            if (self->style->char_hmirror)
                box = (struct box){self->cell_w - 1 - box.right, box.top,
                                   self->cell_w - 1 - box.left, box.bottom};
            if (self->style->char_vflip)
                box = (struct box){box.left, self->cell_h - 1 - box.bottom, box.right,
                                   self->cell_h - 1 - box.top};
            box = (struct box){box.left + self->at.x, box.top + self->at.y, box.right + self->at.x,
                               box.bottom + self->at.y};
            box = turned(box, centre, self->char_turns);
            box = turned(box, self->origin, self->string_turns);
            ib_draw_rect_filled(image,
                                (struct ib_rect){box.left, box.top, box.right - box.left + 1,
                                                 box.bottom - box.top + 1},
                                colour);
        }
    }
}

/// From where to where a glyph's ink lies along the line, in columns as they are drawn.
static bool ink_along(const struct pen *self, const uint8_t *glyph, int32_t *first, int32_t *last) {
    struct ib_ink ink;
    if (!ib_font_ink(&ink, glyph))
        return false;
    bool upright = self->char_turns % 2 == 0;
    int32_t end = upright ? IB_FONT_WIDTH - 1 : IB_FONT_HEIGHT - 1;
    bool mirrored = upright ? self->style->char_hmirror : self->style->char_vflip;
    // Half a turn mirrors, and the quarter turn that puts the lowest row in front does.
    if (self->char_turns == 1 || self->char_turns == 2)
        mirrored = !mirrored;
    *first = upright ? ink.first_column : ink.first_row;
    *last = upright ? ink.last_column : ink.last_row;
    if (mirrored) {
        int32_t was = *first;
        *first = end - *last;
        *last = end - was;
    }
    return true;
}

/// Set one glyph and move on; `image` NULL only moves.
/// Return: how far the glyph itself reached, without spacing, from the line's start.
static int32_t set(struct pen *self, struct ib_image *image, const uint8_t *glyph,
                   uint32_t colour) {
    const struct ib_text_style *style = self->style;
    bool back = style->string_hmirror;
    int32_t advance = self->char_turns % 2 ? self->cell_h : self->cell_w, first, last;
    int32_t spacing = ib_draw_hold(style->x_spacing);
    if (!style->mono) {
        if (ink_along(self, glyph, &first, &last)) {
            self->at.x = moved(self->at.x, scaled(style->scale, first), !back);
            advance = scaled(style->scale, last + 2);
        } else {
            advance = scaled(style->scale, 3);
            spacing = 0;
        }
    }
    if (image)
        draw_glyph(self, image, glyph, colour);
    self->at.x = moved(self->at.x, advance, back);
    int32_t reached = back ? self->origin.x - self->at.x : self->at.x - self->origin.x;
    self->at.x = moved(self->at.x, spacing, back);
    return reached;
}

/// Set all of it; the room taken goes to *width_px and *height_px.
static void run(struct pen *pen, struct ib_image *image, const char *text, size_t size,
                uint32_t colour, int32_t *width_px, int32_t *height_px) {
    bool after_return = false;
    *width_px = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code = ib_font_next(text, size, &at);
        bool second_half = after_return && code == '\n';
        after_return = code == '\r';
        if (second_half)
            continue;
        if (code == '\n' || code == '\r') {
            new_line(pen);
            continue;
        }
        const uint8_t *glyph = ib_font_glyph(code);
        if (!glyph)
            continue;
        int32_t reached = set(pen, image, glyph, colour);
        *width_px = reached > *width_px ? reached : *width_px;
    }
    int32_t down = pen->style->string_vflip ? pen->origin.y - pen->at.y : pen->at.y - pen->origin.y;
    *height_px = down + (pen->char_turns % 2 ? pen->cell_w : pen->cell_h);
}

int ib_draw_text(struct ib_image *self, struct ib_point at, const char *text, size_t size,
                 uint32_t colour, const struct ib_text_style *style) {
    struct pen pen;
    int32_t width_px, height_px;
    int status = start(&pen, at, style);
    if (status < 0)
        return status;
    run(&pen, self, text, size, colour, &width_px, &height_px);
    return IB_OK;
}

int ib_text_measure(const char *text, size_t size, const struct ib_text_style *style,
                    int32_t *width_px, int32_t *height_px) {
    struct pen pen;
    int status = start(&pen, (struct ib_point){0, 0}, style);
    *width_px = *height_px = 0;
    if (status < 0)
        return status;
    run(&pen, NULL, text, size, 0, width_px, height_px);
    return IB_OK;
}
