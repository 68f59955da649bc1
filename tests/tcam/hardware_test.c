/// The hardware interface's image, from the controller's side of the two wires: announced on the
/// serial line, read from the slave SPI port in one transaction.
#include "support_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/clock.h"
#include "core/json.h"
#include "core/status.h"
#include "sim/spi_slave.h"

static struct rig rig;
static struct ib_sim_spi_slave spi;
static struct ib_spi_slave port;
static struct ib_tcam_slave slave;

static const char restart_error[] = "SPI Slave restart error - images disabled";
static const char setup_error[] = "Setup SPI Slave failed - images disabled";

static int setup(void **state) {
    (void)state;
    memset(&slave, 0, sizeof slave);
    ib_sim_spi_slave_init(&spi, 7);
    port = ib_sim_spi_slave_port(&spi);
    slave.port = &port;
    rig_init_with(&rig, &(struct rig_with){.tcam = {.slave = &slave, .model_base = 3}});
    ib_tcam_session_serial(&rig.session);
    return 0;
}

/// The number of the image_ready that must come next.
static size_t expect_ready(void) {
    struct ib_tcam_chunk chunk;
    const char *text = rig_pull_from(&rig, &rig.session, &chunk);
    assert_false(chunk.image);
    unsigned long value = 0;
    char rest = 0;
    if (sscanf(text, "{\"image_ready\":%lu%c", &value, &rest) != 2 || rest != '}')
        fail_msg("expected image_ready, got %.100s", text);
    assert_true(ib_sim_spi_slave_armed(&spi)); // before it is said
    return value;
}

static uint8_t wire[65536];

/// One transaction, as the controller's driver does it; time passes.
static void transfer(size_t size, uint32_t clock_hz) {
    assert_true(size <= sizeof wire);
    rig.now_us += ib_sim_spi_slave_transfer(&spi, wire, size, clock_hz);
}

/// The known readers: the checksum is the last 4 bytes of the announced number, high byte first; the
/// text is what stands between the delimiters.
/// Return: whether the image was taken.
static bool reader_takes(size_t announced) {
    if (announced < 6 || announced % 4 != 0)
        return false;
    const uint8_t *sum = wire + announced - 4;
    uint32_t expected =
        (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
    uint32_t added = 0;
    for (size_t i = 0; i < announced - 4; i++)
        added += wire[i];
    // Nothing but zeros has the right sum too.
    return added == expected && wire[0] == 2 && wire[announced - 5] == 3;
}

/// The JSON that the reader took is the image packet's; its pixels are frame `number`'s.
static void expect_image(size_t announced, uint32_t number) {
    assert_true(reader_takes(announced));
    const struct ib_tcam *tcam = &rig.tcam;
    size_t text_size = tcam->packet_size - 2;
    assert_memory_equal(wire + 1, tcam->packet + 1, text_size);
    assert_int_equal(wire[text_size], '}');
    size_t blanks = announced - 4 - (text_size + 2);
    assert_true(blanks <= 3);
    for (size_t i = 0; i < blanks; i++)
        assert_int_equal(wire[1 + text_size + i], ' ');

    static uint16_t pixels[IB_IMAGE_JSON_PX];
    struct ib_frame frame = {.pixels = pixels, .capacity_px = IB_IMAGE_JSON_PX};
    struct ib_image_metadata metadata;
    assert_int_equal(
        ib_image_json_read((const char *)wire + 1, announced - 6, &frame, &metadata, NULL), IB_OK);
    for (uint32_t i = 0; i < IB_IMAGE_JSON_PX; i++)
        assert_int_equal(pixels[i], rig_pixel(number, i));
    assert_int_equal(metadata.model, 3);
}

static size_t get_image(void) {
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, 0);
    return expect_ready();
}

static void image_ready_then_one_transaction(void **state) {
    (void)state;
    static const uint32_t clocks_hz[] = {7000000, 8000000};
    for (uint32_t i = 0; i < 2; i++) {
        size_t size = get_image();
        rig_expect_nothing(&rig);
        transfer(size, clocks_hz[i]);
        expect_image(size, i + 1);
        rig_expect_nothing(&rig);
        assert_int_equal(slave.sent, i + 1);
        assert_false(slave.armed);
    }
    assert_int_equal(slave.timeouts + slave.dropped, 0);
    assert_int_equal(rig.tcam.counters.images_sent, 2);
}

static void the_value_is_a_multiple_of_4(void **state) {
    (void)state;
    unsigned blanks_seen = 0;
    for (size_t length = 1; length <= 32; length++) {
        memset(rig.tcam.metadata.camera, 0, sizeof rig.tcam.metadata.camera);
        memset(rig.tcam.metadata.camera, 'n', length);
        size_t size = get_image();
        assert_int_equal(size % 4, 0);
        assert_true(size <= 54272); // what known readers take
        transfer(size, 7000000);
        expect_image(size, (uint32_t)length);
        blanks_seen |= 1u << (size - 4 - rig.tcam.packet_size);
        rig_expect_nothing(&rig);
    }
    assert_int_equal(blanks_seen, 15);
}

static void above_8_mhz_the_checksum_differs(void **state) {
    (void)state;
    size_t size = get_image();
    transfer(size, 12000000);
    assert_false(reader_takes(size)); // dropped
    size = get_image();
    transfer(size, 7000000);
    expect_image(size, 2);
}

static void a_flipped_bit_is_found(void **state) {
    (void)state;
    size_t size = get_image();
    ib_sim_spi_slave_fault(&spi, IB_SIM_SPI_SLAVE_BIT_FLIPS);
    transfer(size, 7000000);
    assert_false(reader_takes(size));
    ib_sim_spi_slave_fault(&spi, IB_SIM_SPI_SLAVE_WELL);
    size = get_image();
    transfer(size, 7000000);
    expect_image(size, 2);
}

static void not_read_within_1_s(void **state) {
    (void)state;
    size_t size = get_image();
    uint64_t armed_us = rig.now_us;
    assert_int_equal(ib_tcam_session_due(&rig.session), armed_us + 1000000);
    rig.now_us = armed_us + 999999;
    rig_expect_nothing(&rig);
    assert_true(ib_sim_spi_slave_armed(&spi));
    rig.now_us = armed_us + 1000000;
    rig_expect_nothing(&rig);
    assert_false(ib_sim_spi_slave_armed(&spi)); // discarded
    assert_int_equal(slave.timeouts, 1);
    assert_int_equal(rig.logged, 1);
    assert_true(ib_tcam_session_due(&rig.session) > rig.now_us + 1000000);

    transfer(size, 7000000); // too late: zeros
    assert_int_equal(wire[0], 0);
    size = get_image();
    transfer(size, 7000000);
    expect_image(size, 2);
    assert_int_equal(slave.sent, 0); // the camera has not looked yet
    rig_expect_nothing(&rig);
    assert_int_equal(slave.sent, 1);
}

static void requests_are_answered_while_an_image_waits(void **state) {
    (void)state;
    size_t size = get_image();
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    rig_say(&rig, "{\"cmd\":\"run_ffc\"}");
    rig_expect_nothing(&rig);
    transfer(size, 8000000); // while the camera is at work
    expect_image(size, 1);
    rig_expect_nothing(&rig);
    assert_int_equal(slave.sent, 1);
    rig_answer(&rig, IB_OK);
    rig_expect(&rig, rig_info(1, "run_ffc success"));
}

static void a_second_get_image_waits_for_the_first_to_be_read(void **state) {
    (void)state;
    size_t size = get_image();
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig);
    transfer(size, 7000000);
    assert_true(reader_takes(size)); // the first, untouched
    size = expect_ready();           // at once: the frame that came meanwhile
    transfer(size, 7000000);
    expect_image(size, 2);

    // The same when the first is never read.
    get_image();
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    rig.now_us += 999999;
    rig_expect_nothing(&rig);
    rig.now_us += 1;
    size = expect_ready();
    transfer(size, 7000000);
    expect_image(size, 4);
    assert_int_equal(slave.timeouts, 1);
    assert_int_equal(slave.dropped, 0);
}

static void a_stream_counts_images_that_found_the_port_busy(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_on\",\"args\":{\"num_frames\":5}}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    rig_frame(&rig, 0);
    size_t size = expect_ready();
    for (int i = 0; i < 2; i++) { // a slow reader: two more frames come meanwhile
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        rig_expect_nothing(&rig);
    }
    assert_int_equal(slave.dropped, 2);
    transfer(size, 7000000);
    assert_true(reader_takes(size));
    for (uint32_t number = 4; number <= 5; number++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        size = expect_ready();
        transfer(size, 7000000);
        expect_image(size, number);
    }
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig); // five attempts are over
    assert_false(rig.session.streaming);
    assert_int_equal(slave.sent, 3);
    assert_int_equal(rig.tcam.counters.images_sent, 3);
}

static void any_transaction_uses_the_image_up(void **state) {
    (void)state;
    static const size_t lengths[] = {1, 4, 1000, 51000};
    for (uint32_t i = 0; i < 4; i++) {
        size_t size = get_image();
        transfer(lengths[i], 7000000);
        assert_memory_equal(wire, slave.packet, lengths[i]);
        rig_expect_nothing(&rig);
        assert_int_equal(slave.sent, i + 1);
        transfer(size, 7000000);
        assert_false(reader_takes(size)); // zeros
    }
    assert_int_equal(spi.short_transactions, 4);
    size_t size = get_image();
    transfer(size + 100, 7000000); // longer than it is: zeros behind
    expect_image(size, 5);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(wire[size + i], 0);
}

static void spi_slave_restart_error(void **state) {
    (void)state;
    size_t size = get_image();
    transfer(size, 7000000);
    rig_expect_nothing(&rig);
    get_image();
    ib_sim_spi_slave_fault(&spi, IB_SIM_SPI_SLAVE_DEAD);
    // A reply that waits goes first.
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig.now_us += 1000000;
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
    rig_expect(&rig, rig_info(4, restart_error));
    assert_true(slave.dead);

    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    for (int i = 0; i < 3; i++) { // images are off, and it was said once
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
        rig_expect_nothing(&rig);
    }
    rig_say(&rig, "{\"cmd\":\"get_image\"}"); // … and is said at once
    rig_expect(&rig, rig_info(0, "get_image failed"));
    rig_say(&rig, "{\"cmd\":\"get_config\"}"); // all else goes on
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");

    // It is tried again every 5 s; once it can be set up, images come.
    rig.now_us += 5000000;
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig);
    assert_true(slave.dead);
    ib_sim_spi_slave_fault(&spi, IB_SIM_SPI_SLAVE_WELL);
    rig.now_us += 5000000;
    rig_expect_nothing(&rig);
    assert_false(slave.dead);
    size = get_image();
    transfer(size, 7000000);
    rig_expect_nothing(&rig);
}

static void setup_spi_slave_failed(void **state) {
    (void)state;
    spi.dead = true;
    ib_sim_spi_slave_fault(&spi, IB_SIM_SPI_SLAVE_DEAD);
    rig_say(&rig, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    rig_expect(&rig, rig_info(0, "get_image failed"));
    rig_expect(&rig, rig_info(4, setup_error));
    rig_expect_nothing(&rig);
    assert_true(slave.dead);
}

static void a_port_that_lost_its_way_is_set_up_anew(void **state) {
    (void)state;
    // Something else lies there: the port says BUSY, a restart makes room.
    static const uint8_t foreign[4];
    assert_int_equal(port.ops->arm(port.context, foreign, sizeof foreign), IB_OK);
    size_t size = get_image();
    transfer(size, 7000000);
    expect_image(size, 1);
    rig_expect_nothing(&rig);
    // It fails while an image waits, but can be set up again.
    get_image();
    spi.dead = true;
    rig_expect_nothing(&rig);
    assert_int_equal(slave.timeouts, 1);
    assert_false(slave.dead);
    size = get_image();
    transfer(size, 7000000);
    expect_image(size, 3);
}

static void on_a_socket_images_go_to_the_client(void **state) {
    (void)state;
    static struct ib_tcam_session other;
    ib_tcam_session_init(&other, &rig.tcam, rig.now_us);
    rig_say_to(&rig, &other, "{\"cmd\":\"get_image\"}");
    rig_frame(&rig, 0);
    struct ib_tcam_chunk chunk;
    rig_pull_from(&rig, &other, &chunk);
    assert_true(chunk.image);
    assert_false(slave.armed);
    assert_true(ib_tcam_session_close(&other));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(image_ready_then_one_transaction, setup),
        cmocka_unit_test_setup(the_value_is_a_multiple_of_4, setup),
        cmocka_unit_test_setup(above_8_mhz_the_checksum_differs, setup),
        cmocka_unit_test_setup(a_flipped_bit_is_found, setup),
        cmocka_unit_test_setup(not_read_within_1_s, setup),
        cmocka_unit_test_setup(requests_are_answered_while_an_image_waits, setup),
        cmocka_unit_test_setup(a_second_get_image_waits_for_the_first_to_be_read, setup),
        cmocka_unit_test_setup(a_stream_counts_images_that_found_the_port_busy, setup),
        cmocka_unit_test_setup(any_transaction_uses_the_image_up, setup),
        cmocka_unit_test_setup(spi_slave_restart_error, setup),
        cmocka_unit_test_setup(setup_spi_slave_failed, setup),
        cmocka_unit_test_setup(a_port_that_lost_its_way_is_set_up_anew, setup),
        cmocka_unit_test_setup(on_a_socket_images_go_to_the_client, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
