/// The command line of `ironbow watch`: regions, and alarms in words or as options.
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/parse.h"
#include "apps/ironbow/region_options.h"
#include "apps/ironbow/uri.h"
#include "apps/ironbow/watch.h"
#include "core/status.h"

enum {
    OPT_CAMERA = 1,
    OPT_ROI,
    OPT_ALARM,
    OPT_ABOVE,
    OPT_BELOW,
    OPT_FOR,
    OPT_HYSTERESIS,
    OPT_PRE,
    OPT_EMISSIVITY,
    OPT_REFLECTED,
    OPT_UNITS,
    OPT_DURATION,
    OPT_REAL_TIME,
    OPT_KEEP_GOING,
    OPT_EXEC,
    OPT_WEBHOOK,
    OPT_TEST,
    OPT_FAULT,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
};

const struct ib_app_option ib_app_watch_option_table[] = {
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_ROI, "roi", 0, "REGION",
     "where: r1=60,40,40x30 or spot: line: poly: circle: ellipse:;\nmay be repeated (default: the "
     "whole picture)"},
    {OPT_ABOVE, "above", 0, "T", "alarm when the maximum of a region is above"},
    {OPT_BELOW, "below", 0, "T", "alarm when the minimum of a region is below"},
    {OPT_FOR, "for", 0, "TIME", "… for so long, such as 3s (default: one image)"},
    {OPT_HYSTERESIS, "hysteresis", 0, "N", "over when it is N degrees back (default 0)"},
    {OPT_PRE, "pre", 0, "T", "limit of the pre-alarm"},
    {OPT_ALARM, "alarm", 0, "RULE",
     "an alarm in words: \"hot=r1.max>55 for 3s hyst 2 pre 50\";\nmay be repeated"},
    {OPT_EMISSIVITY, "emissivity", 0, "E",
     "of regions that say none: 0.95 or 95%\n(default: what the camera was told)"},
    {OPT_REFLECTED, "reflected", 0, "T", "temperature that those regions mirror"},
    {OPT_UNITS, "units", 0, "C|F|K", "of numbers without a letter, and of what is said (C)"},
    {OPT_DURATION, "duration", 0, "TIME", "end well after so long without an alarm"},
    {OPT_KEEP_GOING, "keep-going", 0, NULL, "do not end with the first alarm"},
    {OPT_EXEC, "exec", 0, "COMMAND", "run by /bin/sh at every event, which is in IRONBOW_…"},
    {OPT_WEBHOOK, "webhook", 0, "URL", "POST every event as JSON to http://HOST:PORT/PATH"},
    {OPT_TEST, "test", 0, NULL, "do as if every alarm were raised, and end"},
    {OPT_REAL_TIME, "real-time", 0, NULL,
     "a simulated camera follows this machine's clock\n(default: as fast as it can)"},
    {OPT_FAULT, "fault", 0, "FAULT", "a simulated camera misbehaves from the start"},
    {OPT_JSON, "json", 0, NULL, "one JSON object a line"},
    {OPT_QUIET, "quiet", 'q', NULL, "say nothing but errors"},
    {OPT_VERBOSE, "verbose", 'v', NULL, "also say what happens on the way"},
    {0},
};

/// Options whose meaning depends on others: looked at when all are known.
struct wishes {
    const char *above, *below, *pre, *hysteresis, *emissivity, *reflected;
    const char *alarms[IB_ALARMS_MOST];
    unsigned alarm_count;
    uint64_t hold_us;
    bool has_hold;
};

static bool temperature(const struct ib_app_watch_options *self, const char *text, double *kelvin) {
    size_t size = strlen(text);
    return ib_degrees_parse(text, size, self->degrees, kelvin) == size && size > 0 &&
           ib_temperature_ok(*kelvin);
}

static int apply_object(struct ib_app_watch_options *out, const struct ib_app_verb *verb,
                        const struct wishes *wishes) {
    struct ib_object_change change = {0};
    if (wishes->emissivity && !ib_app_object_emissivity(&change, wishes->emissivity))
        return ib_app_usage(verb, wishes->emissivity, IB_APP_EMISSIVITY_WANTED);
    if (wishes->reflected && !ib_app_object_reflected(&change, out->degrees, wishes->reflected))
        return ib_app_usage(verb, wishes->reflected, IB_APP_REFLECTED_WANTED);
    ib_app_object_apply(&out->regions, &change);
    return -1;
}

static int add_rule(struct ib_app_watch_options *out, const struct ib_app_verb *verb,
                    const struct ib_alarm_rule *rule, const char *text) {
    for (unsigned i = 0; i < out->rule_count; i++) {
        if (strcmp(out->rule[i].name, rule->name) == 0)
            return ib_app_usage(verb, text, "there is an alarm of that name already");
    }
    const char *names[] = {rule->quantity.region, rule->quantity.other};
    for (int i = 0; i < (rule->quantity.kind == IB_QUANTITY_LESS_REGION ? 2 : 1); i++) {
        if (ib_regions_find(&out->regions, names[i], strlen(names[i])) < 0) {
            char why[80];
            snprintf(why, sizeof why, "there is no region %s (--roi)", names[i]);
            return ib_app_usage(verb, text, why);
        }
    }
    if (out->rule_count == IB_ALARMS_MOST)
        return ib_app_usage(verb, text, "there are too many alarms (32)");
    out->rule[out->rule_count++] = *rule;
    return -1;
}

static int add_words(struct ib_app_watch_options *out, const struct ib_app_verb *verb,
                     const char *text) {
    struct ib_alarm_rule rule;
    char room[160];
    struct ib_text problem;
    ib_text_init(&problem, room, sizeof room);
    if (ib_alarm_parse(&rule, text, strlen(text), out->degrees, &problem) != IB_OK)
        return ib_app_usage(verb, text, room);
    if (!rule.name[0])
        snprintf(rule.name, sizeof rule.name, "alarm%u", out->rule_count + 1);
    return add_rule(out, verb, &rule, text);
}

/// --above or --below for every region.
static int add_limit(struct ib_app_watch_options *out, const struct ib_app_verb *verb,
                     const struct wishes *wishes, bool above) {
    const char *text = above ? wishes->above : wishes->below;
    struct ib_alarm_rule rule = {.condition = above ? IB_ALARM_ABOVE : IB_ALARM_BELOW,
                                 .hold_us = wishes->hold_us,
                                 .settle_us = IB_ALARM_SETTLE_US,
                                 .blind_us = IB_ALARM_BLIND_US};
    if (!text)
        return -1;
    if (!temperature(out, text, above ? &rule.high : &rule.low))
        return ib_app_usage(verb, text, "must be a temperature such as 55, 131F or 328K");
    rule.has_pre = wishes->pre != NULL;
    if (wishes->pre && !temperature(out, wishes->pre, above ? &rule.pre_high : &rule.pre_low))
        return ib_app_usage(verb, wishes->pre, "must be a temperature such as 50");
    size_t size = wishes->hysteresis ? strlen(wishes->hysteresis) : 0;
    if (wishes->hysteresis &&
        (size == 0 ||
         ib_degrees_parse_step(wishes->hysteresis, size, out->degrees, &rule.hysteresis_k) != size))
        return ib_app_usage(verb, wishes->hysteresis, "must be a number of degrees such as 2");
    rule.quantity.stat = above ? IB_STAT_MAX : IB_STAT_MIN;
    bool both = wishes->above && wishes->below;
    for (unsigned i = 0; i < out->regions.count; i++) {
        const char *region = out->regions.region[i].name;
        char room[160];
        struct ib_text problem;
        snprintf(rule.quantity.region, sizeof rule.quantity.region, "%s", region);
        snprintf(rule.name, sizeof rule.name, "%.26s%s", region,
                 !both   ? ""
                 : above ? "-high"
                         : "-low");
        ib_text_init(&problem, room, sizeof room);
        if (ib_alarm_check(&rule, &problem) != IB_OK)
            return ib_app_usage(verb, text, room);
        int code = add_rule(out, verb, &rule, text);
        if (code >= 0)
            return code;
    }
    return -1;
}

static int apply(struct ib_app_watch_options *out, const struct ib_app_verb *verb,
                 const struct wishes *wishes) {
    ib_app_region_whole(&out->regions);
    int code = apply_object(out, verb, wishes);
    bool limits = wishes->above || wishes->below;
    if (code < 0 && !limits && wishes->alarm_count == 0)
        return ib_app_usage(verb, "--above",
                            "is missing: what is to be watched for? (or --below, "
                            "--alarm)");
    if (code < 0 && !limits && (wishes->pre || wishes->hysteresis || wishes->has_hold))
        return ib_app_usage(verb, "--for, --hysteresis, --pre",
                            "belong to --above and --below; --alarm has words for them");
    if (code < 0 && wishes->above && wishes->below && wishes->pre)
        return ib_app_usage(verb, "--pre", "of which limit? Use --alarm");
    for (int above = 1; code < 0 && above >= 0; above--)
        code = add_limit(out, verb, wishes, above != 0);
    for (unsigned i = 0; code < 0 && i < wishes->alarm_count; i++)
        code = add_words(out, verb, wishes->alarms[i]);
    return code;
}

/// Options that go into the result at once.
static int take(struct ib_app_watch_options *out, const struct ib_app_verb *verb, int option,
                const char *value) {
    char problem[256];
    switch (option) {
    case OPT_CAMERA:
        out->camera = value;
        return -1;
    case OPT_ROI:
        return ib_app_region_add(&out->regions, verb, value);
    case OPT_UNITS:
        if (strlen(value) != 1 || ib_degrees_of_letter(value[0]) < 0)
            return ib_app_usage(verb, value, "must be C, F or K");
        out->degrees = (enum ib_degrees)ib_degrees_of_letter(value[0]);
        return -1;
    case OPT_DURATION:
        if (!ib_app_parse_duration_us(value, &out->duration_us) || out->duration_us == 0)
            return ib_app_usage(verb, value, "must be a time such as 10s or 5m");
        return -1;
    case OPT_WEBHOOK:
        out->has_webhook = true;
        if (!ib_app_http_parse(&out->webhook, value, problem, sizeof problem))
            return ib_app_usage(verb, value, problem);
        return -1;
    case OPT_EXEC:
        out->command = value;
        return -1;
    case OPT_FAULT:
        if (out->fault_count == IB_APP_WATCH_FAULTS)
            return ib_app_usage(verb, value, "there are too many faults (8)");
        out->faults[out->fault_count++] = value;
        return -1;
    default:
        return ib_app_usage(verb, value, "unexpected");
    }
}

/// A switch. Return: whether it was one.
static bool take_switch(struct ib_app_watch_options *out, int option) {
    bool *const switches[] = {
        [OPT_REAL_TIME] = &out->real_time, [OPT_KEEP_GOING] = &out->keep_going,
        [OPT_TEST] = &out->test,           [OPT_JSON] = &out->json,
        [OPT_QUIET] = &out->quiet,         [OPT_VERBOSE] = &out->verbose,
    };
    if (option < 0 || (size_t)option >= sizeof switches / sizeof switches[0] || !switches[option])
        return false;
    *switches[option] = true;
    return true;
}

int ib_app_watch_parse(struct ib_app_watch_options *out, const struct ib_app_verb *verb,
                       struct ib_app_args *args) {
    struct wishes wishes = {0};
    const char **const texts[] = {
        [OPT_ABOVE] = &wishes.above,
        [OPT_BELOW] = &wishes.below,
        [OPT_PRE] = &wishes.pre,
        [OPT_HYSTERESIS] = &wishes.hysteresis,
        [OPT_EMISSIVITY] = &wishes.emissivity,
        [OPT_REFLECTED] = &wishes.reflected,
    };
    memset(out, 0, sizeof *out);
    out->camera = IB_APP_DEFAULT_CAMERA;
    ib_regions_init(&out->regions);
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        if (option == IB_APP_ARG_HELP)
            return IB_APP_EXIT_OK;
        if (option == IB_APP_ARG_BAD)
            return IB_APP_EXIT_USAGE;
        if (take_switch(out, option))
            continue;
        int code = -1;
        if (option > 0 && (size_t)option < sizeof texts / sizeof texts[0] && texts[option]) {
            *texts[option] = args->value;
        } else if (option == OPT_FOR) {
            wishes.has_hold = true;
            if (!ib_app_parse_duration_us(args->value, &wishes.hold_us))
                code = ib_app_usage(verb, args->value, "must be a time such as 3s");
        } else if (option == OPT_ALARM && wishes.alarm_count < IB_ALARMS_MOST) {
            wishes.alarms[wishes.alarm_count++] = args->value;
        } else {
            code = take(out, verb, option, args->value);
        }
        if (code >= 0)
            return code;
    }
    return apply(out, verb, &wishes);
}
