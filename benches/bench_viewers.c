/// Many browsers on one camera, over loopback: what the program costs and what viewers lose.
///
/// Starts $IRONBOW (build/ironbow), opens WebSockets as the page does, takes every frame, and counts by
/// the sequence in each frame's header: a gap is a lost frame.
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

#define WINDOW_S 15.0
#define HEAD 30 // header of the message and the beginning of a frame

struct viewer {
    int fd;
    bool open;          // the handshake is over
    uint8_t head[HEAD]; // of the message under way
    size_t filled;      // of it
    uint64_t left;      // bytes of the message still to come
    uint32_t first, last, frames;
};

static const char HELLO[] = "GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n";

static void frame(struct viewer *v) {
    const uint8_t *payload = v->head + (v->head[1] == 126 ? 4 : v->head[1] == 127 ? 10 : 2);
    uint32_t sequence;
    if ((v->head[0] & 15) != 2)
        return;
    memcpy(&sequence, payload + 16, sizeof sequence);
    if (v->frames++ == 0)
        v->first = sequence;
    v->last = sequence;
}

/// How long the message is, when enough of its header is here; 0: not yet.
static uint64_t length_of(const struct viewer *v) {
    uint64_t size = 0;
    size_t bytes = v->head[1] == 126 ? 2 : v->head[1] == 127 ? 8 : 0;
    if (v->filled < 2 || v->filled < 2 + bytes)
        return 0;
    for (size_t i = 0; i < bytes; i++)
        size = size << 8 | v->head[2 + i];
    return (bytes ? size : v->head[1]) + 2 + bytes;
}

static void take(struct viewer *v, const uint8_t *bytes, size_t size) {
    if (!v->open) { // the answer's head comes in one piece
        const uint8_t *end = memmem(bytes, size, "\r\n\r\n", 4);
        if (!end || memcmp(bytes, "HTTP/1.1 101", 12) != 0)
            bench_give_up("no WebSocket");
        v->open = true;
        size -= (size_t)(end + 4 - bytes);
        bytes = end + 4;
    }
    while (size) {
        if (v->left) {
            size_t part = v->left < size ? (size_t)v->left : size;
            v->left -= part;
            bytes += part;
            size -= part;
            continue;
        }
        v->head[v->filled++] = *bytes++;
        size--;
        uint64_t length = length_of(v);
        if (v->filled == HEAD || (length && length == v->filled)) {
            frame(v);
            v->left = length - v->filled;
            v->filled = 0;
        }
    }
}

static void run(unsigned count) {
    static uint8_t buffer[1 << 18];
    struct viewer *viewers = calloc(count, sizeof *viewers);
    struct epoll_event events[64];
    int poll_fd = epoll_create1(0);
    double start_s = 0, cpu_start_s = 0;
    char name[64];

    (void)bench_program_start(count);
    for (unsigned i = 0; i < count; i++) {
        viewers[i].fd = bench_connect(bench_program_http_port());
        if (send(viewers[i].fd, HELLO, sizeof HELLO - 1, MSG_NOSIGNAL) < 0)
            bench_give_up("cannot send");
        fcntl(viewers[i].fd, F_SETFL, O_NONBLOCK);
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, viewers[i].fd, &e);
    }
    // Counting begins three seconds in, when the camera has booted and everybody watches.
    double begin_s = bench_now_s() + 3.0, end_s = begin_s + WINDOW_S, now_s;
    while ((now_s = bench_now_s()) < end_s) {
        if (start_s == 0 && now_s >= begin_s) {
            start_s = now_s;
            cpu_start_s = bench_program_cpu_s();
            for (unsigned i = 0; i < count; i++)
                viewers[i].frames = 0;
        }
        int ready = epoll_wait(poll_fd, events, 64, 50);
        for (int i = 0; i < ready; i++) {
            struct viewer *v = &viewers[events[i].data.u32];
            ssize_t got = recv(v->fd, buffer, sizeof buffer, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                bench_give_up("a viewer was closed");
            if (got > 0)
                take(v, buffer, (size_t)got);
        }
    }
    double window_s = bench_now_s() - start_s,
           cores = (bench_program_cpu_s() - cpu_start_s) / window_s;
    double lost = 0, rate = 0;
    uint32_t newest = 0;
    for (unsigned i = 0; i < count; i++)
        newest = viewers[i].frames && viewers[i].last > newest ? viewers[i].last : newest;
    for (unsigned i = 0; i < count; i++) {
        struct viewer *v = &viewers[i];
        // The newest frame of all may not have reached everybody yet.
        double expected = (double)(newest - v->first);
        lost += v->frames < expected ? expected - v->frames : 0;
        rate += v->frames / window_s / count;
    }
    snprintf(name, sizeof name, "viewers: %u in browsers, program's cpu", count);
    bench_report(name, cores, "cores", 0, NULL);
    snprintf(name, sizeof name, "viewers: %u in browsers, frames each", count);
    bench_report(name, rate, "per s", 0, NULL);
    snprintf(name, sizeof name, "viewers: %u in browsers, frames lost by all", count);
    bench_report(name, lost, "frames", 0, NULL);
    for (unsigned i = 0; i < count; i++)
        close(viewers[i].fd);
    close(poll_fd);
    free(viewers);
    bench_program_stop();
}

int main(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    run(1);
    run(200);
    return 0;
}
