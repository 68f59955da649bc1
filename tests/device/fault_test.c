/// Faults 1 to 8: what brings each, what ends it, what the LED shows. 4, 5 and 7 with the real
/// camera on a simulated Lepton, which also proves that normal life shows none of them.
#include "support_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/tcam_mini.h"
#include "drivers/lepton/capture.h"
#include "drivers/lepton/cci.h"
#include "sim/lepton.h"

#define assert_seen(board, ms, text) assert_string_equal(board_watch_ms(board, ms), text)
#define SLOTS 4
#define PX (160 * 120)

// ---- a board with a whole camera ----

static struct live {
    struct board *board;
    struct ib_sim_clock sim_clock;
    struct ib_clock clock;
    struct ib_sim_lepton part;
    struct ib_i2c part_i2c, i2c;
    struct ib_spi part_spi, spi;
    struct ib_gpio reset, power;
    struct ib_lepton_cci cci_engine;
    struct ib_lepton_capture capture;
    struct ib_cci cci;
    struct ib_source source;
    struct ib_hub hub;
    uint16_t pixels[SLOTS * PX];
    struct ib_camera camera;
    bool i2c_dead, spi_dead;
    uint64_t device_due_us;
    uint32_t frames;
    unsigned shown; ///< bit n: fault n was shown
} live;

static int tap_i2c(void *context, uint8_t address7, const struct ib_i2c_part *parts, size_t count) {
    (void)context;
    if (live.i2c_dead) {
        ib_sim_clock_spend(&live.sim_clock, 100);
        return IB_E_NACK;
    }
    return ib_i2c_transfer(&live.part_i2c, address7, parts, count);
}

static int tap_spi(void *context, const uint8_t *tx, uint8_t *rx, size_t size) {
    (void)context;
    if (live.spi_dead)
        return IB_E_IO;
    return ib_spi_transfer(&live.part_spi, tx, rx, size);
}

static const struct ib_i2c_ops tap_i2c_ops = {tap_i2c};
static const struct ib_spi_ops tap_spi_ops = {tap_spi};

/// Everything but the first step.
static struct board *live_new(const char *model, uint64_t seed) {
    const struct ib_board_tcam_mini *wiring = &ib_board_tcam_mini;
    memset(&live, 0, sizeof live);
    live.board = board_prepare(IB_DEVICE_WIFI);
    live.board->by_hand = true;
    ib_sim_clock_init(&live.sim_clock);
    live.clock = ib_sim_clock_table(&live.sim_clock);
    struct ib_sim_lepton_config part = {.model = model,
                                        .seed = seed,
                                        .scene = ib_sim_scene_named("bars"),
                                        .clock = &live.sim_clock,
                                        .i2c_hz = wiring->lepton_i2c_hz,
                                        .spi_hz = wiring->lepton_spi_hz,
                                        .quiet = true};
    assert_int_equal(ib_sim_lepton_init(&live.part, &part), IB_OK);
    live.part_i2c = ib_sim_lepton_i2c(&live.part);
    live.part_spi = ib_sim_lepton_spi(&live.part);
    live.i2c = (struct ib_i2c){&tap_i2c_ops, NULL};
    live.spi = (struct ib_spi){&tap_spi_ops, NULL, live.part_spi.max_bytes};
    live.reset = ib_sim_lepton_reset(&live.part);
    live.power = ib_sim_lepton_power(&live.part);
    ib_lepton_cci_init(&live.cci_engine, &live.i2c, &live.cci);
    ib_lepton_capture_init(&live.capture, &live.spi, &live.source);
    live.source.cci = &live.cci;
    live.source.reset = &live.reset;
    live.source.power = &live.power;
    assert_int_equal(ib_hub_init(&live.hub, SLOTS, live.pixels, SLOTS * PX), IB_OK);
    struct ib_camera_config camera = {.source = &live.source,
                                      .hub = &live.hub,
                                      .wanted = wiring->wanted,
                                      .wanted_count = wiring->wanted_count,
                                      .log = &live.board->log};
    assert_int_equal(ib_camera_init(&live.camera, &camera), IB_OK);
    live.board->now_us = 0;
    board_start(live.board);
    return live.board;
}

static void live_turn(uint64_t until_us) {
    struct board *board = live.board;
    uint64_t camera_due_us;
    ib_camera_step(&live.camera, ib_clock_now(&live.clock), &camera_due_us);
    board->now_us = live.sim_clock.now_us;
    ib_camera_state(&live.camera, &board->camera);
    if (board->camera.counters.frames != live.frames || board->now_us >= live.device_due_us) {
        live.frames = board->camera.counters.frames;
        board_poke(board);
        live.device_due_us = board->due_us;
        live.shown |= 1u << ib_device_shown_fault(&board->device);
    }
    uint64_t next_us = camera_due_us < live.device_due_us ? camera_due_us : live.device_due_us;
    ib_clock_wait_until(&live.clock, next_us < until_us ? next_us : until_us);
}

static void live_run_ms(uint32_t ms) {
    uint64_t until_us = live.sim_clock.now_us + ms * 1000ull;
    while (live.sim_clock.now_us < until_us)
        live_turn(until_us);
}

/// How long until this fault is shown (or, with none, until all is well). Fails after `limit_ms`.
static uint32_t live_until_ms(enum ib_device_fault fault, uint32_t limit_ms) {
    uint64_t from_us = live.sim_clock.now_us, until_us = from_us + limit_ms * 1000ull;
    while (ib_device_shown_fault(&live.board->device) != fault) {
        if (live.sim_clock.now_us >= until_us)
            fail_msg("fault %d did not show within %u ms, but %d", (int)fault, (unsigned)limit_ms,
                     (int)ib_device_shown_fault(&live.board->device));
        live_turn(until_us);
    }
    return (uint32_t)((live.sim_clock.now_us - from_us) / 1000);
}

static void live_ask(struct ib_camera_request *request) {
    uint64_t until_us = live.sim_clock.now_us + 20000000;
    ib_camera_post(&live.camera, request);
    while (!ib_camera_answered(request)) {
        assert_true(live.sim_clock.now_us < until_us);
        live_turn(until_us);
    }
}

static void assert_never_a_fault(void) {
    if (live.shown & ~1u)
        fail_msg("faults were shown: %#x", live.shown);
    assert_int_equal(board_logged(live.board, "fault "), 0);
}

// ---- normal life ----

static void a_normal_start_shows_no_fault(void **state) {
    static const char *const models[] = {"2.0", "2.5", "3.0", "3.1R", "3.5"};
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct board *board = live_new(models[i], i + 1);
        assert_int_equal(board->device.led.state, IB_LED_STARTING);
        live_run_ms(15000);
        assert_true(board->camera.counters.frames > 50);
        assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
        assert_never_a_fault();
    }
}

static void ffcs_show_no_fault(void **state) {
    (void)state;
    struct board *board = live_new("3.5", 3);
    live_run_ms(8000);
    for (unsigned i = 0; i < 6; i++) {
        struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
        // The last ones take longer than any module's.
        if (i >= 4)
            assert_int_equal(ib_sim_lepton_fault(&live.part, IB_FAULT_FFC_LONG, 1, 2000000), IB_OK);
        live_ask(&ffc);
        live_run_ms(i % 2 ? 3000 : 10);
    }
    assert_true(board->camera.counters.ffc_frames > 0);
    assert_never_a_fault();
    // Older modules send nothing at all meanwhile, and have to be synchronised anew.
    assert_int_equal(ib_sim_lepton_fault(&live.part, IB_FAULT_FFC_NO_VIDEO, 0, 0), IB_OK);
    for (unsigned i = 0; i < 3; i++) {
        struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
        live_ask(&ffc);
        live_run_ms(4000);
    }
    assert_never_a_fault();
}

static void new_settings_show_no_fault_and_are_stored(void **state) {
    (void)state;
    struct board *board = live_new("3.5", 4);
    live_run_ms(8000);
    uint32_t saves = board->device.store.saves;
    for (unsigned i = 1; i <= 12; i++) {
        struct ib_camera_request set = {
            .ask = IB_ASK_SETTINGS,
            .settings = {.mask = IB_SETTING_AGC | IB_SETTING_EMISSIVITY | IB_SETTING_GAIN,
                         .agc = i % 2,
                         .emissivity_pct = (uint8_t)(100 - i),
                         .gain = (uint8_t)(i % 3)}};
        live_ask(&set);
        assert_int_equal(set.status, IB_OK);
        live_run_ms(2500);
        assert_int_equal(board->device.store.saves, saves + i);
        assert_int_equal(board->device.store.now.lepton.agc, i % 2);
        assert_int_equal(board->device.store.now.lepton.emissivity_pct, 100 - i);
        assert_int_equal(board->device.store.now.lepton.gain, i % 3);
    }
    // The spotmeter and raw commands are not stored.
    struct ib_camera_request spot = {.ask = IB_ASK_SPOTMETER, .spot = {10, 10, 20, 20}};
    live_ask(&spot);
    assert_int_equal(spot.status, IB_OK);
    live_run_ms(3000);
    assert_int_equal(board->device.store.saves, saves + 12);
    assert_never_a_fault();
}

/// The board restarts after an update, and power-cycles the Lepton with it.
static void a_restart_of_the_board_shows_no_fault(void **state) {
    (void)state;
    struct board *board = live_new("3.5", 12);
    live_run_ms(8000);
    for (unsigned i = 0; i < 3; i++) {
        struct ib_camera_request cycle = {.ask = IB_ASK_RESET, .rung = IB_RUNG_POWER};
        ib_camera_post(&live.camera, &cycle);
        board_start(board);
        live.device_due_us = 0;
        live_run_ms(1400);
        assert_true(ib_camera_answered(&cycle));
        assert_int_equal(board->device.led.state, IB_LED_STARTING);
        live_run_ms(8000);
        assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    }
    assert_never_a_fault();
}

/// What the camera gets over within seconds is no fault for people.
static void a_module_that_only_needs_a_reboot_shows_no_fault(void **state) {
    static const enum ib_sim_fault kinds[] = {IB_FAULT_REBOOT, IB_FAULT_FREEZE,
                                              IB_FAULT_FFC_BROWN_OUT};
    (void)state;
    live_new("3.5", 13);
    live_run_ms(8000);
    for (unsigned i = 0; i < 3; i++) {
        struct ib_camera_request ffc = {.ask = IB_ASK_FFC};
        assert_int_equal(ib_sim_lepton_fault(&live.part, kinds[i], 0, 0), IB_OK);
        if (kinds[i] != IB_FAULT_FREEZE)
            live_ask(&ffc);
        live_run_ms(15000);
    }
    assert_never_a_fault();
}

static void small_disturbances_show_no_fault(void **state) {
    static const enum ib_sim_fault kinds[] = {
        IB_FAULT_I2C_NACK,      IB_FAULT_I2C_STUCK,   IB_FAULT_I2C_BIT_FLIP, IB_FAULT_CRC_ERROR,
        IB_FAULT_PACKET_DROP,   IB_FAULT_PACKET_LATE, IB_FAULT_DESYNC,       IB_FAULT_BYTE_SLIP,
        IB_FAULT_DISCARD_STORM, IB_FAULT_MISO_LOW,    IB_FAULT_STALE_SEGMENT};
    (void)state;
    live_new("3.5", 5);
    live_run_ms(8000);
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_int_equal(ib_sim_lepton_fault(&live.part, kinds[i], 0, 0), IB_OK);
        live_run_ms(3000);
        live.spi_dead = true;
        live_run_ms(300);
        live.spi_dead = false;
        live_run_ms(3000);
    }
    assert_never_a_fault();
}

// ---- the fault table ----

/// The series of a fault, from the next one's beginning on.
static void assert_blinks(struct board *board, unsigned fault) {
    char wanted[512] = "", *end = wanted;
    uint64_t period_us = 500000 * fault + 2000000;
    assert_int_equal(board->device.led.blinks, fault);
    uint64_t into_us = (board->now_us - board->device.led.since_us) % period_us;
    if (into_us)
        board_run(board, period_us - into_us);
    for (unsigned blink = 0; blink < fault; blink++)
        end += sprintf(end, "R200 -%u%s", blink + 1 < fault ? 300u : 2300u,
                       blink + 1 < fault ? " " : "");
    assert_seen(board, 500 * fault + 2000, wanted);
}

static void told(enum ib_device_fault fault) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    ib_device_fault(&board->device, fault, true);
    board_poke(board);
    assert_blinks(board, fault);
    assert_int_equal(board->device.faults, 1u << fault);
    ib_device_fault(&board->device, fault, true); // said again: nothing new
    board_run_ms(board, 3000);
    assert_int_equal(board->device.fault_counts[fault], 1);
    ib_device_fault(&board->device, fault, false);
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    assert_int_equal(board->device.faults, 0);
    char line[32];
    snprintf(line, sizeof line, "fault %d (", (int)fault);
    assert_int_equal(board_logged(board, line), 2);
}

static void test_fault_1_blinks_i2c_or_spi_peripheral(void **state) {
    (void)state;
    told(IB_DEVICE_FAULT_PERIPHERAL);
}

static void test_fault_2_blinks_storage_or_wifi(void **state) {
    (void)state;
    told(IB_DEVICE_FAULT_STORAGE);
    // A storage that is dead from the start: all works with defaults, and is read when it comes
    // back.
    struct board *board = board_running(IB_DEVICE_WIFI);
    board_join(board, "HomeNetwork", "ironbow-home");
    board->camera.settings.agc = true;
    board_run_ms(board, 6000);
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_DEAD);
    board->camera.settings.agc = false;
    board_start(board);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_STORAGE);
    assert_false(board_joins(board));
    board_run_ms(board, 100);
    assert_blinks(board, 2);
    // New Lepton settings do not overwrite what is waiting there.
    board->camera.settings.emissivity_pct = 99;
    board_run_ms(board, 20000);
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_WELL);
    board_run_ms(board, 10000);
    assert_int_equal(board->device.faults, 0);
    assert_int_equal(board->device.late_loads, 1);
    assert_true(board_joins(board));
    assert_int_equal(board->network.config.mode, IB_LINK_STATION);
    assert_true(ib_network_connected(&board->device.network));
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 99);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

static void a_firmware_record_that_could_not_be_read_is_read_later(void **state) {
    char why[IB_OTA_WHY_BYTES];
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_sim_flash_fault(&board->flash[FLASH_BOOT], IB_SIM_FLASH_DEAD);
    board_start(board);
    board_run_ms(board, 20000);
    assert_true(ib_ota_request(&board->device.ota, 1024, "2.0", board->now_us, why) < 0);
    uint32_t lines = board->log_count;
    board_run_ms(board, 60000);
    assert_int_equal(board->log_count, lines); // said once
    ib_sim_flash_fault(&board->flash[FLASH_BOOT], IB_SIM_FLASH_WELL);
    board_run_ms(board, 6000);
    board_ask_update(board, true);
    assert_int_not_equal(board->device.ota.stage, IB_OTA_IDLE);
}

static void test_fault_2_blinks_settings_that_cannot_be_written(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_WRITES_FAIL);
    board_run_ms(board, 5000);
    assert_int_equal(board->device.faults, 0); // nobody has written
    board->camera.settings.emissivity_pct = 42;
    board_run_ms(board, 100);
    assert_blinks(board, 2);
    uint32_t attempts = board->erase_attempts;
    board_run_ms(board, 60000);
    // At most one attempt every five seconds; each may try both copies.
    assert_in_range(board->erase_attempts - attempts, 11, 24);
    assert_int_equal(board->device.fault_counts[2], 1);
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_WELL);
    board_run_ms(board, 5100);
    assert_int_equal(board->device.faults, 0);
    board_run_ms(board, 5100);
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 42);
    board_start(board);
    assert_int_equal(board->device.store.now.lepton.emissivity_pct, 42);
}

static void test_fault_2_blinks_network_interface(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_RADIO_DEAD, board->now_us);
    board_run_ms(board, 100);
    assert_blinks(board, 2);
    board_run_ms(board, 60000);
    assert_int_equal(board->device.fault_counts[2], 1); // without a break between the attempts
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_WELL, board->now_us);
    board_run_ms(board, 8000);
    assert_int_equal(board->device.faults, 0);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

/// An interface whose start seems to work, and then it is broken all the same.
static int hopeful_start(void *context, const struct ib_link_config *config, uint64_t now_us) {
    (void)config;
    *(uint64_t *)context = now_us;
    return IB_OK;
}

static void hopeful_stop(void *context, uint64_t now_us) {
    (void)context;
    (void)now_us;
}

static void hopeful_poll(void *context, uint64_t now_us, struct ib_link_state *out,
                         uint64_t *due_us) {
    uint64_t broken_us = *(uint64_t *)context + 300000;
    bool broken = now_us >= broken_us;
    *out = (struct ib_link_state){.stage = broken ? IB_LINK_BROKEN : IB_LINK_STARTING,
                                  .reason = broken ? "no firmware for it" : ""};
    *due_us = broken ? IB_NEVER : broken_us;
}

static void test_fault_2_blinks_network_interface_that_starts_in_vain(void **state) {
    static const struct ib_link_ops ops = {hopeful_start, hopeful_stop, hopeful_poll};
    static uint64_t started_us;
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->link = (struct ib_link){.ops = &ops, .context = &started_us};
    board_start(board);
    board_run_ms(board, 250);
    assert_int_equal(board->device.faults, 0);
    board_run_ms(board, 100);
    assert_int_equal(board->device.faults, 1u << IB_DEVICE_FAULT_STORAGE);
    board_run_ms(board, 60000);
    assert_true(board->device.network.starts > 8);
    assert_int_equal(board->device.fault_counts[2], 1);
    assert_blinks(board, 2);
}

static void test_fault_3_blinks_memory(void **state) {
    (void)state;
    told(IB_DEVICE_FAULT_MEMORY);
}

static void test_fault_4_blinks_lepton_cci(void **state) {
    (void)state;
    // Nobody answers from the start.
    struct board *board = live_new("3.5", 6);
    live.i2c_dead = true;
    assert_in_range(live_until_ms(IB_DEVICE_FAULT_CCI, 6000), 3900, 5000);
    assert_int_equal(board->device.led.state, IB_LED_FAULT);
    assert_int_equal(board->device.led.blinks, 4);
    live_run_ms(60000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_CCI);
    assert_int_equal(board->device.fault_counts[4], 1);
    live.i2c_dead = false;
    live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_CCI);
    assert_true(board->camera.counters.frames > 0);
    // Later, too: frames may go on for a while, until the camera looks after the control side.
    live_run_ms(5000);
    live.i2c_dead = true;
    live_until_ms(IB_DEVICE_FAULT_CCI, 40000);
    live.i2c_dead = false;
    live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_CCI);
    assert_int_equal(board_logged(board, "fault 4 (lepton-cci): the Lepton does not answer"), 2);
    assert_int_equal(board_logged(board, "fault 4 (lepton-cci) is gone"), 2);
}

static void test_fault_4_blinks_lepton_not_there(void **state) {
    (void)state;
    struct board *board = live_new("3.5", 7);
    ib_sim_lepton_plug(&live.part, false);
    assert_in_range(live_until_ms(IB_DEVICE_FAULT_CCI, 6000), 3900, 5000);
    live_run_ms(40000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_CCI);
    ib_sim_lepton_plug(&live.part, true);
    live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
    live_run_ms(1000);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
    // Pulled out while it runs.
    ib_sim_lepton_plug(&live.part, false);
    live_until_ms(IB_DEVICE_FAULT_CCI, 8000);
    ib_sim_lepton_plug(&live.part, true);
    live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_CCI);
}

static void test_fault_5_blinks_lepton_vospi(void **state) {
    (void)state;
    told(IB_DEVICE_FAULT_VOSPI);
    struct board *board = live_new("3.5", 8);
    live.spi_dead = true; // from the start
    live_until_ms(IB_DEVICE_FAULT_VOSPI, 12000);
    live_run_ms(60000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_VOSPI);
    assert_int_equal(board->device.fault_counts[5], 1);
    live.spi_dead = false;
    live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
    live_run_ms(10000);
    live.spi_dead = true; // and while it runs
    live_until_ms(IB_DEVICE_FAULT_VOSPI, 12000);
    live_run_ms(20000);
    live.spi_dead = false;
    live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_VOSPI);
    assert_int_equal(board->device.fault_counts[5], 2);
}

static void test_fault_6_blinks_network(void **state) {
    (void)state;
    told(IB_DEVICE_FAULT_NETWORK);
}

static void test_fault_7_blinks_synchronisation(void **state) {
    static const enum ib_sim_fault kinds[] = {IB_FAULT_DISCARD_STORM, IB_FAULT_MISO_LOW,
                                              IB_FAULT_MISO_HIGH};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct board *board = live_new("3.5", 9);
        live_run_ms(8000);
        assert_int_equal(ib_sim_lepton_fault(&live.part, kinds[i], 0, 600000000), IB_OK);
        assert_in_range(live_until_ms(IB_DEVICE_FAULT_SYNC, 8000), 5600, 6200);
        assert_int_equal(board->device.led.blinks, 7);
        live_run_ms(60000);
        assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_SYNC);
        assert_int_equal(board->device.fault_counts[7], 1);
        ib_sim_lepton_heal(&live.part);
        live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
        assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_SYNC);
    }
    // From the start on it counts from the set-up.
    live_new("3.5", 10);
    assert_int_equal(ib_sim_lepton_fault(&live.part, IB_FAULT_MISO_LOW, 0, 600000000), IB_OK);
    live_until_ms(IB_DEVICE_FAULT_SYNC, 12000);
    live_run_ms(30000);
    assert_int_equal(live.shown & ~1u, 1u << IB_DEVICE_FAULT_SYNC);
}

static void test_fault_8_blinks_update(void **state) {
    (void)state;
    told(IB_DEVICE_FAULT_UPDATE);
    struct board *board = board_running(IB_DEVICE_WIFI);
    board_fail_update(board);
    assert_blinks(board, 8);
    board_run_ms(board, 60000);
    assert_int_equal(board->device.faults, 1u << IB_DEVICE_FAULT_UPDATE);
    // A new request ends it.
    board_ask_update(board, false);
    board_poke(board);
    assert_int_equal(board->device.faults, 0);
    ib_ota_cancel(&board->device.ota);
    board_poke(board);
    assert_int_equal(board->device.led.state, IB_LED_CONNECTED);
}

// ---- one trouble after the other ----

static void a_module_that_answers_again_but_sends_nothing_good_is_fault_7(void **state) {
    (void)state;
    live_new("3.5", 11);
    live_run_ms(8000);
    assert_int_equal(ib_sim_lepton_fault(&live.part, IB_FAULT_MISO_LOW, 0, 600000000), IB_OK);
    live.i2c_dead = true;
    live_until_ms(IB_DEVICE_FAULT_CCI, 8000);
    live_run_ms(10000);
    live.i2c_dead = false;
    live_until_ms(IB_DEVICE_FAULT_SYNC, 25000);
    live.i2c_dead = true;
    live_until_ms(IB_DEVICE_FAULT_CCI, 25000);
    live.i2c_dead = false;
    ib_sim_lepton_heal(&live.part);
    live_until_ms(IB_DEVICE_FAULT_NONE, 20000);
}

static void several_sources_of_one_number_do_not_end_each_other(void **state) {
    struct board *board = board_running(IB_DEVICE_WIFI);
    (void)state;
    ib_device_fault(&board->device, IB_DEVICE_FAULT_STORAGE, true);
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_RADIO_DEAD, board->now_us);
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_DEAD);
    board->camera.settings.agc = true;
    board_run_ms(board, 1000);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_STORAGE, false);
    board_run_ms(board, 10000);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_STORAGE);
    ib_sim_network_fault(&board->network, IB_SIM_NETWORK_WELL, board->now_us);
    board_run_ms(board, 10000);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_STORAGE);
    ib_sim_flash_fault(&board->flash[FLASH_SETTINGS], IB_SIM_FLASH_WELL);
    board_run_ms(board, 10000);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    assert_int_equal(board->device.fault_counts[2], 1);

    // The camera's own, and told.
    board->mute = true;
    board->io_errors_every = 200000;
    board_run_ms(board, 6000);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_VOSPI, true);
    board->mute = false;
    board->io_errors_every = 0;
    board_run_ms(board, 1000);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_VOSPI);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_VOSPI, false);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    assert_int_equal(board->device.fault_counts[5], 1);
}

static void thresholds_are_kept_to_the_microsecond(void **state) {
    (void)state;
    struct board *board = board_running(IB_DEVICE_WIFI);
    board->device.config.button = NULL; // nothing but the watch itself asks for a step
    board->by_hand = true;
    board->camera.counters.frames++;
    board_poke(board);
    board->camera.stage = IB_STAGE_RECOVERING;
    board_run(board, 5799999);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    board_run(board, 1);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_SYNC);
    // One good frame ends it.
    board->camera.counters.frames++;
    board_poke(board);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    board->camera.counters.cci_errors++;
    board_run(board, 3999999);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    board_run(board, 1);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_CCI);
    board->camera.counters.frames++;
    board_poke(board);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    board->camera.source.io_errors += 3;
    board_run(board, 3999999);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    board_run(board, 1);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_VOSPI);
    // A camera that says it runs knows why there is no frame; but not for ever.
    board->camera.counters.frames++;
    board->camera.stage = IB_STAGE_RUNNING;
    board_poke(board);
    board_run(board, 9999999);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    board_run(board, 1);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_SYNC);
}

/// No error is counted, and yet the module never gets as far as a set-up.
static void a_set_up_without_end_is_fault_4(void **state) {
    struct board *board = board_prepare(IB_DEVICE_WIFI);
    (void)state;
    board->by_hand = true;
    board->camera.stage = IB_STAGE_SETTING_UP;
    board_start(board);
    board_run_ms(board, 15000);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_NONE);
    board_run_ms(board, 200);
    assert_int_equal(ib_device_shown_fault(&board->device), IB_DEVICE_FAULT_CCI);
}

// ---- names ----

static void every_fault_has_a_name_and_a_sentence(void **state) {
    static const char *const names[] = {"none",    "peripheral",  "storage",
                                        "memory",  "lepton-cci",  "lepton-vospi",
                                        "network", "lepton-sync", "update"};
    (void)state;
    for (unsigned fault = 0; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        assert_string_equal(ib_device_fault_name((enum ib_device_fault)fault), names[fault]);
        size_t size = strlen(ib_device_fault_about((enum ib_device_fault)fault));
        assert_in_range(size, 10, 140); // it fits a line of the log
    }
    assert_string_equal(ib_device_fault_name((enum ib_device_fault)9), "?");
    assert_string_equal(ib_device_fault_about((enum ib_device_fault) - 1), "?");
    // Numbers that are none change nothing.
    struct board *board = board_running(IB_DEVICE_WIFI);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_NONE, true);
    ib_device_fault(&board->device, IB_DEVICE_FAULT_COUNT, true);
    ib_device_fault(&board->device, (enum ib_device_fault) - 3, true);
    assert_int_equal(board->device.faults, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_normal_start_shows_no_fault),
        cmocka_unit_test(ffcs_show_no_fault),
        cmocka_unit_test(new_settings_show_no_fault_and_are_stored),
        cmocka_unit_test(a_restart_of_the_board_shows_no_fault),
        cmocka_unit_test(a_module_that_only_needs_a_reboot_shows_no_fault),
        cmocka_unit_test(small_disturbances_show_no_fault),
        cmocka_unit_test(test_fault_1_blinks_i2c_or_spi_peripheral),
        cmocka_unit_test(test_fault_2_blinks_storage_or_wifi),
        cmocka_unit_test(a_firmware_record_that_could_not_be_read_is_read_later),
        cmocka_unit_test(test_fault_2_blinks_settings_that_cannot_be_written),
        cmocka_unit_test(test_fault_2_blinks_network_interface),
        cmocka_unit_test(test_fault_2_blinks_network_interface_that_starts_in_vain),
        cmocka_unit_test(test_fault_3_blinks_memory),
        cmocka_unit_test(test_fault_4_blinks_lepton_cci),
        cmocka_unit_test(test_fault_4_blinks_lepton_not_there),
        cmocka_unit_test(test_fault_5_blinks_lepton_vospi),
        cmocka_unit_test(test_fault_6_blinks_network),
        cmocka_unit_test(test_fault_7_blinks_synchronisation),
        cmocka_unit_test(test_fault_8_blinks_update),
        cmocka_unit_test(a_module_that_answers_again_but_sends_nothing_good_is_fault_7),
        cmocka_unit_test(several_sources_of_one_number_do_not_end_each_other),
        cmocka_unit_test(thresholds_are_kept_to_the_microsecond),
        cmocka_unit_test(a_set_up_without_end_is_fault_4),
        cmocka_unit_test(every_fault_has_a_name_and_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
