/// From a packet's text to a handler: the table of names, the generic answers, the way to the
/// camera.
///
/// What each command does is in handlers.c.
/// Source:  tCam-Mini README, Command Interface: the table's names and the ones its examples use.
#include <string.h>

#include "core/status.h"
#include "tcam/engine.h"

/// The longest name is "get_filesystem_list" and the like.
#define NAME_BYTES 32

/// The camera promises an answer by its deadline plus one step; a session does not rely on it.
#define GRACE_US 500000

struct command {
    const char *name;
    int (*run)(struct ib_tcam_session *self, const struct ib_json_value *args, uint64_t now_us);
};

/// A name without a handler is known and answered "unsupported".
static const struct command commands[] = {
    {"get_status", ib_tcam_get_status},
    {"get_image", ib_tcam_get_image},
    {"set_time", ib_tcam_set_time},
    {"get_config", ib_tcam_get_config},
    {"set_config", ib_tcam_set_config},
    {"get_lep_cci", ib_tcam_get_lep_cci},
    {"set_lep_cci", ib_tcam_set_lep_cci},
    {"run_ffc", ib_tcam_run_ffc},
    {"set_spotmeter", ib_tcam_set_spotmeter},
    {"stream_on", ib_tcam_stream_on},
    {"stream_off", ib_tcam_stream_off},
    // The README's table and prose call some of them otherwise.
    {"set_stream_on", ib_tcam_stream_on},
    {"set_stream_off", ib_tcam_stream_off},
    {"get_cci_reg", ib_tcam_get_lep_cci},
    {"set_cci_reg", ib_tcam_set_lep_cci},
    {"set_clock", ib_tcam_set_time},
    // Of the tCam-Mini, not here.
    {"get_wifi", NULL},
    {"set_wifi", NULL},
    {"fw_update_request", NULL},
    {"fw_segment", NULL},
    // Of the tCam with display, battery and memory card.
    {"take_picture", NULL},
    {"record_on", NULL},
    {"record_off", NULL},
    {"poweroff", NULL},
    {"get_filesystem_list", NULL},
    {"get_file", NULL},
    {"delete_filesystem_obj", NULL},
    {"dump_screen", NULL},
};

static const struct command *find(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static void run(struct ib_tcam_session *self, const struct command *command,
                const struct ib_json_value *root, uint64_t now_us) {
    struct ib_json_value args;
    bool has_args = ib_json_member(root, "args", &args) == IB_OK;

    self->pending_name = command->name;
    int done = command->run(self, has_args ? &args : NULL, now_us);
    if (done == IB_TCAM_DONE_ACK || done < 0)
        ib_tcam_reply_outcome(self, command->name, done == IB_TCAM_DONE_ACK);
}

void ib_tcam_command(struct ib_tcam_session *self, const char *text, size_t size, uint64_t now_us) {
    self->tcam->counters.commands++;

    struct ib_json_value root, cmd;
    if (ib_json_parse(&root, text, size) != IB_OK) {
        ib_tcam_reply_info(self, IB_TCAM_BAD, "Couldn't convert json string");
        return;
    }
    char name[NAME_BYTES];
    int length = IB_E_TYPE;
    if (ib_json_member(&root, "cmd", &cmd) == IB_OK)
        length = ib_json_string(&cmd, name, sizeof name);
    if (length < 0 && length != IB_E_NO_SPACE) {
        ib_tcam_reply_info(self, IB_TCAM_UNIMPLEMENTED, "Json string wasn't command");
        return;
    }
    const struct command *command = length >= 0 ? find(name) : NULL;
    if (!command)
        ib_tcam_reply_info(self, IB_TCAM_UNIMPLEMENTED, "Unknown command in json string");
    else if (!command->run)
        ib_tcam_reply_info(self, IB_TCAM_UNIMPLEMENTED, "Unsupported command in json string");
    else
        run(self, command, &root, now_us);
}

int ib_tcam_ask(struct ib_tcam_session *self, enum ib_tcam_pending then, uint64_t now_us,
                uint64_t patience_us) {
    self->request.deadline_us = now_us + patience_us;
    self->request.notify = self->tcam->notify;
    self->request.notify_context = self->tcam->notify_context;
    self->pending = (int)then;
    self->pending_deadline_us = self->request.deadline_us + GRACE_US;
    self->posted = true;
    ib_camera_post(self->tcam->camera, &self->request);
    return IB_TCAM_DONE_LATER;
}
