/// A simulated OV5640 on a step clock, spoken to in raw bytes: no driver in here.
///
/// Addresses and values are transcribed once more from the data sheet, not taken from the part's own
/// headers.
#ifndef IB_TESTS_SIM_SUPPORT_VISIBLE_H
#define IB_TESTS_SIM_SUPPORT_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/ov5640.h"

#define EYE_ROOM (2592u * 1944u * 2u)

struct eye {
    struct ib_sim_clock clock;
    struct ib_sim_ov5640 part;
    struct ib_i2c bus;
    struct ib_gpio reset, power_down;
    struct ib_picture_in port;
    uint16_t width, height;
    uint64_t end_us; ///< of the frame taken last
};

extern struct eye eye;
extern uint8_t *eye_bytes; ///< EYE_ROOM: the frame taken last

/// libjpeg, as the part takes it.
extern const struct ib_codec eye_codec;

/// A part made at 0 without noise, untouched.
void eye_make(const char *scene);
/// The same with noise, or without a codec.
void eye_make_with(const char *scene, bool quiet, const struct ib_codec *codec);
/// The same, set up as a host does it: 40 MHz pixel clock, RGB565, 640x480, streaming.
void eye_ready(const char *scene);
/// The host's first registers, whatever was before.
void eye_set_up(void);
void eye_wait_us(uint64_t us);

int eye_write(const uint8_t *bytes, size_t size);
int eye_read(uint16_t address, uint8_t *bytes, size_t size);
/// One register; these fail the test when the bus does.
void eye_poke(uint16_t address, uint8_t value);
void eye_poke16(uint16_t address, uint16_t value);
uint8_t eye_peek(uint16_t address);
uint16_t eye_peek16(uint16_t address);

/// One of the sizes of the table, with its window, offsets and timing; fails for others.
void eye_size(uint16_t width, uint16_t height);
enum eye_format { EYE_RGB565, EYE_YUYV, EYE_Y8, EYE_RAW, EYE_JPEG };
void eye_format(enum eye_format format);
uint32_t eye_line_bytes(void);
/// Exposure and gain by hand: 16ths of lines, 16ths.
void eye_expose(uint32_t lines16, uint16_t gain16);

/// Start the port for whole frames.
int eye_start(uint32_t keep);
/// Wait for a frame and take it, for at most `ms`.
/// Return: its bytes, 0 when none came, or what `take` answered below 0.
long eye_take(unsigned ms);
/// Start, take one, stop; fails the test unless a whole frame came.
void eye_snapshot(void);
/// Red, green, blue of a pixel of an RGB565 frame, 0..255.
void eye_pixel(unsigned x, unsigned y, int rgb[3]);
/// Mean luminance of the RGB565 frame in a rectangle.
double eye_mean(unsigned x0, unsigned y0, unsigned x1, unsigned y1);

#endif
