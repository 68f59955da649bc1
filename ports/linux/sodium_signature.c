/// Ed25519 keys as files of one line, signatures through libsodium.
#include "ports/linux/sodium_signature.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/status.h"
#include "ports/linux/problem.h"
#include "ports/linux/storage_file.h"

#define KEY_FILE_MOST_BYTES 4096u
#define SIGNED_TEXT "ironbow update 1"
#define MESSAGE_BYTES (sizeof SIGNED_TEXT - 1 + IB_SIGNATURE_DIGEST_BYTES)

_Static_assert(IB_SODIUM_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "public keys");
_Static_assert(IB_SODIUM_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "secret keys");
_Static_assert(IB_SIGNATURE_BYTES == crypto_sign_BYTES, "signatures");

static int fail(int error, char *problem, size_t problem_size, const char *path, const char *why) {
    ib_problem(problem, problem_size, "%s: %s", path, why);
    return -error;
}

static bool ready(void) {
    return sodium_init() >= 0;
}

static void message_of(const uint8_t *digest, uint8_t out[MESSAGE_BYTES]) {
    memcpy(out, SIGNED_TEXT, sizeof SIGNED_TEXT - 1);
    memcpy(out + sizeof SIGNED_TEXT - 1, digest, IB_SIGNATURE_DIGEST_BYTES);
}

static int error_of(int status) {
    switch (status) {
    case IB_E_NOT_FOUND:
        return ENOENT;
    case IB_E_REFUSED:
        return EACCES;
    case IB_E_TYPE:
        return EISDIR;
    case IB_E_TIMEOUT:
        return ETIMEDOUT;
    case IB_E_NO_SPACE: // no key is that long
        return EINVAL;
    default:
        return EIO;
    }
}

/// The only line of `text` that is neither empty nor a comment, or NULL.
static const char *only_line(char *text) {
    const char *found = NULL;
    char *rest = text;
    for (const char *line; (line = strsep(&rest, "\r\n")) != NULL;) {
        line += strspn(line, " \t");
        if (!line[0] || line[0] == '#')
            continue;
        if (found)
            return NULL;
        found = line;
    }
    return found;
}

/// On failure `out` is zeros, and a secret leaves no trace.
static int read_key(const char *path, uint8_t *out, size_t size, const char *kind, char *problem,
                    size_t problem_size) {
    uint8_t *text;
    size_t length, decoded = 0;
    memset(out, 0, size);
    if (!ready())
        return fail(EIO, problem, problem_size, path, "libsodium does not start");
    int status =
        ib_storage_file_read(path, KEY_FILE_MOST_BYTES, &text, &length, problem, problem_size);
    if (status != IB_OK)
        return -error_of(status);
    const char *line = strlen((char *)text) == length ? only_line((char *)text) : NULL;
    bool good = line &&
                sodium_base642bin(out, size, line, strlen(line), " \t", &decoded, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0 &&
                decoded == size;
    sodium_memzero(text, length);
    free(text);
    if (good)
        return 0;
    sodium_memzero(out, size);
    return fail(EINVAL, problem, problem_size, path, kind);
}

static int verify(void *context, const uint8_t digest[IB_SIGNATURE_DIGEST_BYTES],
                  const uint8_t signature[IB_SIGNATURE_BYTES]) {
    const struct ib_sodium_signature *self = context;
    uint8_t message[MESSAGE_BYTES];
    message_of(digest, message);
    bool good =
        crypto_sign_verify_detached(signature, message, sizeof message, self->public_key) == 0;
    return good ? IB_OK : IB_E_REFUSED;
}

static const struct ib_signature_ops OPS = {.verify = verify};

int ib_sodium_signature_open(struct ib_sodium_signature *self, const char *public_key_path,
                             char *problem, size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->signature = (struct ib_signature){.ops = &OPS, .context = self};
    int status = read_key(public_key_path, self->public_key, sizeof self->public_key,
                          "is no public key (one line of base64, 32 bytes)", problem, problem_size);
    if (status != 0 || crypto_core_ed25519_is_valid_point(self->public_key))
        return status;
    memset(self->public_key, 0, sizeof self->public_key);
    return fail(EINVAL, problem, problem_size, public_key_path,
                "is no public key: no signature could fit it");
}

static int write_new(const char *path, const char *comment, const uint8_t *key, size_t size,
                     mode_t mode, char *problem, size_t problem_size) {
    char base64[128], text[256];
    sodium_bin2base64(base64, sizeof base64, key, size, sodium_base64_VARIANT_ORIGINAL);
    int length = snprintf(text, sizeof text, "# %s\n%s\n", comment, base64);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    int error = fd < 0 ? errno : 0;
    errno = EIO; // of a write that is short
    if (error == 0 && (write(fd, text, (size_t)length) != length || fsync(fd) != 0))
        error = errno;
    if (fd >= 0)
        close(fd);
    sodium_memzero(base64, sizeof base64);
    sodium_memzero(text, sizeof text);
    if (error == 0)
        return 0;
    if (fd >= 0)
        unlink(path);
    return fail(error, problem, problem_size, path,
                error == EEXIST ? "is there already: a key is never replaced" : strerror(error));
}

int ib_sodium_make_keys(const char *path, char *problem, size_t problem_size) {
    char public_path[1024];
    uint8_t public_key[IB_SODIUM_PUBLIC_BYTES], secret_key[IB_SODIUM_SECRET_BYTES];
    if (snprintf(public_path, sizeof public_path, "%s.pub", path) >= (int)sizeof public_path)
        return fail(ENAMETOOLONG, problem, problem_size, path, "the name is too long");
    if (!ready())
        return fail(EIO, problem, problem_size, path, "libsodium does not start");
    if (access(public_path, F_OK) == 0)
        return fail(EEXIST, problem, problem_size, public_path,
                    "is there already: a key is never replaced");
    crypto_sign_keypair(public_key, secret_key);
    int status = write_new(path, "ironbow update key, secret", secret_key, sizeof secret_key, 0600,
                           problem, problem_size);
    if (status == 0) {
        status = write_new(public_path, "ironbow update key, public", public_key, sizeof public_key,
                           0644, problem, problem_size);
        if (status != 0)
            unlink(path);
    }
    sodium_memzero(secret_key, sizeof secret_key);
    return status;
}

int ib_sodium_sign(const char *secret_key_path, const uint8_t digest[IB_SIGNATURE_DIGEST_BYTES],
                   uint8_t out[IB_SIGNATURE_BYTES], char *problem, size_t problem_size) {
    uint8_t secret_key[IB_SODIUM_SECRET_BYTES], message[MESSAGE_BYTES];
    memset(out, 0, IB_SIGNATURE_BYTES);
    int status = read_key(secret_key_path, secret_key, sizeof secret_key,
                          "is no secret key (one line of base64, 64 bytes)", problem, problem_size);
    if (status != 0)
        return status;
    // The public half goes into the signature: with a wrong one it would give the secret away.
    uint8_t public_key[IB_SODIUM_PUBLIC_BYTES], seed[crypto_sign_SEEDBYTES],
        pair[sizeof secret_key];
    crypto_sign_ed25519_sk_to_seed(seed, secret_key);
    crypto_sign_seed_keypair(public_key, pair, seed);
    bool whole = sodium_memcmp(pair, secret_key, sizeof pair) == 0;
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(pair, sizeof pair);
    if (!whole) {
        sodium_memzero(secret_key, sizeof secret_key);
        return fail(EINVAL, problem, problem_size, secret_key_path,
                    "is a damaged secret key: its halves do not belong together");
    }
    message_of(digest, message);
    crypto_sign_detached(out, NULL, message, sizeof message, secret_key);
    sodium_memzero(secret_key, sizeof secret_key);
    return 0;
}
