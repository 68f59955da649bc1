/// Targets, their components and their escapes: what may come out, and what never does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/status.h"
#include "stream/target.h"

static void is(struct ib_slice slice, const char *text) {
    if (!ib_slice_is(slice, text))
        fail_msg("\"%.*s\" is not \"%s\"", (int)slice.size, slice.at ? slice.at : "", text);
}

static void targets_have_four_parts(void **state) {
    (void)state;
    static const struct {
        const char *text, *scheme, *authority, *path, *query;
    } rows[] = {
        {"/", "", "", "/", ""},
        {"/a/b?c=d?e", "", "", "/a/b", "c=d?e"},
        {"//a", "", "", "//a", ""},
        {"/x://y", "", "", "/x://y", ""},
        {"*", "", "", "*", ""},
        {"rtsp://1.2.3.4:8554/ironbow/", "rtsp", "1.2.3.4:8554", "/ironbow/", ""},
        {"rtsp://[::1]:8554", "rtsp", "[::1]:8554", "/", ""},
        {"http://h?q", "http", "h", "/", "q"},
        {"RTSPU+x.1://h/", "RTSPU+x.1", "h", "/", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ib_target target;
        assert_true(ib_target_split(ib_slice_of(rows[i].text), &target));
        is(target.scheme, rows[i].scheme);
        is(target.authority, rows[i].authority);
        is(target.path, rows[i].path);
        is(target.query, rows[i].query);
    }
    static const char *const bad[] = {"",        "a",    "a/b", "http:///x", "://h/",
                                      "1x://h/", "/a#b", "?q",  "**",        "h:80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ib_target target;
        if (ib_target_split(ib_slice_of(bad[i]), &target))
            fail_msg("\"%s\" is no target", bad[i]);
    }
}

static void paths_have_components(void **state) {
    (void)state;
    struct ib_slice path = ib_slice_of("//a/b%2Fc///d/"), component;
    assert_true(ib_target_component(&path, &component));
    is(component, "a");
    assert_true(ib_target_component(&path, &component));
    is(component, "b%2Fc");
    assert_true(ib_target_component(&path, &component));
    is(component, "d");
    assert_false(ib_target_component(&path, &component));
    path = ib_slice_of("/");
    assert_false(ib_target_component(&path, &component));
}

static void components_are_fit_for_a_file(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
        int error;
    } rows[] = {
        {"clip%201.cptv", "clip 1.cptv", 0},
        {"%e4%C3+%25", "\xE4\xC3+%", 0},
        {"%2541", "%41", 0}, // read once
        {"...", "...", 0},
        {"", "", 0},
        {".", NULL, IB_E_REFUSED},
        {"..", NULL, IB_E_REFUSED},
        {"%2e%2E", NULL, IB_E_REFUSED},
        {".%2e", NULL, IB_E_REFUSED},
        {"a%2Fb", NULL, IB_E_REFUSED},
        {"a/b", NULL, IB_E_REFUSED},
        {"a%5cb", NULL, IB_E_REFUSED},
        {"a%00b", NULL, IB_E_REFUSED},
        {"a%0a", NULL, IB_E_REFUSED},
        {"a%7F", NULL, IB_E_REFUSED},
        {"a%", NULL, IB_E_FORMAT},
        {"a%4", NULL, IB_E_FORMAT},
        {"a%4g", NULL, IB_E_FORMAT},
        {"%-1", NULL, IB_E_FORMAT},
        {"longer than the room", NULL, IB_E_NO_SPACE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[12];
        int got = ib_target_decode(ib_slice_of(rows[i].text), name, sizeof name);
        if (got != (rows[i].name ? (int)strlen(rows[i].name) : rows[i].error))
            fail_msg("\"%s\": %d", rows[i].text, got);
        if (rows[i].name)
            assert_string_equal(name, rows[i].name);
    }
    assert_int_equal(ib_target_decode(ib_slice_of(""), NULL, 0), IB_E_NO_SPACE);
}

static void queries_have_values(void **state) {
    (void)state;
    struct ib_slice query = ib_slice_of("a=1&b=x%20y+z&&c&b=2&d=%0a&e=a%2Fb&f=%4");
    char value[8];
    assert_int_equal(ib_target_query(query, "a", value, sizeof value), 1);
    assert_string_equal(value, "1");
    assert_int_equal(ib_target_query(query, "b", value, sizeof value), 5);
    assert_string_equal(value, "x y z");
    assert_int_equal(ib_target_query(query, "c", value, sizeof value), 0);
    assert_string_equal(value, "");
    assert_int_equal(ib_target_query(query, "d", value, sizeof value), IB_E_REFUSED);
    assert_int_equal(ib_target_query(query, "e", value, sizeof value), 3);
    assert_int_equal(ib_target_query(query, "f", value, sizeof value), IB_E_FORMAT);
    assert_int_equal(ib_target_query(query, "x", value, sizeof value), IB_E_NOT_FOUND);
    assert_int_equal(ib_target_query(query, "b", value, 5), IB_E_NO_SPACE);
}

static void lists_respect_quotes(void **state) {
    (void)state;
    struct ib_slice list = ib_slice_of(" a , ,b=\"x, \\\", y\" ,c"), element;
    assert_true(ib_slice_next(&list, ',', &element));
    is(element, "a");
    assert_true(ib_slice_next(&list, ',', &element));
    is(element, "b=\"x, \\\", y\"");
    assert_true(ib_slice_next(&list, ',', &element));
    is(element, "c");
    assert_false(ib_slice_next(&list, ',', &element));
    list = ib_slice_of("\"never closed, a");
    assert_true(ib_slice_next(&list, ',', &element));
    assert_false(ib_slice_next(&list, ',', &element));
}

static void numbers_are_digits(void **state) {
    (void)state;
    uint64_t value;
    assert_true(ib_slice_u64(ib_slice_of("0065535"), 65535, &value));
    assert_int_equal(value, 65535);
    assert_false(ib_slice_u64(ib_slice_of("65536"), 65535, &value));
    assert_true(ib_slice_u64(ib_slice_of("18446744073709551615"), UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_false(ib_slice_u64(ib_slice_of("18446744073709551616"), UINT64_MAX, &value));
    assert_false(ib_slice_u64(ib_slice_of(""), 9, &value));
    assert_false(ib_slice_u64(ib_slice_of("5"), 4, &value));
    assert_false(ib_slice_u64(ib_slice_of("-1"), 9, &value));
    assert_false(ib_slice_u64(ib_slice_of("1 "), 9, &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_have_four_parts),       cmocka_unit_test(paths_have_components),
        cmocka_unit_test(components_are_fit_for_a_file), cmocka_unit_test(queries_have_values),
        cmocka_unit_test(lists_respect_quotes),          cmocka_unit_test(numbers_are_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
