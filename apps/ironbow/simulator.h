/// What can be asked of, and done to, a simulated camera while it runs: its scene and its faults, and
/// those of the board around it. Shared by the control socket and the HTTP interface.
#ifndef IB_APP_SIMULATOR_H
#define IB_APP_SIMULATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "apps/ironbow/board.h"
#include "apps/ironbow/rig.h"
#include "core/json.h"

/// What one call on the camera's thread takes and brings back.
struct ib_app_simulator_call {
    struct ib_app_rig *rig;
    int status;
    char problem[640];
    char text[128]; ///< a fault's name and amounts: "crc-error,10,2s"
    const struct ib_sim_scene *scene;
    float ambient_c;
    enum ib_sim_fault fault;
    bool plugged;
    uint32_t violation_count;
    struct ib_sim_violations violations;
};

/// Each is for IB_ASK_CALL; the context is the call.
void ib_app_simulator_look(void *call);  ///< fills scene, fault, violations
void ib_app_simulator_scene(void *call); ///< shows `scene`
void ib_app_simulator_fault(void *call); ///< begins `text`; fills status and problem
void ib_app_simulator_heal(void *call);
void ib_app_simulator_plug(void *call);    ///< `plugged`
void ib_app_simulator_ambient(void *call); ///< `ambient_c`

/// An array of {"name","about"}.
void ib_app_simulator_put_scenes(struct ib_json_writer *json, const char *key);
/// An array of {"name","about"}, the board's with "blinks"; with a `board` also whether each is
/// "active", where `fault` is the simulated part's own.
void ib_app_simulator_put_faults(struct ib_json_writer *json, const char *key,
                                 const struct ib_app_board *board, enum ib_sim_fault fault);

#endif
