/// The palettes' anchors. Private to the room: others ask palette.h.
#ifndef IB_IMAGE_PALETTE_TABLES_H
#define IB_IMAGE_PALETTE_TABLES_H

#include "image/palette.h"

#define IB_PALETTES 22

extern const struct ib_palette ib_palettes[IB_PALETTES];

#endif
