/// Asking the Lepton's owner for a mode, and waiting until a frame says that it is there.
///
/// Private to the room. The owner answers every request; one that a script has given up waiting for is
/// let run out before the next is posted.
#ifndef IB_OPENMV_CSI_LEPTON_MODE_H
#define IB_OPENMV_CSI_LEPTON_MODE_H

#include "core/frame.h"
#include "openmv/csi.h"

/// Nothing is wanted of an answer that is still on its way.
void ib_csi_lepton_mode_forget(struct ib_csi_lepton *self);
void ib_csi_lepton_mode_begin(struct ib_csi_lepton *self, struct ib_csi_lepton_mode mode,
                              uint64_t now_us);
bool ib_csi_lepton_mode_busy(const struct ib_csi_lepton *self);
/// Return: 1 it is `self->mode` now; 0 call again. Errors: IB_CSI_E_CONTROL.
int ib_csi_lepton_mode_step(struct ib_csi *csi, uint64_t now_us, uint64_t *due_us);
/// Whether a frame was taken in a mode.
bool ib_csi_lepton_mode_is(const struct ib_csi *csi, const struct ib_frame *frame,
                           struct ib_csi_lepton_mode mode);

/// One command of the module: a SET with `words` of `csi->ioctl.words`, a GET whose answer is then in the
/// Lepton's `words`, or a RUN. `began`: go on with it.
/// Return: 1 done, 0 call again. Errors: IB_CSI_E_CONTROL: refused, or nobody answered in time.
int ib_csi_lepton_command(struct ib_csi *csi, uint16_t command, uint32_t words, bool began,
                          uint64_t now_us, uint64_t *due_us);

#endif
