/// One line that is drawn over again.
#include "apps/ironbow/progress.h"

#include <string.h>
#include <unistd.h>

#define BAR 30

void ib_app_progress_init(struct ib_app_progress *self, FILE *to, bool wanted) {
    self->to = wanted && isatty(fileno(to)) ? to : NULL;
    self->shown = -1;
}

void ib_app_progress_show(struct ib_app_progress *self, double part, const char *text) {
    int percent = part <= 0 ? 0 : part >= 1 ? 100 : (int)(part * 100);
    if (!self->to || percent == self->shown)
        return;
    char bar[BAR + 1];
    memset(bar, ' ', BAR);
    memset(bar, '#', (size_t)(percent * BAR / 100));
    bar[BAR] = '\0';
    fprintf(self->to, "\r\033[K[%s] %3d %%  %s", bar, percent, text);
    fflush(self->to);
    self->shown = percent;
}

void ib_app_progress_clear(struct ib_app_progress *self) {
    if (!self->to || self->shown < 0)
        return;
    fprintf(self->to, "\r\033[K");
    fflush(self->to);
    self->shown = -1;
}
