/// Passwords: Basic and, where there is an MD5, Digest.
///
/// Digest keeps the token itself off the wire; neither hides the pictures, nor stops somebody who can
/// change what is under way.
/// Source:  RFC 7617 (Basic); RFC 2069 and 7616 (Digest, with and without `qop`).
#include <string.h>

#include "core/base64.h"
#include "stream/rtsp_private.h"

#define REALM "ironbow"
#define SECRET_BYTES 256 ///< more than any token with its user

/// Takes as long whatever the difference is.
static bool same_secret(const char *a, size_t a_size, const char *b, size_t b_size) {
    uint8_t padded[2][SECRET_BYTES] = {{0}};
    if (a_size > SECRET_BYTES || b_size > SECRET_BYTES)
        return false;
    memcpy(padded[0], a, a_size);
    memcpy(padded[1], b, b_size);
    volatile uint8_t differs = a_size != b_size;
    for (size_t i = 0; i < SECRET_BYTES; i++)
        differs = (uint8_t)(differs | (padded[0][i] ^ padded[1][i]));
    return differs == 0;
}

static bool passes_basic(const struct ib_rtsp_session *self, struct ib_slice credentials) {
    char given[SECRET_BYTES], wanted[SECRET_BYTES];
    struct ib_text text;
    int size = ib_base64_decode(given, sizeof given, credentials.at, credentials.size);
    ib_text_init(&text, wanted, sizeof wanted);
    ib_text_str(&text, IB_RTSP_USER ":");
    ib_text_str(&text, self->server->config.token);
    return size > 0 && !text.cut && same_secret(given, (size_t)size, wanted, text.size);
}

/// MD5 of `count` texts with colons between them, in lower-case hexadecimal.
static bool hash(const struct ib_rtsp_session *self, const struct ib_slice *parts, unsigned count,
                 char out[33]) {
    char bytes[IB_MESSAGE_TARGET_BYTES / 2];
    uint8_t digest[16];
    struct ib_text text;
    ib_text_init(&text, bytes, sizeof bytes);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            ib_text_char(&text, ':');
        ib_text_bytes(&text, parts[i].at ? parts[i].at : "", parts[i].size);
    }
    self->server->config.md5(bytes, text.size, digest);
    for (unsigned i = 0; i < 16; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[32] = '\0';
    return !text.cut;
}

struct digest {
    struct ib_slice username, realm, nonce, uri, response, algorithm, qop, nc, cnonce;
};

static void read_digest(struct digest *out, struct ib_slice list) {
    const struct {
        const char *name;
        struct ib_slice *value;
    } known[] = {
        {"username", &out->username}, {"realm", &out->realm},
        {"nonce", &out->nonce},       {"uri", &out->uri},
        {"response", &out->response}, {"algorithm", &out->algorithm},
        {"qop", &out->qop},           {"nc", &out->nc},
        {"cnonce", &out->cnonce},
    };
    struct ib_slice pair;
    memset(out, 0, sizeof *out);
    while (ib_slice_next(&list, ',', &pair)) {
        struct ib_slice value;
        struct ib_slice key = ib_slice_trim(ib_slice_cut(pair, '=', &value));
        value = ib_slice_trim(value);
        if (value.size >= 2 && value.at[0] == '"' && value.at[value.size - 1] == '"')
            value = (struct ib_slice){value.at + 1, value.size - 2};
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            if (ib_slice_same(key, known[i].name))
                *known[i].value = value;
        }
    }
}

static bool passes_digest(const struct ib_rtsp_session *self, struct ib_slice list) {
    struct digest given;
    char user[33], request[33], wanted[33];
    read_digest(&given, list);
    if (!self->server->config.md5 || !self->nonce[0] ||
        !ib_slice_is(given.username, IB_RTSP_USER) || !ib_slice_is(given.realm, REALM) ||
        !ib_slice_is(given.nonce, self->nonce) ||
        (given.algorithm.size > 0 && !ib_slice_same(given.algorithm, "MD5")))
        return false;
    const struct ib_slice who[] = {given.username, given.realm,
                                   ib_slice_of(self->server->config.token)};
    const struct ib_slice what[] = {self->message.method, given.uri};
    if (!hash(self, who, 3, user) || !hash(self, what, 2, request))
        return false;
    const struct ib_slice plain[] = {ib_slice_of(user), given.nonce, ib_slice_of(request)};
    const struct ib_slice counted[] = {ib_slice_of(user), given.nonce, given.nc,
                                       given.cnonce,      given.qop,   ib_slice_of(request)};
    bool hashed =
        given.qop.size > 0 ? hash(self, counted, 6, wanted) : hash(self, plain, 3, wanted);
    return hashed &&
           same_secret(given.response.at ? given.response.at : "", given.response.size, wanted, 32);
}

bool ib_rtsp_auth_passes(struct ib_rtsp_session *self) {
    const struct ib_slice *header = ib_message_header(&self->message, "Authorization");
    struct ib_slice credentials;
    if (!self->server->config.token)
        return true;
    if (!header)
        return false;
    struct ib_slice scheme = ib_slice_cut(*header, ' ', &credentials);
    credentials = ib_slice_trim(credentials);
    bool passes = (ib_slice_same(scheme, "Basic") && passes_basic(self, credentials)) ||
                  (ib_slice_same(scheme, "Digest") && passes_digest(self, credentials));
    self->failures += !passes;
    return passes;
}

void ib_rtsp_auth_challenge(struct ib_rtsp_session *self, struct ib_text *out) {
    if (!self->nonce[0]) {
        struct ib_text nonce;
        const struct ib_rtsp_config *config = &self->server->config;
        ib_text_init(&nonce, self->nonce, sizeof self->nonce);
        ib_text_hex(&nonce, config->random(config->context), 8);
        ib_text_hex(&nonce, config->random(config->context), 8);
    }
    if (self->server->config.md5) {
        ib_text_str(out, "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"");
        ib_text_str(out, self->nonce);
        ib_text_str(out, "\"\r\n");
    }
    ib_text_str(out, "WWW-Authenticate: Basic realm=\"" REALM "\"\r\n");
}
