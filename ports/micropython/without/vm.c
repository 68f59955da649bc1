/// In place of the script engine, when the program was built without MicroPython's sources: it says so.
#include "ports/micropython/vm.h"

#include <stdio.h>

int ib_vm_start(struct ib_vm **out, const struct ib_vm_config *config, char *problem,
                size_t problem_size) {
    (void)config;
    *out = NULL;
    snprintf(problem, problem_size,
             "this ironbow was built without MicroPython: fetch its sources with tools/micropython "
             "and build again");
    return -1;
}

// Nothing else can be called without an engine.

void ib_vm_quit(struct ib_vm *self) {
    (void)self;
}

int ib_vm_stop(struct ib_vm *self, unsigned deadline_ms) {
    (void)self;
    (void)deadline_ms;
    return 0;
}

size_t ib_vm_feed(struct ib_vm *self, const uint8_t *bytes, size_t size) {
    (void)self;
    (void)bytes;
    return size;
}

size_t ib_vm_pull(struct ib_vm *self, uint8_t *out, size_t size) {
    (void)self;
    (void)out;
    (void)size;
    return 0;
}

void ib_vm_interrupt(struct ib_vm *self) {
    (void)self;
}

void ib_vm_reset(struct ib_vm *self, enum ib_vm_reset reset) {
    (void)self;
    (void)reset;
}

void ib_vm_state(const struct ib_vm *self, struct ib_vm_state *out) {
    (void)self;
    *out = (struct ib_vm_state){.stage = IB_VM_STOPPED};
}

const char *ib_vm_stage_name(enum ib_vm_stage stage) {
    (void)stage;
    return "stopped";
}

bool ib_vm_schedule(struct ib_vm *self, struct ib_vm_event *event) {
    (void)self;
    (void)event;
    return false;
}

void ib_vm_look(struct ib_vm *self) {
    (void)self;
}

int ib_vm_card_insert(struct ib_vm *self, const char *path, char *problem, size_t problem_size) {
    (void)self;
    (void)path;
    snprintf(problem, problem_size, "no script engine");
    return -1;
}

int ib_vm_card_remove(struct ib_vm *self) {
    (void)self;
    return -1;
}
