/// The camera's step: one bounded transfer, whichever is most urgent, and the frames that come of
/// it.
///
/// Video goes first, because a segment left unread costs synchronisation; control uses the slack
/// between.
#include "camera/camera.h"

#include <string.h>

#include "camera/inside.h"
#include "core/status.h"

/// When video leaves no gap (a slow SPI clock), control gets one transfer this often all the same:
/// now and then a segment for it, but requests are served.
#define CONTROL_TURN_US 20000

/// Longer than any FFC, commanded ones one after the other included, may keep frames away.
#define OVERDUE_MAX_US 4000000

static const char *const stage_names[] = {"off",      "booting", "setting-up",
                                          "starting", "running", "recovering"};
static const char *const rung_names[] = {"resync", "reboot", "reset", "power"};

const char *ib_camera_stage_name(enum ib_camera_stage stage) {
    return (unsigned)stage < sizeof stage_names / sizeof *stage_names ? stage_names[stage] : "?";
}

const char *ib_camera_rung_name(enum ib_camera_rung rung) {
    return (unsigned)rung < IB_RUNG_COUNT ? rung_names[rung] : "?";
}

void ib_camera_say(struct ib_camera *self, enum ib_log_level level, const char *text) {
    ib_log(self->log, level, "camera", text);
}

void ib_camera_stage(struct ib_camera *self, enum ib_camera_stage stage) {
    if (self->now.stage == stage)
        return;
    self->now.stage = stage;
    self->changed = true;
    ib_camera_say(self, IB_LOG_DEBUG, ib_camera_stage_name(stage));
}

/// Hand the state over to other threads: a sequence lock over 32-bit words, so that nobody ever
/// waits.
void ib_camera_show(struct ib_camera *self, uint64_t now_us) {
    uint32_t words[IB_CAMERA_STATE_WORDS];

    self->now.now_us = now_us;
    if (self->source)
        self->source->ops->counters(self->source->context, &self->now.source);
    memset(words, 0, sizeof words);
    memcpy(words, &self->now, sizeof self->now);
    uint32_t turn = atomic_load_explicit(&self->state_turn, memory_order_relaxed);
    atomic_store_explicit(&self->state_turn, turn + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (size_t i = 0; i < IB_CAMERA_STATE_WORDS; i++)
        atomic_store_explicit(&self->state_words[i], words[i], memory_order_release);
    atomic_store_explicit(&self->state_turn, turn + 2, memory_order_release);
    self->changed = false;
}

void ib_camera_state(struct ib_camera *self, struct ib_camera_state *out) {
    uint32_t words[IB_CAMERA_STATE_WORDS];
    uint32_t before, after;

    do {
        before = atomic_load_explicit(&self->state_turn, memory_order_acquire);
        for (size_t i = 0; i < IB_CAMERA_STATE_WORDS; i++)
            words[i] = atomic_load_explicit(&self->state_words[i], memory_order_acquire);
        after = atomic_load_explicit(&self->state_turn, memory_order_relaxed);
    } while (before != after || (before & 1));
    memcpy(out, words, sizeof *out);
}

int ib_camera_init(struct ib_camera *self, const struct ib_camera_config *config) {
    memset(self, 0, sizeof *self);
    if (!config->source || !config->hub)
        return IB_E_INVAL;
    self->source = config->source;
    self->hub = config->hub;
    self->log = config->log;
    self->wake = config->wake;
    self->wake_context = config->wake_context;
    ib_wanted_init(&self->wanted);
    for (size_t i = 0; i < config->wanted_count; i++) {
        const struct ib_cci_setting *w = &config->wanted[i];
        if (w->words == 0 || w->words > IB_CCI_SETTING_WORDS || (w->command & 3) != CMD_SET)
            return IB_E_INVAL;
        int at = ib_wanted_put(&self->wanted, w->command, w->data, w->words, w->owned,
                               w->radiometric_only);
        if (at < 0)
            return at;
        self->wanted.entries[at].board = true;
        self->wanted.entries[at].proven = true;
    }
    // Where the spotmeter of a radiometric 160x120 module is when nobody has moved it.
    static const uint16_t spot[4] = {59, 79, 60, 80};
    memcpy(self->now.spot, spot, sizeof spot);
    ib_camera_refresh_settings(self);
    self->source_due_us = IB_NEVER;
    self->talk_due_us = IB_NEVER;
    ib_camera_show(self, 0);
    return IB_OK;
}

/// Without telemetry a frame cannot say itself what its numbers mean: then the wanted state says
/// it.
static void explain_frame(struct ib_camera *self, struct ib_frame *frame) {
    if (frame->flags & IB_FRAME_TELEMETRY)
        return;
    frame->agc = self->now.settings.agc;
    frame->gain_mode = self->now.settings.gain;
    frame->gain = IB_GAIN_UNKNOWN;
    frame->unit = frame->agc ? IB_UNIT_GREY8 : IB_UNIT_COUNTS;
    frame->scale_ck = 0;
    if (self->ffc_running)
        frame->flags |= IB_FRAME_FFC;
}

/// A module that counts its time anew has rebooted by itself and forgotten its settings; after a
/// loose contact it may even be another one.
static void watch_uptime(struct ib_camera *self, const struct ib_frame *frame, uint64_t now_us) {
    if (!(frame->flags & IB_FRAME_TELEMETRY) || !ib_camera_on_air(self))
        return;
    bool anew = (int32_t)(frame->uptime_ms - self->last_uptime_ms) < 0;
    self->last_uptime_ms = frame->uptime_ms;
    if (!anew)
        return;
    ib_camera_say(self, IB_LOG_WARNING, "the module has rebooted by itself: setting it up anew");
    ib_camera_drop_unproven(self);
    ib_camera_answer_all(self);
    ib_camera_talk_cancel(self);
    ib_wanted_forget(&self->wanted);
    if (self->source->cci)
        ib_camera_setup(self, SETUP_PART, now_us);
}

static void frame_done(struct ib_camera *self, uint64_t now_us) {
    struct ib_frame *frame = self->filling;

    explain_frame(self, frame);
    if (self->gap)
        frame->flags |= IB_FRAME_AFTER_GAP;
    self->gap = false;
    self->ffc_expected = frame->ffc_state == IB_FFC_IMMINENT || frame->ffc_state == IB_FFC_RUNNING;
    for (unsigned i = 0; i < self->wanted.count; i++) {
        struct ib_wanted_entry *entry = &self->wanted.entries[i];
        if (entry->applied && !entry->proven && now_us - entry->applied_us > 3000000)
            entry->proven = true;
    }
    self->now.counters.frames++;
    if (frame->flags & IB_FRAME_FFC)
        self->now.counters.ffc_frames++;
    self->now.last_frame_us = now_us;
    self->filling = NULL;
    watch_uptime(self, frame, now_us);
    if (self->now.stage == IB_STAGE_STARTING || self->now.stage == IB_STAGE_RECOVERING) {
        ib_camera_stage(self, IB_STAGE_RUNNING);
        if (self->climbing)
            ib_camera_recovered(self, now_us);
    }
    ib_camera_show(self, now_us);
    ib_hub_publish(self->hub, frame);
}

static void step_source(struct ib_camera *self, uint64_t now_us) {
    if (!self->filling) {
        self->filling = ib_hub_claim(self->hub);
        if (!self->filling && !self->no_slot) {
            self->now.counters.lost_no_slot++;
            self->changed = true;
        }
        self->no_slot = self->filling == NULL;
        self->gap |= self->no_slot;
        if (self->no_slot)
            self->no_slot_us = now_us;
    }
    int done =
        self->source->ops->step(self->source->context, now_us, self->filling, &self->source_due_us);
    if (done == 1 && self->filling)
        frame_done(self, now_us);
}

/// When missing frames become the ladder's business. Capture resynchronises by itself after 350 ms
/// (200 ms of silence and up to one frame time); only when that has not helped is it the camera's
/// turn. An FFC may keep frames away for 3 s.
static uint64_t overdue_us(const struct ib_camera *self) {
    uint64_t limit_us = self->ffc_expected || self->ffc_running ? 3500000 : 1200000;
    bool held = self->no_slot_us > self->now.last_frame_us;
    uint64_t when_us = (held ? self->no_slot_us : self->now.last_frame_us) + limit_us;

    // One FFC asked for after the other must not put it off for ever.
    uint64_t last_us = when_us + OVERDUE_MAX_US;
    uint64_t until_us = self->ffc_until_us < last_us ? self->ffc_until_us : last_us;
    return when_us > until_us ? when_us : until_us;
}

static void watch(struct ib_camera *self, uint64_t now_us) {
    switch (self->now.stage) {
    case IB_STAGE_OFF:
        ib_camera_boot(self, now_us, 1000000);
        break;
    case IB_STAGE_STARTING:
        if (now_us >= self->stage_us)
            ib_camera_barren(self, now_us);
        break;
    case IB_STAGE_RUNNING:
        if (now_us > overdue_us(self))
            ib_camera_recover(self, IB_E_SYNC, IB_RUNG_RESYNC, now_us);
        break;
    default:
        break;
    }
}

static uint64_t next_ping_us(const struct ib_camera *self) {
    return self->cci_failures ? self->cci_rest_us : self->cci_quiet_us + 10000000;
}

/// Something for the CCI, when it is free. False when there is nothing to do now.
static bool use_cci(struct ib_camera *self, uint64_t now_us) {
    if (self->now.stage != IB_STAGE_RECOVERING && now_us < self->cci_rest_us)
        return false;
    switch (self->now.stage) {
    case IB_STAGE_BOOTING:
        if (now_us < self->stage_us)
            return false;
        ib_camera_setup(self, SETUP_PING, now_us);
        return true;
    case IB_STAGE_SETTING_UP:
        if (self->setup_step == SETUP_STARTUP_FFC && now_us < self->ffc_poll_us)
            return false;
        ib_camera_setup_next(self, now_us);
        return true;
    case IB_STAGE_STARTING:
    case IB_STAGE_RUNNING:
        if (ib_camera_apply(self, now_us) || ib_camera_serve(self, now_us))
            return true;
        // Without traffic a dead control bus would go unnoticed until somebody needs it.
        if (self->source->cci && now_us >= next_ping_us(self)) {
            ib_camera_talk(self, TALK_HEALTH, CMD_PING_RUN, 0, NULL, now_us, now_us + 1000000);
            return true;
        }
        return false;
    case IB_STAGE_RECOVERING:
        if (now_us < self->rung_us)
            return false;
        ib_camera_climb(self, now_us);
        return true;
    default:
        return false;
    }
}

static uint64_t next_due(const struct ib_camera *self, uint64_t now_us) {
    uint64_t due_us = ib_camera_next_deadline(self);
#define SOONER(us)                                                                                 \
    do {                                                                                           \
        if ((us) < due_us)                                                                         \
            due_us = (us);                                                                         \
    } while (0)
    if (self->source_on)
        SOONER(self->source_due_us);
    if (self->talk)
        SOONER(self->talk_due_us);
    if (self->now.stage == IB_STAGE_RUNNING)
        SOONER(overdue_us(self) + 1);
    else if (self->now.stage == IB_STAGE_STARTING)
        SOONER(self->stage_us);
    if (self->talk)
        return due_us; // what follows waits for the CCI to be free
    switch (self->now.stage) {
    case IB_STAGE_BOOTING:
        SOONER(self->stage_us);
        break;
    case IB_STAGE_SETTING_UP:
        SOONER(self->ffc_poll_us > self->cci_rest_us ? self->ffc_poll_us : self->cci_rest_us);
        break;
    case IB_STAGE_STARTING:
    case IB_STAGE_RUNNING:
        // Video had its turn in this step; what waits for the CCI has the next.
        if (self->queue.first || !ib_camera_settled(self))
            SOONER(now_us > self->cci_rest_us ? now_us : self->cci_rest_us);
        if (self->source->cci)
            SOONER(next_ping_us(self));
        if (self->ffc_running)
            SOONER(self->ffc_poll_us > self->cci_rest_us ? self->ffc_poll_us : self->cci_rest_us);
        break;
    case IB_STAGE_RECOVERING:
        SOONER(self->rung_us);
        break;
    default:
        break;
    }
    return due_us;
#undef SOONER
}

void ib_camera_step(struct ib_camera *self, uint64_t now_us, uint64_t *due_us) {
    bool again = false;

    self->now.now_us = now_us;
    ib_camera_take_posted(self, now_us);
    ib_camera_expire(self, now_us);
    watch(self, now_us);
    bool video = self->source_on && now_us >= self->source_due_us;
    bool spoke = false;
    if (!video || now_us - self->control_us >= CONTROL_TURN_US) {
        if (!self->talk)
            spoke = again = use_cci(self, now_us);
        else if (now_us >= self->talk_due_us) {
            ib_camera_talk_poll(self, now_us);
            spoke = true;
        }
        if (spoke || !video)
            self->control_us = now_us;
    }
    if (video && !spoke)
        step_source(self, now_us);
    if (self->changed)
        ib_camera_show(self, now_us);
    *due_us = next_due(self, now_us);
    if (again)
        *due_us = now_us;
}
