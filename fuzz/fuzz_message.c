/// Fuzz: requests of HTTP and RTSP. Any cut gives the same, slices stay inside, limits hold.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stream/message.h"
#include "stream/target.h"

#define BODY_MOST 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void inside(struct ib_slice slice, const uint8_t *bytes, size_t size) {
    const char *begin = (const char *)bytes;
    require(slice.size == 0 || (slice.at >= begin && slice.at + slice.size <= begin + size));
}

/// Escapes and lists of whatever came.
static void read_on(struct ib_slice text) {
    char out[64];
    struct ib_target target;
    struct ib_slice element;
    if (ib_target_split(text, &target)) {
        while (ib_target_component(&target.path, &element)) {
            if (ib_target_decode(element, out, sizeof out) >= 0)
                require(!strchr(out, '/') && strcmp(out, "..") != 0);
        }
        ib_target_query(target.query, "a", out, sizeof out);
    }
    while (ib_slice_next(&text, ',', &element))
        require(element.size > 0);
}

static void check(const struct ib_message *m, const uint8_t *bytes, size_t size) {
    require(m->used <= size && m->count <= IB_MESSAGE_HEADERS);
    require(m->head_bytes <= IB_MESSAGE_HEAD_BYTES && m->body.size <= BODY_MOST);
    inside(m->method, bytes, size);
    inside(m->target, bytes, size);
    inside(m->body, bytes, size);
    read_on(m->target);
    for (unsigned i = 0; i < m->count; i++) {
        inside(m->headers[i].name, bytes, size);
        inside(m->headers[i].value, bytes, size);
        read_on(m->headers[i].value);
    }
}

/// First byte: HTTP or RTSP, and how the rest is cut.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ib_message whole, cut;
    if (size == 0)
        return 0;
    enum ib_message_kind kind = data[0] & 1 ? IB_MESSAGE_RTSP : IB_MESSAGE_HTTP;
    size_t step = (size_t)(data[0] >> 1) + 1, end = 0;
    data++;
    size--;
    ib_message_begin(&whole, kind, BODY_MOST);
    enum ib_message_result wanted = ib_message_parse(&whole, data, size), got;
    check(&whole, data, size);
    ib_message_begin(&cut, kind, BODY_MOST);
    do {
        end = size - end < step ? size : end + step;
        got = ib_message_parse(&cut, data, end);
    } while (got == IB_MESSAGE_MORE && end < size);
    require(got == wanted && cut.used == whole.used && cut.status == whole.status);
    require((got == IB_MESSAGE_BAD) == (cut.status != 0) && cut.count == whole.count);
    return 0;
}
