/// The simulated pins raw: who wins on a wire, and who is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/status.h"
#include "sim/pins.h"

static struct ib_sim_pins net;
static struct ib_pin pin;
static unsigned told, rising, falling, order;
static size_t told_pin;
static int told_level;

static void on_change(void *context, size_t which, int level) {
    (void)context;
    told++;
    told_pin = which;
    told_level = level;
    order = order * 10 + 1;
}

static void on_edge(void *context, unsigned edge) {
    (void)context;
    rising += edge == IB_PIN_RISING;
    falling += edge == IB_PIN_FALLING;
    order = order * 10 + 2;
}

static const struct ib_pin_watcher WATCHER = {.edge = on_edge};

static void begin(void) {
    ib_sim_pins_init(&net);
    net.changed = on_change;
    pin = ib_sim_pins_table(&net, 3);
    told = rising = falling = order = 0;
}

/// Every combination, against the rule as a person would say it.
static void who_wins(void **state) {
    (void)state;
    for (int direction = IB_PIN_INPUT; direction <= IB_PIN_ANALOG; direction++) {
        for (int pull = IB_PIN_PULL_NONE; pull <= IB_PIN_PULL_DOWN; pull++) {
            for (int latch = 0; latch <= 1; latch++) {
                for (int outside = IB_SIM_DRIVE_FLOAT; outside <= IB_SIM_DRIVE_HIGH; outside++) {
                    int expected = pull == IB_PIN_PULL_UP;
                    if (direction == IB_PIN_OUTPUT)
                        expected = latch;
                    if (direction == IB_PIN_OPEN_DRAIN && latch == 0)
                        expected = 0;
                    if (outside != IB_SIM_DRIVE_FLOAT)
                        expected = outside == IB_SIM_DRIVE_HIGH;
                    begin();
                    assert_int_equal(ib_pin_set(&pin, latch), IB_OK);
                    assert_int_equal(
                        ib_pin_mode(&pin, (enum ib_pin_direction)direction, (enum ib_pin_pull)pull),
                        IB_OK);
                    ib_sim_pins_drive(&net, 3, (enum ib_sim_drive)outside);
                    assert_int_equal(ib_sim_pins_level(&net, 3), expected);
                    assert_int_equal(ib_pin_get(&pin), direction == IB_PIN_ANALOG ? 0 : expected);
                    assert_int_equal(ib_sim_pins_level(&net, 2), 0);
                }
            }
        }
    }
}

static void a_latch_waits_for_its_pin(void **state) {
    (void)state;
    begin();
    assert_int_equal(ib_pin_set(&pin, 1), IB_OK);
    assert_int_equal(ib_pin_get(&pin), 0);
    assert_int_equal(ib_pin_mode(&pin, IB_PIN_OUTPUT, IB_PIN_PULL_NONE), IB_OK);
    assert_int_equal(ib_pin_get(&pin), 1);
    assert_int_equal(told, 1);
    assert_int_equal(told_pin, 3);
    assert_int_equal(told_level, 1);
}

static void a_button_against_an_output(void **state) {
    (void)state;
    begin();
    ib_pin_set(&pin, 1);
    ib_pin_mode(&pin, IB_PIN_OUTPUT, IB_PIN_PULL_NONE);
    assert_int_equal(net.pins[3].conflicts, 0);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_LOW);
    assert_int_equal(ib_pin_get(&pin), 0);
    assert_int_equal(net.pins[3].conflicts, 1);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_FLOAT);
    assert_int_equal(ib_pin_get(&pin), 1);
}

static void edges_are_told(void **state) {
    (void)state;
    begin();
    ib_pin_mode(&pin, IB_PIN_INPUT, IB_PIN_PULL_UP);
    assert_int_equal(told, 1);
    assert_int_equal(ib_pin_watch(&pin, IB_PIN_FALLING, &WATCHER), IB_OK);
    order = 0;
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_LOW);
    assert_int_equal(order, 12); // the world first, then the watcher
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_LOW);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_HIGH);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_FLOAT); // still high: pulled
    assert_int_equal(falling, 1);
    assert_int_equal(rising, 0);
    assert_int_equal(told, 3);
    ib_pin_watch(&pin, IB_PIN_RISING | IB_PIN_FALLING, &WATCHER);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_LOW);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_HIGH);
    assert_int_equal(falling, 2);
    assert_int_equal(rising, 1);
    ib_pin_mode(&pin, IB_PIN_ANALOG, IB_PIN_PULL_NONE);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_LOW);
    assert_int_equal(falling, 2);
    ib_pin_mode(&pin, IB_PIN_INPUT, IB_PIN_PULL_NONE);
    ib_pin_watch(&pin, 0, NULL);
    ib_sim_pins_drive(&net, 3, IB_SIM_DRIVE_HIGH);
    assert_int_equal(rising, 1);
    assert_int_equal(net.pins[3].changes, told);
}

/// A script sees its own edges, too.
static void an_output_has_edges(void **state) {
    (void)state;
    begin();
    ib_pin_mode(&pin, IB_PIN_OUTPUT, IB_PIN_PULL_NONE);
    ib_pin_watch(&pin, IB_PIN_RISING, &WATCHER);
    ib_pin_set(&pin, 1);
    ib_pin_set(&pin, 1);
    ib_pin_set(&pin, 0);
    ib_pin_set(&pin, 7);
    assert_int_equal(rising, 2);
    assert_int_equal(told, 3);
}

static void a_reset_lets_go(void **state) {
    (void)state;
    begin();
    ib_pin_set(&pin, 1);
    ib_pin_mode(&pin, IB_PIN_OUTPUT, IB_PIN_PULL_UP);
    ib_pin_watch(&pin, IB_PIN_RISING | IB_PIN_FALLING, &WATCHER);
    ib_sim_pins_drive(&net, 5, IB_SIM_DRIVE_HIGH);
    told = 0;
    ib_sim_pins_reset(&net);
    assert_int_equal(ib_sim_pins_level(&net, 3), 0);
    assert_int_equal(ib_sim_pins_level(&net, 5), 1);
    assert_int_equal(falling, 0);
    assert_int_equal(told, 1);
    ib_pin_mode(&pin, IB_PIN_OUTPUT, IB_PIN_PULL_NONE);
    assert_int_equal(ib_pin_get(&pin), 0); // the latch, too
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_wins),        cmocka_unit_test(a_latch_waits_for_its_pin),
        cmocka_unit_test(edges_are_told),  cmocka_unit_test(a_button_against_an_output),
        cmocka_unit_test(a_reset_lets_go), cmocka_unit_test(an_output_has_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
