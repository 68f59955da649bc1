/// JSON without a heap: a reader over the text where it lies, and a writer into the caller's
/// storage.
///
/// The reader accepts exactly what cJSON-based firmware accepts, because that is what tCam clients
/// were tested against: any byte <= 0x20 is white space, a UTF-8 byte order mark may come first,
/// keys match without regard to ASCII case, the first of two equal keys wins, whatever follows the
/// value is ignored, numbers are whatever strtod takes from characters [0-9+-.eE] after a leading
/// digit or '-' (so 01 and 1. are numbers, .5 and +1 are not), control characters may stand inside
/// strings, nesting is limited to 1000. docs/SPEC-tcam.md says the same to people.
#ifndef IB_CORE_JSON_H
#define IB_CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_JSON_NESTING 1000

enum ib_json_type {
    IB_JSON_NULL,
    IB_JSON_FALSE,
    IB_JSON_TRUE,
    IB_JSON_NUMBER,
    IB_JSON_STRING,
    IB_JSON_ARRAY,
    IB_JSON_OBJECT,
};

/// One value: a span of a text that `ib_json_parse` has checked. Borrowed from that text.
struct ib_json_value {
    enum ib_json_type type;
    const char *text; ///< first character of the value (the quote, brace, digit …)
    size_t size;      ///< characters of the value
};

/// Check one value at the start of `text` and describe it.
/// Return: IB_OK.
/// Errors: IB_E_FORMAT when it is not JSON (or nested deeper than 1000).
/// Cost:   one pass, no recursion, under 512 bytes of stack. A NUL byte ends the text, as in C.
int ib_json_parse(struct ib_json_value *out, const char *text, size_t size);

/// The member of an object.
/// Errors: IB_E_TYPE when `object` is no object, IB_E_NOT_FOUND.
int ib_json_member(const struct ib_json_value *object, const char *key, struct ib_json_value *out);

/// Walk an array or object: start with *cursor = 0; fills `value` (and `key` for objects; may be
/// NULL).
/// Return: 1 while there is a value, 0 at the end.
/// Errors: IB_E_TYPE.
int ib_json_next(const struct ib_json_value *container, size_t *cursor, struct ib_json_value *key,
                 struct ib_json_value *value);

/// A number as integer: fractions truncated, saturated to int32; true is 1 and false 0.
/// Errors: IB_E_TYPE for anything else.
int ib_json_int(const struct ib_json_value *value, int32_t *out);

/// A number as double.
/// Errors: IB_E_TYPE.
int ib_json_double(const struct ib_json_value *value, double *out);

/// A string, unescaped to UTF-8 and NUL-terminated (an embedded \u0000 ends it, as in C).
/// Return: the length without the terminator.
/// Errors: IB_E_TYPE, IB_E_NO_SPACE.
int ib_json_string(const struct ib_json_value *value, char *out, size_t capacity);

/// A string in pieces, unescaped as above: start with *cursor = 0, room for `capacity` >= 4 bytes,
/// no terminator.
/// Return: the bytes of this piece, 0 at the end.
/// Errors: IB_E_TYPE.
int ib_json_unescape(const struct ib_json_value *value, size_t *cursor, char *out, size_t capacity);

/// The raw characters between the quotes, borrowed, when the string holds no escape at all.
/// Errors: IB_E_TYPE when no string, IB_E_FORMAT when it holds a backslash.
int ib_json_raw(const struct ib_json_value *value, const char **out, size_t *size);

/// Tightly printed JSON into the caller's storage. Commas and colons come by themselves.
struct ib_json_writer {
    char *out;       ///< keeps the caller's storage; NUL-terminated by ib_json_finish
    size_t capacity; ///< bytes, including the terminator
    size_t size;     ///< characters so far
    bool cut;        ///< did not fit: nothing after that point was written
    bool comma;      ///< the next value needs one before it
};

void ib_json_begin(struct ib_json_writer *self, char *out, size_t capacity);
/// `key` NULL inside arrays and at the top.
void ib_json_open_object(struct ib_json_writer *self, const char *key);
void ib_json_close_object(struct ib_json_writer *self);
void ib_json_open_array(struct ib_json_writer *self, const char *key);
void ib_json_close_array(struct ib_json_writer *self);
void ib_json_put_int(struct ib_json_writer *self, const char *key, int64_t value);
void ib_json_put_bool(struct ib_json_writer *self, const char *key, bool value);
void ib_json_put_null(struct ib_json_writer *self, const char *key);
/// A decimal number: `value` in 1/10^places ("27.31" for 2731, 2).
void ib_json_put_fixed(struct ib_json_writer *self, const char *key, int64_t value,
                       unsigned places);
/// Escapes quotes, backslashes and control characters as cJSON prints them (\b \f \n \r \t,
/// \u00xx). A byte that is not part of well-formed UTF-8 becomes U+FFFD.
void ib_json_put_string(struct ib_json_writer *self, const char *key, const char *value);
void ib_json_put_base64(struct ib_json_writer *self, const char *key, const void *data,
                        size_t size);
/// Return: the length.
/// Errors: IB_E_NO_SPACE when anything did not fit.
int ib_json_finish(struct ib_json_writer *self);

#ifdef __cplusplus
}
#endif

#endif
