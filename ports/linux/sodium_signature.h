/// Ed25519 through libsodium: an `ib_signature` that knows one public key, and making signatures.
///
/// Signed is the text "ironbow update 1" followed by the 32 bytes of the image's SHA-256.
#ifndef IB_PORTS_LINUX_SODIUM_SIGNATURE_H
#define IB_PORTS_LINUX_SODIUM_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "bus/signature.h"

#define IB_SODIUM_PUBLIC_BYTES 32
#define IB_SODIUM_SECRET_BYTES 64

struct ib_sodium_signature {
    struct ib_signature signature; ///< hand this to the engines
    uint8_t public_key[IB_SODIUM_PUBLIC_BYTES];
};

/// Key files are one line of base64 (public: 32 bytes, secret: 64) and at most 4096 bytes long, '#'
/// begins a comment line, empty lines do not count.
/// Return: 0. Errors: a negative errno (-EINVAL: not a key); `problem` (may be NULL) says it in words,
///         with the path. Every signature is refused afterwards.
int ib_sodium_signature_open(struct ib_sodium_signature *self, const char *public_key_path,
                             char *problem, size_t problem_size);
/// Make a pair: `path` (secret, mode 0600) and `path`.pub (mode 0644). Neither is ever replaced.
/// Errors: -EEXIST, …; nothing new is there then.
int ib_sodium_make_keys(const char *path, char *problem, size_t problem_size);
/// Errors: -EINVAL also for a secret key whose halves do not belong together; `out` is zeros then.
int ib_sodium_sign(const char *secret_key_path, const uint8_t digest[IB_SIGNATURE_DIGEST_BYTES],
                   uint8_t out[IB_SIGNATURE_BYTES], char *problem, size_t problem_size);

#endif
