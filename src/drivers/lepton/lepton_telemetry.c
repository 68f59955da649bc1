/// Telemetry rows A, B and C into named fields with units.
///
/// It decodes; it does not judge freshness (vospi.c compares counters). Rows B and C carry sense on
/// radiometric modules only and read as zeros elsewhere.
/// Source: Lepton engineering data sheet rev 200, section 4.2.2 (telemetry modes), tables A to C.
#include <string.h>

#include "core/bytes.h"
#include "core/frame.h"
#include "core/status.h"
#include "drivers/lepton/lepton.h"

enum {
    ROW_WORDS = 80,
    FORMAT_RGB888 = 3,
    FORMAT_RAW14 = 7,
    // Modules have been seen with revisions 8 and 14, always with major number 0; the room above
    // is for their successors. A pixel read as a revision (telemetry in the other place) is beyond
    // it, or betrayed by the video format.
    REVISION_OLD = 8,
    REVISION_LAST = 31,
};

enum status_bit {
    STATUS_FFC_DESIRED = 1u << 3,
    STATUS_FFC_SHIFT = 4, // two bits
    STATUS_AGC = 1u << 12,
    STATUS_LOCKOUT = 1u << 15,
    STATUS_OVER_TEMP = 1u << 20,
};

/// Revision 8 knows no imminent state: 0 never, 1 in progress, 2 complete (observed).
static uint8_t ffc_state(uint8_t revision_minor, uint32_t status) {
    static const uint8_t old[4] = {IB_FFC_NEVER, IB_FFC_RUNNING, IB_FFC_DONE, IB_FFC_DONE};
    static const uint8_t now[4] = {IB_FFC_NEVER, IB_FFC_IMMINENT, IB_FFC_RUNNING, IB_FFC_DONE};
    unsigned bits = (status >> STATUS_FFC_SHIFT) & 3u;
    return revision_minor <= REVISION_OLD ? old[bits] : now[bits];
}

static void decode_a(struct ib_lepton_telemetry *out, const uint16_t *a) {
    out->revision_major = (uint8_t)(a[0] >> 8);
    out->revision_minor = (uint8_t)a[0];
    out->uptime_ms = ib_words_to_u32(a + 1);
    out->status = ib_words_to_u32(a + 3);
    out->ffc_desired = (out->status & STATUS_FFC_DESIRED) != 0;
    out->ffc_state = ffc_state(out->revision_minor, out->status);
    out->agc = (out->status & STATUS_AGC) != 0;
    out->lockout = (out->status & STATUS_LOCKOUT) != 0;
    out->over_temp = (out->status & STATUS_OVER_TEMP) != 0;
    memcpy(out->serial, a + 5, sizeof out->serial);
    out->frame_counter = ib_words_to_u32(a + 20);
    out->frame_mean_counts = a[22];
    out->fpa_counts = a[23];
    out->fpa_ck = a[24];
    out->housing_counts = a[25];
    out->housing_ck = a[26];
    out->fpa_at_ffc_ck = a[29];
    out->uptime_at_ffc_ms = ib_words_to_u32(a + 30);
    out->housing_at_ffc_ck = a[32];
    memcpy(out->agc_roi, a + 34, sizeof out->agc_roi);
    out->agc_clip_high = a[38];
    out->agc_clip_low = a[39];
    out->video_format = ib_words_to_u32(a + 72);
    out->ffc_frames_log2 = a[74];
}

static void decode_b(struct ib_lepton_telemetry *out, const uint16_t *b) {
    out->emissivity_8192 = b[19];
    out->background_ck = b[20];
    out->atmosphere_transmission_8192 = b[21];
    out->atmosphere_ck = b[22];
    out->window_transmission_8192 = b[23];
    out->window_reflection_8192 = b[24];
    out->window_ck = b[25];
    out->window_reflected_ck = b[26];
}

static uint8_t gain_of(uint16_t word) {
    return word <= IB_GAIN_AUTO ? (uint8_t)word : (uint8_t)IB_GAIN_UNKNOWN;
}

static void decode_c(struct ib_lepton_telemetry *out, const uint16_t *c) {
    out->gain_mode = gain_of(c[5]);
    out->gain_effective = gain_of(c[6]);
    out->gain_switch_desired = c[7] != 0;
    out->gain_threshold_high_to_low_c = c[8];
    out->gain_threshold_low_to_high_c = c[9];
    out->gain_threshold_high_to_low_k = c[10];
    out->gain_threshold_low_to_high_k = c[11];
    out->gain_population_high_to_low_pct = c[14];
    out->gain_population_low_to_high_pct = c[15];
    memcpy(out->gain_roi, c + 22, sizeof out->gain_roi);
    out->tlinear = c[48] != 0;
    out->tlinear_resolution = c[49] != 0;
    out->spot_mean_ck = c[50];
    out->spot_max_ck = c[51];
    out->spot_min_ck = c[52];
    out->spot_population_px = c[53];
    memcpy(out->spot_roi, c + 54, sizeof out->spot_roi);
}

int ib_lepton_telemetry_decode(struct ib_lepton_telemetry *out, const uint16_t *words) {
    memset(out, 0, sizeof *out);
    if (words[0] == 0 || words[0] > REVISION_LAST)
        return IB_E_FORMAT;
    uint32_t format = ib_words_to_u32(words + 72);
    if (words[0] > REVISION_OLD && format != 0 && format != FORMAT_RGB888 && format != FORMAT_RAW14)
        return IB_E_FORMAT;
    decode_a(out, words);
    decode_b(out, words + ROW_WORDS);
    decode_c(out, words + (size_t)2 * ROW_WORDS);
    return IB_OK;
}
