/// Regions, alarms, readings and graphs, as the documents they are kept as.
#include "apps/ironbow/http_measure.h"

#include <stdlib.h>

#include "apps/ironbow/http_session.h"
#include "apps/ironbow/measuring.h"
#include "core/status.h"

/// True: there is none in this run, and that is answered.
static bool is_absent(struct ib_app_http_session *self) {
    if (self->door->config.measuring)
        return false;
    ib_app_http_error(self, 501, "nothing is measured in this run");
    return true;
}

static void answer_document(struct ib_app_http_session *self,
                            int (*print)(const struct ib_app_measuring *, char *, size_t)) {
    if (is_absent(self))
        return;
    char *text = malloc(IB_APP_MEASURING_JSON_BYTES);
    int size = text ? print(self->door->config.measuring, text, IB_APP_MEASURING_JSON_BYTES)
                    : IB_E_NO_SPACE;
    if (size >= 0) {
        ib_app_http_owned(self, 200, "application/json", text, (size_t)size);
        return;
    }
    free(text);
    ib_app_http_error(self, 500, "%s", ib_status_text(size));
}

void ib_app_http_regions_get(struct ib_app_http_session *self) {
    answer_document(self, ib_app_measuring_get_json);
}

void ib_app_http_alarms_get(struct ib_app_http_session *self) {
    answer_document(self, ib_app_measuring_alarms_json);
}

void ib_app_http_measurements_get(struct ib_app_http_session *self) {
    answer_document(self, ib_app_measuring_results_json);
}

void ib_app_http_regions_put(struct ib_app_http_session *self) {
    char problem[512] = "";
    if (is_absent(self))
        return;
    struct ib_slice body = self->wire.message.body;
    int status = ib_app_measuring_put_json(self->door->config.measuring, body.at, body.size,
                                           problem, sizeof problem);
    if (status == IB_OK)
        ib_app_http_regions_get(self);
    else
        ib_app_http_error(self, status == IB_E_IO ? 507 : 400, "%s",
                          problem[0] ? problem : ib_status_text(status));
}

static void act_on_alarm(struct ib_app_http_session *self,
                         int (*act)(struct ib_app_measuring *, const char *)) {
    static const char *const MEMBERS[] = {NULL};
    struct ib_json_value object;
    if (is_absent(self) || !ib_app_http_object(self, MEMBERS, &object))
        return;
    int status = act(self->door->config.measuring, self->name);
    if (status >= 0)
        ib_app_http_empty(self, 200);
    else
        ib_app_http_error(self, status == IB_E_NOT_FOUND ? 404 : 409, "%s: %s", self->name,
                          status == IB_E_NOT_FOUND ? "there is no such alarm"
                                                   : ib_status_text(status));
}

void ib_app_http_alarm_acknowledge(struct ib_app_http_session *self) {
    act_on_alarm(self, ib_app_measuring_acknowledge);
}

void ib_app_http_alarm_test(struct ib_app_http_session *self) {
    act_on_alarm(self, ib_app_measuring_test);
}

static void answer_region(struct ib_app_http_session *self,
                          int (*print)(const struct ib_app_measuring *, const char *, char *,
                                       size_t)) {
    static const char *const NAMES[] = {"region", NULL};
    char region[IB_APP_HTTP_NAME_BYTES];
    if (is_absent(self) || !ib_app_http_query_known(self, NAMES))
        return;
    int there = ib_app_http_query_text(self, "region", region, sizeof region);
    if (there == 0)
        ib_app_http_error(self, 400, "region: must be there");
    if (there <= 0)
        return;
    char *text = malloc(IB_APP_MEASURING_JSON_BYTES);
    int size = text ? print(self->door->config.measuring, region, text, IB_APP_MEASURING_JSON_BYTES)
                    : IB_E_NO_SPACE;
    if (size >= 0) {
        ib_app_http_owned(self, 200, "application/json", text, (size_t)size);
        return;
    }
    free(text);
    if (size == IB_E_NOT_FOUND)
        ib_app_http_error(self, 404, "%s: there is no such region", region);
    else if (size == IB_E_TYPE)
        ib_app_http_error(self, 409, "%s: is no line", region);
    else
        ib_app_http_error(self, 500, "%s", ib_status_text(size));
}

void ib_app_http_graph_get(struct ib_app_http_session *self) {
    answer_region(self, ib_app_measuring_graph_json);
}

void ib_app_http_profile_get(struct ib_app_http_session *self) {
    answer_region(self, ib_app_measuring_profile_json);
}
