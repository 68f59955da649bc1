/// Multicast DNS messages: what is asked, what is understood, and what broken bytes do.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ports/linux/mdns_browse.h"

#define TYPE "_tcam-socket._tcp.local"

enum { A = 1, PTR = 12, TXT = 16, AAAA = 28, SRV = 33 };

// ---- a writer of messages ----

struct message {
    uint8_t bytes[4096];
    size_t size;
    size_t data; ///< where the open record's length stands
};

static struct ib_mdns_list list;

static void put(struct message *self, const void *bytes, size_t size) {
    assert_true(self->size + size <= sizeof self->bytes);
    memcpy(self->bytes + self->size, bytes, size);
    self->size += size;
}

static void put_be16(struct message *self, unsigned value) {
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    put(self, bytes, 2);
}

static void begin(struct message *self) {
    memset(self, 0, sizeof *self);
    static const uint8_t header[12] = {0, 0, 0x84, 0};
    put(self, header, sizeof header);
}

/// Labels end at '/': an instance may hold dots. A '/' at the end leaves the name open for a pointer.
static void put_name(struct message *self, const char *name) {
    while (*name) {
        size_t size = strcspn(name, "/");
        uint8_t length = (uint8_t)size;
        put(self, &length, 1);
        put(self, name, size);
        name += size;
        if (*name == '/' && !*++name)
            return;
    }
    put(self, "", 1);
}

static void open_record(struct message *self, unsigned type, uint32_t ttl_s) {
    put_be16(self, type);
    put_be16(self, 0x8001);
    put_be16(self, ttl_s >> 16);
    put_be16(self, ttl_s);
    self->data = self->size;
    put_be16(self, 0);
    self->bytes[7]++;
}

static void close_record(struct message *self) {
    size_t size = self->size - self->data - 2;
    self->bytes[self->data] = (uint8_t)(size >> 8);
    self->bytes[self->data + 1] = (uint8_t)size;
}

static void put_pointer(struct message *self, const char *instance) {
    put_name(self, "_tcam-socket/_tcp/local");
    open_record(self, PTR, 120);
    put_name(self, instance);
    close_record(self);
}

static void put_service(struct message *self, const char *instance, const char *host, unsigned port,
                        uint32_t ttl_s) {
    put_name(self, instance);
    open_record(self, SRV, ttl_s);
    put_be16(self, 0);
    put_be16(self, 0);
    put_be16(self, port);
    put_name(self, host);
    close_record(self);
}

/// `txt`: strings with their lengths.
static void put_properties(struct message *self, const char *instance, const char *txt,
                           size_t size) {
    put_name(self, instance);
    open_record(self, TXT, 120);
    put(self, txt, size);
    close_record(self);
}

static void put_address(struct message *self, const char *host, unsigned type, const char *bytes,
                        size_t size) {
    put_name(self, host);
    open_record(self, type, 120);
    put(self, bytes, size);
    close_record(self);
}

#define TXT_MINI "\7model=2\16interface=WiFi\13version=3.2"
#define INSTANCE "tCam-Mini-EFB5/_tcam-socket/_tcp/local"
#define HOST "tCam-Mini-EFB5/local"

/// A fresh heap copy: a byte read too far is seen by the sanitizer.
static bool take(const struct message *self) {
    uint8_t *copy = malloc(self->size ? self->size : 1);
    memcpy(copy, self->bytes, self->size);
    bool news = ib_mdns_take(&list, TYPE, copy, self->size);
    free(copy);
    return news;
}

static void forget(void) {
    memset(&list, 0, sizeof list);
}

static void is_camera(unsigned index, const char *instance, const char *address, unsigned port,
                      const char *model) {
    assert_true(index < list.count);
    assert_string_equal(list.found[index].instance, instance);
    assert_string_equal(list.found[index].address, address);
    assert_int_equal(list.found[index].port, port);
    assert_string_equal(list.found[index].model, model);
}

// ---- questions ----

static void test_question(void **state) {
    static const uint8_t expected[] = "\0\0\0\0\0\1\0\0\0\0\0\0"
                                      "\14_tcam-socket\4_tcp\5local\0"
                                      "\0\14\200\1";
    uint8_t bytes[64];
    (void)state;
    int size = ib_mdns_question(TYPE, bytes, sizeof bytes);
    assert_int_equal(size, sizeof expected - 1);
    assert_memory_equal(bytes, expected, sizeof expected - 1);
    for (size_t room = 0; room < sizeof expected - 1; room++)
        assert_int_equal(ib_mdns_question(TYPE, bytes, room), -EMSGSIZE);
    assert_int_equal(ib_mdns_question("a..b", bytes, sizeof bytes), -EINVAL);
    assert_int_equal(ib_mdns_question("", bytes, sizeof bytes), -EINVAL);
}

static void test_follow_up(void **state) {
    struct message message;
    uint8_t bytes[512];
    (void)state;
    forget();
    assert_int_equal(ib_mdns_follow_up(&list, TYPE, bytes, sizeof bytes), 0);
    begin(&message);
    put_pointer(&message, INSTANCE);
    take(&message);
    int size = ib_mdns_follow_up(&list, TYPE, bytes, sizeof bytes);
    static const uint8_t any[] = "\16tCam-Mini-EFB5\14_tcam-socket\4_tcp\5local\0\0\377\200\1";
    assert_int_equal(size, 12 + sizeof any - 1);
    assert_memory_equal(bytes + 12, any, sizeof any - 1);
    assert_int_equal(bytes[5], 1);
    begin(&message);
    put_service(&message, INSTANCE, HOST, 5001, 120);
    put_properties(&message, INSTANCE, TXT_MINI, sizeof TXT_MINI - 1);
    take(&message);
    size = ib_mdns_follow_up(&list, TYPE, bytes, sizeof bytes);
    static const uint8_t address[] = "\16tCam-Mini-EFB5\5local\0\0\1\200\1";
    assert_int_equal(size, 12 + sizeof address - 1);
    assert_memory_equal(bytes + 12, address, sizeof address - 1);
    begin(&message);
    put_address(&message, HOST, A, "\300\250\4\1", 4);
    take(&message);
    assert_int_equal(ib_mdns_follow_up(&list, TYPE, bytes, sizeof bytes), 0);
}

// ---- answers ----

static void whole_camera(struct message *message) {
    begin(message);
    put_pointer(message, INSTANCE);
    put_service(message, INSTANCE, HOST, 5001, 120);
    put_properties(message, INSTANCE, TXT_MINI, sizeof TXT_MINI - 1);
    put_address(message, HOST, A, "\300\250\4\1", 4);
}

static void test_one_message(void **state) {
    struct message message;
    (void)state;
    forget();
    whole_camera(&message);
    assert_true(take(&message));
    assert_int_equal(list.count, 1);
    is_camera(0, "tCam-Mini-EFB5", "192.168.4.1", 5001, "2");
    assert_string_equal(list.found[0].host, "tCam-Mini-EFB5.local");
    assert_string_equal(list.found[0].interface, "WiFi");
    assert_string_equal(list.found[0].version, "3.2");
    assert_false(take(&message)); // nothing new
    assert_int_equal(list.count, 1);
    assert_int_equal(list.bad_messages, 0);
}

/// The four records in every order, each in a message of its own.
static void test_any_order(void **state) {
    (void)state;
    for (unsigned order = 0; order < 256; order++) {
        unsigned seen = 0;
        forget();
        for (unsigned i = 0; i < 4; i++)
            seen |= 1u << (order >> (2 * i) & 3);
        if (seen != 15)
            continue;
        for (unsigned i = 0; i < 4; i++) {
            struct message message;
            begin(&message);
            switch (order >> (2 * i) & 3) {
            case 0:
                put_pointer(&message, INSTANCE);
                break;
            case 1:
                put_service(&message, INSTANCE, HOST, 5001, 120);
                break;
            case 2:
                put_properties(&message, INSTANCE, TXT_MINI, sizeof TXT_MINI - 1);
                break;
            default:
                put_address(&message, HOST, A, "\300\250\4\1", 4);
            }
            take(&message);
        }
        assert_int_equal(list.count, 1);
        is_camera(0, "tCam-Mini-EFB5", "192.168.4.1", 5001, "2");
    }
}

static void test_compression(void **state) {
    struct message message;
    (void)state;
    forget();
    begin(&message);
    put_pointer(&message, "tCam-Mini-EFB5/");
    // The instance ends with a pointer to the type at 12.
    put(&message, "\300\14", 2);
    close_record(&message);
    size_t instance = message.data + 2;
    uint8_t pointer[2] = {(uint8_t)(0xC0 | instance >> 8), (uint8_t)instance};
    put(&message, pointer, 2);
    open_record(&message, SRV, 120);
    put_be16(&message, 0);
    put_be16(&message, 0);
    put_be16(&message, 5001);
    put_name(&message, "camera/");
    put(&message, "\300\36", 2); // "local", inside the type
    close_record(&message);
    put_address(&message, "CAMERA/Local", A, "\12\0\0\7", 4);
    assert_true(take(&message));
    is_camera(0, "tCam-Mini-EFB5", "10.0.0.7", 5001, "");
    assert_string_equal(list.found[0].host, "camera.local");
    assert_int_equal(list.bad_messages, 0);
}

static void test_loops(void **state) {
    struct message message;
    (void)state;
    static const uint8_t pointers[][2] = {
        {0xC0, 12}, // to itself
        {0xC0, 14}, // forward
        {0xFF, 0xFF},
        {0xC0, 0}, // into the header: zeros, an empty name; then nothing follows
    };
    for (unsigned i = 0; i < 4; i++) {
        forget();
        begin(&message);
        message.bytes[7] = 1;
        put(&message, pointers[i], 2);
        assert_false(take(&message));
        assert_int_equal(list.bad_messages, 1);
    }
    // Two that point at each other, entered from a third.
    forget();
    begin(&message);
    message.bytes[7] = 1;
    put(&message, "\1a\300\20\1b\300\14\300\20", 10);
    assert_false(take(&message));
    assert_int_equal(list.bad_messages, 1);
}

static void test_not_ours(void **state) {
    struct message message;
    (void)state;
    forget();
    begin(&message);
    put_name(&message, "_http/_tcp/local");
    open_record(&message, PTR, 120);
    put_name(&message, "printer/_http/_tcp/local");
    close_record(&message);
    put_service(&message, "printer/_http/_tcp/local", "printer/local", 80, 120);
    put_service(&message, "_tcam-socket/_tcp/local", "printer/local", 80, 120);
    put_service(&message, "a/b/_tcam-socket/_tcp/local", "printer/local", 80, 120);
    assert_false(take(&message));
    assert_int_equal(list.count, 0);
    assert_int_equal(list.bad_messages, 0);
    // A question, even one that says what it knows.
    whole_camera(&message);
    message.bytes[2] = 0;
    assert_false(take(&message));
    // A farewell, and an error.
    begin(&message);
    put_service(&message, INSTANCE, HOST, 5001, 0);
    assert_false(take(&message));
    assert_int_equal(list.count, 0);
    whole_camera(&message);
    message.bytes[3] = 3;
    assert_false(take(&message));
    assert_int_equal(list.count, 0);
    assert_int_equal(list.bad_messages, 1);
}

/// What comes from the network is printed on terminals.
static void test_texts_are_printable(void **state) {
    struct message message;
    (void)state;
    forget();
    begin(&message);
    put_service(&message, "a\033[31m\302\205\303\266\377.b/_tcam-socket/_tcp/local", HOST, 1, 120);
    static const char txt[] = "\11model=\0012\n\13VERSION=\342\202\254\377"
                              "\14interface=\xE2\x80\xAE";
    put_properties(&message, "a\033[31m\302\205\303\266\377.b/_tcam-socket/_tcp/local", txt,
                   sizeof txt - 1);
    assert_true(take(&message));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.found[0].instance, "a?[31m??\303\266?.b");
    assert_string_equal(list.found[0].model, "?2?");
    assert_string_equal(list.found[0].version, "\342\202\254");
    assert_int_equal(list.bad_messages, 1); // the lengths do not fit any more
}

static void test_properties(void **state) {
    struct message message;
    (void)state;
    forget();
    begin(&message);
    static const char txt[] =
        "\0\5model\7model=1\7model=2\11MODELS=99\7Model=3\12version=\0\0"
        "\100interface=0123456789012345678901234567890123456789012345678901234";
    put_properties(&message, INSTANCE, txt, sizeof txt - 1);
    take(&message);
    assert_string_equal(list.found[0].model, "1"); // the first of equal keys
    assert_string_equal(list.found[0].version, "??");
    assert_string_equal(list.found[0].interface, "012345678901234");
}

static void test_addresses(void **state) {
    struct message message;
    (void)state;
    forget();
    begin(&message);
    put_service(&message, INSTANCE, HOST, 5001, 120);
    put_address(&message, HOST, AAAA, "\376\200\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16); // needs a scope
    take(&message);
    assert_string_equal(list.found[0].address, "");
    begin(&message);
    put_address(&message, HOST, AAAA, "\375\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    assert_true(take(&message));
    assert_string_equal(list.found[0].address, "fd00::1");
    begin(&message);
    put_address(&message, HOST, A, "\300\250\4\1", 4);
    put_address(&message, HOST, A, "\12\0\0\1", 4);
    assert_true(take(&message));
    assert_string_equal(list.found[0].address, "192.168.4.1");
    begin(&message);
    put_address(&message, HOST, A, "\300\250\4", 3);
    assert_false(take(&message));
    assert_int_equal(list.bad_messages, 1);
    // The service moves to a host whose address is not known yet.
    begin(&message);
    put_service(&message, INSTANCE, "other/local", 5001, 120);
    assert_true(take(&message));
    assert_string_equal(list.found[0].address, "");
}

static void test_more_than_there_is_room_for(void **state) {
    (void)state;
    forget();
    for (unsigned i = 0; i < 2 * IB_MDNS_MOST; i++) {
        struct message message;
        char instance[64];
        char host[64];
        snprintf(instance, sizeof instance, "camera %u/_tcam-socket/_tcp/local", i);
        snprintf(host, sizeof host, "camera-%u/local", i);
        begin(&message);
        put_service(&message, instance, host, 5001 + i, 120);
        put_address(&message, host, A, "\300\250\4\1", 4);
        assert_int_equal(take(&message), i < IB_MDNS_MOST);
    }
    assert_int_equal(list.count, IB_MDNS_MOST);
    assert_int_equal(list.bad_messages, IB_MDNS_MOST);
    is_camera(IB_MDNS_MOST - 1, "camera 63", "192.168.4.1", 5064, "");
}

/// Cut anywhere, and with any byte changed: nothing is read beyond the end, everything ends.
static void test_any_bytes(void **state) {
    struct message whole;
    (void)state;
    whole_camera(&whole);
    for (size_t size = 0; size < whole.size; size++) {
        struct message cut = whole;
        cut.size = size;
        forget();
        take(&cut);
        assert_int_equal(list.bad_messages, 1);
    }
    for (size_t at = 0; at < whole.size; at++) {
        for (unsigned value = 0; value < 256; value += 3) {
            struct message changed = whole;
            changed.bytes[at] = (uint8_t)value;
            forget();
            take(&changed);
            assert_true(list.count <= 2);
        }
    }
}

static void test_browse_refuses(void **state) {
    static const char *const BAD[] = {"",          "camera.local",  "1.2.3",       "1.2.3.4:",
                                      "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:53x", "::1"};
    char problem[256];
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        problem[0] = 0;
        assert_int_equal(
            ib_mdns_browse(&list, TYPE, BAD[i], 1, NULL, NULL, problem, sizeof problem), -EINVAL);
        assert_non_null(strstr(problem, "is no IPv4 ADDRESS"));
    }
    assert_int_equal(
        ib_mdns_browse(&list, "a..b", "127.0.0.1", 1, NULL, NULL, problem, sizeof problem),
        -EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_follow_up),
        cmocka_unit_test(test_one_message),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_loops),
        cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_texts_are_printable),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_more_than_there_is_room_for),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_browse_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
