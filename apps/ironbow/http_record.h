/// Handlers of recordings: the one under way and the files there are. See http_session.h.
#ifndef IB_APP_HTTP_RECORD_H
#define IB_APP_HTTP_RECORD_H

#include <stdbool.h>

#include "core/json.h"

struct ib_app_http;
struct ib_app_http_session;

void ib_app_http_recording_get(struct ib_app_http_session *self);
void ib_app_http_recording_post(struct ib_app_http_session *self);
void ib_app_http_recording_end(struct ib_app_http_session *self);
void ib_app_http_recordings_list(struct ib_app_http_session *self);
void ib_app_http_recording_file(struct ib_app_http_session *self);
void ib_app_http_recording_delete(struct ib_app_http_session *self);

bool ib_app_http_is_recording(struct ib_app_http *self);
/// Members "available", "active", "name", … of the recording under way, or of the last one.
void ib_app_http_put_recording(struct ib_json_writer *json, struct ib_app_http *self);

#endif
