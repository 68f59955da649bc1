/// The .tmjsn format: the pieces byte for byte, and reading back what was cut, damaged or made by
/// others.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "record/tmjsn.h"
#include "tests/core/support_random.h"

#define IMAGE_A                                                                                    \
    "{\"metadata\":{\"Time\":\"1:02:03.4\",\"Date\":\"5/6/24\"},\"radiometric\":\"AA==\"}"
#define IMAGE_B "{\"radiometric\":\"BB==\",\"metadata\":{\"Date\":\"5/6/24\"}}"
#define INFO "{\"video_info\":{\"num_frames\":2}}"
#define END "\x03"

static char room[4 * IB_TMJSN_RECORD_BYTES];

/// The next record of a text that ends there, copied to memory of exactly its size.
static int next_of(const char *bytes, size_t size, struct ib_tmjsn_record *out) {
    char *exact = malloc(size + 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    int found = ib_tmjsn_next(exact, size, true, out);
    if (found && out->text) {
        size_t at = (size_t)(out->text - exact);
        assert_true(at + out->size <= size);
        out->text = bytes + at;
    }
    free(exact);
    return found;
}

/// What is found in `bytes`, a letter each: I image, V footer, D damaged.
static const char *kinds(const char *bytes, size_t size) {
    static char found[64];
    size_t count = 0;
    struct ib_tmjsn_record record;
    while (next_of(bytes, size, &record)) {
        assert_true(record.used >= 1 && record.used <= size);
        found[count++] = record.kind == IB_TMJSN_IMAGE  ? 'I'
                         : record.kind == IB_TMJSN_INFO ? 'V'
                                                        : 'D';
        assert_true(count < sizeof found);
        bytes += record.used;
        size -= record.used;
    }
    found[count] = '\0';
    return found;
}

#define KINDS(text) kinds(text, sizeof(text) - 1)

static void a_recording_byte_for_byte(void **state) {
    (void)state;
    static uint16_t pixels[IB_IMAGE_JSON_PX];
    struct ib_frame frame = {.width_px = 160, .height_px = 120, .pixels = pixels};
    struct ib_image_metadata metadata = {"tCam-1", 196609, "1.0", "14:20:54.708", "2/4/21"};
    static char expected[IB_TMJSN_RECORD_BYTES];
    int size = ib_image_json_write(expected, sizeof expected, &frame, &metadata);
    assert_true(size > 0);
    assert_int_equal(ib_tmjsn_write_image(room, IB_TMJSN_RECORD_BYTES, &frame, &metadata),
                     size + 1);
    assert_memory_equal(room, expected, (size_t)size);
    assert_int_equal(room[size], 3);
    assert_int_equal(ib_tmjsn_write_image(room, (size_t)size, &frame, &metadata), IB_E_NO_SPACE);
    assert_int_equal(ib_tmjsn_write_image(room, 0, &frame, &metadata), IB_E_NO_SPACE);

    struct ib_tmjsn_info info;
    ib_tmjsn_begin(&info);
    ib_tmjsn_count(&info, metadata.time, metadata.date, true); // nothing is before the first
    ib_tmjsn_count(&info, "14:20:54.822", "2/4/21", false);
    ib_tmjsn_count(&info, "0:00:01.0", "2/5/21", false);
    static const char footer[] =
        "{\"video_info\":{\"end_date\":\"2/5/21\",\"end_time\":\"0:00:01.0\",\"num_frames\":3,"
        "\"start_date\":\"2/4/21\",\"start_time\":\"14:20:54.708\",\"version\":1}}\x03";
    assert_int_equal(ib_tmjsn_write_info(room, IB_TMJSN_INFO_BYTES, &info), sizeof footer - 1);
    assert_memory_equal(room, footer, sizeof footer - 1);
    for (size_t capacity = 0; capacity < sizeof footer - 1; capacity++)
        assert_int_equal(ib_tmjsn_write_info(room, capacity, &info), IB_E_NO_SPACE);
}

static void missing_frames_are_told(void **state) {
    (void)state;
    struct ib_tmjsn_info info, back;
    ib_tmjsn_begin(&info);
    for (int i = 0; i < 5; i++)
        ib_tmjsn_count(&info, "1:00:00.0", "1/1/24", i == 2 || i == 4);
    int size = ib_tmjsn_write_info(room, sizeof room, &info);
    assert_true(size > 0);
    assert_int_equal(ib_tmjsn_read_info(room, (size_t)size - 1, &back), IB_OK);
    assert_int_equal(back.frames, 5);
    assert_int_equal(back.gaps, 2);
    assert_int_equal(back.version, 1);
    assert_string_equal(back.start_time, "1:00:00.0");
    assert_string_equal(back.end_date, "1/1/24");
}

static void any_texts_fit_the_footer(void **state) {
    (void)state;
    struct ib_tmjsn_info info, back;
    ib_tmjsn_begin(&info);
    memset(info.start_time, 1, 23); // each takes six characters
    memset(info.start_date, 2, 23);
    memset(info.end_time, 3, 23);
    memset(info.end_date, 4, 23);
    info.frames = info.gaps = info.version = UINT32_MAX;
    int size = ib_tmjsn_write_info(room, IB_TMJSN_INFO_BYTES, &info);
    assert_true(size > 0);
    assert_null(memchr(room, 2, (size_t)size));
    assert_ptr_equal(memchr(room, 3, (size_t)size), room + size - 1);
    assert_int_equal(ib_tmjsn_read_info(room, (size_t)size - 1, &back), IB_OK);
    assert_memory_equal(&info, &back, sizeof info);

    ib_tmjsn_begin(&info);
    ib_tmjsn_count(&info, "a time that is much longer than 23", "1/1/24", false);
    assert_string_equal(info.start_time, "a time that is much lon");
}

static void records_in_order(void **state) {
    (void)state;
    assert_string_equal(KINDS(IMAGE_A END IMAGE_B END INFO END), "IIV");
    assert_string_equal(KINDS(""), "");
    struct ib_tmjsn_record record;
    static const char bytes[] = IMAGE_A END IMAGE_B END;
    assert_int_equal(ib_tmjsn_next(bytes, sizeof bytes - 1, false, &record), 1);
    assert_int_equal(record.kind, IB_TMJSN_IMAGE);
    assert_ptr_equal(record.text, bytes);
    assert_int_equal(record.size, sizeof IMAGE_A - 1);
    assert_int_equal(record.used, sizeof IMAGE_A);
}

static void footers_of_others(void **state) {
    (void)state;
    assert_string_equal(KINDS(IMAGE_A END INFO), "IV");                        // without an end
    assert_string_equal(KINDS(IMAGE_A END INFO "          " END), "IV");       // padded behind
    assert_string_equal(KINDS(IMAGE_A END "   \r\n" INFO END "\n\n"), "IV");   // … and before
    assert_string_equal(KINDS(IMAGE_A END INFO END "\0\0\0\0\0\0\0\0"), "IV"); // preallocated
    assert_string_equal(KINDS(IMAGE_A END "\0\0\0" INFO "\0\0\0" END), "IV");
    assert_string_equal(KINDS("\xEF\xBB\xBF" IMAGE_A END INFO), "IV");
    struct ib_tmjsn_info info;
    static const char foreign[] =
        " { \"VIDEO_INFO\" : { \"start_time\" : \"1:02:03.4\", \"palette\":[1,{}],\n"
        "\"num_frames\" : 17.0, \"end_time\":\"a text that is far too long for a time\",\n"
        "\"version\" : \"1\", \"gaps\":-1 } } ";
    assert_string_equal(KINDS(foreign), "V");
    assert_int_equal(ib_tmjsn_read_info(foreign, sizeof foreign - 1, &info), IB_OK);
    assert_int_equal(info.frames, 17);
    assert_string_equal(info.start_time, "1:02:03.4");
    assert_string_equal(info.end_time, ""); // no time at all rather than a piece of it
    assert_string_equal(info.start_date, "");
    assert_int_equal(info.version, 0);
    assert_int_equal(info.gaps, 0);
    static const struct {
        const char *text;
        int status;
    } bad[] = {{"", IB_E_FORMAT},
               {"{\"video_info\":{", IB_E_FORMAT},
               {"{\"metadata\":{}}", IB_E_NOT_FOUND},
               {"[1]", IB_E_TYPE},
               {"{\"video_info\":3}", IB_E_TYPE}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ib_tmjsn_read_info(bad[i].text, strlen(bad[i].text), &info),
                         bad[i].status);
}

static void cut_anywhere_every_whole_image_is_there(void **state) {
    (void)state;
    static const char whole[] = IMAGE_A END IMAGE_B END INFO END;
    const size_t a = sizeof IMAGE_A - 1, b = a + 1 + sizeof IMAGE_B - 1,
                 info = b + 1 + sizeof INFO - 1;
    for (size_t size = 0; size < sizeof whole; size++) {
        const char *expected = size == 0       ? ""
                               : size < a      ? "D"
                               : size <= a + 1 ? "I"
                               : size < b      ? "ID"
                               : size <= b + 1 ? "II"
                               : size < info   ? "IID"
                                               : "IIV";
        if (strcmp(kinds(whole, size), expected) != 0)
            fail_msg("cut at %zu: %s, not %s", size, kinds(whole, size), expected);
    }
}

static void damage_costs_one_record(void **state) {
    (void)state;
    assert_string_equal(KINDS("rubbish" END IMAGE_A END "{\"radiometric\":17}" END IMAGE_B END
                              "{\"video_info\":[]}" END),
                        "DIDID");
    assert_string_equal(KINDS(END END IMAGE_A END), "DDI");
    assert_string_equal(KINDS("{\"radiometric\":\"A" IMAGE_A END IMAGE_B END), "DI");
    // What is sent on must not hold a delimiter, though the JSON reader takes one inside a string.
    assert_string_equal(KINDS("{\"radiometric\":\"A\x02"
                              "A\"}" END IMAGE_A END),
                        "DI");
    // Every single byte changed: the other image stays.
    static const char whole[] = IMAGE_A END IMAGE_B END;
    char bytes[sizeof whole];
    for (size_t i = 0; i < sizeof IMAGE_A - 1; i++) {
        memcpy(bytes, whole, sizeof whole);
        bytes[i] = (char)0xFF;
        const char *found = kinds(bytes, sizeof bytes - 1);
        if (strcmp(found, "II") != 0 && strcmp(found, "DI") != 0)
            fail_msg("byte %zu: %s", i, found);
    }
}

static void a_window_says_when_it_needs_more(void **state) {
    (void)state;
    static const char whole[] = "  " IMAGE_A END;
    struct ib_tmjsn_record record;
    for (size_t size = 0; size < sizeof whole - 1; size++)
        assert_int_equal(ib_tmjsn_next(whole, size, false, &record), 0);
    assert_int_equal(ib_tmjsn_next(whole, sizeof whole - 1, false, &record), 1);
    assert_int_equal(record.kind, IB_TMJSN_IMAGE);
    assert_ptr_equal(record.text, whole + 2);

    // As long as any record can be, and no end: it will never be one.
    memset(room, 'x', sizeof room);
    assert_int_equal(ib_tmjsn_next(room, IB_TMJSN_RECORD_BYTES - 1, false, &record), 0);
    assert_int_equal(ib_tmjsn_next(room, IB_TMJSN_RECORD_BYTES, false, &record), 1);
    assert_int_equal(record.kind, IB_TMJSN_DAMAGED);
    assert_int_equal(record.used, IB_TMJSN_RECORD_BYTES);
    memset(room, 0, sizeof room);
    assert_int_equal(ib_tmjsn_next(room, IB_TMJSN_RECORD_BYTES, false, &record), 1);
    assert_int_equal(record.kind, IB_TMJSN_DAMAGED);
    assert_int_equal(ib_tmjsn_next(room, IB_TMJSN_RECORD_BYTES, true, &record), 0);
}

static void times_of_images(void **state) {
    (void)state;
    char time[24], date[24];
    assert_int_equal(ib_tmjsn_image_time(IMAGE_A, sizeof IMAGE_A - 1, time, date), IB_OK);
    assert_string_equal(time, "1:02:03.4");
    assert_string_equal(date, "5/6/24");
    assert_int_equal(ib_tmjsn_image_time(IMAGE_B, sizeof IMAGE_B - 1, time, date), IB_OK);
    assert_string_equal(time, "");
    assert_string_equal(date, "5/6/24");
    assert_int_equal(ib_tmjsn_image_time("{}", 2, time, date), IB_OK);
    assert_string_equal(date, "");
    assert_int_equal(ib_tmjsn_image_time("{\"metadata\":1}", 14, time, date), IB_E_TYPE);
    assert_int_equal(ib_tmjsn_image_time("{", 1, time, date), IB_E_FORMAT);
}

/// Whatever the window's length, the same records are found.
static void any_windows_find_the_same(void **state) {
    (void)state;
    static char file[3 * IB_TMJSN_RECORD_BYTES];
    struct random random = {20260101};
    for (int round = 0; round < 200; round++) {
        size_t size = 0;
        static const char *const pieces[] = {IMAGE_A END, IMAGE_B END, INFO END,
                                             "junk" END,  END,         "  "};
        char expected[64] = "";
        int count = 1 + (int)random_below(&random, 12);
        for (int i = 0; i < count; i++) {
            const char *piece = pieces[random_below(&random, 6)];
            size += (size_t)snprintf(file + size, sizeof file - size, "%s", piece);
        }
        snprintf(expected, sizeof expected, "%s", kinds(file, size));
        char found[64] = "";
        size_t at = 0, n = 0;
        size_t window = 1 + random_below(&random, 200);
        while (at < size) {
            size_t shown = size - at < window ? size - at : window;
            struct ib_tmjsn_record record;
            if (!ib_tmjsn_next(file + at, shown, at + shown == size, &record)) {
                if (at + shown == size)
                    break;
                window += 7;
                continue;
            }
            found[n++] = "?IVD"[record.kind];
            at += record.used;
        }
        if (strcmp(found, expected) != 0)
            fail_msg("round %d of seed 20260101: %s, not %s", round, found, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_byte_for_byte),
        cmocka_unit_test(missing_frames_are_told),
        cmocka_unit_test(any_texts_fit_the_footer),
        cmocka_unit_test(records_in_order),
        cmocka_unit_test(footers_of_others),
        cmocka_unit_test(cut_anywhere_every_whole_image_is_there),
        cmocka_unit_test(damage_costs_one_record),
        cmocka_unit_test(a_window_says_when_it_needs_more),
        cmocka_unit_test(times_of_images),
        cmocka_unit_test(any_windows_find_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
