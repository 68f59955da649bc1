/// A ring of buckets that grow coarser instead of overflowing. See graph.h.
#include "measure/graph.h"

#include <string.h>

#include "core/check.h"
#include "core/status.h"

int ib_graph_init(struct ib_graph *self, struct ib_graph_bucket *buckets, unsigned capacity,
                  uint64_t shortest_us, uint64_t longest_us) {
    memset(self, 0, sizeof *self);
    if (capacity < 2 || capacity % 2 != 0 || shortest_us == 0)
        return IB_E_INVAL;
    uint64_t us = shortest_us;
    while (us < longest_us && us <= UINT64_MAX / 2)
        us *= 2;
    if (us != longest_us)
        return IB_E_INVAL;
    self->buckets = buckets;
    self->capacity = capacity;
    self->bucket_us = shortest_us;
    self->longest_us = longest_us;
    return IB_OK;
}

static struct ib_graph_bucket *bucket_at(const struct ib_graph *self, unsigned i) {
    return &self->buckets[(self->first + i) % self->capacity];
}

static void merge(struct ib_graph_bucket *to, const struct ib_graph_bucket *from) {
    to->gap = to->gap || from->gap;
    if (from->count == 0)
        return;
    bool gap = to->gap;
    if (to->count == 0) {
        *to = *from;
        to->gap = gap;
        return;
    }
    double all = (double)to->count + from->count;
    to->mean_k = (to->mean_k * to->count + from->mean_k * from->count) / all;
    to->min_k = from->min_k < to->min_k ? from->min_k : to->min_k;
    to->max_k = from->max_k > to->max_k ? from->max_k : to->max_k;
    to->count = to->count <= UINT32_MAX - from->count ? to->count + from->count : UINT32_MAX;
}

/// Twice the time a bucket. A pair begins at an even number.
static void coarsen(struct ib_graph *self) {
    unsigned odd = self->number % 2 != 0, kept = 0;
    for (unsigned i = 0; i < self->count; i++) {
        struct ib_graph_bucket bucket = *bucket_at(self, i);
        if ((i + odd) % 2 == 0 || i == 0)
            *bucket_at(self, kept++) = bucket;
        else
            merge(bucket_at(self, kept - 1), &bucket);
    }
    self->count = kept;
    self->number /= 2;
    IB_ASSERT(self->bucket_us <= UINT64_MAX / 4);
    self->bucket_us *= 2;
}

/// The bucket of a moment, made if need be.
static struct ib_graph_bucket *bucket_of(struct ib_graph *self, uint64_t at_us) {
    const unsigned capacity = self->capacity;
    IB_ASSERT(self->bucket_us > 0 && capacity > 0);
    if (self->count == 0)
        self->number = at_us / self->bucket_us;
    while (at_us / self->bucket_us >= self->number + capacity && self->bucket_us < self->longest_us)
        coarsen(self);
    uint64_t number = at_us / self->bucket_us;
    if (self->count > 0 && number < self->number + self->count)
        return bucket_at(self, self->count - 1);
    if (number >= self->number + 2 * (uint64_t)capacity) {
        // Everything there was is older than what can be kept.
        self->count = 0;
        self->number = number - (capacity - 1);
    }
    while (self->number + self->count <= number) {
        if (self->count == capacity) {
            self->first = (self->first + 1) % capacity;
            self->number++;
            self->count--;
        }
        memset(bucket_at(self, self->count), 0, sizeof *self->buckets);
        self->count++;
    }
    return bucket_at(self, self->count - 1);
}

void ib_graph_add(struct ib_graph *self, uint64_t at_us, double min_k, double mean_k,
                  double max_k) {
    const struct ib_graph_bucket one = {(float)min_k, (float)max_k, mean_k, 1, false};
    merge(bucket_of(self, at_us), &one);
}

void ib_graph_gap(struct ib_graph *self, uint64_t at_us) {
    bucket_of(self, at_us)->gap = true;
}

const struct ib_graph_bucket *ib_graph_at(const struct ib_graph *self, unsigned i,
                                          uint64_t *start_us) {
    IB_ASSERT(i < self->count);
    if (start_us)
        *start_us = (self->number + i) * self->bucket_us;
    return bucket_at(self, i);
}
