/// The Transport header: of what a viewer offers, the first that can be had.
///
/// Source:  RFC 2326, section 12.39.
#include "core/status.h"
#include "stream/rtsp_private.h"

/// Ports below are other people's services, even on the viewer's own machine.
#define PORT_LEAST 1024

/// "5000-5001", or "5000" for both it and the next.
static bool read_pair(struct ib_slice text, uint64_t least, uint64_t most, uint64_t *first,
                      uint64_t *second) {
    struct ib_slice rest;
    struct ib_slice low = ib_slice_cut(text, '-', &rest);
    if (!ib_slice_u64(low, most, first) || *first < least)
        return false;
    if (low.size == text.size)
        *second = *first + 1;
    else if (!ib_slice_u64(rest, most, second))
        return false;
    return *second >= least && *second <= most && *second != *first;
}

/// What the parameters of one offer say.
struct offer {
    bool has_ports;
    bool has_channels;
    bool impossible;
};

static void read_parameter(struct ib_rtsp_transport *out, struct offer *offer,
                           struct ib_slice parameter, const char *peer) {
    struct ib_slice value;
    struct ib_slice key = ib_slice_cut(parameter, '=', &value);
    uint64_t first, second;
    if (value.size >= 2 && value.at[0] == '"' && value.at[value.size - 1] == '"')
        value = (struct ib_slice){value.at + 1, value.size - 2};
    if (ib_slice_same(key, "multicast")) {
        offer->impossible = true;
    } else if (ib_slice_same(key, "destination")) {
        // Nobody is to be flooded on somebody else's word.
        offer->impossible |= !ib_slice_same(value, peer);
    } else if (ib_slice_same(key, "mode")) {
        offer->impossible |= !ib_slice_same(value, "PLAY");
    } else if (ib_slice_same(key, "client_port")) {
        offer->has_ports = read_pair(value, PORT_LEAST, 65535, &first, &second);
        offer->impossible |= !offer->has_ports;
        if (offer->has_ports) {
            out->rtp_port = (uint16_t)first;
            out->rtcp_port = (uint16_t)second;
        }
    } else if (ib_slice_same(key, "interleaved")) {
        offer->has_channels = read_pair(value, 0, 255, &first, &second);
        offer->impossible |= !offer->has_channels;
        if (offer->has_channels) {
            out->rtp_channel = (uint8_t)first;
            out->rtcp_channel = (uint8_t)second;
        }
    }
}

static bool read_offer(struct ib_rtsp_transport *out, struct ib_slice text, bool udp,
                       const char *peer) {
    struct offer offer = {false, false, false};
    struct ib_slice parameter;
    *out = (struct ib_rtsp_transport){.rtcp_channel = 1};
    if (!ib_slice_next(&text, ';', &parameter))
        return false;
    out->interleaved = ib_slice_same(parameter, "RTP/AVP/TCP");
    if (!out->interleaved && !ib_slice_same(parameter, "RTP/AVP") &&
        !ib_slice_same(parameter, "RTP/AVP/UDP"))
        return false;
    while (ib_slice_next(&text, ';', &parameter))
        read_parameter(out, &offer, parameter, peer);
    return !offer.impossible && (out->interleaved || (udp && offer.has_ports));
}

int ib_rtsp_transport_choose(struct ib_rtsp_transport *out, struct ib_slice list, bool udp,
                             const char *peer) {
    struct ib_slice offer;
    while (ib_slice_next(&list, ',', &offer)) {
        if (read_offer(out, offer, udp, peer))
            return IB_OK;
    }
    return IB_E_UNSUPPORTED;
}
