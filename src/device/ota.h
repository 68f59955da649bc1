/// Over-the-air update: the whole flow from the request to the restart, as a state machine.
///
///   request ─▶ ASKED ─(button)─▶ ERASING ─▶ RECEIVING ⇄ chunks ─▶ CHECKING ─▶ RESTARTING
/// Anything that goes wrong ends in IDLE with the running firmware untouched, a message that says why,
/// and for failures of the flash or the image fault 8.
/// Source:  tCam-Mini README, "OTA FW Update Process", "fw_update_request", "get_fw", "fw_segment".
#ifndef IB_DEVICE_OTA_H
#define IB_DEVICE_OTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/signature.h"
#include "core/log.h"
#include "device/esp_image.h"
#include "device/slots.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_OTA_CHUNK_BYTES 8192
#define IB_OTA_CONFIRM_US 60000000ull   ///< for the button
#define IB_OTA_CHUNK_US 10000000ull     ///< for one chunk
#define IB_OTA_TRIES 6                  ///< requests for the same chunk
#define IB_OTA_RESTART_US 500000ull     ///< from success to the restart
#define IB_OTA_PROVE_US 60000000ull     ///< for the first good frame after it
#define IB_OTA_NOTE_AGAIN_US 5000000ull ///< that it is proved, when it could not be written down
#define IB_OTA_STEP_BYTES 65536u        ///< erased or checked in one step
#define IB_OTA_WHY_BYTES 96

enum ib_ota_stage {
    IB_OTA_IDLE,
    IB_OTA_ASKED,     ///< waits for the button
    IB_OTA_ERASING,   ///< a few sectors a step
    IB_OTA_RECEIVING, ///< a chunk has been asked for
    IB_OTA_CHECKING,  ///< the slot is read back and compared, a few sectors a step
    IB_OTA_RESTARTING,
};

struct ib_ota_config {
    const struct ib_storage *slot[2]; ///< kept, as are the next two
    const struct ib_storage *record;
    const struct ib_signature *signature; ///< NULL: signatures are not looked at
    bool signature_required;              ///< an image without a good one is refused
    const char *project;                  ///< kept: "tCamMini"
    const char *factory_version;          ///< kept: what runs when no slot does
    const struct ib_log *log;
};

/// What is to be told to the client that asked for the update, one thing at a time.
enum ib_ota_say { IB_OTA_SAY_NOTHING, IB_OTA_SAY_CHUNK, IB_OTA_SAY_STATUS };
struct ib_ota_output {
    enum ib_ota_say say;
    uint32_t start, length;           ///< CHUNK: for get_fw
    char text[64 + IB_OTA_WHY_BYTES]; ///< STATUS: for cam_info code 6
};

struct ib_ota {
    struct ib_ota_config config;
    struct ib_slots slots;
    enum ib_ota_stage stage;
    uint64_t deadline_us;
    unsigned tries;
    uint32_t size_bytes;
    uint32_t done_bytes; ///< erased, received or checked so far
    char version[IB_ESP_IMAGE_TEXT_BYTES + 1];
    struct ib_esp_image image;
    struct ib_ota_output output; ///< waits to be taken
    bool failed;                 ///< fault 8
    bool restart_due;            ///< the device should restart now
    uint64_t prove_until_us;     ///< counts while slots.probation
    bool proved;      ///< a good frame came; when still on probation, to be written again
    uint64_t note_us; ///< … then
    struct ib_sha256 readback;
    uint32_t updates, failures, rollbacks;
    uint8_t chunk[IB_OTA_CHUNK_BYTES]; ///< for reading back; a segment may be decoded into it
};

/// A start of the device: decides which slot runs.
/// Return: IB_OK, or the storage's error (updates are refused then).
/// Errors: IB_E_INVAL without a storage, a project or a factory version.
/// Blocks: as ib_slots_boot.
int ib_ota_init(struct ib_ota *self, const struct ib_ota_config *config, uint64_t now_us);
/// The version that runs: the slot's, or the factory's.
const char *ib_ota_version(const struct ib_ota *self);

/// fw_update_request. A second one starts over. `version` is borrowed.
/// Errors: IB_E_RANGE (no image has this length, the slot is too small, no version is that long),
///         IB_E_NOT_READY (the running firmware is on probation, or a restart is near), IB_E_IO (the
///         firmware storage does not work); `why` is filled, and nothing has changed.
int ib_ota_request(struct ib_ota *self, int32_t length, const char *version, uint64_t now_us,
                   char why[IB_OTA_WHY_BYTES]);
/// The button was pressed shortly: confirms, or aborts what runs. Otherwise ignored.
void ib_ota_press(struct ib_ota *self, uint64_t now_us);
/// fw_segment. One that was taken already is ignored (the answer to a repeated request).
/// Return: IB_OK: taken or ignored. What is wrong with the image itself comes as a status.
/// Errors: IB_E_NOT_READY (no chunk was asked for), IB_E_RANGE (another start, or a length that is not
///         the data's or not what was asked for); `why` is filled, the same chunk is still wanted.
int ib_ota_segment(struct ib_ota *self, int32_t start, int32_t length, const uint8_t *data,
                   size_t size, uint64_t now_us, char why[IB_OTA_WHY_BYTES]);
/// The client has gone: back to idle, nothing is said. After success the restart comes all the same.
void ib_ota_cancel(struct ib_ota *self);
/// Time passes. Erases or checks at most 64 KiB a call. *due_us: when to call again.
void ib_ota_step(struct ib_ota *self, uint64_t now_us, uint64_t *due_us);
/// A good frame came: firmware on probation has proved itself. Writes the record once.
void ib_ota_good_frame(struct ib_ota *self);
/// Take what is to be said; the output is empty afterwards.
void ib_ota_take(struct ib_ota *self, struct ib_ota_output *out);
/// Fault 8 ends (long press, or a new request).
void ib_ota_clear_fault(struct ib_ota *self);

#ifdef __cplusplus
}
#endif

#endif
