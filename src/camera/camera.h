/// The camera: the one owner of a Lepton. Source in, hub out, requests answered, trouble recovered
/// from.
///
/// Everybody else posts a request and gets exactly one answer by its deadline. Settings are *wanted
/// state*, keyed by CCI command: each is remembered, applied with read-back, and applied again
/// after any reboot. When frames stop, the camera climbs a ladder for ever: resync, CCI reboot,
/// reset line, power line, back-off, from the start again; every rung is counted and logged.
///
/// Threads: `ib_camera_step` belongs to one thread. `ib_camera_post`, `ib_camera_answered` and
/// `ib_camera_state` may be called from any.
/// Source:  Lepton fact sheet of this project: docs/lepton.md; the ladder: DESIGN.md.
#ifndef IB_CAMERA_CAMERA_H
#define IB_CAMERA_CAMERA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/source.h"
#include "core/hub.h"
#include "core/log.h"
#include "drivers/lepton/lepton.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a request asks for.
enum ib_camera_ask {
    IB_ASK_SETTINGS,  ///< any of AGC, emissivity, gain (settings.mask says which)
    IB_ASK_SPOTMETER, ///< box, in the sensor's own pixels
    IB_ASK_FFC,       ///< run a flat field correction and wait for its end
    IB_ASK_CCI,       ///< one raw CCI command
    IB_ASK_RESET,     ///< start recovery at a rung (for people and tests)
    IB_ASK_CALL,      ///< call a function on the camera's thread
};

enum ib_camera_setting {
    IB_SETTING_AGC = 1 << 0,
    IB_SETTING_EMISSIVITY = 1 << 1,
    IB_SETTING_GAIN = 1 << 2,
};

struct ib_camera_settings {
    unsigned mask; ///< enum ib_camera_setting
    bool agc;
    uint8_t emissivity_pct; ///< 1..100
    uint8_t gain;           ///< enum ib_gain: high, low, auto
};

/// Rungs of the ladder, in the order they are tried.
enum ib_camera_rung { IB_RUNG_RESYNC, IB_RUNG_REBOOT, IB_RUNG_RESET, IB_RUNG_POWER, IB_RUNG_COUNT };

/// A request. The poster's storage, kept from post until answered (always, by `deadline_us` at the
/// latest plus one step).
struct ib_camera_request {
    enum ib_camera_ask ask;
    uint64_t deadline_us; ///< absolute, on the camera's clock; 0: 2 s, an FFC 5 s
    struct ib_camera_settings settings;
    uint16_t spot[4]; ///< startRow, startCol, endRow, endCol
    enum ib_camera_rung rung;
    struct {
        uint16_t command;
        uint16_t words;
        uint16_t *data; ///< SET: sent; GET: filled
    } cci;
    void (*call)(void *context);
    void *call_context;

    /// Called on the camera's thread right after the answer is there; may be NULL. It may wake a
    /// loop.
    void (*notify)(void *context);
    void *notify_context;

    /// The answer. IB_OK: done (settings: applied and read back, or accepted during recovery);
    /// IB_E_DEVICE: the module refused (`outcome` has its code); IB_E_NOT_READY: raw command during
    /// recovery; IB_E_TIMEOUT; IB_E_VERIFY. A raw SET that capture depends on is answered as the
    /// module did, then put back.
    int status;
    struct ib_cci_outcome outcome;

    /// The camera's own: link in the queue, and the mark that the answer is there.
    struct ib_camera_request *next;
    ib_atomic_u32 answered;
};

enum ib_camera_stage {
    IB_STAGE_OFF,        ///< not started
    IB_STAGE_BOOTING,    ///< waiting for the module to answer
    IB_STAGE_SETTING_UP, ///< identifying and applying wanted state
    IB_STAGE_STARTING,   ///< set up, waiting for the first frame
    IB_STAGE_RUNNING,    ///< frames arrive
    IB_STAGE_RECOVERING, ///< frames stopped: on the ladder
};

/// Counters; they only grow.
struct ib_camera_counters {
    uint32_t frames;              ///< published
    uint32_t ffc_frames;          ///< of those, marked as taken during an FFC
    uint32_t lost_no_slot;        ///< times readers held every slot: a frame or more lost
    uint32_t rung[IB_RUNG_COUNT]; ///< times each rung was tried
    uint32_t recoveries;          ///< times frames came back after recovery
    uint32_t setups;              ///< complete set-ups
    uint32_t cci_errors;          ///< commands that failed on the bus or timed out
    uint32_t cci_refused;         ///< commands the module refused
    uint32_t verify_errors;       ///< read-backs that differed
    uint32_t settings_dropped;    ///< wanted settings given up because the module wedged or refused
    uint32_t settings_put_back;   ///< raw SETs undone because capture depends on them
    uint32_t requests;            ///< answered
    uint32_t requests_late;       ///< answered by their deadline passing
};

/// A consistent picture of the camera, for any thread, at any time, without waiting for the Lepton.
struct ib_camera_state {
    enum ib_camera_stage stage;
    int last_error;            ///< what started the latest recovery, IB_OK before any
    uint64_t now_us;           ///< when this picture was made
    uint64_t last_frame_us;    ///< 0 before the first
    uint64_t last_recovery_us; ///< duration from the last good frame to the next, latest recovery
    struct ib_lepton_identity identity; ///< zeroed until identified
    struct ib_camera_settings settings; ///< as wanted
    uint16_t spot[4];
    uint16_t dropped_command; ///< latest wanted setting given up, 0 when none
    struct ib_camera_counters counters;
    struct ib_source_counters source;
};

struct ib_camera_config {
    const struct ib_source *source;      ///< kept
    struct ib_hub *hub;                  ///< kept; slots of at least 160x120
    const struct ib_cci_setting *wanted; ///< borrowed until return: the board's choice, in order
    size_t wanted_count;
    const struct ib_log *log; ///< kept; may be NULL
    /// Called (any thread) after a post, so that the camera's loop steps soon; may be NULL.
    void (*wake)(void *context);
    void *wake_context;
};

struct ib_camera;

/// Errors: IB_E_INVAL, IB_E_NO_SPACE when the wanted settings do not fit.
int ib_camera_init(struct ib_camera *self, const struct ib_camera_config *config);

/// Do what is due: at most one bounded transfer. Sets *due_us to when it wants to be called again
/// (a post may want it sooner). Never blocks beyond that transfer.
void ib_camera_step(struct ib_camera *self, uint64_t now_us, uint64_t *due_us);

/// Any thread: hand over a request.
void ib_camera_post(struct ib_camera *self, struct ib_camera_request *request);
/// Any thread: whether the answer is there (then the request is the poster's again).
bool ib_camera_answered(const struct ib_camera_request *request);
/// Any thread: fills `out`. Never waits for the Lepton.
void ib_camera_state(struct ib_camera *self, struct ib_camera_state *out);

/// "running", "recovering", …
const char *ib_camera_stage_name(enum ib_camera_stage stage);
/// "resync", "reboot", "reset", "power".
const char *ib_camera_rung_name(enum ib_camera_rung rung);

#ifdef __cplusplus
}
#endif

#include "camera/camera_private.h" // the complete type, so that the caller can own the memory

#endif
