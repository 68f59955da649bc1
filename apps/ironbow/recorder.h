/// The recorder: a thread of its own that takes every frame of the hub to the disk.
///
/// The camera's thread copies each frame into a ring when it is published; the recorder's thread
/// looks at it (triggers) and writes it. So a slow disk delays nobody, and frames are lost only when
/// the ring is full: they are counted, and the next one is marked as coming after a gap. The ring
/// also keeps the last seconds (pre-roll), so that a recording can begin before its cause. When
/// simulated time is free (IB_APP_TIME_FREE) publishing waits for the ring instead: every frame is
/// recorded, however fast time runs.
///
/// Memory: 39 KB a frame; 64 frames, and 9 a second of pre-roll (23 MB for 60 s), touched only while
/// something is recorded, awaited or kept.
///
/// Threads: every call from the loop's (or the verb's) thread unless said otherwise; nothing here
/// waits for the disk but `close`, which has a deadline.
#ifndef IB_APP_RECORDER_H
#define IB_APP_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/ironbow/recorder_trigger.h"
#include "apps/ironbow/recording.h"
#include "apps/ironbow/rig.h"

#define IB_APP_RECORDER_PRE_ROLL_US 60000000u ///< at most

/// Unix time is asked of this machine anew at the beginning of each recording: a clock that was set
/// right in the meantime counts.
#define IB_APP_RECORDER_HOST_TIME INT64_MIN

struct ib_app_recorder;

struct ib_app_recorder_config {
    struct ib_app_rig *rig;   ///< kept
    const struct ib_log *log; ///< kept
    int64_t wall_offset_us;   ///< Unix time - camera time, or IB_APP_RECORDER_HOST_TIME
    const char *directory;    ///< kept: where recordings without a path go; NULL: nowhere
    uint64_t pre_roll_us;     ///< 0: none; at most 60 s
    uint64_t every_us;        ///< time-lapse: one frame every …; 0: each
    uint64_t most_us;         ///< a recording ends after so much camera time; 0: when told
    uint32_t most_frames;     ///< … after so many frames; 0: when told
    struct ib_app_recorder_trigger trigger; ///< needs a directory
    struct ib_app_recording_config
        recording;                  ///< of every file unless `begin` says otherwise; copied
    void (*changed)(void *context); ///< any thread: the status has changed; may be NULL
    void *context;
};

struct ib_app_recorder_status {
    bool recording;
    bool opened;     ///< its file is there
    bool armed;      ///< a trigger waits for its cause
    bool failed;     ///< the last recording ended by an error: `problem`
    bool blind;      ///< the heat trigger sees frames that are no temperatures
    char path[1024]; ///< of the recording, or of the last one; "" none yet
    char problem[256];
    uint32_t frames;
    uint32_t gaps;
    uint32_t lost; ///< frames that were not recorded because the disk was too slow, since `open`
    uint64_t bytes;
    uint64_t duration_us;
    uint32_t recordings; ///< files finished so far
};

/// The directory is made when it is not there.
/// Errors: -1 with `problem` filled.
int ib_app_recorder_open(struct ib_app_recorder **out, const struct ib_app_recorder_config *config,
                         char *problem, size_t problem_size);
/// Ends a recording under way: the file is whole afterwards. Nobody may call `wake` any more.
/// Blocks: until everything is on the disk, at most 20 s.
void ib_app_recorder_close(struct ib_app_recorder *self);

/// Any thread: a frame was published. From the hub's `published` hook no frame is missed.
/// Cost:   a copy of the frame while something is recorded, awaited or kept, else nothing.
void ib_app_recorder_wake(struct ib_app_recorder *self);

/// Begin a recording with the next frame (or the pre-roll). `path` NULL: a new file in the
/// directory, named by local date and time. `config` NULL: as the recorder's own says; borrowed.
/// Errors: -1 with `problem` filled: one is under way, no directory, no such format. What only the
///         disk knows comes by the status (`failed`).
int ib_app_recorder_begin(struct ib_app_recorder *self, const char *path,
                          const struct ib_app_recording_config *config, char *problem,
                          size_t problem_size);
/// End it with the last frame published; the status tells when the file is whole (`recording`
/// false). A trigger is armed again then.
void ib_app_recorder_end(struct ib_app_recorder *self);

/// What files of this camera say about it, apart from the format and the palette. `camera`,
/// `firmware`: its names; `model_base`: the board's bits of the image JSON's `Model`.
/// Owns:   `model` (24 bytes are enough) holds a text of `out`.
void ib_app_recorder_describe(struct ib_app_recording_config *out, struct ib_app_rig *rig,
                              const char *camera, const char *firmware, uint32_t model_base,
                              char *model, size_t model_size);

/// Any thread.
void ib_app_recorder_status(struct ib_app_recorder *self, struct ib_app_recorder_status *out);

/// Where a file of this name from outside goes: inside the directory, with the ending of a format
/// (that of `format` when it has none), which is what `format` says afterwards.
/// Errors: -1 with `problem` filled: no directory, a name that leads elsewhere, hides, or has
///         characters that no file name should have.
int ib_app_recorder_place(const struct ib_app_recorder *self, const char *name,
                          enum ib_app_recording_format *format, char *path, size_t path_size,
                          char *problem, size_t problem_size);

#endif
