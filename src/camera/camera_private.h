/// The inside of `struct ib_camera`: here only so that callers can own the memory. Nothing in it is
/// public.
#ifndef IB_CAMERA_CAMERA_PRIVATE_H
#define IB_CAMERA_CAMERA_PRIVATE_H

#include "camera/wanted.h"

#ifdef __cplusplus
typedef std::atomic<struct ib_camera_request *> ib_camera_posted;
#else
typedef _Atomic(struct ib_camera_request *) ib_camera_posted;
#endif

/// Words in which a state travels between threads.
#define IB_CAMERA_STATE_WORDS ((sizeof(struct ib_camera_state) + 3) / 4)

/// Requests in the order they came, linked through themselves.
struct ib_camera_list {
    struct ib_camera_request *first;
    struct ib_camera_request *last;
};

struct ib_camera {
    const struct ib_source *source;
    struct ib_hub *hub;
    const struct ib_log *log;
    void (*wake)(void *context);
    void *wake_context;

    ib_camera_posted posted;  ///< newest first, from any thread
    ib_atomic_u32 state_turn; ///< odd while `state_words` are being written
    ib_atomic_u32 state_words[IB_CAMERA_STATE_WORDS];

    struct ib_camera_state now; ///< the owner's own copy of the public state
    struct ib_wanted wanted;
    struct ib_camera_list queue;   ///< waiting for their turn on the CCI
    struct ib_camera_list for_ffc; ///< waiting for the FFC under way
    struct ib_frame *filling;      ///< the hub's slot being filled, NULL when none was free
    struct ib_source_format format;
    bool source_on;
    uint64_t source_due_us;

    bool head_begun; ///< the queue's first is a settings request and part of the wanted state

    int talk;        ///< which CCI conversation is under way
    int talk_status; ///< negative: it could not even begin
    int entry;       ///< wanted entry that it is about
    uint64_t talk_due_us;
    uint16_t words[IB_CCI_MAX_WORDS]; ///< of the conversation
    unsigned cci_failures;            ///< in a row
    uint64_t cci_failed_us;           ///< when that row began
    uint64_t cci_rest_us;             ///< after a failure the bus is left alone until then
    uint64_t cci_quiet_us;            ///< when the CCI was last heard
    uint64_t control_us;              ///< when control last had its turn beside video

    int setup_step;
    unsigned readings;       ///< of the identity word under way
    uint64_t setup_limit_us; ///< for the start-up FFC
    uint64_t stage_us; ///< BOOTING: when it may be touched; STARTING: deadline of the first frame
    bool climbing;     ///< a recovery is under way, whatever the stage
    enum ib_camera_rung rung;
    int rung_phase;
    unsigned barren;  ///< complete set-ups in this recovery that no frame followed
    uint64_t rung_us; ///< the rung's next moment
    uint64_t backoff_us;
    uint64_t trouble_us; ///< when the recovery's trouble began
    uint64_t recovered_us;
    uint64_t ffc_until_us; ///< an FFC may keep frames away until then
    uint64_t ffc_poll_us;
    bool ffc_running;  ///< commanded by a request
    bool ffc_expected; ///< the newest frame said imminent or running
    uint32_t last_uptime_ms;
    bool gap;            ///< frames were lost since the last one
    bool no_slot;        ///< counted already
    uint64_t no_slot_us; ///< when there was last none: the sensor is not to blame before
    bool changed;        ///< `now` has news for other threads
};

#endif
