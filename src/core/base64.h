/// Base64 with the standard alphabet and `=` padding, on one line (RFC 4648, section 4).
#ifndef IB_CORE_BASE64_H
#define IB_CORE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Characters needed for `size` bytes, without a terminator.
#define IB_BASE64_CHARS(size) (((size) + 2) / 3 * 4)

/// Encode; writes exactly IB_BASE64_CHARS(size) characters and no terminator.
/// Return: the number of characters.
/// Cost:   vector code where the processor has it (chosen at run time), the same text everywhere.
size_t ib_base64_encode(char *out, const void *data, size_t size);

/// The plain path alone, whatever the processor: what `ib_base64_encode` is held against.
size_t ib_base64_encode_portable(char *out, const void *data, size_t size);

/// Decode `size` characters; '\r', '\n' and ' ' between groups are skipped, everything else must be
/// exact.
/// Return: the number of bytes written to `out`.
/// Errors: IB_E_FORMAT for a foreign character, wrong padding or a cut group; IB_E_NO_SPACE when
///         `capacity` is too small.
int ib_base64_decode(void *out, size_t capacity, const char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
