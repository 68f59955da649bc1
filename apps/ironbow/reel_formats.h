/// What reel.c and the formats' readers share; nobody else includes it.
#ifndef IB_APP_REEL_FORMATS_H
#define IB_APP_REEL_FORMATS_H

#include "apps/ironbow/reel.h"

/// Larger pictures are refused: no camera that we know makes them.
#define IB_APP_REEL_MOST_PX (640u * 512u)

/// Where a problem is told.
struct ib_app_reel_say {
    char *text;
    size_t size;
};

/// One format. `path` is a regular file.
struct ib_app_reel_kind {
    const char *name;
    /// Sets `state`, fills `info` as far as the file's start says it.
    int (*open)(struct ib_app_reel *self, struct ib_app_reel_say say);
    /// Fills `frame` and `*wall_us`. Return: 1, 0 at the end, -1. At the end of a file that was cut
    /// off, sets `truncated` and says where.
    int (*next)(struct ib_app_reel *self, int64_t *wall_us, struct ib_app_reel_say say);
    int (*rewind)(struct ib_app_reel *self, struct ib_app_reel_say say);
    /// Bytes of the file that have been read.
    uint64_t (*position)(const struct ib_app_reel *self);
    void (*close)(struct ib_app_reel *self);
};

struct ib_app_reel {
    const struct ib_app_reel_kind *kind;
    char path[1024];
    uint64_t file_bytes;
    struct ib_app_reel_info info;
    struct ib_frame frame;
    uint16_t *pixels; ///< IB_APP_REEL_MOST_PX
    uint32_t frames;  ///< given so far
    int64_t wall_us;  ///< of the last frame
    bool held;        ///< the first frame has been read, but not given
    bool ended;
    bool truncated;
    bool failed;
    char problem[256]; ///< why it failed, or where it was cut off
    void *state;       ///< the format's own
};

extern const struct ib_app_reel_kind ib_app_reel_tjsn;
extern const struct ib_app_reel_kind ib_app_reel_tmjsn;
extern const struct ib_app_reel_kind ib_app_reel_cptv;
extern const struct ib_app_reel_kind ib_app_reel_mkv;

/// Nothing says what the pixels mean, so they must: AGC makes 8 bits, the converter 14; what is
/// beyond those is TLinear in 0.01 K.
void ib_app_reel_infer_unit(struct ib_frame *frame);

/// Say it. Return: -1.
__attribute__((format(printf, 2, 3))) int ib_app_reel_fail(struct ib_app_reel_say say,
                                                           const char *format, ...);

#endif
