/// Matroska: films written piece by piece, read back whole, in pieces, cut and damaged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/matroska_read.h"
#include "record/matroska_write.h"
#include "tests/core/support_random.h"

#define START_US INT64_C(1764000000123456)

static uint8_t file[1 << 20];
static size_t file_size;
static size_t ends[4000]; ///< of the pieces: after each the file is whole so far
static unsigned frames_at[4000];
static unsigned end_count;
static struct ib_mkv_cue cues[IB_MKV_CUES];
static uint8_t index_bytes[IB_MKV_END_BYTES];
static struct ib_mkv_writer writer;
static const uint8_t config[5] = {1, 2, 3, 4, 5};

static void append(int size) {
    assert_true(size >= 0);
    file_size += (size_t)size;
}

static void mark(unsigned frames) {
    ends[end_count] = file_size;
    frames_at[end_count++] = frames;
}

static void apply(const struct ib_mkv_patch *patch) {
    assert_true(patch->offset + patch->size <= file_size);
    memcpy(file + patch->offset, patch->bytes, patch->size);
}

static void begin_film(void) {
    const struct ib_mkv_film film = {.start_us = START_US,
                                     .seen_width = 640,
                                     .seen_height = 480,
                                     .width_px = 160,
                                     .height_px = 120,
                                     .config = config,
                                     .config_size = sizeof config,
                                     .application = "ironbow test",
                                     .camera = "tCam-Mini-BEEF",
                                     .model = "lepton3.5",
                                     .serial = "123456789",
                                     .firmware = "0.1",
                                     .palette = "ironbow",
                                     .unit = "kelvin",
                                     .scale = "0.01"};
    memset(file, 0xEE, sizeof file);
    file_size = 0;
    end_count = 0;
    append(ib_mkv_begin(&writer, cues, file, sizeof file, &film));
    mark(0);
}

static uint8_t payload[3][300];

/// Frame `i`'s payloads: their sizes and bytes follow from its number.
static struct ib_mkv_piece piece(unsigned track, unsigned i) {
    size_t size = 1 + (i * 37 + track * 11) % sizeof payload[0];
    memset(payload[track], (int)(i * 3 + track), size);
    return (struct ib_mkv_piece){payload[track], size};
}

static void add_frame(unsigned i, uint64_t time_ms) {
    struct ib_mkv_patch patch;
    if (ib_mkv_cluster_is_due(&writer, time_ms)) {
        assert_true(ib_mkv_end_cluster(&writer, &patch));
        apply(&patch);
    }
    append(ib_mkv_frame(&writer, file + file_size, sizeof file - file_size, time_ms, piece(0, i),
                        piece(1, i), piece(2, i)));
    mark(i + 1);
}

static void end_film(void) {
    struct ib_mkv_patch patch[3];
    if (ib_mkv_end_cluster(&writer, &patch[0]))
        apply(&patch[0]);
    int size = ib_mkv_index(&writer, index_bytes, sizeof index_bytes);
    assert_true(size >= 0 && file_size + (size_t)size <= sizeof file);
    memcpy(file + file_size, index_bytes, (size_t)size);
    append(size);
    ib_mkv_end(&writer, (size_t)size, patch);
    for (int i = 0; i < 3; i++)
        apply(&patch[i]);
}

static uint64_t time_of(unsigned i) {
    return (uint64_t)i * 113 + (i > 10 ? 5000 : 0);
}

static void make_film(unsigned frames) {
    begin_film();
    for (unsigned i = 0; i < frames; i++)
        add_frame(i, time_of(i));
}

// ---- Reading back ----

struct seen {
    int status;
    unsigned tracks, frames;
    bool good; ///< every frame was the right one
    struct ib_mkv_reader reader;
};

static uint8_t storage[2048];

static void check_frame(struct seen *seen) {
    const struct ib_mkv_reader *reader = &seen->reader;
    struct ib_mkv_piece exact = piece(1, seen->frames), record = piece(2, seen->frames);
    seen->good = seen->good && reader->block_size == exact.size &&
                 memcmp(reader->block, exact.bytes, exact.size) == 0 &&
                 reader->record_size == record.size &&
                 memcmp(reader->record, record.bytes, record.size) == 0 &&
                 reader->time_us == (int64_t)time_of(seen->frames) * 1000;
    seen->frames++;
}

static struct seen read_bytes(const uint8_t *bytes, size_t size, struct random *random) {
    struct seen seen = {.good = true};
    ib_mkv_reader_init(&seen.reader, storage, sizeof storage);
    for (size_t at = 0; at <= size;) {
        size_t count = random ? random_below(random, 40) : size - at, used;
        count = count > size - at ? size - at : count;
        uint8_t *exact = malloc(count + 1);
        assert_non_null(exact);
        memcpy(exact, bytes + at, count);
        int event = ib_mkv_reader_feed(&seen.reader, exact, count, &used);
        free(exact);
        at += used;
        assert_true(used <= count && (event != IB_MKV_MORE || used == count));
        if (event < 0) {
            seen.status = event;
            return seen;
        }
        seen.tracks += event == IB_MKV_TRACK;
        if (event == IB_MKV_FRAME)
            check_frame(&seen);
        if (event == IB_MKV_MORE && at == size)
            break;
    }
    seen.status = ib_mkv_reader_end(&seen.reader);
    return seen;
}

static void a_finished_film_says_everything(void **state) {
    (void)state;
    make_film(30);
    end_film();
    struct seen seen = read_bytes(file, file_size, NULL);
    const struct ib_mkv_reader *reader = &seen.reader;
    assert_int_equal(seen.status, IB_OK);
    assert_int_equal(seen.tracks, 1);
    assert_int_equal(seen.frames, 30);
    assert_true(seen.good);
    assert_true(reader->start_us == START_US);
    assert_int_equal(reader->width_px, 160);
    assert_int_equal(reader->height_px, 120);
    assert_int_equal(reader->config_size, sizeof config);
    assert_memory_equal(reader->config, config, sizeof config);
    assert_string_equal(reader->camera, "tCam-Mini-BEEF");
    assert_string_equal(reader->model, "lepton3.5");
    assert_string_equal(reader->serial, "123456789");
    assert_string_equal(reader->firmware, "0.1");
    assert_string_equal(reader->unit, "kelvin");
    assert_string_equal(reader->scale, "0.01");
}

static void any_split_gives_the_same(void **state) {
    (void)state;
    struct random random = {61};
    make_film(25);
    end_film();
    for (int i = 0; i < 50; i++) {
        struct seen seen = read_bytes(file, file_size, &random);
        assert_int_equal(seen.status, IB_OK);
        assert_int_equal(seen.frames, 25);
        assert_true(seen.good);
    }
}

/// The power may go at any byte, before the film was finished: every frame that is whole is there.
static void a_film_that_was_cut_off_keeps_its_frames(void **state) {
    (void)state;
    make_film(14);
    unsigned piece_number = 0;
    for (size_t cut = 0; cut <= file_size; cut++) {
        while (piece_number + 1 < end_count && ends[piece_number + 1] <= cut)
            piece_number++;
        struct seen seen = read_bytes(file, cut, NULL);
        unsigned expected = cut >= ends[0] ? frames_at[piece_number] : 0;
        assert_true(seen.good);
        assert_int_equal(seen.frames, expected);
        assert_true(seen.status == IB_E_TRUNCATED || (cut < 40 && seen.status == IB_E_FORMAT));
    }
}

static void a_finished_film_that_was_cut_is_truncated(void **state) {
    (void)state;
    make_film(8);
    size_t data_end = file_size;
    end_film();
    for (size_t cut = ends[0]; cut < file_size; cut++) {
        struct seen seen = read_bytes(file, cut, NULL);
        assert_true(seen.good);
        assert_int_equal(seen.status, IB_E_TRUNCATED);
        if (cut >= data_end)
            assert_int_equal(seen.frames, 8);
    }
}

static void a_piece_can_be_taken_back(void **state) {
    (void)state;
    make_film(3);
    struct ib_mkv_writer before = writer;
    size_t size_before = file_size;
    add_frame(3, time_of(3));
    writer = before;
    file_size = size_before;
    memset(file + file_size, 0, 2000);
    end_film();
    struct seen seen = read_bytes(file, file_size, NULL);
    assert_int_equal(seen.status, IB_OK);
    assert_int_equal(seen.frames, 3);
    assert_true(seen.good);
}

static void a_film_without_room_for_its_index(void **state) {
    (void)state;
    make_film(5);
    struct ib_mkv_patch patch[3];
    assert_true(ib_mkv_end_cluster(&writer, &patch[0]));
    apply(&patch[0]);
    ib_mkv_end(&writer, 0, patch);
    for (int i = 0; i < 3; i++)
        apply(&patch[i]);
    struct seen seen = read_bytes(file, file_size, NULL);
    assert_int_equal(seen.status, IB_OK);
    assert_int_equal(seen.frames, 5);
}

static void the_index_stays_small(void **state) {
    (void)state;
    begin_film();
    for (unsigned i = 0; i < IB_MKV_CUES * 3; i++) { // a cluster each; the file is not kept
        struct ib_mkv_patch patch;
        static const uint8_t byte[1] = {0};
        struct ib_mkv_piece one = {byte, 1};
        ib_mkv_end_cluster(&writer, &patch);
        int size = ib_mkv_frame(&writer, file, sizeof file, (uint64_t)i * 1000, one, one, one);
        assert_true(size > 0);
    }
    assert_true(writer.cue_count <= IB_MKV_CUES && writer.cue_count >= IB_MKV_CUES / 2);
    assert_int_equal(writer.cue_every, 4);
    for (uint32_t i = 0; i < writer.cue_count; i++)
        assert_true(cues[i].time_ms == (uint64_t)i * 4000);
    assert_true(ib_mkv_index(&writer, index_bytes, sizeof index_bytes) > 0);
    assert_int_equal(ib_mkv_index(&writer, index_bytes, 100), IB_E_NO_SPACE);
}

static void time_does_not_run_backwards(void **state) {
    (void)state;
    begin_film();
    add_frame(0, 500);
    add_frame(1, 100);
    // A cluster that nobody ended cannot go on for ever.
    assert_int_equal(ib_mkv_frame(&writer, file + file_size, sizeof file - file_size, 40000,
                                  piece(0, 2), piece(1, 2), piece(2, 2)),
                     IB_E_RANGE);
    end_film();
    struct seen seen = read_bytes(file, file_size, NULL);
    assert_int_equal(seen.frames, 2);
    assert_int_equal(seen.reader.time_us, 500000);
}

/// Elements nobody knows, wherever the writer's own begin: in the segment and in a cluster.
static void unknown_elements_are_skipped(void **state) {
    (void)state;
    static const uint8_t strange[] = {0x4F, 0xFF, 0x84, 0xDE, 0xAD, 0xBE, 0xEF};
    static uint8_t grown[sizeof file];
    make_film(6);
    for (unsigned i = 0; i < end_count; i++) {
        memcpy(grown, file, ends[i]);
        memcpy(grown + ends[i], strange, sizeof strange);
        memcpy(grown + ends[i] + sizeof strange, file + ends[i], file_size - ends[i]);
        struct seen seen = read_bytes(grown, file_size + sizeof strange, NULL);
        assert_int_equal(seen.status, IB_E_TRUNCATED); // never finished
        assert_int_equal(seen.frames, 6);
        assert_true(seen.good);
    }
}

static void check_refused(const uint8_t *bytes, size_t size, int status, const char *problem) {
    struct seen seen = read_bytes(bytes, size, NULL);
    assert_int_equal(seen.status, status);
    assert_non_null(seen.reader.problem);
    assert_string_equal(seen.reader.problem, problem);
}

static void what_is_no_film_is_refused(void **state) {
    (void)state;
    static const uint8_t png[16] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    static const uint8_t webp[] = {0x1A, 0x45, 0xDF, 0xA3, 0x87, 0x42,
                                   0x82, 0x84, 'w',  'o',  'r',  'd'};
    static const uint8_t deep[] = {0x1A, 0x45, 0xDF, 0xA3, 0x8B, 0x42, 0x82, 0x88, 'm',
                                   'a',  't',  'r',  'o',  's',  'k',  'a',  0xA0, 0xFF};
    uint8_t zeros[64] = {0};
    check_refused(zeros, sizeof zeros, IB_E_FORMAT, "no element begins here");
    check_refused(png, sizeof png, IB_E_FORMAT, "no Matroska film");
    check_refused(webp, sizeof webp, IB_E_FORMAT, "no Matroska film");
    check_refused(deep, sizeof deep, IB_E_FORMAT, "an element of unknown size");
    struct seen seen = read_bytes(zeros, 0, NULL);
    assert_int_equal(seen.status, IB_E_FORMAT);
}

/// Replace the first such text in the film by another of the same length.
static void replace(const char *text, const char *by) {
    size_t size = strlen(text);
    for (size_t i = 0; i + size <= file_size; i++) {
        if (memcmp(file + i, text, size) == 0) {
            memcpy(file + i, by, size);
            return;
        }
    }
    fail_msg("no %s", text);
}

static void films_that_hold_something_else(void **state) {
    (void)state;
    make_film(2);
    replace("V_FFV1", "V_MPEG");
    check_refused(file, file_size, IB_E_NOT_FOUND, "no 16-bit track (FFV1) in this film");
    make_film(2);
    replace("\x63\xA2", "\x6D\x80"); // its codec's data become an encoding
    check_refused(file, file_size, IB_E_UNSUPPORTED, "the track is compressed or encrypted");
    begin_film();
    struct seen seen = read_bytes(file, file_size, NULL);
    assert_int_equal(seen.status, IB_E_TRUNCATED);
    assert_int_equal(seen.tracks, 1);
}

static void a_block_too_large_is_refused(void **state) {
    (void)state;
    begin_film();
    static const uint8_t large[3000] = {0};
    struct ib_mkv_piece small = {large, 10}, big = {large, sizeof large};
    append(ib_mkv_frame(&writer, file + file_size, sizeof file - file_size, 0, big, small, small));
    struct seen seen = read_bytes(file, file_size, NULL);
    assert_int_equal(seen.frames, 1); // other tracks' blocks may be of any size
    append(ib_mkv_frame(&writer, file + file_size, sizeof file - file_size, 1, small, big, small));
    check_refused(file, file_size, IB_E_NO_SPACE, "a block larger than the storage");
    begin_film();
    append(ib_mkv_frame(&writer, file + file_size, sizeof file - file_size, 1, small, small, big));
    check_refused(file, file_size, IB_E_NO_SPACE, "a block larger than the storage");
}

static void any_flipped_bit_is_survived(void **state) {
    (void)state;
    make_film(4);
    end_film();
    unsigned refused = 0;
    for (size_t bit = 0; bit < file_size * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct seen seen = read_bytes(file, file_size, NULL);
        refused += seen.status != IB_OK;
        assert_true(seen.frames <= 40);
        file[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(refused > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finished_film_says_everything),
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(a_film_that_was_cut_off_keeps_its_frames),
        cmocka_unit_test(a_finished_film_that_was_cut_is_truncated),
        cmocka_unit_test(a_piece_can_be_taken_back),
        cmocka_unit_test(a_film_without_room_for_its_index),
        cmocka_unit_test(the_index_stays_small),
        cmocka_unit_test(time_does_not_run_backwards),
        cmocka_unit_test(unknown_elements_are_skipped),
        cmocka_unit_test(what_is_no_film_is_refused),
        cmocka_unit_test(films_that_hold_something_else),
        cmocka_unit_test(a_block_too_large_is_refused),
        cmocka_unit_test(any_flipped_bit_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
