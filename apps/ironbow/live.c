/// A camera that a verb watches.
#include "apps/ironbow/live.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "apps/ironbow/settle.h"
#include "apps/ironbow/verb.h"
#include "core/status.h"

static void on_published(void *context) {
    struct ib_app_live *self = context;
    uint64_t one = 1;
    if (self->published)
        self->published(self->context);
    // A counter that is full wakes just as well.
    if (self->event >= 0 && write(self->event, &one, sizeof one) < 0)
        return;
}

int ib_app_live_open(struct ib_app_live *self, const char *camera, bool fast,
                     void (*published)(void *context), void *context, const struct ib_log *log,
                     char *problem, size_t problem_size) {
    struct ib_app_uri uri;
    memset(self, 0, sizeof *self);
    self->event = -1;
    self->published = published;
    self->context = context;
    if (!ib_app_uri_parse(&uri, camera, problem, problem_size))
        return IB_APP_EXIT_USAGE;
    bool real = !fast || uri.kind == IB_APP_CAMERA_LINUX;
    if (ib_app_rig_open(&self->rig, &uri, IB_APP_RIG_TCAM,
                        real ? IB_APP_TIME_REAL : IB_APP_TIME_FREE, log, problem,
                        problem_size) != 0)
        return IB_APP_EXIT_FAILED;
    self->rig->hub.published = on_published;
    self->rig->hub.published_context = self;
    self->start_us = ib_app_rig_now_us(self->rig);
    if (!real)
        return 0;
    self->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->event < 0)
        snprintf(problem, problem_size, "out of file descriptors");
    problem[0] = self->event < 0 ? problem[0] : 0;
    if (self->event < 0 || ib_app_rig_start(self->rig, problem, problem_size) != 0) {
        ib_app_live_close(self);
        return IB_APP_EXIT_FAILED;
    }
    return 0;
}

void ib_app_live_stop(struct ib_app_live *self) {
    ib_app_rig_stop(self->rig);
}

void ib_app_live_close(struct ib_app_live *self) {
    ib_app_rig_close(self->rig);
    self->rig = NULL;
    if (self->event >= 0)
        close(self->event);
    self->event = -1;
}

static bool news(struct ib_app_live *self) {
    uint32_t sequence = ib_hub_sequence(&self->rig->hub);
    bool new = sequence != self->seen;
    self->seen = sequence;
    return new;
}

static bool readable(int fd) {
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&poller, 1, 0) == 1;
}

bool ib_app_live_wait(struct ib_app_live *self, int fd, uint64_t us) {
    if (self->event < 0) {
        uint64_t end_us = ib_app_rig_now_us(self->rig) + us;
        do {
            ib_app_rig_turn(self->rig);
            if (news(self))
                return true;
        } while (ib_app_rig_now_us(self->rig) < end_us && !readable(fd) &&
                 !ib_app_settle_interrupted());
        return false;
    }
    if (news(self))
        return true;
    struct pollfd pollers[2] = {{.fd = self->event, .events = POLLIN},
                                {.fd = fd, .events = POLLIN}};
    uint64_t count;
    // Rounded up: a wait of nothing would spin.
    if (poll(pollers, 2, (int)((us + 999) / 1000)) > 0 && (pollers[0].revents & POLLIN) &&
        read(self->event, &count, sizeof count) < 0)
        return false;
    return news(self);
}

int ib_app_live_settle(struct ib_app_live *self, char *problem, size_t problem_size) {
    uint64_t end_us = ib_app_rig_now_us(self->rig) + IB_APP_SETTLE_PATIENCE_US;
    while (!ib_app_settle_interrupted()) {
        if (ib_app_live_wait(self, -1, 200000) && ib_app_settled(self->rig, self->start_us, 0))
            return 0;
        if (ib_app_rig_now_us(self->rig) > end_us) {
            ib_app_settle_failed(self->rig, problem, problem_size);
            return -1;
        }
    }
    snprintf(problem, problem_size, "interrupted");
    return -1;
}
