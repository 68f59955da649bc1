/// The ring between camera and disk: a model in one thread, and a race between two.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apps/ironbow/recorder_ring.h"
#include "core/status.h"
#include "tests/core/support_random.h"

#define WIDTH 8
#define HEIGHT 4
#define PX (WIDTH * HEIGHT)
#define PERIOD_US 100000u

static uint16_t pixels[PX];

/// A frame that says its number everywhere.
static struct ib_frame frame_of(uint32_t number) {
    for (size_t i = 0; i < PX; i++)
        pixels[i] = (uint16_t)(number * 31 + i);
    return (struct ib_frame){.captured_us = number * (uint64_t)PERIOD_US,
                             .sequence = number,
                             .width_px = WIDTH,
                             .height_px = HEIGHT,
                             .pixels = pixels,
                             .capacity_px = PX};
}

static void assert_whole(const struct ib_frame *frame) {
    for (size_t i = 0; i < PX; i++)
        assert_int_equal(frame->pixels[i], (uint16_t)(frame->sequence * 31 + i));
}

static bool push(struct ib_app_ring *ring, uint32_t number) {
    struct ib_frame frame = frame_of(number);
    return ib_app_ring_push(ring, &frame, 0);
}

/// Frame numbers that ib_app_ring_oldest gives from here, dropping them.
static unsigned drain(struct ib_app_ring *ring, uint32_t *numbers, unsigned most) {
    unsigned count = 0;
    for (struct ib_frame *frame; (frame = ib_app_ring_oldest(ring)) != NULL;) {
        assert_true(count < most);
        assert_whole(frame);
        numbers[count++] = frame->sequence;
        ib_app_ring_drop(ring);
    }
    return count;
}

static void history_is_what_came_within_its_time(void **state) {
    (void)state;
    struct ib_app_ring ring;
    uint32_t numbers[16];
    assert_int_equal(ib_app_ring_open(&ring, 4, 12, PX, 5 * PERIOD_US), IB_OK);
    for (uint32_t n = 1; n <= 40; n++) {
        assert_true(push(&ring, n));
        struct ib_frame *frame = ib_app_ring_next(&ring, 0);
        assert_non_null(frame);
        assert_int_equal(frame->sequence, n);
        if (n < 40)
            ib_app_ring_done(&ring);
    }
    // 35 is five periods before 40: history when 39 was the newest.
    assert_int_equal(drain(&ring, numbers, 16), 6);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(numbers[i], 35 + i);
    ib_app_ring_done(&ring);
    assert_null(ib_app_ring_next(&ring, 0));
    assert_int_equal(ib_app_ring_lost(&ring), 0);
    ib_app_ring_close(&ring);
}

static void without_history_nothing_is_kept(void **state) {
    (void)state;
    struct ib_app_ring ring;
    uint32_t numbers[4];
    assert_int_equal(ib_app_ring_open(&ring, 4, 0, PX, 0), IB_OK);
    for (uint32_t n = 1; n <= 9; n++) {
        assert_true(push(&ring, n));
        assert_non_null(ib_app_ring_next(&ring, 0));
        if (n < 9)
            ib_app_ring_done(&ring);
    }
    assert_int_equal(drain(&ring, numbers, 4), 1);
    assert_int_equal(numbers[0], 9);
    ib_app_ring_done(&ring);
    ib_app_ring_close(&ring);
}

static void the_newest_is_lost_and_the_next_is_marked(void **state) {
    (void)state;
    struct ib_app_ring ring;
    assert_int_equal(ib_app_ring_open(&ring, 4, 0, PX, 0), IB_OK);
    for (uint32_t n = 1; n <= 4; n++)
        assert_true(push(&ring, n));
    assert_false(push(&ring, 5));
    assert_false(push(&ring, 6));
    assert_int_equal(ib_app_ring_lost(&ring), 2);
    for (uint32_t n = 1; n <= 4; n++) {
        struct ib_frame *frame = ib_app_ring_next(&ring, 0);
        assert_int_equal(frame->sequence, n);
        assert_whole(frame);
        assert_false(frame->flags & IB_FRAME_AFTER_GAP);
        ib_app_ring_done(&ring);
    }
    assert_true(push(&ring, 7));
    assert_true(push(&ring, 8));
    assert_true(ib_app_ring_next(&ring, 0)->flags & IB_FRAME_AFTER_GAP);
    ib_app_ring_done(&ring);
    assert_false(ib_app_ring_next(&ring, 0)->flags & IB_FRAME_AFTER_GAP);
    ib_app_ring_done(&ring);
    ib_app_ring_close(&ring);
}

static void history_has_a_share_of_its_own(void **state) {
    (void)state;
    struct ib_app_ring ring;
    uint32_t numbers[6];
    assert_int_equal(ib_app_ring_open(&ring, 3, 4, PX, 100 * PERIOD_US), IB_OK);
    for (uint32_t n = 1; n <= 20; n++) {
        assert_true(push(&ring, n));
        assert_non_null(ib_app_ring_next(&ring, 0));
        ib_app_ring_done(&ring);
    }
    // 17 to 20 are history; however much waits, they stay.
    for (uint32_t n = 21; n <= 23; n++)
        assert_true(push(&ring, n));
    assert_false(push(&ring, 24));
    assert_int_equal(ib_app_ring_next(&ring, 0)->sequence, 21);
    assert_int_equal(drain(&ring, numbers, 6), 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(numbers[i], 17 + i);
    assert_false(push(&ring, 24)); // 21 is still looked at
    ib_app_ring_done(&ring);
    assert_true(push(&ring, 25));
    assert_int_equal(ib_app_ring_lost(&ring), 2);
    assert_int_equal(ib_app_ring_next(&ring, 0)->sequence, 22);
    assert_int_equal(drain(&ring, numbers, 6), 1);
    ib_app_ring_done(&ring);
    ib_app_ring_close(&ring);
}

static void a_frame_too_large_is_lost_not_cut(void **state) {
    (void)state;
    struct ib_app_ring ring;
    assert_int_equal(ib_app_ring_open(&ring, 4, 0, PX - 1, 0), IB_OK);
    assert_false(push(&ring, 1));
    assert_int_equal(ib_app_ring_lost(&ring), 1);
    ib_app_ring_close(&ring);
}

/// Any order of pushing, looking and writing against a model of two numbers.
static void random_orders_follow_the_model(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct ib_app_ring ring;
        struct random random = {seed};
        uint32_t capacity = 3 + random_below(&random, 6), next = 1, looked = 0, lost = 0;
        uint32_t taken[400], count = 0;
        assert_int_equal(ib_app_ring_open(&ring, capacity, 0, PX, 0), IB_OK);
        for (unsigned step = 0; step < 300; step++) {
            if (random_below(&random, 100) < 55) {
                bool room = count - looked < capacity;
                if (push(&ring, next) != room)
                    fail_msg("seed %llu step %u", (unsigned long long)seed, step);
                if (room)
                    taken[count++] = next;
                lost += !room;
                next++;
                continue;
            }
            struct ib_frame *frame = ib_app_ring_next(&ring, 0);
            if ((frame != NULL) != (looked < count))
                fail_msg("seed %llu step %u", (unsigned long long)seed, step);
            if (!frame)
                continue;
            assert_int_equal(frame->sequence, taken[looked]);
            assert_whole(frame);
            bool gap = taken[looked] > (looked ? taken[looked - 1] + 1 : 1);
            assert_int_equal((frame->flags & IB_FRAME_AFTER_GAP) != 0, gap);
            if (random_below(&random, 2)) {
                assert_ptr_equal(ib_app_ring_oldest(&ring), frame);
                ib_app_ring_drop(&ring);
            }
            ib_app_ring_done(&ring);
            looked++;
        }
        assert_int_equal(ib_app_ring_lost(&ring), lost);
        assert_int_equal(ib_app_ring_pushed(&ring), count);
        assert_int_equal(ib_app_ring_looked(&ring), looked);
        ib_app_ring_close(&ring);
    }
}

// ---- from a hub ----

#define SLOTS 4

static void publish(struct ib_hub *hub) {
    struct ib_frame *frame = ib_hub_claim(hub);
    assert_non_null(frame);
    frame->width_px = WIDTH;
    frame->height_px = HEIGHT;
    frame->flags = 0;
    uint32_t number = ib_hub_sequence(hub) + 1;
    frame->captured_us = number * (uint64_t)PERIOD_US;
    for (size_t i = 0; i < PX; i++)
        frame->pixels[i] = (uint16_t)(number * 31 + i);
    ib_hub_publish(hub, frame);
}

static void a_hub_is_pulled_frame_by_frame(void **state) {
    (void)state;
    static struct ib_hub hub;
    static uint16_t storage[IB_HUB_STORAGE_PX(SLOTS, PX)];
    struct ib_app_ring ring;
    assert_int_equal(ib_hub_init(&hub, SLOTS, storage, sizeof storage / 2), IB_OK);
    assert_int_equal(ib_app_ring_open(&ring, 8, 0, PX, 0), IB_OK);
    publish(&hub);
    publish(&hub);
    ib_app_ring_pull(&ring, &hub, false, 0); // they count as seen
    assert_int_equal(ib_app_ring_pushed(&ring), 0);
    publish(&hub);
    publish(&hub);
    ib_app_ring_pull(&ring, &hub, true, 0);
    assert_int_equal(ib_app_ring_pushed(&ring), 2);
    for (unsigned i = 0; i < SLOTS + 3; i++)
        publish(&hub); // more than the hub keeps
    ib_app_ring_pull(&ring, &hub, true, 0);
    uint32_t expected = 3, gaps = 0;
    for (struct ib_frame *frame; (frame = ib_app_ring_next(&ring, 0)) != NULL;) {
        assert_whole(frame);
        if (frame->flags & IB_FRAME_AFTER_GAP) {
            assert_int_equal(frame->sequence - expected, ib_app_ring_lost(&ring));
            gaps++;
        } else {
            assert_int_equal(frame->sequence, expected);
        }
        expected = frame->sequence + 1;
        ib_app_ring_done(&ring);
    }
    assert_int_equal(gaps, 1);
    assert_int_equal(expected, ib_hub_sequence(&hub) + 1);
    ib_app_ring_close(&ring);
}

// ---- two threads ----

#define RACE_FRAMES 20000u

struct race {
    struct ib_app_ring ring;
    uint64_t patience_us;
    uint32_t refused;
};

static void *pusher(void *context) {
    struct race *race = context;
    static uint16_t own[PX];
    for (uint32_t n = 1; n <= RACE_FRAMES; n++) {
        struct ib_frame frame = {.captured_us = n * (uint64_t)PERIOD_US,
                                 .sequence = n,
                                 .width_px = WIDTH,
                                 .height_px = HEIGHT,
                                 .pixels = own,
                                 .capacity_px = PX};
        for (size_t i = 0; i < PX; i++)
            own[i] = (uint16_t)(n * 31 + i);
        race->refused += !ib_app_ring_push(&race->ring, &frame, race->patience_us);
    }
    ib_app_ring_wake(&race->ring);
    return NULL;
}

/// Return: how many came through; every one whole, in order, and marked when one is missing.
static uint32_t race(struct race *race, uint64_t patience_us) {
    pthread_t thread;
    uint32_t last = 0, count = 0;
    memset(race, 0, sizeof *race);
    race->patience_us = patience_us;
    assert_int_equal(ib_app_ring_open(&race->ring, 5, 0, PX, 0), IB_OK);
    assert_int_equal(pthread_create(&thread, NULL, pusher, race), 0);
    while (count + ib_app_ring_lost(&race->ring) < RACE_FRAMES) {
        struct ib_frame *frame = ib_app_ring_next(&race->ring, 1000000);
        if (!frame)
            continue;
        assert_whole(frame);
        assert_int_equal((frame->flags & IB_FRAME_AFTER_GAP) != 0, frame->sequence != last + 1);
        last = frame->sequence;
        count++;
        if (frame->sequence % 3 == 0) {
            assert_ptr_equal(ib_app_ring_oldest(&race->ring), frame);
            ib_app_ring_drop(&race->ring);
        }
        ib_app_ring_done(&race->ring);
    }
    pthread_join(thread, NULL);
    assert_int_equal(race->refused, ib_app_ring_lost(&race->ring));
    ib_app_ring_close(&race->ring);
    return count;
}

static void frames_survive_a_race(void **state) {
    (void)state;
    static struct race one;
    assert_true(race(&one, 0) > 0);
}

static void patience_loses_nothing(void **state) {
    (void)state;
    static struct race one;
    assert_int_equal(race(&one, 30000000), RACE_FRAMES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_is_what_came_within_its_time),
        cmocka_unit_test(without_history_nothing_is_kept),
        cmocka_unit_test(the_newest_is_lost_and_the_next_is_marked),
        cmocka_unit_test(history_has_a_share_of_its_own),
        cmocka_unit_test(a_frame_too_large_is_lost_not_cut),
        cmocka_unit_test(random_orders_follow_the_model),
        cmocka_unit_test(a_hub_is_pulled_frame_by_frame),
        cmocka_unit_test(frames_survive_a_race),
        cmocka_unit_test(patience_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
