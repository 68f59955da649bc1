/// get_wifi and set_wifi: the board's network settings in the protocol's words.
///
/// Whether values are allowed, and what becomes of them, is src/device's business; here is only how
/// they travel.
/// Source:  tCam-Mini README, get_wifi, get_wifi response, set_wifi.
#include <string.h>

#include "core/status.h"
#include "core/text.h"
#include "tcam/engine.h"

/// Room for one argument: longer than any value that is allowed, so that what is cut off here is
/// refused as too long there.
#define TEXT_BYTES 128

_Static_assert(IB_WIFI_TEXT_COUNT *TEXT_BYTES <= IB_TCAM_REPLY_BYTES, "texts lie in the reply");
_Static_assert(TEXT_BYTES > IB_LINK_PASSWORD_BYTES + 1, "a text cut off must still be too long");

static void put_ip(struct ib_json_writer *json, const char *key, const uint8_t ip[4]) {
    char text[IB_IP4_TEXT_BYTES];
    ib_ip4_print(ip, text);
    ib_json_put_string(json, key, text);
}

int ib_tcam_get_wifi(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us) {
    (void)args;
    (void)now_us;
    const struct ib_device *device = self->tcam->device;
    const struct ib_network_settings *settings = &device->store.now.network;
    uint8_t current[4];
    ib_network_ip(&device->network, current);

    struct ib_json_writer json;
    ib_tcam_reply_begin(self, &json);
    ib_json_open_object(&json, "wifi");
    ib_json_put_string(&json, "ap_ssid", settings->ap_ssid);
    ib_json_put_string(&json, "sta_ssid", settings->sta_ssid);
    ib_json_put_int(&json, "flags", ib_network_flags(&device->network));
    put_ip(&json, "ap_ip_addr", settings->ap_ip);
    put_ip(&json, "sta_ip_addr", settings->sta_ip);
    put_ip(&json, "sta_netmask", settings->sta_netmask);
    put_ip(&json, "cur_ip_addr", current);
    ib_json_close_object(&json);
    ib_tcam_reply_finish(self, &json);
    return IB_TCAM_DONE_REPLY;
}

/// Whether an escape in a string stands for NUL, which ends a string in C and nowhere else.
static bool holds_nul(const struct ib_json_value *value) {
    const char *end = value->text + value->size;
    for (const char *p = value->text; p + 6 <= end; p++) {
        if (*p != '\\')
            continue;
        if (memcmp(p, "\\u0000", 6) == 0)
            return true;
        p++; // what is escaped begins no escape
    }
    return false;
}

/// Up to TEXT_BYTES of a string.
static size_t unescape(const struct ib_json_value *value, char *out) {
    size_t cursor = 0;
    size_t size = 0;
    while (TEXT_BYTES - size >= 4) {
        int count = ib_json_unescape(value, &cursor, out + size, TEXT_BYTES - size);
        if (count <= 0)
            break;
        size += (size_t)count;
    }
    return size;
}

/// One text of the change. Return: NULL, or what is wrong with its type.
static const char *text_arg(struct ib_tcam_session *self, const struct ib_json_value *args,
                            enum ib_wifi_text which, struct ib_wifi_change *change) {
    struct ib_json_value value;
    if (ib_json_member(args, ib_wifi_text_key(which), &value) != IB_OK)
        return NULL;
    if (value.type != IB_JSON_STRING)
        return "must be a string";
    if (holds_nul(&value))
        return "must not hold a NUL";
    // No reply waits while a command is read: its room is free.
    char *text = self->reply + (size_t)which * TEXT_BYTES;
    change->size[which] = unescape(&value, text);
    change->text[which] = text;
    return NULL;
}

static int refuse(struct ib_tcam_session *self, const char *key, const char *why) {
    char line[96];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, key);
    ib_text_char(&text, ' ');
    ib_text_str(&text, why);
    ib_tcam_reply_failure(self, self->pending_name, line);
    return IB_TCAM_DONE_REPLY;
}

int ib_tcam_set_wifi(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us) {
    struct ib_device *device = self->tcam->device;
    struct ib_wifi_change change = {0};
    if (device->config.mode == IB_DEVICE_HARDWARE) {
        ib_tcam_reply_failure(self, self->pending_name, "no Wi-Fi with the hardware interface");
        return IB_TCAM_DONE_REPLY;
    }
    if (!args || args->type != IB_JSON_OBJECT)
        return refuse(self, "args", "must be an object");
    for (int i = 0; i < IB_WIFI_TEXT_COUNT; i++) {
        const char *why = text_arg(self, args, (enum ib_wifi_text)i, &change);
        if (why)
            return refuse(self, ib_wifi_text_key((enum ib_wifi_text)i), why);
    }
    struct ib_json_value flags;
    change.has_flags = ib_json_member(args, "flags", &flags) == IB_OK;
    if (change.has_flags) {
        if (flags.type != IB_JSON_NUMBER)
            return refuse(self, "flags", "must be a number");
        ib_json_int(&flags, &change.flags);
    }

    const char *why = NULL;
    int status = ib_network_change(&device->network, &change, now_us, &why);
    if (status != IB_OK) {
        ib_tcam_reply_failure(self, self->pending_name, why ? why : ib_status_text(status));
        return IB_TCAM_DONE_REPLY;
    }
    // The network under this connection is about to go: an end is better than silence.
    self->hang_up = !self->serial;
    return IB_TCAM_DONE_ACK;
}
