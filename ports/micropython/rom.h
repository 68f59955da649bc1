/// The 8 MB that hold a read-only file system: in memory, where scripts use it without copying, and
/// in a file that outlives us. Any thread before the engine starts, then the engine's only.
#ifndef IB_PORTS_MICROPYTHON_ROM_H
#define IB_PORTS_MICROPYTHON_ROM_H

#include <stddef.h>
#include <stdint.h>

struct ib_vm_rom {
    uint8_t *bytes; ///< IB_VM_ROM_BYTES, mapped; erased is FF
    char *path;     ///< NULL: in memory only
};

/// Map the memory and read the image, when there is one. A file that does not exist is an empty ROM,
/// made when it is first written.
/// Return: 0. Errors: -1 with `problem` filled: cannot be read, too large, not a ROMFS.
int ib_vm_rom_open(struct ib_vm_rom *self, const char *path, char *problem, size_t problem_size);
void ib_vm_rom_close(struct ib_vm_rom *self);
/// Write what the memory holds to the file: whole, or not at all.
/// Return: 0 or a negative errno.
int ib_vm_rom_save(const struct ib_vm_rom *self);

#endif
