#include "support_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct board the_board;
static uint8_t flash_bytes[FLASH_COUNT][2][BOARD_SLOT_BYTES];

// ---- its hands ----

static int button_get(void *context) {
    struct board *self = context;
    return self->button_fails ? IB_E_IO : self->pressed;
}

static int button_set(void *context, int level) {
    (void)context;
    (void)level;
    return IB_E_UNSUPPORTED;
}

static int line_get(void *context) {
    (void)context;
    return IB_E_UNSUPPORTED;
}

static void record_light(struct board *self) {
    static const char colours[] = {'-', 'R', 'G', 'Y'};
    char colour = colours[(self->red ? 1 : 0) + (self->green ? 2 : 0)];
    uint32_t last = self->light_count;
    // Both lines change at the same moment, one after the other.
    if (last > 0 && self->lights[last - 1].at_us == self->now_us)
        last--;
    if (last > 0 && self->lights[last - 1].colour == colour) {
        self->light_count = last;
        return;
    }
    assert_true(last < BOARD_LIGHTS);
    self->lights[last] = (struct board_light){self->now_us, colour};
    self->light_count = last + 1;
}

static int set_line(struct board *self, bool *line, int level) {
    self->line_writes++;
    if (self->lines_fail)
        return IB_E_IO;
    *line = level;
    record_light(self);
    return IB_OK;
}

static int red_set(void *context, int level) {
    struct board *self = context;
    return set_line(self, &self->red, level);
}

static int green_set(void *context, int level) {
    struct board *self = context;
    return set_line(self, &self->green, level);
}

static const struct ib_gpio_ops button_ops = {button_set, button_get};
static const struct ib_gpio_ops red_ops = {red_set, line_get};
static const struct ib_gpio_ops green_ops = {green_set, line_get};

static void write_log(void *context, enum ib_log_level level, const char *room, const char *text) {
    struct board *self = context;
    if (strcmp(room, "device") != 0) {
        if (getenv("BOARD_VERBOSE"))
            print_message("%10.3f s %s %d %s\n", (double)self->now_us * 1e-6, room, (int)level,
                          text);
        return;
    }
    char *line = self->logged[self->log_count++ % (sizeof self->logged / sizeof self->logged[0])];
    snprintf(line, sizeof self->logged[0], "%d %s", (int)level, text);
    if (getenv("BOARD_VERBOSE"))
        print_message("%10.3f s device %s\n", (double)self->now_us * 1e-6, line);
}

uint32_t board_logged(const struct board *self, const char *text) {
    uint32_t count = 0;
    size_t lines = sizeof self->logged / sizeof self->logged[0];
    for (size_t i = 0; i < lines && i < self->log_count; i++)
        count += strstr(self->logged[i], text) != NULL;
    return count;
}

// ---- the settings' flash, with a counter before it ----

static int settings_read(void *context, uint32_t offset, void *out, size_t size) {
    struct board *self = context;
    return ib_storage_read(&self->storage[FLASH_SETTINGS], offset, out, size);
}

static int settings_erase(void *context, uint32_t offset, uint32_t size) {
    struct board *self = context;
    self->erase_attempts++;
    return ib_storage_erase(&self->storage[FLASH_SETTINGS], offset, size);
}

static int settings_write(void *context, uint32_t offset, const void *bytes, size_t size) {
    struct board *self = context;
    return ib_storage_write(&self->storage[FLASH_SETTINGS], offset, bytes, size);
}

static int settings_sync(void *context) {
    struct board *self = context;
    return ib_storage_sync(&self->storage[FLASH_SETTINGS]);
}

static const struct ib_storage_ops settings_ops = {settings_read, settings_erase, settings_write,
                                                   settings_sync};

// ---- the made-up camera ----

static void camera_now(struct board *self) {
    struct ib_camera_state *camera = &self->camera;
    uint64_t up_us = self->now_us - self->power_us, passed_us = self->now_us - self->camera_us;

    self->camera_us = self->now_us;
    camera->now_us = self->now_us;
    if (self->by_hand)
        return;
    if (self->cci_errors_every)
        camera->counters.cci_errors += (uint32_t)(passed_us / self->cci_errors_every);
    if (self->io_errors_every)
        camera->source.io_errors += (uint32_t)(passed_us / self->io_errors_every);
    if (self->cci_errors_every)
        self->camera_us -= passed_us % self->cci_errors_every;
    else if (self->io_errors_every)
        self->camera_us -= passed_us % self->io_errors_every;
    if (up_us < 1000000) {
        camera->stage = IB_STAGE_BOOTING;
    } else if (up_us < 1400000 || (self->cci_errors_every && camera->counters.setups == 0)) {
        camera->stage = IB_STAGE_SETTING_UP;
    } else if (up_us < 1600000 || (self->mute && camera->counters.frames == 0)) {
        camera->stage = IB_STAGE_STARTING;
        camera->counters.setups = 1;
    } else if (!self->mute) {
        camera->stage = IB_STAGE_RUNNING;
        camera->counters.setups = 1;
        camera->counters.frames = 1 + (uint32_t)((up_us - 1600000) / BOARD_FRAME_US);
        camera->last_frame_us = self->now_us;
    } else {
        camera->stage = IB_STAGE_RECOVERING;
    }
}

// ---- time ----

void board_poke(struct board *self) {
    const struct ib_device_view view = {.camera = &self->camera, .clients = self->clients};
    camera_now(self);
    ib_device_step(&self->device, &view, self->now_us, &self->due_us);
    self->steps++;
}

void board_run(struct board *self, uint64_t us) {
    uint64_t until_us = self->now_us + us;
    for (;;) {
        board_poke(self);
        if (self->now_us >= until_us)
            return;
        uint64_t next_us = self->due_us > self->now_us ? self->due_us : self->now_us + 1;
        self->now_us = next_us < until_us ? next_us : until_us;
    }
}

void board_run_ms(struct board *self, uint32_t ms) {
    board_run(self, ms * 1000ull);
}

void board_press_ms(struct board *self, uint32_t ms) {
    self->pressed = true;
    board_run_ms(self, ms);
    self->pressed = false;
}

const char *board_watch_ms(struct board *self, uint32_t ms) {
    static char text[8192];
    size_t size = 0;
    uint64_t from_us = self->now_us;

    text[0] = 0;
    assert_true(self->light_count > 0);
    self->lights[0] = (struct board_light){from_us, self->lights[self->light_count - 1].colour};
    self->light_count = 1;
    board_run_ms(self, ms);
    for (uint32_t i = 0; i < self->light_count; i++) {
        const struct board_light *light = &self->lights[i];
        uint64_t end_us = i + 1 < self->light_count ? light[1].at_us : self->now_us;
        uint64_t lasted_us = end_us - light->at_us;
        if (lasted_us == 0) // what begins with the last moment has not been seen
            continue;
        assert_true(size + 32 < sizeof text);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%c%u", size ? " " : "",
                                 light->colour, (unsigned)(lasted_us / 1000));
        if (lasted_us % 1000)
            size += (size_t)snprintf(text + size, sizeof text - size, ".%03u",
                                     (unsigned)(lasted_us % 1000));
    }
    return text;
}

// ---- making one ----

struct board *board_prepare(enum ib_device_mode mode) {
    struct board *self = &the_board;

    memset(self, 0, sizeof *self);
    self->now_us = 5000000;
    self->log = (struct ib_log){write_log, self};
    for (unsigned i = 0; i < FLASH_COUNT; i++) {
        uint32_t size = i < FLASH_SLOT0 ? BOARD_RECORD_BYTES : BOARD_SLOT_BYTES;
        ib_sim_flash_init(&self->flash[i], flash_bytes[i][0], flash_bytes[i][1], size, i + 1);
        self->storage[i] = ib_sim_flash_storage(&self->flash[i]);
    }
    self->settings = self->storage[FLASH_SETTINGS];
    self->settings.ops = &settings_ops;
    self->settings.context = self;
    ib_sim_network_init(&self->network);
    self->link = ib_sim_network_link(&self->network);
    self->button_line = (struct ib_gpio){&button_ops, self};
    self->red_line = (struct ib_gpio){&red_ops, self};
    self->green_line = (struct ib_gpio){&green_ops, self};
    self->ota = (struct ib_ota_config){
        .slot = {&self->storage[FLASH_SLOT0], &self->storage[FLASH_SLOT1]},
        .record = &self->storage[FLASH_BOOT],
        .project = "tCamMini",
        .factory_version = "2.1",
        .log = &self->log,
    };
    self->config = (struct ib_device_config){
        .mode = mode,
        .default_name = BOARD_NAME,
        .storage = &self->settings,
        .link = mode == IB_DEVICE_WIFI ? &self->link : NULL,
        .button = &self->button_line,
        .red = &self->red_line,
        .green = &self->green_line,
        .ota = &self->ota,
        .log = &self->log,
    };
    self->camera.settings = (struct ib_camera_settings){.emissivity_pct = 100};
    self->lights[self->light_count++] = (struct board_light){self->now_us, '-'};
    return self;
}

void board_start(struct board *self) {
    self->power_us = self->now_us;
    self->camera_us = self->now_us;
    assert_int_equal(ib_device_init(&self->device, &self->config, self->now_us), IB_OK);
}

struct board *board_new(enum ib_device_mode mode) {
    struct board *self = board_prepare(mode);
    board_start(self);
    return self;
}

struct board *board_running(enum ib_device_mode mode) {
    struct board *self = board_new(mode);
    board_run_ms(self, 2000);
    assert_int_equal(self->camera.stage, IB_STAGE_RUNNING);
    return self;
}

void board_join(struct board *self, const char *ssid, const char *password) {
    struct ib_wifi_change change = {.has_flags = true, .flags = IB_WIFI_ENABLED | IB_WIFI_CLIENT};
    const char *why;
    change.text[IB_WIFI_STA_SSID] = ssid;
    change.size[IB_WIFI_STA_SSID] = strlen(ssid);
    change.text[IB_WIFI_STA_PW] = password;
    change.size[IB_WIFI_STA_PW] = strlen(password);
    assert_int_equal(ib_network_change(&self->device.network, &change, self->now_us, &why), IB_OK);
}

bool board_joins(const struct board *self) {
    return self->device.store.now.network.flags & IB_WIFI_CLIENT;
}

// ---- updates ----

void board_ask_update(struct board *self, bool confirm) {
    char why[IB_OTA_WHY_BYTES] = "";
    int status = ib_ota_request(&self->device.ota, BOARD_SLOT_BYTES / 2, "3.0", self->now_us, why);
    if (status != IB_OK)
        fail_msg("the update was refused: %s", why);
    if (!confirm)
        return;
    board_press_ms(self, 200);
    board_run_ms(self, 200);
}

void board_fail_update(struct board *self) {
    ib_sim_flash_fault(&self->flash[FLASH_SLOT0], IB_SIM_FLASH_WRITES_FAIL);
    board_ask_update(self, true);
    ib_sim_flash_fault(&self->flash[FLASH_SLOT0], IB_SIM_FLASH_WELL);
    assert_true(self->device.ota.failed);
}
