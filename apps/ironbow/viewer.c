/// A frame, a style and a screen.
#include "apps/ironbow/viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/terminal.h"
#include "core/status.h"
#include "image/palette.h"
#include "image/range.h"

/// Twice a Lepton each way: the cells average what is too much.
#define PICTURE_WIDTH 320
#define PICTURE_HEIGHT 240

bool ib_app_viewer_degrees(const char *text, enum ib_app_degrees *out) {
    static const char LETTERS[] = "CFK";
    const char *at = text[0] && !text[1] ? strchr(LETTERS, text[0]) : NULL;
    if (at)
        *out = (enum ib_app_degrees)(at - LETTERS);
    return at != NULL;
}

/// The colours of the scale bar.
static int fill_colours(struct ib_app_viewer *self) {
    const struct ib_palette *palette = ib_palette_find(self->style.palette);
    if (!palette)
        return IB_E_NOT_FOUND;
    ib_palette_fill_rgb888(palette, self->colours[0]);
    return IB_OK;
}

/// The range that follows the picture: what was asked for, unless that is a fixed one.
static enum ib_range_mode following(const struct ib_app_viewer_options *options) {
    return options->colours.range == IB_RANGE_FIXED ? IB_RANGE_MIN_MAX : options->colours.range;
}

/// Open `visible` anew for another style; the old one stays when that fails.
static int set_style(struct ib_app_viewer *self, const struct ib_app_visible_style *style) {
    struct ib_app_visible *visible;
    int status = ib_app_visible_open(&visible, style);
    if (status != IB_OK)
        return status;
    ib_app_visible_close(self->visible);
    self->visible = visible;
    self->style = *style;
    return fill_colours(self);
}

static int resize(struct ib_app_viewer *self) {
    unsigned columns = self->options.columns, rows = self->options.rows;
    if (!columns)
        ib_app_terminal_size(&columns, &rows);
    enum ib_app_cell_colours colours = self->cells.colours;
    ib_app_cells_close(&self->cells);
    return ib_app_cells_open(&self->cells, columns, rows, colours);
}

int ib_app_viewer_open(struct ib_app_viewer *self, const struct ib_app_viewer_options *options,
                       enum ib_app_cell_colours colours, char *problem, size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->options = *options;
    self->cells.colours = colours;
    struct ib_app_visible_style style = ib_app_visible_default;
    style.palette = options->colours.palette;
    style.range = following(options);
    style.still = true; // the scale bar says what the colours mean in this frame
    style.width_px = PICTURE_WIDTH;
    style.height_px = PICTURE_HEIGHT;
    int status = set_style(self, &style);
    if (status == IB_OK && resize(self) != 0)
        status = IB_E_NO_SPACE;
    if (status == IB_OK)
        return 0;
    if (status == IB_E_NOT_FOUND)
        snprintf(problem, problem_size, "no such palette");
    else
        snprintf(problem, problem_size, "there is too little memory");
    ib_app_viewer_close(self);
    return -1;
}

void ib_app_viewer_close(struct ib_app_viewer *self) {
    ib_app_visible_close(self->visible);
    ib_app_cells_close(&self->cells);
    free(self->frame.pixels);
    memset(self, 0, sizeof *self);
}

/// Pixel values of a range in degrees.
static void fix_range(struct ib_app_viewer *self) {
    struct ib_app_visible_style style = self->style;
    const struct ib_frame *frame = &self->frame;
    if (self->options.colours.range != IB_RANGE_FIXED || frame->unit != IB_UNIT_KELVIN)
        return;
    style.range = IB_RANGE_FIXED;
    style.low = ib_app_colouring_value(frame, self->options.colours.low_c);
    style.high = ib_app_colouring_value(frame, self->options.colours.high_c);
    // Again when the scale has changed (a gain switch).
    if (self->style.range != IB_RANGE_FIXED || style.low != self->style.low ||
        style.high != self->style.high)
        set_style(self, &style);
}

int ib_app_viewer_take(struct ib_app_viewer *self, const struct ib_frame *frame) {
    size_t count = (size_t)frame->width_px * frame->height_px;
    if (count > self->frame.capacity_px) {
        uint16_t *pixels = realloc(self->frame.pixels, count * sizeof *pixels);
        if (!pixels)
            return -1;
        self->frame.pixels = pixels;
        self->frame.capacity_px = count;
    }
    ib_frame_copy(&self->frame, frame);
    fix_range(self);
    return 0;
}

static void next_palette(struct ib_app_viewer *self) {
    size_t at = 0, count = ib_palette_count();
    if (count == 0)
        return;
    while (at < count && strcmp(ib_palette_at(at)->name, self->style.palette) != 0)
        at++;
    do {
        at = (at + 1) % count;
    } while (ib_palette_at(at)->exact);
    struct ib_app_visible_style style = self->style;
    style.palette = ib_palette_at(at)->name;
    set_style(self, &style);
    snprintf(self->message, sizeof self->message, "palette %s", self->style.palette);
}

static void toggle_lock(struct ib_app_viewer *self) {
    struct ib_app_visible_style style = self->style;
    const struct ib_range *range = ib_app_visible_range(self->visible);
    if (!self->frame.pixels)
        return;
    self->options.colours.range = following(&self->options); // what was asked for is given up
    bool lock = style.range != IB_RANGE_FIXED;
    style.range = lock ? IB_RANGE_FIXED : self->options.colours.range;
    style.low = (int32_t)ib_range_value(range, 0);
    style.high = (int32_t)ib_range_value(range, IB_RANGE_LEVELS - 1);
    if (set_style(self, &style) == IB_OK)
        snprintf(self->message, sizeof self->message, "%s",
                 lock ? "range locked" : "range follows the picture");
}

static void toggle_equalised(struct ib_app_viewer *self) {
    struct ib_app_visible_style style = self->style;
    bool on = style.range != IB_RANGE_EQUALISED;
    style.range = on ? IB_RANGE_EQUALISED : IB_RANGE_MIN_MAX;
    self->options.colours.range = style.range;
    if (set_style(self, &style) == IB_OK)
        snprintf(self->message, sizeof self->message, "%s",
                 on ? "colours equalised" : "colours linear");
}

bool ib_app_viewer_key(struct ib_app_viewer *self, int key) {
    switch (key) {
    case 'p':
        next_palette(self);
        return true;
    case 'u':
        self->options.degrees = (enum ib_app_degrees)((self->options.degrees + 1) % 3);
        return true;
    case 'l':
        toggle_lock(self);
        return true;
    case 'e':
        toggle_equalised(self);
        return true;
    case 'h':
    case '?':
        self->helping = !self->helping;
        return true;
    default:
        return false;
    }
}

static void draw(struct ib_app_viewer *self) {
    const struct ib_image *colours =
        self->frame.pixels ? ib_app_visible_picture(self->visible, &self->frame) : NULL;
    const struct ib_range *range = ib_app_visible_range(self->visible);
    const struct ib_app_terminal_scene scene = {
        .frame = colours ? &self->frame : NULL,
        .colours = colours,
        .palette = (const uint8_t(*)[3])self->colours,
        .locked = self->style.range == IB_RANGE_FIXED,
        .low = (int32_t)ib_range_value(range, 0),
        .high = (int32_t)ib_range_value(range, IB_RANGE_LEVELS - 1),
        .degrees = self->options.degrees,
        .title = self->title,
        .message = self->message,
        .help = self->helping ? self->options.help : NULL,
    };
    ib_app_terminal_picture(&self->cells, &scene);
}

int ib_app_viewer_show(struct ib_app_viewer *self) {
    size_t size;
    if (ib_app_terminal_disturbed() && resize(self) != 0)
        return -1;
    draw(self);
    const char *bytes = ib_app_cells_update(&self->cells, &size);
    return ib_app_terminal_write(bytes, size) ? 0 : -1;
}

int ib_app_viewer_print(struct ib_app_viewer *self) {
    size_t size;
    draw(self);
    const char *bytes = ib_app_cells_lines(&self->cells, &size);
    return fwrite(bytes, 1, size, stdout) == size && fflush(stdout) == 0 ? 0 : -1;
}
