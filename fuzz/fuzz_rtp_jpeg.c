/// Fuzz: JPEG files for RTP, and RTCP. What is taken fits into packets that hold it whole.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/rtcp.h"
#include "stream/rtp_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void check(const struct ib_rtp_jpeg *jpeg, const uint8_t *data, size_t size) {
    struct ib_rtp_frame frame;
    require(jpeg->scan >= data && jpeg->scan + jpeg->scan_bytes <= data + size);
    require(jpeg->width_px % 8 == 0 && jpeg->width_px >= 8 && jpeg->width_px <= 2040);
    require(jpeg->height_px % 8 == 0 && jpeg->height_px >= 8 && jpeg->height_px <= 2040);
    size_t capacity = ib_rtp_frame_bytes(jpeg), data_bytes = 0;
    uint8_t *storage = malloc(capacity);
    require(storage != NULL);
    require(ib_rtp_frame_build(&frame, jpeg, 0, storage, capacity) == 0);
    const struct ib_rtp_stamp stamp = {.sequence = 65535};
    ib_rtp_frame_stamp(&frame, &stamp);
    for (unsigned i = 0; i < frame.packets; i++) {
        size_t packet_bytes;
        const uint8_t *packet = ib_rtp_frame_packet(&frame, i, &packet_bytes);
        size_t head = 12 + 8 + (jpeg->restart_interval ? 4 : 0) + (i == 0 ? 4 + 128 : 0);
        require(packet_bytes > head && packet_bytes <= IB_RTP_PACKET_BYTES);
        require(memcmp(packet + head, jpeg->scan + data_bytes, packet_bytes - head) == 0);
        data_bytes += packet_bytes - head;
    }
    require(data_bytes == jpeg->scan_bytes);
    free(storage);
}

/// The whole input as a file, and as an RTCP packet.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ib_rtp_jpeg jpeg;
    struct ib_rtcp_heard heard;
    if (ib_rtp_jpeg_read(&jpeg, data, size) == 0)
        check(&jpeg, data, size);
    ib_rtcp_read(&heard, 0x01020304, data, size);
    return 0;
}
