/// Frames into cells. A cell is about twice as high as wide, so its halves are square.
#include "apps/ironbow/terminal_picture.h"

#include <stdio.h>
#include <string.h>

#define UPPER_HALF "\342\226\200"
#define HOTTEST "\342\226\262"
#define COLDEST "\342\226\274"
#define BLACK 0x000000u
#define WHITE 0xFFFFFFu
/// The scale bar and the line of values.
#define LINES_BELOW 2u

// ---- numbers ----

/// Tenths, rounded to the nearest.
static int32_t tenths(int64_t value, int64_t divisor) {
    int64_t half = divisor / 2;
    return (int32_t)((value >= 0 ? value + half : value - half) / divisor);
}

void ib_app_terminal_value(char *out, size_t size, const struct ib_frame *frame, int32_t value,
                           enum ib_app_degrees degrees) {
    if (frame->unit != IB_UNIT_KELVIN) {
        snprintf(out, size, "%d", (int)value);
        return;
    }
    int64_t ck = (int64_t)value * frame->scale_ck;
    int32_t number;
    const char *unit;
    if (degrees == IB_APP_FAHRENHEIT) {
        number = tenths((ck - 27315) * 18 + 32000, 100);
        unit = "°F";
    } else if (degrees == IB_APP_KELVIN) {
        number = tenths(ck, 10);
        unit = "K";
    } else {
        number = tenths(ck - 27315, 10);
        unit = "°C";
    }
    unsigned size_of_it = (unsigned)(number < 0 ? -number : number);
    snprintf(out, size, "%s%u.%u %s", number < 0 ? "-" : "", size_of_it / 10, size_of_it % 10,
             unit);
}

// ---- the picture ----

void ib_app_terminal_picture_place(const struct ib_app_cells *cells, unsigned width_px,
                                   unsigned height_px, struct ib_rect *out) {
    unsigned columns = cells->columns;
    unsigned rows = cells->rows > LINES_BELOW ? cells->rows - LINES_BELOW : 0;
    *out = (struct ib_rect){0};
    if (columns == 0 || rows == 0 || width_px == 0 || height_px == 0)
        return;
    // As wide as the screen, or as high; a row has two pixels.
    unsigned wide_rows = (columns * height_px + width_px) / (2 * width_px);
    if (wide_rows <= rows) {
        rows = wide_rows ? wide_rows : 1;
    } else {
        unsigned high_columns = (2 * rows * width_px + height_px / 2) / height_px;
        columns = high_columns < columns ? high_columns : columns;
    }
    *out = (struct ib_rect){(int32_t)((cells->columns - columns) / 2), 0, (int32_t)columns,
                            (int32_t)rows};
}

/// The mean colour of the part of the picture that becomes pixel x, y of width x height.
static uint32_t mean_colour(const struct ib_image *picture, int32_t x, int32_t y, int32_t width,
                            int32_t height) {
    int32_t left = x * picture->width_px / width;
    int32_t right = (x + 1) * picture->width_px / width;
    int32_t top = y * picture->height_px / height;
    int32_t bottom = (y + 1) * picture->height_px / height;
    right = right > left ? right : left + 1;
    bottom = bottom > top ? bottom : top + 1;
    uint32_t sum[3] = {0, 0, 0};
    uint32_t count = (uint32_t)((right - left) * (bottom - top));
    for (int32_t row = top; row < bottom; row++) {
        const uint8_t *pixel = ib_image_row(picture, row) + 3 * (size_t)left;
        for (int32_t column = left; column < right; column++, pixel += 3) {
            sum[0] += pixel[0];
            sum[1] += pixel[1];
            sum[2] += pixel[2];
        }
    }
    return (sum[0] + count / 2) / count << 16 | (sum[1] + count / 2) / count << 8 |
           (sum[2] + count / 2) / count;
}

static unsigned luma(uint32_t colour) {
    return (2 * (colour >> 16 & 255) + 5 * (colour >> 8 & 255) + (colour & 255)) / 8;
}

static uint32_t against(uint32_t colour) {
    return luma(colour) > 120 ? BLACK : WHITE;
}

static const char *ramp(unsigned bright) {
    static const char RAMP[][2] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};
    return RAMP[bright * 10 / 256];
}

static void put_picture(struct ib_app_cells *cells, const struct ib_app_terminal_scene *scene,
                        const struct ib_rect *place) {
    bool ascii = cells->colours == IB_APP_CELLS_NONE;
    for (int32_t row = 0; row < place->h; row++) {
        for (int32_t column = 0; column < place->w; column++) {
            uint32_t upper = mean_colour(scene->colours, column, 2 * row, place->w, 2 * place->h);
            uint32_t lower =
                mean_colour(scene->colours, column, 2 * row + 1, place->w, 2 * place->h);
            const char *text = ascii ? ramp((luma(upper) + luma(lower)) / 2) : UPPER_HALF;
            ib_app_cells_put(cells, (unsigned)(place->x + column), (unsigned)(place->y + row), text,
                             upper, lower);
        }
    }
}

// ---- what is measured ----

struct extremes {
    size_t hottest, coldest; ///< places in the frame
};

static struct extremes find_extremes(const struct ib_frame *frame) {
    struct extremes found = {0, 0};
    size_t count = (size_t)frame->width_px * frame->height_px;
    for (size_t i = 1; i < count; i++) {
        if (frame->pixels[i] > frame->pixels[found.hottest])
            found.hottest = i;
        if (frame->pixels[i] < frame->pixels[found.coldest])
            found.coldest = i;
    }
    return found;
}

static size_t middle_of(const struct ib_frame *frame) {
    return (size_t)(frame->height_px / 2) * frame->width_px + frame->width_px / 2;
}

/// A sign on the picture, readable on whatever is there.
static void put_mark(struct ib_app_cells *cells, const struct ib_frame *frame,
                     const struct ib_rect *place, size_t at, const char *sign, const char *ascii) {
    int32_t x = (int32_t)(at % frame->width_px), y = (int32_t)(at / frame->width_px);
    unsigned column = (unsigned)(place->x + x * place->w / frame->width_px);
    unsigned row = (unsigned)(place->y + y * place->h / frame->height_px);
    if (column >= cells->columns || row >= cells->rows)
        return;
    const struct ib_app_cell *under = &cells->now[(size_t)row * cells->columns + column];
    uint32_t ground = under->bg;
    ib_app_cells_put(cells, column, row, cells->colours == IB_APP_CELLS_NONE ? ascii : sign,
                     against(ground), ground);
}

// ---- the lines below ----

static void put_scale(struct ib_app_cells *cells, const struct ib_app_terminal_scene *scene,
                      unsigned row) {
    const struct ib_frame *frame = scene->frame;
    char low[32], high[32];
    ib_app_terminal_value(low, sizeof low, frame, scene->low, scene->degrees);
    ib_app_terminal_value(high, sizeof high, frame, scene->high, scene->degrees);
    unsigned left = ib_app_cells_text(cells, 0, row, low, IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN) + 1;
    unsigned width = ib_app_cells_width(cells, high);
    unsigned lock = scene->locked ? 7 : 0; // " locked"
    if (left + 4 + width + 1 + lock > cells->columns)
        return;
    unsigned right = cells->columns - width - lock - 1;
    for (unsigned column = left; column < right; column++) {
        const uint8_t *colour = scene->palette[(column - left) * 255 / (right - left - 1)];
        uint32_t rgb = (uint32_t)colour[0] << 16 | (uint32_t)colour[1] << 8 | colour[2];
        ib_app_cells_put(cells, column, row,
                         cells->colours == IB_APP_CELLS_NONE ? ramp(luma(rgb)) : " ",
                         IB_APP_CELL_PLAIN, rgb);
    }
    right = ib_app_cells_text(cells, right + 1, row, high, IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN);
    if (scene->locked)
        ib_app_cells_text(cells, right, row, " locked", IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN);
}

static void put_values(struct ib_app_cells *cells, const struct ib_app_terminal_scene *scene,
                       unsigned row, const struct extremes *extremes) {
    const struct ib_frame *frame = scene->frame;
    bool ascii = cells->colours == IB_APP_CELLS_NONE;
    const struct {
        const char *sign;
        size_t at;
    } values[] = {{"+", middle_of(frame)},
                  {ascii ? "^" : HOTTEST, extremes->hottest},
                  {ascii ? "v" : COLDEST, extremes->coldest}};
    unsigned column = 0;
    unsigned width = ib_app_cells_width(cells, scene->title);
    unsigned room = cells->columns > width + 1 ? cells->columns - width - 1 : 0;
    for (unsigned i = 0; i < 3; i++) {
        char number[32], text[48];
        ib_app_terminal_value(number, sizeof number, frame, frame->pixels[values[i].at],
                              scene->degrees);
        snprintf(text, sizeof text, "%s %s", values[i].sign, number);
        if (column + ib_app_cells_width(cells, text) > room)
            break; // the extremes are at the ends of the scale, too
        column = ib_app_cells_text(cells, column, row, text, IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN);
        column += 3;
    }
    ib_app_cells_text(cells, width < cells->columns ? cells->columns - width : 0, row, scene->title,
                      IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN);
}

/// Lines in a box of their own over the picture, from the top.
static void put_help(struct ib_app_cells *cells, const char *const *help) {
    unsigned width = 0, count = 0;
    for (; help[count]; count++) {
        unsigned size = ib_app_cells_width(cells, help[count]);
        width = size > width ? size : width;
    }
    for (unsigned i = 0; i < count; i++) {
        for (unsigned column = 0; column < width + 2; column++)
            ib_app_cells_put(cells, 1 + column, 1 + i, " ", IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN);
        ib_app_cells_text(cells, 2, 1 + i, help[i], IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN);
    }
}

static void put_message(struct ib_app_cells *cells, const char *message) {
    char text[128];
    snprintf(text, sizeof text, " %s ", message);
    unsigned width = ib_app_cells_width(cells, text);
    unsigned column = width < cells->columns ? (cells->columns - width) / 2 : 0;
    ib_app_cells_text(cells, column, cells->rows > 4 ? (cells->rows - LINES_BELOW) / 2 - 1 : 0,
                      text, IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN);
}

void ib_app_terminal_picture(struct ib_app_cells *cells,
                             const struct ib_app_terminal_scene *scene) {
    const struct ib_frame *frame = scene->frame;
    ib_app_cells_clear(cells);
    if (cells->columns == 0 || cells->rows == 0)
        return;
    if (frame && frame->width_px && frame->height_px) {
        struct ib_rect place;
        struct extremes extremes = find_extremes(frame);
        ib_app_terminal_picture_place(cells, frame->width_px, frame->height_px, &place);
        put_picture(cells, scene, &place);
        if (place.h > 0) {
            put_mark(cells, frame, &place, extremes.coldest, COLDEST, "v");
            put_mark(cells, frame, &place, extremes.hottest, HOTTEST, "^");
            put_mark(cells, frame, &place, middle_of(frame), "+", "+");
        }
        if (cells->rows > 1)
            put_scale(cells, scene, cells->rows - 2);
        put_values(cells, scene, cells->rows - 1, &extremes);
    } else {
        ib_app_cells_text(cells, 0, cells->rows - 1, scene->title, IB_APP_CELL_PLAIN,
                          IB_APP_CELL_PLAIN);
    }
    if (scene->help)
        put_help(cells, scene->help);
    if (scene->message[0])
        put_message(cells, scene->message);
}
