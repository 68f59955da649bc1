/// RTP packets of a picture. See rtp_frame.h.
#include "stream/rtp_frame.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/status.h"

#define UNIT (IB_RTP_FRAMING_BYTES + IB_RTP_PACKET_BYTES)
#define PAYLOAD (IB_RTP_PACKET_BYTES - IB_RTP_HEADER_BYTES)

size_t ib_rtp_frame_bytes(const struct ib_rtp_jpeg *jpeg) {
    uint8_t header[IB_RTP_JPEG_HEADER_BYTES];
    size_t first = PAYLOAD - ib_rtp_jpeg_header(jpeg, 0, header);
    size_t others = PAYLOAD - ib_rtp_jpeg_header(jpeg, first, header);
    size_t rest = jpeg->scan_bytes > first ? jpeg->scan_bytes - first : 0;
    return (1 + (rest + others - 1) / others) * UNIT;
}

int ib_rtp_frame_build(struct ib_rtp_frame *self, const struct ib_rtp_jpeg *jpeg,
                       uint64_t captured_us, uint8_t *storage, size_t capacity) {
    *self = (struct ib_rtp_frame){.bytes = storage, .captured_us = captured_us};
    if (capacity < ib_rtp_frame_bytes(jpeg))
        return IB_E_NO_SPACE;
    for (size_t offset = 0; offset < jpeg->scan_bytes;) {
        uint8_t *packet = storage + self->size + IB_RTP_FRAMING_BYTES;
        uint8_t *payload = packet + IB_RTP_HEADER_BYTES;
        size_t header = ib_rtp_jpeg_header(jpeg, offset, payload);
        size_t rest = jpeg->scan_bytes - offset;
        size_t data = rest < PAYLOAD - header ? rest : PAYLOAD - header;
        memcpy(payload + header, jpeg->scan + offset, data);
        offset += data;
        size_t size = IB_RTP_HEADER_BYTES + header + data;
        packet[-4] = '$';
        ib_put_be16(packet - 2, (uint16_t)size);
        packet[0] = 2 << 6; // version; no padding, extension or contributing sources
        packet[1] = IB_RTP_PAYLOAD_JPEG | (offset == jpeg->scan_bytes ? 0x80 : 0);
        self->size += IB_RTP_FRAMING_BYTES + size;
        self->packets++;
    }
    return IB_OK;
}

void ib_rtp_frame_stamp(struct ib_rtp_frame *self, const struct ib_rtp_stamp *stamp) {
    for (unsigned i = 0; i < self->packets; i++) {
        uint8_t *packet = self->bytes + (size_t)i * UNIT + IB_RTP_FRAMING_BYTES;
        packet[-3] = stamp->channel;
        ib_put_be16(packet + 2, (uint16_t)(stamp->sequence + i));
        ib_put_be32(packet + 4, stamp->timestamp);
        ib_put_be32(packet + 8, stamp->ssrc);
    }
}

const uint8_t *ib_rtp_frame_packet(const struct ib_rtp_frame *self, unsigned index, size_t *size) {
    IB_ASSERT(index < self->packets);
    const uint8_t *packet = self->bytes + (size_t)index * UNIT + IB_RTP_FRAMING_BYTES;
    *size = ib_get_be16(packet - 2);
    return packet;
}

uint32_t ib_rtp_ticks(uint64_t us) {
    // 9/100 without overflow: whole seconds first.
    return (uint32_t)(us / 1000000 * IB_RTP_HZ + us % 1000000 * 9 / 100);
}
