/// Who is let in: which names the machine may be called by, which pages may ask for something, and who
/// knows the token.
///
/// Source: RFC 9110 section 7.2 (Host), RFC 6454 section 7 (Origin), RFC 6265bis (SameSite).
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/http_session.h"
#include "apps/ironbow/secure.h"
#include "core/sha256.h"
#include "ports/linux/host_clock.h"

/// So many wrong tokens in a row, and one more every so often.
#define FAILURES_MAX 10u
#define FORGIVE_US 6000000u
#define YEAR_S 31536000

static void digest(uint8_t out[32], struct ib_slice text) {
    struct ib_sha256 sha;
    ib_sha256_init(&sha);
    ib_sha256_feed(&sha, text.at, text.size);
    ib_sha256_finish(&sha, out);
}

int ib_app_http_gate_open(struct ib_app_http *self, char *problem, size_t problem_size) {
    struct ib_app_http_gate *gate = &self->gate;
    const struct ib_app_http_config *config = &self->config;
    char path[4200];
    snprintf(gate->names[0], sizeof gate->names[0], "localhost");
    if (gethostname(gate->names[1], sizeof gate->names[1] - 8) != 0)
        gate->names[1][0] = 0;
    gate->names[1][sizeof gate->names[1] - 8] = 0;
    if (config->extra_name)
        snprintf(gate->names[2], sizeof gate->names[2], "%s", config->extra_name);
    gate->needs_token = !ib_app_is_loopback(config->address) && !config->open;
    if (!gate->needs_token)
        return 0;
    const char *state = config->state && config->state[0] ? config->state : NULL;
    int status = ib_app_secure_token(gate->token, gate->token_path, sizeof gate->token_path, state,
                                     "token", config->token_file, problem, problem_size);
    // A secret of its own: nobody can work it out from a token that is easy to guess.
    if (status == 0)
        status = ib_app_secure_token(gate->cookie, path, sizeof path, state, "cookie", NULL,
                                     problem, problem_size);
    return status == 0 ? 0 : -1;
}

// ---- Host and Origin ----

static bool is_name_of(struct ib_slice host, const char *name) {
    char local[300];
    if (!name[0])
        return false;
    snprintf(local, sizeof local, "%s.local", name);
    return ib_slice_same(host, name) || ib_slice_same(host, local);
}

/// A page of somewhere else can have its name point to this machine, but not to a literal address.
static bool is_this_machine(struct ib_app_http *self, const struct ib_authority *host) {
    if (host->address || is_name_of(host->host, ib_device_name(&self->config.board->device)))
        return true;
    for (unsigned i = 0; i < sizeof self->gate.names / sizeof self->gate.names[0]; i++) {
        if (is_name_of(host->host, self->gate.names[i]))
            return true;
    }
    return false;
}

static bool host_of(const struct ib_app_http_session *self, struct ib_authority *out) {
    const struct ib_slice *header = ib_message_header(&self->wire.message, "Host");
    struct ib_slice text = header ? *header : ib_slice_of("localhost"); // HTTP/1.0
    if (self->target.authority.size > 0)
        text = self->target.authority;
    return ib_authority_read(text, out);
}

/// "http://host:port" of the page that asks.
static bool is_own_page(struct ib_slice origin, const struct ib_authority *host) {
    struct ib_authority from;
    bool tls = ib_slice_begins(origin, "https://");
    size_t scheme = tls ? 8 : 7;
    if (!tls && !ib_slice_begins(origin, "http://"))
        return false;
    return ib_authority_read((struct ib_slice){origin.at + scheme, origin.size - scheme}, &from) &&
           ib_authority_same(&from, host, tls ? 443 : 80);
}

/// Whether it changes anything, or is a WebSocket, which no other protection keeps to its own page.
static bool is_guarded(const struct ib_app_http_session *self) {
    const struct ib_message *message = &self->wire.message;
    return !(ib_slice_is(message->method, "GET") || ib_slice_is(message->method, "HEAD")) ||
           ib_message_header(message, "Upgrade");
}

static bool admits_page(struct ib_app_http_session *self) {
    const struct ib_message *message = &self->wire.message;
    const struct ib_slice *origin = ib_message_header(message, "Origin");
    struct ib_authority host;
    if (!host_of(self, &host)) {
        ib_app_http_error(self, 400, "Host is no name and no address");
        return false;
    }
    if (!is_this_machine(self->door, &host)) {
        ib_app_http_error(self, 421,
                          "%.*s is not a name of this camera: use its address, or --http-name",
                          (int)(host.host.size < 64 ? host.host.size : 64), host.host.at);
        return false;
    }
    if (!origin || !is_guarded(self))
        return true;
    if (ib_message_header_count(message, "Origin") == 1 && is_own_page(*origin, &host))
        return true;
    ib_app_http_error(self, 403, "a page from elsewhere may not do that");
    return false;
}

// ---- the token ----

static bool is_secret(struct ib_slice given, const char *secret) {
    size_t size = strlen(secret);
    uint8_t difference = given.size != size;
    // Always as long, and always all of it.
    for (size_t i = 0; i < size; i++)
        difference |= (uint8_t)(secret[i] ^ (i < given.size ? given.at[i] : 0));
    return difference == 0;
}

/// Whether one more guess may be looked at.
static bool has_patience(struct ib_app_http_gate *gate) {
    uint64_t now_us = ib_host_now_us();
    while (gate->failures > 0 && now_us - gate->forgiven_us >= FORGIVE_US) {
        gate->failures--;
        gate->forgiven_us += FORGIVE_US;
    }
    return gate->failures < FAILURES_MAX;
}

/// The same wrong one again and again is an old cookie, or a program that was not told.
static void count_failure(struct ib_app_http_gate *gate, struct ib_slice given) {
    uint8_t hash[32];
    digest(hash, given);
    if (memcmp(hash, gate->last_wrong, sizeof hash) == 0)
        return;
    memcpy(gate->last_wrong, hash, sizeof hash);
    if (gate->failures++ == 0)
        gate->forgiven_us = ib_host_now_us();
}

static void refuse_guesses(struct ib_app_http_session *self) {
    ib_app_http_header(self, "Retry-After", "%u", FORGIVE_US / 1000000u);
    ib_app_http_error(self, 429, "too many wrong tokens: wait a little");
}

/// Answers when it is not.
static bool is_token(struct ib_app_http_session *self, struct ib_slice given, const char *secret) {
    struct ib_app_http_gate *gate = &self->door->gate;
    if (!has_patience(gate)) {
        refuse_guesses(self);
        return false;
    }
    if (is_secret(given, secret))
        return true;
    count_failure(gate, given);
    ib_app_http_header(self, "WWW-Authenticate", "Bearer");
    ib_app_http_error(self, 401, "this is not the token");
    return false;
}

static bool knows_token(struct ib_app_http_session *self) {
    struct ib_app_http_gate *gate = &self->door->gate;
    const struct ib_slice *header = ib_message_header(&self->wire.message, "Authorization");
    struct ib_slice cookie = ib_http_cookie(&self->wire.message, gate->cookie_name);
    if (header && ib_slice_begins(*header, "Bearer "))
        return is_token(self, ib_slice_trim((struct ib_slice){header->at + 7, header->size - 7}),
                        gate->token);
    if (cookie.size > 0) // who is in stays in, whatever others try
        return is_secret(cookie, gate->cookie) || is_token(self, cookie, gate->cookie);
    ib_app_http_header(self, "WWW-Authenticate", "Bearer");
    ib_app_http_error(self, 401, "a token is needed: docs/http.md, \"Protection\"");
    return false;
}

bool ib_app_http_admits(struct ib_app_http_session *self) {
    if (!admits_page(self))
        return false;
    return !self->door->gate.needs_token || (self->route && self->route->open) || knows_token(self);
}

/// Cookies do not know ports: the name does, so that two cameras on one machine get along.
static void give_cookie(struct ib_app_http_session *self) {
    const struct ib_app_http_gate *gate = &self->door->gate;
    ib_app_http_header(self, "Set-Cookie", "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict",
                       gate->cookie_name, gate->cookie, YEAR_S);
}

void ib_app_http_login(struct ib_app_http_session *self) {
    static const char *const MEMBERS[] = {"token", NULL};
    struct ib_json_value object;
    char token[256] = "";
    if (!ib_app_http_object(self, MEMBERS, &object) ||
        ib_app_http_text(self, &object, "token", token, sizeof token) < 0)
        return;
    if (self->door->gate.needs_token) {
        if (!is_token(self, ib_slice_of(token), self->door->gate.token))
            return;
        give_cookie(self);
    }
    ib_app_http_empty(self, 200);
}

bool ib_app_http_take_token(struct ib_app_http_session *self) {
    char token[256];
    int there = ib_app_http_query_text(self, "token", token, sizeof token);
    if (there == 0)
        return false;
    if (there < 0)
        return true;
    if (self->door->gate.needs_token) {
        if (!is_token(self, ib_slice_of(token), self->door->gate.token))
            return true;
        give_cookie(self);
    }
    // The address bar, the history and the next Referer shall not know it.
    ib_app_http_header(self, "Location", "/");
    ib_app_http_bytes(self, 303, NULL, NULL, 0);
    return true;
}
