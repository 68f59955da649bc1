/// What happened, for people or machines: the program's one listener behind every `ib_log`.
///
/// Lines go to standard error; with JSON they are events on standard output. On a terminal one
/// status line may stand below them and is drawn again after each. Any thread may log.
///
/// Nobody waits here: while a pipe is full or a terminal is stopped (Ctrl-S), lines are lost, and
/// said to be as soon as there is room. A reader that has gone costs the camera nothing.
#ifndef IB_APP_JOURNAL_H
#define IB_APP_JOURNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "apps/ironbow/log_port.h"
#include "core/log.h"

/// What is logged while the parts are opened comes after the lines that say what was opened.
#define IB_APP_JOURNAL_HELD 24
struct ib_app_journal_line {
    enum ib_log_level level;
    char room[16];
    char text[240];
};

struct ib_app_journal {
    struct ib_log log; ///< hand this to the rooms
    pthread_mutex_t lock;
    enum ib_log_level level; ///< the least important level still shown
    bool json;
    char status[256]; ///< the line on the terminal now, "" when there is none
    unsigned lost;    ///< lines that nobody took
    bool holding;
    unsigned held;
    struct ib_app_journal_line lines[IB_APP_JOURNAL_HELD];
    struct ib_app_log_port port; ///< the same lines and the details of start-up; zeroed: none
};

void ib_app_journal_init(struct ib_app_journal *self, enum ib_log_level level, bool json);
void ib_app_journal_deinit(struct ib_app_journal *self);

/// Hold lines back from now on (errors come at once), and let them go: all of them, or when nothing was
/// started after all only the warnings.
void ib_app_journal_hold(struct ib_app_journal *self);
void ib_app_journal_release(struct ib_app_journal *self, bool all);

/// Now and then: somebody may have begun to listen at the log port.
void ib_app_journal_tick(struct ib_app_journal *self);

/// Draw (or with "" wipe) the status line on standard output. The caller knows it is a terminal.
void ib_app_journal_status(struct ib_app_journal *self, const char *text);

/// One line of text on standard output, apart from the status line.
void ib_app_journal_print(struct ib_app_journal *self, const char *text);

#endif
