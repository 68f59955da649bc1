/// What this machine can do. See vectors.h.
#include "image/vectors.h"

enum ib_vectors ib_vectors_choose(enum ib_vectors at_most) {
    enum ib_vectors best = IB_VECTORS_NONE;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        best = IB_VECTORS_AVX2;
        if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512vl"))
            best = IB_VECTORS_VBMI;
    }
#endif
    return at_most == IB_VECTORS_BEST || at_most > best ? best : at_most;
}
