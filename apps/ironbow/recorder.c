/// The recorder's thread: looks at every frame, opens, writes and closes files.
///
/// Commands (begin, end) are notes that the thread finds when it wakes; the status is what it
/// leaves behind. Both under one lock that is never held while the disk works.
#include "apps/ironbow/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apps/ironbow/recorder_name.h"
#include "apps/ironbow/recorder_ring.h"
#include "core/status.h"
#include "tcam/tcam.h"

/// The ring without pre-roll: seven seconds of a Lepton in which the disk may be busy.
#define SLACK_FRAMES 64u
#define FRAMES_A_SECOND 9u
/// From the beginning of one sync to that of the next. The rest of the second is the sync's own.
#define SYNC_US 800000u
#define IDLE_US 1000000u
/// Free time waits for the disk, but not for ever.
#define PATIENCE_US 30000000u
#define CLOSE_S 20
/// After a disk error a trigger tries again this much later.
#define RETRY_US 60000000u
#define NAME_ATTEMPTS 100u

/// A recording's description with its texts.
struct description {
    struct ib_app_recording_config config;
    char camera[72], firmware[32], model[32], palette[32];
};

struct ib_app_recorder {
    struct ib_app_recorder_config config;
    struct ib_app_ring ring;
    struct ib_app_trigger trigger;
    pthread_t thread;
    bool has_trigger;
    atomic_bool taking; ///< frames are worth copying

    pthread_mutex_t lock;
    struct ib_app_recorder_status status;
    bool stopping;
    bool begin; ///< open `path` with `description`
    bool named; ///< … which is the caller's; else a date
    int64_t begin_us;
    bool end;
    uint64_t end_at; ///< after so many frames
    char path[1024];
    struct description wanted;

    /// The thread's own.
    struct description own;
    struct ib_app_recording *file;
    bool by_trigger;
    int64_t wall_offset_us;
    uint32_t frames;
    uint64_t first_us; ///< of the recording's first frame
    uint64_t next_us;  ///< time-lapse: the next frame's
    uint64_t retry_us; ///< no trigger before
    bool unsynced;
    uint64_t synced_us; ///< this machine's time
    bool warned;
};

static void describe(struct description *out, const struct ib_app_recording_config *config) {
    out->config = *config;
    snprintf(out->camera, sizeof out->camera, "%s", config->camera ? config->camera : "");
    snprintf(out->firmware, sizeof out->firmware, "%s", config->firmware ? config->firmware : "");
    snprintf(out->model, sizeof out->model, "%s", config->model ? config->model : "");
    snprintf(out->palette, sizeof out->palette, "%s", config->palette ? config->palette : "");
    out->config.camera = out->camera;
    out->config.firmware = out->firmware;
    out->config.model = out->model;
    out->config.palette = out->palette;
}

static void tell_changed(const struct ib_app_recorder *self) {
    if (self->config.changed)
        self->config.changed(self->config.context);
}

__attribute__((format(printf, 3, 4))) static void
say(const struct ib_app_recorder *self, enum ib_log_level level, const char *format, ...) {
    char text[1400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ib_log(self->config.log, level, "record", text);
}

/// Locked. Whether frames are worth copying.
static void update_taking(struct ib_app_recorder *self) {
    atomic_store(&self->taking,
                 self->status.recording || self->has_trigger || self->config.pre_roll_us > 0);
    self->status.armed = self->has_trigger && !self->status.recording && !self->status.blind;
}

/// Locked. A recording begins.
static void start_status(struct ib_app_recorder *self, const char *path) {
    struct ib_app_recorder_status *status = &self->status;
    snprintf(status->path, sizeof status->path, "%s", path);
    status->recording = true;
    status->opened = status->failed = false;
    status->problem[0] = 0;
    status->frames = status->gaps = 0;
    status->bytes = status->duration_us = 0;
    update_taking(self);
}

static int64_t wall_offset(const struct ib_app_recorder *self) {
    if (self->config.wall_offset_us != IB_APP_RECORDER_HOST_TIME)
        return self->config.wall_offset_us;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 -
           (int64_t)ib_app_rig_now_us(self->config.rig);
}

// ---- the thread: a file's life ----

/// The recording is over; `problem` "" when it went well.
static void over(struct ib_app_recorder *self, const char *problem) {
    struct ib_app_recorder_status status;
    pthread_mutex_lock(&self->lock);
    self->status.recording = false;
    self->status.failed = problem[0] != 0;
    snprintf(self->status.problem, sizeof self->status.problem, "%s", problem);
    self->status.recordings += self->frames > 0;
    self->end = false;
    update_taking(self);
    status = self->status;
    pthread_mutex_unlock(&self->lock);
    if (status.failed)
        say(self, IB_LOG_ERROR, "%s: %s (%u frames are in it)", status.path, problem,
            (unsigned)self->frames);
    else
        say(self, IB_LOG_INFO, "%s: %u frames, %.1f s, %.1f MB", status.path,
            (unsigned)self->frames, (double)status.duration_us / 1e6, (double)status.bytes / 1e6);
    tell_changed(self);
}

/// Close the file; the first problem is the one that counts.
static void finish(struct ib_app_recorder *self, const char *problem) {
    char first[256], closing[256] = "";
    snprintf(first, sizeof first, "%s", problem);
    if (self->file) {
        int status = ib_app_recording_close(self->file, closing, sizeof closing);
        if (status != IB_OK && !first[0])
            snprintf(first, sizeof first, "%s", closing[0] ? closing : ib_status_text(status));
        self->file = NULL;
    }
    self->unsynced = false;
    over(self, first);
}

/// `status.path` is only changed by this thread.
static void set_path(struct ib_app_recorder *self, const char *path) {
    pthread_mutex_lock(&self->lock);
    start_status(self, path);
    pthread_mutex_unlock(&self->lock);
}

/// Open `path`, or with NULL the first name by date that is free.
static void open_file(struct ib_app_recorder *self, const char *path, int64_t camera_us,
                      const struct description *description) {
    char dated[1024], problem[256] = "";
    int status = IB_E_BUSY;
    self->frames = 0;
    self->file = NULL;
    self->wall_offset_us = wall_offset(self);
    for (unsigned attempt = 1; status == IB_E_BUSY && attempt <= NAME_ATTEMPTS; attempt++) {
        if (!path && !ib_app_recorder_date_path(dated, sizeof dated, self->config.directory,
                                                camera_us + self->wall_offset_us,
                                                description->config.format, attempt)) {
            snprintf(problem, sizeof problem, "the directory's name is too long");
            break;
        }
        set_path(self, path ? path : dated);
        status = ib_app_recording_open(&self->file, path ? path : dated, &description->config,
                                       problem, sizeof problem);
        if (path)
            break;
    }
    if (status != IB_OK) {
        self->file = NULL;
        self->retry_us = (uint64_t)camera_us + RETRY_US;
        finish(self, problem[0] ? problem : ib_status_text(status));
        return;
    }
    self->synced_us = ib_host_now_us();
    pthread_mutex_lock(&self->lock);
    self->status.opened = true;
    pthread_mutex_unlock(&self->lock);
    say(self, IB_LOG_INFO, "recording to %s", path ? path : dated);
    tell_changed(self);
}

/// Whether a frame of the time-lapse is due. A whole missing one makes a gap.
static bool lapse_due(struct ib_app_recorder *self, struct ib_frame *frame) {
    uint64_t every_us = self->config.every_us;
    if (every_us == 0)
        return true;
    if (self->frames == 0)
        self->next_us = frame->captured_us;
    if (frame->captured_us < self->next_us)
        return false;
    uint64_t late_us = frame->captured_us - self->next_us;
    frame->flags &= ~(uint32_t)IB_FRAME_AFTER_GAP;
    if (late_us >= every_us)
        frame->flags |= IB_FRAME_AFTER_GAP;
    self->next_us += (late_us / every_us + 1) * every_us;
    return true;
}

/// Return: false when the recording had ended before this frame.
static bool write_frame(struct ib_app_recorder *self, struct ib_frame *frame) {
    char problem[256] = "";
    if (!lapse_due(self, frame))
        return true;
    if (self->frames == 0) {
        self->first_us = frame->captured_us;
        frame->flags &= ~(uint32_t)IB_FRAME_AFTER_GAP; // nothing is before it
    } else if (self->config.most_us &&
               frame->captured_us - self->first_us >= self->config.most_us) {
        finish(self, "");
        return false;
    }
    int status =
        ib_app_recording_add(self->file, frame, (int64_t)frame->captured_us + self->wall_offset_us,
                             problem, sizeof problem);
    if (status != IB_OK) {
        self->retry_us = frame->captured_us + RETRY_US;
        finish(self, problem[0] ? problem : ib_status_text(status));
        return true;
    }
    self->frames++;
    self->unsynced = true;
    pthread_mutex_lock(&self->lock);
    self->status.frames = self->frames;
    self->status.gaps += (frame->flags & IB_FRAME_AFTER_GAP) != 0;
    self->status.bytes = ib_app_recording_bytes(self->file);
    self->status.duration_us = frame->captured_us - self->first_us;
    pthread_mutex_unlock(&self->lock);
    if (self->config.most_frames && self->frames >= self->config.most_frames)
        finish(self, "");
    return true;
}

static void sync_file(struct ib_app_recorder *self) {
    char problem[256] = "";
    uint64_t now_us = ib_host_now_us();
    if (!self->file || !self->unsynced || now_us - self->synced_us < SYNC_US)
        return;
    self->synced_us = now_us;
    self->unsynced = false;
    int status = ib_app_recording_sync(self->file, problem, sizeof problem);
    if (status != IB_OK)
        finish(self, problem[0] ? problem : ib_status_text(status));
    else
        tell_changed(self);
}

// ---- the thread: what to do ----

/// Heat is looked for, and the camera measures none: say so once, and in the status.
static void follow_blindness(struct ib_app_recorder *self) {
    bool blind = self->trigger.no_temperatures && !self->config.trigger.on_motion;
    if (self->trigger.no_temperatures && !self->warned) {
        self->warned = true;
        say(self, IB_LOG_WARNING, "this camera's frames are no temperatures: nothing is hot");
    }
    pthread_mutex_lock(&self->lock);
    self->status.blind = blind;
    update_taking(self);
    pthread_mutex_unlock(&self->lock);
}

/// Return: false when somebody's `begin` was quicker.
static bool claim(struct ib_app_recorder *self) {
    pthread_mutex_lock(&self->lock);
    bool mine = !self->status.recording;
    self->status.recording = true;
    pthread_mutex_unlock(&self->lock);
    return mine;
}

static void look(struct ib_app_recorder *self, const struct ib_frame *frame) {
    bool wanted = self->has_trigger && ib_app_trigger_look(&self->trigger, frame);
    if (self->has_trigger)
        follow_blindness(self);
    if (self->file && self->by_trigger && !wanted)
        finish(self, "");
    for (;;) {
        if (!self->file && wanted && frame->captured_us >= self->retry_us && claim(self)) {
            self->by_trigger = true;
            open_file(self, NULL, (int64_t)frame->captured_us, &self->own);
        }
        struct ib_frame *next = self->file ? ib_app_ring_oldest(&self->ring) : NULL;
        if (!next)
            return;
        if (write_frame(self, next))
            ib_app_ring_drop(&self->ring);
    }
}

/// Return: whether to go on.
static bool obey(struct ib_app_recorder *self) {
    pthread_mutex_lock(&self->lock);
    bool begin = self->begin;
    self->begin = false;
    pthread_mutex_unlock(&self->lock);
    if (begin) {
        self->by_trigger = false;
        // Nobody changes these while a recording is under way, and this one is.
        open_file(self, self->named ? self->path : NULL, self->begin_us, &self->wanted);
    }
    uint64_t looked = ib_app_ring_looked(&self->ring);
    uint64_t pushed = ib_app_ring_pushed(&self->ring);
    pthread_mutex_lock(&self->lock);
    bool end = self->end && looked >= self->end_at;
    bool stop = self->stopping && looked == pushed && !self->begin;
    pthread_mutex_unlock(&self->lock);
    if (self->file && (end || stop)) {
        ib_app_trigger_rest(&self->trigger);
        finish(self, "");
    }
    return !stop;
}

static void *record(void *context) {
    struct ib_app_recorder *self = context;
    pthread_setname_np(pthread_self(), "ironbow-record");
    do {
        struct ib_frame *frame =
            ib_app_ring_next(&self->ring, self->unsynced ? SYNC_US / 4 : IDLE_US);
        // A frame may have been pushed because of a command: that comes first.
        obey(self);
        if (frame) {
            look(self, frame);
            ib_app_ring_done(&self->ring);
        }
        sync_file(self);
    } while (obey(self));
    return NULL;
}

// ---- the doors ----

static int check(const struct ib_app_recorder_config *config, char *problem, size_t problem_size) {
    struct stat status;
    bool triggered = config->trigger.on_motion || config->trigger.on_heat;
    if (config->pre_roll_us > IB_APP_RECORDER_PRE_ROLL_US) {
        snprintf(problem, problem_size, "the pre-roll may be 60 s at most");
        return -1;
    }
    if (triggered && !config->directory) {
        snprintf(problem, problem_size, "a trigger needs a directory to record to");
        return -1;
    }
    if (!config->directory)
        return 0;
    if (strlen(config->directory) > 800) {
        snprintf(problem, problem_size, "the directory's name is too long");
        return -1;
    }
    if (mkdir(config->directory, 0777) != 0 && errno != EEXIST) {
        snprintf(problem, problem_size, "%s", strerror(errno));
        return -1;
    }
    if (stat(config->directory, &status) != 0 || !S_ISDIR(status.st_mode)) {
        snprintf(problem, problem_size, "is no directory");
        return -1;
    }
    if (access(config->directory, W_OK | X_OK) != 0) {
        snprintf(problem, problem_size, "%s", strerror(errno));
        return -1;
    }
    return 0;
}

int ib_app_recorder_open(struct ib_app_recorder **out, const struct ib_app_recorder_config *config,
                         char *problem, size_t problem_size) {
    *out = NULL;
    if (check(config, problem, problem_size) != 0)
        return -1;
    size_t history = (size_t)((config->pre_roll_us * FRAMES_A_SECOND + 999999) / 1000000);
    struct ib_app_recorder *self = calloc(1, sizeof *self);
    if (!self || ib_app_ring_open(&self->ring, SLACK_FRAMES, history, IB_APP_HUB_PX,
                                  config->pre_roll_us) != 0) {
        free(self);
        snprintf(problem, problem_size, "there is too little memory");
        return -1;
    }
    self->config = *config;
    if (config->rig->time == IB_APP_TIME_FREE) // the thread cannot ask for the camera's time
        self->config.wall_offset_us = wall_offset(self);
    self->has_trigger = config->trigger.on_motion || config->trigger.on_heat;
    describe(&self->own, &config->recording);
    ib_app_trigger_init(&self->trigger, &config->trigger);
    pthread_mutex_init(&self->lock, NULL);
    self->ring.seen = ib_hub_sequence(&config->rig->hub);
    update_taking(self);
    int error = pthread_create(&self->thread, NULL, record, self);
    if (error != 0) {
        snprintf(problem, problem_size, "no thread: %s", strerror(error));
        ib_app_ring_close(&self->ring);
        pthread_mutex_destroy(&self->lock);
        free(self);
        return -1;
    }
    *out = self;
    return 0;
}

void ib_app_recorder_close(struct ib_app_recorder *self) {
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->stopping = true;
    pthread_mutex_unlock(&self->lock);
    ib_app_ring_wake(&self->ring);
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += CLOSE_S;
    if (pthread_timedjoin_np(self->thread, NULL, &deadline) != 0) {
        // What the thread still uses must stay.
        pthread_detach(self->thread);
        say(self, IB_LOG_ERROR, "the disk does not answer: a recording may have no end");
        return;
    }
    ib_app_ring_close(&self->ring);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

void ib_app_recorder_wake(struct ib_app_recorder *self) {
    struct ib_app_rig *rig = self->config.rig;
    bool free_time = rig->lepton && rig->time == IB_APP_TIME_FREE;
    ib_app_ring_pull(&self->ring, &rig->hub, atomic_load(&self->taking),
                     free_time ? PATIENCE_US : 0);
}

int ib_app_recorder_begin(struct ib_app_recorder *self, const char *path,
                          const struct ib_app_recording_config *config, char *problem,
                          size_t problem_size) {
    int64_t now_us = (int64_t)ib_app_rig_now_us(self->config.rig);
    bool good = false;
    pthread_mutex_lock(&self->lock);
    if (self->status.recording) {
        snprintf(problem, problem_size, "a recording is under way: %.200s", self->status.path);
    } else if (!path && !self->config.directory) {
        snprintf(problem, problem_size, "there is no directory to record to");
    } else if (path && (!path[0] || strlen(path) >= sizeof self->path)) {
        snprintf(problem, problem_size, "no name for a file");
    } else {
        good = true;
        describe(&self->wanted, config ? config : &self->own.config);
        if (!self->wanted.palette[0])
            snprintf(self->wanted.palette, sizeof self->wanted.palette, "%s", self->own.palette);
        self->named = path != NULL;
        snprintf(self->path, sizeof self->path, "%s", path ? path : "");
        self->begin_us = now_us;
        self->begin = true;
        self->end = false;
        start_status(self, self->path);
    }
    pthread_mutex_unlock(&self->lock);
    if (good)
        ib_app_ring_wake(&self->ring);
    return good ? 0 : -1;
}

void ib_app_recorder_end(struct ib_app_recorder *self) {
    uint64_t pushed = ib_app_ring_pushed(&self->ring);
    pthread_mutex_lock(&self->lock);
    self->end = self->status.recording;
    self->end_at = pushed;
    pthread_mutex_unlock(&self->lock);
    ib_app_ring_wake(&self->ring);
}

void ib_app_recorder_describe(struct ib_app_recording_config *out, struct ib_app_rig *rig,
                              const char *camera, const char *firmware, uint32_t model_base,
                              char *model, size_t model_size) {
    struct ib_camera_state state;
    ib_camera_state(&rig->camera, &state);
    model[0] = 0;
    if (state.identity.name[0] && state.identity.model != IB_LEPTON_UNKNOWN)
        snprintf(model, model_size, "lepton%s", state.identity.name);
    out->camera = camera;
    out->firmware = firmware;
    out->model = model;
    out->tcam_model = model_base | ib_tcam_imager_bits(&state.identity);
    out->serial = state.identity.serial;
}

void ib_app_recorder_status(struct ib_app_recorder *self, struct ib_app_recorder_status *out) {
    uint32_t lost = ib_app_ring_lost(&self->ring);
    pthread_mutex_lock(&self->lock);
    *out = self->status;
    pthread_mutex_unlock(&self->lock);
    out->lost = lost;
}

int ib_app_recorder_place(const struct ib_app_recorder *self, const char *name,
                          enum ib_app_recording_format *format, char *path, size_t path_size,
                          char *problem, size_t problem_size) {
    if (!self->config.directory) {
        snprintf(problem, problem_size, "there is no directory to record to");
        return -1;
    }
    if (!ib_app_recorder_name_good(name)) {
        snprintf(problem, problem_size,
                 "must be a plain file name such as kettle.mkv, up to 100 bytes");
        return -1;
    }
    int known = ib_app_recording_format_of(name);
    if (known >= 0)
        *format = (enum ib_app_recording_format)known;
    if ((size_t)snprintf(path, path_size, "%s/%s%s", self->config.directory, name,
                         known >= 0 ? "" : ib_app_recording_ending(*format)) >= path_size) {
        snprintf(problem, problem_size, "is too long");
        return -1;
    }
    return 0;
}
