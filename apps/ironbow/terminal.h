/// The terminal this program runs in: how large, which colours, keys one by one, and left as it was
/// found whatever happens.
///
/// One at a time. Signals that end the program or stop it (Ctrl-C, Ctrl-Z, a hang-up, a crash)
/// bring the terminal back first; only SIGKILL cannot.
#ifndef IB_APP_TERMINAL_H
#define IB_APP_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "apps/ironbow/terminal_cells.h"

/// Which colours standard output may be given: by NO_COLOR, TERM, COLORTERM.
enum ib_app_cell_colours ib_app_terminal_colours(void);

/// Columns and rows of the terminal on standard output, else of COLUMNS and LINES, else 80x24.
void ib_app_terminal_size(unsigned *columns, unsigned *rows);

/// Take the terminal over: its other screen, no cursor, keys at once.
/// Errors: -1 with `problem` filled: standard input or output is none, or it cannot move its cursor.
int ib_app_terminal_open(char *problem, size_t problem_size);
/// As it was. May be called without an open.
void ib_app_terminal_close(void);

/// Whether the size may have changed, or somebody else has written to the screen, since the last
/// call.
bool ib_app_terminal_disturbed(void);
/// Whether a signal wants the program to end.
bool ib_app_terminal_ended(void);

/// Keys that are more than a character.
enum {
    IB_APP_KEY_NONE = 0,
    IB_APP_KEY_LEFT = 256,
    IB_APP_KEY_RIGHT,
    IB_APP_KEY_UP,
    IB_APP_KEY_DOWN,
    IB_APP_KEY_HOME,
    IB_APP_KEY_END
};
/// The next key that was pressed; IB_APP_KEY_NONE: there is none now. The end of the input counts
/// as the program's end.
int ib_app_terminal_key(void);

/// Write all of it.
/// Blocks: as long as the terminal takes, or until a signal ends the program.
/// Return: whether it went well.
bool ib_app_terminal_write(const char *bytes, size_t size);

#endif
