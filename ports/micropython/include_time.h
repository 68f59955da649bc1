/// What extmod/modtime.c asks of this board. Included there, once; so it has no guard.
#include "ports/micropython/machine/machine.h"
#include "py/mphal.h"
#include "py/obj.h"
#include "shared/timeutils/timeutils.h"

#define MICROPY_PY_TIME_EXTRA_GLOBALS {MP_ROM_QSTR(MP_QSTR_clock), MP_ROM_PTR(&ib_time_clock_type)},

static mp_obj_t mp_time_localtime_get(void) {
    timeutils_struct_time_t now;
    timeutils_seconds_since_epoch_to_struct_time(mp_hal_time_ns() / 1000000000u, &now);
    mp_obj_t fields[8] = {
        mp_obj_new_int(now.tm_year), mp_obj_new_int(now.tm_mon),  mp_obj_new_int(now.tm_mday),
        mp_obj_new_int(now.tm_hour), mp_obj_new_int(now.tm_min),  mp_obj_new_int(now.tm_sec),
        mp_obj_new_int(now.tm_wday), mp_obj_new_int(now.tm_yday),
    };
    return mp_obj_new_tuple(8, fields);
}

static mp_obj_t mp_time_time_get(void) {
    return mp_obj_new_int_from_ull(mp_hal_time_ns() / 1000000000u);
}

/// The library's goes from month to month until a date fits: no number may keep it busy for ever.
static mp_uint_t mktime_of_a_date(mp_int_t year, mp_int_t month, mp_int_t mday, mp_int_t hours,
                                  mp_int_t minutes, mp_int_t seconds) {
    const mp_int_t parts[] = {year, month, mday, hours, minutes / 60, seconds / 3600};
    for (size_t i = 0; i < MP_ARRAY_SIZE(parts); i++)
        if (parts[i] < -10000000 || parts[i] > 10000000)
            mp_raise_msg(&mp_type_OverflowError, MP_ERROR_TEXT("date out of range"));
    return timeutils_mktime_2000((mp_uint_t)year, month, mday, hours, minutes, seconds);
}
#undef timeutils_mktime
#define timeutils_mktime mktime_of_a_date
