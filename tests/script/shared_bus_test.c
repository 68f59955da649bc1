/// The bus between the Lepton's owner and the scripts: one at a time, each on its own time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "apps/ironbow/shared_bus.h"
#include "core/status.h"

#define TRANSFERS 20000u

/// A part that takes time on its clock and notices when two are inside.
struct part {
    struct ib_sim_clock *clock;
    uint32_t calls; // not atomic on purpose: the lock must do
};

static atomic_int inside;
static atomic_uint collisions;

static int talk(void *context, uint8_t address7, const struct ib_i2c_part *parts, size_t count) {
    struct part *self = context;
    (void)address7;
    (void)parts;
    (void)count;
    if (atomic_fetch_add(&inside, 1) != 0)
        atomic_fetch_add(&collisions, 1);
    self->calls++;
    ib_sim_clock_spend(self->clock, 3);
    atomic_fetch_sub(&inside, 1);
    return IB_OK;
}

static const struct ib_i2c_ops PART_OPS = {.transfer = talk};

static struct ib_app_shared_bus bus;
static struct ib_sim_clock owner_clock, guest_clock;
static struct part lepton = {.clock = &owner_clock}, camera = {.clock = &guest_clock};
static struct ib_i2c owner, guest;

static int setup(void **state) {
    (void)state;
    ib_sim_clock_init(&owner_clock);
    ib_sim_clock_init(&guest_clock);
    lepton.calls = camera.calls = 0;
    ib_app_shared_bus_init(&bus, 100000);
    owner = ib_app_shared_bus_owner(&bus, 0x2A, (struct ib_i2c){&PART_OPS, &lepton}, &owner_clock);
    guest = ib_app_shared_bus_guest(&bus, &guest_clock);
    assert_int_equal(ib_app_shared_bus_attach(&bus, 0x3C, (struct ib_i2c){&PART_OPS, &camera}),
                     IB_OK);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ib_app_shared_bus_deinit(&bus);
    return 0;
}

static void the_lepton_is_its_owners(void **state) {
    (void)state;
    assert_int_equal(ib_i2c_transfer(&guest, 0x2A, NULL, 0), IB_E_NACK);
    assert_int_equal(lepton.calls, 0);
    assert_int_equal(ib_i2c_transfer(&owner, 0x2A, NULL, 0), IB_OK);
    assert_int_equal(ib_i2c_transfer(&guest, 0x3C, NULL, 0), IB_OK);
    assert_int_equal(owner_clock.now_us, 3);
    assert_int_equal(guest_clock.now_us, 3);
    // Nobody there: it costs who has asked.
    assert_int_equal(ib_i2c_transfer(&guest, 0x55, NULL, 0), IB_E_NACK);
    assert_int_equal(owner_clock.now_us, 3);
    assert_int_equal(guest_clock.now_us, 3 + 110);
}

static void a_fault_meets_both(void **state) {
    (void)state;
    ib_app_shared_bus_fault(&bus, IB_SIM_I2C_BUS_NACK, 2);
    assert_int_equal(ib_i2c_transfer(&guest, 0x3C, NULL, 0), IB_E_NACK);
    assert_int_equal(ib_i2c_transfer(&owner, 0x2A, NULL, 0), IB_E_NACK);
    assert_int_equal(ib_i2c_transfer(&guest, 0x3C, NULL, 0), IB_OK);
}

static void *own(void *context) {
    (void)context;
    for (unsigned i = 0; i < TRANSFERS; i++)
        if (ib_i2c_transfer(&owner, 0x2A, NULL, 0) != IB_OK)
            atomic_fetch_add(&collisions, 1);
    return NULL;
}

static void two_threads_take_turns(void **state) {
    (void)state;
    pthread_t thread;
    unsigned there = 0, gone = 0;
    assert_int_equal(pthread_create(&thread, NULL, own, NULL), 0);
    for (unsigned i = 0; i < TRANSFERS; i++) {
        there += ib_i2c_transfer(&guest, 0x3C, NULL, 0) == IB_OK;
        gone += ib_i2c_transfer(&guest, 0x29, NULL, 0) == IB_E_NACK;
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(atomic_load(&collisions), 0);
    assert_int_equal(lepton.calls, TRANSFERS);
    assert_int_equal(camera.calls, TRANSFERS);
    assert_int_equal(there, TRANSFERS);
    assert_int_equal(gone, TRANSFERS);
    assert_int_equal(owner_clock.now_us, 3 * TRANSFERS);
    assert_int_equal(guest_clock.now_us, 113 * TRANSFERS);
    assert_int_equal(bus.bus.transfers, 3 * TRANSFERS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_lepton_is_its_owners, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_meets_both, setup, teardown),
        cmocka_unit_test_setup_teardown(two_threads_take_turns, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
