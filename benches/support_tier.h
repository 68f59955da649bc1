/// Benches on a lesser machine than this one.
#ifndef IB_BENCHES_SUPPORT_TIER_H
#define IB_BENCHES_SUPPORT_TIER_H

#include <stdbool.h>

/// From here on, all code of this program that asks what the machine can do hears of AVX2 and of nothing
/// above it (the system's libraries have their own ways to ask).
/// Return: whether that makes a difference on this machine.
bool bench_only_avx2(void);

#endif
