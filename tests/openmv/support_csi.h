/// Image sensors under test: memory, time, and stepping what was begun to its end.
#ifndef IB_TESTS_OPENMV_SUPPORT_CSI_H
#define IB_TESTS_OPENMV_SUPPORT_CSI_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "openmv/csi.h"
#include "openmv/hands.h"

struct bench {
    struct ib_csi_board board;
    struct ib_openmv_hands hands;
    struct ib_clock clock;
    /// Let the world go on until then, or a little earlier.
    void (*run_until)(void *context, uint64_t when_us);
    void *context;
    uint8_t *memory;
};

/// The bench's memory is its own: one at a time. `clock` and what makes it move are the test's.
struct bench *bench_new(const struct ib_clock *clock, void (*run_until)(void *, uint64_t),
                        void *context);
/// The sensors begin with `self->hands`.
void bench_begin(struct bench *self);
void bench_end(struct bench *self);

uint64_t bench_now(struct bench *self);
/// Step to the end. Return: what it ended with. Fails the test after two minutes of its time.
int bench_finish(struct bench *self, struct ib_csi *csi);
/// Find a sensor; NULL when it is not there.
struct ib_csi *bench_find(struct bench *self, int32_t chip_id);
int bench_reset(struct bench *self, struct ib_csi *csi, bool hard);
/// All three. Return: the first error, or 1.
int bench_set(struct bench *self, struct ib_csi *csi, uint32_t pixformat, int framesize);
/// One picture, waited for. Return: 1 with `*image`, or the error.
int bench_snapshot(struct bench *self, struct ib_csi *csi, struct ib_openmv_image *image);
int bench_take(struct bench *self, struct ib_csi *csi, const struct ib_csi_snapshot *how);
/// csi->ioctl's arguments are set. Return: 1 or the error.
int bench_ask(struct bench *self, struct ib_csi *csi, enum ib_csi_request request);

#endif
