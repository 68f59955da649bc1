/// Headers of HTTP that mean something: which part, whether it changed, how packed, from where.
///
/// Source:  RFC 9110 sections 8.8.3, 12.5.3, 13.1, 14; RFC 6265; RFC 6454.
#ifndef IB_STREAM_HTTP_HEADERS_H
#define IB_STREAM_HTTP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Whether `If-None-Match` has `etag` (with its quotes; compared weakly) or is `*`.
bool ib_http_is_known(const struct ib_message *message, const char *etag);
/// Whether gzip may be sent: `Accept-Encoding` has it with a q that is not 0.
bool ib_http_accepts_gzip(const struct ib_message *message);

/// Read `Range` (and `If-Range`) of something `size` bytes long.
/// Return: 1: `*first` and `*count` (never 0) are it; 0: there is none that counts (several, another
///         unit, an older version), the whole is to be sent; -1: it lies outside (416).
int ib_http_range(const struct ib_message *message, uint64_t size, const char *etag,
                  uint64_t *first, uint64_t *count);

/// The value of a cookie; empty when there is none of that name.
struct ib_slice ib_http_cookie(const struct ib_message *message, const char *name);

/// "name", "name:8080", "127.0.0.1:80", "[::1]:8080".
struct ib_authority {
    struct ib_slice host; ///< without brackets
    bool address;         ///< a literal: IPv6 in brackets, or four decimal numbers
    unsigned port;        ///< 0: none said
};

/// Return: false when it is none.
bool ib_authority_read(struct ib_slice text, struct ib_authority *out);
/// The same host and port, where `default_port` is what none said means. Case does not matter.
bool ib_authority_same(const struct ib_authority *a, const struct ib_authority *b,
                       unsigned default_port);

#ifdef __cplusplus
}
#endif

#endif
