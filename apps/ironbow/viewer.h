/// Looking at frames in a terminal: what `view` and `play` share.
///
/// Holds the last frame, how it is shown (palette, range, units) and the screen. The terminal itself
/// belongs to terminal.h.
#ifndef IB_APP_VIEWER_H
#define IB_APP_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/colouring.h"
#include "apps/ironbow/terminal_cells.h"
#include "apps/ironbow/terminal_picture.h"
#include "apps/ironbow/visible.h"

struct ib_app_viewer_options {
    struct ib_app_colouring colours;
    enum ib_app_degrees degrees;
    unsigned columns; ///< 0: the terminal's
    unsigned rows;
    const char *const *help; ///< lines, NULL-terminated; kept
};

struct ib_app_viewer {
    struct ib_app_viewer_options options;
    struct ib_app_cells cells;
    struct ib_app_visible *visible;
    struct ib_app_visible_style style; ///< what `visible` was opened with
    uint8_t colours[256][3];
    struct ib_frame frame; ///< the one shown; no pixels: none yet
    size_t capacity_px;
    bool helping;
    char title[128];
    char message[96];
};

/// "C", "F", "K". Return: whether it is one of them.
bool ib_app_viewer_degrees(const char *text, enum ib_app_degrees *out);

/// Errors: -1 with `problem` filled: no such palette, too little memory.
int ib_app_viewer_open(struct ib_app_viewer *self, const struct ib_app_viewer_options *options,
                       enum ib_app_cell_colours colours, char *problem, size_t problem_size);
void ib_app_viewer_close(struct ib_app_viewer *self);

/// Take a copy of a frame to show.
/// Errors: -1: too little memory.
int ib_app_viewer_take(struct ib_app_viewer *self, const struct ib_frame *frame);

/// p, u, l, e, h: palette, units, lock, equalise, help.
/// Return: whether it was one of these.
bool ib_app_viewer_key(struct ib_app_viewer *self, int key);

/// Follow the terminal's size and draw what is new onto it.
/// Errors: -1: the terminal takes nothing any more, or too little memory.
int ib_app_viewer_show(struct ib_app_viewer *self);
/// The same as plain lines to standard output, for once.
int ib_app_viewer_print(struct ib_app_viewer *self);

#endif
