/// What extmod/modos.c asks of this board. Included there, once; so it has no guard.
#include "py/mphal.h"
#include "py/objstr.h"
#include "py/runtime.h"

static mp_obj_t mp_os_urandom(mp_obj_t count) {
    mp_int_t size = mp_obj_get_int(count);
    if (size < 0)
        mp_raise_ValueError(NULL);
    vstr_t bytes;
    vstr_init_len(&bytes, (size_t)size);
    mp_hal_get_random((size_t)size, bytes.buf);
    return mp_obj_new_bytes_from_vstr(&bytes);
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_urandom_obj, mp_os_urandom);
