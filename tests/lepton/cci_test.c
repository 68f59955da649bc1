/// CCI over I2C, held byte by byte against the sequences of the IDD. The module is a scripted
/// register file on the bus; it shares nothing with the driver.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/status.h"
#include "drivers/lepton/cci.h"

#define FOREVER 1000000000

struct fake {
    uint16_t registers[0x8000]; // one for each even address
    uint16_t pointer;
    int busy_reads;  // how many status reads after a command say "busy"
    int busy_left;   // ... of the command under way
    uint16_t idle;   // the status word of the module at rest
    int8_t result;   // what a command ends with
    int fail_at;     // the n-th transfer fails, 1 is the first; 0 none
    int fail_count;  // ... and so many from there on
    int fail_status; // ... with this
    int forget_at;   // after this transfer the module has rebooted: command and data are lost
    int transfers;
    uint16_t executed; // the last command
    uint16_t executed_words;
    uint16_t executed_data[512];
    int executions;
    size_t longest;
    char log[8192];
    size_t logged;
};

static void note(struct fake *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct fake *self, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(self->log + self->logged, sizeof self->log - self->logged, format, arguments);
    va_end(arguments);
    if (n > 0 && self->logged + (size_t)n < sizeof self->log)
        self->logged += (size_t)n;
}

static uint16_t *cell(struct fake *self, unsigned address) {
    return &self->registers[(address & 0xFFFF) / 2];
}

static void execute(struct fake *self, uint16_t command) {
    unsigned words = *cell(self, 0x0006);
    unsigned from = words > 16 ? 0xF800 : 0x0008;
    self->executed = command;
    self->executed_words = (uint16_t)words;
    self->executions++;
    self->busy_left = self->busy_reads;
    for (unsigned i = 0; i < words && i < 512; i++) {
        if ((command & 3) == 1)
            self->executed_data[i] = *cell(self, from + 2 * i);
        if ((command & 3) == 0)
            *cell(self, from + 2 * i) = (uint16_t)(0xA000 + i);
    }
    if ((command & 3) == 0) // a real module leaves the reply's length in bytes
        *cell(self, 0x0006) = (uint16_t)(2 * words);
}

static uint16_t read_word(struct fake *self, unsigned address) {
    if (address != 0x0002)
        return *cell(self, address);
    uint16_t code = (uint16_t)((uint8_t)self->result << 8);
    if (self->busy_left > 0) {
        self->busy_left--;
        return (uint16_t)(self->idle | 1);
    }
    return self->executions ? (uint16_t)(self->idle | code) : self->idle;
}

static int fake_transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                         size_t count) {
    struct fake *self = context;
    self->transfers++;
    if (address7 != 0x2A)
        return IB_E_NACK;
    if (self->fail_at && self->transfers >= self->fail_at &&
        self->transfers - self->fail_at < self->fail_count) {
        note(self, "fail; ");
        return self->fail_status;
    }
    for (size_t p = 0; p < count; p++) {
        assert_true(parts[p].size % 2 == 0); // whole words only
        if (parts[p].size > self->longest)
            self->longest = parts[p].size;
        note(self, p == 0 ? "%s" : " | %s", parts[p].read ? "55" : "54");
        for (size_t i = 0; i < parts[p].size; i += 2) {
            uint8_t *bytes = parts[p].data + i;
            if (parts[p].read) {
                uint16_t word = read_word(self, self->pointer);
                bytes[0] = (uint8_t)(word >> 8);
                bytes[1] = (uint8_t)word;
                self->pointer = (uint16_t)(self->pointer + 2);
            }
            note(self, " %02X %02X", bytes[0], bytes[1]);
            if (parts[p].read)
                continue;
            unsigned value = (unsigned)(bytes[0] << 8 | bytes[1]);
            if (i == 0) {
                self->pointer = (uint16_t)value;
                continue;
            }
            *cell(self, self->pointer) = (uint16_t)value;
            if (self->pointer == 0x0004)
                execute(self, (uint16_t)value);
            self->pointer = (uint16_t)(self->pointer + 2);
        }
    }
    note(self, "; ");
    if (self->forget_at == self->transfers) {
        memset(self->registers, 0, sizeof self->registers);
        self->executions = 0;
        self->busy_left = 0;
        self->idle = 0x0006;
    }
    return IB_OK;
}

static struct fake fake;
static struct ib_lepton_cci engine;
static struct ib_cci cci;
static uint64_t now_us;

static int set_up(void **state) {
    static const struct ib_i2c_ops ops = {.transfer = fake_transfer};
    static const struct ib_i2c bus = {.ops = &ops, .context = &fake};
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.idle = 0x0006;
    fake.busy_reads = 1;
    now_us = 5000000;
    ib_lepton_cci_init(&engine, &bus, &cci);
    return 0;
}

/// Runs to the end as a loop does: at every due time, at most one transfer a poll.
static struct ib_cci_outcome finish(void) {
    struct ib_cci_outcome outcome = {.status = 77};
    for (int polls = 0; polls < 20000; polls++) {
        uint64_t due_us = 0;
        int before = fake.transfers;
        int over = cci.ops->poll(cci.context, now_us, &outcome, &due_us);
        assert_true(fake.transfers - before <= 1);
        if (over)
            return outcome;
        assert_true(due_us >= now_us);
        if (due_us > now_us) { // asking early does nothing
            before = fake.transfers;
            uint64_t again_us = 0;
            assert_int_equal(cci.ops->poll(cci.context, now_us, &outcome, &again_us), 0);
            assert_int_equal(fake.transfers, before);
            assert_true(again_us == due_us);
        }
        now_us = due_us > now_us ? due_us : now_us + 100;
    }
    fail_msg("a command without an end");
    return outcome;
}

static struct ib_cci_outcome run(uint16_t command, uint16_t words, uint16_t *data,
                                 uint64_t limit_us) {
    const struct ib_cci_command c = {command, words, data, now_us + limit_us};
    assert_int_equal(cci.ops->start(cci.context, &c, now_us), IB_OK);
    return finish();
}

static void get_is_as_documented(void **state) {
    (void)state;
    uint16_t data[2] = {0};
    struct ib_cci_outcome outcome = run(0x4EC0, 2, data, 100000);
    assert_string_equal(fake.log, "54 00 02 | 55 00 06; "
                                  "54 00 06 00 02; "
                                  "54 00 04 4E C0; "
                                  "54 00 02 | 55 00 07; "
                                  "54 00 02 | 55 00 06; "
                                  "54 00 08 | 55 A0 00 A0 01; ");
    assert_int_equal(outcome.status, IB_OK);
    assert_int_equal(outcome.device_code, 0);
    assert_int_equal(outcome.status_word, 0x0006);
    assert_int_equal(data[0], 0xA000);
    assert_int_equal(data[1], 0xA001);
}

static void set_is_as_documented(void **state) {
    (void)state;
    uint16_t data[2] = {1, 0}; // low word first
    struct ib_cci_outcome outcome = run(0x0219, 2, data, 100000);
    assert_string_equal(fake.log, "54 00 02 | 55 00 06; "
                                  "54 00 08 00 01 00 00; "
                                  "54 00 06 00 02; "
                                  "54 00 04 02 19; "
                                  "54 00 02 | 55 00 07; "
                                  "54 00 02 | 55 00 06; ");
    assert_int_equal(outcome.status, IB_OK);
    assert_int_equal(fake.executed, 0x0219);
    assert_int_equal(fake.executed_data[0], 1);
    assert_int_equal(data[0], 1);
}

static void run_is_as_documented(void **state) {
    (void)state;
    struct ib_cci_outcome outcome = run(0x0242, 0, NULL, 100000);
    assert_string_equal(fake.log, "54 00 02 | 55 00 06; "
                                  "54 00 06 00 00; "
                                  "54 00 04 02 42; "
                                  "54 00 02 | 55 00 07; "
                                  "54 00 02 | 55 00 06; ");
    assert_int_equal(outcome.status, IB_OK);
}

static void every_length_arrives_whole(void **state) {
    static const uint16_t lengths[] = {1, 2, 8, 15, 16, 17, 31, 32, 33, 128, 256, 511, 512};
    for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
        uint16_t words = lengths[l];
        uint16_t data[513];
        set_up(state);
        for (unsigned i = 0; i < 513; i++)
            data[i] = (uint16_t)(i * 251 + 7);
        assert_int_equal(run(0x0309, words, data, 1000000).status, IB_OK);
        assert_int_equal(fake.executed_words, words);
        for (unsigned i = 0; i < words; i++)
            assert_int_equal(fake.executed_data[i], (uint16_t)(i * 251 + 7));

        assert_int_equal(run(0x0308, words, data, 1000000).status, IB_OK);
        for (unsigned i = 0; i < words; i++)
            assert_int_equal(data[i], 0xA000 + i);
        assert_int_equal(data[words], (uint16_t)(words * 251 + 7));
        assert_true(fake.longest <= 2 + 2 * IB_LEPTON_CCI_PIECE);
    }
}

static void refusals_keep_the_modules_code(void **state) {
    static const int8_t codes[] = {-1, -3, -6, -7, -11, -128};
    for (size_t i = 0; i < sizeof codes; i++) {
        uint16_t data[2] = {7, 7};
        set_up(state);
        fake.result = codes[i];
        struct ib_cci_outcome outcome = run(0x4EC0, 2, data, 100000);
        assert_int_equal(outcome.status, IB_E_DEVICE);
        assert_int_equal(outcome.device_code, codes[i]);
        assert_int_equal(outcome.status_word, 0x0006 | (uint8_t)codes[i] << 8);
        assert_int_equal(data[0], 7); // nothing was read
    }
    // A result left over from an earlier command does not stop the next one.
    fake.result = 0;
    assert_int_equal(run(0x0242, 0, NULL, 100000).status, IB_OK);
}

static void waiting_backs_off(void **state) {
    (void)state;
    fake.busy_reads = 100;
    uint64_t begin_us = now_us;
    assert_int_equal(run(0x0242, 0, NULL, 3000000).status, IB_OK);
    // 1, 2, 3, 4 and then 5 ms between looks.
    assert_true(now_us - begin_us >= 490000 && now_us - begin_us <= 500000);
}

static void busy_for_ever_ends_at_the_deadline(void **state) {
    (void)state;
    fake.busy_reads = FOREVER;
    uint64_t begin_us = now_us;
    struct ib_cci_outcome outcome = run(0x0242, 0, NULL, 3000000);
    assert_int_equal(outcome.status, IB_E_TIMEOUT);
    assert_int_equal(outcome.status_word, 0x0007);
    assert_int_equal(outcome.device_code, 0);
    assert_int_equal(now_us - begin_us, 3000000);
    // And the engine is free for the next one, which waits for the module first.
    fake.busy_left = 3;
    fake.busy_reads = 0;
    assert_int_equal(run(0x0202, 0, NULL, 100000).status, IB_OK);
}

static void stuck_lines_are_not_ready(void **state) {
    static const uint16_t words[] = {0x0000, 0xFFFF, 0x0002, 0x0001};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        set_up(state);
        fake.idle = words[i];
        struct ib_cci_outcome outcome = run(0x0202, 0, NULL, 200000);
        assert_int_equal(outcome.status, IB_E_TIMEOUT);
        assert_int_equal(outcome.status_word, words[i]);
        assert_int_equal(fake.executions, 0);
    }
}

static void nobody_there_ends_at_the_deadline(void **state) {
    (void)state;
    fake.fail_at = 1;
    fake.fail_count = FOREVER;
    fake.fail_status = IB_E_NACK;
    uint64_t begin_us = now_us;
    struct ib_cci_outcome outcome = run(0x0202, 0, NULL, 1000000);
    assert_int_equal(outcome.status, IB_E_NACK);
    assert_int_equal(now_us - begin_us, 1000000);
    assert_int_equal(fake.transfers, 500); // every 2 ms
}

static void a_booting_module_is_waited_for(void **state) {
    (void)state;
    fake.fail_at = 1;
    fake.fail_count = 50;
    fake.fail_status = IB_E_NACK;
    uint16_t data[1];
    assert_int_equal(run(0x0214, 1, data, 1000000).status, IB_OK);
    assert_int_equal(data[0], 0xA000);
}

/// Fails every single transfer of a command once, in every way, in runs of 1 to 8 failures: the
/// command recovers or says why, and the next one is clean.
static void every_transfer_may_fail(void **state) {
    static const uint16_t commands[] = {0x0308, 0x0309, 0x4EC0, 0x4ECD, 0x0242};
    static const uint16_t lengths[] = {40, 40, 2, 4, 0};
    static const int statuses[] = {IB_E_NACK, IB_E_IO, IB_E_TIMEOUT};
    unsigned recovered = 0;
    unsigned reported = 0;
    for (size_t c = 0; c < 5; c++) {
        for (size_t s = 0; s < 3; s++) {
            for (int length = 1; length <= 8; length++) {
                for (int at = 1; at <= 12; at++) {
                    uint16_t data[40];
                    set_up(state);
                    for (unsigned i = 0; i < 40; i++)
                        data[i] = (uint16_t)(0xA000 + i);
                    fake.fail_at = at;
                    fake.fail_count = length;
                    fake.fail_status = statuses[s];
                    struct ib_cci_outcome outcome = run(commands[c], lengths[c], data, 500000);
                    if (outcome.status == IB_OK) {
                        recovered++;
                        assert_int_equal(fake.executed, commands[c]);
                        for (unsigned i = 0; i < lengths[c]; i++)
                            assert_int_equal(data[i], 0xA000 + i);
                        if ((commands[c] & 3) == 1)
                            assert_memory_equal(fake.executed_data, data, 2u * lengths[c]);
                    } else {
                        reported++;
                        assert_int_equal(outcome.status, IB_E_IO);
                        assert_true(length >= 3 && statuses[s] != IB_E_NACK);
                    }
                    fake.fail_at = 0;
                    assert_int_equal(run(0x0202, 0, NULL, 100000).status, IB_OK);
                }
            }
        }
    }
    assert_true(recovered > 500 && reported > 100);
}

/// Reboots after every transfer: a long silence, then a fresh module. No GET may hand out, and no
/// SET leave behind, what the reboot wiped.
static void a_reboot_in_the_middle_is_noticed(void **state) {
    for (unsigned type = 0; type < 2; type++) {
        for (int at = 1; at <= 5; at++) {
            uint16_t data[4] = {0xA000, 0xA001, 0xA002, 0xA003};
            set_up(state);
            fake.busy_reads = 2;
            fake.forget_at = at;
            fake.fail_at = at + 1;
            fake.fail_count = 400; // 0.8 s
            fake.fail_status = IB_E_NACK;
            struct ib_cci_outcome outcome = run((uint16_t)(0x4ECC + type), 4, data, 2000000);
            print_message("type %u, reboot after transfer %d\n", type, at);
            assert_int_equal(outcome.status, IB_OK);
            assert_int_equal(fake.executions, 1); // since the reboot
            for (unsigned i = 0; i < 4; i++) {
                assert_int_equal(data[i], 0xA000 + i);
                if (type == 1)
                    assert_int_equal(fake.executed_data[i], 0xA000 + i);
            }
        }
    }
}

static void leaving_the_bus_is_not_waited_for(void **state) {
    static const uint16_t commands[] = {0x4802, 0x4806, 0x480A, 0x480E, 0x4842};
    for (size_t i = 0; i < 5; i++) {
        set_up(state);
        fake.fail_at = 4; // status, length, command, and then nobody
        fake.fail_count = FOREVER;
        fake.fail_status = IB_E_NACK;
        assert_int_equal(run(commands[i], 0, NULL, 1000000).status, IB_OK);
        assert_int_equal(fake.executed, commands[i]);
        assert_int_equal(fake.transfers, 3);
    }
}

static void wrong_calls_are_refused(void **state) {
    (void)state;
    uint16_t data[4] = {0};
    const struct ib_cci_command wrong[] = {
        {0x0203, 0, NULL, 1}, // no such type
        {0x0218, 0, data, 1}, // a GET of nothing
        {0x0219, 0, data, 1}, {0x0218, 2, NULL, 1}, {0x0218, 513, data, 1}, {0x0242, 1, data, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(cci.ops->start(cci.context, &wrong[i], now_us), IB_E_INVAL);
    assert_int_equal(fake.transfers, 0);

    const struct ib_cci_command right = {0x0218, 2, data, now_us + 1000};
    assert_int_equal(cci.ops->start(cci.context, &right, now_us), IB_OK);
    assert_int_equal(cci.ops->start(cci.context, &right, now_us), IB_E_BUSY);
}

static void cancelling_ends_it_at_once(void **state) {
    (void)state;
    uint16_t data[40] = {0};
    for (int steps = 0; steps < 8; steps++) {
        struct ib_cci_outcome outcome;
        uint64_t due_us;
        const struct ib_cci_command get = {0x0308, 40, data, now_us + 1000000};
        assert_int_equal(cci.ops->start(cci.context, &get, now_us), IB_OK);
        for (int i = 0; i < steps; i++)
            cci.ops->poll(cci.context, now_us += 10000, &outcome, &due_us);
        int before = fake.transfers;
        cci.ops->cancel(cci.context);
        assert_int_equal(cci.ops->poll(cci.context, now_us, &outcome, &due_us), 1);
        assert_int_equal(outcome.status, IB_E_CANCELLED);
        assert_int_equal(fake.transfers, before);
    }
    assert_int_equal(run(0x0202, 0, NULL, 100000).status, IB_OK);
}

static void wake_and_status_are_single_transfers(void **state) {
    (void)state;
    assert_int_equal(ib_lepton_cci_wake(&engine), IB_OK);
    assert_int_equal(ib_lepton_cci_status(&engine), 0x0006);
    assert_string_equal(fake.log, "54 00 00 00 00; 54 00 02 | 55 00 06; ");
    fake.fail_at = 1;
    fake.fail_count = FOREVER;
    fake.fail_status = IB_E_NACK;
    assert_int_equal(ib_lepton_cci_wake(&engine), IB_E_NACK);
    assert_int_equal(ib_lepton_cci_status(&engine), IB_E_NACK);
    fake.fail_status = IB_E_TIMEOUT;
    assert_int_equal(ib_lepton_cci_status(&engine), IB_E_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(get_is_as_documented, set_up),
        cmocka_unit_test_setup(set_is_as_documented, set_up),
        cmocka_unit_test_setup(run_is_as_documented, set_up),
        cmocka_unit_test_setup(every_length_arrives_whole, set_up),
        cmocka_unit_test_setup(refusals_keep_the_modules_code, set_up),
        cmocka_unit_test_setup(waiting_backs_off, set_up),
        cmocka_unit_test_setup(busy_for_ever_ends_at_the_deadline, set_up),
        cmocka_unit_test_setup(stuck_lines_are_not_ready, set_up),
        cmocka_unit_test_setup(nobody_there_ends_at_the_deadline, set_up),
        cmocka_unit_test_setup(a_booting_module_is_waited_for, set_up),
        cmocka_unit_test_setup(every_transfer_may_fail, set_up),
        cmocka_unit_test_setup(a_reboot_in_the_middle_is_noticed, set_up),
        cmocka_unit_test_setup(leaving_the_bus_is_not_waited_for, set_up),
        cmocka_unit_test_setup(wrong_calls_are_refused, set_up),
        cmocka_unit_test_setup(cancelling_ends_it_at_once, set_up),
        cmocka_unit_test_setup(wake_and_status_are_single_transfers, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
