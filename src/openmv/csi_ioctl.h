/// What csi.ioctl() can be asked, and the arguments as plain values.
///
/// Source: OpenMV firmware 5.0, its list of ioctls. 0x100 in a number: a capture under way is broken
///         off first.
#ifndef IB_OPENMV_CSI_IOCTL_H
#define IB_OPENMV_CSI_IOCTL_H

#include <stdbool.h>
#include <stdint.h>

#include "image/image.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ib_csi_request {
    IB_CSI_SET_READOUT_WINDOW = 0x100,
    IB_CSI_GET_READOUT_WINDOW = 0x01,
    IB_CSI_SET_TRIGGERED_MODE = 0x02,
    IB_CSI_GET_TRIGGERED_MODE = 0x03,
    IB_CSI_SET_FOV_WIDE = 0x04,
    IB_CSI_GET_FOV_WIDE = 0x05,
    IB_CSI_TRIGGER_AUTO_FOCUS = 0x06,
    IB_CSI_PAUSE_AUTO_FOCUS = 0x07,
    IB_CSI_RESET_AUTO_FOCUS = 0x08,
    IB_CSI_WAIT_ON_AUTO_FOCUS = 0x09,
    IB_CSI_SET_NIGHT_MODE = 0x0A,
    IB_CSI_GET_NIGHT_MODE = 0x0B,
    IB_CSI_LEPTON_GET_WIDTH = 0x0C,
    IB_CSI_LEPTON_GET_HEIGHT = 0x0D,
    IB_CSI_LEPTON_GET_RADIOMETRY = 0x0E,
    IB_CSI_LEPTON_GET_REFRESH = 0x0F,
    IB_CSI_LEPTON_GET_RESOLUTION = 0x10,
    IB_CSI_LEPTON_RUN_COMMAND = 0x11,
    IB_CSI_LEPTON_SET_ATTRIBUTE = 0x12,
    IB_CSI_LEPTON_GET_ATTRIBUTE = 0x13,
    IB_CSI_LEPTON_GET_FPA_TEMP = 0x14,
    IB_CSI_LEPTON_GET_AUX_TEMP = 0x15,
    IB_CSI_LEPTON_SET_MODE = 0x116,
    IB_CSI_LEPTON_GET_MODE = 0x17,
    IB_CSI_LEPTON_SET_RANGE = 0x118,
    IB_CSI_LEPTON_GET_RANGE = 0x19,
    IB_CSI_GET_RGB_STATS = 0x1F,
};

#define IB_CSI_REQUEST_STOPS 0x100
#define IB_CSI_ATTRIBUTE_WORDS 512 ///< the most that the Lepton's command interface carries

/// One request: what is asked in, what is answered out, in the same places. Which of them count is
/// the request's.
struct ib_csi_ioctl {
    enum ib_csi_request request;
    struct ib_rect window; ///< of the readout, in the array's pixels
    bool first, second;    ///< the switches; mode: measurement, high temperature
    int32_t number;        ///< ms to wait; a command; an answer
    float low_c, high_c;   ///< a range; a temperature (low_c)
    uint32_t word_count;   ///< of an attribute
    uint16_t words[IB_CSI_ATTRIBUTE_WORDS];
};

#ifdef __cplusplus
}
#endif

#endif
