/// A firmware update over the protocol: who may carry it on, what comes in, what goes out.
///
/// The update itself (the button, chunks, checks, slots) is src/device/ota.h. It belongs to the client
/// that asked for it, until it ends or the client goes.
/// Source:  tCam-Mini README, fw_update_request, get_fw, fw_segment, "OTA FW Update Process".
#include <string.h>

#include "core/base64.h"
#include "core/status.h"
#include "tcam/engine.h"

#define VERSION_BYTES 32 ///< of the version in an image's descriptor

static struct ib_ota *ota_of(const struct ib_tcam_session *self) {
    return &self->tcam->device->ota;
}

static bool is_owner(const struct ib_tcam_session *self) {
    return self->tcam->update_owner == self;
}

static int refuse(struct ib_tcam_session *self, const char *why) {
    ib_tcam_reply_failure(self, self->pending_name, why);
    return IB_TCAM_DONE_REPLY;
}

/// A number and nothing else.
static bool number_arg(const struct ib_json_value *args, const char *key, int32_t *out) {
    struct ib_json_value value;
    return args && ib_json_member(args, key, &value) == IB_OK && value.type == IB_JSON_NUMBER &&
           ib_json_int(&value, out) == IB_OK;
}

int ib_tcam_fw_update_request(struct ib_tcam_session *self, const struct ib_json_value *args,
                              uint64_t now_us) {
    struct ib_tcam *tcam = self->tcam;
    struct ib_ota *ota = ota_of(self);
    int32_t length;
    if (!number_arg(args, "length", &length))
        return refuse(self, "length must be a number");
    struct ib_json_value value;
    char version[VERSION_BYTES + 1];
    int size = IB_E_TYPE;
    if (ib_json_member(args, "version", &value) == IB_OK)
        size = ib_json_string(&value, version, sizeof version);
    if (size == IB_E_NO_SPACE)
        return refuse(self, "version is longer than 32 characters");
    if (size < 0)
        return refuse(self, "version must be a string");
    if (tcam->update_owner && !is_owner(self) && ota->stage != IB_OTA_IDLE)
        return refuse(self, "another client's update is under way");

    char why[IB_OTA_WHY_BYTES] = "";
    int status = ib_ota_request(ota, length, version, now_us, why);
    if (status != IB_OK)
        return refuse(self, why[0] ? why : ib_status_text(status));
    tcam->update_owner = self;
    self->streaming = false; // as the firmware does
    return IB_TCAM_DONE_ACK;
}

/// Decode `data` into the update's buffer. Return: bytes.
static int data_arg(struct ib_tcam_session *self, const struct ib_json_value *args) {
    struct ib_ota *ota = ota_of(self);
    struct ib_json_value value;
    int status = ib_json_member(args, "data", &value);
    if (status != IB_OK)
        return status;
    const char *text;
    size_t size;
    status = ib_json_raw(&value, &text, &size);
    if (status == IB_E_FORMAT) {
        // Some encoders write '/' as "\/".
        char *room = ib_tcam_room(self->tcam);
        status = ib_json_string(&value, room, sizeof self->tcam->packet);
        text = room;
        size = status > 0 ? (size_t)status : 0;
    }
    if (status < 0)
        return status;
    return ib_base64_decode(ota->chunk, sizeof ota->chunk, text, size);
}

static const char *data_problem(int status) {
    switch (status) {
    case IB_E_NO_SPACE:
        return "data holds more than 8192 bytes";
    case IB_E_NOT_FOUND:
    case IB_E_TYPE:
        return "data must be a string";
    default:
        return "data is not base64";
    }
}

int ib_tcam_fw_segment(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us) {
    struct ib_ota *ota = ota_of(self);
    int32_t start, length;
    if (!number_arg(args, "start", &start))
        return refuse(self, "start must be a number");
    if (!number_arg(args, "length", &length))
        return refuse(self, "length must be a number");
    if (!is_owner(self))
        return refuse(self, "no update of this client is under way");
    int size = data_arg(self, args);
    if (size < 0)
        return refuse(self, data_problem(size));

    char why[IB_OTA_WHY_BYTES] = "";
    int status = ib_ota_segment(ota, start, length, ota->chunk, (size_t)size, now_us, why);
    if (status != IB_OK)
        return refuse(self, why[0] ? why : ib_status_text(status));
    return IB_TCAM_DONE_REPLY; // the next get_fw is the answer
}

void ib_tcam_update_say(struct ib_tcam_session *self) {
    if (!is_owner(self) || self->reply_size)
        return;
    struct ib_ota_output out;
    ib_ota_take(ota_of(self), &out);
    if (out.say == IB_OTA_SAY_CHUNK) {
        struct ib_json_writer json;
        ib_tcam_reply_begin(self, &json);
        ib_json_open_object(&json, "get_fw");
        ib_json_put_int(&json, "start", out.start);
        ib_json_put_int(&json, "length", out.length);
        ib_json_close_object(&json);
        ib_tcam_reply_finish(self, &json);
    } else if (out.say == IB_OTA_SAY_STATUS) {
        ib_tcam_reply_info(self, IB_TCAM_UPDATE, out.text);
    } else if (ota_of(self)->stage == IB_OTA_IDLE) {
        self->tcam->update_owner = NULL; // it has ended, and everything about it was said
    }
}

void ib_tcam_update_leave(struct ib_tcam_session *self) {
    if (!is_owner(self))
        return;
    self->tcam->update_owner = NULL;
    // What has succeeded stays so.
    if (ota_of(self)->stage != IB_OTA_RESTARTING)
        ib_ota_cancel(ota_of(self));
}
