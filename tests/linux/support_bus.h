/// A D-Bus of the test's own, a service on it that is a Python script, and a loop that runs until
/// something holds.
///
/// A script answers every line with one line. Where dbus-daemon or Debian's Python modules are missing,
/// the test is skipped and says why.
#ifndef IB_TESTS_LINUX_SUPPORT_BUS_H
#define IB_TESTS_LINUX_SUPPORT_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

#include "core/log.h"

struct own_bus {
    char directory[64];
    char address[128];
    pid_t daemon;
};

struct own_service {
    pid_t process;
    int to;
    int from;
    char answer[16384]; ///< the last line, without its end
    size_t more;        ///< bytes after it
    char buffer[16384];
};

struct own_loop {
    uv_loop_t loop;
    uv_timer_t failure;
    struct ib_log log;
    char logged[8192]; ///< everything logged, a line each
    unsigned closed;
};

/// False: something is missing, and it has been said what.
bool own_bus_possible(const char *python_module);
void own_bus_open(struct own_bus *self);
/// The daemon ends; everybody's connection with it.
void own_bus_stop(struct own_bus *self);
/// Start it again at the same address.
void own_bus_restart(struct own_bus *self);
void own_bus_close(struct own_bus *self);

/// Start tests/linux/`script` with the bus's address and `argument` (may be NULL).
void own_service_open(struct own_service *self, const struct own_bus *bus, const char *script,
                      const char *argument);
/// Say a line; returns the answer.
const char *own_service_say(struct own_service *self, const char *line);
void own_service_close(struct own_service *self);

void own_loop_open(struct own_loop *self);
/// For everything that is closed by a callback: counts.
void own_loop_closed(void *self);
/// Run until everything was closed `count` times, then end the loop; fails when anything is left.
void own_loop_close(struct own_loop *self, unsigned count);

/// Run the loop until `condition` holds; fails the test after 30 s.
#define OWN_RUN_UNTIL(self, condition)                                                             \
    do {                                                                                           \
        while (!(condition))                                                                       \
            own_loop_turn((self), #condition, __FILE__, __LINE__);                                 \
    } while (0)
void own_loop_turn(struct own_loop *self, const char *waiting_for, const char *file, int line);

#endif
