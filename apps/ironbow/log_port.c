/// Lines for the log port, as fast as 115,200 baud carries them.
#include "apps/ironbow/log_port.h"

#include <stdio.h>
#include <string.h>

#include "boards/tcam_mini.h"
#include "ports/linux/host_clock.h"

/// A start-up's worth of lines goes out at once.
#define BURST_BYTES 8192u
#define LINE_BYTES 320

int ib_app_log_port_open(struct ib_app_log_port *self, const char *link, char *problem,
                         size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->born_us = self->filled_us = ib_host_now_us();
    self->budget_bytes = BURST_BYTES;
    return ib_serial_open_pty(&self->serial, link, problem, problem_size);
}

/// Ten bits a byte: start, eight, stop.
static void fill(struct ib_app_log_port *self) {
    uint64_t now_us = ib_host_now_us();
    uint64_t bytes = (now_us - self->filled_us) * (ib_board_tcam_mini.log_baud / 10) / 1000000;
    if (bytes == 0)
        return;
    self->filled_us = now_us;
    self->budget_bytes = bytes > BURST_BYTES - self->budget_bytes
                             ? BURST_BYTES
                             : self->budget_bytes + (unsigned)bytes;
}

static bool say(struct ib_app_log_port *self, enum ib_log_level level, const char *room,
                const char *text) {
    char line[LINE_BYTES];
    unsigned long ms = (unsigned long)((ib_host_now_us() - self->born_us) / 1000);
    int size = snprintf(line, sizeof line - 2, "%c (%lu) %s: %s", "EWID"[level], ms, room, text);
    size_t used = size < (int)sizeof line - 2 ? (size_t)size : sizeof line - 3;
    line[used++] = '\r';
    line[used++] = '\n';
    if (!ib_serial_attached(self->serial)) {
        if (used > sizeof self->backlog - self->kept)
            return false;
        memcpy(self->backlog + self->kept, line, used);
        self->kept += used;
        return true;
    }
    if (used > self->budget_bytes || !ib_serial_say(self->serial, line, used))
        return false;
    self->budget_bytes -= (unsigned)used;
    return true;
}

/// Whole lines of the backlog, few enough that a pty takes them at once (it has room for 4,096 bytes
/// or so).
static size_t next_piece(const struct ib_app_log_port *self) {
    size_t size = self->kept < 1024 ? self->kept : 1024;
    while (size > 0 && self->backlog[size - 1] != '\n')
        size--;
    return size;
}

void ib_app_log_port_tick(struct ib_app_log_port *self) {
    if (!self->serial)
        return;
    fill(self);
    bool attached = ib_serial_attached(self->serial);
    if (self->attached && !attached)
        ib_serial_discard(self->serial); // what the last listener left begins inside a line
    self->attached = attached;
    if (!attached)
        return;
    for (size_t piece = next_piece(self); piece > 0 && piece <= self->budget_bytes &&
                                          ib_serial_say(self->serial, self->backlog, piece);
         piece = next_piece(self)) {
        self->budget_bytes -= (unsigned)piece;
        self->kept -= piece;
        memmove(self->backlog, self->backlog + piece, self->kept);
    }
}

void ib_app_log_port_write(struct ib_app_log_port *self, enum ib_log_level level, const char *room,
                           const char *text) {
    if (!self->serial)
        return;
    ib_app_log_port_tick(self);
    if (self->kept && ib_serial_attached(self->serial)) {
        self->left_out++; // what was said before goes first
        return;
    }
    if (self->left_out) {
        char lost[64];
        snprintf(lost, sizeof lost, "%u lines left out: the port is too slow", self->left_out);
        if (!say(self, IB_LOG_WARNING, "log", lost)) {
            self->left_out++;
            return;
        }
        self->left_out = 0;
    }
    if (!say(self, level, room, text))
        self->left_out++;
}

void ib_app_log_port_close(struct ib_app_log_port *self) {
    if (self->serial)
        ib_serial_close(self->serial);
    self->serial = NULL;
}
