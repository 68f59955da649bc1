/// From pictures and telemetry rows to VoSPI packets: a unit at a time, checksums included.
///
/// Source: engineering data sheet rev 200, VoSPI protocol and telemetry sections. With telemetry a
/// 160x120 frame is 244 packets in four segments of 61, header first or footer last, and no pixel
/// row is lost; an 80x60 frame is 63.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/bytes.h"
#include "core/crc16.h"

#define HEADER_BYTES 4u
#define USER_LUT 8

static unsigned pixel_packets(const struct ib_sim_lepton *self) {
    return (unsigned)self->model->width_px * self->model->height_px / IB_SIM_LEPTON_LINE_PX;
}

static unsigned telemetry_packets(const struct ib_sim_lepton *self) {
    if (!self->video.telemetry)
        return 0;
    return self->model->width_px == 160 ? 4 : 3;
}

unsigned ib_sim_lepton_unit_packets(const struct ib_sim_lepton *self) {
    unsigned segments = self->model->width_px == 160 ? 4 : 1;
    return (pixel_packets(self) + telemetry_packets(self)) / segments;
}

/// The 80 words of a packet, counted from the frame's first.
static const uint16_t *words_of(const struct ib_sim_lepton *self, unsigned packet,
                                unsigned picture) {
    const uint16_t *pixels = self->video.pixels[picture];
    const uint16_t *rows = self->video.words[picture];
    unsigned first_row = 0, first_pixel = 0;
    if (self->video.telemetry == 1)
        first_pixel = telemetry_packets(self);
    else
        first_row = pixel_packets(self);
    if (self->video.telemetry && packet >= first_row &&
        packet < first_row + telemetry_packets(self))
        return rows + (packet - first_row) * IB_SIM_LEPTON_LINE_PX;
    return pixels + (packet - first_pixel) * IB_SIM_LEPTON_LINE_PX;
}

static void put_words(uint8_t *to, const uint16_t *words) {
    for (unsigned i = 0; i < IB_SIM_LEPTON_LINE_PX; i++)
        ib_put_be16(to + 2 * i, words[i]);
}

/// Through the user palette, or the grey ramp that stands for the unpublished ones.
static void put_colours(const struct ib_sim_lepton *self, uint8_t *to, const uint16_t *words) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    bool user = r->lut_select[0] == USER_LUT;
    bool eight_bit = r->agc_enable[0] && !r->agc_heq_scale[0];
    for (unsigned i = 0; i < IB_SIM_LEPTON_LINE_PX; i++) {
        // Colour without AGC is undefined; the upper eight of fourteen bits are shown.
        unsigned grey = eight_bit ? words[i] : words[i] >> 6;
        if (grey > 255)
            grey = 255;
        // An entry is {reserved, R, G, B}, two bytes a word, the first one low.
        const uint16_t *entry = r->user_lut + 2 * grey;
        to[3 * i] = (uint8_t)(user ? entry[0] >> 8 : grey);
        to[3 * i + 1] = (uint8_t)(user ? entry[1] : grey);
        to[3 * i + 2] = (uint8_t)(user ? entry[1] >> 8 : grey);
    }
}

void ib_sim_lepton_packets(struct ib_sim_lepton *self, unsigned segment, unsigned picture) {
    unsigned count = ib_sim_lepton_unit_packets(self);
    size_t bytes = self->vospi.packet_bytes;
    for (unsigned i = 0; i < count; i++) {
        uint8_t *packet = self->vospi.packets + i * bytes;
        const uint16_t *words = words_of(self, segment * count + i, picture);
        // The checksum is over the packet with TTT and its own field zero.
        ib_put_be16(packet, (uint16_t)i);
        ib_put_be16(packet + 2, 0);
        if (self->video.rgb)
            put_colours(self, packet + HEADER_BYTES, words);
        else
            put_words(packet + HEADER_BYTES, words);
        ib_put_be16(packet + 2, ib_crc16(0, packet, bytes));
    }
}
