/// A simulated Lepton on a step clock, spoken to in raw bytes: no driver in here.
///
/// What stands in these tests (addresses, ids, times) is transcribed once more from the data sheet
/// and the IDD, not taken from the part's own headers.
#ifndef IB_TESTS_SIM_SUPPORT_LEPTON_H
#define IB_TESTS_SIM_SUPPORT_LEPTON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/lepton.h"

struct rig {
    struct ib_sim_clock clock;
    struct ib_sim_lepton part;
    struct ib_i2c i2c;
    struct ib_spi spi;
    struct ib_gpio reset, power, vsync;
    bool large; ///< 160x120
};

extern struct rig rig; ///< one at a time: it is too big for a stack

/// A part made at 0, untouched. `playback` may be NULL.
void rig_make(const char *model, const struct ib_sim_playback *playback);
/// The same, and its clock beyond boot, start-up FFC and first video (3 s).
void rig_ready(const char *model, const struct ib_sim_playback *playback);
void rig_wait_us(uint64_t us);
void rig_wait_until_us(uint64_t us);

/// Raw transactions. Return the bus's status.
int rig_write(const uint8_t *bytes, size_t size);
/// Write the address, repeated start, read.
int rig_read(uint16_t address, uint8_t *bytes, size_t size);
int rig_poke(uint16_t address, uint16_t value);
/// One register; fails the test when the bus does.
uint16_t rig_peek(uint16_t address);

/// The IDD's sequences. Return the module's result code, or 1 when it stays BUSY.
int rig_get(uint16_t command, uint16_t *words, uint16_t count);
int rig_set(uint16_t command, const uint16_t *words, uint16_t count);
int rig_set_32(uint16_t command, int32_t value);
int rig_run(uint16_t command);
/// Fails the test when the module refuses.
uint32_t rig_get_32(uint16_t command);
uint16_t rig_get_16(uint16_t command);

/// Packets clocked one by one, with what is needed to read them.
struct packet {
    uint8_t bytes[244];
    size_t size;
    bool discard;
    bool crc_ok;
    unsigned number;
    unsigned ttt;
};

void rig_packet(struct packet *out, size_t size);
/// Silence, then select: as a host does that wants the stream.
void rig_sync(void);

/// One unit (segment, or 80x60 frame) read packet by packet.
struct unit {
    unsigned packets; ///< video packets seen
    unsigned segment; ///< of packet 20
    unsigned bad_crc;
    unsigned bad_order; ///< numbers that were not the next one
    uint64_t first_us;  ///< when its first packet had arrived
    uint16_t words[64][80];
};

/// Read discards until a unit begins, then the unit: `packets` video packets.
/// Return: false when none came within `limit_us`.
bool rig_unit(struct unit *out, unsigned packets, uint64_t limit_us);

/// A 160x120 or 80x60 frame with its telemetry (240 words), put together from units.
struct picture {
    uint16_t pixels[160 * 120];
    uint16_t rows[320];
    uint64_t us; ///< first packet of its first unit
    unsigned bad;
};

/// The next whole frame, `telemetry` 0 none, 1 header, 2 footer.
bool rig_picture(struct picture *out, int telemetry, uint64_t limit_us);

uint32_t rig_u32(const uint16_t *words);
/// Asserts that the host did nothing wrong.
void rig_clean(void);

/// CRC-16/XMODEM bit by bit, the slow way.
uint16_t rig_crc(const uint8_t *bytes, size_t size);

#endif
