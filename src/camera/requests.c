/// Requests: posted from any thread, served one after the other, each answered exactly once.
#include <string.h>

#include "camera/inside.h"
#include "core/status.h"

void ib_camera_post(struct ib_camera *self, struct ib_camera_request *request) {
    atomic_store_explicit(&request->answered, 0, memory_order_relaxed);
    struct ib_camera_request *head = atomic_load_explicit(&self->posted, memory_order_relaxed);
    do {
        request->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&self->posted, &head, request,
                                                    memory_order_release, memory_order_relaxed));
    if (self->wake)
        self->wake(self->wake_context);
}

bool ib_camera_answered(const struct ib_camera_request *request) {
    return atomic_load_explicit(&request->answered, memory_order_acquire) != 0;
}

static void append(struct ib_camera_list *list, struct ib_camera_request *request) {
    request->next = NULL;
    if (list->last)
        list->last->next = request;
    else
        list->first = request;
    list->last = request;
}

static void unlink_request(struct ib_camera_list *list, struct ib_camera_request *request) {
    struct ib_camera_request *before = NULL;

    for (struct ib_camera_request *at = list->first; at; before = at, at = at->next) {
        if (at != request)
            continue;
        if (before)
            before->next = at->next;
        else
            list->first = at->next;
        if (list->last == at)
            list->last = before;
        return;
    }
}

void ib_camera_answer(struct ib_camera *self, struct ib_camera_list *list,
                      struct ib_camera_request *request, int status) {
    // Once the mark is set the request is its poster's: take what is still needed before.
    void (*notify)(void *context) = request->notify;
    void *context = request->notify_context;

    if (list == &self->queue && list->first == request)
        self->head_begun = false;
    if (list)
        unlink_request(list, request);
    request->status = status;
    self->now.counters.requests++;
    // Who sees the answer shall also see what it says in the state.
    ib_camera_show(self, self->now.now_us);
    atomic_store_explicit(&request->answered, 1, memory_order_release);
    if (notify)
        notify(context);
}

/// What people call the settings, out of the words that the CCI calls them.
void ib_camera_refresh_settings(struct ib_camera *self) {
    struct ib_camera_settings *s = &self->now.settings;
    unsigned emissivity = ib_wanted_word(&self->wanted, CMD_FLUX + CMD_SET, 8192);
    unsigned percent = (emissivity * 100 + 4096) / 8192;

    s->mask = IB_SETTING_AGC | IB_SETTING_EMISSIVITY | IB_SETTING_GAIN;
    s->agc = ib_wanted_word(&self->wanted, CMD_AGC + CMD_SET, 0) != 0;
    s->emissivity_pct = (uint8_t)(percent < 1 ? 1 : percent > 100 ? 100 : percent);
    s->gain = (uint8_t)ib_wanted_word(&self->wanted, CMD_GAIN + CMD_SET, IB_GAIN_HIGH);
    int spot = ib_wanted_find(&self->wanted, CMD_SPOT + CMD_SET);
    if (spot >= 0)
        memcpy(self->now.spot, ib_wanted_value(&self->wanted, spot), sizeof self->now.spot);
    self->changed = true;
}

/// A two-word enumeration as wanted state.
static int want_enum(struct ib_camera *self, uint16_t get, uint16_t value, bool radiometric_only) {
    uint16_t words[2] = {value, 0};
    return ib_wanted_put(&self->wanted, (uint16_t)(get + CMD_SET), words, 2, 0, radiometric_only);
}

/// Errors: IB_E_NO_SPACE, IB_E_RANGE.
static int want_settings(struct ib_camera *self, const struct ib_camera_settings *s) {
    int at = IB_OK;

    if (((s->mask & IB_SETTING_EMISSIVITY) && (s->emissivity_pct < 1 || s->emissivity_pct > 100)) ||
        ((s->mask & IB_SETTING_GAIN) && s->gain > IB_GAIN_AUTO))
        return IB_E_RANGE;
    if (s->mask & IB_SETTING_AGC) {
        // AGC's picture is only right without TLinear; temperatures only exist with it.
        at = want_enum(self, CMD_TLINEAR, !s->agc, true);
        if (at >= 0 && !s->agc)
            at = want_enum(self, CMD_RADIOMETRY, 1, true);
        if (at >= 0)
            at = want_enum(self, CMD_AGC, s->agc, false);
    }
    if (at >= 0 && (s->mask & IB_SETTING_EMISSIVITY)) {
        // The module's smallest emissivity is 82 of 8192: a little more than 1 %.
        unsigned value = s->emissivity_pct * 8192u / 100u;
        uint16_t flux[8] = {(uint16_t)(value < 82 ? 82 : value)};
        at = ib_wanted_put(&self->wanted, CMD_FLUX + CMD_SET, flux, 8, 1 << 0, true);
    }
    if (at >= 0 && (s->mask & IB_SETTING_GAIN))
        at = want_enum(self, CMD_GAIN, s->gain, true);
    ib_camera_refresh_settings(self);
    return at < 0 ? at : IB_OK;
}

static uint64_t default_deadline_us(enum ib_camera_ask ask) {
    return ask == IB_ASK_FFC ? 5000000 : 2000000;
}

bool ib_camera_settled(const struct ib_camera *self) {
    return !self->source->cci || ib_wanted_next(&self->wanted, self->now.identity.radiometric) < 0;
}

static bool is_setting(const struct ib_camera_request *request) {
    return request->ask == IB_ASK_SETTINGS || request->ask == IB_ASK_SPOTMETER;
}

/// A settings request becomes part of the wanted state.
static int want(struct ib_camera *self, const struct ib_camera_request *request) {
    if (request->ask == IB_ASK_SETTINGS)
        return want_settings(self, &request->settings);
    int at = ib_wanted_put(&self->wanted, CMD_SPOT + CMD_SET, request->spot, 4, 0, true);
    ib_camera_refresh_settings(self);
    return at < 0 ? at : IB_OK;
}

/// The last writer wins, so a setting waits behind what was asked before it.
static void take_setting(struct ib_camera *self, struct ib_camera_request *request) {
    if (self->queue.first) {
        append(&self->queue, request);
        return;
    }
    int status = want(self, request);
    bool done = !ib_camera_on_air(self) || (!self->talk && ib_camera_settled(self));
    if (status < 0 || done) {
        ib_camera_answer(self, NULL, request, status);
        return;
    }
    append(&self->queue, request);
    self->head_begun = true;
}

static void take(struct ib_camera *self, struct ib_camera_request *request, uint64_t now_us) {
    int status = IB_OK;

    memset(&request->outcome, 0, sizeof request->outcome);
    request->status = IB_OK;
    if (request->deadline_us == 0)
        request->deadline_us = now_us + default_deadline_us(request->ask);
    switch (request->ask) {
    case IB_ASK_CALL:
        if (request->call)
            request->call(request->call_context);
        ib_camera_answer(self, NULL, request, IB_OK);
        return;
    case IB_ASK_RESET:
        if ((unsigned)request->rung >= IB_RUNG_COUNT)
            status = IB_E_INVAL;
        else
            ib_camera_recover(self, IB_E_CANCELLED, request->rung, now_us);
        ib_camera_answer(self, NULL, request, status);
        return;
    case IB_ASK_SETTINGS:
    case IB_ASK_SPOTMETER:
        take_setting(self, request);
        return;
    case IB_ASK_FFC:
    case IB_ASK_CCI:
        if (!self->source->cci)
            status = IB_E_UNSUPPORTED;
        else if (!ib_camera_on_air(self))
            status = IB_E_NOT_READY;
        else if (request->ask == IB_ASK_CCI && request->cci.words > IB_CCI_MAX_WORDS)
            status = IB_E_INVAL;
        break;
    }
    if (status < 0)
        ib_camera_answer(self, NULL, request, status);
    else
        append(&self->queue, request);
}

void ib_camera_take_posted(struct ib_camera *self, uint64_t now_us) {
    struct ib_camera_request *newest =
        atomic_exchange_explicit(&self->posted, NULL, memory_order_acquire);
    struct ib_camera_request *oldest = NULL;

    while (newest) {
        struct ib_camera_request *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct ib_camera_request *next = oldest->next;
        take(self, oldest, now_us);
        oldest = next;
    }
}

static void expire_list(struct ib_camera *self, struct ib_camera_list *list, uint64_t now_us) {
    for (struct ib_camera_request *at = list->first, *next; at; at = next) {
        next = at->next;
        if (now_us < at->deadline_us)
            continue;
        // A raw command on the bus is ended by its own conversation, whose deadline is the same.
        if (self->talk == TALK_RAW && at == self->queue.first)
            continue;
        self->now.counters.requests_late++;
        ib_camera_answer(self, list, at, IB_E_TIMEOUT);
    }
}

void ib_camera_expire(struct ib_camera *self, uint64_t now_us) {
    expire_list(self, &self->queue, now_us);
    expire_list(self, &self->for_ffc, now_us);
}

uint64_t ib_camera_next_deadline(const struct ib_camera *self) {
    uint64_t due_us = IB_NEVER;

    for (const struct ib_camera_request *at = self->queue.first; at; at = at->next)
        if (at->deadline_us < due_us && !(self->talk == TALK_RAW && at == self->queue.first))
            due_us = at->deadline_us;
    for (const struct ib_camera_request *at = self->for_ffc.first; at; at = at->next)
        if (at->deadline_us < due_us)
            due_us = at->deadline_us;
    return due_us;
}

void ib_camera_answer_all(struct ib_camera *self) {
    while (self->queue.first) {
        int status = IB_E_NOT_READY;
        if (is_setting(self->queue.first))
            status = self->head_begun ? IB_OK : want(self, self->queue.first);
        ib_camera_answer(self, &self->queue, self->queue.first, status);
    }
    while (self->for_ffc.first)
        ib_camera_answer(self, &self->for_ffc, self->for_ffc.first, IB_E_NOT_READY);
    self->ffc_running = false;
}

bool ib_camera_serve(struct ib_camera *self, uint64_t now_us) {
    struct ib_camera_request *request = self->queue.first;

    // Settings that have begun reach this point when the wanted state has been applied: done.
    while (request && is_setting(request)) {
        int status = self->head_begun ? request->outcome.status : want(self, request);
        if (!self->head_begun && status == IB_OK) {
            self->head_begun = true;
            if (ib_camera_apply(self, now_us))
                return true;
        }
        ib_camera_answer(self, &self->queue, request, status);
        request = self->queue.first;
    }
    if (self->ffc_running && now_us >= self->ffc_poll_us) {
        ib_camera_talk(self, TALK_FFC_POLL, CMD_FFC_STATUS, 2, self->words, now_us,
                       now_us + 1000000);
        return true;
    }
    if (!request)
        return false;
    if (request->ask == IB_ASK_CCI) {
        ib_camera_talk(self, TALK_RAW, request->cci.command, request->cci.words, request->cci.data,
                       now_us, request->deadline_us);
        return true;
    }
    // An FFC: everybody who asks while one runs gets that one's answer.
    unlink_request(&self->queue, request);
    append(&self->for_ffc, request);
    if (self->ffc_running)
        return true;
    self->ffc_running = true;
    self->ffc_until_us = now_us + 3500000;
    ib_camera_talk(self, TALK_FFC_RUN, CMD_FFC_RUN, 0, NULL, now_us, request->deadline_us);
    return true;
}

/// Settings that capture depends on and that are put back at once, with the value it needs (Lepton
/// IDD rev 100, sections 4.3 to 4.5). The telemetry's place is followed instead.
static const struct need {
    uint16_t get;
    uint16_t value;
    bool only_bad; ///< every value is good but `bad`
    uint16_t bad;
} needs[] = {
    {CMD_TELEMETRY, 1, false, 0},      {CMD_VIDEO_FORMAT, 7, false, 0},
    {CMD_VIDEO_FREEZE, 0, false, 0},   {CMD_OUTPUT_ENABLE, 1, false, 0},
    {CMD_OUTPUT_FORMAT, 7, false, 0},  {CMD_OUTPUT_SOURCE, 1, true, 8}, // a frozen frame
    {CMD_OUTPUT_CHANNEL, 1, false, 0}, {CMD_GPIO_MODE, 5, false, 0},
};

static const struct need *need_of(uint16_t get, const uint16_t *data) {
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (get == needs[i].get)
            return !needs[i].only_bad || data[0] == needs[i].bad ? &needs[i] : NULL;
    return NULL;
}

/// Have a setting brought to the module once more.
static void apply_again(struct ib_camera *self, uint16_t command, const struct need *need) {
    uint16_t value[2] = {need ? need->value : 0, 0};
    int at = ib_wanted_find(&self->wanted, command);

    if (need && (at < 0 || need->only_bad))
        at = ib_wanted_put(&self->wanted, command, value, 2, 0, false);
    if (at >= 0)
        self->wanted.entries[at].applied = false;
}

static void raw_set_done(struct ib_camera *self, const struct ib_camera_request *request,
                         uint64_t now_us) {
    uint16_t command = request->cci.command, words = request->cci.words;
    uint16_t get = (uint16_t)(command & ~3u);
    const struct ib_lepton_command *row = ib_lepton_command_of(command);
    const struct need *need = need_of(get, request->cci.data);

    if (need) {
        if (words == 2 && request->cci.data[0] == need->value && request->cci.data[1] == 0)
            return;
        apply_again(self, command, need);
        self->now.counters.settings_put_back++;
        ib_camera_say(self, IB_LOG_WARNING, "a raw setting that capture depends on was put back");
        ib_camera_start_source(self, now_us);
        return;
    }
    if (ib_wanted_put_raw(&self->wanted, command, request->cci.data, words,
                          row && row->radiometric_only, now_us) < 0) {
        ib_camera_say(self, IB_LOG_WARNING, "a raw setting is too large to be remembered");
        return;
    }
    // Telemetry would go on saying TLinear while the pixels are counts.
    if (ib_wanted_word(&self->wanted, CMD_RADIOMETRY + CMD_SET, 1) == 0 &&
        ib_wanted_word(&self->wanted, CMD_TLINEAR + CMD_SET, 0) != 0) {
        ib_camera_say(self, IB_LOG_WARNING, "TLinear is switched off: radiometry is");
        (void)want_enum(self, CMD_TLINEAR, 0, true);
    }
    ib_camera_refresh_settings(self);
    if (get == CMD_TELEMETRY_LOCATION)
        ib_camera_start_source(self, now_us);
}

void ib_camera_raw_done(struct ib_camera *self, const struct ib_cci_outcome *outcome,
                        uint64_t now_us) {
    struct ib_camera_request *request = self->queue.first;

    request->outcome = *outcome;
    bool set = (request->cci.command & 3) == CMD_SET;
    if (set && outcome->status == IB_OK)
        raw_set_done(self, request, now_us);
    else if (set && outcome->status != IB_E_DEVICE && request->cci.data)
        // Nobody knows whether the module has it; what is wanted shall hold.
        apply_again(self, request->cci.command,
                    need_of((uint16_t)(request->cci.command & ~3u), request->cci.data));
    if (outcome->status == IB_E_TIMEOUT)
        self->now.counters.requests_late++;
    uint16_t command = request->cci.command;
    ib_camera_answer(self, &self->queue, request, outcome->status);
    if (outcome->status != IB_OK)
        return;
    if (command == CMD_REBOOT_RUN) {
        ib_camera_say(self, IB_LOG_INFO, "reboot by raw command");
        ib_camera_rebooting(self, now_us);
    } else if (command == CMD_RESTORE_RUN)
        ib_wanted_forget(&self->wanted);
    else if (command == CMD_FFC_RUN)
        self->ffc_until_us = now_us + 3500000;
}
