/// What a camera says about itself, as JSON members: for `info`, `ctl` and the control socket.
#ifndef IB_APP_REPORT_H
#define IB_APP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "camera/camera.h"
#include "core/hub.h"
#include "core/json.h"

/// Questions that only the Lepton itself can answer, asked one after the other.
#define IB_APP_REPORT_QUESTIONS 14
#define IB_APP_REPORT_WORDS 16

struct ib_app_report {
    struct ib_camera *camera;
    struct ib_camera_request request;
    unsigned at; ///< which question is under way
    bool posted;
    bool known[IB_APP_REPORT_QUESTIONS];
    uint16_t words[IB_APP_REPORT_QUESTIONS][IB_APP_REPORT_WORDS];
};

/// Ask the first question. `notify` is called on the camera's thread after each answer.
void ib_app_report_begin(struct ib_app_report *self, struct ib_camera *camera,
                         void (*notify)(void *context), void *context);
/// Take the answer if it is there and ask the next question.
/// Return: true when all were asked.
bool ib_app_report_advance(struct ib_app_report *self);
/// Whether the camera holds the request (then the memory must stay).
bool ib_app_report_busy(const struct ib_app_report *self);

/// Members "identity", "settings", "temperatures", "health" of a finished report.
void ib_app_report_put(struct ib_json_writer *json, const struct ib_app_report *self,
                       struct ib_hub *hub);

/// Members "stage", "time_s", "last_frame_age_s", "last_error" of a state.
void ib_app_put_stage(struct ib_json_writer *json, const struct ib_camera_state *state);
/// Members "camera" and "source": every counter by its name.
void ib_app_put_counters(struct ib_json_writer *json, const struct ib_camera_state *state);
/// Member "frame": the newest one, or null.
void ib_app_put_frame(struct ib_json_writer *json, struct ib_hub *hub);

struct ib_app_recorder_status;
/// Member "recording": what a recorder does.
void ib_app_put_recording(struct ib_json_writer *json, const struct ib_app_recorder_status *status);

const char *ib_app_gain_name(unsigned gain);

#endif
