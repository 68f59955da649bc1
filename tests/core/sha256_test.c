/// SHA-256 against the published examples, and any split of the same bytes against the whole.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sha256.h"
#include "tests/core/support_random.h"

static void assert_digest(const uint8_t digest[IB_SHA256_BYTES], const char *hex) {
    char text[2 * IB_SHA256_BYTES + 1];
    for (size_t i = 0; i < IB_SHA256_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(text, hex);
}

static void digest_of(const void *bytes, size_t size, uint8_t out[IB_SHA256_BYTES]) {
    struct ib_sha256 sha;
    ib_sha256_init(&sha);
    ib_sha256_feed(&sha, bytes, size);
    ib_sha256_finish(&sha, out);
}

/// FIPS 180-4's own examples, and NIST's byte-oriented short messages of the lengths that pad
/// differently (one byte; 55, 56 and 64 bytes, where the length moves into a block of its own).
static void test_published_digests(void **state) {
    (void)state;
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
         "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {"\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
    };
    uint8_t digest[IB_SHA256_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        digest_of(rows[i].text, strlen(rows[i].text), digest);
        assert_digest(digest, rows[i].hex);
    }
}

static void test_a_million_times_a(void **state) {
    (void)state;
    struct ib_sha256 sha;
    uint8_t piece[1000], digest[IB_SHA256_BYTES];
    memset(piece, 'a', sizeof piece);
    ib_sha256_init(&sha);
    for (unsigned i = 0; i < 1000; i++)
        ib_sha256_feed(&sha, piece, sizeof piece);
    ib_sha256_finish(&sha, digest);
    assert_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/// The digest of digests of 0, 1, … 200 bytes: every padding once.
/// Command:  python3 -c "import hashlib as h; print(h.sha256(b''.join(h.sha256(bytes(i % 251 for i
///           in range(n))).digest() for n in range(201))).hexdigest())"
static void test_every_padding(void **state) {
    (void)state;
    struct ib_sha256 all;
    uint8_t bytes[200], digest[IB_SHA256_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i % 251);
    ib_sha256_init(&all);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        digest_of(bytes, size, digest);
        ib_sha256_feed(&all, digest, sizeof digest);
    }
    ib_sha256_finish(&all, digest);
    assert_digest(digest, "64ef7c229fce2408b5336b6a542fea0e078c3a87d2da85cb3fc52e2008b65021");
}

static void test_any_split_gives_the_same(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random random = {seed * 7919};
        size_t size = random_below(&random, 600);
        uint8_t *bytes = malloc(size + 1), whole[IB_SHA256_BYTES], pieces[IB_SHA256_BYTES];
        assert_non_null(bytes);
        random_bytes(&random, bytes, size);
        digest_of(bytes, size, whole);
        struct ib_sha256 sha;
        ib_sha256_init(&sha);
        for (size_t at = 0; at < size;) {
            size_t count = random_below(&random, 150);
            count = count > size - at ? size - at : count;
            ib_sha256_feed(&sha, bytes + at, count);
            at += count;
        }
        ib_sha256_finish(&sha, pieces);
        free(bytes);
        if (memcmp(whole, pieces, sizeof whole) != 0)
            fail_msg("seed %llu: %zu bytes in pieces differ", (unsigned long long)seed, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_digests),
        cmocka_unit_test(test_a_million_times_a),
        cmocka_unit_test(test_every_padding),
        cmocka_unit_test(test_any_split_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
