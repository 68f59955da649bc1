/// The whole board in simulated time: every row of the README's status table as a waveform on the
/// LED's lines, what hides what, the button's reset, what is stored, the hardware interface.
#include "support_device.h"

#include <stdio.h>
#include <string.h>

#include "support_image.h"

#define assert_seen(board, ms, text) assert_string_equal(board_watch_ms(board, ms), text)

// ---- the status table ----

static void test_status_off_or_dim_firmware_did_not_start(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    assert_int_equal(board->line_writes, 0);
    assert_false(board->red || board->green);
    assert_string_equal(ib_led_name(IB_LED_OFF), "off");
    board_start(board);
    // Nothing needs to step it first.
    assert_true(board->red && !board->green);
}

static void test_status_solid_red_initializing(void **state) {
    struct board *board = board_new(IB_DEVICE_WIFI);
    (void)state;
    assert_seen(board, 2000, "R1400 Y600");
    board = board_prepare(IB_DEVICE_HARDWARE);
    board->by_hand = true; // a camera that takes its time, without any error
    board->camera.stage = IB_STAGE_SETTING_UP;
    board_start(board);
    assert_seen(board, 9000, "R9000");
}

static void test_status_blinking_yellow_ap_mode_no_client_connected(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->network.station_wants = false;
    board_start(board);
    assert_seen(board, 6000, "R1400 Y1000 -1000 Y1000 -1000 Y600");
    assert_string_equal(ib_led_name(board->device.led.state), "blinking yellow");
}

static void test_status_blinking_yellow_client_mode_not_connected_to_an_ap(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board_join(board, "Nowhere", "12345678");
    // 250 ms until the reply is out, then the access point is gone.
    assert_seen(board, 5000, "Y1250 -1000 Y1000 -1000 Y750");
}

static void test_status_solid_yellow_ap_mode_client_connected(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->network.station_wants = false;
    board_start(board);
    board_run_ms(board, 2000);
    ib_sim_network_station(&board->network, true, board->now_us);
    board_run_ms(board, 2100);
    assert_seen(board, 10000, "Y10000");
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

static void test_status_solid_yellow_client_mode_connected_to_an_ap(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board_join(board, "HomeNetwork", "ironbow-home");
    board_run_ms(board, 4000);
    assert_seen(board, 10000, "Y10000");
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    // Out of range it blinks, for ever, and comes back by itself.
    ib_sim_network_range(&board->network, "HomeNetwork", false, board->now_us);
    assert_seen(board, 4000, "Y1000 -1000 Y1000 -1000");
    ib_sim_network_range(&board->network, "HomeNetwork", true, board->now_us);
    board_run_ms(board, 6000);
    assert_seen(board, 5000, "Y5000");
}

static void test_status_solid_green_wifi_mode_socket_connected(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board->clients = 1;
    assert_seen(board, 5000, "G5000");
    board->clients = 3;
    assert_seen(board, 1000, "G1000");
    board->clients = 0;
    assert_seen(board, 1000, "Y1000");
}

static void test_status_solid_green_hardware_interface_ready(void **state) {
    struct board *board = board_new(IB_DEVICE_HARDWARE);
    (void)state;
    assert_seen(board, 10000, "R1400 G8600");
    assert_string_equal(ib_led_name(board->device.led.state), "solid green");
}

static void test_status_fast_blink_yellow_wifi_reset(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    char wanted[512] = "Y5150 -100";
    (void)state;
    board->pressed = true;
    // Told at 5050 ms, 3 s of alert, and on until the access point is up again after 300 ms: then
    // nobody is connected.
    for (unsigned i = 1; i < 16; i++)
        strcat(wanted, " Y100 -100");
    strcat(wanted, " Y1100 -1000 Y650");
    assert_seen(board, 5050 + 3000 + 300 + 2650, wanted);
    assert_string_equal(ib_led_name(IB_LED_RESET), "fast blink yellow");
}

static void test_status_alternating_red_green_update_requested(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    char wanted[4096] = "";
    (void)state;
    board->clients = 1;
    board_run_ms(board, 500);
    board_ask_update(board, false);
    // The user has 60 s. Then the LED returns: the last green goes on as the client's.
    for (unsigned i = 0; i < 119; i++)
        strcat(wanted, "R250 G250 ");
    strcat(wanted, "R250 G1250");
    assert_seen(board, 61000, wanted);
}

static void test_status_blinking_green_update_in_process(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board_ask_update(board, true);
    assert_int_equal(board->device.ota.stage, IB_OTA_RECEIVING);
    const char *seen = board_watch_ms(board, 1000);
    assert_non_null(strstr(seen, "-100 G100 -100 G100 -100 G100 -100 G100"));
    assert_null(strchr(seen, 'Y'));
    assert_null(strchr(seen, 'R'));
    // It goes on until the host is given up: six requests, ten seconds each.
    board_run_ms(board, 58000);
    assert_int_equal(board->device.led.state, IB_LED_UPDATE_RUNNING);
    board_run_ms(board, 2000);
    assert_seen(board, 1000, "Y1000");
}

static void test_status_series_of_red_blinks_fault(void **state) {
    (void)state;
    for (unsigned fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        struct board *board = board_running(IB_DEVICE_WIFI);
        char wanted[256] = "", *end = wanted;
        ib_device_fault(&board->device, (enum ib_device_fault)fault, true);
        for (unsigned series = 0; series < 2; series++)
            for (unsigned blink = 0; blink < fault; blink++)
                end += sprintf(end, "R200 -%u ", blink + 1 < fault ? 300u : 2300u);
        end[-1] = 0;
        assert_seen(board, 2 * (500 * fault + 2000), wanted);
        ib_device_fault(&board->device, (enum ib_device_fault)fault, false);
        assert_seen(board, 1000, "Y1000");
    }
}

// ---- what hides what ----

/// From the bottom of the order to the top, one reason after the other; and back down.
static void each_state_hides_those_below_it(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->network.station_wants = false;
    board_start(board);
    board_run_ms(board, 50);
    // Before start-up is over a client, or a link, is not shown.
    board->clients = 1;
    board_run_ms(board, 50);
    assert_int_equal(board->device.led.state, IB_LED_STARTING);
    board->clients = 0;
    board_run_ms(board, 1900);
    assert_int_equal(board->device.led.state, IB_LED_NOT_CONNECTED);
    ib_sim_network_station(&board->network, true, board->now_us);
    board_run_ms(board, 3000);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    board->clients = 1;
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_CLIENT);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_NETWORK, true);
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_FAULT);
    board_ask_update(board, false);
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_UPDATE_ASKED);
    board_press_ms(board, 200);
    board_run_ms(board, 200);
    assert_int_equal(board->device.led.state, IB_LED_UPDATE_RUNNING);

    ib_ota_cancel(&board->device.ota);
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_FAULT);
    board->pressed = true;
    board_run_ms(board, 5100);
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    board->pressed = false;
    // An update that is asked for in these seconds waits its turn.
    board_ask_update(board, false);
    board_run_ms(board, 500);
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    board_run_ms(board, 3000);
    assert_int_equal(board->device.led.state, IB_LED_UPDATE_ASKED);
    ib_ota_cancel(&board->device.ota);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_NETWORK, false);
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_CLIENT);
    board->clients = 0;
    ib_sim_network_station(&board->network, false, board->now_us);
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_NOT_CONNECTED);
}

static void the_lowest_fault_is_shown(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    static const unsigned coming[] = {8, 6, 7, 3, 5, 1, 2, 4};
    unsigned lowest = 9;
    for (unsigned i = 0; i < 8; i++) {
        ib_device_fault(&board->device, (enum ib_device_fault)coming[i], true);
        board_poke(board);
        lowest = coming[i] < lowest ? coming[i] : lowest;
        assert_int_equal(ib_device_shown_fault(&board->device), lowest);
        assert_int_equal(board->device.led.blinks, lowest);
    }
    for (unsigned fault = 1; fault < 9; fault++) {
        assert_int_equal(board->device.led.blinks, fault);
        ib_device_fault(&board->device, (enum ib_device_fault)fault, false);
        board_poke(board);
    }
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

static void connections_that_come_and_go_unseen_disturb_no_pattern(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_device_fault(&board->device, IB_DEVICE_FAULT_NETWORK, true);
    board_poke(board);
    for (unsigned i = 0; i < 10; i++) {
        board->clients = i % 3;
        ib_sim_network_station(&board->network, i % 2, board->now_us);
        assert_seen(board, 5000, "R200 -300 R200 -300 R200 -300 R200 -300 R200 -300 R200 -2300");
    }
    // What is true when it ends is shown, not what was true when it began.
    board->clients = 0;
    ib_sim_network_station(&board->network, false, board->now_us);
    board_poke(board);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_NETWORK, false);
    assert_seen(board, 2500, "Y1000 -1000 Y500");
    board_ask_update(board, false);
    board_poke(board);
    for (unsigned i = 0; i < 5; i++) {
        board->clients = i % 2;
        assert_seen(board, 1000, "R250 G250 R250 G250");
    }
}

static void the_lines_are_set_only_when_they_change(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    uint32_t writes = board->line_writes;
    board_run_ms(board, 20000);
    assert_int_equal(board->line_writes, writes);
    // One that failed is set again.
    board->lines_fail = true;
    board->clients = 1;
    board_run_ms(board, 500);
    assert_false(!board->red && board->green);
    board->lines_fail = false;
    board_run_ms(board, 100);
    assert_true(!board->red && board->green);
}

static void it_wants_to_be_stepped_no_more_often_than_the_button(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    uint32_t steps = board->steps;
    board_run_ms(board, 10000);
    assert_in_range(board->steps - steps, 200, 202);
    // Without a button there is next to nothing to do.
    board = board_prepare(IB_DEVICE_WIFI);
    board->config.button = NULL;
    board->config.red = board->config.green = NULL;
    board_start(board);
    board_run_ms(board, 3000);
    steps = board->steps;
    board_run_ms(board, 60000);
    assert_true(board->steps - steps <= 20);
    // … and the pattern is none the worse for it.
    board->config.red = &board->red_line;
    board->config.green = &board->green_line;
    board_start(board);
    board_run_ms(board, 3000);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_STORAGE, true);
    assert_seen(board, 6000, "R200 -300 R200 -2300 R200 -300 R200 -2300");
}

// ---- the button ----

static void a_long_press_brings_the_default_network_and_keeps_the_rest(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board_join(board, "HomeNetwork", "ironbow-home");
    board->camera.settings =
        (struct ib_camera_settings){.agc = true, .emissivity_pct = 87, .gain = 2};
    board_run_ms(board, 6000);
    assert_true(board_joins(board));
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 87);
    uint32_t starts = board->device.network.starts;
    board->pressed = true;
    board_run_ms(board, 5049);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    board_run_ms(board, 1);
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    // Held on or not, it is one press; the alert is only an alert.
    board_run_ms(board, 2999);
    assert_true(board_joins(board));
    assert_int_equal(board->device.network.starts, starts);
    board_run_ms(board, 1);
    assert_false(board_joins(board));
    assert_int_equal(board->device.network.starts, starts + 1);
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    board_run_ms(board, 300);
    assert_int_equal(board->device.led.state, IB_LED_NOT_CONNECTED);
    board_run_ms(board, 20000);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    assert_int_equal(board->device.presses_long, 1);
    assert_int_equal(board->device.network.starts, starts + 1);
    assert_string_equal(board->device.store.now.network.ap_ssid, BOARD_NAME);
    assert_string_equal(board->device.store.now.network.sta_ssid, "");
    const struct ib_lepton_settings *lepton = &board->device.store.now.lepton;
    assert_true(lepton->agc && lepton->emissivity_pct == 87 && lepton->gain == 2);
    // … after the next start, too.
    board_start(board);
    assert_false(board_joins(board));
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 87);
}

static void ignored_as(struct board *board, enum ib_led_state shown) {
    uint32_t presses = board->device.presses_long;
    board->pressed = true;
    board_run_ms(board, 5100);
    assert_int_equal(board->device.presses_long, presses + 1);
    assert_int_equal(board->device.led.state, shown);
    board_run_ms(board, 4000);
    board->pressed = false;
    board_run_ms(board, 200);
    assert_int_equal(board->device.led.state, shown);
}

static void long_presses_mean_nothing_while_an_update_waits_or_runs(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board_join(board, "HomeNetwork", "ironbow-home");
    board_run_ms(board, 5000);
    board_ask_update(board, false);
    ignored_as(board, IB_LED_UPDATE_ASKED);
    board_press_ms(board, 200);
    board_run_ms(board, 200);
    ignored_as(board, IB_LED_UPDATE_RUNNING);
    assert_true(board_joins(board));
    // A short one ends it.
    board_press_ms(board, 200);
    board_run_ms(board, 200);
    assert_int_equal(board->device.ota.stage, IB_OTA_IDLE);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

static void a_second_long_press_during_the_alert_means_nothing(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board->pressed = true;
    board_run_ms(board, 5050);
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    uint64_t until_us = board->device.reset_until_us;
    // Nobody can press for five seconds in three, but a network may take its time to restart.
    board->pressed = false;
    board_run_ms(board, 150);
    board->device.reset_until_us += 7000000;
    board->pressed = true;
    board_run_ms(board, 5200);
    assert_int_equal(board->device.presses_long, 2);
    assert_int_equal(board->device.reset_until_us, until_us + 7000000);
}

static void a_long_press_during_start_up_means_nothing(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->by_hand = true;
    board->camera.stage = IB_STAGE_SETTING_UP;
    board_start(board);
    ignored_as(board, IB_LED_STARTING);
}

static void short_presses_without_an_update_mean_nothing(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        board_press_ms(board, 300);
        board_run_ms(board, 300);
    }
    assert_int_equal(board->device.presses_short, 5);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    assert_int_equal(board->device.ota.stage, IB_OTA_IDLE);
}

static void the_blink_ends_even_when_the_network_never_comes_back(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board->pressed = true;
    board_run_ms(board, 5100);
    board->pressed = false;
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_RADIO_DEAD, board->now_us);
    board_run_ms(board, 3100);
    // The interface is dead: that is what has to be shown.
    assert_int_equal(board->device.led.state, IB_LED_FAULT);
    assert_int_equal(board->device.led.blinks, 2);
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_WELL, board->now_us);
    board_run_ms(board, 8000);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

static void a_button_that_cannot_be_read_is_not_pressed(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board->button_fails = true;
    board_run_ms(board, 10000);
    assert_int_equal(board->device.presses_short + board->device.presses_long, 0);
}

// ---- what is stored ----

static void settings_are_stored_only_when_somebody_changes_them(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    uint32_t saves = board->device.store.saves;
    uint32_t operations = board->flash[FLASH_SETTINGS].operations;
    board_run_ms(board, 60000);
    assert_int_equal(board->flash[FLASH_SETTINGS].operations, operations);
    static const struct ib_camera_settings changes[] = {
        {.agc = true, .emissivity_pct = 100, .gain = 0},
        {.agc = true, .emissivity_pct = 95, .gain = 0},
        {.agc = true, .emissivity_pct = 95, .gain = 1},
        {.agc = false, .emissivity_pct = 1, .gain = 2},
    };
    for (unsigned i = 0; i < 4; i++) {
        board->camera.settings = changes[i];
        board_run_ms(board, 2000);
        assert_int_equal(board->device.store.saves, saves + i + 1);
        assert_int_equal(board->device.store.now.lepton.agc, changes[i].agc);
        assert_int_equal(board->device.store.now.lepton.emissivity_pct, changes[i].emissivity_pct);
        assert_int_equal(board->device.store.now.lepton.gain, changes[i].gain);
        // The same again, and what is not stored at all.
        board->camera.spot[0]++;
        board->camera.counters.requests++;
        board_run_ms(board, 5000);
        assert_int_equal(board->device.store.saves, saves + i + 1);
    }
    board_start(board);
    assert_int_equal(board->device.store.now.lepton.gain, 2);
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 1);
}

/// Between the start and the moment when the stored settings get to the camera, it has the board's.
static void the_cameras_first_settings_overwrite_nothing(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    const struct ib_camera_settings mine = {.agc = true, .emissivity_pct = 50, .gain = 1};
    board->camera.settings = mine;
    board_run_ms(board, 2000);
    board->camera.settings = (struct ib_camera_settings){.emissivity_pct = 100};
    board_start(board);
    uint32_t operations = board->flash[FLASH_SETTINGS].operations;
    board_run_ms(board, 1200);
    board->camera.settings = mine;
    board_run_ms(board, 5000);
    assert_int_equal(board->flash[FLASH_SETTINGS].operations, operations);
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 50);
}

static void a_slider_does_not_wear_the_flash_out(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    uint32_t saves = board->device.store.saves;
    for (unsigned i = 0; i < 100; i++) {
        board->camera.settings.emissivity_pct = (uint8_t)(1 + i);
        board_run_ms(board, 50);
    }
    board_run_ms(board, 2000);
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 100);
    assert_in_range(board->device.store.saves - saves, 1, 7);
}

static void settings_that_no_store_takes_are_left_alone(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    uint32_t operations = board->flash[FLASH_SETTINGS].operations;
    board->camera.settings.gain = 77; // a raw command
    board_run_ms(board, 20000);
    assert_int_equal(board->flash[FLASH_SETTINGS].operations, operations);
    assert_int_equal(board->device.faults, 0);
    board->camera.settings.gain = 1;
    board_run_ms(board, 1000);
    assert_int_equal(board->device.store.now.lepton.gain, 1);
}

static void without_a_storage_everything_works_until_the_power_goes(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->config.storage = NULL;
    board_start(board);
    board_run_ms(board, 2000);
    board_join(board, "HomeNetwork", "ironbow-home");
    board->camera.settings.agc = true;
    board_run_ms(board, 5000);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    assert_int_equal(board->device.faults, 0);
    assert_true(board_joins(board));
}

// ---- the hardware interface ----

static void with_the_hardware_interface_nothing_is_stored_or_read(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    struct ib_wifi_change change = {.text[IB_WIFI_AP_SSID] = "My Camera",
                                    .size[IB_WIFI_AP_SSID] = 9};
    const char *why;
    (void)state;
    assert_int_equal(ib_network_change(&board->device.network, &change, board->now_us, &why),
                     IB_OK);
    board->camera.settings.agc = true;
    board_run_ms(board, 5000);
    assert_string_equal(ib_device_name(&board->device), "My Camera");

    board->config.mode = IB_DEVICE_HARDWARE;
    uint32_t starts = board->network.starts;
    uint32_t operations = board->flash[FLASH_SETTINGS].operations;
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_DEAD); // and nobody notices
    board_start(board);
    assert_string_equal(ib_device_name(&board->device), BOARD_NAME);
    assert_false(board->device.store.now.lepton.agc);
    board_run_ms(board, 2000);
    board->camera.settings = (struct ib_camera_settings){.emissivity_pct = 33, .gain = 1};
    board_run_ms(board, 10000);
    assert_int_equal(board->flash[FLASH_SETTINGS].operations, operations);
    assert_int_equal(board->network.starts, starts);
    assert_int_equal(board->device.faults, 0);
    assert_false(ib_network_connected(&board->device.network));
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_WELL);

    board->config.mode = IB_DEVICE_WIFI;
    board_start(board);
    assert_string_equal(ib_device_name(&board->device), "My Camera");
    assert_true(board->device.store.now.lepton.agc);
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 100);
}

static void with_the_hardware_interface_long_presses_mean_nothing(void **state) {
    struct board *board = board_running(IB_DEVICE_HARDWARE);
    (void)state;
    ignored_as(board, IB_LED_CLIENT);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_NETWORK, true);
    ignored_as(board, IB_LED_FAULT);
}

static void with_the_hardware_interface_the_host_does_not_change_the_led(void **state) {
    struct board *board = board_running(IB_DEVICE_HARDWARE);
    (void)state;
    board->clients = 1;
    assert_seen(board, 2000, "G2000");
    board->clients = 0;
    assert_seen(board, 2000, "G2000");
    board_ask_update(board, false);
    assert_seen(board, 500, "R250 G250");
}

// ---- starts ----

static void after_a_restart_everything_begins_anew(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_device_fault(&board->device, IB_DEVICE_FAULT_MEMORY, true);
    board_fail_update(board);
    board_press_ms(board, 6000);
    board_run_ms(board, 100);
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    board_start(board);
    assert_int_equal(board->device.faults, 0);
    assert_int_equal(board->device.presses_long, 0);
    assert_seen(board, 1000, "R1000");
    board_run_ms(board, 4000);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    assert_string_equal(ib_device_version(&board->device), "2.1");
    assert_false(ib_device_wants_restart(&board->device));
}

/// Update to this version, up to the restart that it asks for.
static void update_to(struct board *board, const char *version) {
    static uint8_t image[BOARD_SLOT_BYTES / 2];
    struct ib_ota *ota = &board->device.ota;
    struct ib_ota_output said;
    char why[IB_OTA_WHY_BYTES];

    image_build(image, &(struct image_with){.size_bytes = sizeof image, .version = version});
    assert_int_equal(ib_ota_request(ota, sizeof image, version, board->now_us, why), IB_OK);
    board_press_ms(board, 200);
    board_run_ms(board, 200);
    while (ota->stage == IB_OTA_RECEIVING) {
        ib_ota_take(ota, &said);
        assert_int_equal(said.say, IB_OTA_SAY_CHUNK);
        assert_int_equal(ib_ota_segment(ota, (int32_t)said.start, (int32_t)said.length,
                                        image + said.start, said.length, board->now_us, why),
                         IB_OK);
        board_run_ms(board, 30);
        assert_int_equal(board->device.led.state, IB_LED_UPDATE_RUNNING);
    }
    for (unsigned i = 0; i < 100 && !ib_device_wants_restart(&board->device); i++) {
        assert_int_equal(board->device.led.state, IB_LED_UPDATE_RUNNING);
        board_run_ms(board, 10);
    }
    assert_true(ib_device_wants_restart(&board->device));
}

static void an_update_is_proved_by_the_first_good_frame(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    update_to(board, "3.0");
    board->by_hand = true; // the camera still runs when the board starts …
    board_start(board);
    assert_string_equal(ib_device_version(&board->device), "3.0");
    board->camera.counters.frames += 3;
    board_run_ms(board, 50);
    assert_true(board->device.ota.slots.probation); // … but that frame was not the new one's
    board->by_hand = false;
    board_run_ms(board, 1500);
    assert_true(board->device.ota.slots.probation);
    board_run_ms(board, 500);
    assert_false(board->device.ota.slots.probation);
    board_run_ms(board, 70000);
    assert_false(ib_device_wants_restart(&board->device));
    board_start(board);
    assert_string_equal(ib_device_version(&board->device), "3.0");
}

static void an_update_that_brings_no_frame_is_taken_back(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    update_to(board, "3.0");
    board->by_hand = true;
    board->camera.stage = IB_STAGE_SETTING_UP;
    board_start(board);
    board_run_ms(board, 59900);
    assert_false(ib_device_wants_restart(&board->device));
    board_run_ms(board, 200);
    assert_true(ib_device_wants_restart(&board->device));
    board_start(board);
    assert_string_equal(ib_device_version(&board->device), "2.1");
    assert_false(ib_device_wants_restart(&board->device));
}

/// The camera is power-cycled with the board, but a moment later.
static void what_the_camera_did_before_the_restart_does_not_count(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board->by_hand = true; // it still runs …
    board_start(board);
    board_run_ms(board, 30);
    board->camera.counters.frames++;
    board_run_ms(board, 20);
    assert_int_equal(board->device.led.state, IB_LED_STARTING);
    board->by_hand = false; // … and is off
    board_run_ms(board, 1000);
    assert_int_equal(board->device.led.state, IB_LED_STARTING);
    board_run_ms(board, 3000);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

static void wrong_calls_are_refused(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    struct ib_device_config config = board->config;
    (void)state;
    assert_int_equal(ib_device_init(NULL, &config, 0), IB_E_INVAL);
    assert_int_equal(ib_device_init(&board->device, NULL, 0), IB_E_INVAL);
    config.default_name = NULL;
    assert_int_equal(ib_device_init(&board->device, &config, 0), IB_E_INVAL);
    config = board->config;
    config.mode = (enum ib_device_mode)7;
    assert_int_equal(ib_device_init(&board->device, &config, 0), IB_E_INVAL);
}

static void without_updates_there_is_no_version_and_no_restart(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->config.ota = NULL;
    board_start(board);
    board_run_ms(board, 2000);
    board_press_ms(board, 200);
    board_run_ms(board, 200);
    assert_int_equal(board->device.presses_short, 1);
    assert_string_equal(ib_device_version(&board->device), "");
    assert_false(ib_device_wants_restart(&board->device));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_off_or_dim_firmware_did_not_start),
        cmocka_unit_test(test_status_solid_red_initializing),
        cmocka_unit_test(test_status_blinking_yellow_ap_mode_no_client_connected),
        cmocka_unit_test(test_status_blinking_yellow_client_mode_not_connected_to_an_ap),
        cmocka_unit_test(test_status_solid_yellow_ap_mode_client_connected),
        cmocka_unit_test(test_status_solid_yellow_client_mode_connected_to_an_ap),
        cmocka_unit_test(test_status_solid_green_wifi_mode_socket_connected),
        cmocka_unit_test(test_status_solid_green_hardware_interface_ready),
        cmocka_unit_test(test_status_fast_blink_yellow_wifi_reset),
        cmocka_unit_test(test_status_alternating_red_green_update_requested),
        cmocka_unit_test(test_status_blinking_green_update_in_process),
        cmocka_unit_test(test_status_series_of_red_blinks_fault),
        cmocka_unit_test(each_state_hides_those_below_it),
        cmocka_unit_test(the_lowest_fault_is_shown),
        cmocka_unit_test(connections_that_come_and_go_unseen_disturb_no_pattern),
        cmocka_unit_test(the_lines_are_set_only_when_they_change),
        cmocka_unit_test(it_wants_to_be_stepped_no_more_often_than_the_button),
        cmocka_unit_test(a_long_press_brings_the_default_network_and_keeps_the_rest),
        cmocka_unit_test(long_presses_mean_nothing_while_an_update_waits_or_runs),
        cmocka_unit_test(a_second_long_press_during_the_alert_means_nothing),
        cmocka_unit_test(a_long_press_during_start_up_means_nothing),
        cmocka_unit_test(short_presses_without_an_update_mean_nothing),
        cmocka_unit_test(the_blink_ends_even_when_the_network_never_comes_back),
        cmocka_unit_test(a_button_that_cannot_be_read_is_not_pressed),
        cmocka_unit_test(settings_are_stored_only_when_somebody_changes_them),
        cmocka_unit_test(the_cameras_first_settings_overwrite_nothing),
        cmocka_unit_test(a_slider_does_not_wear_the_flash_out),
        cmocka_unit_test(settings_that_no_store_takes_are_left_alone),
        cmocka_unit_test(without_a_storage_everything_works_until_the_power_goes),
        cmocka_unit_test(with_the_hardware_interface_nothing_is_stored_or_read),
        cmocka_unit_test(with_the_hardware_interface_long_presses_mean_nothing),
        cmocka_unit_test(with_the_hardware_interface_the_host_does_not_change_the_led),
        cmocka_unit_test(after_a_restart_everything_begins_anew),
        cmocka_unit_test(an_update_is_proved_by_the_first_good_frame),
        cmocka_unit_test(an_update_that_brings_no_frame_is_taken_back),
        cmocka_unit_test(what_the_camera_did_before_the_restart_does_not_count),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(without_updates_there_is_no_version_and_no_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
