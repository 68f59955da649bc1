/// Telemetry revision 14: rows A, B and C as a Lepton 3.5 fills them.
///
/// The data sheet documents about half of the words. The others are what one 3.5 (firmware 3.3.26)
/// was seen to send: settings where a pattern shows, constants where none does. Parts without
/// radiometry leave rows B and C empty.
/// Source: engineering data sheet rev 200, telemetry tables; observed rows.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/bytes.h"

#define ROW 80u

/// Bits of the status words.
#define STATUS_FFC_DESIRED (1u << 3)
#define STATUS_FFC_SHIFT 4
#define STATUS_FFC_MASK (3u << STATUS_FFC_SHIFT)
#define STATUS_ALWAYS (1u << 11) ///< undocumented, seen set
#define STATUS_AGC (1u << 12)
#define STATUS_LOCKOUT (1u << 15)
#define STATUS_SHUTDOWN (1u << 20)

/// Up to this revision the FFC states are 0 never, 1 in process, 2 complete.
#define REVISION_WITHOUT_IMMINENT 8

#define SHUTDOWN_FRAMES 270

struct word {
    uint8_t at;
    uint16_t value;
};

static const struct word row_a[] = {
    {0, 14},   {13, 794}, {14, 3},   {15, 794}, {16, 3},  {17, 1401}, {40, 1},
    {41, 128}, {47, 1},   {48, 128}, {49, 100}, {62, 7},  {63, 38},   {64, 12},
    {65, 420}, {66, 54},  {67, 27},  {68, 18},  {69, 17},
};

static const struct word row_b[] = {
    {0, 14835}, {1, 3649}, {45, 14618}, {46, 20}, {48, 14347}, {49, 43264},
};

static const struct word row_c[] = {
    {1, 3},    {27, 5163},  {28, 4589}, {29, 4073}, {30, 3284},
    {31, 267}, {58, 23040}, {61, 255},  {62, 255},  {70, 1},
};

static void put(uint16_t *row, const struct word *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        row[words[i].at] = words[i].value;
}

/// A straight line through what was observed, kept inside 14 bits.
static uint16_t counts_near(float kelvin, int ck_at, int counts_at, int slope_num, int slope_den) {
    int counts = counts_at - ((int)ib_sim_lepton_ck(kelvin) - ck_at) * slope_num / slope_den;
    return (uint16_t)(counts < 0 ? 0 : counts > 16383 ? 16383 : counts);
}

uint16_t ib_sim_lepton_fpa_counts(const struct ib_sim_lepton *self) {
    return counts_near(self->fpa_k, 30613, 7021, 8, 9);
}

uint16_t ib_sim_lepton_housing_counts(const struct ib_sim_lepton *self) {
    return counts_near(self->housing_k, 30518, 8596, 7, 4);
}

void ib_sim_lepton_serial(const struct ib_sim_lepton *self, uint16_t words[8]) {
    static const uint16_t observed[8] = {24848, 35336, 51744, 36482, 5132, 2044, 9216, 0};
    memcpy(words, observed, sizeof observed);
    uint32_t mixed = (uint32_t)(self->config.seed * UINT64_C(0x9E3779B1));
    words[0] ^= (uint16_t)mixed;
    words[1] ^= (uint16_t)(mixed >> 16);
}

static uint32_t status_of(const struct ib_sim_lepton *self) {
    const struct ib_sim_lepton_ffc *ffc = &self->video.ffc;
    uint32_t status = STATUS_ALWAYS | (uint32_t)ffc->state << STATUS_FFC_SHIFT;
    if (ffc->desired)
        status |= STATUS_FFC_DESIRED;
    if (self->registers.agc_enable[0])
        status |= STATUS_AGC;
    if (ffc->lockout)
        status |= STATUS_LOCKOUT;
    if (self->shutdown_frames < SHUTDOWN_FRAMES)
        status |= STATUS_SHUTDOWN;
    return status;
}

static void put_row_a(const struct ib_sim_lepton *self, uint16_t *row) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    put(row, row_a, sizeof row_a / sizeof row_a[0]);
    ib_u32_to_words(row + 1, ib_sim_lepton_uptime_ms(self, self->video.cycle_us));
    ib_u32_to_words(row + 3, status_of(self));
    ib_sim_lepton_serial(self, row + 5);
    ib_u32_to_words(row + 20, self->video.counter);
    row[22] = self->video.result.frame_mean_counts;
    row[23] = ib_sim_lepton_fpa_counts(self);
    row[24] = ib_sim_lepton_ck(self->fpa_k);
    row[25] = ib_sim_lepton_housing_counts(self);
    row[26] = ib_sim_lepton_ck(self->housing_k);
    row[28] = r->shutter_temperature[0];
    row[29] = self->video.ffc.last_fpa_ck;
    ib_u32_to_words(row + 30, self->video.ffc.last_uptime_ms);
    row[32] = self->video.ffc.last_housing_ck;
    // As observed: column first, like the CCI object; the data sheet says row first.
    memcpy(row + 34, r->agc_roi, sizeof r->agc_roi);
    row[38] = r->agc_heq_clip_high[0];
    row[39] = r->agc_heq_clip_low[0];
    // The damping stands here on 80x60 parts; a 3.5 sends 0.
    if (self->model->width_px != 160)
        row[42] = r->agc_heq_damping[0];
    memcpy(row + 56, r->focus_threshold, sizeof r->focus_threshold);
    memcpy(row + 58, r->focus_roi, sizeof r->focus_roi);
    row[72] = r->output_format[0];
    row[74] = r->frames_to_average[0];
}

static void put_row_b(const struct ib_sim_lepton *self, uint16_t *row) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    const uint16_t *flux = r->flux_parameters;
    put(row, row_b, sizeof row_b / sizeof row_b[0]);
    row[2] = r->shutter_temperature[0];
    memcpy(row + 3, r->rbfo_high, sizeof r->rbfo_high);
    memcpy(row + 11, r->rbfo_internal_high, sizeof r->rbfo_internal_high);
    // Not the order of the CCI object: atmosphere comes before window.
    const uint16_t ordered[8] = {flux[0], flux[1], flux[4], flux[5],
                                 flux[2], flux[6], flux[3], flux[7]};
    memcpy(row + 19, ordered, sizeof ordered);
    row[39] = (uint16_t)(ib_sim_lepton_ck(self->housing_k) + 376); // follows the housing
}

void ib_sim_lepton_spot(const struct ib_sim_lepton *self, uint16_t words[4]) {
    const struct ib_sim_lepton_playing *playing = &self->playing;
    const struct ib_sim_lepton_registers *r = &self->registers;
    const struct ib_sim_imager_result *result = &self->video.result;
    const uint16_t *recorded = playing->telemetry + 2 * ROW + 50;
    memset(words, 0, 4 * sizeof *words);
    if (playing->from && playing->has_telemetry &&
        memcmp(recorded + 4, r->spot_roi, sizeof r->spot_roi) == 0) {
        memcpy(words, recorded, 4 * sizeof *words); // measured where the recording measured
    } else if (r->radiometry[0]) {
        words[0] = result->spot_mean_ck;
        words[1] = result->spot_max_ck;
        words[2] = result->spot_min_ck;
        words[3] = result->spot_population_px;
    }
}

static void put_row_c(const struct ib_sim_lepton *self, uint16_t *row) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    const uint16_t *gain = r->gain_object;
    put(row, row_c, sizeof row_c / sizeof row_c[0]);
    row[5] = r->gain_mode[0];
    row[6] = self->gain;
    row[7] = self->video.ffc.pending_gain >= 0;
    memcpy(row + 8, gain + 6, 4 * sizeof *row);   // thresholds, Celsius then Kelvin
    memcpy(row + 12, gain + 12, 2 * sizeof *row); // and flux
    memcpy(row + 14, gain + 4, 2 * sizeof *row);  // shares in percent, then in pixels
    row[16] = (uint16_t)((uint32_t)gain[4] * gain[10] / 100);
    row[17] = (uint16_t)((uint32_t)gain[5] * gain[10] / 100);
    row[20] = row[21] = gain[10];
    memcpy(row + 22, gain, 4 * sizeof *row);
    row[26] = row[48] = r->tlinear[0];
    memcpy(row + 32, r->rbfo_low, sizeof r->rbfo_low);
    memcpy(row + 40, r->rbfo_internal_low, sizeof r->rbfo_internal_low);
    row[49] = ib_sim_lepton_resolution(self);
    ib_sim_lepton_spot(self, row + 50);
    memcpy(row + 54, r->spot_roi, sizeof r->spot_roi);
    uint16_t serial[8];
    ib_sim_lepton_serial(self, serial);
    memcpy(row + 71, serial, 7 * sizeof *row);
}

/// A recording's status: correcting or corrected, and no wish for a correction. As long as a
/// recording has shown nothing but an FFC (one image may be all there is) that counts as a view.
static void put_recorded_status(const struct ib_sim_lepton *self, uint16_t *words) {
    const struct ib_sim_lepton_playing *playing = &self->playing;
    bool running = (playing->ffc && playing->has_view) || self->video.ffc.state == 2;
    uint32_t state = running ? 2 : 3;
    if (words[0] <= REVISION_WITHOUT_IMMINENT)
        state--;
    uint32_t status = ib_words_to_u32(words + 3) & ~(STATUS_FFC_MASK | STATUS_FFC_DESIRED);
    ib_u32_to_words(words + 3, status | state << STATUS_FFC_SHIFT);
}

/// A recording's own rows, with this part's counter, time, FFC state and spotmeter.
static void put_recorded(const struct ib_sim_lepton *self, uint16_t *words) {
    const struct ib_sim_lepton_playing *playing = &self->playing;
    const struct ib_sim_lepton_registers *r = &self->registers;
    memcpy(words, playing->telemetry, sizeof playing->telemetry);
    ib_u32_to_words(words + 1, ib_sim_lepton_uptime_ms(self, self->video.cycle_us));
    ib_u32_to_words(words + 20, self->video.counter);
    ib_u32_to_words(words + 30, self->video.ffc.last_uptime_ms);
    put_recorded_status(self, words);
    if (!self->model->radiometric)
        return;
    ib_sim_lepton_spot(self, words + 2 * ROW + 50);
    memcpy(words + 2 * ROW + 54, r->spot_roi, sizeof r->spot_roi);
}

void ib_sim_lepton_telemetry(struct ib_sim_lepton *self, uint16_t *words) {
    memset(words, 0, IB_SIM_LEPTON_TELEMETRY_WORDS * sizeof *words);
    ib_sim_lepton_warm(self);
    if (self->playing.from && self->playing.has_telemetry) {
        put_recorded(self, words);
        return;
    }
    put_row_a(self, words);
    if (self->playing.from)
        put_recorded_status(self, words);
    if (!self->model->radiometric)
        return;
    put_row_b(self, words + ROW);
    put_row_c(self, words + 2 * ROW);
}
