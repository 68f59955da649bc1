/// Radiance and temperature as tables: made when a setting changes, read for every pixel.
///
/// RBFO: S = R / (exp(B / T) - F) + O (Lepton engineering data sheet rev 200, radiometry; R, B, F,
/// O of the IDD rev 100, RAD 0x04 and 0xD8, B, F and O times 1000 there). The flux-linear
/// parameters (IDD rev 100, RAD 0xBC) enter through the usual serial model of a window, an
/// atmosphere and a grey surface; FLIR publishes the list of parameters, not the equation.
#include <string.h>

#include "core/real.h"
#include "sim/imager_private.h"

/// Flux words that mean 1.0.
#define UNITY 8192.0

static const int32_t default_high[4] = {395653, 1428000, 1000, 156000};
static const int32_t default_low[4] = {64155, 1428000, 1000, 728000};

static bool plausible(const int32_t rbfo[4]) {
    return rbfo[0] > 0 && rbfo[1] >= 100000 && rbfo[2] >= 0 && rbfo[2] <= 10000;
}

struct imager_rbfo ib_sim_imager_rbfo(const struct ib_sim_imager_settings *settings) {
    const int32_t *words = settings->low_gain ? settings->rbfo_low : settings->rbfo_high;
    if (!plausible(words))
        words = settings->low_gain ? default_low : default_high;
    struct imager_rbfo rbfo = {(double)words[0], words[1] / 1000.0, words[2] / 1000.0,
                               words[3] / 1000.0};
    return rbfo;
}

static double radiance(const struct imager_rbfo *rbfo, double kelvin) {
    if (kelvin < 1)
        return 0;
    double divisor = ib_exp(rbfo->b / kelvin) - rbfo->f;
    // F far from 1 makes the curve blow up at temperatures nobody calibrates for.
    return rbfo->r / (divisor > 0.05 ? divisor : 0.05);
}

static void make_radiance(struct ib_sim_imager *self, const struct imager_rbfo *rbfo) {
    for (int i = 0; i <= IB_SIM_RADIANCE_STEPS; i++)
        self->radiance_of_k[i] = (float)radiance(rbfo, (double)IB_SIM_RADIANCE_FIRST_K +
                                                           (double)IB_SIM_RADIANCE_STEP_K * i);
    self->radiance_slope = (float)(radiance(rbfo, 300.5) - radiance(rbfo, 299.5));
}

static double share(uint16_t word) {
    double v = word / UNITY;
    return v < 0.01 ? 0.01 : v > 1 ? 1 : v;
}

/// To the nearest; `v` is not negative.
static uint16_t clip16(double v) {
    uint32_t halves = (uint32_t)((v < 65535 ? v : 65535) * 2);
    return (uint16_t)((halves + 1) / 2);
}

/// Temperature by counts: W = ((S - O - rw Wr - (1 - tw - rw) Ww) / tw - (1 - ta) Wa) / ta, and
/// from that W(scene) = (W - (1 - e) Wb) / e.
static void make_kelvin(struct ib_sim_imager *self, const struct imager_rbfo *rbfo,
                        const uint16_t flux[8]) {
    double e = share(flux[0]), tw = share(flux[2]), ta = share(flux[4]);
    double rw = flux[6] / UNITY;
    if (rw > 1 - tw)
        rw = 1 - tw;
    double lost = rw * radiance(rbfo, flux[7] / 100.0) +
                  (1 - tw - rw) * radiance(rbfo, flux[3] / 100.0) + rbfo->o;
    double air = (1 - ta) * radiance(rbfo, flux[5] / 100.0);
    double background = (1 - e) * radiance(rbfo, flux[1] / 100.0);
    for (int counts = 0; counts <= IMAGER_MAX_COUNTS; counts++) {
        double w = (((counts - lost) / tw - air) / ta - background) / e;
        double kelvin = 0;
        if (w > 0) {
            double argument = rbfo->r / w + rbfo->f;
            kelvin = argument > 1.0001 ? rbfo->b / ib_ln(argument) : 65535;
        }
        self->ck_of_counts[counts] = clip16(kelvin * 100);
        self->dk_of_counts[counts] = clip16(kelvin * 10);
    }
}

void ib_sim_imager_tables(struct ib_sim_imager *self,
                          const struct ib_sim_imager_settings *settings) {
    const struct ib_sim_imager_settings *old = &self->cached;
    bool curve = self->tables_valid && old->low_gain == settings->low_gain &&
                 memcmp(old->rbfo_high, settings->rbfo_high, sizeof old->rbfo_high) == 0 &&
                 memcmp(old->rbfo_low, settings->rbfo_low, sizeof old->rbfo_low) == 0;
    bool flux = curve && memcmp(old->flux, settings->flux, sizeof old->flux) == 0;
    if (flux)
        return;
    struct imager_rbfo rbfo = ib_sim_imager_rbfo(settings);
    if (!curve)
        make_radiance(self, &rbfo);
    make_kelvin(self, &rbfo, settings->flux);
    self->cached = *settings;
    self->tables_valid = true;
}
