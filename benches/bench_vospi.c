/// How fast packets become frames, with the CRC of every packet checked.
#include <string.h>

#include "benches/report.h"
#include "core/bytes.h"
#include "core/crc16.h"
#include "core/status.h"
#include "drivers/lepton/vospi.h"

enum {
    UNITS = 12, // a frame's four segments and eight invalid ones
    PACKETS = 61,
    PIXELS = 160 * 120,
};

static const double UNITS_PER_S = 106.0;

static uint8_t cycle[UNITS][PACKETS][IB_VOSPI_PACKET_BYTES];
static uint16_t pixels[PIXELS];

static void seal(uint8_t *packet, unsigned number, unsigned segment) {
    packet[0] = packet[2] = packet[3] = 0;
    packet[1] = (uint8_t)number;
    ib_put_be16(packet + 2, ib_crc16(0, packet, IB_VOSPI_PACKET_BYTES));
    if (number == 20)
        packet[0] = (uint8_t)(segment << 4);
}

static void make_cycle(void) {
    uint32_t noise = 1;
    for (unsigned unit = 0; unit < UNITS; unit++) {
        for (unsigned number = 0; number < PACKETS; number++) {
            uint8_t *packet = cycle[unit][number];
            for (unsigned i = 4; i < IB_VOSPI_PACKET_BYTES; i++) {
                noise = noise * 1664525u + 1013904223u;
                packet[i] = (uint8_t)(noise >> 24);
            }
            seal(packet, number, unit < 4 ? unit + 1 : 0);
        }
    }
    memset(cycle[3][57], 0, IB_VOSPI_PACKET_BYTES); // row A of the telemetry
    ib_put_be16(cycle[3][57] + 4, 14);
    seal(cycle[3][57], 57, 4);
}

/// The module's frame counter, words 20 and 21 of row A.
static void count_frame(uint32_t counter) {
    uint8_t *packet = cycle[3][57];
    ib_put_be16(packet + 4 + 40, (uint16_t)counter);
    ib_put_be16(packet + 4 + 42, (uint16_t)(counter >> 16));
    seal(packet, 57, 4);
}

enum { ROUND_FRAMES = 64 };

/// The best round counts: the others shared the machine with somebody.
static double best_packet_ns(void) {
    static struct ib_vospi vospi;
    struct ib_source_format format = {160, 120, IB_TELEMETRY_FOOTER};
    struct ib_frame frame = {.pixels = pixels, .capacity_px = PIXELS};
    if (ib_vospi_init(&vospi, &format) != IB_OK)
        abort();
    uint32_t frames = 0;
    double best_s = 1e9;
    double begin = bench_now_s();
    double now = begin;
    while (now - begin < 1.0) {
        double round = now;
        for (unsigned repeat = 0; repeat < ROUND_FRAMES; repeat++) {
            count_frame(++frames);
            ib_vospi_target(&vospi, &frame);
            for (unsigned unit = 0; unit < UNITS; unit++)
                for (unsigned number = 0; number < PACKETS; number++)
                    ib_vospi_feed(&vospi, cycle[unit][number]);
        }
        now = bench_now_s();
        if (now - round < best_s)
            best_s = now - round;
    }
    if (vospi.counters.frames != frames || vospi.counters.bad_crc != 0)
        abort();
    return best_s * 1e9 / ((double)ROUND_FRAMES * UNITS * PACKETS);
}

/// What a byte-by-byte table CRC alone costs a packet: the field's usual way.
static double table_crc_ns(void) {
    static uint16_t table[256];
    for (unsigned i = 0; i < 256; i++) {
        uint8_t byte = (uint8_t)i;
        table[i] = ib_crc16_portable(0, &byte, 1);
    }
    volatile uint16_t sink = 0;
    double best_s = 1e9;
    double begin = bench_now_s();
    double now = begin;
    while (now - begin < 0.3) {
        double round = now;
        for (unsigned unit = 0; unit < UNITS; unit++) {
            for (unsigned number = 0; number < PACKETS; number++) {
                const uint8_t *packet = cycle[unit][number];
                uint16_t crc = 0;
                for (unsigned i = 0; i < IB_VOSPI_PACKET_BYTES; i++)
                    crc = (uint16_t)((crc << 8) ^ table[(crc >> 8) ^ packet[i]]);
                sink = crc;
            }
        }
        now = bench_now_s();
        if (now - round < best_s)
            best_s = now - round;
    }
    (void)sink;
    return best_s * 1e9 / ((double)UNITS * PACKETS);
}

int main(void) {
    make_cycle();
    double packet_ns = best_packet_ns();
    double table_ns = table_crc_ns();
    double real_time = 1e9 / (packet_ns * UNITS_PER_S * PACKETS);
    bench_report("vospi: packets to frames, CRC on", real_time, "x real time", 0.0, NULL);
    bench_report("vospi: one packet, CRC, order and copy", packet_ns, "ns", table_ns / packet_ns,
                 "the CRC alone, one table look-up a byte");
    return 0;
}
