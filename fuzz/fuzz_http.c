/// Fuzz: one HTTP connection. Bytes from a client in pieces that the input chooses, answers at once or
/// later; what comes out are whole heads, one an answer, and nothing after the end.
#include <string.h>

#include "core/check.h"
#include "stream/http.h"
#include "stream/http_headers.h"
#include "stream/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ib_http http;
static uint8_t room[IB_MESSAGE_HEAD_BYTES + IB_HTTP_BODY_BYTES];
static unsigned answered, heads;
static uint64_t now_us;
static bool over;

static void answer(void) {
    struct ib_http_answer a = {.headers = "X: y\r\n", .bytes = "some body", .size = 9};
    a.status = http.status ? http.status : 200;
    a.body = http.message.count % 3 == 1 ? IB_HTTP_PIECES : IB_HTTP_WHOLE;
    IB_ASSERT(ib_http_answer(&http, &a) == 0);
    answered++;
}
static void read_headers(void) {
    struct ib_authority authority;
    struct ib_target target;
    uint64_t first, count;
    const struct ib_slice *host = ib_message_header(&http.message, "Host");
    (void)ib_http_cookie(&http.message, "ironbow_8080");
    IB_ASSERT(ib_http_is_known(&http.message, "e") + ib_http_accepts_gzip(&http.message) < 3);
    int range = ib_http_range(&http.message, 100, "e", &first, &count);
    IB_ASSERT(range != 1 || (count > 0 && first + count <= 100));
    IB_ASSERT(!host || !ib_authority_read(*host, &authority) || authority.port < 65536);
    IB_ASSERT(!ib_target_split(http.message.target, &target) || target.path.size > 0);
}
static void act(bool later) {
    enum ib_http_event event;
    while ((event = ib_http_next(&http, now_us)) != IB_HTTP_NOTHING) {
        if (event == IB_HTTP_HEAD) {
            read_headers();
            bool fits = ib_http_needs(&http) <= sizeof http.own;
            ib_http_accept(&http, fits ? NULL : room, fits ? 0 : sizeof room);
        } else if (event == IB_HTTP_BAD || !later) {
            answer();
        }
    }
}
static void pull(bool busy) {
    struct ib_http_chunk chunk;
    ib_http_pull(&http, now_us, busy, &chunk);
    IB_ASSERT(!(busy && chunk.size) && !(over && chunk.size));
    // A short body goes with its head: whatever is given out begins with one.
    IB_ASSERT(!chunk.size || memcmp(chunk.bytes, "HTTP/1.1 ", 9) == 0);
    heads += chunk.size && memcmp(chunk.bytes, "HTTP/1.1 100", 12) != 0;
    IB_ASSERT(heads <= answered);
    if (!chunk.size && !busy && ib_http_piece(&http))
        ib_http_gave(&http, 1, now_us);
    over = over || chunk.hang_up;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    answered = heads = over = 0;
    ib_http_init(&http, now_us = 1);
    while (size > 1 && !over) {
        bool later = (data[0] & 0x40) != 0, busy = (data[0] & 0x80) != 0;
        size_t piece = data[0] & 0x3Fu;
        piece = piece < size - 1 ? piece : size - 1;
        size_t taken = ib_http_feed(&http, data + 1, piece, now_us);
        act(later);
        pull(busy);
        if (http.state == IB_HTTP_ANSWERING && http.told && !later)
            answer();
        now_us += piece == 0x3F ? IB_HTTP_REQUEST_US : 1000;
        data += 1 + taken;
        size -= 1 + taken;
    }
    return 0;
}
