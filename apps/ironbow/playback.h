/// A recording as the simulated Lepton's scene: whatever the reel reads, in a Lepton's sizes.
///
/// The whole file is checked when it is opened: what plays afterwards is known to be good. A
/// recording that was cut off plays as far as it goes. It is read again and again while it plays,
/// never kept in memory.
#ifndef IB_APP_PLAYBACK_H
#define IB_APP_PLAYBACK_H

#include <stddef.h>

#include "core/log.h"
#include "sim/lepton.h"

struct ib_app_playback;

/// Shape:  which format it is, the file itself says (its first bytes), not its name.
/// Return: 0.
/// Errors: -1; `problem` names what is wrong, the frame and the byte. `log` is kept: a file that
///         changes while it plays is reported there.
int ib_app_playback_open(struct ib_app_playback **out, const char *path, const struct ib_log *log,
                         char *problem, size_t problem_size);
void ib_app_playback_close(struct ib_app_playback *self);

/// What the simulated part takes; valid until closed. Its `next` belongs to the part's thread.
const struct ib_sim_playback *ib_app_playback_table(const struct ib_app_playback *self);

/// "CPTV 2, 160x120, 45 frames, Lepton 3.0, counts": one line for people.
const char *ib_app_playback_about(const struct ib_app_playback *self);

#endif
