/// The board as data, against the README's table "ESP32 Connections", row by row.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "boards/tcam_mini.h"

/// The one wire of this GPIO; its name.
static const char *wire(unsigned gpio) {
    const struct ib_board_tcam_mini *board = &ib_board_tcam_mini;
    const char *name = NULL;
    for (size_t i = 0; i < board->pin_count; i++) {
        if (board->pins[i].gpio != gpio)
            continue;
        assert_null(name); // one wire a pin
        name = board->pins[i].name;
    }
    assert_non_null(name);
    return name;
}

static void test_gpio_0_button(void **state) {
    (void)state;
    assert_string_equal(wire(0), "Button");
}

static void test_gpio_5_lepton_spi_sck(void **state) {
    (void)state;
    assert_string_equal(wire(5), "Lepton SPI SCK");
}

static void test_gpio_12_lepton_spi_csn(void **state) {
    (void)state;
    assert_string_equal(wire(12), "Lepton SPI CSN");
}

static void test_gpio_13_lepton_vsync(void **state) {
    (void)state;
    assert_string_equal(wire(13), "Lepton Vsync");
}

static void test_gpio_14_red_led_anode(void **state) {
    (void)state;
    assert_string_equal(wire(14), "Red LED Anode");
}

static void test_gpio_15_green_led_anode(void **state) {
    (void)state;
    assert_string_equal(wire(15), "Green LED Anode");
}

static void test_gpio_19_lepton_spi_miso(void **state) {
    (void)state;
    assert_string_equal(wire(19), "Lepton SPI MISO");
}

static void test_gpio_22_lepton_i2c_scl(void **state) {
    (void)state;
    assert_string_equal(wire(22), "Lepton I2C SCL");
}

static void test_gpio_23_lepton_i2c_sda(void **state) {
    (void)state;
    assert_string_equal(wire(23), "Lepton I2C SDA");
}

static void the_table_has_no_other_row(void **state) {
    (void)state;
    assert_int_equal(ib_board_tcam_mini.pin_count, 9);
}

/// README, "USB Port", "Hardware Interface", "Command Interface", "get_status".
static void speeds_and_numbers_are_the_boards(void **state) {
    (void)state;
    assert_int_equal(ib_board_tcam_mini.log_baud, 115200);
    assert_int_equal(ib_board_tcam_mini.serial_baud, 230400);
    assert_int_equal(ib_board_tcam_mini.slave_spi_most_hz, 8000000);
    assert_int_equal(ib_board_tcam_mini.tcp_port, 5001);
    assert_int_equal(ib_board_tcam_mini.model_wifi, 2);
    assert_int_equal(ib_board_tcam_mini.model_hardware, 3);
    assert_string_equal(ib_board_tcam_mini.project, "tCamMini");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gpio_0_button),
        cmocka_unit_test(test_gpio_5_lepton_spi_sck),
        cmocka_unit_test(test_gpio_12_lepton_spi_csn),
        cmocka_unit_test(test_gpio_13_lepton_vsync),
        cmocka_unit_test(test_gpio_14_red_led_anode),
        cmocka_unit_test(test_gpio_15_green_led_anode),
        cmocka_unit_test(test_gpio_19_lepton_spi_miso),
        cmocka_unit_test(test_gpio_22_lepton_i2c_scl),
        cmocka_unit_test(test_gpio_23_lepton_i2c_sda),
        cmocka_unit_test(the_table_has_no_other_row),
        cmocka_unit_test(speeds_and_numbers_are_the_boards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
