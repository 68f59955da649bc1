/// Serial lines: a pty with a link, or a tty. Not who reads and writes them in turns: that is the
/// pump (pump_serial.c).
///
/// Main sources: pty(7), termios(3), tty_ioctl(4).
#include "ports/linux/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "ports/linux/problem.h"

/// Names tried for the link before it takes its place.
#define LINK_TRIES 100u
#define LINK_BYTES 1024u
/// What a link leads to, as far as it matters: longer than any pty's name.
#define TARGET_BYTES 256u

struct ib_serial {
    int fd;
    bool is_pty;
    char path[PATH_MAX];
    char *link;            ///< ours to remove, NULL without
    int link_lock;         ///< held while the link is ours; -1 without
    struct termios before; ///< tty: put back at the end
    uint8_t *left;         ///< the rest of what was said last
    size_t left_size;
    size_t left_sent;
};

static struct ib_serial *make(char *problem, size_t size) {
    struct ib_serial *self = calloc(1, sizeof *self);
    if (self)
        self->fd = self->link_lock = -1;
    else
        ib_problem(problem, size, "out of memory");
    return self;
}

static void make_raw(struct termios *settings) {
    cfmakeraw(settings);
    settings->c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    settings->c_cflag |= CREAD | CLOCAL;
    settings->c_iflag &= ~(tcflag_t)(IXOFF | IXANY);
    // Without a byte to read a non-blocking read says EAGAIN, not 0.
    settings->c_cc[VMIN] = 1;
    settings->c_cc[VTIME] = 0;
}

// ---- the link ----

static int explain_link(int error, const char *link, char *problem, size_t size) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        ib_problem(problem, size, "cannot make the link %s: its directory does not exist", link);
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        ib_problem(problem, size, "cannot make the link %s: no permission to write there (%s)",
                   link, strerror(error));
        break;
    default:
        ib_problem(problem, size, "cannot make the link %s: %s", link, strerror(error));
    }
    return -error;
}

/// A link that a killed program left behind leads to a pty number that somebody else may have by now, so
/// where it leads says nothing. What says whose it is ends with its owner: an abstract UNIX socket named
/// after the link's place.
/// Return: 0, or -EADDRINUSE.
static int lock_link(struct ib_serial *self, const char *link) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct stat where;
    const char *slash = strrchr(link, '/');
    char *directory = slash ? strndup(link, (size_t)(slash - link) + 1) : strdup(".");
    int found = directory ? stat(directory, &where) : -1;
    free(directory);
    if (found != 0)
        return 0; // making the link says why it cannot be
    int size = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "ironbow-line-%jx-%jx-%.60s",
                        (uintmax_t)where.st_dev, (uintmax_t)where.st_ino, slash ? slash + 1 : link);
    self->link_lock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (self->link_lock < 0)
        return 0;
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size);
    if (bind(self->link_lock, (const struct sockaddr *)&name, length) == 0)
        return 0;
    return errno == EADDRINUSE ? -EADDRINUSE : 0;
}

/// Whether what is at `link` may be replaced: 0, or a negative errno.
static int check_link(struct ib_serial *self, const char *link, char *problem, size_t size) {
    char target[TARGET_BYTES];
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0 && errno != ENOENT) {
        if (errno != EINVAL)
            return explain_link(errno, link, problem, size);
        ib_problem(problem, size, "%s exists and is not a link: choose another name", link);
        return -EEXIST;
    }
    target[length < 0 ? 0 : length] = '\0';
    if (length >= 0 && strncmp(target, "/dev/pts/", 9) != 0) {
        ib_problem(problem, size, "%s exists and leads to %s: choose another name", link, target);
        return -EEXIST;
    }
    if (lock_link(self, link) == 0)
        return 0;
    ib_problem(problem, size, "%s is a line which another program uses: choose another name", link);
    return -EADDRINUSE;
}

/// Made beside its place and moved there, so that the name always leads somewhere.
static int make_link(struct ib_serial *self, const char *link, char *problem, size_t size) {
    char beside[LINK_BYTES];
    int error = check_link(self, link, problem, size);
    if (error)
        return error;
    self->link = strdup(link);
    if (!self->link)
        return explain_link(ENOMEM, link, problem, size);
    for (unsigned i = 0; i < LINK_TRIES; i++) {
        int length = snprintf(beside, sizeof beside, "%s.%ld-%u", link, (long)getpid(), i);
        if (length < 0 || (size_t)length >= sizeof beside) {
            errno = ENAMETOOLONG;
            break;
        }
        if (symlink(self->path, beside) == 0) {
            if (rename(beside, link) == 0)
                return 0;
            int failed = errno;
            unlink(beside);
            errno = failed;
            break;
        }
        if (errno != EEXIST)
            break;
    }
    error = errno;
    free(self->link);
    self->link = NULL;
    return explain_link(error, link, problem, size);
}

static void remove_link(struct ib_serial *self) {
    char target[TARGET_BYTES];
    ssize_t length = self->link ? readlink(self->link, target, sizeof target - 1) : -1;
    if (length < 0)
        return;
    target[length] = '\0';
    if (strcmp(target, self->path) == 0)
        unlink(self->link);
}

// ---- the pty ----

/// Our own hands on the other end, for a moment only: as long as it is open, somebody is attached.
static int open_peer(const struct ib_serial *self) {
    int fd = ioctl(self->fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 ? fd : open(self->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static int make_pty(struct ib_serial *self) {
    self->is_pty = true;
    self->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (self->fd < 0 || grantpt(self->fd) != 0 || unlockpt(self->fd) != 0)
        return -errno;
    int error = ptsname_r(self->fd, self->path, sizeof self->path);
    if (error)
        return -error;
    int peer = open_peer(self);
    if (peer < 0)
        return -errno;
    struct termios settings;
    if (tcgetattr(peer, &settings) != 0) {
        error = errno;
    } else {
        make_raw(&settings);
        cfsetspeed(&settings, B230400);
        error = tcsetattr(peer, TCSANOW, &settings) != 0 ? errno : 0;
    }
    // Only once it has been open does a pty tell that nobody is there.
    close(peer);
    return -error;
}

int ib_serial_open_pty(struct ib_serial **out, const char *link, char *problem,
                       size_t problem_size) {
    *out = NULL;
    struct ib_serial *self = make(problem, problem_size);
    if (!self)
        return -ENOMEM;
    int error = make_pty(self);
    if (error)
        ib_problem(problem, problem_size, "this machine gives no pseudo terminal: %s",
                   strerror(-error));
    else if (link)
        error = make_link(self, link, problem, problem_size);
    if (error) {
        ib_serial_close(self);
        return error;
    }
    *out = self;
    return 0;
}

// ---- the tty ----

static int explain_tty(int error, const char *path, char *problem, size_t size) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        ib_problem(problem, size, "%s does not exist: is the line plugged in?", path);
        break;
    case EACCES:
    case EPERM:
        ib_problem(problem, size, "%s: no permission; add yourself to its group (often dialout)",
                   path);
        break;
    case EBUSY:
    case EWOULDBLOCK:
        error = EBUSY;
        ib_problem(problem, size, "%s is in use by another program", path);
        break;
    case ENOTTY:
        ib_problem(problem, size, "%s is not a serial line", path);
        break;
    default:
        ib_problem(problem, size, "cannot use %s: %s", path, strerror(error));
    }
    return -error;
}

static int set_up_tty(struct ib_serial *self, speed_t speed) {
    struct termios settings;
    if (!isatty(self->fd))
        return ENOTTY;
    // TIOCEXCL stops everybody but root, the lock stops those who ask for it.
    if (flock(self->fd, LOCK_EX | LOCK_NB) != 0 || ioctl(self->fd, TIOCEXCL) != 0 ||
        tcgetattr(self->fd, &self->before) != 0)
        return errno;
    settings = self->before;
    make_raw(&settings);
    cfsetspeed(&settings, speed);
    if (tcsetattr(self->fd, TCSANOW, &settings) != 0 || tcgetattr(self->fd, &settings) != 0)
        return errno;
    // tcsetattr is content when one of many settings was possible.
    if (cfgetospeed(&settings) != speed || (settings.c_cflag & CSIZE) != CS8) {
        (void)tcsetattr(self->fd, TCSANOW, &self->before);
        return EIO;
    }
    tcflush(self->fd, TCIOFLUSH);
    return 0;
}

int ib_serial_open_tty(struct ib_serial **out, const char *path, uint32_t baud, char *problem,
                       size_t problem_size) {
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},   {57600, B57600},
                  {115200, B115200}, {230400, B230400}, {460800, B460800}, {921600, B921600}};
    speed_t speed = 0;
    *out = NULL;
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        speed = speeds[i].baud == baud ? speeds[i].speed : speed;
    if (speed == 0) {
        ib_problem(problem, problem_size,
                   "%u baud is not possible: use 9600, 19200, 38400, 57600, 115200, 230400, 460800 "
                   "or 921600",
                   (unsigned)baud);
        return -EINVAL;
    }
    if (strlen(path) >= PATH_MAX)
        return explain_tty(ENAMETOOLONG, path, problem, problem_size);
    struct ib_serial *self = make(problem, problem_size);
    if (!self)
        return -ENOMEM;
    (void)snprintf(self->path, sizeof self->path, "%s", path);
    self->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    int error = self->fd < 0 ? errno : set_up_tty(self, speed);
    if (error) {
        if (self->fd >= 0)
            close(self->fd);
        free(self);
        if (error != EIO)
            return explain_tty(error, path, problem, problem_size);
        ib_problem(problem, problem_size, "%s does not do %u baud, 8N1", path, (unsigned)baud);
        return -EIO;
    }
    *out = self;
    return 0;
}

// ---- in use ----

int ib_serial_fd(const struct ib_serial *self) {
    return self->fd;
}

const char *ib_serial_path(const struct ib_serial *self) {
    return self->path;
}

bool ib_serial_attached(const struct ib_serial *self) {
    struct pollfd asked = {.fd = self->fd};
    int ready;
    do
        ready = poll(&asked, 1, 0);
    while (ready < 0 && errno == EINTR);
    return ready == 0 || (ready > 0 && !(asked.revents & (POLLHUP | POLLERR | POLLNVAL)));
}

void ib_serial_discard(struct ib_serial *self) {
    self->left_size = self->left_sent = 0;
    // A pty: what is on its way to the other end's line discipline, then what has arrived there.
    (void)tcflush(self->fd, TCOFLUSH);
    int peer = self->is_pty ? open_peer(self) : -1;
    if (peer >= 0) {
        (void)tcflush(peer, TCIFLUSH);
        close(peer);
    }
}

/// Returns how many bytes the line took: 0 when it is full, or broken.
static size_t put(struct ib_serial *self, const uint8_t *bytes, size_t size) {
    ssize_t sent;
    do
        sent = write(self->fd, bytes, size);
    while (sent < 0 && errno == EINTR);
    return sent > 0 ? (size_t)sent : 0;
}

bool ib_serial_say(struct ib_serial *self, const void *bytes, size_t size) {
    if (!ib_serial_attached(self)) {
        if (self->left_size > 0)
            ib_serial_discard(self);
        return false;
    }
    if (self->left_size > 0) {
        self->left_sent +=
            put(self, self->left + self->left_sent, self->left_size - self->left_sent);
        if (self->left_sent < self->left_size)
            return false;
        self->left_size = self->left_sent = 0;
    }
    // Room for the rest first: once a byte is out there is no way back.
    uint8_t *left = realloc(self->left, size > 0 ? size : 1);
    if (!left)
        return false;
    self->left = left;
    size_t sent = put(self, bytes, size);
    if (sent == 0 && size > 0)
        return false;
    memcpy(self->left, (const uint8_t *)bytes + sent, size - sent);
    self->left_size = size - sent;
    return true;
}

void ib_serial_close(struct ib_serial *self) {
    if (!self)
        return;
    remove_link(self);
    if (!self->is_pty) {
        (void)tcsetattr(self->fd, TCSANOW, &self->before);
        (void)ioctl(self->fd, TIOCNXCL);
    }
    if (self->fd >= 0)
        close(self->fd);
    if (self->link_lock >= 0)
        close(self->link_lock);
    free(self->left);
    free(self->link);
    free(self);
}
