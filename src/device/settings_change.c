/// What a set_wifi may say: addresses, the rules for each key, and for all of them together. See
/// settings.h; docs/settings.md gives the reasons.
#include "device/settings.h"

#include <string.h>

#include "core/status.h"
#include "core/text.h"

#define PASSWORD_LEAST 8
#define NETMASK_LONGEST 30 ///< a longer one leaves no host beside us

static const char *const keys[IB_WIFI_TEXT_COUNT] = {
    [IB_WIFI_AP_SSID] = "ap_ssid",         [IB_WIFI_AP_PW] = "ap_pw",
    [IB_WIFI_AP_IP] = "ap_ip_addr",        [IB_WIFI_STA_SSID] = "sta_ssid",
    [IB_WIFI_STA_PW] = "sta_pw",           [IB_WIFI_STA_IP] = "sta_ip_addr",
    [IB_WIFI_STA_NETMASK] = "sta_netmask",
};

/// What is wrong with a text that cannot be taken at all.
static const char *const texts[IB_WIFI_TEXT_COUNT] = {
    [IB_WIFI_AP_SSID] = "ap_ssid must be 1 to 32 bytes of UTF-8 without control characters",
    [IB_WIFI_AP_PW] = "ap_pw must be 8 to 63 printable ASCII characters, or empty for none",
    [IB_WIFI_AP_IP] = "ap_ip_addr must be an IPv4 address like 192.168.4.1",
    [IB_WIFI_STA_SSID] = "sta_ssid must be 1 to 32 bytes of UTF-8 without control characters",
    [IB_WIFI_STA_PW] = "sta_pw must be 8 to 63 printable ASCII characters, or empty for none",
    [IB_WIFI_STA_IP] = "sta_ip_addr must be an IPv4 address like 192.168.4.2",
    [IB_WIFI_STA_NETMASK] = "sta_netmask must be an IPv4 netmask like 255.255.255.0",
};

const char *ib_wifi_text_key(enum ib_wifi_text which) {
    return (unsigned)which < IB_WIFI_TEXT_COUNT ? keys[which] : "";
}

int ib_ip4_parse(const char *text, size_t size, uint8_t out[4]) {
    uint8_t ip[4];
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        unsigned number = 0, digits = 0;
        if (i > 0 && (at == size || text[at++] != '.'))
            return IB_E_FORMAT;
        for (; at < size && text[at] >= '0' && text[at] <= '9'; at++, digits++) {
            // "010" is 8 to some readers and 10 to others.
            if (digits > 0 && number == 0)
                return IB_E_FORMAT;
            number = number * 10 + (unsigned)(text[at] - '0');
            if (number > 255)
                return IB_E_FORMAT;
        }
        if (digits == 0)
            return IB_E_FORMAT;
        ip[i] = (uint8_t)number;
    }
    if (at != size)
        return IB_E_FORMAT;
    memcpy(out, ip, 4);
    return IB_OK;
}

void ib_ip4_print(const uint8_t ip[4], char out[IB_IP4_TEXT_BYTES]) {
    struct ib_text text;
    ib_text_init(&text, out, IB_IP4_TEXT_BYTES);
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            ib_text_char(&text, '.');
        ib_text_u64(&text, ip[i]);
    }
}

static uint32_t number_of(const uint8_t ip[4]) {
    return (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
}

/// An address that one host can have, whatever the mask.
static bool is_host(const uint8_t ip[4]) {
    return ip[0] != 0 && ip[0] != 127 && ip[0] < 224;
}

/// Neither the network's own nor its broadcast address.
static bool is_inside(const uint8_t ip[4], uint32_t mask) {
    uint32_t host = number_of(ip) & ~mask;
    return host != 0 && host != ~mask;
}

static bool is_mask(const uint8_t netmask[4]) {
    uint32_t hosts = ~number_of(netmask);
    return (hosts & (hosts + 1)) == 0 && hosts != UINT32_MAX &&
           hosts >= (1u << (32 - NETMASK_LONGEST)) - 1;
}

static bool is_ended(const char *text, size_t capacity) {
    return memchr(text, 0, capacity) != NULL;
}

/// Bytes that follow the first one of a UTF-8 character, and the least code such a character has; 4:
/// no first byte.
static unsigned followers(uint8_t first, uint32_t *least) {
    static const uint32_t least_of[] = {0, 0x80, 0x800, 0x10000};
    unsigned count = first < 0x80 ? 0 : (first & 0xE0) == 0xC0 ? 1 : (first & 0xF0) == 0xE0 ? 2 : 3;
    if (count == 3 && (first & 0xF8) != 0xF0)
        return 4;
    *least = least_of[count];
    return count;
}

/// A name travels in JSON, which is UTF-8, and is read by people on terminals: what would break the one
/// (and with it every client, until somebody presses the button) or trick the other is no name.
static bool is_name(const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    while (*at) {
        uint32_t least = 0;
        unsigned count = followers(*at, &least);
        if (count > 3)
            return false;
        uint32_t code = count == 0 ? *at : *at & (0x3Fu >> count);
        at++;
        for (; count > 0; count--, at++) {
            if ((*at & 0xC0) != 0x80)
                return false;
            code = code << 6 | (*at & 0x3F);
        }
        if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) || code < 0x20 ||
            (code >= 0x7F && code <= 0x9F))
            return false;
    }
    return true;
}

static bool is_password(const char *text) {
    size_t size = 0;
    for (; text[size]; size++)
        if (text[size] < 0x20 || text[size] > 0x7E)
            return false;
    return size == 0 || (size >= PASSWORD_LEAST && size <= IB_LINK_PASSWORD_BYTES);
}

int ib_network_settings_check(const struct ib_network_settings *self, const char **why) {
    *why = "";
    if (!is_ended(self->ap_ssid, sizeof self->ap_ssid) || !self->ap_ssid[0] ||
        !is_name(self->ap_ssid))
        *why = texts[IB_WIFI_AP_SSID];
    else if (!is_ended(self->sta_ssid, sizeof self->sta_ssid) || !is_name(self->sta_ssid))
        *why = texts[IB_WIFI_STA_SSID];
    else if (!is_ended(self->ap_pw, sizeof self->ap_pw) || !is_password(self->ap_pw))
        *why = texts[IB_WIFI_AP_PW];
    else if (!is_ended(self->sta_pw, sizeof self->sta_pw) || !is_password(self->sta_pw))
        *why = texts[IB_WIFI_STA_PW];
    else if (self->flags & ~IB_WIFI_STORED)
        *why = "flags has bits that are not stored";
    else if (!is_host(self->ap_ip) || !is_inside(self->ap_ip, 0xFFFFFF00u))
        *why = "ap_ip_addr must be a host's address in a /24 network";
    else if (!is_host(self->sta_ip))
        *why = "sta_ip_addr must be a host's address";
    else if (!is_mask(self->sta_netmask))
        *why = "sta_netmask must be ones followed by zeros, 128.0.0.0 to 255.255.255.252";
    else if ((self->flags & IB_WIFI_CLIENT) && !self->sta_ssid[0])
        *why = "client mode needs an sta_ssid";
    else if ((self->flags & IB_WIFI_CLIENT) && (self->flags & IB_WIFI_STATIC_IP) &&
             !is_inside(self->sta_ip, number_of(self->sta_netmask)))
        *why = "sta_ip_addr is the network's own or its broadcast address under sta_netmask";
    return (*why)[0] ? IB_E_RANGE : IB_OK;
}

static int take_text(char *to, size_t least, size_t most, const char *text, size_t size) {
    if (size < least || size > most)
        return IB_E_RANGE;
    if (size > 0 && memchr(text, 0, size))
        return IB_E_FORMAT;
    memset(to, 0, most + 1);
    memcpy(to, text, size);
    return IB_OK;
}

static int take(struct ib_network_settings *self, enum ib_wifi_text which, const char *text,
                size_t size) {
    switch (which) {
    case IB_WIFI_AP_SSID:
        return take_text(self->ap_ssid, 1, IB_LINK_SSID_BYTES, text, size);
    case IB_WIFI_STA_SSID:
        return take_text(self->sta_ssid, 1, IB_LINK_SSID_BYTES, text, size);
    case IB_WIFI_AP_PW:
        return take_text(self->ap_pw, 0, IB_LINK_PASSWORD_BYTES, text, size);
    case IB_WIFI_STA_PW:
        return take_text(self->sta_pw, 0, IB_LINK_PASSWORD_BYTES, text, size);
    case IB_WIFI_AP_IP:
        return ib_ip4_parse(text, size, self->ap_ip);
    case IB_WIFI_STA_IP:
        return ib_ip4_parse(text, size, self->sta_ip);
    case IB_WIFI_STA_NETMASK:
        return ib_ip4_parse(text, size, self->sta_netmask);
    case IB_WIFI_TEXT_COUNT:
        break;
    }
    return IB_E_INVAL;
}

int ib_network_settings_change(const struct ib_network_settings *self,
                               const struct ib_wifi_change *change, struct ib_network_settings *out,
                               const char **why) {
    struct ib_network_settings next = *self;
    bool given = change->has_flags;
    for (int i = 0; i < IB_WIFI_TEXT_COUNT; i++) {
        if (!change->text[i])
            continue;
        given = true;
        int status = take(&next, (enum ib_wifi_text)i, change->text[i], change->size[i]);
        if (status < 0) {
            *why = texts[i];
            return status;
        }
    }
    if (!given) {
        *why = "set_wifi needs at least one argument";
        return IB_E_NOT_FOUND;
    }
    if (change->has_flags) {
        if (change->flags < 0 || change->flags > 255) {
            *why = "flags must be 0 to 255";
            return IB_E_RANGE;
        }
        next.flags = (uint8_t)(change->flags & IB_WIFI_STORED);
    }
    int status = ib_network_settings_check(&next, why);
    if (status == IB_OK)
        *out = next;
    return status;
}
