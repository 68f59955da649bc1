/// The RTP packets of one picture, made once for all clients.
///
/// They lie one behind the other, each as it goes over the RTSP connection: four bytes of framing,
/// the RTP header, payload. All but a few bytes are the same for everybody, so a client costs
/// a `stamp` and no copy: over TCP the whole is sent as it lies there, over UDP each packet without
/// its framing.
///
/// Source:  RFC 3550 section 5.1; RFC 2435; RFC 2326 section 10.12.
#ifndef IB_STREAM_RTP_FRAME_H
#define IB_STREAM_RTP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "stream/rtp_jpeg.h"

#ifdef __cplusplus
extern "C" {
#endif

#define IB_RTP_PACKET_BYTES 1400 ///< most of one with its RTP header: fits Ethernet, VPNs and PPPoE
#define IB_RTP_HEADER_BYTES 12
#define IB_RTP_FRAMING_BYTES 4 ///< `$`, channel, size
#define IB_RTP_PAYLOAD_JPEG 26 ///< RFC 3551
#define IB_RTP_HZ 90000

struct ib_rtp_frame {
    uint8_t *bytes;       ///< keeps the caller's storage
    size_t size;          ///< of all packets with their framing
    unsigned packets;     ///< each IB_RTP_FRAMING_BYTES + IB_RTP_PACKET_BYTES, the last one less
    uint64_t captured_us; ///< when the picture was taken
};

/// Units:  bytes of storage that this picture's packets need.
size_t ib_rtp_frame_bytes(const struct ib_rtp_jpeg *jpeg);

/// Make the packets. `jpeg`'s scan is copied.
/// Return: IB_OK. Errors: IB_E_NO_SPACE.
/// Cost:   one copy of the scan.
int ib_rtp_frame_build(struct ib_rtp_frame *self, const struct ib_rtp_jpeg *jpeg,
                       uint64_t captured_us, uint8_t *storage, size_t capacity);

/// What differs from client to client.
struct ib_rtp_stamp {
    uint32_t ssrc;
    uint32_t timestamp; ///< in 1/90000 s, the client's own base added
    uint16_t sequence;  ///< of the first packet
    uint8_t channel;    ///< of the interleaved connection
};

/// Write it into all packets; they are this client's until the next stamp.
/// Cost:   12 bytes a packet.
void ib_rtp_frame_stamp(struct ib_rtp_frame *self, const struct ib_rtp_stamp *stamp);

/// Packet `index` without its framing. Return: where; `*size` is its size.
const uint8_t *ib_rtp_frame_packet(const struct ib_rtp_frame *self, unsigned index, size_t *size);

/// Units:  microseconds to ticks of 1/90000 s, modulo 2^32.
uint32_t ib_rtp_ticks(uint64_t us);

#ifdef __cplusplus
}
#endif

#endif
