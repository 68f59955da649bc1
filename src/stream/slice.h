/// A run of characters in somebody else's buffer: what parsers of text protocols hand out.
#ifndef IB_STREAM_SLICE_H
#define IB_STREAM_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Not NUL-terminated. Empty: `size` 0, and `at` may be NULL.
struct ib_slice {
    const char *at;
    size_t size;
};

struct ib_slice ib_slice_of(const char *text);
/// Equal, byte by byte.
bool ib_slice_is(struct ib_slice self, const char *text);
/// Equal without regard to ASCII case.
bool ib_slice_same(struct ib_slice self, const char *text);
/// Whether it begins with `prefix`, without regard to ASCII case.
bool ib_slice_begins(struct ib_slice self, const char *prefix);
/// Without spaces and tabs at both ends.
struct ib_slice ib_slice_trim(struct ib_slice self);
/// Digits only, at least one. Return: false, too, when it is more than `most`.
bool ib_slice_u64(struct ib_slice self, uint64_t most, uint64_t *out);
/// As a C string. Errors: IB_E_NO_SPACE when it does not fit. Return: its length.
int ib_slice_copy(struct ib_slice self, char *out, size_t capacity);

/// Cut at the first `mark`: `*rest` is what comes after it, empty when there is none.
/// Return: what comes before.
struct ib_slice ib_slice_cut(struct ib_slice self, char mark, struct ib_slice *rest);

/// Take the next element of a list like `a, b;c="x,y", d` apart at `mark` (a comma, a semicolon).
/// A mark between double quotes is part of the element. Empty elements are left out, as HTTP says.
/// Shape:  start with a copy of the list; it shrinks. `*element` is trimmed.
/// Return: false at the end.
/// Source: RFC 9110 5.6.1, 5.6.4.
bool ib_slice_next(struct ib_slice *list, char mark, struct ib_slice *element);

#ifdef __cplusplus
}
#endif

#endif
