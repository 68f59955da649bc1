/// machine.I2C(2) and (4): extmod's methods on the board's buses.
///
/// A transfer here goes from start to stop. What a script writes with stop=False is kept, and goes out
/// in front of its next transfer, with a repeated start between the two.
#include <string.h>

#include "core/status.h"
#include "extmod/modmachine.h"
#include "ports/micropython/machine/machine.h"
#include "py/mperrno.h"
#include "py/runtime.h"

struct i2c {
    mp_obj_base_t base;
    const struct ib_board_pt_bus *board;
    uint32_t freq_hz, timeout_us;
    uint16_t kept_address;
    size_t kept_bytes;
    uint8_t *kept; ///< NULL: nothing
};

static struct ib_pins_use use_of(const struct i2c *self) {
    return (struct ib_pins_use){IB_PINS_I2C, self->board->number};
}

static void init(struct i2c *self, size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    enum { ARG_freq, ARG_timeout };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_freq, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 400000}},
        {MP_QSTR_timeout, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = 50000}},
    };
    mp_arg_val_t parsed[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, args, named, MP_ARRAY_SIZE(allowed), allowed, parsed);
    if (parsed[ARG_freq].u_int <= 0 || parsed[ARG_freq].u_int > 1000000)
        mp_raise_ValueError(MP_ERROR_TEXT("unsupported freq"));
    self->freq_hz = (uint32_t)parsed[ARG_freq].u_int;
    self->timeout_us = (uint32_t)parsed[ARG_timeout].u_int;
    self->kept = NULL;
    ib_pins_take(&ib_vm_current->pins, self->board->scl, use_of(self));
    ib_pins_take(&ib_vm_current->pins, self->board->sda, use_of(self));
}

static void i2c_init(mp_obj_base_t *self, size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    init((struct i2c *)self, n_args, args, named);
}

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 1, MP_OBJ_FUN_ARGS_MAX, true);
    mp_int_t number = mp_obj_get_int(args[0]);
    if (number == 1) // the cameras'
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("I2C(%d) is reserved"), (int)number);
    const struct ib_board_pt_bus *board =
        number > 0 && number < IB_OPENMV_BUSES ? ib_pins_i2c((unsigned)number) : NULL;
    if (!board)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("I2C(%d) doesn't exist"), (int)number);
    if (!ib_vm_current->hands || !ib_vm_current->hands->i2c[number])
        mp_raise_OSError(MP_ENODEV);
    struct i2c *self = mp_obj_malloc(struct i2c, type);
    self->board = board;
    mp_map_t named;
    mp_map_init_fixed_table(&named, n_kw, args + n_args);
    init(self, n_args - 1, args + 1, &named);
    return MP_OBJ_FROM_PTR(self);
}

static void i2c_print(const mp_print_t *print, mp_obj_t object, mp_print_kind_t kind) {
    (void)kind;
    const struct i2c *self = MP_OBJ_TO_PTR(object);
    mp_printf(print, "I2C(%u, scl=%s, sda=%s, freq=%u, timeout=%u)", self->board->number,
              ib_board_pure_thermal.pins[self->board->scl].cpu,
              ib_board_pure_thermal.pins[self->board->sda].cpu, (unsigned)self->freq_hz,
              (unsigned)self->timeout_us);
}

// ---- transfers ----

/// Return: 0, or an errno, negative.
static int run(const struct i2c *self, uint16_t address, const struct ib_i2c_part *parts,
               size_t count) {
    const struct ib_pins *pins = &ib_vm_current->pins;
    // Lines that something else has taken do not move.
    if (!ib_pins_has(pins, self->board->scl, use_of(self)) ||
        !ib_pins_has(pins, self->board->sda, use_of(self)))
        return -MP_ETIMEDOUT;
    const struct ib_i2c *bus = ib_vm_current->hands->i2c[self->board->number];
    int status = ib_i2c_transfer(bus, (uint8_t)address, parts, count);
    if (status >= 0)
        return 0;
    return status == IB_E_NACK ? -MP_ENODEV : status == IB_E_TIMEOUT ? -MP_ETIMEDOUT : -MP_EIO;
}

static int send_kept(struct i2c *self) {
    struct ib_i2c_part part = {self->kept, self->kept_bytes, 0};
    self->kept = NULL;
    return run(self, self->kept_address, &part, 1);
}

/// One after the other, as one run of bytes.
static uint8_t *join(const mp_machine_i2c_buf_t *buffers, size_t count, size_t *size) {
    *size = 0;
    for (size_t i = 0; i < count; i++)
        *size += buffers[i].len;
    uint8_t *all = m_new(uint8_t, *size + 1);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (buffers[i].len > 0)
            memcpy(all + used, buffers[i].buf, buffers[i].len);
        used += buffers[i].len;
    }
    return all;
}

static int i2c_transfer(mp_obj_base_t *base, uint16_t address, size_t count,
                        mp_machine_i2c_buf_t *buffers, unsigned flags) {
    struct i2c *self = (struct i2c *)base;
    if (address > 0x7F)
        mp_raise_ValueError(MP_ERROR_TEXT("I2C addresses have 7 bits"));
    if (self->kept && self->kept_address != address) {
        int error = send_kept(self);
        if (error < 0)
            return error;
    }
    struct ib_i2c_part parts[3];
    size_t used = 0;
    if (self->kept)
        parts[used++] = (struct ib_i2c_part){self->kept, self->kept_bytes, 0};
    if (flags & MP_MACHINE_I2C_FLAG_WRITE1) {
        parts[used++] = (struct ib_i2c_part){buffers[0].buf, buffers[0].len, 0};
        buffers++;
        count--;
    }
    size_t size;
    uint8_t *joined = count == 1 ? buffers[0].buf : join(buffers, count, &size);
    if (count == 1)
        size = buffers[0].len;
    bool reads = flags & MP_MACHINE_I2C_FLAG_READ;
    if (!reads && !(flags & MP_MACHINE_I2C_FLAG_STOP)) {
        // Behind what is kept already, if there is any.
        mp_machine_i2c_buf_t both[] = {{self->kept ? self->kept_bytes : 0, self->kept},
                                       {size, joined}};
        self->kept = join(both, 2, &self->kept_bytes);
        self->kept_address = address;
        return (int)size;
    }
    parts[used++] = (struct ib_i2c_part){joined, size, reads};
    self->kept = NULL;
    int error = run(self, address, parts, used);
    if (error < 0)
        return error;
    for (size_t i = 0, from = 0; reads && count > 1 && i < count; from += buffers[i++].len)
        memcpy(buffers[i].buf, joined + from, buffers[i].len);
    return reads ? 0 : (int)size;
}

static const mp_machine_i2c_p_t protocol = {
    .transfer_supports_write1 = true,
    .init = i2c_init,
    .transfer = i2c_transfer,
};

MP_DEFINE_CONST_OBJ_TYPE(machine_i2c_type, MP_QSTR_I2C, MP_TYPE_FLAG_NONE, make_new, make_new,
                         print, i2c_print, protocol, &protocol, locals_dict,
                         &mp_machine_i2c_locals_dict);
