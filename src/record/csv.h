/// Frames as text for spreadsheets: one frame as rows of numbers, or one line a frame with its
/// extremes. RFC 4180's commas, a point before the decimals, '\n' at the end of lines.
///
/// Pixels that are no temperatures are written as the counts they are, whatever unit was asked for,
/// and the text says so.
#ifndef IB_RECORD_CSV_H
#define IB_RECORD_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ib_csv_unit { IB_CSV_CELSIUS, IB_CSV_FAHRENHEIT, IB_CSV_KELVIN, IB_CSV_COUNTS };

#define IB_CSV_DECIMALS 2

/// Room that is always enough for a row of `width` pixels and for each of the other lines.
#define IB_CSV_ROW_BYTES(width) ((size_t)(width)*10 + 2)
#define IB_CSV_LINE_BYTES 512

/// The unit that a frame's numbers are written in: the wanted one, or counts.
enum ib_csv_unit ib_csv_unit_of(const struct ib_frame *frame, enum ib_csv_unit wanted);
/// "C", "F", "K", "counts", "grey"
const char *ib_csv_unit_name(const struct ib_frame *frame, enum ib_csv_unit wanted);

/// "# ironbow frame=1 time=… width=160 height=120 unit=C decimals=2 gain=high ffc=done": what the
/// rows below are. `moment` is the time as text, without blanks.
/// Return: the size, without a terminator (of all of these). Errors: IB_E_NO_SPACE.
int ib_csv_title(char *out, size_t capacity, const struct ib_frame *frame, enum ib_csv_unit wanted,
                 const char *moment);

/// Row `y` of the frame.
int ib_csv_row(char *out, size_t capacity, const struct ib_frame *frame, enum ib_csv_unit wanted,
               uint16_t y);

/// The names of the columns that ib_csv_summary writes.
int ib_csv_summary_title(char *out, size_t capacity);
/// One line of a frame: number, time, unit, minimum and maximum with their places, mean, FFC state,
/// gain, whether frames are missing before it.
/// Errors: IB_E_NO_SPACE, IB_E_RANGE without pixels.
/// Cost:   one pass over the pixels.
int ib_csv_summary(char *out, size_t capacity, const struct ib_frame *frame,
                   enum ib_csv_unit wanted, const char *moment);

#ifdef __cplusplus
}
#endif

#endif
