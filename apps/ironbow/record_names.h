/// How files call things: units, FFC states, and the module that made them. (Gains: report.h.)
#ifndef IB_APP_RECORD_NAMES_H
#define IB_APP_RECORD_NAMES_H

#include <stdio.h>
#include <string.h>

#include "core/frame.h"

static inline const char *ib_app_unit_name(uint8_t unit) {
    return unit == IB_UNIT_KELVIN ? "kelvin" : unit == IB_UNIT_GREY8 ? "grey" : "counts";
}

static inline const char *ib_app_ffc_name(uint8_t state) {
    static const char *const NAMES[] = {"never", "imminent", "running", "done"};
    return NAMES[state & 3];
}

/// `Model` of the image JSON, bits 9:8 (tCam firmware 3): 0 = 3.5, 1 = 3.0 (no temperatures), 2 =
/// 3.1R.
static inline uint32_t ib_app_tcam_model_of(const char *model) {
    return strcmp(model, "lepton3.5") == 0 || strcmp(model, "lepton2.5") == 0 ? 0
           : strcmp(model, "lepton3.1R") == 0                                 ? 2u << 8
                                                                              : 1u << 8;
}

/// A module's name ("3.5") as recordings say it: "lepton3.5"; a 3.0 is "lepton3" in CPTV.
static inline void ib_app_model_text(char *out, size_t size, const char *name) {
    snprintf(out, size, "%s%s", name[0] ? "lepton" : "", strcmp(name, "3.0") == 0 ? "3" : name);
}

#endif
