/// What a set_wifi may say, key by key, and the record's bytes: every field of it bent.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "device/settings.h"
#include "tests/core/support_random.h"

static const char long_password[] =
    "123456789012345678901234567890123456789012345678901234567890abcd"; // 64

static struct ib_network_settings start(void) {
    struct ib_network_settings settings;
    ib_network_settings_default(&settings, "tCam-Mini-EFB5");
    return settings;
}

static struct ib_wifi_change one(enum ib_wifi_text which, const char *text, size_t size) {
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    change.text[which] = text;
    change.size[which] = size;
    return change;
}

static void give(struct ib_wifi_change *change, enum ib_wifi_text which, const char *text) {
    change->text[which] = text;
    change->size[which] = strlen(text);
}

/// The change must be taken; what comes out is returned.
static struct ib_network_settings taken(const struct ib_network_settings *from,
                                        const struct ib_wifi_change *change) {
    struct ib_network_settings out;
    const char *why = NULL;
    int status = ib_network_settings_change(from, change, &out, &why);
    if (status != IB_OK)
        fail_msg("refused (%d): %s", status, why);
    assert_string_equal(why, "");
    return out;
}

/// The change must be refused whole, with a text that holds `word`.
static void refused(const struct ib_network_settings *from, const struct ib_wifi_change *change,
                    int status, const char *word) {
    struct ib_network_settings out, untouched;
    const char *why = NULL;
    memset(&out, 0xA5, sizeof out);
    memset(&untouched, 0xA5, sizeof untouched);
    assert_int_equal(ib_network_settings_change(from, change, &out, &why), status);
    assert_memory_equal(&out, &untouched, sizeof out);
    assert_non_null(why);
    if (!strstr(why, word))
        fail_msg("\"%s\" does not say \"%s\"", why, word);
}

static void refuses_text(enum ib_wifi_text which, const char *text, size_t size, int status) {
    struct ib_network_settings from = start();
    struct ib_wifi_change change = one(which, text, size);
    refused(&from, &change, status, ib_wifi_text_key(which));
    // Good values beside the bad one do not count either.
    struct ib_wifi_change more = change;
    give(&more, which == IB_WIFI_AP_SSID ? IB_WIFI_STA_SSID : IB_WIFI_AP_SSID, "Attic");
    more.has_flags = true;
    more.flags = IB_WIFI_ENABLED | IB_WIFI_STATIC_IP;
    refused(&from, &more, status, ib_wifi_text_key(which));
}

static void check_ssid(enum ib_wifi_text which) {
    struct ib_network_settings from = start();
    const char most[] = "12345678901234567890123456789012"; // 32
    const char odd[] = "\xC3\xBC \xF0\x9F\x94\xA5\"\\";
    const char *good[] = {"x", "HomeNetwork", most, "Caf\xC3\xA9", odd, " "};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ib_wifi_change change = one(which, good[i], strlen(good[i]));
        struct ib_network_settings out = taken(&from, &change), rest = out;
        assert_string_equal(which == IB_WIFI_AP_SSID ? out.ap_ssid : out.sta_ssid, good[i]);
        memcpy(rest.ap_ssid, from.ap_ssid, sizeof from.ap_ssid);
        memcpy(rest.sta_ssid, from.sta_ssid, sizeof from.sta_ssid);
        assert_memory_equal(&rest, &from, sizeof from);
    }
    refuses_text(which, "", 0, IB_E_RANGE);
    refuses_text(which, "123456789012345678901234567890123", 33, IB_E_RANGE);
    refuses_text(which, long_password, 64, IB_E_RANGE);
    refuses_text(which, "a\0b", 3, IB_E_FORMAT);
    refuses_text(which, "\0", 1, IB_E_FORMAT);
    // What is no UTF-8, or speaks to terminals.
    const char *bad[] = {"\xFF\xFE",
                         "a\x1B[2J",
                         "\xC0\xAF",
                         "\xED\xA0\x80",
                         "\xC2\x80",
                         "x\x7F",
                         "\xF0\x9F\x94",
                         "\xC3",
                         "\x80",
                         "\xF4\x90\x80\x80",
                         "\xF8\x88\x80\x80\x80",
                         "line\n",
                         "\xE0\x80\xAF"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses_text(which, bad[i], strlen(bad[i]), IB_E_RANGE);
}

static void check_password(enum ib_wifi_text which) {
    struct ib_network_settings from = start();
    strcpy(from.ap_pw, "apassword");
    strcpy(from.sta_pw, "anotherpassword");
    const char *good[] = {"",
                          "12345678",
                          "12345678901234567890123456789012",
                          "123456789012345678901234567890123",
                          long_password + 1,
                          "        ",
                          "~!\"\\ aB0"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ib_wifi_change change = one(which, good[i], strlen(good[i]));
        struct ib_network_settings out = taken(&from, &change), rest = out;
        assert_string_equal(which == IB_WIFI_AP_PW ? out.ap_pw : out.sta_pw, good[i]);
        memcpy(rest.ap_pw, from.ap_pw, sizeof from.ap_pw);
        memcpy(rest.sta_pw, from.sta_pw, sizeof from.sta_pw);
        // A shorter password leaves nothing of a longer one behind.
        if (which == IB_WIFI_AP_PW)
            assert_memory_equal(out.sta_pw, from.sta_pw, sizeof from.sta_pw);
        assert_memory_equal(&rest, &from, sizeof from);
        for (size_t at = strlen(good[i]); at < sizeof out.ap_pw; at++)
            assert_int_equal((which == IB_WIFI_AP_PW ? out.ap_pw : out.sta_pw)[at], 0);
    }
    for (size_t size = 1; size < 8; size++)
        refuses_text(which, long_password, size, IB_E_RANGE);
    refuses_text(which, long_password, 64, IB_E_RANGE);
    refuses_text(which, long_password, SIZE_MAX, IB_E_RANGE);
    refuses_text(which,
                 "1234\0"
                 "5678",
                 9, IB_E_FORMAT);
    refuses_text(which,
                 "k\xC3\xBC"
                 "chentisch",
                 12, IB_E_RANGE);
    refuses_text(which, "tab\there", 8, IB_E_RANGE);
    refuses_text(which, "1234567\x7F", 8, IB_E_RANGE);
}

static const char *const not_addresses[] = {"",
                                            " ",
                                            "1",
                                            "1.2",
                                            "1.2.3",
                                            "1.2.3.",
                                            "1.2.3.4.",
                                            ".1.2.3.4",
                                            "1.2.3.4.5",
                                            "1..2.3",
                                            "1.2.3.256",
                                            "256.1.1.1",
                                            "300.1.1.1",
                                            "1.2.3.4 ",
                                            " 1.2.3.4",
                                            "1.2. 3.4",
                                            "01.2.3.4",
                                            "1.2.3.04",
                                            "00.0.0.0",
                                            "192.168.4.01",
                                            "1.2.3.-4",
                                            "+1.2.3.4",
                                            "0x1.2.3.4",
                                            "1.2.3.a",
                                            "a.b.c.d",
                                            "1,2,3,4",
                                            "16909060",
                                            "1.2.3.4/24",
                                            "::1",
                                            "localhost",
                                            "1.2.3.4\n",
                                            "1.2.3.1111",
                                            "1.2.3.99999",
                                            "4294967297.0.0.1"};

static void check_address(enum ib_wifi_text which) {
    for (size_t i = 0; i < sizeof not_addresses / sizeof not_addresses[0]; i++)
        refuses_text(which, not_addresses[i], strlen(not_addresses[i]), IB_E_FORMAT);
    refuses_text(which, "1.2.3.4\0", 8, IB_E_FORMAT);
}

static void check_no_host(enum ib_wifi_text which) {
    const char *no_host[] = {"0.0.0.0",   "0.1.2.3",   "127.0.0.1", "127.255.0.9",
                             "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"};
    for (size_t i = 0; i < sizeof no_host / sizeof no_host[0]; i++)
        refuses_text(which, no_host[i], strlen(no_host[i]), IB_E_RANGE);
}

static void test_set_wifi_ap_ssid(void **state) {
    (void)state;
    check_ssid(IB_WIFI_AP_SSID);
}

static void test_set_wifi_sta_ssid(void **state) {
    (void)state;
    check_ssid(IB_WIFI_STA_SSID);
}

static void test_set_wifi_ap_pw(void **state) {
    (void)state;
    check_password(IB_WIFI_AP_PW);
}

static void test_set_wifi_sta_pw(void **state) {
    (void)state;
    check_password(IB_WIFI_STA_PW);
}

static void test_set_wifi_ap_ip_addr(void **state) {
    (void)state;
    struct ib_network_settings from = start();
    const char *good[] = {"192.168.4.1", "10.0.0.1", "1.0.0.1", "223.255.255.254", "126.0.0.254"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ib_wifi_change change = one(IB_WIFI_AP_IP, good[i], strlen(good[i]));
        struct ib_network_settings out = taken(&from, &change);
        char text[IB_IP4_TEXT_BYTES];
        ib_ip4_print(out.ap_ip, text);
        assert_string_equal(text, good[i]);
        memcpy(out.ap_ip, from.ap_ip, 4);
        assert_memory_equal(&out, &from, sizeof out);
    }
    check_address(IB_WIFI_AP_IP);
    check_no_host(IB_WIFI_AP_IP);
    refuses_text(IB_WIFI_AP_IP, "192.168.4.0", 11, IB_E_RANGE);
    refuses_text(IB_WIFI_AP_IP, "192.168.4.255", 13, IB_E_RANGE);
}

static void test_set_wifi_sta_ip_addr(void **state) {
    (void)state;
    struct ib_network_settings from = start();
    const char *good[] = {"10.0.1.144", "192.168.4.2", "169.254.7.8", "223.1.2.3", "10.0.1.0"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ib_wifi_change change = one(IB_WIFI_STA_IP, good[i], strlen(good[i]));
        struct ib_network_settings out = taken(&from, &change);
        char text[IB_IP4_TEXT_BYTES];
        ib_ip4_print(out.sta_ip, text);
        assert_string_equal(text, good[i]);
        memcpy(out.sta_ip, from.sta_ip, 4);
        assert_memory_equal(&out, &from, sizeof out);
    }
    check_address(IB_WIFI_STA_IP);
    check_no_host(IB_WIFI_STA_IP);
}

static void test_set_wifi_sta_netmask(void **state) {
    (void)state;
    struct ib_network_settings from = start();
    for (unsigned ones = 0; ones <= 32; ones++) {
        uint32_t mask = ones == 0 ? 0 : UINT32_MAX << (32 - ones);
        uint8_t ip[4] = {(uint8_t)(mask >> 24), (uint8_t)(mask >> 16), (uint8_t)(mask >> 8),
                         (uint8_t)mask};
        char text[IB_IP4_TEXT_BYTES];
        ib_ip4_print(ip, text);
        if (ones == 0 || ones > 30) {
            refuses_text(IB_WIFI_STA_NETMASK, text, strlen(text), IB_E_RANGE);
            continue;
        }
        struct ib_wifi_change change = one(IB_WIFI_STA_NETMASK, text, strlen(text));
        struct ib_network_settings out = taken(&from, &change);
        assert_memory_equal(out.sta_netmask, ip, 4);
    }
    const char *holes[] = {"255.0.255.0",   "0.255.255.255", "255.255.255.1", "127.255.255.255",
                           "255.255.253.0", "0.0.0.1",       "254.255.255.0", "192.168.4.2"};
    for (size_t i = 0; i < sizeof holes / sizeof holes[0]; i++)
        refuses_text(IB_WIFI_STA_NETMASK, holes[i], strlen(holes[i]), IB_E_RANGE);
    check_address(IB_WIFI_STA_NETMASK);
}

/// The station's address has to be one under its mask, as soon as both are in use.
static void test_set_wifi_static_ip_under_its_netmask(void **state) {
    (void)state;
    const struct {
        const char *ip, *mask;
        bool good;
    } cases[] = {{"10.0.1.144", "255.255.255.0", true},  {"10.0.1.0", "255.255.255.0", false},
                 {"10.0.1.255", "255.255.255.0", false}, {"10.0.1.0", "255.255.0.0", true},
                 {"10.0.1.255", "255.255.0.0", true},    {"10.0.0.0", "255.255.0.0", false},
                 {"10.0.255.255", "255.255.0.0", false}, {"10.0.1.5", "255.255.255.252", true},
                 {"10.0.1.4", "255.255.255.252", false}, {"10.0.1.7", "255.255.255.252", false},
                 {"128.0.0.0", "128.0.0.0", false},      {"128.0.0.1", "128.0.0.0", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ib_network_settings from = start();
        struct ib_wifi_change change;
        memset(&change, 0, sizeof change);
        give(&change, IB_WIFI_STA_SSID, "HomeNetwork");
        give(&change, IB_WIFI_STA_IP, cases[i].ip);
        give(&change, IB_WIFI_STA_NETMASK, cases[i].mask);
        change.has_flags = true;
        change.flags = 145;
        if (cases[i].good)
            (void)taken(&from, &change);
        else
            refused(&from, &change, IB_E_RANGE, "sta_ip_addr");
        // Not in use with DHCP, nor as access point.
        change.flags = 129;
        (void)taken(&from, &change);
        change.flags = 17;
        struct ib_network_settings later = taken(&from, &change);
        // Taking it into use later is checked then, too.
        struct ib_wifi_change use;
        memset(&use, 0, sizeof use);
        use.has_flags = true;
        use.flags = 145;
        if (cases[i].good)
            (void)taken(&later, &use);
        else
            refused(&later, &use, IB_E_RANGE, "sta_ip_addr");
    }
}

static void test_set_wifi_flags(void **state) {
    (void)state;
    struct ib_network_settings from = start();
    strcpy(from.sta_ssid, "HomeNetwork");
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    change.has_flags = true;
    for (int flags = 0; flags <= 255; flags++) {
        change.flags = flags;
        struct ib_network_settings out = taken(&from, &change);
        assert_int_equal(out.flags, flags & 0x91); // the other bit positions are ignored
        out.flags = from.flags;
        assert_memory_equal(&out, &from, sizeof out);
    }
    const int32_t bad[] = {-1, 256, 401, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        change.flags = bad[i];
        refused(&from, &change, IB_E_RANGE, "flags");
    }
}

static void test_set_wifi_flag_7_client_mode_needs_an_ssid(void **state) {
    (void)state;
    struct ib_network_settings from = start();
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    change.has_flags = true;
    change.flags = IB_WIFI_ENABLED | IB_WIFI_CLIENT;
    refused(&from, &change, IB_E_RANGE, "sta_ssid");
    change.flags = IB_WIFI_CLIENT;
    refused(&from, &change, IB_E_RANGE, "sta_ssid");
    give(&change, IB_WIFI_STA_SSID, "HomeNetwork");
    assert_int_equal(taken(&from, &change).flags, IB_WIFI_CLIENT);
}

static void test_set_wifi_arguments_left_out_stay(void **state) {
    (void)state;
    struct ib_network_settings from = start();
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    refused(&from, &change, IB_E_NOT_FOUND, "at least one");
    // The example of the specification, in two halves.
    give(&change, IB_WIFI_AP_SSID, "ANewApName");
    give(&change, IB_WIFI_AP_PW, "apassword");
    give(&change, IB_WIFI_AP_IP, "192.168.4.1");
    struct ib_network_settings half = taken(&from, &change);
    memset(&change, 0, sizeof change);
    change.has_flags = true;
    change.flags = 145;
    give(&change, IB_WIFI_STA_SSID, "HomeNetwork");
    give(&change, IB_WIFI_STA_PW, "anotherpassword");
    give(&change, IB_WIFI_STA_IP, "10.0.1.144");
    give(&change, IB_WIFI_STA_NETMASK, "255.255.255.0");
    struct ib_network_settings whole = taken(&half, &change);
    assert_string_equal(whole.ap_ssid, "ANewApName");
    assert_string_equal(whole.ap_pw, "apassword");
    assert_string_equal(whole.sta_ssid, "HomeNetwork");
    assert_string_equal(whole.sta_pw, "anotherpassword");
    assert_int_equal(whole.flags, 145);
}

static void keys_are_the_specifications(void **state) {
    (void)state;
    const char *keys[] = {"ap_ssid", "ap_pw",       "ap_ip_addr", "sta_ssid",
                          "sta_pw",  "sta_ip_addr", "sta_netmask"};
    for (unsigned i = 0; i < IB_WIFI_TEXT_COUNT; i++)
        assert_string_equal(ib_wifi_text_key((enum ib_wifi_text)i), keys[i]);
    assert_string_equal(ib_wifi_text_key(IB_WIFI_TEXT_COUNT), "");
}

static void every_address_comes_back(void **state) {
    (void)state;
    struct random random = {5};
    for (int i = 0; i < 2000; i++) {
        uint8_t ip[4], back[4];
        char text[IB_IP4_TEXT_BYTES];
        random_bytes(&random, ip, 4);
        ib_ip4_print(ip, text);
        assert_int_equal(ib_ip4_parse(text, strlen(text), back), IB_OK);
        assert_memory_equal(ip, back, 4);
    }
    uint8_t ip[4] = {9, 9, 9, 9};
    assert_int_equal(ib_ip4_parse("1.2.3.4x", 7, ip), IB_OK); // the size counts, not a NUL
    assert_int_equal(ib_ip4_parse("1.2.3.444", 9, ip), IB_E_FORMAT);
    assert_int_equal(ip[3], 4); // untouched by what is refused
}

static void test_wifi_defaults(void **state) {
    (void)state;
    struct ib_settings settings;
    char text[IB_IP4_TEXT_BYTES];
    ib_settings_default(&settings, "tCam-Mini-EFB5");
    assert_string_equal(settings.network.ap_ssid, "tCam-Mini-EFB5");
    assert_string_equal(settings.network.ap_pw, "");
    assert_string_equal(settings.network.sta_ssid, "");
    assert_string_equal(settings.network.sta_pw, "");
    assert_int_equal(settings.network.flags, 1);
    ib_ip4_print(settings.network.ap_ip, text);
    assert_string_equal(text, "192.168.4.1");
    ib_ip4_print(settings.network.sta_ip, text);
    assert_string_equal(text, "192.168.4.2");
    ib_ip4_print(settings.network.sta_netmask, text);
    assert_string_equal(text, "255.255.255.0");
    assert_false(settings.trial);
    assert_false(settings.lepton.agc);
    assert_int_equal(settings.lepton.emissivity_pct, 100);
    assert_int_equal(settings.lepton.gain, 0);
    const char *why;
    assert_int_equal(ib_network_settings_check(&settings.network, &why), IB_OK);
    ib_settings_default(&settings, "a name of much more than thirty-two octets");
    assert_string_equal(settings.network.ap_ssid, "a name of much more than thirty-");
    ib_settings_default(&settings, "");
    assert_string_equal(settings.network.ap_ssid, "tCam-Mini");
    ib_settings_default(&settings, NULL);
    assert_string_equal(settings.network.ap_ssid, "tCam-Mini");
}

/// Settings with everything different from the defaults.
static struct ib_settings full(bool trial) {
    struct ib_settings settings;
    ib_settings_default(&settings, "tCam-Mini-EFB5");
    struct ib_wifi_change change;
    memset(&change, 0, sizeof change);
    change.has_flags = true;
    change.flags = 145;
    give(&change, IB_WIFI_AP_SSID, "12345678901234567890123456789012");
    give(&change, IB_WIFI_AP_PW, long_password + 1);
    give(&change, IB_WIFI_AP_IP, "10.9.8.7");
    give(&change, IB_WIFI_STA_SSID, "HomeNetwork");
    give(&change, IB_WIFI_STA_PW, "anotherpassword");
    give(&change, IB_WIFI_STA_IP, "10.0.1.144");
    give(&change, IB_WIFI_STA_NETMASK, "255.255.0.0");
    settings.network = taken(&settings.network, &change);
    settings.trial = trial;
    if (!trial)
        settings.before = settings.network;
    settings.lepton.agc = true;
    settings.lepton.emissivity_pct = 95;
    settings.lepton.gain = 2;
    return settings;
}

static void assert_same(const struct ib_settings *a, const struct ib_settings *b) {
    assert_memory_equal(&a->network, &b->network, sizeof a->network);
    assert_memory_equal(&a->before, &b->before, sizeof a->before);
    assert_int_equal(a->trial, b->trial);
    assert_int_equal(a->lepton.agc, b->lepton.agc);
    assert_int_equal(a->lepton.emissivity_pct, b->lepton.emissivity_pct);
    assert_int_equal(a->lepton.gain, b->lepton.gain);
}

static void record_keeps_everything(void **state) {
    (void)state;
    for (int trial = 0; trial < 2; trial++) {
        struct ib_settings settings = full(trial), back;
        uint8_t bytes[IB_SETTINGS_BYTES];
        size_t size = ib_settings_write(&settings, bytes);
        assert_int_equal(size, 424);
        assert_int_equal(ib_settings_read(&back, bytes, size), IB_OK);
        assert_same(&settings, &back);
    }
}

/// The bytes of docs/settings.md.
static void record_bytes(void **state) {
    (void)state;
    struct ib_settings settings = full(true);
    uint8_t b[IB_SETTINGS_BYTES];
    ib_settings_write(&settings, b);
    assert_memory_equal(b, "\x01\x00\xA8\x01\x03\x5F\x02\x00", 8);
    assert_memory_equal(b + 8, "12345678901234567890123456789012", 32);
    assert_memory_equal(b + 40, long_password + 1, 63);
    assert_int_equal(b[103], 0);
    assert_memory_equal(b + 104, "HomeNetwork\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
    assert_memory_equal(b + 136, "anotherpassword\0", 16);
    assert_memory_equal(b + 200, "\x0A\x09\x08\x07", 4);
    assert_memory_equal(b + 204, "\x0A\x00\x01\x90", 4);
    assert_memory_equal(b + 208, "\xFF\xFF\x00\x00", 4);
    assert_memory_equal(b + 212, "\x91\0\0\0", 4);
    assert_memory_equal(b + 216, "tCam-Mini-EFB5\0", 15);
    assert_memory_equal(b + 420, "\x01\0\0\0", 4);
}

static void read_refuses(const uint8_t *bytes, size_t size, int status, const char *what) {
    struct ib_settings out, untouched;
    memset(&out, 0x5A, sizeof out);
    memcpy(&untouched, &out, sizeof out);
    int got = ib_settings_read(&out, bytes, size);
    if (got != status)
        fail_msg("%s: %d instead of %d", what, got, status);
    assert_memory_equal(&out, &untouched, sizeof out);
}

static void record_of_every_length(void **state) {
    (void)state;
    struct ib_settings settings = full(true), back;
    uint8_t bytes[IB_SETTINGS_BYTES];
    size_t size = ib_settings_write(&settings, bytes);
    for (size_t cut = 0; cut < size; cut++)
        read_refuses(bytes, cut, IB_E_TRUNCATED, "cut");
    read_refuses(bytes, size + 1, IB_E_FORMAT, "longer than it says");
    // A later version may append fields: they are left unread.
    ib_put_le16(bytes + 2, (uint16_t)(size + 40));
    memset(bytes + size, 0xEE, 40);
    assert_int_equal(ib_settings_read(&back, bytes, size + 40), IB_OK);
    assert_same(&settings, &back);
    read_refuses(bytes, size, IB_E_TRUNCATED, "shorter than it says");
}

static void record_with_one_field_bent(void **state) {
    (void)state;
    const struct {
        unsigned at;
        uint8_t value;
        int status;
        const char *what;
    } cases[] = {
        {0, 0, IB_E_FORMAT, "version 0"},
        {0, 2, IB_E_FORMAT, "a newer version"},
        {1, 1, IB_E_FORMAT, "version 257"},
        {2, 0xA7, IB_E_FORMAT, "a size too small"},
        {2, 0xA9, IB_E_TRUNCATED, "a size too large"},
        {4, 0x07, IB_E_FORMAT, "unknown mark"},
        {4, 0x02, IB_E_FORMAT, "settings before without a trial"},
        {5, 0, IB_E_RANGE, "emissivity 0"},
        {5, 101, IB_E_RANGE, "emissivity 101"},
        {6, 3, IB_E_RANGE, "gain 3"},
        {7, 1, IB_E_FORMAT, "padding"},
        {8, 0, IB_E_FORMAT, "text after the end"},
        {103, 'x', IB_E_FORMAT, "a password of 64"},
        {104, 0, IB_E_FORMAT, "text after the end of sta_ssid"},
        {136, 0x1F, IB_E_RANGE, "a control character in a password"},
        {136 + 7, 0, IB_E_FORMAT, "a password that ends early"},
        {200, 127, IB_E_RANGE, "access point at 127.9.8.7"},
        {203, 255, IB_E_RANGE, "access point at a broadcast address"},
        {204, 240, IB_E_RANGE, "station at 240.0.1.144"},
        {209, 0xF7, IB_E_RANGE, "netmask with a hole"},
        {212, 0x93, IB_E_RANGE, "a flag that is not stored"},
        {213, 1, IB_E_FORMAT, "padding of the network"},
        {216, 0, IB_E_FORMAT, "no name before"},
        {420, 0x81, IB_E_RANGE, "client mode before without an SSID"},
        {423, 1, IB_E_FORMAT, "padding of the network before"},
    };
    struct ib_settings settings = full(true);
    uint8_t bytes[IB_SETTINGS_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = ib_settings_write(&settings, bytes);
        bytes[cases[i].at] = cases[i].value;
        read_refuses(bytes, size, cases[i].status, cases[i].what);
    }
}

/// Whatever bits are bent: what is read is allowed, and writes the same bytes again.
static void record_bent_at_random(void **state) {
    (void)state;
    struct random random = {11};
    const char *why;
    unsigned good = 0;
    for (int run = 0; run < 20000; run++) {
        uint64_t seed = random.state;
        struct ib_settings settings = full(random_below(&random, 2)), back;
        uint8_t bytes[IB_SETTINGS_BYTES], again[IB_SETTINGS_BYTES];
        size_t size = ib_settings_write(&settings, bytes);
        for (unsigned n = random_below(&random, 3) + 1; n > 0; n--)
            bytes[random_below(&random, (uint32_t)size)] ^=
                (uint8_t)(1 << random_below(&random, 8));
        if (ib_settings_read(&back, bytes, size) < 0)
            continue;
        good++;
        if (ib_network_settings_check(&back.network, &why) < 0 ||
            ib_settings_write(&back, again) != size || memcmp(bytes, again, size) != 0)
            fail_msg("seed %llu", (unsigned long long)seed);
    }
    assert_in_range(good, 1000, 19000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_wifi_ap_ssid),
        cmocka_unit_test(test_set_wifi_ap_pw),
        cmocka_unit_test(test_set_wifi_ap_ip_addr),
        cmocka_unit_test(test_set_wifi_flags),
        cmocka_unit_test(test_set_wifi_sta_ssid),
        cmocka_unit_test(test_set_wifi_sta_pw),
        cmocka_unit_test(test_set_wifi_sta_ip_addr),
        cmocka_unit_test(test_set_wifi_sta_netmask),
        cmocka_unit_test(test_set_wifi_static_ip_under_its_netmask),
        cmocka_unit_test(test_set_wifi_flag_7_client_mode_needs_an_ssid),
        cmocka_unit_test(test_set_wifi_arguments_left_out_stay),
        cmocka_unit_test(keys_are_the_specifications),
        cmocka_unit_test(every_address_comes_back),
        cmocka_unit_test(test_wifi_defaults),
        cmocka_unit_test(record_keeps_everything),
        cmocka_unit_test(record_bytes),
        cmocka_unit_test(record_of_every_length),
        cmocka_unit_test(record_with_one_field_bent),
        cmocka_unit_test(record_bent_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
