/// RTCP: what the sender of a stream tells, and what it hears back.
///
/// Source:  RFC 3550 sections 6.1, 6.4, 6.5, 6.6 and appendix A.2.
#ifndef IB_STREAM_RTCP_H
#define IB_STREAM_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_RTCP_CNAME_BYTES 63 ///< most of a canonical name
/// Sender report, description and goodbye.
#define IB_RTCP_REPORT_BYTES (28 + 8 + 2 + IB_RTCP_CNAME_BYTES + 4 + 8)

struct ib_rtcp_sender {
    uint32_t ssrc;
    int64_t wall_us;    ///< since 1970, of the same moment as `timestamp`
    uint32_t timestamp; ///< RTP's
    uint32_t packets;   ///< sent so far
    uint32_t octets;    ///< of their payloads
    const char *cname;  ///< at most IB_RTCP_CNAME_BYTES
};

/// A sender report and a description, and with `bye` the end of the stream.
/// Shape:  `out` has room for IB_RTCP_REPORT_BYTES.
/// Return: the packet's size.
size_t ib_rtcp_write(const struct ib_rtcp_sender *sender, bool bye, uint8_t *out);

struct ib_rtcp_heard {
    bool report;           ///< a receiver report about `ssrc` was in it; else the rest is 0
    uint8_t fraction_lost; ///< of the packets since the last report, in 1/256
    uint32_t lost;         ///< packets altogether, 24 bits
    uint32_t jitter;       ///< RTP ticks
    bool bye;              ///< the receiver has gone
};

/// Read a compound packet, looking for what it says about the stream `ssrc`.
/// Return: IB_OK. Errors: IB_E_FORMAT, with nothing to be believed.
int ib_rtcp_read(struct ib_rtcp_heard *out, uint32_t ssrc, const uint8_t *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
