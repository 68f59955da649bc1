/// Fuzz: multicast DNS messages. The list stays printable, within its bounds, and grows only.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ports/linux/mdns_browse.h"

#define TYPE "_tcam-socket._tcp.local"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void is_text(const char *text, size_t capacity) {
    const char *end = memchr(text, 0, capacity);
    require(end != NULL);
    size_t size = (size_t)(end - text);
    for (size_t i = 0; i < size; i++)
        require((uint8_t)text[i] >= 0x20 && text[i] != 0x7F);
}

static void check(const struct ib_mdns_list *list) {
    require(list->count <= IB_MDNS_MOST && list->host_count <= IB_MDNS_MOST);
    for (unsigned i = 0; i < list->count; i++) {
        const struct ib_mdns_found *found = &list->found[i];
        is_text(found->instance, sizeof found->instance);
        is_text(found->host, sizeof found->host);
        is_text(found->address, sizeof found->address);
        is_text(found->model, sizeof found->model);
        is_text(found->interface, sizeof found->interface);
        is_text(found->version, sizeof found->version);
    }
}

/// The input is messages, each after its size in two bytes (at most what is left).
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ib_mdns_list list;
    uint8_t question[1400];
    memset(&list, 0, sizeof list);
    while (size >= 2) {
        size_t length = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        if (length > size)
            length = size;
        // A copy of its own: a byte read too far is seen.
        uint8_t *message = malloc(length ? length : 1);
        require(message != NULL);
        memcpy(message, data, length);
        unsigned before = list.count;
        ib_mdns_take(&list, TYPE, message, length);
        require(list.count >= before);
        free(message);
        data += length;
        size -= length;
        check(&list);
    }
    int asked = ib_mdns_follow_up(&list, TYPE, question, sizeof question);
    require(asked >= 0 && asked <= (int)sizeof question);
    return 0;
}
