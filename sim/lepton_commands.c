/// What control objects do: the values a GET computes, what a SET changes beside its register,
/// what a RUN starts.
///
/// Source: software IDD 110-0144-04 rev 100, chapter 4; engineering data sheet rev 200.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/bytes.h"

/// Result codes (IDD, 3.2).
#define NOT_SUPPORTED (-8)
#define NOT_ALLOWED (-11)
#define OTP_WRITE_ERROR (-15) ///< no programming voltage on this board
#define OTP_NOT_PROGRAMMED (-18)

/// SYS 0x04: what the camera says it is doing.
static uint32_t camera_state(const struct ib_sim_lepton *self) {
    if (self->shutdown_frames < 270)
        return 6;
    if (self->ffc.state == 2)
        return 4;
    if (self->ffc.state == 1)
        return 5;
    return self->now_us < self->video.start_us ? 1 : 0;
}

/// SYS 0x44: 1 while the shutter moves, 2 while frames are collected.
static uint32_t ffc_status(const struct ib_sim_lepton *self) {
    if (self->ffc.state != 2)
        return 0;
    uint64_t since_us = self->now_us - self->ffc.began_us;
    uint64_t frames = UINT64_C(1) << self->registers.frames_to_average[0];
    uint64_t collecting_us = IB_SIM_LEPTON_FRAMES_US(14);
    return since_us >= collecting_us && since_us < collecting_us + IB_SIM_LEPTON_FRAMES_US(frames)
               ? 2
               : 1;
}

static void put_measured(struct ib_sim_lepton *self, uint16_t command, uint16_t *words) {
    const struct ib_sim_imager_result *result = &self->video.result;
    const struct ib_sim_lepton_registers *r = &self->registers;
    memset(words, 0, 4 * sizeof *words);
    if (command == IB_SIM_AT_agc_statistics && (r->agc_enable[0] || r->agc_calculation[0])) {
        words[0] = result->histogram_min;
        words[1] = result->histogram_max;
        words[2] = result->histogram_mean;
        words[3] = (uint16_t)result->histogram_px;
    } else if (command == IB_SIM_AT_scene_statistics) {
        words[0] = result->scene_mean;
        words[1] = result->scene_max;
        words[2] = result->scene_min;
        words[3] = (uint16_t)result->scene_population_px;
    } else if (command == IB_SIM_AT_spot_value) {
        ib_sim_lepton_spot(self, words);
    }
}

static void put_ffc_mode(struct ib_sim_lepton *self, uint16_t *words) {
    uint64_t since_us = self->ffc.done_us ? self->ffc.done_us : self->boot_us;
    ib_u32_to_words(words + 2, self->ffc.lockout);
    ib_u32_to_words(words + 6, self->ffc.desired);
    ib_u32_to_words(words + 8, (uint32_t)((self->now_us - since_us) / 1000));
}

static void put_calibration(struct ib_sim_lepton *self, uint16_t *words) {
    words[0] = ib_sim_lepton_housing_counts(self);
    words[1] = ib_sim_lepton_fpa_counts(self);
    words[2] = ib_sim_lepton_ck(self->housing_k);
    words[3] = ib_sim_lepton_ck(self->fpa_k);
}

/// Objects that are one number.
static bool fetch_number(struct ib_sim_lepton *self, uint16_t command, uint32_t *out) {
    switch (command) {
    case IB_SIM_AT_uptime:
        *out = ib_sim_lepton_uptime_ms(self, self->now_us);
        return true;
    case IB_SIM_AT_housing_temperature:
        *out = ib_sim_lepton_ck(self->housing_k);
        return true;
    case IB_SIM_AT_fpa_temperature:
        *out = ib_sim_lepton_ck(self->fpa_k);
        return true;
    case IB_SIM_AT_thermal_count:
        *out = (uint32_t)self->shutdown_frames;
        return true;
    case IB_SIM_AT_ffc_status:
        *out = ffc_status(self);
        return true;
    case IB_SIM_AT_ffc_state:
        *out = self->ffc.state;
        return true;
    case IB_SIM_AT_radiometric_status:
        *out = self->ffc.state == 2;
        return true;
    case IB_SIM_AT_gain_desired:
        *out = self->ffc.pending_gain >= 0;
        return true;
    case IB_SIM_AT_focus_metric:
        *out = self->registers.focus_enable[0] ? ib_sim_lepton_focus(self) : 0;
        return true;
    case IB_SIM_AT_last_status:
        *out = (uint32_t)(int32_t)self->cci.previous;
        return true;
    case IB_SIM_AT_frame_mean:
        ib_sim_lepton_video_ensure(self);
        *out = self->video.result.frame_mean_counts;
        return true;
    default:
        return false;
    }
}

void ib_sim_lepton_fetch(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object) {
    uint16_t *words = ib_sim_lepton_register(self, object);
    uint32_t number;
    ib_sim_lepton_warm(self);
    if (fetch_number(self, object->command, &number)) {
        words[0] = (uint16_t)number;
        if (object->words == 2)
            words[1] = (uint16_t)(number >> 16);
        return;
    }
    switch (object->command) {
    case IB_SIM_AT_agc_statistics:
    case IB_SIM_AT_scene_statistics:
    case IB_SIM_AT_spot_value:
        ib_sim_lepton_video_ensure(self);
        put_measured(self, object->command, words);
        break;
    case IB_SIM_AT_camera_status:
        ib_u32_to_words(words, camera_state(self));
        words[2] = (uint16_t)self->cci.commands;
        break;
    case IB_SIM_AT_serial_number: {
        uint16_t serial[8];
        ib_sim_lepton_serial(self, serial);
        memcpy(words, serial, 4 * sizeof *words);
        break;
    }
    case IB_SIM_AT_ffc_mode:
        put_ffc_mode(self, words);
        break;
    case IB_SIM_AT_calibration_values:
        put_calibration(self, words);
        break;
    default:
        break; // what was SET last
    }
}

int8_t ib_sim_lepton_store(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object,
                           const uint16_t *words) {
    struct ib_sim_lepton_registers *r = &self->registers;
    // Focus is measured on what AGC has not touched.
    if (object->command == IB_SIM_AT_focus_enable && words[0] && r->agc_enable[0])
        return NOT_ALLOWED;
    memcpy(ib_sim_lepton_register(self, object), words, object->words * 2u);
    switch (object->command) {
    case IB_SIM_AT_output_format:
        r->vid_output_format[0] = words[0];
        break;
    case IB_SIM_AT_vid_output_format:
        r->output_format[0] = words[0];
        break;
    case IB_SIM_AT_gain_mode:
        if (words[0] < 2 && !self->playing.from)
            ib_sim_lepton_gain_to(self, (uint8_t)words[0]);
        break;
    case IB_SIM_AT_ffc_mode:
        // No longer automatic: nothing is imminent any more.
        if (words[0] != 1 && self->ffc.state == 1)
            self->ffc.state = self->ffc.done_us ? 3 : 0;
        break;
    default:
        break;
    }
    return 0;
}

int8_t ib_sim_lepton_run(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object) {
    switch (object->command) {
    case IB_SIM_AT_ping:
    case IB_SIM_AT_frame_average:
        return 0;
    case IB_SIM_AT_ffc_run:
    case IB_SIM_AT_ffc_target:
    case IB_SIM_AT_radiometric_ffc:
        ib_sim_lepton_ffc_run(self);
        return 0;
    case IB_SIM_AT_power_down:
    case IB_SIM_AT_standby:
    case IB_SIM_AT_low_power_1:
    case IB_SIM_AT_low_power_2:
        ib_sim_lepton_sleep(self);
        return 0;
    case IB_SIM_AT_reboot:
        if (ib_sim_lepton_has(self, IB_FAULT_REBOOT_DEAF))
            ib_sim_lepton_die(self);
        else
            ib_sim_lepton_boot(self, false);
        return 0;
    case IB_SIM_AT_user_defaults:
        return OTP_WRITE_ERROR;
    case IB_SIM_AT_user_defaults_restore:
        return OTP_NOT_PROGRAMMED;
    default:
        return NOT_SUPPORTED;
    }
}
