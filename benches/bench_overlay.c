/// The overlay of both cameras as its users run it: ironbow script with the example, on the step clock.
/// All told: starting, simulating both sensors and their buses, the script, its printing.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benches/report.h"

#define SCRIPT "examples/06-overlay.py"
#define RUNS 5

/// Frames a second of this machine's time; 0: it does not run. It says one line a frame.
static double run(void) {
    const char *given = getenv("IRONBOW"), *program = given ? given : "build/ironbow";
    const char *const arguments[] = {"ironbow", "script", SCRIPT, "--limit", "20s", NULL};
    char text[4096];
    int ends[2], frames = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    double begin = bench_now_s();
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        execv(program, (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    close(ends[1]);
    for (ssize_t n; (n = read(ends[0], text, sizeof text)) > 0;)
        for (ssize_t i = 0; i < n; i++)
            frames += text[i] == '\n';
    double took_s = bench_now_s() - begin;
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return frames / took_s;
}

int main(void) {
    double best = 0;
    if (access(SCRIPT, R_OK) != 0) {
        printf("SKIP: %s is not here\n", SCRIPT);
        return 0;
    }
    for (int i = 0; i < RUNS; i++) {
        double now = run();
        best = now > best ? now : best;
    }
    if (best <= 0) {
        printf("SKIP: no script engine\n");
        return 0;
    }
    bench_report("overlay example on the step clock, all told", best, "frames/s", 0, NULL);
    return 0;
}
