/// The profile in NetworkManager's words. See network_profile.h.
///
/// Main sources: nm-settings-dbus(5) 1.42 (connection, 802-11-wireless, 802-11-wireless-security, ipv4,
/// ipv6), nm-dbus-types(5) 1.42 (NMDeviceStateReason).
#include "ports/linux/network_profile.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/sha256.h"

#define AP_PREFIX 24u

void ib_network_profile_uuid(const char *interface, char out[IB_NETWORK_PROFILE_UUID_BYTES]) {
    static const char what[] = "ironbow's NetworkManager profile of ";
    uint8_t digest[IB_SHA256_BYTES];
    struct ib_sha256 hash;
    ib_sha256_init(&hash);
    ib_sha256_feed(&hash, what, sizeof what - 1);
    ib_sha256_feed(&hash, interface, strlen(interface));
    ib_sha256_finish(&hash, digest);
    digest[6] = (uint8_t)((digest[6] & 0x0F) | 0x80); // version 8: a scheme of one's own (RFC 9562)
    digest[8] = (uint8_t)((digest[8] & 0x3F) | 0x80);
    size_t at = 0;
    for (unsigned i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        (void)snprintf(out + at, 3, "%02x", digest[i]);
        at += 2;
    }
}

int ib_network_profile_prefix(const uint8_t netmask[4]) {
    uint32_t mask = (uint32_t)netmask[0] << 24 | (uint32_t)netmask[1] << 16 |
                    (uint32_t)netmask[2] << 8 | netmask[3];
    int prefix = 0;
    while (prefix < 32 && mask & 0x80000000u >> prefix)
        prefix++;
    return prefix == 32 || mask << prefix == 0 ? prefix : -1;
}

// ---- settings ----

static int open_setting(sd_bus_message *message, const char *name) {
    int error = sd_bus_message_open_container(message, 'e', "sa{sv}");
    if (error >= 0)
        error = sd_bus_message_append(message, "s", name);
    return error < 0 ? error : sd_bus_message_open_container(message, 'a', "{sv}");
}

static int close_setting(sd_bus_message *message) {
    int error = sd_bus_message_close_container(message);
    return error < 0 ? error : sd_bus_message_close_container(message);
}

static int put_text(sd_bus_message *message, const char *key, const char *value) {
    return sd_bus_message_append(message, "{sv}", key, "s", value);
}

static int put_bytes(sd_bus_message *message, const char *key, const char *value) {
    int error = sd_bus_message_open_container(message, 'e', "sv");
    if (error >= 0)
        error = sd_bus_message_append(message, "s", key);
    if (error >= 0)
        error = sd_bus_message_open_container(message, 'v', "ay");
    if (error >= 0)
        error = sd_bus_message_append_array(message, 'y', value, strlen(value));
    if (error >= 0)
        error = sd_bus_message_close_container(message);
    return error < 0 ? error : sd_bus_message_close_container(message);
}

static int append_connection(sd_bus_message *message, const char *interface) {
    char id[64];
    char uuid[IB_NETWORK_PROFILE_UUID_BYTES];
    snprintf(id, sizeof id, "ironbow-%s", interface);
    ib_network_profile_uuid(interface, uuid);
    int error = open_setting(message, "connection");
    if (error >= 0)
        error = put_text(message, "id", id);
    if (error >= 0)
        error = put_text(message, "uuid", uuid);
    if (error >= 0)
        error = put_text(message, "type", "802-11-wireless");
    if (error >= 0)
        error = put_text(message, "interface-name", interface);
    // Never by itself: only as long as we ask for it.
    if (error >= 0)
        error = sd_bus_message_append(message, "{sv}", "autoconnect", "b", 0);
    return error < 0 ? error : close_setting(message);
}

static int append_wireless(sd_bus_message *message, const struct ib_link_config *config) {
    bool ap = config->mode == IB_LINK_ACCESS_POINT;
    int error = open_setting(message, "802-11-wireless");
    if (error >= 0)
        error = put_bytes(message, "ssid", config->ssid);
    if (error >= 0)
        error = put_text(message, "mode", ap ? "ap" : "infrastructure");
    // Every phone and every tCam client's machine can join at 2.4 GHz.
    if (error >= 0 && ap)
        error = put_text(message, "band", "bg");
    // A station may look for a network that does not show its name.
    if (error >= 0 && !ap)
        error = sd_bus_message_append(message, "{sv}", "hidden", "b", 1);
    if (error >= 0 && config->password[0])
        error = put_text(message, "security", "802-11-wireless-security");
    return error < 0 ? error : close_setting(message);
}

static int append_security(sd_bus_message *message, const struct ib_link_config *config) {
    if (!config->password[0])
        return 0;
    int error = open_setting(message, "802-11-wireless-security");
    if (error >= 0)
        error = put_text(message, "key-mgmt", "wpa-psk");
    if (error >= 0)
        error = put_text(message, "psk", config->password);
    if (error >= 0 && config->mode == IB_LINK_ACCESS_POINT) {
        error = sd_bus_message_append(message, "{sv}{sv}{sv}", "proto", "as", 1, "rsn", "pairwise",
                                      "as", 1, "ccmp", "group", "as", 1, "ccmp");
    }
    return error < 0 ? error : close_setting(message);
}

/// A camera's name that may be told to a DHCP server.
static bool is_hostname(const char *name) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    size_t size = strlen(name);
    return size > 0 && strspn(name, letters) == size && name[0] != '-' && name[size - 1] != '-';
}

static int append_address(sd_bus_message *message, const uint8_t ip[4], unsigned prefix) {
    char text[INET_ADDRSTRLEN];
    snprintf(text, sizeof text, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
    return sd_bus_message_append(message, "{sv}", "address-data", "aa{sv}", 1, 2, "address", "s",
                                 text, "prefix", "u", prefix);
}

static int append_ip(sd_bus_message *message, const struct ib_link_config *config) {
    bool ap = config->mode == IB_LINK_ACCESS_POINT;
    bool fixed = ap || config->fixed_ip;
    int prefix = ap ? (int)AP_PREFIX : ib_network_profile_prefix(config->netmask);
    int error = open_setting(message, "ipv4");
    // "shared": the address, a DHCP server for whoever joins, and NAT.
    if (error >= 0)
        error = put_text(message, "method", ap ? "shared" : fixed ? "manual" : "auto");
    // Without an address over IPv4 the camera cannot be reached.
    if (error >= 0)
        error = sd_bus_message_append(message, "{sv}", "may-fail", "b", 0);
    if (error >= 0 && fixed)
        error = append_address(message, config->ip, (unsigned)prefix);
    if (error >= 0 && !fixed && is_hostname(config->hostname))
        error = put_text(message, "dhcp-hostname", config->hostname);
    if (error >= 0)
        error = close_setting(message);
    if (error >= 0)
        error = open_setting(message, "ipv6");
    if (error >= 0)
        error = put_text(message, "method", "ignore");
    return error < 0 ? error : close_setting(message);
}

int ib_network_profile_append(sd_bus_message *message, const char *interface,
                              const struct ib_link_config *config) {
    int error = sd_bus_message_open_container(message, 'a', "{sa{sv}}");
    if (error >= 0)
        error = append_connection(message, interface);
    if (error >= 0)
        error = append_wireless(message, config);
    if (error >= 0)
        error = append_security(message, config);
    if (error >= 0)
        error = append_ip(message, config);
    return error < 0 ? error : sd_bus_message_close_container(message);
}

// ---- words ----

const char *ib_network_profile_reason(uint32_t reason) {
    switch (reason) {
    case 5:  // ip-config-unavailable: what a DHCP time-out ends in
    case 15: // dhcp-start-failed
    case 16: // dhcp-error
    case 17: // dhcp-failed
        return "no address: the network's DHCP server does not answer";
    case 6: // ip-config-expired
        return "the address was not renewed";
    case 7: // no-secrets: the access point refused the password, and nobody knows another
        return "the password is wrong";
    case 8: // supplicant-disconnect
        return "the access point ended the connection, or the password is wrong";
    case 9:  // supplicant-config-failed
    case 10: // supplicant-failed
        return "the Wi-Fi supplicant failed";
    case 11: // supplicant-timeout
        return "the access point does not answer";
    case 18: // shared-start-failed
    case 19: // shared-failed
        return "the access point's DHCP server did not start (is dnsmasq there?)";
    case 35: // firmware-missing
        return "the Wi-Fi interface lacks its firmware";
    case 36: // removed
        return "the Wi-Fi interface is gone";
    case 37: // sleeping
        return "NetworkManager sleeps";
    case 38: // connection-removed
        return "somebody removed ironbow's connection";
    case 39: // user-requested
        return "somebody disconnected the interface";
    case 53: // ssid-not-found
        return "no such network is in reach";
    case 60: // new-activation
        return "another connection took the interface";
    default:
        return "the connection failed";
    }
}

const char *ib_network_profile_refusal(const char *error_name) {
    static const struct {
        const char *part;
        const char *words;
    } WORDS[] = {
        {"PermissionDenied", "NetworkManager gives no permission"},
        {"AccessDenied", "NetworkManager gives no permission"},
        {"InteractiveAuthorizationRequired", "NetworkManager gives no permission"},
        {"UnknownDevice", "NetworkManager knows no such interface"},
        {"UnmanagedDevice", "NetworkManager does not manage the interface"},
        {"ConnectionNotAvailable", "the interface cannot do that now"},
        {"InvalidProperty", "NetworkManager does not accept the settings"},
        {"InvalidConnection", "NetworkManager does not accept the settings"},
        {"MissingProperty", "NetworkManager does not accept the settings"},
        {"NoReply", "NetworkManager does not answer"},
        {"Timeout", "NetworkManager does not answer"},
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strstr(error_name, WORDS[i].part))
            return WORDS[i].words;
    }
    return "NetworkManager refused";
}
