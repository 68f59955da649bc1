/// The link through NetworkManager: against dbusmock's NetworkManager on a private bus.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bus/clock.h"
#include "core/status.h"
#include "ports/linux/network_manager.h"
#include "support_bus.h"

#define SETTINGS "/org/freedesktop/NetworkManager/Settings"

struct rig {
    struct own_bus bus;
    struct own_service nm;
    struct own_loop loop;
    struct ib_network_manager *self;
    const struct ib_link *link;
    struct ib_link_state state;
    unsigned told; ///< times `changed` was called
};

static const struct ib_link_config ACCESS_POINT = {.mode = IB_LINK_ACCESS_POINT,
                                                   .ssid = "tCam-Mini-EFB5",
                                                   .ip = {192, 168, 4, 1},
                                                   .hostname = "tCam-Mini-EFB5"};
static const struct ib_link_config STATION = {.mode = IB_LINK_STATION,
                                              .ssid = "Home \303\266\377",
                                              .password = "correct horse",
                                              .hostname = "tCam-Mini-EFB5"};

static void on_changed(void *context) {
    struct rig *self = context;
    uint64_t due_us = 0;
    self->told++;
    self->link->ops->poll(self->link->context, 0, &self->state, &due_us);
    assert_true(due_us == IB_NEVER);
    assert_non_null(self->state.reason);
}

static void open_bus(struct rig *self, const char *kind) {
    memset(self, 0, sizeof *self);
    own_bus_open(&self->bus);
    own_service_open(&self->nm, &self->bus, "mock_network_manager.py", kind);
    own_loop_open(&self->loop);
}

static int try_open(struct rig *self, const char *interface, char *problem, size_t size) {
    struct ib_network_manager_config config = {.loop = &self->loop.loop,
                                               .interface = interface,
                                               .address = self->bus.address,
                                               .log = &self->loop.log,
                                               .changed = on_changed,
                                               .context = self};
    return ib_network_manager_open(&self->self, &config, problem, size);
}

static void open_rig(struct rig *self, const char *kind) {
    char problem[256] = "";
    open_bus(self, kind);
    if (try_open(self, "wlan0", problem, sizeof problem) != 0)
        fail_msg("%s", problem);
    self->link = ib_network_manager_link(self->self);
}

static void start(struct rig *self, const struct ib_link_config *config) {
    assert_int_equal(self->link->ops->start(self->link->context, config, 0), IB_OK);
    on_changed(self);
}

static const char *say(struct rig *self, const char *line) {
    return own_service_say(&self->nm, line);
}

/// Only its own profile was changed: nothing else of what arrived was more than a question.
static void changed_only_its_own(struct rig *self) {
    char calls[sizeof self->nm.answer];
    char *rest = calls;
    snprintf(calls, sizeof calls, "%s", say(self, "changes"));
    assert_true(strlen(calls) > 0);
    for (char *call; (call = strsep(&rest, ","));) {
        bool adds =
            strcmp(call, "/org/freedesktop/NetworkManager AddAndActivateConnection2") == 0 ||
            strcmp(call, SETTINGS " AddConnectionUnsaved") == 0 ||
            strcmp(call, "/org/freedesktop/NetworkManager ActivateConnection") == 0;
        // "Home" is /0.
        bool removes = strncmp(call, SETTINGS "/", sizeof SETTINGS) == 0 &&
                       strcmp(call, SETTINGS "/0 Delete") != 0 && strstr(call, " Delete");
        if (!adds && !removes)
            fail_msg("it changed something else: %s", call);
    }
    assert_string_equal(say(self, "foreign"), "kept");
}

static void close_rig(struct rig *self) {
    ib_network_manager_close(self->self, own_loop_closed, &self->loop);
    own_loop_close(&self->loop, 1);
    assert_string_equal(say(self, "profiles"), "Home");
    changed_only_its_own(self);
    own_service_close(&self->nm);
    own_bus_close(&self->bus);
}

#define UNTIL(self, STAGE) OWN_RUN_UNTIL(&(self)->loop, (self)->state.stage == (STAGE))
#define UNTIL_REASON(self, STAGE, REASON)                                                          \
    OWN_RUN_UNTIL(&(self)->loop,                                                                   \
                  (self)->state.stage == (STAGE) && strcmp((self)->state.reason, REASON) == 0)

static void has(const char *json, const char *part) {
    if (!strstr(json, part))
        fail_msg("no %s in %s", part, json);
}

static void ready_with(struct rig *self, const char *ip) {
    char line[64];
    uint8_t expected[4];
    snprintf(line, sizeof line, "address %s", ip);
    say(self, line);
    say(self, "move 100 0");
    assert_int_equal(
        sscanf(ip, "%hhu.%hhu.%hhu.%hhu", &expected[0], &expected[1], &expected[2], &expected[3]),
        4);
    OWN_RUN_UNTIL(&self->loop,
                  self->state.stage == IB_LINK_READY && memcmp(self->state.ip, expected, 4) == 0);
    assert_true(self->state.peer);
    assert_string_equal(self->state.reason, "");
}

// ---- opening ----

static void test_open_without_bus(void **state) {
    struct rig rig = {0};
    char problem[256] = "";
    (void)state;
    own_loop_open(&rig.loop);
    snprintf(rig.bus.address, sizeof rig.bus.address, "unix:path=/nonexistent/bus");
    assert_int_equal(try_open(&rig, "wlan0", problem, sizeof problem), -ENOENT);
    assert_non_null(strstr(problem, "there is no D-Bus"));
    assert_int_equal(try_open(&rig, "", problem, sizeof problem), -EINVAL);
    assert_int_equal(try_open(&rig, "averylonginterfacename", problem, sizeof problem), -EINVAL);
    assert_null(rig.self);
    own_loop_close(&rig.loop, 0);
}

static void test_open_refuses(void **state) {
    struct rig rig;
    char problem[256] = "";
    (void)state;
    open_bus(&rig, "new");
    assert_int_equal(try_open(&rig, "eth0", problem, sizeof problem), -ENOTTY);
    assert_string_equal(problem, "eth0 is no Wi-Fi interface");
    assert_true(try_open(&rig, "wlan7", problem, sizeof problem) < 0);
    assert_non_null(strstr(problem, "wlan7"));
    say(&rig, "permission org.freedesktop.NetworkManager.network-control auth");
    assert_int_equal(try_open(&rig, "wlan0", problem, sizeof problem), -EACCES);
    assert_non_null(strstr(problem, "no permission"));
    say(&rig, "vanish");
    assert_int_equal(try_open(&rig, "wlan0", problem, sizeof problem), -ENOENT);
    assert_non_null(strstr(problem, "NetworkManager does not run"));
    assert_string_equal(say(&rig, "changes"), "");
    own_loop_close(&rig.loop, 0);
    own_service_close(&rig.nm);
    own_bus_close(&rig.bus);
}

// ---- access point ----

static void access_point(const char *kind) {
    struct rig rig;
    struct ib_link_config config = ACCESS_POINT;
    open_rig(&rig, kind);
    on_changed(&rig);
    assert_int_equal(rig.state.stage, IB_LINK_OFF);
    start(&rig, &config);
    assert_int_equal(rig.state.stage, IB_LINK_STARTING);
    OWN_RUN_UNTIL(&rig.loop, strcmp(say(&rig, "profiles"), "Home,ironbow-wlan0") == 0);
    const char *own = say(&rig, "own");
    has(own, "\"mode\": \"ap\"");
    has(own, "\"method\": \"shared\"");
    has(own, "\"address-data\": [{\"address\": \"192.168.4.1\", \"prefix\": 24}]");
    has(own, "\"autoconnect\": false");
    has(own, "\"interface-name\": \"wlan0\"");
    has(own, "\"ssid\": [116, 67, 97, 109, 45, 77, 105, 110, 105, 45, 69, 70, 66, 53]");
    assert_null(strstr(own, "psk"));
    ready_with(&rig, "192.168.4.1");

    // With a password: the old profile goes, another one comes.
    snprintf(config.password, sizeof config.password, "12345678");
    start(&rig, &config);
    assert_int_equal(rig.state.stage, IB_LINK_STARTING);
    OWN_RUN_UNTIL(&rig.loop, strcmp(say(&rig, "profiles"), "Home,ironbow-wlan0") == 0 &&
                                 strstr(say(&rig, "own"), "12345678"));
    own = say(&rig, "own");
    has(own, "\"key-mgmt\": \"wpa-psk\"");
    has(own, "\"proto\": [\"rsn\"]");
    ready_with(&rig, "192.168.4.1");

    rig.link->ops->stop(rig.link->context, 0);
    on_changed(&rig);
    assert_int_equal(rig.state.stage, IB_LINK_OFF);
    OWN_RUN_UNTIL(&rig.loop, strcmp(say(&rig, "profiles"), "Home") == 0);
    close_rig(&rig);
}

static void test_access_point(void **state) {
    (void)state;
    access_point("new");
}

/// Without AddAndActivateConnection2 (before 1.16).
static void test_access_point_in_two_calls(void **state) {
    (void)state;
    access_point("old");
}

// ---- station ----

static void test_station_dhcp(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, "new");
    start(&rig, &STATION);
    OWN_RUN_UNTIL(&rig.loop, strcmp(say(&rig, "profiles"), "Home,ironbow-wlan0") == 0);
    const char *own = say(&rig, "own");
    has(own, "\"mode\": \"infrastructure\"");
    has(own, "\"ssid\": [72, 111, 109, 101, 32, 195, 182, 255]");
    has(own, "\"psk\": \"correct horse\"");
    has(own, "\"method\": \"auto\"");
    has(own, "\"dhcp-hostname\": \"tCam-Mini-EFB5\"");
    say(&rig, "move 50 0");
    UNTIL(&rig, IB_LINK_SEEKING);
    assert_string_equal(rig.state.reason, "");
    say(&rig, "move 70 0");
    UNTIL(&rig, IB_LINK_ADDRESS);
    ready_with(&rig, "10.0.0.17");
    // The DHCP server gives another one.
    say(&rig, "address 10.0.0.18");
    OWN_RUN_UNTIL(&rig.loop, rig.state.ip[3] == 18);
    close_rig(&rig);
}

static void test_station_fixed(void **state) {
    struct rig rig;
    struct ib_link_config config = STATION;
    (void)state;
    config.fixed_ip = true;
    memcpy(config.ip, (uint8_t[]){192, 168, 1, 77}, 4);
    memcpy(config.netmask, (uint8_t[]){255, 255, 254, 0}, 4);
    open_rig(&rig, "new");
    start(&rig, &config);
    OWN_RUN_UNTIL(&rig.loop, strcmp(say(&rig, "profiles"), "Home,ironbow-wlan0") == 0);
    const char *own = say(&rig, "own");
    has(own, "\"method\": \"manual\"");
    has(own, "\"address-data\": [{\"address\": \"192.168.1.77\", \"prefix\": 23}]");
    assert_null(strstr(own, "gateway"));
    ready_with(&rig, "192.168.1.77");
    // A mask with a hole is refused, and what ran is gone.
    config.netmask[1] = 0;
    assert_int_equal(rig.link->ops->start(rig.link->context, &config, 0), IB_E_UNSUPPORTED);
    on_changed(&rig);
    assert_int_equal(rig.state.stage, IB_LINK_BROKEN);
    assert_true(rig.state.reason[0] != 0);
    OWN_RUN_UNTIL(&rig.loop, strcmp(say(&rig, "profiles"), "Home") == 0);
    close_rig(&rig);
}

static void test_failures_in_words(void **state) {
    static const struct {
        const char *end;
        const char *words;
    } ENDS[] = {
        {"end 7", "the password is wrong"},
        {"end 53", "no such network is in reach"},
        {"end 5", "no address: the network's DHCP server does not answer"},
        {"end 18", "the access point's DHCP server did not start (is dnsmasq there?)"},
    };
    struct rig rig;
    (void)state;
    open_rig(&rig, "new");
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        start(&rig, &STATION);
        assert_string_equal(rig.state.reason, "");
        say(&rig, "move 60 0"); // not ours yet, perhaps: it must not matter
        OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0") &&
                                     rig.state.stage != IB_LINK_OFF);
        say(&rig, "move 60 0");
        UNTIL(&rig, IB_LINK_SEEKING);
        say(&rig, ENDS[i].end);
        UNTIL_REASON(&rig, IB_LINK_SEEKING, ENDS[i].words);
        assert_false(rig.state.peer);
    }
    // It tries again by itself, and gets there.
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
    ready_with(&rig, "10.0.0.17");
    close_rig(&rig);
}

static void test_loss_and_return(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, "new");
    start(&rig, &STATION);
    UNTIL(&rig, IB_LINK_STARTING);
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
    ready_with(&rig, "10.0.0.17");
    for (int i = 0; i < 2; i++) {
        say(&rig, "end 8");
        UNTIL(&rig, IB_LINK_SEEKING);
        assert_true(rig.state.reason[0] != 0);
        assert_int_equal(rig.state.ip[0], 0);
        OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
        ready_with(&rig, "10.0.0.17");
    }
    // Somebody removes our profile.
    say(&rig, "remove");
    OWN_RUN_UNTIL(&rig.loop, rig.state.stage != IB_LINK_READY);
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
    ready_with(&rig, "10.0.0.19");
    // The switch of the laptop.
    say(&rig, "move 20 0");
    UNTIL(&rig, IB_LINK_BROKEN);
    say(&rig, "move 100 0");
    UNTIL(&rig, IB_LINK_READY);
    close_rig(&rig);
}

static void test_refused(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, "new");
    say(&rig, "refuse org.freedesktop.NetworkManager.PermissionDenied");
    start(&rig, &STATION);
    UNTIL_REASON(&rig, IB_LINK_BROKEN, "NetworkManager gives no permission");
    assert_non_null(strstr(rig.loop.logged, "NetworkManager: not today"));
    say(&rig, "refuse");
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
    ready_with(&rig, "10.0.0.17");
    close_rig(&rig);
}

// ---- NetworkManager comes and goes ----

static void test_daemon_vanishes(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, "new");
    start(&rig, &STATION);
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
    ready_with(&rig, "10.0.0.17");
    say(&rig, "vanish");
    UNTIL_REASON(&rig, IB_LINK_BROKEN, "NetworkManager does not run");
    assert_int_equal(rig.link->ops->start(rig.link->context, &STATION, 0), IB_E_IO);
    // It comes back with the profile of before: that goes, and there is one again.
    say(&rig, "return");
    UNTIL(&rig, IB_LINK_STARTING);
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "changes"), "Delete"));
    OWN_RUN_UNTIL(&rig.loop, strcmp(say(&rig, "profiles"), "Home,ironbow-wlan0") == 0);
    ready_with(&rig, "10.0.0.20");
    close_rig(&rig);
}

static void test_bus_vanishes(void **state) {
    struct rig rig;
    (void)state;
    open_rig(&rig, "new");
    start(&rig, &STATION);
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
    own_service_close(&rig.nm);
    own_bus_stop(&rig.bus);
    UNTIL_REASON(&rig, IB_LINK_BROKEN, "there is no D-Bus");
    own_bus_restart(&rig.bus);
    UNTIL_REASON(&rig, IB_LINK_BROKEN, "NetworkManager does not run");
    own_service_open(&rig.nm, &rig.bus, "mock_network_manager.py", "new");
    UNTIL(&rig, IB_LINK_STARTING);
    OWN_RUN_UNTIL(&rig.loop, strstr(say(&rig, "profiles"), "ironbow-wlan0"));
    ready_with(&rig, "10.0.0.17");
    close_rig(&rig);
}

/// Closing at any moment leaves nothing behind.
static void test_close_at_any_moment(void **state) {
    struct rig rig;
    char problem[256];
    (void)state;
    open_bus(&rig, "new");
    for (unsigned turns = 0; turns < 24; turns++) {
        assert_int_equal(try_open(&rig, "wlan0", problem, sizeof problem), 0);
        rig.link = ib_network_manager_link(rig.self);
        start(&rig, turns % 2 ? &STATION : &ACCESS_POINT);
        for (unsigned i = 0; i < turns; i++)
            uv_run(&rig.loop.loop, UV_RUN_NOWAIT);
        ib_network_manager_close(rig.self, own_loop_closed, &rig.loop);
        OWN_RUN_UNTIL(&rig.loop, rig.loop.closed == turns + 1);
        assert_string_equal(say(&rig, "profiles"), "Home");
    }
    own_loop_close(&rig.loop, 24);
    own_service_close(&rig.nm);
    own_bus_close(&rig.bus);
}

int main(void) {
    const struct CMUnitTest without_bus[] = {cmocka_unit_test(test_open_without_bus)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_refuses),
        cmocka_unit_test(test_access_point),
        cmocka_unit_test(test_access_point_in_two_calls),
        cmocka_unit_test(test_station_dhcp),
        cmocka_unit_test(test_station_fixed),
        cmocka_unit_test(test_failures_in_words),
        cmocka_unit_test(test_loss_and_return),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_daemon_vanishes),
        cmocka_unit_test(test_bus_vanishes),
        cmocka_unit_test(test_close_at_any_moment),
    };
    int failed =
        cmocka_run_group_tests_name("network manager without a bus", without_bus, NULL, NULL);
    if (own_bus_possible("dbusmock"))
        failed += cmocka_run_group_tests_name("network manager", tests, NULL, NULL);
    return failed;
}
