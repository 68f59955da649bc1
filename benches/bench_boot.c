/// Starting scripts from outside: a process, and how long until its script says its first line.
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benches/report.h"

#define RUNS 25
#define PATIENCE_S 20

static char directory[] = "/tmp/ib-bench-XXXXXX";
static char flash[64], line[64], script[64];

static const char *program(void) {
    return getenv("IRONBOW") ? getenv("IRONBOW") : "build/ironbow";
}

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

/// Its standard output goes to `out`; -1: to nobody.
static pid_t start(int out, const char *const *arguments) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int nobody = open("/dev/null", O_RDWR);
    dup2(nobody, STDIN_FILENO);
    dup2(out < 0 ? nobody : out, STDOUT_FILENO);
    dup2(nobody, STDERR_FILENO);
    execv(program(), (char *const *)(uintptr_t)arguments);
    _exit(127);
}

static void put_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        give_up("cannot write a script");
}

/// Return: whether there is a line, and not the end.
static bool read_line(int fd) {
    char text[256];
    size_t size = 0;
    do {
        ssize_t n = read(fd, text + size, sizeof text - 1 - size);
        if (n <= 0)
            return false;
        size += (size_t)n;
        text[size] = 0;
    } while (!strstr(text, "first line") && size < sizeof text - 1);
    return true;
}

/// `first`: until its first line; else until it has ended. 0: there is no script engine.
static double run_script(bool first) {
    const char *const arguments[] = {"ironbow", "script", script, NULL};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        give_up("no pipe");
    double begin = bench_now_s();
    pid_t pid = start(ends[1], arguments);
    close(ends[1]);
    bool good = read_line(ends[0]);
    double line_s = bench_now_s() - begin;
    close(ends[0]);
    waitpid(pid, NULL, 0);
    double end_s = bench_now_s() - begin;
    return !good ? 0 : first ? line_s : end_s;
}

/// What is printed before anybody has opened the line is gone: so it is said again and again.
static void make_flash(void) {
    const char *const arguments[] = {"ironbow", "script", script, "--flash", flash, NULL};
    put_file(script, "f = open('main.py', 'w')\n"
                     "f.write('import time\\nwhile True:\\n  print(\"first line\")\\n"
                     "  time.sleep_ms(1)')\n"
                     "f.close()\n");
    waitpid(start(-1, arguments), NULL, 0);
}

/// A whole board: until the line has come out of its serial port.
static double boot(void) {
    const char *const arguments[] = {
        "ironbow",     "run",  "--board", "pure-thermal", "--flash",     flash,
        "--serial",    line,   "--state", "none",         "--http-port", "none",
        "--rtsp-port", "none", "--quiet", "--control",    "none",        NULL};
    double begin = bench_now_s();
    pid_t pid = start(-1, arguments);
    int fd;
    while ((fd = open(line, O_RDWR | O_NOCTTY)) < 0 && bench_now_s() - begin < PATIENCE_S)
        usleep(200);
    bool good = fd >= 0 && read_line(fd);
    double line_s = bench_now_s() - begin;
    if (fd >= 0)
        close(fd);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    if (!good)
        give_up("the board says nothing");
    return line_s;
}

int main(void) {
    double first = 1e9, whole = 1e9, board = 1e9;
    if (!mkdtemp(directory))
        give_up("no folder");
    snprintf(flash, sizeof flash, "%s/flash.img", directory);
    snprintf(line, sizeof line, "%s/tty", directory);
    snprintf(script, sizeof script, "%s/script.py", directory);
    make_flash();
    put_file(script, "print('first line')\n");
    if (run_script(true) <= 0) {
        printf("SKIP: no script engine\n");
        return 0;
    }
    for (int i = 0; i < RUNS; i++) {
        double now = run_script(true);
        first = now < first ? now : first;
        now = run_script(false);
        whole = now < whole ? now : whole;
        now = boot();
        board = now < board ? now : board;
    }
    unlink(flash);
    unlink(script);
    rmdir(directory);
    bench_report("scripts: ironbow script, to its first line", first * 1e3, "ms", 0, NULL);
    bench_report("scripts: ironbow script, one line and the end", whole * 1e3, "ms", 0, NULL);
    bench_report("scripts: ironbow run to main.py's first line", board * 1e3, "ms", 0, NULL);
    return 0;
}
