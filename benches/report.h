/// How every bench says its figures: one line each on stdout, and the same as JSON lines in the
/// file that $BENCH_JSON_LINES names (tools/bench makes one document of them).
#ifndef IB_BENCHES_REPORT_H
#define IB_BENCHES_REPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double bench_now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/// `ratio` compares with `than` in the same run; NULL `than` when nothing is compared.
static inline void bench_report(const char *name, double value, const char *unit, double ratio,
                                const char *than) {
    if (than)
        printf("%-44s %12.3f %-10s %8.2f x %s\n", name, value, unit, ratio, than);
    else
        printf("%-44s %12.3f %s\n", name, value, unit);
    fflush(stdout);
    const char *path = getenv("BENCH_JSON_LINES");
    FILE *f = path ? fopen(path, "a") : NULL;
    if (!f)
        return;
    fprintf(f, "{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", name, value, unit);
    if (than)
        fprintf(f, ",\"ratio\":%.6g,\"than\":\"%s\"", ratio, than);
    fprintf(f, "}\n");
    fclose(f);
}

#endif
