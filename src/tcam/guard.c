/// The protected port: nothing is carried out before the token was given.
///
/// It is not encryption: the port's transport is (TLS), and without it the token can be read on the
/// way. A wrong token costs the connection, so guessing costs a connection each.
/// Source:  our own; docs/SPEC-tcam.md, "The protected port".
#include <string.h>

#include "core/check.h"
#include "tcam/engine.h"

void ib_tcam_session_guard(struct ib_tcam_session *self, const char *token, uint64_t now_us) {
    size_t size = strlen(token);
    IB_ASSERT(size >= 1 && size <= IB_TCAM_TOKEN_BYTES);
    self->token = token;
    self->token_deadline_us = now_us + IB_TCAM_TOKEN_US;
}

/// Takes as long whatever the difference is, and whatever the lengths are.
static bool same_token(const char *a, size_t a_size, const char *b, size_t b_size) {
    uint8_t padded[2][IB_TCAM_TOKEN_BYTES] = {{0}};
    memcpy(padded[0], a, a_size);
    memcpy(padded[1], b, b_size);
    volatile uint8_t differs = a_size != b_size;
    for (size_t i = 0; i < IB_TCAM_TOKEN_BYTES; i++)
        differs = (uint8_t)(differs | (padded[0][i] ^ padded[1][i]));
    return differs == 0;
}

int ib_tcam_auth(struct ib_tcam_session *self, const struct ib_json_value *args, uint64_t now_us) {
    (void)now_us;
    if (!self->token)
        return IB_TCAM_DONE_ACK;
    char given[IB_TCAM_TOKEN_BYTES + 1];
    struct ib_json_value value;
    int size = -1;
    if (args && ib_json_member(args, "token", &value) == 0)
        size = ib_json_string(&value, given, sizeof given);
    if (size >= 0 && same_token(given, (size_t)size, self->token, strlen(self->token))) {
        self->token = NULL;
        return IB_TCAM_DONE_ACK;
    }
    ib_tcam_reply_outcome(self, self->pending_name, false);
    self->hang_up = true;
    return IB_TCAM_DONE_REPLY;
}

void ib_tcam_guard_step(struct ib_tcam_session *self, uint64_t now_us) {
    if (!self->token || self->reply_size || self->hang_up || now_us < self->token_deadline_us)
        return;
    ib_tcam_reply_failure(self, "auth", "no token in time");
    self->hang_up = true;
}
