/// What each command does. Arguments are checked before anything changes: a wrong type, a missing
/// or impossible value is a NACK and leaves the camera as it was.
///
/// Source:  tCam-Mini README, Command Interface (arguments, ranges and defaults).
#include <string.h>

#include "core/base64.h"
#include "core/bytes.h"
#include "core/status.h"
#include "tcam/engine.h"
#include "tcam/wall.h"

#define IMAGE_WIDTH_PX 160
#define IMAGE_HEIGHT_PX 120

#define IMAGE_PATIENCE_US 5000000
#define SETTINGS_PATIENCE_US 2000000
#define CCI_PATIENCE_US 2000000
#define FFC_PATIENCE_US 5000000

/// Bits 1:0 of a CCI command word.
enum { CCI_OPERATION = 3, CCI_GET = 0, CCI_SET = 1, CCI_RUN = 2 };

static int32_t clamp(int32_t v, int32_t low, int32_t high) {
    return v < low ? low : v > high ? high : v;
}

/// One integer argument. Errors: IB_E_NOT_FOUND, IB_E_TYPE (also when there are no args at all).
static int int_arg(const struct ib_json_value *args, const char *key, int32_t *out) {
    struct ib_json_value value;
    if (!args)
        return IB_E_NOT_FOUND;
    int status = ib_json_member(args, key, &value);
    return status == IB_OK ? ib_json_int(&value, out) : status;
}

/// Several, all required.
static int int_args(const struct ib_json_value *args, const char *const *keys, int32_t *out,
                    size_t count) {
    for (size_t i = 0; i < count; i++) {
        int status = int_arg(args, keys[i], &out[i]);
        if (status != IB_OK)
            return status;
    }
    return IB_OK;
}

/// Whether the camera still holds the memory of a request that this session gave up.
static bool camera_holds(struct ib_tcam_session *self) {
    if (self->posted && ib_camera_answered(&self->request))
        self->posted = false;
    return self->posted;
}

/// A fresh request, or NULL.
static struct ib_camera_request *new_request(struct ib_tcam_session *self, enum ib_camera_ask ask) {
    if (camera_holds(self))
        return NULL;
    self->request = (struct ib_camera_request){.ask = ask};
    return &self->request;
}

int ib_tcam_get_status(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us) {
    (void)args;
    ib_tcam_reply_status(self, now_us);
    return IB_TCAM_DONE_REPLY;
}

int ib_tcam_get_image(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us) {
    (void)args;
    if (self->serial && self->tcam->slave && self->tcam->slave->dead)
        return IB_E_NOT_READY;
    self->streaming = false;
    self->seen_sequence = ib_hub_sequence(self->tcam->hub);
    self->pending = IB_TCAM_WAITS_IMAGE;
    self->pending_deadline_us = now_us + IMAGE_PATIENCE_US;
    return IB_TCAM_DONE_LATER;
}

int ib_tcam_get_config(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us) {
    (void)args;
    (void)now_us;
    struct ib_camera_state state;
    ib_camera_state(self->tcam->camera, &state);
    ib_tcam_reply_config(self, &state.settings);
    return IB_TCAM_DONE_REPLY;
}

int ib_tcam_set_config(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us) {
    static const struct {
        const char *key;
        enum ib_camera_setting bit;
    } known[] = {{"agc_enabled", IB_SETTING_AGC},
                 {"emissivity", IB_SETTING_EMISSIVITY},
                 {"gain_mode", IB_SETTING_GAIN}};
    int32_t values[3] = {0};
    unsigned mask = 0;
    for (size_t i = 0; i < 3; i++) {
        int status = int_arg(args, known[i].key, &values[i]);
        if (status == IB_OK)
            mask |= known[i].bit;
        else if (status != IB_E_NOT_FOUND)
            return status;
    }
    if (!mask)
        return IB_E_NOT_FOUND;
    if (values[2] < 0)
        return IB_E_RANGE;

    struct ib_camera_request *request = new_request(self, IB_ASK_SETTINGS);
    if (!request)
        return IB_E_BUSY;
    request->settings = (struct ib_camera_settings){
        .mask = mask,
        .agc = values[0] > 0,
        .emissivity_pct = (uint8_t)clamp(values[1], 1, 100),
        .gain = (uint8_t)clamp(values[2], IB_GAIN_HIGH, IB_GAIN_AUTO),
    };
    return ib_tcam_ask(self, IB_TCAM_WAITS_ACK, now_us, SETTINGS_PATIENCE_US);
}

int ib_tcam_set_time(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us) {
    static const char *const keys[] = {"year", "mon", "day", "hour", "min", "sec", "dow"};
    int32_t v[7];
    int status = int_args(args, keys, v, 7);
    if (status != IB_OK)
        return status;
    if (v[0] < 0 || v[0] > 255 || v[6] < 1 || v[6] > 7)
        return IB_E_RANGE;
    struct ib_tcam_civil civil = {.year = 1970 + v[0],
                                  .month = v[1],
                                  .day = v[2],
                                  .hour = v[3],
                                  .minute = v[4],
                                  .second = v[5]};
    if (!ib_tcam_civil_valid(&civil))
        return IB_E_RANGE;
    // A clock that follows another one cannot be set; the client has done its part.
    if (!self->tcam->wall_now)
        self->tcam->wall_offset_us = (int64_t)((uint64_t)ib_tcam_civil_us(&civil) - now_us);
    return IB_TCAM_DONE_ACK;
}

static void put_in_order(int32_t *low, int32_t *high) {
    if (*low > *high) {
        int32_t other = *low;
        *low = *high;
        *high = other;
    }
}

int ib_tcam_set_spotmeter(struct ib_tcam_session *self, const struct ib_json_value *args,
                          uint64_t now_us) {
    static const char *const keys[] = {"r1", "c1", "r2", "c2"};
    int32_t v[4];
    int status = int_args(args, keys, v, 4);
    if (status != IB_OK)
        return status;
    for (int i = 0; i < 4; i++)
        v[i] = clamp(v[i], 0, (i % 2 ? IMAGE_WIDTH_PX : IMAGE_HEIGHT_PX) - 1);
    put_in_order(&v[0], &v[2]);
    put_in_order(&v[1], &v[3]);

    struct ib_camera_state state;
    ib_camera_state(self->tcam->camera, &state);
    if (state.identity.width_px == 0)
        return IB_E_NOT_READY; // which of the sensor's pixels is meant cannot be known yet
    if (!state.identity.radiometric)
        return IB_TCAM_DONE_ACK; // it has no spotmeter; clients send this to every camera

    struct ib_camera_request *request = new_request(self, IB_ASK_SPOTMETER);
    if (!request)
        return IB_E_BUSY;
    // The image of a smaller sensor is pixel-doubled: client coordinates are of the image.
    int32_t scale = state.identity.width_px < IMAGE_WIDTH_PX ? 2 : 1;
    for (int i = 0; i < 4; i++)
        request->spot[i] = (uint16_t)(v[i] / scale);
    return ib_tcam_ask(self, IB_TCAM_WAITS_ACK, now_us, SETTINGS_PATIENCE_US);
}

int ib_tcam_stream_on(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us) {
    int32_t delay_ms = 0;
    int32_t images = 0;
    int status = int_arg(args, "delay_msec", &delay_ms);
    if (status != IB_OK && status != IB_E_NOT_FOUND)
        return status;
    status = int_arg(args, "num_frames", &images);
    if (status != IB_OK && status != IB_E_NOT_FOUND)
        return status;
    ib_tcam_stream_start(self, (uint32_t)clamp(delay_ms, 0, INT32_MAX),
                         (uint32_t)clamp(images, 0, INT32_MAX), now_us);
    return IB_TCAM_DONE_ACK;
}

int ib_tcam_stream_off(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us) {
    (void)args;
    (void)now_us;
    self->streaming = false;
    return IB_TCAM_DONE_ACK;
}

int ib_tcam_run_ffc(struct ib_tcam_session *self, const struct ib_json_value *args,
                    uint64_t now_us) {
    (void)args;
    if (!new_request(self, IB_ASK_FFC))
        return IB_E_BUSY;
    return ib_tcam_ask(self, IB_TCAM_WAITS_ACK, now_us, FFC_PATIENCE_US);
}

/// `command` and `length` of both CCI commands.
static int cci_args(const struct ib_json_value *args, int32_t *out) {
    static const char *const keys[] = {"command", "length"};
    int status = int_args(args, keys, out, 2);
    if (status != IB_OK)
        return status;
    bool good = out[0] >= 0 && out[0] <= 0xFFFF && out[1] >= 0 && out[1] <= IB_TCAM_CCI_WORDS;
    return good ? IB_OK : IB_E_RANGE;
}

/// How many words travel. Clients may ask to read none, and they read the outcome of a run command
/// like that of any other; the module knows no GET without a word and no RUN with one. Nearly all
/// objects have two.
static uint16_t cci_words(int32_t command, int32_t length, enum ib_tcam_pending then) {
    int32_t operation = command & CCI_OPERATION;
    if (operation == CCI_GET && length == 0)
        return 2;
    if (operation == CCI_RUN && then == IB_TCAM_WAITS_CCI_GET)
        return 0;
    return (uint16_t)length;
}

static int ask_cci(struct ib_tcam_session *self, const int32_t *v, enum ib_tcam_pending then,
                   uint64_t now_us) {
    struct ib_camera_request *request = new_request(self, IB_ASK_CCI);
    if (!request)
        return IB_E_BUSY;
    request->cci.command = (uint16_t)v[0];
    request->cci.words = cci_words(v[0], v[1], then);
    request->cci.data = self->cci_data;
    self->cci_length = (uint16_t)v[1];
    return ib_tcam_ask(self, then, now_us, CCI_PATIENCE_US);
}

int ib_tcam_get_lep_cci(struct ib_tcam_session *self, const struct ib_json_value *args,
                        uint64_t now_us) {
    int32_t v[2];
    int status = cci_args(args, v);
    if (status != IB_OK)
        return status;
    if ((v[0] & CCI_OPERATION) == CCI_SET)
        return IB_E_INVAL; // there is no data to set: the module would be given zeros
    if (camera_holds(self))
        return IB_E_BUSY; // and cci_data is part of it
    memset(self->cci_data, 0, sizeof self->cci_data);
    return ask_cci(self, v, IB_TCAM_WAITS_CCI_GET, now_us);
}

/// Decode the `data` argument into cci_data. Return: bytes, 0 when there is none.
static int cci_data_arg(struct ib_tcam_session *self, const struct ib_json_value *args) {
    struct ib_json_value value;
    int status = ib_json_member(args, "data", &value);
    if (status == IB_E_NOT_FOUND)
        return 0;
    const char *text;
    size_t size;
    status = ib_json_raw(&value, &text, &size);
    if (status == IB_E_FORMAT) {
        // Some encoders write '/' as "\/". No reply waits while a command is read: its room is
        // free.
        status = ib_json_string(&value, self->reply, sizeof self->reply);
        text = self->reply;
        size = status > 0 ? (size_t)status : 0;
    }
    if (status < 0)
        return status;
    return ib_base64_decode(self->cci_data, sizeof self->cci_data, text, size);
}

int ib_tcam_set_lep_cci(struct ib_tcam_session *self, const struct ib_json_value *args,
                        uint64_t now_us) {
    int32_t v[2];
    int status = cci_args(args, v);
    if (status != IB_OK)
        return status;
    if (camera_holds(self))
        return IB_E_BUSY; // and cci_data is part of it
    int bytes = cci_data_arg(self, args);
    if (bytes < 0)
        return bytes;
    if (bytes < 2 * v[1])
        return IB_E_TRUNCATED;
    const uint8_t *wire = (const uint8_t *)self->cci_data;
    for (size_t i = 0; i < (size_t)v[1]; i++)
        self->cci_data[i] = ib_get_le16(wire + 2 * i);
    return ask_cci(self, v, IB_TCAM_WAITS_CCI_SET, now_us);
}
