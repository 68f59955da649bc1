/// The console: what people type goes in at one end and what scripts print comes out at the other.
///
/// Other threads feed and pull; the VM waits for input as long as it takes, and for room in the output
/// as a USB serial port does: when nobody has taken anything for half a second, the rest is dropped.
#include <stdio.h>
#include <string.h>

#include "ports/micropython/vm_private.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "py/stream.h"

#define STALLED_US 500000u

void ib_vm_notify(struct ib_vm *self) {
    if (self->notify)
        self->notify(self->context);
}

// ---- other threads ----

void ib_vm_interrupt(struct ib_vm *self) {
    // Inside the atomic section, or it could undo a lock of the scheduler.
    pthread_mutex_lock(&self->atomic);
    if (atomic_load(&self->alive) && atomic_load(&self->interrupt_char) >= 0)
        mp_sched_keyboard_interrupt();
    pthread_mutex_unlock(&self->atomic);
    ib_vm_wake();
}

/// Where the last interrupt among the bytes is: behind it, or 0.
static size_t behind_interrupt(int character, const uint8_t *bytes, size_t size) {
    if (character < 0)
        return 0;
    const uint8_t *last = memrchr(bytes, character, size);
    return last ? (size_t)(last - bytes) + 1 : 0;
}

static size_t put_input(struct ib_vm *self, const uint8_t *bytes, size_t size) {
    pthread_mutex_lock(&self->console);
    size_t taken = ib_byte_ring_put(&self->input, bytes, size);
    if (taken < size)
        atomic_store(&self->input_was_full, true);
    pthread_mutex_unlock(&self->console);
    return taken;
}

size_t ib_vm_feed(struct ib_vm *self, const uint8_t *bytes, size_t size) {
    int character = atomic_load(&self->interrupt_char);
    size_t taken = 0;
    while (taken < size) {
        const uint8_t *rest = bytes + taken;
        size_t left = size - taken;
        const uint8_t *next = character < 0 ? NULL : memchr(rest, character, left);
        size_t run = next ? (size_t)(next - rest) : left;
        size_t n = run > 0 ? put_input(self, rest, run) : 0;
        taken += n;
        if (n < run) {
            // Nobody reads. An interrupt behind it must come through all the same.
            size_t skipped = behind_interrupt(character, bytes + taken, size - taken);
            if (skipped == 0)
                break;
            taken += skipped;
            ib_vm_interrupt(self);
        } else if (next) {
            taken++;
            ib_vm_interrupt(self);
        }
    }
    ib_vm_wake();
    return taken;
}

size_t ib_vm_pull(struct ib_vm *self, uint8_t *out, size_t size) {
    pthread_mutex_lock(&self->console);
    bool was_full = ib_byte_ring_room(&self->output) == 0;
    size_t n = ib_byte_ring_take(&self->output, out, size);
    pthread_mutex_unlock(&self->console);
    if (was_full && n > 0)
        ib_vm_wake();
    return n;
}

// ---- the VM's side ----

static bool waits_in_input(struct ib_vm *self, int c) {
    bool found = false;
    pthread_mutex_lock(&self->console);
    for (size_t i = 0; i < self->input.fill && !found; i++)
        found = self->input.bytes[(self->input.first + i) % self->input.size] == c;
    pthread_mutex_unlock(&self->console);
    return found;
}

/// A Ctrl-C from before main.py is meant for it: it may never end, and never read.
void mp_hal_set_interrupt_char(int c) {
    struct ib_vm *self = ib_vm_current;
    int stage = atomic_load(&self->stage);
    atomic_store(&self->interrupt_char, c);
    if (c >= 0 && (stage == IB_VM_BOOT || stage == IB_VM_MAIN) && waits_in_input(self, c))
        ib_vm_interrupt(self);
}

/// Return: a byte, or -1.
static int take_input(struct ib_vm *self) {
    uint8_t c;
    pthread_mutex_lock(&self->console);
    size_t n = ib_byte_ring_take(&self->input, &c, 1);
    bool was_full = n > 0 && self->input.fill < self->input.size / 2 &&
                    atomic_exchange(&self->input_was_full, false);
    pthread_mutex_unlock(&self->console);
    if (was_full)
        ib_vm_notify(self);
    return n > 0 ? c : -1;
}

int mp_hal_stdin_rx_chr(void) {
    if (ib_vm_current->script)
        return 4; // Ctrl-D: nobody types, and input() takes it for the end
    for (;;) {
        // What is pending goes first: a card that came, a reset that was asked for.
        mp_event_handle_nowait();
        int c = take_input(ib_vm_current);
        if (c >= 0)
            return c;
        mp_event_wait_indefinite();
    }
}

uintptr_t mp_hal_stdio_poll(uintptr_t flags) {
    struct ib_vm *self = ib_vm_current;
    pthread_mutex_lock(&self->console);
    bool readable = self->input.fill > 0;
    pthread_mutex_unlock(&self->console);
    // Output is taken or dropped: it never blocks for long.
    return (readable ? flags & MP_STREAM_POLL_RD : 0) | (flags & MP_STREAM_POLL_WR);
}

static size_t put_output(struct ib_vm *self, const char *text, size_t size) {
    pthread_mutex_lock(&self->console);
    size_t n = ib_byte_ring_put(&self->output, text, size);
    pthread_mutex_unlock(&self->console);
    if (n > 0)
        ib_vm_notify(self);
    return n;
}

mp_uint_t mp_hal_stdout_tx_strn(const char *text, size_t size) {
    struct ib_vm *self = ib_vm_current;
    if (self->script) {
        self->script->print(self->context, text, size, false);
        return size;
    }
    size_t done = put_output(self, text, size);
    // Whoever reads has the machine's time, whatever the script's is.
    uint64_t ends_us = ib_vm_host_us() + STALLED_US;
    bool slept = false;
    while (done < size && atomic_load(&self->wanted) == IB_VM_WANTED_NOTHING) {
        uint64_t now_us = ib_vm_host_us();
        if (now_us >= ends_us)
            break;
        ib_vm_sleep_host(ends_us - now_us);
        slept = true;
        size_t n = put_output(self, text + done, size - done);
        if (n > 0)
            ends_us = ib_vm_host_us() + STALLED_US;
        done += n;
    }
    if (slept)
        ib_vm_wake(); // it may have been meant for whoever waits outside
    if (done < size)
        atomic_fetch_add(&self->dropped, (unsigned)(size - done));
    return done;
}

/// A serial line wants "\r\n"; a script's output is as it is.
void mp_hal_stdout_tx_strn_cooked(const char *text, size_t size) {
    while (size > 0) {
        const char *end = ib_vm_current->script ? NULL : memchr(text, '\n', size);
        size_t run = end ? (size_t)(end - text) : size;
        if (run > 0)
            mp_hal_stdout_tx_strn(text, run);
        if (end)
            mp_hal_stdout_tx_strn("\r\n", 2);
        run += end != NULL;
        text += run;
        size -= run;
    }
}

void mp_hal_stdout_tx_str(const char *text) {
    mp_hal_stdout_tx_strn(text, strlen(text));
}

void mp_hal_move_cursor_back(unsigned columns) {
    char sequence[16];
    int size = columns <= 4 ? snprintf(sequence, sizeof sequence, "%.*s", (int)columns, "\b\b\b\b")
                            : snprintf(sequence, sizeof sequence, "\x1b[%uD", columns);
    mp_hal_stdout_tx_strn(sequence, (size_t)size);
}

void mp_hal_erase_line_from_cursor(unsigned columns) {
    (void)columns;
    mp_hal_stdout_tx_str("\x1b[K");
}
