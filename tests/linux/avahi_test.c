/// Being published: against a stand-in for Avahi on a private bus.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ports/linux/avahi.h"
#include "support_bus.h"

struct rig {
    struct own_bus bus;
    struct own_service avahi;
    struct own_loop loop;
    struct ib_avahi *self;
};

static const char *const TXT[] = {"model=2", "interface=WiFi", "version=3.2", NULL};
static const struct ib_avahi_service SERVICE = {"tCam-Mini-EFB5", "_tcam-socket._tcp", 5001, TXT};

#define ENTRY(NAME, PORT)                                                                          \
    "{\"domain\": \"\", \"flags\": 0, \"host\": \"\", \"interface\": -1, \"name\": \"" NAME        \
    "\", \"port\": " PORT ", \"protocol\": 0, "                                                    \
    "\"txt\": [\"model=2\", \"interface=WiFi\", \"version=3.2\"], "                                \
    "\"type\": \"_tcam-socket._tcp\"}"

static void open_rig(struct rig *self, bool running) {
    memset(self, 0, sizeof *self);
    own_bus_open(&self->bus);
    own_service_open(&self->avahi, &self->bus, "mock_avahi.py", NULL);
    if (running)
        own_service_say(&self->avahi, "start");
    own_loop_open(&self->loop);
    assert_int_equal(
        ib_avahi_open(&self->self, &self->loop.loop, self->bus.address, &self->loop.log), 0);
}

static void close_rig(struct rig *self) {
    ib_avahi_close(self->self, own_loop_closed, &self->loop);
    own_loop_close(&self->loop, 1);
    own_service_close(&self->avahi);
    own_bus_close(&self->bus);
}

static void until(struct rig *self, const char *status) {
    OWN_RUN_UNTIL(&self->loop, strcmp(ib_avahi_status(self->self), status) == 0);
}

static void is_published(struct rig *self, const char *json) {
    assert_string_equal(own_service_say(&self->avahi, "published"), json);
}

static void test_publish_change_withdraw(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, true);
    ib_avahi_publish(rig.self, &SERVICE);
    until(&rig, "published as tCam-Mini-EFB5");
    is_published(&rig, "[" ENTRY("tCam-Mini-EFB5", "5001") "]");

    struct ib_avahi_service other = SERVICE;
    other.name = "Kitchen";
    other.port = 5002;
    ib_avahi_publish(rig.self, &other);
    until(&rig, "published as Kitchen");
    is_published(&rig, "[" ENTRY("Kitchen", "5002") "]");
    ib_avahi_publish(rig.self, &other); // nothing new: nothing happens
    assert_string_equal(ib_avahi_status(rig.self), "published as Kitchen");

    ib_avahi_publish(rig.self, NULL);
    until(&rig, "off");
    ib_avahi_publish(rig.self, &SERVICE);
    until(&rig, "published as tCam-Mini-EFB5");
    assert_string_equal(own_service_say(&rig.avahi, "groups"), "1");
    close_rig(&rig);
}

/// Whatever is wanted while a call is under way, the last word counts.
static void test_last_word_counts(void **state) {
    struct rig rig;
    char name[32];
    struct ib_avahi_service service = SERVICE;
    (void)state;
    open_rig(&rig, true);
    ib_avahi_publish(rig.self, &SERVICE);
    until(&rig, "published as tCam-Mini-EFB5");
    service.name = name;
    for (unsigned turns = 0; turns < 12; turns++) {
        snprintf(name, sizeof name, "camera %u", turns);
        ib_avahi_publish(rig.self, turns % 4 == 3 ? NULL : &service);
        // Every call of the chain is interrupted once.
        for (unsigned i = 0; i < turns; i++)
            uv_run(&rig.loop.loop, UV_RUN_NOWAIT);
    }
    ib_avahi_publish(rig.self, &service);
    until(&rig, "published as camera 11");
    is_published(&rig, "[" ENTRY("camera 11", "5001") "]");
    assert_string_equal(own_service_say(&rig.avahi, "groups"), "1");
    close_rig(&rig);
}

static void test_name_taken(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, true);
    own_service_say(&rig.avahi, "taken tCam-Mini-EFB5");       // refused at once
    own_service_say(&rig.avahi, "disputed tCam-Mini-EFB5 #2"); // and found out later
    ib_avahi_publish(rig.self, &SERVICE);
    until(&rig, "published as tCam-Mini-EFB5 #3");
    is_published(&rig, "[" ENTRY("tCam-Mini-EFB5 #3", "5001") "]");
    assert_non_null(strstr(rig.loop.logged, "tCam-Mini-EFB5 is taken"));
    close_rig(&rig);
}

static void test_daemon_comes_and_goes(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, false);
    ib_avahi_publish(rig.self, &SERVICE);
    until(&rig, "Avahi does not run");
    own_service_say(&rig.avahi, "start");
    until(&rig, "published as tCam-Mini-EFB5");
    for (int i = 0; i < 3; i++) {
        own_service_say(&rig.avahi, "stop");
        until(&rig, "Avahi does not run");
        is_published(&rig, "[]");
        own_service_say(&rig.avahi, "start");
        until(&rig, "published as tCam-Mini-EFB5");
        is_published(&rig, "[" ENTRY("tCam-Mini-EFB5", "5001") "]");
    }
    // The host name is in dispute: no group counts until Avahi runs again.
    own_service_say(&rig.avahi, "state 3");
    own_service_say(&rig.avahi, "state 2");
    OWN_RUN_UNTIL(&rig.loop, strcmp(own_service_say(&rig.avahi, "groups"), "1") == 0 &&
                                 strlen(own_service_say(&rig.avahi, "published")) > 2);
    close_rig(&rig);
}

static void test_bus_comes_and_goes(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, true);
    ib_avahi_publish(rig.self, &SERVICE);
    until(&rig, "published as tCam-Mini-EFB5");
    own_service_close(&rig.avahi);
    own_bus_stop(&rig.bus);
    until(&rig, "there is no D-Bus");
    own_bus_restart(&rig.bus);
    until(&rig, "Avahi does not run");
    own_service_open(&rig.avahi, &rig.bus, "mock_avahi.py", NULL);
    own_service_say(&rig.avahi, "start");
    until(&rig, "published as tCam-Mini-EFB5");
    close_rig(&rig);
}

static void test_refused(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, true);
    own_service_say(&rig.avahi, "refuse not for you");
    ib_avahi_publish(rig.self, &SERVICE);
    until(&rig, "Avahi refused: not for you");
    own_service_say(&rig.avahi, "refuse");
    // Another wish is tried at once.
    struct ib_avahi_service other = SERVICE;
    other.name = "Kitchen";
    ib_avahi_publish(rig.self, &other);
    until(&rig, "published as Kitchen");
    close_rig(&rig);
}

/// Closing at any moment: no call may come back to memory that is gone.
static void test_close_at_any_moment(void **state) {
    (void)state;
    struct own_bus bus;
    struct own_service avahi;
    own_bus_open(&bus);
    own_service_open(&avahi, &bus, "mock_avahi.py", NULL);
    own_service_say(&avahi, "start");
    for (unsigned turns = 0; turns < 24; turns++) {
        struct own_loop loop;
        struct ib_avahi *self;
        own_loop_open(&loop);
        assert_int_equal(ib_avahi_open(&self, &loop.loop, bus.address, &loop.log), 0);
        ib_avahi_publish(self, &SERVICE);
        for (unsigned i = 0; i < turns; i++)
            uv_run(&loop.loop, UV_RUN_NOWAIT);
        ib_avahi_close(self, own_loop_closed, &loop);
        own_loop_close(&loop, 1);
    }
    own_service_close(&avahi);
    own_bus_close(&bus);
}

/// There is no bus at all.
static void test_no_bus(void **state) {
    struct own_loop loop;
    struct ib_avahi *self;
    (void)state;
    own_loop_open(&loop);
    assert_int_equal(ib_avahi_open(&self, &loop.loop, "unix:path=/nonexistent/bus", &loop.log), 0);
    ib_avahi_publish(self, &SERVICE);
    OWN_RUN_UNTIL(&loop, strcmp(ib_avahi_status(self), "there is no D-Bus") == 0);
    assert_non_null(strstr(loop.logged, "not announced on the network: there is no D-Bus"));
    ib_avahi_close(self, own_loop_closed, &loop);
    own_loop_close(&loop, 1);
}

int main(void) {
    const struct CMUnitTest without_bus[] = {cmocka_unit_test(test_no_bus)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publish_change_withdraw),
        cmocka_unit_test(test_last_word_counts),
        cmocka_unit_test(test_name_taken),
        cmocka_unit_test(test_daemon_comes_and_goes),
        cmocka_unit_test(test_bus_comes_and_goes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_close_at_any_moment),
    };
    int failed = cmocka_run_group_tests_name("avahi without a bus", without_bus, NULL, NULL);
    if (own_bus_possible("dbus"))
        failed += cmocka_run_group_tests_name("avahi", tests, NULL, NULL);
    return failed;
}
