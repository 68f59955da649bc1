/// Whole files: atomic writing and limited reading, in a directory of the test's own.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/status.h"
#include "ports/linux/storage_file.h"

static char directory[128];
static char problem[256];

static char *in_directory(const char *name) {
    static char path[512]; // one at a time
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static unsigned count_files(void) {
    unsigned files = 0;
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    while (readdir(dir))
        files++;
    closedir(dir);
    return files - 2;
}

static int make_directory(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    (void)snprintf(directory, sizeof directory, "%s/ib-storage-XXXXXX", base ? base : "/tmp");
    problem[0] = '\0';
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    DIR *dir = opendir(directory);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char *path = in_directory(entry->d_name);
            if (unlink(path) != 0)
                (void)rmdir(path);
        }
    }
    if (dir)
        closedir(dir);
    return rmdir(directory);
}

static void write_ok(const char *path, const void *bytes, size_t size) {
    int status = ib_storage_file_write(path, bytes, size, problem, sizeof problem);
    if (status != IB_OK)
        fail_msg("%d %s", status, problem);
}

static void assert_content(const char *path, const void *bytes, size_t size) {
    uint8_t *read;
    size_t read_size;
    int status = ib_storage_file_read(path, size, &read, &read_size, problem, sizeof problem);
    if (status != IB_OK)
        fail_msg("%d %s", status, problem);
    assert_int_equal(read_size, size);
    assert_memory_equal(read, bytes, size);
    assert_int_equal(read[size], 0);
    free(read);
}

static void test_write_then_read(void **state) {
    (void)state;
    static uint8_t bytes[300000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 251);
    write_ok(in_directory("image"), bytes, sizeof bytes);
    assert_content(in_directory("image"), bytes, sizeof bytes);
    write_ok(in_directory("image"), "", 0); // replaced, and an empty file is a file
    assert_content(in_directory("image"), "", 0);
    assert_int_equal(count_files(), 1); // no temporary file is left
}

static void test_an_open_reader_keeps_the_old_file(void **state) {
    (void)state;
    char *path = in_directory("image");
    char old[8] = "";
    write_ok(path, "first", 5);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    write_ok(path, "second", 6);
    assert_int_equal(read(fd, old, sizeof old), 5);
    assert_memory_equal(old, "first", 5);
    close(fd);
    assert_content(path, "second", 6);
}

static void test_links_and_modes_stay(void **state) {
    (void)state;
    char target[512];
    struct stat there;
    (void)snprintf(target, sizeof target, "%s", in_directory("target"));
    write_ok(target, "old", 3);
    assert_int_equal(chmod(target, 0640), 0);
    assert_int_equal(symlink("target", in_directory("link")), 0);
    write_ok(in_directory("link"), "new", 3);
    assert_int_equal(lstat(in_directory("link"), &there), 0);
    assert_true(S_ISLNK(there.st_mode));
    assert_int_equal(stat(target, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0640);
    assert_content(target, "new", 3);
    assert_int_equal(count_files(), 2);
}

static void test_devices_are_written_through(void **state) {
    (void)state;
    struct stat there;
    write_ok("/dev/null", "gone", 4);
    assert_int_equal(stat("/dev/null", &there), 0);
    assert_true(S_ISCHR(there.st_mode));
    assert_int_equal(ib_storage_file_write("/dev/full", "x", 1, problem, sizeof problem),
                     IB_E_NO_SPACE);
    assert_string_equal(problem, "cannot write /dev/full: No space left on device");
}

static void test_write_problems(void **state) {
    (void)state;
    char expected[600];
    char *path = in_directory("none/image");
    assert_int_equal(ib_storage_file_write(path, "x", 1, problem, sizeof problem), IB_E_NOT_FOUND);
    (void)snprintf(expected, sizeof expected, "cannot write %s: No such file or directory", path);
    assert_string_equal(problem, expected);
    assert_int_equal(ib_storage_file_write(directory, "x", 1, problem, sizeof problem), IB_E_TYPE);
    assert_non_null(strstr(problem, "Is a directory"));
    path = in_directory("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(ib_storage_file_write(path, "x", 1, problem, sizeof problem), IB_E_NOT_FOUND);
    assert_non_null(strstr(problem, "nobody reads from that pipe"));
    assert_int_equal(count_files(), 1);
}

static void test_read_problems(void **state) {
    (void)state;
    uint8_t *bytes;
    size_t size;
    char *path = in_directory("image");
    assert_int_equal(ib_storage_file_read(path, 10, &bytes, &size, problem, sizeof problem),
                     IB_E_NOT_FOUND);
    assert_null(bytes);
    assert_non_null(strstr(problem, "No such file or directory"));
    assert_non_null(strstr(problem, path));
    write_ok(path, "0123456789", 10);
    assert_content(path, "0123456789", 10);
    assert_int_equal(ib_storage_file_read(path, 9, &bytes, &size, problem, sizeof problem),
                     IB_E_NO_SPACE);
    assert_null(bytes);
    assert_non_null(strstr(problem, "longer than the 9 bytes"));
    assert_int_equal(ib_storage_file_read(directory, 9, &bytes, &size, problem, sizeof problem),
                     IB_E_TYPE);
    // A device without an end meets the limit.
    assert_int_equal(
        ib_storage_file_read("/dev/zero", 1000000, &bytes, &size, problem, sizeof problem),
        IB_E_NO_SPACE);
    assert_int_equal(ib_storage_file_read("/dev/null", 10, &bytes, &size, NULL, 0), IB_OK);
    assert_int_equal(size, 0);
    free(bytes);
}

static void *write_pipe(void *context) {
    const int *fd = context;
    static uint8_t bytes[200000];
    for (size_t done = 0; done < sizeof bytes;) {
        ssize_t n = write(*fd, bytes + done, sizeof bytes - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    close(*fd);
    return NULL;
}

static void test_a_pipe_is_read_to_its_end(void **state) {
    (void)state;
    int ends[2];
    char path[64];
    uint8_t *bytes;
    size_t size;
    pthread_t thread;
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(pthread_create(&thread, NULL, write_pipe, &ends[1]), 0);
    int status = ib_storage_file_read(path, 1u << 20, &bytes, &size, problem, sizeof problem);
    if (status != IB_OK)
        fail_msg("%d %s", status, problem);
    assert_int_equal(size, 200000);
    free(bytes);
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(ends[0]);
}

#define STORAGE_TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORAGE_TEST(test_write_then_read),
        STORAGE_TEST(test_an_open_reader_keeps_the_old_file),
        STORAGE_TEST(test_links_and_modes_stay),
        STORAGE_TEST(test_devices_are_written_through),
        STORAGE_TEST(test_write_problems),
        STORAGE_TEST(test_read_problems),
        STORAGE_TEST(test_a_pipe_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
