/// What RTP carries of a JPEG file: its quantization tables and its scan, but no headers.
///
/// The receiver makes the headers up again, so only one kind of file can travel: baseline, one scan
/// of three components, 4:2:0 or 4:2:2, 8-bit tables, the Huffman tables of the standard's annex K,
/// both sizes multiples of 8 up to 2040.
///
/// Source:  RFC 2435; ITU-T T.81 (JPEG) annexes B and K.
#ifndef IB_STREAM_RTP_JPEG_H
#define IB_STREAM_RTP_JPEG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_RTP_JPEG_MAX_PX 2040
/// Main header, restart header, quantization header and two tables.
#define IB_RTP_JPEG_HEADER_BYTES (8 + 4 + 4 + 128)

struct ib_rtp_jpeg {
    uint8_t type; ///< 0: 4:2:2, 1: 4:2:0; 64 more with restart markers
    uint16_t width_px;
    uint16_t height_px;
    uint16_t restart_interval; ///< in units of 8x8-block groups (MCUs); 0: none
    uint8_t tables[2][64];     ///< brightness, colour; in the file's own (zigzag) order
    const uint8_t *scan;       ///< entropy-coded, with the end marker
    size_t scan_bytes;         ///< less than 2^24: what a fragment's offset can say
};

/// Take a JPEG file apart.
/// Owns:   `out->scan` points into `jpeg`.
/// Return: IB_OK.
/// Errors: IB_E_FORMAT or IB_E_TRUNCATED when it is no whole JPEG, IB_E_UNSUPPORTED when RTP cannot
///         carry this kind, IB_E_RANGE for its size.
/// Cost:   one search for the scan's end.
int ib_rtp_jpeg_read(struct ib_rtp_jpeg *out, const uint8_t *jpeg, size_t size);

/// The payload headers of the packet whose data begin at `offset` of the scan. The first one of a
/// frame brings the tables.
/// Shape:  `out` has room for IB_RTP_JPEG_HEADER_BYTES.
/// Return: their size.
size_t ib_rtp_jpeg_header(const struct ib_rtp_jpeg *self, size_t offset, uint8_t *out);

#ifdef __cplusplus
}
#endif

#endif
