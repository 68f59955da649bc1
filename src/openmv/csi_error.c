#include "openmv/csi_error.h"

#include <stddef.h>

static const char *const TEXTS[] = {
    "No error.",
    "Sensor control failed.",
    "The requested operation is not supported by the image sensor.",
    "Failed to detect the image sensor or image sensor is detached.",
    "The detected image sensor is not supported.",
    "Failed to initialize the image sensor.",
    "Failed to initialize the external clock.",
    "Failed to initialize the CSI DMA.",
    "Failed to initialize the CSI interface.",
    "An low level I/O error has occurred.",
    "Frame capture has failed.",
    "Frame capture has timed out.",
    "Frame size is not supported or is not set.",
    "Pixel format is not supported or is not set.",
    "Window is not supported or is not set.",
    "Frame rate is not supported or is not set.",
    "An invalid argument is used.",
    "The requested operation is not supported on the current pixel format.",
    "Frame buffer error.",
    "Frame buffer overflow, try reducing the frame size.",
    "JPEG frame buffer overflow.",
    "The requested operation would block.",
};

const char *ib_csi_error_text(int error) {
    size_t index = error > 0 ? 0 : (size_t) - (long)error;
    return index < sizeof TEXTS / sizeof TEXTS[0] ? TEXTS[index] : TEXTS[1];
}
