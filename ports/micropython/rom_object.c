/// vfs.rom_ioctl: the ROM for MicroPython's own mounting, and for `mpremote romfs`.
#include "extmod/vfs.h"
#include "openmv/romfs.h"
#include "ports/micropython/vm_private.h"
#include "py/mperrno.h"
#include "py/objarray.h"
#include "py/runtime.h"

/// Writes may be of any size and place; 16 keeps the sender's pieces aligned.
#define WRITE_BYTES 16

static mp_obj_t segment(struct ib_vm *self) {
    char why[128];
    // MicroPython mounts it as it starts, and would follow a damaged one anywhere.
    if (!atomic_load(&self->alive) &&
        ib_romfs_check(self->rom.bytes, IB_VM_ROM_BYTES, why, sizeof why) < 0) {
        if (self->rom.bytes[0] == 0xD2)
            ib_vm_say(self, IB_LOG_WARNING, "/rom: the image is damaged, it is not mounted");
        mp_raise_OSError(MP_ENODEV);
    }
    return mp_obj_new_memoryview('B', IB_VM_ROM_BYTES, self->rom.bytes);
}

static mp_obj_t prepare(struct ib_vm *self, mp_int_t size) {
    if (size < 0 || size > (mp_int_t)IB_VM_ROM_BYTES)
        return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
    memset(self->rom.bytes, 0xFF, (size_t)size); // erased
    return MP_OBJ_NEW_SMALL_INT(WRITE_BYTES);
}

static mp_obj_t write_at(struct ib_vm *self, mp_int_t offset, mp_obj_t bytes) {
    mp_buffer_info_t buffer;
    mp_get_buffer_raise(bytes, &buffer, MP_BUFFER_READ);
    if (offset < 0 || offset > (mp_int_t)IB_VM_ROM_BYTES ||
        buffer.len > IB_VM_ROM_BYTES - (size_t)offset)
        return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
    memcpy(self->rom.bytes + offset, buffer.buf, buffer.len);
    return MP_OBJ_NEW_SMALL_INT(0);
}

mp_obj_t mp_vfs_rom_ioctl(size_t n_args, const mp_obj_t *args) {
    struct ib_vm *self = ib_vm_current;
    mp_int_t command = mp_obj_get_int(args[0]);
    if (command == MP_VFS_ROM_IOCTL_GET_NUMBER_OF_SEGMENTS)
        return MP_OBJ_NEW_SMALL_INT(1);
    if (n_args < 2 || mp_obj_get_int(args[1]) != 0)
        return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
    switch (command) {
    case MP_VFS_ROM_IOCTL_GET_SEGMENT:
        return segment(self);
    case MP_VFS_ROM_IOCTL_WRITE_PREPARE:
        return n_args < 3 ? MP_OBJ_NEW_SMALL_INT(-MP_EINVAL)
                          : prepare(self, mp_obj_get_int(args[2]));
    case MP_VFS_ROM_IOCTL_WRITE:
        return n_args < 4 ? MP_OBJ_NEW_SMALL_INT(-MP_EINVAL)
                          : write_at(self, mp_obj_get_int(args[2]), args[3]);
    case MP_VFS_ROM_IOCTL_WRITE_COMPLETE:
        return MP_OBJ_NEW_SMALL_INT(ib_vm_rom_save(&self->rom));
    default:
        return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
    }
}
