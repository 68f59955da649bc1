/// The script engine: MicroPython in a thread of its own, seen from the rest of the program.
///
/// There is one in a process (MicroPython keeps its state in a global). Every function but start
/// and stop may be called from any thread; none of them waits for a script. What a script prints
/// comes out of `ib_vm_pull`, what people type goes into `ib_vm_feed`. From switching on to the
/// prompt and back is boot.c; how the storage behaves is storage.c.
#ifndef IB_PORTS_MICROPYTHON_VM_H
#define IB_PORTS_MICROPYTHON_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/clock.h"
#include "core/log.h"
#include "openmv/hands.h"

#define IB_VM_FLASH_BYTES (24u << 20) ///< a new flash image
#define IB_VM_ROM_BYTES (8u << 20)    ///< the most a ROMFS image has
/// Objects are twice as large here as on the board, so twice its 8 MB.
#define IB_VM_HEAP_BYTES (16u << 20)
#define IB_VM_ID_BYTES 12u

struct ib_vm;

/// One script in place of main.py and the prompt: boot.py when there is one, the script, the end.
/// Everything in here is borrowed until ib_vm_stop.
struct ib_vm_script {
    const char *name; ///< as tracebacks call it, and sys.argv[0]
    const char *text;
    size_t size;
    const char *const *arguments; ///< the rest of sys.argv
    size_t argument_count;
    /// A folder of this machine that is mounted at /remote for reading, first in sys.path; NULL: none.
    const char *folder;
    /// Takes what the script prints, byte for byte, and with `error` its tracebacks. On the engine's
    /// thread, which waits for it. In place of ib_vm_pull. There is no input: input() gives EOFError.
    void (*print)(void *context, const char *text, size_t size, bool error);
};

struct ib_vm_config {
    size_t heap_bytes; ///< of Python's objects; 0: IB_VM_HEAP_BYTES
    /// Image file with the FAT file system of /flash, made when missing; NULL: one in memory that
    /// ends with the engine. Borrowed, as the two below.
    const char *flash;
    const char *card; ///< image in the slot from the start; NULL: none
    const char
        *rom; ///< ROMFS image, written again by `mpremote romfs`; NULL: an empty one in memory
    uint8_t id[IB_VM_ID_BYTES]; ///< machine.unique_id()
    /// The script's time, read by the engine's thread only. NULL: the machine's. Else a step clock:
    /// waiting runs it forward and takes no time, a turn of a loop costs 1 us of it, and chance comes
    /// from `seed`, so that a script sees the same on every machine. Waits for sockets take real time.
    const struct ib_clock *clock;
    bool paced; ///< that clock follows real time by itself: waits sleep, loops cost what they cost
    int64_t wall_us;                   ///< step clock: local time at its 0, microseconds since 1970
    uint64_t seed;                     ///< step clock
    const struct ib_vm_script *script; ///< NULL: a board with its prompt
    /// The board's buses, pins and cameras; kept. NULL: none, for an engine by itself.
    const struct ib_openmv_hands *hands;
    /// Any thread, and it must not call back: there is output, or room for input again, or the
    /// state has changed. May be NULL.
    void (*notify)(void *context);
    void *context;
    const struct ib_log *log; ///< kept; may be NULL; told from the engine's thread
};

enum ib_vm_reset {
    IB_VM_RESET_SOFT,  ///< the running script is broken off; then boot.py
    IB_VM_RESET_HARD,  ///< as the RESET button: boot.py, then main.py
    IB_VM_RESET_SAFE,  ///< neither boot.py nor main.py: for those that never end
    IB_VM_RESET_FAULT, ///< no reset: what runs ends in a hard fault, as if the firmware had failed
};

enum ib_vm_stage {
    IB_VM_STARTING,   ///< until the storage is mounted
    IB_VM_BOOT,       ///< boot.py
    IB_VM_MAIN,       ///< main.py
    IB_VM_PROMPT,     ///< the friendly or raw prompt, and what is run from there
    IB_VM_BOOTLOADER, ///< after machine.bootloader(): until a reset
    IB_VM_FAULT,      ///< the hard-fault indicator: until a reset
    IB_VM_STOPPED,
};

/// How a script (ib_vm_script) ended.
enum ib_vm_ending {
    IB_VM_ENDING_NONE,      ///< not yet
    IB_VM_ENDING_DONE,      ///< at its end, or by sys.exit: `exit_code`
    IB_VM_ENDING_EXCEPTION, ///< its traceback was printed
    IB_VM_ENDING_INTERRUPT, ///< by a KeyboardInterrupt
    IB_VM_ENDING_RESET,     ///< machine.reset() and its like
    IB_VM_ENDING_BOOTLOADER,
    IB_VM_ENDING_FAULT,
    IB_VM_ENDING_STOPPED, ///< by ib_vm_quit or ib_vm_stop
};

struct ib_vm_state {
    enum ib_vm_stage stage;
    enum ib_vm_ending ending; ///< valid once `stage` is IB_VM_STOPPED
    int exit_code;
    uint32_t cold_boots;
    uint32_t soft_resets;
    uint32_t output_dropped_bytes; ///< nobody took them
    uint32_t events_lost;          ///< ib_vm_schedule while one was still pending
    bool card;                     ///< there is one in the slot
};

/// Open the images and start the thread, which then boots.
/// Gives:  `*out`, until ib_vm_stop.
/// Return: 0.
/// Errors: -1 with `problem` filled: an image cannot be opened, is in use, or is no FAT or ROMFS
///         (an image with something else in it is never overwritten); no memory; a second engine.
int ib_vm_start(struct ib_vm **out, const struct ib_vm_config *config, char *problem,
                size_t problem_size);
/// Break off whatever runs (no `except` and no `finally` sees it), close files and sockets, end the
/// thread. Whoever feeds, schedules or pulls has stopped before.
/// Blocks: until the thread has ended, at most `deadline_ms`.
/// Return: 0. Errors: -1 when it has not: then nothing is freed, and the images stay locked.
int ib_vm_stop(struct ib_vm *self, unsigned deadline_ms);

/// What ib_vm_stop begins with: break off whatever runs and end the thread, without waiting for it.
void ib_vm_quit(struct ib_vm *self);

/// What comes in over the serial line. While a script runs, Ctrl-C interrupts it, also from behind
/// input that nobody reads.
/// Return: how many bytes were taken; `notify` tells when more can be.
size_t ib_vm_feed(struct ib_vm *self, const uint8_t *bytes, size_t size);
/// What goes out. Return: bytes written to `out`; 0: nothing waits.
size_t ib_vm_pull(struct ib_vm *self, uint8_t *out, size_t size);

/// KeyboardInterrupt in whatever runs or waits, as Ctrl-C does (at the prompt: nothing).
void ib_vm_interrupt(struct ib_vm *self);
void ib_vm_reset(struct ib_vm *self, enum ib_vm_reset reset);
void ib_vm_state(const struct ib_vm *self, struct ib_vm_state *out);
/// "starting", "boot.py", "main.py", "prompt", "bootloader", "fault", "stopped".
const char *ib_vm_stage_name(enum ib_vm_stage stage);

/// News for a script: `call` runs on the engine's thread at its next step backwards or wait, and may
/// call into Python there. Zeroed, set `call`, then the caller's until it has been called or the
/// engine has stopped.
struct ib_vm_event {
    void (*call)(struct ib_vm_event *self);
    struct ib_vm_event *next; ///< the engine's
    bool pending;             ///< the engine's
};
/// Return: whether it will be called; false: it is still pending from before (counted), or the
///         engine is between two lives.
bool ib_vm_schedule(struct ib_vm *self, struct ib_vm_event *event);
/// Something has changed that a script may be waiting for, a frame in the hub perhaps: a wait looks
/// again.
void ib_vm_look(struct ib_vm *self);

/// Put an image into the card slot. It is mounted at /sdcard at once, and becomes the working
/// directory with the next reset.
/// Return: 0. Errors: -1 with `problem` filled: there is one already, or it cannot be opened.
int ib_vm_card_insert(struct ib_vm *self, const char *path, char *problem, size_t problem_size);
/// Pull it: also in the middle of a write. Files on it give OSError from now on, /sdcard goes.
/// Return: 0. Errors: -1: there is none.
int ib_vm_card_remove(struct ib_vm *self);

#endif
