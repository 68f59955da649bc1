/// The replies that are not images, printed tightly between their two delimiters.
///
/// Every one fits IB_TCAM_REPLY_BYTES by construction: the longest is a cci_reg with 512 words.
/// Source:  tCam-Mini README, Command Interface (responses and their members).
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/text.h"
#include "tcam/engine.h"

#define WHY_CHARS 160

/// The battery of a board with a card: it hangs on the mains and is always full.
#define BATTERY_DECIVOLTS 42
#define BATTERY_LEVEL_PCT 100
#define BATTERY_CHARGE "DONE"

void ib_tcam_reply_begin(struct ib_tcam_session *self, struct ib_json_writer *json) {
    self->reply[0] = IB_TCAM_START;
    ib_json_begin(json, self->reply + 1, sizeof self->reply - 1);
    ib_json_open_object(json, NULL);
}

void ib_tcam_reply_finish(struct ib_tcam_session *self, struct ib_json_writer *json) {
    ib_json_close_object(json);
    int size = ib_json_finish(json);
    IB_ASSERT(size > 0);
    self->reply[1 + size] = IB_TCAM_END; // where the terminator was
    self->reply_size = (size_t)size + 2;
}

void ib_tcam_reply_info(struct ib_tcam_session *self, enum ib_tcam_info value, const char *text) {
    if (value == IB_TCAM_NACK || value == IB_TCAM_UNIMPLEMENTED || value == IB_TCAM_BAD)
        self->tcam->counters.bad_commands++;
    struct ib_json_writer json;
    ib_tcam_reply_begin(self, &json);
    ib_json_open_object(&json, "cam_info");
    ib_json_put_int(&json, "info_value", value);
    ib_json_put_string(&json, "info_string", text);
    ib_json_close_object(&json);
    ib_tcam_reply_finish(self, &json);
}

void ib_tcam_reply_outcome(struct ib_tcam_session *self, const char *name, bool success) {
    char line[64];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, name);
    ib_text_str(&text, success ? " success" : " failed");
    ib_tcam_reply_info(self, success ? IB_TCAM_ACK : IB_TCAM_NACK, line);
}

void ib_tcam_reply_failure(struct ib_tcam_session *self, const char *name, const char *why) {
    char line[224];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, name);
    ib_text_str(&text, " failed");
    if (why) {
        size_t size = strlen(why);
        ib_text_str(&text, ": ");
        ib_text_bytes(&text, why, size < WHY_CHARS ? size : WHY_CHARS);
    }
    ib_tcam_reply_info(self, IB_TCAM_NACK, line);
}

void ib_tcam_reply_status(struct ib_tcam_session *self, uint64_t now_us) {
    ib_tcam_stamp(self->tcam, now_us);
    const struct ib_image_metadata *metadata = &self->tcam->metadata;
    struct ib_json_writer json;
    ib_tcam_reply_begin(self, &json);
    ib_json_open_object(&json, "status");
    ib_json_put_string(&json, "Camera", metadata->camera);
    ib_json_put_int(&json, "Model", metadata->model);
    ib_json_put_string(&json, "Version", metadata->version);
    if (self->tcam->card)
        ib_json_put_int(&json, "Recording", self->tcam->recorder.on);
    ib_json_put_string(&json, "Time", metadata->time);
    ib_json_put_string(&json, "Date", metadata->date);
    if (self->tcam->card) {
        ib_json_put_fixed(&json, "Battery", BATTERY_DECIVOLTS, 1);
        ib_json_put_int(&json, "Battery Level", BATTERY_LEVEL_PCT);
        ib_json_put_string(&json, "Charge", BATTERY_CHARGE);
    }
    ib_json_close_object(&json);
    ib_tcam_reply_finish(self, &json);
}

void ib_tcam_reply_config(struct ib_tcam_session *self, const struct ib_camera_settings *settings) {
    struct ib_json_writer json;
    ib_tcam_reply_begin(self, &json);
    ib_json_open_object(&json, "config");
    ib_json_put_int(&json, "agc_enabled", settings->agc);
    ib_json_put_int(&json, "emissivity", settings->emissivity_pct);
    ib_json_put_int(&json, "gain_mode", settings->gain);
    ib_json_close_object(&json);
    ib_tcam_reply_finish(self, &json);
}

void ib_tcam_reply_cci(struct ib_tcam_session *self, bool data) {
    const struct ib_camera_request *request = &self->request;
    uint16_t words = self->cci_length;
    struct ib_json_writer json;
    ib_tcam_reply_begin(self, &json);
    ib_json_open_object(&json, "cci_reg");
    ib_json_put_int(&json, "command", request->cci.command);
    ib_json_put_int(&json, "length", words);
    ib_json_put_int(&json, "status", request->outcome.status_word);
    if (data && words) {
        // The words become little-endian bytes where they lie: nobody needs them as words again.
        uint8_t *bytes = (uint8_t *)self->cci_data;
        for (size_t i = 0; i < words; i++)
            ib_put_le16(bytes + 2 * i, self->cci_data[i]);
        ib_json_put_base64(&json, "data", bytes, (size_t)2 * words);
    }
    ib_json_close_object(&json);
    ib_tcam_reply_finish(self, &json);
}
