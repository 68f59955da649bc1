/// Many tCam clients on one camera, over loopback: what the program costs and what clients lose.
///
/// Starts $IRONBOW (build/ironbow) on a free port, connects clients that stream as fast as they
/// can, and counts by the sensor's own frame counter in each image's telemetry: a gap is a lost
/// frame.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report.h"
#include "support_program.h"

#define TAIL 660 // `…"telemetry":"` 640 characters `"}` 0x03
#define WINDOW_S 15.0

struct client {
    int fd;
    char tail[TAIL]; // the newest bytes
    size_t filled;
    uint32_t first, last, images;
};

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

static void run(unsigned count) {
    static char buffer[1 << 18];
    struct client *clients = calloc(count, sizeof *clients);
    struct epoll_event events[64];
    int port = bench_program_start(count), poll_fd = epoll_create1(0);
    double start_s = 0, cpu_start_s = 0;
    char name[64];

    for (unsigned i = 0; i < count; i++) {
        clients[i].fd = bench_connect_streaming(port);
        fcntl(clients[i].fd, F_SETFL, O_NONBLOCK);
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, clients[i].fd, &e);
    }
    // Counting begins three seconds in, when the camera has booted and everybody streams.
    double begin_s = bench_now_s() + 3.0, end_s = begin_s + WINDOW_S, now_s;
    while ((now_s = bench_now_s()) < end_s) {
        if (start_s == 0 && now_s >= begin_s) {
            start_s = now_s;
            cpu_start_s = bench_program_cpu_s();
            for (unsigned i = 0; i < count; i++)
                clients[i].images = 0;
        }
        int ready = epoll_wait(poll_fd, events, 64, 50);
        for (int i = 0; i < ready; i++) {
            struct client *c = &clients[events[i].data.u32];
            ssize_t got = recv(c->fd, buffer, sizeof buffer, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                bench_give_up("a client was closed");
            if (got > 0)
                take(c, buffer, (size_t)got);
        }
    }
    double window_s = bench_now_s() - start_s,
           cores = (bench_program_cpu_s() - cpu_start_s) / window_s;
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
    bench_report(name, bench_program_counter("\"image_latency\"", "\"p50_us\"") * 1e-3, "ms", 0,
                 NULL);
    snprintf(name, sizeof name, "clients: %u streaming, frame to kernel p99", count);
    bench_report(name, bench_program_counter("\"image_latency\"", "\"p99_us\"") * 1e-3, "ms", 0,
                 NULL);
    for (unsigned i = 0; i < count; i++)
        close(clients[i].fd);
    close(poll_fd);
    free(clients);
    bench_program_stop();
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
