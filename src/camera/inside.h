/// What the camera's files share with each other; nobody else includes it.
///
/// camera.c     the step, frames, the state for other threads
/// requests.c   taking, serving and answering requests
/// talk.c       one CCI conversation at a time, and what follows from its outcome
/// ladder.c     boot, set-up, recovery
#ifndef IB_CAMERA_INSIDE_H
#define IB_CAMERA_INSIDE_H

#include "bus/clock.h"
#include "camera/camera.h"

// The commands that the camera itself speaks (GET words; Lepton IDD rev 100, sections 4.1 to 4.5).
enum {
    CMD_AGC = 0x0100,
    CMD_PING_RUN = 0x0202,
    CMD_SERIAL = 0x0208,
    CMD_TELEMETRY = 0x0218,
    CMD_TELEMETRY_LOCATION = 0x021C,
    CMD_FFC_RUN = 0x0242,
    CMD_FFC_STATUS = 0x0244,
    CMD_GAIN = 0x0248,
    CMD_VIDEO_FREEZE = 0x0324,
    CMD_VIDEO_FORMAT = 0x0330,
    CMD_PART_NUMBER = 0x481C,
    CMD_SOFTWARE = 0x4820,
    CMD_OUTPUT_ENABLE = 0x4824,
    CMD_OUTPUT_FORMAT = 0x4828,
    CMD_OUTPUT_SOURCE = 0x482C,
    CMD_OUTPUT_CHANNEL = 0x4830,
    CMD_REBOOT_RUN = 0x4842,
    CMD_GPIO_MODE = 0x4854,
    CMD_RESTORE_RUN = 0x4862,
    CMD_RADIOMETRY = 0x4E10,
    CMD_FLUX = 0x4EBC,
    CMD_TLINEAR = 0x4EC0,
    CMD_SPOT = 0x4ECC,
    CMD_SET = 1, ///< added to a GET word
};

/// What the CCI conversation under way is about.
enum talk {
    TALK_NONE,
    TALK_PING,
    TALK_PART,
    TALK_SERIAL,
    TALK_SOFTWARE,
    TALK_PROBE,
    TALK_STARTUP_FFC,
    TALK_READ,   ///< a wanted entry: what the module has, to keep the words that are not ours
    TALK_SET,    ///< … write it
    TALK_VERIFY, ///< … read it back
    TALK_ADOPT,  ///< … the module refused: what it has is what we want from now on
    TALK_RAW,    ///< a request's raw command
    TALK_FFC_RUN,
    TALK_FFC_POLL,
    TALK_HEALTH, ///< a ping because the CCI has been quiet or has failed
    TALK_CHECK,  ///< on the ladder: does the module still have our telemetry setting?
    TALK_REBOOT,
};

enum setup_step {
    SETUP_PING,
    SETUP_PART,
    SETUP_SERIAL,
    SETUP_SOFTWARE,
    SETUP_PROBE,
    SETUP_STARTUP_FFC,
    SETUP_APPLY,
};

// talk.c
void ib_camera_talk(struct ib_camera *self, enum talk talk, uint16_t command, uint16_t words,
                    uint16_t *data, uint64_t now_us, uint64_t deadline_us);
/// Poll the conversation under way (one transfer) and act on its outcome.
void ib_camera_talk_poll(struct ib_camera *self, uint64_t now_us);
void ib_camera_talk_cancel(struct ib_camera *self);
/// Begin to bring the next wanted entry to the module. False when there is none.
bool ib_camera_apply(struct ib_camera *self, uint64_t now_us);

// requests.c
void ib_camera_take_posted(struct ib_camera *self, uint64_t now_us);
/// Begin what the oldest waiting request asks. False when nothing could be begun.
bool ib_camera_serve(struct ib_camera *self, uint64_t now_us);
void ib_camera_expire(struct ib_camera *self, uint64_t now_us);
uint64_t ib_camera_next_deadline(const struct ib_camera *self);
void ib_camera_answer(struct ib_camera *self, struct ib_camera_list *list,
                      struct ib_camera_request *request, int status);
/// Recovery begins: settings count as accepted, raw commands and FFCs as "not ready".
void ib_camera_answer_all(struct ib_camera *self);
void ib_camera_raw_done(struct ib_camera *self, const struct ib_cci_outcome *outcome,
                        uint64_t now_us);
void ib_camera_refresh_settings(struct ib_camera *self);
/// Whether the module has all of the wanted state that can be brought to it.
bool ib_camera_settled(const struct ib_camera *self);

// ladder.c
void ib_camera_boot(struct ib_camera *self, uint64_t now_us, uint64_t wait_us);
/// Begin the set-up: from the identity (a fresh module) or only the wanted state.
void ib_camera_setup(struct ib_camera *self, enum setup_step from, uint64_t now_us);
void ib_camera_setup_next(struct ib_camera *self, uint64_t now_us);
void ib_camera_start_source(struct ib_camera *self, uint64_t now_us);
void ib_camera_stop_source(struct ib_camera *self);
/// Trouble: climb from `rung` (or on from where the climb is).
void ib_camera_recover(struct ib_camera *self, int error, enum ib_camera_rung rung,
                       uint64_t now_us);
/// Somebody has told the module to reboot: as if the ladder had.
void ib_camera_rebooting(struct ib_camera *self, uint64_t now_us);
/// It is set up, yet no frame came in time.
void ib_camera_barren(struct ib_camera *self, uint64_t now_us);
/// What raw commands set shortly before the trouble may be its cause: it is not applied again.
void ib_camera_drop_unproven(struct ib_camera *self);
/// Give up what a raw command set, and say so.
void ib_camera_give_up(struct ib_camera *self, int entry);
/// This rung did not help.
void ib_camera_next_rung(struct ib_camera *self, uint64_t now_us);
void ib_camera_climb(struct ib_camera *self, uint64_t now_us);
void ib_camera_recovered(struct ib_camera *self, uint64_t now_us);

// camera.c
/// Hand the state over to other threads.
void ib_camera_show(struct ib_camera *self, uint64_t now_us);
void ib_camera_stage(struct ib_camera *self, enum ib_camera_stage stage);
void ib_camera_say(struct ib_camera *self, enum ib_log_level level, const char *text);

static inline bool ib_camera_on_air(const struct ib_camera *self) {
    return self->now.stage == IB_STAGE_RUNNING || self->now.stage == IB_STAGE_STARTING;
}

#endif
