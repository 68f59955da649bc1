/// The ironbow palette: 256 colours from cold to hot.
#ifndef IB_APP_PALETTE_H
#define IB_APP_PALETTE_H

#include <stdint.h>

/// Fills 256 rows of red, green, blue.
void ib_app_palette_ironbow(uint8_t out[256][3]);

#endif
