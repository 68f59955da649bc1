/// The other end of the tCam protocol, for the program's own tools: one connection, packets in and out,
/// every wait with a deadline. Plain, or TLS with a token.
#ifndef IB_APP_TCAM_CLIENT_H
#define IB_APP_TCAM_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/json.h"
#include "ports/linux/tls.h"

/// An image packet fits, and an update chunk.
#define IB_APP_TCAM_CLIENT_BYTES 65536

struct ib_app_tcam_client {
    int fd; ///< -1: not connected
    struct ib_tls *tls;
    struct ib_tls_session *session;
    size_t size;     ///< bytes of `in`
    size_t consumed; ///< of those, the packets given out
    char in[IB_APP_TCAM_CLIENT_BYTES];
    char out[IB_APP_TCAM_CLIENT_BYTES];
};

struct ib_app_tcam_address {
    const char *host;        ///< "192.168.4.1", "camera.local:5002", "[fe80::1]:5001"
    const char *fingerprint; ///< of the certificate; NULL: no TLS
    const char *token;       ///< with TLS
};

/// Connect (and say the token) within `timeout_ms`.
/// Return: 0.
/// Errors: -1 with `problem` filled; ib_app_tcam_client_close all the same.
int ib_app_tcam_client_open(struct ib_app_tcam_client *self,
                            const struct ib_app_tcam_address *address, unsigned timeout_ms,
                            char *problem, size_t problem_size);
/// Send one packet: the JSON text without delimiters, in at most 20 s.
int ib_app_tcam_client_send(struct ib_app_tcam_client *self, const char *json, size_t size,
                            char *problem, size_t problem_size);
/// The next packet, parsed; `root` is borrowed until the next call.
/// Return: 1; 0 when none came by `deadline_us` (host clock), or a signal did.
/// Errors: -1 with `problem` filled: closed, broken, not a packet.
int ib_app_tcam_client_receive(struct ib_app_tcam_client *self, uint64_t deadline_us,
                               struct ib_json_value *root, char *problem, size_t problem_size);
void ib_app_tcam_client_close(struct ib_app_tcam_client *self);

#endif
