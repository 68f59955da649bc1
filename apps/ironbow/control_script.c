/// What can be said to the script engine of a Pure Thermal: its buttons and its card slot.
#include <string.h>

#include "apps/ironbow/control_session.h"
#include "apps/ironbow/serve_repl.h"

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

static void reply_state(struct ib_app_control_session *self, const struct ib_vm *vm) {
    struct ib_vm_state state;
    ib_vm_state(vm, &state);
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_put_string(json, "script", ib_vm_stage_name(state.stage));
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
                  {"safe-boot", IB_VM_RESET_SAFE}};
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
    ib_app_control_error(self, "%s: must be interrupt, soft-reset, reset or safe-boot", words[0]);
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
