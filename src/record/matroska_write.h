/// A Matroska film with two tracks, written: 1 to be looked at (JPEG pictures), 2 the exact pixels
/// (FFV1, 16-bit grey), each with its frame record as a block addition.
///
/// There are no files here: each function gives bytes to append, or a patch for bytes that were
/// appended before. The file is a valid film after every appended piece, also if nothing follows:
/// segment and cluster begin with unknown sizes, as live streams have them. A cluster lasts a
/// second. Sizes, duration and index are put in when they are known.
///
/// The struct may be copied: to take a piece back that could not be appended, go on with the copy
/// from before.
/// Source:  RFC 8794 (EBML), RFC 9559 (Matroska).
#ifndef IB_RECORD_MATROSKA_WRITE_H
#define IB_RECORD_MATROSKA_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MKV_CUES 2048 ///< places in the index; when it is full every second one goes
/// Room that is always enough for the start, for the index, and around a frame's payload.
#define IB_MKV_START_BYTES 4096
#define IB_MKV_END_BYTES (16 + IB_MKV_CUES * 48)
#define IB_MKV_AROUND_BYTES 128

struct ib_mkv_cue {
    uint64_t time_ms;
    uint64_t cluster; ///< where it begins, from the segment's data on
};

/// What the start says. Texts are borrowed; empty ones are left out, longer than 64 bytes are cut.
struct ib_mkv_film {
    int64_t start_us;    ///< Unix time of the first frame; films know 1708 to 2293
    uint16_t seen_width; ///< of the JPEG pictures
    uint16_t seen_height;
    uint16_t width_px; ///< of the exact ones
    uint16_t height_px;
    const uint8_t *config; ///< FFV1's configuration record, up to 256 bytes
    size_t config_size;
    const char *application; ///< "ironbow 0.1"
    const char *camera;
    const char *model;
    const char *serial;
    const char *firmware;
    const char *palette;
    const char *unit;  ///< of the first frame's pixels: "kelvin", "counts", "grey"
    const char *scale; ///< kelvin per count: "0.01"
};

struct ib_mkv_writer {
    uint64_t size; ///< bytes appended so far
    uint64_t info_at;
    uint64_t tracks_at;
    uint64_t tags_at;
    uint64_t cluster_at; ///< 0: none is open
    uint64_t cluster_ms;
    uint64_t last_ms;
    struct ib_mkv_cue *cues; ///< keeps IB_MKV_CUES of the caller's
    uint32_t cue_count;
    uint32_t cue_every; ///< clusters a cue
    uint32_t clusters;
};

/// Bytes to be replaced.
struct ib_mkv_patch {
    uint64_t offset;
    size_t size;
    uint8_t bytes[96];
};

/// Begin. Gives what comes first in the file.
/// Return: the size.
/// Errors: IB_E_NO_SPACE.
int ib_mkv_begin(struct ib_mkv_writer *self, struct ib_mkv_cue cues[IB_MKV_CUES], uint8_t *out,
                 size_t capacity, const struct ib_mkv_film *film);

/// Whether the open cluster has lasted long enough. Then: end it, patch, and go on.
bool ib_mkv_cluster_is_due(const struct ib_mkv_writer *self, uint64_t time_ms);
/// End the open cluster. Return: whether there was one; then `out` gives it its size.
bool ib_mkv_end_cluster(struct ib_mkv_writer *self, struct ib_mkv_patch *out);

struct ib_mkv_piece {
    const uint8_t *bytes;
    size_t size;
};

/// One frame on both tracks. Opens a cluster when none is.
/// Units:  `time_ms` since the first frame; earlier than the last one is taken for the last one's.
/// Return: the size.
/// Errors: IB_E_NO_SPACE, IB_E_RANGE (the open cluster was due long ago).
int ib_mkv_frame(struct ib_mkv_writer *self, uint8_t *out, size_t capacity, uint64_t time_ms,
                 struct ib_mkv_piece seen, struct ib_mkv_piece exact, struct ib_mkv_piece record);

/// The index, after the last cluster was ended.
/// Return: the size, 0 when there is nothing to index.
/// Errors: IB_E_NO_SPACE.
int ib_mkv_index(struct ib_mkv_writer *self, uint8_t *out, size_t capacity);

/// The last three patches: table of contents, duration, the segment's size. `index_size`: as
/// appended, 0 when it was not.
void ib_mkv_end(const struct ib_mkv_writer *self, size_t index_size, struct ib_mkv_patch out[3]);

#ifdef __cplusplus
}
#endif

#endif
