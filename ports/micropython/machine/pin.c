/// machine.Pin over the board's pins (openmv/pins.h). Names are the board's and the microcontroller's,
/// modes are also there by pyb's old names.
///
/// Not here: alternate functions by name; hard=True handlers run as soft ones.
#include <stdio.h>
#include <string.h>

#include "core/status.h"
#include "extmod/modmachine.h"
#include "ports/micropython/machine/machine.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"

/// The H7's numbers.
enum { MODE_IN = 0, MODE_OUT = 1, MODE_ALT = 2, MODE_ANALOG = 3 };
enum { MODE_OPEN_DRAIN = 0x11, MODE_ALT_OPEN_DRAIN = 0x12 };
#define IRQ_RISING 0x110000
#define IRQ_FALLING 0x210000
#define EDGE_BITS 0x300000

struct pin {
    mp_obj_base_t base;
    uint8_t index; ///< enum ib_pure_thermal_pin
};

#define PIN(n) [IB_PT_##n] = {{&ib_machine_pin_type}, IB_PT_##n}
static const struct pin pins[IB_PT_PINS] = {
    PIN(P0),      PIN(P1),        PIN(P2),       PIN(P3),        PIN(P4),
    PIN(P5),      PIN(P6),        PIN(P7),       PIN(P8),        PIN(P9),
    PIN(LED_RED), PIN(LED_GREEN), PIN(LED_BLUE), PIN(LED_WHITE), PIN(BUZZER),
};

MP_REGISTER_ROOT_POINTER(mp_obj_t pin_handlers[15]);
_Static_assert(IB_PT_PINS == 15, "one handler a pin, above");

void ib_machine_check(int status) {
    if (status >= 0)
        return;
    switch (status) {
    case IB_E_NOT_READY:
    case IB_E_NACK:
        mp_raise_OSError(MP_ENODEV);
    case IB_E_TIMEOUT:
        mp_raise_OSError(MP_ETIMEDOUT);
    case IB_E_UNSUPPORTED:
        mp_raise_OSError(MP_EOPNOTSUPP);
    case IB_E_BUSY:
        mp_raise_OSError(MP_EBUSY);
    default:
        mp_raise_OSError(MP_EIO);
    }
}

unsigned ib_machine_pin_of(mp_obj_t object) {
    if (mp_obj_is_exact_type(object, &ib_machine_pin_type))
        return ((const struct pin *)MP_OBJ_TO_PTR(object))->index;
    size_t length;
    const char *name = mp_obj_str_get_data(object, &length);
    int pin = ib_pins_find(name, length);
    if (pin < 0)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("Pin(%s) doesn't exist"), name);
    return (unsigned)pin;
}

mp_obj_t ib_machine_pin_object(unsigned pin) {
    return MP_OBJ_FROM_PTR(&pins[pin]);
}

int ib_machine_pin_read(unsigned pin) {
    int level = ib_pins_get(&ib_vm_current->pins, pin);
    ib_machine_check(level);
    return level;
}

void ib_machine_pin_write(unsigned pin, int level) {
    ib_machine_check(ib_pins_set(&ib_vm_current->pins, pin, level));
}

// ---- modes ----

static const struct mode {
    uint8_t number;
    enum ib_pin_direction direction;
    bool alternate;
    qstr name;
} MODES[] = {
    {MODE_IN, IB_PIN_INPUT, false, MP_QSTR_IN},
    {MODE_OUT, IB_PIN_OUTPUT, false, MP_QSTR_OUT},
    {MODE_OPEN_DRAIN, IB_PIN_OPEN_DRAIN, false, MP_QSTR_OPEN_DRAIN},
    {MODE_ANALOG, IB_PIN_ANALOG, false, MP_QSTR_ANALOG},
    // Nothing here plays another function: the pin floats.
    {MODE_ALT, IB_PIN_INPUT, true, MP_QSTR_ALT},
    {MODE_ALT_OPEN_DRAIN, IB_PIN_INPUT, true, MP_QSTR_ALT_OPEN_DRAIN},
};

static const struct mode *find_mode(mp_int_t number) {
    for (size_t i = 0; i < MP_ARRAY_SIZE(MODES); i++)
        if (MODES[i].number == number)
            return &MODES[i];
    return NULL;
}

static const struct mode *mode_of(unsigned pin) {
    const struct ib_pins *all = &ib_vm_current->pins;
    if (all->use[pin].user == IB_PINS_ALTERNATE)
        return find_mode(all->use[pin].number);
    if (all->use[pin].user == IB_PINS_I2C)
        return find_mode(MODE_ALT_OPEN_DRAIN);
    for (size_t i = 0; i < MP_ARRAY_SIZE(MODES); i++)
        if (MODES[i].direction == all->direction[pin] && !MODES[i].alternate)
            return &MODES[i];
    return NULL;
}

void ib_machine_pin_init(unsigned pin, size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    enum { ARG_mode, ARG_pull, ARG_af, ARG_value, ARG_alt };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_mode, MP_ARG_REQUIRED | MP_ARG_INT, {.u_int = 0}},
        {MP_QSTR_pull, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_af, MP_ARG_INT, {.u_int = -1}},
        {MP_QSTR_value, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_PTR(NULL)}},
        {MP_QSTR_alt, MP_ARG_KW_ONLY | MP_ARG_INT, {.u_int = -1}},
    };
    mp_arg_val_t parsed[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args, args, named, MP_ARRAY_SIZE(allowed), allowed, parsed);
    struct ib_pins *all = &ib_vm_current->pins;

    const struct mode *mode = find_mode(parsed[ARG_mode].u_int);
    if (!mode)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("invalid pin mode: %d"),
                          (int)parsed[ARG_mode].u_int);
    mp_int_t pull = IB_PIN_PULL_NONE;
    if (parsed[ARG_pull].u_obj != mp_const_none)
        pull = mp_obj_get_int(parsed[ARG_pull].u_obj);
    if (pull < IB_PIN_PULL_NONE || pull > IB_PIN_PULL_DOWN)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("invalid pin pull: %d"), (int)pull);
    mp_int_t af = parsed[ARG_alt].u_int != -1 ? parsed[ARG_alt].u_int : parsed[ARG_af].u_int;
    if (mode->alternate && (af < 0 || af > 15))
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("invalid pin af: %d"), (int)af);

    // The level first: an output begins with it.
    if (parsed[ARG_value].u_obj != MP_OBJ_NULL)
        ib_machine_pin_write(pin, mp_obj_is_true(parsed[ARG_value].u_obj));
    ib_machine_check(ib_pins_configure(all, pin, mode->direction, (enum ib_pin_pull)pull));
    if (mode->alternate)
        ib_pins_take(all, pin, (struct ib_pins_use){IB_PINS_ALTERNATE, mode->number});
}

mp_obj_t mp_pin_make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
    (void)type;
    mp_arg_check_num(n_args, n_kw, 1, MP_OBJ_FUN_ARGS_MAX, true);
    unsigned pin = ib_machine_pin_of(args[0]);
    if (!ib_pins_there(&ib_vm_current->pins, pin))
        mp_raise_OSError(MP_ENODEV);
    if (n_args > 1 || n_kw > 0) {
        mp_map_t named;
        mp_map_init_fixed_table(&named, n_kw, args + n_args);
        ib_machine_pin_init(pin, n_args - 1, args + 1, &named);
    }
    return ib_machine_pin_object(pin);
}

static unsigned index_of(mp_obj_t self) {
    return ((const struct pin *)MP_OBJ_TO_PTR(self))->index;
}

static mp_obj_t pin_init(size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    ib_machine_pin_init(index_of(args[0]), n_args - 1, args + 1, named);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_KW(pin_init_obj, 1, pin_init);

static void pin_print(const mp_print_t *print, mp_obj_t self, mp_print_kind_t kind) {
    (void)kind;
    unsigned pin = index_of(self);
    const struct ib_pins *all = &ib_vm_current->pins;
    mp_printf(print, "Pin(Pin.cpu.%s, mode=Pin.%q", ib_board_pure_thermal.pins[pin].cpu,
              mode_of(pin)->name);
    if (all->pull[pin] != IB_PIN_PULL_NONE)
        mp_printf(print, ", pull=Pin.PULL_%s", all->pull[pin] == IB_PIN_PULL_UP ? "UP" : "DOWN");
    mp_print_str(print, ")");
}

// ---- levels ----

static mp_obj_t pin_call(mp_obj_t self, size_t n_args, size_t n_kw, const mp_obj_t *args) {
    mp_arg_check_num(n_args, n_kw, 0, 1, false);
    if (n_args == 0)
        return MP_OBJ_NEW_SMALL_INT(ib_machine_pin_read(index_of(self)));
    ib_machine_pin_write(index_of(self), mp_obj_is_true(args[0]));
    return mp_const_none;
}

static mp_obj_t pin_value(size_t n_args, const mp_obj_t *args) {
    return pin_call(args[0], n_args - 1, 0, args + 1);
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(pin_value_obj, 1, 2, pin_value);

static mp_obj_t pin_high(mp_obj_t self) {
    ib_machine_pin_write(index_of(self), 1);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_high_obj, pin_high);

static mp_obj_t pin_low(mp_obj_t self) {
    ib_machine_pin_write(index_of(self), 0);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_low_obj, pin_low);

static mp_obj_t pin_toggle(mp_obj_t self) {
    ib_machine_pin_write(index_of(self), !ib_vm_current->pins.latch[index_of(self)]);
    return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_toggle_obj, pin_toggle);

// ---- what it is ----

static mp_obj_t text(const char *name) {
    return mp_obj_new_str(name, strlen(name));
}

static mp_obj_t pin_name(mp_obj_t self) {
    return text(ib_board_pure_thermal.pins[index_of(self)].cpu);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_name_obj, pin_name);

static mp_obj_t pin_names(mp_obj_t self) {
    mp_obj_t both[] = {pin_name(self), text(ib_board_pure_thermal.pins[index_of(self)].name)};
    return mp_obj_new_list(2, both);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_names_obj, pin_names);

static mp_obj_t pin_port(mp_obj_t self) {
    return MP_OBJ_NEW_SMALL_INT(ib_board_pure_thermal.pins[index_of(self)].cpu[0] - 'A');
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_port_obj, pin_port);

static mp_obj_t pin_pin(mp_obj_t self) {
    const char *digits = ib_board_pure_thermal.pins[index_of(self)].cpu + 1;
    return MP_OBJ_NEW_SMALL_INT(digits[1] ? 10 + digits[1] - '0' : digits[0] - '0');
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_pin_obj, pin_pin);

static mp_obj_t pin_mode(mp_obj_t self) {
    return MP_OBJ_NEW_SMALL_INT(mode_of(index_of(self))->number);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_mode_obj, pin_mode);

static mp_obj_t pin_pull(mp_obj_t self) {
    return MP_OBJ_NEW_SMALL_INT(ib_vm_current->pins.pull[index_of(self)]);
}
static MP_DEFINE_CONST_FUN_OBJ_1(pin_pull_obj, pin_pull);

// ---- edges ----

/// Any thread, perhaps with the pins' lock held.
static void on_edge(void *context, unsigned edge) {
    (void)edge;
    const struct pin *pin = context;
    uintptr_t state = ib_vm_atomic_begin();
    mp_obj_t handler = MP_STATE_VM(pin_handlers)[pin->index];
    if (handler != MP_OBJ_NULL)
        ib_machine_call_soon(ib_vm_current, handler, MP_OBJ_FROM_PTR(pin));
    ib_vm_atomic_end(state);
}

static void set_handler(unsigned pin, mp_obj_t handler) {
    uintptr_t state = ib_vm_atomic_begin();
    MP_STATE_VM(pin_handlers)[pin] = handler;
    ib_vm_atomic_end(state);
}

static mp_obj_t pin_irq(size_t n_args, const mp_obj_t *args, mp_map_t *named) {
    enum { ARG_handler, ARG_trigger, ARG_hard };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_handler, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_trigger, MP_ARG_INT, {.u_int = IRQ_RISING | IRQ_FALLING}},
        {MP_QSTR_hard, MP_ARG_BOOL, {.u_bool = false}},
    };
    mp_arg_val_t parsed[MP_ARRAY_SIZE(allowed)];
    mp_arg_parse_all(n_args - 1, args + 1, named, MP_ARRAY_SIZE(allowed), allowed, parsed);
    unsigned pin = index_of(args[0]);
    struct ib_pins *all = &ib_vm_current->pins;
    mp_obj_t handler = parsed[ARG_handler].u_obj;
    mp_int_t trigger = parsed[ARG_trigger].u_int;
    if (handler == mp_const_none) {
        ib_machine_check(ib_pins_watch(all, pin, 0, NULL));
        set_handler(pin, MP_OBJ_NULL);
        return mp_const_none;
    }
    if (!mp_obj_is_callable(handler))
        mp_raise_TypeError(MP_ERROR_TEXT("handler must be callable or None"));
    if (!(trigger & EDGE_BITS) || (trigger & ~(IRQ_RISING | IRQ_FALLING)))
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("invalid interrupt mode: %d"),
                          (int)trigger);
    unsigned taken = ib_pins_line_taken(all, pin);
    if (taken != pin)
        mp_raise_msg_varg(&mp_type_OSError,
                          MP_ERROR_TEXT("IRQ resource already taken by Pin('%s')"),
                          ib_board_pure_thermal.pins[taken].cpu);
    set_handler(pin, handler);
    unsigned edges = (trigger & EDGE_BITS & IRQ_RISING ? IB_PIN_RISING : 0) |
                     (trigger & EDGE_BITS & IRQ_FALLING ? IB_PIN_FALLING : 0);
    struct ib_pin_watcher watcher = {on_edge, (void *)(uintptr_t)&pins[pin]};
    ib_machine_check(ib_pins_watch(all, pin, edges, &watcher));
    return mp_const_none; // as the board's
}
static MP_DEFINE_CONST_FUN_OBJ_KW(pin_irq_obj, 1, pin_irq);

// ---- pulses ----

/// In place of extmod's, which waits without looking up.
mp_uint_t machine_time_pulse_us(mp_obj_t object, int level, mp_uint_t timeout_us) {
    unsigned pin = ib_machine_pin_of(object);
    uint64_t start_us = ib_vm_now_us();
    for (int want = level, phase = 0;; want = !level, phase++) {
        uint64_t began_us = start_us;
        while (ib_machine_pin_read(pin) != want) {
            if (ib_vm_now_us() - began_us >= timeout_us)
                return (mp_uint_t)(phase - 2);
            mp_event_handle_nowait();
        }
        start_us = ib_vm_now_us();
        if (phase == 1)
            return (mp_uint_t)(start_us - began_us);
    }
}

// ---- the class ----

/// Pin.board.P0 and Pin.cpu.B15.
static void names_attr(mp_obj_t self, qstr name, mp_obj_t *destination) {
    (void)self;
    if (destination[0] != MP_OBJ_NULL)
        return;
    size_t length;
    const char *chars = (const char *)qstr_data(name, &length);
    int pin = ib_pins_find(chars, length);
    if (pin >= 0)
        destination[0] = ib_machine_pin_object((unsigned)pin);
}

static MP_DEFINE_CONST_OBJ_TYPE(names_type, MP_QSTR_names, MP_TYPE_FLAG_NONE, attr, names_attr);
static const mp_obj_base_t names = {&names_type};

static const mp_rom_map_elem_t pin_locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR_init), MP_ROM_PTR(&pin_init_obj)},
    {MP_ROM_QSTR(MP_QSTR_value), MP_ROM_PTR(&pin_value_obj)},
    {MP_ROM_QSTR(MP_QSTR_on), MP_ROM_PTR(&pin_high_obj)},
    {MP_ROM_QSTR(MP_QSTR_off), MP_ROM_PTR(&pin_low_obj)},
    {MP_ROM_QSTR(MP_QSTR_high), MP_ROM_PTR(&pin_high_obj)},
    {MP_ROM_QSTR(MP_QSTR_low), MP_ROM_PTR(&pin_low_obj)},
    {MP_ROM_QSTR(MP_QSTR_toggle), MP_ROM_PTR(&pin_toggle_obj)},
    {MP_ROM_QSTR(MP_QSTR_irq), MP_ROM_PTR(&pin_irq_obj)},
    {MP_ROM_QSTR(MP_QSTR_name), MP_ROM_PTR(&pin_name_obj)},
    {MP_ROM_QSTR(MP_QSTR_names), MP_ROM_PTR(&pin_names_obj)},
    {MP_ROM_QSTR(MP_QSTR_port), MP_ROM_PTR(&pin_port_obj)},
    {MP_ROM_QSTR(MP_QSTR_pin), MP_ROM_PTR(&pin_pin_obj)},
    {MP_ROM_QSTR(MP_QSTR_mode), MP_ROM_PTR(&pin_mode_obj)},
    {MP_ROM_QSTR(MP_QSTR_pull), MP_ROM_PTR(&pin_pull_obj)},
    {MP_ROM_QSTR(MP_QSTR_board), MP_ROM_PTR(&names)},
    {MP_ROM_QSTR(MP_QSTR_cpu), MP_ROM_PTR(&names)},
    {MP_ROM_QSTR(MP_QSTR_IN), MP_ROM_INT(MODE_IN)},
    {MP_ROM_QSTR(MP_QSTR_OUT), MP_ROM_INT(MODE_OUT)},
    {MP_ROM_QSTR(MP_QSTR_OPEN_DRAIN), MP_ROM_INT(MODE_OPEN_DRAIN)},
    {MP_ROM_QSTR(MP_QSTR_ALT), MP_ROM_INT(MODE_ALT)},
    {MP_ROM_QSTR(MP_QSTR_ALT_OPEN_DRAIN), MP_ROM_INT(MODE_ALT_OPEN_DRAIN)},
    {MP_ROM_QSTR(MP_QSTR_ANALOG), MP_ROM_INT(MODE_ANALOG)},
    {MP_ROM_QSTR(MP_QSTR_PULL_UP), MP_ROM_INT(IB_PIN_PULL_UP)},
    {MP_ROM_QSTR(MP_QSTR_PULL_DOWN), MP_ROM_INT(IB_PIN_PULL_DOWN)},
    {MP_ROM_QSTR(MP_QSTR_IRQ_RISING), MP_ROM_INT(IRQ_RISING)},
    {MP_ROM_QSTR(MP_QSTR_IRQ_FALLING), MP_ROM_INT(IRQ_FALLING)},
    // pyb's names
    {MP_ROM_QSTR(MP_QSTR_OUT_PP), MP_ROM_INT(MODE_OUT)},
    {MP_ROM_QSTR(MP_QSTR_OUT_OD), MP_ROM_INT(MODE_OPEN_DRAIN)},
    {MP_ROM_QSTR(MP_QSTR_AF_PP), MP_ROM_INT(MODE_ALT)},
    {MP_ROM_QSTR(MP_QSTR_AF_OD), MP_ROM_INT(MODE_ALT_OPEN_DRAIN)},
    {MP_ROM_QSTR(MP_QSTR_PULL_NONE), MP_ROM_INT(IB_PIN_PULL_NONE)},
};
static MP_DEFINE_CONST_DICT(pin_locals, pin_locals_table);

MP_DEFINE_CONST_OBJ_TYPE(ib_machine_pin_type, MP_QSTR_Pin, MP_TYPE_FLAG_NONE, make_new,
                         mp_pin_make_new, print, pin_print, call, pin_call, locals_dict,
                         &pin_locals);

// ---- lives ----

void ib_vm_machine_begin(struct ib_vm *self, bool cold) {
    memset(MP_STATE_VM(pin_handlers), 0, sizeof MP_STATE_VM(pin_handlers));
    ib_machine_interrupts_begin();
    ib_pins_reset(&self->pins);
    if (cold)
        self->cpu_mhz = 480;
}

void ib_vm_machine_end(struct ib_vm *self) {
    ib_machine_timers_end(self);
    ib_pins_unwatch_all(&self->pins);
}
