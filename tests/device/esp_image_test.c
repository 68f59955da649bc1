/// The reader of ESP32 application images: well-formed ones in any pieces, and every way to be wrong.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/status.h"
#include "device/esp_image.h"
#include "tests/core/support_random.h"
#include "tests/device/support_image.h"

#define MOST_BYTES 40000u

static uint8_t image[MOST_BYTES + IMAGE_TRAILER_BYTES];
static struct ib_esp_image reader;

/// Feed `size` bytes in pieces of `piece` (0: random ones) and finish. Return: the first error.
static int read_pieces(size_t announced, size_t size, size_t piece, struct random *random) {
    int status = ib_esp_image_init(&reader, (uint32_t)announced);
    for (size_t at = 0; status == IB_OK && at < size;) {
        size_t count = piece ? piece : random_below(random, 400);
        count = count > size - at ? size - at : count;
        uint8_t *exact = malloc(count + 1);
        assert_non_null(exact);
        memcpy(exact, image + at, count);
        status = ib_esp_image_feed(&reader, exact, count);
        free(exact);
        at += count;
    }
    return status < 0 ? status : ib_esp_image_finish(&reader);
}

static int read_all(size_t size) {
    return read_pieces(size, size, size, NULL);
}

static void assert_refused(size_t size, int status, const char *why) {
    int got = read_all(size);
    if (got != status || !reader.why || strcmp(reader.why, why) != 0)
        fail_msg("expected %d \"%s\", got %d \"%s\"", status, why, got,
                 reader.why ? reader.why : "");
    assert_int_equal(ib_esp_image_feed(&reader, image, 1), status);
    assert_int_equal(ib_esp_image_finish(&reader), status);
}

static void digest_of(size_t size, uint8_t out[IB_SHA256_BYTES]) {
    struct ib_sha256 sha;
    ib_sha256_init(&sha);
    ib_sha256_feed(&sha, image, size);
    ib_sha256_finish(&sha, out);
}

static void test_smallest_images(void **state) {
    (void)state;
    for (unsigned hash = 0; hash < 2; hash++) {
        size_t size = IMAGE_LEAST_BYTES + 32 * hash;
        image_build(image, &(struct image_with){.size_bytes = size, .no_hash = !hash});
        assert_int_equal(read_all(size), IB_OK);
        assert_string_equal(reader.version, "2.0");
        assert_string_equal(reader.project, "tCamMini");
        assert_int_equal(reader.segments, 1);
        assert_int_equal(reader.hash_appended, hash);
        assert_false(reader.has_signature);
    }
}

static void test_any_image_in_any_pieces(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        size_t size = 464 + 16 * (size_t)random_below(&random, (MOST_BYTES - 464) / 16);
        bool sign = random_below(&random, 3) == 0;
        uint8_t digest[IB_SHA256_BYTES], signature[64];
        image_build(image, &(struct image_with){.size_bytes = size,
                                                .segments = seed % 3 == 0 ? 16 : 0,
                                                .no_hash = random_below(&random, 4) == 0,
                                                .seed = seed});
        digest_of(size, digest);
        random_bytes(&random, signature, sizeof signature);
        size_t whole = sign ? image_sign(image, size, signature) : size;
        for (int way = 0; way < 3; way++) {
            size_t piece = way == 0 ? whole : way == 1 && size < 2000 ? 1 : 0;
            int status = read_pieces(whole, whole, piece, &random);
            if (status != IB_OK)
                fail_msg("seed %llu, pieces of %zu: %d %s", (unsigned long long)seed, piece, status,
                         reader.why);
            assert_int_equal(reader.offset, whole);
            assert_int_equal(reader.segment, reader.segments);
            assert_memory_equal(reader.digest, digest, sizeof digest);
            assert_int_equal(reader.has_signature, sign);
            if (sign)
                assert_memory_equal(reader.signature, signature, sizeof signature);
            uint8_t all[IB_SHA256_BYTES];
            digest_of(whole, all);
            assert_memory_equal(reader.whole, all, sizeof all);
        }
    }
}

static void test_texts_of_full_length(void **state) {
    (void)state;
    const char *version = "0123456789abcdef0123456789ABCDEF";
    image_build(image, &(struct image_with){
                           .size_bytes = 400, .version = version, .project = "p", .segments = 1});
    assert_int_equal(read_all(400), IB_OK);
    assert_string_equal(reader.version, version);
    assert_string_equal(reader.project, "p");
}

static void test_the_descriptor_is_known_after_288_bytes(void **state) {
    (void)state;
    image_build(image, &(struct image_with){.size_bytes = 8192});
    assert_int_equal(ib_esp_image_init(&reader, 8192), IB_OK);
    assert_int_equal(ib_esp_image_feed(&reader, image, 287), IB_OK);
    assert_false(reader.has_descriptor);
    assert_int_equal(ib_esp_image_feed(&reader, image + 287, 1), IB_OK);
    assert_true(reader.has_descriptor);
}

static void test_sizes_that_no_image_has(void **state) {
    (void)state;
    for (uint32_t size = 0; size < 2000; size++) {
        bool possible = size >= IMAGE_LEAST_BYTES && (size % 16 == 0 || size % 16 == 8);
        assert_int_equal(ib_esp_image_init(&reader, size), possible ? IB_OK : IB_E_RANGE);
        assert_int_equal(reader.why == NULL, possible);
    }
    assert_int_equal(ib_esp_image_init(&reader, UINT32_MAX), IB_E_RANGE);
    assert_int_equal(ib_esp_image_init(&reader, UINT32_MAX - 15), IB_OK);
}

static void test_bad_headers(void **state) {
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } rows[] = {
        {0, 0xE8, "not an ESP32 firmware image"},
        {0, 0x7F, "not an ESP32 firmware image"},
        {1, 0, "the number of segments is not 1 to 16"},
        {1, 17, "the number of segments is not 1 to 16"},
        {1, 255, "the number of segments is not 1 to 16"},
        {12, 2, "made for another chip"},
        {13, 1, "made for another chip"},
        {23, 2, "the header's hash flag is neither 0 nor 1"},
        {23, 0, "bytes follow the end of the image"}, // its hash
        {28, 1, "a segment's length is not a multiple of 4"},
        {29, 0, "no application descriptor"}, // too short for one
        {31, 0x80, "a segment goes beyond the end"},
        {32, 0, "no application descriptor"},
        {35, 0, "no application descriptor"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        image_build(image, &(struct image_with){.size_bytes = 800, .segments = 1, .seed = 3});
        image[rows[i].at] = rows[i].value;
        assert_refused(800, IB_E_FORMAT, rows[i].why);
    }
}

static void test_a_second_segment_goes_wrong(void **state) {
    (void)state;
    size_t size = 2000, second;
    image_build(image, &(struct image_with){.size_bytes = size, .segments = 3, .seed = 1});
    second = 32 + ib_get_le32(image + 28) + 4;
    uint32_t length = ib_get_le32(image + second);
    static const uint32_t lengths[] = {0xFFFFFFFC, 0x80000000, 4000, 2000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        ib_put_le32(image + second, lengths[i]);
        assert_refused(size, IB_E_FORMAT, "a segment goes beyond the end");
    }
    // Room for its own data, but none for the headers of those behind it: not read first.
    ib_put_le32(image + second, length);
    ib_put_le32(image + 28, (uint32_t)size - 32 - 32 - 4);
    assert_refused(size, IB_E_FORMAT, "a segment goes beyond the end");
    assert_int_equal(reader.offset, 32);
    image_build(image, &(struct image_with){.size_bytes = size, .segments = 3, .seed = 1});
    ib_put_le32(image + second, length + 2);
    assert_refused(size, IB_E_FORMAT, "a segment's length is not a multiple of 4");
}

static void test_bad_checksum(void **state) {
    (void)state;
    image_build(image, &(struct image_with){.size_bytes = 800, .no_hash = true});
    image[799] ^= 1;
    assert_refused(800, IB_E_CRC, "the checksum differs");
    image[799] ^= 1;
    image[300] ^= 0x10;
    assert_refused(800, IB_E_CRC, "the checksum differs");
}

static void test_bad_hash(void **state) {
    (void)state;
    image_build(image, &(struct image_with){.size_bytes = 800});
    image[5] ^= 1; // the entry address: only the hash knows
    assert_refused(800, IB_E_CRC, "SHA-256 differs");
    image[5] ^= 1;
    image[799] ^= 1;
    assert_refused(800, IB_E_CRC, "SHA-256 differs");
}

static void test_bad_padding(void **state) {
    (void)state;
    image_build(image, &(struct image_with){.size_bytes = 800, .no_hash = true});
    image[image_data_end(image)] = 1;
    assert_refused(800, IB_E_FORMAT, "the padding is not zero");
}

static void test_a_corrupted_byte_anywhere(void **state) {
    (void)state;
    for (unsigned hash = 0; hash < 2; hash++) {
        for (size_t at = 0; at < 640; at++) {
            struct image_with with = {.size_bytes = 640, .no_hash = !hash, .seed = 9};
            image_build(image, &with);
            // Without a hash, addresses and what else the header says are not protected.
            size_t data = 24;
            bool covered = hash == 1;
            for (unsigned i = 0; i < image[1]; i++) {
                size_t length = ib_get_le32(image + data + 4);
                covered |= at >= data + 8 && at < data + 8 + length;
                data += 8 + length;
            }
            covered |= at >= data;
            image[at] ^= (uint8_t)(1u << at % 8);
            if (covered && read_all(640) == IB_OK)
                fail_msg("hash %u: byte %zu changed unnoticed", hash, at);
        }
    }
}

static void test_truncated_anywhere(void **state) {
    (void)state;
    image_build(image, &(struct image_with){.size_bytes = 640, .seed = 4});
    for (size_t size = 0; size < 640; size++) {
        assert_int_equal(read_pieces(640, size, 64, NULL), IB_E_TRUNCATED);
        assert_string_equal(reader.why, "bytes are missing");
    }
    for (size_t size = IMAGE_LEAST_BYTES; size < 640; size += 8)
        assert_true(read_pieces(size, size, 64, NULL) == IB_E_FORMAT);
}

static void test_more_than_announced(void **state) {
    (void)state;
    image_build(image, &(struct image_with){.size_bytes = 640});
    assert_int_equal(ib_esp_image_init(&reader, 640), IB_OK);
    assert_int_equal(ib_esp_image_feed(&reader, image, 640), IB_OK);
    assert_int_equal(ib_esp_image_feed(&reader, image, 1), IB_E_OVERFLOW);
    assert_string_equal(reader.why, "more bytes than announced");
    assert_int_equal(ib_esp_image_finish(&reader), IB_E_OVERFLOW);
}

static void test_what_may_follow_the_image(void **state) {
    (void)state;
    static const uint8_t signature[64] = {1, 2, 3};
    image_build(image, &(struct image_with){.size_bytes = 640});
    size_t size = image_sign(image, 640, signature);
    assert_int_equal(read_all(size), IB_OK);
    for (size_t i = 0; i < 8; i++) {
        image[640 + i] ^= 0x20;
        assert_refused(size, IB_E_FORMAT, "what follows the image is not a signature");
        image[640 + i] ^= 0x20;
    }
    // Anything but a whole signature is found out before it arrives.
    memset(image + 640, 0, 1000);
    for (size_t beyond = 8; beyond <= 160; beyond += 8) {
        if (beyond == IMAGE_TRAILER_BYTES)
            continue;
        assert_refused(640 + beyond, IB_E_FORMAT, "bytes follow the end of the image");
        assert_true(reader.offset < 640);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest_images),
        cmocka_unit_test(test_any_image_in_any_pieces),
        cmocka_unit_test(test_texts_of_full_length),
        cmocka_unit_test(test_the_descriptor_is_known_after_288_bytes),
        cmocka_unit_test(test_sizes_that_no_image_has),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_a_second_segment_goes_wrong),
        cmocka_unit_test(test_bad_checksum),
        cmocka_unit_test(test_bad_hash),
        cmocka_unit_test(test_bad_padding),
        cmocka_unit_test(test_a_corrupted_byte_anywhere),
        cmocka_unit_test(test_truncated_anywhere),
        cmocka_unit_test(test_more_than_announced),
        cmocka_unit_test(test_what_may_follow_the_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
