/// The image JSON: byte for byte what goes out, and everything that may come in.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/base64.h"
#include "core/status.h"
#include "record/image_json.h"
#include "tests/core/support_random.h"

#define FULL_TEXT (3 * IB_IMAGE_JSON_BYTES)

static uint16_t pixels[IB_IMAGE_JSON_PX], read_pixels[IB_IMAGE_JSON_PX];
static char text[FULL_TEXT], expected[FULL_TEXT];

static const struct ib_image_metadata mini = {"tCam-Mini-87E9", 262146, "3.2", "14:20:54.708",
                                              "2/4/21"};

static struct ib_frame make_frame(uint16_t width_px, uint16_t height_px) {
    struct random random = {width_px};
    struct ib_frame frame = {.width_px = width_px,
                             .height_px = height_px,
                             .flags = IB_FRAME_TELEMETRY,
                             .pixels = pixels,
                             .capacity_px = IB_IMAGE_JSON_PX};
    random_bytes(&random, pixels, sizeof pixels);
    for (unsigned i = 0; i < IB_FRAME_TELEMETRY_WORDS; i++)
        frame.telemetry[i] = (uint16_t)random_u64(&random);
    return frame;
}

static struct ib_frame empty_frame(void) {
    memset(read_pixels, 0xEE, sizeof read_pixels);
    return (struct ib_frame){.pixels = read_pixels, .capacity_px = IB_IMAGE_JSON_PX};
}

/// Base64 of words' little-endian bytes, by the plain encoder.
static size_t put_words(char *out, const uint16_t *words, size_t count) {
    static uint8_t bytes[IB_IMAGE_JSON_PX * 2];
    for (size_t i = 0; i < count; i++) {
        bytes[2 * i] = (uint8_t)words[i];
        bytes[2 * i + 1] = (uint8_t)(words[i] >> 8);
    }
    return ib_base64_encode_portable(out, bytes, count * 2);
}

/// The whole text in the plainest way.
static size_t spell_out(char *out, const char *metadata, const uint16_t *image,
                        const uint16_t *telemetry) {
    size_t size = (size_t)sprintf(out, "{\"metadata\":%s,\"radiometric\":\"", metadata);
    size += put_words(out + size, image, IB_IMAGE_JSON_PX);
    size += (size_t)sprintf(out + size, "\",\"telemetry\":\"");
    size += put_words(out + size, telemetry, IB_FRAME_TELEMETRY_WORDS);
    return size + (size_t)sprintf(out + size, "\"}");
}

static const char mini_metadata[] = "{\"Camera\":\"tCam-Mini-87E9\",\"Model\":262146,"
                                    "\"Version\":\"3.2\",\"Time\":\"14:20:54.708\","
                                    "\"Date\":\"2/4/21\"}";

static void what_goes_out(void **state) {
    (void)state;
    struct ib_frame frame = make_frame(160, 120);
    size_t size = spell_out(expected, mini_metadata, pixels, frame.telemetry);
    // 51942 and the texts with both delimiters; here they are not there
    assert_int_equal(size, 51940 + 14 + 6 + 3 + 12 + 6);
    memset(text, '#', sizeof text);
    assert_int_equal(ib_image_json_write(text, sizeof text, &frame, &mini), size);
    assert_memory_equal(text, expected, size);
    assert_int_equal(text[size], '#');
}

static void without_telemetry_the_key_stays(void **state) {
    (void)state;
    static const uint16_t zeros[IB_FRAME_TELEMETRY_WORDS];
    struct ib_frame frame = make_frame(160, 120);
    frame.flags = 0;
    size_t size = spell_out(expected, mini_metadata, pixels, zeros);
    assert_int_equal(ib_image_json_write(text, sizeof text, &frame, &mini), size);
    assert_memory_equal(text, expected, size);
}

static void small_frames_are_doubled(void **state) {
    (void)state;
    static uint16_t doubled[IB_IMAGE_JSON_PX];
    struct ib_frame frame = make_frame(80, 60);
    for (unsigned y = 0; y < 120; y++) {
        for (unsigned x = 0; x < 160; x++)
            doubled[y * 160 + x] = pixels[y / 2 * 80 + x / 2];
    }
    size_t size = spell_out(expected, mini_metadata, doubled, frame.telemetry);
    assert_int_equal(ib_image_json_write(text, sizeof text, &frame, &mini), size);
    assert_memory_equal(text, expected, size);
}

static void other_sizes_are_refused(void **state) {
    (void)state;
    const uint16_t sizes[][2] = {{120, 160}, {160, 122}, {80, 63}, {0, 0}, {160, 60}, {320, 240}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct ib_frame frame = make_frame(sizes[i][0], sizes[i][1]);
        assert_int_equal(ib_image_json_write(text, sizeof text, &frame, &mini), IB_E_UNSUPPORTED);
    }
}

static void never_past_the_storage(void **state) {
    (void)state;
    struct ib_frame frame = make_frame(160, 120);
    int size = ib_image_json_write(text, sizeof text, &frame, &mini);
    for (int capacity = 0; capacity <= size; capacity++) {
        if (capacity > 200 && capacity < size - 200)
            capacity += 499; // inside the pixels' text one place is as good as another
        memset(text + capacity, '#', 200);
        int result = ib_image_json_write(text, (size_t)capacity, &frame, &mini);
        assert_int_equal(result, capacity < size ? IB_E_NO_SPACE : size);
        for (int i = 0; i < 200; i++)
            assert_int_equal(text[capacity + i], '#');
    }
}

static void the_largest_names_fit(void **state) {
    (void)state;
    struct ib_frame frame = make_frame(160, 120);
    struct ib_image_metadata largest = {.model = UINT32_MAX}, back;
    memset(largest.camera, 0x01, sizeof largest.camera - 1);
    memset(largest.version, 0x1F, sizeof largest.version - 1);
    memset(largest.time, 0x02, sizeof largest.time - 1);
    memset(largest.date, 0x03, sizeof largest.date - 1);
    int size = ib_image_json_write(text, IB_IMAGE_JSON_BYTES, &frame, &largest);
    assert_true(size > 52000);
    struct ib_frame read = empty_frame();
    assert_int_equal(ib_image_json_read(text, (size_t)size, &read, &back, NULL), IB_OK);
    assert_memory_equal(&back, &largest, sizeof back);
}

static void what_went_out_comes_back(void **state) {
    (void)state;
    struct ib_frame frame = make_frame(160, 120), read = empty_frame();
    struct ib_image_metadata metadata;
    const char *where = "?";
    int size = ib_image_json_write(text, sizeof text, &frame, &mini);
    read.flags = 0xFFFF;
    read.sequence = 5;
    assert_int_equal(ib_image_json_read(text, (size_t)size, &read, &metadata, &where), IB_OK);
    assert_string_equal(where, "");
    assert_memory_equal(read_pixels, pixels, sizeof pixels);
    assert_memory_equal(read.telemetry, frame.telemetry, sizeof read.telemetry);
    assert_int_equal(read.width_px, 160);
    assert_int_equal(read.height_px, 120);
    assert_int_equal(read.sequence, 0);
    assert_true(read.flags & IB_FRAME_TELEMETRY);
    assert_ptr_equal(read.pixels, read_pixels);
    assert_int_equal(read.capacity_px, IB_IMAGE_JSON_PX);
    assert_string_equal(metadata.camera, mini.camera);
    assert_int_equal(metadata.model, mini.model);
    assert_string_equal(metadata.version, mini.version);
    assert_string_equal(metadata.time, mini.time);
    assert_string_equal(metadata.date, mini.date);
}

struct words {
    unsigned index[6];
    uint16_t value[6];
};

static struct ib_frame read_with(struct words words) {
    struct ib_frame frame = make_frame(160, 120), read = empty_frame();
    memset(frame.telemetry, 0, sizeof frame.telemetry);
    for (int i = 0; i < 6; i++) {
        if (words.index[i] != 0 || words.value[i] != 0)
            frame.telemetry[words.index[i]] = words.value[i];
    }
    int size = ib_image_json_write(text, sizeof text, &frame, &mini);
    assert_int_equal(ib_image_json_read(text, (size_t)size, &read, NULL, NULL), IB_OK);
    return read;
}

static void telemetry_says_what_pixels_mean(void **state) {
    (void)state;
    struct ib_frame f = read_with((struct words){{208, 209, 24, 26}, {1, 1, 30613, 30518}});
    assert_int_equal(f.unit, IB_UNIT_KELVIN);
    assert_int_equal(f.scale_ck, 1);
    assert_int_equal(f.fpa_ck, 30613);
    assert_int_equal(f.housing_ck, 30518);
    assert_int_equal(f.flags, IB_FRAME_TELEMETRY);
    assert_int_equal(f.ffc_state, IB_FFC_NEVER);
    f = read_with((struct words){{208, 165, 166}, {1, 2, 1}});
    assert_int_equal(f.unit, IB_UNIT_KELVIN);
    assert_int_equal(f.scale_ck, 10);
    assert_int_equal(f.gain_mode, IB_GAIN_AUTO);
    assert_int_equal(f.gain, IB_GAIN_LOW);
    f = read_with((struct words){{0}, {14}});
    assert_int_equal(f.unit, IB_UNIT_COUNTS);
    assert_int_equal(f.scale_ck, 0);
    assert_int_equal(f.gain, IB_GAIN_HIGH);
    f = read_with((struct words){{165, 166}, {3, 2}});
    assert_int_equal(f.gain_mode, IB_GAIN_UNKNOWN);
    assert_int_equal(f.gain, IB_GAIN_UNKNOWN);
    f = read_with((struct words){{3, 208, 209}, {0x1830, 1, 1}}); // AGC wins over TLinear
    assert_int_equal(f.unit, IB_UNIT_GREY8);
    assert_int_equal(f.agc, 1);
    assert_int_equal(f.scale_ck, 0);
    assert_int_equal(f.ffc_state, IB_FFC_DONE);
    f = read_with((struct words){{3, 4, 1, 2, 20, 21}, {0x8828, 0x0010, 7, 1, 9, 2}});
    assert_int_equal(f.flags, IB_FRAME_TELEMETRY | IB_FRAME_FFC | IB_FRAME_FFC_DESIRED |
                                  IB_FRAME_LOCKOUT | IB_FRAME_OVER_TEMP);
    assert_int_equal(f.ffc_state, IB_FFC_RUNNING);
    assert_int_equal(f.uptime_ms, 0x10007);
    assert_int_equal(f.source_counter, 0x20009);
    f = read_with((struct words){{0}, {0}}); // all zero: none
    assert_int_equal(f.flags, 0);
    assert_int_equal(f.gain_mode, IB_GAIN_UNKNOWN);
    assert_int_equal(f.unit, IB_UNIT_COUNTS);
}

/// Copy `from`, writing each `what` as `with`. Return: the size.
static size_t replace(char *out, const char *from, size_t size, char what, const char *with) {
    size_t written = 0;
    for (size_t i = 0; i < size; i++) {
        if (from[i] == what)
            written += (size_t)sprintf(out + written, "%s", with);
        else
            out[written++] = from[i];
    }
    return written;
}

static void check_reading(size_t size, const char *what) {
    struct ib_frame read = empty_frame();
    const char *where = "";
    int status = ib_image_json_read(text, size, &read, NULL, &where);
    if (status != IB_OK)
        fail_msg("%s: %d at \"%s\"", what, status, where);
    assert_memory_equal(read_pixels, pixels, sizeof pixels);
}

static void other_printers_texts_are_read(void **state) {
    (void)state;
    struct ib_frame frame = make_frame(160, 120);
    int size = ib_image_json_write(expected, sizeof expected, &frame, &mini);
    size_t whole = (size_t)size;
    check_reading(replace(text, expected, whole, '/', "\\/"), "escaped slashes");
    check_reading(replace(text, expected, whole, '+', "\\u002b"), "escaped plus signs");
    check_reading(replace(text, expected, whole, ',', " ,\r\n\t"), "white space");
    memcpy(text, expected, whole);
    memcpy(text + whole, "\x03{junk", 6);
    check_reading(whole + 6, "text after it");

    // Base64 in lines of 76 characters, the line end escaped as JSON wants it.
    static char line[IB_BASE64_CHARS(IB_IMAGE_JSON_PX * 2)];
    put_words(line, pixels, IB_IMAGE_JSON_PX);
    size_t at = (size_t)sprintf(text, "{\"palette\":[1,{}],\"RADIOMETRIC\":\"");
    for (size_t i = 0; i < sizeof line; i += 76) {
        size_t count = sizeof line - i < 76 ? sizeof line - i : 76;
        memcpy(text + at, line + i, count);
        at += count;
        at += (size_t)sprintf(text + at, i % 3 ? "\\n" : "\\r\\n");
    }
    at += (size_t)sprintf(text + at, "\"}");
    check_reading(at, "lines of base64");
}

/// A file with one member replaced; NULL leaves the member out.
static size_t file_with(const char *metadata, const char *radiometric, const char *telemetry) {
    size_t size = 0;
    static char image[IB_BASE64_CHARS(IB_IMAGE_JSON_PX * 2) + 1];
    image[put_words(image, pixels, IB_IMAGE_JSON_PX)] = '\0';
    const char *comma = "";
    text[size++] = '{';
    if (metadata) {
        size += (size_t)sprintf(text + size, "\"metadata\":%s", metadata);
        comma = ",";
    }
    if (radiometric) {
        size += (size_t)sprintf(text + size, "%s\"radiometric\":", comma);
        if (strcmp(radiometric, "good") == 0)
            size += (size_t)sprintf(text + size, "\"%s\"", image);
        else if (strcmp(radiometric, "short") == 0)
            size += (size_t)sprintf(text + size, "\"%s\"", image + 4);
        else if (strcmp(radiometric, "long") == 0)
            size += (size_t)sprintf(text + size, "\"%sAAAA\"", image);
        else if (strcmp(radiometric, "padded") == 0)
            size += (size_t)sprintf(text + size, "\"%sAA==\"", image + 4);
        else if (strcmp(radiometric, "joined") == 0)
            size += (size_t)sprintf(text + size, "\"AA==\\/AAA%s\"", image + 8);
        else
            size += (size_t)sprintf(text + size, "%s", radiometric);
        comma = ",";
    }
    if (telemetry)
        size += (size_t)sprintf(text + size, "%s\"telemetry\":%s", comma, telemetry);
    text[size++] = '}';
    return size;
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    const struct {
        const char *metadata, *radiometric, *telemetry;
        int status;
        const char *where;
    } cases[] = {
        {"{}", "good", NULL, IB_OK, ""},
        {NULL, "good", NULL, IB_OK, ""},
        {"{\"Model\":2.0}", "good", NULL, IB_OK, ""},
        {"{}", NULL, NULL, IB_E_NOT_FOUND, "radiometric"},
        {"{}", "5", NULL, IB_E_TYPE, "radiometric"},
        {"{}", "[\"AAAA\"]", NULL, IB_E_TYPE, "radiometric"},
        {"{}", "null", NULL, IB_E_TYPE, "radiometric"},
        {"{}", "\"\"", NULL, IB_E_RANGE, "radiometric"},
        {"{}", "short", NULL, IB_E_RANGE, "radiometric"},
        {"{}", "long", NULL, IB_E_RANGE, "radiometric"},
        {"{}", "padded", NULL, IB_E_RANGE, "radiometric"},
        {"{}", "joined", NULL, IB_E_FORMAT, "radiometric"},
        {"{}", "\"AA*A\"", NULL, IB_E_FORMAT, "radiometric"},
        {"{}", "\"\\/A*A\"", NULL, IB_E_FORMAT, "radiometric"},
        {"{}", "\"AAA\"", NULL, IB_E_FORMAT, "radiometric"},
        {"{}", "good", "true", IB_E_TYPE, "telemetry"},
        {"{}", "good", "\"AAAA\"", IB_E_RANGE, "telemetry"},
        {"{}", "good", "\"A\"", IB_E_FORMAT, "telemetry"},
        {"[]", "good", NULL, IB_E_TYPE, "metadata"},
        {"\"x\"", "good", NULL, IB_E_TYPE, "metadata"},
        {"{\"Camera\":1}", "good", NULL, IB_E_TYPE, "Camera"},
        {"{\"Camera\":\"123456789012345678901234567890123\"}", "good", NULL, IB_E_NO_SPACE,
         "Camera"},
        {"{\"Model\":\"2\"}", "good", NULL, IB_E_TYPE, "Model"},
        {"{\"Model\":-1}", "good", NULL, IB_E_RANGE, "Model"},
        {"{\"Model\":4294967296}", "good", NULL, IB_E_RANGE, "Model"},
        {"{\"Version\":null}", "good", NULL, IB_E_TYPE, "Version"},
        {"{\"Time\":{}}", "good", NULL, IB_E_TYPE, "Time"},
        {"{\"Date\":\"123456789012345678901234\"}", "good", NULL, IB_E_NO_SPACE, "Date"},
        {"{\"Date\":}", "good", NULL, IB_E_FORMAT, ""},
    };
    make_frame(160, 120);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ib_frame read = empty_frame();
        struct ib_image_metadata metadata;
        const char *where = "?";
        size_t size = file_with(cases[i].metadata, cases[i].radiometric, cases[i].telemetry);
        int status = ib_image_json_read(text, size, &read, &metadata, &where);
        if (status != cases[i].status || strcmp(where, cases[i].where) != 0)
            fail_msg("case %zu: %d at \"%s\", expected %d at \"%s\"", i, status, where,
                     cases[i].status, cases[i].where);
        assert_ptr_equal(read.pixels, read_pixels);
    }
}

static void missing_members_become_empty(void **state) {
    (void)state;
    struct ib_frame read = empty_frame();
    struct ib_image_metadata metadata;
    memset(&metadata, 0xEE, sizeof metadata);
    make_frame(160, 120);
    size_t size = file_with("{\"Camera\":\"only\"}", "good", NULL);
    assert_int_equal(ib_image_json_read(text, size, &read, &metadata, NULL), IB_OK);
    const struct ib_image_metadata only = {.camera = "only"};
    assert_memory_equal(&metadata, &only, sizeof only);
    assert_int_equal(read.flags, 0);
}

static void no_object_and_no_storage(void **state) {
    (void)state;
    struct ib_frame read = empty_frame();
    const char *where;
    assert_int_equal(ib_image_json_read("[]", 2, &read, NULL, &where), IB_E_TYPE);
    assert_int_equal(ib_image_json_read("", 0, &read, NULL, &where), IB_E_FORMAT);
    make_frame(160, 120);
    size_t size = file_with("{}", "good", NULL);
    assert_int_equal(ib_image_json_read(text, size - 1, &read, NULL, &where), IB_E_FORMAT);
    read.capacity_px = IB_IMAGE_JSON_PX - 1;
    assert_int_equal(ib_image_json_read(text, size, &read, NULL, &where), IB_E_NO_SPACE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_out),
        cmocka_unit_test(without_telemetry_the_key_stays),
        cmocka_unit_test(small_frames_are_doubled),
        cmocka_unit_test(other_sizes_are_refused),
        cmocka_unit_test(never_past_the_storage),
        cmocka_unit_test(the_largest_names_fit),
        cmocka_unit_test(what_went_out_comes_back),
        cmocka_unit_test(telemetry_says_what_pixels_mean),
        cmocka_unit_test(other_printers_texts_are_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(missing_members_become_empty),
        cmocka_unit_test(no_object_and_no_storage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
