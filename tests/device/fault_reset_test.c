/// A long press of the button in every fault state: the network is reset whatever is broken.
#include "support_device.h"

/// The fault is there; the network is not the default one. Afterwards it is, and the fault is shown
/// again unless the press has cleared it.
static void reset_during(struct board *board, unsigned fault, bool stays) {
    print_message("long press in fault %u\n", fault);
    assert_int_equal(board->device.led.state, IB_LED_FAULT);
    assert_int_equal(board->device.led.blinks, fault);
    uint32_t starts = board->device.network.starts;
    board->pressed = true;
    board_run_ms(board, 5100);
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    board->pressed = false;
    board_run_ms(board, 3500);
    assert_int_equal(board->device.led.state, stays ? IB_LED_FAULT : IB_LED_NOT_CONNECTED);
    if (stays)
        assert_int_equal(board->device.led.blinks, fault);
    assert_false(board_joins(board));
    assert_true(board->device.network.starts > starts);
    assert_string_equal(ib_device_name(&board->device), BOARD_NAME);
}

static struct board *joined(void) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    board_join(board, "HomeNetwork", "ironbow-home");
    board_run_ms(board, 6000);
    assert_true(board_joins(board));
    assert_true(ib_network_connected(&board->device.network));
    return board;
}

static void a_long_press_works_in_faults_1_3_and_6(void **state) {
    static const enum ib_device_fault faults[] = {IB_DEVICE_FAULT_PERIPHERAL,
                                                  IB_DEVICE_FAULT_MEMORY, IB_DEVICE_FAULT_NETWORK};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct board *board = joined();
        ib_device_fault(&board->device, faults[i], true);
        board_poke(board);
        reset_during(board, faults[i], true);
    }
    // … and when they are there before the Lepton is, so that start-up never ends.
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    board->by_hand = true;
    board_start(board);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_PERIPHERAL, true);
    board_poke(board);
    reset_during(board, 1, true);
}

static void a_long_press_works_in_fault_2_with_a_dead_storage(void **state) {
    struct board *board = joined();
    (void)state;
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_DEAD);
    board->camera.settings.agc = true;
    board_run_ms(board, 200);
    reset_during(board, 2, true);
    // When the storage is back, the reset is what it holds.
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_WELL);
    board_run_ms(board, 12000);
    assert_int_equal(board->device.faults, 0);
    board_start(board);
    assert_false(board_joins(board));
    assert_int_equal(board->device.faults, 0);
}

static void a_long_press_works_in_fault_2_with_a_storage_dead_from_the_start(void **state) {
    struct board *board = joined();
    (void)state;
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_DEAD);
    board_start(board);
    board_run_ms(board, 3000);
    reset_during(board, 2, true);
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_WELL);
    board_run_ms(board, 12000);
    assert_int_equal(board->device.faults, 0);
    board_start(board);
    assert_false(board_joins(board)); // what could not be read then has been reset all the same
}

static void a_long_press_works_in_faults_4_5_and_7(void **state) {
    (void)state;
    for (unsigned fault = 4; fault <= 7; fault++) {
        if (fault == 6)
            continue;
        struct board *board = joined();
        board->mute = true;
        if (fault == 4)
            board->cci_errors_every = 500000;
        if (fault == 5)
            board->io_errors_every = 200000;
        board_run_ms(board, 6500);
        reset_during(board, fault, true);
        board->mute = false;
        board->cci_errors_every = board->io_errors_every = 0;
        board_run_ms(board, 5000);
        assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    }
}

static void a_long_press_works_in_fault_8_and_ends_it(void **state) {
    struct board *board = joined();
    (void)state;
    board_fail_update(board);
    board_poke(board);
    reset_during(board, 8, false);
    assert_int_equal(board->device.faults, 0);
    assert_false(board->device.ota.failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_press_works_in_faults_1_3_and_6),
        cmocka_unit_test(a_long_press_works_in_fault_2_with_a_dead_storage),
        cmocka_unit_test(a_long_press_works_in_fault_2_with_a_storage_dead_from_the_start),
        cmocka_unit_test(a_long_press_works_in_faults_4_5_and_7),
        cmocka_unit_test(a_long_press_works_in_fault_8_and_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
