/// See support_tier.h. What __builtin_cpu_supports() looks at is a word of the compiler's own library:
/// taking bits out of it needs no switch in the program that only benches would use.
#include "benches/support_tier.h"

#if defined(__x86_64__)

/// Layout and numbers of the bits are part of the ABI (libgcc's and compiler-rt's cpuinfo).
extern struct {
    unsigned vendor, type, subtype, features[1];
} __cpu_model __attribute__((visibility("hidden")));

bool bench_only_avx2(void) {
    // AVX-512 F is bit 15; VL, BW, VBMI and their family 20 to 31.
    const unsigned above = 1u << 15 | 0xFFF00000u;
    bool had = __builtin_cpu_supports("avx512vbmi");
    __asm__ volatile("" ::: "memory"); // the compiler does not reckon with a change of it
    __cpu_model.features[0] &= ~above;
    __asm__ volatile("" ::: "memory");
    return had && __builtin_cpu_supports("avx2") && !__builtin_cpu_supports("avx512vbmi");
}

#else

bool bench_only_avx2(void) {
    return false;
}

#endif
