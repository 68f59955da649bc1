/// An OmniVision OV5640 at register and byte level: SCCB, its reset and power-down lines, and the
/// parallel port with its pictures.
///
/// Front doors: `ib_sim_ov5640_sccb`, `_reset`, `_power_down` and `_port` are the tables a driver
/// uses. Back doors: scene, light, baseline, faults, and what the driver did wrong. The part has no
/// thread and no clock of its own: it is brought up to now whenever a door is touched. Frames are
/// numbered by time and drawn only when they are taken.
/// Not modelled: the analogue and tuning registers (they return what was written), the sensor's
/// Bayer order under mirror and flip (always BGGR), zones of the autofocus, strobe, AEC weights,
/// rolling shutter, MIPI, interrupts. 0x3821 bits 2:1 clear is the upright picture here.
/// Source: OV5640 data sheet 2.03 and application notes, own transcription; optics are derived.
#ifndef IB_SIM_OV5640_H
#define IB_SIM_OV5640_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/codec.h"
#include "bus/gpio.h"
#include "bus/i2c.h"
#include "bus/picture_in.h"
#include "sim/clock.h"
#include "sim/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIM_OV5640_ADDRESS 0x3C

/// Ways to misbehave, each by name ("nack", "short-frame", …).
enum ib_sim_ov5640_fault {
    IB_SIM_OV5640_WELL,
    IB_SIM_OV5640_NACK,        ///< the next `count` SCCB transactions are not acknowledged
    IB_SIM_OV5640_STUCK,       ///< the SCCB bus is held low for `duration`
    IB_SIM_OV5640_BIT_FLIP,    ///< one bit of the next `count` SCCB reads is wrong
    IB_SIM_OV5640_WRONG_ID,    ///< another part's identity
    IB_SIM_OV5640_NO_FRAMES,   ///< VSYNC stands still for `duration`
    IB_SIM_OV5640_SHORT_FRAME, ///< the next `count` frames taken end after half of their lines
    IB_SIM_OV5640_TORN_FRAME,  ///< … lose lines in the middle, and end early
    IB_SIM_OV5640_NO_EOI,      ///< … are JPEGs without an end, as long as the port takes them
    IB_SIM_OV5640_BROWN_OUT,   ///< now: all registers back at their defaults, nothing streams
    IB_SIM_OV5640_AF_DEAF,     ///< the autofocus program takes no commands
    IB_SIM_OV5640_AF_LOST,     ///< the autofocus finds no focus: busy for ever
    IB_SIM_OV5640_UNPLUG,      ///< not there
    IB_SIM_OV5640_FAULTS,
};

/// "nack", …; NULL outside the enum.
const char *ib_sim_ov5640_fault_name(enum ib_sim_ov5640_fault fault);
/// One line for people.
const char *ib_sim_ov5640_fault_about(enum ib_sim_ov5640_fault fault);
/// IB_SIM_OV5640_WELL when there is no such name.
enum ib_sim_ov5640_fault ib_sim_ov5640_fault_named(const char *name);

/// What the driver did wrong; every test ends by asserting that there was nothing.
struct ib_sim_ov5640_violations {
    uint32_t sccb_too_early;   ///< within 20 ms of reset release, 5 ms of power-down's, 2 ms of a
                               ///< software reset
    uint32_t reset_too_short;  ///< reset held for less than 1 ms
    uint32_t wrong_address;    ///< another 7-bit address on this part's wire
    uint32_t half_address;     ///< a register address of one byte
    uint32_t window;           ///< a window outside the array, or an output larger than it
    uint32_t timing;           ///< HTS or VTS too small: the sensor hangs
    uint32_t format;           ///< 0x4300, 0x501F and 0x3821 disagree, or a format it has not
    uint32_t jpeg_blocks;      ///< JPEG with its blocks in reset or without clocks
    uint32_t port_mismatch;    ///< the port was told other lines than the sensor sends
    uint32_t firmware_running; ///< the autofocus program was written while it runs
    uint32_t clock;            ///< PLL values that make no pixel clock
};

struct ib_sim_ov5640_config {
    struct ib_sim_clock *clock;       ///< kept
    const struct ib_sim_scene *scene; ///< kept; NULL: the first one
    uint64_t seed;                ///< of scene and noise: the Lepton's, so that both see the same
    float scene_rate;             ///< scene seconds a second; 0: 1
    uint32_t sccb_hz;             ///< 0: 100,000
    uint32_t xclk_hz;             ///< 0: 12,000,000
    const struct ib_codec *codec; ///< kept; NULL: no JPEG, its frames never end
    void *memory;                 ///< kept: pictures; aligned for any type
    size_t memory_bytes;          ///< at least ib_sim_ov5640_memory_bytes()
    float baseline_mm[2]; ///< from the Lepton's axis, to the right and down; both 0: 22 and 0
    float hfov_deg;       ///< of 2592 pixels; 0: 65
    bool quiet;           ///< no noise: for exact tests
};

struct ib_sim_ov5640;

/// About 26 MB; much of it is only touched by large pictures and JPEG.
size_t ib_sim_ov5640_memory_bytes(void);

/// The part starts powered and released from reset at the clock's now, which is also 0 of the
/// scene's time.
/// Errors: IB_E_INVAL without a clock; IB_E_NO_SPACE with too little memory.
int ib_sim_ov5640_init(struct ib_sim_ov5640 *self, const struct ib_sim_ov5640_config *config);

/// Front doors.
struct ib_i2c ib_sim_ov5640_sccb(struct ib_sim_ov5640 *self);
struct ib_gpio ib_sim_ov5640_reset(struct ib_sim_ov5640 *self);      ///< 1 = held in reset
struct ib_gpio ib_sim_ov5640_power_down(struct ib_sim_ov5640 *self); ///< 1 = powered down
/// Frames are drawn by `take`, on the caller's thread. `keep` above 32 counts as 32.
/// Cost:   720x480 in RGB565 at most 2 ms; the first one of a scene or another window some 150 ms,
///         because what stands still is painted once.
struct ib_picture_in ib_sim_ov5640_port(struct ib_sim_ov5640 *self);

/// Back doors.
void ib_sim_ov5640_scene(struct ib_sim_ov5640 *self, const struct ib_sim_scene *scene);
/// How much light falls onto the scene, as a share of what the scene says; 1 at first.
void ib_sim_ov5640_light(struct ib_sim_ov5640 *self, float share);
/// Begin a fault. `count` or `duration_us` 0: the fault's own default.
/// Errors: IB_E_INVAL.
int ib_sim_ov5640_fault(struct ib_sim_ov5640 *self, enum ib_sim_ov5640_fault fault, uint32_t count,
                        uint64_t duration_us);
/// End all faults; what a brown-out has forgotten stays forgotten.
void ib_sim_ov5640_heal(struct ib_sim_ov5640 *self);
/// The fault under way, IB_SIM_OV5640_WELL when none is.
enum ib_sim_ov5640_fault ib_sim_ov5640_faulty(const struct ib_sim_ov5640 *self);
const struct ib_sim_ov5640_violations *ib_sim_ov5640_violations(const struct ib_sim_ov5640 *self);
/// Sum of all violations.
uint32_t ib_sim_ov5640_violation_count(const struct ib_sim_ov5640 *self);
/// What the sensor sends at this moment.
struct ib_sim_ov5640_facts {
    bool streaming;
    uint16_t width_px, height_px;
    uint32_t pclk_hz;
    float frame_rate_hz;
    uint64_t frames;         ///< begun since init
    uint16_t lens, sharp_at; ///< position of the lens, and where the scene is sharp: 0..1023
    float exposure_us, gain;
};
void ib_sim_ov5640_facts(struct ib_sim_ov5640 *self, struct ib_sim_ov5640_facts *out);

/// A program for the autofocus controller that this simulator takes for one: our own bytes, not
/// OmniVision's. It takes any plausible program (256 bytes or more that are not all the same).
const uint8_t *ib_sim_ov5640_autofocus(size_t *size);

#ifdef __cplusplus
}
#endif

#include "sim/ov5640_private.h" // the complete type, so that the caller can own the memory

#endif
