/// The commands of the tCam with a memory card, through a whole session: pictures, lists, files,
/// deleting, power. Recordings are in card_record_test.c.
#include "support_card.h"
#include "support_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/tcam.h"
#include "core/status.h"
#include "tcam/wall.h"

#define WALL_US (INT64_C(1714979289000000) - RIG_START_US) ///< 2024-05-06 07:08:09 at the start
#define DAY "tcam_24_05_06"

static struct rig rig;
static struct card card;
static unsigned powered_off;

static void power_off(void *context) {
    (*(unsigned *)context)++;
}

static int setup(void **state) {
    (void)state;
    card_init(&card);
    powered_off = 0;
    struct ib_tcam_config config = {.card = &card.files,
                                    .model_base = ib_board_tcam.model,
                                    .wall_offset_us = WALL_US,
                                    .poweroff = power_off,
                                    .poweroff_context = &powered_off};
    rig_init_with(&rig, &(struct rig_with){.tcam = config});
    return 0;
}

static int teardown(void **state) {
    (void)state;
    card_init(&card);
    return 0;
}

static void expect_ack(const char *name) {
    char text[64];
    snprintf(text, sizeof text, "%s success", name);
    rig_expect(&rig, rig_info(1, text));
}

static void take_picture(void) {
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    rig_expect_nothing(&rig);
    rig_frame(&rig, 0);
    expect_ack("take_picture");
}

/// The file holds frame `number` as an image, and nothing else.
static void expect_picture(const char *file, uint32_t number) {
    const struct card_entry *entry = card_find(&card, DAY, file);
    if (!entry) {
        fail_msg("no %s", file);
        return;
    }
    static uint16_t pixels[IB_IMAGE_JSON_PX];
    struct ib_frame frame = {.pixels = pixels, .capacity_px = IB_IMAGE_JSON_PX};
    struct ib_image_metadata metadata;
    assert_int_equal(ib_image_json_read(entry->bytes, entry->size, &frame, &metadata, NULL), IB_OK);
    assert_int_equal(pixels[77], rig_pixel(number, 77));
    assert_int_equal(pixels[19199], rig_pixel(number, 19199));
    assert_int_equal(entry->bytes[0], '{');
    assert_int_equal(entry->bytes[entry->size - 1], '}');
    assert_int_equal(entry->synced, entry->size);
}

static void take_picture_success(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    rig_frame(&rig, IB_FRAME_FFC); // not a view of the scene
    rig_expect_nothing(&rig);
    assert_int_equal(card_files(&card), 0);
    rig_frame(&rig, 0);
    expect_ack("take_picture");
    expect_picture("img_7_08_09.tjsn", 2);
    assert_int_equal(card_files(&card), 1);
    rig_expect_nothing(&rig);
}

static void take_picture_twice_in_a_second(void **state) {
    (void)state;
    for (uint32_t number = 1; number <= 4; number++)
        take_picture();
    expect_picture("img_7_08_09.tjsn", 1);
    expect_picture("img_7_08_09_2.tjsn", 2);
    expect_picture("img_7_08_09_3.tjsn", 3);
    expect_picture("img_7_08_09_4.tjsn", 4);
    assert_int_equal(card_files(&card), 4);
    char name[40];
    for (int n = 5; n <= 99; n++) {
        snprintf(name, sizeof name, "img_7_08_09_%d.tjsn", n);
        card_put(&card, DAY, name, "x", 1);
    }
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    rig_frame(&rig, 0);
    rig_expect(&rig, rig_info(0, "Could not store image to SD Card"));
    assert_int_equal(card_files(&card), 99);
    expect_picture("img_7_08_09.tjsn", 1);
    rig.now_us += 1000000;
    take_picture();
    expect_picture("img_7_08_10.tjsn", 6);
}

static void take_picture_beside_a_stream(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"stream_on\"}");
    expect_ack("stream_on");
    rig_frame(&rig, 0);
    assert_int_equal(rig_expect_image(&rig).captured_us, rig.now_us);
    rig.now_us += RIG_FRAME_US;
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    rig_frame(&rig, 0);
    expect_ack("take_picture");
    assert_int_equal(rig_expect_image(&rig).captured_us, rig.now_us); // the stream has it too
    expect_picture("img_7_08_09.tjsn", 2);
    assert_true(rig.session.streaming);
}

static void take_picture_without_frames(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    rig_expect_nothing(&rig);
    assert_int_equal(ib_tcam_session_due(&rig.session), rig.now_us + 5000000);
    rig.now_us += 5000000;
    rig_expect(&rig, rig_info(0, "take_picture failed"));
    rig_frame(&rig, 0);
    rig_expect_nothing(&rig);
    assert_int_equal(card_files(&card), 0);
}

static void take_picture_without_a_card(void **state) {
    (void)state;
    card.absent = true;
    rig_refuses(&rig, "{\"cmd\":\"take_picture\"}", 0,
                "Cannot take picture.  No SD Card installed");
    card.absent = false;
    card.indexing = true;
    rig_refuses(&rig, "{\"cmd\":\"take_picture\"}", 0, "Cannot take picture.  Indexing SD Card");
    card.indexing = false;
    card.fail_in = 1;
    rig_refuses(&rig, "{\"cmd\":\"take_picture\"}", 0, "take_picture failed");
    // Pulled between the command and the frame.
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    card.absent = true;
    rig_frame(&rig, 0);
    rig_expect(&rig, rig_info(0, "Could not store image to SD Card"));
    card.absent = false;
    card.room = 40000;
    rig_say(&rig, "{\"cmd\":\"take_picture\"}");
    rig_frame(&rig, 0);
    rig_expect(&rig, rig_info(0, "Could not store image to SD Card"));
    assert_int_equal(card_files(&card), 0);
}

/// Whichever operation fails: one reply, and a whole picture or none.
static void take_picture_with_each_operation_failing(void **state) {
    (void)state;
    for (unsigned k = 1;; k++) {
        setup(NULL);
        card.fail_in = k;
        rig_say(&rig, "{\"cmd\":\"take_picture\"}");
        rig_frame(&rig, 0);
        char text[200];
        snprintf(text, sizeof text, "%s", rig_pull_from(&rig, &rig.session, NULL));
        rig_expect_nothing(&rig);
        bool failed = card.fail_in == 0;
        if (!failed) {
            assert_string_equal(text, rig_info(1, "take_picture success"));
            assert_int_equal(k, card.operations + 1);
            assert_true(k > 3);
            break;
        }
        if (!strstr(text, "\"info_value\":0,"))
            fail_msg("operation %u failed and the reply was %s", k, text);
        assert_int_equal(card_files(&card), 0);
        take_picture(); // the next one is fine
        expect_picture("img_7_08_09.tjsn", 2);
    }
}

static void get_filesystem_list(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"/\"}}");
    rig_expect(&rig, "{\"filesystem_list\":{\"dir_name\":\"/\",\"name_list\":\"\"}}");
    take_picture();
    card_put(&card, "empty", "", NULL, 0);
    card_put(&card, DAY, "a,b.tjsn", "x", 1); // could not be told from two
    card_put(&card, DAY, "a\"b.tjsn", "x", 1);
    card_put(&card, "tcam_00_01_01", "x.tjsn", "x", 1);
    card_put(&card, "", "readme.txt", "x", 1); // no directory
    rig_say(&rig, "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"/\"}}");
    rig_expect(&rig, "{\"filesystem_list\":{\"dir_name\":\"/\",\"name_list\":"
                     "\"empty,tcam_00_01_01," DAY ",\"}}");
    rig_say(&rig, "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"" DAY "\"}}");
    rig_expect(&rig, "{\"filesystem_list\":{\"dir_name\":\"" DAY "\",\"name_list\":"
                     "\"a\\\"b.tjsn,img_7_08_09.tjsn,\"}}");
    rig_say(&rig, "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"empty\"}}");
    rig_expect(&rig, "{\"filesystem_list\":{\"dir_name\":\"empty\",\"name_list\":\"\"}}");
}

static void get_filesystem_list_refusals(void **state) {
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"dir_name\":3}",
        "{\"dir_name\":\"\"}",
        "{\"dir_name\":\"..\"}",
        "{\"dir_name\":\"//\"}",
        "{\"dir_name\":\"/etc\"}",
        "{\"dir_name\":\"a/b\"}",
        "{\"dir_name\":\"/\\u0000etc\"}",
        "{\"dir_name\":\"a name of thirty-three characters!\"}",
    };
    char line[160];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, "{\"cmd\":\"get_filesystem_list\",\"args\":%s}", bad[i]);
        rig_refuses(&rig, line, 0, "get_filesystem_list failed");
    }
    rig_refuses(&rig, "{\"cmd\":\"get_filesystem_list\"}", 0, "get_filesystem_list failed");
    assert_int_equal(card.operations, 0);
    static const char top[] = "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"/\"}}";
    card.absent = true;
    rig_refuses(&rig, top, 0, "get_filesystem_list failed");
    card.absent = false;
    rig_refuses(&rig, "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"none\"}}", 0,
                "Failed to get filesystem catalog");
    card.fail_in = 2;
    rig_refuses(&rig, top, 0, "Failed to get filesystem catalog");
}

static void get_filesystem_list_longer_than_2_kb(void **state) {
    (void)state;
    char name[40];
    static char expected[IB_TCAM_LIST_BYTES];
    size_t at = (size_t)snprintf(expected, sizeof expected,
                                 "{\"filesystem_list\":{\"dir_name\":\"" DAY "\",\"name_list\":\"");
    for (int i = 0; i < 900; i++) {
        snprintf(name, sizeof name, "img_%02d_%02d_%02d.tjsn", i / 100, i / 10 % 10, i % 10);
        card_put(&card, DAY, name, "x", 1);
        at += (size_t)snprintf(expected + at, sizeof expected - at, "%s,", name);
    }
    snprintf(expected + at, sizeof expected - at, "\"}}");
    static const char list[] =
        "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"" DAY "\"}}";
    rig_say(&rig, list);
    rig_expect(&rig, expected);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "img_12_00_%02d.tjsn", i);
        card_put(&card, DAY, name, "x", 1);
    }
    rig_refuses(&rig, list, 0, "Failed to get filesystem catalog");
}

static void get_file_of_a_picture(void **state) {
    (void)state;
    take_picture();
    static char expected[IB_IMAGE_JSON_BYTES];
    const struct card_entry *entry = card_find(&card, DAY, "img_7_08_09.tjsn");
    memcpy(expected, entry->bytes, entry->size);
    rig_say(&rig, "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"" DAY
                  "\",\"file_name\":\"img_7_08_09.tjsn\"}}");
    struct ib_tcam_chunk chunk;
    ib_tcam_session_pull(&rig.session, rig.now_us, true, &chunk);
    assert_int_equal(chunk.size, 0); // busy
    rig_expect(&rig, expected);
    rig_expect_nothing(&rig);
    // A line end behind it, as editors leave it, blanks before it, another extension's case.
    static char edited[IB_IMAGE_JSON_BYTES];
    int size = snprintf(edited, sizeof edited, "\r\n %s\n", expected);
    card_put(&card, DAY, "EDITED.TJSN", edited, (size_t)size);
    rig_say(&rig, "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"" DAY
                  "\",\"file_name\":\"EDITED.TJSN\"}}");
    rig_expect(&rig, expected);
    rig_expect_nothing(&rig);
}

static void get_file_for_two_clients_at_once(void **state) {
    (void)state;
    static struct ib_tcam_session other;
    ib_tcam_session_init(&other, &rig.tcam, rig.now_us);
    card_put(&card, "d", "a.tmjsn",
             "{\"radiometric\":\"A1\"}\x03{\"radiometric\":\"A2\"}\x03{\"radiometric\":\"A3\"}",
             62);
    card_put(&card, "d", "b.tjsn", "{\"radiometric\":\"B\"}", 19);
    rig_say(&rig, "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"d\",\"file_name\":\"a.tmjsn\"}}");
    rig_expect(&rig, "{\"radiometric\":\"A1\"}");
    rig_say_to(&rig, &other,
               "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"d\",\"file_name\":\"b.tjsn\"}}");
    rig_expect_from(&rig, &other, "{\"radiometric\":\"B\"}");
    rig_expect(&rig, "{\"radiometric\":\"A2\"}");
    rig_say_to(&rig, &other, "{\"cmd\":\"get_filesystem_list\",\"args\":{\"dir_name\":\"d\"}}");
    rig_expect_from(&rig, &other,
                    "{\"filesystem_list\":{\"dir_name\":\"d\",\"name_list\":\"a.tmjsn,b.tjsn,\"}}");
    rig_expect(&rig, "{\"radiometric\":\"A3\"}");
    assert_true(ib_tcam_session_close(&other));
}

/// A client's next command waits until the file is over.
static void get_file_then_the_next_command(void **state) {
    (void)state;
    card_put(&card, "d", "a.tmjsn", "{\"radiometric\":\"A1\"}\x03{\"radiometric\":\"A2\"}\x03", 42);
    rig_say(&rig, "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"d\",\"file_name\":\"a.tmjsn\"}}");
    assert_int_equal(rig_feed(&rig, "\x02{\"cmd\":\"get_config\"}\x03", 23), 0);
    rig_expect(&rig, "{\"radiometric\":\"A1\"}");
    rig_expect(&rig, "{\"radiometric\":\"A2\"}");
    rig_expect(&rig, "{\"video_info\":{\"end_date\":\"\",\"end_time\":\"\",\"num_frames\":2,"
                     "\"start_date\":\"\",\"start_time\":\"\",\"version\":1}}");
    rig_say(&rig, "{\"cmd\":\"get_config\"}");
    rig_expect(&rig, "{\"config\":{\"agc_enabled\":0,\"emissivity\":100,\"gain_mode\":0}}");
}

static void get_file_refusals(void **state) {
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"dir_name\":\"d\"}",
        "{\"file_name\":\"a.tjsn\"}",
        "{\"dir_name\":\"/\",\"file_name\":\"a.tjsn\"}",
        "{\"dir_name\":\"d\",\"file_name\":\"../a.tjsn\"}",
        "{\"dir_name\":\"d\",\"file_name\":\".tjsn\"}",
        "{\"dir_name\":\"d\",\"file_name\":17}",
    };
    char line[160];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, "{\"cmd\":\"get_file\",\"args\":%s}", bad[i]);
        rig_refuses(&rig, line, 0, "get_file failed");
    }
    assert_int_equal(card.operations, 0);
    card.absent = true;
    rig_refuses(&rig,
                "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"d\",\"file_name\":\"a.tjsn\"}}", 0,
                "get_file failed");
    card.absent = false;

    static char big[3 * IB_IMAGE_JSON_BYTES];
    memset(big, ' ', sizeof big);
    card_put(&card, "d", "blank.tjsn", big, sizeof big);
    card_put(&card, "d", "blank.tmjsn", big, sizeof big);
    int size = snprintf(big, sizeof big, "{\"radiometric\":\"");
    memset(big + size, 'A', sizeof big - (size_t)size);
    memcpy(big + sizeof big - 3, "\"}", 3);
    card_put(&card, "d", "big.tjsn", big, sizeof big);
    static const struct {
        const char *name;
        const char *text;
    } files[] = {{"empty.tjsn", ""},
                 {"empty.tmjsn", ""},
                 {"text.tjsn", "hello"},
                 {"cut.tjsn", "{\"radiometric\":\"AAA"},
                 {"config.tjsn", "{\"radiometric\":1}"},
                 {"info.tjsn", "{\"video_info\":{\"num_frames\":0}}"},
                 {"start.tjsn", "{\"radiometric\":\"A\x02\"}"},
                 {"end.tjsn", "{\"radiometric\":\"A\x03\"}"},
                 {"picture.png", "\x89PNG"},
                 {"tjsn", "{\"radiometric\":\"A\"}"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        card_put(&card, "d", files[i].name, files[i].text, strlen(files[i].text));
    static const char *const names[] = {"blank.tjsn",  "blank.tmjsn", "big.tjsn",   "empty.tjsn",
                                        "empty.tmjsn", "text.tjsn",   "cut.tjsn",   "config.tjsn",
                                        "info.tjsn",   "start.tjsn",  "end.tjsn",   "picture.png",
                                        "tjsn",        "none.tjsn",   "none.tmjsn", "none"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(line, sizeof line,
                 "{\"cmd\":\"get_file\",\"args\":{\"dir_name\":\"d\",\"file_name\":\"%s\"}}",
                 names[i]);
        rig_refuses(&rig, line, 0, "Error reading image file");
    }
}

static void delete_filesystem_obj(void **state) {
    (void)state;
    take_picture();
    take_picture();
    card_put(&card, "other", "x.tjsn", "x", 1);
    rig_say(&rig, "{\"cmd\":\"delete_filesystem_obj\",\"args\":{\"dir_name\":\"" DAY
                  "\",\"file_name\":\"img_7_08_09.tjsn\"}}");
    expect_ack("delete_filesystem_obj");
    assert_null(card_find(&card, DAY, "img_7_08_09.tjsn"));
    expect_picture("img_7_08_09_2.tjsn", 2);
    rig_refuses(&rig,
                "{\"cmd\":\"delete_filesystem_obj\",\"args\":{\"dir_name\":\"" DAY
                "\",\"file_name\":\"img_7_08_09.tjsn\"}}",
                0, "Could not delete image");
    // Whatever is wrong with the file's name, it must not become the whole directory.
    static const char *const bad[] = {
        "{\"dir_name\":\"" DAY "\",\"file_name\":\"\"}",
        "{\"dir_name\":\"" DAY "\",\"file_name\":null}",
        "{\"dir_name\":\"" DAY "\",\"file_name\":\"..\"}",
        "{\"dir_name\":\"" DAY "\",\"file_name\":\"/\"}",
        "{\"dir_name\":\"/\"}",
        "{\"dir_name\":\"..\"}",
        "{\"file_name\":\"img_7_08_09_2.tjsn\"}",
        "{}",
    };
    char line[160];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, "{\"cmd\":\"delete_filesystem_obj\",\"args\":%s}", bad[i]);
        rig_refuses(&rig, line, 0, "delete_filesystem_obj failed");
    }
    assert_int_equal(card_files(&card), 2);
    rig_say(&rig, "{\"cmd\":\"delete_filesystem_obj\",\"args\":{\"dir_name\":\"" DAY "\"}}");
    expect_ack("delete_filesystem_obj");
    assert_null(card_find(&card, DAY, ""));
    assert_int_equal(card_files(&card), 1);
    card.absent = true;
    rig_refuses(&rig, "{\"cmd\":\"delete_filesystem_obj\",\"args\":{\"dir_name\":\"other\"}}", 0,
                "Could not delete image");
}

static void poweroff(void **state) {
    (void)state;
    rig_say(&rig, "{\"cmd\":\"poweroff\"}");
    expect_ack("poweroff");
    assert_int_equal(powered_off, 1);
    rig.tcam.poweroff = NULL;
    rig_refuses(&rig, "{\"cmd\":\"poweroff\"}", 0, "poweroff failed");
}

static void boards_without_a_card(void **state) {
    (void)state;
    rig_init(&rig);
    static const char *const names[] = {"take_picture",
                                        "record_on",
                                        "record_off",
                                        "poweroff",
                                        "get_file",
                                        "get_filesystem_list",
                                        "delete_filesystem_obj",
                                        "dump_screen"};
    char line[160];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(line, sizeof line, "{\"cmd\":\"%s\"}", names[i]);
        rig_refuses(&rig, line, 2, "Unsupported command in json string");
    }
}

static void the_tcam_as_data(void **state) {
    (void)state;
    assert_int_equal(ib_board_tcam.model, 0x30001);
    assert_string_equal(ib_board_tcam.name_prefix, "tCam-");
    assert_ptr_equal(ib_board_tcam.mini, &ib_board_tcam_mini);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(take_picture_success),
        TEST(take_picture_twice_in_a_second),
        TEST(take_picture_beside_a_stream),
        TEST(take_picture_without_frames),
        TEST(take_picture_without_a_card),
        TEST(take_picture_with_each_operation_failing),
        TEST(get_filesystem_list),
        TEST(get_filesystem_list_refusals),
        TEST(get_filesystem_list_longer_than_2_kb),
        TEST(get_file_of_a_picture),
        TEST(get_file_for_two_clients_at_once),
        TEST(get_file_then_the_next_command),
        TEST(get_file_refusals),
        TEST(delete_filesystem_obj),
        TEST(poweroff),
        TEST(boards_without_a_card),
        TEST(the_tcam_as_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
