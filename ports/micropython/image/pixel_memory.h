/// Memory of the collector's for pixels.
#ifndef IB_PORTS_MICROPYTHON_PIXEL_MEMORY_H
#define IB_PORTS_MICROPYTHON_PIXEL_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/// As m_new0, and quick for much: MicroPython looks for room from the heap's beginning each time, past
/// everything that is used. Pixels are put into the upper three quarters as long as there is room,
/// each behind the last, so that neither they nor what is small has to be searched past the others.
/// Raises MemoryError.
uint8_t *ib_pixel_memory(size_t bytes);

#endif
