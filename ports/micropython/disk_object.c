/// Unpack, call, and say 0 or a negative errno, as the block device protocol wants it.
#include "ports/micropython/disk_object.h"

#include "extmod/vfs.h"
#include "py/mperrno.h"
#include "py/runtime.h"

struct disk_object {
    mp_obj_base_t base;
    struct ib_disk *disk;
    uint32_t insertion;
};

typedef int transfer(struct ib_disk *disk, uint32_t insertion, uint32_t block, void *bytes,
                     size_t size);

static int write_blocks(struct ib_disk *disk, uint32_t insertion, uint32_t block, void *bytes,
                        size_t size) {
    return ib_disk_write(disk, insertion, block, bytes, size);
}

static mp_obj_t call(const mp_obj_t *args, unsigned flags, transfer *do_it) {
    const struct disk_object *self = MP_OBJ_TO_PTR(args[0]);
    mp_buffer_info_t buffer;
    mp_int_t block = mp_obj_get_int(args[1]);
    mp_get_buffer_raise(args[2], &buffer, flags);
    if (block < 0 || block > (mp_int_t)UINT32_MAX)
        return MP_OBJ_NEW_SMALL_INT(-MP_EINVAL);
    return MP_OBJ_NEW_SMALL_INT(
        do_it(self->disk, self->insertion, (uint32_t)block, buffer.buf, buffer.len));
}

static mp_obj_t readblocks(mp_obj_t self, mp_obj_t block, mp_obj_t buffer) {
    const mp_obj_t args[3] = {self, block, buffer};
    return call(args, MP_BUFFER_WRITE, ib_disk_read);
}
static MP_DEFINE_CONST_FUN_OBJ_3(readblocks_obj, readblocks);

static mp_obj_t writeblocks(mp_obj_t self, mp_obj_t block, mp_obj_t buffer) {
    const mp_obj_t args[3] = {self, block, buffer};
    return call(args, MP_BUFFER_READ, write_blocks);
}
static MP_DEFINE_CONST_FUN_OBJ_3(writeblocks_obj, writeblocks);

static mp_obj_t disk_ioctl(mp_obj_t self_in, mp_obj_t command, mp_obj_t argument) {
    const struct disk_object *self = MP_OBJ_TO_PTR(self_in);
    (void)argument;
    switch (mp_obj_get_int(command)) {
    case MP_BLOCKDEV_IOCTL_INIT:
        return MP_OBJ_NEW_SMALL_INT(ib_disk_blocks(self->disk, self->insertion) ? 0 : -MP_ENODEV);
    case MP_BLOCKDEV_IOCTL_DEINIT:
        return MP_OBJ_NEW_SMALL_INT(0);
    case MP_BLOCKDEV_IOCTL_SYNC:
        return MP_OBJ_NEW_SMALL_INT(ib_disk_sync(self->disk, self->insertion));
    case MP_BLOCKDEV_IOCTL_BLOCK_COUNT:
        return MP_OBJ_NEW_SMALL_INT(ib_disk_blocks(self->disk, self->insertion));
    case MP_BLOCKDEV_IOCTL_BLOCK_SIZE:
        return MP_OBJ_NEW_SMALL_INT(IB_DISK_BLOCK_BYTES);
    default:
        return mp_const_none;
    }
}
static MP_DEFINE_CONST_FUN_OBJ_3(disk_ioctl_obj, disk_ioctl);

static const mp_rom_map_elem_t disk_table[] = {
    {MP_ROM_QSTR(MP_QSTR_readblocks), MP_ROM_PTR(&readblocks_obj)},
    {MP_ROM_QSTR(MP_QSTR_writeblocks), MP_ROM_PTR(&writeblocks_obj)},
    {MP_ROM_QSTR(MP_QSTR_ioctl), MP_ROM_PTR(&disk_ioctl_obj)},
};
static MP_DEFINE_CONST_DICT(disk_dict, disk_table);

static MP_DEFINE_CONST_OBJ_TYPE(disk_type, MP_QSTR_Disk, MP_TYPE_FLAG_NONE, locals_dict,
                                &disk_dict);

mp_obj_t ib_vm_disk_new(struct ib_disk *disk) {
    struct disk_object *self = mp_obj_malloc(struct disk_object, &disk_type);
    self->disk = disk;
    self->insertion = ib_disk_insertion(disk);
    return MP_OBJ_FROM_PTR(self);
}
