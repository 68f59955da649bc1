/// CPTV 1 and 2: thermal recordings of the Cacophony Project, read as a stream of plain (gunzipped)
/// bytes.
///
/// "CPTV", a version byte, a header section and frame sections of little-endian fields; pixels are
/// packed differences along a snake path, added to the frame before.
#ifndef IB_RECORD_CPTV_H
#define IB_RECORD_CPTV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_CPTV_TEXT 64

/// `motion` of our own recordings: what the numbers mean. Others write YAML about motion detection
/// there; so this is YAML too. The format itself has no place for it.
#define IB_CPTV_KELVIN_1 "ironbow: {unit: kelvin, scale_ck: 1}"
#define IB_CPTV_KELVIN_10 "ironbow: {unit: kelvin, scale_ck: 10}"
#define IB_CPTV_COUNTS "ironbow: {unit: counts}"
#define IB_CPTV_GREY "ironbow: {unit: grey}"

struct ib_cptv_header {
    uint8_t version; ///< 1 or 2
    uint16_t width_px;
    uint16_t height_px;
    uint64_t timestamp_us; ///< Unix time of the start
    uint8_t fps;           ///< 0 when not said
    char device[IB_CPTV_TEXT];
    char model[IB_CPTV_TEXT]; ///< "lepton3", "lepton3.5"; empty when not said
    char brand[IB_CPTV_TEXT];
    char firmware[IB_CPTV_TEXT];
    char motion[IB_CPTV_TEXT]; ///< YAML
    uint32_t serial;
    bool background_frame; ///< the first frame is a background, not part of the recording
};

struct ib_cptv_frame {
    uint32_t time_on_ms;  ///< since power-up (v2); v1: from the frame offsets
    uint64_t time_us;     ///< the same in microseconds, as fine as the file says it
    uint32_t last_ffc_ms; ///< time-on of the latest FFC, 0 when not said
    float fpa_c;          ///< NaN when not said
    float fpa_at_ffc_c;
    bool background;
    /// Field 'i', ours: others skip it. A frame has it when it is not an ordinary one.
    bool marked;
    uint32_t flags;    ///< enum ib_frame_flag, low 24 bits
    uint8_t ffc_state; ///< enum ib_ffc_state
};

enum ib_cptv_event {
    IB_CPTV_MORE = 0, ///< all input used, feed more
    IB_CPTV_HEADER = 1,
    IB_CPTV_FRAME = 2, ///< `pixels` holds the frame, until the next feed
};

struct ib_cptv {
    struct ib_cptv_header header;
    struct ib_cptv_frame frame;
    uint16_t *pixels; ///< keeps the caller's storage
    size_t capacity_px;
    uint32_t frames;     ///< so far
    uint64_t position;   ///< bytes so far: where an error is
    const char *problem; ///< what is wrong, after an error
    /// The reader's own state.
    int state;
    uint8_t fields_left;
    uint8_t field_code;
    uint32_t field_size;
    uint32_t field_done;
    uint8_t field[256];
    uint8_t bit_width;
    uint32_t frame_bytes;
    uint32_t frame_done;
    uint32_t pixel;
    uint64_t bits;
    uint8_t bit_count;
    int32_t running;
};

/// `storage` is kept: width x height pixels of the largest frame accepted.
void ib_cptv_init(struct ib_cptv *self, uint16_t *storage, size_t capacity_px);

/// Feed bytes; stops at each event. `*used` says how many were taken; feed the rest again.
/// Return: enum ib_cptv_event.
/// Errors: IB_E_FORMAT, IB_E_NO_SPACE (frame larger than the storage); `problem` and `position` say
///         what and where; the reader stays in error.
int ib_cptv_feed(struct ib_cptv *self, const uint8_t *bytes, size_t size, size_t *used);

/// At the end of input.
/// Errors: IB_E_TRUNCATED inside a section, IB_E_FORMAT when there was no header.
int ib_cptv_end(const struct ib_cptv *self);

#ifdef __cplusplus
}
#endif

#endif
