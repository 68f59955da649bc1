/// RTCP: reports byte by byte as RFC 3550 draws them, and what comes back, whole or broken.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"
#include "stream/rtcp.h"

static void a_report_is_as_drawn(void **state) {
    (void)state;
    uint8_t out[IB_RTCP_REPORT_BYTES];
    // 2000-01-01 00:00:00.25 UTC is 3155673600 s after 1900; a quarter second is 2^30.
    const struct ib_rtcp_sender sender = {.ssrc = 0x11223344,
                                          .wall_us = 946684800250000,
                                          .timestamp = 0xA1A2A3A4,
                                          .packets = 5,
                                          .octets = 0x10203,
                                          .cname = "ab"};
    static const uint8_t wanted[] = {
        0x80, 200,  0,    6,                            // SR, 7 words
        0x11, 0x22, 0x33, 0x44,                         //
        0xBC, 0x17, 0xC2, 0x00, 0x40, 0x00, 0x00, 0x00, // NTP
        0xA1, 0xA2, 0xA3, 0xA4, 0,    0,    0,    5,    //
        0,    1,    2,    3,                            //
        0x81, 202,  0,    3,                            // SDES, 4 words
        0x11, 0x22, 0x33, 0x44, 1,    2,    'a',  'b',  // CNAME
        0,    0,    0,    0,                            // the end of the list
        0x81, 203,  0,    1,    0x11, 0x22, 0x33, 0x44, // BYE
    };
    size_t size = ib_rtcp_write(&sender, true, out);
    assert_int_equal(size, sizeof wanted);
    assert_memory_equal(out, wanted, size);
    assert_int_equal(ib_rtcp_write(&sender, false, out), sizeof wanted - 8);
}

static void any_name_ends_with_a_zero_at_a_word(void **state) {
    (void)state;
    char name[IB_RTCP_CNAME_BYTES + 1] = "";
    for (size_t size = 0; size <= IB_RTCP_CNAME_BYTES; size++) {
        uint8_t out[IB_RTCP_REPORT_BYTES];
        struct ib_rtcp_heard heard;
        struct ib_rtcp_sender sender = {.cname = name};
        size_t all = ib_rtcp_write(&sender, true, out);
        assert_true(all <= sizeof out);
        assert_int_equal(all % 4, 0);
        size_t words = ((size_t)out[30] << 8 | out[31]) + 1;
        assert_int_equal(28 + words * 4 + 8, all);
        assert_int_equal(out[28 + 10 + size], 0);
        assert_true(words * 4 - 10 - size <= 4);
        assert_int_equal(ib_rtcp_read(&heard, 0, out, all), IB_OK);
        assert_true(heard.bye);
        name[size] = 'x';
        if (size < IB_RTCP_CNAME_BYTES)
            name[size + 1] = '\0';
    }
}

static const uint8_t report[] = {
    0x82, 201, 0, 13,   9,    9,    9,    9,                // RR of two blocks
    1,    1,   1, 1,    0,    0,    0,    0,    0, 0, 0, 0, // somebody else's
    0,    0,   0, 0,    0,    0,    0,    0,    0, 0, 0, 0, //
    2,    2,   2, 2,    0x40, 0xFF, 0xFF, 0xFE, 0, 1, 0, 7, // a quarter lost; -2
    0,    0,   1, 0x2C, 0,    0,    0,    0,    0, 0, 0, 0, // jitter 300
};

static void a_receivers_report_is_read(void **state) {
    (void)state;
    struct ib_rtcp_heard heard;
    assert_int_equal(ib_rtcp_read(&heard, 0x02020202, report, sizeof report), IB_OK);
    assert_true(heard.report);
    assert_int_equal(heard.fraction_lost, 64);
    assert_int_equal(heard.lost, 0xFFFFFE);
    assert_int_equal(heard.jitter, 300);
    assert_false(heard.bye);
    assert_int_equal(ib_rtcp_read(&heard, 0x03030303, report, sizeof report), IB_OK);
    assert_false(heard.report);
}

static void what_is_cut_or_bent_is_refused(void **state) {
    (void)state;
    struct ib_rtcp_heard heard;
    for (size_t size = 0; size < sizeof report; size++)
        assert_int_equal(ib_rtcp_read(&heard, 0x02020202, report, size), IB_E_FORMAT);
    static const struct {
        unsigned at;
        uint8_t value;
    } bends[] = {
        {0, 0x42}, // version 1
        {0, 0xA2}, // padding in the first packet
        {0, 0x83}, // more blocks than there is room for
        {1, 202},  // does not begin with a report
        {3, 14},   // longer than it is
        {3, 12},   // shorter than its blocks
    };
    for (size_t i = 0; i < sizeof bends / sizeof bends[0]; i++) {
        uint8_t bent[sizeof report];
        memcpy(bent, report, sizeof bent);
        bent[bends[i].at] = bends[i].value;
        assert_int_equal(ib_rtcp_read(&heard, 0x02020202, bent, sizeof bent), IB_E_FORMAT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_as_drawn),
        cmocka_unit_test(any_name_ends_with_a_zero_at_a_word),
        cmocka_unit_test(a_receivers_report_is_read),
        cmocka_unit_test(what_is_cut_or_bent_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
