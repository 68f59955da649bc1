/// FFV1: pictures that ffmpeg encoded, pictures of all kinds through both ends, and damage.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/ffv1.h"
#include "tests/core/support_random.h"
#include "tests/record/ffv1_vectors.h"

#define MOST_PX (160 * 120)

static uint8_t frame[IB_FFV1_FRAME_BYTES(MOST_PX)];
static uint8_t states[1 << 20];
static uint16_t source[MOST_PX], decoded[MOST_PX];
static struct ib_ffv1_decoder decoder;

static void use_own_config(void) {
    uint8_t config[IB_FFV1_CONFIG_BYTES];
    int size = ib_ffv1_config(config, sizeof config);
    assert_true(size > 4);
    assert_int_equal(ib_ffv1_decoder_init(&decoder, config, (size_t)size), IB_OK);
    assert_int_equal(ib_ffv1_decoder_states_bytes(&decoder), IB_FFV1_STATES_BYTES);
}

static void what_ffmpeg_made_is_decoded(void **state) {
    (void)state;
    const struct {
        const uint8_t *config, *frame;
        size_t config_size, size;
        uint32_t slices;
    } cases[] = {
        {four_slices_config, four_slices_frame, sizeof four_slices_config, sizeof four_slices_frame,
         4},
        {one_slice_config, one_slice_frame, sizeof one_slice_config, sizeof one_slice_frame, 1},
    };
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ib_ffv1_decoder_init(&decoder, cases[i].config, cases[i].config_size),
                         IB_OK);
        assert_int_equal(decoder.slices_across * decoder.slices_down, cases[i].slices);
        size_t needed = ib_ffv1_decoder_states_bytes(&decoder);
        assert_true(needed > 0 && needed <= sizeof states);
        memset(decoded, 0xAA, sizeof decoded);
        assert_int_equal(
            ib_ffv1_decode(&decoder, cases[i].frame, cases[i].size, decoded, 9, 7, states), IB_OK);
        assert_memory_equal(decoded, picture, sizeof picture);
    }
}

/// These bytes were given to ffmpeg (5.1, in a Matroska file), which decoded the picture from them.
static void the_bytes_that_ffmpeg_understood(void **state) {
    (void)state;
    static const uint8_t config_expected[] = {0x56, 0x00, 0x67, 0x9A, 0x4D, 0x85, 0x28, 0x8D,
                                              0xFA, 0x76, 0x5B, 0x43, 0x8A, 0x76, 0x12, 0x65,
                                              0x0C, 0x3E, 0x7C, 0xD5, 0x40, 0x47, 0x34, 0xA4};
    static const uint8_t frame_expected[] = {
        0xFC, 0x16, 0x6A, 0xFB, 0xFA, 0x6B, 0xBA, 0xC5, 0x7F, 0xF4, 0xB1, 0xFE, 0x34, 0x93,
        0x0D, 0xAB, 0xED, 0x7C, 0xB3, 0x80, 0xAD, 0x1F, 0x90, 0x62, 0xC0, 0x46, 0x44, 0x28,
        0x24, 0xBE, 0x6F, 0x73, 0x5F, 0x6A, 0x0E, 0xD4, 0x88, 0x95, 0x0F, 0x6C, 0xC0, 0x94,
        0xDA, 0xB2, 0xBC, 0xB0, 0xE3, 0xC0, 0x0E, 0x4E, 0x25, 0x84, 0x5B, 0xD9, 0xC3, 0x54,
        0xD1, 0xF1, 0x8A, 0xA8, 0x64, 0x0F, 0x3F, 0x37, 0xEA, 0x49, 0xE7, 0xA7, 0x33, 0xAA,
        0x7D, 0xF6, 0x5F, 0x58, 0x50, 0xF4, 0x37, 0xE6, 0xCE, 0x69, 0xFA, 0x76, 0x9F, 0xA7,
        0x20, 0x7C, 0xA9, 0x21, 0xE5, 0x36, 0xC2, 0xF3, 0xA3, 0xE8, 0x4C, 0x7D, 0x3D, 0x85,
        0x94, 0x35, 0x7C, 0x7E, 0xEC, 0xC8, 0x8A, 0xB8, 0x36, 0xC5, 0x30, 0x37, 0x5E, 0xC4,
        0x5C, 0x6F, 0x39, 0xE1, 0xA4, 0xD9, 0xAC, 0x49, 0x5F, 0x5C, 0xB3, 0x6B, 0xED, 0x26,
        0xA1, 0x11, 0x37, 0x4E, 0x66, 0x1F, 0x76, 0x51, 0x67, 0x2E, 0x6D, 0x7C, 0x7E, 0x15,
        0x46, 0x88, 0xC4, 0x65, 0x35, 0x9F, 0x6B, 0xFF, 0x3C, 0x19, 0x82, 0xD3, 0x6E, 0xC9,
        0x5B, 0x2A, 0xF1, 0x60, 0x00, 0x00, 0x9E, 0x00, 0x36, 0x95, 0x02, 0x27};
    uint8_t config[IB_FFV1_CONFIG_BYTES];
    int size = ib_ffv1_config(config, sizeof config);
    assert_int_equal(size, sizeof config_expected);
    assert_memory_equal(config, config_expected, sizeof config_expected);
    size = ib_ffv1_encode(frame, sizeof frame, picture, 9, 7, states);
    assert_int_equal(size, sizeof frame_expected);
    assert_memory_equal(frame, frame_expected, sizeof frame_expected);
}

enum kind { NOISE, ZEROS, ONES, STRIPES, GRADIENT, THERMAL, SIGN_EDGE, KINDS };

static void draw(struct random *random, enum kind kind, size_t width, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t noise = random_below(random, 65536);
        switch (kind) {
        case NOISE:
            source[i] = (uint16_t)noise;
            break;
        case ZEROS:
        case ONES:
            source[i] = kind == ONES ? 65535 : 0;
            break;
        case STRIPES:
            source[i] = i % 2 ? 65535 : 0;
            break;
        case GRADIENT:
            source[i] = (uint16_t)(i * 37);
            break;
        case THERMAL:
            source[i] = (uint16_t)(29000 + i / width * 3 + noise % 16);
            break;
        default:
            source[i] = (uint16_t)(32760 + noise % 16);
            break;
        }
    }
}

static void every_picture_comes_back(void **state) {
    (void)state;
    static const uint16_t shapes[][2] = {{1, 1}, {1, 7},   {7, 1},     {2, 2},
                                         {3, 5}, {80, 60}, {160, 120}, {120, 160}};
    struct random random = {51};
    use_own_config();
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            size_t count = (size_t)shapes[i][0] * shapes[i][1];
            draw(&random, (enum kind)kind, shapes[i][0], count);
            int size = ib_ffv1_encode(frame, IB_FFV1_FRAME_BYTES(count), source, shapes[i][0],
                                      shapes[i][1], states);
            assert_true(size > 0);
            memset(decoded, 0xAA, sizeof decoded);
            assert_int_equal(ib_ffv1_decode(&decoder, frame, (size_t)size, decoded, shapes[i][0],
                                            shapes[i][1], states),
                             IB_OK);
            assert_memory_equal(decoded, source, count * sizeof *source);
        }
    }
}

static void a_thermal_picture_gets_much_smaller(void **state) {
    (void)state;
    struct random random = {52};
    draw(&random, THERMAL, 160, MOST_PX);
    int size = ib_ffv1_encode(frame, sizeof frame, source, 160, 120, states);
    assert_true(size > 0 && size < MOST_PX); // below 8 bits a pixel; 4 of them are noise
    draw(&random, ZEROS, 160, MOST_PX);
    size = ib_ffv1_encode(frame, sizeof frame, source, 160, 120, states);
    assert_true(size > 0 && size < 1200);
}

static void too_little_room_is_said(void **state) {
    (void)state;
    struct random random = {53};
    draw(&random, NOISE, 9, 63);
    int size = ib_ffv1_encode(frame, sizeof frame, source, 9, 7, states);
    for (int room = 0; room < size; room++) {
        uint8_t *exact = malloc((size_t)room + 1);
        assert_non_null(exact);
        assert_int_equal(ib_ffv1_encode(exact, (size_t)room, source, 9, 7, states), IB_E_NO_SPACE);
        free(exact);
    }
    assert_int_equal(ib_ffv1_encode(frame, (size_t)size, source, 9, 7, states), size);
    assert_int_equal(ib_ffv1_encode(frame, sizeof frame, source, 0, 7, states), IB_E_RANGE);
    assert_int_equal(ib_ffv1_config(frame, 10), IB_E_NO_SPACE);
}

static void every_cut_and_every_flipped_bit_is_found(void **state) {
    (void)state;
    use_own_config();
    int size = ib_ffv1_encode(frame, sizeof frame, picture, 9, 7, states);
    for (int cut = 0; cut < size; cut++) {
        uint8_t *exact = malloc((size_t)cut + 1);
        assert_non_null(exact);
        memcpy(exact, frame, (size_t)cut);
        assert_true(ib_ffv1_decode(&decoder, exact, (size_t)cut, decoded, 9, 7, states) < 0);
        free(exact);
    }
    for (int bit = 0; bit < size * 8; bit++) {
        frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(ib_ffv1_decode(&decoder, frame, (size_t)size, decoded, 9, 7, states) < 0);
        frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    // Without a CRC damage cannot always be seen, but nothing is read or written outside.
    assert_int_equal(ib_ffv1_decoder_init(&decoder, one_slice_config, sizeof one_slice_config),
                     IB_OK);
    memcpy(frame, one_slice_frame, sizeof one_slice_frame);
    unsigned changed = 0;
    for (size_t bit = 0; bit < sizeof one_slice_frame * 8; bit++) {
        frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int status = ib_ffv1_decode(&decoder, frame, sizeof one_slice_frame, decoded, 9, 7, states);
        changed += status < 0 || memcmp(decoded, picture, sizeof picture) != 0;
        frame[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(changed > sizeof one_slice_frame);
}

static void a_damaged_configuration_is_refused(void **state) {
    (void)state;
    uint8_t config[sizeof four_slices_config];
    memcpy(config, four_slices_config, sizeof config);
    for (size_t bit = 0; bit < sizeof config * 8; bit++) {
        config[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(ib_ffv1_decoder_init(&decoder, config, sizeof config), IB_E_CRC);
        config[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < sizeof config; cut++)
        assert_true(ib_ffv1_decoder_init(&decoder, config, cut) < 0);
}

static void a_frame_of_another_size_is_refused(void **state) {
    (void)state;
    use_own_config();
    int size = ib_ffv1_encode(frame, sizeof frame, picture, 9, 7, states);
    // One slice fills whatever picture is asked for, but its bits do not last.
    assert_true(ib_ffv1_decode(&decoder, frame, (size_t)size, decoded, 160, 120, states) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ffmpeg_made_is_decoded),
        cmocka_unit_test(the_bytes_that_ffmpeg_understood),
        cmocka_unit_test(every_picture_comes_back),
        cmocka_unit_test(a_thermal_picture_gets_much_smaller),
        cmocka_unit_test(too_little_room_is_said),
        cmocka_unit_test(every_cut_and_every_flipped_bit_is_found),
        cmocka_unit_test(a_damaged_configuration_is_refused),
        cmocka_unit_test(a_frame_of_another_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
