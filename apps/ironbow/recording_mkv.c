#include "apps/ironbow/recording_formats.h"
#include "core/status.h"
static int begin(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
                 struct ib_app_say say) {
    (void)self;
    (void)frame;
    (void)wall_us;
    (void)say;
    return IB_E_UNSUPPORTED;
}
const struct ib_app_recording_kind ib_app_recording_mkv = {.ending = ".mkv", .begin = begin};
