/// One test for each statement of the README about the hardware interface's images, from the
/// controller's side of both wires. Its corners are in hardware_test.c.
/// Source:  tCam-Mini README, "Hardware Interface", "image_ready response".
#include "support_rig.h"

#include <stdio.h>
#include <string.h>

#include "boards/tcam_mini.h"
#include "core/status.h"
#include "sim/spi_slave.h"

#define MARGIN 100 // bytes that a careful controller reads on, to see what lies behind

static struct rig rig;
static struct ib_sim_spi_slave spi;
static struct ib_spi_slave port;
static struct ib_tcam_slave slave;
static uint8_t wire[65536];

static int setup(void **state) {
    (void)state;
    memset(&slave, 0, sizeof slave);
    ib_sim_spi_slave_init(&spi, 11);
    port = ib_sim_spi_slave_port(&spi);
    slave.port = &port;
    rig_init_with(&rig, &(struct rig_with){
                            .board = true, .mode = IB_DEVICE_HARDWARE, .tcam = {.slave = &slave}});
    ib_tcam_session_serial(&rig.session);
    return 0;
}

/// The value of the image_ready that must come next.
static size_t ready(void) {
    const char *value = rig_member(rig_pull_from(&rig, &rig.session, NULL), NULL, "image_ready");
    unsigned n = 0;
    if (sscanf(value, "%u", &n) != 1 || n < 51000 || n > sizeof wire - MARGIN)
        fail_msg("no image_ready, or one of '%s'", value);
    return n;
}

static size_t get_image(void) {
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, 0);
    return ready();
}

static void transfer(size_t size, uint32_t clock_hz) {
    rig.now_us += ib_sim_spi_slave_transfer(&spi, wire, size, clock_hz);
}

static uint32_t sum(size_t size) {
    uint32_t added = 0;
    for (size_t i = 0; i < size; i++)
        added += wire[i];
    return added;
}

/// The 4 bytes at `offset`, high byte first.
static uint32_t sent_sum(size_t offset) {
    return (uint32_t)wire[offset] << 24 | (uint32_t)wire[offset + 1] << 16 |
           (uint32_t)wire[offset + 2] << 8 | wire[offset + 3];
}

static bool good(size_t size) {
    return wire[0] == 2 && wire[size - 5] == 3 && sum(size - 4) == sent_sum(size - 4);
}

// ---- the interface ----

static void test_hardware_interface_commands_and_responses_on_the_serial_port(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    rig_say(&rig, "{\"cmd\":\"stream_off\"}");
    rig_expect(&rig, rig_info(1, "stream_off success"));
    rig_expect_nothing(&rig);
    assert_false(ib_sim_spi_slave_armed(&spi));
}

static void test_hardware_interface_image_ready_instead_of_image(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_on\",\"args\":{\"num_frames\":3}}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    for (uint32_t i = 0; i < 3; i++) {
        struct ib_tcam_chunk chunk;
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        const char *text = rig_pull_from(&rig, &rig.session, &chunk);
        assert_false(chunk.image);
        assert_true(chunk.size < 40);
        assert_int_equal(strncmp(text, "{\"image_ready\":", 15), 0);
        transfer(slave.size, 7000000);
        assert_non_null(strstr((const char *)wire + 1, "\"radiometric\":\""));
    }
}

static void test_hardware_interface_slave_spi_up_to_8_mhz(void **state) {
    (void)state;
    assert_int_equal(ib_board_tcam_mini.slave_spi_most_hz, 8000000);
    for (uint32_t hz = 1000000; hz <= 8000000; hz += 1000000) {
        size_t size = get_image();
        uint64_t from_us = rig.now_us;
        transfer(size, hz);
        assert_true(good(size));
        assert_true(rig.now_us - from_us >= (uint64_t)size * 8 * 1000000 / hz);
        rig_expect_nothing(&rig);
    }
    size_t size = get_image();
    transfer(size, 10000000); // the slave cannot keep up
    assert_false(good(size));
}

static void test_hardware_interface_solid_green_and_model_3(void **state) {
    (void)state;
    rig.camera.state.counters.frames = 1; // the Lepton gives pictures
    rig_pass(&rig, 3000000);
    assert_int_equal(rig.board->device.led.state, IB_LED_CLIENT);
    assert_true(rig.board->device.led.green && !rig.board->device.led.red);
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    unsigned model = 0;
    assert_int_equal(sscanf(rig_member(rig_pull_from(&rig, &rig.session, NULL), "status", "Model"),
                            "%u", &model),
                     1);
    assert_int_equal(model & 0xFF, 3);
}

static void test_hardware_interface_has_no_wifi(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"set_wifi\",\"args\":{\"ap_ssid\":\"x\"}}");
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    assert_non_null(strstr(text, "\"info_value\":0"));
    assert_non_null(strstr(text, "no Wi-Fi with the hardware interface"));
    rig_press(&rig, 5200000);
    rig_pass(&rig, 1000000);
    assert_int_not_equal(rig.board->device.led.state, IB_LED_RESET);
}

// ---- image_ready ----

static void test_image_ready_value_is_the_number_of_bytes_to_read(void **state) {
    (void)state;
    size_t size = get_image();
    transfer(size + MARGIN, 7000000);
    assert_true(good(size));
    for (size_t i = 0; i < MARGIN; i++)
        assert_int_equal(wire[size + i], 0); // nothing of it lies behind
    assert_true(wire[size - 2] || wire[size - 1]);
}

/// The lengths of the JSON that the clock makes: milliseconds of one to three digits, hours of two.
static const uint64_t moments_us[] = {1005000, 1055000, 1555000, 36001555000};
#define MOMENTS (sizeof moments_us / sizeof moments_us[0])

static void test_image_ready_value_is_a_multiple_of_4(void **state) {
    (void)state;
    size_t shortest = SIZE_MAX, longest = 0;
    for (size_t i = 0; i < MOMENTS; i++) {
        rig.now_us = moments_us[i] - RIG_FRAME_US;
        size_t size = get_image();
        assert_int_equal(size % 4, 0);
        transfer(size, 7000000);
        assert_true(good(size));
        rig_expect_nothing(&rig);
        size_t json = rig.tcam.packet_size - 2;
        shortest = json < shortest ? json : shortest;
        longest = json > longest ? json : longest;
    }
    assert_int_equal(longest - shortest, 3); // every remainder
}

static void test_image_ready_the_image_waits_until_it_is_read(void **state) {
    (void)state;
    size_t size = get_image();
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    for (int i = 0; i < 3; i++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        rig_expect_nothing(&rig); // another is not sent before this one has been read
    }
    transfer(size, 7000000);
    assert_true(good(size));
    size_t next = ready();
    transfer(next, 7000000);
    assert_true(good(next));
    assert_int_equal(slave.dropped, 0);
}

static void test_image_ready_a_reader_that_never_reads_hangs_nothing(void **state) {
    (void)state;
    get_image();
    rig.now_us += 999999;
    rig_expect_nothing(&rig);
    assert_true(ib_sim_spi_slave_armed(&spi));
    rig.now_us += 1;
    rig_expect_nothing(&rig);
    assert_false(ib_sim_spi_slave_armed(&spi)); // taken back after a second
    size_t size = get_image();
    transfer(size, 7000000);
    assert_true(good(size));
}

static void test_image_ready_data_is_the_get_image_response(void **state) {
    (void)state;
    size_t size = get_image();
    transfer(size, 7000000);
    size_t json = rig.tcam.packet_size - 2;
    assert_memory_equal(wire + 1, rig.tcam.packet + 1, json);
    const char *const keys[] = {"metadata", "radiometric", "telemetry"};
    static char text[sizeof wire];
    memcpy(text, wire + 1, json);
    for (size_t i = 0; i < 3; i++)
        assert_int_not_equal(strlen(rig_member(text, NULL, keys[i])), 0);
}

static void test_image_ready_checksum_4_bytes_high_byte_first(void **state) {
    (void)state;
    size_t size = get_image();
    transfer(size, 7000000);
    uint32_t added = sum(size - 4);
    assert_true(added > 0x10000); // or the order of bytes would not show
    assert_int_equal(wire[size - 4], added >> 24);
    assert_int_equal(wire[size - 3], added >> 16 & 0xFF);
    assert_int_equal(wire[size - 2], added >> 8 & 0xFF);
    assert_int_equal(wire[size - 1], added & 0xFF);
}

static void test_image_ready_checksum_discards_corrupt_images(void **state) {
    (void)state;
    size_t size = get_image();
    ib_sim_spi_slave_fault(&spi, IB_SIM_SPI_SLAVE_BIT_FLIPS);
    transfer(size, 7000000);
    assert_false(good(size));
    rig_expect_nothing(&rig);
    ib_sim_spi_slave_fault(&spi, IB_SIM_SPI_SLAVE_WELL);
    size = get_image();
    transfer(size, 7000000);
    assert_true(good(size));
}

static void test_image_ready_0_to_3_dummy_bytes(void **state) {
    (void)state;
    unsigned seen = 0;
    for (size_t i = 0; i < MOMENTS; i++) {
        rig.now_us = moments_us[i] - RIG_FRAME_US;
        size_t size = get_image();
        transfer(size, 7000000);
        assert_true(good(size));
        size_t json = rig.tcam.packet_size - 2, dummies = size - 6 - json;
        assert_true(dummies <= 3);
        for (size_t k = 0; k < dummies; k++)
            assert_int_equal(wire[1 + json + k], ' '); // white space to every JSON reader
        seen |= 1u << dummies;
        rig_expect_nothing(&rig);
    }
    assert_int_equal(seen, 15);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_hardware_interface_commands_and_responses_on_the_serial_port),
        TEST(test_hardware_interface_image_ready_instead_of_image),
        TEST(test_hardware_interface_slave_spi_up_to_8_mhz),
        TEST(test_hardware_interface_solid_green_and_model_3),
        TEST(test_hardware_interface_has_no_wifi),
        TEST(test_image_ready_value_is_the_number_of_bytes_to_read),
        TEST(test_image_ready_value_is_a_multiple_of_4),
        TEST(test_image_ready_the_image_waits_until_it_is_read),
        TEST(test_image_ready_a_reader_that_never_reads_hangs_nothing),
        TEST(test_image_ready_data_is_the_get_image_response),
        TEST(test_image_ready_checksum_4_bytes_high_byte_first),
        TEST(test_image_ready_checksum_discards_corrupt_images),
        TEST(test_image_ready_0_to_3_dummy_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
