/// One D-Bus service, on a libuv loop: whether it is there, and calls to it that never wait.
///
/// The bus and the service may come and go; every change is told. Services are never started by
/// asking them something.
/// Not here: what any service means (network_manager.c, avahi.c).
/// Source:  sd-bus(3), D-Bus specification 0.38 (NameOwnerChanged, NO_AUTO_START).
#ifndef IB_PORTS_LINUX_BUS_LOOP_H
#define IB_PORTS_LINUX_BUS_LOOP_H

#include <stdint.h>
#include <systemd/sd-bus.h>
#include <uv.h>

struct ib_bus_loop;

enum ib_bus_presence {
    IB_BUS_UNKNOWN, ///< only before the first change
    IB_BUS_NO_BUS,
    IB_BUS_NO_SERVICE,
    IB_BUS_SERVICE,
};

struct ib_bus_loop_config {
    uv_loop_t *loop;
    const char *address; ///< borrowed; NULL: the system bus
    const char *service; ///< keeps; a well-known name
    /// On the loop, never from inside a function of this header. With IB_BUS_NO_BUS all matches are
    /// gone and unanswered calls are forgotten; with IB_BUS_NO_SERVICE their errors are still to come.
    void (*changed)(void *context, enum ib_bus_presence now);
    void *context;
};

/// Begins to connect, and tries again for ever.
/// Errors: -ENOMEM.
int ib_bus_loop_open(struct ib_bus_loop **out, const struct ib_bus_loop_config *config);
/// The connection for matches and messages; NULL while there is none.
sd_bus *ib_bus_loop_bus(struct ib_bus_loop *self);
enum ib_bus_presence ib_bus_loop_presence(const struct ib_bus_loop *self);
/// Send `message` to where it is addressed (ownership moves here, also on errors). `replied` gets the
/// reply or an error within 20 s, unless the object is closed before.
/// Errors: a negative errno; `replied` is not called then.
int ib_bus_loop_call(struct ib_bus_loop *self, sd_bus_message *message,
                     sd_bus_message_handler_t replied, void *context);
/// Nothing is told from now on; unanswered calls are forgotten. `closed` is called from the loop when
/// all memory is gone. May be called from the callbacks.
void ib_bus_loop_close(struct ib_bus_loop *self, void (*closed)(void *context), void *context);

/// Connect and wait until the bus has said hello, until `deadline_us` of ib_host_now_us at the latest.
/// Errors: a negative errno.
int ib_bus_connect(sd_bus **out, const char *address, uint64_t deadline_us);

#endif
