/// Signatures of updates: round trips, forgeries, key files good and bad.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/status.h"
#include "ports/linux/sodium_signature.h"
#include "ports/linux/storage_file.h"

/// A pair known to everybody (RFC 8032, section 7.1, TEST 1): its secret key is seed and public key.
#define RFC_PUBLIC "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RFC_SECRET                                                                                 \
    "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg=="

static char directory[128];
static char problem[512];
static uint8_t digest[IB_SIGNATURE_DIGEST_BYTES];
static uint8_t signature[IB_SIGNATURE_BYTES];

static const char *in_directory(const char *name) {
    static char paths[4][512]; // a few at a time
    static unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static int make_directory(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    (void)snprintf(directory, sizeof directory, "%s/ib-signature-XXXXXX", base ? base : "/tmp");
    problem[0] = '\0';
    for (unsigned i = 0; i < sizeof digest; i++)
        digest[i] = (uint8_t)(i * 7);
    memset(signature, 0xEE, sizeof signature);
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    static const char *const names[] = {"key", "key.pub", "other", "other.pub", "link", "folder"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (unlink(in_directory(names[i])) != 0)
            (void)rmdir(in_directory(names[i]));
    return rmdir(directory);
}

static void make_keys(const char *name) {
    if (ib_sodium_make_keys(in_directory(name), problem, sizeof problem) != 0)
        fail_msg("%s", problem);
}

static void open_key(struct ib_sodium_signature *self, const char *name) {
    if (ib_sodium_signature_open(self, in_directory(name), problem, sizeof problem) != 0)
        fail_msg("%s", problem);
}

static int verify(struct ib_sodium_signature *self) {
    return self->signature.ops->verify(self->signature.context, digest, signature);
}

static void sign_with(const char *name) {
    if (ib_sodium_sign(in_directory(name), digest, signature, problem, sizeof problem) != 0)
        fail_msg("%s", problem);
}

static void write_key_of(const char *name, const void *text, size_t size) {
    assert_int_equal(ib_storage_file_write(in_directory(name), text, size, NULL, 0), IB_OK);
}

static void write_key(const char *name, const char *text) {
    write_key_of(name, text, strlen(text));
}

/// Refused with this errno, the path and these words; nothing can be verified with it.
static void refused(const char *name, int error, const char *words) {
    struct ib_sodium_signature known;
    problem[0] = '\0';
    memset(&known, 0xEE, sizeof known);
    int status = ib_sodium_signature_open(&known, in_directory(name), problem, sizeof problem);
    if (status != -error || !strstr(problem, in_directory(name)) || !strstr(problem, words))
        fail_msg("%d \"%s\", expected %d and \"%s\"", status, problem, -error, words);
    assert_int_equal(ib_sodium_signature_open(&known, in_directory(name), NULL, 0), -error);
    assert_int_equal(verify(&known), IB_E_REFUSED);
}

static void a_round_trip(void **state) {
    (void)state;
    struct ib_sodium_signature known;
    make_keys("key");
    open_key(&known, "key.pub");
    sign_with("key");
    assert_int_equal(verify(&known), IB_OK);
    assert_int_equal(verify(&known), IB_OK);
    // Every bit of the digest, and of the signature, counts.
    for (unsigned bit = 0; bit < 8 * sizeof digest; bit++) {
        digest[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (verify(&known) != IB_E_REFUSED)
            fail_msg("bit %u of the digest does not count", bit);
        digest[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (unsigned bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (verify(&known) != IB_E_REFUSED)
            fail_msg("bit %u of the signature does not count", bit);
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(verify(&known), IB_OK);
    memset(signature, 0, sizeof signature);
    assert_int_equal(verify(&known), IB_E_REFUSED);
}

static void the_wrong_key(void **state) {
    (void)state;
    struct ib_sodium_signature known, other;
    make_keys("key");
    make_keys("other");
    open_key(&known, "key.pub");
    open_key(&other, "other.pub");
    assert_memory_not_equal(known.public_key, other.public_key, IB_SODIUM_PUBLIC_BYTES);
    sign_with("key");
    assert_int_equal(verify(&known), IB_OK);
    assert_int_equal(verify(&other), IB_E_REFUSED);
    sign_with("other");
    assert_int_equal(verify(&known), IB_E_REFUSED);
    assert_int_equal(verify(&other), IB_OK);
}

/// The bytes are those of Ed25519 over "ironbow update 1" and the digest, whoever makes them: from
/// Python's cryptography 48, Ed25519PrivateKey.from_private_bytes(seed).sign(text + digest).
static void the_signed_bytes(void **state) {
    (void)state;
    static const uint8_t expected[IB_SIGNATURE_BYTES] = {
        0xD6, 0x37, 0x3E, 0x1D, 0x25, 0xE8, 0xEA, 0x3E, 0x56, 0x1A, 0xD0, 0x16, 0x97,
        0x01, 0xD1, 0xC4, 0xAA, 0x30, 0x3F, 0x1D, 0xD7, 0xE0, 0x59, 0xFD, 0x36, 0x0E,
        0x6E, 0xF1, 0xD6, 0x2A, 0x3F, 0x49, 0x83, 0xEB, 0x43, 0x99, 0x04, 0x27, 0xB5,
        0x7F, 0x32, 0x95, 0x2A, 0xCC, 0x49, 0xF9, 0x13, 0xCF, 0xCC, 0xAC, 0x91, 0x8B,
        0xB8, 0xF9, 0xA2, 0xF0, 0x0D, 0x9E, 0xB4, 0x58, 0x77, 0x02, 0x1F, 0x0C,
    };
    struct ib_sodium_signature known;
    write_key("key", RFC_SECRET "\n");
    write_key("key.pub", RFC_PUBLIC "\n");
    sign_with("key");
    assert_memory_equal(signature, expected, sizeof expected);
    open_key(&known, "key.pub");
    assert_int_equal(verify(&known), IB_OK);
}

static void good_key_files(void **state) {
    (void)state;
    static const char *const texts[] = {
        RFC_PUBLIC,
        RFC_PUBLIC "\n",
        RFC_PUBLIC "\r\n",
        "# a comment\n# another\n" RFC_PUBLIC "\n# and behind it\n",
        "# a comment\r\n\r\n" RFC_PUBLIC "\r\n\r\n",
        "\n\n  \t\n" RFC_PUBLIC "\n",
        "  " RFC_PUBLIC " \t\n",
        "  # indented\n" RFC_PUBLIC "\n",
    };
    struct ib_sodium_signature known;
    write_key("key", RFC_SECRET "\n");
    sign_with("key");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_key("key.pub", texts[i]);
        if (ib_sodium_signature_open(&known, in_directory("key.pub"), problem, sizeof problem) != 0)
            fail_msg("text %zu: %s", i, problem);
        assert_int_equal(verify(&known), IB_OK);
    }
}

static void bad_key_files(void **state) {
    (void)state;
    static const char NO_KEY[] = "is no public key (one line of base64, 32 bytes)";
    static const char *const texts[] = {
        "",
        "\n",
        "# only a comment\n",
        "not base64 at all!\n",
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo\n",    // its end is missing
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==\n",   // 31 bytes
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoA\n",   // 33 bytes
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n",   // the other alphabet
        "11qYAYKxCrfVS/7TyWQHOg7h\ncvPapiMlrwIaaPcHURo=\n", // two lines
        RFC_PUBLIC "\n" RFC_PUBLIC "\n",
        RFC_PUBLIC "\ngarbage\n",
        RFC_PUBLIC " # not here\n",
        "// " RFC_PUBLIC "\n",
        RFC_SECRET "\n",
        "-----BEGIN PUBLIC KEY-----\n" RFC_PUBLIC "\n-----END PUBLIC KEY-----\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_key("key.pub", texts[i]);
        print_message("text %zu\n", i);
        refused("key.pub", EINVAL, NO_KEY);
    }
    write_key_of("key.pub", RFC_PUBLIC "\n\0", sizeof RFC_PUBLIC + 1); // a NUL at its end
    refused("key.pub", EINVAL, NO_KEY);
    write_key("key.pub", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"); // a point of order 4
    refused("key.pub", EINVAL, "no signature could fit it");
    char wide[4200];
    memset(wide, '#', sizeof wide);
    memcpy(wide, RFC_PUBLIC "\n", sizeof RFC_PUBLIC);
    write_key_of("key.pub", wide, 4096);
    struct ib_sodium_signature known;
    open_key(&known, "key.pub"); // the longest
    write_key_of("key.pub", wide, 4097);
    refused("key.pub", EINVAL, "longer than the 4096 bytes");
    refused("nowhere", ENOENT, "No such file");
    assert_int_equal(mkdir(in_directory("folder"), 0700), 0);
    refused("folder", EISDIR, "directory");
}

static void bad_secret_keys(void **state) {
    (void)state;
    static const uint8_t zeros[IB_SIGNATURE_BYTES];
    static const char *const texts[] = {
        "", "garbage\n", RFC_PUBLIC,
        // One bit of the seed, then one of the public half.
        "nGGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==",
        "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGw=="};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *words = i < 3 ? "is no secret key" : "is a damaged secret key";
        write_key("key", texts[i]);
        memset(signature, 0xEE, sizeof signature);
        assert_int_equal(
            ib_sodium_sign(in_directory("key"), digest, signature, problem, sizeof problem),
            -EINVAL);
        if (!strstr(problem, in_directory("key")) || !strstr(problem, words))
            fail_msg("text %zu: %s", i, problem);
        assert_memory_equal(signature, zeros, sizeof zeros);
    }
    assert_int_equal(ib_sodium_sign(in_directory("nowhere"), digest, signature, NULL, 0), -ENOENT);
}

static void mode_is(const char *name, mode_t mode) {
    struct stat about;
    assert_int_equal(stat(in_directory(name), &about), 0);
    assert_int_equal(about.st_mode & 07777, mode);
}

static void file_modes(void **state) {
    (void)state;
    mode_t mask = umask(0);
    make_keys("key");
    (void)umask(027);
    make_keys("other");
    (void)umask(mask);
    mode_is("key", 0600);
    mode_is("key.pub", 0644);
    mode_is("other", 0600);
    mode_is("other.pub", 0640);
}

static void content_is(const char *name, const char *expected) {
    uint8_t *text;
    size_t size;
    assert_int_equal(ib_storage_file_read(in_directory(name), 4096, &text, &size, NULL, 0), IB_OK);
    assert_string_equal((char *)text, expected);
    free(text);
}

static void not_made(const char *there) {
    assert_int_equal(ib_sodium_make_keys(in_directory("key"), problem, sizeof problem), -EEXIST);
    assert_non_null(strstr(problem, "is there already: a key is never replaced"));
    assert_non_null(strstr(problem, in_directory(there)));
}

static void never_replaced(void **state) {
    (void)state;
    write_key("key", "mine");
    not_made("key");
    content_is("key", "mine");
    assert_int_equal(access(in_directory("key.pub"), F_OK), -1);
    assert_int_equal(unlink(in_directory("key")), 0);
    write_key("key.pub", "mine too");
    not_made("key.pub");
    content_is("key.pub", "mine too");
    assert_int_equal(access(in_directory("key"), F_OK), -1);
    assert_int_equal(unlink(in_directory("key.pub")), 0);
    // Links are not followed to make a key somewhere else.
    assert_int_equal(symlink("other", in_directory("key")), 0);
    not_made("key");
    assert_int_equal(unlink(in_directory("key")), 0);
    assert_int_equal(symlink("other", in_directory("key.pub")), 0);
    not_made("key.pub");
    assert_int_equal(access(in_directory("other"), F_OK), -1);
    assert_int_equal(access(in_directory("key"), F_OK), -1); // the secret half does not stay alone
    assert_int_equal(unlink(in_directory("key.pub")), 0);
    make_keys("key");
    not_made("key.pub");
    assert_int_equal(ib_sodium_make_keys(in_directory("none/key"), problem, sizeof problem),
                     -ENOENT);
    assert_non_null(strstr(problem, "No such file or directory"));
    char name[1100];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(ib_sodium_make_keys(name, NULL, 0), -ENAMETOOLONG);
}

int main(void) {
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(a_round_trip),   IN_DIRECTORY(the_wrong_key),  IN_DIRECTORY(the_signed_bytes),
        IN_DIRECTORY(good_key_files), IN_DIRECTORY(bad_key_files),  IN_DIRECTORY(bad_secret_keys),
        IN_DIRECTORY(file_modes),     IN_DIRECTORY(never_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
