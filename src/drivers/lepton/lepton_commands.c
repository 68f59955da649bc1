/// The command table: every command of the Lepton's control interface, by name and by word.
///
/// It says what exists and how long its data is; it does not say which module answers it (older
/// firmware refuses some) nor what the values mean (docs/lepton.md does). A row of 0 words is one
/// whose size no public document gives: any length is passed on, and the module judges it. Rows
/// beyond the IDD stand in FLIR's public SDK headers only, and may answer -7 "undefined function".
/// Source: Lepton IDD 110-0144-04 rev 100, chapter 4; FLIR Lepton SDK 3.3 command ids.
#include <string.h>

#include "drivers/lepton/lepton.h"

enum {
    G = IB_LEPTON_GET,
    S = IB_LEPTON_SET,
    R = IB_LEPTON_RUN,
    GS = G | S,
    GR = G | R,
    GSR = G | S | R,
};

/// "Radiometry release only" in the IDD, or there in every configuration. Of the RAD rows that the
/// IDD does not have, those whose size is known count as radiometric too: they are calibration.
#define RAD true
#define ALL false

static const struct ib_lepton_command table[] = {
    // AGC, IDD section 4.3.
    {"agc_enable", 0x0100, 2, GS, ALL},
    {"agc_policy", 0x0104, 2, GS, ALL},
    {"agc_roi", 0x0108, 4, GS, ALL},
    {"agc_histogram_statistics", 0x010C, 4, G, ALL},
    {"agc_linear_clip_percent", 0x0110, 1, GS, ALL},
    {"agc_linear_tail_size", 0x0114, 1, GS, ALL},
    {"agc_linear_max_gain", 0x0118, 1, GS, ALL},
    {"agc_linear_midpoint", 0x011C, 1, GS, ALL},
    {"agc_linear_damping", 0x0120, 1, GS, ALL},
    {"agc_heq_damping", 0x0124, 1, GS, ALL},
    {"agc_heq_max_gain", 0x0128, 1, GS, ALL},
    {"agc_heq_clip_high", 0x012C, 1, GS, ALL},
    {"agc_heq_clip_low", 0x0130, 1, GS, ALL},
    {"agc_heq_bin_extension", 0x0134, 1, GS, ALL},
    {"agc_heq_midpoint", 0x0138, 1, GS, ALL},
    {"agc_heq_empty_counts", 0x013C, 1, GS, ALL},
    {"agc_heq_normalization", 0x0140, 1, GS, ALL},
    {"agc_heq_output_scale", 0x0144, 2, GS, ALL},
    {"agc_calculation_enable", 0x0148, 2, GS, ALL},
    {"agc_linear_percent", 0x014C, 1, GS, ALL},

    // SYS, IDD section 4.4.
    {"sys_ping", 0x0200, 0, R, ALL},
    {"sys_camera_status", 0x0204, 4, G, ALL},
    {"sys_flir_serial", 0x0208, 4, G, ALL},
    {"sys_uptime", 0x020C, 2, G, ALL},
    {"sys_housing_temperature", 0x0210, 1, G, ALL},
    {"sys_fpa_temperature", 0x0214, 1, G, ALL},
    {"sys_telemetry_enable", 0x0218, 2, GS, ALL},
    {"sys_telemetry_location", 0x021C, 2, GS, ALL},
    {"sys_frame_average", 0x0220, 0, R, ALL},
    {"sys_frames_to_average", 0x0224, 2, GS, ALL},
    {"sys_customer_serial", 0x0228, 16, G, ALL},
    {"sys_scene_statistics", 0x022C, 4, G, ALL},
    {"sys_scene_roi", 0x0230, 4, GS, ALL},
    {"sys_thermal_shutdown_count", 0x0234, 1, G, ALL},
    {"sys_shutter_position", 0x0238, 2, GS, ALL},
    {"sys_ffc_shutter_mode", 0x023C, 16, GS, ALL},
    {"sys_ffc", 0x0240, 0, R, ALL},
    {"sys_ffc_status", 0x0244, 2, G, ALL},
    {"sys_gain_mode", 0x0248, 2, GS, RAD},
    {"sys_ffc_state", 0x024C, 2, G, RAD},
    {"sys_gain_mode_object", 0x0250, 14, GS, RAD},
    {"sys_gain_mode_desired", 0x0254, 2, G, RAD},
    {"sys_boresight", 0x0258, 0, GS, RAD},

    // VID, IDD section 4.5.
    {"vid_polarity", 0x0300, 2, GS, ALL},
    {"vid_lut_select", 0x0304, 2, GS, ALL},
    {"vid_user_lut", 0x0308, 512, GS, ALL},
    {"vid_focus_enable", 0x030C, 2, GS, ALL},
    {"vid_focus_roi", 0x0310, 4, GS, ALL},
    {"vid_focus_threshold", 0x0314, 2, GS, ALL},
    {"vid_focus_metric", 0x0318, 2, G, ALL},
    {"vid_scene_nuc_enable", 0x031C, 2, GS, ALL},
    {"vid_gamma_select", 0x0320, 2, GS, ALL},
    {"vid_freeze", 0x0324, 2, GS, ALL},
    {"vid_boresight_enable", 0x0328, 0, GS, ALL},
    {"vid_boresight_coordinates", 0x032C, 0, GS, ALL},
    {"vid_output_format", 0x0330, 2, GS, RAD},
    {"vid_low_gain_lut", 0x0334, 2, GS, RAD},

    // OEM, IDD section 4.6; bit 14 is part of the word.
    {"oem_power_down", 0x4800, 0, R, ALL},
    {"oem_standby", 0x4804, 0, R, ALL},
    {"oem_low_power_1", 0x4808, 0, R, ALL},
    {"oem_low_power_2", 0x480C, 0, R, ALL},
    {"oem_built_in_test", 0x4810, 0, R, ALL},
    {"oem_mask_revision", 0x4814, 1, G, ALL},
    {"oem_part_number", 0x481C, 16, G, ALL},
    {"oem_software_version", 0x4820, 4, G, ALL},
    {"oem_video_enable", 0x4824, 2, GS, ALL},
    {"oem_video_format", 0x4828, 2, GS, ALL},
    {"oem_video_source", 0x482C, 2, GS, ALL},
    {"oem_video_channel", 0x4830, 2, GS, ALL},
    {"oem_gamma_enable", 0x4834, 2, GS, ALL},
    {"oem_customer_part_number", 0x4838, 16, G, ALL},
    {"oem_video_constant", 0x483C, 1, GS, ALL},
    {"oem_reboot", 0x4840, 0, R, ALL},
    {"oem_ffc_target", 0x4844, 1, GSR, ALL},
    {"oem_last_status", 0x4848, 2, G, ALL},
    {"oem_frame_mean", 0x484C, 1, G, ALL},
    {"oem_power_mode", 0x4850, 2, G, ALL},
    {"oem_gpio_mode", 0x4854, 2, GS, ALL},
    {"oem_vsync_phase", 0x4858, 2, GS, ALL},
    {"oem_user_defaults", 0x485C, 2, GR, RAD},
    {"oem_user_defaults_restore", 0x4860, 0, R, RAD},
    {"oem_shutter_profile", 0x4864, 2, GS, RAD},
    {"oem_thermal_shutdown_enable", 0x4868, 2, GS, RAD},
    {"oem_bad_pixel_replacement", 0x486C, 2, GS, RAD},
    {"oem_temporal_filter", 0x4870, 2, GS, RAD},
    {"oem_column_noise_filter", 0x4874, 2, GS, RAD},
    {"oem_pixel_noise_filter", 0x4878, 2, GS, RAD},

    // RAD, IDD section 4.7; bit 14 is part of the word.
    {"rad_rbfo_internal_high", 0x4E00, 8, GS, RAD},
    {"rad_rbfo_external_high", 0x4E04, 8, GS, ALL},
    {"rad_debug_temperature", 0x4E08, 0, GS, ALL},
    {"rad_debug_flux", 0x4E0C, 0, GS, ALL},
    {"rad_enable", 0x4E10, 2, GS, ALL},
    {"rad_global_offset", 0x4E14, 1, GS, ALL},
    {"rad_fpa_counts_mode", 0x4E18, 2, GS, ALL},
    {"rad_fpa_counts", 0x4E1C, 1, GS, ALL},
    {"rad_shutter_equivalent_lut", 0x4E20, 128, GS, ALL},
    {"rad_shutter_temperature_mode", 0x4E24, 2, GS, ALL},
    {"rad_shutter_temperature", 0x4E28, 1, GS, ALL},
    {"rad_ffc", 0x4E2C, 0, R, ALL},
    {"rad_run_status", 0x4E30, 2, G, ALL},
    {"rad_response_shift", 0x4E34, 0, GS, ALL},
    {"rad_f_number", 0x4E38, 0, GS, ALL},
    {"rad_lens_transmission", 0x4E3C, 0, GS, ALL},
    {"rad_response_lut", 0x4E40, 0, GS, ALL},
    {"rad_global_gain", 0x4E44, 0, GS, ALL},
    {"rad_filter", 0x4E48, 2, GS, ALL},
    {"rad_fpa_lut", 0x4E4C, 256, GS, ALL},
    {"rad_housing_lut", 0x4E50, 256, GS, ALL},
    {"rad_housing_counts_mode", 0x4E54, 0, GS, ALL},
    {"rad_housing_counts", 0x4E58, 0, GS, ALL},
    {"rad_shutter_equivalent_flux", 0x4E5C, 0, GS, ALL},
    {"rad_mffc_flux", 0x4E60, 0, GS, ALL},
    {"rad_frame_median", 0x4E7C, 1, GS, ALL},
    {"rad_mlg_lut", 0x4E88, 0, GS, ALL},
    {"rad_target_calibration_8c", 0x4E8C, 0, GS, ALL},
    {"rad_target_calibration_90", 0x4E90, 0, GS, ALL},
    {"rad_target_calibration_94", 0x4E94, 0, GS, ALL},
    {"rad_target_calibration_98", 0x4E98, 0, GS, ALL},
    {"rad_target_calibration_9c", 0x4E9C, 0, GS, ALL},
    {"rad_target_calibration_a0", 0x4EA0, 0, GS, ALL},
    {"rad_arbitrary_offset", 0x4EB8, 1, GS, RAD},
    {"rad_flux_parameters", 0x4EBC, 8, GS, RAD},
    {"rad_tlinear_enable", 0x4EC0, 2, GS, RAD},
    {"rad_tlinear_resolution", 0x4EC4, 2, GS, RAD},
    {"rad_tlinear_auto_resolution", 0x4EC8, 2, GS, RAD},
    {"rad_spotmeter_roi", 0x4ECC, 4, GS, RAD},
    {"rad_spotmeter", 0x4ED0, 4, G, RAD},
    {"rad_rbfo_internal_low", 0x4ED4, 8, GS, RAD},
    {"rad_rbfo_external_low", 0x4ED8, 8, GS, RAD},
    {"rad_arbitrary_offset_mode", 0x4EDC, 2, GS, ALL},
    {"rad_arbitrary_offset_parameters", 0x4EE0, 0, GS, ALL},
    {"rad_calibration_values", 0x4EE4, 4, G, RAD},
};

const struct ib_lepton_command *ib_lepton_commands(size_t *count) {
    *count = sizeof table / sizeof table[0];
    return table;
}

const struct ib_lepton_command *ib_lepton_command_named(const char *name) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const struct ib_lepton_command *ib_lepton_command_of(uint16_t word) {
    static const uint8_t op_of_type[4] = {G, S, R, 0};
    uint16_t base = (uint16_t)(word & ~3u);
    size_t low = 0;
    size_t high = sizeof table / sizeof table[0];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].base < base)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == sizeof table / sizeof table[0] || table[low].base != base)
        return NULL;
    return (table[low].ops & op_of_type[word & 3u]) ? &table[low] : NULL;
}
