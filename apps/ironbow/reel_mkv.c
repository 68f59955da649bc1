#include "apps/ironbow/reel_formats.h"
static int open_none(struct ib_app_reel *self, struct ib_app_reel_say say) {
    (void)self;
    return ib_app_reel_fail(say, "not yet");
}
const struct ib_app_reel_kind ib_app_reel_mkv = {.name = "mkv", .open = open_none};
