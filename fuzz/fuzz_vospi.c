/// Any packets into the VoSPI assembler: no crash, no write outside the frame, and a frame only when
/// every packet of it was a good one.
///
/// Input: a byte of format, then steps: the next packets of a good stream (so that frames are
/// reached), altered, left out, or raw bytes instead.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crc16.h"
#include "drivers/lepton/vospi.h"

#define demand(condition) ((condition) ? (void)0 : abort())

static void make(uint8_t *packet, const struct ib_source_format *format, unsigned position) {
    unsigned per_unit = 60;
    if (format->telemetry)
        per_unit = format->width_px == 160 ? 61 : 63;
    unsigned unit = position / per_unit % 12;
    unsigned number = position % per_unit;
    memset(packet, 0, IB_VOSPI_PACKET_BYTES);
    packet[1] = (uint8_t)number;
    ib_put_be16(packet + 4, 14);                                        // a telemetry revision
    ib_put_be16(packet + 4 + 40, (uint16_t)(position / per_unit / 12)); // and its frame counter
    ib_put_be16(packet + 2, ib_crc16(0, packet, IB_VOSPI_PACKET_BYTES));
    if (number == 20 && unit < 4)
        packet[0] = (uint8_t)((unit + 1) << 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1)
        return 0;
    struct ib_source_format format = {data[0] & 1 ? 160 : 80, data[0] & 1 ? 120 : 60,
                                      (uint8_t)(data[0] / 2 % 3)};
    size_t px = (size_t)format.width_px * format.height_px;
    struct ib_frame frame = {.pixels = malloc(2 * px), .capacity_px = px};
    static struct ib_vospi vospi;
    demand(frame.pixels && ib_vospi_init(&vospi, &format) == 0);
    unsigned needed = vospi.packets_per_unit * vospi.units_per_frame;
    unsigned good_in_a_row = 0;
    unsigned position = 0;
    ib_vospi_target(&vospi, &frame);
    for (size_t at = 1; at < size;) {
        uint8_t packet[IB_VOSPI_PACKET_BYTES];
        uint8_t step = data[at++];
        for (unsigned repeat = 0; repeat <= (step & 0x40 ? 61u : 0u); repeat++) {
            make(packet, &format, position++);
            if (step & 0x80 && size - at >= 2) { // altered
                packet[data[at] % sizeof packet] ^= data[at + 1];
                at += 2;
            } else if ((step & 0x3F) == 1) { // left out
                continue;
            } else if ((step & 0x3F) == 2 && size - at >= sizeof packet) { // raw
                memcpy(packet, data + at, sizeof packet);
                at += sizeof packet;
            } else if ((step & 0x3F) == 3) {
                ib_vospi_target(&vospi, step & 0x40 ? NULL : &frame);
            } else if ((step & 0x3F) == 4) {
                ib_vospi_reset(&vospi);
                good_in_a_row = 0;
            }
            uint32_t bad_crc = vospi.counters.bad_crc;
            enum ib_vospi_event event = ib_vospi_feed(&vospi, packet);
            if (event == IB_VOSPI_BAD) // out of order, it may itself begin the next unit
                good_in_a_row = vospi.counters.bad_crc == bad_crc;
            else if (event != IB_VOSPI_DISCARD)
                good_in_a_row++;
            if (event == IB_VOSPI_FRAME) {
                demand(good_in_a_row >= needed && frame.flags & 1);
                ib_vospi_target(&vospi, &frame);
            }
        }
    }
    demand(vospi.counters.frames <= vospi.counters.packets / needed);
    free(frame.pixels);
    return 0;
}
