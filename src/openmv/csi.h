/// csi.CSI without Python: a script's image sensors, what they are set to, and their pictures.
///
/// Engines: nothing waits. What takes time begins with one call and goes on with ib_csi_step, which says
/// when to be called again, so that whoever waits can be interrupted; what was begun and not ended
/// is forgotten with the next begin. One thread.
/// Functions return 0 or more, or one of enum ib_csi_error.
/// Source: OpenMV firmware 5.0, its csi module as documented and observed.
#ifndef IB_OPENMV_CSI_H
#define IB_OPENMV_CSI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/clock.h"
#include "openmv/csi_error.h"
#include "openmv/csi_ioctl.h"
#include "openmv/csi_size.h"
#include "openmv/frame_buffer.h"
#include "openmv/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Chip ids as scripts say them. A Lepton's own begins with 0x54 and says the model.
#define IB_CSI_OV5640 0x56
#define IB_CSI_LEPTON 0x54
#define IB_CSI_SOFT 0x50F7

#define IB_CSI_SENSORS 3
/// The board's memory for pictures, for all sensors together: what does not fit there is refused here.
#define IB_CSI_POOL_BYTES ((size_t)55 << 20)
#define IB_CSI_LINE_BYTES 5632 ///< half of the board's line buffer: no line may be longer

#define IB_CSI_PALETTE_RAINBOW 0
#define IB_CSI_PALETTE_IRONBOW 1

/// Settings that answer with a truth value instead of an error.
enum ib_csi_control {
    IB_CSI_GAINCEILING,     ///< 2, 4, 8 … 128
    IB_CSI_BRIGHTNESS,      ///< a level around 0
    IB_CSI_CONTRAST,        ///< the same
    IB_CSI_SATURATION,      ///< the same
    IB_CSI_QUALITY,         ///< 0..100, 100 the best
    IB_CSI_COLORBAR,        ///< 0 or 1
    IB_CSI_SPECIAL_EFFECT,  ///< 0 normal, 1 negative
    IB_CSI_LENS_CORRECTION, ///< 0 or 1, radius, coefficient
};

/// The four things that a sensor may do by itself.
enum ib_csi_auto { IB_CSI_AUTO_GAIN, IB_CSI_AUTO_EXPOSURE, IB_CSI_AUTO_WHITEBAL, IB_CSI_AUTO_BLC };

#define IB_CSI_BLC_REGISTERS 8
/// What it is set to by hand, or has found by itself. Unset parts are as ib_csi_manual_none says.
struct ib_csi_manual {
    float gain_db, gain_ceiling_db; ///< NaN: not said
    int32_t exposure_us;            ///< -1: not said
    float rgb_gain_db[3];           ///< NaN: not said
    int32_t blc[IB_CSI_BLC_REGISTERS];
    uint32_t blc_count; ///< 0: not said
};
struct ib_csi_manual ib_csi_manual_none(void);

/// What a call of snapshot() wants.
struct ib_csi_snapshot {
    int64_t time_ms; ///< negative: not said
    int64_t frames;  ///< negative: not said
    bool blocking;   ///< wait for a picture
};

struct ib_csi_sensor_ops;
struct ib_csi_board;

enum ib_csi_job { IB_CSI_IDLE, IB_CSI_RESETTING, IB_CSI_CAPTURING, IB_CSI_ASKING, IB_CSI_SETTLING };

/// A finished picture. A sensor gets `pixels` and `room_bytes`, and fills the rest.
struct ib_csi_taken {
    uint8_t *pixels;
    size_t room_bytes;
    int32_t width_px, height_px;
    uint32_t format;
    size_t size_bytes;
    uint64_t end_us; ///< when its last byte came
};

/// A sensor. Its owner is the board below.
struct ib_csi {
    struct ib_csi_board *board;
    const struct ib_csi_sensor_ops *ops;
    void *sensor;
    uint32_t chip_id; ///< 0: not found yet
    bool delays, fflush;
    bool powered;

    uint32_t pixformat; ///< IB_PIXFORMAT_…, 0: not set
    int framesize;      ///< a number of csi_size.h
    int32_t width_px, height_px;
    struct ib_rect window;
    uint32_t framerate_hz; ///< 0: not set
    bool hmirror, vflip, transpose, auto_rotation;
    int palette;
    uint16_t colours[256];   ///< of the palette
    uint32_t buffers_wanted; ///< 0: as many as fit, three at most

    struct ib_openmv_frame_buffer frame_buffer;
    bool divided;         ///< the frame buffer fits the settings
    bool capturing;       ///< the sensor runs in the background
    uint64_t taken_us;    ///< when the latest picture ended
    uint64_t interval_us; ///< between the two latest pictures

    /// A frame that a readable() has found, in the next buffer.
    struct ib_csi_taken taken;
    bool pending;

    enum ib_csi_job job;
    bool began;          ///< it has had a step
    bool hard;           ///< the reset
    uint64_t settled_us; ///< not before that is what was set in effect
    uint64_t began_us, deadline_us;
    struct ib_csi_snapshot snapshot;
    int64_t frames_left;
    struct ib_csi_ioctl ioctl;
    bool got_picture;  ///< the snapshot that ended has one
    uint32_t pictures; ///< taken since the board was set up: callbacks are due when it changes
};

/// Whatever the sensors share.
struct ib_openmv_hands;
struct ib_csi_board_config {
    const struct ib_openmv_hands *hands; ///< kept; NULL: none, only the soft sensor
    const struct ib_clock *clock;        ///< kept: for what drivers wait for
    /// Kept: each sensor's, in the order OV5640, Lepton, soft. IB_CSI_POOL_BYTES of frame buffer.
    uint8_t *frame_memory[IB_CSI_SENSORS];
    uint8_t *work; ///< kept, aligned to 64 bytes: a frame that is turned, rows that are scaled
    size_t work_bytes;
};

/// Nothing found yet, nothing set, the sensors untouched.
void ib_csi_board_init(struct ib_csi_board *self, const struct ib_csi_board_config *config);
/// A script's life has ended: stop capturing, forget what was set and what is under way. Images in the
/// frame buffers keep their memory, and what is in it.
void ib_csi_board_forget(struct ib_csi_board *self);

/// Whether nobody outside still has memory of it: before it is freed, or set up anew.
bool ib_csi_board_idle(const struct ib_csi_board *self);

/// What is true of a sensor whatever it is set to, and how its frame buffer is divided.
struct ib_csi_facts {
    const char *name;
    uint8_t address; ///< 7 bits
    bool auxiliary;  ///< never what csi.CSI() alone means
    bool raw_output;
    uint32_t clock_hz; ///< that the board gives it; 0: none
    size_t raw_bytes, buffer_bytes;
    uint32_t buffers;
};
void ib_csi_facts(const struct ib_csi *self, struct ib_csi_facts *out);

/// The sensor with this chip id (a Lepton by 0x54 or by its own); -1: the first that is not auxiliary.
/// Return: 1 with `*out`; 0: not known yet, look again at `*due_us` (a Lepton that starts).
/// Errors: IB_CSI_E_DETECT.
int ib_csi_find(struct ib_csi_board *self, int32_t chip_id, uint64_t now_us, uint64_t *due_us,
                struct ib_csi **out);
/// All that are there, but the soft one.
/// Return: 1 with `ids` and `*count`, 0 as above.
int ib_csi_devices(struct ib_csi_board *self, uint64_t now_us, uint64_t *due_us,
                   uint32_t ids[IB_CSI_SENSORS], size_t *count);

// ---- what takes time: begin it, then step until 1 or an error ----

/// Return: 1 it is over; 0 not yet, call again at `*due_us`. Errors: those of what was begun.
int ib_csi_step(struct ib_csi *self, uint64_t now_us, uint64_t *due_us);

/// Set up anew: everything that was set is forgotten. `hard`: the line that all sensors share is pulled.
int ib_csi_reset(struct ib_csi *self, bool hard, uint64_t now_us);
/// A picture, or many; ended, `got_picture` says whether there is one for the script (ib_csi_picture).
/// Errors: IB_CSI_E_PIXFORMAT, IB_CSI_E_FRAMESIZE, IB_CSI_E_FRAME_BUFFER at once; IB_CSI_E_TIMEOUT and the
///         overflows later.
int ib_csi_take(struct ib_csi *self, const struct ib_csi_snapshot *how, uint64_t now_us);
/// Do what `self->ioctl` says; ended, it has the answer.
int ib_csi_ask(struct ib_csi *self, uint64_t now_us);

/// What is in the frame buffer. Return: false: nothing.
bool ib_csi_picture(struct ib_csi *self, struct ib_openmv_image *out);
/// Draw that into an image of any size and mutable format, stretched, nearest pixels.
/// Errors: IB_CSI_E_FORMAT_OPERATION for what are no plain pixels on either side.
int ib_csi_draw(struct ib_csi *self, const struct ib_openmv_image *into);
/// Whether a frame waits that no snapshot has taken yet.
bool ib_csi_readable(struct ib_csi *self, uint64_t now_us);

// ---- settings; those that need time to settle are waited for with ib_csi_step ----

int ib_csi_set_pixformat(struct ib_csi *self, uint32_t pixformat, uint64_t now_us);
/// One of csi_size.h; CUSTOM with its size.
int ib_csi_set_framesize(struct ib_csi *self, int number, int32_t width_px, int32_t height_px,
                         uint64_t now_us);
int ib_csi_set_framerate(struct ib_csi *self, int32_t hz);
/// What of the frame is kept; clipped to it.
/// Errors: IB_CSI_E_FRAMESIZE: none is set; IB_CSI_E_FORMAT_OPERATION: JPEG; IB_CSI_E_WINDOW: no part of the
///         frame.
int ib_csi_set_window(struct ib_csi *self, struct ib_rect window);
int ib_csi_set_mirror(struct ib_csi *self, bool hmirror, bool vflip, uint64_t now_us);
int ib_csi_set_transpose(struct ib_csi *self, bool on);
int ib_csi_set_auto_rotation(struct ib_csi *self, bool on);
/// Errors: IB_CSI_E_ARGUMENT; IB_CSI_E_FRAME_BUFFER when so many do not fit.
int ib_csi_set_buffers(struct ib_csi *self, int32_t count);
uint32_t ib_csi_buffers(const struct ib_csi *self);
int ib_csi_set_palette(struct ib_csi *self, int palette);

/// Return: 1 done, 0 the sensor refused. Errors: what is no answer but a mistake.
int ib_csi_control(struct ib_csi *self, enum ib_csi_control control, const int32_t values[3]);
/// Errors: IB_CSI_E_UNSUPPORTED: the sensor cannot do that.
int ib_csi_set_auto(struct ib_csi *self, enum ib_csi_auto which, bool on,
                    const struct ib_csi_manual *manual);
int ib_csi_get_auto(struct ib_csi *self, enum ib_csi_auto which, struct ib_csi_manual *out);
int ib_csi_shutdown(struct ib_csi *self, bool on);
int ib_csi_sleep(struct ib_csi *self, bool on);
/// Return: the register's value.
int ib_csi_read_register(struct ib_csi *self, uint16_t address);
int ib_csi_write_register(struct ib_csi *self, uint16_t address, uint16_t value);

#ifdef __cplusplus
}
#endif

#include "openmv/csi_private.h" // the complete board, so that the caller can own the memory

#endif
