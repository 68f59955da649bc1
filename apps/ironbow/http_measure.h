/// Handlers of what is measured: the documents of apps/ironbow/measuring.h. See http_session.h.
#ifndef IB_APP_HTTP_MEASURE_H
#define IB_APP_HTTP_MEASURE_H

struct ib_app_http_session;

void ib_app_http_regions_get(struct ib_app_http_session *self);
void ib_app_http_regions_put(struct ib_app_http_session *self); ///< alarms too
void ib_app_http_alarms_get(struct ib_app_http_session *self);
void ib_app_http_alarm_acknowledge(struct ib_app_http_session *self);
void ib_app_http_alarm_test(struct ib_app_http_session *self);
void ib_app_http_measurements_get(struct ib_app_http_session *self);
void ib_app_http_graph_get(struct ib_app_http_session *self);
void ib_app_http_profile_get(struct ib_app_http_session *self);

#endif
