/// Time and waiting: every wait of the engine comes through here.
///
/// A sleeping VM is woken by an eventfd ("something may have changed, look again"), by a descriptor it
/// watches, or by time. Who is woken runs what is pending and looks again; a wake is never a promise.
/// Main sources: eventfd(2), ppoll(2); py/scheduler.c of MicroPython for the rules.
#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "bus/clock.h"
#include "lib/oofatfs/ff.h" // declares get_fattime
#include "ports/micropython/vm_private.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/timeutils/timeutils.h"

/// More sockets than this in one select are looked at every few milliseconds instead.
#define WATCHED_MOST 64
#define LOOK_MS 5
/// Turns of a loop that are paid for together.
#define TURNS_AT_ONCE 64u
/// Longer than anybody waits, and far from where sums of times begin again.
#define LONGEST_US (UINT64_C(1) << 62)
/// 2000 in 1970's microseconds.
#define EPOCH_US UINT64_C(946684800000000)

uint32_t ib_vm_turns_left;

static struct pollfd watched[1 + WATCHED_MOST];
static unsigned watched_count;
static bool too_many;
/// A wait inside a callback took a wake that may have been meant for the wait outside.
static bool slept_inside;

static _Thread_local volatile int depth;
/// Whether the script is about to be broken off or to get an exception.
static bool interrupted(void) {
    return MP_STATE_THREAD(mp_pending_exception) != MP_OBJ_NULL || MP_STATE_VM(vm_abort);
}

uintptr_t ib_vm_atomic_begin(void) {
    if (ib_vm_current)
        pthread_mutex_lock(&ib_vm_current->atomic);
    depth++;
    return 0;
}

void ib_vm_atomic_end(uintptr_t state) {
    (void)state;
    depth--;
    if (ib_vm_current)
        pthread_mutex_unlock(&ib_vm_current->atomic);
}

int ib_vm_atomic_depth(void) {
    return depth;
}

void ib_vm_wake(void) {
    ib_vm_look(ib_vm_current);
}

void ib_vm_look(struct ib_vm *self) {
    uint64_t one = 1;
    // Full means that it will wake anyway.
    ssize_t ignored = write(self->wake_fd, &one, sizeof one);
    (void)ignored;
    // What runs inside a wait on a step clock runs on this thread. Others cannot touch that clock.
    if (self->stepped && pthread_equal(pthread_self(), self->thread))
        ib_clock_wake(self->clock);
}

// ---- time ----

uint64_t ib_vm_host_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/// What the turns since the last time cost. Reading the clock costs 1 us, too. Return: the time, when
/// there were any.
static uint64_t pay_for_turns(const struct ib_vm *self) {
    uint32_t turns = TURNS_AT_ONCE - ib_vm_turns_left;
    ib_vm_turns_left = TURNS_AT_ONCE;
    if (turns == 0)
        return 0;
    uint64_t ends_us = ib_clock_now(self->clock) + turns - 1;
    uint64_t now_us = ends_us - turns + 1;
    while (now_us < ends_us && !interrupted()) {
        ib_clock_wait_until(self->clock, ends_us - 1);
        now_us = ib_clock_now(self->clock);
    }
    return now_us;
}

void ib_vm_time_begin(const struct ib_vm *self) {
    ib_vm_turns_left = self->stepped ? TURNS_AT_ONCE : UINT32_MAX;
}

void ib_vm_turned(void) {
    if (ib_vm_current->stepped)
        ib_vm_alarm_look(ib_vm_current, pay_for_turns(ib_vm_current));
    else
        ib_vm_turns_left = UINT32_MAX;
}

uint64_t ib_vm_now_us(void) {
    struct ib_vm *self = ib_vm_current;
    if (self->stepped)
        pay_for_turns(self);
    uint64_t now_us = self->clock ? ib_clock_now(self->clock) : ib_vm_host_us();
    ib_vm_alarm_look(self, now_us);
    return now_us;
}

mp_uint_t mp_hal_ticks_ms(void) {
    return ib_vm_now_us() / 1000;
}

mp_uint_t mp_hal_ticks_us(void) {
    return ib_vm_now_us();
}

mp_uint_t mp_hal_ticks_cpu(void) {
    if (ib_vm_current->stepped)
        return ib_vm_now_us() * 1000u;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (mp_uint_t)now.tv_sec * 1000000000u + (mp_uint_t)now.tv_nsec;
}

uint64_t mp_hal_time_ns(void) {
    if (ib_vm_current->stepped)
        return ((uint64_t)ib_vm_current->wall_us + ib_vm_now_us() - EPOCH_US +
                (uint64_t)ib_vm_current->rtc_us) *
               1000u;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    // The board counts from 2000, in local time, as its clock chip does.
    struct tm local;
    localtime_r(&now.tv_sec, &local);
    uint64_t seconds =
        timeutils_seconds_since_epoch(1900 + local.tm_year, 1 + local.tm_mon, local.tm_mday,
                                      local.tm_hour, local.tm_min, local.tm_sec);
    return seconds * 1000000000u + (uint64_t)now.tv_nsec + (uint64_t)ib_vm_current->rtc_us * 1000u;
}

/// What the files of a FAT file system are dated with.
DWORD get_fattime(void) {
    timeutils_struct_time_t now;
    timeutils_seconds_since_epoch_to_struct_time(mp_hal_time_ns() / 1000000000u, &now);
    return (DWORD)(now.tm_year - 1980) << 25 | (DWORD)now.tm_mon << 21 | (DWORD)now.tm_mday << 16 |
           (DWORD)now.tm_hour << 11 | (DWORD)now.tm_min << 5 | (DWORD)now.tm_sec / 2;
}

// ---- waiting ----

void ib_vm_watch(int fd, short events) {
    if (watched_count == WATCHED_MOST) {
        too_many = true;
        return;
    }
    watched[1 + watched_count++] = (struct pollfd){.fd = fd, .events = events};
}

/// Sleep so long on the machine's time; IB_NEVER: until something happens. Return: whether it did.
static bool sleep_for(uint64_t us) {
    struct timespec left = {.tv_sec = (time_t)(us / 1000000u),
                            .tv_nsec = (long)(us % 1000000u) * 1000};
    watched[0] = (struct pollfd){.fd = ib_vm_current->wake_fd, .events = POLLIN};
    int ready = ppoll(watched, 1 + watched_count, us == IB_NEVER ? NULL : &left, NULL);
    if (ready > 0 && watched[0].revents) {
        uint64_t count;
        ssize_t ignored = read(ib_vm_current->wake_fd, &count, sizeof count);
        (void)ignored;
    }
    return ready != 0;
}

void ib_vm_sleep_host(uint64_t us) {
    unsigned kept = watched_count;
    watched_count = 0;
    (void)sleep_for(us);
    watched_count = kept;
}

/// On a step clock time is what passes in waits: nothing of the machine's.
static void step_until(struct ib_vm *self, uint64_t when_us) {
    if (!sleep_for(0))
        ib_clock_wait_until(self->clock, when_us);
}

/// Sockets are outside of simulated time: what they are waited for passes on both clocks.
static void step_with_sockets(struct ib_vm *self, uint64_t left_us) {
    uint64_t began_us = ib_vm_host_us();
    uint64_t now_us = ib_clock_now(self->clock);
    bool happened = sleep_for(left_us);
    uint64_t passed_us = happened ? ib_vm_host_us() - began_us : left_us;
    ib_clock_wait_until(self->clock, now_us + (passed_us < left_us ? passed_us : left_us));
}

/// Who has nobody that could wake it (a script from the command line) waits for the step clock's world.
static bool waits_for_the_world(const struct ib_vm *self, uint64_t when_us) {
    return self->stepped && watched_count == 0 && (when_us != IB_NEVER || self->script);
}

void ib_vm_sleep_until(uint64_t when_us) {
    struct ib_vm *self = ib_vm_current;
    uint64_t now_us = ib_vm_now_us();
    bool inside = MP_STATE_VM(sched_state) < 0;
    uint64_t alarm_us = ib_vm_alarm_due_us(self);
    if (when_us > alarm_us)
        when_us = alarm_us > now_us ? alarm_us : now_us;
    if (too_many && when_us > now_us + LOOK_MS * 1000)
        when_us = now_us + LOOK_MS * 1000;
    uint64_t left_us = when_us == IB_NEVER ? IB_NEVER : when_us > now_us ? when_us - now_us : 0;
    if (!inside && slept_inside)
        left_us = 0;
    if (left_us == 0)
        (void)sleep_for(0);
    else if (waits_for_the_world(self, when_us))
        step_until(self, when_us);
    else if (self->stepped && left_us != IB_NEVER)
        step_with_sockets(self, left_us);
    else
        (void)sleep_for(left_us);
    watched_count = 0;
    too_many = false;
    slept_inside = inside;
}

static uint64_t driver_now_us(void *context) {
    (void)context;
    return ib_vm_now_us();
}

static void driver_wait_until(void *context, uint64_t when_us) {
    (void)context;
    while (!interrupted() && ib_vm_now_us() < when_us)
        ib_vm_sleep_until(when_us);
}

static void driver_wake(void *context) {
    (void)context;
    ib_vm_wake();
}

struct ib_clock ib_vm_clock(void) {
    static const struct ib_clock_ops OPS = {driver_now_us, driver_wait_until, driver_wake};
    return (struct ib_clock){&OPS, NULL};
}

void ib_vm_wait_for_event(int timeout_ms) {
    ib_vm_sleep_until(timeout_ms < 0 ? IB_NEVER : ib_vm_now_us() + (uint64_t)timeout_ms * 1000);
}

/// An abort that came while nothing could be aborted is asked for again.
void ib_vm_poll_events(void) {
    if (atomic_load(&ib_vm_current->wanted) == IB_VM_WANTED_NOTHING)
        return;
    uintptr_t state = ib_vm_atomic_begin();
    mp_sched_vm_abort();
    ib_vm_atomic_end(state);
}

void ib_vm_pause_until(uint64_t when_us) {
    mp_event_handle_nowait();
    ib_vm_sleep_until(when_us);
}

static void delay_until(uint64_t when_us) {
    do
        ib_vm_pause_until(when_us);
    while (ib_vm_now_us() < when_us);
    mp_event_handle_nowait();
}

/// A script's numbers have no limits. sleep(-1) comes here as what C makes of that without a sign; on the
/// board it is over at once.
static uint64_t from_now(mp_uint_t count, uint32_t us_each) {
    uint64_t us = count > LONGEST_US / us_each ? LONGEST_US : count * us_each;
    return ib_vm_now_us() + ((mp_int_t)count < 0 ? 0 : us);
}

void mp_hal_delay_ms(mp_uint_t ms) {
    delay_until(from_now(ms, 1000));
}

void mp_hal_delay_us(mp_uint_t us) {
    uint64_t when_us = from_now(us, 1);
    if (us >= 1000 || ib_vm_current->stepped) {
        delay_until(when_us);
        return;
    }
    struct timespec short_time = {.tv_nsec = (long)us * 1000};
    nanosleep(&short_time, NULL);
}

// ---- chance ----

/// splitmix64: of the seed alone.
static void random_of_seed(uint64_t *state, uint8_t *out, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
        z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
        out[i] = (uint8_t)(z ^ z >> 31);
    }
}

void mp_hal_get_random(size_t size, void *out) {
    uint8_t *bytes = out;
    if (ib_vm_current->stepped) {
        random_of_seed(&ib_vm_current->random, bytes, size);
        return;
    }
    while (size > 0) {
        ssize_t n = getrandom(bytes, size, 0);
        if (n < 0 && errno != EINTR)
            mp_raise_OSError(errno);
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
}

uint32_t ib_vm_random32(void) {
    uint32_t value = 0;
    mp_hal_get_random(sizeof value, &value);
    return value;
}
