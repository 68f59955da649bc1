/// Reading JSON: what is accepted and what is refused, decision by decision, and what comes out.
///
/// The table of decisions is cJSON 1.7.15's behaviour: it was found with that library, by running
/// millions of mutated texts through both parsers, and is kept here without it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/status.h"
#include "tests/core/support_random.h"

/// `end`: how many characters are taken, blanks in front included; 0: not JSON.
static const struct {
    const char *text;
    size_t end;
} decisions[] = {
    // words and blanks
    {"null", 4},
    {"true", 4},
    {"false", 5},
    {"nullx", 4},
    {"nul", 0},
    {"True", 0},
    {"", 0},
    {"   ", 0},
    {" \x01\x02\x1F null", 9},
    {"\x02{}", 3},
    {"\xC2\xA0null", 0},
    {"\xEF\xBB\xBFnull", 7},
    {"\xEF\xBB\xBF null", 8},
    {"\xEF\xBB\xBF", 0},
    {" \xEF\xBB\xBFnull", 0},
    {"\xEF\xBB\xBF\xEF\xBB\xBFnull", 0},
    // numbers
    {"0", 1},
    {"-0", 2},
    {"01", 2},
    {"1.", 2},
    {"1.e2", 4},
    {"-.5", 3},
    {".5", 0},
    {"+1", 0},
    {"-", 0},
    {"--1", 0},
    {"-+1", 0},
    {"1e", 1},
    {"[1e]", 0},
    {"1e+", 1},
    {"1E5", 3},
    {"1.2.3", 3},
    {"[1.2.3]", 0},
    {"1-2", 1},
    {"0x10", 1},
    {"[0x10]", 0},
    {"1e999", 5},
    {"[1 2]", 0},
    // cJSON before 1.7.19 looked at 63 characters of a number; JSON itself knows no such limit.
    {"1234567890123456789012345678901234567890123456789012345678901234", 64},
    {"[1234567890123456789012345678901234567890123456789012345678901234]", 66},
    // strings
    {"\"\"", 2},
    {"\"a\"b", 3},
    {"\"a", 0},
    {"\"", 0},
    {"'a'", 0},
    {"\"\\\\\"", 4},
    {"\"\\", 0},
    {"\"\\\\\\\\\"", 6},
    {"\"\\\"\"", 4},
    {"\"\\\"", 0},
    {"\"\\b\\f\\n\\r\\t\\/\"", 14},
    {"\"\\a\"", 0},
    {"\"\\'\"", 0},
    {"\"\\U0041\"", 0},
    {"\"\t\n\x01\"", 5},
    {"\"\xFF\xFE\"", 4},
    {"\"\\u0041\"", 8},
    {"\"\\u004\"", 0},
    {"\"\\u00g1\"", 8}, // four characters that are no digits stand for U+0000
    {"\"\\u    \"", 8},
    {"\"\\uD83D\\uDE00\"", 14},
    {"\"\\uD83D\"", 0},
    {"\"\\uD83Dx\"", 0},
    {"\"\\uD83D\\u0041\"", 0},
    {"\"\\uD83D\\nDE00\"", 0},
    {"\"\\uDE00\"", 0},
    {"\"\\u123\\\"\"", 9},
    {"\"\\u123\\\\\"", 9},
    {"\"\\u123\\\"", 0},
    // arrays and objects
    {"[]", 2},
    {"[ ]", 3},
    {"[", 0},
    {"[1", 0},
    {"[1,", 0},
    {"[1,]", 0},
    {"[,1]", 0},
    {"[1,2]", 5},
    {"[1]]", 3},
    {"[1}", 0},
    {"]", 0},
    {"{}", 2},
    {"{ }", 3},
    {"{", 0},
    {"{\"a\"", 0},
    {"{\"a\":", 0},
    {"{\"a\":1", 0},
    {"{\"a\":1,", 0},
    {"{\"a\":1,}", 0},
    {"{,}", 0},
    {"{\"a\"}", 0},
    {"{\"a\" 1}", 0},
    {"{a:1}", 0},
    {"{1:1}", 0},
    {"{\"a\":1]", 0},
    {"{\"a\":1 \"b\":2}", 0},
    {" {\x01\"a\" :\n1 , \"a\":[{}]\t} trailing", 23},
    {"{\"cmd\":\"get_status\"}\x03", 20},
    {"[[[[]],[]]", 0},
    {"[[[[]],[]]]", 11},
    {"[{\"a\":[{\"b\":[]}]}]", 18},
};

/// Parse a copy that ends exactly where the text does: the sanitizer watches the end.
static int parse(struct ib_json_value *out, const char *text, size_t size, char **copy) {
    *copy = malloc(size + 1);
    assert_non_null(*copy);
    char *exact = *copy + 1; // at an odd address too
    memcpy(exact, text, size);
    return ib_json_parse(out, exact, size);
}

static void every_decision(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof decisions / sizeof decisions[0]; i++) {
        struct ib_json_value value;
        char *copy;
        size_t size = strlen(decisions[i].text);
        int status = parse(&value, decisions[i].text, size, &copy);
        size_t end = status == IB_OK ? (size_t)(value.text - (copy + 1)) + value.size : 0;
        free(copy);
        if (end != decisions[i].end)
            fail_msg("<%s>: end %zu, expected %zu", decisions[i].text, end, decisions[i].end);
        assert_int_equal(status, end > 0 ? IB_OK : IB_E_FORMAT);
    }
}

static struct ib_json_value good(const char *text) {
    struct ib_json_value value;
    if (ib_json_parse(&value, text, strlen(text)) != IB_OK)
        fail_msg("<%s> should be JSON", text);
    return value;
}

static void nesting_has_a_limit(void **state) {
    (void)state;
    static char text[4 * (IB_JSON_NESTING + 1) + 2];
    for (size_t depth = IB_JSON_NESTING - 1; depth <= IB_JSON_NESTING + 1; depth++) {
        struct ib_json_value value;
        int expected = depth <= IB_JSON_NESTING ? IB_OK : IB_E_FORMAT;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(ib_json_parse(&value, text, 2 * depth), expected);
        assert_int_equal(ib_json_parse(&value, text, 2 * depth - 1), IB_E_FORMAT);
        // Alternating, so that every bit of the stack has both values: [{"":[{"":0}]}]
        size_t size = 0, closes = 0;
        static char ends[IB_JSON_NESTING + 1];
        for (size_t i = 0; i < depth; i++) {
            bool object = i % 3 == 1;
            memcpy(text + size, object ? "{\"\":" : "[", object ? 4 : 1);
            size += object ? 4 : 1;
            ends[closes++] = object ? '}' : ']';
        }
        text[size++] = '0';
        while (closes > 0)
            text[size++] = ends[--closes];
        assert_int_equal(ib_json_parse(&value, text, size), expected);
        text[size - 2] = text[size - 2] == '}' ? ']' : '}';
        assert_int_equal(ib_json_parse(&value, text, size), IB_E_FORMAT);
    }
}

static void a_nul_byte_ends_the_text(void **state) {
    (void)state;
    struct ib_json_value value;
    assert_int_equal(ib_json_parse(&value,
                                   "12\0"
                                   "34",
                                   5),
                     IB_OK);
    assert_int_equal(value.size, 2);
    assert_int_equal(ib_json_parse(&value, "[1\0]", 4), IB_E_FORMAT);
    assert_int_equal(ib_json_parse(&value, "\"a\0\"", 4), IB_E_FORMAT);
    assert_int_equal(ib_json_parse(&value,
                                   "\0"
                                   "1",
                                   2),
                     IB_E_FORMAT);
    assert_int_equal(ib_json_parse(&value, NULL, 0), IB_E_FORMAT);
}

static void every_shortened_text_is_refused(void **state) {
    (void)state;
    static const char text[] = "{\"metadata\":{\"Camera\":\"tCam-\\u0041\\uD83D\\uDE00\",\"Model\":"
                               "262146,\"list\":[1,-2.5e3,"
                               "true,false,null,[],{}]},\"radiometric\":\"AAAA\"}";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        struct ib_json_value value;
        char *copy;
        assert_int_equal(parse(&value, text, size, &copy), IB_E_FORMAT);
        free(copy);
    }
    assert_int_equal(good(text).size, sizeof text - 1);
}

static void members_by_name(void **state) {
    (void)state;
    struct ib_json_value root = good("{\"Cmd\":1,\"cmd\":2,\"a\\u0062\":3,\"n\\u0000x\":4,\"\":5,"
                                     "\"ARGS\" : {\"cmd\":6},\"[\":7}");
    const struct {
        const char *key;
        int expected; // 0: not there
    } cases[] = {{"cmd", 1}, {"CMD", 1},  {"AB", 3}, {"n", 4}, {"", 5},
                 {"cm", 0},  {"cmds", 0}, {"x", 0},  {"[", 7}, {"{", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ib_json_value value;
        int status = ib_json_member(&root, cases[i].key, &value);
        assert_int_equal(status, cases[i].expected ? IB_OK : IB_E_NOT_FOUND);
        int32_t number = 0;
        if (status == IB_OK)
            assert_int_equal(ib_json_int(&value, &number), IB_OK);
        assert_int_equal(number, cases[i].expected);
    }
    struct ib_json_value args, value;
    assert_int_equal(ib_json_member(&root, "args", &args), IB_OK);
    assert_int_equal(args.type, IB_JSON_OBJECT);
    assert_int_equal(ib_json_member(&args, "cmd", &value), IB_OK);
    assert_int_equal(value.text[0], '6');
    struct ib_json_value array = good("[1]");
    assert_int_equal(ib_json_member(&array, "a", &value), IB_E_TYPE);
    struct ib_json_value empty = good("{}");
    assert_int_equal(ib_json_member(&empty, "a", &value), IB_E_NOT_FOUND);
}

static void walking_arrays_and_objects(void **state) {
    (void)state;
    struct ib_json_value array = good("[ 10 ,[20,{\"x\":[]}], \"30\" , null,true ]"), value, key;
    const enum ib_json_type types[] = {IB_JSON_NUMBER, IB_JSON_ARRAY, IB_JSON_STRING, IB_JSON_NULL,
                                       IB_JSON_TRUE};
    const size_t sizes[] = {2, 13, 4, 4, 4};
    size_t cursor = 0, count = 0;
    while (ib_json_next(&array, &cursor, NULL, &value) == 1) {
        assert_true(count < 5);
        assert_int_equal(value.type, types[count]);
        assert_int_equal(value.size, sizes[count]);
        count++;
    }
    assert_int_equal(count, 5);
    assert_int_equal(ib_json_next(&array, &cursor, NULL, &value), 0); // and stays at the end

    struct ib_json_value object = good("{\"a\":1,\"b\\n\" : {\"c\":2}}");
    char name[8];
    cursor = 0;
    assert_int_equal(ib_json_next(&object, &cursor, &key, &value), 1);
    assert_int_equal(ib_json_string(&key, name, sizeof name), 1);
    assert_string_equal(name, "a");
    assert_int_equal(ib_json_next(&object, &cursor, &key, &value), 1);
    assert_int_equal(ib_json_string(&key, name, sizeof name), 2);
    assert_string_equal(name, "b\n");
    assert_int_equal(value.type, IB_JSON_OBJECT);
    assert_int_equal(ib_json_next(&object, &cursor, NULL, &value), 0);

    struct ib_json_value empty = good("[ ]"), number = good("1");
    cursor = 0;
    assert_int_equal(ib_json_next(&empty, &cursor, NULL, &value), 0);
    cursor = 0;
    assert_int_equal(ib_json_next(&number, &cursor, NULL, &value), IB_E_TYPE);
}

static void numbers_as_integers(void **state) {
    (void)state;
    const struct {
        const char *text;
        int32_t expected;
    } cases[] = {{"0", 0},
                 {"-0", 0},
                 {"42", 42},
                 {"-42", -42},
                 {"2.9", 2},
                 {"-2.9", -2},
                 {"1e3", 1000},
                 {"2147483647", INT32_MAX},
                 {"2147483646.9", 2147483646},
                 {"2147483648", INT32_MAX},
                 {"-2147483648", INT32_MIN},
                 {"-2147483649", INT32_MIN},
                 {"1e999", INT32_MAX},
                 {"-1e999", INT32_MIN},
                 {"true", 1},
                 {"false", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ib_json_value value = good(cases[i].text);
        int32_t number = 99;
        assert_int_equal(ib_json_int(&value, &number), IB_OK);
        assert_int_equal(number, cases[i].expected);
    }
    const char *const others[] = {"null", "\"1\"", "[1]", "{}"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct ib_json_value value = good(others[i]);
        int32_t number;
        double real;
        assert_int_equal(ib_json_int(&value, &number), IB_E_TYPE);
        assert_int_equal(ib_json_double(&value, &real), IB_E_TYPE);
    }
}

static void numbers_as_doubles(void **state) {
    (void)state;
    struct ib_json_value value = good("[-27.315e1, 1e999]"), number, yes = good("true");
    size_t cursor = 0;
    double real;
    assert_int_equal(ib_json_next(&value, &cursor, NULL, &number), 1);
    assert_int_equal(ib_json_double(&number, &real), IB_OK);
    assert_true(real == -273.15);
    assert_int_equal(ib_json_next(&value, &cursor, NULL, &number), 1);
    assert_int_equal(ib_json_double(&number, &real), IB_OK);
    assert_true(isinf(real));
    assert_int_equal(ib_json_double(&yes, &real), IB_E_TYPE);
}

static void strings_unescaped(void **state) {
    (void)state;
    const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00!\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80!"},
        {"\"\\uFFFF\\u07FF\\u0800\\u007F\\u0080\"", "\xEF\xBF\xBF\xDF\xBF\xE0\xA0\x80\x7F\xC2\x80"},
        {"\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
        {"\"before\\u0000after\"", "before"},
        {"\"\\u00g1x\"", ""},
        {"\"\\u123\\\\\"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ib_json_value value = good(cases[i].text);
        size_t size = strlen(cases[i].expected);
        char out[64];
        assert_int_equal(ib_json_string(&value, out, sizeof out), size);
        assert_memory_equal(out, cases[i].expected, size + 1);
        assert_int_equal(ib_json_string(&value, out, size + 1), size);
        for (size_t capacity = 0; capacity <= size; capacity++) {
            memset(out, '#', sizeof out);
            assert_int_equal(ib_json_string(&value, out, capacity), IB_E_NO_SPACE);
            assert_int_equal(out[capacity], '#');
        }
    }
    struct ib_json_value number = good("1");
    char out[4];
    size_t cursor = 0;
    assert_int_equal(ib_json_string(&number, out, sizeof out), IB_E_TYPE);
    assert_int_equal(ib_json_unescape(&number, &cursor, out, sizeof out), IB_E_TYPE);
}

static void strings_in_pieces(void **state) {
    (void)state;
    struct ib_json_value value = good("\"0123456789\\n\\u20AC\\u20ACabc\\uD83D\\uDE00\"");
    char whole[64];
    int size = ib_json_string(&value, whole, sizeof whole);
    assert_int_equal(size, 24);
    for (size_t capacity = 4; capacity < 30; capacity++) {
        char joined[64], piece[32];
        size_t cursor = 0, total = 0;
        int count;
        while ((count = ib_json_unescape(&value, &cursor, piece, capacity)) > 0) {
            assert_true((size_t)count <= capacity);
            memcpy(joined + total, piece, (size_t)count);
            total += (size_t)count;
        }
        assert_int_equal(count, 0);
        assert_int_equal(total, size);
        assert_memory_equal(joined, whole, total);
        assert_int_equal(ib_json_unescape(&value, &cursor, piece, capacity), 0);
    }
}

static void strings_without_a_copy(void **state) {
    (void)state;
    const char *raw;
    size_t size;
    struct ib_json_value plain = good("\"AAEC\"");
    assert_int_equal(ib_json_raw(&plain, &raw, &size), IB_OK);
    assert_int_equal(size, 4);
    assert_ptr_equal(raw, plain.text + 1);
    struct ib_json_value escaped = good("\"AA\\/C\""), number = good("12");
    assert_int_equal(ib_json_raw(&escaped, &raw, &size), IB_E_FORMAT);
    assert_int_equal(ib_json_raw(&number, &raw, &size), IB_E_TYPE);
}

/// Whatever is accepted can be walked to its end, and its parts lie inside it.
static void walk(const struct ib_json_value *value) {
    size_t cursor = 0;
    struct ib_json_value key, part;
    char text[64];
    while (ib_json_next(value, &cursor, &key, &part) == 1) {
        assert_true(part.text > value->text);
        assert_true(part.text + part.size < value->text + value->size);
        if (value->type == IB_JSON_OBJECT)
            assert_true(ib_json_string(&key, text, sizeof text) >= 0 || key.size > sizeof text);
        walk(&part);
    }
    if (value->type == IB_JSON_ARRAY || value->type == IB_JSON_OBJECT)
        assert_true(cursor < value->size);
}

static void mutated_texts(void **state) {
    (void)state;
    static const char seed_text[] =
        "{\"a\":[1,2.5e3,-0,true,null,\"x\\u00e9\\n\"],\"B\":{\"c\":\"\\ud83d"
        "\\ude00\",\"c\":2},\"d\":[[],{},[{}]]}";
    static const char letters[] = "{}[]\",:\\u0e-. a";
    struct random random = {314159};
    unsigned accepted = 0;
    for (int run = 0; run < 100000; run++) {
        char text[sizeof seed_text];
        memcpy(text, seed_text, sizeof text);
        for (uint32_t i = random_below(&random, 4); i > 0; i--)
            text[random_below(&random, sizeof text - 1)] =
                letters[random_below(&random, sizeof letters - 1)];
        struct ib_json_value value;
        char *copy;
        if (parse(&value, text, sizeof text - 1, &copy) == IB_OK) {
            accepted++;
            walk(&value);
        }
        free(copy);
    }
    assert_true(accepted > 30000 && accepted < 90000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_nul_byte_ends_the_text),
        cmocka_unit_test(every_shortened_text_is_refused),
        cmocka_unit_test(members_by_name),
        cmocka_unit_test(walking_arrays_and_objects),
        cmocka_unit_test(numbers_as_integers),
        cmocka_unit_test(numbers_as_doubles),
        cmocka_unit_test(strings_unescaped),
        cmocka_unit_test(strings_in_pieces),
        cmocka_unit_test(strings_without_a_copy),
        cmocka_unit_test(mutated_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
