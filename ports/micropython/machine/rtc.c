/// machine.RTC: the wall clock of the script. Setting it moves time.time() and the dates of files, for as
/// long as the program runs; the machine's own clock stays as it is.
///
/// Not here: wakeup().
#include "ports/micropython/machine/machine.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "shared/timeutils/timeutils.h"

#define DAYS_A_WEEK 7

static const mp_obj_base_t the_rtc = {&ib_machine_rtc_type};

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
    (void)type;
    (void)args;
    mp_arg_check_num(n_args, n_kw, 0, 0, false);
    return MP_OBJ_FROM_PTR(&the_rtc);
}

static mp_obj_t now(void) {
    uint64_t ns = mp_hal_time_ns();
    timeutils_struct_time_t now;
    timeutils_seconds_since_epoch_to_struct_time(ns / 1000000000u, &now);
    mp_obj_t fields[8] = {
        MP_OBJ_NEW_SMALL_INT(now.tm_year), MP_OBJ_NEW_SMALL_INT(now.tm_mon),
        MP_OBJ_NEW_SMALL_INT(now.tm_mday), MP_OBJ_NEW_SMALL_INT(now.tm_wday + 1),
        MP_OBJ_NEW_SMALL_INT(now.tm_hour), MP_OBJ_NEW_SMALL_INT(now.tm_min),
        MP_OBJ_NEW_SMALL_INT(now.tm_sec),  MP_OBJ_NEW_SMALL_INT(ns / 1000u % 1000000u),
    };
    return mp_obj_new_tuple(8, fields);
}

static mp_int_t field(mp_obj_t value, mp_int_t least, mp_int_t most, const char *name) {
    mp_int_t number = mp_obj_get_int(value);
    if (number < least || number > most)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%s must be %d..%d"), name, (int)least,
                          (int)most);
    return number;
}

static void set(mp_obj_t tuple) {
    mp_obj_t *fields;
    mp_obj_get_array_fixed_n(tuple, 8, &fields);
    mp_int_t year = field(fields[0], 2000, 2099, "year");
    mp_int_t month = field(fields[1], 1, 12, "month");
    mp_int_t day =
        field(fields[2], 1, timeutils_days_in_month((uint16_t)year, (uint8_t)month), "day");
    field(fields[3], 0, DAYS_A_WEEK, "weekday"); // follows from the date
    mp_int_t hour = field(fields[4], 0, 23, "hour");
    mp_int_t minute = field(fields[5], 0, 59, "minute");
    mp_int_t second = field(fields[6], 0, 59, "second");
    mp_int_t us = field(fields[7], 0, 999999, "subseconds");
    uint64_t wanted_us = (uint64_t)timeutils_seconds_since_epoch(
                             (mp_uint_t)year, (mp_uint_t)month, (mp_uint_t)day, (mp_uint_t)hour,
                             (mp_uint_t)minute, (mp_uint_t)second) *
                             1000000u +
                         (uint64_t)us;
    ib_vm_current->rtc_us += (int64_t)(wanted_us - mp_hal_time_ns() / 1000u);
}

static mp_obj_t rtc_datetime(size_t n_args, const mp_obj_t *args) {
    if (n_args == 1)
        return now();
    set(args[1]);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(rtc_datetime_obj, 1, 2, rtc_datetime);

static mp_obj_t rtc_init(mp_obj_t self) {
    (void)self;
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(rtc_init_obj, rtc_init);

static const mp_rom_map_elem_t rtc_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&rtc_init_obj)},
    {MP_ROM_QSTR(MP_QSTR_datetime), MP_ROM_PTR(&rtc_datetime_obj)},
};
static MP_DEFINE_CONST_DICT(rtc_locals, rtc_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_machine_rtc_type, MP_QSTR_RTC, MP_TYPE_FLAG_NONE, make_new, make_new,
                         locals_dict, &rtc_locals);
