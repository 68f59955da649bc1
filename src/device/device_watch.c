/// What the board makes of the camera's state: the end of start-up, a good frame, and faults 4, 5,
/// 7.
///
/// Not here: recovery. The camera climbs its ladder for ever by itself; this only says what is
/// wrong as long as nothing has helped, so each threshold is longer than anything that happens in
/// normal life (start, FFC, new settings, one disturbed transfer).
/// Source:  tCam-Mini README, "Status Indicator", fault table; Lepton engineering data sheet rev
///          200, sections 3.4 and 4.2.3 for what is normal.
#include "bus/clock.h"
#include "device/device_private.h"

/// A camera that is about to be power-cycled with the board still shows its state, and even a
/// frame, from before the restart. And a start that nobody can see looks like none.
#define START_LEAST_US 100000

/// Control is dead: no frame for so long, and commands failed (each was tried for a second or
/// more). Frames stay away for up to 3.5 s during an FFC.
#define CCI_DEAD_US 4000000

/// Video transfers fail: no frame for so long, and so many transfers failed. The driver tries five
/// times a second; one or two are a disturbance.
#define VOSPI_DEAD_US 4000000
#define VOSPI_DEAD_ERRORS 3

/// No good frame though both buses work: eleven attempts at synchronisation of the real unit.
#define SYNC_LOST_US 5800000

/// The same while the camera says that it runs: it knows of FFCs, long ones and one after the
/// other, and leaves that stage after 7.5 s at the latest. This is for a camera that says nothing
/// any more.
#define SYNC_STALLED_US 10000000

/// Identity and settings take half a second, a start-up FFC in between at most 5 s, and the boot
/// before it 1 s. Whatever takes longer without one failed command gets no answers that are of any
/// use.
#define SET_UP_MOST_US 15000000

static bool on_air(const struct ib_camera_state *camera) {
    return camera->stage == IB_STAGE_STARTING || camera->stage == IB_STAGE_RUNNING;
}

static void remember(struct ib_device *self, const struct ib_camera_state *camera) {
    self->seen = camera->counters;
    self->seen_source = camera->source;
}

static bool cci_failed(const struct ib_device *self, const struct ib_camera_state *camera) {
    return camera->counters.cci_errors != self->seen.cci_errors;
}

static bool video_failed(const struct ib_device *self, const struct ib_camera_state *camera) {
    return camera->source.io_errors - self->seen_source.io_errors >= VOSPI_DEAD_ERRORS;
}

/// A complete set-up proves that control works: what failed before it says nothing any more, and
/// video gets its time anew.
static void note_set_up(struct ib_device *self, const struct ib_camera_state *camera,
                        uint64_t now_us) {
    bool first = !self->set_up && on_air(camera);
    if (!first && camera->counters.setups == self->seen.setups)
        return;
    bool suspected = cci_failed(self, camera) || video_failed(self, camera);
    self->seen.setups = camera->counters.setups;
    if (!first && self->set_up && !suspected)
        return; // one more on the ladder: the silence goes on
    self->set_up = true;
    self->video_since_us = now_us;
    self->seen.cci_errors = camera->counters.cci_errors;
    self->seen_source.io_errors = camera->source.io_errors;
}

/// What the silence means. Keeps what was found before as long as there is no better answer: only a
/// good frame says that all is well.
static void judge(struct ib_device *self, const struct ib_camera_state *camera, uint64_t now_us,
                  uint64_t *due_us) {
    uint64_t silent_us = now_us - self->no_frame_since_us;
    uint64_t video_us = now_us - self->video_since_us;
    uint64_t no_video_us = silent_us < video_us ? silent_us : video_us;
    bool cci = cci_failed(self, camera), video = video_failed(self, camera);
    uint64_t sync_us = camera->stage == IB_STAGE_RUNNING ? SYNC_STALLED_US : SYNC_LOST_US;

    if (cci ? silent_us >= CCI_DEAD_US : !self->set_up && silent_us >= SET_UP_MOST_US)
        self->watched = IB_DEVICE_FAULT_CCI;
    else if (!cci && self->set_up && video && no_video_us >= VOSPI_DEAD_US)
        self->watched = IB_DEVICE_FAULT_VOSPI;
    else if (!cci && self->set_up && !video && no_video_us >= sync_us)
        self->watched = IB_DEVICE_FAULT_SYNC;

    const uint64_t looks_us[] = {
        silent_us < CCI_DEAD_US ? CCI_DEAD_US - silent_us : IB_NEVER,
        silent_us < SET_UP_MOST_US ? SET_UP_MOST_US - silent_us : IB_NEVER,
        no_video_us < VOSPI_DEAD_US ? VOSPI_DEAD_US - no_video_us : IB_NEVER,
        no_video_us < sync_us ? sync_us - no_video_us : IB_NEVER,
    };
    for (unsigned i = 0; i < sizeof looks_us / sizeof looks_us[0]; i++)
        if (looks_us[i] != IB_NEVER)
            ib_device_sooner(due_us, now_us + looks_us[i]);
}

void ib_device_watch(struct ib_device *self, const struct ib_camera_state *camera, uint64_t now_us,
                     uint64_t *due_us) {
    if (now_us - self->born_us < START_LEAST_US || camera->stage == IB_STAGE_OFF) {
        remember(self, camera);
        if (camera->stage != IB_STAGE_OFF)
            ib_device_sooner(due_us, self->born_us + START_LEAST_US);
        return;
    }
    if (!self->looked) {
        self->looked = true;
        self->no_frame_since_us = now_us;
        self->video_since_us = now_us;
    }
    if (on_air(camera))
        self->started = true;
    note_set_up(self, camera, now_us);
    if (camera->counters.frames == self->seen.frames) {
        judge(self, camera, now_us, due_us);
        return;
    }
    remember(self, camera);
    self->no_frame_since_us = now_us;
    self->watched = IB_DEVICE_FAULT_NONE;
    if (self->has_ota)
        ib_ota_good_frame(&self->ota);
    ib_device_sooner(due_us, now_us + CCI_DEAD_US);
}
