/// A FLIR Lepton at register and byte level, behind I2C, SPI and its reset and power lines.
///
/// Front doors: `ib_sim_lepton_i2c`, `_spi`, `_reset`, `_power` are the tables a driver uses. Back
/// doors: scene, faults, playback, temperatures, and what the driver did wrong. The part has no
/// thread and no clock of its own: it is brought up to now whenever a door is touched. Source:
/// Lepton engineering data sheet rev 200, software IDD 110-0144-04 rev 100, own transcription.
#ifndef IB_SIM_LEPTON_H
#define IB_SIM_LEPTON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/gpio.h"
#include "bus/i2c.h"
#include "bus/spi.h"
#include "sim/clock.h"
#include "sim/scene.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Ways to misbehave, each by name ("crc-error", …) from a test and from the command line.
enum ib_sim_fault {
    IB_FAULT_NONE,
    IB_FAULT_I2C_NACK,         ///< the next `count` I2C transactions are not acknowledged
    IB_FAULT_I2C_STUCK,        ///< the I2C bus is held low for `duration`
    IB_FAULT_I2C_BIT_FLIP,     ///< one bit of the next `count` I2C reads is wrong
    IB_FAULT_PACKET_BIT_FLIP,  ///< one payload bit of the next `count` video packets is wrong (CRC
                               ///< not matching)
    IB_FAULT_CRC_ERROR,        ///< the CRC field of the next `count` video packets is wrong
    IB_FAULT_PACKET_DROP,      ///< the next `count` video packets are left out
    IB_FAULT_PACKET_DUPLICATE, ///< the next `count` video packets come twice
    IB_FAULT_PACKET_LATE,      ///< the next `count` units start `duration` late
    IB_FAULT_STALE_SEGMENT, ///< the next `count` segments are those of the frame before (good CRC)
    IB_FAULT_SEGMENT_ORDER, ///< the next `count` frames come with segments 1, 2, 4, 3
    IB_FAULT_DISCARD_STORM, ///< nothing but discard packets for `duration`
    IB_FAULT_DESYNC,        ///< synchronisation lost: garbage until 185 ms of silence
    IB_FAULT_BYTE_SLIP,     ///< the stream is shifted by a byte until 185 ms of silence
    IB_FAULT_MISO_LOW,      ///< the data line reads 0 for `duration`
    IB_FAULT_MISO_HIGH,     ///< the data line reads 1 for `duration`
    IB_FAULT_CCI_BUSY,      ///< the next command stays BUSY until a reset or power cycle
    IB_FAULT_REBOOT,        ///< the module reboots in the middle of the next command
    IB_FAULT_FREEZE,        ///< video stops changing: same frame counter until a reboot
    IB_FAULT_HANG,          ///< everything stops answering until the reset line
    IB_FAULT_LATCH_UP,      ///< everything stops answering until the power line
    IB_FAULT_FFC_BROWN_OUT, ///< the supply dips at the next FFC: reboots with defaults
    IB_FAULT_FFC_LONG,      ///< the next FFC takes `duration` longer
    IB_FAULT_FFC_NO_VIDEO,  ///< FFCs send discards only, then need a resync (older modules)
    IB_FAULT_REBOOT_DEAF,   ///< the next CCI reboot is not survived: needs the reset line
    IB_FAULT_UNPLUG,        ///< not there until `plug`
    IB_FAULT_COUNT,
};

/// "i2c-nack", …; NULL outside the enum.
const char *ib_sim_fault_name(enum ib_sim_fault fault);
/// One line for people.
const char *ib_sim_fault_about(enum ib_sim_fault fault);
/// IB_FAULT_NONE when there is no such name.
enum ib_sim_fault ib_sim_fault_named(const char *name);

/// What the driver did wrong; every test ends by asserting that there was nothing.
struct ib_sim_violations {
    uint32_t command_while_busy; ///< command, length or data written while BUSY
    uint32_t i2c_during_boot;    ///< any access within 950 ms of reset release or power
    uint32_t odd_bytes;          ///< not whole 16-bit words
    uint32_t reserved_register;  ///< an address that does not exist or cannot be written
    uint32_t bad_length;         ///< a length that the command does not have
    uint32_t reset_too_short;    ///< reset held for less than 200 us
    uint32_t partial_packet;     ///< chip select raised inside a packet
    uint32_t wrong_address;      ///< another 7-bit address on this part's wire
};

/// What a recording says about itself, when it plays instead of a scene.
struct ib_sim_playback_facts {
    const char *model; ///< "3.5", "3.0", …: which module reports itself
    bool agc;
    bool tlinear;
    uint8_t resolution; ///< TLinear: 0 0.1 K, 1 0.01 K
    uint8_t gain_mode;  ///< 0 high, 1 low, 2 auto
    uint8_t gain_effective;
    uint16_t width_px;
    uint16_t height_px;
};

/// One recorded frame. Borrowed until the next call.
struct ib_sim_playback_frame {
    const uint16_t *pixels;    ///< width * height of the facts
    const uint16_t *telemetry; ///< 240 words; NULL, or words that are none: the part's own
    uint16_t fpa_ck;           ///< used when telemetry is NULL; 0: the part's own
    bool ffc; ///< recorded during an FFC: marked so once the recording has shown another frame
};

/// A recording as scene. `next` is called once for each unique frame (8.83 a second) that goes out
/// to a host in step; while nobody reads and during an FFC the recording stands still.
struct ib_sim_playback {
    struct ib_sim_playback_facts facts;
    /// Fills the next frame, beginning anew after the last.
    /// Errors: stops the video (discard packets only), so whoever reads the file says why.
    int (*next)(void *context, struct ib_sim_playback_frame *out);
    void *context;
};

struct ib_sim_lepton_config {
    const char *model;                      ///< "1.5" "1.6" "2.0" "2.5" "3.0" "3.1R" "3.5", and the
                                            ///< rarer "1.5-0659" "3.5-FS" "UW"; borrowed
    uint64_t seed;                          ///< noise, pattern, serial number
    const struct ib_sim_scene *scene;       ///< kept; NULL: the first one
    const struct ib_sim_playback *playback; ///< kept; NULL: the scene
    struct ib_sim_clock *clock;             ///< kept
    uint32_t i2c_hz;                        ///< 0: 400,000
    uint32_t spi_hz;                        ///< 0: 20,000,000
    bool quiet;                             ///< no noise, pattern, drift or blur: for exact tests
    float scene_rate;                       ///< scene seconds a second; 0: 1
};

struct ib_sim_lepton;

/// The part starts powered, released from reset at `now`. With `playback` the recording says which
/// model it is, and its first frame is fetched here.
/// Errors: IB_E_NOT_FOUND for an unknown model, IB_E_INVAL without a clock or when the recording's
/// size is not the model's.
int ib_sim_lepton_init(struct ib_sim_lepton *self, const struct ib_sim_lepton_config *config);

/// Front doors.
struct ib_i2c ib_sim_lepton_i2c(struct ib_sim_lepton *self);
struct ib_spi ib_sim_lepton_spi(struct ib_sim_lepton *self);
struct ib_gpio ib_sim_lepton_reset(struct ib_sim_lepton *self); ///< 1 = held in reset
struct ib_gpio ib_sim_lepton_power(struct ib_sim_lepton *self); ///< 1 = powered
struct ib_gpio ib_sim_lepton_vsync(struct ib_sim_lepton *self); ///< input; pulses in GPIO mode 5

/// Back doors.
void ib_sim_lepton_scene(struct ib_sim_lepton *self, const struct ib_sim_scene *scene);
/// Begin a fault. `count` or `duration_us` 0: the fault's own default.
/// Errors: IB_E_INVAL.
int ib_sim_lepton_fault(struct ib_sim_lepton *self, enum ib_sim_fault fault, uint32_t count,
                        uint64_t duration_us);
/// End all faults; plugs an unplugged module in again (it then boots).
void ib_sim_lepton_heal(struct ib_sim_lepton *self);
/// Unplug and plug by hand.
void ib_sim_lepton_plug(struct ib_sim_lepton *self, bool plugged);
/// Room temperature around the camera, kelvin.
void ib_sim_lepton_ambient(struct ib_sim_lepton *self, float kelvin);
const struct ib_sim_violations *ib_sim_lepton_violations(const struct ib_sim_lepton *self);
/// Sum of all violations.
uint32_t ib_sim_lepton_violation_count(const struct ib_sim_lepton *self);
/// While a recording plays: the last object whose SET was refused because it would have changed the
/// recorded pixels ("agc_enable", "gain_mode", …), or NULL. A constant string.
const char *ib_sim_lepton_refused(const struct ib_sim_lepton *self);
/// The fault under way, IB_FAULT_NONE when none is. What ended since a door was last touched may
/// still show.
enum ib_sim_fault ib_sim_lepton_faulty(const struct ib_sim_lepton *self);
/// The true scene temperature under a pixel at this moment, kelvin: what a test holds a reading
/// against.
float ib_sim_lepton_truth_k(struct ib_sim_lepton *self, unsigned column, unsigned row);

#ifdef __cplusplus
}
#endif

#include "sim/lepton_private.h" // the complete type, so that the caller can own the memory

#endif
