/// One client asks while others stream: how long a command takes there and back over loopback.
///
/// The streaming clients are drained by a process of their own that throws away what it reads. The
/// questions come at random moments, so that they meet the broadcasts as chance has it.
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"
#include "support_program.h"

#define QUESTIONS 3000
#define MOST_PAUSE_US 8000u

static pid_t start_streams(int port, unsigned count) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct epoll_event events[64];
    int poll_fd = epoll_create1(0);
    for (unsigned i = 0; i < count; i++) {
        int fd = bench_connect_streaming(port);
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &e);
    }
    for (;;) {
        int ready = epoll_wait(poll_fd, events, 64, -1);
        for (int i = 0; i < ready; i++)
            if (recv(events[i].data.fd, NULL, 1 << 20, MSG_TRUNC) <= 0)
                _exit(0);
    }
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void ask(int fd) {
    static const char question[] = "\x02{\"cmd\":\"get_status\"}\x03";
    char answer[512];
    if (send(fd, question, sizeof question - 1, MSG_NOSIGNAL) < 0)
        bench_give_up("cannot ask");
    for (;;) {
        ssize_t got = recv(fd, answer, sizeof answer, 0);
        if (got <= 0)
            bench_give_up("no answer");
        if (answer[got - 1] == 0x03)
            return;
    }
}

static void run(unsigned streams) {
    static double took_s[QUESTIONS];
    uint32_t random = 1;
    char name[64];
    int port = bench_program_start(streams + 1);
    pid_t readers = streams ? start_streams(port, streams) : 0;
    int fd = bench_connect(port);
    sleep(3); // the camera boots, everybody streams
    for (unsigned i = 0; i < QUESTIONS; i++) {
        random = random * 1664525u + 1013904223u;
        usleep((random >> 8) % MOST_PAUSE_US);
        double begin_s = bench_now_s();
        ask(fd);
        took_s[i] = bench_now_s() - begin_s;
    }
    qsort(took_s, QUESTIONS, sizeof took_s[0], by_size);
    snprintf(name, sizeof name, "round trip: %u others stream, p50", streams);
    bench_report(name, took_s[QUESTIONS / 2] * 1e6, "us", 0, NULL);
    snprintf(name, sizeof name, "round trip: %u others stream, p99", streams);
    bench_report(name, took_s[QUESTIONS * 99 / 100] * 1e6, "us", 0, NULL);
    close(fd);
    if (readers) {
        kill(readers, SIGTERM);
        waitpid(readers, NULL, 0);
    }
    bench_program_stop();
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    run(0);
    run(100);
    return 0;
}
