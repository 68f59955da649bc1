/// The exact track of a Matroska film, found again: a push parser over the file's bytes.
///
/// It looks for the first FFV1 track and gives each of its blocks, with our frame record when the
/// block has one. Everything else (other tracks, unknown elements, indexes) is skipped; live files
/// with unknown sizes are read as they are. Laced blocks and encoded (compressed, encrypted) tracks
/// are refused.
/// Source:  RFC 8794 (EBML), RFC 9559 (Matroska).
#ifndef IB_RECORD_MATROSKA_READ_H
#define IB_RECORD_MATROSKA_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_MKV_TEXT 65
#define IB_MKV_CONFIG_MOST 1024
#define IB_MKV_DEPTH 8

enum ib_mkv_event {
    IB_MKV_MORE = 0,  ///< all input used, feed more
    IB_MKV_TRACK = 1, ///< the track is known (so are tags that came before it)
    IB_MKV_FRAME = 2, ///< `block` and `record` hold a frame, until the next feed
};

struct ib_mkv_reader {
    // What the file says.
    int64_t start_us; ///< Unix time, 0 when not said
    uint64_t scale_ns;
    uint16_t width_px;
    uint16_t height_px;
    uint8_t config[IB_MKV_CONFIG_MOST]; ///< of the codec
    size_t config_size;
    char camera[IB_MKV_TEXT]; ///< tags; "" when not said
    char model[IB_MKV_TEXT];
    char serial[IB_MKV_TEXT];
    char firmware[IB_MKV_TEXT];
    char unit[IB_MKV_TEXT];
    char scale[IB_MKV_TEXT];
    // A frame.
    const uint8_t *block;
    size_t block_size;
    const uint8_t *record;
    size_t record_size; ///< 0: the block has none
    int64_t time_us;    ///< since the film's start
    uint32_t frames;
    // Where it is.
    uint64_t position;
    const char *problem; ///< after an error
    // The parser's own.
    uint8_t *storage; ///< keeps the caller's
    size_t capacity;
    int state;
    uint64_t value;
    uint32_t id;
    unsigned length;
    unsigned got;
    uint64_t left;
    unsigned depth;
    struct ib_mkv_level {
        uint32_t id;
        uint64_t end;
    } level[IB_MKV_DEPTH];
    size_t held;
    uint8_t small[IB_MKV_TEXT];
    uint64_t cluster_time;
    uint64_t number; ///< of the track, 0: not found yet
    struct {
        uint64_t number;
        uint64_t width;
        uint64_t height;
        bool ffv1;
        bool vfw;
        bool encoded;
    } track; ///< under way
    char tag[IB_MKV_TEXT];
    char tag_value[IB_MKV_TEXT];
    uint64_t addition_id;
    size_t record_at;
    bool in_block; ///< a block of ours is in the storage
    bool known_doc;
    bool segment; ///< has begun
};

/// `storage` is kept: the largest block with its record that is accepted.
void ib_mkv_reader_init(struct ib_mkv_reader *self, uint8_t *storage, size_t capacity);

/// Feed bytes; stops at each event. `*used` says how many were taken; feed the rest again.
/// Return: enum ib_mkv_event.
/// Errors: IB_E_FORMAT, IB_E_NO_SPACE (a block larger than the storage), IB_E_NOT_FOUND (a film
///         without an FFV1 track), IB_E_UNSUPPORTED; `problem` and `position` say what and where;
///         the reader stays in error.
int ib_mkv_reader_feed(struct ib_mkv_reader *self, const uint8_t *bytes, size_t size, size_t *used);

/// At the end of input.
/// Errors: IB_E_TRUNCATED inside of an element, and for a live file that was never finished;
///         IB_E_NOT_FOUND when no track was found.
int ib_mkv_reader_end(const struct ib_mkv_reader *self);

#ifdef __cplusplus
}
#endif

#endif
