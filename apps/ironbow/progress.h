/// A progress bar on a terminal, for long work; nothing anywhere else.
#ifndef IB_APP_PROGRESS_H
#define IB_APP_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

struct ib_app_progress {
    FILE *to;  ///< NULL: nobody wants it, or no terminal
    int shown; ///< the percentage on the screen, -1 none
};

/// `to` is stdout or stderr; `wanted` false shows nothing.
void ib_app_progress_init(struct ib_app_progress *self, FILE *to, bool wanted);
/// `part` 0..1; `text` stands behind the bar. Drawn only when the percentage has changed.
void ib_app_progress_show(struct ib_app_progress *self, double part, const char *text);
/// Remove the bar: something else is printed next.
void ib_app_progress_clear(struct ib_app_progress *self);

#endif
