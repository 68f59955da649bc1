/// The script engine as a door: its console on a serial port, which people and mpremote open.
#ifndef IB_APP_SERVE_REPL_H
#define IB_APP_SERVE_REPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/door.h"
#include "apps/ironbow/script_board.h"
#include "ports/linux/pump.h"
#include "ports/micropython/vm.h"

struct ib_app_repl_config {
    uv_loop_t *loop;
    struct ib_app_script_board *board; ///< what scripts reach, kept
    const char *serial;                ///< a name for the pty; NULL: only the one it has
    const char *flash;                 ///< image files, see ports/micropython/vm.h
    const char *card;
    const char *rom;
    const char *mac; ///< "02:00:00:00:1B:01": the board's identity is made from it
    const struct ib_log *log;
    void (*notify)(void *context); ///< any thread: the door wants to be kicked
    void *context;
};

struct ib_app_repl {
    struct ib_vm *vm;
    struct ib_serial *serial;
    struct ib_pump *pump;
    struct ib_app_repl_config config;
    char flash[4200]; ///< where it is, "" in memory
    atomic_bool closed;
    bool stuck;           ///< the script's thread has not ended: it keeps what it uses
    pthread_mutex_t lock; ///< around `running`: the camera's thread tells it of frames
    struct ib_vm *running;
    uint8_t out[16384];
};

/// Before anything else.
void ib_app_repl_init(struct ib_app_repl *self);
/// Open the port, switch the board on.
/// Return: 0.
/// Errors: -1 with `problem` filled; the door, closed, takes back what was opened.
int ib_app_repl_open(struct ib_app_repl *self, const struct ib_app_repl_config *config,
                     char *problem, size_t problem_size);
struct ib_app_door ib_app_repl_door(struct ib_app_repl *self);
/// Any thread, also before and after: there is a new frame.
void ib_app_repl_published(struct ib_app_repl *self);
/// What every use of the engine begins with, so that its identity is the same everywhere.
void ib_app_repl_id(uint8_t id[IB_VM_ID_BYTES], const char *mac);
/// After the loop.
void ib_app_repl_free(struct ib_app_repl *self);

#endif
