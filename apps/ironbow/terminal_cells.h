/// A screen of character cells, and the fewest bytes that bring a terminal from the last one to it.
///
/// No terminal in here: cells in, bytes out. Only cells that changed are written, colours only when
/// they differ from the cell before, everything as one synchronised update.
#ifndef IB_APP_TERMINAL_CELLS_H
#define IB_APP_TERMINAL_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Larger screens show a part of themselves.
#define IB_APP_CELLS_COLUMNS 500
#define IB_APP_CELLS_ROWS 200

/// The terminal's own colour.
#define IB_APP_CELL_PLAIN 0xFF000000u

enum ib_app_cell_colours {
    IB_APP_CELLS_TRUE, ///< 24 bits
    IB_APP_CELLS_256,  ///< the 6x6x6 cube and the greys of xterm
    IB_APP_CELLS_NONE, ///< no colours at all, ASCII only
};

struct ib_app_cell {
    uint32_t fg, bg; ///< 0xRRGGBB or IB_APP_CELL_PLAIN
    char text[4];    ///< one character in UTF-8, one column wide; not always terminated
};

struct ib_app_cells {
    unsigned columns, rows;
    enum ib_app_cell_colours colours;
    struct ib_app_cell *now;
    struct ib_app_cell *before;
    bool fresh; ///< what the terminal shows is not known
    char *out;
    size_t size, capacity;
};

/// Errors: -1: too little memory.
int ib_app_cells_open(struct ib_app_cells *self, unsigned columns, unsigned rows,
                      enum ib_app_cell_colours colours);
void ib_app_cells_close(struct ib_app_cells *self);

/// Blank everything.
void ib_app_cells_clear(struct ib_app_cells *self);
/// One character; nothing outside of the screen.
void ib_app_cells_put(struct ib_app_cells *self, unsigned column, unsigned row, const char *text,
                      uint32_t fg, uint32_t bg);
/// UTF-8 text from there to the right; cut at the edge. With IB_APP_CELLS_NONE what is not ASCII is
/// left out.
/// Return: the column behind it.
unsigned ib_app_cells_text(struct ib_app_cells *self, unsigned column, unsigned row,
                           const char *text, uint32_t fg, uint32_t bg);
/// Columns that a UTF-8 text takes.
unsigned ib_app_cells_width(const struct ib_app_cells *self, const char *text);

/// What the terminal shows is no longer known (it was resized, or something else wrote to it).
void ib_app_cells_forget(struct ib_app_cells *self);

/// The bytes for a terminal that shows the last update.
/// Owns:   they stay self's until the next call. *size is 0 when nothing has changed.
const char *ib_app_cells_update(struct ib_app_cells *self, size_t *size);
/// The same screen as lines of text, without moving the cursor: for files and pipes.
const char *ib_app_cells_lines(struct ib_app_cells *self, size_t *size);

#endif
