/// A parallel camera port (DCMI) as a table: whole pictures from an image sensor into memory.
///
/// The port knows lines and bytes, not colours: what the bytes mean is the sensor driver's. It clocks
/// by itself once started; frames that nobody takes pass by, or wait, as `keep` says.
#ifndef IB_BUS_PICTURE_IN_H
#define IB_BUS_PICTURE_IN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What of the sensor's output is kept.
struct ib_picture_in_format {
    uint32_t line_bytes;  ///< of a whole line as the sensor sends it; 0: a byte stream (JPEG)
    uint32_t lines;       ///< of a whole frame; byte stream: 0
    uint32_t skip_bytes;  ///< cut off at the left of each line …
    uint32_t skip_lines;  ///< … and at the top
    uint32_t taken_bytes; ///< of each line; byte stream: 0
    uint32_t taken_lines;
    /// 1: a frame begins with the call that takes it; 2 and 3: the newest finished one; more: the
    /// oldest of so many, and when they are full new ones are lost.
    uint32_t keep;
};

struct ib_picture_in_ops {
    /// Begin with the next whole frame. Errors: IB_E_INVAL; IB_E_IO when nothing clocks.
    int (*start)(void *context, const struct ib_picture_in_format *format, uint64_t now_us);
    void (*stop)(void *context);
    /// Give a finished frame, the lines one behind the other without gaps.
    /// Return: 1 with `*bytes` and `*end_us`, when its last byte came; 0 not yet, look again at
    ///         `*due_us`.
    /// Errors: IB_E_NO_SPACE when it is longer than `room` (it is then gone); IB_E_INVAL when not
    ///         started.
    int (*take)(void *context, uint64_t now_us, uint8_t *into, size_t room, size_t *bytes,
                uint64_t *end_us, uint64_t *due_us);
};

struct ib_picture_in {
    const struct ib_picture_in_ops *ops;
    void *context;
};

#ifdef __cplusplus
}
#endif

#endif
