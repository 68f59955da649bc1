/// What stands behind the question mark.
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/http_session.h"
#include "apps/ironbow/parse.h"
#include "core/status.h"

bool ib_app_http_query_known(struct ib_app_http_session *self, const char *const *names) {
    struct ib_slice rest = self->target.query, part, value;
    unsigned seen = 0;
    while (ib_slice_next(&rest, '&', &part)) {
        struct ib_slice name = ib_slice_cut(part, '=', &value);
        unsigned i = 0;
        while (names[i] && !ib_slice_is(name, names[i]))
            i++;
        if (!names[i] || (seen & 1u << i)) {
            ib_app_http_error(self, 400, "%.*s: %s", (int)(name.size < 64 ? name.size : 64),
                              name.at, names[i] ? "twice" : "there is no such parameter");
            return false;
        }
        seen |= 1u << i;
    }
    return true;
}

int ib_app_http_query_text(struct ib_app_http_session *self, const char *name, char *out,
                           size_t capacity) {
    int size = ib_target_query(self->target.query, name, out, capacity);
    if (size >= 0)
        return 1;
    if (size == IB_E_NOT_FOUND)
        return 0;
    ib_app_http_error(self, 400, "%s: %s", name,
                      size == IB_E_NO_SPACE ? "is too long" : "is not what a text may be");
    return -1;
}

int ib_app_http_query_real(struct ib_app_http_session *self, const char *name, double least,
                           double most, double *out) {
    char text[32];
    int there = ib_app_http_query_text(self, name, text, sizeof text);
    if (there <= 0)
        return there;
    if (ib_app_parse_real(text, out) && *out >= least && *out <= most)
        return 1;
    ib_app_http_error(self, 400, "%s: must be a number from %g to %g", name, least, most);
    return -1;
}
