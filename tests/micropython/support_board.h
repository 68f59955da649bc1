/// A script engine under test: its console as text, with a limit on every wait.
#ifndef IB_TESTS_MICROPYTHON_SUPPORT_BOARD_H
#define IB_TESTS_MICROPYTHON_SUPPORT_BOARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "ports/micropython/vm.h"

struct board {
    struct ib_vm *vm;
    pthread_mutex_t mutex;
    pthread_cond_t news;
    unsigned told;
    bool raw;
    char directory[64]; ///< for image files; removed at the end
    char path[4][128];
    struct ib_vm_config config;
    size_t size;
    char text[1u << 20]; ///< what has come out and was not looked at yet, terminated
    char warnings[4096]; ///< from the log
};

/// Start with `flash`, `card` and `rom` as names of files in the board's directory; NULL: none.
void board_start(struct board *self, const char *flash, const char *card, const char *rom);
/// The same, when it must fail. Return: the problem, valid until the next call.
const char *board_refused(struct board *self, const char *flash, const char *card, const char *rom);
/// On a board with LEDs the main.py of a new flash blinks for ever: past it to the prompt, and take it
/// away.
void board_without_main(struct board *self);
void board_stop(struct board *self);
/// A directory for images. First of all.
void board_prepare(struct board *self);
void board_clean(struct board *self);
const char *board_path(struct board *self, unsigned slot, const char *name);
void board_file(struct board *self, const char *name, const void *bytes, size_t size);

void board_type(struct board *self, const char *text);
/// Take what has come out, without waiting.
void board_drain(struct board *self);
/// Run a Python file of the test's own folder at the raw prompt; it must print nothing.
void board_file_runs(struct board *self, const char *path);
/// Wait until the output has `text`; everything up to its end is taken away.
void board_expect(struct board *self, const char *text);
/// Wait for a stage, and that the output has come.
void board_until(struct board *self, enum ib_vm_stage stage);
/// Run a script at the raw prompt. Return: what it printed and, behind a '!', its traceback; valid
/// until the next call.
const char *board_run(struct board *self, const char *script);
/// It must print exactly that.
void board_prints(struct board *self, const char *script, const char *expected);
/// Its traceback must contain that.
void board_raises(struct board *self, const char *script, const char *expected);
/// The RESET button, and wait for the prompt; what came out before is thrown away.
void board_reset(struct board *self);
/// Wait until it has booted more often than so, and for the prompt.
void board_rebooted(struct board *self, uint32_t cold_boots);
/// Ctrl-D at the raw prompt, and wait for the next.
void board_soft_reset(struct board *self);

#endif
