/// Telemetry rows for a frame that came without: what is known of it, where the sensor would have
/// said it. Their revision (word 0) is 0: no sensor's.
///
/// The image JSON says nowhere else what its numbers mean.
#ifndef IB_APP_KNOWN_ROWS_H
#define IB_APP_KNOWN_ROWS_H

#include <stdbool.h>

#include "core/bytes.h"
#include "core/frame.h"

/// Word offsets in the telemetry rows A, B, C that files' readers and writers need.
/// Source: Lepton engineering data sheet rev 200, section 4.2.2.
enum ib_app_row_word {
    IB_APP_ROW_REVISION = 0,
    IB_APP_ROW_UPTIME = 1,
    IB_APP_ROW_STATUS = 3,
    IB_APP_ROW_COUNTER = 20,
    IB_APP_ROW_FPA = 24,
    IB_APP_ROW_HOUSING = 26,
    IB_APP_ROW_FPA_AT_FFC = 29,
    IB_APP_ROW_UPTIME_AT_FFC = 30,
    IB_APP_ROW_GAIN_MODE = 165,
    IB_APP_ROW_GAIN = 166,
    IB_APP_ROW_TLINEAR = 208,
    IB_APP_ROW_RESOLUTION = 209,
};

/// Fills all rows from the frame's other members and sets IB_FRAME_TELEMETRY.
void ib_app_known_rows(struct ib_frame *frame);

/// Whether a sensor said the frame's rows.
static inline bool ib_app_rows_are_a_sensors(const struct ib_frame *frame) {
    return (frame->flags & IB_FRAME_TELEMETRY) && frame->telemetry[IB_APP_ROW_REVISION] != 0;
}

#endif
