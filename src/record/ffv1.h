/// FFV1 version 3 for 16-bit grey pictures, lossless, every frame by itself: what a film's track of
/// exact pixels is made of. Encoder and decoder.
///
/// The encoder makes one slice a frame, with a CRC. The decoder also takes several slices, custom
/// state transitions and other contexts: what ffmpeg makes with "-pix_fmt gray16le -level 3 -g 1".
/// It does not know colour, other depths, Golomb-Rice codes and frames that need the one before.
/// Source:  RFC 9043.
#ifndef IB_RECORD_FFV1_H
#define IB_RECORD_FFV1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Room that is always enough for the configuration record, for a frame of `px` pixels (of noise;
/// what a thermal camera sees takes less than one byte a pixel), and for the encoder's states.
#define IB_FFV1_CONFIG_BYTES 128
#define IB_FFV1_FRAME_BYTES(px) (256 + (size_t)(px)*22)
#define IB_FFV1_STATES_BYTES (63 * 32)

/// The configuration record: what a container stores once beside the frames (Matroska's
/// CodecPrivate). The same for every size.
/// Return: the size.
/// Errors: IB_E_NO_SPACE.
int ib_ffv1_config(uint8_t *out, size_t capacity);

/// One frame. `states` are IB_FFV1_STATES_BYTES of scratch memory.
/// Return: the size.
/// Errors: IB_E_NO_SPACE, IB_E_RANGE (no pixels, or over 16 MiB encoded).
/// Cost:   about 50 ns a pixel.
int ib_ffv1_encode(uint8_t *out, size_t capacity, const uint16_t *pixels, uint16_t width_px,
                   uint16_t height_px, uint8_t *states);

#define IB_FFV1_MOST_SETS 8

/// What a configuration record says.
struct ib_ffv1_decoder {
    uint32_t slices_across;
    uint32_t slices_down;
    uint32_t sets;
    bool checked; ///< slices have a CRC
    uint8_t one_state[256];
    uint8_t zero_state[256];
    struct ib_ffv1_set {
        int8_t levels[5][256];
        uint16_t levels_count[5]; ///< of each: they go from 1 - count to count - 1
        uint32_t contexts;
    } set[IB_FFV1_MOST_SETS];
};

/// Read a configuration record.
/// Errors: IB_E_FORMAT, IB_E_CRC, IB_E_UNSUPPORTED (FFV1, but not 16-bit grey as above).
int ib_ffv1_decoder_init(struct ib_ffv1_decoder *self, const uint8_t *config, size_t size);

/// Bytes of scratch memory that a decode needs; at most 1 MiB.
size_t ib_ffv1_decoder_states_bytes(const struct ib_ffv1_decoder *self);

/// One frame of `width_px` x `height_px` into `pixels`.
/// Errors: IB_E_FORMAT, IB_E_CRC, IB_E_UNSUPPORTED (it needs the frame before); `pixels` may hold
///         anything then.
/// Cost:   about 60 ns a pixel.
int ib_ffv1_decode(const struct ib_ffv1_decoder *self, const uint8_t *bytes, size_t size,
                   uint16_t *pixels, uint16_t width_px, uint16_t height_px, uint8_t *states);

#ifdef __cplusplus
}
#endif

#endif
