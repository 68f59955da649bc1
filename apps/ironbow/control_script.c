/// What can be said to the script engine of a Pure Thermal and the board around it: its buttons, its
/// card slot, its pins and buses.
#include <string.h>

#include "apps/ironbow/control_session.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/script_board.h"
#include "apps/ironbow/serve_repl.h"
#include "core/status.h"

static struct ib_vm *vm_of(struct ib_app_control_session *self) {
    struct ib_app_repl *repl = self->control->config.repl;
    if (!repl || !repl->vm) {
        ib_app_control_error(self, "no scripts here: run with --board pure-thermal");
        return NULL;
    }
    return repl->vm;
}

static void reply_ok(struct ib_app_control_session *self) {
    ib_app_control_begin(self);
    ib_app_control_end(self);
}

void ib_app_control_put_script(struct ib_json_writer *json, const struct ib_app_control *control) {
    const struct ib_app_repl *repl = control->config.repl;
    struct ib_vm_state state;
    if (!repl || !repl->vm)
        return;
    ib_vm_state(repl->vm, &state);
    ib_json_put_string(json, "script", ib_vm_stage_name(state.stage));
    ib_app_script_board_put_leds(control->config.scripts, json);
}

static void reply_state(struct ib_app_control_session *self, const struct ib_vm *vm) {
    struct ib_vm_state state;
    ib_vm_state(vm, &state);
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_app_control_put_script(json, self->control);
    ib_json_put_int(json, "cold_boots", state.cold_boots);
    ib_json_put_int(json, "soft_resets", state.soft_resets);
    ib_json_put_int(json, "output_dropped_bytes", state.output_dropped_bytes);
    ib_json_put_int(json, "events_lost", state.events_lost);
    ib_json_put_bool(json, "card", state.card);
    ib_app_control_end(self);
}

void ib_app_control_script(struct ib_app_control_session *self, unsigned count, char **words) {
    static const struct {
        const char *word;
        enum ib_vm_reset reset;
    } RESETS[] = {{"soft-reset", IB_VM_RESET_SOFT},
                  {"reset", IB_VM_RESET_HARD},
                  {"safe-boot", IB_VM_RESET_SAFE},
                  {"fault", IB_VM_RESET_FAULT}};
    struct ib_vm *vm = vm_of(self);
    if (!vm)
        return;
    if (count == 0) {
        reply_state(self, vm);
        return;
    }
    if (strcmp(words[0], "interrupt") == 0) {
        ib_vm_interrupt(vm);
        reply_ok(self);
        return;
    }
    for (size_t i = 0; i < sizeof RESETS / sizeof RESETS[0]; i++) {
        if (strcmp(words[0], RESETS[i].word) == 0) {
            ib_vm_reset(vm, RESETS[i].reset);
            reply_ok(self);
            return;
        }
    }
    ib_app_control_error(self, "%s: must be interrupt, soft-reset, reset, safe-boot or fault",
                         words[0]);
}

void ib_app_control_sdcard(struct ib_app_control_session *self, unsigned count, char **words) {
    char problem[512];
    struct ib_vm *vm = vm_of(self);
    if (!vm)
        return;
    if (count == 2 && strcmp(words[0], "insert") == 0) {
        if (ib_vm_card_insert(vm, words[1], problem, sizeof problem) != 0)
            ib_app_control_error(self, "%s", problem);
        else
            reply_ok(self);
    } else if (count == 1 && strcmp(words[0], "remove") == 0) {
        if (ib_vm_card_remove(vm) != 0)
            ib_app_control_error(self, "there is no card");
        else
            reply_ok(self);
    } else {
        ib_app_control_error(self, "usage: sdcard insert FILE, sdcard remove");
    }
}

void ib_app_control_pins(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    if (!vm_of(self))
        return;
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_app_script_board_put_pins(self->control->config.scripts, json);
    ib_app_control_end(self);
}

void ib_app_control_pin(struct ib_app_control_session *self, unsigned count, char **words) {
    static const char *const DRIVES[] = {"float", "low", "high"};
    (void)count;
    if (!vm_of(self))
        return;
    int drive = 0;
    while (drive <= IB_SIM_DRIVE_HIGH && strcmp(words[1], DRIVES[drive]) != 0)
        drive++;
    if (drive > IB_SIM_DRIVE_HIGH)
        ib_app_control_error(self, "%s: must be high, low or float", words[1]);
    else if (ib_app_script_board_drive(self->control->config.scripts, words[0],
                                       (enum ib_sim_drive)drive) != 0)
        ib_app_control_error(self, "%s: no such pin (pins lists them)", words[0]);
    else
        reply_ok(self);
}

static int bus_fault_named(const char *name) {
    for (int fault = 0; fault < IB_SIM_I2C_BUS_FAULTS; fault++) {
        if (strcmp(name, ib_sim_i2c_bus_fault_name((enum ib_sim_i2c_bus_fault)fault)) == 0)
            return fault;
    }
    return -1;
}

/// i2c BUS FAULT [N|T]
void ib_app_control_i2c(struct ib_app_control_session *self, unsigned count, char **words) {
    uint64_t bus, amount = 0;
    int fault = bus_fault_named(words[1]);
    if (!vm_of(self))
        return;
    if (fault < 0)
        ib_app_control_error(self, "%s: must be nack, stuck, bit-flip or well", words[1]);
    else if (count == 3 &&
             !(fault == IB_SIM_I2C_BUS_STUCK ? ib_app_parse_duration_us(words[2], &amount)
                                             : ib_app_parse_u64(words[2], UINT32_MAX, &amount)))
        ib_app_control_error(self, "%s: must be a %s", words[2],
                             fault == IB_SIM_I2C_BUS_STUCK ? "duration such as 20ms" : "number");
    else if (!ib_app_parse_u64(words[0], 99, &bus) ||
             ib_app_script_board_bus_fault(self->control->config.scripts, (unsigned)bus,
                                           (enum ib_sim_i2c_bus_fault)fault, amount) != 0)
        ib_app_control_error(self, "%s: no such bus: 1 is the cameras', 2 and 4 are the scripts'",
                             words[0]);
    else
        reply_ok(self);
}

// ---- the parts beside the Lepton ----

void ib_app_control_parts(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    (void)words;
    if (!vm_of(self))
        return;
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_app_script_parts_put(self->control->config.scripts, json);
    ib_app_control_end(self);
}

/// "count=10" or "duration=2s". Return: whether it was one of them.
static bool amount(const char *word, uint64_t *count, uint64_t *duration_us) {
    if (strncmp(word, "count=", 6) == 0)
        return ib_app_parse_u64(word + 6, UINT32_MAX, count);
    return strncmp(word, "duration=", 9) == 0 && ib_app_parse_duration_us(word + 9, duration_us);
}

/// part NAME FAULT [count=N] [duration=T]
void ib_app_control_part(struct ib_app_control_session *self, unsigned count, char **words) {
    uint64_t times = 0, duration_us = 0;
    if (!vm_of(self))
        return;
    for (unsigned i = 2; i < count; i++) {
        if (!amount(words[i], &times, &duration_us)) {
            ib_app_control_error(self, "%s: must be count=10 or duration=2s", words[i]);
            return;
        }
    }
    int status = ib_app_script_parts_fault(self->control->config.scripts, words[0], words[1],
                                           (uint32_t)times, duration_us);
    if (status == IB_E_NOT_FOUND)
        ib_app_control_error(self, "%s: no such part here (parts lists them)", words[0]);
    else if (status != IB_OK)
        ib_app_control_error(self, "%s: no such fault (parts lists them), or heal", words[1]);
    else
        reply_ok(self);
}

static void set_part(struct ib_app_control_session *self, const char *word, double most,
                     int (*set)(struct ib_app_script_board *board, float value)) {
    double value;
    if (!vm_of(self))
        return;
    if (!ib_app_parse_real(word, &value) || value < 0 || value > most)
        ib_app_control_error(self, "%s: must be a number from 0 to %.0f", word, most);
    else if (set(self->control->config.scripts, (float)value) != IB_OK)
        ib_app_control_error(self, "there is no such part here");
    else
        reply_ok(self);
}

void ib_app_control_distance(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    set_part(self, words[0], 10000, ib_app_script_parts_place);
}

void ib_app_control_light(struct ib_app_control_session *self, unsigned count, char **words) {
    (void)count;
    set_part(self, words[0], 100, ib_app_script_parts_light);
}
