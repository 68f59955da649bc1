/// See support_lepton.h.

#include "support_lepton.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"

struct rig rig;

void rig_make(const char *model, const struct ib_sim_playback *playback) {
    ib_sim_clock_init(&rig.clock);
    struct ib_sim_lepton_config config = {
        .model = model,
        .seed = 7,
        .playback = playback,
        .clock = &rig.clock,
        .quiet = true,
    };
    assert_int_equal(ib_sim_lepton_init(&rig.part, &config), IB_OK);
    const char *name = playback ? playback->facts.model : model;
    rig.large = name[0] != '1' && name[0] != '2';
    rig.i2c = ib_sim_lepton_i2c(&rig.part);
    rig.spi = ib_sim_lepton_spi(&rig.part);
    rig.reset = ib_sim_lepton_reset(&rig.part);
    rig.power = ib_sim_lepton_power(&rig.part);
    rig.vsync = ib_sim_lepton_vsync(&rig.part);
}

void rig_ready(const char *model, const struct ib_sim_playback *playback) {
    rig_make(model, playback);
    rig_wait_until_us(3000000);
}

void rig_wait_us(uint64_t us) {
    ib_sim_clock_spend(&rig.clock, us);
}

void rig_wait_until_us(uint64_t us) {
    if (us > rig.clock.now_us)
        ib_sim_clock_spend(&rig.clock, us - rig.clock.now_us);
}

int rig_write(const uint8_t *bytes, size_t size) {
    uint8_t copy[2100];
    assert_true(size <= sizeof copy);
    if (size)
        memcpy(copy, bytes, size);
    struct ib_i2c_part part = {copy, size, 0};
    return ib_i2c_transfer(&rig.i2c, 0x2A, &part, 1);
}

int rig_read(uint16_t address, uint8_t *bytes, size_t size) {
    uint8_t head[2] = {(uint8_t)(address >> 8), (uint8_t)address};
    struct ib_i2c_part parts[2] = {{head, 2, 0}, {bytes, size, 1}};
    return ib_i2c_transfer(&rig.i2c, 0x2A, parts, 2);
}

int rig_poke(uint16_t address, uint16_t value) {
    uint8_t bytes[4] = {(uint8_t)(address >> 8), (uint8_t)address, (uint8_t)(value >> 8),
                        (uint8_t)value};
    return rig_write(bytes, sizeof bytes);
}

uint16_t rig_peek(uint16_t address) {
    uint8_t bytes[2];
    assert_int_equal(rig_read(address, bytes, 2), IB_OK);
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/// Poll the status register for up to 50 ms.
static int finish(void) {
    for (int i = 0; i < 500; i++) {
        uint16_t status = rig_peek(0x0002);
        assert_int_equal(status & 0x00FE, 0x0006);
        if (!(status & 1))
            return (int8_t)(status >> 8);
        rig_wait_us(100);
    }
    return 1;
}

int rig_get(uint16_t command, uint16_t *words, uint16_t count) {
    assert_int_equal(rig_poke(0x0006, count), IB_OK);
    assert_int_equal(rig_poke(0x0004, command), IB_OK);
    int result = finish();
    uint8_t bytes[1024];
    assert_true(count <= 512);
    if (result == 0 && count) {
        assert_int_equal(rig_read(count > 16 ? 0xF800 : 0x0008, bytes, count * 2u), IB_OK);
        for (unsigned i = 0; i < count; i++)
            words[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    }
    return result;
}

int rig_set(uint16_t command, const uint16_t *words, uint16_t count) {
    uint8_t bytes[2 + 1024] = {0x00, 0x08};
    assert_true(count <= 512);
    if (count > 16) {
        bytes[0] = 0xF8;
        bytes[1] = 0x00;
    }
    for (unsigned i = 0; i < count; i++) {
        bytes[2 + 2 * i] = (uint8_t)(words[i] >> 8);
        bytes[3 + 2 * i] = (uint8_t)words[i];
    }
    assert_int_equal(rig_write(bytes, 2 + count * 2u), IB_OK);
    assert_int_equal(rig_poke(0x0006, count), IB_OK);
    assert_int_equal(rig_poke(0x0004, command), IB_OK);
    return finish();
}

int rig_set_32(uint16_t command, int32_t value) {
    uint16_t words[2] = {(uint16_t)value, (uint16_t)((uint32_t)value >> 16)};
    return rig_set(command, words, 2);
}

int rig_run(uint16_t command) {
    assert_int_equal(rig_poke(0x0006, 0), IB_OK);
    assert_int_equal(rig_poke(0x0004, command), IB_OK);
    return finish();
}

uint32_t rig_get_32(uint16_t command) {
    uint16_t words[2];
    assert_int_equal(rig_get(command, words, 2), 0);
    return rig_u32(words);
}

uint16_t rig_get_16(uint16_t command) {
    uint16_t word;
    assert_int_equal(rig_get(command, &word, 1), 0);
    return word;
}

uint16_t rig_crc(const uint8_t *bytes, size_t size) {
    uint16_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc = (uint16_t)(crc ^ bytes[i] << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

void rig_packet(struct packet *out, size_t size) {
    memset(out, 0, sizeof *out);
    out->size = size;
    assert_int_equal(ib_spi_transfer(&rig.spi, NULL, out->bytes, size), IB_OK);
    uint8_t copy[244];
    memcpy(copy, out->bytes, size);
    out->discard = (copy[0] & 0x0F) == 0x0F;
    out->number = (copy[0] & 0x0Fu) << 8 | copy[1];
    out->ttt = copy[0] >> 4 & 7u;
    uint16_t crc = (uint16_t)(copy[2] << 8 | copy[3]);
    copy[0] &= 0x0F;
    copy[2] = copy[3] = 0;
    out->crc_ok = rig_crc(copy, size) == crc;
}

void rig_sync(void) {
    rig_wait_us(200000);
}

bool rig_unit(struct unit *out, unsigned packets, uint64_t limit_us) {
    memset(out, 0, sizeof *out);
    uint64_t until_us = rig.clock.now_us + limit_us;
    while (out->packets < packets) {
        if (rig.clock.now_us > until_us)
            return false;
        struct packet packet;
        rig_packet(&packet, 164);
        if (packet.discard)
            continue;
        if (out->packets == 0)
            out->first_us = rig.clock.now_us;
        if (!packet.crc_ok)
            out->bad_crc++;
        if (packet.number != out->packets)
            out->bad_order++;
        if (packet.number == 20)
            out->segment = packet.ttt;
        for (unsigned i = 0; i < 80; i++)
            out->words[out->packets][i] =
                (uint16_t)(packet.bytes[4 + 2 * i] << 8 | packet.bytes[5 + 2 * i]);
        out->packets++;
    }
    return true;
}

static void place(struct picture *out, int telemetry, unsigned index, unsigned pixel_packets,
                  unsigned rows, const uint16_t *words) {
    unsigned first_pixel = telemetry == 1 ? rows : 0;
    if (index >= first_pixel && index < first_pixel + pixel_packets)
        memcpy(out->pixels + (index - first_pixel) * 80, words, 160);
    else if (telemetry == 1)
        memcpy(out->rows + index * 80, words, 160);
    else
        memcpy(out->rows + (index - pixel_packets) * 80, words, 160);
}

bool rig_picture(struct picture *out, int telemetry, uint64_t limit_us) {
    static struct unit unit;
    bool large = rig.large;
    unsigned pixel_packets = large ? 240 : 60;
    unsigned rows = telemetry ? (large ? 4 : 3) : 0;
    unsigned segments = large ? 4 : 1;
    unsigned packets = (pixel_packets + rows) / segments;
    uint64_t until_us = rig.clock.now_us + limit_us;
    memset(out, 0, sizeof *out);
    unsigned want = 1;
    while (want <= segments) {
        if (rig.clock.now_us > until_us || !rig_unit(&unit, packets, limit_us))
            return false;
        if (large && unit.segment != want) {
            want = 1;
            if (unit.segment != want)
                continue;
        }
        if (want == 1)
            out->us = unit.first_us;
        out->bad += unit.bad_crc + unit.bad_order;
        for (unsigned i = 0; i < packets; i++)
            place(out, telemetry, (want - 1) * packets + i, pixel_packets, rows, unit.words[i]);
        want++;
    }
    return true;
}

uint32_t rig_u32(const uint16_t *words) {
    return words[0] | (uint32_t)words[1] << 16;
}

void rig_clean(void) {
    assert_int_equal(ib_sim_lepton_violation_count(&rig.part), 0);
}
