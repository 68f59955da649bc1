/// What extmod/machine_wdt.c asks of this board. Included there, once; so it has no guard.
#include "ports/micropython/vm_private.h"

#define LONGEST_MS 32000

struct _machine_wdt_obj_t {
    mp_obj_base_t base;
};

static struct _machine_wdt_obj_t the_watchdog = {{&machine_wdt_type}};

static machine_wdt_obj_t *mp_machine_wdt_make_new_instance(mp_int_t id, mp_int_t timeout_ms) {
    if (id != 0)
        mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("WDT(%d) doesn't exist"), (int)id);
    if (timeout_ms < 1)
        mp_raise_ValueError(MP_ERROR_TEXT("WDT timeout too short"));
    if (timeout_ms > LONGEST_MS)
        mp_raise_ValueError(MP_ERROR_TEXT("WDT timeout too long"));
    ib_vm_watchdog_start(ib_vm_current, (uint64_t)timeout_ms * 1000u);
    return &the_watchdog;
}

static void mp_machine_wdt_feed(machine_wdt_obj_t *self) {
    (void)self;
    ib_vm_watchdog_feed(ib_vm_current);
}
