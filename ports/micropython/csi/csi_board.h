/// The board's image sensors in this process: their memory, and how long they live.
#ifndef IB_PORTS_MICROPYTHON_CSI_BOARD_H
#define IB_PORTS_MICROPYTHON_CSI_BOARD_H

#include <stddef.h>

#include "openmv/csi.h"
#include "py/obj.h"

/// VM's thread: the sensors, set up with the first call of an engine. Raises MemoryError.
struct ib_csi_board *ib_csi_the_board(void);
size_t ib_csi_index(const struct ib_csi *csi);

/// Which sensor's pictures the preview shows; the first one's until somebody says another.
void ib_csi_stream(const struct ib_csi *csi);
bool ib_csi_streams(const struct ib_csi *csi);

/// VM's thread: a life ends. Capturing stops, settings and callbacks are forgotten.
void ib_csi_life_ends(void);
/// VM's thread: the engine ends.
void ib_csi_engine_ends(void);

/// Step what was begun until it is over; callbacks run meanwhile. Raises what went wrong, or whatever
/// interrupts.
void ib_csi_finish(struct ib_csi *csi);
/// Raise it when it is an error. Return: `status`.
int ib_csi_check(int status);
NORETURN void ib_csi_raise(int error);

/// What csi.CSI keeps for callbacks: one for frames, one for VSYNC.
enum { IB_CSI_FRAME_CALLBACK, IB_CSI_VSYNC_CALLBACK, IB_CSI_CALLBACKS };
void ib_csi_set_callback(const struct ib_csi *csi, unsigned which, mp_obj_t callback);
mp_obj_t ib_csi_callback(const struct ib_csi *csi, unsigned which);

extern const mp_obj_type_t ib_csi_type;
extern const mp_obj_fun_builtin_var_t ib_csi_ioctl_obj;
struct ib_csi *ib_csi_of(mp_obj_t self);

#endif
