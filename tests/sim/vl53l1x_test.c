/// The simulated VL53L1X raw: addresses and values transcribed once more, no driver in here.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <string.h>

#include "core/status.h"
#include "sim/vl53l1x.h"

static struct ib_sim_clock watch;
static struct ib_sim_vl53l1x part;
static struct ib_i2c bus;
static uint8_t address = 0x29;

static const uint8_t settings[91] = {
    0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x02, 0x08, 0x00, 0x08, 0x10, 0x01, 0x01, 0x00, 0x00, 0x00,
    0x00, 0xFF, 0x00, 0x0F, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x0B, 0x00, 0x00, 0x02, 0x0A, 0x21,
    0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0xC8, 0x00, 0x00, 0x38, 0xFF, 0x01, 0x00, 0x08, 0x00,
    0x00, 0x01, 0xDB, 0x0F, 0x01, 0xF1, 0x0D, 0x01, 0x68, 0x00, 0x80, 0x08, 0xB8, 0x00, 0x00, 0x00,
    0x00, 0x0F, 0x89, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x0F, 0x0D, 0x0E, 0x0E, 0x00,
    0x00, 0x02, 0xC7, 0xFF, 0x9B, 0x00, 0x00, 0x00, 0x01, 0x01, 0x40};

static void wait_us(uint64_t us) {
    ib_sim_clock_spend(&watch, us);
}

static void make(const char *scene, bool quiet) {
    ib_sim_clock_init(&watch);
    struct ib_sim_vl53l1x_config config = {
        .clock = &watch, .scene = ib_sim_scene_named(scene), .seed = 7, .quiet = quiet};
    assert_non_null(config.scene);
    assert_int_equal(ib_sim_vl53l1x_init(&part, &config), IB_OK);
    bus = ib_sim_vl53l1x_i2c(&part);
    address = 0x29;
}

static int write_at(uint16_t where, const uint8_t *bytes, size_t size) {
    uint8_t all[100] = {(uint8_t)(where >> 8), (uint8_t)where};
    memcpy(all + 2, bytes, size);
    struct ib_i2c_part one = {all, size + 2, 0};
    return ib_i2c_transfer(&bus, address, &one, 1);
}

static int read_at(uint16_t where, uint8_t *bytes, size_t size) {
    uint8_t head[2] = {(uint8_t)(where >> 8), (uint8_t)where};
    struct ib_i2c_part parts[2] = {{head, 2, 0}, {bytes, size, 1}};
    return ib_i2c_transfer(&bus, address, parts, 2);
}

static void poke(uint16_t where, uint8_t value) {
    assert_int_equal(write_at(where, &value, 1), IB_OK);
}

static void poke16(uint16_t where, unsigned value) {
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    assert_int_equal(write_at(where, bytes, 2), IB_OK);
}

static void poke32(uint16_t where, uint32_t value) {
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                        (uint8_t)value};
    assert_int_equal(write_at(where, bytes, 4), IB_OK);
}

static uint8_t peek(uint16_t where) {
    uint8_t value = 0;
    assert_int_equal(read_at(where, &value, 1), IB_OK);
    return value;
}

static unsigned peek16(uint16_t where) {
    uint8_t value[2] = {0};
    assert_int_equal(read_at(where, value, 2), IB_OK);
    return (unsigned)value[0] << 8 | value[1];
}

static uint32_t violations(void) {
    return ib_sim_vl53l1x_violation_count(&part);
}

/// Reset, boot, identity, default settings: ranging begins with their last byte.
static void set_up(bool go) {
    poke(0x0000, 0);
    wait_us(100000);
    poke(0x0000, 1);
    wait_us(1200);
    assert_int_equal(peek(0x00E5) & 1, 1);
    assert_int_equal(peek16(0x010F), 0xEACC);
    uint8_t block[91];
    memcpy(block, settings, sizeof block);
    if (!go)
        block[90] = 0;
    assert_int_equal(write_at(0x002D, block, sizeof block), IB_OK);
    poke16(0x001E, peek16(0x0022) * 4);
}

static void ready(const char *scene, bool quiet) {
    make(scene, quiet);
    set_up(true);
}

/// Microseconds until data are ready; 0 when they are not within a second.
static uint64_t wait_ready(void) {
    uint64_t from_us = watch.now_us;
    while (watch.now_us < from_us + 1000000) {
        int level = (peek(0x0030) & 0x10) ? 0 : 1;
        if ((peek(0x0031) & 1) == level)
            return watch.now_us - from_us;
        wait_us(200);
    }
    return 0;
}

struct result {
    unsigned status, stream, spads, signal, ambient, sigma, mm;
};

static struct result take(void) {
    uint8_t r[17];
    assert_true(wait_ready() > 0);
    assert_int_equal(read_at(0x0089, r, sizeof r), IB_OK);
    poke(0x0086, 1);
    return (struct result){r[0] & 31u,
                           r[2],
                           (unsigned)r[3] << 8 | r[4],
                           (unsigned)r[5] << 8 | r[6],
                           (unsigned)r[7] << 8 | r[8],
                           (unsigned)r[9] << 8 | r[10],
                           (unsigned)r[13] << 8 | r[14]};
}

static void it_boots_and_says_who_it_is(void **state) {
    (void)state;
    make("flat", true);
    assert_int_equal(peek(0x00E5) & 1, 0);
    wait_us(1200);
    assert_int_equal(peek(0x00E5) & 1, 1);
    assert_int_equal(peek(0x010F), 0xEA);
    assert_int_equal(peek(0x0110), 0xCC);
    assert_int_equal(peek(0x0111), 0x10);
    assert_int_equal(violations(), 0);
    poke(0x0000, 0);
    poke(0x0000, 1); // only the wire's 95 us later
    assert_int_equal(ib_sim_vl53l1x_violations(&part)->reset_too_short, 1);
    assert_int_equal(peek(0x00E5) & 1, 0);
    (void)peek16(0x010F);
    assert_true(ib_sim_vl53l1x_violations(&part)->during_boot > 0);
}

static void xshut_takes_everything_away(void **state) {
    (void)state;
    uint8_t byte;
    ready("flat", true);
    struct ib_gpio xshut = ib_sim_vl53l1x_xshut(&part);
    assert_int_equal(ib_gpio_get(&xshut), 1);
    poke(0x0001, 0x31);
    address = 0x31;
    assert_int_equal(ib_sim_vl53l1x_address(&part), 0x31);
    assert_int_equal(peek16(0x010F), 0xEACC);
    ib_gpio_set(&xshut, 0);
    assert_int_equal(read_at(0x010F, &byte, 1), IB_E_NACK);
    wait_us(1000);
    ib_gpio_set(&xshut, 1);
    wait_us(2000);
    assert_int_equal(ib_sim_vl53l1x_address(&part), 0x29);
    address = 0x29;
    assert_int_equal(peek(0x0060), 0); // the settings are gone
    assert_int_equal(peek16(0x010F), 0xEACC);
    assert_int_equal(violations(), 0);
    address = 0x30;
    assert_int_equal(read_at(0x010F, &byte, 1), IB_E_NACK);
    assert_int_equal(ib_sim_vl53l1x_violations(&part)->wrong_address, 1);
}

static void the_default_block_starts_ranging(void **state) {
    (void)state;
    ready("flat", true);
    uint8_t back[88];
    assert_int_equal(read_at(0x002D, back, 4), IB_OK);
    assert_memory_equal(back, settings, 4);
    uint64_t took_us = wait_ready();
    assert_in_range(took_us, 95000, 102000);
    struct result r = take();
    assert_int_equal(r.status, 9);
    assert_int_equal(r.mm, 1000);
    assert_int_equal(r.stream, 1);
    assert_true(r.spads > 0xF000);
    assert_int_equal(take().stream, 2);
    // Back to back: one each 100 ms.
    poke(0x0087, 0x00);
    wait_us(300000);
    assert_int_equal(wait_ready(), 0);
    assert_int_equal(violations(), 0);
}

static void the_factorys_offset_belongs_in(void **state) {
    (void)state;
    ready("flat", true);
    poke16(0x001E, 0);
    (void)take();
    assert_int_equal(take().mm, 990);
    poke16(0x001E, (unsigned)-40 & 0xFFFF);
    (void)take();
    assert_int_equal(take().mm, 980);
}

static void polarity_turns_the_ready_bit(void **state) {
    (void)state;
    ready("flat", true);
    assert_int_equal(peek(0x0031) & 1, 0);
    wait_us(110000);
    assert_int_equal(peek(0x0031) & 1, 1);
    poke(0x0030, 0x11);
    assert_int_equal(peek(0x0031) & 1, 0);
    poke(0x0086, 1);
    assert_int_equal(peek(0x0031) & 1, 1);
    assert_int_equal(take().status, 9);
    assert_int_equal(violations(), 0);
}

static void budgets_take_their_time(void **state) {
    (void)state;
    static const struct {
        bool far;
        unsigned a, b, ms;
    } rows[] = {
        {false, 0x001D, 0x0027, 15},  {false, 0x0051, 0x006E, 20},  {false, 0x00D6, 0x006E, 33},
        {false, 0x01AE, 0x01E8, 50},  {false, 0x02E1, 0x0388, 100}, {false, 0x03E1, 0x0496, 200},
        {false, 0x0591, 0x05C1, 500}, {true, 0x001E, 0x0022, 20},   {true, 0x0060, 0x006E, 33},
        {true, 0x00AD, 0x00C6, 50},   {true, 0x01CC, 0x01EA, 100},  {true, 0x02D9, 0x02F8, 200},
        {true, 0x048F, 0x04A4, 500}};
    make("flat", true);
    set_up(false);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        poke(0x004B, rows[i].far ? 0x0A : 0x14);
        poke(0x0060, rows[i].far ? 0x0F : 0x07);
        poke(0x0063, rows[i].far ? 0x0D : 0x05);
        poke(0x0069, rows[i].far ? 0xB8 : 0x38);
        poke16(0x0078, rows[i].far ? 0x0F0D : 0x0705);
        poke16(0x007A, rows[i].far ? 0x0E0E : 0x0606);
        poke16(0x005E, rows[i].a);
        poke16(0x0061, rows[i].b);
        unsigned clock = peek16(0x00DE) & 0x3FF;
        unsigned period_ms = rows[i].ms + 30;
        poke32(0x006C, (uint32_t)(clock * period_ms * 1.075));
        poke(0x0087, 0x40);
        uint64_t took_us = wait_ready();
        if (took_us < rows[i].ms * 1000u - 300 || took_us > rows[i].ms * 1000u + 600)
            fail_msg("%s %u ms: %u us", rows[i].far ? "long" : "short", rows[i].ms,
                     (unsigned)took_us);
        uint64_t first_us = watch.now_us;
        poke(0x0086, 1);
        assert_true(wait_ready() > 0);
        assert_in_range(watch.now_us - first_us, period_ms * 1000u - 1000,
                        period_ms * 1000u + 1000);
        poke(0x0086, 1);
        poke(0x0087, 0x00);
    }
    assert_int_equal(violations(), 0);
    poke32(0x006C, 1000);
    poke(0x0087, 0x40);
    assert_int_equal(ib_sim_vl53l1x_violations(&part)->period_below_budget, 1);
}

static void a_single_shot_is_one(void **state) {
    (void)state;
    make("flat", true);
    set_up(false);
    poke(0x0087, 0x10);
    assert_int_equal(take().mm, 1000);
    assert_int_equal(wait_ready(), 0);
    assert_int_equal(violations(), 0);
}

static void a_missed_clear_keeps_the_interrupt_only(void **state) {
    (void)state;
    ready("flat", true);
    assert_true(wait_ready() > 0);
    assert_int_equal(peek16(0x0096), 1000);
    ib_sim_vl53l1x_place(&part, 500);
    wait_us(250000);
    assert_int_equal(peek(0x0031) & 1, 1);
    assert_int_equal(peek16(0x0096), 500);
    assert_int_equal(violations(), 0);
}

static void noise_grows_with_distance_and_light(void **state) {
    (void)state;
    static const struct { float mm, light; } rows[] = {{300, 1}, {1500, 1}, {2800, 1}, {1500, 4}};
    double deviations[4], sigmas[4];
    ready("flat", false);
    for (unsigned i = 0; i < 4; i++) {
        ib_sim_vl53l1x_place(&part, rows[i].mm);
        ib_sim_vl53l1x_light(&part, rows[i].light);
        (void)take();
        (void)take();
        double sum = 0, squares = 0;
        for (int n = 0; n < 200; n++) {
            struct result r = take();
            assert_int_equal(r.status, 9);
            sum += r.mm;
            squares += (double)r.mm * r.mm;
            sigmas[i] = r.sigma / 4.0;
        }
        deviations[i] = sqrt(squares / 200 - sum * sum / 40000);
        assert_true(fabs(sum / 200 - (double)rows[i].mm) < 1 + deviations[i] / 4);
        assert_true(deviations[i] < 1.4 * sigmas[i] + 0.5 && deviations[i] > 0.6 * sigmas[i] - 0.5);
    }
    assert_true(deviations[1] > 1.5 * deviations[0]);
    assert_true(deviations[2] > 1.5 * deviations[1]);
    assert_true(deviations[3] > 1.3 * deviations[1]);
    assert_int_equal(violations(), 0);
}

static void beyond_its_reach_is_out_of_range(void **state) {
    (void)state;
    ready("flat", true);
    ib_sim_vl53l1x_place(&part, 6000);
    (void)take();
    struct result r = take();
    assert_int_equal(r.status, 4);
    assert_int_equal(r.mm, 0);
    assert_true(r.signal < 10);
    // Short mode ends at 1.3 m, daylight takes the long one's end away.
    ib_sim_vl53l1x_place(&part, 2500);
    (void)take();
    assert_int_equal(take().status, 9);
    ib_sim_vl53l1x_light(&part, 10);
    (void)take();
    assert_int_equal(take().status, 4);
    ib_sim_vl53l1x_light(&part, 1);
    poke(0x0087, 0);
    poke(0x0060, 0x07);
    poke(0x0063, 0x05);
    poke(0x0087, 0x40);
    (void)take();
    assert_int_equal(take().status, 4);
    ib_sim_vl53l1x_place(&part, 1250);
    (void)take();
    assert_int_equal(take().mm, 1250);
    assert_int_equal(violations(), 0);
}

static void it_measures_the_scene(void **state) {
    (void)state;
    static const struct {
        const char *scene;
        unsigned least, most;
    } rows[] = {
        {"kettle", 640, 900}, {"board", 248, 252}, {"hot", 1040, 1200}, {"flat", 1000, 1000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ready(rows[i].scene, true);
        struct result r = take();
        assert_int_equal(r.status, 9);
        assert_in_range(r.mm, rows[i].least, rows[i].most);
    }
    ready("house", true);
    assert_int_equal(take().status, 4); // across the street
    // Somebody walks through: nearer while in front, and the number follows the truth.
    ready("person", true);
    unsigned near = 9999, far = 0, close = 0;
    for (int i = 0; i < 90; i++) {
        unsigned mm = take().mm;
        float truth = ib_sim_vl53l1x_truth_mm(&part);
        close += fabs((double)mm - (double)truth) < 60;
        near = mm < near ? mm : near;
        far = mm > far ? mm : far;
        wait_us(100000);
    }
    assert_true(near > 2800 && near < 3250 && far > 3350);
    assert_true(close > 70); // it measures a moment ago
    assert_int_equal(violations(), 0);
}

static void a_smaller_region_sees_less(void **state) {
    (void)state;
    make("kettle", true);
    set_up(false);
    unsigned seen[2];
    for (unsigned i = 0; i < 2; i++) {
        poke(0x0080, i ? 0x33 : 0xFF);
        poke(0x0087, 0x40);
        struct result r = take();
        seen[i] = r.mm;
        assert_int_equal(r.spads / 256, i ? 15 : 255);
        poke(0x0087, 0);
        wait_us(200000);
        poke(0x0086, 1);
    }
    assert_true(seen[0] != seen[1]);
    assert_int_equal(violations(), 0);
    poke(0x0080, 0x22);
    poke(0x0087, 0x40);
    assert_int_equal(ib_sim_vl53l1x_violations(&part)->roi, 1);
}

static void mistakes_are_counted(void **state) {
    (void)state;
    const struct ib_sim_vl53l1x_violations *v = ib_sim_vl53l1x_violations(&part);
    make("flat", true);
    wait_us(2000);
    poke(0x0087, 0x40);
    assert_int_equal(v->started_unset, 1);
    ready("flat", true);
    poke(0x010F, 1);
    poke(0x0096, 1);
    assert_int_equal(v->read_only, 2);
    (void)peek(0x0300);
    assert_int_equal(v->unknown_register, 1);
    poke16(0x005E, 0x00AD);
    assert_int_equal(v->changed_while_ranging, 2);
    uint8_t byte = 0;
    struct ib_i2c_part one = {&byte, 1, 0};
    (void)ib_i2c_transfer(&bus, 0x29, &one, 1);
    assert_int_equal(v->half_address, 1);
}

static void faults_have_names_and_strike(void **state) {
    (void)state;
    for (int i = 0; i < IB_SIM_VL53L1X_FAULTS; i++) {
        const char *name = ib_sim_vl53l1x_fault_name((enum ib_sim_vl53l1x_fault)i);
        assert_true(name && strlen(ib_sim_vl53l1x_fault_about((enum ib_sim_vl53l1x_fault)i)) > 5);
        assert_int_equal(ib_sim_vl53l1x_fault_named(name), i);
    }
    assert_null(ib_sim_vl53l1x_fault_name(IB_SIM_VL53L1X_FAULTS));
    assert_int_equal(ib_sim_vl53l1x_fault_named(NULL), IB_SIM_VL53L1X_WELL);
    uint8_t byte;
    ready("flat", true);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_NACK, 1, 0);
    assert_int_equal(ib_sim_vl53l1x_faulty(&part), IB_SIM_VL53L1X_NACK);
    assert_int_equal(read_at(0x010F, &byte, 1), IB_E_NACK);
    assert_int_equal(read_at(0x010F, &byte, 1), IB_OK);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_STUCK, 0, 15000);
    assert_int_equal(read_at(0x010F, &byte, 1), IB_E_TIMEOUT);
    assert_int_equal(read_at(0x010F, &byte, 1), IB_E_TIMEOUT);
    assert_int_equal(read_at(0x010F, &byte, 1), IB_OK);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_BIT_FLIP, 1, 0);
    assert_int_equal(__builtin_popcount(peek16(0x010F) ^ 0xEACCu), 1);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_WRONG_ID, 0, 0);
    assert_int_not_equal(peek16(0x010F), 0xEACC);
    ib_sim_vl53l1x_heal(&part);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_OUT_OF_RANGE, 0, 0);
    (void)take();
    assert_int_equal(take().status, 4);
    ib_sim_vl53l1x_heal(&part);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_NEVER_READY, 0, 0);
    poke(0x0086, 1);
    assert_int_equal(wait_ready(), 0);
    ib_sim_vl53l1x_heal(&part);
    assert_int_equal(take().status, 9);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_NEVER_BOOTS, 0, 0);
    poke(0x0000, 0);
    wait_us(1000);
    poke(0x0000, 1);
    wait_us(500000);
    assert_int_equal(peek(0x00E5) & 1, 0);
    ib_sim_vl53l1x_heal(&part);
    wait_us(2000);
    assert_int_equal(peek(0x00E5) & 1, 1);
    ib_sim_vl53l1x_fault(&part, IB_SIM_VL53L1X_UNPLUG, 0, 0);
    assert_int_equal(read_at(0x010F, &byte, 1), IB_E_NACK);
    assert_int_equal(violations(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_boots_and_says_who_it_is),
        cmocka_unit_test(xshut_takes_everything_away),
        cmocka_unit_test(the_default_block_starts_ranging),
        cmocka_unit_test(the_factorys_offset_belongs_in),
        cmocka_unit_test(polarity_turns_the_ready_bit),
        cmocka_unit_test(budgets_take_their_time),
        cmocka_unit_test(a_single_shot_is_one),
        cmocka_unit_test(a_missed_clear_keeps_the_interrupt_only),
        cmocka_unit_test(noise_grows_with_distance_and_light),
        cmocka_unit_test(beyond_its_reach_is_out_of_range),
        cmocka_unit_test(it_measures_the_scene),
        cmocka_unit_test(a_smaller_region_sees_less),
        cmocka_unit_test(mistakes_are_counted),
        cmocka_unit_test(faults_have_names_and_strike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
