/// Storage, network, lines and time for the device; and what restarting it means.
#include "apps/ironbow/board.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/status.h"

static const struct {
    const char *name;
    uint32_t size_bytes; ///< 0: a slot of the board
    unsigned mask;
} REGIONS[IB_APP_REGION_COUNT] = {
    {"settings.bin", 2 * IB_STORAGE_REGION_SECTOR_BYTES, IB_APP_GATE_NO_STORAGE},
    {"boot.bin", 2 * IB_STORAGE_REGION_SECTOR_BYTES, IB_APP_GATE_NO_STORAGE},
    {"slot0.bin", 0, IB_APP_GATE_NO_FLASH},
    {"slot1.bin", 0, IB_APP_GATE_NO_FLASH},
};

// ---- storage ----

static int open_regions(struct ib_app_board *self, const char *directory, char *problem,
                        size_t problem_size) {
    for (unsigned i = 0; i < IB_APP_REGION_COUNT; i++) {
        uint32_t size =
            REGIONS[i].size_bytes ? REGIONS[i].size_bytes : ib_board_tcam_mini.slot_bytes;
        int status = ib_storage_region_open(&self->region[i], directory, REGIONS[i].name, size,
                                            problem, problem_size);
        if (status != 0)
            return status;
        self->regions = i + 1;
        ib_app_storage_gate_init(&self->guarded[i], &self->config.rig->gate,
                                 &self->region[i].storage, REGIONS[i].mask);
    }
    return 0;
}

static void close_regions(struct ib_app_board *self) {
    while (self->regions > 0)
        ib_storage_region_close(&self->region[--self->regions]);
}

/// A flash that is gone with the program: its files lose their names at once.
static int open_temporary(struct ib_app_board *self, char *problem, size_t problem_size) {
    char directory[] = "/tmp/ironbow-flash-XXXXXX";
    if (!mkdtemp(directory)) {
        snprintf(problem, problem_size, "%s: %s", directory, strerror(errno));
        return -1;
    }
    int status = open_regions(self, directory, problem, problem_size);
    for (unsigned i = 0; i < IB_APP_REGION_COUNT; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", directory, REGIONS[i].name);
        unlink(path);
    }
    rmdir(directory);
    return status;
}

static int open_storage(struct ib_app_board *self, char *problem, size_t problem_size) {
    const char *directory = self->config.state;
    if (!directory)
        return open_temporary(self, problem, problem_size);
    int status = ib_storage_directory(directory, problem, problem_size);
    if (status == 0)
        status = open_regions(self, directory, problem, problem_size);
    if (status == 0) {
        snprintf(self->state, sizeof self->state, "%s", directory);
        return 0;
    }
    close_regions(self);
    if (self->config.state_given)
        return status;
    // The default place may be another ironbow's, or not writable: a camera all the same.
    char text[512];
    snprintf(text, sizeof text, "settings will not be kept: %s", problem);
    ib_log(self->config.log, IB_LOG_WARNING, "board", text);
    return open_temporary(self, problem, problem_size);
}

// ---- the machine's own network, as it is ----

/// The address clients are told: the one that is listened on, else the first that is not loopback.
static void host_address(const char *listen, uint8_t out[4]) {
    memset(out, 0, 4);
    struct in_addr address;
    if (inet_pton(AF_INET, listen, &address) == 1 && address.s_addr != 0) {
        memcpy(out, &address.s_addr, 4);
        return;
    }
    struct ifaddrs *list;
    if (getifaddrs(&list) != 0)
        return;
    for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || (at->ifa_flags & IFF_LOOPBACK))
            continue;
        struct sockaddr_in found;
        memcpy(&found, at->ifa_addr, sizeof found);
        memcpy(out, &found.sin_addr.s_addr, 4);
        break;
    }
    freeifaddrs(list);
}

static int host_start(void *context, const struct ib_link_config *config, uint64_t now_us) {
    (void)context;
    (void)config;
    (void)now_us;
    return IB_OK;
}

static void host_stop(void *context, uint64_t now_us) {
    (void)context;
    (void)now_us;
}

static void host_poll(void *context, uint64_t now_us, struct ib_link_state *out, uint64_t *due_us) {
    const struct ib_app_board *self = context;
    *out = (struct ib_link_state){.stage = IB_LINK_READY, .peer = true, .reason = ""};
    host_address(self->config.listen, out->ip);
    *due_us = now_us + 10000000;
}

static const struct ib_link_ops HOST_OPS = {
    .start = host_start, .stop = host_stop, .poll = host_poll};

static void on_network_changed(void *context) {
    ib_app_board_step(context);
}

static int open_network(struct ib_app_board *self, char *problem, size_t problem_size) {
    if (self->config.network == IB_APP_NETWORK_SIM) {
        ib_sim_network_init(&self->network);
        self->link = ib_sim_network_link(&self->network);
        return 0;
    }
    if (self->config.network == IB_APP_NETWORK_HOST) {
        self->link = (struct ib_link){.ops = &HOST_OPS, .context = self, .fixed = true};
        return 0;
    }
    const struct ib_network_manager_config config = {
        .loop = self->config.loop,
        .interface = self->config.interface,
        .log = self->config.log,
        .changed = on_network_changed,
        .context = self,
    };
    if (ib_network_manager_open(&self->manager, &config, problem, problem_size) != 0)
        return -1;
    self->link = *ib_network_manager_link(self->manager);
    return 0;
}

// ---- button and LED ----

static int button_get(void *context) {
    struct ib_app_board *self = context;
    if (self->held && ib_app_rig_now_us(self->config.rig) >= self->held_until_us)
        self->held = false;
    if (self->held)
        return 1;
    return self->line_open[0] ? ib_gpio_get(&self->line_tables[0]) : 0;
}

static const struct ib_gpio_ops BUTTON_OPS = {.get = button_get};

static int open_lines(struct ib_app_board *self, char *problem, size_t problem_size) {
    const char *const names[3] = {self->config.button_line, self->config.red_line,
                                  self->config.green_line};
    for (unsigned i = 0; i < 3; i++) {
        if (!names[i])
            continue;
        const struct ib_gpiochip_config config = {
            .line = names[i],
            .output = i > 0,
            .active_low = i == 0, // the button pulls its line to ground
        };
        if (ib_gpiochip_open(&self->lines[i], &config, problem, problem_size) != IB_OK)
            return -1;
        self->line_open[i] = true;
        self->line_tables[i] = ib_gpiochip_table(&self->lines[i]);
    }
    self->button = (struct ib_gpio){.ops = &BUTTON_OPS, .context = self};
    return 0;
}

void ib_app_board_press(struct ib_app_board *self, uint64_t us) {
    uint64_t now_us = ib_app_rig_now_us(self->config.rig);
    self->held = us > 0;
    self->held_until_us = us == IB_NEVER ? IB_NEVER : now_us + us;
}

// ---- the device ----

static int start_device(struct ib_app_board *self) {
    const struct ib_app_board_config *config = &self->config;
    const struct ib_ota_config ota = {
        .slot = {&self->guarded[IB_APP_REGION_SLOT0].storage,
                 &self->guarded[IB_APP_REGION_SLOT1].storage},
        .record = &self->guarded[IB_APP_REGION_BOOT].storage,
        .signature = config->update_key ? &self->signature.signature : NULL,
        .signature_required = config->signed_only,
        .project = ib_board_tcam_mini.project,
        .factory_version = IB_VERSION,
        .log = config->log,
    };
    const struct ib_device_config device = {
        .mode = config->mode,
        .default_name = config->default_name,
        .storage = &self->guarded[IB_APP_REGION_SETTINGS].storage,
        .link = config->mode == IB_DEVICE_WIFI ? &self->link : NULL,
        .button = &self->button,
        .red = self->line_open[1] ? &self->line_tables[1] : NULL,
        .green = self->line_open[2] ? &self->line_tables[2] : NULL,
        .ota = &ota,
        .log = config->log,
    };
    return ib_device_init(&self->device, &device, ib_app_rig_now_us(config->rig));
}

/// The faults that are shut at the gate are the device's from its start.
static void tell_faults(struct ib_app_board *self) {
    static const enum ib_device_fault TOLD[] = {IB_DEVICE_FAULT_PERIPHERAL, IB_DEVICE_FAULT_STORAGE,
                                                IB_DEVICE_FAULT_MEMORY, IB_DEVICE_FAULT_NETWORK};
    unsigned shut = atomic_load(&self->config.rig->gate.shut);
    for (size_t i = 0; i < sizeof TOLD / sizeof TOLD[0]; i++)
        ib_device_fault(&self->device, TOLD[i], (shut & ib_app_board_fault_gate(TOLD[i])) != 0);
}

/// As if the power had gone and come back: the Lepton's, too.
static void restart(struct ib_app_board *self) {
    ib_log(self->config.log, IB_LOG_INFO, "board", "restarting");
    self->restarts++;
    self->config.restart(self->config.context);
    if (!self->power_cycle_posted || ib_camera_answered(&self->power_cycle)) {
        self->power_cycle = (struct ib_camera_request){.ask = IB_ASK_RESET, .rung = IB_RUNG_POWER};
        self->power_cycle_posted = true;
        ib_camera_post(&self->config.rig->camera, &self->power_cycle);
    }
    start_device(self);
    tell_faults(self);
}

static uint64_t step_device(struct ib_app_board *self, uint64_t now_us) {
    struct ib_camera_state state;
    ib_camera_state(&self->config.rig->camera, &state);
    const struct ib_device_view view = {.camera = &state,
                                        .clients = self->config.clients(self->config.context)};
    uint64_t due_us = IB_NEVER;
    uint32_t late_loads = self->device.late_loads;
    ib_device_step(&self->device, &view, now_us, &due_us);
    if (self->device.late_loads != late_loads)
        ib_app_board_apply_settings(self);
    if (ib_device_wants_restart(&self->device)) {
        restart(self);
        due_us = now_us;
    }
    return due_us;
}

/// Stepped time: the next slice, if there is any left to run.
static void run_slice(struct ib_app_board *self, uint64_t now_us, uint64_t due_us) {
    struct ib_app_rig *rig = self->config.rig;
    uint64_t granted_us = ib_pace_grant(&rig->pace, 0);
    self->done_us = granted_us;
    if (granted_us >= self->target_us)
        return;
    uint64_t next_us = due_us <= now_us ? now_us + 1 : due_us;
    if (next_us > self->target_us)
        next_us = self->target_us;
    self->slice.notify = self->config.notify;
    self->slice.notify_context = self->config.context;
    ib_app_rig_grant(rig, next_us > granted_us ? next_us - granted_us : 0, &self->slice);
}

uint64_t ib_app_board_grant(struct ib_app_board *self, uint64_t us) {
    self->target_us += us;
    ib_app_board_step(self);
    return self->target_us;
}

static void on_timer(uv_timer_t *handle) {
    ib_app_board_step(handle->data);
}

void ib_app_board_step(struct ib_app_board *self) {
    struct ib_app_rig *rig = self->config.rig;
    bool stepped = rig->time == IB_APP_TIME_STEPPED;
    if (!self->timer_open || (stepped && ib_app_rig_waiting(rig, &self->slice)))
        return;
    uint64_t now_us = ib_app_rig_now_us(rig);
    uint64_t due_us = step_device(self, now_us);
    self->config.changed(self->config.context);
    if (stepped) {
        run_slice(self, now_us, due_us);
        return;
    }
    uint64_t wait_us = due_us > now_us ? due_us - now_us : 0;
    if (wait_us > 1000000)
        wait_us = 1000000;
    uv_timer_start(&self->timer, on_timer, (wait_us + 999) / 1000, 0);
}

void ib_app_board_apply_settings(struct ib_app_board *self) {
    const struct ib_lepton_settings *stored = &self->device.store.now.lepton;
    bool busy = self->settings_posted && !ib_camera_answered(&self->settings);
    // What a Pure Thermal's Lepton does is its scripts' business.
    bool scripts = self->config.rig->board == IB_APP_RIG_PURE_THERMAL;
    if (self->config.mode == IB_DEVICE_HARDWARE || busy || scripts)
        return;
    self->settings_posted = true;
    self->settings = (struct ib_camera_request){
        .ask = IB_ASK_SETTINGS,
        .settings = {.mask = IB_SETTING_AGC | IB_SETTING_EMISSIVITY | IB_SETTING_GAIN,
                     .agc = stored->agc,
                     .emissivity_pct = stored->emissivity_pct,
                     .gain = stored->gain},
    };
    ib_camera_post(&self->config.rig->camera, &self->settings);
}

bool ib_app_board_reachable(const struct ib_app_board *self) {
    return self->config.mode == IB_DEVICE_HARDWARE || ib_network_connected(&self->device.network);
}

int ib_app_board_open(struct ib_app_board *self, const struct ib_app_board_config *config,
                      char *problem, size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->config = *config;
    uv_timer_init(config->loop, &self->timer);
    self->timer.data = self;
    self->timer_open = true;
    if (config->update_key &&
        ib_sodium_signature_open(&self->signature, config->update_key, problem, problem_size) != 0)
        return -1;
    if (open_storage(self, problem, problem_size) != 0 ||
        open_lines(self, problem, problem_size) != 0)
        return -1;
    if (config->mode == IB_DEVICE_WIFI && open_network(self, problem, problem_size) != 0)
        return -1;
    int status = start_device(self);
    if (status != IB_OK) {
        snprintf(problem, problem_size, "the board: %s", ib_status_text(status));
        return -1;
    }
    tell_faults(self);
    return 0;
}

void ib_app_board_close(struct ib_app_board *self, void (*closed)(void *context), void *context) {
    if (self->timer_open)
        uv_close((uv_handle_t *)&self->timer, NULL);
    self->timer_open = false;
    if (self->manager)
        ib_network_manager_close(self->manager, closed, context);
    else
        closed(context);
    self->manager = NULL;
}

void ib_app_board_free(struct ib_app_board *self) {
    for (unsigned i = 0; i < 3; i++) {
        if (self->line_open[i])
            ib_gpiochip_close(&self->lines[i]);
    }
    close_regions(self);
}

// ---- faults ----

bool ib_app_board_has_led(const struct ib_app_board *self) {
    return self->config.rig->board != IB_APP_RIG_PURE_THERMAL;
}

unsigned ib_app_board_fault_gate(enum ib_device_fault fault) {
    static const unsigned BITS[IB_DEVICE_FAULT_COUNT] = {
        [IB_DEVICE_FAULT_PERIPHERAL] = IB_APP_GATE_NO_PERIPHERAL,
        [IB_DEVICE_FAULT_STORAGE] = IB_APP_GATE_NO_STORAGE,
        [IB_DEVICE_FAULT_MEMORY] = IB_APP_GATE_NO_MEMORY,
        [IB_DEVICE_FAULT_CCI] = IB_APP_GATE_NO_CCI,
        [IB_DEVICE_FAULT_VOSPI] = IB_APP_GATE_NO_VOSPI,
        [IB_DEVICE_FAULT_NETWORK] = IB_APP_GATE_NO_NETWORK,
        [IB_DEVICE_FAULT_SYNC] = IB_APP_GATE_NO_SYNC,
        [IB_DEVICE_FAULT_UPDATE] = IB_APP_GATE_NO_FLASH,
    };
    return fault > IB_DEVICE_FAULT_NONE && fault < IB_DEVICE_FAULT_COUNT ? BITS[fault] : 0;
}

bool ib_app_board_is_fault(const char *name) {
    for (int fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        if (strcmp(name, ib_device_fault_name((enum ib_device_fault)fault)) == 0)
            return true;
    }
    return false;
}

int ib_app_board_fault(struct ib_app_board *self, const char *name, bool there) {
    struct ib_app_gate *gate = &self->config.rig->gate;
    for (int fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        if (strcmp(name, ib_device_fault_name((enum ib_device_fault)fault)) != 0)
            continue;
        unsigned bit = ib_app_board_fault_gate((enum ib_device_fault)fault);
        if (there)
            atomic_fetch_or(&gate->shut, bit);
        else
            atomic_fetch_and(&gate->shut, ~bit);
        tell_faults(self);
        return IB_OK;
    }
    return IB_E_NOT_FOUND;
}

void ib_app_board_heal(struct ib_app_board *self) {
    atomic_store(&self->config.rig->gate.shut, 0);
    tell_faults(self);
}
