/// A directory as a memory card: what clients see of it, what they can do, and that nothing outside of
/// it can be reached.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/status.h"
#include "ports/linux/card_files.h"
#include "tests/core/support_random.h"

#define NAME_32 "12345678901234567890123456789012"
#define NAME_33 "123456789012345678901234567890123"

static char base[128]; ///< holds "card", and outside of it "outside/secret"
static struct ib_card_files card;

static const char *at(const char *path) {
    static char paths[4][700]; // a few at a time
    static unsigned turn;
    char *out = paths[turn++ % 4];
    (void)snprintf(out, sizeof paths[0], "%s/%s", base, path);
    return out;
}

static void put(const char *path, const char *text) {
    int fd = open(at(path), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void content_is(const char *path, const char *expected) {
    char text[64] = "";
    int fd = open(at(path), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    assert_int_equal(size, (ssize_t)strlen(expected));
    assert_string_equal(text, expected);
}

static bool exists(const char *path) {
    struct stat about;
    return lstat(at(path), &about) == 0;
}

static int make_card(void **state) {
    (void)state;
    const char *temporary = getenv("TMPDIR");
    (void)snprintf(base, sizeof base, "%s/ib-card-XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(base) || mkdir(at("card"), 0700) != 0 || mkdir(at("outside"), 0700) != 0)
        return -1;
    put("outside/secret", "secret");
    ib_card_files_init(&card, at("card"));
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

static int remove_card(void **state) {
    (void)state;
    return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

// ---- the table, shorter ----

static int ready(void) {
    return card.files.ops->ready(card.files.context);
}

static int next(const char *directory, const char *after, struct ib_files_entry *out) {
    return card.files.ops->next(card.files.context, directory, after, out);
}

static int read_at(const char *directory, const char *file, uint64_t offset, void *out,
                   size_t size) {
    return card.files.ops->read(card.files.context, directory, file, offset, out, size);
}

static int append(const char *directory, const char *file, const char *text) {
    return card.files.ops->append(card.files.context, directory, file, text, strlen(text));
}

static int sync_file(const char *directory, const char *file) {
    return card.files.ops->sync(card.files.context, directory, file);
}

static int erase(const char *directory, const char *file) {
    return card.files.ops->remove(card.files.context, directory, file);
}

/// "a,b/,c," as `next` tells it: directories with a slash.
static const char *list(const char *directory) {
    static char text[4096];
    struct ib_files_entry entry = {.name = ""};
    size_t used = 0;
    text[0] = '\0';
    int more;
    while ((more = next(directory, entry.name, &entry)) > 0)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s,", entry.name,
                                 entry.directory ? "/" : "");
    if (more < 0)
        (void)snprintf(text, sizeof text, "%d", more);
    return text;
}

static void everything_is_refused(const char *directory, const char *file, int reading,
                                  int appending, int removing) {
    char byte;
    if (read_at(directory, file, 0, &byte, 1) != reading || sync_file(directory, file) != reading ||
        append(directory, file, "x") != appending || append(directory, file, "") != appending ||
        erase(directory, file) != removing)
        fail_msg("'%s' '%s': %d %d %d %d", directory, file, read_at(directory, file, 0, &byte, 1),
                 sync_file(directory, file), append(directory, file, "x"), erase(directory, file));
}

// ---- what is there ----

static void a_card_that_is_not_there(void **state) {
    (void)state;
    struct ib_files_entry entry;
    static char long_path[2 * PATH_MAX];
    memset(long_path, 'x', sizeof long_path - 1);
    put("card.txt", "a file");
    char endless[PATH_MAX - 1];
    memset(endless, 'y', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    const char *paths[] = {at("nowhere"), "", at("card.txt"), long_path, endless};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ib_card_files_init(&card, paths[i]);
        assert_int_equal(ready(), IB_E_NOT_FOUND);
        assert_int_equal(next("", "", &entry), IB_E_NOT_FOUND);
        assert_int_equal(next("a", "", &entry), IB_E_NOT_FOUND);
        everything_is_refused("a", "b", IB_E_NOT_FOUND, IB_E_NOT_FOUND, IB_E_NOT_FOUND);
        assert_int_equal(erase("a", NULL), IB_E_NOT_FOUND);
    }
    // Pulled and put back.
    ib_card_files_init(&card, at("card"));
    assert_int_equal(ready(), IB_OK);
    assert_int_equal(append("a", "b", "1"), IB_OK);
    assert_int_equal(rename(at("card"), at("pulled")), 0);
    assert_int_equal(ready(), IB_E_NOT_FOUND);
    assert_int_equal(append("a", "b", "2"), IB_E_NOT_FOUND);
    assert_string_equal(list("a"), "-18");
    assert_int_equal(rename(at("pulled"), at("card")), 0);
    assert_int_equal(append("a", "b", "3"), IB_OK);
    content_is("card/a/b", "13");
}

static void names_in_byte_order(void **state) {
    (void)state;
    static const char *const files[] = {"b", "a", "B", "a1", "a-", "\xC3\xA4", "zz", "~"};
    assert_string_equal(list(""), "");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_int_equal(append("", files[i], ""), IB_OK);
    assert_int_equal(append("dir", NAME_32, "12345"), IB_OK);
    assert_string_equal(list(""), "B,a,a-,a1,b,dir/,zz,~,\xC3\xA4,");
    struct ib_files_entry entry;
    assert_int_equal(next("", "dir", &entry), 1); // what `after` names need not be there
    assert_string_equal(entry.name, "zz");
    assert_int_equal(next("", "c", &entry), 1);
    assert_string_equal(entry.name, "dir");
    assert_true(entry.directory);
    assert_int_equal(entry.size_bytes, 0);
    assert_int_equal(next("dir", "", &entry), 1);
    assert_string_equal(entry.name, NAME_32);
    assert_false(entry.directory);
    assert_int_equal(entry.size_bytes, 5);
    assert_int_equal(next("dir", NAME_33 NAME_33, &entry), 0);
    assert_int_equal(next("dir", NAME_32, &entry), 0);
    assert_int_equal(next("", "\xFF", &entry), 0);
    assert_int_equal(next("nowhere", "", &entry), IB_E_NOT_FOUND);
    assert_int_equal(next("a", "", &entry), IB_E_NOT_FOUND); // a file is no directory
}

static void what_is_not_for_clients(void **state) {
    (void)state;
    assert_int_equal(mkdir(at("card/dir"), 0700), 0);
    put("card/dir/seen", "1");
    put("card/dir/.hidden", "2");
    put("card/dir/" NAME_33, "3");
    put("card/dir/" NAME_32, "4");
    assert_int_equal(mkdir(at("card/dir/.git"), 0700), 0);
    assert_int_equal(mkdir(at("card/dir/below"), 0700), 0);
    assert_int_equal(symlink("seen", at("card/dir/link")), 0);
    assert_int_equal(symlink("..", at("card/dir/up")), 0);
    assert_int_equal(mkfifo(at("card/dir/pipe"), 0600), 0);
    assert_string_equal(list("dir"), NAME_32 ",below/,seen,");
    everything_is_refused("dir", ".hidden", IB_E_REFUSED, IB_E_REFUSED, IB_E_REFUSED);
    everything_is_refused("dir", NAME_33, IB_E_REFUSED, IB_E_REFUSED, IB_E_REFUSED);
    everything_is_refused("dir", "below", IB_E_REFUSED, IB_E_REFUSED, IB_E_REFUSED);
    content_is("card/dir/.hidden", "2");
    content_is("card/dir/" NAME_33, "3");
}

/// However many there are, in whatever order they were made; also while others come and go.
static void many_names(void **state) {
    (void)state;
    enum { MANY = 5 * IB_CARD_FILES_AHEAD + 3 };
    struct random random = {17};
    bool there[MANY];
    char name[16];
    assert_int_equal(mkdir(at("card/dir"), 0700), 0);
    for (unsigned i = 0; i < MANY; i++)
        there[i] = false;
    for (unsigned made = 0; made < MANY;) {
        unsigned i = random_below(&random, MANY);
        made += !there[i];
        there[i] = true;
        (void)snprintf(name, sizeof name, "f%04u", i);
        assert_int_equal(append("dir", name, ""), IB_OK);
        if (i % 3 == 0) { // and what nobody sees among them
            (void)snprintf(name, sizeof name, "card/dir/f%04ux", i);
            (void)symlink("f0000", at(name));
        }
    }
    for (unsigned round = 0; round < 4; round++) {
        struct ib_files_entry entry = {.name = ""};
        for (unsigned i = 0; i < MANY; i++) {
            if (!there[i])
                continue;
            if (next("dir", entry.name, &entry) != 1)
                fail_msg("round %u: nothing instead of %u", round, i);
            (void)snprintf(name, sizeof name, "f%04u", i);
            assert_string_equal(entry.name, name);
            if (round % 2 && random_below(&random, 8) == 0 && i + 2 < MANY) {
                unsigned other = i + 1 + random_below(&random, MANY - i - 1);
                (void)snprintf(name, sizeof name, "card/dir/f%04u", other); // behind our back
                if (there[other])
                    assert_int_equal(unlink(at(name)), 0);
                else
                    put(name, "new");
                there[other] = !there[other];
            }
        }
        assert_int_equal(next("dir", entry.name, &entry), 0);
    }
}

static bool is_seen(const char *path, const char *name) {
    char full[512];
    struct stat about;
    (void)snprintf(full, sizeof full, "%s/%s", path, name);
    return name[0] != '.' && strlen(name) <= IB_FILES_NAME_BYTES && lstat(full, &about) == 0 &&
           (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode));
}

static int in_byte_order(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

/// In a directory that has not changed for long, what is remembered is used; the names are the same.
/// No test can make a directory old: the system's own are.
static void an_old_directory(void **state) {
    (void)state;
    static const char path[] = "/usr/include/linux";
    struct dirent **names;
    int count = scandir(path, &names, NULL, in_byte_order);
    if (count < 2 * IB_CARD_FILES_AHEAD) {
        print_message("SKIP an old directory: %s is not there\n", path);
        return;
    }
    ib_card_files_init(&card, "/usr/include");
    struct ib_files_entry entry = {.name = ""};
    for (int i = 0; i < count; i++) {
        if (is_seen(path, names[i]->d_name)) {
            assert_int_equal(next("linux", entry.name, &entry), 1);
            assert_string_equal(entry.name, names[i]->d_name);
            assert_true(card.ahead.valid);
        }
        free(names[i]);
    }
    free(names);
    assert_int_equal(next("linux", entry.name, &entry), 0);
    // Not only forwards, and not only this one.
    struct ib_files_entry first, other;
    assert_int_equal(next("linux", "", &first), 1);
    assert_true(strcmp(first.name, entry.name) < 0);
    assert_int_equal(next("", "", &other), 1);
    assert_int_equal(next("linux", "", &other), 1);
    assert_string_equal(other.name, first.name);
}

/// What is remembered is dropped when the directory changes, whoever changes it.
static void memory_is_not_stale(void **state) {
    (void)state;
    struct ib_files_entry entry;
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(append("dir", "a", ""), IB_OK);
        assert_int_equal(next("dir", "", &entry), 1);
        assert_int_equal(next("dir", "a", &entry), 0);
        put("card/dir/b", "b");
        assert_int_equal(next("dir", "a", &entry), 1);
        assert_int_equal(entry.size_bytes, 1);
        put("card/dir/b", "bigger"); // sizes are never remembered
        assert_int_equal(next("dir", "a", &entry), 1);
        assert_int_equal(entry.size_bytes, 6);
        assert_int_equal(unlink(at("card/dir/b")), 0);
        assert_int_equal(next("dir", "a", &entry), 0);
        assert_int_equal(mkdir(at("card/dir/b"), 0700), 0);
        assert_int_equal(next("dir", "a", &entry), 1);
        assert_true(entry.directory);
        assert_int_equal(rmdir(at("card/dir/b")), 0);
        // The same name in another directory.
        assert_int_equal(append("other", "c", ""), IB_OK);
        assert_int_equal(next("other", "", &entry), 1);
        assert_string_equal(entry.name, "c");
        assert_int_equal(erase("other", NULL), IB_OK);
        assert_int_equal(next("other", "", &entry), IB_E_NOT_FOUND);
    }
}

// ---- reading and writing ----

static void append_and_read(void **state) {
    (void)state;
    char text[16];
    assert_int_equal(read_at("dir", "file", 0, text, 4), IB_E_NOT_FOUND);
    assert_int_equal(sync_file("dir", "file"), IB_E_NOT_FOUND);
    assert_int_equal(append("dir", "file", ""), IB_OK); // makes both
    assert_string_equal(list(""), "dir/,");
    assert_string_equal(list("dir"), "file,");
    assert_int_equal(read_at("dir", "file", 0, text, 4), 0);
    assert_int_equal(append("dir", "file", "hello"), IB_OK);
    assert_int_equal(append("dir", "file", " world"), IB_OK);
    assert_int_equal(sync_file("dir", "file"), IB_OK);
    memset(text, 0, sizeof text);
    assert_int_equal(read_at("dir", "file", 0, text, sizeof text), 11);
    assert_string_equal(text, "hello world");
    assert_int_equal(read_at("dir", "file", 6, text, 3), 3);
    assert_memory_equal(text, "wor", 3);
    assert_int_equal(read_at("dir", "file", 9, text, 10), 2);
    assert_int_equal(read_at("dir", "file", 0, text, 0), 0);
    const uint64_t behind[] = {
        11, 12, UINT32_MAX, INT64_MAX - 1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++)
        assert_int_equal(read_at("dir", "file", behind[i], text, 16), 0);
    assert_int_equal(read_at("dir", "other", 0, text, 4), IB_E_NOT_FOUND);
    assert_int_equal(read_at("other", "file", 0, text, 4), IB_E_NOT_FOUND);
    assert_string_equal(list(""), "dir/,"); // reading makes nothing
    assert_int_equal(append("", "top", "at the top"), IB_OK);
    assert_int_equal(sync_file("", "top"), IB_OK);
    assert_int_equal(read_at("", "top", 3, text, 3), 3);
    assert_memory_equal(text, "the", 3);
    assert_int_equal(append("top", "file", "x"), IB_E_NOT_FOUND); // a file is no directory
    assert_int_equal(append("", "dir", "x"), IB_E_REFUSED);
}

/// A limit on file sizes plays the full card.
static void a_full_card(void **state) {
    (void)state;
    static char big[8192];
    struct rlimit kept, small;
    memset(big, 'b', sizeof big - 1);
    assert_int_equal(append("dir", "file", "first"), IB_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    small = kept;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int status = append("dir", "file", big), again = append("dir", "new", big);
    int fits = append("dir", "file", " second");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(status, IB_E_NO_SPACE);
    assert_int_equal(again, IB_E_NO_SPACE);
    assert_int_equal(fits, IB_OK);
    content_is("card/dir/file", "first second"); // as long as before, then longer
    content_is("card/dir/new", "");
}

// ---- nothing outside ----

static void no_way_out(void **state) {
    (void)state;
    static const char *const bad[] = {".",  "..",   "../outside", "a/../../outside",
                                      "/",  "/etc", "/tmp",       "outside/..",
                                      "./", "a/b",  ".hidden",    NAME_33};
    struct ib_files_entry entry;
    put("card/a", "a");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        everything_is_refused(bad[i], "secret", IB_E_REFUSED, IB_E_REFUSED, IB_E_REFUSED);
        everything_is_refused("", bad[i], IB_E_REFUSED, IB_E_REFUSED, IB_E_REFUSED);
        everything_is_refused("dir", bad[i], IB_E_REFUSED, IB_E_REFUSED, IB_E_REFUSED);
        assert_int_equal(next(bad[i], "", &entry), IB_E_REFUSED);
        assert_int_equal(erase(bad[i], NULL), IB_E_REFUSED);
    }
    everything_is_refused("", "", IB_E_REFUSED, IB_E_REFUSED, IB_E_REFUSED);
    assert_int_equal(erase("", NULL), IB_E_REFUSED); // never the whole card
    assert_int_equal(erase("", "../outside/secret"), IB_E_REFUSED);
    content_is("outside/secret", "secret");
    assert_string_equal(list(""), "a,");
}

static void links_are_not_followed(void **state) {
    (void)state;
    struct ib_files_entry entry;
    assert_int_equal(symlink("../outside", at("card/dir")), 0);
    assert_int_equal(symlink(at("outside"), at("card/absolute")), 0);
    assert_int_equal(symlink("../outside/secret", at("card/file")), 0);
    assert_int_equal(symlink("../outside/new", at("card/fresh")), 0);
    assert_int_equal(symlink("loop", at("card/loop")), 0);
    put("card/inside", "x");
    assert_int_equal(symlink("inside", at("card/even")), 0);
    assert_string_equal(list(""), "inside,");
    static const char *const directories[] = {"dir", "absolute", "file", "fresh", "loop"};
    for (size_t i = 0; i < 5; i++) {
        const char *name = directories[i];
        everything_is_refused(name, "secret", IB_E_NOT_FOUND, IB_E_NOT_FOUND, IB_E_NOT_FOUND);
        everything_is_refused("", name, IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NOT_FOUND);
        assert_int_equal(next(name, "", &entry), IB_E_NOT_FOUND);
        assert_int_equal(erase(name, NULL), IB_E_NOT_FOUND);
        char path[64];
        (void)snprintf(path, sizeof path, "card/%s", name);
        assert_true(exists(path));
    }
    everything_is_refused("", "even", IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NOT_FOUND);
    content_is("outside/secret", "secret");
    assert_false(exists("outside/new"));
}

static void pipes_and_devices(void **state) {
    (void)state;
    assert_int_equal(mkdir(at("card/dir"), 0700), 0);
    assert_int_equal(mkfifo(at("card/dir/pipe"), 0600), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_true(strlen(at("card/dir/socket")) < sizeof address.sun_path);
    strcpy(address.sun_path, at("card/dir/socket"));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    everything_is_refused("dir", "pipe", IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NOT_FOUND);
    everything_is_refused("dir", "socket", IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NOT_FOUND);
    close(fd);
    // With a reader and a writer at the pipe nothing comes out and nothing goes in.
    int end = open(at("card/dir/pipe"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    assert_true(end >= 0);
    char byte;
    assert_int_equal(write(end, "p", 1), 1);
    everything_is_refused("dir", "pipe", IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NOT_FOUND);
    assert_int_equal(read(end, &byte, 1), 1);
    assert_int_equal(byte, 'p');
    assert_int_equal(read(end, &byte, 1), -1);
    close(end);
    assert_string_equal(list("dir"), "");
    if (mknod(at("card/dir/null"), S_IFCHR | 0600, makedev(1, 3)) == 0)
        everything_is_refused("dir", "null", IB_E_NOT_FOUND, IB_E_REFUSED, IB_E_NOT_FOUND);
    else
        print_message("SKIP devices: mknod: %s\n", strerror(errno));
}

// ---- removing ----

static void removing_files(void **state) {
    (void)state;
    assert_int_equal(append("dir", "a", "1"), IB_OK);
    assert_int_equal(append("dir", "b", "2"), IB_OK);
    assert_int_equal(append("", "top", "3"), IB_OK);
    assert_int_equal(erase("dir", "a"), IB_OK);
    assert_string_equal(list("dir"), "b,");
    assert_int_equal(erase("dir", "a"), IB_E_NOT_FOUND);
    assert_int_equal(erase("none", "a"), IB_E_NOT_FOUND);
    assert_int_equal(erase("", "dir"), IB_E_REFUSED); // with a name of its own only
    assert_int_equal(erase("", "top"), IB_OK);
    assert_string_equal(list(""), "dir/,");
    assert_int_equal(erase("dir", "b"), IB_OK);
    assert_string_equal(list(""), "dir/,"); // an empty directory stays
    assert_int_equal(erase("dir", NULL), IB_OK);
    assert_string_equal(list(""), "");
    assert_int_equal(erase("dir", NULL), IB_E_NOT_FOUND);
}

static void removing_a_directory(void **state) {
    (void)state;
    char name[32];
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof name, "f%u", i);
        assert_int_equal(append("dir", name, "x"), IB_OK);
    }
    // Everything in it: also what clients do not see; links go, not what they lead to.
    put("card/dir/.hidden", "x");
    put("card/dir/" NAME_33, "x");
    assert_int_equal(symlink("../../outside", at("card/dir/out")), 0);
    assert_int_equal(symlink("../../outside/secret", at("card/dir/secret")), 0);
    assert_int_equal(mkfifo(at("card/dir/pipe"), 0600), 0);
    assert_int_equal(append("other", "stays", "x"), IB_OK);
    assert_int_equal(erase("dir", NULL), IB_OK);
    assert_string_equal(list(""), "other/,");
    assert_string_equal(list("other"), "stays,");
    content_is("outside/secret", "secret");
    assert_int_equal(append("", "file", "x"), IB_OK);
    assert_int_equal(erase("file", NULL), IB_E_NOT_FOUND); // a file is no directory
    assert_true(exists("card/file"));
}

/// All or nothing.
static void a_directory_with_a_directory(void **state) {
    (void)state;
    static const char *const nested[] = {"card/dir/m", "card/dir/.hidden", "card/dir/" NAME_33};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(append("dir", "a", "1"), IB_OK);
        assert_int_equal(append("dir", "z", "2"), IB_OK);
        assert_int_equal(mkdir(at(nested[i]), 0700), 0);
        assert_int_equal(erase("dir", NULL), IB_E_REFUSED);
        assert_true(exists("card/dir/a"));
        assert_true(exists("card/dir/z"));
        assert_true(exists(nested[i]));
        assert_int_equal(rmdir(at(nested[i])), 0);
        assert_int_equal(erase("dir", NULL), IB_OK);
    }
}

static void a_protected_card(void **state) {
    (void)state;
    if (geteuid() == 0) {
        print_message("SKIP a protected card: nothing is protected from root\n");
        return;
    }
    assert_int_equal(append("dir", "a", "1"), IB_OK);
    assert_int_equal(chmod(at("card"), 0500), 0);
    int directory = erase("dir", NULL), file = append("", "new", "x"),
        made = append("new", "a", "");
    assert_int_equal(chmod(at("card"), 0700), 0);
    assert_int_equal(directory, IB_E_REFUSED);
    assert_int_equal(file, IB_E_REFUSED);
    assert_int_equal(made, IB_E_REFUSED);
    assert_string_equal(list("dir"), "a,"); // nothing half removed
    assert_int_equal(chmod(at("card/dir/a"), 0400), 0);
    assert_int_equal(append("dir", "a", "x"), IB_E_REFUSED);
    content_is("card/dir/a", "1");
}

int main(void) {
#define WITH_CARD(test) cmocka_unit_test_setup_teardown(test, make_card, remove_card)
    const struct CMUnitTest tests[] = {
        WITH_CARD(a_card_that_is_not_there),
        WITH_CARD(names_in_byte_order),
        WITH_CARD(what_is_not_for_clients),
        WITH_CARD(many_names),
        WITH_CARD(an_old_directory),
        WITH_CARD(memory_is_not_stale),
        WITH_CARD(append_and_read),
        WITH_CARD(a_full_card),
        WITH_CARD(no_way_out),
        WITH_CARD(links_are_not_followed),
        WITH_CARD(pipes_and_devices),
        WITH_CARD(removing_files),
        WITH_CARD(removing_a_directory),
        WITH_CARD(a_directory_with_a_directory),
        WITH_CARD(a_protected_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
