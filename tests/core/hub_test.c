/// The hub: who gets which frame, what is lost, and no torn frame under threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "core/hub.h"
#include "core/status.h"
#include "tests/core/support_random.h"

#define FRAME_PX 256u
#define MANY IB_HUB_MAX_SLOTS

static uint16_t storage[IB_HUB_STORAGE_PX(MANY, FRAME_PX)];
static struct ib_hub hub;

static void begin(unsigned slots) {
    assert_int_equal(ib_hub_init(&hub, slots, storage, IB_HUB_STORAGE_PX(slots, FRAME_PX)), IB_OK);
}

static void publish_one(void) {
    struct ib_frame *frame = ib_hub_claim(&hub);
    assert_non_null(frame);
    ib_hub_publish(&hub, frame);
}

static void wrong_storage_is_refused(void **state) {
    (void)state;
    assert_int_equal(ib_hub_init(&hub, 2, storage, 100), IB_E_INVAL);
    assert_int_equal(ib_hub_init(&hub, MANY + 1, storage, 100), IB_E_INVAL);
    assert_int_equal(ib_hub_init(&hub, 4, storage, 3), IB_E_INVAL);
    assert_int_equal(ib_hub_init(&hub, 4, storage, 403), IB_OK);
    struct ib_frame *frame = ib_hub_claim(&hub);
    assert_int_equal(frame->capacity_px, 100);
}

static void nothing_before_the_first_frame(void **state) {
    (void)state;
    memset(&hub, 0xA5, sizeof hub);
    begin(3);
    assert_null(ib_hub_newest(&hub, 0));
    assert_null(ib_hub_next(&hub, 0));
    assert_int_equal(ib_hub_sequence(&hub), 0);
    struct ib_frame *frame = ib_hub_claim(&hub);
    assert_null(ib_hub_newest(&hub, 0));
    assert_null(ib_hub_next(&hub, 0));
    ib_hub_abandon(&hub, frame);
    assert_null(ib_hub_newest(&hub, 0));
    assert_null(ib_hub_next(&hub, 0));
    ib_hub_release(&hub, NULL);
}

static void slots_have_storage_of_their_own(void **state) {
    (void)state;
    begin(5);
    struct ib_frame *frames[5];
    for (unsigned i = 0; i < 5; i++) {
        frames[i] = ib_hub_claim(&hub);
        assert_non_null(frames[i]);
        assert_int_equal(frames[i]->capacity_px, FRAME_PX);
        for (unsigned k = 0; k < i; k++)
            assert_true(frames[k]->pixels >= frames[i]->pixels + FRAME_PX ||
                        frames[i]->pixels >= frames[k]->pixels + FRAME_PX);
    }
    assert_null(ib_hub_claim(&hub));
}

static void the_newest_is_given_once(void **state) {
    (void)state;
    begin(3);
    publish_one();
    publish_one();
    const struct ib_frame *frame = ib_hub_newest(&hub, 0);
    assert_non_null(frame);
    assert_int_equal(frame->sequence, 2);
    assert_null(ib_hub_newest(&hub, 2));
    ib_hub_release(&hub, frame);
    assert_null(ib_hub_newest(&hub, 2));
    publish_one();
    frame = ib_hub_newest(&hub, 2);
    assert_int_equal(frame->sequence, 3);
    ib_hub_release(&hub, frame);
}

static void a_recorder_gets_every_frame_in_order(void **state) {
    (void)state;
    begin(6);
    uint32_t seen = 0;
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 1 + round % 5; i++)
            publish_one();
        const struct ib_frame *frame;
        while ((frame = ib_hub_next(&hub, seen)) != NULL) {
            assert_int_equal(frame->sequence, seen + 1);
            seen = frame->sequence;
            ib_hub_release(&hub, frame);
        }
        assert_int_equal(seen, ib_hub_sequence(&hub));
    }
}

static void a_late_recorder_sees_the_gap(void **state) {
    (void)state;
    begin(4);
    for (int i = 0; i < 10; i++)
        publish_one();
    const struct ib_frame *frame = ib_hub_next(&hub, 2);
    assert_int_equal(frame->sequence, 7); // four slots: 7, 8, 9, 10
    ib_hub_release(&hub, frame);
    frame = ib_hub_next(&hub, 9);
    assert_int_equal(frame->sequence, 10);
    ib_hub_release(&hub, frame);
    assert_null(ib_hub_next(&hub, 10));
}

static void readers_that_hold_all_cost_a_frame(void **state) {
    (void)state;
    begin(3);
    const struct ib_frame *held[2];
    for (int i = 0; i < 2; i++) {
        publish_one();
        held[i] = ib_hub_newest(&hub, 0);
    }
    publish_one(); // the third slot is the newest now, the others are held
    assert_null(ib_hub_claim(&hub));
    assert_null(ib_hub_claim(&hub));
    assert_int_equal(atomic_load(&hub.lost), 2);
    const struct ib_frame *newest = ib_hub_newest(&hub, 0);
    assert_int_equal(newest->sequence, 3); // and readers are served meanwhile
    ib_hub_release(&hub, newest);
    ib_hub_release(&hub, held[0]);
    publish_one();
    assert_int_equal(held[1]->sequence, 2);
    ib_hub_release(&hub, held[1]);
    assert_int_equal(atomic_load(&hub.lost), 2);
}

static void a_held_frame_does_not_change(void **state) {
    (void)state;
    begin(4);
    struct ib_frame *frame = ib_hub_claim(&hub);
    memset(frame->pixels, 0x11, FRAME_PX * 2);
    ib_hub_publish(&hub, frame);
    const struct ib_frame *a = ib_hub_newest(&hub, 0), *b = ib_hub_newest(&hub, 0);
    assert_ptr_equal(a, b);
    ib_hub_release(&hub, a);
    for (int i = 0; i < 20; i++) {
        frame = ib_hub_claim(&hub);
        assert_non_null(frame);
        assert_ptr_not_equal(frame, b);
        memset(frame->pixels, 0x22, FRAME_PX * 2);
        ib_hub_publish(&hub, frame);
    }
    for (unsigned i = 0; i < FRAME_PX; i++)
        assert_int_equal(b->pixels[i], 0x1111);
    assert_int_equal(b->sequence, 1);
    ib_hub_release(&hub, b);
}

static void an_abandoned_slot_holds_nothing(void **state) {
    (void)state;
    begin(3);
    for (int i = 0; i < 3; i++)
        publish_one();
    ib_hub_abandon(&hub, ib_hub_claim(&hub)); // takes the oldest, number 1
    const struct ib_frame *frame = ib_hub_next(&hub, 0);
    assert_int_equal(frame->sequence, 2);
    ib_hub_release(&hub, frame);
    publish_one();
    assert_int_equal(ib_hub_sequence(&hub), 4);
}

static void count_call(void *context) {
    unsigned *calls = context;
    ++*calls;
    const struct ib_frame *frame = ib_hub_newest(&hub, 0); // already visible here
    assert_int_equal(frame->sequence, *calls);
    assert_int_equal(ib_hub_sequence(&hub), *calls);
    ib_hub_release(&hub, frame);
}

static void each_publish_calls_the_hook(void **state) {
    (void)state;
    unsigned calls = 0;
    begin(3);
    hub.published = count_call;
    hub.published_context = &calls;
    publish_one();
    ib_hub_abandon(&hub, ib_hub_claim(&hub));
    publish_one();
    assert_int_equal(calls, 2);
}

static void numbers_wrap_and_never_become_zero(void **state) {
    (void)state;
    begin(4);
    atomic_store(&hub.sequence, UINT32_MAX - 2);
    uint32_t seen = UINT32_MAX - 2;
    const uint32_t expected[] = {UINT32_MAX - 1, UINT32_MAX, 1, 2, 3};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        publish_one();
        const struct ib_frame *frame = ib_hub_next(&hub, seen);
        assert_non_null(frame);
        assert_true(frame->sequence == expected[i]);
        seen = frame->sequence;
        ib_hub_release(&hub, frame);
        assert_null(ib_hub_next(&hub, seen));
    }
    const struct ib_frame *frame = ib_hub_next(&hub, UINT32_MAX);
    assert_int_equal(frame->sequence, 1);
    ib_hub_release(&hub, frame);
}

// ---- Threads: one writer, two readers of the newest frame, one recorder ----

/// On a busy machine everybody who yields waits for everybody: five times as many took minutes.
#define STRESS_FRAMES 20000u

static uint16_t pattern(uint32_t sequence, unsigned i) {
    return (uint16_t)((sequence * 2654435761u + i * 40503u) >> 8);
}

struct reader {
    pthread_t thread;
    bool recorder;
    uint32_t frames;
    uint32_t torn;
    uint32_t backwards;
};

static ib_atomic_u32 writer_done;

static void *read_frames(void *argument) {
    struct reader *self = argument;
    uint32_t seen = 0;
    for (;;) {
        bool last_turn = atomic_load(&writer_done) != 0;
        const struct ib_frame *frame =
            self->recorder ? ib_hub_next(&hub, seen) : ib_hub_newest(&hub, seen);
        if (!frame) {
            if (last_turn)
                return NULL;
            sched_yield();
            continue;
        }
        self->frames++;
        if (frame->sequence <= seen)
            self->backwards++;
        seen = frame->sequence;
        for (unsigned i = 0; i < FRAME_PX; i++) {
            if (frame->pixels[i] != pattern(seen, i)) {
                self->torn++;
                break;
            }
        }
        if (frame->sequence != seen || frame->captured_us != seen * 3u)
            self->torn++;
        ib_hub_release(&hub, frame);
    }
}

static void write_frames(uint32_t *published, uint32_t *refused) {
    struct random random = {99};
    *published = *refused = 0;
    while (*published < STRESS_FRAMES) {
        struct ib_frame *frame = ib_hub_claim(&hub);
        if (!frame) {
            ++*refused;
            sched_yield();
            continue;
        }
        if (random_below(&random, 16) == 0) { // half filled, then given back
            memset(frame->pixels, 0xEE, FRAME_PX);
            ib_hub_abandon(&hub, frame);
            continue;
        }
        uint32_t sequence = *published + 1;
        for (unsigned i = 0; i < FRAME_PX; i++)
            frame->pixels[i] = pattern(sequence, i);
        frame->captured_us = sequence * 3u;
        ib_hub_publish(&hub, frame);
        ++*published;
        if (sequence % 8 == 0)
            sched_yield(); // let the others see some of it even on one processor
    }
}

static void stress(unsigned slots) {
    struct reader readers[3] = {{.recorder = true}, {.recorder = false}, {.recorder = false}};
    uint32_t published, refused;
    begin(slots);
    atomic_store(&writer_done, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_frames, &readers[i]), 0);
    write_frames(&published, &refused);
    atomic_store(&writer_done, 1);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        assert_int_equal(readers[i].torn, 0);
        assert_int_equal(readers[i].backwards, 0);
        assert_true(readers[i].frames > 0 && readers[i].frames <= published);
    }
    assert_int_equal(atomic_load(&hub.lost), refused);
    assert_int_equal(ib_hub_sequence(&hub), published);
    for (unsigned i = 0; i < slots; i++)
        assert_int_equal(atomic_load(&hub.slots[i].state), 0);
}

static void no_torn_frame_with_few_slots(void **state) {
    (void)state;
    stress(3);
}

static void no_torn_frame_with_many_slots(void **state) {
    (void)state;
    stress(MANY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_storage_is_refused),
        cmocka_unit_test(nothing_before_the_first_frame),
        cmocka_unit_test(slots_have_storage_of_their_own),
        cmocka_unit_test(the_newest_is_given_once),
        cmocka_unit_test(a_recorder_gets_every_frame_in_order),
        cmocka_unit_test(a_late_recorder_sees_the_gap),
        cmocka_unit_test(readers_that_hold_all_cost_a_frame),
        cmocka_unit_test(a_held_frame_does_not_change),
        cmocka_unit_test(an_abandoned_slot_holds_nothing),
        cmocka_unit_test(each_publish_calls_the_hook),
        cmocka_unit_test(numbers_wrap_and_never_become_zero),
        cmocka_unit_test(no_torn_frame_with_few_slots),
        cmocka_unit_test(no_torn_frame_with_many_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
