/// What recording.c and the formats' writers share; nobody else includes it.
#ifndef IB_APP_RECORDING_FORMATS_H
#define IB_APP_RECORDING_FORMATS_H

#include <stdbool.h>

#include "apps/ironbow/recording.h"
#include "ports/linux/append_file.h"

/// Where a problem is told.
struct ib_app_say {
    char *text;
    size_t size;
};

/// One format. Each function appends whole records to `file`, or nothing and fails.
struct ib_app_recording_kind {
    const char *ending; ///< ".cptv"
    /// The first frame is known: reserve, write the start. Sets `state`.
    int (*begin)(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
                 struct ib_app_say say);
    int (*add)(struct ib_app_recording *self, const struct ib_frame *frame, int64_t wall_us,
               struct ib_app_say say);
    /// The footer, the index. Comes also after a failed `add`.
    int (*end)(struct ib_app_recording *self, struct ib_app_say say);
    /// Frees `state`.
    void (*free)(struct ib_app_recording *self);
};

struct ib_app_recording {
    const struct ib_app_recording_kind *kind;
    struct ib_append_file file;
    struct ib_app_recording_config config; ///< its texts point to those below
    char camera[65];
    char firmware[33];
    char model[33];
    char palette[33];
    uint32_t frames;
    uint16_t width_px; ///< 0: no frame yet
    uint16_t height_px;
    int64_t first_us; ///< Unix time of the first frame
    int failed;       ///< a status: no more is taken
    void *state;      ///< the format's own
};

extern const struct ib_app_recording_kind ib_app_recording_tmjsn;
extern const struct ib_app_recording_kind ib_app_recording_cptv;
extern const struct ib_app_recording_kind ib_app_recording_mkv;

/// Errors: IB_E_UNSUPPORTED with the text.
int ib_app_recording_cannot(struct ib_app_say say, const char *format, const char *what);
/// Errors: IB_E_NO_SPACE.
int ib_app_recording_no_memory(struct ib_app_say say);

#endif
