/// The control interface's front door: I2C bytes, the register pointer, commands and BUSY.
///
/// Choices where the documents are silent: a GET or SET is BUSY for 0.3 to 1 ms, one that
/// reconfigures the video pipeline 5 to 10 ms; RUN FFC is BUSY for 5 ms, after which SYS 0x0244
/// tells how it goes. A missing or superfluous protection bit answers -1. The length register is
/// taken as words; a byte count is accepted and counted as a violation, anything else answers -6.
/// Source: software IDD 110-0144-04 rev 100, chapters 2 and 3.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/bytes.h"
#include "core/crc16.h"
#include "core/status.h"

#define ADDRESS 0x2A

#define REGISTER_POWER 0x0000
#define REGISTER_STATUS 0x0002
#define REGISTER_COMMAND 0x0004
#define REGISTER_LENGTH 0x0006
#define REGISTER_DATA 0x0008
#define REGISTER_DATA_END 0x0028 ///< first address behind DATA15: the CRC
#define REGISTER_BLOCK 0xF800

#define DATA_WORDS 16u

/// Result codes (IDD, 3.2).
#define GENERAL_ERROR (-1)
#define DATA_SIZE_ERROR (-6)
#define UNDEFINED_FUNCTION (-7)
#define NOT_ALLOWED (-11)

/// How long a stuck bus keeps one transaction before the master gives up.
#define STUCK_US 10000u

/// BUSY times of commands, as chosen at the top of this file.
#define BUSY_LEAST_US 300u
#define BUSY_SPREAD_US 700u
#define BUSY_SLOW_US 5000u
#define BUSY_SLOW_SPREAD_US 5000u

void ib_sim_lepton_cci_reset(struct ib_sim_lepton *self) {
    memset(&self->cci, 0, sizeof self->cci);
}

// ---- Commands ----

static int8_t do_get(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object) {
    struct ib_sim_lepton_cci *cci = &self->cci;
    ib_sim_lepton_fetch(self, object);
    const uint16_t *words = ib_sim_lepton_register(self, object);
    memcpy(object->words > DATA_WORDS ? cci->block : cci->data, words, object->words * 2u);
    uint16_t crc = 0;
    for (unsigned i = 0; i < object->words; i++) {
        uint8_t pair[2];
        ib_put_le16(pair, words[i]);
        crc = ib_crc16(crc, pair, 2);
    }
    cci->crc = crc;
    cci->length = (uint16_t)(2 * object->words);
    return 0;
}

static int8_t do_set(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object) {
    struct ib_sim_lepton_cci *cci = &self->cci;
    // Real modules take a byte count for short objects.
    if (cci->length != object->words && cci->length != 2 * object->words)
        return DATA_SIZE_ERROR;
    const uint16_t *words = cci->length > DATA_WORDS ? cci->block : cci->data;
    int8_t result = ib_sim_lepton_check(self, object, words);
    if (result)
        return result;
    bool pixels = (object->flags & IB_SIM_CCI_PIX) ||
                  ((object->flags & IB_SIM_CCI_AGC_PIX) && self->registers.agc_enable[0]);
    if (self->playing.from && pixels &&
        memcmp(words, ib_sim_lepton_register(self, object), object->words * 2u) != 0) {
        self->refused = object->name;
        return NOT_ALLOWED;
    }
    return ib_sim_lepton_store(self, object, words);
}

static int8_t execute(struct ib_sim_lepton *self, uint16_t command) {
    // Bits 15, 13 and 12 are zero; OEM (8) and RAD (14) alone carry the protection bit.
    unsigned module = command >> 8 & 0xFu;
    if (command & 0xB000u)
        return UNDEFINED_FUNCTION;
    if (((command & 0x4000u) != 0) != (module == 0x8 || module == 0xE))
        return GENERAL_ERROR;
    const struct ib_sim_lepton_object *object = ib_sim_lepton_object(self, command);
    if (!object)
        return UNDEFINED_FUNCTION;
    switch (command & 3u) {
    case 0:
        return object->operations & IB_SIM_CCI_G ? do_get(self, object) : UNDEFINED_FUNCTION;
    case 1:
        return object->operations & IB_SIM_CCI_S ? do_set(self, object) : UNDEFINED_FUNCTION;
    case 2:
        return object->operations & IB_SIM_CCI_R ? ib_sim_lepton_run(self, object)
                                                 : UNDEFINED_FUNCTION;
    default:
        return UNDEFINED_FUNCTION;
    }
}

void ib_sim_lepton_cci_finish(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_cci *cci = &self->cci;
    if (cci->reboot_in) {
        ib_sim_lepton_boot(self, false);
        return;
    }
    cci->busy = false;
    cci->commands++;
    cci->crc = 0;
    int8_t result = execute(self, cci->command);
    // A RUN may have rebooted the part or sent it to sleep: then this command is forgotten.
    if (self->power != IB_SIM_POWER_ON)
        return;
    cci->result = result;
}

static uint64_t busy_us(struct ib_sim_lepton *self, uint16_t command) {
    const struct ib_sim_lepton_object *object = ib_sim_lepton_object(self, command);
    uint32_t dice = ib_sim_lepton_random(self);
    if ((command & ~3u) == IB_SIM_AT_ffc_run)
        return BUSY_SLOW_US;
    if (object && (object->flags & IB_SIM_CCI_SLOW) && (command & 3u) == 1)
        return BUSY_SLOW_US + dice % BUSY_SLOW_SPREAD_US;
    return BUSY_LEAST_US + dice % BUSY_SPREAD_US;
}

/// The host's mistakes with the length register. A GET or RUN works when nobody wrote one.
static void check_length(struct ib_sim_lepton *self, uint16_t command) {
    const struct ib_sim_lepton_object *object = ib_sim_lepton_object(self, command);
    unsigned operation = command & 3u;
    if (!object || operation == 3 || !(object->operations & 1u << operation))
        return; // there is nothing whose length it could be
    unsigned expected = operation == 2 ? 0 : object->words;
    if ((self->cci.length_written || operation == 1) && self->cci.length != expected)
        self->violations.bad_length++;
}

static void begin(struct ib_sim_lepton *self, uint16_t command) {
    struct ib_sim_lepton_cci *cci = &self->cci;
    uint64_t duration_us = busy_us(self, command);
    check_length(self, command);
    cci->length_written = false;
    cci->command = command;
    cci->busy = true;
    cci->previous = cci->result;
    cci->result = 0;
    cci->due_us = self->now_us + duration_us;
    cci->stuck = ib_sim_lepton_has(self, IB_FAULT_CCI_BUSY);
    if (ib_sim_lepton_take(self, IB_FAULT_REBOOT)) {
        cci->reboot_in = true;
        cci->due_us = self->now_us + duration_us / 2;
    }
    ib_sim_lepton_due(self);
}

// ---- Registers ----

static uint16_t read_register(struct ib_sim_lepton *self, uint16_t address) {
    const struct ib_sim_lepton_cci *cci = &self->cci;
    if (!(address & 1)) {
        if (address >= REGISTER_BLOCK)
            return cci->block[(address - REGISTER_BLOCK) / 2];
        if (address >= REGISTER_DATA && address < REGISTER_DATA_END)
            return cci->data[(address - REGISTER_DATA) / 2];
        switch (address) {
        case REGISTER_POWER:
            return 0;
        case REGISTER_STATUS:
            // Booted, from the internal ROM; the result is forgotten while BUSY.
            return (uint16_t)((unsigned)(uint8_t)cci->result << 8 | 6u | (cci->busy ? 1u : 0u));
        case REGISTER_COMMAND:
            return cci->command;
        case REGISTER_LENGTH:
            return cci->length;
        case REGISTER_DATA_END:
            return cci->crc;
        default:
            break;
        }
    }
    self->violations.reserved_register++;
    return 0;
}

static void write_register(struct ib_sim_lepton *self, uint16_t address, uint16_t value) {
    struct ib_sim_lepton_cci *cci = &self->cci;
    bool block = address >= REGISTER_BLOCK;
    bool data = address >= REGISTER_DATA && address < REGISTER_DATA_END;
    if (address == REGISTER_POWER)
        return; // only means something to a part that sleeps
    if ((address & 1) ||
        !(block || data || address == REGISTER_COMMAND || address == REGISTER_LENGTH)) {
        self->violations.reserved_register++;
        return;
    }
    if (cci->busy) {
        self->violations.command_while_busy++;
        return;
    }
    if (block) {
        cci->block[(address - REGISTER_BLOCK) / 2] = value;
    } else if (data) {
        cci->data[(address - REGISTER_DATA) / 2] = value;
    } else if (address == REGISTER_LENGTH) {
        cci->length = value;
        cci->length_written = true;
    } else {
        begin(self, value);
    }
}

// ---- Bus ----

/// Bits pass on the wire, and with them time.
static void clock_bits(struct ib_sim_lepton *self, unsigned bits) {
    uint64_t scaled = self->i2c_rest + bits * UINT64_C(1000000);
    ib_sim_clock_spend(self->clock, scaled / self->config.i2c_hz);
    self->i2c_rest = scaled % self->config.i2c_hz;
    ib_sim_lepton_advance(self, self->clock->now_us);
}

static int write_part(struct ib_sim_lepton *self, const struct ib_i2c_part *part) {
    if (part->size & 1)
        self->violations.odd_bytes++;
    for (size_t i = 0; i < part->size; i += 2) {
        bool whole = i + 1 < part->size;
        clock_bits(self, whole ? 18 : 9);
        if (self->power != IB_SIM_POWER_ON)
            return IB_E_NACK;
        if (!whole)
            break;
        uint16_t word = ib_get_be16(part->data + i);
        if (i == 0) {
            self->cci.pointer = word;
        } else {
            uint16_t address = self->cci.pointer;
            self->cci.pointer = (uint16_t)(address + 2);
            write_register(self, address, word);
        }
    }
    return IB_OK;
}

static int read_part(struct ib_sim_lepton *self, const struct ib_i2c_part *part) {
    if (part->size & 1)
        self->violations.odd_bytes++;
    for (size_t i = 0; i < part->size; i += 2) {
        // The word is sampled before its bits go out.
        uint16_t address = self->cci.pointer;
        uint16_t word = read_register(self, address);
        self->cci.pointer = (uint16_t)(address + 2);
        bool whole = i + 1 < part->size;
        part->data[i] = (uint8_t)(word >> 8);
        if (whole)
            part->data[i + 1] = (uint8_t)word;
        clock_bits(self, whole ? 18 : 9);
        if (self->power != IB_SIM_POWER_ON)
            return IB_E_NACK;
    }
    if (part->size && ib_sim_lepton_take(self, IB_FAULT_I2C_BIT_FLIP)) {
        uint32_t bit = ib_sim_lepton_random(self) % (uint32_t)(part->size * 8);
        part->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return IB_OK;
}

/// A sleeping part listens for one thing: zero written to register 0 (IDD, power-down).
static int wake(struct ib_sim_lepton *self, const struct ib_i2c_part *parts, size_t count) {
    static const uint8_t call[4] = {0, 0, 0, 0};
    if (count == 0 || parts[0].read || parts[0].size != sizeof call ||
        memcmp(parts[0].data, call, sizeof call) != 0)
        return IB_E_NACK;
    clock_bits(self, 4 * 9);
    ib_sim_lepton_boot(self, false);
    return IB_OK;
}

/// Who answers to the address byte.
static int acknowledge(struct ib_sim_lepton *self, uint8_t address7) {
    if (address7 != ADDRESS) {
        self->violations.wrong_address++;
        return IB_E_NACK;
    }
    if (self->power == IB_SIM_POWER_BOOT && self->boot_by_line)
        self->violations.i2c_during_boot++;
    if (ib_sim_lepton_take(self, IB_FAULT_I2C_NACK))
        return IB_E_NACK;
    return self->power == IB_SIM_POWER_ON || self->power == IB_SIM_POWER_ASLEEP ? IB_OK : IB_E_NACK;
}

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    struct ib_sim_lepton *self = context;
    ib_sim_lepton_advance(self, self->clock->now_us);
    if (ib_sim_lepton_has(self, IB_FAULT_I2C_STUCK)) {
        ib_sim_clock_spend(self->clock, STUCK_US);
        return IB_E_TIMEOUT;
    }
    int status = acknowledge(self, address7);
    clock_bits(self, 10); // start and address
    if (status == IB_OK && self->power == IB_SIM_POWER_ASLEEP)
        status = wake(self, parts, count);
    else
        for (size_t i = 0; status == IB_OK && i < count; i++) {
            if (i)
                clock_bits(self, 10);
            if (self->power != IB_SIM_POWER_ON)
                status = IB_E_NACK;
            else
                status = parts[i].read ? read_part(self, &parts[i]) : write_part(self, &parts[i]);
        }
    clock_bits(self, 1); // stop
    return status;
}

static const struct ib_i2c_ops i2c_ops = {transfer};

struct ib_i2c ib_sim_lepton_i2c(struct ib_sim_lepton *self) {
    return (struct ib_i2c){&i2c_ops, self};
}
