/// The OV5640 colour sensor: settings over its control bus (SCCB), pictures through a camera port.
///
/// Every register write is checked. Whatever waits or takes long (reset, the lens' program) is a job
/// in short pieces: begin it, then call ib_ov5640_step until it says so. Not here: what a script
/// means (names of sizes, settling times, deadlines for a frame), and colours: pixels are delivered
/// as they came, in this machine's byte order.
/// Source:  OV5640 data sheet 2.03; register use and geometry as OpenMV cameras do it.
#ifndef IB_DRIVERS_OV5640_OV5640_H
#define IB_DRIVERS_OV5640_OV5640_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/clock.h"
#include "bus/gpio.h"
#include "bus/i2c.h"
#include "bus/picture_in.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_OV5640_ADDRESS 0x3C ///< 7 bits
#define IB_OV5640_CHIP 0x5640
#define IB_OV5640_WIDTH_PX 2592 ///< active array
#define IB_OV5640_HEIGHT_PX 1944
#define IB_OV5640_SETTLE_US 300000u ///< after a reset, until the automatics have found their values
#define IB_OV5640_BLC_REGS 8
#define IB_OV5640_FOCUS_BYTES_MOST 8192u ///< of a lens program
#define IB_OV5640_PIECE_BYTES 64u        ///< of it in one transfer: 6 ms at 100 kHz

/// How pixels lie in memory.
enum ib_ov5640_format {
    IB_OV5640_NONE,   ///< not chosen yet
    IB_OV5640_GREY,   ///< 8 bits
    IB_OV5640_RGB565, ///< 16 bits in host byte order, red highest
    IB_OV5640_YUV422, ///< two bytes a pixel: Y V Y U
    IB_OV5640_BAYER,  ///< 8 bits; B G in even rows, G R in odd ones
    IB_OV5640_JPEG,   ///< a byte stream
};

struct ib_ov5640_area {
    int32_t x_px, y_px, width_px, height_px;
};

struct ib_ov5640_wiring {
    const struct ib_i2c *i2c; ///< all kept
    const struct ib_clock *clock;
    const struct ib_gpio *reset;      ///< 1 = held in reset; NULL: not wired
    const struct ib_gpio *power;      ///< 1 = powered; NULL: always
    const struct ib_picture_in *port; ///< NULL: no pictures (IB_E_UNSUPPORTED)
    uint32_t clock_hz;                ///< XCLK, 6..27 MHz
    uint8_t address;                  ///< 7 bits
};

/// How a size is read out of the array and scaled. All in pixels and pixel clocks.
struct ib_ov5640_geometry {
    uint16_t x_start, y_start, x_end, y_end; ///< of the window on the array, ends included
    uint16_t x_offset, y_offset;             ///< cut off at each side of the window, after binning
    uint16_t hts, vts;                       ///< a whole line and frame with blanking
    uint8_t divider;                         ///< 1, or 2: binning
};

struct ib_ov5640 {
    struct ib_ov5640_wiring wiring; ///< the rest is private, but may be read
    enum ib_ov5640_format format;
    uint16_t width_px, height_px;  ///< what the sensor sends; 0: not chosen yet
    struct ib_ov5640_area readout; ///< x and y from the array's centre, y upwards
    struct ib_ov5640_area window;  ///< what the port keeps of it
    struct ib_ov5640_geometry geometry;
    bool format_written, written; ///< the format, and with it the size, reached the sensor whole
    bool running;                 ///< the port is started
    uint32_t keep;
    bool mirrored, flipped, night;
    int64_t exposure_us; ///< fixed, as asked for; negative: not
    uint16_t vts;        ///< as the sensor has it: more than the geometry's for long exposures
    bool focus_loaded;
    struct {
        int kind;
        uint16_t at;
        uint64_t due_us, deadline_us;
        const uint8_t *bytes;
        size_t size;
        bool settle;
    } job;
};

/// Fill in the wiring; touches nothing outside.
void ib_ov5640_init(struct ib_ov5640 *self, const struct ib_ov5640_wiring *wiring);

/// Is it there? Return: IB_OV5640_CHIP. Errors: IB_E_NOT_FOUND for another chip; the bus'.
/// Blocks: one transfer.
int ib_ov5640_probe(struct ib_ov5640 *self);
/// Switch power (the pin). It takes 20 ms until the sensor answers: wait before the next call.
/// Return: IB_OK also when not wired.
int ib_ov5640_power(struct ib_ov5640 *self, bool on);
/// Standby by register, and back. Stops capturing. Settings are kept by the sensor.
int ib_ov5640_standby(struct ib_ov5640 *self, bool on);

// -- jobs --------------------------------------------------------------------------------------

/// Begin a reset: stops capturing, forgets all settings and the lens' program; then, in steps: the
/// reset line for 10 ms when `line` (and wired), a software reset, the first registers, and when
/// `settle` IB_OV5640_SETTLE_US of rest. Ends a job that was under way. Always IB_OK.
/// Source: data sheet 2.7; OV5640 application notes, initial settings.
int ib_ov5640_reset(struct ib_ov5640 *self, bool line, bool settle);
/// Begin loading the lens' program (kept until the job ends) and starting its processor.
/// Errors: IB_E_INVAL without bytes; IB_E_RANGE when it is too long; IB_E_BUSY during a job.
int ib_ov5640_focus_load(struct ib_ov5640 *self, const uint8_t *program, size_t size);
/// Do the next piece of the job: at most one transfer of IB_OV5640_PIECE_BYTES (6 ms at 100 kHz), or
/// 24 registers. Never waits.
/// Return: 1 it is done (or there was none); 0 call again at `*due_us`.
/// Errors: the bus', IB_E_TIMEOUT (the lens' processor did not start in 1 s). The job is then over.
int ib_ov5640_step(struct ib_ov5640 *self, uint64_t *due_us);
/// Step to the end, waiting on the clock: for callers who have nobody to look after.
/// Blocks: 0.4 s for a reset that settles, 0.5 s and more for a program at 100 kHz.
int ib_ov5640_finish(struct ib_ov5640 *self);

// -- what comes out ----------------------------------------------------------------------------

/// Would the sensor make this size in this format?
/// Return: IB_OK; IB_E_RANGE: beyond the array, 40x30, 88x72, 88x60, 60x40 or 120x80 with 8 bits a
///         pixel, an odd width in YUV422, JPEG that is not in multiples of 8.
int ib_ov5640_size_check(enum ib_ov5640_format format, int32_t width_px, int32_t height_px);
/// The numbers for a size and a readout area, without a sensor. The size must pass the check and fit
/// into the area. Source: the data sheet's 4.2 to 4.5, and what OpenMV cameras make of it.
void ib_ov5640_geometry(enum ib_ov5640_format format, uint16_t width_px, uint16_t height_px,
                        const struct ib_ov5640_area *readout, struct ib_ov5640_geometry *out);

/// Each stops capturing, and writes what has changed. After an error in the middle nothing can be
/// captured until one of them has succeeded.
/// Errors: IB_E_RANGE as the check, with nothing changed; IB_E_INVAL; the bus'.
/// Blocks: up to 16 transfers, 9 ms at 100 kHz.
/// The window stays, made to fit as in set_window; for JPEG it becomes the whole picture.
int ib_ov5640_set_format(struct ib_ov5640 *self, enum ib_ov5640_format format);
/// The window becomes the whole picture again. The readout area grows when the size needs it.
int ib_ov5640_set_size(struct ib_ov5640 *self, int32_t width_px, int32_t height_px);
/// Which part of the array the picture is made of: x and y from the centre, y upwards. Clamped to the
/// array, and to the chosen size as the least; what it became is in `self->readout`. Keeps the window.
int ib_ov5640_set_readout(struct ib_ov5640 *self, const struct ib_ov5640_area *area);
/// Keep only a part of each picture (the port cuts it out). Clipped to the picture; in BAYER (x, y and
/// width) and YUV422 (x and width) numbers go down to even ones, so that colours stay where they are;
/// it never grows. The result is in `self->window`. Stops capturing.
/// Errors: IB_E_UNSUPPORTED for JPEG; IB_E_NOT_READY without a size; IB_E_RANGE when nothing remains.
int ib_ov5640_set_window(struct ib_ov5640 *self, const struct ib_ov5640_area *area);
/// Bytes of a picture of the window; 0 for JPEG or when something is not chosen yet.
size_t ib_ov5640_picture_bytes(const struct ib_ov5640 *self);
/// From one frame to the next as programmed (the longest, in night mode and with long exposures); 0
/// without a size.
uint32_t ib_ov5640_frame_period_us(const struct ib_ov5640 *self);
uint32_t ib_ov5640_pixel_clock_hz(const struct ib_ov5640 *self);

// -- pictures ----------------------------------------------------------------------------------

/// Let the port take frames; `keep` as ib_picture_in_format has it. Started already with the same: no
/// effect. Errors: IB_E_NOT_READY: format or size are missing or did not reach the sensor;
/// IB_E_UNSUPPORTED without a port; the port's.
int ib_ov5640_start(struct ib_ov5640 *self, uint32_t keep);
void ib_ov5640_stop(struct ib_ov5640 *self);
/// The next finished frame. Never waits; deadlines are the caller's.
/// Return: 1 with `*bytes` (JPEG: up to its end mark) and `*end_us`; 0 look again at `*due_us`.
/// Errors: IB_E_OVERFLOW: it did not fit, or a JPEG filled `room` without an end mark; IB_E_TRUNCATED:
///         it is shorter than a picture, or a JPEG without an end mark; IB_E_FORMAT: no JPEG;
///         IB_E_INVAL when not started. The frame is gone then, the next may be good.
/// Cost:   RGB565 and YUV422 are turned in place, in about three times a copy's time.
int ib_ov5640_take(struct ib_ov5640 *self, uint8_t *into, size_t room, size_t *bytes,
                   uint64_t *end_us, uint64_t *due_us);

// -- how it looks ------------------------------------------------------------------------------
// A value outside gives IB_E_RANGE and changes nothing; the rest are the bus' errors. A few transfers.

int ib_ov5640_set_mirror(struct ib_ov5640 *self, bool on);          ///< left and right
int ib_ov5640_set_flip(struct ib_ov5640 *self, bool on);            ///< top and bottom
int ib_ov5640_set_quality(struct ib_ov5640 *self, int quality);     ///< JPEG, 0..100 best
int ib_ov5640_set_gain_ceiling(struct ib_ov5640 *self, int factor); ///< 2, 4, 8, 16, 32
int ib_ov5640_set_brightness(struct ib_ov5640 *self, int level);    ///< -4..4
int ib_ov5640_set_contrast(struct ib_ov5640 *self, int level);      ///< -3..3
int ib_ov5640_set_saturation(struct ib_ov5640 *self, int level);    ///< -3..3
int ib_ov5640_set_colour_bar(struct ib_ov5640 *self, bool on);
int ib_ov5640_set_negative(struct ib_ov5640 *self, bool on);
int ib_ov5640_set_lens_correction(struct ib_ov5640 *self, bool on);
/// Up to four times the exposure, at a lower frame rate, when it is dark.
int ib_ov5640_set_night_mode(struct ib_ov5640 *self, bool on);
int ib_ov5640_night_mode(struct ib_ov5640 *self); ///< 0 or 1, from the sensor

/// Automatic gain, or a fixed one: NULL leaves what it is at. `*ceiling_db` bounds the automatic.
/// Errors: IB_E_INVAL for what is not a finite number; what is beyond the sensor is clamped.
int ib_ov5640_set_auto_gain(struct ib_ov5640 *self, bool on, const float *gain_db,
                            const float *ceiling_db);
int ib_ov5640_gain_db(struct ib_ov5640 *self, float *out);
/// Automatic exposure, or a fixed one: a negative leaves what it is at. Long ones lower the frame
/// rate; the longest is 65535 lines.
int ib_ov5640_set_auto_exposure(struct ib_ov5640 *self, bool on, int64_t exposure_us);
int ib_ov5640_exposure_us(struct ib_ov5640 *self, uint32_t *out);
/// Automatic white balance, or fixed gains of red, green, blue: NULL leaves what they are at.
int ib_ov5640_set_auto_white_balance(struct ib_ov5640 *self, bool on, const float *rgb_db);
int ib_ov5640_rgb_gain_db(struct ib_ov5640 *self, float out[3]);
/// Automatic black level, or fixed registers (IB_OV5640_BLC_REGS): NULL leaves them.
int ib_ov5640_set_auto_black_level(struct ib_ov5640 *self, bool on, const uint8_t *registers);
int ib_ov5640_black_level(struct ib_ov5640 *self, uint8_t out[IB_OV5640_BLC_REGS]);

/// Any register. Return of read: 0..255. What the driver has set behind its back is not noticed.
int ib_ov5640_read(struct ib_ov5640 *self, uint16_t address);
int ib_ov5640_write(struct ib_ov5640 *self, uint16_t address, uint8_t value);

// -- focus -------------------------------------------------------------------------------------

enum ib_ov5640_focus {
    IB_OV5640_FOCUS_NO_PROGRAM, ///< nothing loaded
    IB_OV5640_FOCUS_STARTING,   ///< its processor comes up
    IB_OV5640_FOCUS_IDLE,       ///< released
    IB_OV5640_FOCUS_MOVING,     ///< it has a command, or searches
    IB_OV5640_FOCUS_DONE,       ///< sharp, and holds
};

/// Commands to the lens' processor; they only begin something, and replace what it was told before.
/// Errors: IB_E_NOT_READY without a loaded program; the bus'.
int ib_ov5640_focus_trigger(struct ib_ov5640 *self); ///< one search
int ib_ov5640_focus_pause(struct ib_ov5640 *self);   ///< stay where it is
int ib_ov5640_focus_release(struct ib_ov5640 *self); ///< to infinity
/// Return: enum ib_ov5640_focus. Blocks: one transfer.
int ib_ov5640_focus_status(struct ib_ov5640 *self);

#ifdef __cplusplus
}
#endif

#endif
