/// Base64 encoding with x86 vectors. Private to core: callers use ib_base64_encode.
#ifndef IB_CORE_BASE64_X86_H
#define IB_CORE_BASE64_X86_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
/// Encode whole groups of three bytes from the front, as many as the vectors take without reading
/// past `size`.
/// Return: the bytes taken, a multiple of 3; four thirds as many characters were written. The first
///         needs AVX2; the second AVX-512 VBMI.
size_t ib_base64_encode_avx2(char *out, const uint8_t *data, size_t size);
size_t ib_base64_encode_vbmi(char *out, const uint8_t *data, size_t size);
#endif

#endif
