/// Which vector instructions pixel functions may use. All of them give the same bytes.
#ifndef IB_IMAGE_VECTORS_H
#define IB_IMAGE_VECTORS_H

#ifdef __cplusplus
extern "C" {
#endif

enum ib_vectors {
    IB_VECTORS_BEST, ///< whatever this machine has: what everybody but tests and benches wants
    IB_VECTORS_NONE, ///< plain C
    IB_VECTORS_AVX2,
    IB_VECTORS_VBMI, ///< AVX-512 F, BW, VL and VBMI
};

/// Return: the best that this machine has and `at_most` allows; never IB_VECTORS_BEST.
enum ib_vectors ib_vectors_choose(enum ib_vectors at_most);

#ifdef __cplusplus
}
#endif

#endif
