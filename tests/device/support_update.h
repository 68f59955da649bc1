/// A camera that is updated, in simulated time: the engine, its flash with one power supply, and the
/// desktop that sends a firmware file.
#ifndef IB_TESTS_DEVICE_SUPPORT_UPDATE_H
#define IB_TESTS_DEVICE_SUPPORT_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/clock.h"
#include "device/ota.h"
#include "sim/flash.h"
#include "tests/device/support_image.h"

#define SLOT_BYTES (256u * 1024)
#define RECORD_BYTES 8192u
#define SMALL_BYTES 17008u ///< three chunks, the last one short
#define LARGE_BYTES 200000u
#define S 1000000ull

enum { SLOT0, SLOT1, RECORD, REGIONS };

struct rig_region {
    struct ib_sim_flash flash;
    struct ib_storage inner, storage;
};

struct rig {
    struct rig_region regions[REGIONS];
    uint64_t until_cut; ///< operations of all regions together; UINT64_MAX: no cut
    bool dark;          ///< the power has gone
    struct ib_ota ota;
    struct ib_ota_config config;
    uint64_t now_us;
    unsigned logged;
    /// The desktop.
    uint8_t file[LARGE_BYTES + IMAGE_TRAILER_BYTES];
    size_t file_size;
    char why[IB_OTA_WHY_BYTES];
    char said[64 + IB_OTA_WHY_BYTES]; ///< the latest status
    unsigned chunks;                  ///< get_fw seen
    uint32_t asked_start, asked_length;
};

extern struct rig rig;

/// A new camera that runs its factory firmware, "1.0".
void rig_begin(uint32_t seed);
/// The power comes back, or goes and comes back. Return: ib_ota_init's.
int rig_restart(void);

/// The file that the desktop sends.
void rig_make_file(size_t size, const char *version, uint64_t seed);
/// What the camera has to say. Return: which.
enum ib_ota_say rig_hear(void);
/// Let it work until it has something to say, waits for more than `us`, or wants to restart.
enum ib_ota_say rig_pass(uint64_t us);
/// Ask for an update to "2.0".
int rig_request(void);
/// Send a part of the file.
int rig_answer(uint32_t start, uint32_t length);
/// A desktop that behaves, from the request to the last word, which is in `said`.
void rig_transfer(const char *version);
/// Up to the first get_fw.
void rig_come_to_receiving(void);
/// A whole update with a restart and a first good frame.
void rig_update_to(const char *version, size_t size, uint64_t seed);

/// After a failure: what ran still runs, now and after a restart.
void rig_assert_untouched(const char *version);
void rig_assert_said(const char *text);

#endif
