/// The update's conversation in simulated time: a desktop that behaves and many that do not, images that
/// are not good, signatures. What the flash and the power do is ota_flash_test.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"
#include "tests/core/support_random.h"
#include "tests/device/support_image.h"
#include "tests/device/support_update.h"

static int set_up(void **state) {
    (void)state;
    rig_begin(1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (int i = 0; i < REGIONS; i++)
        assert_int_equal(rig.regions[i].flash.overwrites, 0);
    return 0;
}

// ---- The flow ----

static void test_fw_update_process(void **state) {
    (void)state;
    uint64_t due_us = 0;
    uint8_t back[LARGE_BYTES];
    rig_make_file(LARGE_BYTES, "2.0", 1);
    assert_string_equal(ib_ota_version(&rig.ota), "1.0");
    assert_int_equal(rig_request(), IB_OK);
    assert_int_equal(rig.ota.stage, IB_OTA_ASKED);
    assert_int_equal(rig_hear(), IB_OTA_SAY_NOTHING); // the button comes first
    assert_int_equal(rig_pass(59 * S), IB_OTA_SAY_NOTHING);
    ib_ota_press(&rig.ota, rig.now_us);
    assert_int_equal(rig.ota.stage, IB_OTA_ERASING);
    unsigned steps = 0;
    for (; rig.ota.stage == IB_OTA_ERASING; steps++)
        ib_ota_step(&rig.ota, rig.now_us, &due_us);
    assert_int_equal(steps, 4); // 64 KiB each
    uint32_t start = 0;
    for (; start < LARGE_BYTES; start += rig.asked_length) {
        assert_int_equal(rig_hear(), IB_OTA_SAY_CHUNK);
        assert_int_equal(rig.asked_start, start);
        assert_int_equal(rig.asked_length, LARGE_BYTES - start < 8192 ? LARGE_BYTES - start : 8192);
        rig.now_us += 3 * S;
        assert_int_equal(rig_answer(rig.asked_start, rig.asked_length), IB_OK);
    }
    assert_int_equal(rig_hear(), IB_OTA_SAY_NOTHING);
    assert_int_equal(rig.ota.stage, IB_OTA_CHECKING);
    for (steps = 0; rig.ota.stage == IB_OTA_CHECKING; steps++) {
        ib_ota_step(&rig.ota, rig.now_us, &due_us);
        assert_true(due_us <= rig.now_us || rig.ota.stage != IB_OTA_CHECKING);
    }
    assert_int_equal(steps, 4);
    assert_int_equal(rig_hear(), IB_OTA_SAY_STATUS);
    rig_assert_said("Firmware update success");
    assert_int_equal(rig.ota.stage, IB_OTA_RESTARTING);
    uint64_t success_us = rig.now_us;
    assert_int_equal(due_us, success_us + 500000);
    ib_ota_step(&rig.ota, success_us + 499999, &due_us);
    assert_false(rig.ota.restart_due);
    ib_ota_step(&rig.ota, success_us + 500000, &due_us);
    assert_true(rig.ota.restart_due);
    assert_int_equal(due_us, IB_NEVER);
    assert_string_equal(ib_ota_version(&rig.ota), "1.0"); // until it has restarted
    assert_false(rig.ota.failed);
    assert_int_equal(rig.ota.updates, 1);

    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), "2.0");
    assert_int_equal(ib_storage_read(rig.config.slot[0], 0, back, sizeof back), IB_OK);
    assert_memory_equal(back, rig.file, sizeof back);
}

static void test_fw_update_request_length(void **state) {
    (void)state;
    static const struct {
        int32_t length;
        const char *why;
    } rows[] = {
        {-1, "a length below zero"},
        {INT32_MIN, "a length below zero"},
        {0, "too short for a firmware image"},
        {1, "too short for a firmware image"},
        {303, "too short for a firmware image"},
        {730977, "no firmware image has this length"},
        {INT32_MAX, "no firmware image has this length"},
        {(int32_t)SLOT_BYTES + 8, "at most 262144 bytes fit, not 262152"},
        {INT32_MAX - 15, "at most 262144 bytes fit, not 2147483632"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ib_ota_request(&rig.ota, rows[i].length, "2.0", rig.now_us, rig.why),
                         IB_E_RANGE);
        assert_string_equal(rig.why, rows[i].why);
        assert_int_equal(rig.ota.stage, IB_OTA_IDLE);
    }
    assert_int_equal(ib_ota_request(&rig.ota, SLOT_BYTES, "2.0", rig.now_us, rig.why), IB_OK);
    assert_int_equal(ib_ota_request(&rig.ota, 304, "2.0", rig.now_us, rig.why), IB_OK);
}

static void test_fw_update_request_version(void **state) {
    (void)state;
    static const struct {
        const char *image, *asked, *said;
    } rows[] = {
        {"2.0", "2.1", "Firmware update flash update failed: it is version 2.0, not 2.1"},
        {"2.0", "2.0 ", "Firmware update flash update failed: it is version 2.0, not 2.0 "},
        {"2.0", "2.", "Firmware update flash update failed: it is version 2.0, not 2."},
        {"2.0", "2.0", "Firmware update success"},
        {"\n\x80", "2.0", "Firmware update flash update failed: it is version ??, not 2.0"},
        {"0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcde",
         "Firmware update flash update failed: it is version 0123456789abcdef0123456789abcdef, "
         "not 0123456789abcdef0123456789abcde"},
        {"0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef",
         "Firmware update success"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin(1);
        rig_make_file(SMALL_BYTES, rows[i].image, i);
        rig_transfer(rows[i].asked);
        rig_assert_said(rows[i].said);
        assert_int_equal(rig.ota.failed, strstr(rows[i].said, "failed") != NULL);
        if (rig.ota.failed)
            rig_assert_untouched("1.0");
    }
    rig_begin(1);
    assert_int_equal(ib_ota_request(&rig.ota, SMALL_BYTES, "0123456789abcdef0123456789abcdef0",
                                    rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_string_equal(rig.why, "no firmware has a version of more than 32 characters");
    char why[IB_OTA_WHY_BYTES];
    rig_begin(1);
    assert_int_equal(ib_ota_request(&rig.ota, 1024, "", 0, why), IB_E_RANGE);
    assert_non_null(strstr(why, "empty version"));
}

static void test_another_projects_firmware(void **state) {
    (void)state;
    image_build(rig.file, &(struct image_with){.size_bytes = SMALL_BYTES, .project = "tCam"});
    rig.file_size = SMALL_BYTES;
    rig_transfer("2.0");
    rig_assert_said("Firmware update flash update failed: it is for tCam, not tCamMini");
    assert_true(rig.ota.failed);
    assert_int_equal(rig.chunks, 1); // found out from the first one
    uint8_t first;
    assert_int_equal(ib_storage_read(rig.config.slot[0], 0, &first, 1), IB_OK);
    assert_int_equal(first, 0xFF); // and nothing of it was written
    rig_assert_untouched("1.0");
}

static void test_not_firmware_at_all(void **state) {
    (void)state;
    struct random random = {3};
    random_bytes(&random, rig.file, SMALL_BYTES);
    rig.file[0] = 'P';
    rig.file_size = SMALL_BYTES;
    rig_transfer("2.0");
    rig_assert_said("Firmware update flash update failed: not an ESP32 firmware image");
    assert_true(rig.ota.failed);
    rig_assert_untouched("1.0");
}

static void test_older_and_equal_versions_are_accepted(void **state) {
    (void)state;
    rig_update_to("2.0", SMALL_BYTES, 1);
    rig_update_to("2.0", SMALL_BYTES, 1);
    rig_update_to("0.9", SMALL_BYTES, 2);
}

// ---- The button ----

static void test_fw_update_request_without_the_button(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    uint64_t start_us = rig.now_us;
    assert_int_equal(rig_request(), IB_OK);
    assert_int_equal(rig_pass(60 * S - 1), IB_OTA_SAY_NOTHING);
    assert_int_equal(rig_pass(1), IB_OTA_SAY_STATUS);
    assert_int_equal(rig.now_us - start_us, 60 * S);
    rig_assert_said("Firmware update request timed out");
    assert_false(rig.ota.failed);
    for (int i = 0; i < REGIONS; i++)
        assert_int_equal(rig.regions[i].flash.operations, 0);
    rig_assert_untouched("1.0");
    ib_ota_press(&rig.ota, rig.now_us); // too late
    assert_int_equal(rig.ota.stage, IB_OTA_IDLE);
}

static void test_second_request_starts_over(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    assert_int_equal(rig_request(), IB_OK);
    assert_int_equal(rig_pass(50 * S), IB_OTA_SAY_NOTHING);
    assert_int_equal(rig_request(), IB_OK);
    assert_int_equal(rig_pass(59 * S), IB_OTA_SAY_NOTHING);
    rig_come_to_receiving();
    assert_int_equal(rig_answer(0, 8192), IB_OK);
    assert_int_equal(rig_request(), IB_OK); // in the middle of it
    assert_int_equal(rig.ota.stage, IB_OTA_ASKED);
    assert_int_equal(rig_hear(), IB_OTA_SAY_NOTHING);
    rig_transfer("2.0");
    rig_assert_said("Firmware update success");
}

static void test_a_refused_request_changes_nothing(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    assert_int_equal(ib_ota_request(&rig.ota, 5, "9.9", rig.now_us, rig.why), IB_E_RANGE);
    assert_int_equal(rig.ota.stage, IB_OTA_RECEIVING);
    assert_int_equal(rig_answer(0, 8192), IB_OK);
    assert_int_equal(rig_hear(), IB_OTA_SAY_CHUNK);
    assert_int_equal(rig.asked_start, 8192);
}

static void test_short_press_terminates(void **state) {
    (void)state;
    for (enum ib_ota_stage stage = IB_OTA_ERASING; stage <= IB_OTA_CHECKING; stage++) {
        rig_begin(stage);
        rig_update_to("1.5", SMALL_BYTES, 4);
        rig_make_file(LARGE_BYTES, "2.0", 1);
        uint64_t due_us;
        assert_int_equal(rig_request(), IB_OK);
        ib_ota_press(&rig.ota, rig.now_us);
        ib_ota_step(&rig.ota, rig.now_us, &due_us);
        while (rig.ota.stage != stage)
            if (rig_pass(1 * S) == IB_OTA_SAY_CHUNK || rig_hear() == IB_OTA_SAY_CHUNK)
                for (uint32_t at = 0; stage > IB_OTA_RECEIVING && at < LARGE_BYTES; at += 8192)
                    assert_int_equal(
                        rig_answer(at, LARGE_BYTES - at < 8192 ? LARGE_BYTES - at : 8192), IB_OK);
        (void)rig_hear();
        ib_ota_press(&rig.ota, rig.now_us);
        assert_int_equal(rig_hear(), IB_OTA_SAY_STATUS);
        rig_assert_said("Firmware update terminated by user");
        assert_false(rig.ota.failed);
        assert_int_equal(ib_ota_segment(&rig.ota, 0, 8192, rig.file, 8192, rig.now_us, rig.why),
                         IB_E_NOT_READY);
        assert_string_equal(rig.why, "no chunk was asked for");
        rig_assert_untouched("1.5");
        rig_update_to("2.0", SMALL_BYTES, 2);
    }
}

static void test_the_button_is_ignored_otherwise(void **state) {
    (void)state;
    ib_ota_press(&rig.ota, rig.now_us);
    assert_int_equal(rig.ota.stage, IB_OTA_IDLE);
    assert_int_equal(rig_hear(), IB_OTA_SAY_NOTHING);
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_transfer("2.0");
    ib_ota_press(&rig.ota, rig.now_us); // after success
    assert_int_equal(rig_hear(), IB_OTA_SAY_NOTHING);
    (void)rig_pass(1 * S);
    assert_true(rig.ota.restart_due);
}

// ---- Chunks ----

static void test_get_fw_start(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_transfer("2.0");
    rig_assert_said("Firmware update success");
    assert_int_equal(rig.chunks, 3);
    assert_int_equal(rig.asked_start, 16384);
}

static void test_get_fw_length(void **state) {
    (void)state;
    static const struct {
        size_t size;
        unsigned chunks;
        uint32_t last;
    } rows[] = {{336, 1, 336},
                {8192, 1, 8192},
                {8208, 2, 16},
                {16384, 2, 8192},
                {SMALL_BYTES, 3, SMALL_BYTES - 16384}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin(1);
        rig_make_file(rows[i].size, "2.0", i);
        rig_transfer("2.0");
        rig_assert_said("Firmware update success");
        assert_int_equal(rig.chunks, rows[i].chunks);
        assert_int_equal(rig.asked_length, rows[i].last);
    }
}

static void test_host_does_not_answer(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_update_to("1.5", SMALL_BYTES, 8);
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    assert_int_equal(rig_answer(0, 8192), IB_OK);
    assert_int_equal(rig_hear(), IB_OTA_SAY_CHUNK);
    uint64_t start_us = rig.now_us;
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(rig_pass(11 * S), IB_OTA_SAY_CHUNK);
        assert_int_equal(rig.asked_start, 8192);
        assert_int_equal(rig.asked_length, 8192);
        assert_int_equal(rig.now_us - start_us, i * 10 * S);
    }
    assert_int_equal(rig_pass(11 * S), IB_OTA_SAY_STATUS);
    assert_int_equal(rig.now_us - start_us, 60 * S);
    rig_assert_said("Host did not respond to multiple chunk requests");
    assert_false(rig.ota.failed);
    rig_assert_untouched("1.5");
    rig_update_to("2.0", SMALL_BYTES, 2);
}

static void test_late_answers_and_their_duplicates(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    for (uint32_t start = 0; start < SMALL_BYTES; start += 8192) {
        for (int i = 0; i < 5; i++) // five requests more for each chunk
            assert_int_equal(rig_pass(11 * S), IB_OTA_SAY_CHUNK);
        assert_int_equal(rig.asked_start, start);
        for (int i = 0; i < 6; i++) // and an answer to each
            assert_int_equal(rig_answer(start, rig.asked_length), IB_OK);
        if (start + 8192 < SMALL_BYTES)
            assert_int_equal(rig_hear(), IB_OTA_SAY_CHUNK);
    }
    // Nothing is written twice (the flash counts that), and the rest of them find it checking.
    assert_int_equal(rig.ota.stage, IB_OTA_CHECKING);
    assert_int_equal(rig_answer(8192, 8192), IB_OK);
    assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_STATUS);
    rig_assert_said("Firmware update success");
    assert_int_equal(rig_answer(0, 8192), IB_OK);
}

static void test_an_answer_before_the_repeated_request_is_heard(void **state) {
    (void)state;
    uint64_t due_us;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    for (uint32_t at = 0; at < SMALL_BYTES; at += 8192) {
        rig.now_us += 10 * S;
        ib_ota_step(&rig.ota, rig.now_us, &due_us); // asks again; the first answer comes now
        assert_int_equal(rig_answer(at, rig.asked_length), IB_OK);
        if (at + 8192 < SMALL_BYTES) {
            assert_int_equal(rig_hear(), IB_OTA_SAY_CHUNK);
            assert_int_equal(rig.asked_start, at + 8192);
        }
    }
    assert_int_equal(rig_hear(), IB_OTA_SAY_NOTHING); // nothing is wanted any more
}

static void test_fw_segment_start(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    assert_int_equal(ib_ota_segment(&rig.ota, 8192, 8192, rig.file, 8192, rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_string_equal(rig.why, "expected start 0, got 8192");
    assert_int_equal(ib_ota_segment(&rig.ota, -8192, 8192, rig.file, 8192, rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_string_equal(rig.why, "expected start 0, got -8192");
    assert_int_equal(rig_answer(0, 8192), IB_OK);
    assert_int_equal(ib_ota_segment(&rig.ota, 4096, 8192, rig.file, 8192, rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_string_equal(rig.why, "expected start 8192, got 4096");
    assert_int_equal(ib_ota_segment(&rig.ota, INT32_MAX, 8192, rig.file, 8192, rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_int_equal(ib_ota_segment(&rig.ota, INT32_MIN, 8192, rig.file, 8192, rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_int_equal(ib_ota_segment(&rig.ota, 16384, 8192, rig.file, 8192, rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_int_equal(rig_hear(), IB_OTA_SAY_CHUNK); // still wanted
    assert_int_equal(rig.asked_start, 8192);
    assert_int_equal(rig_answer(8192, 8192), IB_OK);
}

static void test_fw_segment_length(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    static const struct {
        int32_t length;
        size_t size;
        const char *why;
    } rows[] = {
        {8191, 8191, "expected 8192 bytes, got 8191"},
        {0, 0, "expected 8192 bytes, got 0"},
        {-8192, 8192, "expected 8192 bytes, got -8192"},
        {INT32_MIN, 8192, "expected 8192 bytes, got -2147483648"},
        {8193, 8193, "expected 8192 bytes, got 8193"},
        {16384, 16384, "expected 8192 bytes, got 16384"},
        {8192, 8191, "expected 8192 bytes, the data has 8191"},
        {8192, 8193, "expected 8192 bytes, the data has 8193"},
        {8192, 0, "expected 8192 bytes, the data has 0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ib_ota_segment(&rig.ota, 0, rows[i].length, rig.file, rows[i].size,
                                        rig.now_us, rig.why),
                         IB_E_RANGE);
        assert_string_equal(rig.why, rows[i].why);
    }
    // The deadline goes on meanwhile, and the right answer is still welcome.
    assert_int_equal(rig_pass(10 * S), IB_OTA_SAY_CHUNK);
    assert_int_equal(rig.asked_start, 0);
    assert_int_equal(rig_answer(0, 8192), IB_OK);
    assert_int_equal(rig_answer(8192, 8192), IB_OK);
    assert_int_equal(ib_ota_segment(&rig.ota, 16384, 8192, rig.file, 8192, rig.now_us, rig.why),
                     IB_E_RANGE);
    assert_string_equal(rig.why, "expected 624 bytes, got 8192");
    assert_int_equal(rig_answer(16384, 624), IB_OK);
    assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_STATUS);
    rig_assert_said("Firmware update success");
}

static void test_fw_segment_that_nobody_asked_for(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    assert_int_equal(rig_answer(0, 8192), IB_E_NOT_READY);
    assert_string_equal(rig.why, "no chunk was asked for");
    assert_int_equal(rig_request(), IB_OK);
    assert_int_equal(rig_answer(0, 8192), IB_E_NOT_READY);
    ib_ota_press(&rig.ota, rig.now_us);
    assert_int_equal(rig_answer(0, 8192), IB_E_NOT_READY);
    assert_int_equal(rig.ota.stage, IB_OTA_ERASING);
    assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_CHUNK);
    assert_int_equal(rig_answer(0, 8192), IB_OK);
}

static void test_a_segment_decoded_into_the_chunk_buffer(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig_come_to_receiving();
    for (uint32_t at = 0; at < SMALL_BYTES; at += 8192) {
        uint32_t size = SMALL_BYTES - at < 8192 ? SMALL_BYTES - at : 8192;
        memcpy(rig.ota.chunk, rig.file + at, size);
        assert_int_equal(ib_ota_segment(&rig.ota, (int32_t)at, (int32_t)size, rig.ota.chunk, size,
                                        rig.now_us, rig.why),
                         IB_OK);
    }
    assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_STATUS);
    rig_assert_said("Firmware update success");
}

static void test_host_disappears(void **state) {
    (void)state;
    for (int stage = IB_OTA_ASKED; stage <= IB_OTA_RESTARTING; stage++) {
        rig_begin((uint32_t)stage);
        rig_make_file(SMALL_BYTES, "2.0", 1);
        assert_int_equal(rig_request(), IB_OK);
        if (stage >= IB_OTA_ERASING)
            ib_ota_press(&rig.ota, rig.now_us);
        if (stage >= IB_OTA_RECEIVING)
            assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_CHUNK);
        for (uint32_t at = 0; stage >= IB_OTA_CHECKING && at < SMALL_BYTES; at += 8192)
            assert_int_equal(rig_answer(at, SMALL_BYTES - at < 8192 ? SMALL_BYTES - at : 8192),
                             IB_OK);
        if (stage == IB_OTA_RESTARTING)
            assert_int_equal(rig_pass(1), IB_OTA_SAY_STATUS);
        assert_int_equal(rig.ota.stage, stage);
        ib_ota_cancel(&rig.ota);
        assert_int_equal(rig_pass(stage == IB_OTA_RESTARTING ? 1 * S : 200 * S),
                         IB_OTA_SAY_NOTHING);
        assert_false(rig.ota.failed);
        if (stage == IB_OTA_RESTARTING) { // the switch is made
            assert_true(rig.ota.restart_due);
            assert_int_equal(rig_restart(), IB_OK);
            assert_string_equal(ib_ota_version(&rig.ota), "2.0");
        } else {
            rig_assert_untouched("1.0");
            rig_update_to("3.0", SMALL_BYTES, 2);
        }
    }
}

// ---- Images that are not good ----

static void test_truncated_image(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig.file_size = 16384; // announced shorter than it is
    rig_transfer("2.0");
    assert_non_null(strstr(rig.said, "Firmware update validation failed: "));
    assert_true(rig.ota.failed);
    rig_assert_untouched("1.0");
}

static void test_oversize_image(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig.file_size += 160; // announced longer than it is
    rig_transfer("2.0");
    rig_assert_said("Firmware update validation failed: bytes follow the end of the image");
    assert_true(rig.ota.failed);
    rig_assert_untouched("1.0");
}

static void test_wrong_checksum_and_hash(void **state) {
    (void)state;
    rig_make_file(SMALL_BYTES, "2.0", 1);
    rig.file[SMALL_BYTES - 1] ^= 1;
    rig_transfer("2.0");
    rig_assert_said("Firmware update validation failed: SHA-256 differs");
    assert_true(rig.ota.failed);
    image_build(rig.file, &(struct image_with){.size_bytes = SMALL_BYTES, .no_hash = true});
    rig.file[SMALL_BYTES - 1] ^= 1;
    rig_transfer("2.0");
    rig_assert_said("Firmware update validation failed: the checksum differs");
    rig_assert_untouched("1.0");
    image_build(rig.file, &(struct image_with){.size_bytes = SMALL_BYTES, .no_hash = true});
    rig_transfer("2.0");
    rig_assert_said("Firmware update success");
}

static void test_a_corrupted_byte_at_any_position(void **state) {
    (void)state;
    const size_t size = 640;
    for (size_t at = 0; at < size; at++) {
        rig_begin(1);
        rig_make_file(size, "2.0", 6);
        rig.file[at] ^= (uint8_t)(1u << at % 8);
        rig_transfer("2.0");
        if (!strstr(rig.said, "failed: ") || !rig.ota.failed)
            fail_msg("byte %zu changed: %s", at, rig.said);
        rig_assert_untouched("1.0");
    }
}

// ---- Signatures ----

static unsigned verified;
static uint8_t signed_digest[IB_SHA256_BYTES];

/// The good signature of a digest is the digest twice.
static int fake_verify(void *context, const uint8_t digest[IB_SIGNATURE_DIGEST_BYTES],
                       const uint8_t signature[IB_SIGNATURE_BYTES]) {
    (void)context;
    verified++;
    memcpy(signed_digest, digest, 32);
    bool good = memcmp(signature, digest, 32) == 0 && memcmp(signature + 32, digest, 32) == 0;
    return good ? IB_OK : IB_E_REFUSED;
}

static const struct ib_signature_ops fake_ops = {fake_verify};
static const struct ib_signature fake = {.ops = &fake_ops};

enum trailer { NO_TRAILER, GOOD_TRAILER, BAD_TRAILER };

static void make_signed(enum trailer trailer) {
    struct ib_sha256 sha;
    uint8_t signature[64];
    rig_make_file(SMALL_BYTES, "2.0", 1);
    ib_sha256_init(&sha);
    ib_sha256_feed(&sha, rig.file, SMALL_BYTES);
    ib_sha256_finish(&sha, signature);
    memcpy(signature + 32, signature, 32);
    if (trailer == BAD_TRAILER)
        signature[40] ^= 1;
    if (trailer != NO_TRAILER)
        rig.file_size = image_sign(rig.file, SMALL_BYTES, signature);
}

static void test_signatures(void **state) {
    (void)state;
    static const char *const good = "Firmware update success";
    static const char *const bad =
        "Firmware update validation failed: the signature is not a good one";
    static const struct {
        bool key, required;
        enum trailer trailer;
        const char *said;
    } rows[] = {
        {false, false, NO_TRAILER, "Firmware update success"},
        {false, false, GOOD_TRAILER, "Firmware update success"},
        {false, false, BAD_TRAILER, "Firmware update success"}, // nothing to check it with
        {true, false, NO_TRAILER, "Firmware update success"},
        {true, false, GOOD_TRAILER, "Firmware update success"},
        {true, false, BAD_TRAILER, NULL},
        {true, true, NO_TRAILER, "Firmware update validation failed: the image is not signed"},
        {true, true, GOOD_TRAILER, "Firmware update success"},
        {true, true, BAD_TRAILER, NULL},
        {false, true, GOOD_TRAILER,
         "Firmware update validation failed: no key is there to check the signature with"},
        {false, true, NO_TRAILER, "Firmware update validation failed: the image is not signed"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_begin(1);
        rig.config.signature = rows[i].key ? &fake : NULL;
        rig.config.signature_required = rows[i].required;
        assert_int_equal(rig_restart(), IB_OK);
        make_signed(rows[i].trailer);
        verified = 0;
        rig_transfer("2.0");
        rig_assert_said(rows[i].said ? rows[i].said : bad);
        assert_int_equal(verified, rows[i].key && rows[i].trailer != NO_TRAILER);
        assert_int_equal(rig.ota.failed, strcmp(rig.said, good) != 0);
        if (rig.ota.failed) {
            rig_assert_untouched("1.0");
        } else {
            (void)rig_pass(1 * S);
            assert_int_equal(rig_restart(), IB_OK);
            assert_string_equal(ib_ota_version(&rig.ota), "2.0");
        }
    }
}

static void test_a_signature_is_of_the_image_with_its_hash(void **state) {
    (void)state;
    struct ib_sha256 sha;
    uint8_t digest[IB_SHA256_BYTES];
    rig.config.signature = &fake;
    assert_int_equal(rig_restart(), IB_OK);
    make_signed(GOOD_TRAILER);
    rig_transfer("2.0");
    ib_sha256_init(&sha);
    ib_sha256_feed(&sha, rig.file, SMALL_BYTES);
    ib_sha256_finish(&sha, digest);
    assert_memory_equal(signed_digest, digest, sizeof digest);
}

#define OTA_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        OTA_TEST(test_fw_update_process),
        OTA_TEST(test_fw_update_request_length),
        OTA_TEST(test_fw_update_request_version),
        OTA_TEST(test_another_projects_firmware),
        OTA_TEST(test_not_firmware_at_all),
        OTA_TEST(test_older_and_equal_versions_are_accepted),
        OTA_TEST(test_fw_update_request_without_the_button),
        OTA_TEST(test_second_request_starts_over),
        OTA_TEST(test_a_refused_request_changes_nothing),
        OTA_TEST(test_short_press_terminates),
        OTA_TEST(test_the_button_is_ignored_otherwise),
        OTA_TEST(test_get_fw_start),
        OTA_TEST(test_get_fw_length),
        OTA_TEST(test_host_does_not_answer),
        OTA_TEST(test_late_answers_and_their_duplicates),
        OTA_TEST(test_an_answer_before_the_repeated_request_is_heard),
        OTA_TEST(test_fw_segment_start),
        OTA_TEST(test_fw_segment_length),
        OTA_TEST(test_fw_segment_that_nobody_asked_for),
        OTA_TEST(test_a_segment_decoded_into_the_chunk_buffer),
        OTA_TEST(test_host_disappears),
        OTA_TEST(test_truncated_image),
        OTA_TEST(test_oversize_image),
        OTA_TEST(test_wrong_checksum_and_hash),
        OTA_TEST(test_a_corrupted_byte_at_any_position),
        OTA_TEST(test_signatures),
        OTA_TEST(test_a_signature_is_of_the_image_with_its_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
