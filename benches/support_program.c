/// Starting and asking the program.
#include "support_program.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t program;
static char control_path[108];

pid_t bench_program_pid(void) {
    return program;
}

void bench_program_stop(void) {
    if (program > 0) {
        kill(program, SIGTERM);
        waitpid(program, NULL, 0);
    }
    program = 0;
}

_Noreturn void bench_give_up(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    bench_program_stop();
    exit(1);
}

int bench_program_start(unsigned clients) {
    const char *path = getenv("IRONBOW") ? getenv("IRONBOW") : "build/ironbow";
    char limit[16], line[512];
    int out[2], port = 0;

    snprintf(limit, sizeof limit, "%u", clients + 8);
    snprintf(control_path, sizeof control_path, "/tmp/ironbow-bench-%d.sock", (int)getpid());
    if (pipe(out) < 0)
        bench_give_up("no pipe");
    program = fork();
    if (program == 0) {
        dup2(out[1], 1);
        close(out[0]);
        execl(path, path, "run", "--tcam-port", "0", "--rtsp-port", "none", "--max-clients", limit,
              "--control", control_path, "--state", "none", "--quiet", (char *)NULL);
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
        bench_give_up("the program did not say its port");
    return port; // the pipe stays open, so that the program's later lines go somewhere
}

double bench_program_counter(const char *object, const char *member) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    static char text[8192];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t size = 0;

    memcpy(to.sun_path, control_path, sizeof to.sun_path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ||
        send(fd, "counters\n", 9, MSG_NOSIGNAL) != 9)
        bench_give_up("no control socket");
    while (size < sizeof text - 1 && !memchr(text, '\n', size)) {
        ssize_t got = recv(fd, text + size, sizeof text - 1 - size, 0);
        if (got <= 0)
            bench_give_up("no counters");
        size += (size_t)got;
    }
    text[size] = 0;
    close(fd);
    const char *at = strstr(text, object);
    at = at ? strstr(at, member) : NULL;
    at = at ? strchr(at, ':') : NULL;
    if (!at)
        bench_give_up("a counter is missing");
    return atof(at + 1);
}

int bench_connect(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        bench_give_up("cannot connect");
    return fd;
}

int bench_connect_streaming(int port) {
    static const char on[] =
        "\x02{\"cmd\":\"stream_on\",\"args\":{\"delay_msec\":0,\"num_frames\":0}}\x03";
    int fd = bench_connect(port);
    if (send(fd, on, sizeof on - 1, MSG_NOSIGNAL) < 0)
        bench_give_up("cannot send");
    return fd;
}
