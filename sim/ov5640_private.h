/// The simulated OV5640's inside: its complete type, so that the caller can own the memory, and
/// what its files share. Include ov5640.h instead; nothing here is for callers.
///
/// Source: OV5640 data sheet 2.03, chapters 2, 4, 5 and 7.
#ifndef IB_SIM_OV5640_PRIVATE_H
#define IB_SIM_OV5640_PRIVATE_H

#include "sim/ov5640.h"
#include "sim/scene_light.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Geometry ----

#define IB_SIM_OV5640_ARRAY_W 2624 ///< all columns; the active 2592 begin at 16
#define IB_SIM_OV5640_ARRAY_H 1964 ///< all lines; the active 1944 begin at 6
#define IB_SIM_OV5640_MIDDLE_X 1312.0f
#define IB_SIM_OV5640_MIDDLE_Y 978.0f

/// Pictures larger than this are painted at half the size and drawn larger.
#define IB_SIM_OV5640_PLANE_W 1314u
#define IB_SIM_OV5640_PLANE_H 984u
#define IB_SIM_OV5640_PLANE_PX (IB_SIM_OV5640_PLANE_W * IB_SIM_OV5640_PLANE_H)
/// Rows that are painted and sent at a time: they stay in the processor's cache.
#define IB_SIM_OV5640_BAND 48u
#define IB_SIM_OV5640_NOISE 8192u
#define IB_SIM_OV5640_KEPT 32u

// ---- What registers make of a frame, latched at its start ----

enum ib_sim_ov5640_format {
    IB_SIM_OV5640_NONSENSE, ///< format registers that disagree: something is sent, no picture
    IB_SIM_OV5640_RAW,
    IB_SIM_OV5640_Y8,
    IB_SIM_OV5640_YUV,
    IB_SIM_OV5640_RGB565,
    IB_SIM_OV5640_JPEG,
};

struct ib_sim_ov5640_view {
    uint8_t format;               ///< enum ib_sim_ov5640_format
    uint8_t order;                ///< low nibble of 0x4300
    uint16_t width_px, height_px; ///< sent
    float left, top;              ///< middle of the first pixel on the array, before mirroring
    float step_x, step_y;         ///< array pixels a pixel
    bool mirror, flip, colour_bar, shading, gamma;
    uint8_t effect; ///< 0x5580
    uint8_t fixed_u, fixed_v, offset, contrast, brightness, signs;
    uint16_t saturation_u, saturation_v; ///< 256 = 1
    uint8_t jpeg_scale;
    uint16_t jpeg_width, jpeg_height; ///< of the lines that carry it
    uint16_t hts, vts;
    double line_us;
    double lines;    ///< read from the array
    float max_lines; ///< of exposure
    bool night;
};

/// A frame that has begun.
struct ib_sim_ov5640_frame {
    uint64_t number, start_us, end_us;
    struct ib_sim_ov5640_view view;
    const struct ib_sim_scene *scene;
    float signal;    ///< what light 1 gives, of full scale
    float electrons; ///< the same before the gain, for the noise
    float white[3];  ///< gains of the white balance times the light's colour
    uint16_t lens;
};

/// What the painted planes hold.
struct ib_sim_ov5640_key {
    const struct ib_sim_scene *scene;
    float left, top, step_x, step_y;
    uint16_t width_px, height_px; ///< of the plane
    bool shading;
};

/// From a cell's value to what is sent.
struct ib_sim_ov5640_tables {
    float signal, white[3];
    uint8_t effect, offset, contrast, brightness, signs, order;
    bool valid, gamma;
    uint8_t level[3][1024];   ///< red, green, blue of a cell's channels: 0..255
    uint16_t rgb565[3][1024]; ///< the same in place, as the two bytes are sent
};

struct ib_sim_ov5640_port {
    bool started;
    bool armed; ///< keep 1: somebody waits for the next frame
    struct ib_picture_in_format format;
    uint64_t from_us; ///< frames that begin before are not taken
    struct ib_sim_ov5640_frame frames[IB_SIM_OV5640_KEPT];
    uint32_t count, keep;
    uint64_t lost;
};

/// The autofocus controller.
struct ib_sim_ov5640_focus {
    uint32_t firmware_bytes; ///< written so far
    bool firmware_varies, running, held;
    bool pending; ///< a command waits until `due_us`
    uint8_t command;
    uint64_t due_us; ///< the next thing it does by itself; IB_NEVER
    uint8_t stage;   ///< of starting
    uint8_t step;    ///< of a sweep, 0: none
    bool continuous;
    uint16_t frames; ///< since it looked last
};

struct ib_sim_ov5640 {
    struct ib_sim_ov5640_config config;
    struct ib_sim_clock *clock;
    const struct ib_sim_scene *scene;
    uint64_t now_us, init_us;
    uint64_t sccb_rest;
    uint64_t deaf_until_us; ///< no SCCB before
    bool in_reset, powered_down;
    uint64_t reset_since_us;
    float light;
    uint32_t fault_left[IB_SIM_OV5640_FAULTS];
    uint64_t fault_until_us[IB_SIM_OV5640_FAULTS];
    struct ib_sim_ov5640_violations violations;
    uint32_t random;
    // Registers.
    uint16_t pointer;
    bool changed;    ///< since the view was latched
    bool group_held; ///< a group of writes waits for its launch
    uint8_t registers[65536];
    // Frames.
    bool streaming;
    double next_us; ///< when the next frame begins
    uint64_t frames;
    struct ib_sim_ov5640_view view;
    bool view_good;
    uint32_t *problem; ///< the violation that the view is, counted when somebody takes frames
    float exposure_lines, gain;
    float white[3];   ///< gains in effect
    float brightness; ///< mean light of what is seen, 0: not measured
    const struct ib_sim_scene *measured;
    struct ib_sim_ov5640_focus focus;
    uint16_t lens;
    struct ib_sim_ov5640_port port;
    // Pictures.
    uint32_t *sharp, *blurred, *band, *row;
    uint8_t *line;
    uint8_t *colours; ///< of a whole picture, for JPEG
    struct ib_sim_ov5640_key key;
    bool key_valid;
    int blur_px; ///< of `blurred`; 0: `sharp` is what is seen
    struct ib_sim_ov5640_tables tables;
    uint8_t gamma[1025]; ///< 0..255 for the square root of 0..1
    float noise_strength;
    uint32_t noise[IB_SIM_OV5640_NOISE];
};

/// Bring the part up to a moment.
void ib_sim_ov5640_advance(struct ib_sim_ov5640 *self, uint64_t now_us);
bool ib_sim_ov5640_has(const struct ib_sim_ov5640 *self, enum ib_sim_ov5640_fault fault);
/// Whether a fault that is counted strikes now; uses it up.
bool ib_sim_ov5640_strikes(struct ib_sim_ov5640 *self, enum ib_sim_ov5640_fault fault);
uint32_t ib_sim_ov5640_random(struct ib_sim_ov5640 *self);
double ib_sim_ov5640_scene_s(const struct ib_sim_ov5640 *self, uint64_t at_us);

// ov5640_registers.c
void ib_sim_ov5640_defaults(struct ib_sim_ov5640 *self);
uint16_t ib_sim_ov5640_word(const struct ib_sim_ov5640 *self, uint16_t address);
/// Latch the view. Return: whether the sensor can send frames with these values.
bool ib_sim_ov5640_latch(struct ib_sim_ov5640 *self);
uint32_t ib_sim_ov5640_pclk_hz(const struct ib_sim_ov5640 *self);
uint32_t ib_sim_ov5640_line_bytes(const struct ib_sim_ov5640_view *view);
// ov5640_frames.c
void ib_sim_ov5640_frames(struct ib_sim_ov5640 *self, uint64_t now_us);
/// Streaming may have begun or ended.
void ib_sim_ov5640_stream(struct ib_sim_ov5640 *self);
extern const struct ib_picture_in_ops ib_sim_ov5640_port_ops;
// ov5640_light.c
void ib_sim_ov5640_expose(struct ib_sim_ov5640 *self, struct ib_sim_ov5640_frame *frame);
// ov5640_focus.c
void ib_sim_ov5640_focus_reset(struct ib_sim_ov5640 *self);
void ib_sim_ov5640_focus_write(struct ib_sim_ov5640 *self, uint16_t address, uint8_t value);
void ib_sim_ov5640_focus_frame(struct ib_sim_ov5640 *self);
void ib_sim_ov5640_focus_step(struct ib_sim_ov5640 *self, uint64_t now_us);
/// Where the lens is sharp for a distance; for the scene at this moment.
uint16_t ib_sim_ov5640_lens_for(float mm);
uint16_t ib_sim_ov5640_sharp_at(const struct ib_sim_ov5640 *self);
// ov5640_colour.c
/// Make tables and noise ready for a frame.
void ib_sim_ov5640_colours(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame);
/// A row of cells as sent. `row`: which, of the picture as sent; `noise`: as many as cells.
void ib_sim_ov5640_pack(const struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_view *view,
                        const uint32_t *cells, const uint32_t *noise, uint32_t row, uint8_t *out);
/// The same as red, green, blue.
void ib_sim_ov5640_pack_rgb(const struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_view *view,
                            const uint32_t *cells, const uint32_t *noise, uint32_t count,
                            uint32_t from, uint8_t *out);
// ov5640_planes.c
/// Paint what stands still, as far as it is not painted yet, and blur it as the lens does.
/// Return: what is seen; `*picture` says where it lies.
const uint32_t *ib_sim_ov5640_planes(struct ib_sim_ov5640 *self,
                                     const struct ib_sim_ov5640_frame *frame,
                                     struct ib_sim_light_view *view, bool *half);
// ov5640_draw.c
/// Draw a frame's rows `first` to `first + rows - 1` as sent, cut to `skip` and `bytes` of each.
/// JPEG: the whole stream.
/// Return: bytes, or IB_E_NO_SPACE.
int64_t ib_sim_ov5640_draw(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_frame *frame,
                           uint32_t first, uint32_t rows, uint32_t skip, uint32_t bytes,
                           uint8_t *out, size_t room);

#ifdef __cplusplus
}
#endif

#endif
