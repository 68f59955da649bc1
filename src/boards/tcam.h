/// The tCam as data: a tCam-Mini's Lepton and network with a battery and a memory card around it.
///
/// Not here: its display and its touch buttons, which no protocol reaches.
/// Source:  tCam-Mini README, Command Interface (Model bits 16 and 17).
#ifndef IB_BOARDS_TCAM_H
#define IB_BOARDS_TCAM_H

#include <stdint.h>

#include "boards/tcam_mini.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ib_board_tcam {
    const struct ib_board_tcam_mini *mini; ///< the Lepton's wiring and first settings, the port
    uint32_t model;                        ///< of `Model`: 1, battery and filesystem
    const char *name_prefix;               ///< of the name made from the MAC
};

extern const struct ib_board_tcam ib_board_tcam;

#ifdef __cplusplus
}
#endif

#endif
