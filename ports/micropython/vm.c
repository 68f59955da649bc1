/// The engine as others see it: start, stop, resets, the card slot.
#include "ports/micropython/vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "ports/micropython/vm_private.h"
#include "py/mphal.h"
#include "py/runtime.h"

/// An abort can meet a moment in which nothing is aborted: it is asked for again this often.
#define ASK_AGAIN_MS 20

/// A script that has not heard an abort by then never looks up.
#define POLITE_US 300000u
/// Below the stacks and libraries of every 64-bit Linux, and memory that the sanitizers leave alone.
#if UINTPTR_MAX > UINT32_MAX
#define HEAP_PLACE UINT64_C(0x7e9000000000)
#else
#define HEAP_PLACE 0
#endif

struct ib_vm *ib_vm_current;

// ---- beginning ----

static int open_flash(struct ib_vm *self, const char *path, char *problem, size_t size) {
    char why[256];
    if (ib_disk_insert(&self->flash, path, IB_VM_FLASH_BYTES, why, sizeof why) != 0) {
        snprintf(problem, size, "flash image %s %s", path ? path : "in memory", why);
        return -1;
    }
    if (ib_disk_content(&self->flash) == IB_DISK_OTHER) {
        snprintf(problem, size,
                 "flash image %s holds no FAT file system, but something else: it is left as it is",
                 path);
        return -1;
    }
    return 0;
}

static int open_storage(struct ib_vm *self, const struct ib_vm_config *config, char *problem,
                        size_t size) {
    char why[256];
    if (open_flash(self, config->flash, problem, size) != 0)
        return -1;
    if (config->card && ib_disk_insert(&self->card, config->card, 0, why, sizeof why) != 0) {
        snprintf(problem, size, "card image %s %s", config->card, why);
        return -1;
    }
    if (ib_vm_rom_open(&self->rom, config->rom, why, sizeof why) != 0) {
        snprintf(problem, size, "ROM image %s %s", config->rom ? config->rom : "in memory", why);
        return -1;
    }
    return 0;
}

static int make_ring(struct ib_byte_ring *ring, size_t size) {
    *ring = (struct ib_byte_ring){.bytes = malloc(size), .size = size};
    return ring->bytes ? 0 : -1;
}

static void init_mutexes(struct ib_vm *self) {
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&self->atomic, &recursive);
    pthread_mutexattr_destroy(&recursive);
    pthread_mutex_init(&self->console, NULL);
    pthread_mutex_init(&self->events_mutex, NULL);
}

static void release(struct ib_vm *self) {
    ib_disk_deinit(&self->flash);
    ib_disk_deinit(&self->card);
    ib_vm_rom_close(&self->rom);
    if (self->wake_fd >= 0)
        close(self->wake_fd);
    if (self->heap)
        munmap(self->heap, self->heap_bytes);
    free(self->input.bytes);
    free(self->output.bytes);
    pthread_mutex_destroy(&self->atomic);
    pthread_mutex_destroy(&self->console);
    pthread_mutex_destroy(&self->events_mutex);
    free(self);
    ib_vm_current = NULL;
}

static int start_threads(struct ib_vm *self) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, IB_VM_STACK_BYTES);
    ib_vm_force_init();
    int error = ib_vm_alarm_start(self);
    if (error == 0)
        error = pthread_create(&self->thread, &attributes, ib_vm_thread, self);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        pthread_setname_np(self->thread, "script");
    else
        ib_vm_alarm_stop(self);
    return error;
}

/// At the same place each time, when it is free: scripts print addresses, and sets of objects are
/// sorted by them.
static void *get_heap(size_t size) {
    void *memory =
        mmap((void *)HEAP_PLACE, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static struct ib_vm *make(const struct ib_vm_config *config) {
    struct ib_vm *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->heap_bytes = config->heap_bytes ? config->heap_bytes : IB_VM_HEAP_BYTES;
    self->heap = get_heap(self->heap_bytes);
    self->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    self->notify = config->notify;
    self->context = config->context;
    self->log = config->log;
    memcpy(self->id, config->id, sizeof self->id);
    self->clock = config->clock;
    self->stepped = config->clock && !config->paced;
    self->wall_us = config->wall_us;
    self->random = config->seed;
    self->script = config->script;
    self->hands = config->hands;
    ib_pins_init(&self->pins, config->hands ? config->hands->pins : NULL);
    atomic_store(&self->interrupt_char, -1);
    init_mutexes(self);
    ib_disk_init(&self->flash);
    ib_disk_init(&self->card);
    ib_vm_storage_init(self);
    if (make_ring(&self->input, IB_VM_INPUT_BYTES) == 0 &&
        make_ring(&self->output, IB_VM_OUTPUT_BYTES) == 0 && self->heap && self->wake_fd >= 0)
        return self;
    release(self);
    return NULL;
}

int ib_vm_start(struct ib_vm **out, const struct ib_vm_config *config, char *problem,
                size_t problem_size) {
    *out = NULL;
    if (ib_vm_current) {
        snprintf(problem, problem_size, "there is a script engine already");
        return -1;
    }
    struct ib_vm *self = make(config);
    if (!self) {
        snprintf(problem, problem_size, "no memory for the script engine");
        return -1;
    }
    int status = open_storage(self, config, problem, problem_size);
    if (status == 0) {
        ib_vm_current = self;
        ib_vm_time_begin(self);
        *out = self; // what it makes others do may need it at once
        status = start_threads(self);
        if (status != 0)
            snprintf(problem, problem_size, "no thread for the script engine: %s",
                     strerror(status));
    }
    if (status != 0) {
        *out = NULL;
        release(self);
        return -1;
    }
    return 0;
}

// ---- ending ----

void ib_vm_want(struct ib_vm *self, enum ib_vm_wanted wanted) {
    int now = atomic_load(&self->wanted);
    while (now < (int)wanted && !atomic_compare_exchange_weak(&self->wanted, &now, wanted)) {
    }
    uintptr_t state = ib_vm_atomic_begin();
    if (atomic_load(&self->alive))
        mp_sched_vm_abort();
    if (self->force_us == IB_NEVER) {
        self->force_us = ib_vm_host_us() + POLITE_US;
        ib_vm_alarm_changed(self);
    }
    ib_vm_atomic_end(state);
    ib_vm_wake();
}

static struct timespec from_now(clockid_t clock, unsigned ms) {
    struct timespec when;
    clock_gettime(clock, &when);
    when.tv_sec += ms / 1000;
    when.tv_nsec += (long)(ms % 1000) * 1000000;
    if (when.tv_nsec >= 1000000000) {
        when.tv_sec++;
        when.tv_nsec -= 1000000000;
    }
    return when;
}

void ib_vm_quit(struct ib_vm *self) {
    ib_vm_want(self, IB_VM_WANTED_STOP);
}

int ib_vm_stop(struct ib_vm *self, unsigned deadline_ms) {
    uint64_t ends_us = ib_vm_host_us() + (uint64_t)deadline_ms * 1000;
    int error;
    do {
        ib_vm_want(self, IB_VM_WANTED_STOP);
        struct timespec soon = from_now(CLOCK_REALTIME, ASK_AGAIN_MS);
        error = pthread_timedjoin_np(self->thread, NULL, &soon);
    } while (error == ETIMEDOUT && ib_vm_host_us() < ends_us);
    if (error != 0)
        return -1;
    ib_vm_alarm_stop(self);
    release(self);
    return 0;
}

void ib_vm_reset(struct ib_vm *self, enum ib_vm_reset reset) {
    static const enum ib_vm_wanted wanted[] = {
        [IB_VM_RESET_SOFT] = IB_VM_WANTED_SOFT,
        [IB_VM_RESET_HARD] = IB_VM_WANTED_HARD,
        [IB_VM_RESET_SAFE] = IB_VM_WANTED_SAFE,
        [IB_VM_RESET_FAULT] = IB_VM_WANTED_FAULT,
    };
    ib_vm_want(self, wanted[reset]);
}

// ---- state ----

void ib_vm_state(const struct ib_vm *self, struct ib_vm_state *out) {
    struct ib_disk *card =
        (struct ib_disk *)(uintptr_t)&self->card; // its lock changes, it does not
    *out = (struct ib_vm_state){
        .stage = (enum ib_vm_stage)atomic_load(&self->stage),
        .ending = (enum ib_vm_ending)atomic_load(&self->ending),
        .exit_code = atomic_load(&self->exit_code),
        .cold_boots = atomic_load(&self->cold_boots),
        .soft_resets = atomic_load(&self->soft_resets),
        .output_dropped_bytes = atomic_load(&self->dropped),
        .events_lost = atomic_load(&self->events_lost),
        .card = ib_disk_insertion(card) != 0,
    };
}

const char *ib_vm_stage_name(enum ib_vm_stage stage) {
    static const char *const names[] = {"starting",   "boot.py", "main.py", "prompt",
                                        "bootloader", "fault",   "stopped"};
    return names[stage];
}

// ---- the card slot ----

int ib_vm_card_insert(struct ib_vm *self, const char *path, char *problem, size_t problem_size) {
    char why[256];
    if (ib_disk_insert(&self->card, path, 0, why, sizeof why) != 0) {
        snprintf(problem, problem_size, "card image %s %s", path, why);
        return -1;
    }
    ib_vm_storage_card_changed(self);
    return 0;
}

int ib_vm_card_remove(struct ib_vm *self) {
    if (ib_disk_remove(&self->card) != 0)
        return -1;
    ib_vm_storage_card_changed(self);
    return 0;
}
