/// Pins by name, who has them, and LEDs: on pins that remember what was done to them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above.
#include <cmocka.h>
#include <string.h>

#include "core/status.h"
#include "openmv/identity.h"
#include "openmv/lights.h"
#include "openmv/pins.h"

static struct fake {
    struct ib_pin table;
    int level, refuses;
    enum ib_pin_direction direction;
    enum ib_pin_pull pull;
    unsigned edges, blinks; ///< times an output went from dark to lit
} fakes[IB_PT_PINS];
static const struct ib_pin *table[IB_PT_PINS];
static struct ib_pins pins;

static int fake_set(void *context, int level) {
    struct fake *self = context;
    self->blinks += level != self->level;
    self->level = level;
    return IB_OK;
}

static int fake_get(void *context) {
    return ((struct fake *)context)->level;
}

static int fake_mode(void *context, enum ib_pin_direction direction, enum ib_pin_pull pull) {
    struct fake *self = context;
    if (self->refuses)
        return IB_E_UNSUPPORTED;
    self->direction = direction;
    self->pull = pull;
    return IB_OK;
}

static int fake_watch(void *context, unsigned edges, const struct ib_pin_watcher *watcher) {
    (void)watcher;
    ((struct fake *)context)->edges = edges;
    return IB_OK;
}

static int setup(void **state) {
    static const struct ib_pin_ops OPS = {fake_set, fake_get, fake_mode, fake_watch};
    (void)state;
    memset(fakes, 0, sizeof fakes);
    for (unsigned pin = 0; pin < IB_PT_PINS; pin++) {
        fakes[pin].table = (struct ib_pin){&OPS, &fakes[pin]};
        table[pin] = &fakes[pin].table;
    }
    ib_pins_init(&pins, table);
    ib_pins_reset(&pins);
    return 0;
}

static int find(const char *name) {
    return ib_pins_find(name, strlen(name));
}

static void names(void **state) {
    (void)state;
    assert_int_equal(find("P0"), IB_PT_P0);
    assert_int_equal(find("PB15"), IB_PT_P0);
    assert_int_equal(find("B15"), IB_PT_P0);
    assert_int_equal(find("A5"), IB_PT_P6);
    assert_int_equal(find("E2"), IB_PT_P9);
    assert_int_equal(find("LED_WHITE"), IB_PT_LED_WHITE);
    assert_int_equal(find("PG3"), IB_PT_LED_WHITE);
    assert_int_equal(find("BUZZER"), IB_PT_BUZZER);
    const char *const none[] = {"", "P", "P10", "p0", "PP0", "B1", "B155", "PPB15", "LED", "P0 "};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(find(none[i]), IB_E_NOT_FOUND);
    assert_int_equal(ib_pins_find("P0x", 2), IB_PT_P0);
    assert_int_equal(ib_pins_find("P0\0", 3), IB_E_NOT_FOUND);
}

static void users(void **state) {
    (void)state;
    const struct ib_board_pt_bus *two = ib_pins_i2c(2);
    assert_int_equal(two->scl, IB_PT_P4);
    assert_int_equal(two->sda, IB_PT_P5);
    assert_int_equal(ib_pins_i2c(4)->scl, IB_PT_P7);
    assert_null(ib_pins_i2c(1));
    assert_null(ib_pins_i2c(3));
    struct ib_pins_use bus = {IB_PINS_I2C, 2}, other = {IB_PINS_I2C, 4};
    assert_false(ib_pins_has(&pins, IB_PT_P4, bus));
    ib_pins_take(&pins, IB_PT_P4, bus);
    assert_true(ib_pins_has(&pins, IB_PT_P4, bus));
    assert_false(ib_pins_has(&pins, IB_PT_P4, other));
    assert_false(ib_pins_has(&pins, IB_PT_P5, bus));
    // Refused: nothing has changed hands.
    fakes[IB_PT_P4].refuses = 1;
    assert_int_equal(ib_pins_configure(&pins, IB_PT_P4, IB_PIN_OUTPUT, IB_PIN_PULL_NONE),
                     IB_E_UNSUPPORTED);
    assert_true(ib_pins_has(&pins, IB_PT_P4, bus));
    fakes[IB_PT_P4].refuses = 0;
    assert_int_equal(ib_pins_configure(&pins, IB_PT_P4, IB_PIN_OUTPUT, IB_PIN_PULL_UP), IB_OK);
    assert_false(ib_pins_has(&pins, IB_PT_P4, bus));
    assert_int_equal(fakes[IB_PT_P4].direction, IB_PIN_OUTPUT);
    assert_int_equal(fakes[IB_PT_P4].pull, IB_PIN_PULL_UP);
    ib_pins_take(&pins, IB_PT_P4, bus);
    ib_pins_reset(&pins);
    assert_false(ib_pins_has(&pins, IB_PT_P4, bus));
    assert_int_equal(fakes[IB_PT_P4].direction, IB_PIN_INPUT);
    assert_int_equal(fakes[IB_PT_P4].pull, IB_PIN_PULL_NONE);
}

/// B12 and D12 share a line, B13 and D13 too; nothing else that is on the header does.
static void lines(void **state) {
    (void)state;
    static const struct ib_pin_watcher WATCHER = {NULL, NULL};
    unsigned shared = 0;
    for (unsigned one = 0; one <= IB_PT_P9; one++) {
        assert_int_equal(ib_pins_watch(&pins, one, IB_PIN_RISING, &WATCHER), IB_OK);
        for (unsigned other = 0; other <= IB_PT_P9; other++) {
            assert_true(ib_pins_line_taken(&pins, other) == one ||
                        ib_pins_line_taken(&pins, other) == other);
            shared += other != one && ib_pins_line_taken(&pins, other) == one;
        }
        ib_pins_unwatch_all(&pins);
        assert_int_equal(fakes[one].edges, 0);
    }
    assert_int_equal(shared, 4);
    ib_pins_watch(&pins, IB_PT_P3, IB_PIN_RISING, &WATCHER);
    assert_int_equal(ib_pins_watch(&pins, IB_PT_P7, IB_PIN_RISING, &WATCHER), IB_E_BUSY);
    ib_pins_watch(&pins, IB_PT_P3, 0, NULL);
    assert_int_equal(ib_pins_watch(&pins, IB_PT_P7, IB_PIN_RISING, &WATCHER), IB_OK);
}

static void lights(void **state) {
    (void)state;
    const int dark[] = {1, 1, 1, 0};
    for (unsigned light = 0; light < IB_LIGHTS; light++) {
        struct fake *fake = &fakes[ib_lights_pin(light)];
        assert_int_equal(fake->level, dark[light]);
        assert_int_equal(fake->direction, IB_PIN_OUTPUT);
        assert_false(ib_lights_lit(&pins, light));
        assert_int_equal(ib_lights_show(&pins, light, true), IB_OK);
        assert_int_equal(fake->level, !dark[light]);
        assert_true(ib_lights_lit(&pins, light));
        assert_int_equal(ib_lights_of_pin(ib_lights_pin(light)), (int)light);
    }
    assert_int_equal(ib_lights_pin(0), IB_PT_LED_RED);
    assert_int_equal(ib_lights_pin(1), IB_PT_LED_GREEN);
    assert_int_equal(ib_lights_pin(2), IB_PT_LED_BLUE);
    assert_int_equal(ib_lights_pin(3), IB_PT_LED_WHITE);
    assert_int_equal(ib_lights_of_pin(IB_PT_P0), -1);
    assert_int_equal(ib_lights_level(IB_PT_P0, true), 0);
    // A reset goes from lit to dark, and nothing else happens on the way.
    fakes[IB_PT_LED_RED].blinks = fakes[IB_PT_LED_WHITE].blinks = 0;
    ib_pins_reset(&pins);
    assert_int_equal(fakes[IB_PT_LED_RED].blinks, 1);
    assert_int_equal(fakes[IB_PT_LED_WHITE].blinks, 1);
}

/// In six steps all of red, green and blue in turn; the illuminator stays dark.
static void fault(void **state) {
    (void)state;
    static const int LIT[6] = {1, 3, 7, 6, 4, 0}; // red 1, green 2, blue 4
    for (unsigned step = 0; step < 18; step++) {
        ib_lights_fault(&pins, step);
        int lit =
            ib_lights_lit(&pins, 0) | ib_lights_lit(&pins, 1) << 1 | ib_lights_lit(&pins, 2) << 2;
        assert_int_equal(lit, LIT[step % 6]);
        assert_false(ib_lights_lit(&pins, 3));
    }
}

static void missing(void **state) {
    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        table[IB_PT_LED_RED] = table[IB_PT_P0] = NULL;
        ib_pins_init(&pins, round ? NULL : table);
        ib_pins_reset(&pins);
        assert_false(ib_pins_there(&pins, IB_PT_P0));
        assert_int_equal(ib_pins_get(&pins, IB_PT_P0), IB_E_NOT_READY);
        assert_int_equal(ib_pins_set(&pins, IB_PT_P0, 1), IB_E_NOT_READY);
        assert_int_equal(ib_pins_watch(&pins, IB_PT_P0, 1, NULL), IB_E_NOT_READY);
        assert_int_equal(ib_lights_show(&pins, 0, true), IB_E_NOT_READY);
        assert_false(ib_lights_lit(&pins, 0));
        ib_lights_fault(&pins, 0);
    }
}

static void identity(void **state) {
    (void)state;
    // The words 0x03020100, 0x07060504 and 0x0B0A0908 as they lie in memory.
    static const uint8_t ID[IB_IDENTITY_ID_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    char text[IB_IDENTITY_TEXT_SIZE];
    ib_identity_text(ID, text);
    assert_string_equal(text, "0B0A09080706050403020100");
    struct ib_cpu_clocks clocks;
    assert_int_equal(ib_cpu_clocks(&clocks, 480), IB_OK);
    assert_int_equal(clocks.system_hz, 480000000);
    assert_int_equal(clocks.hclk_hz, 240000000);
    assert_int_equal(clocks.pclk2_hz, 120000000);
    assert_int_equal(ib_cpu_clocks(&clocks, 100), IB_E_UNSUPPORTED);
    assert_int_equal(ib_cpu_clocks(&clocks, 0), IB_E_UNSUPPORTED);
}

int main(void) {
#define PINS_TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        PINS_TEST(names), PINS_TEST(users),   PINS_TEST(lines),    PINS_TEST(lights),
        PINS_TEST(fault), PINS_TEST(missing), PINS_TEST(identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
