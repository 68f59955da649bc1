/// Compressed pictures as a table: JPEG and PNG, made and read.
///
/// A machine has a library, a microcontroller perhaps a JPEG unit; who has none hands over NULL, and
/// whoever needs one answers IB_E_UNSUPPORTED.
#ifndef IB_BUS_CODEC_H
#define IB_BUS_CODEC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ib_codec_kind { IB_CODEC_JPEG, IB_CODEC_PNG };

enum ib_codec_pixels {
    IB_CODEC_GREY,   ///< 8 bits
    IB_CODEC_RGB565, ///< 16 bits in host byte order, red highest
    IB_CODEC_RGB888, ///< red, green, blue
};

enum ib_codec_sampling { IB_CODEC_444, IB_CODEC_422, IB_CODEC_420 };

/// Plain pixels. Encoding only reads them.
struct ib_codec_picture {
    void *pixels;
    int32_t width_px, height_px;
    uint32_t stride_bytes;
    enum ib_codec_pixels pixels_as;
};

struct ib_codec_facts {
    int32_t width_px, height_px;
    int components; ///< 1 grey, 3 colour; what a palette or an alpha channel stands for is resolved
};

struct ib_codec_ops {
    /// Write a whole file. JPEG: baseline, standard Huffman tables, `quality` 0..100 on IJG's scale
    /// (0 counts as 1); PNG: lossless, RGB565 as 8-bit RGB, both ignored.
    /// Return: bytes written to `out`.
    /// Errors: IB_E_NO_SPACE when `room` is too small; IB_E_RANGE for a size the format has not.
    int64_t (*encode)(void *context, enum ib_codec_kind kind,
                      const struct ib_codec_picture *picture, int quality,
                      enum ib_codec_sampling sampling, uint8_t *out, size_t room);
    /// What a file's head says.
    /// Errors: IB_E_FORMAT, IB_E_UNSUPPORTED (a progressive JPEG, a PNG of 16 bits a sample).
    int (*look)(void *context, enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                struct ib_codec_facts *out);
    /// Read a whole file into a picture of exactly its size, converted to the picture's pixels.
    /// Errors: as look; IB_E_INVAL for a picture of another size.
    int (*decode)(void *context, enum ib_codec_kind kind, const uint8_t *bytes, size_t size,
                  const struct ib_codec_picture *into);
};

/// One thread at a time.
struct ib_codec {
    const struct ib_codec_ops *ops;
    void *context;
};

#ifdef __cplusplus
}
#endif

#endif
