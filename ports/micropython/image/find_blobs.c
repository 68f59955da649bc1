/// find_blobs() and the module's functions about a blob. The search is image/blobs.h's.
#include "image/blobs.h"

#include "core/check.h"
#include "core/status.h"
#include "image/blob_shape.h"
#include "ports/micropython/image/image_private.h"
#include "ports/micropython/image/pixel_memory.h"
#include "ports/micropython/image/work_memory.h"
#include "py/objlist.h"

#define FIRST_ROOM 8

enum { BLOB_PIXELS = 6, BLOB_PERIMETER = 10, BLOB_MIN_CORNERS = 15, BLOB_FIELDS = 23 };

static const qstr fields[BLOB_FIELDS] = {
    MP_QSTR_x,           MP_QSTR_y,           MP_QSTR_w,          MP_QSTR_h,
    MP_QSTR_cx,          MP_QSTR_cy,          MP_QSTR_pixels,     MP_QSTR_rotation,
    MP_QSTR_code,        MP_QSTR_count,       MP_QSTR_perimeter,  MP_QSTR_roundness,
    MP_QSTR_x_hist_bins, MP_QSTR_y_hist_bins, MP_QSTR_corners,    MP_QSTR_min_corners,
    MP_QSTR_cxf,         MP_QSTR_cyf,         MP_QSTR_elongation, MP_QSTR_area,
    MP_QSTR_density,     MP_QSTR_compactness, MP_QSTR_rect,
};

// ---- a blob as Python sees it ----

static mp_obj_t point(struct ib_point at) {
    const mp_obj_t xy[2] = {MP_OBJ_NEW_SMALL_INT(at.x), MP_OBJ_NEW_SMALL_INT(at.y)};
    return mp_obj_new_tuple(2, xy);
}

static mp_obj_t four_points(const struct ib_point corners[4]) {
    mp_obj_t points[4];
    for (int i = 0; i < 4; i++)
        points[i] = point(corners[i]);
    return mp_obj_new_tuple(4, points);
}

static mp_obj_t bins_of(const struct ib_blob_list *list, struct ib_blob_bins bins) {
    mp_obj_list_t *numbers = MP_OBJ_TO_PTR(mp_obj_new_list(bins.count, NULL));
    for (size_t i = 0; i < bins.count; i++)
        numbers->items[i] = mp_obj_new_int_from_uint(list->bins[bins.first + i]);
    return MP_OBJ_FROM_PTR(numbers);
}

static mp_obj_t blob_object(const struct ib_blob *blob, const struct ib_blob_list *list) {
    const struct ib_rect *rect = &blob->rect;
    struct ib_point corners[4], min_corners[4];
    const mp_obj_t sides[4] = {MP_OBJ_NEW_SMALL_INT(rect->x), MP_OBJ_NEW_SMALL_INT(rect->y),
                               MP_OBJ_NEW_SMALL_INT(rect->w), MP_OBJ_NEW_SMALL_INT(rect->h)};
    ib_blob_corners(blob, corners);
    ib_blob_min_corners(blob, min_corners);
    const mp_obj_t values[BLOB_FIELDS] = {
        sides[0],
        sides[1],
        sides[2],
        sides[3],
        MP_OBJ_NEW_SMALL_INT(ib_blob_cx(blob)),
        MP_OBJ_NEW_SMALL_INT(ib_blob_cy(blob)),
        mp_obj_new_int_from_uint(blob->pixels),
        mp_obj_new_float(blob->rotation),
        mp_obj_new_int_from_uint(blob->code),
        mp_obj_new_int_from_uint(blob->count),
        mp_obj_new_int_from_uint(blob->perimeter),
        mp_obj_new_float(blob->roundness),
        bins_of(list, blob->x_bins),
        bins_of(list, blob->y_bins),
        four_points(corners),
        four_points(min_corners),
        mp_obj_new_float(blob->cx),
        mp_obj_new_float(blob->cy),
        mp_obj_new_float(ib_blob_elongation(blob)),
        mp_obj_new_int_from_uint(ib_blob_area(blob)),
        mp_obj_new_float(ib_blob_density(blob)),
        mp_obj_new_float(ib_blob_compactness(blob)),
        mp_obj_new_tuple(4, sides),
    };
    return mp_obj_new_attrtuple(fields, BLOB_FIELDS, values);
}

// ---- the search ----

struct search {
    mp_obj_t keep, join; ///< functions, or None
    bool bins;           ///< some are wished for
};

/// An exception of theirs ends the search: all that it has is the collector's.
static int keep(void *context, const struct ib_blob *blob, const struct ib_blob_list *list) {
    const struct search *self = context;
    return mp_obj_is_true(mp_call_function_1(self->keep, blob_object(blob, list)));
}

static int join(void *context, const struct ib_blob *a, const struct ib_blob *b,
                const struct ib_blob_list *list) {
    const struct search *self = context;
    return mp_obj_is_true(
        mp_call_function_2(self->join, blob_object(a, list), blob_object(b, list)));
}

static int grow(void *context, struct ib_blob_list *list) {
    const struct search *self = context;
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity ? 2 * list->capacity : FIRST_ROOM;
        struct ib_blob *items =
            m_renew_maybe(struct ib_blob, list->items, list->capacity, capacity, true);
        if (!items)
            return IB_E_NO_SPACE;
        list->items = items;
        list->capacity = capacity;
    }
    if (self->bins) { // full or not: nobody says which of the two it is
        uint32_t room = list->bins_capacity ? 2 * list->bins_capacity : 1024;
        uint32_t *bins = m_renew_maybe(uint32_t, list->bins, list->bins_capacity, room, true);
        if (!bins)
            return IB_E_NO_SPACE;
        list->bins = bins;
        list->bins_capacity = room;
    }
    return IB_OK;
}

static uint32_t natural(mp_obj_t object) {
    int32_t value = ib_image_int(object);
    return value < 0 ? 0 : (uint32_t)value;
}

static mp_obj_t results(const struct ib_blob_list *list) {
    mp_obj_list_t *found = MP_OBJ_TO_PTR(mp_obj_new_list(list->count, NULL));
    for (size_t i = 0; i < list->count; i++)
        found->items[i] = blob_object(&list->items[i], list);
    return MP_OBJ_FROM_PTR(found);
}

static mp_obj_t find_blobs(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    enum {
        ARG_thresholds,
        ARG_invert,
        ARG_roi,
        ARG_x_stride,
        ARG_y_stride,
        ARG_area_threshold,
        ARG_pixels_threshold,
        ARG_merge,
        ARG_margin,
        ARG_threshold_cb,
        ARG_merge_cb,
        ARG_x_hist_bins_max,
        ARG_y_hist_bins_max
    };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_thresholds, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_invert, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_roi, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_x_stride, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(2)}},
        {MP_QSTR_y_stride, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(1)}},
        {MP_QSTR_area_threshold, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(10)}},
        {MP_QSTR_pixels_threshold, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(10)}},
        {MP_QSTR_merge, MP_ARG_KW_ONLY | MP_ARG_BOOL, {.u_bool = false}},
        {MP_QSTR_margin, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_threshold_cb, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_merge_cb, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_x_hist_bins_max, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
        {MP_QSTR_y_hist_bins_max, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(0)}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    struct ib_image_thresholds thresholds;
    struct ib_image picture;
    struct ib_blob_list list = {0};
    mp_arg_parse_all(n_args - 1, all + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    const struct ib_openmv_image *image = ib_image_object_mutable(all[0], &picture);
    struct search search = {args[ARG_threshold_cb].u_obj, args[ARG_merge_cb].u_obj, false};
    bool calls = search.keep != mp_const_none || search.join != mp_const_none;
    ib_image_thresholds_of(&thresholds, args[ARG_thresholds].u_obj);
    struct ib_blobs_wish wish = ib_blobs_defaults(&picture);
    wish.thresholds = thresholds.items;
    wish.thresholds_count = thresholds.count;
    wish.invert = args[ARG_invert].u_bool;
    wish.roi = ib_image_roi_of(args[ARG_roi].u_obj, image->width_px, image->height_px);
    wish.x_stride = ib_image_int(args[ARG_x_stride].u_obj);
    wish.y_stride = ib_image_int(args[ARG_y_stride].u_obj);
    wish.area_threshold = natural(args[ARG_area_threshold].u_obj);
    wish.pixels_threshold = natural(args[ARG_pixels_threshold].u_obj);
    wish.merge = args[ARG_merge].u_bool;
    wish.margin = ib_image_int(args[ARG_margin].u_obj);
    wish.x_bins_max = natural(args[ARG_x_hist_bins_max].u_obj);
    wish.y_bins_max = natural(args[ARG_y_hist_bins_max].u_obj);
    search.bins = wish.x_bins_max > 0 || wish.y_bins_max > 0;
    wish.context = &search;
    wish.keep = search.keep != mp_const_none ? keep : NULL;
    wish.join = search.join != mp_const_none ? join : NULL;
    wish.grow = grow;
    if (wish.x_stride < 1)
        ib_image_raise(IB_IMAGE_X_STRIDE);
    if (wish.y_stride < 1)
        ib_image_raise(IB_IMAGE_Y_STRIDE);
    if (thresholds.count == 0)
        return mp_obj_new_list(0, NULL);
    // What Python is called from may be needed by what Python then calls.
    size_t bytes = ib_blobs_scratch_bytes(&picture, &wish);
    void *scratch = calls ? ib_pixel_memory(bytes) : ib_work_memory(IB_WORK_SCRATCH, bytes);
    int status = ib_blobs_find(&list, &picture, &wish, scratch, bytes);
    if (status == IB_E_NO_SPACE)
        ib_image_raise(IB_IMAGE_NO_MEMORY);
    IB_ASSERT(status >= 0);
    return results(&list);
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_find_blobs_obj, 1, find_blobs);

// ---- functions about a blob ----

/// The smallest rectangle's corners, and a number of the blob.
static int32_t take_apart(mp_obj_t blob, struct ib_point corners[4], int field) {
    size_t count;
    mp_obj_t *items, *points;
    int32_t xy[2];
    if (!ib_image_sequence(blob, &count, &items) || count < BLOB_FIELDS ||
        !ib_image_sequence(items[BLOB_MIN_CORNERS], &count, &points) || count < 4)
        mp_raise_TypeError(MP_ERROR_TEXT("expected a blob"));
    for (int i = 0; i < 4; i++) {
        ib_image_ints(points[i], 2, xy);
        corners[i] = (struct ib_point){xy[0], xy[1]};
    }
    return ib_image_int(items[field]);
}

static uint32_t natural_of(mp_obj_t blob, struct ib_point corners[4], int field) {
    int32_t value = take_apart(blob, corners, field);
    return value < 0 ? 0 : (uint32_t)value;
}

static mp_obj_t get_solidity(mp_obj_t blob) {
    struct ib_point corners[4];
    uint32_t pixels = natural_of(blob, corners, BLOB_PIXELS);
    return mp_obj_new_float(ib_blob_solidity(corners, pixels));
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_image_get_solidity_obj, get_solidity);

static mp_obj_t get_convexity(mp_obj_t blob) {
    struct ib_point corners[4];
    uint32_t perimeter = natural_of(blob, corners, BLOB_PERIMETER);
    return mp_obj_new_float(ib_blob_convexity(corners, perimeter));
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_image_get_convexity_obj, get_convexity);

static mp_obj_t numbers(const qstr *names, size_t count, const int32_t *values) {
    mp_obj_t items[5];
    for (size_t i = 0; i < count; i++)
        items[i] = mp_obj_new_int(values[i]);
    return names ? mp_obj_new_attrtuple(names, count, items) : mp_obj_new_tuple(count, items);
}

static mp_obj_t segment(struct ib_segment line) {
    static const qstr names[4] = {MP_QSTR_x1, MP_QSTR_y1, MP_QSTR_x2, MP_QSTR_y2};
    const int32_t values[4] = {line.from.x, line.from.y, line.to.x, line.to.y};
    return numbers(names, 4, values);
}

static mp_obj_t get_major_axis_line(mp_obj_t blob) {
    struct ib_point corners[4];
    take_apart(blob, corners, 0);
    return segment(ib_blob_major_axis(corners));
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_image_get_major_axis_line_obj, get_major_axis_line);

static mp_obj_t get_minor_axis_line(mp_obj_t blob) {
    struct ib_point corners[4];
    take_apart(blob, corners, 0);
    return segment(ib_blob_minor_axis(corners));
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_image_get_minor_axis_line_obj, get_minor_axis_line);

static mp_obj_t get_enclosing_circle(mp_obj_t blob) {
    static const qstr names[3] = {MP_QSTR_x, MP_QSTR_y, MP_QSTR_r};
    struct ib_point corners[4];
    take_apart(blob, corners, 0);
    struct ib_circle circle = ib_blob_enclosing_circle(corners);
    const int32_t values[3] = {circle.centre.x, circle.centre.y, circle.radius};
    return numbers(names, 3, values);
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_image_get_enclosing_circle_obj, get_enclosing_circle);

static mp_obj_t get_enclosed_ellipse(mp_obj_t blob) {
    struct ib_point corners[4];
    take_apart(blob, corners, 0);
    struct ib_blob_ellipse ellipse = ib_blob_enclosed_ellipse(corners);
    const int32_t values[5] = {ellipse.centre.x, ellipse.centre.y, ellipse.rx, ellipse.ry,
                               ellipse.rotation_deg};
    return numbers(NULL, 5, values);
}
MP_DEFINE_CONST_FUN_OBJ_1(ib_image_get_enclosed_ellipse_obj, get_enclosed_ellipse);
