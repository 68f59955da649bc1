/// ironbow watch: look at regions until an alarm is raised.
///
/// A simulated camera runs in this thread as fast as it can; a real one, and with --real-time a
/// simulated one too, on its own, and this thread hears of every image through an eventfd. The
/// command line is read in watch_options.c, commands and webhooks are in alarm_actions.c.
#include "apps/ironbow/watch.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "apps/ironbow/alarm_actions.h"
#include "apps/ironbow/alarm_event.h"
#include "apps/ironbow/journal.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/settle.h"
#include "core/status.h"

#define POLL_MS 200
/// Frames may be counts for a moment while the module is being set up.
#define NOT_RADIOMETRIC_US 3000000u

struct watch {
    const struct ib_app_verb *verb;
    struct ib_app_watch_options options;
    struct ib_app_rig *rig;
    struct ib_app_journal journal;
    struct ib_app_alarm_actions actions;
    struct ib_alarm alarm[IB_ALARMS_MOST];
    struct ib_alarm_gate gate;
    uint32_t seen;
    uint64_t start_us;
    bool any;                ///< an image has come
    uint64_t radiometric_us; ///< latest image with temperatures, or the start
    int64_t wall_offset_us;  ///< UTC - the camera's time
    unsigned long frames, judged, masked[IB_ALARM_MASK_NO_FRAME + 1];
    unsigned long raised;
    int news; ///< eventfd: an image was published
    int code; ///< of the end, -1 while going on
    bool failed;
};

static int64_t utc_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/// On the actions' thread.
static void on_failed(void *context, const char *what, const char *why) {
    struct watch *self = context;
    ib_app_fail(self->verb, what, why);
}

// ---- what is said ----

static void say_event(struct watch *self, const struct ib_alarm_rule *rule,
                      const struct ib_alarm_event *event) {
    char json_text[IB_APP_ALARM_EVENT_BYTES], text[640];
    int64_t wall_us = self->wall_offset_us + (int64_t)event->at_us;
    struct ib_json_writer json;
    ib_json_begin(&json, json_text, sizeof json_text);
    ib_app_alarm_event_put(&json, NULL, rule, event, wall_us, self->options.camera);
    if (ib_json_finish(&json) < 0)
        return;
    if (self->options.json) {
        // The camera's own time beside the wall's: what a simulation is about.
        printf("%.*s,\"camera_s\":%llu.%06llu}\n", (int)(json.size - 1), json_text,
               (unsigned long long)(event->at_us / 1000000),
               (unsigned long long)(event->at_us % 1000000));
    } else if (!self->options.quiet) {
        char time[32];
        ib_app_wall_text(time, wall_us);
        ib_app_alarm_event_text(text, sizeof text, rule, event, self->options.degrees);
        printf("%s %s\n", time, text);
    }
    fflush(stdout);
    if (self->options.command || self->options.has_webhook) {
        ib_app_alarm_actions_post(&self->actions, rule, event, json_text, wall_us);
        // Simulated time stands still meanwhile.
        if (self->rig->time == IB_APP_TIME_FREE)
            ib_app_alarm_actions_drain(&self->actions);
    }
}

static void on_event(struct watch *self, const struct ib_alarm *alarm,
                     const struct ib_alarm_event *event) {
    // That all is well from the start is no news.
    if (event->from != IB_ALARM_WAITING || event->to != IB_ALARM_OK)
        say_event(self, &alarm->rule, event);
    if (event->to == IB_ALARM_RAISED)
        self->raised++;
    if (self->options.keep_going)
        return;
    if (event->to == IB_ALARM_RAISED)
        self->code = IB_APP_EXIT_ALARM;
    if (event->to == IB_ALARM_BLIND) {
        char why[128];
        snprintf(why, sizeof why, "nothing to judge for %llu s (%s)",
                 (unsigned long long)(alarm->rule.blind_us / 1000000),
                 ib_alarm_mask_name(alarm->mask));
        self->code = ib_app_fail(self->verb, alarm->rule.name, why);
    }
}

static void put_region(struct ib_text *text, const struct watch *self, unsigned i) {
    const struct ib_reading *reading = &self->options.regions.reading[i];
    enum ib_degrees degrees = self->options.degrees;
    double min_k, max_k;
    ib_text_str(text, self->options.regions.region[i].name);
    if (ib_reading_k(reading, IB_STAT_MIN, &min_k) != IB_OK ||
        ib_reading_k(reading, IB_STAT_MAX, &max_k) != IB_OK) {
        ib_text_str(text, ": no temperature");
        return;
    }
    ib_text_str(text, ": ");
    ib_degrees_put(text, degrees, min_k, 1);
    ib_text_str(text, " to ");
    ib_degrees_put(text, degrees, max_k, 1);
    ib_text_str(text, " (\xC2\xB1 ");
    ib_degrees_put_step(text, degrees, reading->uncertainty_k, 1);
    ib_text_char(text, ')');
}

static void say_end_json(const struct watch *self) {
    char text[1024];
    struct ib_json_writer json;
    ib_json_begin(&json, text, sizeof text);
    ib_json_open_object(&json, NULL);
    ib_json_put_string(&json, "event", "end");
    ib_json_put_int(&json, "alarms", (int64_t)self->raised);
    ib_json_put_int(&json, "frames", (int64_t)self->frames);
    ib_json_put_int(&json, "judged", (int64_t)self->judged);
    ib_json_open_object(&json, "masked");
    for (unsigned mask = IB_ALARM_MASK_START; mask <= IB_ALARM_MASK_NO_FRAME; mask++) {
        if (self->masked[mask] > 0)
            ib_json_put_int(&json, ib_alarm_mask_name(mask), (int64_t)self->masked[mask]);
    }
    ib_json_close_object(&json);
    ib_json_put_fixed(&json, "camera_s", (int64_t)ib_app_rig_now_us(self->rig), 6);
    ib_json_close_object(&json);
    if (ib_json_finish(&json) > 0)
        puts(text);
}

static void say_end(const struct watch *self) {
    if (self->options.json) {
        say_end_json(self);
    } else if (!self->options.quiet && self->raised == 0 && self->code == IB_APP_EXIT_OK &&
               !self->options.test) {
        printf("no alarm\n");
        for (unsigned i = 0; i < self->options.regions.count; i++) {
            char room[160];
            struct ib_text text;
            ib_text_init(&text, room, sizeof room);
            put_region(&text, self, i);
            puts(room);
        }
    }
    fflush(stdout);
}

// ---- watching ----

/// A camera that cannot say degrees is refused, at once when it says so itself.
static void check_radiometric(struct watch *self, const struct ib_frame *frame) {
    struct ib_camera_state state;
    if (self->options.regions.status == IB_OK) {
        self->radiometric_us = frame->captured_us;
        return;
    }
    ib_camera_state(&self->rig->camera, &state);
    bool never = state.identity.part_number[0] && !state.identity.radiometric;
    if (!never && frame->captured_us - self->radiometric_us < NOT_RADIOMETRIC_US)
        return;
    if (self->options.keep_going && !never)
        return;
    self->code = ib_app_fail(
        self->verb, self->options.camera,
        never ? "this camera is not radiometric: its pixels are counts, not temperatures"
        : frame->unit == IB_UNIT_GREY8 ? "AGC is on: its pixels are grey values, not temperatures"
                                       : "TLinear is off: its pixels are counts, not temperatures");
}

static void judge(struct watch *self, const struct ib_frame *frame) {
    struct ib_regions *regions = &self->options.regions;
    bool judged = false;
    if (!self->any)
        self->radiometric_us = frame->captured_us;
    self->any = true;
    ib_alarm_gate_frame(&self->gate, frame);
    ib_regions_measure(regions, frame, NULL);
    self->frames++;
    check_radiometric(self, frame);
    for (unsigned i = 0; i < self->options.rule_count && self->code < 0; i++) {
        struct ib_alarm_event event;
        if (ib_alarm_frame(&self->alarm[i], &self->gate, regions, &event))
            on_event(self, &self->alarm[i], &event);
        if (i == 0)
            self->masked[self->alarm[0].mask]++;
        judged = judged || self->alarm[i].mask == IB_ALARM_MASK_NONE;
    }
    self->judged += judged;
}

static void look(struct watch *self) {
    const struct ib_frame *frame;
    while (self->code < 0 && (frame = ib_hub_next(&self->rig->hub, self->seen)) != NULL) {
        self->seen = frame->sequence;
        judge(self, frame);
        ib_hub_release(&self->rig->hub, frame);
    }
    uint64_t now_us = ib_app_rig_now_us(self->rig);
    for (unsigned i = 0; i < self->options.rule_count && self->code < 0; i++) {
        struct ib_alarm_event event;
        if (ib_alarm_tick(&self->alarm[i], now_us, &event))
            on_event(self, &self->alarm[i], &event);
    }
    if (self->code < 0 && self->options.duration_us &&
        now_us - self->start_us >= self->options.duration_us)
        self->code = self->raised > 0 ? IB_APP_EXIT_ALARM : IB_APP_EXIT_OK;
    if (self->code < 0 && ib_app_settle_interrupted())
        self->code = self->raised > 0 ? IB_APP_EXIT_ALARM : IB_APP_EXIT_OK;
}

/// On the camera's thread.
static void on_published(void *context) {
    const struct watch *self = context;
    const uint64_t one = 1;
    if (write(self->news, &one, sizeof one) < 0) {
        // Full: it is being read, or will be.
    }
}

static int watch_real(struct watch *self) {
    char problem[256] = "";
    self->news = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (self->news < 0)
        return ib_app_fail(self->verb, "eventfd", "there is none");
    self->rig->hub.published = on_published;
    self->rig->hub.published_context = self;
    if (ib_app_rig_start(self->rig, problem, sizeof problem) != 0) {
        self->code = ib_app_fail(self->verb, self->options.camera, problem);
    }
    while (self->code < 0) {
        struct pollfd poller = {.fd = self->news, .events = POLLIN};
        uint64_t count;
        if (poll(&poller, 1, POLL_MS) > 0 && read(self->news, &count, sizeof count) < 0)
            continue;
        look(self);
    }
    ib_app_rig_stop(self->rig);
    close(self->news);
    return self->code;
}

static int watch_free(struct watch *self) {
    while (self->code < 0) {
        ib_app_rig_turn(self->rig);
        look(self);
    }
    return self->code;
}

/// Every alarm as if it were raised: what hangs on it is tried out.
static int try_out(struct watch *self) {
    for (unsigned i = 0; i < self->options.rule_count; i++) {
        struct ib_alarm_event event;
        ib_alarm_test(&self->alarm[i], ib_app_rig_now_us(self->rig), &event);
        say_event(self, &self->alarm[i].rule, &event);
    }
    return IB_APP_EXIT_OK;
}

static int with_rig(struct watch *self) {
    char problem[640];
    const struct ib_app_watch_options *options = &self->options;
    const struct ib_app_alarm_actions_config actions = {
        .command = options->command,
        .webhook = options->has_webhook ? &options->webhook : NULL,
        .failed = on_failed,
        .context = self,
    };
    for (unsigned i = 0; i < options->fault_count; i++) {
        if (ib_app_rig_fault(self->rig, options->faults[i], problem, sizeof problem) != 0)
            return ib_app_usage(self->verb, options->faults[i], problem);
    }
    if (ib_app_alarm_actions_open(&self->actions, &actions, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "--exec", problem);
    uint64_t now_us = self->start_us = ib_app_rig_now_us(self->rig);
    self->wall_offset_us = utc_us() - (int64_t)now_us;
    ib_alarm_gate_init(&self->gate);
    for (unsigned i = 0; i < options->rule_count; i++)
        ib_alarm_init(&self->alarm[i], &options->rule[i], now_us);
    ib_app_settle_catch_signals();
    if (options->test)
        self->code = try_out(self);
    else if (self->rig->time == IB_APP_TIME_FREE)
        watch_free(self);
    else
        watch_real(self);
    ib_app_alarm_actions_close(&self->actions);
    say_end(self);
    return self->code;
}

static int watch(struct watch *self) {
    struct ib_app_uri uri;
    char problem[640];
    const char *camera = self->options.camera;
    if (!ib_app_uri_parse(&uri, camera, problem, sizeof problem))
        return ib_app_usage(self->verb, camera, problem);
    // While a command runs, a real module must be read on.
    bool real = self->options.real_time || uri.kind == IB_APP_CAMERA_LINUX;
    if (ib_app_rig_open(&self->rig, &uri, IB_APP_RIG_TCAM,
                        real ? IB_APP_TIME_REAL : IB_APP_TIME_FREE, &self->journal.log, problem,
                        sizeof problem) != 0)
        return ib_app_fail(self->verb, camera, problem);
    int code = with_rig(self);
    ib_app_rig_close(self->rig);
    return code;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct watch *self = calloc(1, sizeof *self);
    if (!self)
        return ib_app_fail(verb, "memory", "there is too little");
    self->verb = verb;
    self->code = -1;
    int code = ib_app_watch_parse(&self->options, verb, args);
    if (code < 0) {
        ib_app_journal_init(&self->journal, self->options.verbose ? IB_LOG_DEBUG : IB_LOG_ERROR,
                            false);
        code = watch(self);
        ib_app_journal_deinit(&self->journal);
    }
    free(self);
    return code;
}

const struct ib_app_verb ib_app_verb_watch = {
    .name = "watch",
    .about = "wait until something gets too hot or too cold",
    .usage = "[--roi REGION] --above T [OPTIONS]",
    .options = ib_app_watch_option_table,
    .notes =
        "Ends with exit code 3 when an alarm is raised, 0 after --duration or Ctrl-C without one, "
        "1\nwhen the camera cannot be judged (no images for 10 s, not radiometric). Nothing is "
        "judged\nduring an FFC and 3 s after it, after a gain switch and after lost images.\n\n"
        "Regions:  r1=60,40,40x30  spot:80,60  line:0,0-159,119  circle:80,60,10\n"
        "          poly:10,10-50,10-30,40  each may end in @e=0.95,refl=22\n"
        "Rules:    hot=r1.max>55 for 3s hyst 2 pre 50   cold=r1.min<5   band=r1 outside 10..40\n"
        "          d=r1.max-r2.mean>15   fast=r1.max rises 5/min   … latch\n"
        "docs/measure.md tells everything. A command finds the event in IRONBOW_ALARM, _EVENT,\n"
        "_VALUE, _UNIT, _FROM, _RULE, _TIME, _TEST and _JSON; it has 30 s.\n",
    .run = run,
};
