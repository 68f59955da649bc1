/// A scene of whole numbers alone, of any size: four bright discs on a slope, with a little noise.
///
/// The checksums that tests compare with were made by OpenMV 5.0's own code from this scene.
#ifndef IB_TESTS_IMAGE_SUPPORT_SCENE_H
#define IB_TESTS_IMAGE_SUPPORT_SCENE_H

#include <stdint.h>

/// Fills width_px * height_px greys.
void scene_paint(uint8_t *greys, int width_px, int height_px);

#endif
