/// What can go wrong with a sensor, in the words that scripts get.
///
/// Source: OpenMV firmware 5.0, errors of its csi module.
#ifndef IB_OPENMV_CSI_ERROR_H
#define IB_OPENMV_CSI_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/// What the functions of csi.h return instead of an ib_status: scripts know them by their texts.
enum ib_csi_error {
    IB_CSI_E_CONTROL = -1, ///< the sensor refused, or has no such thing
    IB_CSI_E_UNSUPPORTED = -2,
    IB_CSI_E_DETECT = -3,
    IB_CSI_E_SENSOR = -4,
    IB_CSI_E_SENSOR_INIT = -5,
    IB_CSI_E_CLOCK_INIT = -6,
    IB_CSI_E_DMA_INIT = -7,
    IB_CSI_E_PORT_INIT = -8,
    IB_CSI_E_IO = -9,
    IB_CSI_E_CAPTURE = -10,
    IB_CSI_E_TIMEOUT = -11,
    IB_CSI_E_FRAMESIZE = -12,
    IB_CSI_E_PIXFORMAT = -13,
    IB_CSI_E_WINDOW = -14,
    IB_CSI_E_FRAMERATE = -15,
    IB_CSI_E_ARGUMENT = -16,
    IB_CSI_E_FORMAT_OPERATION = -17,
    IB_CSI_E_FRAME_BUFFER = -18,
    IB_CSI_E_OVERFLOW = -19,
    IB_CSI_E_JPEG_OVERFLOW = -20,
    IB_CSI_E_WOULD_BLOCK = -21,
};

/// Return: the text of an error, never NULL.
const char *ib_csi_error_text(int error);

#ifdef __cplusplus
}
#endif

#endif
