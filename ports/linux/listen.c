/// How the pump's listening sockets come to be. No connections here: that is pump.c.
///
/// Main sources: ip(7), ipv6(7), unix(7), getrlimit(2).
#include "ports/linux/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ports/linux/problem.h"

/// What a process holds besides its clients: files, libraries' sockets, the event loop.
#define SPARE_DESCRIPTORS 64u

static int fail(int fd, int error) {
    if (fd >= 0)
        close(fd);
    return -error;
}

// ---- TCP ----

static void explain_tcp(int error, const char *address, int port, char *problem, size_t size) {
    switch (error) {
    case EADDRINUSE:
        ib_problem(problem, size, "port %d on %s is taken by another program", port, address);
        break;
    case EADDRNOTAVAIL:
        ib_problem(problem, size,
                   "this machine has no address %s: use 127.0.0.1 (this machine only) or 0.0.0.0 "
                   "(every network)",
                   address);
        break;
    case EACCES:
        ib_problem(
            problem, size,
            "port %d on %s is not allowed: ports below 1024 need privileges, choose a higher "
            "one",
            port, address);
        break;
    default:
        ib_problem(problem, size, "cannot listen on %s port %d: %s", address, port,
                   strerror(error));
    }
}

int ib_listen_tcp(const char *address, int port, int backlog, int *bound_port, char *problem,
                  size_t problem_size) {
    if (port < 0 || port > 65535) {
        ib_problem(problem, problem_size, "%d is not a port: 0 (any free one) to 65535", port);
        return -EINVAL;
    }
    char service[8];
    (void)snprintf(service, sizeof service, "%d", port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    // Numbers only: no name service is asked, so this cannot block.
    if (getaddrinfo(address, service, &hints, &found) != 0) {
        ib_problem(problem, problem_size,
                   "\"%s\" is not a numeric address: use 127.0.0.1 (this machine only), 0.0.0.0 "
                   "(every network) or an address of this machine",
                   address);
        return -EINVAL;
    }
    struct sockaddr_storage where = {0};
    socklen_t where_size = found->ai_addrlen;
    memcpy(&where, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);

    int fd = socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    int off = 0;
    if (fd >= 0 && where.ss_family == AF_INET6 && strcmp(address, "::") == 0)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&where, where_size) != 0 || listen(fd, backlog) != 0 ||
        getsockname(fd, (struct sockaddr *)&where, &where_size) != 0) {
        int error = errno;
        explain_tcp(error, address, port, problem, problem_size);
        return fail(fd, error);
    }
    in_port_t bound = where.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&where)->sin6_port
                                                  : ((struct sockaddr_in *)&where)->sin_port;
    *bound_port = ntohs(bound);
    return fd;
}

// ---- UNIX ----

/// Is the file in the way a socket that nobody serves? Then it is a leftover and goes.
/// Return: 0 when it is gone, else an errno with its words.
static int clear_stale(const struct sockaddr_un *where, char *problem, size_t size) {
    struct stat there;
    if (lstat(where->sun_path, &there) != 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(there.st_mode)) {
        ib_problem(problem, size, "%s exists and is not a socket: choose another path",
                   where->sun_path);
        return EEXIST;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int error =
        connect(fd, (const struct sockaddr *)where, sizeof *where) == 0 ? EADDRINUSE : errno;
    close(fd);
    if (error == ECONNREFUSED)
        return unlink(where->sun_path) == 0 || errno == ENOENT ? 0 : errno;
    return error == EAGAIN || error == EINPROGRESS ? EADDRINUSE : error;
}

static void explain_unix(int error, const char *path, char *problem, size_t size) {
    switch (error) {
    case EADDRINUSE:
        ib_problem(problem, size, "%s is in use by another program", path);
        break;
    case ENOENT:
    case ENOTDIR:
        ib_problem(problem, size, "cannot listen on %s: its directory does not exist", path);
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        ib_problem(problem, size, "cannot listen on %s: no permission to write there (%s)", path,
                   strerror(error));
        break;
    default:
        ib_problem(problem, size, "cannot listen on %s: %s", path, strerror(error));
    }
}

static int bind_unix(int fd, const struct sockaddr_un *where, char *problem, size_t size) {
    // Linux gives the file the mode of the socket, so nobody else can connect even for a moment.
    if (fchmod(fd, 0600) != 0)
        return errno;
    if (bind(fd, (const struct sockaddr *)where, sizeof *where) == 0)
        return 0;
    if (errno != EADDRINUSE)
        return errno;
    int error = clear_stale(where, problem, size);
    if (error)
        return error;
    return bind(fd, (const struct sockaddr *)where, sizeof *where) == 0 ? 0 : errno;
}

int ib_listen_unix(const char *path, int backlog, dev_t *device, ino_t *inode, char *problem,
                   size_t problem_size) {
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof where.sun_path) {
        ib_problem(problem, problem_size,
                   "the socket path \"%.40s%s\" has %zu characters: 1 to %zu are possible", path,
                   length > 40 ? "..." : "", length, sizeof where.sun_path - 1);
        return -ENAMETOOLONG;
    }
    memcpy(where.sun_path, path, length);
    char said[256] = "";
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = fd < 0 ? errno : bind_unix(fd, &where, said, sizeof said);
    struct stat made = {0};
    if (!error && (listen(fd, backlog) != 0 || stat(path, &made) != 0)) {
        error = errno;
        unlink(path);
    }
    if (error) {
        if (said[0])
            ib_problem(problem, problem_size, "%s", said);
        else
            explain_unix(error, path, problem, problem_size);
        return fail(fd, error);
    }
    *device = made.st_dev;
    *inode = made.st_ino;
    return fd;
}

void ib_listen_unix_remove(const char *path, dev_t device, ino_t inode) {
    struct stat there;
    if (lstat(path, &there) == 0 && there.st_dev == device && there.st_ino == inode)
        unlink(path);
}

// ---- limits ----

unsigned ib_listen_raise_limit(unsigned descriptors) {
    struct rlimit limit;
    // The lowest free number tells how many are in use, near enough.
    int next = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (next >= 0)
        close(next);
    if (next < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    rlim_t wanted = (rlim_t)next + descriptors + SPARE_DESCRIPTORS;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted)
        return 0;
    rlim_t possible =
        limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max ? wanted : limit.rlim_max;
    limit.rlim_cur = possible;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return (unsigned)(wanted - possible);
}
