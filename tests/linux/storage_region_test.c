/// Regions of storage as files: who may open them, what is refused, what survives.
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/status.h"
#include "ports/linux/storage_region.h"

#define SECTOR IB_STORAGE_REGION_SECTOR_BYTES
#define REGION (4 * SECTOR)

static char directory[128];
static char problem[512];
static struct ib_storage_region region;

static const char *in_directory(const char *name) {
    static char path[512]; // one at a time
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static int make_directory(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    (void)snprintf(directory, sizeof directory, "%s/ib-region-XXXXXX", base ? base : "/tmp");
    problem[0] = '\0';
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    static const char *const names[] = {"region", "other", "link", "pipe", "socket",
                                        "a/b/c",  "a/b",   "a",    "file"};
    ib_storage_region_close(&region);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (unlink(in_directory(names[i])) != 0)
            (void)rmdir(in_directory(names[i]));
    return rmdir(directory);
}

static void make_file(const char *name, size_t size, uint8_t byte) {
    int fd = open(in_directory(name), O_CREAT | O_WRONLY | O_EXCL, 0640);
    assert_true(fd >= 0);
    while (size-- > 0)
        assert_int_equal(write(fd, &byte, 1), 1);
    close(fd);
}

static int open_as(struct ib_storage_region *self, const char *name, uint32_t size_bytes) {
    problem[0] = '\0';
    return ib_storage_region_open(self, directory, name, size_bytes, problem, sizeof problem);
}

static void open_ok(struct ib_storage_region *self, const char *name) {
    if (open_as(self, name, REGION) != 0)
        fail_msg("%s", problem);
}

/// Refused with this errno, in words with the path; and there is nothing to be closed.
static void refused(const char *name, uint32_t size_bytes, int error, const char *words) {
    struct ib_storage_region other = {.fd = 0};
    char expected[640];
    assert_int_equal(open_as(&other, name, size_bytes), -error);
    (void)snprintf(expected, sizeof expected, "%s: %s", in_directory(name), words);
    assert_string_equal(problem, expected);
    assert_int_equal(other.fd, -1);
    ib_storage_region_close(&other);
    assert_int_equal(ib_storage_region_open(&other, directory, name, size_bytes, NULL, 0), -error);
}

static void a_new_region(void **state) {
    (void)state;
    struct stat about;
    uint8_t bytes[REGION];
    open_ok(&region, "region");
    assert_int_equal(region.storage.size_bytes, REGION);
    assert_int_equal(region.storage.sector_bytes, SECTOR);
    assert_int_equal(stat(in_directory("region"), &about), 0);
    assert_int_equal(about.st_size, REGION);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(about.st_blocks, 0); // sparse
    assert_int_equal(ib_storage_read(&region.storage, 0, bytes, REGION), IB_OK);
    for (unsigned i = 0; i < REGION; i++)
        assert_int_equal(bytes[i], 0);
    assert_true(fcntl(region.fd, F_GETFD) & FD_CLOEXEC);
}

static void an_erase_gives_ff(void **state) {
    (void)state;
    uint8_t bytes[REGION];
    open_ok(&region, "region");
    assert_int_equal(ib_storage_erase(&region.storage, SECTOR, 2 * SECTOR), IB_OK);
    assert_int_equal(ib_storage_read(&region.storage, 0, bytes, REGION), IB_OK);
    for (unsigned i = 0; i < REGION; i++)
        assert_int_equal(bytes[i], i >= SECTOR && i < 3 * SECTOR ? 0xFF : 0);
    ib_storage_region_close(&region);
    struct stat about;
    assert_int_equal(stat(in_directory("region"), &about), 0);
    assert_int_equal(about.st_size, REGION); // never longer
}

static void it_survives(void **state) {
    (void)state;
    uint8_t bytes[11];
    open_ok(&region, "region");
    assert_int_equal(ib_storage_write(&region.storage, SECTOR - 5, "hello world", 11), IB_OK);
    assert_int_equal(ib_storage_sync(&region.storage), IB_OK);
    ib_storage_region_close(&region);
    ib_storage_region_close(&region); // once more is nothing
    assert_int_equal(region.fd, -1);
    open_ok(&region, "region");
    assert_int_equal(ib_storage_read(&region.storage, SECTOR - 5, bytes, 11), IB_OK);
    assert_memory_equal(bytes, "hello world", 11);
}

static void one_at_a_time(void **state) {
    (void)state;
    open_ok(&region, "region");
    refused("region", REGION, EWOULDBLOCK, "another program is using it");
    refused("region", 2 * REGION, EWOULDBLOCK, "another program is using it");
    struct stat about;
    assert_int_equal(stat(in_directory("region"), &about), 0);
    assert_int_equal(about.st_size, REGION); // the refused one has not touched it
    struct ib_storage_region other;
    open_ok(&other, "other");
    ib_storage_region_close(&other);
    // Another process, too, and when that ends, the lock ends.
    ib_storage_region_close(&region);
    int ready[2], leave[2], status;
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(leave), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(leave[1]);
        byte = (char)(open_as(&region, "region", REGION) == 0);
        bool told = write(ready[1], &byte, 1) == 1;
        _exit(told && read(leave[0], &byte, 1) == 0 ? 0 : 1); // without closing it
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 1);
    refused("region", REGION, EWOULDBLOCK, "another program is using it");
    close(leave[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    open_ok(&region, "region");
    close(leave[0]);
    close(ready[0]);
    close(ready[1]);
}

static void only_files(void **state) {
    (void)state;
    make_file("file", 10, 'x');
    assert_int_equal(symlink("file", in_directory("link")), 0);
    refused("link", REGION, ELOOP, "is a link: it must be a file");
    assert_int_equal(unlink(in_directory("link")), 0);
    assert_int_equal(symlink("region", in_directory("link")), 0); // to what is not there
    refused("link", REGION, ELOOP, "is a link: it must be a file");
    assert_int_equal(access(in_directory("region"), F_OK), -1);
    assert_int_equal(mkfifo(in_directory("pipe"), 0600), 0);
    refused("pipe", REGION, EINVAL, "is not a file"); // and nobody has waited
    assert_int_equal(mkdir(in_directory("a"), 0700), 0);
    refused("a", REGION, EISDIR, "is not a file");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(in_directory("socket")) < sizeof address.sun_path);
    strcpy(address.sun_path, in_directory("socket"));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    refused("socket", REGION, ENXIO, "is not a file");
    close(fd);
    struct stat about;
    assert_int_equal(stat(in_directory("file"), &about), 0);
    assert_int_equal(about.st_size, 10);
    struct ib_storage_region other;
    assert_int_equal(
        ib_storage_region_open(&other, "/dev", "null", REGION, problem, sizeof problem), -EINVAL);
    assert_string_equal(problem, "/dev/null: is not a file");
}

static void sizes(void **state) {
    (void)state;
    struct stat about;
    uint8_t bytes[REGION];
    make_file("file", REGION + 1, 'x');
    refused("file", REGION, EFBIG, "is longer than the region's 16384 bytes");
    assert_int_equal(stat(in_directory("file"), &about), 0);
    assert_int_equal(about.st_size, REGION + 1); // nothing is cut off
    refused("region", REGION + 1, EINVAL, "16385 bytes are not whole sectors of 4096");
    refused("region", 0, EINVAL, "0 bytes are not whole sectors of 4096");
    assert_int_equal(access(in_directory("region"), F_OK), -1);
    // A shorter one is made longer, and keeps what it has.
    make_file("region", 5, 'x');
    open_ok(&region, "region");
    assert_int_equal(stat(in_directory("region"), &about), 0);
    assert_int_equal(about.st_size, REGION);
    assert_int_equal(about.st_mode & 07777, 0640); // its owner's business
    assert_int_equal(ib_storage_read(&region.storage, 0, bytes, REGION), IB_OK);
    for (unsigned i = 0; i < REGION; i++)
        assert_int_equal(bytes[i], i < 5 ? 'x' : 0);
}

static void paths(void **state) {
    (void)state;
    static char name[1200];
    struct ib_storage_region other = {.fd = 0};
    refused("a/region", REGION, ENOENT, "No such file or directory");
    memset(name, 'n', sizeof name - 1);
    assert_int_equal(open_as(&other, name, REGION), -ENAMETOOLONG);
    assert_int_equal(other.fd, -1);
    assert_non_null(strstr(problem, directory));
    assert_non_null(strstr(problem, "File name too long"));
    name[300] = '\0'; // fits here, but in no directory
    assert_int_equal(open_as(&other, name, REGION), -ENAMETOOLONG);
    assert_int_equal(other.fd, -1);
}

static void a_file_cut_by_somebody(void **state) {
    (void)state;
    uint8_t bytes[8];
    open_ok(&region, "region");
    assert_int_equal(truncate(in_directory("region"), SECTOR + 4), 0);
    assert_int_equal(ib_storage_read(&region.storage, SECTOR - 4, bytes, 8), IB_OK);
    assert_int_equal(ib_storage_read(&region.storage, SECTOR, bytes, 8), IB_E_IO);
    assert_int_equal(ib_storage_read(&region.storage, 2 * SECTOR, bytes, 8), IB_E_IO);
}

/// A write that the system refuses is an error, not an end. (A limit on file sizes plays the disk.)
static void writes_that_fail(void **state) {
    (void)state;
    struct rlimit kept, small;
    open_ok(&region, "region");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    small = kept;
    small.rlim_cur = SECTOR;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int before = ib_storage_erase(&region.storage, 0, SECTOR);
    int over = ib_storage_write(&region.storage, SECTOR - 4, "12345678", 8);
    int behind = ib_storage_erase(&region.storage, SECTOR, SECTOR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(before, IB_OK);
    assert_int_equal(over, IB_E_NO_SPACE);
    assert_int_equal(behind, IB_E_NO_SPACE);
    assert_int_equal(ib_storage_erase(&region.storage, SECTOR, SECTOR), IB_OK);
}

static void directories(void **state) {
    (void)state;
    static char long_path[1200];
    struct stat about;
    mode_t mask = umask(0);
    int status = ib_storage_directory(in_directory("a/b//c/"), problem, sizeof problem);
    (void)umask(mask);
    assert_int_equal(status, 0);
    assert_int_equal(stat(in_directory("a/b"), &about), 0);
    assert_true(S_ISDIR(about.st_mode));
    assert_int_equal(about.st_mode & 07777, 0700);
    assert_int_equal(stat(in_directory("a/b/c"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0700);
    assert_int_equal(chmod(in_directory("a/b/c"), 0750), 0);
    assert_int_equal(ib_storage_directory(in_directory("a/b/c"), problem, sizeof problem), 0);
    assert_int_equal(stat(in_directory("a/b/c"), &about), 0);
    assert_int_equal(about.st_mode & 07777, 0750); // what was there stays as it is
    assert_int_equal(ib_storage_directory("/", problem, sizeof problem), 0);
    assert_int_equal(ib_storage_directory(".", problem, sizeof problem), 0);

    make_file("file", 1, 'x');
    assert_int_equal(ib_storage_directory(in_directory("file"), problem, sizeof problem), -ENOTDIR);
    assert_non_null(strstr(problem, in_directory("file")));
    assert_int_equal(ib_storage_directory(in_directory("file/x"), problem, sizeof problem),
                     -ENOTDIR);
    assert_non_null(strstr(problem, "Not a directory"));
    assert_int_equal(symlink("nowhere", in_directory("link")), 0);
    assert_int_equal(ib_storage_directory(in_directory("link/x"), problem, sizeof problem),
                     -ENOENT);
    assert_int_equal(unlink(in_directory("link")), 0);
    assert_int_equal(symlink("a", in_directory("link")), 0); // to a directory: as good as one
    assert_int_equal(ib_storage_directory(in_directory("link"), problem, sizeof problem), 0);
    assert_int_equal(ib_storage_directory("", problem, sizeof problem), -ENOENT);
    memset(long_path, 'n', sizeof long_path - 1);
    assert_int_equal(ib_storage_directory(long_path, NULL, 0), -ENAMETOOLONG);
}

int main(void) {
#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(a_new_region),
        IN_DIRECTORY(an_erase_gives_ff),
        IN_DIRECTORY(it_survives),
        IN_DIRECTORY(one_at_a_time),
        IN_DIRECTORY(only_files),
        IN_DIRECTORY(sizes),
        IN_DIRECTORY(paths),
        IN_DIRECTORY(a_file_cut_by_somebody),
        IN_DIRECTORY(writes_that_fail),
        IN_DIRECTORY(directories),
    };
    region.fd = -1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
