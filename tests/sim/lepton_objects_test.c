/// Every control object of every model: present or absent, its default, its limits.
///
/// The list below is a transcription of its own from the IDD rev 100 and the data sheet rev 200.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

static const struct {
    const char *name;
    const char *part;
    bool large, shutter, radiometric;
} models[] = {
    {"1.5", "500-0643-00", false, false, false},  {"1.5-0659", "500-0659-00", false, false, false},
    {"1.6", "500-0690-00", false, false, false},  {"2.0", "500-0659-01", false, true, false},
    {"2.5", "500-0763-01", false, true, true},    {"3.0", "500-0726-01", true, true, false},
    {"3.1R", "500-0758-03", true, true, true},    {"3.5", "500-0771-01", true, true, true},
    {"3.5-FS", "500-0771-FS1", true, true, true}, {"UW", "500-1387-00", true, true, false},
};
#define MODELS (sizeof models / sizeof models[0])

#define ANY INT32_MIN ///< not a constant

/// Numbers of one or two words: the value after boot by family, and the least and greatest allowed.
/// low > high: it cannot be SET.
static const struct {
    uint16_t command;
    uint16_t words;
    bool radiometric_only;
    int32_t small, large;
    int32_t low, high;
} numbers[] = {
    {0x0100, 2, false, 0, 0, 0, 1},
    {0x0104, 2, false, 1, 1, 0, 1},
    {0x0124, 1, false, 64, 64, 0, 256},
    {0x0130, 1, false, 512, 512, 0, 1024},
    {0x013C, 1, false, 2, 2, 0, 16383},
    {0x0144, 2, false, 0, 0, 0, 1},
    {0x0148, 2, false, 0, 0, 0, 1},
    {0x020C, 2, false, ANY, ANY, 1, 0},
    {0x0210, 1, false, ANY, ANY, 1, 0},
    {0x0214, 1, false, ANY, ANY, 1, 0},
    {0x0218, 2, false, 0, 0, 0, 1},
    {0x021C, 2, false, 1, 1, 0, 1},
    {0x0224, 2, false, 3, 3, 0, 7},
    {0x0234, 1, false, 270, 270, 1, 0},
    {0x0244, 2, false, 0, 0, 1, 0},
    {0x0248, 2, true, 0, 0, 0, 2},
    {0x024C, 2, true, 3, 3, 1, 0},
    {0x0254, 2, true, 0, 0, 1, 0},
    {0x0300, 2, false, 0, 0, 0, 1},
    {0x0304, 2, false, 1, 1, 0, 8},
    {0x030C, 2, false, 0, 0, 0, 1},
    {0x0314, 2, false, 30, 30, ANY, INT32_MAX},
    {0x0318, 2, false, 0, 0, 1, 0},
    {0x031C, 2, false, 1, 1, 0, 1},
    {0x0324, 2, false, 0, 0, 0, 1},
    {0x4824, 2, false, 1, 1, 0, 1},
    {0x4830, 2, false, 1, 1, 0, 1},
    {0x483C, 1, false, 0, 0, 0, 65535},
    {0x4844, 1, false, 8192, 8192, 0, 16383},
    {0x4848, 2, false, ANY, ANY, 1, 0},
    {0x484C, 1, false, ANY, ANY, 1, 0},
    {0x4850, 2, false, 0, 0, 1, 0},
    {0x4854, 2, false, 0, 0, 0, 5},
    {0x4858, 2, false, 0, 0, -3, 3},
    {0x485C, 2, true, 0, 0, 1, 0},
    {0x4864, 2, true, 0x00010004, 0x00010004, ANY, INT32_MAX},
    {0x4868, 2, true, 1, 1, 0, 1},
    {0x486C, 2, true, 1, 1, 0, 1},
    {0x4870, 2, true, 1, 1, 0, 1},
    {0x4874, 2, true, 1, 1, 0, 1},
    {0x4878, 2, true, 1, 1, 0, 1},
    {0x4E24, 2, false, 1, 1, 0, 2},
    {0x4E28, 1, false, 30000, 30000, 0, 65535},
    {0x4E30, 2, false, 0, 0, 1, 0},
    {0x4EB8, 1, true, 0, 0, 0, 65535},
    {0x4EC0, 2, true, 1, 1, 0, 1},
    {0x4EC4, 2, true, 1, 1, 0, 1},
    {0x4EC8, 2, true, 0, 0, 0, 1},
};

static int set_number(uint16_t command, uint16_t words, int32_t value) {
    uint16_t data[2] = {(uint16_t)value, (uint16_t)((uint32_t)value >> 16)};
    return rig_set((uint16_t)(command + 1), data, words);
}

static int32_t get_number(uint16_t command, uint16_t words) {
    return words == 1 ? rig_get_16(command) : (int32_t)rig_get_32(command);
}

static void check_number(size_t i, size_t m) {
    uint16_t command = numbers[i].command, words = numbers[i].words;
    uint16_t data[2];
    if (numbers[i].radiometric_only && !models[m].radiometric) {
        assert_int_equal(rig_get(command, data, words), -7);
        assert_int_equal(set_number(command, words, 0), -7);
        return;
    }
    int32_t initial = models[m].large ? numbers[i].large : numbers[i].small;
    int32_t now = get_number(command, words);
    if (initial != ANY && now != initial)
        fail_msg("%s: %04X is %d after boot, not %d", models[m].name, command, now, initial);
    if (numbers[i].low > numbers[i].high) {
        assert_int_equal(set_number(command, words, 0), -7);
        return;
    }
    bool open = numbers[i].low == ANY || (words == 1 && numbers[i].high == 65535);
    if (!open) {
        assert_int_equal(set_number(command, words, numbers[i].high + 1), -3);
        assert_int_equal(set_number(command, words, numbers[i].low - 1), -3);
        assert_int_equal(get_number(command, words), now);
    }
    int32_t ends[2] = {numbers[i].low == ANY ? 0 : numbers[i].low, numbers[i].high};
    for (int e = 0; e < 2; e++) {
        if (set_number(command, words, ends[e]) != 0)
            fail_msg("%s: %04X refuses %d", models[m].name, command, ends[e]);
        assert_int_equal(get_number(command, words), ends[e]);
    }
    assert_int_equal(set_number(command, words, now), 0);
}

static void numbers_of_every_model(void **state) {
    (void)state;
    for (size_t m = 0; m < MODELS; m++) {
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            // Each on a fresh part: some settings forbid others.
            if (i % 8 == 0)
                rig_ready(models[m].name, NULL);
            if (numbers[i].command == 0x024C && !models[m].shutter)
                continue;
            check_number(i, m);
        }
        rig_clean();
    }
}

static void expect_words(uint16_t command, const uint16_t *expected, uint16_t count) {
    uint16_t words[16];
    assert_int_equal(rig_get(command, words, count), 0);
    for (unsigned i = 0; i < count; i++) {
        if (words[i] != expected[i])
            fail_msg("%04X word %u is %u, not %u", command, i, words[i], expected[i]);
    }
}

static void identity_of_every_model(void **state) {
    (void)state;
    for (size_t m = 0; m < MODELS; m++) {
        rig_ready(models[m].name, NULL);
        uint16_t words[16];
        char text[33] = {0};
        assert_int_equal(rig_get(0x481C, words, 16), 0);
        for (int i = 0; i < 16; i++) {
            text[2 * i] = (char)(words[i] & 0xFF);
            text[2 * i + 1] = (char)(words[i] >> 8);
        }
        assert_string_equal(text, models[m].part);
        // 3.3.26 and 3.3.26, a byte each, low byte first.
        expect_words(0x4820, (const uint16_t[]){0x0303, 0x031A, 0x1A03, 0}, 4);
        assert_int_equal(rig_get(0x0208, words, 4), 0);
        assert_true(words[0] | words[1] | words[2] | words[3]);
        expect_words(0x4838, (const uint16_t[16]){0}, 16);
        expect_words(0x0228, (const uint16_t[16]){0}, 16);
        rig_clean();
    }
}

/// An ROI object: its default, then one step beyond each edge.
static void check_roi(uint16_t command, const uint16_t initial[4], unsigned first, unsigned second,
                      unsigned border) {
    expect_words(command, initial, 4);
    uint16_t set = (uint16_t)(command + 1);
    uint16_t last_a = (uint16_t)(first - 1 - border), last_b = (uint16_t)(second - 1 - border);
    uint16_t edge = (uint16_t)border;
    assert_int_equal(rig_set(set, (const uint16_t[]){edge, edge, last_a, last_b}, 4), 0);
    assert_int_equal(
        rig_set(set, (const uint16_t[]){edge, edge, (uint16_t)(last_a + 1), last_b}, 4), -3);
    assert_int_equal(
        rig_set(set, (const uint16_t[]){edge, edge, last_a, (uint16_t)(last_b + 1)}, 4), -3);
    assert_int_equal(rig_set(set, (const uint16_t[]){9, 5, 8, 6}, 4), -3);
    assert_int_equal(rig_set(set, (const uint16_t[]){5, 9, 6, 8}, 4), -3);
    assert_int_equal(rig_set(set, (const uint16_t[]){5, 9, 5, 9}, 4), 0);
    if (border)
        assert_int_equal(rig_set(set, (const uint16_t[]){0, 5, 6, 8}, 4), -3);
    expect_words(command, (const uint16_t[]){5, 9, 5, 9}, 4);
}

static void regions_of_both_families(void **state) {
    (void)state;
    rig_ready("2.5", NULL);
    check_roi(0x0108, (const uint16_t[]){0, 0, 79, 59}, 80, 60, 0);
    check_roi(0x0230, (const uint16_t[]){0, 0, 79, 59}, 80, 60, 0);
    check_roi(0x0310, (const uint16_t[]){1, 1, 78, 58}, 80, 60, 1);
    check_roi(0x4ECC, (const uint16_t[]){29, 39, 30, 40}, 60, 80, 0); // row first
    rig_clean();
    rig_ready("3.5", NULL);
    check_roi(0x0108, (const uint16_t[]){0, 0, 159, 119}, 160, 120, 0);
    check_roi(0x0230, (const uint16_t[]){0, 0, 159, 119}, 160, 120, 0);
    check_roi(0x0310, (const uint16_t[]){1, 1, 158, 118}, 160, 120, 1);
    check_roi(0x4ECC, (const uint16_t[]){59, 79, 60, 80}, 120, 160, 0);
    rig_clean();
    rig_ready("3.0", NULL);
    uint16_t words[4];
    assert_int_equal(rig_get(0x4ECC, words, 4), -7);
    assert_int_equal(rig_get(0x4ED0, words, 4), -7);
}

static void clip_high_counts_pixels(void **state) {
    (void)state;
    rig_ready("1.5", NULL);
    assert_int_equal(rig_get_16(0x012C), 4800);
    assert_int_equal(rig_set(0x012D, (const uint16_t[]){4801}, 1), -3);
    assert_int_equal(rig_set(0x012D, (const uint16_t[]){0}, 1), 0);
    rig_ready("3.0", NULL);
    assert_int_equal(rig_get_16(0x012C), 19200);
    assert_int_equal(rig_set(0x012D, (const uint16_t[]){19201}, 1), -3);
    assert_int_equal(rig_set(0x012D, (const uint16_t[]){4801}, 1), 0);
    rig_clean();
}

static void shutter_object_of_every_model(void **state) {
    (void)state;
    for (size_t m = 0; m < MODELS; m++) {
        rig_ready(models[m].name, NULL);
        uint16_t words[16];
        assert_int_equal(rig_get(0x023C, words, 16), 0);
        assert_int_equal(rig_u32(words), models[m].shutter ? 1 : 2);
        assert_int_equal(rig_u32(words + 2), 0);
        assert_int_equal(rig_u32(words + 4), 1);
        assert_int_equal(rig_u32(words + 10), models[m].radiometric ? 180000 : 300000);
        assert_int_equal(rig_u32(words + 12), 0);
        assert_int_equal(words[14], models[m].radiometric ? 150 : 300);
        assert_int_equal(words[15], 52);
        assert_int_equal((int32_t)rig_get_32(0x0238), models[m].shutter ? 0 : -1);
        words[0] = 3;
        assert_int_equal(rig_set(0x023D, words, 16), -3);
        words[0] = 0;
        words[4] = 2;
        assert_int_equal(rig_set(0x023D, words, 16), -3);
        words[4] = 0;
        words[10] = 0x1234;
        words[14] = 77;
        words[15] = 9;
        assert_int_equal(rig_set(0x023D, words, 16), 0);
        uint16_t back[16];
        assert_int_equal(rig_get(0x023C, back, 16), 0);
        words[8] = back[8]; // time since the last one
        words[9] = back[9];
        assert_memory_equal(words, back, sizeof words);
        assert_int_equal(rig_set_32(0x0239, -2), -3);
        assert_int_equal(rig_set_32(0x0239, 4), -3);
        assert_int_equal(rig_set_32(0x0239, 1), 0);
        rig_clean();
    }
}

static void gain_object(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    expect_words(
        0x0250, (const uint16_t[]){0, 0, 119, 159, 25, 90, 115, 85, 388, 358, 19200, 1, 9462, 6938},
        14);
    rig_ready("2.5", NULL);
    uint16_t words[14], changed[14];
    assert_int_equal(rig_get(0x0250, words, 14), 0);
    assert_int_equal(words[2], 59);
    assert_int_equal(words[3], 79);
    assert_int_equal(words[10], 4800);
    // One beyond the limit of each word.
    static const uint16_t beyond[14] = {60,  80,  60,  80,   101, 101,   601,
                                        601, 901, 901, 4801, 2,   16384, 16384};
    for (int i = 0; i < 14; i++) {
        memcpy(changed, words, sizeof words);
        changed[i] = beyond[i];
        assert_int_equal(rig_set(0x0251, changed, 14), -3);
        changed[i] = i < 4 ? words[i] : (uint16_t)(beyond[i] - 1);
        assert_int_equal(rig_set(0x0251, changed, 14), 0);
    }
    rig_ready("3.0", NULL);
    assert_int_equal(rig_get(0x0250, words, 14), -7);
    rig_clean();
}

static void flux_parameters(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    uint16_t words[8] = {8192, 29515, 8192, 29515, 8192, 29515, 0, 29515};
    expect_words(0x4EBC, words, 8);
    for (int i = 0; i <= 4; i += 2) {
        uint16_t keep = words[i];
        words[i] = 81;
        assert_int_equal(rig_set(0x4EBD, words, 8), -3);
        words[i] = 8193;
        assert_int_equal(rig_set(0x4EBD, words, 8), -3);
        words[i] = 82;
        assert_int_equal(rig_set(0x4EBD, words, 8), 0);
        words[i] = keep;
    }
    words[2] = 7000;
    words[6] = 1193; // the window reflects no more than it does not transmit
    assert_int_equal(rig_set(0x4EBD, words, 8), -3);
    words[6] = 1192;
    assert_int_equal(rig_set(0x4EBD, words, 8), 0);
    expect_words(0x4EBC, words, 8);
    rig_clean();
}

static void radiance_curves(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    uint16_t high[8], low[8];
    assert_int_equal(rig_get(0x4E04, high, 8), 0);
    assert_int_equal(rig_u32(high), 395653);
    assert_int_equal(rig_u32(high + 2), 1428000);
    assert_int_equal(rig_u32(high + 4), 1000);
    assert_int_equal(rig_u32(high + 6), 156000);
    assert_int_equal(rig_get(0x4ED8, low, 8), 0);
    assert_int_equal(rig_u32(low), 64155);
    assert_int_equal(rig_u32(low + 2), 1428000);
    assert_int_equal(rig_u32(low + 6), 728000);
    static const uint32_t limits[3][2] = {{10000, 1000000}, {1200000, 1700000}, {500, 3000}};
    for (int i = 0; i < 3; i++) {
        for (int end = 0; end < 2; end++) {
            for (int beyond = 0; beyond < 2; beyond++) {
                uint16_t words[8];
                memcpy(words, high, sizeof words);
                uint32_t value =
                    end ? limits[i][1] + (uint32_t)beyond : limits[i][0] - (uint32_t)beyond;
                words[2 * i] = (uint16_t)value;
                words[2 * i + 1] = (uint16_t)(value >> 16);
                assert_int_equal(rig_set(0x4E05, words, 8), beyond ? -3 : 0);
            }
        }
    }
    assert_int_equal(rig_get(0x4E00, high, 8), 0);
    assert_int_equal(rig_get(0x4ED4, low, 8), 0);
    rig_ready("3.0", NULL);
    assert_int_equal(rig_get(0x4E04, high, 8), 0);
    assert_int_equal(rig_get(0x4ED8, low, 8), -7);
    rig_clean();
}

static void radiometry_by_model(void **state) {
    (void)state;
    for (size_t m = 0; m < MODELS; m++) {
        rig_ready(models[m].name, NULL);
        assert_int_equal(rig_get_32(0x4E10), models[m].radiometric);
        assert_int_equal(rig_set_32(0x4E11, 1), models[m].radiometric ? 0 : -8);
        assert_int_equal(rig_set_32(0x4E11, 2), -3);
        assert_int_equal(rig_set_32(0x4E11, 0), 0);
        rig_clean();
    }
}

static void formats_and_sources(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_get_32(0x4828), 7);
    assert_int_equal(rig_get_32(0x0330), 7);
    for (int32_t format = 0; format < 16; format++) {
        int expected = format == 3 || format == 7 ? 0 : format < 15 ? -8 : -3;
        assert_int_equal(rig_set_32(0x4829, format), expected);
        assert_int_equal(rig_set_32(0x0331, format), expected);
    }
    assert_int_equal(rig_get_32(0x482C), 1);
    for (int32_t source = 0; source < 16; source++) {
        int expected = source <= 5 || source == 8 ? 0 : source < 14 ? -8 : -3;
        assert_int_equal(rig_set_32(0x482D, source), expected);
    }
    rig_ready("2.0", NULL);
    uint16_t words[2];
    assert_int_equal(rig_get(0x0330, words, 2), -7);
    assert_int_equal(rig_get_32(0x4828), 7);
    rig_clean();
}

static void measured_values(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    uint16_t words[4];
    assert_int_equal(rig_get(0x4ED0, words, 4), 0);
    assert_int_equal(words[3], 4);
    assert_true(words[2] <= words[0] && words[0] <= words[1]);
    assert_in_range(words[0], 27000, 40000);
    assert_int_equal(rig_set(0x4ECD, (const uint16_t[]){10, 20, 19, 29}, 4), 0);
    rig_wait_us(200000);
    assert_int_equal(rig_get(0x4ED0, words, 4), 0);
    assert_int_equal(words[3], 100);
    assert_int_equal(rig_get(0x022C, words, 4), 0);
    assert_int_equal(words[3], 19200);
    assert_true(words[2] <= words[0] && words[0] <= words[1]);
    assert_in_range(words[0], 27000, 40000);
    assert_in_range(rig_get_16(0x484C), 1000, 16383);
    // The histogram is only kept with AGC or its calculation on.
    assert_int_equal(rig_get(0x010C, words, 4), 0);
    assert_int_equal(words[3], 0);
    assert_int_equal(rig_set_32(0x0149, 1), 0);
    rig_wait_us(200000);
    assert_int_equal(rig_get(0x010C, words, 4), 0);
    assert_int_equal(words[3], 19200);
    // Temperatures: a few kelvin above a room of 22 C.
    assert_in_range(rig_get_16(0x0210), 29515, 29630);
    assert_in_range(rig_get_16(0x0214), 29515, 29630);
    uint16_t calibration[4];
    assert_int_equal(rig_get(0x4EE4, calibration, 4), 0);
    assert_in_range(calibration[3], 29515, 29630);
    assert_true(calibration[0] > 0 && calibration[1] > 0);
    assert_int_equal(rig_get(0x0204, words, 4), 0);
    assert_true(words[2] > 10); // commands so far
    // Focus: an edge scores, a flat field does not.
    assert_int_equal(rig_set_32(0x030D, 1), 0);
    assert_int_equal(rig_set_32(0x482D, 4), 0);
    rig_wait_us(200000);
    assert_true(rig_get_32(0x0318) > 1000000);
    assert_int_equal(rig_set_32(0x482D, 3), 0);
    rig_wait_us(200000);
    assert_int_equal(rig_get_32(0x0318), 0);
    assert_int_equal(rig_set_32(0x030D, 0), 0);
    assert_int_equal(rig_set_32(0x0101, 1), 0);
    assert_int_equal(rig_set_32(0x030D, 1), -11); // not with AGC
    rig_clean();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_every_model),
        cmocka_unit_test(identity_of_every_model),
        cmocka_unit_test(regions_of_both_families),
        cmocka_unit_test(clip_high_counts_pixels),
        cmocka_unit_test(shutter_object_of_every_model),
        cmocka_unit_test(gain_object),
        cmocka_unit_test(flux_parameters),
        cmocka_unit_test(radiance_curves),
        cmocka_unit_test(radiometry_by_model),
        cmocka_unit_test(formats_and_sources),
        cmocka_unit_test(measured_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
