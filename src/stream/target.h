/// What a request is about: its target taken apart, and percent escapes read safely.
///
/// Source:  RFC 3986; RFC 9112 section 3.2; RFC 2326 section 3.2.
#ifndef IB_STREAM_TARGET_H
#define IB_STREAM_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "stream/slice.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_target {
    struct ib_slice scheme;    ///< "http", "rtsp"; empty in `/path` and `*`
    struct ib_slice authority; ///< "host:port"; empty likewise
    struct ib_slice path;      ///< begins with `/`, still escaped; or `*`
    struct ib_slice query;     ///< after the `?`, still escaped
};

/// `/path?query`, `scheme://authority/path?query` (an absent path is "/"), or `*`.
/// Return: false for anything else; a fragment (`#`) does not belong into a request.
bool ib_target_split(struct ib_slice target, struct ib_target *out);

/// The next component of a path: `/a/b/` gives "a", "b". Empty ones are skipped.
/// Shape:  start with a copy of `path`; it shrinks. Return: false at the end.
bool ib_target_component(struct ib_slice *path, struct ib_slice *component);

/// One component without its escapes, as a C string fit to be a file's name: "." and "..", a slash,
/// a backslash and control characters, escaped or not, are refused.
/// Return: its length.
/// Errors: IB_E_FORMAT (an escape is not %XX), IB_E_REFUSED, IB_E_NO_SPACE.
int ib_target_decode(struct ib_slice component, char *out, size_t capacity);

/// The value of `name` in a query like `a=1&b=x%20y+z`: escapes and `+` for space are read, control
/// characters refused. The first one counts; without `=` it is "".
/// Return: its length.
/// Errors: IB_E_NOT_FOUND, IB_E_FORMAT, IB_E_REFUSED, IB_E_NO_SPACE.
int ib_target_query(struct ib_slice query, const char *name, char *out, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
