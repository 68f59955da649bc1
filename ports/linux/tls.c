/// TLS sessions over non-blocking sockets. Not the certificate: that is tls_certificate.c.
///
/// mbedTLS is never told that the socket is full: what the kernel does not take waits in the
/// session (one record at most, and small alerts), so no half-sent alert can be mistaken for the
/// caller's bytes. The caller hears of its bytes as written only when the kernel has them all.
///
/// Main sources: RFC 5246, RFC 7525 (which suites), the mbedTLS 2.28 headers.
#include "ports/linux/tls.h"

#include <ctype.h>
#include <errno.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/check.h"
#include "ports/linux/problem.h"
#include "ports/linux/tls_certificate.h"

#define RECORD_BYTES 16384u
/// Above this many waiting bytes (a record and some alerts) nothing is read: answers to what is read
/// would add to them.
#define WAITING_LIMIT_BYTES (RECORD_BYTES + 4096u)

struct ib_tls {
    bool is_server;
    char fingerprint[IB_TLS_FINGERPRINT_BYTES];
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_config config;
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
};

struct ib_tls_session {
    struct ib_tls *tls;
    int fd;
    int error;     ///< errno of the socket, 0 as long as it works
    bool at_end;   ///< the peer has said good-bye, or just closed
    bool is_ready; ///< the handshake is over
    bool said_bye;
    short wants;
    uint64_t sent;
    size_t offered; ///< the caller's bytes in `waiting`, not confirmed yet
    uint8_t *waiting;
    size_t waiting_capacity;
    size_t waiting_size;
    size_t waiting_sent;
    mbedtls_ssl_context ssl;
};

static const int SUITES[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                             0};
static const mbedtls_ecp_group_id CURVES[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_CURVE25519,
                                              MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_NONE};
static const int HASHES[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512,
                             MBEDTLS_MD_NONE};

// ---- server and client ----

static struct ib_tls *make(bool is_server, char *problem, size_t size) {
    static const unsigned char purpose[] = "ironbow tls";
    struct ib_tls *self = calloc(1, sizeof *self);
    if (!self) {
        ib_problem(problem, size, "out of memory");
        return NULL;
    }
    self->is_server = is_server;
    mbedtls_entropy_init(&self->entropy);
    mbedtls_ctr_drbg_init(&self->random);
    mbedtls_ssl_config_init(&self->config);
    mbedtls_x509_crt_init(&self->certificate);
    mbedtls_pk_init(&self->key);
    if (mbedtls_ctr_drbg_seed(&self->random, mbedtls_entropy_func, &self->entropy, purpose,
                              sizeof purpose - 1) != 0 ||
        mbedtls_ssl_config_defaults(
            &self->config, is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
            MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
        ib_problem(problem, size, "TLS cannot start: no random numbers or no memory");
        ib_tls_close(self);
        return NULL;
    }
    mbedtls_ssl_config *config = &self->config;
    mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &self->random);
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ciphersuites(config, SUITES);
    mbedtls_ssl_conf_curves(config, CURVES);
    mbedtls_ssl_conf_sig_hashes(config, HASHES);
    // A client looks at the certificate itself, once the handshake has proved who holds its key.
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_renegotiation(config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    return self;
}

static bool print_fingerprint(const mbedtls_x509_crt *certificate, char *out) {
    unsigned char hash[32];
    if (mbedtls_sha256_ret(certificate->raw.p, certificate->raw.len, hash, 0) != 0)
        return false;
    for (size_t i = 0; i < sizeof hash; i++)
        (void)snprintf(out + i * 3, 4, i + 1 < sizeof hash ? "%02X:" : "%02X", hash[i]);
    return true;
}

int ib_tls_open_server(struct ib_tls **out, const char *certificate, const char *key,
                       const char *name, char *problem, size_t problem_size) {
    *out = NULL;
    struct ib_tls *self = make(true, problem, problem_size);
    if (!self)
        return -ENOMEM;
    const struct ib_tls_certificate_request request = {.certificate = certificate,
                                                       .key = key,
                                                       .name = name,
                                                       .random = &self->random,
                                                       .problem = problem,
                                                       .problem_size = problem_size};
    int error = ib_tls_certificate_load(&request, &self->certificate, &self->key);
    if (!error && (mbedtls_ssl_conf_own_cert(&self->config, &self->certificate, &self->key) != 0 ||
                   !print_fingerprint(&self->certificate, self->fingerprint))) {
        ib_problem(problem, problem_size, "cannot use the certificate %s", certificate);
        error = -EINVAL;
    }
    if (error) {
        ib_tls_close(self);
        return error;
    }
    *out = self;
    return 0;
}

/// 64 hexadecimal digits, with or without colons between the pairs, in either case.
static bool read_fingerprint(const char *text, char *out) {
    size_t digits = 0;
    for (; *text; text++) {
        if (*text == ':' && digits > 0 && digits % 2 == 0)
            continue;
        if (!isxdigit((unsigned char)*text) || digits == 64)
            return false;
        out[digits / 2 * 3 + digits % 2] = (char)toupper((unsigned char)*text);
        digits++;
        if (digits % 2 == 0)
            out[digits / 2 * 3 - 1] = ':';
    }
    out[95] = '\0';
    return digits == 64;
}

int ib_tls_open_client(struct ib_tls **out, const char *fingerprint, char *problem,
                       size_t problem_size) {
    *out = NULL;
    struct ib_tls *self = make(false, problem, problem_size);
    if (!self)
        return -ENOMEM;
    if (fingerprint && !read_fingerprint(fingerprint, self->fingerprint)) {
        ib_problem(problem, problem_size,
                   "\"%.100s\" is no fingerprint: 32 pairs of hexadecimal digits, as in AB:CD:…",
                   fingerprint);
        ib_tls_close(self);
        return -EINVAL;
    }
    *out = self;
    return 0;
}

const char *ib_tls_fingerprint(const struct ib_tls *self) {
    return self->fingerprint;
}

void ib_tls_close(struct ib_tls *self) {
    if (!self)
        return;
    mbedtls_ssl_config_free(&self->config);
    mbedtls_x509_crt_free(&self->certificate);
    mbedtls_pk_free(&self->key);
    mbedtls_ctr_drbg_free(&self->random);
    mbedtls_entropy_free(&self->entropy);
    free(self);
}

// ---- the socket ----

static bool is_full(int error) {
    return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

/// Returns how many bytes the kernel took, -1 when the socket is broken.
static ssize_t put(struct ib_tls_session *self, const uint8_t *bytes, size_t size) {
    ssize_t sent;
    do
        sent = send(self->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && is_full(errno))
        sent = 0;
    if (sent < 0)
        self->error = errno;
    else
        self->sent += (uint64_t)sent;
    return sent;
}

static size_t waiting(const struct ib_tls_session *self) {
    return self->waiting_size - self->waiting_sent;
}

/// Send on what waits. Return: 0 when nothing does any more, -EAGAIN, another negative errno.
static int flush(struct ib_tls_session *self) {
    if (self->error)
        return -self->error;
    if (waiting(self) == 0)
        return 0;
    ssize_t sent = put(self, self->waiting + self->waiting_sent, waiting(self));
    if (sent < 0)
        return -self->error;
    self->waiting_sent += (size_t)sent;
    if (waiting(self) > 0)
        return -EAGAIN;
    free(self->waiting);
    self->waiting = NULL;
    self->waiting_capacity = self->waiting_size = self->waiting_sent = 0;
    return 0;
}

static bool keep(struct ib_tls_session *self, const uint8_t *bytes, size_t size) {
    size_t needed = self->waiting_size + size;
    if (needed > self->waiting_capacity) {
        uint8_t *grown = realloc(self->waiting, needed);
        if (!grown)
            return false;
        self->waiting = grown;
        self->waiting_capacity = needed;
    }
    memcpy(self->waiting + self->waiting_size, bytes, size);
    self->waiting_size = needed;
    return true;
}

static int on_send(void *context, const unsigned char *bytes, size_t size) {
    struct ib_tls_session *self = context;
    if (self->error)
        return MBEDTLS_ERR_NET_CONN_RESET;
    ssize_t sent = waiting(self) > 0 ? 0 : put(self, bytes, size);
    if (sent < 0)
        return MBEDTLS_ERR_NET_CONN_RESET;
    if ((size_t)sent < size && !keep(self, bytes + sent, size - (size_t)sent)) {
        self->error = ENOMEM;
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    return (int)size;
}

static int on_recv(void *context, unsigned char *out, size_t size) {
    struct ib_tls_session *self = context;
    ssize_t got;
    do
        got = recv(self->fd, out, size, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got >= 0)
        return (int)got; // at most one record
    if (errno == EAGAIN)
        return MBEDTLS_ERR_SSL_WANT_READ;
    self->error = errno;
    return MBEDTLS_ERR_NET_CONN_RESET;
}

// ---- sessions ----

struct ib_tls_session *ib_tls_session_new(struct ib_tls *tls, int fd) {
    struct ib_tls_session *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->tls = tls;
    self->fd = fd;
    self->wants = POLLIN;
    mbedtls_ssl_init(&self->ssl);
    if (mbedtls_ssl_setup(&self->ssl, &tls->config) != 0) {
        ib_tls_session_free(self);
        return NULL;
    }
    mbedtls_ssl_set_bio(&self->ssl, self, on_send, on_recv, NULL);
    return self;
}

/// What mbedTLS said, as an errno; it is not asked again after a failure.
static int explain(struct ib_tls_session *self, int code) {
    if (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE) {
        self->wants = (short)(waiting(self) > 0 ? POLLIN | POLLOUT : POLLIN);
        return -EAGAIN;
    }
    if (self->error == 0)
        self->error = code == MBEDTLS_ERR_SSL_CONN_EOF       ? ECONNRESET
                      : code == MBEDTLS_ERR_SSL_ALLOC_FAILED ? ENOMEM
                                                             : EPROTO;
    return -self->error;
}

static bool is_trusted(struct ib_tls_session *self) {
    char shown[IB_TLS_FINGERPRINT_BYTES];
    if (self->tls->is_server || self->tls->fingerprint[0] == '\0')
        return true;
    const mbedtls_x509_crt *peer = mbedtls_ssl_get_peer_cert(&self->ssl);
    return peer && print_fingerprint(peer, shown) && strcmp(shown, self->tls->fingerprint) == 0;
}

int ib_tls_session_handshake(struct ib_tls_session *self) {
    int error = flush(self);
    if (error && error != -EAGAIN)
        return error;
    if (self->is_ready)
        return 0;
    int code = mbedtls_ssl_handshake(&self->ssl);
    if (code != 0)
        return explain(self, code);
    if (!is_trusted(self)) {
        (void)mbedtls_ssl_send_alert_message(&self->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                             MBEDTLS_SSL_ALERT_MSG_BAD_CERT);
        self->error = EKEYREJECTED;
        return -EKEYREJECTED;
    }
    self->is_ready = true;
    self->wants = (short)(waiting(self) > 0 ? POLLIN | POLLOUT : POLLIN);
    return 0;
}

ssize_t ib_tls_session_read(struct ib_tls_session *self, void *out, size_t size) {
    int error = ib_tls_session_handshake(self);
    if (error)
        return error;
    if (self->at_end)
        return 0;
    if (waiting(self) > WAITING_LIMIT_BYTES) {
        self->wants = POLLOUT;
        return -EAGAIN;
    }
    int got = mbedtls_ssl_read(&self->ssl, out, size);
    if (got > 0)
        return got;
    if (got == 0 || got == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || got == MBEDTLS_ERR_SSL_CONN_EOF) {
        self->at_end = true;
        return 0;
    }
    return explain(self, got);
}

ssize_t ib_tls_session_write(struct ib_tls_session *self, const void *bytes, size_t size) {
    int error = ib_tls_session_handshake(self);
    if (!error && waiting(self) > 0)
        error = -EAGAIN;
    if (!error && self->said_bye)
        error = -EPIPE;
    if (error) {
        self->wants = error == -EAGAIN && self->is_ready ? POLLOUT : self->wants;
        return error;
    }
    if (self->offered == 0 && size > 0) {
        int limit = mbedtls_ssl_get_max_out_record_payload(&self->ssl);
        size_t most = limit > 0 && (size_t)limit < RECORD_BYTES ? (size_t)limit : RECORD_BYTES;
        int taken = mbedtls_ssl_write(&self->ssl, bytes, size < most ? size : most);
        if (taken < 0)
            return explain(self, taken);
        self->offered = (size_t)taken;
        if (waiting(self) > 0) {
            self->wants = POLLOUT;
            return -EAGAIN;
        }
    }
    IB_ASSERT(size == 0 || size >= self->offered);
    size_t confirmed = size > 0 ? self->offered : 0;
    if (size > 0)
        self->offered = 0;
    self->wants = POLLIN;
    return (ssize_t)confirmed;
}

short ib_tls_session_wants(const struct ib_tls_session *self) {
    return self->wants;
}

int ib_tls_session_buffered(const struct ib_tls_session *self) {
    return self->is_ready && self->error == 0 && mbedtls_ssl_get_bytes_avail(&self->ssl) > 0;
}

uint64_t ib_tls_session_sent(const struct ib_tls_session *self) {
    return self->sent;
}

void ib_tls_session_bye(struct ib_tls_session *self) {
    if (!self->is_ready || self->error)
        return;
    // Behind what still waits it would have to wait as well.
    if (!self->said_bye && flush(self) == 0)
        (void)mbedtls_ssl_close_notify(&self->ssl);
    self->said_bye = true;
}

void ib_tls_session_free(struct ib_tls_session *self) {
    if (!self)
        return;
    mbedtls_ssl_free(&self->ssl);
    free(self->waiting);
    free(self);
}
