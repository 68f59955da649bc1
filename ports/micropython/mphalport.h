/// What MicroPython asks of its machine: time, waiting, and keeping other threads out.
#ifndef IB_PORTS_MICROPYTHON_MPHALPORT_H
#define IB_PORTS_MICROPYTHON_MPHALPORT_H

#include <stdint.h>

#include "py/mpconfig.h"

#ifndef CHAR_CTRL_C
#define CHAR_CTRL_C (3)
#endif

/// One recursive mutex plays "interrupts off".
uintptr_t ib_vm_atomic_begin(void);
void ib_vm_atomic_end(uintptr_t state);
#define MICROPY_BEGIN_ATOMIC_SECTION() ib_vm_atomic_begin()
#define MICROPY_END_ATOMIC_SECTION(state) ib_vm_atomic_end(state)

/// Sleep until woken, or so many milliseconds; -1: no limit.
void ib_vm_wait_for_event(int timeout_ms);
void ib_vm_poll_events(void);
#define MICROPY_INTERNAL_WFE(TIMEOUT_MS) ib_vm_wait_for_event((int)(TIMEOUT_MS))
#define MICROPY_INTERNAL_EVENT_HOOK ib_vm_poll_events()

/// MicroPython's own write behind their buffer when a line has a thousand characters.
#define MICROPY_HAL_HAS_VT100 (0)
void mp_hal_move_cursor_back(unsigned columns);
void mp_hal_erase_line_from_cursor(unsigned columns);

void mp_hal_set_interrupt_char(int c);
void mp_hal_get_random(size_t size, void *out);

#endif
