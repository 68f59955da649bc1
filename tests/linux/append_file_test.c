/// Files that grow by whole records: nothing overwritten, nothing torn, on a full disk either.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/status.h"
#include "ports/linux/append_file.h"

static char directory[64];
static char path[128];
static char problem[256];

static int set_up(void **state) {
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/ib-append-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/file", directory);
    problem[0] = '\0';
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void check_content(const char *expected) {
    char text[4096] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
}

static void records_and_patches(void **state) {
    (void)state;
    struct ib_append_file file;
    assert_int_equal(ib_append_file_create(&file, path, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_append_file_put(&file, "hello ", 6, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_append_file_put(&file, "world", 5, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_append_file_patch(&file, 1, "E", 1, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_append_file_sync(&file, problem, sizeof problem), IB_OK);
    assert_true(file.size == 11);
    assert_int_equal(ib_append_file_close(&file, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_append_file_close(&file, problem, sizeof problem), IB_OK);
    check_content("hEllo world");
}

static void what_exists_is_left_alone(void **state) {
    (void)state;
    struct ib_append_file file;
    FILE *there = fopen(path, "wb");
    assert_non_null(there);
    fputs("mine", there);
    fclose(there);
    assert_int_equal(ib_append_file_create(&file, path, problem, sizeof problem), IB_E_BUSY);
    assert_non_null(strstr(problem, path));
    assert_int_equal(file.fd, -1);
    check_content("mine");
    assert_int_equal(ib_append_file_create(&file, "/nowhere/x", problem, sizeof problem),
                     IB_E_NOT_FOUND);
    assert_non_null(strstr(problem, "/nowhere/x"));
    char name[2000];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(ib_append_file_create(&file, name, problem, sizeof problem), IB_E_RANGE);
}

/// A limit on the file's size is a disk that is full at any byte.
static void a_record_that_does_not_fit_leaves_nothing(void **state) {
    (void)state;
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 4; room < 12; room++) {
        struct ib_append_file file;
        assert_int_equal(ib_append_file_create(&file, path, problem, sizeof problem), IB_OK);
        limit = before;
        limit.rlim_cur = room;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        int first = ib_append_file_put(&file, "1234", 4, problem, sizeof problem);
        int second = ib_append_file_put(&file, "56789abc", 8, problem, sizeof problem);
        int third = ib_append_file_put(&file, "", 0, problem, sizeof problem);
        setrlimit(RLIMIT_FSIZE, &before);
        assert_int_equal(first, IB_OK);
        assert_int_equal(second, IB_E_NO_SPACE);
        assert_int_equal(third, IB_OK);
        assert_non_null(strstr(problem, path));
        assert_true(file.size == 4);
        check_content("1234");
        // There is room again: it goes on where it was.
        assert_int_equal(ib_append_file_put(&file, "56", 2, problem, sizeof problem), IB_OK);
        assert_int_equal(ib_append_file_close(&file, problem, sizeof problem), IB_OK);
        check_content("123456");
        unlink(path);
    }
    signal(SIGXFSZ, handler);
}

static void a_discarded_file_is_gone(void **state) {
    (void)state;
    struct ib_append_file file;
    struct stat there;
    assert_int_equal(ib_append_file_create(&file, path, problem, sizeof problem), IB_OK);
    ib_append_file_discard(&file);
    ib_append_file_discard(&file);
    assert_int_not_equal(stat(path, &there), 0);
}

static void a_deleted_file_is_noticed(void **state) {
    (void)state;
    struct ib_append_file file;
    assert_int_equal(ib_append_file_create(&file, path, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_append_file_put(&file, "lost", 4, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_append_file_sync(&file, problem, sizeof problem), IB_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ib_append_file_sync(&file, problem, sizeof problem), IB_E_NOT_FOUND);
    assert_non_null(strstr(problem, path));
    assert_non_null(strstr(problem, "deleted"));
    assert_int_equal(ib_append_file_close(&file, problem, sizeof problem), IB_E_NOT_FOUND);
}

static void discarding_leaves_what_took_its_place(void **state) {
    (void)state;
    struct ib_append_file file;
    assert_int_equal(ib_append_file_create(&file, path, problem, sizeof problem), IB_OK);
    assert_int_equal(unlink(path), 0);
    FILE *other = fopen(path, "wb");
    assert_non_null(other);
    fputs("other", other);
    fclose(other);
    ib_append_file_discard(&file);
    check_content("other");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_and_patches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_exists_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_that_does_not_fit_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_discarded_file_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_file_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(discarding_leaves_what_took_its_place, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
