/// Many tCam clients on one camera, over loopback: what the program costs and what clients lose.
///
/// Starts $IRONBOW (build/ironbow) on a free port, connects clients that stream as fast as they
/// can, and counts by the sensor's own frame counter in each image's telemetry: a gap is a lost
/// frame.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define TAIL 660 // `…"telemetry":"` 640 characters `"}` 0x03
#define WINDOW_S 15.0

struct client {
    int fd;
    char tail[TAIL]; // the newest bytes
    size_t filled;
    uint32_t first, last, images;
};

static pid_t program;
static char control_path[108];

static void stop_program(void) {
    if (program > 0) {
        kill(program, SIGTERM);
        waitpid(program, NULL, 0);
    }
    program = 0;
}

static void give_up(const char *what) {
    fprintf(stderr, "bench_clients: %s\n", what);
    stop_program();
    exit(1);
}

/// Start the program; returns its tCam port.
static int start_program(unsigned clients) {
    const char *path = getenv("IRONBOW") ? getenv("IRONBOW") : "build/ironbow";
    char limit[16], line[512];
    int out[2], port = 0;

    snprintf(limit, sizeof limit, "%u", clients + 8);
    snprintf(control_path, sizeof control_path, "/tmp/ironbow-bench-%d.sock", (int)getpid());
    if (pipe(out) < 0)
        give_up("no pipe");
    program = fork();
    if (program == 0) {
        dup2(out[1], 1);
        close(out[0]);
        execl(path, path, "run", "--tcam-port", "0", "--max-clients", limit, "--control",
              control_path, "--quiet", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *f = fdopen(out[0], "r");
    while (!port && f && fgets(line, sizeof line, f)) {
        const char *at = strstr(line, "tcam 127.0.0.1:");
        if (at)
            port = atoi(at + strlen("tcam 127.0.0.1:"));
    }
    if (!port)
        give_up("the program did not say its port");
    return port; // the pipe stays open, so that the program's later lines go somewhere
}

static double cpu_s(pid_t pid) {
    char path[64], text[1024];
    unsigned long user, system;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(text, sizeof text, f))
        give_up("the program is gone");
    fclose(f);
    if (sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system) != 2)
        give_up("cannot read its times");
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/// A number out of the program's own counters.
static double counter(const char *object, const char *member) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    static char text[8192];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t size = 0;

    memcpy(to.sun_path, control_path, sizeof to.sun_path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        send(fd, "counters\n", 9, MSG_NOSIGNAL) != 9)
        give_up("no control socket");
    while (size < sizeof text - 1 && !memchr(text, '\n', size)) {
        ssize_t got = recv(fd, text + size, sizeof text - 1 - size, 0);
        if (got <= 0)
            give_up("no counters");
        size += (size_t)got;
    }
    text[size] = 0;
    close(fd);
    const char *at = strstr(text, object);
    at = at ? strstr(at, member) : NULL;
    at = at ? strchr(at, ':') : NULL;
    if (!at)
        give_up("a counter is missing");
    return atof(at + 1);
}

static int value_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = memchr(digits, c, 64);
    return at ? (int)(at - digits) : 0;
}

/// The sensor's frame counter: telemetry words 20 and 21, bytes 40 to 43, in characters 52 to 59.
static uint32_t counter_of(const char *tail) {
    const char *text = tail + TAIL - 3 - 640 + 52;
    uint8_t bytes[6];

    for (int i = 0; i < 2; i++) {
        uint32_t v = 0;
        for (int j = 0; j < 4; j++)
            v = v << 6 | (uint32_t)value_of(text[4 * i + j]);
        bytes[3 * i] = (uint8_t)(v >> 16);
        bytes[3 * i + 1] = (uint8_t)(v >> 8);
        bytes[3 * i + 2] = (uint8_t)v;
    }
    return (uint32_t)bytes[1] | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3] << 16 |
           (uint32_t)bytes[4] << 24;
}

static void append(struct client *c, const char *bytes, size_t size) {
    if (size >= TAIL) {
        memcpy(c->tail, bytes + size - TAIL, TAIL);
        c->filled = TAIL;
        return;
    }
    memmove(c->tail, c->tail + size, TAIL - size);
    memcpy(c->tail + TAIL - size, bytes, size);
    c->filled += size;
}

static void take(struct client *c, const char *bytes, size_t size) {
    while (size) {
        const char *end = memchr(bytes, 0x03, size);
        size_t part = end ? (size_t)(end - bytes) + 1 : size;
        append(c, bytes, part);
        if (end && c->filled >= TAIL) { // an image, not the acknowledge
            c->last = counter_of(c->tail);
            if (c->images++ == 0)
                c->first = c->last;
        }
        if (end)
            c->filled = 0;
        bytes += part;
        size -= part;
    }
}

static int connect_one(int port) {
    static const char on[] =
        "\x02{\"cmd\":\"stream_on\",\"args\":{\"delay_msec\":0,\"num_frames\":0}}\x03";
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        give_up("cannot connect");
    if (send(fd, on, sizeof on - 1, MSG_NOSIGNAL) < 0)
        give_up("cannot send");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void run(unsigned count) {
    static char buffer[1 << 18];
    struct client *clients = calloc(count, sizeof *clients);
    struct epoll_event events[64];
    int port = start_program(count), poll_fd = epoll_create1(0);
    double start_s = 0, cpu_start_s = 0;
    char name[64];

    for (unsigned i = 0; i < count; i++) {
        clients[i].fd = connect_one(port);
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, clients[i].fd, &e);
    }
    // Counting begins three seconds in, when the camera has booted and everybody streams.
    double begin_s = bench_now_s() + 3.0, end_s = begin_s + WINDOW_S, now_s;
    while ((now_s = bench_now_s()) < end_s) {
        if (start_s == 0 && now_s >= begin_s) {
            start_s = now_s;
            cpu_start_s = cpu_s(program);
            for (unsigned i = 0; i < count; i++)
                clients[i].images = 0;
        }
        int ready = epoll_wait(poll_fd, events, 64, 50);
        for (int i = 0; i < ready; i++) {
            struct client *c = &clients[events[i].data.u32];
            ssize_t got = recv(c->fd, buffer, sizeof buffer, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                give_up("a client was closed");
            if (got > 0)
                take(c, buffer, (size_t)got);
        }
    }
    double window_s = bench_now_s() - start_s, cores = (cpu_s(program) - cpu_start_s) / window_s;
    double worst = 0, rate = 0;
    uint32_t newest = 0; // of any client: one that stalled has lost what came since
    for (unsigned i = 0; i < count; i++)
        if (clients[i].images && clients[i].last > newest)
            newest = clients[i].last;
    for (unsigned i = 0; i < count; i++) {
        struct client *c = &clients[i];
        double expected = (double)(newest - c->first) + 1;
        double lost = c->images ? 100.0 * (expected - c->images) / expected : 100.0;
        if (lost > worst)
            worst = lost;
        rate += c->images / window_s / count;
    }
    snprintf(name, sizeof name, "clients: %u streaming, program's cpu", count);
    bench_report(name, cores, "cores", 0, NULL);
    snprintf(name, sizeof name, "clients: %u streaming, images each", count);
    bench_report(name, rate, "per s", 0, NULL);
    snprintf(name, sizeof name, "clients: %u streaming, worst client lost", count);
    bench_report(name, worst, "%", 0, NULL);
    snprintf(name, sizeof name, "clients: %u streaming, frame to kernel p50", count);
    bench_report(name, counter("\"image_latency\"", "\"p50_us\"") * 1e-3, "ms", 0, NULL);
    snprintf(name, sizeof name, "clients: %u streaming, frame to kernel p99", count);
    bench_report(name, counter("\"image_latency\"", "\"p99_us\"") * 1e-3, "ms", 0, NULL);
    for (unsigned i = 0; i < count; i++)
        close(clients[i].fd);
    close(poll_fd);
    free(clients);
    stop_program();
}

int main(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    run(1);
    run(100);
    run(500);
    return 0;
}
