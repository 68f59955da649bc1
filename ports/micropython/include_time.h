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
