/// /flash, /sdcard and /rom as scripts see them, and what a new flash drive holds.
///
/// A blank flash image gets a file system and two files. One that holds something else, or a damaged
/// file system, is left alone: the board boots without /flash and says so. A card's troubles are its
/// own. Sources: the Pure Thermal's page, "Filesystem and boot order"; py/ and extmod/vfs_fat.c of
/// MicroPython for the calls.
#include <string.h>

#include "extmod/vfs.h"
#include "extmod/vfs_fat.h"
#include "ports/micropython/disk_object.h"
#include "ports/micropython/vm_private.h"
#include "py/mphal.h"
#include "py/objlist.h"
#include "py/objstr.h"
#include "py/runtime.h"
#include "py/stream.h"

static const char MAIN_PY[] =
    "# main.py runs once after switching on, or after the RESET button. Make it yours.\n"
    "import time\n"
    "\n"
    "try:\n"
    "    from machine import LED\n"
    "    led = LED(\"LED_BLUE\")\n"
    "except (ImportError, OSError):\n"
    "    led = None\n"
    "\n"
    "# Two blue flashes, a pause, and again, until somebody presses Ctrl-C.\n"
    "while led:\n"
    "    for rest_ms in (100, 600):\n"
    "        led.on()\n"
    "        time.sleep_ms(150)\n"
    "        led.off()\n"
    "        time.sleep_ms(rest_ms)\n";

static const char README_TXT[] =
    "This is the flash drive of a Pure Thermal that runs in ironbow.\r\n"
    "\r\n"
    "boot.py, if there is one, runs at every start and soft reset.\r\n"
    "main.py runs after it, once after switching on or RESET.\r\n"
    "A memory card with files of these names goes first, unless there is\r\n"
    "a file called SKIPSD here.\r\n"
    "\r\n"
    "From a computer: mpremote connect PORT fs ls\r\n";

/// Says it at the console too: a script's author looks there.
static void tell(struct ib_vm *self, const char *text) {
    mp_printf(&mp_plat_print, "MPY: %s\n", text);
    ib_vm_say(self, IB_LOG_WARNING, text);
}

// ---- mounting ----

static void add_paths(qstr folder, qstr library) {
    mp_obj_list_append(mp_sys_path, MP_OBJ_NEW_QSTR(folder));
    mp_obj_list_append(mp_sys_path, MP_OBJ_NEW_QSTR(library));
}

static FRESULT make_file(FATFS *fat, const char *name, const char *text, size_t size) {
    FIL file;
    UINT written = 0;
    FRESULT result = f_open(fat, &file, name, FA_WRITE | FA_CREATE_ALWAYS);
    if (result != FR_OK)
        return result;
    result = f_write(&file, text, size, &written);
    FRESULT closed = f_close(&file);
    return result == FR_OK && written < size ? FR_DENIED : result != FR_OK ? result : closed;
}

/// A file system on a blank flash, with what a new board brings.
static FRESULT format(FATFS *fat) {
    uint8_t work[FF_MAX_SS];
    FRESULT result = f_mkfs(fat, FM_FAT | FM_SFD, 0, work, sizeof work);
    if (result == FR_OK)
        result = f_setlabel(fat, "OPENMV");
    if (result == FR_OK)
        result = make_file(fat, "/main.py", MAIN_PY, sizeof MAIN_PY - 1);
    if (result == FR_OK)
        result = make_file(fat, "/README.txt", README_TXT, sizeof README_TXT - 1);
    return result;
}

/// May raise. Return: FR_OK and mounted at `where`, or why not.
static FRESULT mount(struct ib_disk *disk, bool may_format, qstr where) {
    fs_user_mount_t *vfs = mp_obj_malloc(fs_user_mount_t, &mp_fat_vfs_type);
    memset(&vfs->blockdev, 0, sizeof vfs->blockdev);
    vfs->fatfs.drv = vfs;
    vfs->blockdev.flags = MP_BLOCKDEV_FLAG_FREE_OBJ;
    vfs->blockdev.block_size = IB_DISK_BLOCK_BYTES;
    mp_vfs_blockdev_init(&vfs->blockdev, ib_vm_disk_new(disk));
    FRESULT result = f_mount(&vfs->fatfs);
    if (result == FR_NO_FILESYSTEM && may_format)
        result = format(&vfs->fatfs);
    if (result != FR_OK)
        return result;
    mp_obj_t args[2] = {MP_OBJ_FROM_PTR(vfs), MP_OBJ_NEW_QSTR(where)};
    mp_vfs_mount(2, args, (mp_map_t *)(uintptr_t)&mp_const_empty_map);
    return FR_OK;
}

/// The same, with whatever it raises as a result: FR_INT_ERR.
static FRESULT mount_protected(struct ib_disk *disk, bool may_format, qstr where) {
    nlr_buf_t nlr;
    FRESULT result = FR_INT_ERR;
    if (nlr_push(&nlr) == 0) {
        result = mount(disk, may_format, where);
        nlr_pop();
    }
    return result;
}

static void change_folder(qstr where) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_vfs_chdir(MP_OBJ_NEW_QSTR(where));
        nlr_pop();
    }
}

static void mount_flash(struct ib_vm *self) {
    bool blank = ib_disk_content(&self->flash) == IB_DISK_BLANK;
    FRESULT result = mount_protected(&self->flash, blank, MP_QSTR__slash_flash);
    if (result == FR_OK) {
        change_folder(MP_QSTR__slash_flash);
        add_paths(MP_QSTR__slash_flash, MP_QSTR__slash_flash_slash_lib);
    } else if (blank) {
        tell(self, "/flash: no file system could be made on its image");
    } else {
        tell(self, "/flash: no file system, or a damaged one; the image is left as it is");
    }
}

static bool mount_card(struct ib_vm *self) {
    if (ib_disk_insertion(&self->card) == 0)
        return false;
    FRESULT result = mount_protected(&self->card, false, MP_QSTR__slash_sdcard);
    if (result != FR_OK)
        tell(self, "/sdcard: no file system that can be read on the card");
    return result == FR_OK;
}

/// Host programs know the drive by this file.
static void mark_drive(void) {
    nlr_buf_t nlr;
    if (mp_import_stat(".openmv_disk") != MP_IMPORT_STAT_NO_EXIST || nlr_push(&nlr) != 0)
        return;
    mp_obj_t args[2] = {MP_OBJ_NEW_QSTR(MP_QSTR__dot_openmv_disk), MP_OBJ_NEW_QSTR(MP_QSTR_w)};
    mp_obj_t file = mp_vfs_open(2, args, (mp_map_t *)(uintptr_t)&mp_const_empty_map);
    mp_stream_close(file);
    nlr_pop();
}

void ib_vm_storage_mount(struct ib_vm *self) {
    mount_flash(self);
    if (mp_import_stat("/flash/SKIPSD") == MP_IMPORT_STAT_NO_EXIST && mount_card(self)) {
        change_folder(MP_QSTR__slash_sdcard);
        add_paths(MP_QSTR__slash_sdcard, MP_QSTR__slash_sdcard_slash_lib);
    }
    mark_drive();
}

// ---- a card comes and goes while scripts run ----

static bool is_mounted(const char *where) {
    for (mp_vfs_mount_t *vfs = MP_STATE_VM(vfs_mount_table); vfs; vfs = vfs->next) {
        if (vfs->len == strlen(where) && memcmp(vfs->str, where, vfs->len) == 0)
            return true;
    }
    return false;
}

/// On the VM's thread. What was mounted belongs to a card that has gone, so it goes first.
static void on_card_changed(struct ib_vm_event *event) {
    (void)event;
    struct ib_vm *self = ib_vm_current;
    if (is_mounted("/sdcard"))
        mp_vfs_umount(MP_OBJ_NEW_QSTR(MP_QSTR__slash_sdcard));
    if (mp_import_stat("/flash/SKIPSD") == MP_IMPORT_STAT_NO_EXIST)
        (void)mount_card(self);
}

static struct ib_vm_event card_changed;

void ib_vm_storage_init(struct ib_vm *self) {
    (void)self;
    card_changed = (struct ib_vm_event){.call = on_card_changed};
}

void ib_vm_storage_card_changed(struct ib_vm *self) {
    (void)ib_vm_schedule(self, &card_changed);
    ib_vm_notify(self);
}
