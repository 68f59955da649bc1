/// Drawing on a picture: pixels, lines, rectangles, circles, ellipses, polygons, arrows.
///
/// Any format. A colour is a pixel of the picture's own format: BINARY 0 or not 0, GREY 0..255,
/// RGB565 and GREY16 16 bits, RGB888 0xRRGGBB; bits above are ignored, so ~0u is white everywhere.
/// What lies outside is left out. Coordinates, sizes and thicknesses are held to +-32767 first, so
/// any number is safe.
///
/// Lines and circles are anti-aliased with blend values v of 0 (all colour) .. 256 (none): a channel
/// becomes (old * v + colour * (256 - v)) >> 8, in RGB565 with its own five and six bits. A binary
/// pixel is blended as 0 or 255 and set when above 127.
/// Not here: text (draw_text.h), pictures on pictures.
/// Cost:   of the pixels inside; a thick line or a circle also 20 ns for each step outside.
/// Source: A. Zingl, "A Rasterizing Algorithm for Drawing Curves", 2012 (anti-aliased line and
///         circle, line of variable width); Liang and Barsky 1984 (clipping).
#ifndef IB_IMAGE_DRAW_H
#define IB_IMAGE_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_DRAW_MAX 32767 ///< coordinates and sizes are held to this, to both sides

/// Return: the pixel, or -1 outside of the picture.
int32_t ib_draw_get(const struct ib_image *self, int32_t x, int32_t y);
/// Outside: nothing.
void ib_draw_set(struct ib_image *self, int32_t x, int32_t y, uint32_t colour);

/// Thickness 1 or less: clipped to the picture first and then anti-aliased; horizontal and vertical
/// lines are solid. More: that many pixels wide across, ends cut along the nearer axis.
void ib_draw_line(struct ib_image *self, struct ib_point from, struct ib_point to, uint32_t colour,
                  int32_t thickness);
/// Edges on x, y, x + w - 1 and y + h - 1, each reaching thickness / 2 towards smaller and
/// (thickness - 1) / 2 towards greater coordinates. Nothing when w, h or thickness is below 1.
void ib_draw_rect(struct ib_image *self, struct ib_rect rect, uint32_t colour, int32_t thickness);
/// [x, x + w) x [y, y + h)
void ib_draw_rect_filled(struct ib_image *self, struct ib_rect rect, uint32_t colour);
/// Radius 0: one pixel; below: nothing. A thick one reaches from radius - (thickness - 1) / 2 to
/// radius + thickness / 2, with both edges anti-aliased.
void ib_draw_circle(struct ib_image *self, struct ib_point centre, int32_t radius, uint32_t colour,
                    int32_t thickness);
void ib_draw_circle_filled(struct ib_image *self, struct ib_point centre, int32_t radius,
                           uint32_t colour);
/// A horizontal and a vertical line through a point, `size` to each side.
void ib_draw_cross(struct ib_image *self, struct ib_point centre, int32_t size, uint32_t colour,
                   int32_t thickness);

struct ib_ellipse {
    struct ib_point centre;
    int32_t rx, ry;   ///< semi-axes; nothing when one is negative
    int32_t rotation; ///< degrees clockwise (y grows downwards), any number
};

/// Not anti-aliased. Thickness as for circles; below 1 nothing.
void ib_draw_ellipse(struct ib_image *self, const struct ib_ellipse *ellipse, uint32_t colour,
                     int32_t thickness);
void ib_draw_ellipse_filled(struct ib_image *self, const struct ib_ellipse *ellipse,
                            uint32_t colour);

/// Lines from point to point, and from the last to the first when `closed`. One point: a pixel.
void ib_draw_polygon(struct ib_image *self, const struct ib_point *points, size_t count,
                     bool closed, uint32_t colour, int32_t thickness);
/// A line with a head of two lines at `to`, `size` long and 30 degrees apart from it.
void ib_draw_arrow(struct ib_image *self, struct ib_point from, struct ib_point to, int32_t size,
                   uint32_t colour, int32_t thickness);

#ifdef __cplusplus
}
#endif

#endif
