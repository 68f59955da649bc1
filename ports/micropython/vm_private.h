/// The inside of the script engine: what its files share.
///
/// Threads: "the VM's" is the one that runs Python; "others" are everybody who calls vm.h. They meet
/// in the two rings, in atomics, and in the atomic section, which is one recursive mutex.
#ifndef IB_PORTS_MICROPYTHON_VM_PRIVATE_H
#define IB_PORTS_MICROPYTHON_VM_PRIVATE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openmv/alarms.h"
#include "openmv/pins.h"
#include "ports/micropython/byte_ring.h"
#include "ports/micropython/disk.h"
#include "ports/micropython/rom.h"
#include "ports/micropython/vm.h"

#define IB_VM_INPUT_BYTES 16384u
#define IB_VM_OUTPUT_BYTES 65536u
#define IB_VM_STACK_BYTES (8u << 20)

/// What another thread wants to happen to the life under way; the strongest wins.
enum ib_vm_wanted {
    IB_VM_WANTED_NOTHING,
    IB_VM_WANTED_SOFT,
    IB_VM_WANTED_SAFE,
    IB_VM_WANTED_FAULT,
    IB_VM_WANTED_HARD, ///< also out of a fault, whether it has begun or not
    IB_VM_WANTED_STOP,
};

/// machine.WDT: once started it lives until a reset that is more than a soft one.
struct ib_vm_watchdog {
    uint64_t timeout_us;
    uint64_t due_us; ///< IB_NEVER: not started
    bool bitten;
};

/// machine.reset_cause(), with the H7's numbers.
enum ib_vm_cause {
    IB_VM_CAUSE_SOFT,
    IB_VM_CAUSE_POWER_ON,
    IB_VM_CAUSE_HARD,
    IB_VM_CAUSE_WATCHDOG,
    IB_VM_CAUSE_DEEPSLEEP,
};

struct ib_vm {
    pthread_t thread;
    pthread_mutex_t atomic; ///< "interrupts off"
    int wake_fd;
    size_t heap_bytes;
    void *heap;
    uint8_t id[IB_VM_ID_BYTES];
    const struct ib_clock *clock;
    bool stepped; ///< that clock stands still but for waits
    int64_t wall_us;
    uint64_t random; ///< stepped: the state of chance
    const struct ib_vm_script *script;
    atomic_int ending, exit_code; ///< of the script
    const struct ib_openmv_hands *hands;
    void (*notify)(void *context);
    void *context;
    const struct ib_log *log;

    atomic_int wanted;         ///< enum ib_vm_wanted
    atomic_int stage;          ///< enum ib_vm_stage
    atomic_bool alive;         ///< between mp_init and mp_deinit: events are taken
    atomic_int interrupt_char; ///< -1: input is only input
    atomic_bool input_was_full;
    atomic_uint cold_boots, soft_resets, dropped, events_lost;
    enum ib_vm_cause cause;      ///< of this life; the VM's, as the next four
    enum ib_vm_cause next_cause; ///< of a life that begins with a hard reset
    struct ib_pins pins;
    uint16_t cpu_mhz;
    int64_t rtc_us; ///< what RTC.datetime() has moved the clock by

    // In the atomic section.
    struct ib_alarms alarms; ///< timers
    struct ib_vm_watchdog watchdog;
    pthread_t alarm_thread;
    pthread_cond_t alarm_news;
    bool alarm_runs, alarm_ends;
    uint64_t force_us; ///< when an end of this life that is wanted stops being asked for; IB_NEVER
    bool held;         ///< machine.disable_irq()
    atomic_bool closing; ///< a life is over, what it left open is being closed; also its signal's
    bool over;           ///< the thread is about to end

    volatile bool lives; ///< from the first script to the last; the VM's, also its signal's

    struct ib_byte_ring input, output;
    pthread_mutex_t console; ///< around the two rings

    pthread_mutex_t events_mutex;
    struct ib_vm_event *events_head, *events_tail;

    struct ib_disk flash, card;
    struct ib_vm_rom rom;
};

/// The one engine of this process, NULL when there is none.
extern struct ib_vm *ib_vm_current;

// ---- vm.c ----
/// Any thread: end the life under way. The strongest wish wins.
void ib_vm_want(struct ib_vm *self, enum ib_vm_wanted wanted);

// ---- wait.c ----
/// Before the thread starts.
void ib_vm_time_begin(const struct ib_vm *self);
/// VM's thread: the script's time, microseconds, monotonic.
uint64_t ib_vm_now_us(void);
/// Any thread: the machine's, for what others are waited for.
uint64_t ib_vm_host_us(void);
/// VM's thread: that time for drivers, whose waits are short. Nothing of the script runs meanwhile; a
/// wait ends early once the script is to be interrupted, and then waits take no time until it has been.
struct ib_clock ib_vm_clock(void);
/// VM's thread: sleep until `when_us`, woken, or a watched descriptor is ready. Runs nothing: callers
/// use mp_event_handle_nowait before, and look again after.
void ib_vm_sleep_until(uint64_t when_us);
/// VM's thread: the same for so much of the machine's time; watched descriptors stay for the next.
void ib_vm_sleep_host(uint64_t us);
/// VM's thread: the next sleep also ends when `fd` is ready for `events` (poll's).
void ib_vm_watch(int fd, short events);
/// VM's thread: run what is pending, then sleep until `when_us` at most. May raise.
void ib_vm_pause_until(uint64_t when_us);

// ---- console.c ----
void ib_vm_notify(struct ib_vm *self);

// ---- boot.c ----
/// The thread: lives until it is to stop.
void *ib_vm_thread(void *vm);
void ib_vm_say(struct ib_vm *self, enum ib_log_level level, const char *text);
/// machine.reset() and its like: end this life at once; no handler of the script runs.
void ib_vm_end_life(enum ib_vm_wanted wanted) __attribute__((noreturn));
/// VM's thread: stay at this stage until a reset or the end.
void ib_vm_halt(enum ib_vm_stage stage) __attribute__((noreturn));

/// How deep this thread is in the atomic section.
int ib_vm_atomic_depth(void);

// ---- force.c ----
void ib_vm_force_init(void);
/// Any thread: end the life under way on the spot, if that is possible where it stands just now.
void ib_vm_force(struct ib_vm *self);

// ---- sweep.c ----
/// VM's thread: close what the life has left open, whatever state it was left in.
void ib_vm_sweep(struct ib_vm *self);

// ---- alarm.c ----
/// Before the engine's thread begins. Return: 0, or an errno.
int ib_vm_alarm_start(struct ib_vm *self);
void ib_vm_alarm_stop(struct ib_vm *self);
/// In the atomic section: force_us has changed.
void ib_vm_alarm_changed(struct ib_vm *self);
/// VM's thread: ib_vm_timer_fired is called with it, from any thread.
void ib_vm_alarm_set(struct ib_vm *self, struct ib_alarm *alarm, uint64_t delay_us,
                     uint64_t period_us);
void ib_vm_alarm_clear(struct ib_vm *self, struct ib_alarm *alarm);
/// VM's thread, on a step clock: no wait goes beyond this; and time has passed. Else nothing.
uint64_t ib_vm_alarm_due_us(const struct ib_vm *self);
void ib_vm_alarm_look(struct ib_vm *self, uint64_t now_us);
void ib_vm_watchdog_start(struct ib_vm *self, uint64_t timeout_us);
void ib_vm_watchdog_feed(struct ib_vm *self);
/// Off again. Return: whether it had bitten.
bool ib_vm_watchdog_reset(struct ib_vm *self);

// ---- machine/ ----
/// VM's thread: a life's hardware, before its first script and after its last.
void ib_vm_machine_begin(struct ib_vm *self, bool cold);
void ib_vm_machine_end(struct ib_vm *self);
/// In the atomic section, any thread.
void ib_vm_timer_fired(struct ib_alarm *alarm);
/// In a collection: running timers stay.
void ib_vm_timers_mark(void);
// ---- script.c ----
/// Run the script of `self->script`. Return: whether it came to an end of its own.
bool ib_vm_script_run(struct ib_vm *self);
/// Run a file if there is one, errors where the script's go. Return: false: it raised.
bool ib_vm_script_boot(struct ib_vm *self, const char *path);
void ib_vm_script_ends(struct ib_vm *self, enum ib_vm_ending how, int exit_code);

// ---- events.c ----
void ib_vm_events_open(struct ib_vm *self);
/// VM's thread: while held, nothing that happens outside reaches the script but Ctrl-C and resets. It
/// comes afterwards. Return: whether they were held before.
bool ib_vm_events_hold(struct ib_vm *self, bool held);
/// Pending ones are lost, and counted.
void ib_vm_events_close(struct ib_vm *self);

// ---- machine_code.c ----
/// In a collection: what scripts' machine code points to.
void ib_vm_code_mark(void);
/// From a signal, too: whether that is in scripts' machine code.
bool ib_vm_code_has(const void *place);
void ib_vm_code_release(void);

// ---- storage.c ----
/// Mount what there is, make what is missing, choose the working directory.
void ib_vm_storage_mount(struct ib_vm *self);
/// Before the thread starts: the card's own news.
void ib_vm_storage_init(struct ib_vm *self);
/// Any thread: a card came or went.
void ib_vm_storage_card_changed(struct ib_vm *self);

#endif
