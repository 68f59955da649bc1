/// Cells to bytes: ECMA-48 sequences, with colours as xterm has them.
#include "apps/ironbow/terminal_cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Move (10), two colours (19 each) and a character (4), rounded up.
#define CELL_BYTES 56
#define FRAME_BYTES 128
/// An update that a terminal shows at once or not at all; one that does not know it ignores it.
#define BEGIN_UPDATE "\033[?2026h"
#define END_UPDATE "\033[0m\033[?2026l"

int ib_app_cells_open(struct ib_app_cells *self, unsigned columns, unsigned rows,
                      enum ib_app_cell_colours colours) {
    memset(self, 0, sizeof *self);
    self->columns = columns > IB_APP_CELLS_COLUMNS ? IB_APP_CELLS_COLUMNS : columns;
    self->rows = rows > IB_APP_CELLS_ROWS ? IB_APP_CELLS_ROWS : rows;
    self->colours = colours;
    self->fresh = true;
    size_t count = (size_t)self->columns * self->rows;
    self->capacity = count * CELL_BYTES + FRAME_BYTES;
    self->now = calloc(count + 1, sizeof *self->now);
    self->before = calloc(count + 1, sizeof *self->before);
    self->out = malloc(self->capacity);
    if (!self->now || !self->before || !self->out) {
        ib_app_cells_close(self);
        return -1;
    }
    ib_app_cells_clear(self);
    return 0;
}

void ib_app_cells_close(struct ib_app_cells *self) {
    free(self->now);
    free(self->before);
    free(self->out);
    memset(self, 0, sizeof *self);
}

void ib_app_cells_clear(struct ib_app_cells *self) {
    const struct ib_app_cell blank = {IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN, " "};
    for (size_t i = 0; i < (size_t)self->columns * self->rows; i++)
        self->now[i] = blank;
}

void ib_app_cells_put(struct ib_app_cells *self, unsigned column, unsigned row, const char *text,
                      uint32_t fg, uint32_t bg) {
    if (column >= self->columns || row >= self->rows)
        return;
    struct ib_app_cell *cell = &self->now[(size_t)row * self->columns + column];
    cell->fg = fg;
    cell->bg = bg;
    memset(cell->text, 0, sizeof cell->text);
    memcpy(cell->text, text, strnlen(text, sizeof cell->text));
}

/// Bytes of the UTF-8 character at `text`, which is sound where this program wrote it; anything
/// else is taken byte by byte.
static size_t character_bytes(const char *text) {
    unsigned char first = (unsigned char)text[0];
    size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return 1;
    }
    return size;
}

/// A character as it may be written: no control character (a file's name may hold one), and ASCII
/// when nothing else is wanted. Return: whether it takes a column.
static bool printable(const struct ib_app_cells *self, const char *text, size_t size) {
    unsigned char first = (unsigned char)text[0];
    if (size == 1)
        return first >= 0x20 && first < 0x7F;
    // C1 control characters are U+0080 to U+009F.
    bool control = size == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0;
    return self->colours != IB_APP_CELLS_NONE && !control;
}

unsigned ib_app_cells_text(struct ib_app_cells *self, unsigned column, unsigned row,
                           const char *text, uint32_t fg, uint32_t bg) {
    while (*text) {
        size_t size = character_bytes(text);
        if (printable(self, text, size)) {
            char one[5] = "";
            memcpy(one, text, size);
            ib_app_cells_put(self, column++, row, one, fg, bg);
        }
        text += size;
    }
    return column;
}

unsigned ib_app_cells_width(const struct ib_app_cells *self, const char *text) {
    unsigned width = 0;
    while (*text) {
        size_t size = character_bytes(text);
        width += printable(self, text, size);
        text += size;
    }
    return width;
}

void ib_app_cells_forget(struct ib_app_cells *self) {
    self->fresh = true;
}

static void put(struct ib_app_cells *self, const char *bytes, size_t size) {
    memcpy(self->out + self->size, bytes, size);
    self->size += size;
}

static void put_str(struct ib_app_cells *self, const char *text) {
    put(self, text, strlen(text));
}

static unsigned square(int a) {
    return (unsigned)(a * a);
}

/// The nearest of xterm's colours 16..255.
static unsigned nearest_of_256(uint32_t colour) {
    static const int LEVELS[6] = {0, 95, 135, 175, 215, 255};
    int rgb[3] = {(int)(colour >> 16 & 255), (int)(colour >> 8 & 255), (int)(colour & 255)};
    unsigned cube = 16, cube_off = 0;
    for (int i = 0; i < 3; i++) {
        int level = rgb[i] < 48 ? 0 : rgb[i] < 115 ? 1 : (rgb[i] - 35) / 40;
        cube = i == 0 ? 16 + 36 * (unsigned)level : cube + (i == 1 ? 6u : 1u) * (unsigned)level;
        cube_off += square(rgb[i] - LEVELS[level]);
    }
    int mean = (rgb[0] + rgb[1] + rgb[2]) / 3;
    int step = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10;
    unsigned grey_off = 0;
    for (int i = 0; i < 3; i++)
        grey_off += square(rgb[i] - (8 + 10 * step));
    return grey_off < cube_off ? 232 + (unsigned)step : cube;
}

/// `first` is 38 for the letters, 48 for the ground.
static void put_colour(struct ib_app_cells *self, unsigned first, uint32_t colour) {
    char text[40];
    int size;
    if (colour == IB_APP_CELL_PLAIN)
        size = snprintf(text, sizeof text, "\033[%um", first + 1);
    else if (self->colours == IB_APP_CELLS_256)
        size = snprintf(text, sizeof text, "\033[%u;5;%um", first, nearest_of_256(colour));
    else
        size = snprintf(text, sizeof text, "\033[%u;2;%u;%u;%um", first,
                        (unsigned)(colour >> 16 & 255), (unsigned)(colour >> 8 & 255),
                        (unsigned)(colour & 255));
    put(self, text, (size_t)size);
}

/// What the terminal writes with now.
struct pen {
    uint32_t fg, bg;
};

static void put_cell(struct ib_app_cells *self, struct pen *pen, const struct ib_app_cell *cell) {
    if (self->colours != IB_APP_CELLS_NONE) {
        bool blank = cell->text[0] == ' ';
        if (pen->fg != cell->fg && !blank) {
            put_colour(self, 38, cell->fg);
            pen->fg = cell->fg;
        }
        if (pen->bg != cell->bg) {
            put_colour(self, 48, cell->bg);
            pen->bg = cell->bg;
        }
    }
    put(self, cell->text, strnlen(cell->text, sizeof cell->text));
}

static bool same(const struct ib_app_cell *a, const struct ib_app_cell *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

const char *ib_app_cells_update(struct ib_app_cells *self, size_t *size) {
    struct pen pen = {IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN};
    char move[32];
    self->size = 0;
    put_str(self, BEGIN_UPDATE "\033[0m");
    if (self->fresh)
        put_str(self, "\033[2J");
    size_t nothing = self->size;
    for (unsigned row = 0; row < self->rows; row++) {
        unsigned cursor = self->columns; // nowhere in this row
        for (unsigned column = 0; column < self->columns; column++) {
            size_t at = (size_t)row * self->columns + column;
            if (!self->fresh && same(&self->now[at], &self->before[at]))
                continue;
            if (cursor != column) {
                snprintf(move, sizeof move, "\033[%u;%uH", row + 1, column + 1);
                put_str(self, move);
            }
            put_cell(self, &pen, &self->now[at]);
            cursor = column + 1;
        }
    }
    bool changed = self->fresh || self->size > nothing;
    put_str(self, END_UPDATE);
    memcpy(self->before, self->now, (size_t)self->columns * self->rows * sizeof *self->now);
    self->fresh = false;
    *size = changed ? self->size : 0;
    return self->out;
}

const char *ib_app_cells_lines(struct ib_app_cells *self, size_t *size) {
    self->size = 0;
    for (unsigned row = 0; row < self->rows; row++) {
        struct pen pen = {IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN};
        const struct ib_app_cell *cells = &self->now[(size_t)row * self->columns];
        unsigned end = self->columns;
        while (end > 0 && cells[end - 1].text[0] == ' ' && cells[end - 1].bg == IB_APP_CELL_PLAIN)
            end--;
        for (unsigned column = 0; column < end; column++)
            put_cell(self, &pen, &cells[column]);
        if (pen.fg != IB_APP_CELL_PLAIN || pen.bg != IB_APP_CELL_PLAIN)
            put_str(self, "\033[0m");
        put_str(self, "\n");
    }
    *size = self->size;
    return self->out;
}
