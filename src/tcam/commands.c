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

/// What a command cannot do without.
enum needs { NEEDS_NOTHING, NEEDS_BOARD, NEEDS_UPDATES, NEEDS_CARD };

struct command {
    const char *name;
    int (*run)(struct ib_tcam_session *self, const struct ib_json_value *args, uint64_t now_us);
    enum needs needs;
};

/// A name without a handler is known and answered "unsupported".
static const struct command commands[] = {
    {"get_status", ib_tcam_get_status, NEEDS_NOTHING},
    {"get_image", ib_tcam_get_image, NEEDS_NOTHING},
    {"set_time", ib_tcam_set_time, NEEDS_NOTHING},
    {"get_config", ib_tcam_get_config, NEEDS_NOTHING},
    {"set_config", ib_tcam_set_config, NEEDS_NOTHING},
    {"get_lep_cci", ib_tcam_get_lep_cci, NEEDS_NOTHING},
    {"set_lep_cci", ib_tcam_set_lep_cci, NEEDS_NOTHING},
    {"run_ffc", ib_tcam_run_ffc, NEEDS_NOTHING},
    {"set_spotmeter", ib_tcam_set_spotmeter, NEEDS_NOTHING},
    {"stream_on", ib_tcam_stream_on, NEEDS_NOTHING},
    {"stream_off", ib_tcam_stream_off, NEEDS_NOTHING},
    // The README's table and prose call some of them otherwise.
    {"set_stream_on", ib_tcam_stream_on, NEEDS_NOTHING},
    {"set_stream_off", ib_tcam_stream_off, NEEDS_NOTHING},
    {"get_cci_reg", ib_tcam_get_lep_cci, NEEDS_NOTHING},
    {"set_cci_reg", ib_tcam_set_lep_cci, NEEDS_NOTHING},
    {"set_clock", ib_tcam_set_time, NEEDS_NOTHING},
    {"get_wifi", ib_tcam_get_wifi, NEEDS_BOARD},
    {"set_wifi", ib_tcam_set_wifi, NEEDS_BOARD},
    {"fw_update_request", ib_tcam_fw_update_request, NEEDS_UPDATES},
    {"fw_segment", ib_tcam_fw_segment, NEEDS_UPDATES},
    // Our own.
    {"events_on", ib_tcam_events_on, NEEDS_NOTHING},
    {"events_off", ib_tcam_events_off, NEEDS_NOTHING},
    {"auth", ib_tcam_auth, NEEDS_NOTHING},
    // Of the tCam with display, battery and memory card.
    {"take_picture", ib_tcam_take_picture, NEEDS_CARD},
    {"record_on", ib_tcam_record_on, NEEDS_CARD},
    {"record_off", ib_tcam_record_off, NEEDS_CARD},
    {"poweroff", ib_tcam_poweroff, NEEDS_CARD},
    {"get_filesystem_list", ib_tcam_get_filesystem_list, NEEDS_CARD},
    {"get_file", ib_tcam_get_file, NEEDS_CARD},
    {"delete_filesystem_obj", ib_tcam_delete_filesystem_obj, NEEDS_CARD},
    {"dump_screen", NULL, NEEDS_NOTHING},
};

static const struct command *find(const char *name) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static bool supported(const struct ib_tcam *tcam, const struct command *command) {
    switch (command->needs) {
    case NEEDS_BOARD:
        return tcam->device != NULL;
    case NEEDS_UPDATES:
        return tcam->device && tcam->device->has_ota;
    case NEEDS_CARD:
        return tcam->card != NULL;
    default:
        return command->run != NULL;
    }
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
    else if (self->token && command->run != ib_tcam_auth)
        ib_tcam_reply_failure(self, command->name, "auth first");
    else if (!supported(self->tcam, command))
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
