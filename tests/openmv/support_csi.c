#include "support_csi.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define WORK_BYTES ((size_t)32 << 20)
#define ALL_BYTES (IB_CSI_SENSORS * IB_CSI_POOL_BYTES + WORK_BYTES)
#define LIMIT_US 120000000

static struct bench the_bench;

struct bench *bench_new(const struct ib_clock *clock, void (*run_until)(void *, uint64_t),
                        void *context) {
    struct bench *self = &the_bench;
    memset(self, 0, sizeof *self);
    self->clock = *clock;
    self->run_until = run_until;
    self->context = context;
    self->memory = mmap(NULL, ALL_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(self->memory != MAP_FAILED);
    return self;
}

void bench_begin(struct bench *self) {
    struct ib_csi_board_config config = {
        .hands = &self->hands,
        .clock = &self->clock,
        .work = self->memory + IB_CSI_SENSORS * IB_CSI_POOL_BYTES,
        .work_bytes = WORK_BYTES,
    };
    for (size_t i = 0; i < IB_CSI_SENSORS; i++)
        config.frame_memory[i] = self->memory + i * IB_CSI_POOL_BYTES;
    ib_csi_board_init(&self->board, &config);
}

void bench_end(struct bench *self) {
    munmap(self->memory, ALL_BYTES);
}

uint64_t bench_now(struct bench *self) {
    return ib_clock_now(&self->clock);
}

int bench_finish(struct bench *self, struct ib_csi *csi) {
    uint64_t limit_us = bench_now(self) + LIMIT_US;
    for (;;) {
        uint64_t due_us = IB_NEVER;
        int status = ib_csi_step(csi, bench_now(self), &due_us);
        if (status != 0)
            return status;
        assert_true(due_us != IB_NEVER);
        assert_true(bench_now(self) < limit_us);
        self->run_until(self->context, due_us);
    }
}

struct ib_csi *bench_find(struct bench *self, int32_t chip_id) {
    struct ib_csi *csi = NULL;
    uint64_t due_us = 0, limit_us = bench_now(self) + LIMIT_US;
    int status;
    while ((status = ib_csi_find(&self->board, chip_id, bench_now(self), &due_us, &csi)) == 0) {
        assert_true(due_us != IB_NEVER);
        assert_true(bench_now(self) < limit_us);
        self->run_until(self->context, due_us);
    }
    if (status < 0)
        assert_int_equal(status, IB_CSI_E_DETECT);
    return status < 0 ? NULL : csi;
}

int bench_reset(struct bench *self, struct ib_csi *csi, bool hard) {
    int status = ib_csi_reset(csi, hard, bench_now(self));
    return status < 0 ? status : bench_finish(self, csi);
}

int bench_set(struct bench *self, struct ib_csi *csi, uint32_t pixformat, int framesize) {
    int status = ib_csi_set_pixformat(csi, pixformat, bench_now(self));
    if (status < 0)
        return status;
    assert_int_equal(bench_finish(self, csi), 1);
    status = ib_csi_set_framesize(csi, framesize, 0, 0, bench_now(self));
    return status < 0 ? status : bench_finish(self, csi);
}

int bench_take(struct bench *self, struct ib_csi *csi, const struct ib_csi_snapshot *how) {
    int status = ib_csi_take(csi, how, bench_now(self));
    return status < 0 ? status : bench_finish(self, csi);
}

int bench_snapshot(struct bench *self, struct ib_csi *csi, struct ib_openmv_image *image) {
    const struct ib_csi_snapshot how = {.time_ms = -1, .frames = -1, .blocking = true};
    int status = bench_take(self, csi, &how);
    if (status < 0)
        return status;
    assert_true(csi->got_picture);
    assert_true(ib_csi_picture(csi, image));
    return 1;
}

int bench_ask(struct bench *self, struct ib_csi *csi, enum ib_csi_request request) {
    csi->ioctl.request = request;
    int status = ib_csi_ask(csi, bench_now(self));
    return status < 0 ? status : bench_finish(self, csi);
}
