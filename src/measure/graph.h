/// A temperature over time in a fixed number of buckets.
///
/// Each bucket keeps minimum, maximum and mean of what fell into it, so a peak is never lost. When
/// the buckets are full, pairs are merged and the bucket's time doubles; from the longest time on
/// the oldest are dropped. Time without values shows as buckets without values; whatever
/// interrupted the measurement (lost frames, an FFC) leaves a mark in its bucket.
#ifndef IB_MEASURE_GRAPH_H
#define IB_MEASURE_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ib_graph_bucket {
    float min_k, max_k;
    double mean_k;
    uint32_t count; ///< values; 0: nothing was measured in this time
    bool gap;       ///< interrupted within this time
};

struct ib_graph {
    struct ib_graph_bucket *buckets; ///< keeps the caller's storage
    unsigned capacity;               ///< even
    unsigned first;                  ///< index of the oldest
    unsigned count;
    uint64_t bucket_us;  ///< width of a bucket now
    uint64_t longest_us; ///< its limit
    uint64_t number;     ///< of the oldest: it covers number * bucket_us onwards
};

/// Errors: IB_E_INVAL when capacity is odd or under 2, or the times are 0 or not a power of two
///         apart.
int ib_graph_init(struct ib_graph *self, struct ib_graph_bucket *buckets, unsigned capacity,
                  uint64_t shortest_us, uint64_t longest_us);
/// What a region had at a time; times before the newest bucket count into that.
void ib_graph_add(struct ib_graph *self, uint64_t at_us, double min_k, double mean_k, double max_k);
/// The measurement was interrupted at this time.
void ib_graph_gap(struct ib_graph *self, uint64_t at_us);
/// The i-th bucket, 0 the oldest; *start_us (may be NULL) is where it begins. i < count.
const struct ib_graph_bucket *ib_graph_at(const struct ib_graph *self, unsigned i,
                                          uint64_t *start_us);

#ifdef __cplusplus
}
#endif

#endif
