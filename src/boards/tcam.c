/// Data only. See tcam.h.
#include "boards/tcam.h"

#define MODEL_TCAM 1u
#define MODEL_BATTERY (1u << 16)
#define MODEL_FILESYSTEM (1u << 17)

const struct ib_board_tcam ib_board_tcam = {
    .mini = &ib_board_tcam_mini,
    .model = MODEL_TCAM | MODEL_BATTERY | MODEL_FILESYSTEM,
    .name_prefix = "tCam-",
};
