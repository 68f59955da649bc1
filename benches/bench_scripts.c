/// The script engine: how long a board takes to its first line, through a soft reset, to a stop.
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benches/report.h"
#include "ports/micropython/vm.h"

#define RUNS 50

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;
static unsigned told;
static char text[1 << 16];
static size_t size;

static void on_news(void *context) {
    (void)context;
    pthread_mutex_lock(&mutex);
    told++;
    pthread_cond_signal(&news);
    pthread_mutex_unlock(&mutex);
}

/// Until the output has that; what comes before it is thrown away.
static void expect(struct ib_vm *vm, const char *wanted) {
    for (;;) {
        pthread_mutex_lock(&mutex);
        unsigned seen = told;
        pthread_mutex_unlock(&mutex);
        size += ib_vm_pull(vm, (uint8_t *)text + size, sizeof text - 1 - size);
        text[size] = 0;
        const char *found = strstr(text, wanted);
        if (found) {
            size_t end = (size_t)(found - text) + strlen(wanted);
            size -= end;
            memmove(text, text + end, size + 1);
            return;
        }
        pthread_mutex_lock(&mutex);
        while (told == seen)
            pthread_cond_wait(&news, &mutex);
        pthread_mutex_unlock(&mutex);
    }
}

static void type(struct ib_vm *vm, const char *line) {
    (void)ib_vm_feed(vm, (const uint8_t *)line, strlen(line));
}

static double least(double a, double b) {
    return b < a ? b : a;
}

int main(void) {
    char flash[] = "/tmp/ib-bench-XXXXXX", problem[512];
    struct ib_vm *vm;
    const struct ib_vm_config config = {.flash = flash, .notify = on_news};
    double cold = 1e9, soft = 1e9, stop = 1e9, loop = 1e9;
    int fd = mkstemp(flash);
    if (fd < 0 || ib_vm_start(&vm, &config, problem, sizeof problem) != 0) {
        printf("SKIP: no script engine\n");
        return 0;
    }
    expect(vm, ">>> ");
    type(vm, "f = open('main.py', 'w'); f.write('print(\"first line\")'); f.close()\r");
    expect(vm, "\r\n>>> ");
    for (int i = 0; i < RUNS; i++) {
        if (ib_vm_stop(vm, 10000) != 0)
            return 1;
        double begin = bench_now_s();
        if (ib_vm_start(&vm, &config, problem, sizeof problem) != 0)
            return 1;
        expect(vm, "first line\r\n");
        cold = least(cold, bench_now_s() - begin);
        expect(vm, ">>> ");
        begin = bench_now_s();
        type(vm, "\x04");
        expect(vm, "soft reboot\r\n");
        expect(vm, ">>> ");
        soft = least(soft, bench_now_s() - begin);
    }
    type(vm, "\x05"
             "def f():\r  for i in range(1000000): pass\r\x04");
    expect(vm, ">>> ");
    for (int i = 0; i < RUNS / 5; i++) {
        double begin = bench_now_s();
        type(vm, "f()\r");
        expect(vm, "\r\n>>> ");
        loop = least(loop, bench_now_s() - begin);
    }
    for (int i = 0; i < RUNS / 5; i++) {
        type(vm, "\x05"
                 "while True:\n  try:\n    print('on')\n    while True: pass\n  except "
                 "BaseException: pass\n\x04");
        expect(vm, "on\r\n");
        double begin = bench_now_s();
        ib_vm_reset(vm, IB_VM_RESET_SOFT);
        expect(vm, "MPY: soft reboot\r\n");
        stop = least(stop, bench_now_s() - begin);
        expect(vm, ">>> ");
    }
    (void)ib_vm_stop(vm, 10000);
    close(fd);
    unlink(flash);
    bench_report("scripts: cold boot to the first line of main.py", cold * 1e3, "ms", 0, NULL);
    bench_report("scripts: soft reset, prompt to prompt", soft * 1e3, "ms", 0, NULL);
    bench_report("scripts: breaking off one that swallows all", stop * 1e3, "ms", 0, NULL);
    bench_report("scripts: one turn of an empty loop", loop * 1e3, "ns", 0, NULL);
    return 0;
}
