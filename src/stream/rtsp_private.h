/// What the RTSP engine's files share: the session's life (rtsp.c), its requests (rtsp_request.c),
/// transports (rtsp_transport.c) and passwords (rtsp_auth.c).
#ifndef IB_STREAM_RTSP_PRIVATE_H
#define IB_STREAM_RTSP_PRIVATE_H

#include "core/text.h"
#include "stream/rtsp.h"

/// `message` is complete: its answer goes to `out`.
void ib_rtsp_answer(struct ib_rtsp_session *self, uint64_t now_us);
/// The message could not be read: say so and hang up.
void ib_rtsp_answer_bad(struct ib_rtsp_session *self);

void ib_rtsp_enter(struct ib_rtsp_session *self, enum ib_rtsp_state state);
/// A new name, SSRC and first numbers.
void ib_rtsp_name_session(struct ib_rtsp_session *self);
/// The last report goes to `control`.
void ib_rtsp_say_bye(struct ib_rtsp_session *self, uint64_t now_us);

/// The first transport of the list that can be had.
/// Errors: IB_E_UNSUPPORTED.
int ib_rtsp_transport_choose(struct ib_rtsp_transport *out, struct ib_slice list, bool udp,
                             const char *peer);

/// Whether the request may be carried out.
bool ib_rtsp_auth_passes(struct ib_rtsp_session *self);
/// The headers of a 401.
void ib_rtsp_auth_challenge(struct ib_rtsp_session *self, struct ib_text *out);

#endif
