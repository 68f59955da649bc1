/// The settings' record: fixed places, little-endian. Every field is checked as if a client had sent
/// it. See settings.h; docs/settings.md explains the bytes.
///
///      0    2  version: 1
///      2    2  size of the record; bytes beyond what this version knows are left unread
///      4    1  bit 0: the network is on trial, bit 1: AGC; other bits 0
///      5    1  emissivity, 1..100 percent
///      6    1  gain: 0 high, 1 low, 2 automatic
///      7    1  0
///      8  208  network
///    216  208  the network before it while on trial, else zeros
///
/// A network:
///
///      0   32  ap_ssid, filled up with zeros       192  4  ap_ip_addr, first octet first
///     32   64  ap_pw                               196  4  sta_ip_addr
///     96   32  sta_ssid                            200  4  sta_netmask
///    128   64  sta_pw                              204  1  flags (0x91), then three zeros
#include "device/settings.h"

#include <string.h>

#include "core/bytes.h"
#include "core/status.h"

#define VERSION 1u
#define NETWORK_BYTES 208u
#define RECORD_BYTES 424u

#define MARK_TRIAL 1u
#define MARK_AGC 2u

_Static_assert(RECORD_BYTES <= IB_SETTINGS_BYTES && IB_SETTINGS_BYTES <= IB_DURABLE_MOST_BYTES,
               "the record has room");

enum { GAIN_MOST = 2 };

static void write_text(uint8_t *to, size_t size, const char *text) {
    for (size_t i = 0; i < size && text[i]; i++)
        to[i] = (uint8_t)text[i];
}

static void write_network(const struct ib_network_settings *self, uint8_t *to) {
    write_text(to, IB_LINK_SSID_BYTES, self->ap_ssid);
    write_text(to + 32, IB_LINK_PASSWORD_BYTES, self->ap_pw);
    write_text(to + 96, IB_LINK_SSID_BYTES, self->sta_ssid);
    write_text(to + 128, IB_LINK_PASSWORD_BYTES, self->sta_pw);
    memcpy(to + 192, self->ap_ip, 4);
    memcpy(to + 196, self->sta_ip, 4);
    memcpy(to + 200, self->sta_netmask, 4);
    to[204] = self->flags;
}

size_t ib_settings_write(const struct ib_settings *self, uint8_t *out) {
    memset(out, 0, IB_SETTINGS_BYTES);
    ib_put_le16(out, VERSION);
    ib_put_le16(out + 2, RECORD_BYTES);
    out[4] = (uint8_t)((self->trial ? MARK_TRIAL : 0) | (self->lepton.agc ? MARK_AGC : 0));
    out[5] = self->lepton.emissivity_pct;
    out[6] = self->lepton.gain;
    write_network(&self->network, out + 8);
    if (self->trial)
        write_network(&self->before, out + 8 + NETWORK_BYTES);
    return RECORD_BYTES;
}

static bool all_zero(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

/// `field` bytes, of which `most` may be text; nothing but zeros after the text's end.
static bool read_text(char *out, size_t most, const uint8_t *from, size_t field) {
    size_t size = 0;
    while (size < most && from[size])
        size++;
    memset(out, 0, most + 1);
    memcpy(out, from, size);
    return all_zero(from + size, field - size);
}

static int read_network(struct ib_network_settings *self, const uint8_t *from) {
    const char *why;
    if (!read_text(self->ap_ssid, IB_LINK_SSID_BYTES, from, 32) ||
        !read_text(self->ap_pw, IB_LINK_PASSWORD_BYTES, from + 32, 64) ||
        !read_text(self->sta_ssid, IB_LINK_SSID_BYTES, from + 96, 32) ||
        !read_text(self->sta_pw, IB_LINK_PASSWORD_BYTES, from + 128, 64) ||
        !all_zero(from + 205, 3))
        return IB_E_FORMAT;
    memcpy(self->ap_ip, from + 192, 4);
    memcpy(self->sta_ip, from + 196, 4);
    memcpy(self->sta_netmask, from + 200, 4);
    self->flags = from[204];
    return ib_network_settings_check(self, &why);
}

int ib_settings_read(struct ib_settings *self, const uint8_t *bytes, size_t size) {
    struct ib_settings read;
    memset(&read, 0, sizeof read);
    if (size < 4)
        return IB_E_TRUNCATED;
    if (ib_get_le16(bytes) != VERSION || ib_get_le16(bytes + 2) < RECORD_BYTES)
        return IB_E_FORMAT;
    if (size < ib_get_le16(bytes + 2))
        return IB_E_TRUNCATED;
    if (size > ib_get_le16(bytes + 2) || (bytes[4] & ~(MARK_TRIAL | MARK_AGC)) || bytes[7])
        return IB_E_FORMAT;
    read.trial = bytes[4] & MARK_TRIAL;
    read.lepton.agc = bytes[4] & MARK_AGC;
    read.lepton.emissivity_pct = bytes[5];
    read.lepton.gain = bytes[6];
    if (read.lepton.emissivity_pct < 1 || read.lepton.emissivity_pct > 100 ||
        read.lepton.gain > GAIN_MOST)
        return IB_E_RANGE;
    int status = read_network(&read.network, bytes + 8);
    if (status < 0)
        return status;
    const uint8_t *before = bytes + 8 + NETWORK_BYTES;
    if (read.trial)
        status = read_network(&read.before, before);
    else if (!all_zero(before, NETWORK_BYTES))
        status = IB_E_FORMAT;
    else
        read.before = read.network;
    if (status < 0)
        return status;
    *self = read;
    return IB_OK;
}
