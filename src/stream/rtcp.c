/// RTCP packets. See rtcp.h.
#include "stream/rtcp.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/status.h"

enum { SR = 200, RR = 201, SDES = 202, BYE = 203 };

#define VERSION (2 << 6)
#define CNAME 1
#define BLOCK_BYTES 24
/// From 1900, NTP's first second, to 1970: 70 years with 17 leap days.
#define NTP_SECONDS 2208988800u

/// The first eight bytes of each: the length is in words, less one.
static void put_header(uint8_t *p, unsigned count, unsigned type, size_t bytes, uint32_t ssrc) {
    p[0] = (uint8_t)(VERSION | count);
    p[1] = (uint8_t)type;
    ib_put_be16(p + 2, (uint16_t)(bytes / 4 - 1));
    ib_put_be32(p + 4, ssrc);
}

size_t ib_rtcp_write(const struct ib_rtcp_sender *sender, bool bye, uint8_t *out) {
    size_t name = strlen(sender->cname);
    IB_ASSERT(name <= IB_RTCP_CNAME_BYTES);
    int64_t seconds = sender->wall_us / 1000000, rest_us = sender->wall_us % 1000000;
    if (rest_us < 0) {
        rest_us += 1000000;
        seconds--;
    }
    put_header(out, 0, SR, 28, sender->ssrc);
    ib_put_be32(out + 8, (uint32_t)((uint64_t)seconds + NTP_SECONDS));
    ib_put_be32(out + 12, (uint32_t)(((uint64_t)rest_us << 32) / 1000000));
    ib_put_be32(out + 16, sender->timestamp);
    ib_put_be32(out + 20, sender->packets);
    ib_put_be32(out + 24, sender->octets);
    uint8_t *at = out + 28;
    // One chunk; its list of items ends with one to four zeros, up to a word's end.
    size_t size = (8 + 2 + name + 4) / 4 * 4;
    memset(at, 0, size);
    put_header(at, 1, SDES, size, sender->ssrc);
    at[8] = CNAME;
    at[9] = (uint8_t)name;
    memcpy(at + 10, sender->cname, name);
    at += size;
    if (bye) {
        put_header(at, 1, BYE, 8, sender->ssrc);
        at += 8;
    }
    return (size_t)(at - out);
}

static void read_blocks(struct ib_rtcp_heard *out, uint32_t ssrc, const uint8_t *at,
                        unsigned count) {
    for (; count > 0; count--, at += BLOCK_BYTES) {
        if (ib_get_be32(at) != ssrc)
            continue;
        out->report = true;
        out->fraction_lost = at[4];
        out->lost = ib_get_be32(at + 4) & 0xFFFFFF;
        out->jitter = ib_get_be32(at + 12);
    }
}

int ib_rtcp_read(struct ib_rtcp_heard *out, uint32_t ssrc, const uint8_t *bytes, size_t size) {
    memset(out, 0, sizeof *out);
    if (size < 8 || (bytes[1] != SR && bytes[1] != RR) || bytes[0] & 0x20)
        return IB_E_FORMAT;
    for (size_t at = 0; at < size;) {
        if (size - at < 4)
            return IB_E_FORMAT;
        const uint8_t *packet = bytes + at;
        size_t packet_bytes = ((size_t)ib_get_be16(packet + 2) + 1) * 4;
        unsigned count = packet[0] & 31;
        if ((packet[0] & 0xC0) != VERSION || packet_bytes > size - at)
            return IB_E_FORMAT;
        if (packet[1] == SR || packet[1] == RR) {
            size_t head = packet[1] == SR ? 28 : 8;
            if (packet_bytes < head + (size_t)count * BLOCK_BYTES)
                return IB_E_FORMAT;
            read_blocks(out, ssrc, packet + head, count);
        } else if (packet[1] == BYE) {
            out->bye = true;
        }
        at += packet_bytes;
        if (packet[0] & 0x20 && at < size)
            return IB_E_FORMAT; // only the last one may be padded
    }
    return IB_OK;
}
