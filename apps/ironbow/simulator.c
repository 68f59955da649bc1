/// On the camera's thread, because simulated parts belong to it.
#include "apps/ironbow/simulator.h"

#include "core/status.h"

#define ABSOLUTE_ZERO_C (-273.15f)

void ib_app_simulator_look(void *context) {
    struct ib_app_simulator_call *call = context;
    const struct ib_app_rig *rig = call->rig;
    call->scene = rig->scene;
    if (!rig->lepton)
        return;
    call->fault = ib_sim_lepton_faulty(rig->lepton);
    call->violation_count = ib_sim_lepton_violation_count(rig->lepton);
    call->violations = *ib_sim_lepton_violations(rig->lepton);
}

void ib_app_simulator_scene(void *context) {
    struct ib_app_simulator_call *call = context;
    call->rig->scene = call->scene;
    ib_sim_lepton_scene(call->rig->lepton, call->scene);
}

void ib_app_simulator_fault(void *context) {
    struct ib_app_simulator_call *call = context;
    call->status = ib_app_rig_fault(call->rig, call->text, call->problem, sizeof call->problem) == 0
                       ? IB_OK
                       : IB_E_INVAL;
}

void ib_app_simulator_heal(void *context) {
    struct ib_app_simulator_call *call = context;
    ib_sim_lepton_heal(call->rig->lepton);
}

void ib_app_simulator_plug(void *context) {
    struct ib_app_simulator_call *call = context;
    ib_sim_lepton_plug(call->rig->lepton, call->plugged);
}

void ib_app_simulator_ambient(void *context) {
    struct ib_app_simulator_call *call = context;
    ib_sim_lepton_ambient(call->rig->lepton, call->ambient_c - ABSOLUTE_ZERO_C);
}

void ib_app_simulator_put_scenes(struct ib_json_writer *json, const char *key) {
    size_t count;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    ib_json_open_array(json, key);
    for (size_t i = 0; i < count; i++) {
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", scenes[i].name);
        ib_json_put_string(json, "about", scenes[i].about);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
}

void ib_app_simulator_put_faults(struct ib_json_writer *json, const char *key,
                                 const struct ib_app_board *board, enum ib_sim_fault active) {
    ib_json_open_array(json, key);
    for (int fault = IB_FAULT_NONE + 1; fault < IB_FAULT_COUNT; fault++) {
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", ib_sim_fault_name((enum ib_sim_fault)fault));
        ib_json_put_string(json, "about", ib_sim_fault_about((enum ib_sim_fault)fault));
        if (board)
            ib_json_put_bool(json, "active", fault == (int)active);
        ib_json_close_object(json);
    }
    for (int fault = 1; fault < IB_DEVICE_FAULT_COUNT; fault++) {
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", ib_device_fault_name((enum ib_device_fault)fault));
        ib_json_put_string(json, "about", ib_device_fault_about((enum ib_device_fault)fault));
        ib_json_put_int(json, "blinks", fault);
        if (board)
            ib_json_put_bool(json, "active", (board->device.faults & 1u << fault) != 0);
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
}
