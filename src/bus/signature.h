/// Checking a signature as a table: who may sign, and how, is known behind it.
#ifndef IB_BUS_SIGNATURE_H
#define IB_BUS_SIGNATURE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_SIGNATURE_BYTES 64
#define IB_SIGNATURE_DIGEST_BYTES 32

struct ib_signature_ops {
    /// Whether `signature` is a good one of `digest` (SHA-256 of the image, see docs/update.md).
    /// Return: IB_OK.
    /// Errors: IB_E_REFUSED when it is not.
    int (*verify)(void *context, const uint8_t digest[IB_SIGNATURE_DIGEST_BYTES],
                  const uint8_t signature[IB_SIGNATURE_BYTES]);
};

struct ib_signature {
    const struct ib_signature_ops *ops;
    void *context;
};

#ifdef __cplusplus
}
#endif

#endif
