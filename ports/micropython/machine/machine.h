/// What the files of machine, pyb, omv and cpufreq share.
#ifndef IB_PORTS_MICROPYTHON_MACHINE_MACHINE_H
#define IB_PORTS_MICROPYTHON_MACHINE_MACHINE_H

#include "ports/micropython/vm_private.h"
#include "py/obj.h"

extern const mp_obj_type_t ib_machine_pin_type;
extern const mp_obj_type_t ib_machine_signal_type;
extern const mp_obj_type_t ib_machine_led_type;
extern const mp_obj_type_t ib_machine_rtc_type;
extern const mp_obj_type_t ib_machine_timer_type;
extern const mp_obj_type_t ib_pyb_led_type;
extern const mp_obj_type_t ib_time_clock_type;

MP_DECLARE_CONST_FUN_OBJ_0(ib_machine_disable_irq_obj);
MP_DECLARE_CONST_FUN_OBJ_1(ib_machine_enable_irq_obj);

// ---- pin.c ----
/// The pin that an object or a name means. Raises ValueError or TypeError.
unsigned ib_machine_pin_of(mp_obj_t object);
mp_obj_t ib_machine_pin_object(unsigned pin);
/// Pin(…)'s arguments but for the first. May raise.
void ib_machine_pin_init(unsigned pin, size_t n_args, const mp_obj_t *args, mp_map_t *named);
int ib_machine_pin_read(unsigned pin);
void ib_machine_pin_write(unsigned pin, int level);
/// Raise what a status means. Nothing when it is none.
void ib_machine_check(int status);

// ---- interrupts.c ----
/// In the atomic section, any thread: function(argument) is called when the script next can; not at
/// all when too many are waiting (counted). A root pointer holds both.
void ib_machine_call_soon(struct ib_vm *self, mp_obj_t function, mp_obj_t argument);
void ib_machine_interrupts_begin(void);

// ---- timer.c ----
void ib_machine_timers_end(struct ib_vm *self);

#endif
