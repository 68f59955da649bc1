/// Own exp, log, pow, sin, cos and atan2, so that the same input gives the same bytes on every
/// machine.
///
/// Plain double arithmetic without fused operations (the build says -ffp-contract=off everywhere).
/// Errors stay below 1e-14 relative (absolute near zero for sin and cos) over the stated ranges;
/// the tests hold them against the C library. Special values follow C99 for NaN and infinities.
#ifndef IB_CORE_REAL_H
#define IB_CORE_REAL_H

#ifdef __cplusplus
extern "C" {
#endif

double ib_exp(double x);           ///< overflow gives infinity, underflow 0
double ib_ln(double x);            ///< natural logarithm; -infinity at 0, NaN below
double ib_pow(double x, double y); ///< x < 0 only with integer y, else NaN
double ib_sin(double x);           ///< radians, |x| <= 1e9, NaN beyond
double ib_cos(double x);           ///< radians, |x| <= 1e9, NaN beyond
double ib_atan2(double y, double x);
double ib_sqrt(double x); ///< IEEE square root: correctly rounded everywhere

#ifdef __cplusplus
}
#endif

#endif
