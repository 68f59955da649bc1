/// record_on and record_off through a whole session: what is on the card, and what a client reads
/// back, also after a power cut, on a full card, with a card that was pulled.
#include "support_card.h"
#include "support_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/tcam.h"
#include "core/status.h"
#include "record/tmjsn.h"
#include "tcam/wall.h"

#define WALL_US (INT64_C(1714979289000000) - RIG_START_US) ///< 2024-05-06 07:08:09 at the start
#define DAY "tcam_24_05_06"
#define MOVIE "mov_7_08_09.tmjsn"
#define GET_FILE                                                                                   \
    "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"" DAY "\",\"file_name\":\"" MOVIE "\"}}"

static struct rig rig;
static struct card card;

static int setup(void **state) {
    (void)state;
    card_init(&card);
    struct ib_tcam_config config = {
        .card = &card.files, .model_base = ib_board_tcam.model, .wall_offset_us = WALL_US};
    rig_init_with(&rig, &(struct rig_with){.tcam = config});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    card_init(&card);
    return 0;
}

/// A frame, and what the loop does then.
static void frame(uint32_t flags) {
    rig.now_us += RIG_FRAME_US;
    rig_frame(&rig, flags);
    uint64_t due_us;
    ib_tcam_step(&rig.tcam, rig.now_us, &due_us);
}

static void record_on(const char *args) {
    char line[120];
    snprintf(line, sizeof line, "{\"cmd\":\"record_on\"%s%s}", args ? ",\"args\":" : "",
             args ? args : "");
    rig_say(&rig, line);
    rig_expect(&rig, rig_info(1, "record_on success"));
}

static void record_off(void) {
    rig_say(&rig, "{\"cmd\":\"record_off\"}");
    rig_expect(&rig, rig_info(1, "record_off success"));
}

static void expect_recording(int recording) {
    char wanted[40];
    snprintf(wanted, sizeof wanted, "\"Recording\":%d,\"Time\"", recording);
    rig_say(&rig, "{\"cmd\":\"get_status\"}");
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    if (!strstr(text, wanted))
        fail_msg("no %s in %s", wanted, text);
}

/// What a file holds: the numbers of the frames that its images are, and its footer.
struct movie {
    uint32_t numbers[64];
    size_t images;
    size_t damaged;
    bool footer;
    struct ib_tmjsn_info info;
};

/// Which of the rig's frames an image is.
static uint32_t number_of(const char *text, size_t size) {
    static uint16_t pixels[IB_IMAGE_JSON_PX];
    struct ib_frame image = {.pixels = pixels, .capacity_px = IB_IMAGE_JSON_PX};
    assert_int_equal(ib_image_json_read(text, size, &image, NULL, NULL), IB_OK);
    for (uint32_t number = 1; number <= rig.frames; number++) {
        if (rig_pixel(number, 0) == pixels[0] && rig_pixel(number, 19199) == pixels[19199])
            return number;
    }
    fail_msg("an image that is no frame");
    return 0;
}

static void take(struct movie *out, const struct ib_tmjsn_record *record) {
    if (record->kind == IB_TMJSN_IMAGE) {
        assert_true(out->images < 64);
        assert_false(out->footer);
        out->numbers[out->images++] = number_of(record->text, record->size);
    } else if (record->kind == IB_TMJSN_INFO) {
        out->footer = true;
        assert_int_equal(ib_tmjsn_read_info(record->text, record->size, &out->info), IB_OK);
    } else {
        out->damaged++;
    }
}

static struct movie on_card(const char *file) {
    struct movie out = {0};
    const struct card_entry *entry = card_find(&card, DAY, file);
    if (!entry) {
        fail_msg("no %s", file);
        return out;
    }
    struct ib_tmjsn_record record;
    size_t at = 0;
    while (ib_tmjsn_next(entry->bytes + at, entry->size - at, true, &record)) {
        take(&out, &record);
        at += record.used;
    }
    return out;
}

/// What get_file gives, up to the footer.
static struct movie fetched(void) {
    struct movie out = {0};
    rig_say(&rig, GET_FILE);
    while (!out.footer) {
        struct ib_tcam_chunk chunk;
        const char *text = rig_pull_from(&rig, &rig.session, &chunk);
        assert_false(chunk.image); // nothing that a pump may drop
        struct ib_tmjsn_record record;
        if (!ib_tmjsn_next(text, chunk.size ? chunk.size - 2 : 0, true, &record) ||
            record.kind == IB_TMJSN_DAMAGED)
            fail_msg("after %zu images: %.100s", out.images, text);
        take(&out, &record);
    }
    rig_expect_nothing(&rig);
    return out;
}

static void expect_numbers(const struct movie *movie, uint32_t first, uint32_t last) {
    assert_int_equal(movie->images, last - first + 1);
    for (uint32_t i = 0; i < movie->images; i++)
        assert_int_equal(movie->numbers[i], first + i);
}

static void record_on_and_off(void **state) {
    (void)state;
    frame(0);
    expect_recording(0);
    record_on(NULL);
    expect_recording(1);
    for (int i = 0; i < 5; i++)
        frame(0);
    record_off();
    expect_recording(0);
    frame(0);
    struct movie movie = on_card(MOVIE);
    expect_numbers(&movie, 2, 6);
    assert_int_equal(movie.damaged, 0);
    static const char footer[] =
        "}\x03{\"video_info\":{\"end_date\":\"5/6/24\",\"end_time\":\"7:08:09.679\","
        "\"num_frames\":5,\"start_date\":\"5/6/24\",\"start_time\":\"7:08:09.226\","
        "\"version\":1}}\x03";
    const struct card_entry *entry = card_find(&card, DAY, MOVIE);
    assert_memory_equal(entry->bytes + entry->size - (sizeof footer - 1), footer,
                        sizeof footer - 1);
    assert_int_equal(entry->synced, entry->size);
    movie = fetched();
    expect_numbers(&movie, 2, 6);
    assert_int_equal(movie.info.frames, 5);
    assert_string_equal(movie.info.end_time, "7:08:09.679");
    record_off(); // also when none is under way
    assert_int_equal(card_files(&card), 1);
}

static void record_on_num_frames(void **state) {
    (void)state;
    record_on("{\"delay_msec\":0,\"num_frames\":3}");
    for (int i = 0; i < 2; i++)
        frame(0);
    frame(IB_FRAME_FFC); // not a view of the scene
    expect_recording(1);
    frame(0);
    expect_recording(0); // by itself
    frame(0);
    struct movie movie = on_card(MOVIE);
    assert_int_equal(movie.images, 3);
    assert_int_equal(movie.numbers[2], 4);
    assert_int_equal(movie.info.frames, 3);
    assert_int_equal(movie.info.gaps, 0);
    assert_int_equal(rig.tcam.recorder.status, IB_OK);
}

static void record_on_delay_msec(void **state) {
    (void)state;
    record_on("{\"delay_msec\":500}");
    for (int i = 0; i < 18; i++)
        frame(0);
    record_off();
    struct movie movie = on_card(MOVIE);
    // The first frame, then the first at or after each 500 ms: 113.25 ms a frame.
    static const uint32_t expected[] = {1, 5, 9, 14, 18};
    assert_int_equal(movie.images, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(movie.numbers[i], expected[i]);
    assert_int_equal(movie.info.frames, 5);
    assert_int_equal(movie.info.gaps, 0);
}

static void record_on_refusals(void **state) {
    (void)state;
    rig_refuses(&rig, "{\"cmd\":\"record_on\",\"args\":{\"delay_msec\":\"1\"}}", 0,
                "record_on failed");
    rig_refuses(&rig, "{\"cmd\":\"record_on\",\"args\":{\"num_frames\":null}}", 0,
                "record_on failed");
    card.absent = true;
    rig_refuses(&rig, "{\"cmd\":\"record_on\"}", 0,
                "Cannot start recording.  No SD Card installed");
    card.absent = false;
    card.indexing = true;
    rig_refuses(&rig, "{\"cmd\":\"record_on\"}", 0, "Cannot start recording.  Indexing SD Card");
    card.indexing = false;
    for (unsigned k = 1; k <= 3; k++) { // the card, the name, the empty file
        card.fail_in = k;
        rig_refuses(&rig, "{\"cmd\":\"record_on\"}", 0, "record_on failed");
        assert_int_equal(card.fail_in, 0);
        expect_recording(0);
    }
    record_on("{\"delay_msec\":-5,\"num_frames\":-1}"); // as stream_on takes them
    frame(0);
    frame(0);
    record_off();
    assert_int_equal(on_card(MOVIE).images, 2);
}

static void record_on_while_recording(void **state) {
    (void)state;
    record_on(NULL);
    frame(0);
    record_on("{\"num_frames\":2}");
    for (int i = 0; i < 4; i++)
        frame(0);
    struct movie movie = on_card(MOVIE);
    expect_numbers(&movie, 1, 1);
    assert_true(movie.footer);
    movie = on_card("mov_7_08_09_2.tmjsn"); // the same second
    expect_numbers(&movie, 2, 3);
    assert_true(movie.footer);

    // A refused one leaves the recording under way alone.
    record_on(NULL);
    frame(0);
    rig_refuses(&rig, "{\"cmd\":\"record_on\",\"args\":{\"num_frames\":[]}}", 0,
                "record_on failed");
    expect_recording(1);
}

static void without_a_frame(void **state) {
    (void)state;
    record_on(NULL);
    rig.now_us += 2000000;
    record_off();
    struct movie movie = on_card(MOVIE);
    assert_int_equal(movie.images, 0);
    assert_true(movie.footer);
    assert_int_equal(movie.info.frames, 0);
    assert_string_equal(movie.info.start_time, "7:08:09.0");
    assert_string_equal(movie.info.end_date, "5/6/24");
    assert_int_equal(fetched().info.frames, 0);
}

static void it_goes_on_when_the_client_has_gone(void **state) {
    (void)state;
    record_on(NULL);
    frame(0);
    assert_true(ib_tcam_session_close(&rig.session));
    frame(0);
    ib_tcam_session_init(&rig.session, &rig.tcam, rig.now_us);
    expect_recording(1);
    frame(0);
    record_off(); // anybody may
    struct movie movie = on_card(MOVIE);
    expect_numbers(&movie, 1, 3);
}

static void beside_a_stream_and_pictures(void **state) {
    (void)state;
    record_on(NULL);
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    rig_expect(&rig, rig_info(1, "stream_on success"));
    for (int i = 0; i < 3; i++) {
        frame(0);
        rig_expect_image(&rig);
    }
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    frame(0);
    rig_expect(&rig, rig_info(1, "take_picture success"));
    rig_expect_image(&rig);
    record_off();
    struct movie movie = on_card(MOVIE);
    expect_numbers(&movie, 1, 4);
    assert_int_equal(rig.tcam.counters.images_encoded, 4); // each once
}

/// A loop that comes late finds the frames that the hub still holds, and tells of the others.
static void missing_frames_are_told(void **state) {
    (void)state;
    record_on(NULL);
    frame(0);
    for (int i = 0; i < 2; i++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
    }
    frame(0); // takes all three
    for (int i = 0; i < 9; i++) {
        rig.now_us += RIG_FRAME_US;
        rig_frame(&rig, 0);
    }
    frame(0);
    frame(IB_FRAME_AFTER_GAP); // and frames that never reached the hub
    frame(0);
    record_off();
    struct movie movie = on_card(MOVIE);
    assert_int_equal(movie.numbers[3], 4);
    assert_true(movie.numbers[4] > 5);
    assert_int_equal(movie.info.frames, movie.images);
    assert_int_equal(movie.info.gaps, 2);
    assert_int_equal(fetched().info.gaps, 2);
}

static void a_power_cut_leaves_whole_images(void **state) {
    (void)state;
    record_on(NULL);
    for (int i = 0; i < 50; i++) // 5.7 s
        frame(0);
    card_cut_power(&card);
    struct movie movie = on_card(MOVIE);
    assert_in_range(movie.images, 44, 50);
    expect_numbers(&movie, 1, (uint32_t)movie.images);
    assert_false(movie.footer);

    // Every length it may have been left with.
    struct card_entry *entry = &card.entries[1];
    assert_string_equal(entry->file, MOVIE);
    entry->size = 120000;
    movie = fetched(); // a footer all the same, and an honest one
    expect_numbers(&movie, 1, 2);
    assert_int_equal(movie.info.frames, 2);
    assert_string_equal(movie.info.start_time, "7:08:09.113");
    assert_string_equal(movie.info.end_time, "7:08:09.226");
    entry->size = 51000;
    rig_refuses(&rig, GET_FILE, 0, "Error reading image file");
}

static void damage_inside_costs_one_image(void **state) {
    (void)state;
    record_on("{\"num_frames\":4}");
    for (int i = 0; i < 4; i++)
        frame(0);
    const struct card_entry *entry = card_find(&card, DAY, MOVIE);
    memset(entry->bytes + entry->size / 4 + 10000, 0, 512); // a lost sector of the second
    struct movie movie = fetched();
    assert_int_equal(movie.images, 3);
    assert_int_equal(movie.numbers[0], 1);
    assert_int_equal(movie.numbers[1], 3);
    assert_int_equal(movie.info.frames, 3); // what was sent
    assert_string_equal(movie.info.end_time, "7:08:09.453");
    memset(entry->bytes + entry->size - 40, 'x', 10); // the footer too
    movie = fetched();
    assert_int_equal(movie.images, 3);
    assert_int_equal(movie.info.frames, 3);
}

static void a_full_card_ends_it(void **state) {
    (void)state;
    record_on(NULL);
    card.room = 3 * 52000 + 20000;
    for (int i = 0; i < 5; i++)
        frame(0);
    expect_recording(0);
    assert_int_equal(rig.tcam.recorder.status, IB_E_NO_SPACE);
    assert_int_equal(rig.logged, 2); // why, and what there is
    struct movie movie = on_card(MOVIE);
    expect_numbers(&movie, 1, 3);
    assert_true(movie.footer); // it had room
    assert_int_equal(movie.info.frames, 3);
    record_off();
}

static void a_card_that_is_pulled_ends_it(void **state) {
    (void)state;
    record_on(NULL);
    frame(0);
    card.absent = true;
    frame(0);
    expect_recording(0);
    assert_int_equal(rig.tcam.recorder.status, IB_E_NOT_FOUND);
    card.absent = false;
    frame(0); // it does not come back by itself
    assert_int_equal(on_card(MOVIE).images, 1);
    assert_false(on_card(MOVIE).footer);
    assert_int_equal(fetched().info.frames, 1);
}

/// Another card, put in between two frames, gets no piece of this recording.
static void a_card_that_is_changed_ends_it(void **state) {
    (void)state;
    for (int frames = 0; frames < 2; frames++) {
        setup(NULL);
        record_on(NULL);
        for (int i = 0; i < frames; i++)
            frame(0);
        card_init(&card);
        frame(0);
        expect_recording(0);
        assert_int_equal(card_files(&card), 0);
        record_on(NULL);
        card_init(&card);
        record_off();
        assert_int_equal(card_files(&card), 0);
    }
}

static void what_is_being_recorded_is_not_deleted(void **state) {
    (void)state;
    record_on(NULL);
    frame(0);
    static const char file[] = "{\"cmd\":\"delete_filesystem_obj\",\"args\":{\"dir_name\":\"" DAY
                               "\",\"file_name\":\"" MOVIE "\"}}";
    rig_refuses(&rig, file, 0, "Could not delete image");
    rig_refuses(&rig, "{\"cmd\":\"delete_filesystem_obj\",\"args\":{\"dir_name\":\"" DAY "\"}}", 0,
                "Could not delete image");
    card_put(&card, DAY, "img.tjsn", "x", 1);
    rig_say(&rig, "{\"cmd\":\"delete_filesystem_obj\",\"args\":{\"dir_name\":\"" DAY
                  "\",\"file_name\":\"img.tjsn\"}}");
    rig_expect(&rig, rig_info(1, "delete_filesystem_obj success"));
    frame(0);
    assert_int_equal(fetched().images, 2); // read while it grows
    record_off();
    rig_say(&rig, file);
    rig_expect(&rig, rig_info(1, "delete_filesystem_obj success"));
}

/// The file vanishes while it is on its way to a client.
static void get_file_of_a_card_that_is_pulled(void **state) {
    (void)state;
    record_on("{\"num_frames\":3}");
    for (int i = 0; i < 3; i++)
        frame(0);
    rig_say(&rig, GET_FILE);
    const char *text = rig_pull_from(&rig, &rig.session, NULL);
    assert_int_equal(number_of(text, strlen(text)), 1);
    card.absent = true;
    rig_expect(&rig, rig_info(0, "Error reading image file"));
    rig_expect_nothing(&rig);
    card.absent = false;
    assert_int_equal(fetched().images, 3);
}

/// Whichever operation fails, once or for ever: replies come, every image that is said to be there
/// is, and the next recording works.
static void with_each_operation_failing(void **state) {
    (void)state;
    unsigned most = 0;
    for (unsigned k = 1; k < 200; k++) {
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            setup(NULL);
            card.fail_in = k;
            card.for_ever = for_ever;
            rig_say(&rig, "{\"cmd\":\"record_on\"}");
            bool started = strstr(rig_pull_from(&rig, &rig.session, NULL), "success") != NULL;
            for (int i = 0; i < 4; i++)
                frame(0);
            bool lasted = rig.tcam.recorder.on;
            record_off();
            if (k > card.operations) {
                most = card.operations;
                break;
            }
            card.fail_in = 0;
            card.for_ever = false;
            const struct card_entry *entry = card_find(&card, DAY, MOVIE);
            if (entry && entry->size) {
                struct movie movie = on_card(MOVIE);
                if (movie.damaged || (movie.footer && movie.info.frames != movie.images))
                    fail_msg("operation %u, for_ever %d: %zu damaged, %u of %zu images", k,
                             for_ever, movie.damaged, movie.info.frames, movie.images);
                expect_numbers(&movie, 1, (uint32_t)movie.images);
                if (lasted && started)
                    assert_int_equal(movie.images, 4);
            }
            rig.now_us += 2000000;
            record_on("{\"num_frames\":1}");
            frame(0);
            expect_recording(0);
            assert_int_equal(rig.tcam.recorder.status, IB_OK);
        }
        if (most)
            break;
    }
    assert_in_range(most, 10, 40);
}

static void count_call(void *context) {
    (*(unsigned *)context)++;
}

static void poweroff_closes_the_file(void **state) {
    (void)state;
    unsigned calls = 0;
    record_on(NULL);
    frame(0);
    rig.tcam.poweroff = count_call;
    rig.tcam.poweroff_context = &calls;
    rig_say(&rig, "{\"cmd\":\"poweroff\"}");
    rig_expect(&rig, rig_info(1, "poweroff success"));
    assert_int_equal(calls, 1);
    card_cut_power(&card);
    struct movie movie = on_card(MOVIE);
    assert_int_equal(movie.images, 1);
    assert_true(movie.footer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(record_on_and_off),
        TEST(record_on_num_frames),
        TEST(record_on_delay_msec),
        TEST(record_on_refusals),
        TEST(record_on_while_recording),
        TEST(without_a_frame),
        TEST(it_goes_on_when_the_client_has_gone),
        TEST(beside_a_stream_and_pictures),
        TEST(missing_frames_are_told),
        TEST(a_power_cut_leaves_whole_images),
        TEST(damage_inside_costs_one_image),
        TEST(a_full_card_ends_it),
        TEST(a_card_that_is_pulled_ends_it),
        TEST(a_card_that_is_changed_ends_it),
        TEST(what_is_being_recorded_is_not_deleted),
        TEST(get_file_of_a_card_that_is_pulled),
        TEST(with_each_operation_failing),
        TEST(poweroff_closes_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
