/// The arguments of set_wifi: whatever they are, the change counts whole or not at all, what counts
/// is allowed, and get_wifi can tell it.
#include "tcam_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ib_tcam_chunk say(const char *before, const void *bytes, size_t size,
                                const char *after) {
    struct ib_tcam_chunk chunk;
    const uint8_t *parts[] = {(const uint8_t *)before, bytes, (const uint8_t *)after};
    size_t sizes[] = {strlen(before), size, strlen(after)};
    for (int i = 0; i < 3; i++) {
        size_t taken = ib_tcam_session_feed(&session, parts[i], sizes[i], now_us);
        IB_ASSERT(taken == sizes[i]);
    }
    ib_tcam_session_pull(&session, now_us, false, &chunk);
    return chunk;
}
/// get_wifi's text of one key is this one.
static void expect_text(const struct ib_json_value *wifi, const char *key, const char *wanted) {
    struct ib_json_value value;
    char text[64];
    IB_ASSERT(ib_json_member(wifi, key, &value) == IB_OK);
    IB_ASSERT(ib_json_string(&value, text, sizeof text) >= 0 && strcmp(text, wanted) == 0);
}
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 4000)
        return 0;
    for (size_t i = 0; i < size; i++) { // these would end the packet
        if (data[i] == 2 || data[i] == 3)
            return 0;
    }
    rig_start();
    struct ib_settings before = device.store.now;
    struct ib_tcam_chunk chunk =
        say("\2{\"cmd\":\"set_wifi\",\"args\":", data, size, ",\"end\":1}\3");
    IB_ASSERT(chunk.size > 0);
    const struct ib_network_settings *now = &device.store.now.network;
    if (!chunk.hang_up)
        IB_ASSERT(memcmp(&before, &device.store.now, sizeof before) == 0);
    uint8_t ip[4];
    IB_ASSERT(now->ap_ssid[0] && strlen(now->ap_ssid) <= 32 && strlen(now->sta_ssid) <= 32);
    IB_ASSERT(strlen(now->ap_pw) <= 63 && strlen(now->sta_pw) <= 63);
    IB_ASSERT(!now->ap_pw[0] || strlen(now->ap_pw) >= 8);
    IB_ASSERT(!now->sta_pw[0] || strlen(now->sta_pw) >= 8);
    IB_ASSERT(!(now->flags & ~IB_WIFI_STORED));
    ib_network_ip(&device.network, ip);
    IB_ASSERT(ib_tcam_session_close(&session));

    ib_tcam_session_init(&session, &tcam, now_us);
    chunk = say("\2{\"cmd\":\"get_wifi\"}", "", 0, "\3");
    struct ib_json_value root, wifi;
    IB_ASSERT(ib_json_parse(&root, chunk.bytes + 1, chunk.size - 2) == IB_OK);
    IB_ASSERT(root.size == chunk.size - 2 && ib_json_member(&root, "wifi", &wifi) == IB_OK);
    expect_text(&wifi, "ap_ssid", now->ap_ssid);
    expect_text(&wifi, "sta_ssid", now->sta_ssid);
    char text[IB_IP4_TEXT_BYTES];
    ib_ip4_print(now->sta_netmask, text);
    expect_text(&wifi, "sta_netmask", text);
    IB_ASSERT(ib_tcam_session_close(&session));
    answer(IB_OK);
    return 0;
}
