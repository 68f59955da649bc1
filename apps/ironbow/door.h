/// A door of the running camera: one protocol, served. `ironbow run` opens doors, tells them the news,
/// and closes them; what is behind them it does not know.
///
/// Loop thread only.
#ifndef IB_APP_DOOR_H
#define IB_APP_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/journal.h"
#include "core/json.h"
#include "ports/linux/pump.h"

/// A client that takes nothing for this long is closed. One that reads 10 KB a second takes 64 KB
/// at a time from a loopback socket.
#define IB_APP_SEND_DEADLINE_MS 20000

struct ib_app_door {
    void *self;
    /// A frame, an answered request, granted time: something may have changed for every client.
    void (*kick)(void *self, uint64_t now_us);
    /// Close and open the ports as the network goes and comes; told anew with every try. NULL: not a
    /// door to the network.
    /// Return: 0, or -1 with `problem` filled when a port could not be opened again.
    int (*reachable)(void *self, bool reachable, char *problem, size_t problem_size);
    /// At the start, for people: lines that say where it is. NULL: nothing to say (also `put`).
    void (*print)(void *self, struct ib_app_journal *journal);
    /// The same as members of the start event.
    void (*put)(void *self, struct ib_json_writer *json);
    /// What it has counted, as one member of the control socket's `counters`. NULL: it says nothing.
    void (*count)(void *self, struct ib_json_writer *json);
    /// Close for good.
    /// Return: how often `closed` will be called, from the loop.
    unsigned (*close)(void *self, void (*closed)(void *context), void *context);
};

/// One pump of a door as the network goes and comes.
int ib_app_port_reachable(struct ib_pump *pump, bool reachable, char *problem, size_t problem_size);

/// "127.0.0.1:5001", "[::1]:5001".
void ib_app_endpoint(char *out, size_t size, const char *address, int port);

#endif
