/// The simulated OV5640's autofocus raw: the program, its states, its commands, the lens.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "support_visible.h"

static struct ib_sim_ov5640_facts facts(void) {
    struct ib_sim_ov5640_facts out;
    ib_sim_ov5640_facts(&eye.part, &out);
    return out;
}

/// Hold the controller, write a program in bursts of 128, set up its registers.
static void load(const uint8_t *program, size_t size, uint8_t first_command) {
    eye_poke(0x3000, 0x20);
    for (size_t at = 0; at < size; at += 128) {
        uint8_t burst[2 + 128];
        size_t some = size - at < 128 ? size - at : 128;
        burst[0] = (uint8_t)((0x8000 + at) >> 8);
        burst[1] = (uint8_t)(0x8000 + at);
        memcpy(burst + 2, program + at, some);
        assert_int_equal(eye_write(burst, some + 2), IB_OK);
    }
    eye_poke(0x3022, first_command);
    for (uint16_t address = 0x3023; address < 0x3029; address++)
        eye_poke(address, 0);
    eye_poke(0x3029, 0x7F);
    eye_poke(0x3000, 0x00);
}

static void load_stand_in(uint8_t first_command) {
    size_t size = 0;
    const uint8_t *program = ib_sim_ov5640_autofocus(&size);
    assert_true(size >= 256);
    load(program, size, first_command);
}

/// Poll a register for a value, for at most `ms`.
static int comes(uint16_t address, uint8_t value, unsigned ms) {
    for (unsigned i = 0; i < ms; i++) {
        if (eye_peek(address) == value)
            return 1;
        eye_wait_us(500);
    }
    return 0;
}

static void command(uint8_t value) {
    eye_poke(0x3023, 0x01);
    eye_poke(0x3022, value);
    assert_true(comes(0x3023, 0, 100));
}

/// How much neighbours differ: what focus makes large.
static double sharpness(void) {
    eye_snapshot();
    double sum = 0;
    for (unsigned y = 20; y < 460; y += 3)
        for (unsigned x = 20; x < 620; x++) {
            int a[3], b[3];
            eye_pixel(x, y, a);
            eye_pixel(x + 1, y, b);
            sum += (a[1] - b[1]) * (a[1] - b[1]);
        }
    return sum;
}

static void move_lens(unsigned code) {
    eye_poke(0x3602, (uint8_t)((code & 0xF) << 4));
    eye_poke(0x3603, (uint8_t)(code >> 4));
}

static void without_a_program_nobody_answers(void **state) {
    (void)state;
    eye_ready("kettle");
    assert_int_equal(eye_peek(0x3029), 0x7F);
    eye_poke(0x3000, 0x00);
    assert_false(comes(0x3029, 0x70, 200));
    assert_int_equal(eye_peek(0x3029), 0x7F);
    eye_poke(0x3023, 0x01);
    eye_poke(0x3022, 0x03);
    assert_false(comes(0x3023, 0, 200));
    // A blob that is all the same, or too short, is none.
    static uint8_t blob[512];
    load(blob, sizeof blob, 0);
    assert_false(comes(0x3029, 0x70, 200));
    blob[1] = 7;
    load(blob, 100, 0);
    assert_false(comes(0x3029, 0x70, 200));
    load(blob, sizeof blob, 0);
    assert_true(comes(0x3029, 0x70, 200));
    assert_int_equal(ib_sim_ov5640_violation_count(&eye.part), 0);
}

static void the_usual_start_waits_for_commands(void **state) {
    (void)state;
    eye_ready("kettle");
    load_stand_in(0x00);
    assert_true(comes(0x3029, 0x7E, 20));
    assert_true(comes(0x3029, 0x70, 100));
    eye_wait_us(1000000);
    assert_int_equal(eye_peek(0x3029), 0x70);
    assert_int_equal(facts().lens, 0);
    command(0x03);
    assert_int_equal(eye_peek(0x3029), 0x00);
    assert_true(comes(0x3029, 0x10, 1500));
    assert_true(abs((int)facts().lens - (int)facts().sharp_at) <= 3);
    assert_int_equal(ib_sim_ov5640_violation_count(&eye.part), 0);
}

static void a_command_that_lies_there_is_obeyed_at_once(void **state) {
    (void)state;
    eye_ready("kettle");
    load_stand_in(0x03);
    assert_true(comes(0x3029, 0x00, 100));
    assert_true(comes(0x3029, 0x10, 1500));
    assert_true(abs((int)facts().lens - (int)facts().sharp_at) <= 3);
}

static void focus_follows_the_distance(void **state) {
    (void)state;
    // 75000 steps of a millimetre from infinity at 100; the board is at 250 mm.
    eye_ready("board");
    assert_in_range(facts().sharp_at, 395, 405);
    ib_sim_ov5640_scene(&eye.part, ib_sim_scene_named("house"));
    assert_in_range(facts().sharp_at, 100, 110);
}

static void the_picture_is_sharpest_in_focus(void **state) {
    (void)state;
    eye_ready("board");
    eye_wait_us(2000000);
    eye_poke(0x3503, 3);
    double far = 0, best = 0;
    unsigned best_at = 0;
    for (unsigned code = 0; code < 1024; code += 100) {
        move_lens(code);
        double now = sharpness();
        if (now > best) {
            best = now;
            best_at = code;
        }
        far = now;
    }
    assert_int_equal(best_at, 400);
    assert_true(best > 2 * far);
    load_stand_in(0x03);
    assert_true(comes(0x3029, 0x10, 2000));
    assert_true(sharpness() > 0.98 * best);
    command(0x08); // to infinity
    assert_int_equal(facts().lens, 100);
    assert_int_equal(eye_peek(0x3029), 0x70);
    assert_true(sharpness() < 0.8 * best);
}

static void a_sweep_shows_in_the_frames(void **state) {
    (void)state;
    eye_ready("board");
    eye_wait_us(2000000);
    load_stand_in(0x00);
    assert_true(comes(0x3029, 0x70, 100));
    command(0x03);
    unsigned positions = 0, before = 2000;
    for (int i = 0; i < 20 && eye_peek(0x3029) != 0x10; i++) {
        eye_wait_us(43000);
        positions += facts().lens != before;
        before = facts().lens;
    }
    assert_true(positions >= 9);
    // Nothing is seen, so nothing is found, while the sensor stands by.
    command(0x03);
    eye_poke(0x3008, 0x42);
    assert_false(comes(0x3029, 0x10, 500));
    eye_poke(0x3008, 0x02);
    assert_true(comes(0x3029, 0x10, 2000));
}

static void continuous_focus_follows_the_scene(void **state) {
    (void)state;
    eye_ready("board");
    load_stand_in(0x00);
    assert_true(comes(0x3029, 0x70, 100));
    command(0x04);
    assert_true(comes(0x3029, 0x10, 1500));
    assert_in_range(facts().lens, 395, 405);
    ib_sim_ov5640_scene(&eye.part, ib_sim_scene_named("house"));
    eye_wait_us(2000000);
    assert_in_range(facts().lens, 100, 110);
    command(0x06); // stay
    assert_int_equal(eye_peek(0x3029), 0x10);
    ib_sim_ov5640_scene(&eye.part, ib_sim_scene_named("board"));
    eye_wait_us(2000000);
    assert_in_range(facts().lens, 100, 110);
    command(0x12); // zones are taken, and change nothing
    assert_int_equal(eye_peek(0x3029), 0x10);
}

static void a_reset_forgets_the_program(void **state) {
    (void)state;
    eye_ready("board");
    load_stand_in(0x03);
    assert_true(comes(0x3029, 0x10, 1500));
    // Holding stops it; letting go starts the same program again.
    eye_poke(0x3000, 0x20);
    assert_int_equal(eye_peek(0x3029), 0x7F);
    eye_poke(0x3022, 0x00);
    eye_poke(0x3000, 0x00);
    assert_true(comes(0x3029, 0x70, 100));
    eye_set_up();
    eye_poke(0x3000, 0x00);
    assert_false(comes(0x3029, 0x70, 200));
    assert_int_equal(ib_sim_ov5640_violation_count(&eye.part), 0);
    eye_poke(0x8000, 1); // while it is let go
    assert_int_equal(ib_sim_ov5640_violations(&eye.part)->firmware_running, 1);
}

static void autofocus_fails_on_demand(void **state) {
    (void)state;
    eye_ready("board");
    load_stand_in(0x00);
    assert_true(comes(0x3029, 0x70, 100));
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_AF_DEAF, 0, 0);
    eye_poke(0x3023, 0x01);
    eye_poke(0x3022, 0x03);
    assert_false(comes(0x3023, 0, 200));
    ib_sim_ov5640_heal(&eye.part);
    command(0x03);
    ib_sim_ov5640_fault(&eye.part, IB_SIM_OV5640_AF_LOST, 0, 0);
    assert_false(comes(0x3029, 0x10, 2000));
    assert_int_equal(eye_peek(0x3029), 0x20);
    ib_sim_ov5640_heal(&eye.part);
    assert_true(comes(0x3029, 0x10, 2000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_program_nobody_answers),
        cmocka_unit_test(the_usual_start_waits_for_commands),
        cmocka_unit_test(a_command_that_lies_there_is_obeyed_at_once),
        cmocka_unit_test(focus_follows_the_distance),
        cmocka_unit_test(the_picture_is_sharpest_in_focus),
        cmocka_unit_test(a_sweep_shows_in_the_frames),
        cmocka_unit_test(continuous_focus_follows_the_scene),
        cmocka_unit_test(a_reset_forgets_the_program),
        cmocka_unit_test(autofocus_fails_on_demand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
