/// What can be said to the recorder of a running camera.
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/control_session.h"
#include "apps/ironbow/recorder.h"

static struct ib_app_recorder *recorder_of(const struct ib_app_control_session *self) {
    return self->control->config.recorder;
}

static bool reply(struct ib_app_control_session *self,
                  const struct ib_app_recorder_status *status) {
    if (status->failed) {
        ib_app_control_error(self, "%.200s: %s", status->path, status->problem);
        return true;
    }
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_app_put_recording(json, status);
    ib_app_control_end(self);
    return true;
}

/// The file is there, or cannot be.
static bool started(struct ib_app_control_session *self) {
    struct ib_app_recorder_status status;
    ib_app_recorder_status(recorder_of(self), &status);
    return (status.opened || status.failed) && reply(self, &status);
}

/// The file is whole.
static bool stopped(struct ib_app_control_session *self) {
    struct ib_app_recorder_status status;
    ib_app_recorder_status(recorder_of(self), &status);
    return !status.recording && reply(self, &status);
}

static void start(struct ib_app_control_session *self, const char *name) {
    const struct ib_app_control_config *control = &self->control->config;
    const struct ib_device *device = &control->board->device;
    struct ib_app_recording_config config = {.format = IB_APP_RECORDING_MKV, .palette = ""};
    char path[1024], model[24], problem[256];
    ib_app_recorder_describe(&config, control->rig, ib_device_name(device),
                             ib_device_version(device), control->tcam->tcam.model_base, model,
                             sizeof model);
    if (name && ib_app_recorder_place(recorder_of(self), name, &config.format, path, sizeof path,
                                      problem, sizeof problem) != 0)
        ib_app_control_error(self, "%.100s: %s", name, problem);
    else if (ib_app_recorder_begin(recorder_of(self), name ? path : NULL, &config, problem,
                                   sizeof problem) != 0)
        ib_app_control_error(self, "%s", problem);
    else
        self->poll = started;
}

void ib_app_control_record(struct ib_app_control_session *self, unsigned count, char **words) {
    struct ib_app_recorder_status status;
    if (!recorder_of(self)) {
        ib_app_control_error(
            self,
            "there is no recorder: this run has no place for recordings (--record-dir DIRECTORY)");
        return;
    }
    ib_app_recorder_status(recorder_of(self), &status);
    if (strcmp(words[0], "start") == 0) {
        start(self, count > 1 ? words[1] : NULL);
    } else if (strcmp(words[0], "stop") == 0 && count == 1) {
        if (!status.recording) {
            ib_app_control_error(self, "nothing is being recorded");
            return;
        }
        ib_app_recorder_end(recorder_of(self));
        self->poll = stopped;
    } else if (strcmp(words[0], "status") == 0 && count == 1) {
        status.failed = false; // an old failure is told, and no failure of this question
        reply(self, &status);
    } else {
        ib_app_control_error(self, "usage: record start [NAME], record stop, record status");
    }
}
