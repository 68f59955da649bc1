/// LAB back to RGB565. See lab.h.
#include "image/lab.h"

#include "core/real.h"
#include "image/color.h"

/// A curve's value back to the light it stands for.
static float light_of(float t) {
    return t > 0.206897f ? t * t * t : 0.128419f * t - 0.017713f;
}

/// Linear light, 0..1, as an sRGB byte.
static unsigned byte_of(float light) {
    float c = 12.92f * light;
    if (light > 0.0031308f)
        c = (float)(1.055 * ib_pow((double)light, 1 / 2.4) - 0.055);
    c *= 255.0f;
    return c <= 0.0f ? 0 : c >= 255.0f ? 255 : (unsigned)c;
}

uint16_t ib_lab_rgb565(int32_t l, int32_t a, int32_t b) {
    float fy = ((float)l + 16.0f) * 0.008621f;
    float x = light_of((float)a * 0.002f + fy) * 0.95047f;
    float y = light_of(fy);
    float z = light_of(fy - (float)b * 0.005f) * 1.08883f;
    return ib_rgb565_of(byte_of(x * 3.2406f + y * -1.5372f + z * -0.4986f),
                        byte_of(x * -0.9689f + y * 1.8758f + z * 0.0415f),
                        byte_of(x * 0.0557f + y * -0.2040f + z * 1.0570f));
}
