/// The kinds of Lepton, as data.
///
/// Source: engineering data sheet rev 200, ordering information and optics; part numbers as
/// software reads them back (OEM 0x481C). Not published: the UW's shutter and radiometry; it is
/// modelled as a shuttered part without radiometry and 160 degrees.

#include "sim/lepton_private.h"

#include <string.h>

#define HOT_80_C_K 353.15f
#define HOT_65_C_K 338.15f

static const struct ib_sim_lepton_model models[] = {
    // name, part number, pixels, field of view, shutter, radiometric, shutter's upper limit
    {"1.5", "500-0643-00", 80, 60, 50, false, false, HOT_80_C_K},
    {"1.5-0659", "500-0659-00", 80, 60, 50, false, false, HOT_80_C_K},
    {"1.6", "500-0690-00", 80, 60, 25, false, false, HOT_80_C_K},
    {"2.0", "500-0659-01", 80, 60, 50, true, false, HOT_65_C_K},
    {"2.5", "500-0763-01", 80, 60, 50, true, true, HOT_80_C_K},
    {"3.0", "500-0726-01", 160, 120, 57, true, false, HOT_65_C_K},
    {"3.1R", "500-0758-03", 160, 120, 95, true, true, HOT_80_C_K},
    {"3.5", "500-0771-01", 160, 120, 57, true, true, HOT_80_C_K},
    {"3.5-FS", "500-0771-FS1", 160, 120, 57, true, true, HOT_80_C_K},
    {"UW", "500-1387-00", 160, 120, 160, true, false, HOT_80_C_K},
};

const struct ib_sim_lepton_model *ib_sim_lepton_model_named(const char *name) {
    for (size_t i = 0; name && i < sizeof models / sizeof models[0]; i++) {
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    }
    return NULL;
}
