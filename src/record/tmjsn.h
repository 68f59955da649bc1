/// A recording in the .tmjsn format, over plain bytes: image JSON, 0x03, image JSON, 0x03, …, then
/// one {"video_info":…} JSON and 0x03. What is written and what is read back.
///
/// There are no files here: the writer gives the pieces to append, in order; the reader is shown a
/// window of the bytes. Every image is a whole record, so a recording that was cut off anywhere (no
/// power, card pulled, card full) keeps each image that was written whole. Footers of others differ
/// in the order of their members, in padding, and in whether a 0x03 follows.
#ifndef IB_RECORD_TMJSN_H
#define IB_RECORD_TMJSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/image_json.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_TMJSN_END 0x03 ///< after each record
#define IB_TMJSN_VERSION 1

/// Room that is always enough for one image and its end, and for the footer and its end.
#define IB_TMJSN_RECORD_BYTES (IB_IMAGE_JSON_BYTES + 1)
#define IB_TMJSN_INFO_BYTES 768

/// What the footer says. Times and dates are texts as in an image's metadata; the first and the
/// last image's.
struct ib_tmjsn_info {
    char start_time[24]; ///< "H:MM:SS.m"
    char start_date[24]; ///< "M/D/YY"
    char end_time[24];
    char end_date[24];
    uint32_t frames;  ///< images in the recording
    uint32_t gaps;    ///< places between two of them where frames are missing; written when not 0
    uint32_t version; ///< of the format
};

// Writing: append ib_tmjsn_write_image's bytes, then ib_tmjsn_count it; at the end append
// ib_tmjsn_write_info's. Count only what was stored, and the footer tells the truth.

/// One record: the image's JSON and its end.
/// Return: the size.
/// Errors: IB_E_NO_SPACE, IB_E_UNSUPPORTED as ib_image_json_write.
int ib_tmjsn_write_image(char *out, size_t capacity, const struct ib_frame *frame,
                         const struct ib_image_metadata *metadata);

/// A recording begins (or: nothing is known about one yet).
void ib_tmjsn_begin(struct ib_tmjsn_info *self);
/// One more image is in the recording. `after_gap`: frames are missing between it and the one before
/// (the first image of a recording comes after nothing). Times longer than the room are cut.
void ib_tmjsn_count(struct ib_tmjsn_info *self, const char *time, const char *date, bool after_gap);
/// The footer and its end: end_date, end_time, num_frames, start_date, start_time, version.
/// Return: the size.
/// Errors: IB_E_NO_SPACE; never with IB_TMJSN_INFO_BYTES.
int ib_tmjsn_write_info(char *out, size_t capacity, const struct ib_tmjsn_info *self);

// Reading.

enum ib_tmjsn_kind {
    IB_TMJSN_IMAGE = 1,
    IB_TMJSN_INFO,    ///< the footer
    IB_TMJSN_DAMAGED, ///< neither; the next record may be whole
};

/// A record, found in the window.
struct ib_tmjsn_record {
    enum ib_tmjsn_kind kind;
    const char *text; ///< its JSON, in the window; not of a damaged one
    size_t size;      ///< without padding; holds neither 0x02 nor 0x03
    size_t used;      ///< bytes of the window that it takes, its end included: the next begins here
};

/// The next record of a window of `size` bytes that begins where a record begins. `last`: nothing
/// follows the window. Show at least IB_TMJSN_RECORD_BYTES at a time while there are as many: a
/// window as long as that without an end of record is a damaged record.
/// Return: 1 with `out` filled; 0: more is needed, or with `last` the end.
/// Cost:   one pass over the record.
int ib_tmjsn_next(const char *window, size_t size, bool last, struct ib_tmjsn_record *out);

/// The footer's members, in any order; one that is missing stays empty or 0.
/// Errors: IB_E_FORMAT (no JSON), IB_E_NOT_FOUND (no `video_info`), IB_E_TYPE; texts too long for
///         their room and numbers that are none count as missing.
int ib_tmjsn_read_info(const char *text, size_t size, struct ib_tmjsn_info *out);

/// When an image was taken, as its metadata says; what is missing becomes "".
/// Errors: IB_E_FORMAT, IB_E_TYPE.
int ib_tmjsn_image_time(const char *text, size_t size, char time[24], char date[24]);

#ifdef __cplusplus
}
#endif

#endif
