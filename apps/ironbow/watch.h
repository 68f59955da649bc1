/// `ironbow watch`: what its command line says. Shared by verb_watch.c and watch_options.c.
#ifndef IB_APP_WATCH_H
#define IB_APP_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "apps/ironbow/http_post.h"
#include "apps/ironbow/verb.h"
#include "measure/alarm.h"
#include "measure/region.h"

#define IB_APP_WATCH_FAULTS 8

struct ib_app_watch_options {
    const char *camera;
    struct ib_regions regions;
    struct ib_alarm_rule rule[IB_ALARMS_MOST];
    unsigned rule_count;
    enum ib_degrees degrees;
    uint64_t duration_us; ///< 0: for ever
    bool real_time;
    bool keep_going;
    bool test;
    bool json;
    bool quiet;
    bool verbose;
    const char *command;
    bool has_webhook;
    struct ib_app_http_target webhook;
    const char *faults[IB_APP_WATCH_FAULTS];
    unsigned fault_count;
};

extern const struct ib_app_option ib_app_watch_option_table[];

/// Read the command line.
/// Return: -1 to go on, else the exit code (already reported).
int ib_app_watch_parse(struct ib_app_watch_options *out, const struct ib_app_verb *verb,
                       struct ib_app_args *args);

#endif
