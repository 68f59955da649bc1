/// Memory for what an operation on images needs in between: outside of the collector's heap, grown as
/// needed, used again by the next operation, freed when a life ends. An exception leaves nothing
/// behind.
///
/// An operation asks for each kind once and is over before Python runs again.
#ifndef IB_PORTS_MICROPYTHON_WORK_MEMORY_H
#define IB_PORTS_MICROPYTHON_WORK_MEMORY_H

#include <stddef.h>

enum ib_work {
    IB_WORK_SOURCE, ///< decoded pictures, streams
    IB_WORK_MASK,   ///< a copy of a mask
    IB_WORK_SCRATCH,
    IB_WORK_KINDS,
};

/// Aligned to 64 bytes; what was in it is lost. Raises MemoryError.
void *ib_work_memory(enum ib_work kind, size_t bytes);
void ib_work_release(void);

#endif
