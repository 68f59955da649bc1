/// TLS for the pump, through mbedTLS: certificate and key from files, made on first use.
///
/// TLS 1.2, forward secrecy and authenticated encryption only, no renegotiation, no ALPN. One
/// thread uses a server or client and its sessions.
#ifndef IB_PORTS_LINUX_TLS_H
#define IB_PORTS_LINUX_TLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ib_tls;
struct ib_tls_session;

#define IB_TLS_FINGERPRINT_BYTES 96 ///< "AB:CD:…": SHA-256 of the certificate

/// A server. `certificate` and `key` are paths of PEM files; when neither is there a key (EC P-256,
/// mode 0600) and a self-signed certificate for `name` (20 years) are made; a key alone gets such a
/// certificate (the power may have gone between the two). Neither file is ever there by half, nor
/// written over. Blocks: for the files and, the first time, the making of the key.
/// Return: 0. Errors: a negative errno; `problem` says it in words, with the path.
int ib_tls_open_server(struct ib_tls **out, const char *certificate, const char *key,
                       const char *name, char *problem, size_t problem_size);
/// A client that trusts exactly one certificate: the one with this fingerprint (NULL: any, for
/// tests).
/// Errors: -EINVAL when it is no fingerprint, -ENOMEM …; `problem` says it in words.
int ib_tls_open_client(struct ib_tls **out, const char *fingerprint, char *problem,
                       size_t problem_size);
/// Of the server's certificate, or the one that a client asks for ("" for any).
const char *ib_tls_fingerprint(const struct ib_tls *self);
/// All its sessions are freed by now. NULL is nothing.
void ib_tls_close(struct ib_tls *self);

/// One connection over a non-blocking socket that stays the caller's. NULL when memory is short.
struct ib_tls_session *ib_tls_session_new(struct ib_tls *self, int fd);
/// The first thing on a connection: call until it is 0.
/// Return: 0 when done, -EAGAIN (again when `ib_tls_session_wants` is met), -EKEYREJECTED: the
///         server has another certificate than the one pinned, -ECONNRESET: the peer has left,
///         -EPROTO: it speaks no TLS that we speak, or another negative errno.
int ib_tls_session_handshake(struct ib_tls_session *self);
/// Return: bytes, 0 at the end of the stream (with or without a good-bye: a protocol that must tell
///         them apart frames its packets), -EAGAIN (ask again when `ib_tls_session_wants` is met),
///         another negative errno when the connection is broken (-EPROTO: TLS itself).
ssize_t ib_tls_session_read(struct ib_tls_session *self, void *out, size_t size);
/// As read. At most a record (16 KiB) is taken a call. After -EAGAIN the same bytes, and as many of
/// them at least, are offered again. With `size` 0 only what waits inside is sent on.
ssize_t ib_tls_session_write(struct ib_tls_session *self, const void *bytes, size_t size);
/// Which readiness the socket must have: POLLIN, POLLOUT.
short ib_tls_session_wants(const struct ib_tls_session *self);
/// Whether decrypted bytes wait inside (a poll on the socket would not tell).
int ib_tls_session_buffered(const struct ib_tls_session *self);
/// How many bytes the kernel has taken, encrypted: tells progress within a record.
uint64_t ib_tls_session_sent(const struct ib_tls_session *self);
/// Say good-bye (at most one record, never waits). Reading goes on, writing is over (-EPIPE).
void ib_tls_session_bye(struct ib_tls_session *self);
void ib_tls_session_free(struct ib_tls_session *self);

#endif
