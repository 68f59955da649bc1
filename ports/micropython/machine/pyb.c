/// The module pyb, so far as it costs little: LEDs, time, identity, resets. Its Timer, ADC, DAC, Servo,
/// UART, SPI, CAN and USB classes are not here.
#include "extmod/modmachine.h"
#include "ports/micropython/machine/machine.h"
#include "py/mphal.h"
#include "py/runtime.h"

#define TICKS_MASK 0x3FFFFFFF

static mp_obj_t pyb_millis(void) {
    return MP_OBJ_NEW_SMALL_INT(mp_hal_ticks_ms() & TICKS_MASK);
}
static MP_DEFINE_CONST_FUN_OBJ_0(pyb_millis_obj, pyb_millis);

static mp_obj_t pyb_micros(void) {
    return MP_OBJ_NEW_SMALL_INT(mp_hal_ticks_us() & TICKS_MASK);
}
static MP_DEFINE_CONST_FUN_OBJ_0(pyb_micros_obj, pyb_micros);

static mp_obj_t pyb_elapsed_millis(mp_obj_t start) {
    return MP_OBJ_NEW_SMALL_INT((mp_hal_ticks_ms() - (mp_uint_t)mp_obj_get_int(start)) &
                                TICKS_MASK);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pyb_elapsed_millis_obj, pyb_elapsed_millis);

static mp_obj_t pyb_elapsed_micros(mp_obj_t start) {
    return MP_OBJ_NEW_SMALL_INT((mp_hal_ticks_us() - (mp_uint_t)mp_obj_get_int(start)) &
                                TICKS_MASK);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pyb_elapsed_micros_obj, pyb_elapsed_micros);

static mp_obj_t pyb_delay(mp_obj_t ms) {
    mp_int_t wanted = mp_obj_get_int(ms);
    if (wanted >= 0)
        mp_hal_delay_ms((mp_uint_t)wanted);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pyb_delay_obj, pyb_delay);

static mp_obj_t pyb_udelay(mp_obj_t us) {
    mp_int_t wanted = mp_obj_get_int(us);
    if (wanted > 0)
        mp_hal_delay_us((mp_uint_t)wanted);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pyb_udelay_obj, pyb_udelay);

static mp_obj_t pyb_wfi(void) {
    mp_event_wait_ms(1);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_0(pyb_wfi_obj, pyb_wfi);

static mp_obj_t pyb_rng(void) {
    return MP_OBJ_NEW_SMALL_INT(ib_vm_random32() >> 2);
}
static MP_DEFINE_CONST_FUN_OBJ_0(pyb_rng_obj, pyb_rng);

/// pyb's state is whether they were on.
static mp_obj_t pyb_disable_irq(void) {
    return mp_obj_new_bool(mp_call_function_0(MP_OBJ_FROM_PTR(&ib_machine_disable_irq_obj)) ==
                           MP_OBJ_NEW_SMALL_INT(0));
}
static MP_DEFINE_CONST_FUN_OBJ_0(pyb_disable_irq_obj, pyb_disable_irq);

static mp_obj_t pyb_enable_irq(size_t n_args, const mp_obj_t *args) {
    bool on = n_args == 0 || mp_obj_is_true(args[0]);
    return mp_call_function_1(MP_OBJ_FROM_PTR(&ib_machine_enable_irq_obj),
                              MP_OBJ_NEW_SMALL_INT(on ? 0 : 1));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(pyb_enable_irq_obj, 0, 1, pyb_enable_irq);

static const mp_rom_map_elem_t pyb_globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_pyb)},
    {MP_ROM_QSTR(MP_QSTR_millis), MP_ROM_PTR(&pyb_millis_obj)},
    {MP_ROM_QSTR(MP_QSTR_micros), MP_ROM_PTR(&pyb_micros_obj)},
    {MP_ROM_QSTR(MP_QSTR_elapsed_millis), MP_ROM_PTR(&pyb_elapsed_millis_obj)},
    {MP_ROM_QSTR(MP_QSTR_elapsed_micros), MP_ROM_PTR(&pyb_elapsed_micros_obj)},
    {MP_ROM_QSTR(MP_QSTR_delay), MP_ROM_PTR(&pyb_delay_obj)},
    {MP_ROM_QSTR(MP_QSTR_udelay), MP_ROM_PTR(&pyb_udelay_obj)},
    {MP_ROM_QSTR(MP_QSTR_wfi), MP_ROM_PTR(&pyb_wfi_obj)},
    {MP_ROM_QSTR(MP_QSTR_rng), MP_ROM_PTR(&pyb_rng_obj)},
    {MP_ROM_QSTR(MP_QSTR_disable_irq), MP_ROM_PTR(&pyb_disable_irq_obj)},
    {MP_ROM_QSTR(MP_QSTR_enable_irq), MP_ROM_PTR(&pyb_enable_irq_obj)},
    {MP_ROM_QSTR(MP_QSTR_unique_id), MP_ROM_PTR(&machine_unique_id_obj)},
    {MP_ROM_QSTR(MP_QSTR_freq), MP_ROM_PTR(&machine_freq_obj)},
    {MP_ROM_QSTR(MP_QSTR_hard_reset), MP_ROM_PTR(&machine_reset_obj)},
    {MP_ROM_QSTR(MP_QSTR_bootloader), MP_ROM_PTR(&machine_bootloader_obj)},
    {MP_ROM_QSTR(MP_QSTR_LED), MP_ROM_PTR(&ib_pyb_led_type)},
    {MP_ROM_QSTR(MP_QSTR_Pin), MP_ROM_PTR(&ib_machine_pin_type)},
    {MP_ROM_QSTR(MP_QSTR_RTC), MP_ROM_PTR(&ib_machine_rtc_type)},
};
static MP_DEFINE_CONST_DICT(pyb_globals, pyb_globals_table);
const mp_obj_module_t ib_pyb_module = {{&mp_type_module}, (mp_obj_dict_t *)&pyb_globals};
MP_REGISTER_MODULE(MP_QSTR_pyb, ib_pyb_module);
