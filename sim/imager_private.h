/// What the files of the imager share. Private to sim/imager*.c.
#ifndef IB_SIM_IMAGER_PRIVATE_H
#define IB_SIM_IMAGER_PRIVATE_H

#include "sim/imager.h"

#define IMAGER_MAX_COUNTS 16383

/// A part of the picture, ends included and inside it.
struct imager_span {
    unsigned x0, y0, x1, y1;
};

struct imager_span ib_sim_imager_span_columns_first(const struct ib_sim_imager *self,
                                                    const uint16_t roi[4]);

struct imager_sums {
    uint16_t min, max, mean;
    uint32_t px;
};

/// Fill `result` from `counts` and `unit`; scene statistics through `map` when it is not NULL.
void ib_sim_imager_results(const struct ib_sim_imager *self,
                           const struct ib_sim_imager_settings *settings, const uint16_t *map,
                           struct ib_sim_imager_result *result);

/// Make the tables fit the settings; cheap when nothing that matters has changed.
void ib_sim_imager_tables(struct ib_sim_imager *self,
                          const struct ib_sim_imager_settings *settings);
/// R, B, F, O of the gain in effect, or FLIR's defaults where the registers hold nonsense.
struct imager_rbfo {
    double r, b, f, o;
};
struct imager_rbfo ib_sim_imager_rbfo(const struct ib_sim_imager_settings *settings);

/// `out` from `counts` by the damped map.
void ib_sim_imager_agc(struct ib_sim_imager *self, const struct ib_sim_imager_settings *settings,
                       const struct imager_sums *histogram, uint16_t *out);

#endif
