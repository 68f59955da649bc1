/// Alarms as text: "hot=r1.max>55 for 3s hyst 2 pre 50". docs/measure.md has the grammar.
#include <string.h>

#include "core/status.h"
#include "measure/alarm.h"
#include "measure/scan_private.h"

#define ZERO_C 273.15
#define MOST_K IB_TEMPERATURE_MOST_K
#define LEAST_US 1000000u
#define SETTLE_MOST_US 3600000000u
#define MOST_US (100u * 86400u * 1000000ull)

static const struct {
    const char *name;
    double s;
} per[] = {{"s", 1}, {"min", 60}, {"h", 3600}};

/// A limit in what the rule compares: temperature, difference, or kelvin a second.
static int limit(struct ib_scan *in, size_t end, const struct ib_alarm_rule *rule,
                 enum ib_degrees degrees, const char *what, double *out) {
    if (rule->condition != IB_ALARM_RISING && rule->quantity.kind == IB_QUANTITY_PLAIN)
        return ib_scan_temperature(in, end, degrees, what, out);
    return ib_scan_step(in, end, degrees, what, out);
}

/// "/min" behind a rate.
static int rate(struct ib_scan *in, const struct ib_alarm_rule *rule, double *value) {
    if (rule->condition != IB_ALARM_RISING)
        return IB_OK;
    for (size_t i = 0; ib_scan_peek(in) == '/' && i < sizeof per / sizeof per[0]; i++) {
        size_t start = in->at++;
        if (ib_scan_word(in, per[i].name)) {
            *value /= per[i].s;
            return IB_OK;
        }
        in->at = start;
    }
    return ib_scan_fail(in, IB_E_FORMAT, "expected /s, /min or /h");
}

/// What stands behind the condition and behind `pre`: one limit or two.
static int limits(struct ib_scan *in, const struct ib_alarm_rule *rule, enum ib_degrees degrees,
                  const char *what, double *low, double *high) {
    if (rule->condition != IB_ALARM_OUTSIDE) {
        double *out = rule->condition == IB_ALARM_BELOW ? low : high;
        int status = limit(in, in->size, rule, degrees, what, out);
        return status == IB_OK ? rate(in, rule, out) : status;
    }
    size_t dots = in->at;
    while (dots < in->size &&
           !(in->text[dots] == '.' && dots + 1 < in->size && in->text[dots + 1] == '.'))
        dots++;
    int status = limit(in, dots, rule, degrees, what, low);
    if (status == IB_OK && !ib_scan_word(in, ".."))
        return ib_scan_fail(in, IB_E_FORMAT, "expected two limits such as 10..40");
    return status == IB_OK ? limit(in, in->size, rule, degrees, what, high) : status;
}

static int condition(struct ib_scan *in, struct ib_alarm_rule *out, enum ib_degrees degrees) {
    ib_scan_blanks(in);
    if (ib_scan_char(in, '>'))
        out->condition = IB_ALARM_ABOVE;
    else if (ib_scan_char(in, '<'))
        out->condition = IB_ALARM_BELOW;
    else if (ib_scan_word(in, "outside"))
        out->condition = IB_ALARM_OUTSIDE;
    else if (ib_scan_word(in, "rises"))
        out->condition = IB_ALARM_RISING;
    else
        return ib_scan_fail(in, IB_E_FORMAT, "expected >, <, outside or rises");
    ib_scan_blanks(in);
    return limits(in, out, degrees, "the limit", &out->low, &out->high);
}

static int option(struct ib_scan *in, struct ib_alarm_rule *out, enum ib_degrees degrees) {
    const struct {
        const char *word;
        uint64_t *us;
    } times[] = {{"for", &out->hold_us},
                 {"clear", &out->clear_us},
                 {"settle", &out->settle_us},
                 {"blind", &out->blind_us}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (!ib_scan_word(in, times[i].word))
            continue;
        ib_scan_blanks(in);
        return ib_scan_duration(in, times[i].word, times[i].us);
    }
    if (ib_scan_word(in, "hyst")) {
        ib_scan_blanks(in);
        int status = ib_scan_step(in, in->size, degrees, "hyst", &out->hysteresis_k);
        return status == IB_OK ? rate(in, out, &out->hysteresis_k) : status;
    }
    if (ib_scan_word(in, "pre")) {
        out->has_pre = true;
        ib_scan_blanks(in);
        return limits(in, out, degrees, "pre", &out->pre_low, &out->pre_high);
    }
    if (ib_scan_word(in, "latch")) {
        out->latch = true;
        return IB_OK;
    }
    return ib_scan_fail(in, IB_E_FORMAT, "expected for, clear, hyst, pre, latch, settle or blind");
}

int ib_alarm_parse(struct ib_alarm_rule *out, const char *text, size_t size,
                   enum ib_degrees degrees, struct ib_text *problem) {
    struct ib_scan in;
    ib_scan_init(&in, text, size, problem);
    memset(out, 0, sizeof *out);
    out->settle_us = IB_ALARM_SETTLE_US;
    out->blind_us = IB_ALARM_BLIND_US;
    ib_scan_blanks(&in);
    int status = ib_scan_name(&in, '=', ".<> \t", out->name);
    // Without a statistic: the one that says it first.
    enum ib_stat stat = size > 0 && memchr(text, '<', size) ? IB_STAT_MIN : IB_STAT_MAX;
    if (status == IB_OK)
        status = ib_scan_quantity(&in, stat, &out->quantity);
    if (status == IB_OK)
        status = condition(&in, out, degrees);
    while (status == IB_OK) {
        bool apart = ib_scan_blanks(&in) || ib_scan_char(&in, ',');
        ib_scan_blanks(&in);
        if (ib_scan_end(&in))
            break;
        if (!apart)
            return ib_scan_fail(&in, IB_E_FORMAT, "not understood from here on");
        status = option(&in, out, degrees);
    }
    return status == IB_OK ? ib_alarm_check(out, problem) : status;
}

// ---- sense ----

static bool no_limit(const struct ib_alarm_rule *rule, double value) {
    if (rule->condition != IB_ALARM_RISING && rule->quantity.kind == IB_QUANTITY_PLAIN)
        return !ib_temperature_ok(value);
    return !(value >= -MOST_K && value <= MOST_K);
}

static const char *nonsense(const struct ib_alarm_rule *rule) {
    bool lower = rule->condition == IB_ALARM_BELOW || rule->condition == IB_ALARM_OUTSIDE;
    bool upper = rule->condition != IB_ALARM_BELOW;
    if (rule->condition > IB_ALARM_RISING || rule->quantity.stat >= IB_STAT_COUNT ||
        rule->quantity.other_stat >= IB_STAT_COUNT || rule->quantity.kind > IB_QUANTITY_LESS_FIXED)
        return "no such condition";
    if ((lower && no_limit(rule, rule->low)) || (upper && no_limit(rule, rule->high)))
        return "no such limit";
    if (rule->condition == IB_ALARM_OUTSIDE && !(rule->low < rule->high))
        return "the lower limit must be below the upper one";
    if (rule->condition == IB_ALARM_RISING && !(rule->high > 0))
        return "a rise must be above 0";
    if (!(rule->hysteresis_k >= 0 && rule->hysteresis_k <= MOST_K))
        return "hyst must be 0 or more";
    if (rule->condition == IB_ALARM_OUTSIDE && !(2 * rule->hysteresis_k < rule->high - rule->low))
        return "hyst must leave room between the limits";
    if (rule->has_pre && ((lower && !(rule->pre_low > rule->low && rule->pre_low <= MOST_K)) ||
                          (upper && !(rule->pre_high < rule->high && rule->pre_high >= -MOST_K))))
        return "pre must be reached before the limit is";
    if (rule->has_pre && rule->condition == IB_ALARM_OUTSIDE &&
        !(2 * rule->hysteresis_k < rule->pre_high - rule->pre_low))
        return "hyst must leave room between the limits of pre";
    if (rule->blind_us < LEAST_US || rule->blind_us > MOST_US)
        return "blind must be 1s at least";
    if (rule->settle_us > SETTLE_MOST_US)
        return "settle must be 1h at most";
    if (rule->hold_us > MOST_US || rule->clear_us > MOST_US)
        return "a time must be 100 days at most";
    return NULL;
}

int ib_alarm_check(const struct ib_alarm_rule *rule, struct ib_text *problem) {
    const char *what = nonsense(rule);
    if (what && problem)
        ib_text_str(problem, what);
    return what ? IB_E_RANGE : IB_OK;
}

// ---- printing ----

static void put_limit(struct ib_text *text, const struct ib_alarm_rule *rule, double value) {
    if (rule->condition == IB_ALARM_RISING) {
        ib_degrees_put_number(text, value * 60, 4);
        ib_text_str(text, "/min");
    } else if (rule->quantity.kind == IB_QUANTITY_PLAIN) {
        ib_degrees_put_number(text, value - ZERO_C, 3);
    } else {
        ib_degrees_put_number(text, value, 3);
    }
}

static void put_limits(struct ib_text *text, const struct ib_alarm_rule *rule, double low,
                       double high) {
    if (rule->condition == IB_ALARM_BELOW || rule->condition == IB_ALARM_OUTSIDE)
        put_limit(text, rule, low);
    if (rule->condition == IB_ALARM_OUTSIDE)
        ib_text_str(text, "..");
    if (rule->condition != IB_ALARM_BELOW)
        put_limit(text, rule, high);
}

static void put_time(struct ib_text *text, const char *word, uint64_t us, uint64_t usual_us) {
    if (us == usual_us)
        return;
    ib_text_str(text, word);
    ib_scan_put_duration(text, us);
}

void ib_alarm_print(struct ib_text *text, const struct ib_alarm_rule *self, bool named) {
    static const char *const conditions[] = {">", "<", " outside ", " rises "};
    if (named && self->name[0]) {
        ib_text_str(text, self->name);
        ib_text_char(text, '=');
    }
    ib_quantity_print(text, &self->quantity);
    ib_text_str(text, conditions[self->condition]);
    put_limits(text, self, self->low, self->high);
    put_time(text, " for ", self->hold_us, 0);
    put_time(text, " clear ", self->clear_us, 0);
    if (self->hysteresis_k != 0) {
        ib_text_str(text, " hyst ");
        if (self->condition == IB_ALARM_RISING)
            put_limit(text, self, self->hysteresis_k);
        else
            ib_degrees_put_number(text, self->hysteresis_k, 3);
    }
    if (self->has_pre) {
        ib_text_str(text, " pre ");
        put_limits(text, self, self->pre_low, self->pre_high);
    }
    if (self->latch)
        ib_text_str(text, " latch");
    put_time(text, " settle ", self->settle_us, IB_ALARM_SETTLE_US);
    put_time(text, " blind ", self->blind_us, IB_ALARM_BLIND_US);
}
