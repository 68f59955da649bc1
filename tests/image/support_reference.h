/// Drawing as the description has it, one pixel at a time and as slowly as that takes: what the
/// engine is compared with. It shares no code with it.
#ifndef IB_TESTS_IMAGE_SUPPORT_REFERENCE_H
#define IB_TESTS_IMAGE_SUPPORT_REFERENCE_H

#include "image/draw_image.h"

/// Same arguments and results as ib_draw_image, without scratch memory; `src` and `dst` must not
/// share memory. Gives up (exits) on what it does not know.
int reference_draw(const struct ib_image *dst, const struct ib_image *src,
                   const struct ib_draw *draw);

#endif
