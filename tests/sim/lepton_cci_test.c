/// The control interface byte by byte: the IDD's own sequences, BUSY, lengths, results, violations.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

static void enable_telemetry_as_bytes(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    // The example of the IDD: SYS SET 0x0219, value 1 in two words, low word first.
    assert_int_equal(rig_peek(0x0002), 0x0006);
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x08, 0x00, 0x01, 0x00, 0x00}, 6), IB_OK);
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x06, 0x00, 0x02}, 4), IB_OK);
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x04, 0x02, 0x19}, 4), IB_OK);
    assert_int_equal(rig_peek(0x0002), 0x0007);
    rig_wait_us(10000);
    assert_int_equal(rig_peek(0x0002), 0x0006);
    assert_int_equal(rig_get_32(0x0218), 1);
    rig_clean();
}

static void read_tlinear_as_bytes(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x06, 0x00, 0x02}, 4), IB_OK);
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x04, 0x4E, 0xC0}, 4), IB_OK);
    assert_int_equal(rig_peek(0x0002), 0x0007);
    rig_wait_us(1000);
    assert_int_equal(rig_peek(0x0002), 0x0006);
    uint8_t bytes[4];
    assert_int_equal(rig_read(0x0008, bytes, 4), IB_OK);
    assert_memory_equal(bytes, ((const uint8_t[]){0x00, 0x01, 0x00, 0x00}), 4);
    // The length register now holds bytes, as real modules leave it; the checksum is valid.
    assert_int_equal(rig_peek(0x0006), 4);
    assert_int_equal(rig_peek(0x0028), 0x76B4); // of 01 00 00 00
    rig_clean();
}

static void the_pointer_survives_between_transactions(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_get_32(0x0218), 0);
    // Point at the length, read it, and read straight on into the data.
    assert_int_equal(rig_poke(0x0008, 0x1234), IB_OK);
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x06}, 2), IB_OK);
    uint8_t bytes[4];
    struct ib_i2c_part part = {bytes, 2, 1};
    assert_int_equal(ib_i2c_transfer(&rig.i2c, 0x2A, &part, 1), IB_OK);
    assert_memory_equal(bytes, ((const uint8_t[]){0x00, 0x04}), 2);
    assert_int_equal(ib_i2c_transfer(&rig.i2c, 0x2A, &part, 1), IB_OK);
    assert_memory_equal(bytes, ((const uint8_t[]){0x12, 0x34}), 2);
    // Writing goes on as well, one address for many words.
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x08, 1, 2, 3, 4, 5, 6}, 8), IB_OK);
    assert_int_equal(rig_peek(0x000A), 0x0304);
    assert_int_equal(rig_peek(0x000C), 0x0506);
    // Both block buffers lie side by side.
    assert_int_equal(rig_write((const uint8_t[]){0xFB, 0xFE, 0xAA, 0xBB, 0xCC, 0xDD}, 6), IB_OK);
    assert_int_equal(rig_peek(0xFC00), 0xCCDD);
    rig_clean();
}

static void busy_lasts_its_time_and_ignores_writes(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    for (int i = 0; i < 20; i++) {
        uint64_t begin_us = rig.clock.now_us;
        assert_int_equal(rig_poke(0x0004, 0x020C), IB_OK);
        while (rig_peek(0x0002) & 1)
            ;
        // 0.3 to 1 ms, and up to one status read.
        assert_in_range(rig.clock.now_us - begin_us, 300, 1000 + 95 + 2 * 150);
    }
    rig_clean();
    assert_int_equal(rig_poke(0x0008, 0x0042), IB_OK);
    assert_int_equal(rig_poke(0x0004, 0x0218), IB_OK);
    assert_int_equal(rig_poke(0x0008, 0x1111), IB_OK);
    assert_int_equal(ib_sim_lepton_violations(&rig.part)->command_while_busy, 1);
    assert_int_equal(rig_poke(0x0004, 0x4842), IB_OK);
    assert_int_equal(ib_sim_lepton_violations(&rig.part)->command_while_busy, 2);
    assert_int_equal(rig_peek(0x0008), 0x0042);
    rig_wait_us(2000);
    assert_int_equal(rig_peek(0x0002), 0x0006); // it did not reboot
    assert_int_equal(rig_peek(0x0008), 0);
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 2);
}

static void long_objects_use_the_block_buffer(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    uint16_t lut[512], back[512];
    for (unsigned i = 0; i < 512; i++)
        lut[i] = (uint16_t)(i * 77);
    assert_int_equal(rig_set(0x0309, lut, 512), 0);
    memset(back, 0, sizeof back);
    assert_int_equal(rig_poke(0xF800, 0), IB_OK);
    assert_int_equal(rig_get(0x0308, back, 512), 0);
    assert_memory_equal(lut, back, sizeof lut);
    assert_int_equal(rig_peek(0x0006), 1024);
    rig_clean();
}

static void lengths(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    const struct ib_sim_violations *v = ib_sim_lepton_violations(&rig.part);
    // A GET without a length works.
    assert_int_equal(rig_poke(0x0004, 0x4820), IB_OK);
    rig_wait_us(2000);
    assert_int_equal(rig_peek(0x0002), 0x0006);
    assert_int_equal(rig_peek(0x0006), 8);
    assert_int_equal(v->bad_length, 0);
    // A byte count does for a short SET, and is noticed.
    assert_int_equal(rig_poke(0x0008, 1), IB_OK);
    assert_int_equal(rig_poke(0x000A, 0), IB_OK);
    assert_int_equal(rig_poke(0x0006, 4), IB_OK);
    assert_int_equal(rig_poke(0x0004, 0x0219), IB_OK);
    rig_wait_us(15000);
    assert_int_equal(rig_peek(0x0002), 0x0006);
    assert_int_equal(v->bad_length, 1);
    assert_int_equal(rig_get_32(0x0218), 1);
    // Anything else is a data size error.
    assert_int_equal(rig_poke(0x0006, 3), IB_OK);
    assert_int_equal(rig_poke(0x0004, 0x0219), IB_OK);
    rig_wait_us(15000);
    assert_int_equal(rig_peek(0x0002), 0xFA06);
    assert_int_equal(v->bad_length, 2);
    // More than 16 words are taken from the block buffer: here zeros, out of the object's range.
    uint16_t ffc[16];
    assert_int_equal(rig_get(0x023C, ffc, 16), 0);
    assert_int_equal(rig_poke(0x0006, 32), IB_OK);
    assert_int_equal(rig_poke(0x0004, 0x023D), IB_OK);
    rig_wait_us(15000);
    assert_int_equal(rig_peek(0x0002), 0x0006);
    assert_int_equal(v->bad_length, 3);
    assert_int_equal(rig_get(0x023C, ffc, 16), 0);
    assert_int_equal(ffc[0], 0);
    // A wrong length for a GET or RUN is noticed and otherwise without effect.
    uint16_t words[5];
    assert_int_equal(rig_get(0x0218, words, 5), 0);
    assert_int_equal(v->bad_length, 4);
    assert_int_equal(rig_poke(0x0006, 1), IB_OK);
    assert_int_equal(rig_poke(0x0004, 0x0202), IB_OK);
    rig_wait_us(2000);
    assert_int_equal(v->bad_length, 5);
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 5);
}

static void results_of_bad_commands(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    static const struct {
        uint16_t command;
        int result;
    } rows[] = {
        {0x0202, 0},  {0x0200, -7},                // ping is a RUN
        {0x0201, -7}, {0x0203, -7},  {0x02FC, -7}, // no such id
        {0x0500, -7},                              // no such module
        {0x8202, -7}, {0x1202, -7},  {0x2202, -7}, // bits that have to be zero
        {0x0800, -1}, {0x0E10, -1},                // OEM and RAD without the protection bit
        {0x4218, -1}, {0x4100, -1},                // and the others with it
        {0x481D, -7},                              // the part number cannot be SET
        {0x0242, 0},  {0x485E, -15}, {0x4862, -18},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(rig_poke(0x0006, 0), IB_OK);
        assert_int_equal(rig_poke(0x0004, rows[i].command), IB_OK);
        rig_wait_us(10000);
        uint16_t status = (uint16_t)((unsigned)(uint8_t)rows[i].result << 8 | 6u);
        if (rig_peek(0x0002) != status)
            fail_msg("command %04X: status %04X, not %04X", rows[i].command, rig_peek(0x0002),
                     status);
    }
    // The status of the command before can be asked for.
    assert_int_equal(rig_run(0x02FE), -7);
    assert_int_equal((int32_t)rig_get_32(0x4848), -7);
    assert_int_equal((int32_t)rig_get_32(0x4848), 0);
}

static void every_unknown_id_answers_minus_7(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    unsigned known = 0, unknown = 0;
    static const uint16_t bases[5] = {0x0100, 0x0200, 0x0300, 0x4800, 0x4E00};
    for (unsigned b = 0; b < 5; b++) {
        for (unsigned id = 0; id < 0x100; id += 4) {
            int result = rig_get((uint16_t)(bases[b] + id), (uint16_t[512]){0}, 0);
            if (result == 0)
                known++;
            else if (result == -7)
                unknown++;
            else
                fail_msg("GET %04X answered %d", bases[b] + id, result);
        }
    }
    // 76 objects of a radiometric part can be read.
    assert_int_equal(known + unknown, 5 * 64);
    assert_int_equal(known, 76);
}

static void violations_of_the_bus(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    const struct ib_sim_violations *v = ib_sim_lepton_violations(&rig.part);
    uint8_t bytes[3];
    struct ib_i2c_part part = {bytes, 2, 1};
    assert_int_equal(ib_i2c_transfer(&rig.i2c, 0x2B, &part, 1), IB_E_NACK);
    assert_int_equal(v->wrong_address, 1);
    assert_int_equal(rig_write((const uint8_t[]){0x00, 0x08, 0x12}, 3), IB_OK);
    assert_int_equal(v->odd_bytes, 1);
    assert_int_equal(rig_write((const uint8_t[]){0x00}, 1), IB_OK);
    assert_int_equal(v->odd_bytes, 2);
    assert_int_equal(rig_read(0x0002, bytes, 3), IB_OK);
    assert_int_equal(v->odd_bytes, 3);
    assert_int_equal(v->reserved_register, 0);
    (void)rig_peek(0x002A);
    (void)rig_peek(0xF7FE);
    (void)rig_peek(0x0003);
    assert_int_equal(v->reserved_register, 3);
    assert_int_equal(rig_poke(0x0100, 1), IB_OK);
    assert_int_equal(rig_poke(0x0002, 0), IB_OK); // the status cannot be written
    assert_int_equal(v->reserved_register, 5);
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 9);
    // An address alone is a probe.
    assert_int_equal(rig_write(NULL, 0), IB_OK);
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 9);
}

static void run_ffc_is_busy_for_5_ms_then_tells(void **state) {
    (void)state;
    rig_ready("3.5", NULL);
    assert_int_equal(rig_poke(0x0006, 0), IB_OK);
    assert_int_equal(rig_poke(0x0004, 0x0242), IB_OK);
    uint64_t begin_us = rig.clock.now_us;
    while (rig_peek(0x0002) & 1)
        ;
    assert_in_range(rig.clock.now_us - begin_us, 4900, 5200);
    assert_int_equal(rig_get_32(0x0244), 1);
    while (rig_get_32(0x0244) != 0)
        rig_wait_us(1000);
    assert_in_range(rig.clock.now_us - begin_us, 867000 + 5000, 868000 + 8000);
    rig_clean();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enable_telemetry_as_bytes),
        cmocka_unit_test(read_tlinear_as_bytes),
        cmocka_unit_test(the_pointer_survives_between_transactions),
        cmocka_unit_test(busy_lasts_its_time_and_ignores_writes),
        cmocka_unit_test(long_objects_use_the_block_buffer),
        cmocka_unit_test(lengths),
        cmocka_unit_test(results_of_bad_commands),
        cmocka_unit_test(every_unknown_id_answers_minus_7),
        cmocka_unit_test(violations_of_the_bus),
        cmocka_unit_test(run_ffc_is_busy_for_5_ms_then_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
