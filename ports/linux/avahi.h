/// Being found: one service published through Avahi over D-Bus, when Avahi runs.
///
/// Avahi may start, stop and start again: the service is published anew by itself. A name that somebody
/// else has gets a number, as Avahi does it.
/// Source:  Avahi D-Bus API (org.freedesktop.Avahi.Server, EntryGroup).
#ifndef IB_PORTS_LINUX_AVAHI_H
#define IB_PORTS_LINUX_AVAHI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/log.h"

struct ib_avahi;

struct ib_avahi_service {
    const char *name; ///< all borrowed; "tCam-Mini-EFB5"
    const char *type; ///< "_tcam-socket._tcp"
    uint16_t port;
    const char *const *txt; ///< "model=2" …, NULL at the end
};

/// Never fails for lack of Avahi: then it waits for it to appear (said once in the log).
/// `address`: D-Bus address; NULL: the system bus.
/// Return: 0. Errors: -ENOMEM.
int ib_avahi_open(struct ib_avahi **out, uv_loop_t *loop, const char *address,
                  const struct ib_log *log);
/// Publish this instead of what was published; NULL: nothing (the network is down).
void ib_avahi_publish(struct ib_avahi *self, const struct ib_avahi_service *service);
/// For people: "published as …", "Avahi does not run", "off".
const char *ib_avahi_status(const struct ib_avahi *self);
void ib_avahi_close(struct ib_avahi *self, void (*closed)(void *context), void *context);

#endif
