/// What the two formats' readers share with playback.c; nobody else includes it.
#ifndef IB_APP_PLAYBACK_FORMATS_H
#define IB_APP_PLAYBACK_FORMATS_H

#include <stdint.h>

#include "apps/ironbow/gunzip.h"
#include "apps/ironbow/playback.h"
#include "core/frame.h"
#include "record/cptv.h"
#include "sim/imager.h"

struct ib_app_playback {
    struct ib_sim_playback table;
    const struct ib_log *log;
    char path[1024];
    char about[160];
    unsigned frames;
    uint16_t pixels[IB_SIM_MAX_PX];
    struct ib_frame image;     ///< .tjsn: the one frame, in `pixels`
    struct ib_app_gunzip file; ///< CPTV
    struct ib_cptv clip;
    bool header_seen;
    uint8_t input[16384];
    size_t input_size;
    size_t input_used;
    char problem[256]; ///< CPTV: why `next` failed
};

/// Each opens its kind and checks the whole file.
int ib_app_playback_open_cptv(struct ib_app_playback *self, char *problem, size_t problem_size);
int ib_app_playback_open_tjsn(struct ib_app_playback *self, char *problem, size_t problem_size);

#endif
