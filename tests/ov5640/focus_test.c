/// The lens: its program's way to the sensor, and the conversation, against a processor that answers
/// in its own time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <string.h>

#include "core/status.h"
#include "support_part.h"

static struct part part;
static uint8_t program[4077];

static int prepare(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof program; i++)
        program[i] = (uint8_t)(i * 7 + i / 251 + 1);
    return 0;
}

static void the_program_arrives_whole(void **state) {
    static const size_t sizes[] = {1, 63, 64, 65, 128, 4077};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        part_reset(&part);
        assert_int_equal(ib_ov5640_focus_status(&part.driver), IB_OV5640_FOCUS_NO_PROGRAM);
        assert_int_equal(ib_ov5640_focus_trigger(&part.driver), IB_E_NOT_READY);
        assert_int_equal(ib_ov5640_focus_load(&part.driver, program, sizes[s]), IB_OK);
        assert_int_equal(ib_ov5640_focus_load(&part.driver, program, 5), IB_E_BUSY);
        part.longest_bytes = 0;
        assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
        assert_memory_equal(part.registers + 0x8000, program, sizes[s]);
        assert_int_equal(part.registers[0x8000 + sizes[s]], 0);
        assert_true(part.longest_bytes <= 1 + 2 + 64);
        // Held while it is written, then the registers, and only then let go.
        assert_int_equal(part.written[0].address, 0x3000);
        assert_int_equal(part.written[0].value, 0x20);
        for (size_t i = 0; i < sizes[s]; i++)
            assert_int_equal(part.written[1 + i].address, 0x8000 + i);
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(part.written[1 + sizes[s] + i].address, 0x3022 + i);
            assert_int_equal(part.written[1 + sizes[s] + i].value, i == 7 ? 0x7F : 0);
        }
        assert_int_equal(part.written[part.writes - 1].address, 0x3000);
        assert_int_equal(part.written[part.writes - 1].value, 0);
        assert_int_equal(part.writes, 1 + sizes[s] + 8 + 1);
        assert_int_equal(ib_ov5640_focus_status(&part.driver), IB_OV5640_FOCUS_IDLE);
    }
}

static void what_is_no_program_is_refused(void **state) {
    static uint8_t large[8193];
    (void)state;
    part_reset(&part);
    assert_int_equal(ib_ov5640_focus_load(&part.driver, NULL, 5), IB_E_INVAL);
    assert_int_equal(ib_ov5640_focus_load(&part.driver, large, 0), IB_E_INVAL);
    assert_int_equal(ib_ov5640_focus_load(&part.driver, large, sizeof large), IB_E_RANGE);
    assert_int_equal(part.transfers, 0);
}

static void a_processor_that_does_not_start(void **state) {
    (void)state;
    part_reset(&part);
    part.processor_dead = true;
    uint64_t before_us = part.now_us;
    assert_int_equal(ib_ov5640_focus_load(&part.driver, program, 100), IB_OK);
    assert_int_equal(ib_ov5640_finish(&part.driver), IB_E_TIMEOUT);
    assert_in_range(part.now_us - before_us, 1000000, 1100000);
    assert_int_equal(ib_ov5640_focus_status(&part.driver), IB_OV5640_FOCUS_NO_PROGRAM);
}

/// Until it is no longer moving. Return: what it is then.
static int settled(uint64_t most_us) {
    uint64_t end_us = part.now_us + most_us;
    int status;
    while ((status = ib_ov5640_focus_status(&part.driver)) == IB_OV5640_FOCUS_MOVING) {
        assert_true(part.now_us < end_us);
        part.now_us += 5000;
    }
    return status;
}

static void commands_are_taken_and_done(void **state) {
    (void)state;
    part_reset(&part);
    assert_int_equal(ib_ov5640_focus_load(&part.driver, program, sizeof program), IB_OK);
    assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
    // Twice: the second must not be taken for done because the first was.
    for (int i = 0; i < 2; i++) {
        part.writes = 0;
        assert_int_equal(ib_ov5640_focus_trigger(&part.driver), IB_OK);
        assert_int_equal(part.writes, 2);
        assert_int_equal(part.written[0].address, 0x3023); // first: "not taken"
        assert_int_equal(part.written[0].value, 1);
        assert_int_equal(part.written[1].address, 0x3022);
        assert_int_equal(part.written[1].value, 0x03);
        uint64_t begun_us = part.now_us;
        assert_int_equal(ib_ov5640_focus_status(&part.driver), IB_OV5640_FOCUS_MOVING);
        assert_int_equal(settled(1000000), IB_OV5640_FOCUS_DONE);
        assert_true(part.now_us - begun_us >= 400000);
    }
    assert_int_equal(ib_ov5640_focus_pause(&part.driver), IB_OK);
    assert_int_equal(part.registers[0x3022], 0x06);
    assert_int_equal(settled(1000000), IB_OV5640_FOCUS_DONE);
    assert_int_equal(ib_ov5640_focus_release(&part.driver), IB_OK);
    assert_int_equal(part.registers[0x3022], 0x08);
    assert_int_equal(settled(1000000), IB_OV5640_FOCUS_IDLE);
    // A reset takes the program away.
    ib_ov5640_reset(&part.driver, false, false);
    assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
    assert_int_equal(ib_ov5640_focus_trigger(&part.driver), IB_E_NOT_READY);
}

static void every_transfer_may_fail(void **state) {
    (void)state;
    part_reset(&part);
    assert_int_equal(ib_ov5640_focus_load(&part.driver, program, 300), IB_OK);
    assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
    size_t transfers = part.transfers;
    for (size_t k = 1; k <= transfers; k++) {
        part_reset(&part);
        part.fail_at = k;
        assert_int_equal(ib_ov5640_focus_load(&part.driver, program, 300), IB_OK);
        assert_int_equal(ib_ov5640_finish(&part.driver), IB_E_NACK);
        assert_int_equal(ib_ov5640_focus_trigger(&part.driver), IB_E_NOT_READY);
        assert_int_equal(ib_ov5640_focus_load(&part.driver, program, 300), IB_OK);
        assert_int_equal(ib_ov5640_finish(&part.driver), IB_OK);
        assert_memory_equal(part.registers + 0x8000, program, 300);
    }
    for (size_t k = 1; k <= 2; k++) {
        part.fail_at = part.transfers + k;
        assert_int_equal(ib_ov5640_focus_trigger(&part.driver), IB_E_NACK);
    }
    part.fail_at = part.transfers + 1;
    assert_int_equal(ib_ov5640_focus_status(&part.driver), IB_E_NACK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_arrives_whole),
        cmocka_unit_test(what_is_no_program_is_refused),
        cmocka_unit_test(a_processor_that_does_not_start),
        cmocka_unit_test(commands_are_taken_and_done),
        cmocka_unit_test(every_transfer_may_fail),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
