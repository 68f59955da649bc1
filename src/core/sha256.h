/// SHA-256 of bytes that come piece by piece.
///
/// Not for secrets: nothing here resists timing. Source: FIPS 180-4, section 6.2.
#ifndef IB_CORE_SHA256_H
#define IB_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SHA256_BYTES 32

struct ib_sha256 {
    uint32_t state[8];
    uint64_t size_bytes;
    uint8_t block[64];
};

void ib_sha256_init(struct ib_sha256 *self);
void ib_sha256_feed(struct ib_sha256 *self, const void *bytes, size_t size);
/// The digest; `self` is used up.
void ib_sha256_finish(struct ib_sha256 *self, uint8_t out[IB_SHA256_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
