/// A tCam-Mini's board on a desk: the device with simulated flash, network, button and LED, and a
/// camera whose state the test makes up. Simulated time; the device is stepped when it is due, no
/// sooner, and what it puts on the LED's lines is recorded to the microsecond.
#ifndef IB_TESTS_DEVICE_SUPPORT_DEVICE_H
#define IB_TESTS_DEVICE_SUPPORT_DEVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/clock.h"
#include "core/status.h"
#include "device/device.h"
#include "sim/flash.h"
#include "sim/network.h"

#define BOARD_NAME "tCam-Mini-EFB5"
#define BOARD_SLOT_BYTES (16 * IB_SIM_FLASH_SECTOR_BYTES)
#define BOARD_RECORD_BYTES (2 * IB_SIM_FLASH_SECTOR_BYTES)
#define BOARD_FRAME_US 113000

enum board_flash { FLASH_SETTINGS, FLASH_BOOT, FLASH_SLOT0, FLASH_SLOT1, FLASH_COUNT };

struct board_light {
    uint64_t at_us;
    char colour; ///< 'R', 'G', 'Y', '-'
};

#define BOARD_LIGHTS 4096

struct board {
    uint64_t now_us;
    uint64_t due_us; ///< the device's
    struct ib_device_config config;
    struct ib_device device;
    struct ib_ota_config ota;
    struct ib_sim_flash flash[FLASH_COUNT];
    struct ib_storage storage[FLASH_COUNT];
    struct ib_storage settings; ///< the first flash's, with a counter before it
    uint32_t erase_attempts;
    struct ib_sim_network network;
    struct ib_link link;
    struct ib_gpio button_line, red_line, green_line;
    bool pressed, red, green;
    bool button_fails, lines_fail;
    uint32_t line_writes;
    struct ib_log log;
    char logged[64][192]; ///< the device's latest lines, as "level text"
    uint32_t log_count;
    unsigned clients;
    /// The made-up camera: it boots for 1 s, is set up until 1.4 s, and sends frames from 1.6 s on.
    struct ib_camera_state camera;
    uint64_t power_us;         ///< when it got its power
    bool by_hand;              ///< the test fills in the camera's state itself
    bool mute;                 ///< no frames
    uint32_t cci_errors_every; ///< microseconds; 0: none
    uint32_t io_errors_every;
    uint64_t camera_us; ///< the state's time
    struct board_light lights[BOARD_LIGHTS];
    uint32_t light_count;
    uint32_t steps;
};

/// The memory is static: one board at a time. Its flash is erased, its station is there.
struct board *board_new(enum ib_device_mode mode);
/// Everything but the device: what `board_start` then starts. In between the test may bend it.
struct board *board_prepare(enum ib_device_mode mode);
/// A (re)start at this moment.
void board_start(struct board *self);
/// Let `us` pass.
void board_run(struct board *self, uint64_t us);
void board_run_ms(struct board *self, uint32_t ms);
/// Step now, as when something has happened.
void board_poke(struct board *self);
/// Started, with frames; the LED as the network has it.
struct board *board_running(enum ib_device_mode mode);
/// Let `ms` pass and tell what the LED's lines showed: "R200 -300 R200 -2300", in milliseconds, the
/// first and the last as far as they were seen. The text is valid until the next call.
const char *board_watch_ms(struct board *self, uint32_t ms);
/// Hold the button for so long.
void board_press_ms(struct board *self, uint32_t ms);
/// A set_wifi: station of that access point.
void board_join(struct board *self, const char *ssid, const char *password);
/// Whether the settings in force make it a station.
bool board_joins(const struct board *self);
/// An update is asked for; with `confirm` the button is pressed, too, and the slot erased.
void board_ask_update(struct board *self, bool confirm);
/// Fault 8: an update that the flash does not take.
void board_fail_update(struct board *self);
/// How many of the device's lines hold this text. BOARD_VERBOSE in the environment shows all lines.
uint32_t board_logged(const struct board *self, const char *text);

#endif
