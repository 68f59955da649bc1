/// Graphs: against the plain list of all values, whatever comes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/status.h"
#include "measure/graph.h"
#include "tests/core/support_random.h"

#define VALUES 20000

static uint64_t at_us[VALUES];
static double value[VALUES];
static bool gap[VALUES]; ///< an interruption instead of a value

/// Every bucket says what the values of its time say.
static void compare(const struct ib_graph *graph, unsigned count, uint64_t seed) {
    uint64_t before_us = 0;
    for (unsigned i = 0; i < graph->count; i++) {
        uint64_t start_us;
        const struct ib_graph_bucket *bucket = ib_graph_at(graph, i, &start_us);
        assert_true(i == 0 || start_us == before_us + graph->bucket_us);
        before_us = start_us;
        double min = 1e9, max = -1, sum = 0;
        unsigned n = 0;
        bool interrupted = false;
        for (unsigned k = 0; k < count; k++) {
            if (at_us[k] < start_us || at_us[k] >= start_us + graph->bucket_us)
                continue;
            interrupted = interrupted || gap[k];
            if (gap[k])
                continue;
            min = value[k] < min ? value[k] : min;
            max = value[k] > max ? value[k] : max;
            sum += value[k];
            n++;
        }
        if (bucket->count != n || bucket->gap != interrupted)
            fail_msg("seed %llu, bucket %u: %u values, not %u", (unsigned long long)seed, i,
                     bucket->count, n);
        if (n == 0)
            continue;
        assert_true(bucket->min_k == (float)min && bucket->max_k == (float)max);
        assert_true(fabs(bucket->mean_k - sum / n) < 1e-6);
    }
}

static void buckets_say_what_the_values_of_their_time_say(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random random = {seed * 7919};
        struct ib_graph_bucket buckets[24];
        struct ib_graph graph;
        unsigned capacity = 2 + 2 * random_below(&random, 12);
        uint64_t longest_us = 1000000ull << random_below(&random, 6);
        assert_int_equal(ib_graph_init(&graph, buckets, capacity, 1000000, longest_us), IB_OK);
        uint64_t now_us = random_below(&random, 1000000000);
        unsigned count = 20 + random_below(&random, 300);
        for (unsigned k = 0; k < count; k++) {
            now_us += random_below(&random, 20) == 0 ? random_below(&random, 200000000)
                                                     : random_below(&random, 900000);
            at_us[k] = now_us;
            value[k] = random_between(&random, 270, 400);
            gap[k] = random_below(&random, 15) == 0;
            if (gap[k])
                ib_graph_gap(&graph, now_us);
            else
                ib_graph_add(&graph, now_us, value[k], value[k], value[k]);
            assert_true(graph.count >= 1 && graph.count <= capacity);
            assert_true(graph.bucket_us <= longest_us);
        }
        compare(&graph, count, seed);
        // The newest value is in the last bucket.
        uint64_t start_us;
        ib_graph_at(&graph, graph.count - 1, &start_us);
        assert_true(now_us >= start_us && now_us < start_us + graph.bucket_us);
    }
}

static void a_peak_of_one_frame_is_never_lost(void **state) {
    struct ib_graph_bucket buckets[16];
    struct ib_graph graph;
    float most = 0;
    (void)state;
    assert_int_equal(ib_graph_init(&graph, buckets, 16, 1000000, 1u << 30), IB_E_INVAL);
    assert_int_equal(ib_graph_init(&graph, buckets, 16, 1000000, 1000000ull << 10), IB_OK);
    for (unsigned k = 0; k < 50000; k++)
        ib_graph_add(&graph, k * 113000ull, 290, 295, k == 333 ? 400 : 300);
    for (unsigned i = 0; i < graph.count; i++)
        most = fmaxf(most, ib_graph_at(&graph, i, NULL)->max_k);
    assert_true(most == 400);
    assert_true(graph.bucket_us == 512000000); // 5650 s in 16 buckets
}

static void the_oldest_are_dropped_when_nothing_grows_any_more(void **state) {
    struct ib_graph_bucket buckets[4];
    struct ib_graph graph;
    uint64_t start_us;
    (void)state;
    assert_int_equal(ib_graph_init(&graph, buckets, 4, 1000, 2000), IB_OK);
    for (unsigned k = 0; k < 100; k++)
        ib_graph_add(&graph, k * 1000ull, k, k, k);
    assert_int_equal(graph.count, 4);
    assert_int_equal(ib_graph_at(&graph, 0, &start_us)->min_k, 92);
    assert_int_equal(start_us, 92000);
    // Time that goes back counts into the newest.
    ib_graph_add(&graph, 5, 1, 1, 1);
    assert_int_equal(ib_graph_at(&graph, 3, NULL)->min_k, 1);
    // A leap beyond everything.
    ib_graph_add(&graph, 1u << 30, 7, 7, 7);
    assert_int_equal(ib_graph_at(&graph, graph.count - 1, NULL)->count, 1);
    assert_int_equal(ib_graph_at(&graph, 0, NULL)->count, 0);
}

static void sizes_that_cannot_be_halved_are_refused(void **state) {
    struct ib_graph_bucket buckets[4];
    struct ib_graph graph;
    (void)state;
    assert_int_equal(ib_graph_init(&graph, buckets, 3, 1, 2), IB_E_INVAL);
    assert_int_equal(ib_graph_init(&graph, buckets, 0, 1, 2), IB_E_INVAL);
    assert_int_equal(ib_graph_init(&graph, buckets, 4, 0, 2), IB_E_INVAL);
    assert_int_equal(ib_graph_init(&graph, buckets, 4, 2, 1), IB_E_INVAL);
    assert_int_equal(ib_graph_init(&graph, buckets, 4, 3, 7), IB_E_INVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_say_what_the_values_of_their_time_say),
        cmocka_unit_test(a_peak_of_one_frame_is_never_lost),
        cmocka_unit_test(the_oldest_are_dropped_when_nothing_grows_any_more),
        cmocka_unit_test(sizes_that_cannot_be_halved_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
