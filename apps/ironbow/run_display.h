/// What `ironbow run` shows: lines at the start, a status line each second on a terminal, JSON
/// events for machines.
#ifndef IB_APP_RUN_DISPLAY_H
#define IB_APP_RUN_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "apps/ironbow/board.h"
#include "apps/ironbow/door.h"
#include "apps/ironbow/journal.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/serve_tcam.h"

/// Frames a second are counted over this many seconds.
#define IB_APP_DISPLAY_WINDOW 5

struct ib_app_display {
    struct ib_app_journal *journal;
    struct ib_app_rig *rig;
    const struct ib_app_board *board;
    const struct ib_app_tcam *tcam;
    const struct ib_app_door *doors; ///< in the order in which they are shown
    unsigned door_count;
    bool json;
    bool quiet;
    bool terminal;
    char rest[256];     ///< of the status line, behind the LED
    bool red, green;    ///< the LED as last drawn
    unsigned fps_centi; ///< frames a second of the camera's time, hundredths
    struct {
        uint64_t at_us;
        uint32_t frames;
    } samples[IB_APP_DISPLAY_WINDOW];
    unsigned sample_count;
};

void ib_app_display_start(struct ib_app_display *self);
/// The status LED may have changed: it blinks on the status line, too.
void ib_app_display_led(struct ib_app_display *self);
/// Once a second.
void ib_app_display_tick(struct ib_app_display *self);
void ib_app_display_end(struct ib_app_display *self);

#endif
