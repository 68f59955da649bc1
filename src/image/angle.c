/// Quick angles. See angle.h.
#include "image/angle.h"

float ib_angle_atan(float x) {
    float sign = x < 0.0f ? -1.0f : 1.0f, base = 0.0f;
    x *= sign;
    if (x > 2.41421356f) { // tan(3 pi / 8)
        base = IB_PI_F / 2;
        x = -1.0f / x;
    } else if (x > 0.414213562f) { // tan(pi / 8)
        base = IB_PI_F / 4;
        x = (x - 1.0f) / (x + 1.0f);
    }
    float z = x * x;
    float curve = ((8.05374449538e-2f * z - 1.38776856032e-1f) * z + 1.99777106478e-1f) * z -
                  3.33329491539e-1f;
    return sign * (base + (curve * z * x + x));
}

float ib_angle_atan2(float y, float x) {
    if (x > 0.0f && y >= 0.0f)
        return ib_angle_atan(y / x);
    if (x < 0.0f)
        return y >= 0.0f ? IB_PI_F - ib_angle_atan(y / -x) : IB_PI_F + ib_angle_atan(y / x);
    if (x > 0.0f)
        return 2 * IB_PI_F - ib_angle_atan(-y / x);
    return y == 0.0f ? 0.0f : y > 0.0f ? IB_PI_F : -IB_PI_F;
}

int32_t ib_round_down(float x) {
    int32_t whole = (int32_t)x;
    return whole - ((float)whole > x);
}

int32_t ib_round_even(float x) {
    int32_t down = ib_round_down(x);
    float rest = x - (float)down;
    return down + (rest > 0.5f || (rest == 0.5f && (down & 1)));
}
