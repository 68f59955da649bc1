/// The board around the scripts without a script: its two kinds of time, its pins and buses.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/script_board.h"
#include "core/status.h"

static struct ib_app_rig *rig;
static struct ib_app_script_board board;
static unsigned expired;
static uint64_t expired_us;

static void on_expired(void *context) {
    (void)context;
    expired++;
    expired_us = board.now_us;
}

/// As the engine does: whoever waits looks again.
static void on_published(void *context) {
    (void)context;
    ib_clock_wake(&board.clock);
}

static void open_board(enum ib_app_time time, uint64_t limit_us) {
    struct ib_app_uri uri;
    char problem[640];
    expired = 0;
    assert_true(
        ib_app_uri_parse(&uri, "sim:lepton-3.5?scene=kettle&seed=5", problem, sizeof problem));
    if (ib_app_rig_open(&rig, &uri, IB_APP_RIG_PURE_THERMAL, time, NULL, problem, sizeof problem) !=
        0)
        fail_msg("%s", problem);
    rig->hub.published = on_published;
    const struct ib_app_script_board_config config = {
        .rig = rig, .limit_us = limit_us, .expired = on_expired};
    if (ib_app_script_board_open(&board, &config, problem, sizeof problem) != 0)
        fail_msg("%s", problem);
}

static void close_board(void) {
    ib_app_rig_stop(rig);
    ib_app_script_board_close(&board);
    ib_app_rig_close(rig);
}

static uint64_t now(void) {
    return ib_clock_now(&board.clock);
}

/// Waits as the engine's do: whoever was woken looks, and goes on waiting.
static void wait_until(uint64_t when_us) {
    while (now() < when_us)
        ib_clock_wait_until(&board.clock, when_us);
}

static void waiting_runs_the_camera(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 0);
    assert_true(board.stepped);
    assert_int_equal(ib_hub_sequence(&rig->hub), 0);
    wait_until(5000000);
    assert_int_equal(now(), 5000001 + 1);
    const struct ib_frame *frame = ib_hub_newest(&rig->hub, 0);
    assert_non_null(frame);
    // The last one is never older than the time between two.
    assert_in_range(frame->captured_us, 5000000 - 230000, 5000002);
    assert_true(frame->agc);
    ib_hub_release(&rig->hub, frame);
    close_board();
}

static void a_frame_ends_a_wait(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 0);
    wait_until(5000000);
    uint32_t before = ib_hub_sequence(&rig->hub);
    ib_clock_wait_until(&board.clock, 60000000);
    assert_int_equal(ib_hub_sequence(&rig->hub), before + 1);
    assert_in_range(board.now_us, 5000000, 5240000);
    // Also while nobody waits: a loop that only looks at the clock sees frames, too.
    while (ib_hub_sequence(&rig->hub) == before + 1)
        (void)now();
    close_board();
}

static void on_answer(void *context) {
    unsigned *answers = context;
    (*answers)++;
    ib_clock_wake(&board.clock);
}

static void requests_are_answered_in_waits(void **state) {
    (void)state;
    unsigned answers = 0;
    open_board(IB_APP_TIME_FREE, 0);
    wait_until(5000000);
    struct ib_camera_request request = {
        .ask = IB_ASK_SETTINGS,
        .settings = {.mask = IB_SETTING_AGC, .agc = false},
        .notify = on_answer,
        .notify_context = &answers,
    };
    ib_camera_post(&rig->camera, &request);
    assert_false(ib_camera_answered(&request));
    while (!ib_camera_answered(&request))
        ib_clock_wait_until(&board.clock, 60000000);
    assert_int_equal(request.status, IB_OK);
    assert_int_equal(answers, 1);
    assert_in_range(board.now_us, 5000000, 6000000);
    close_board();
}

static void the_limit_is_met_exactly(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 1234567);
    wait_until(1000000);
    assert_int_equal(expired, 0);
    ib_clock_wait_until(&board.clock, IB_NEVER);
    while (expired == 0)
        ib_clock_wait_until(&board.clock, IB_NEVER);
    assert_int_equal(expired_us, 1234567);
    wait_until(2000000);
    assert_int_equal(expired, 1);
    close_board();
}

/// What somebody sees who waits, looks and talks, as text.
static void story(char *out, size_t size) {
    size_t used = 0;
    open_board(IB_APP_TIME_FREE, 0);
    for (unsigned i = 0; i < 300; i++) {
        ib_clock_wait_until(&board.clock, now() + 1000 * (i % 50));
        (void)ib_i2c_transfer(board.hands.camera_bus, 0x55, NULL, 0);
        used += (size_t)snprintf(out + used, size - used, "%llu %u\n",
                                 (unsigned long long)board.now_us, ib_hub_sequence(&rig->hub));
    }
    const struct ib_frame *frame = ib_hub_newest(&rig->hub, 0);
    assert_non_null(frame);
    for (unsigned i = 0; i < 160; i++)
        used += (size_t)snprintf(out + used, size - used, "%u ", frame->pixels[60 * 160 + i]);
    ib_hub_release(&rig->hub, frame);
    assert_true(used < size);
    close_board();
}

static void twice_the_same(void **state) {
    (void)state;
    static char first[16384], second[16384];
    story(first, sizeof first);
    story(second, sizeof second);
    assert_string_equal(first, second);
}

static void wires_cost_the_scripts_time(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 0);
    wait_until(4000000);
    uint64_t camera_us = rig->sim_clock.now_us, before_us = board.now_us;
    assert_int_equal(ib_i2c_transfer(board.hands.camera_bus, 0x55, NULL, 0), IB_E_NACK);
    assert_int_equal(board.now_us - before_us, 110 + 1);
    assert_in_range(rig->sim_clock.now_us, camera_us, camera_us + 20000);
    // The Lepton answers to its owner only.
    assert_int_equal(
        ib_i2c_transfer(board.hands.camera_bus, ib_board_pure_thermal.lepton_address, NULL, 0),
        IB_E_NACK);
    assert_int_equal(ib_sim_lepton_violation_count(rig->lepton), 0);
    assert_non_null(board.hands.i2c[2]);
    assert_non_null(board.hands.i2c[4]);
    assert_null(board.hands.i2c[1]);
    assert_null(board.hands.i2c[3]);
    assert_int_equal(ib_app_script_board_bus_fault(&board, 3, IB_SIM_I2C_BUS_NACK, 1), -1);
    assert_int_equal(ib_app_script_board_bus_fault(&board, 4, IB_SIM_I2C_BUS_STUCK, 20000), 0);
    assert_int_equal(ib_i2c_transfer(board.hands.i2c[4], 0x40, NULL, 0), IB_E_TIMEOUT);
    close_board();
}

static const char *json_of(void (*put)(struct ib_app_script_board *self,
                                       struct ib_json_writer *json)) {
    static char out[8192];
    struct ib_json_writer json;
    ib_json_begin(&json, out, sizeof out);
    ib_json_open_object(&json, NULL);
    put(&board, &json);
    ib_json_close_object(&json);
    assert_true(ib_json_finish(&json) > 0);
    return out;
}

static bool says(void (*put)(struct ib_app_script_board *self, struct ib_json_writer *json),
                 const char *text) {
    return strstr(json_of(put), text) != NULL;
}

static void leds_and_buttons(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 0);
    const struct ib_pin *red = board.hands.pins[IB_PT_LED_RED];
    const struct ib_pin *white = board.hands.pins[IB_PT_LED_WHITE];
    const struct ib_pin *p0 = board.hands.pins[IB_PT_P0];
    // Low, but nothing flows.
    assert_true(says(ib_app_script_board_put_leds, "\"LED_RED\":false"));
    ib_pin_mode(red, IB_PIN_OUTPUT, IB_PIN_PULL_NONE);
    ib_pin_mode(white, IB_PIN_OUTPUT, IB_PIN_PULL_NONE);
    assert_true(says(ib_app_script_board_put_leds, "\"LED_RED\":true"));
    assert_true(says(ib_app_script_board_put_leds, "\"LED_WHITE\":false"));
    ib_pin_set(red, 1);
    ib_pin_set(white, 1);
    assert_true(says(ib_app_script_board_put_leds, "\"LED_RED\":false"));
    assert_true(says(ib_app_script_board_put_leds, "\"LED_WHITE\":true"));
    assert_int_equal(ib_app_script_board_drive(&board, "P0", IB_SIM_DRIVE_HIGH), 0);
    assert_int_equal(ib_pin_get(p0), 1);
    assert_true(says(ib_app_script_board_put_pins,
                     "{\"name\":\"P0\",\"level\":1,\"direction\":\"input\",\"pull\":\"none\","
                     "\"outside\":\"high\",\"changes\":1}"));
    assert_int_equal(ib_app_script_board_drive(&board, "P10", IB_SIM_DRIVE_HIGH), -1);
    close_board();
}

static int read16(const struct ib_i2c *bus, uint8_t address7, uint16_t address) {
    uint8_t pointer[2] = {(uint8_t)(address >> 8), (uint8_t)address}, value[2];
    const struct ib_i2c_part parts[] = {{pointer, 2, 0}, {value, 2, 1}};
    int status = ib_i2c_transfer(bus, address7, parts, 2);
    return status < 0 ? status : value[0] << 8 | value[1];
}

static void write8(const struct ib_i2c *bus, uint8_t address7, uint16_t address, uint8_t value) {
    uint8_t bytes[3] = {(uint8_t)(address >> 8), (uint8_t)address, value};
    const struct ib_i2c_part part = {bytes, 3, 0};
    assert_int_equal(ib_i2c_transfer(bus, address7, &part, 1), IB_OK);
}

/// Chip ids where the board says that the parts are.
static void the_parts_are_there(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 0);
    wait_until(100000);
    assert_int_equal(read16(board.hands.camera_bus, 0x3C, 0x300A), 0x5640);
    assert_int_equal(read16(board.hands.i2c[2], 0x29, 0x010F), 0xEACC);
    assert_int_equal(read16(board.hands.i2c[4], 0x29, 0x010F), IB_E_NACK);
    assert_non_null(board.hands.visible);
    assert_non_null(board.hands.codec);
    assert_non_null(board.hands.autofocus);
    // The rangefinder takes another address, and its reset gives it the first again.
    write8(board.hands.i2c[2], 0x29, 0x0001, 0x30);
    assert_int_equal(read16(board.hands.i2c[2], 0x29, 0x010F), IB_E_NACK);
    assert_int_equal(read16(board.hands.i2c[2], 0x30, 0x010F), 0xEACC);
    // Powered down nobody answers; 1 means powered.
    assert_int_equal(ib_gpio_get(board.hands.visible_power), 1);
    assert_int_equal(ib_gpio_set(board.hands.visible_power, 0), IB_OK);
    assert_int_equal(read16(board.hands.camera_bus, 0x3C, 0x300A), IB_E_NACK);
    close_board();
}

static void parts_misbehave_by_name(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 0);
    wait_until(100000);
    assert_int_equal(ib_app_script_parts_fault(&board, "ov5640", "nack", 2, 0), IB_OK);
    assert_true(says(ib_app_script_parts_put, "{\"name\":\"ov5640\",\"fault\":\"nack\""));
    assert_int_equal(read16(board.hands.camera_bus, 0x3C, 0x300A), IB_E_NACK);
    assert_int_equal(read16(board.hands.camera_bus, 0x3C, 0x300A), IB_E_NACK);
    assert_int_equal(read16(board.hands.camera_bus, 0x3C, 0x300A), 0x5640);
    assert_int_equal(ib_app_script_parts_fault(&board, "vl53l1x", "unplug", 0, 0), IB_OK);
    assert_int_equal(read16(board.hands.i2c[2], 0x29, 0x010F), IB_E_NACK);
    assert_int_equal(ib_app_script_parts_fault(&board, "vl53l1x", "heal", 0, 0), IB_OK);
    wait_until(200000);
    assert_int_equal(read16(board.hands.i2c[2], 0x29, 0x010F), 0xEACC);
    assert_int_equal(ib_app_script_parts_fault(&board, "vl53l1x", "sulks", 0, 0), IB_E_INVAL);
    assert_int_equal(ib_app_script_parts_fault(&board, "lepton", "nack", 0, 0), IB_E_NOT_FOUND);
    assert_int_equal(ib_app_script_parts_place(&board, 500), IB_OK);
    assert_int_equal(ib_app_script_parts_light(&board, 0.5f), IB_OK);
    close_board();
}

static int distance_mm(void) {
    const char *found = strstr(json_of(ib_app_script_parts_put), "\"truth_mm\":");
    assert_non_null(found);
    return atoi(found + strlen("\"truth_mm\":"));
}

/// They look at what the Lepton looks at, whoever changes it.
static void the_same_scene(void **state) {
    (void)state;
    open_board(IB_APP_TIME_FREE, 0);
    wait_until(100000);
    const struct ib_sim_scene *house = ib_sim_scene_named("house");
    int kettle_mm = (int)ib_sim_scene_distance_mm(atomic_load(&rig->scene), 0.1, 5, 27);
    int house_mm = (int)ib_sim_scene_distance_mm(house, 0.1, 5, 27);
    assert_in_range(distance_mm(), kettle_mm - 20, kettle_mm + 20);
    atomic_store(&rig->scene, house);
    assert_in_range(distance_mm(), house_mm - 20, house_mm + 20);
    assert_true(kettle_mm + 100 < house_mm || house_mm + 100 < kettle_mm);
    ib_app_script_parts_place(&board, 321);
    assert_int_equal(distance_mm(), 321);
    close_board();
}

/// In real time the camera has a thread of its own, and nobody touches its clock but that.
static void beside_a_camera_in_real_time(void **state) {
    (void)state;
    char problem[256] = "";
    open_board(IB_APP_TIME_REAL, 0);
    assert_false(board.stepped);
    assert_int_equal(ib_app_rig_start(rig, problem, sizeof problem), 0);
    uint64_t last_us = 0;
    struct ib_camera_state seen;
    do { // until the camera has talked to its module over the same bus
        uint64_t now_us = now();
        assert_true(now_us >= last_us);
        last_us = now_us;
        assert_int_equal(ib_i2c_transfer(board.hands.camera_bus, 0x55, NULL, 0), IB_E_NACK);
        assert_true(now() >= now_us + 110);
        ib_app_script_board_drive(&board, "P1", IB_SIM_DRIVE_LOW);
        ib_camera_state(&rig->camera, &seen);
    } while (seen.stage == IB_STAGE_OFF || seen.stage == IB_STAGE_BOOTING);
    close_board();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_runs_the_camera),
        cmocka_unit_test(a_frame_ends_a_wait),
        cmocka_unit_test(requests_are_answered_in_waits),
        cmocka_unit_test(the_limit_is_met_exactly),
        cmocka_unit_test(twice_the_same),
        cmocka_unit_test(wires_cost_the_scripts_time),
        cmocka_unit_test(leds_and_buttons),
        cmocka_unit_test(the_parts_are_there),
        cmocka_unit_test(parts_misbehave_by_name),
        cmocka_unit_test(the_same_scene),
        cmocka_unit_test(beside_a_camera_in_real_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
