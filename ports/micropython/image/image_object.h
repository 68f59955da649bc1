/// image.Image as other modules see it: a sensor makes them, a display shows them.
#ifndef IB_PORTS_MICROPYTHON_IMAGE_OBJECT_H
#define IB_PORTS_MICROPYTHON_IMAGE_OBJECT_H

#include "openmv/image.h"
#include "py/obj.h"

extern const mp_obj_type_t ib_image_type;

/// A new object. `owner` keeps the pixels' memory alive while the object lives; MP_OBJ_NULL: they are
/// a frame buffer's, or the collector's own (m_new). An owner with a buffer is asked for it before
/// each use, as it may have moved.
mp_obj_t ib_image_object_new(const struct ib_openmv_image *image, mp_obj_t owner);
/// The image of an object, changes to it are the object's. NULL when it is none. May raise: a caller's
/// buffer has become too small.
struct ib_openmv_image *ib_image_object_get(mp_obj_t object);
/// The same; raises a TypeError when it is none.
struct ib_openmv_image *ib_image_object_of(mp_obj_t object);
/// The same; raises when it cannot be drawn on ("Expected a mutable image").
struct ib_openmv_image *ib_image_object_mutable(mp_obj_t object, struct ib_image *picture);
/// Another object with the same pixels and the same owner.
mp_obj_t ib_image_object_alias(mp_obj_t object);

#endif
