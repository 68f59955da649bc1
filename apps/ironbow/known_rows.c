/// See known_rows.h.
#include "apps/ironbow/known_rows.h"

#include <string.h>

static uint32_t status_of(const struct ib_frame *frame) {
    uint32_t status = (uint32_t)(frame->ffc_state & 3) << 4;
    if (frame->flags & IB_FRAME_FFC_DESIRED)
        status |= 1u << 3;
    if (frame->agc)
        status |= 1u << 12;
    if (frame->flags & IB_FRAME_LOCKOUT)
        status |= 1u << 15;
    if (frame->flags & IB_FRAME_OVER_TEMP)
        status |= 1u << 20;
    return status;
}

void ib_app_known_rows(struct ib_frame *frame) {
    uint16_t *words = frame->telemetry;
    memset(words, 0, sizeof frame->telemetry);
    ib_u32_to_words(words + IB_APP_ROW_UPTIME, frame->uptime_ms);
    ib_u32_to_words(words + IB_APP_ROW_STATUS, status_of(frame));
    ib_u32_to_words(words + IB_APP_ROW_COUNTER, frame->source_counter);
    words[IB_APP_ROW_FPA] = frame->fpa_ck;
    words[IB_APP_ROW_HOUSING] = frame->housing_ck;
    words[IB_APP_ROW_GAIN_MODE] = frame->gain_mode;
    words[IB_APP_ROW_GAIN] = frame->gain;
    words[IB_APP_ROW_TLINEAR] = frame->unit == IB_UNIT_KELVIN;
    words[IB_APP_ROW_RESOLUTION] = frame->unit == IB_UNIT_KELVIN && frame->scale_ck == 1;
    frame->flags |= IB_FRAME_TELEMETRY;
}
