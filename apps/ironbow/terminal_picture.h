/// A frame as a terminal shows it: two pixels a cell, a scale bar, what the middle and the extremes
/// measure.
///
/// Fits any size of terminal and keeps the picture's shape. Numbers are temperatures only when the
/// frame is radiometric; else they are what the sensor counted.
#ifndef IB_APP_TERMINAL_PICTURE_H
#define IB_APP_TERMINAL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/terminal_cells.h"
#include "core/frame.h"
#include "image/image.h"

enum ib_app_degrees { IB_APP_CELSIUS, IB_APP_FAHRENHEIT, IB_APP_KELVIN };

/// What goes onto the screen. Everything is borrowed.
struct ib_app_terminal_scene {
    const struct ib_frame *frame;   ///< NULL: none yet
    const struct ib_image *colours; ///< the frame made visible, RGB888, any size
    const uint8_t (*palette)[3];    ///< 256 colours of the scale bar
    bool locked;                    ///< the range stays when the picture changes
    int32_t low, high;              ///< the scale's ends: pixel values
    enum ib_app_degrees degrees;
    const char *title;       ///< at the right end of the last line
    const char *message;     ///< in the middle of the picture, "" none
    const char *const *help; ///< lines over the picture, NULL-terminated; NULL: none
};

void ib_app_terminal_picture(struct ib_app_cells *cells, const struct ib_app_terminal_scene *scene);

/// Where the picture lies: columns and rows of cells, for a frame of this shape.
void ib_app_terminal_picture_place(const struct ib_app_cells *cells, unsigned width_px,
                                   unsigned height_px, struct ib_rect *out);

/// "23.4 °C", "74.1 °F", "296.6 K" of a pixel; "8123" when it is no temperature. ASCII: no degree
/// sign.
void ib_app_terminal_value(char *out, size_t size, const struct ib_frame *frame, int32_t value,
                           enum ib_app_degrees degrees);

#endif
