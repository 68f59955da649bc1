/// One test for each statement of the README about Wi-Fi at first power-up, as a client, and about the
/// reset button, seen at the board's lines and at its network interface.
/// Source:  tCam-Mini README, "WiFi", "WiFi Reset Button".
#include "support_device.h"

#include <string.h>

static const uint8_t *address(const struct board *board) {
    static uint8_t ip[4];
    ib_network_ip(&board->device.network, ip);
    return ip;
}

#define assert_address(board, a, b, c, d)                                                          \
    assert_memory_equal(address(board), ((const uint8_t[]){a, b, c, d}), 4)

// ---- WiFi ----

static void test_wifi_access_point_by_default(void **state) {
    struct board *board = board_new(IB_DEVICE_WIFI); // its flash is erased
    (void)state;
    board_run_ms(board, 3000);
    assert_true(board->network.on);
    assert_int_equal(board->network.config.mode, IB_LINK_ACCESS_POINT);
    assert_int_equal(ib_network_flags(&board->device.network) & IB_WIFI_CLIENT, 0);
}

static void test_wifi_default_ssid_is_the_name_from_the_mac(void **state) {
    struct board *board = board_new(IB_DEVICE_WIFI);
    (void)state;
    board_run_ms(board, 3000);
    assert_string_equal(board->network.config.ssid, BOARD_NAME);
    assert_string_equal(ib_device_name(&board->device), BOARD_NAME);
}

static void test_wifi_no_password_by_default(void **state) {
    struct board *board = board_new(IB_DEVICE_WIFI);
    (void)state;
    board_run_ms(board, 3000);
    assert_string_equal(board->network.config.password, "");
    // The neighbour, who has no password to give, gets in.
    ib_sim_network_station(&board->network, false, board->now_us);
    board_run_ms(board, 1000);
    assert_false(ib_network_connected(&board->device.network));
    ib_sim_network_station(&board->network, true, board->now_us);
    board_run_ms(board, 3000);
    assert_true(ib_network_connected(&board->device.network));
}

static void test_wifi_default_address_192_168_4_1(void **state) {
    struct board *board = board_new(IB_DEVICE_WIFI);
    (void)state;
    board_run_ms(board, 3000);
    assert_memory_equal(board->network.config.ip, ((const uint8_t[]){192, 168, 4, 1}), 4);
    assert_address(board, 192, 168, 4, 1);
}

static int change(struct board *board, const char *sta_ip, int32_t flags) {
    static const char *const name = "HomeNetwork", *const password = "ironbow-home";
    struct ib_wifi_change wifi = {.has_flags = true, .flags = flags};
    const char *why = NULL;
    wifi.text[IB_WIFI_STA_SSID] = name;
    wifi.size[IB_WIFI_STA_SSID] = strlen(name);
    wifi.text[IB_WIFI_STA_PW] = password;
    wifi.size[IB_WIFI_STA_PW] = strlen(password);
    if (sta_ip) {
        wifi.text[IB_WIFI_STA_IP] = sta_ip;
        wifi.size[IB_WIFI_STA_IP] = strlen(sta_ip);
    }
    int status = ib_network_change(&board->device.network, &wifi, board->now_us, &why);
    board_poke(board);
    return status;
}

static void test_wifi_client_of_an_existing_network(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    assert_int_equal(change(board, NULL, 129), IB_OK);
    board_run_ms(board, 6000);
    assert_int_equal(board->network.config.mode, IB_LINK_STATION);
    assert_string_equal(board->network.config.ssid, "HomeNetwork");
    assert_true(ib_network_connected(&board->device.network));
    // Also after the next start.
    board_start(board);
    board_run_ms(board, 6000);
    assert_int_equal(board->network.config.mode, IB_LINK_STATION);
    assert_true(ib_network_connected(&board->device.network));
}

static void test_wifi_client_with_a_dhcp_served_address(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_NO_DHCP, board->now_us);
    assert_int_equal(change(board, "192.168.1.9", 129), IB_OK);
    board_run_ms(board, 6000);
    assert_address(board, 0, 0, 0, 0); // not the static one
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_WELL, board->now_us);
    board_run_ms(board, 10000);
    assert_address(board, 192, 168, 1, 57); // the network's router says so
}

static void test_wifi_client_with_a_static_address(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_NO_DHCP, board->now_us);
    assert_int_equal(change(board, "192.168.1.9", 145), IB_OK);
    board_run_ms(board, 6000);
    assert_address(board, 192, 168, 1, 9); // nobody was asked for one
    assert_true(ib_network_connected(&board->device.network));
}

// ---- the button ----

static void test_button_held_more_than_5_s_resets_wifi_to_the_default_ap_mode(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    assert_int_equal(change(board, NULL, 129), IB_OK);
    board_run_ms(board, 6000);
    // Not quite long enough: nothing happens.
    board_press_ms(board, 4900);
    board_run_ms(board, 5000);
    assert_int_equal(board->network.config.mode, IB_LINK_STATION);
    assert_int_equal(board->device.presses_long, 0);
    board_press_ms(board, 5100);
    board_run_ms(board, 8000);
    assert_int_equal(board->device.presses_long, 1);
    assert_int_equal(board->network.config.mode, IB_LINK_ACCESS_POINT);
    assert_string_equal(board->network.config.ssid, BOARD_NAME);
    assert_string_equal(board->network.config.password, "");
    assert_address(board, 192, 168, 4, 1);
    assert_string_equal(board->device.store.now.network.sta_ssid, "");
}

static void test_button_reset_is_shown_by_a_blinking_pattern(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    board->pressed = true;
    board_run_ms(board, 5100);
    board->pressed = false;
    assert_int_equal(board->device.led.state, IB_LED_RESET);
    const char *seen = board_watch_ms(board, 1000);
    assert_non_null(strstr(seen, "Y100 -100 Y100 -100 Y100 -100"));
    assert_true(!strchr(seen, 'R') && !strchr(seen, 'G'));
}

static void test_button_held_resets_wifi_in_every_fault(void **state) {
    (void)state;
    for (unsigned fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        struct board *board = board_running(IB_DEVICE_WIFI);
        assert_int_equal(change(board, NULL, 129), IB_OK);
        board_run_ms(board, 6000);
        ib_device_fault(&board->device, (enum ib_device_fault)fault, true);
        board_run_ms(board, 100);
        assert_int_equal(board->device.led.state, IB_LED_FAULT);
        board_press_ms(board, 5100);
        board_run_ms(board, 8000);
        assert_int_equal(board->network.config.mode, IB_LINK_ACCESS_POINT);
        assert_int_equal(board->device.led.state, IB_LED_FAULT);
        assert_int_equal(board->device.led.blinks, fault);
    }
}

static void test_button_pressed_quickly_initiates_the_update(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    // Without a request it does nothing.
    board_press_ms(board, 200);
    board_run_ms(board, 1000);
    assert_int_equal(board->device.ota.stage, IB_OTA_IDLE);
    board_ask_update(board, false);
    board_run_ms(board, 1000);
    assert_int_equal(board->device.ota.stage, IB_OTA_ASKED);
    assert_int_equal(board->device.led.state, IB_LED_UPDATE_ASKED);
    board_press_ms(board, 200);
    board_run_ms(board, 1000);
    assert_int_equal(board->device.ota.stage, IB_OTA_RECEIVING);
    assert_int_equal(board->device.led.state, IB_LED_UPDATE_RUNNING);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wifi_access_point_by_default),
        cmocka_unit_test(test_wifi_default_ssid_is_the_name_from_the_mac),
        cmocka_unit_test(test_wifi_no_password_by_default),
        cmocka_unit_test(test_wifi_default_address_192_168_4_1),
        cmocka_unit_test(test_wifi_client_of_an_existing_network),
        cmocka_unit_test(test_wifi_client_with_a_dhcp_served_address),
        cmocka_unit_test(test_wifi_client_with_a_static_address),
        cmocka_unit_test(test_button_held_more_than_5_s_resets_wifi_to_the_default_ap_mode),
        cmocka_unit_test(test_button_reset_is_shown_by_a_blinking_pattern),
        cmocka_unit_test(test_button_held_resets_wifi_in_every_fault),
        cmocka_unit_test(test_button_pressed_quickly_initiates_the_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
