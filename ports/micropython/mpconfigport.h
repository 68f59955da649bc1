/// What this MicroPython can do. An OpenMV board's feature level on a host: single precision floats,
/// one thread, a scheduler that other threads may use.
///
/// Values that look odd are explained where they stand; the names are MicroPython's (py/mpconfig.h).
#ifndef IB_PORTS_MICROPYTHON_MPCONFIGPORT_H
#define IB_PORTS_MICROPYTHON_MPCONFIGPORT_H

#include <alloca.h>
#include <stddef.h>
#include <stdint.h>

#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

// ---- the engine ----
#define MICROPY_ENABLE_GC (1)
#define MICROPY_ENABLE_FINALISER (1)
#define MICROPY_ENABLE_EMERGENCY_EXCEPTION_BUF (1)
#define MICROPY_EMERGENCY_EXCEPTION_BUF_SIZE (256)
#define MICROPY_ENABLE_VM_ABORT (1) // resets and ib_vm_stop
#define MICROPY_STACK_CHECK_MARGIN (65536)
#define MICROPY_ENABLE_SCHEDULER (1)
#define MICROPY_SCHEDULER_STATIC_NODES (1)
#define MICROPY_SCHEDULER_DEPTH (16)
#define MICROPY_MALLOC_USES_ALLOCATED_SIZE (1)
#define MICROPY_MEM_STATS (0)
#define MICROPY_TRACKED_ALLOC (0)
#define MICROPY_PERSISTENT_CODE_LOAD (1)
#define MICROPY_READER_VFS (1)
#define MICROPY_ALLOC_PATH_MAX (512)
#define MICROPY_LONGINT_IMPL (MICROPY_LONGINT_IMPL_MPZ)
#define MPZ_DIG_SIZE (16) // frozen code is made for this size
#define MICROPY_FLOAT_IMPL (MICROPY_FLOAT_IMPL_FLOAT)
#define MICROPY_WARNINGS (1)
#define MICROPY_REPL_INFO (0)
#define MICROPY_USE_INTERNAL_PRINTF (0)
#define MICROPY_USE_READLINE (1)
#define MICROPY_READLINE_HISTORY_SIZE (32)
#define MICROPY_REPL_STDIN_BUFFER_MAX (1024)
#define MICROPY_PY_THREAD (0)
#define MICROPY_PY_BUILTINS_HELP_TEXT ib_vm_help_text
#define MICROPY_PY_SYS_EXC_INFO (0)
#if IB_VM_SETJMP
#define MICROPY_NLR_SETJMP (1) // the sanitizers know no other way
#endif

#if defined(__x86_64__)
#define MICROPY_EMIT_X64 (1) // @micropython.native and viper
void ib_vm_code_alloc(size_t size, void **out, size_t *out_size);
void ib_vm_code_free(void *code, size_t size);
#define MP_PLAT_ALLOC_EXEC(size, out, out_size) ib_vm_code_alloc(size, out, out_size)
#define MP_PLAT_FREE_EXEC(code, size) ib_vm_code_free(code, size)
#endif

// ---- who we are ----
#define MICROPY_PY_SYS_PLATFORM "OpenMVPureThermal"
#define MICROPY_HW_BOARD_NAME "OPENMVPT"
#define MICROPY_HW_MCU_NAME "STM32H743"
#define MICROPY_BANNER_NAME_AND_VERSION "ironbow; MicroPython " MICROPY_GIT_TAG
#define MICROPY_BANNER_MACHINE MICROPY_HW_BOARD_NAME " with " MICROPY_HW_MCU_NAME

// ---- modules ----
#define MICROPY_PY_OS_UNAME (1)
#define MICROPY_PY_OS_SYNC (1)
#define MICROPY_PY_OS_URANDOM (1)
#define MICROPY_PY_OS_DUPTERM (0)
#define MICROPY_PY_OS_INCLUDEFILE "ports/micropython/include_os.h"
#define MICROPY_PY_TIME (1)
#define MICROPY_PY_TIME_GMTIME_LOCALTIME_MKTIME (1)
#define MICROPY_PY_TIME_TIME_TIME_NS (1)
#define MICROPY_PY_TIME_INCLUDEFILE "ports/micropython/include_time.h"
#define MICROPY_PY_RANDOM_SEED_INIT_FUNC (ib_vm_random32())
#define MICROPY_PY_MACHINE (1)
#define MICROPY_PY_MACHINE_INCLUDEFILE "ports/micropython/include_machine.h"
#define MICROPY_PY_MACHINE_RESET (1)
#define MICROPY_PY_MACHINE_BOOTLOADER (1)
#define MICROPY_PY_MACHINE_BARE_METAL_FUNCS (1)
#define MICROPY_PY_MACHINE_DISABLE_IRQ_ENABLE_IRQ (0)
#define MICROPY_PY_MACHINE_MEMX (0)
#define MICROPY_PY_MACHINE_SIGNAL (0)
#define MICROPY_PY_MACHINE_PIN_BASE (0)
#define MICROPY_PY_MACHINE_PULSE (1)
#define MICROPY_PY_MACHINE_I2C (1)
#define MICROPY_PY_MACHINE_I2C_TRANSFER_WRITE1 (1)
#define MICROPY_PY_MACHINE_WDT (1)
#define MICROPY_PY_MACHINE_WDT_INCLUDEFILE "ports/micropython/machine/include_wdt.h"
#define MICROPY_PY_HASHLIB_SHA1 (1)
#define MICROPY_PY_HASHLIB_MD5 (1)
#define MICROPY_PY_CRYPTOLIB (1)
#define MICROPY_PY_CRYPTOLIB_CTR (1)
#define MICROPY_PY_SSL (1)
#define MICROPY_SSL_MBEDTLS (1)
#define MICROPY_PY_WEBSOCKET (1)
#define MICROPY_PY_MARSHAL (1)
#define MICROPY_PERSISTENT_CODE_SAVE_FUN (1)
#define MICROPY_PY_FUNCTION_ATTRS_CODE (1)
#define MICROPY_PY_BUILTINS_CODE (MICROPY_PY_BUILTINS_CODE_BASIC)
#define MICROPY_PY_NETWORK (1)
#define MICROPY_PY_NETWORK_HOSTNAME_DEFAULT "ironbow"
#define MICROPY_PY_SOCKET (1)
#define MICROPY_PY_SOCKET_EXTENDED_STATE (1) // timeouts before a socket is bound
#define MICROPY_PY_SOCKET_LISTEN_BACKLOG_DEFAULT (8)
extern const struct _mp_obj_type_t ib_vm_winc_type;
#define MICROPY_PORT_NETWORK_INTERFACES                                                            \
    {MP_ROM_QSTR(MP_QSTR_WINC), MP_ROM_PTR(&ib_vm_winc_type)},                                     \
        {MP_ROM_QSTR(MP_QSTR_WLAN), MP_ROM_PTR(&ib_vm_winc_type)},

// ---- storage ----
#define MICROPY_VFS (1)
#define MICROPY_VFS_FAT (1)
#define MICROPY_VFS_ROM (1)
#define MICROPY_VFS_ROM_IOCTL (1)
#define MICROPY_FATFS_ENABLE_LFN (2)
#define MICROPY_FATFS_LFN_CODE_PAGE 437 // without parentheses: it becomes part of a name
#define MICROPY_FATFS_RPATH (2)
#define MICROPY_FATFS_MAX_SS (4096)
#define MICROPY_FATFS_EXFAT (1)
#define MICROPY_FATFS_USE_LABEL (1)
#define MICROPY_FATFS_NORTC (0)

// ---- types and hooks ----
typedef intptr_t mp_int_t;
typedef uintptr_t mp_uint_t;
typedef intptr_t mp_off_t;
#define MP_SSIZE_MAX INTPTR_MAX
#define MP_STATE_PORT MP_STATE_VM

uint32_t ib_vm_random32(void);
void ib_vm_wake(void);
#define MICROPY_SCHED_HOOK_SCHEDULED ib_vm_wake()

/// On a step clock a turn of a loop takes time, or a loop that waits for something would never see it.
extern uint32_t ib_vm_turns_left;
void ib_vm_turned(void);
#define MICROPY_VM_HOOK_LOOP                                                                       \
    if (--ib_vm_turns_left == 0)                                                                   \
        ib_vm_turned();

#endif
