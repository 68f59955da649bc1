/// Lists of thresholds, unpacked. See image_private.h.
#include "ports/micropython/image/image_private.h"

static void one(struct ib_threshold *out, const mp_obj_t *items, size_t count) {
    int32_t values[6];
    if (count > 6)
        count = 6;
    for (size_t i = 0; i < count; i++)
        values[i] = ib_image_int(items[i]);
    ib_threshold_of(out, values, (uint32_t)count);
}

void ib_image_thresholds_of(struct ib_image_thresholds *out, mp_obj_t object) {
    size_t count, size;
    mp_obj_t *items, *values;
    out->count = 0;
    if (object == mp_const_none)
        return;
    if (!ib_image_sequence(object, &count, &items))
        mp_raise_TypeError(MP_ERROR_TEXT("expected a list of thresholds"));
    for (size_t i = 0; i < count; i++) {
        if (!ib_image_sequence(items[i], &size, &values))
            mp_raise_TypeError(MP_ERROR_TEXT("expected a list of thresholds"));
        if (size == 0)
            continue;
        if (out->count == IB_THRESHOLDS_MAX)
            mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("more than %d thresholds"),
                              IB_THRESHOLDS_MAX);
        one(&out->items[out->count++], values, size);
    }
}
