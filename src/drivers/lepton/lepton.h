/// The Lepton driver's front page: models, identity, commands, telemetry. The engines are in cci.h,
/// vospi.h and capture.h beside it.
#ifndef IB_DRIVERS_LEPTON_LEPTON_H
#define IB_DRIVERS_LEPTON_LEPTON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_LEPTON_ADDRESS 0x2A ///< 7-bit I2C address

/// Module types, from the first eight characters of the part number.
enum ib_lepton_model {
    IB_LEPTON_UNKNOWN,
    IB_LEPTON_1_5,
    IB_LEPTON_1_6,
    IB_LEPTON_2_0,
    IB_LEPTON_2_5,
    IB_LEPTON_3_0,
    IB_LEPTON_3_1R,
    IB_LEPTON_3_5,
    IB_LEPTON_UW,
};

struct ib_lepton_identity {
    enum ib_lepton_model model;
    uint16_t width_px;
    uint16_t height_px;
    bool radiometric; ///< TLinear and spotmeter exist
    bool shutter;
    char name[12];        ///< "3.5"
    char part_number[33]; ///< as the module says it
    uint64_t serial;
    uint8_t software[6]; ///< GPP major, minor, build, DSP major, minor, build
};

/// Fill model, size, radiometric, shutter and name from `part_number`. Unknown parts:
/// IB_E_NOT_FOUND, and the identity says unknown, 160x120, not radiometric until a probe says
/// otherwise.
int ib_lepton_identify(struct ib_lepton_identity *self, const char *part_number);

/// Which operations a command knows.
enum ib_lepton_op { IB_LEPTON_GET = 1, IB_LEPTON_SET = 2, IB_LEPTON_RUN = 4 };

/// One row of the command table: every command of the data sheets, by name.
struct ib_lepton_command {
    const char *name;      ///< "rad_spotmeter_roi"
    uint16_t base;         ///< the GET word; +1 SET, +2 RUN
    uint16_t words;        ///< data words of GET and SET; 0: none (RUN only), or not documented
    uint8_t ops;           ///< enum ib_lepton_op, ored
    bool radiometric_only; ///< "radiometry release only" in the IDD
};

/// The whole table, sorted by base.
const struct ib_lepton_command *ib_lepton_commands(size_t *count);
/// By name, or NULL.
const struct ib_lepton_command *ib_lepton_command_named(const char *name);
/// By command word of any operation that its row has, or NULL (a GET of something that only runs).
const struct ib_lepton_command *ib_lepton_command_of(uint16_t word);

/// The text of a module's own result code: "range error (-3)" has code -3 → "range error".
const char *ib_lepton_result_text(int8_t code);

/// Telemetry in named fields, for 160x120 and 80x60 alike.
struct ib_lepton_telemetry {
    uint8_t revision_major;
    uint8_t revision_minor;
    uint32_t uptime_ms;
    uint32_t status; ///< the raw bits
    bool ffc_desired;
    uint8_t ffc_state; ///< enum ib_ffc_state
    bool agc;
    bool lockout;
    bool over_temp;
    uint16_t serial[8];
    uint32_t frame_counter;
    uint16_t frame_mean_counts;
    uint16_t fpa_counts;
    uint16_t fpa_ck;
    uint16_t housing_counts;
    uint16_t housing_ck;
    uint16_t fpa_at_ffc_ck;
    uint32_t uptime_at_ffc_ms;
    uint16_t housing_at_ffc_ck;
    uint16_t agc_roi[4];
    uint16_t agc_clip_high;
    uint16_t agc_clip_low;
    uint32_t video_format;
    uint16_t ffc_frames_log2;
    uint16_t emissivity_8192;
    uint16_t background_ck;
    uint16_t atmosphere_transmission_8192;
    uint16_t atmosphere_ck;
    uint16_t window_transmission_8192;
    uint16_t window_reflection_8192;
    uint16_t window_ck;
    uint16_t window_reflected_ck;
    uint8_t gain_mode;      ///< enum ib_gain, as set
    uint8_t gain_effective; ///< enum ib_gain
    bool gain_switch_desired;
    uint16_t gain_threshold_high_to_low_c;
    uint16_t gain_threshold_low_to_high_c;
    uint16_t gain_threshold_high_to_low_k;
    uint16_t gain_threshold_low_to_high_k;
    uint16_t gain_population_high_to_low_pct;
    uint16_t gain_population_low_to_high_pct;
    uint16_t gain_roi[4];
    bool tlinear;
    uint8_t tlinear_resolution; ///< 0: 0.1 K, 1: 0.01 K
    uint16_t spot_mean_ck;
    uint16_t spot_max_ck;
    uint16_t spot_min_ck;
    uint16_t spot_population_px;
    uint16_t spot_roi[4]; ///< startRow, startCol, endRow, endCol
};

/// Shape:  `words` = rows A, B, C, 80 words each (240).
/// Errors: IB_E_FORMAT when the revision word (or, from revision 9 on, the video format) is none
///         that a module says: these words are pixels.
int ib_lepton_telemetry_decode(struct ib_lepton_telemetry *out, const uint16_t *words);

#ifdef __cplusplus
}
#endif

#endif
