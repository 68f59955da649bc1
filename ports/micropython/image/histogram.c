/// get_histogram(), get_statistics() and what they return. The counting is image/histograms.h's.
#include "image/histograms.h"

#include "core/check.h"
#include "core/status.h"
#include "ports/micropython/image/image_private.h"
#include "ports/micropython/image/work_memory.h"
#include "py/objlist.h"

struct histogram_object {
    mp_obj_base_t base;
    struct ib_histograms counts;
};

static const mp_obj_type_t histogram_type;

// ---- counting ----

enum {
    ARG_thresholds,
    ARG_invert,
    ARG_roi,
    ARG_bins,
    ARG_l_bins,
    ARG_a_bins,
    ARG_b_bins,
    ARG_difference
};

/// How many bins were asked for; 0: it was not said.
static uint32_t bins_of(mp_obj_t object, enum ib_image_problem too_few) {
    int32_t bins = ib_image_int(object);
    if (bins == -1)
        return 0;
    if (bins < 2)
        ib_image_raise(too_few);
    if (bins > IB_HISTOGRAM_MAX)
        ib_image_raise(IB_IMAGE_BINS_MOST);
    return (uint32_t)bins;
}

static void all_bins(struct ib_histograms_wish *wish, const mp_arg_val_t *args) {
    static const enum ib_image_problem too_few[3] = {IB_IMAGE_L_BINS, IB_IMAGE_A_BINS,
                                                     IB_IMAGE_B_BINS};
    uint32_t bins = bins_of(args[ARG_bins].u_obj, IB_IMAGE_BINS);
    for (int i = 0; i < 3; i++) {
        uint32_t own = bins_of(args[ARG_l_bins + i].u_obj, too_few[i]);
        wish->bins[i] = own ? own : bins;
    }
}

static void count(struct ib_histograms *out, size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    static const mp_arg_t allowed[] = {
        {MP_QSTR_thresholds, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_invert, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_roi, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_bins, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(-1)}},
        {MP_QSTR_l_bins, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(-1)}},
        {MP_QSTR_a_bins, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(-1)}},
        {MP_QSTR_b_bins, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(-1)}},
        {MP_QSTR_difference, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    struct ib_image_thresholds thresholds;
    struct ib_image picture, other;
    struct ib_histograms_wish wish = {0};
    mp_arg_parse_all(n_args - 1, all + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    const struct ib_openmv_image *image = ib_image_object_mutable(all[0], &picture);
    ib_image_thresholds_of(&thresholds, args[ARG_thresholds].u_obj);
    wish.thresholds = thresholds.items;
    wish.thresholds_count = thresholds.count;
    wish.invert = args[ARG_invert].u_bool;
    wish.roi = ib_image_roi_of(args[ARG_roi].u_obj, image->width_px, image->height_px);
    all_bins(&wish, args);
    if (args[ARG_difference].u_obj != mp_const_none) {
        (void)ib_image_object_mutable(args[ARG_difference].u_obj, &other);
        wish.difference = &other;
    }
    size_t bytes = ib_histograms_scratch_bytes(&picture, &wish);
    void *scratch = bytes > 0 ? ib_work_memory(IB_WORK_SCRATCH, bytes) : NULL;
    int status = ib_histograms_of(out, &picture, &wish, scratch, bytes);
    if (status == IB_E_INVAL)
        ib_image_raise(IB_IMAGE_DIFFERENCE);
    if (status == IB_E_OVERFLOW)
        ib_image_raise(IB_IMAGE_TOO_LARGE);
    IB_ASSERT(status >= 0);
}

// ---- answers ----

/// A value of each channel, and that of the first one before them: value, l_value, a_value, b_value.
static mp_obj_t values(const struct ib_histograms *self,
                       int32_t (*ask)(const struct ib_histogram *of, float p), float p) {
    static const qstr names[4] = {MP_QSTR_value, MP_QSTR_l_value, MP_QSTR_a_value, MP_QSTR_b_value};
    mp_obj_t items[4];
    for (uint32_t i = 0; i < 3; i++)
        items[1 + i] = mp_obj_new_int(i < self->channels ? ask(&self->of[i], p) : 0);
    items[0] = items[1];
    return mp_obj_new_attrtuple(names, 4, items);
}

static int32_t otsu(const struct ib_histogram *of, float p) {
    (void)p;
    return ib_histogram_threshold(of);
}

static mp_obj_t statistics(const struct ib_histograms *self) {
    static const qstr names[32] = {
        MP_QSTR_mean,     MP_QSTR_median,  MP_QSTR_mode,     MP_QSTR_stdev,  MP_QSTR_min,
        MP_QSTR_max,      MP_QSTR_lq,      MP_QSTR_uq,       MP_QSTR_l_mean, MP_QSTR_l_median,
        MP_QSTR_l_mode,   MP_QSTR_l_stdev, MP_QSTR_l_min,    MP_QSTR_l_max,  MP_QSTR_l_lq,
        MP_QSTR_l_uq,     MP_QSTR_a_mean,  MP_QSTR_a_median, MP_QSTR_a_mode, MP_QSTR_a_stdev,
        MP_QSTR_a_min,    MP_QSTR_a_max,   MP_QSTR_a_lq,     MP_QSTR_a_uq,   MP_QSTR_b_mean,
        MP_QSTR_b_median, MP_QSTR_b_mode,  MP_QSTR_b_stdev,  MP_QSTR_b_min,  MP_QSTR_b_max,
        MP_QSTR_b_lq,     MP_QSTR_b_uq,
    };
    mp_obj_t items[32];
    for (uint32_t i = 0; i < 3; i++) {
        struct ib_statistics of = {0};
        if (i < self->channels)
            ib_histogram_statistics(&self->of[i], &of);
        const int32_t numbers[8] = {of.mean, of.median, of.mode, of.stdev,
                                    of.min,  of.max,    of.lq,   of.uq};
        for (uint32_t k = 0; k < 8; k++)
            items[8 + 8 * i + k] = mp_obj_new_int(numbers[k]);
    }
    for (uint32_t k = 0; k < 8; k++)
        items[k] = items[8 + k];
    return mp_obj_new_attrtuple(names, 32, items);
}

// ---- the methods of an image ----

static mp_obj_t get_histogram(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    struct histogram_object *self = mp_obj_malloc(struct histogram_object, &histogram_type);
    count(&self->counts, n_args, all, kw);
    return MP_OBJ_FROM_PTR(self);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_get_histogram_obj, 1, get_histogram);

static mp_obj_t get_statistics(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    struct ib_histograms counts;
    count(&counts, n_args, all, kw);
    return statistics(&counts);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_get_statistics_obj, 1, get_statistics);

// ---- the histogram ----

static mp_obj_t channel(const struct histogram_object *self, uint32_t which) {
    const struct ib_histogram *of = &self->counts.of[which];
    uint32_t bins = which < self->counts.channels ? of->bins : 0;
    mp_obj_list_t *shares = MP_OBJ_TO_PTR(mp_obj_new_list(bins, NULL));
    for (uint32_t i = 0; i < bins; i++)
        shares->items[i] = mp_obj_new_float(ib_histogram_share(of, i));
    return MP_OBJ_FROM_PTR(shares);
}

static mp_obj_t first_bins(mp_obj_t self) {
    return channel(MP_OBJ_TO_PTR(self), 0);
}
static MP_DEFINE_CONST_FUN_OBJ_1(first_bins_obj, first_bins);

static mp_obj_t second_bins(mp_obj_t self) {
    return channel(MP_OBJ_TO_PTR(self), 1);
}
static MP_DEFINE_CONST_FUN_OBJ_1(second_bins_obj, second_bins);

static mp_obj_t third_bins(mp_obj_t self) {
    return channel(MP_OBJ_TO_PTR(self), 2);
}
static MP_DEFINE_CONST_FUN_OBJ_1(third_bins_obj, third_bins);

static mp_obj_t get_percentile(mp_obj_t object, mp_obj_t p) {
    const struct histogram_object *self = MP_OBJ_TO_PTR(object);
    return values(&self->counts, ib_histogram_percentile, ib_image_float(p));
}
static MP_DEFINE_CONST_FUN_OBJ_2(get_percentile_obj, get_percentile);

static mp_obj_t get_threshold(mp_obj_t object) {
    const struct histogram_object *self = MP_OBJ_TO_PTR(object);
    return values(&self->counts, otsu, 0);
}
static MP_DEFINE_CONST_FUN_OBJ_1(get_threshold_obj, get_threshold);

static mp_obj_t histogram_statistics(mp_obj_t object) {
    const struct histogram_object *self = MP_OBJ_TO_PTR(object);
    return statistics(&self->counts);
}
static MP_DEFINE_CONST_FUN_OBJ_1(statistics_obj, histogram_statistics);

static mp_obj_t subscript(mp_obj_t object, mp_obj_t index, mp_obj_t value) {
    if (value != MP_OBJ_SENTINEL)
        return MP_OBJ_NULL;
    return channel(MP_OBJ_TO_PTR(object), (uint32_t)mp_get_index(&histogram_type, 3, index, false));
}

static void print(const mp_print_t *out, mp_obj_t object, mp_print_kind_t kind) {
    static const char *const names[3] = {"l_bins", "a_bins", "b_bins"};
    const struct histogram_object *self = MP_OBJ_TO_PTR(object);
    bool grey = self->counts.channels == 1;
    (void)kind;
    for (uint32_t i = 0; i < 3 && i < self->counts.channels; i++) {
        mp_printf(out, "%s\"%s\":", i == 0 ? "{" : ", ", grey ? "bins" : names[i]);
        mp_obj_print_helper(out, channel(self, i), PRINT_REPR);
    }
    mp_print_str(out, "}");
}

static const mp_rom_map_elem_t locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_bins), MP_ROM_PTR(&first_bins_obj)},
    {MP_ROM_QSTR(MP_QSTR_l_bins), MP_ROM_PTR(&first_bins_obj)},
    {MP_ROM_QSTR(MP_QSTR_a_bins), MP_ROM_PTR(&second_bins_obj)},
    {MP_ROM_QSTR(MP_QSTR_b_bins), MP_ROM_PTR(&third_bins_obj)},
    {MP_ROM_QSTR(MP_QSTR_get_percentile), MP_ROM_PTR(&get_percentile_obj)},
    {MP_ROM_QSTR(MP_QSTR_get_threshold), MP_ROM_PTR(&get_threshold_obj)},
    {MP_ROM_QSTR(MP_QSTR_get_statistics), MP_ROM_PTR(&statistics_obj)},
    {MP_ROM_QSTR(MP_QSTR_get_stats), MP_ROM_PTR(&statistics_obj)},
    {MP_ROM_QSTR(MP_QSTR_statistics), MP_ROM_PTR(&statistics_obj)},
};
static MP_DEFINE_CONST_DICT(locals, locals_table);

static MP_DEFINE_CONST_OBJ_TYPE(histogram_type, MP_QSTR_histogram, MP_TYPE_FLAG_NONE, print, print,
                                subscr, subscript, locals_dict, &locals);
