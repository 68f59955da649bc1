/// Rounds of anything at random: a few as a test, for IB_SECONDS as a campaign (`make fuzz`).
///
/// Every round has a seed of its own and says it before it begins; IB_SEED makes it the first round.
#ifndef IB_TESTS_ANY_SUPPORT_CAMPAIGN_H
#define IB_TESTS_ANY_SUPPORT_CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/core/support_random.h"

struct campaign {
    unsigned seed;        ///< of the round under way
    struct random random; ///< from that seed
    unsigned rounds;      ///< begun so far
    unsigned least;
    uint64_t ends_ms;
};

/// At least `least` rounds; more only when IB_SECONDS asks for them.
void campaign_begin(struct campaign *self, unsigned least);
/// Begin the next round. Return: whether there is one.
bool campaign_next(struct campaign *self);

#endif
