/// What extmod/modmachine.c asks of this board: resets, sleep, identity. Included there, once; so it
/// has no guard. Pins, buses, timers and the rest are in machine/.
#include "openmv/identity.h"
#include "ports/micropython/machine/machine.h"
#include "py/mphal.h"
#include "py/objstr.h"
#include "py/runtime.h"

#define MICROPY_PY_MACHINE_EXTRA_GLOBALS                                                           \
    {MP_ROM_QSTR(MP_QSTR_Pin), MP_ROM_PTR(&ib_machine_pin_type)},                                  \
        {MP_ROM_QSTR(MP_QSTR_Signal), MP_ROM_PTR(&ib_machine_signal_type)},                        \
        {MP_ROM_QSTR(MP_QSTR_LED), MP_ROM_PTR(&ib_machine_led_type)},                              \
        {MP_ROM_QSTR(MP_QSTR_Timer), MP_ROM_PTR(&ib_machine_timer_type)},                          \
        {MP_ROM_QSTR(MP_QSTR_RTC), MP_ROM_PTR(&ib_machine_rtc_type)},                              \
        {MP_ROM_QSTR(MP_QSTR_disable_irq), MP_ROM_PTR(&ib_machine_disable_irq_obj)},               \
        {MP_ROM_QSTR(MP_QSTR_enable_irq), MP_ROM_PTR(&ib_machine_enable_irq_obj)},                 \
        {MP_ROM_QSTR(MP_QSTR_PWRON_RESET), MP_ROM_INT(IB_VM_CAUSE_POWER_ON)},                      \
        {MP_ROM_QSTR(MP_QSTR_HARD_RESET), MP_ROM_INT(IB_VM_CAUSE_HARD)},                           \
        {MP_ROM_QSTR(MP_QSTR_WDT_RESET), MP_ROM_INT(IB_VM_CAUSE_WATCHDOG)},                        \
        {MP_ROM_QSTR(MP_QSTR_DEEPSLEEP_RESET), MP_ROM_INT(IB_VM_CAUSE_DEEPSLEEP)},                 \
        {MP_ROM_QSTR(MP_QSTR_SOFT_RESET), MP_ROM_INT(IB_VM_CAUSE_SOFT)},

static void mp_machine_idle(void) {
    mp_event_wait_ms(1);
}

NORETURN void mp_machine_bootloader(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    (void)args;
    ib_vm_halt(IB_VM_BOOTLOADER);
}

NORETURN static void mp_machine_reset(void) {
    ib_vm_end_life(IB_VM_WANTED_HARD);
}

static mp_int_t mp_machine_reset_cause(void) {
    return ib_vm_current->cause;
}

static mp_obj_t mp_machine_unique_id(void) {
    return mp_obj_new_bytes(ib_vm_current->id, sizeof ib_vm_current->id);
}

/// Four clocks as the stm32 has them: system, HCLK, PCLK1, PCLK2.
static mp_obj_t mp_machine_get_freq(void) {
    struct ib_cpu_clocks clocks;
    ib_cpu_clocks(&clocks, ib_vm_current->cpu_mhz);
    mp_obj_t hz[4] = {
        MP_OBJ_NEW_SMALL_INT(clocks.system_hz),
        MP_OBJ_NEW_SMALL_INT(clocks.hclk_hz),
        MP_OBJ_NEW_SMALL_INT(clocks.pclk1_hz),
        MP_OBJ_NEW_SMALL_INT(clocks.pclk2_hz),
    };
    return mp_obj_new_tuple(4, hz);
}

static void mp_machine_set_freq(size_t n_args, const mp_obj_t *args) {
    (void)n_args;
    (void)args;
    mp_raise_NotImplementedError(MP_ERROR_TEXT("machine.freq set not supported"));
}

/// Without a time: until something interrupts it.
static void mp_machine_lightsleep(size_t n_args, const mp_obj_t *args) {
    mp_int_t ms = n_args == 0 ? 0 : mp_obj_get_int(args[0]);
    while (n_args == 0)
        mp_event_wait_indefinite();
    mp_hal_delay_ms(ms > 0 ? (mp_uint_t)ms : 0);
}

/// Waking from it is a reset.
NORETURN static void mp_machine_deepsleep(size_t n_args, const mp_obj_t *args) {
    mp_machine_lightsleep(n_args, args);
    ib_vm_current->next_cause = IB_VM_CAUSE_DEEPSLEEP;
    ib_vm_end_life(IB_VM_WANTED_HARD);
}
