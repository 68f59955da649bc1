/// Quick angles in single precision, to the bit as OpenMV computes them.
///
/// Source: OpenMV firmware 5.0, fast arc tangent (the polynomial of the Cephes library).
#ifndef IB_IMAGE_ANGLE_H
#define IB_IMAGE_ANGLE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_PI_F 3.14159265f

float ib_angle_atan(float x);
/// Return: radians, 0 .. 2 pi; on the y axis pi above and -pi below (whoever asks for that treats
///         x = 0 on its own), 0 at the origin.
float ib_angle_atan2(float y, float x);
/// To the nearest whole number, halves to even. |x| below 2^30.
int32_t ib_round_even(float x);
/// Towards minus infinity. |x| below 2^30.
int32_t ib_round_down(float x);

#ifdef __cplusplus
}
#endif

#endif
