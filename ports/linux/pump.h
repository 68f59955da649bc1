/// The connection pump: any engine over TCP, TLS, UNIX sockets, a pty or a tty on one libuv loop.
///
/// Back-pressure, deadlines and limits are written here once. The pump reads when the engine can
/// take bytes, asks it for whole packets to send, writes them without copying when the socket takes
/// them, and copies only what is left over. Big sends go in slices, so that one broadcast to
/// hundreds of clients does not keep a reply waiting.
#ifndef IB_PORTS_LINUX_PUMP_H
#define IB_PORTS_LINUX_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "core/log.h"

struct ib_pump;
struct ib_pump_connection;
struct ib_serial;
struct ib_tls;

/// What a protocol gives the pump. `session` is the engine's state for one connection,
/// `session_bytes` long, owned by the pump.
struct ib_pump_chunk {
    const void *bytes; ///< borrowed until the pump's next call into the engine
    size_t size;       ///< 0: nothing now
    bool droppable;    ///< an image: counted apart from replies
    bool hang_up;      ///< close the connection after this chunk has gone
    uint64_t began_us; ///< the engine's mark, handed back by `sent`; 0: it does not ask
};

struct ib_pump_engine {
    size_t session_bytes; ///< the pump hands it over zeroed
    void (*open)(void *engine, void *session, uint64_t now_us);
    /// Returns how many bytes were taken (the rest is offered again after the next pull).
    size_t (*feed)(void *engine, void *session, const uint8_t *bytes, size_t size, uint64_t now_us);
    void (*pull)(void *engine, void *session, uint64_t now_us, bool busy,
                 struct ib_pump_chunk *out);
    /// When to be pulled again without input or kick, on the engine's clock; IB_NEVER when nothing
    /// is under way. A client that has closed its sending side is served until this is IB_NEVER
    /// (for 2 s at most), so a request under way must show here, be it as its deadline.
    uint64_t (*due)(void *engine, void *session);
    /// The connection is gone. True: the session's memory may go; false: asked again after
    /// ib_pump_kick, and every 20 ms.
    bool (*close)(void *engine, void *session);
    /// The last byte of a chunk that has `began_us` was handed to the kernel. May be NULL.
    void (*sent)(void *engine, uint64_t began_us);
    /// One client too many: fill `out` with what to tell it before it is closed (may be NULL).
    void (*refuse)(void *engine, struct ib_pump_chunk *out);
};

struct ib_pump_config {
    uv_loop_t *loop;
    const struct ib_pump_engine *engine; ///< kept
    void *engine_context;
    const char *address;   ///< "127.0.0.1", "::1", "0.0.0.0"; NULL with `unix_path`
    int port;              ///< 0: any free one, see ib_pump_port
    const char *unix_path; ///< a UNIX socket instead of TCP
    struct ib_tls *tls;    ///< TCP only, kept: connections are encrypted (ports/linux/tls.h)
    unsigned handshake_deadline_ms; ///< TLS: a connection that has not shaken hands; 0: 10 s
    /// A serial line instead of a listener, kept (ports/linux/serial.h): one session for ever, whose
    /// `open` is called before ib_pump_open returns. While nobody is at the other end, what the
    /// engine gives is thrown away. A reader that stalls loses whole chunks; when it takes nothing
    /// for the send deadline the rest of the chunk under way and what it has not read are thrown
    /// away as well, so at most the one chunk whose beginning it has already read is torn. `hang_up`
    /// means nothing here.
    struct ib_serial *serial;
    unsigned max_clients;              ///< > 0, but on a serial line
    unsigned send_deadline_ms;         ///< a client that takes nothing for this long is closed; > 0
    uint64_t (*now_us)(void *context); ///< the clock that the engine is told
    void *now_context;
    const struct ib_log *log;
};

struct ib_pump_counters {
    uint32_t accepted;
    uint32_t refused;
    uint32_t closed;
    uint32_t timed_out; ///< closed by the send deadline
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint32_t replies;       ///< chunks handed to the socket or its buffer
    uint32_t images;        ///< the droppable ones, which are not replies
    uint32_t chunks_copied; ///< sends whose rest had to be copied
    uint32_t accept_pauses; ///< accepting stood still for lack of file descriptors or memory
    uint32_t chunks_lost;   ///< serial: thrown away because nobody took them
    uint32_t tls_failures;  ///< handshakes that came to nothing
    uint32_t abandoned;     ///< sessions whose engine never let go of them (memory is not reused)
};

/// Errors: a negative errno (EADDRINUSE …); `problem` (when not NULL) says it in words.
int ib_pump_open(struct ib_pump **out, const struct ib_pump_config *config, char *problem,
                 size_t problem_size);
int ib_pump_port(const struct ib_pump *self);
unsigned ib_pump_clients(const struct ib_pump *self);
void ib_pump_counters(const struct ib_pump *self, struct ib_pump_counters *out);
/// Who is at the other end of a session's TCP connection, and on which of this machine's addresses. In
/// engine functions only.
/// Return: 0, or a negative errno (the peer may just have gone).
int ib_pump_addresses(const void *session, struct sockaddr_storage *peer,
                      struct sockaddr_storage *own);
/// Close the listener at once and all connections in this turn of the loop (the network is down);
/// resume opens the listener again on the same port. Loop thread only, from anywhere, engine
/// functions included. Repeated calls are harmless. A serial line is not paused.
void ib_pump_pause(struct ib_pump *self);
/// Errors: a negative errno (-ESHUTDOWN: the pump is closing); `problem` says it in words. It stays
/// paused then.
int ib_pump_resume(struct ib_pump *self, char *problem, size_t problem_size);
bool ib_pump_paused(const struct ib_pump *self);

/// Something changed for every session (new frame, answered request, time granted): pull them all
/// soon. Loop thread only, from anywhere, engine functions included.
void ib_pump_kick(struct ib_pump *self);
/// Close the listener and all connections; `closed` is called from the loop when all memory is gone
/// (sessions that their engine still needs are waited for, up to 10 s). May be called from engine
/// functions.
void ib_pump_close(struct ib_pump *self, void (*closed)(void *context), void *context);

#endif
