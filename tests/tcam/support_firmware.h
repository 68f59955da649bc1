/// A small firmware file for the tests of updates: an ESP32 application image with one segment.
/// Source:  ESP-IDF 4.x documentation, "App Image Format".
#ifndef IB_TESTS_TCAM_SUPPORT_FIRMWARE_H
#define IB_TESTS_TCAM_SUPPORT_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

/// Fill `out` with an image of `size` bytes: a multiple of 16, 304 at least.
void firmware_build(uint8_t *out, size_t size, const char *version, const char *project);

#endif
