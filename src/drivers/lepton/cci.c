/// CCI over I2C: the GET, SET and RUN sequences as a state machine, one transaction a step.
///
/// It does not know what a command means, save the few that make the module leave the bus. It does
/// not check the CRC register: its behaviour on real modules is not established, a 0 there means
/// "not provided", and no driver in the field relies on it; whoever must be sure of a SET reads it
/// back.
/// Source: Lepton IDD 110-0144-04 rev 100, section 2.1 (interface, registers, sequences).
#include "drivers/lepton/cci.h"

#include "core/bytes.h"
#include "core/status.h"
#include "drivers/lepton/lepton.h"

enum reg {
    REG_POWER = 0x0000,
    REG_STATUS = 0x0002,
    REG_COMMAND = 0x0004,
    REG_LENGTH = 0x0006,
    REG_DATA0 = 0x0008,
    REG_BLOCK0 = 0xF800, // instead of the 16 data registers when more than 16 words move
};

enum {
    STATUS_BUSY = 1u << 0,
    STATUS_BOOTED = 1u << 2,
    DATA_WORDS = 16,
    TYPE_MASK = 3,
    TYPE_GET = 0,
    TYPE_SET = 1,
    TYPE_RUN = 2,
};

enum {
    NACK_GAP_US = 2000,
    POLL_STEP_US = 1000, // 1, 2, 3, 4, 5, 5 … ms between looks at a busy module
    POLL_STEPS = 5,
    // After so many refusals in a row the module was away, not disturbed: it has rebooted, and
    // knows nothing of a command given before.
    NACKS_AWAY = 3,
    IO_TRIES = 3,
};

enum state {
    STATE_NONE,
    STATE_READY, // wait until the module is booted and idle
    STATE_DATA,  // SET: write the data
    STATE_LENGTH,
    STATE_COMMAND,
    STATE_RESULT, // wait until it has executed
    STATE_READ,   // GET: read the data
};

static unsigned type_of(const struct ib_lepton_cci *self) {
    return self->command.command & TYPE_MASK;
}

/// These take the module off the bus: power down even holds SDA low, and a booting module must not
/// be spoken to for 950 ms (engineering data sheet rev 200, section 3.2).
static bool leaves_the_bus(uint16_t command) {
    switch (command) {
    case 0x4802: // power down
    case 0x4806: // standby
    case 0x480A: // low power mode 1
    case 0x480E: // low power mode 2
    case 0x4842: // reboot
        return true;
    default:
        return false;
    }
}

static int write_register(struct ib_lepton_cci *self, uint16_t address, uint16_t value) {
    uint8_t bytes[4];
    ib_put_be16(bytes, address);
    ib_put_be16(bytes + 2, value);
    const struct ib_i2c_part part = {.data = bytes, .size = sizeof bytes, .read = 0};
    return ib_i2c_transfer(self->i2c, IB_LEPTON_ADDRESS, &part, 1);
}

static int read_bytes(struct ib_lepton_cci *self, uint16_t address, uint8_t *data, size_t size) {
    uint8_t bytes[2];
    ib_put_be16(bytes, address);
    const struct ib_i2c_part parts[2] = {
        {.data = bytes, .size = sizeof bytes, .read = 0},
        {.data = data, .size = size, .read = 1},
    };
    return ib_i2c_transfer(self->i2c, IB_LEPTON_ADDRESS, parts, 2);
}

static uint16_t piece_words(const struct ib_lepton_cci *self) {
    unsigned left = (unsigned)self->command.words - self->done_words;
    return (uint16_t)(left < IB_LEPTON_CCI_PIECE ? left : IB_LEPTON_CCI_PIECE);
}

static uint16_t piece_address(const struct ib_lepton_cci *self) {
    unsigned from = self->command.words > DATA_WORDS ? REG_BLOCK0 : REG_DATA0;
    return (uint16_t)(from + 2u * self->done_words);
}

static void enter(struct ib_lepton_cci *self, int state) {
    self->state = state;
    self->polls = 0;
    self->done_words = 0;
}

static int over(struct ib_lepton_cci *self, int status, struct ib_cci_outcome *out) {
    self->state = STATE_NONE;
    out->status = status;
    out->device_code = 0;
    out->status_word = self->status_word;
    if (status == IB_OK || status == IB_E_DEVICE) {
        unsigned code = self->status_word >> 8;
        out->device_code = (int8_t)(code < 128 ? (int)code : (int)code - 256);
    }
    return 1;
}

static void back_off(struct ib_lepton_cci *self, uint64_t now_us) {
    if (self->polls < POLL_STEPS)
        self->polls++;
    self->next_us = now_us + (uint64_t)POLL_STEP_US * self->polls;
}

/// Return: 1 booted and idle, 0 not yet, or a failed transfer. A bus stuck low reads 0x0000 (not
/// booted), one stuck high 0xFFFF (busy): both mean "not yet".
static int look(struct ib_lepton_cci *self, uint64_t now_us) {
    uint8_t bytes[2];
    int status = read_bytes(self, REG_STATUS, bytes, sizeof bytes);
    if (status != IB_OK)
        return status;
    self->status_word = ib_get_be16(bytes);
    if ((self->status_word & (STATUS_BUSY | STATUS_BOOTED)) == STATUS_BOOTED)
        return 1;
    back_off(self, now_us);
    return 0;
}

static int write_piece(struct ib_lepton_cci *self) {
    uint16_t words = piece_words(self);
    ib_put_be16(self->block, piece_address(self));
    for (size_t i = 0; i < words; i++)
        ib_put_be16(self->block + 2 + 2 * i, self->command.data[self->done_words + i]);
    size_t size = 2 + 2 * (size_t)words;
    const struct ib_i2c_part part = {.data = self->block, .size = size, .read = 0};
    int status = ib_i2c_transfer(self->i2c, IB_LEPTON_ADDRESS, &part, 1);
    if (status == IB_OK)
        self->done_words = (uint16_t)(self->done_words + words);
    return status;
}

static int read_piece(struct ib_lepton_cci *self) {
    uint16_t words = piece_words(self);
    int status = read_bytes(self, piece_address(self), self->block, 2 * (size_t)words);
    if (status != IB_OK)
        return status;
    for (size_t i = 0; i < words; i++)
        self->command.data[self->done_words + i] = ib_get_be16(self->block + 2 * i);
    self->done_words = (uint16_t)(self->done_words + words);
    return IB_OK;
}

static bool result_is_good(const struct ib_lepton_cci *self) {
    return (self->status_word >> 8) == 0;
}

/// One transaction of the state the machine is in.
/// Return: IB_OK, a failed transfer, or 1 when the command is over (`out` filled).
static int advance(struct ib_lepton_cci *self, uint64_t now_us, struct ib_cci_outcome *out) {
    int status = IB_OK;
    switch ((enum state)self->state) {
    case STATE_READY:
        status = look(self, now_us);
        if (status == 1)
            enter(self, type_of(self) == TYPE_SET ? (int)STATE_DATA : (int)STATE_LENGTH);
        return status < 0 ? status : IB_OK;
    case STATE_DATA:
        status = write_piece(self);
        if (status == IB_OK && self->done_words == self->command.words)
            enter(self, STATE_LENGTH);
        return status;
    case STATE_LENGTH:
        status = write_register(self, REG_LENGTH, self->command.words);
        if (status == IB_OK)
            enter(self, STATE_COMMAND);
        return status;
    case STATE_COMMAND:
        status = write_register(self, REG_COMMAND, self->command.command);
        if (status != IB_OK)
            return status;
        if (leaves_the_bus(self->command.command))
            return over(self, IB_OK, out);
        enter(self, STATE_RESULT);
        return IB_OK;
    case STATE_RESULT:
        status = look(self, now_us);
        if (status < 0)
            return status;
        if (status == 0) {
            // Answering, yet not booted: it has rebooted meanwhile and forgotten the command.
            if (!(self->status_word & STATUS_BOOTED))
                self->state = STATE_READY;
            return IB_OK;
        }
        if (!result_is_good(self))
            return over(self, IB_E_DEVICE, out);
        if (type_of(self) != TYPE_GET)
            return over(self, IB_OK, out);
        enter(self, STATE_READ);
        return IB_OK;
    case STATE_READ:
        status = read_piece(self);
        if (status == IB_OK && self->done_words == self->command.words)
            return over(self, IB_OK, out);
        return status;
    case STATE_NONE:
        break;
    }
    return over(self, IB_E_CANCELLED, out);
}

/// What was begun before the command was written is simply begun again: the module may have lost
/// the data registers. Afterwards the same step is tried again, until it is clear that the module
/// was away.
static int failed(struct ib_lepton_cci *self, int status, uint64_t now_us,
                  struct ib_cci_outcome *out) {
    if (status == IB_E_NACK) {
        if (self->nacks < UINT8_MAX)
            self->nacks++;
    } else if (++self->io_errors >= IO_TRIES) {
        return over(self, IB_E_IO, out);
    }
    bool given = self->state == STATE_RESULT || self->state == STATE_READ;
    if (!given || self->nacks >= NACKS_AWAY)
        enter(self, STATE_READY);
    self->next_us = now_us + NACK_GAP_US;
    return 0;
}

static int cci_start(void *context, const struct ib_cci_command *command, uint64_t now_us) {
    struct ib_lepton_cci *self = context;
    if (self->state != STATE_NONE)
        return IB_E_BUSY;
    unsigned type = command->command & TYPE_MASK;
    if (type > TYPE_RUN || command->words > IB_CCI_MAX_WORDS)
        return IB_E_INVAL;
    // RUN carries no data, GET and SET always do.
    if ((type == TYPE_RUN) != (command->words == 0) || (command->words && !command->data))
        return IB_E_INVAL;
    self->command = *command;
    self->status_word = 0;
    self->nacks = 0;
    self->io_errors = 0;
    self->next_us = now_us;
    enter(self, STATE_READY);
    return IB_OK;
}

static int cci_poll(void *context, uint64_t now_us, struct ib_cci_outcome *outcome,
                    uint64_t *due_us) {
    struct ib_lepton_cci *self = context;
    *due_us = now_us;
    if (self->state == STATE_NONE)
        return over(self, IB_E_CANCELLED, outcome);
    if (now_us >= self->command.deadline_us)
        return over(self, self->nacks ? IB_E_NACK : IB_E_TIMEOUT, outcome);
    if (now_us >= self->next_us) {
        self->next_us = now_us;
        int status = advance(self, now_us, outcome);
        if (status == IB_OK) {
            self->nacks = 0;
            self->io_errors = 0;
        } else if (status < 0) {
            status = failed(self, status, now_us, outcome);
        }
        if (status == 1)
            return 1;
    }
    *due_us = self->next_us < self->command.deadline_us ? self->next_us : self->command.deadline_us;
    return 0;
}

static void cci_cancel(void *context) {
    struct ib_lepton_cci *self = context;
    self->state = STATE_NONE;
}

void ib_lepton_cci_init(struct ib_lepton_cci *self, const struct ib_i2c *i2c, struct ib_cci *out) {
    static const struct ib_cci_ops ops = {
        .start = cci_start, .poll = cci_poll, .cancel = cci_cancel};
    *self = (struct ib_lepton_cci){.i2c = i2c, .state = STATE_NONE};
    out->ops = &ops;
    out->context = self;
}

int ib_lepton_cci_wake(struct ib_lepton_cci *self) {
    return write_register(self, REG_POWER, 0);
}

int ib_lepton_cci_status(struct ib_lepton_cci *self) {
    uint8_t bytes[2];
    int status = read_bytes(self, REG_STATUS, bytes, sizeof bytes);
    if (status == IB_OK)
        return ib_get_be16(bytes);
    return status == IB_E_NACK ? IB_E_NACK : IB_E_IO;
}
