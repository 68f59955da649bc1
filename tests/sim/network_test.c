/// The simulated Wi-Fi interface raw: every stage at its exact time, seen through the bus table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bus/clock.h"
#include "core/status.h"
#include "sim/network.h"

#define UP IB_SIM_NETWORK_UP_US
#define SCAN IB_SIM_NETWORK_SCAN_US
#define JOIN IB_SIM_NETWORK_JOIN_US
#define DHCP IB_SIM_NETWORK_DHCP_US
#define NO_DHCP IB_SIM_NETWORK_NO_DHCP_US
#define RETRY IB_SIM_NETWORK_RETRY_US
#define STATION IB_SIM_NETWORK_STATION_US

#define T0 UINT64_C(5000000) ///< when most tests start the link: not at zero

static struct ib_sim_network network;
static struct ib_link link_table;

static void begin(void) {
    ib_sim_network_init(&network);
    link_table = ib_sim_network_link(&network);
}

static int start(enum ib_link_mode mode, const char *ssid, const char *password, bool fixed,
                 uint64_t now_us) {
    struct ib_link_config config = {.mode = mode,
                                    .fixed_ip = fixed,
                                    .ip = {10, 9, 8, 7},
                                    .netmask = {255, 255, 255, 0},
                                    .hostname = "test"};
    memcpy(config.ssid, ssid, strnlen(ssid, sizeof config.ssid)); // maybe without an end
    memcpy(config.password, password, strnlen(password, sizeof config.password));
    int status = link_table.ops->start(link_table.context, &config, now_us);
    memset(&config, 0xEE, sizeof config); // it was borrowed
    return status;
}

static int join(const char *ssid, const char *password, uint64_t now_us) {
    return start(IB_LINK_STATION, ssid, password, false, now_us);
}

/// A start at which nothing happens by a miracle.
static void start_again(const char *ssid, const char *password, bool fixed) {
    begin();
    network.first = false;
    assert_int_equal(start(IB_LINK_STATION, ssid, password, fixed, T0), IB_OK);
}

#define AT(...) expect_at(__LINE__, __VA_ARGS__)

/// What a look at `now_us` shows. `ip`: its last octet, 0 for none at all.
static void expect_at(int line, uint64_t now_us, enum ib_link_stage stage, bool peer, uint8_t ip,
                      const char *reason, uint64_t due_us) {
    struct ib_link_state state;
    uint64_t due;
    memset(&state, 0xEE, sizeof state);
    link_table.ops->poll(link_table.context, now_us, &state, &due);
    bool no_ip = !state.ip[0] && !state.ip[1] && !state.ip[2] && !state.ip[3];
    if (state.stage != stage || state.peer != peer || state.ip[3] != ip || (ip == 0) != no_ip ||
        strcmp(state.reason, reason) != 0 || due != due_us)
        fail_msg("line %d, at %llu us: stage %d peer %d ip .%u \"%s\" due %llu, expected stage %d "
                 "peer %d ip .%u \"%s\" due %llu",
                 line, (unsigned long long)now_us, (int)state.stage, state.peer, state.ip[3],
                 state.reason, (unsigned long long)due, (int)stage, peer, ip, reason,
                 (unsigned long long)due_us);
}

static void nothing_before_a_start(void **state) {
    (void)state;
    begin();
    AT(0, IB_LINK_OFF, false, 0, "", IB_NEVER);
    AT(UINT64_MAX - 1, IB_LINK_OFF, false, 0, "", IB_NEVER);
    assert_int_equal(network.starts, 0);
}

static void the_first_start_is_found_at_once(void **state) {
    (void)state;
    begin();
    assert_int_equal(join("HomeNetwork", "ironbow-home", T0), IB_OK);
    AT(T0, IB_LINK_READY, true, 57, "", IB_NEVER);
    assert_memory_equal(network.state.ip, ((const uint8_t[]){192, 168, 1, 57}), 4);
    begin();
    assert_int_equal(join("Workshop", "", T0), IB_OK);
    AT(T0, IB_LINK_READY, true, 144, "", IB_NEVER);
    assert_memory_equal(network.state.ip, ((const uint8_t[]){10, 0, 1, 144}), 4);
    begin();
    assert_int_equal(start(IB_LINK_STATION, "HomeNetwork", "ironbow-home", true, T0), IB_OK);
    AT(T0, IB_LINK_READY, true, 7, "", IB_NEVER);
    begin();
    assert_int_equal(start(IB_LINK_ACCESS_POINT, "tCam-Mini", "", true, T0), IB_OK);
    AT(T0, IB_LINK_READY, true, 7, "", IB_NEVER);
    assert_memory_equal(network.state.ip, ((const uint8_t[]){10, 9, 8, 7}), 4);
    assert_int_equal(network.starts, 1);
    assert_int_equal(network.joins, 1);
    // An access point has its own address, fixed or not; a station that is not there is not found.
    begin();
    ib_sim_network_station(&network, false, 0);
    assert_int_equal(start(IB_LINK_ACCESS_POINT, "tCam-Mini", "ironbow123", false, T0), IB_OK);
    AT(T0, IB_LINK_READY, false, 7, "", IB_NEVER);
    assert_int_equal(network.joins, 0);
}

static void a_first_start_in_vain_takes_its_time(void **state) {
    (void)state;
    static const struct {
        const char *ssid, *password;
        bool dhcp, in_range;
        enum ib_sim_network_fault fault;
    } rows[] = {
        {"Nowhere", "", true, true, IB_SIM_NETWORK_WELL},
        {"homenetwork", "ironbow-home", true, true, IB_SIM_NETWORK_WELL},
        {"HomeNetwork", "ironbow-hom3", true, true, IB_SIM_NETWORK_WELL},
        {"HomeNetwork", "ironbow-home", false, true, IB_SIM_NETWORK_WELL},
        {"HomeNetwork", "ironbow-home", true, false, IB_SIM_NETWORK_WELL},
        {"HomeNetwork", "ironbow-home", true, true, IB_SIM_NETWORK_REFUSES},
        {"HomeNetwork", "ironbow-home", true, true, IB_SIM_NETWORK_NO_DHCP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        network.air[0].dhcp = rows[i].dhcp;
        network.air[0].in_range = rows[i].in_range;
        network.fault = rows[i].fault;
        assert_int_equal(join(rows[i].ssid, rows[i].password, T0), IB_OK);
        AT(T0, IB_LINK_STARTING, false, 0, "", T0 + UP);
    }
    // … and the miracle is over, however that went.
    begin();
    assert_int_equal(start(IB_LINK_STATION, "", "", false, T0), IB_E_IO);
    assert_int_equal(join("Workshop", "", T0), IB_OK);
    AT(T0, IB_LINK_STARTING, false, 0, "", T0 + UP);
    begin();
    assert_int_equal(start(IB_LINK_ACCESS_POINT, "tCam-Mini", "", false, T0), IB_OK);
    assert_int_equal(start(IB_LINK_ACCESS_POINT, "tCam-Mini", "", false, T0 + 1), IB_OK);
    AT(T0 + 1, IB_LINK_STARTING, false, 0, "", T0 + 1 + UP);
}

static void every_stage_of_a_station(void **state) {
    (void)state;
    start_again("HomeNetwork", "ironbow-home", false);
    uint64_t looking = T0 + UP, joining = looking + SCAN, asking = joining + JOIN,
             ready = asking + DHCP;
    AT(T0, IB_LINK_STARTING, false, 0, "", looking);
    AT(looking - 1, IB_LINK_STARTING, false, 0, "", looking);
    AT(looking, IB_LINK_SEEKING, false, 0, "", joining);
    AT(joining - 1, IB_LINK_SEEKING, false, 0, "", joining);
    AT(joining, IB_LINK_SEEKING, false, 0, "", asking);
    AT(asking - 1, IB_LINK_SEEKING, false, 0, "", asking);
    AT(asking, IB_LINK_ADDRESS, true, 0, "", ready);
    AT(ready - 1, IB_LINK_ADDRESS, true, 0, "", ready);
    AT(ready, IB_LINK_READY, true, 57, "", IB_NEVER);
    AT(ready + 1000 * RETRY, IB_LINK_READY, true, 57, "", IB_NEVER);
    assert_int_equal(network.joins, 1);
    assert_int_equal(network.refusals, 0);
}

static void a_late_look_sees_the_same(void **state) {
    (void)state;
    start_again("HomeNetwork", "ironbow-home", false);
    AT(T0 + UP + SCAN + JOIN + DHCP, IB_LINK_READY, true, 57, "", IB_NEVER);
    start_again("HomeNetwork", "ironbow-home", false);
    AT(T0 + UP + SCAN + JOIN + DHCP - 1, IB_LINK_ADDRESS, true, 0, "",
       T0 + UP + SCAN + JOIN + DHCP);
    // 1000 refusals in one look, at their own times.
    const uint64_t round = SCAN + RETRY;
    start_again("Nowhere", "", false);
    AT(T0 + UP + 1000 * round - 1, IB_LINK_SEEKING, false, 0, "no such network in range",
       T0 + UP + 1000 * round);
    assert_int_equal(network.refusals, 1000);
    // Time that goes back changes nothing.
    AT(T0, IB_LINK_SEEKING, false, 0, "no such network in range", T0 + UP + 1000 * round);
}

static void a_fixed_address_asks_nobody(void **state) {
    (void)state;
    start_again("HomeNetwork", "ironbow-home", true);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_NO_DHCP, T0);
    AT(T0 + UP + SCAN + JOIN - 1, IB_LINK_SEEKING, false, 0, "", T0 + UP + SCAN + JOIN);
    AT(T0 + UP + SCAN + JOIN, IB_LINK_READY, true, 7, "", IB_NEVER);
}

static void nobody_of_that_name(void **state) {
    (void)state;
    start_again("Nowhere", "", false);
    uint64_t end = T0 + UP + SCAN;
    AT(end - 1, IB_LINK_SEEKING, false, 0, "", end);
    AT(end, IB_LINK_SEEKING, false, 0, "no such network in range", end + RETRY);
    AT(end + RETRY, IB_LINK_SEEKING, false, 0, "no such network in range", end + RETRY + SCAN);
    assert_int_equal(network.refusals, 1);
    // It appears while we look.
    const struct ib_sim_access_point point = {"Nowhere", "", {1, 2, 3, 4}, true, true};
    assert_true(ib_sim_network_air(&network, &point, end + RETRY + SCAN - 1));
    AT(end + RETRY + SCAN + JOIN, IB_LINK_ADDRESS, true, 0, "", end + RETRY + SCAN + JOIN + DHCP);
    AT(end + RETRY + SCAN + JOIN + DHCP, IB_LINK_READY, true, 4, "", IB_NEVER);
    assert_int_equal(network.refusals, 1);
    assert_int_equal(network.joins, 1);
}

static void passwords(void **state) {
    (void)state;
    static const struct {
        const char *ssid, *password, *reason;
    } rows[] = {
        {"HomeNetwork", "ironbow-hom3", "wrong password"},
        {"HomeNetwork", "Ironbow-home", "wrong password"},
        {"HomeNetwork", "", "the network wants a password"},
        {"Workshop", "ironbow-home", "the network has no password, but one is set"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start_again(rows[i].ssid, rows[i].password, i % 2);
        uint64_t end = T0 + UP + SCAN + JOIN;
        AT(end - 1, IB_LINK_SEEKING, false, 0, "", end);
        AT(end, IB_LINK_SEEKING, false, 0, rows[i].reason, end + RETRY);
        // For ever, and the reason stays while it tries again.
        uint64_t round = RETRY + SCAN + JOIN;
        AT(end + RETRY, IB_LINK_SEEKING, false, 0, rows[i].reason, end + RETRY + SCAN);
        AT(end + 50 * round - 1, IB_LINK_SEEKING, false, 0, rows[i].reason, end + 50 * round);
        assert_int_equal(network.refusals, 50);
        assert_int_equal(network.joins, 0);
    }
}

static void nobody_gives_an_address(void **state) {
    (void)state;
    const uint64_t asking = T0 + UP + SCAN + JOIN, end = asking + NO_DHCP;
    start_again("HomeNetwork", "ironbow-home", false);
    network.air[0].dhcp = false;
    AT(asking, IB_LINK_ADDRESS, true, 0, "", end);
    AT(end - 1, IB_LINK_ADDRESS, true, 0, "", end);
    AT(end, IB_LINK_SEEKING, false, 0, "no DHCP answer", end + RETRY);
    AT(end + RETRY + SCAN + JOIN, IB_LINK_ADDRESS, true, 0, "",
       end + RETRY + SCAN + JOIN + NO_DHCP);
    assert_int_equal(network.refusals, 1);
    assert_int_equal(network.joins, 2);
}

/// The server falls silent, or finds its voice, while we ask.
static void a_server_that_comes_and_goes(void **state) {
    (void)state;
    const uint64_t asking = T0 + UP + SCAN + JOIN, end = asking + NO_DHCP;
    start_again("HomeNetwork", "ironbow-home", false);
    AT(asking, IB_LINK_ADDRESS, true, 0, "", asking + DHCP);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_NO_DHCP, asking + 100);
    AT(asking + DHCP, IB_LINK_ADDRESS, true, 0, "", end); // the patience began with the asking
    ib_sim_network_fault(&network, IB_SIM_NETWORK_WELL, end - DHCP);
    AT(end - 1, IB_LINK_ADDRESS, true, 0, "", end);
    AT(end, IB_LINK_READY, true, 57, "", IB_NEVER); // just in time
    // Who has an address keeps it.
    ib_sim_network_fault(&network, IB_SIM_NETWORK_NO_DHCP, end + 1);
    AT(end + 100 * NO_DHCP, IB_LINK_READY, true, 57, "", IB_NEVER);
    // An answer after the patience is none, and turning it off again changes nothing.
    start_again("HomeNetwork", "ironbow-home", false);
    network.fault = IB_SIM_NETWORK_NO_DHCP;
    AT(asking, IB_LINK_ADDRESS, true, 0, "", end);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_WELL, end - DHCP + 1);
    AT(end - DHCP + 1, IB_LINK_ADDRESS, true, 0, "", end);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_NO_DHCP, end - 1);
    AT(end - 1, IB_LINK_ADDRESS, true, 0, "", end);
    AT(end, IB_LINK_SEEKING, false, 0, "no DHCP answer", end + RETRY);
    // Through the air, too; the address is that of the moment it is given.
    start_again("HomeNetwork", "ironbow-home", false);
    struct ib_sim_access_point point = network.air[0];
    point.dhcp = false;
    AT(asking, IB_LINK_ADDRESS, true, 0, "", asking + DHCP);
    assert_true(ib_sim_network_air(&network, &point, asking + 1));
    AT(asking + 1, IB_LINK_ADDRESS, true, 0, "", end);
    point.dhcp = true;
    point.address[3] = 99;
    assert_true(ib_sim_network_air(&network, &point, asking + 2));
    AT(asking + 2 + DHCP - 1, IB_LINK_ADDRESS, true, 0, "", asking + 2 + DHCP);
    AT(asking + 2 + DHCP, IB_LINK_READY, true, 99, "", IB_NEVER);
}

/// Out of range in every stage, and back.
static void out_of_range_and_back(void **state) {
    (void)state;
    static const char LOST[] = "the network went out of range";
    const uint64_t joining = T0 + UP + SCAN, asking = joining + JOIN, ready = asking + DHCP;
    const uint64_t engaged[] = {joining, joining + JOIN - 1, asking, ready - 1, ready, ready + 77};
    for (size_t i = 0; i < sizeof engaged / sizeof engaged[0]; i++) {
        start_again("HomeNetwork", "ironbow-home", false);
        uint64_t at = engaged[i];
        assert_true(ib_sim_network_range(&network, "HomeNetwork", false, at));
        AT(at, IB_LINK_SEEKING, false, 0, LOST, at + SCAN);
        AT(at + SCAN - 1, IB_LINK_SEEKING, false, 0, LOST, at + SCAN);
        AT(at + SCAN, IB_LINK_SEEKING, false, 0, "no such network in range", at + SCAN + RETRY);
        assert_int_equal(network.refusals, 1);
        // Again in the retry: found by the next look, not earlier.
        assert_true(ib_sim_network_range(&network, "HomeNetwork", true, at + SCAN + 1));
        at += SCAN + RETRY + SCAN;
        AT(at - 1, IB_LINK_SEEKING, false, 0, "no such network in range", at);
        AT(at + JOIN, IB_LINK_ADDRESS, true, 0, "", at + JOIN + DHCP);
        AT(at + JOIN + DHCP, IB_LINK_READY, true, 57, "", IB_NEVER);
    }
    // Gone while the interface rises, or between two moments of a look, is not even noticed.
    start_again("HomeNetwork", "ironbow-home", false);
    assert_true(ib_sim_network_range(&network, "HomeNetwork", false, T0 + 1));
    AT(T0 + 1, IB_LINK_STARTING, false, 0, "", T0 + UP);
    AT(T0 + UP + 1, IB_LINK_SEEKING, false, 0, "", joining);
    assert_true(ib_sim_network_range(&network, "HomeNetwork", true, T0 + UP + 2));
    AT(ready, IB_LINK_READY, true, 57, "", IB_NEVER);
    // Others' coming and going is nothing to us.
    assert_true(ib_sim_network_range(&network, "Workshop", false, ready + 1));
    AT(ready + 1, IB_LINK_READY, true, 57, "", IB_NEVER);
    assert_true(ib_sim_network_range(&network, "HomeNetwork", true, ready + 2));
    AT(ready + 2, IB_LINK_READY, true, 57, "", IB_NEVER);
    assert_false(ib_sim_network_range(&network, "Nowhere", false, ready + 3));
    assert_false(ib_sim_network_range(&network, "", false, ready + 3));
}

static void the_air_changes(void **state) {
    (void)state;
    const uint64_t ready = T0 + UP + SCAN + JOIN + DHCP;
    start_again("HomeNetwork", "ironbow-home", false);
    AT(ready, IB_LINK_READY, true, 57, "", IB_NEVER);
    struct ib_sim_access_point point = network.air[0];
    point.address[3] = 58; // the lease stays
    assert_true(ib_sim_network_air(&network, &point, ready + 1));
    AT(ready + 1, IB_LINK_READY, true, 57, "", IB_NEVER);
    strcpy(point.password, "something-else");
    assert_true(ib_sim_network_air(&network, &point, ready + 2));
    AT(ready + 2, IB_LINK_SEEKING, false, 0, "the network began anew with another password",
       ready + 2 + SCAN);
    AT(ready + 2 + SCAN + JOIN, IB_LINK_SEEKING, false, 0, "wrong password",
       ready + 2 + SCAN + JOIN + RETRY);
    strcpy(point.password, "ironbow-home");
    uint64_t at = ready + 2 + SCAN + JOIN + RETRY;
    assert_true(ib_sim_network_air(&network, &point, at));
    at += SCAN + JOIN + DHCP;
    AT(at, IB_LINK_READY, true, 58, "", IB_NEVER);
    point.in_range = false;
    assert_true(ib_sim_network_air(&network, &point, at + 1));
    AT(at + 1, IB_LINK_SEEKING, false, 0, "the network went out of range", at + 1 + SCAN);
    // Four names fit; a fifth does not, and what is no name or no password is nothing.
    struct ib_sim_access_point more = {"Third", "", {0}, false, true};
    assert_true(ib_sim_network_air(&network, &more, at));
    strcpy(more.ssid, "12345678901234567890123456789012");
    assert_true(ib_sim_network_air(&network, &more, at));
    strcpy(more.ssid, "Fifth");
    assert_false(ib_sim_network_air(&network, &more, at));
    begin();
    assert_true(ib_sim_network_air(&network, &more, 0));
    strcpy(more.password, "seven77");
    assert_false(ib_sim_network_air(&network, &more, 0));
    strcpy(more.password, "eight888");
    assert_true(ib_sim_network_air(&network, &more, 0));
    memset(more.password, 'x', sizeof more.password); // 64 bytes and no end
    assert_false(ib_sim_network_air(&network, &more, 0));
    more.password[0] = 0;
    more.ssid[0] = 0;
    assert_false(ib_sim_network_air(&network, &more, 0));
    memset(more.ssid, 'x', sizeof more.ssid);
    assert_false(ib_sim_network_air(&network, &more, 0));
}

static void an_access_point_and_its_station(void **state) {
    (void)state;
    begin();
    network.first = false;
    assert_int_equal(start(IB_LINK_ACCESS_POINT, "tCam-Mini", "ironbow123", true, T0), IB_OK);
    const uint64_t up = T0 + UP, joined = up + STATION;
    AT(up - 1, IB_LINK_STARTING, false, 0, "", up);
    AT(up, IB_LINK_READY, false, 7, "", joined);
    AT(joined - 1, IB_LINK_READY, false, 7, "", joined);
    AT(joined, IB_LINK_READY, true, 7, "", IB_NEVER);
    ib_sim_network_station(&network, true, joined + 1); // is there already
    AT(joined + 1, IB_LINK_READY, true, 7, "", IB_NEVER);
    ib_sim_network_station(&network, false, joined + 2);
    AT(joined + 2, IB_LINK_READY, false, 7, "", IB_NEVER);
    ib_sim_network_station(&network, true, joined + 3);
    AT(joined + 3, IB_LINK_READY, false, 7, "", joined + 3 + STATION);
    ib_sim_network_station(&network, true, joined + 4); // wanting twice does not delay it
    AT(joined + 3 + STATION, IB_LINK_READY, true, 7, "", IB_NEVER);
    assert_int_equal(network.joins, 2);
    // It leaves on its way.
    ib_sim_network_station(&network, false, 20 * T0);
    ib_sim_network_station(&network, true, 20 * T0);
    ib_sim_network_station(&network, false, 20 * T0 + STATION - 1);
    AT(20 * T0 + STATION, IB_LINK_READY, false, 7, "", IB_NEVER);
    assert_int_equal(network.joins, 2);
    // It comes while the interface rises.
    assert_int_equal(start(IB_LINK_ACCESS_POINT, "tCam-Mini", "", true, 30 * T0), IB_OK);
    ib_sim_network_station(&network, true, 30 * T0 + 1);
    AT(30 * T0 + UP, IB_LINK_READY, false, 7, "", 30 * T0 + UP + STATION);
    AT(30 * T0 + UP + STATION, IB_LINK_READY, true, 7, "", IB_NEVER); // … and one look later
    // Access points around are nothing to us, and refuse nobody's station.
    ib_sim_network_fault(&network, IB_SIM_NETWORK_REFUSES, 31 * T0);
    assert_true(ib_sim_network_range(&network, "HomeNetwork", false, 31 * T0));
    AT(31 * T0, IB_LINK_READY, true, 7, "", IB_NEVER);
    // A station beside us means nothing to a station.
    assert_int_equal(join("Workshop", "", 40 * T0), IB_OK);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_WELL, 40 * T0);
    AT(50 * T0, IB_LINK_READY, true, 144, "", IB_NEVER);
    ib_sim_network_station(&network, false, 50 * T0);
    AT(50 * T0, IB_LINK_READY, true, 144, "", IB_NEVER);
}

static void stop_and_start_anew(void **state) {
    (void)state;
    const uint64_t moments[] = {0, UP, UP + SCAN, UP + SCAN + JOIN, UP + SCAN + JOIN + DHCP};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        start_again("HomeNetwork", "ironbow-home", false);
        link_table.ops->stop(link_table.context, T0 + moments[i]);
        AT(T0 + moments[i], IB_LINK_OFF, false, 0, "", IB_NEVER);
        AT(90 * T0, IB_LINK_OFF, false, 0, "", IB_NEVER);
        // A start without a stop begins anew as well.
        start_again("HomeNetwork", "ironbow-home", false);
        uint64_t again = T0 + moments[i];
        assert_int_equal(join("Workshop", "", again), IB_OK);
        AT(again, IB_LINK_STARTING, false, 0, "", again + UP);
        AT(again + UP + SCAN + JOIN + DHCP, IB_LINK_READY, true, 144, "", IB_NEVER);
        assert_int_equal(network.starts, 2);
    }
    begin();
    link_table.ops->stop(link_table.context, 0); // of what does not run
    AT(0, IB_LINK_OFF, false, 0, "", IB_NEVER);
    assert_int_equal(join("Workshop", "", 1), IB_OK);
    AT(1, IB_LINK_READY, true, 144, "", IB_NEVER); // still the first start
}

static void what_cannot_be_started(void **state) {
    (void)state;
    char name[IB_LINK_SSID_BYTES + 2], password[IB_LINK_PASSWORD_BYTES + 2];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0; // 33 bytes: no room for the NUL
    memset(password, 'p', sizeof password);
    password[sizeof password - 1] = 0;
    begin();
    assert_int_equal(join("", "", 0), IB_E_IO);
    AT(0, IB_LINK_BROKEN, false, 0, "the network name is not 1 to 32 bytes", IB_NEVER);
    assert_int_equal(join(name, "", 0), IB_E_IO);
    AT(0, IB_LINK_BROKEN, false, 0, "the network name is not 1 to 32 bytes", IB_NEVER);
    assert_int_equal(join("Workshop", "seven77", 0), IB_E_IO);
    AT(0, IB_LINK_BROKEN, false, 0, "the password is not 8 to 63 bytes", IB_NEVER);
    assert_int_equal(join("Workshop", password, 0), IB_E_IO);
    AT(0, IB_LINK_BROKEN, false, 0, "the password is not 8 to 63 bytes", IB_NEVER);
    assert_int_equal(start((enum ib_link_mode)2, "Workshop", "", false, 0), IB_E_UNSUPPORTED);
    AT(0, IB_LINK_OFF, false, 0, "", IB_NEVER);
    assert_int_equal(join(name + 1, password + 1, 0), IB_OK); // the longest
    AT(0, IB_LINK_STARTING, false, 0, "", UP);
    assert_int_equal(network.starts, 6);
    // What ran is off after a bad start.
    assert_int_equal(join("", "", UP), IB_E_IO);
    AT(100 * T0, IB_LINK_BROKEN, false, 0, "the network name is not 1 to 32 bytes", IB_NEVER);
}

static void a_dead_radio(void **state) {
    (void)state;
    static const char DEAD[] = "the radio does not work";
    const uint64_t moments[] = {0, UP, UP + SCAN, UP + SCAN + JOIN, UP + SCAN + JOIN + DHCP};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        uint64_t at = T0 + moments[i];
        start_again("HomeNetwork", "ironbow-home", false);
        ib_sim_network_fault(&network, IB_SIM_NETWORK_RADIO_DEAD, at);
        AT(at, IB_LINK_BROKEN, false, 0, DEAD, IB_NEVER);
        assert_int_equal(join("Workshop", "", at + 1), IB_E_IO);
        AT(at + 1, IB_LINK_BROKEN, false, 0, DEAD, IB_NEVER);
        ib_sim_network_fault(&network, IB_SIM_NETWORK_WELL, at + 2);
        AT(99 * T0, IB_LINK_BROKEN, false, 0, DEAD, IB_NEVER); // only a start mends it
        assert_int_equal(join("Workshop", "", 99 * T0), IB_OK);
        AT(100 * T0, IB_LINK_READY, true, 144, "", IB_NEVER);
    }
    begin();
    assert_int_equal(start(IB_LINK_ACCESS_POINT, "tCam-Mini", "", true, T0), IB_OK);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_RADIO_DEAD, T0 + 1);
    AT(T0 + 1, IB_LINK_BROKEN, false, 0, DEAD, IB_NEVER);
    ib_sim_network_station(&network, false, T0 + 2);
    ib_sim_network_station(&network, true, T0 + 3);
    AT(10 * T0, IB_LINK_BROKEN, false, 0, DEAD, IB_NEVER);
    // Of an interface that is off nothing breaks.
    begin();
    ib_sim_network_fault(&network, IB_SIM_NETWORK_RADIO_DEAD, 0);
    AT(0, IB_LINK_OFF, false, 0, "", IB_NEVER);
}

static void everybody_refuses(void **state) {
    (void)state;
    static const char REFUSED[] = "refused by the access point";
    const uint64_t joined = T0 + UP + SCAN + JOIN;
    start_again("Workshop", "", false);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_REFUSES, T0);
    AT(joined, IB_LINK_SEEKING, false, 0, REFUSED, joined + RETRY);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_WELL, joined + 1);
    AT(joined + RETRY + SCAN + JOIN, IB_LINK_ADDRESS, true, 0, "",
       joined + RETRY + SCAN + JOIN + DHCP);
    // Who is associated stays, with an address or still without.
    ib_sim_network_fault(&network, IB_SIM_NETWORK_REFUSES, joined + RETRY + SCAN + JOIN + 1);
    AT(20 * T0, IB_LINK_READY, true, 144, "", IB_NEVER);
    assert_int_equal(network.refusals, 1);
    assert_int_equal(network.joins, 1);
    // A wrong password is the better reason.
    start_again("HomeNetwork", "", false);
    ib_sim_network_fault(&network, IB_SIM_NETWORK_REFUSES, T0);
    AT(joined, IB_LINK_SEEKING, false, 0, "the network wants a password", joined + RETRY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_before_a_start),
        cmocka_unit_test(the_first_start_is_found_at_once),
        cmocka_unit_test(a_first_start_in_vain_takes_its_time),
        cmocka_unit_test(every_stage_of_a_station),
        cmocka_unit_test(a_late_look_sees_the_same),
        cmocka_unit_test(a_fixed_address_asks_nobody),
        cmocka_unit_test(nobody_of_that_name),
        cmocka_unit_test(passwords),
        cmocka_unit_test(nobody_gives_an_address),
        cmocka_unit_test(a_server_that_comes_and_goes),
        cmocka_unit_test(out_of_range_and_back),
        cmocka_unit_test(the_air_changes),
        cmocka_unit_test(an_access_point_and_its_station),
        cmocka_unit_test(stop_and_start_anew),
        cmocka_unit_test(what_cannot_be_started),
        cmocka_unit_test(a_dead_radio),
        cmocka_unit_test(everybody_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
