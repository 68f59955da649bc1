/// A camera that is updated. See support_update.h.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "tests/device/support_image.h"
#include "tests/device/support_update.h"

struct rig rig;

// ---- A camera's flash: three regions with one power supply ----

static uint8_t content[REGIONS][2][SLOT_BYTES];

/// Before an erase, a write or a sync.
static void count_down(struct rig_region *region) {
    if (rig.dark || rig.until_cut == UINT64_MAX || rig.until_cut-- > 0)
        return;
    rig.dark = true;
    ib_sim_flash_cut(&region->flash, 0);
}

static int after(int status) {
    for (int i = 0; rig.dark && i < REGIONS; i++)
        rig.regions[i].flash.off = true;
    return status;
}

static int region_read(void *context, uint32_t offset, void *out, size_t size) {
    return ib_storage_read(&((struct rig_region *)context)->inner, offset, out, size);
}

static int region_erase(void *context, uint32_t offset, uint32_t size) {
    assert_true(size <= IB_OTA_STEP_BYTES);
    count_down(context);
    return after(ib_storage_erase(&((struct rig_region *)context)->inner, offset, size));
}

static int region_write(void *context, uint32_t offset, const void *bytes, size_t size) {
    count_down(context);
    return after(ib_storage_write(&((struct rig_region *)context)->inner, offset, bytes, size));
}

static int region_sync(void *context) {
    count_down(context);
    return after(ib_storage_sync(&((struct rig_region *)context)->inner));
}

static const struct ib_storage_ops region_ops = {region_read, region_erase, region_write,
                                                 region_sync};

// ---- The camera ----

static void take_log(void *context, enum ib_log_level level, const char *room, const char *text) {
    (void)context;
    (void)level;
    assert_string_equal(room, "update");
    for (const char *p = text; *p; p++)
        assert_true(*p >= ' ' && *p <= '~');
    rig.logged++;
}

static const struct ib_log logger = {.write = take_log};

int rig_restart(void) {
    ib_sim_flash_cut(&rig.regions[SLOT0].flash, UINT64_MAX);
    ib_sim_flash_cut(&rig.regions[SLOT1].flash, UINT64_MAX);
    ib_sim_flash_cut(&rig.regions[RECORD].flash, UINT64_MAX);
    for (int i = 0; i < REGIONS; i++)
        ib_sim_flash_power(&rig.regions[i].flash);
    rig.dark = false;
    rig.until_cut = UINT64_MAX;
    return ib_ota_init(&rig.ota, &rig.config, rig.now_us);
}

void rig_begin(uint32_t seed) {
    for (uint32_t i = 0; i < REGIONS; i++) {
        struct rig_region *region = &rig.regions[i];
        ib_sim_flash_init(&region->flash, content[i][0], content[i][1],
                          i == RECORD ? RECORD_BYTES : SLOT_BYTES, seed * REGIONS + i + 1);
        region->inner = ib_sim_flash_storage(&region->flash);
        region->storage = region->inner;
        region->storage.ops = &region_ops;
        region->storage.context = region;
    }
    rig.config = (struct ib_ota_config){
        .slot = {&rig.regions[SLOT0].storage, &rig.regions[SLOT1].storage},
        .record = &rig.regions[RECORD].storage,
        .project = "tCamMini",
        .factory_version = "1.0",
        .log = &logger,
    };
    rig.now_us = 7 * S;
    assert_int_equal(rig_restart(), IB_OK);
}

// ---- The desktop ----

void rig_make_file(size_t size, const char *version, uint64_t seed) {
    image_build(rig.file,
                &(struct image_with){.size_bytes = size, .version = version, .seed = seed});
    rig.file_size = size;
}

/// What the camera has to say. Return: which.
enum ib_ota_say rig_hear(void) {
    struct ib_ota_output out;
    ib_ota_take(&rig.ota, &out);
    if (out.say == IB_OTA_SAY_STATUS)
        strcpy(rig.said, out.text);
    if (out.say == IB_OTA_SAY_CHUNK) {
        rig.chunks++;
        rig.asked_start = out.start;
        rig.asked_length = out.length;
        assert_true(out.length > 0 && out.length <= IB_OTA_CHUNK_BYTES);
        assert_true((uint64_t)out.start + out.length <= rig.ota.size_bytes);
    }
    struct ib_ota_output empty;
    ib_ota_take(&rig.ota, &empty);
    assert_int_equal(empty.say, IB_OTA_SAY_NOTHING);
    return out.say;
}

/// Let it work until it has something to say, waits for more than `us`, or wants to restart.
enum ib_ota_say rig_pass(uint64_t us) {
    uint64_t until_us = rig.now_us + us;
    for (unsigned steps = 0;; steps++) {
        uint64_t due_us = 0;
        ib_ota_step(&rig.ota, rig.now_us, &due_us);
        enum ib_ota_say say = rig_hear();
        if (say != IB_OTA_SAY_NOTHING || rig.ota.restart_due)
            return say;
        assert_true(steps < 10000);
        if (due_us > until_us) {
            rig.now_us = until_us;
            return IB_OTA_SAY_NOTHING;
        }
        rig.now_us = due_us > rig.now_us ? due_us : rig.now_us;
    }
}

int rig_request(void) {
    return ib_ota_request(&rig.ota, (int32_t)rig.file_size, "2.0", rig.now_us, rig.why);
}

int rig_answer(uint32_t start, uint32_t length) {
    static uint8_t *exact;
    exact = malloc(length + 1);
    assert_non_null(exact);
    memcpy(exact, rig.file + start, length);
    int status = ib_ota_segment(&rig.ota, (int32_t)start, (int32_t)length, exact, length,
                                rig.now_us, rig.why);
    free(exact);
    return status;
}

/// A desktop that behaves, from the request to the last word, which is in `said`.
void rig_transfer(const char *version) {
    rig.said[0] = '\0';
    rig.chunks = 0;
    int status = ib_ota_request(&rig.ota, (int32_t)rig.file_size, version, rig.now_us, rig.why);
    if (status != IB_OK)
        fail_msg("request: %d %s", status, rig.why);
    ib_ota_press(&rig.ota, rig.now_us);
    while (rig.said[0] == '\0') {
        if (rig_hear() == IB_OTA_SAY_NOTHING && rig.said[0] == '\0' &&
            rig_pass(5 * S) == IB_OTA_SAY_NOTHING)
            fail_msg("stage %d: nothing is said", (int)rig.ota.stage);
        if (rig.said[0] == '\0')
            assert_int_equal(rig_answer(rig.asked_start, rig.asked_length), IB_OK);
    }
}

/// Up to the first get_fw.
void rig_come_to_receiving(void) {
    assert_int_equal(rig_request(), IB_OK);
    ib_ota_press(&rig.ota, rig.now_us);
    assert_int_equal(rig_pass(1 * S), IB_OTA_SAY_CHUNK);
    assert_int_equal(rig.ota.stage, IB_OTA_RECEIVING);
    assert_int_equal(rig.asked_start, 0);
}

/// After a failure: what ran still runs, now and after a restart, and an update is possible.
void rig_assert_untouched(const char *version) {
    assert_int_equal(rig.ota.stage, IB_OTA_IDLE);
    assert_false(rig.ota.restart_due);
    assert_string_equal(ib_ota_version(&rig.ota), version);
    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), version);
    assert_false(rig.ota.slots.probation);
}

void rig_assert_said(const char *text) {
    assert_string_equal(rig.said, text);
}

void rig_update_to(const char *version, size_t size, uint64_t seed) {
    rig_make_file(size, version, seed);
    rig_transfer(version);
    rig_assert_said("Firmware update success");
    (void)rig_pass(1 * S);
    assert_true(rig.ota.restart_due);
    assert_int_equal(rig_restart(), IB_OK);
    assert_string_equal(ib_ota_version(&rig.ota), version);
    assert_true(rig.ota.slots.probation);
    ib_ota_good_frame(&rig.ota);
    assert_false(rig.ota.slots.probation);
}
