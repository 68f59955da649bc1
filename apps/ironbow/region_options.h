/// Where to measure, and what is known of the object: the options --roi, --emissivity and
/// --reflected, the same for every verb that has them.
#ifndef IB_APP_REGION_OPTIONS_H
#define IB_APP_REGION_OPTIONS_H

#include <stdbool.h>

#include "apps/ironbow/verb.h"
#include "core/frame.h"
#include "measure/degrees.h"
#include "measure/region.h"

/// Add the region that `text` describes; one without a name becomes r1, r2 …
/// Return: -1, or the exit code of a usage error that has been said.
int ib_app_region_add(struct ib_regions *regions, const struct ib_app_verb *verb, const char *text);
/// Without any, the whole picture is one region called "picture".
void ib_app_region_whole(struct ib_regions *regions);

#define IB_APP_EMISSIVITY_WANTED "must be 0.01 to 1, or 1% to 100%"
#define IB_APP_REFLECTED_WANTED "must be a temperature such as 22 or 295K"

/// "0.95", "95" or "95%"; a temperature. Return: whether it was one.
bool ib_app_object_emissivity(struct ib_object_change *change, const char *text);
bool ib_app_object_reflected(struct ib_object_change *change, enum ib_degrees degrees,
                             const char *text);
/// What regions do not say of their own is `change`'s.
void ib_app_object_apply(struct ib_regions *regions, const struct ib_object_change *change);

/// The frame's pixels as they would be if the camera had been told `change`, in the frame's own
/// scale. What no temperature gives becomes 0, what is too hot for the scale 65535.
/// Owns:   `pixels` is filled: as many as the frame has.
/// Errors: IB_E_NOT_RADIOMETRIC, IB_E_RANGE.
int ib_app_remeasure(uint16_t *pixels, const struct ib_frame *frame,
                     const struct ib_object_change *change);
/// What to say of its errors.
const char *ib_app_remeasure_problem(int status);

#endif
