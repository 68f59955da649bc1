/// The lens: loading its processor's program, and talking to it through registers.
///
/// The program is OmniVision's and comes from the user.
/// Source:  OmniVision, OV5640 auto focus application note (command, acknowledge, status registers).
#include "core/status.h"
#include "drivers/ov5640/ov5640_private.h"

#define START_US 1000000u ///< for its processor to come up
#define POLL_US 5000u

enum { COMMAND_SINGLE = 0x03, COMMAND_PAUSE = 0x06, COMMAND_RELEASE = 0x08 };
enum {
    STATUS_FOCUSING = 0x00,
    STATUS_FOCUSED = 0x10,
    STATUS_BUSY = 0x20,
    STATUS_IDLE = 0x70,
    STATUS_STARTING = 0x7E,
    STATUS_STOPPED = 0x7F,
};

// The job's `at`: hold, pieces of the program from 1 on, then these.
enum { AT_HOLD = 0, AT_REGISTERS = 0xFFF0, AT_START, AT_WAIT };

int ib_ov5640_focus_load(struct ib_ov5640 *self, const uint8_t *program, size_t size) {
    if (!program || size == 0)
        return IB_E_INVAL;
    if (size > IB_OV5640_FOCUS_BYTES_MOST)
        return IB_E_RANGE;
    if (self->job.kind != JOB_NONE)
        return IB_E_BUSY;
    self->focus_loaded = false;
    self->job.kind = JOB_FOCUS;
    self->job.at = AT_HOLD;
    self->job.due_us = 0;
    self->job.bytes = program;
    self->job.size = size;
    return IB_OK;
}

static int write_piece(struct ib_ov5640 *self, uint16_t piece) {
    size_t done = (size_t)piece * IB_OV5640_PIECE_BYTES, left = self->job.size - done;
    if (left <= IB_OV5640_PIECE_BYTES)
        self->job.at = AT_REGISTERS;
    else
        left = IB_OV5640_PIECE_BYTES;
    return ib_ov5640_write_run(self, (uint16_t)(REG_AF_PROGRAM + done), self->job.bytes + done,
                               left);
}

int64_t ib_ov5640_focus_step(struct ib_ov5640 *self) {
    // No command is waiting for the processor, and it has not started.
    static const uint8_t registers[8] = {0, 0, 0, 0, 0, 0, 0, STATUS_STOPPED};
    uint16_t at = self->job.at++;
    int status;
    switch (at) {
    case AT_HOLD:
        return ib_ov5640_write(self, REG_RESET_00, RESET_00_MCU);
    case AT_REGISTERS:
        return ib_ov5640_write_run(self, REG_AF_COMMAND, registers, sizeof registers);
    case AT_START:
        self->job.deadline_us = ib_clock_now(self->wiring.clock) + START_US;
        return ib_ov5640_write(self, REG_RESET_00, 0);
    case AT_WAIT:
        status = ib_ov5640_read(self, REG_AF_STATUS);
        if (status < 0)
            return status;
        if (status == STATUS_IDLE) {
            self->focus_loaded = true;
            self->job.kind = JOB_NONE;
            return 0;
        }
        self->job.at = AT_WAIT;
        return ib_clock_now(self->wiring.clock) < self->job.deadline_us ? (int64_t)POLL_US
                                                                        : IB_E_TIMEOUT;
    default:
        return write_piece(self, (uint16_t)(at - 1));
    }
}

static int command(struct ib_ov5640 *self, uint8_t code) {
    if (!self->focus_loaded)
        return IB_E_NOT_READY;
    int status = ib_ov5640_write(self, REG_AF_ACK, 1);
    return status < 0 ? status : ib_ov5640_write(self, REG_AF_COMMAND, code);
}

int ib_ov5640_focus_trigger(struct ib_ov5640 *self) {
    return command(self, COMMAND_SINGLE);
}

int ib_ov5640_focus_pause(struct ib_ov5640 *self) {
    return command(self, COMMAND_PAUSE);
}

int ib_ov5640_focus_release(struct ib_ov5640 *self) {
    return command(self, COMMAND_RELEASE);
}

int ib_ov5640_focus_status(struct ib_ov5640 *self) {
    uint8_t registers[REG_AF_STATUS - REG_AF_ACK + 1] = {0};
    if (!self->focus_loaded)
        return IB_OV5640_FOCUS_NO_PROGRAM;
    int status = ib_ov5640_read_run(self, REG_AF_ACK, registers, sizeof registers);
    if (status < 0)
        return status;
    // As long as a command has not been taken, the status is still the last one's.
    if (registers[0] != 0)
        return IB_OV5640_FOCUS_MOVING;
    switch (registers[sizeof registers - 1]) {
    case STATUS_IDLE:
        return IB_OV5640_FOCUS_IDLE;
    case STATUS_FOCUSED:
        return IB_OV5640_FOCUS_DONE;
    case STATUS_STARTING:
    case STATUS_STOPPED:
        return IB_OV5640_FOCUS_STARTING;
    case STATUS_FOCUSING:
    case STATUS_BUSY:
    default: // programs have further ones on the way
        return IB_OV5640_FOCUS_MOVING;
    }
}
