/// Telemetry rows: the words of a real 3.5, and the ones that follow settings.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct picture picture;

static void next_picture(void) {
    rig_wait_us(300000);
    assert_true(rig_picture(&picture, 2, 1000000));
    assert_int_equal(picture.bad, 0);
}

static void as_a_real_3_5(void **state) {
    (void)state;
    // Read from a 3.5 with firmware 3.3.26; words that live are looked at below.
    static const struct {
        unsigned word;
        uint16_t value;
    } rows[] = {
        {0, 14},      {3, 0x0830},  {4, 0},       {13, 794},    {14, 3},      {15, 794},
        {16, 3},      {17, 1401},   {18, 0},      {19, 0},      {27, 0},      {28, 30000},
        {33, 0},      {34, 0},      {35, 0},      {36, 159},    {37, 119},    {38, 19200},
        {39, 512},    {40, 1},      {41, 128},    {42, 0},      {47, 1},      {48, 128},
        {49, 100},    {56, 30},     {58, 1},      {59, 1},      {60, 158},    {61, 118},
        {62, 7},      {63, 38},     {64, 12},     {65, 420},    {66, 54},     {67, 27},
        {68, 18},     {69, 17},     {72, 7},      {73, 0},      {74, 3},      {80, 14835},
        {82, 30000},  {99, 8192},   {100, 29515}, {101, 8192},  {102, 29515}, {103, 8192},
        {104, 0},     {105, 29515}, {106, 29515}, {125, 14618}, {129, 43264}, {161, 3},
        {165, 0},     {166, 0},     {167, 0},     {168, 115},   {169, 85},    {170, 388},
        {171, 358},   {172, 9462},  {173, 6938},  {174, 25},    {175, 90},    {176, 4800},
        {177, 17280}, {180, 19200}, {181, 19200}, {182, 0},     {183, 0},     {184, 119},
        {185, 159},   {186, 1},     {187, 5163},  {191, 267},   {208, 1},     {209, 1},
        {213, 4},     {214, 59},    {215, 79},    {216, 60},    {217, 80},    {218, 23040},
        {230, 1},
    };
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    next_picture();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (picture.rows[rows[i].word] != rows[i].value)
            fail_msg("word %u is %u, not %u", rows[i].word, picture.rows[rows[i].word],
                     rows[i].value);
    }
    // The serial number is the CCI's, in four words, and again at the end of row C.
    uint16_t serial[4];
    assert_int_equal(rig_get(0x0208, serial, 4), 0);
    assert_memory_equal(picture.rows + 5, serial, sizeof serial);
    assert_memory_equal(picture.rows + 231, picture.rows + 5, 14);
    rig_clean();
}

static void living_words(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    next_picture();
    // Uptime of the frame's beginning: in steps of the unit time after 1.2 s.
    uint32_t uptime_ms = rig_u32(picture.rows + 1);
    assert_in_range(uptime_ms, picture.us / 1000 - 2, picture.us / 1000);
    uint32_t counter = rig_u32(picture.rows + 20);
    assert_in_range(picture.rows[24], 29515, 29700);
    assert_in_range(picture.rows[26], 29515, 29700);
    assert_in_range(picture.rows[23], 7021, 8100); // counts fall with temperature
    assert_in_range(picture.rows[25], 8596, 10500);
    uint16_t fpa_ck = picture.rows[24], fpa_counts = picture.rows[23];
    assert_int_equal(picture.rows[22], rig_get_16(0x484C));
    uint16_t spot[4];
    assert_int_equal(rig_get(0x4ED0, spot, 4), 0);
    assert_in_range(picture.rows[210], spot[0] - 60, spot[0] + 60);
    assert_true(picture.rows[212] <= picture.rows[210] && picture.rows[210] <= picture.rows[211]);
    rig_wait_us(20000000);
    next_picture();
    assert_true(picture.rows[24] > fpa_ck);
    assert_true(picture.rows[23] < fpa_counts);
    // 8.83 a second.
    uint64_t frames = (rig_u32(picture.rows + 1) - uptime_ms) * UINT64_C(106) / 12000;
    assert_in_range(rig_u32(picture.rows + 20) - counter, frames - 1, frames + 1);
    rig_clean();
}

static void words_that_follow_settings(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    const uint16_t flux[8] = {8028, 29000, 8100, 29100, 8000, 29200, 40, 29300};
    assert_int_equal(rig_set(0x4EBD, flux, 8), 0);
    assert_int_equal(rig_set(0x4ECD, (const uint16_t[]){1, 2, 3, 5}, 4), 0);
    assert_int_equal(rig_set(0x0109, (const uint16_t[]){10, 11, 100, 101}, 4), 0);
    assert_int_equal(rig_set(0x012D, (const uint16_t[]){3000}, 1), 0);
    assert_int_equal(rig_set(0x0131, (const uint16_t[]){100}, 1), 0);
    assert_int_equal(rig_set_32(0x4EC5, 0), 0);
    assert_int_equal(rig_set_32(0x0225, 4), 0);
    assert_int_equal(rig_set(0x4E29, (const uint16_t[]){29700}, 1), 0);
    next_picture();
    // Row B: emissivity, background, atmosphere (transmission, temperature), window (transmission,
    // reflection, temperature, reflected temperature).
    const uint16_t row_b[8] = {8028, 29000, 8000, 29200, 8100, 40, 29100, 29300};
    assert_memory_equal(picture.rows + 99, row_b, sizeof row_b);
    const uint16_t spot[5] = {12, 1, 2, 3, 5};
    assert_memory_equal(picture.rows + 213, spot, sizeof spot);
    const uint16_t agc[6] = {10, 11, 100, 101, 3000, 100};
    assert_memory_equal(picture.rows + 34, agc, sizeof agc);
    assert_int_equal(picture.rows[209], 0);
    assert_int_equal(picture.rows[74], 4);
    assert_int_equal(picture.rows[28], 29700);
    assert_in_range(picture.pixels[0], 2700, 4000); // 0.1 K
    // AGC: status bit 12, pixels of 8 bits, TLinear as set.
    assert_int_equal(rig_set_32(0x4EC1, 0), 0);
    assert_int_equal(rig_set_32(0x0101, 1), 0);
    next_picture();
    assert_int_equal(picture.rows[3], 0x1830);
    assert_int_equal(picture.rows[208], 0);
    for (unsigned i = 0; i < 19200; i++)
        assert_true(picture.pixels[i] <= 255);
    // Radiometry off: no spotmeter.
    assert_int_equal(rig_set_32(0x4E11, 0), 0);
    next_picture();
    assert_int_equal(picture.rows[210] | picture.rows[213], 0);
    rig_clean();
}

static void other_models(void **state) {
    (void)state;
    rig_ready("2.5", NULL);
    assert_int_equal(rig_set_32(0x0219, 1), 0);
    next_picture();
    static const uint16_t agc[9] = {0, 0, 79, 59, 4800, 512, 1, 128, 64};
    assert_memory_equal(picture.rows + 34, agc, sizeof agc);
    assert_int_equal(picture.rows[176], 1200);
    assert_int_equal(picture.rows[177], 4320);
    static const uint16_t roi[4] = {0, 0, 59, 79};
    assert_memory_equal(picture.rows + 182, roi, sizeof roi);
    // Without radiometry rows B and C are empty.
    static const char *models[4] = {"1.5", "1.6", "2.0", "3.0"};
    for (int i = 0; i < 4; i++) {
        rig_ready(models[i], NULL);
        assert_int_equal(rig_set_32(0x0219, 1), 0);
        next_picture();
        assert_int_equal(picture.rows[0], 14);
        // FFC never or complete; desired only where the host has to see to it.
        assert_int_equal(picture.rows[3], i < 2 ? 0x0808 : 0x0830);
        for (unsigned word = 80; word < 240; word++)
            assert_int_equal(picture.rows[word], 0);
    }
    rig_clean();
}

static void serial_by_seed(void **state) {
    (void)state;
    uint16_t serials[2][4];
    for (int i = 0; i < 2; i++) {
        rig_make("3.5", NULL);
        struct ib_sim_lepton_config config = rig.part.config;
        config.seed = (uint64_t)i;
        assert_int_equal(ib_sim_lepton_init(&rig.part, &config), 0);
        rig_wait_until_us(2000000);
        assert_int_equal(rig_get(0x0208, serials[i], 4), 0);
    }
    static const uint16_t observed[4] = {24848, 35336, 51744, 36482};
    assert_memory_equal(serials[0], observed, sizeof observed);
    assert_memory_not_equal(serials[0], serials[1], sizeof observed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_real_3_5),
        cmocka_unit_test(living_words),
        cmocka_unit_test(words_that_follow_settings),
        cmocka_unit_test(other_models),
        cmocka_unit_test(serial_by_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
