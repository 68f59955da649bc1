/// The log port: what the real camera says on its USB serial, on a pty. Rate-limited as the real line
/// is, so that a storm of messages cannot hold anything up.
#ifndef IB_APP_LOG_PORT_H
#define IB_APP_LOG_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/log.h"
#include "ports/linux/serial.h"

struct ib_app_log_port {
    struct ib_serial *serial;
    uint64_t born_us;
    uint64_t filled_us;    ///< when `budget_bytes` was last filled up
    unsigned budget_bytes; ///< that the line can carry now
    unsigned left_out;     ///< lines
    bool attached;         ///< somebody listened at the last look
    /// What was said while nobody listened, from the start on: told to the first who does.
    size_t kept;
    char backlog[8192];
};

/// `link` names the pty for people.
/// Return: 0. Errors: a negative errno with `problem` filled.
int ib_app_log_port_open(struct ib_app_log_port *self, const char *link, char *problem,
                         size_t problem_size);
/// "W (1234) lepton: text": level, milliseconds since the start, room, text. The caller serialises.
void ib_app_log_port_write(struct ib_app_log_port *self, enum ib_log_level level, const char *room,
                           const char *text);
/// Now and then: somebody may have begun to listen. The caller serialises.
void ib_app_log_port_tick(struct ib_app_log_port *self);
void ib_app_log_port_close(struct ib_app_log_port *self);

#endif
