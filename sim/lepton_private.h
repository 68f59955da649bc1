/// The simulated Lepton's inside: its complete type, so that the caller can own the memory, and
/// what its files share. Include lepton.h instead; nothing here is for callers.
///
/// Source: object ids, sizes, limits: software IDD 110-0144-04 rev 100, chapter 4; defaults also
/// from the engineering data sheet rev 200, tables 9 and 10.
#ifndef IB_SIM_LEPTON_PRIVATE_H
#define IB_SIM_LEPTON_PRIVATE_H

#include "sim/imager.h"
#include "sim/lepton.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Geometry and time ----

#define IB_SIM_LEPTON_LINE_PX 80u          ///< pixels a packet, both families
#define IB_SIM_LEPTON_PACKETS 63u          ///< most packets a unit: L2 with telemetry
#define IB_SIM_LEPTON_PACKET_BYTES 244u    ///< longest packet: RGB888
#define IB_SIM_LEPTON_TELEMETRY_WORDS 320u ///< rows A, B, C and the reserved fourth packet
#define IB_SIM_LEPTON_BLOCK_WORDS 1024u    ///< both block buffers, they lie side by side

/// 25 MHz parts: 106 segments a second; 26.5 frames a second (data sheet, VoSPI).
#define IB_SIM_LEPTON_SEGMENT_RATE 106u
/// Frame periods (1/26.5 s) in microseconds, rounded down as a whole.
#define IB_SIM_LEPTON_FRAMES_US(frames) ((uint64_t)(frames)*2000000u / 53u)

// ---- Control objects ----

/// Operations an object has.
#define IB_SIM_CCI_G 1
#define IB_SIM_CCI_S 2
#define IB_SIM_CCI_R 4
#define IB_SIM_CCI_GS 3
#define IB_SIM_CCI_GR 5
#define IB_SIM_CCI_GSR 7

/// What else is to be known about an object.
#define IB_SIM_CCI_RAD 1     ///< radiometric parts only
#define IB_SIM_CCI_PIX 2     ///< a SET changes the pixels
#define IB_SIM_CCI_AGC_PIX 4 ///< a SET changes the pixels while AGC is on
#define IB_SIM_CCI_SLOW 8    ///< a SET reconfigures the video pipeline: BUSY for longer

/// How a SET is checked.
enum ib_sim_cci_check {
    IB_SIM_CHECK_NONE,
    IB_SIM_CHECK_32,     ///< two words, signed, low..high
    IB_SIM_CHECK_16,     ///< each word low..high
    IB_SIM_CHECK_PX,     ///< one word, 0..number of pixels
    IB_SIM_CHECK_ROI_CR, ///< startCol, startRow, endCol, endRow inside the picture
    IB_SIM_CHECK_ROI_RC, ///< startRow, startCol, endRow, endCol inside the picture
    IB_SIM_CHECK_FOCUS,  ///< column first, and a border of one pixel
    IB_SIM_CHECK_FORMAT, ///< RAW14 or RGB888
    IB_SIM_CHECK_SOURCE, ///< video output source
    IB_SIM_CHECK_FFC,
    IB_SIM_CHECK_GAIN,
    IB_SIM_CHECK_RBFO,
    IB_SIM_CHECK_FLUX,
};

/// X(field, command word of the GET, words, operations, flags, check, low, high, initial)
/// Ids without a row here answer -7. `initial` is for one- and two-word objects; the others and
/// what depends on the model are set in ib_sim_lepton_registers_reset.
#define IB_SIM_LEPTON_OBJECTS(X)                                                                   \
    X(agc_enable, 0x0100, 2, GS, PIX | SLOW, 32, 0, 1, 0)                                          \
    X(agc_policy, 0x0104, 2, GS, AGC_PIX, 32, 0, 1, 1)                                             \
    X(agc_roi, 0x0108, 4, GS, AGC_PIX, ROI_CR, 0, 0, 0)                                            \
    X(agc_statistics, 0x010C, 4, G, 0, NONE, 0, 0, 0)                                              \
    X(agc_heq_damping, 0x0124, 1, GS, AGC_PIX, 16, 0, 256, 64)                                     \
    X(agc_heq_clip_high, 0x012C, 1, GS, AGC_PIX, PX, 0, 0, 0)                                      \
    X(agc_heq_clip_low, 0x0130, 1, GS, AGC_PIX, 16, 0, 1024, 512)                                  \
    X(agc_heq_empty_counts, 0x013C, 1, GS, AGC_PIX, 16, 0, 16383, 2)                               \
    X(agc_heq_scale, 0x0144, 2, GS, AGC_PIX, 32, 0, 1, 0)                                          \
    X(agc_calculation, 0x0148, 2, GS, 0, 32, 0, 1, 0)                                              \
    X(ping, 0x0200, 0, R, 0, NONE, 0, 0, 0)                                                        \
    X(camera_status, 0x0204, 4, G, 0, NONE, 0, 0, 0)                                               \
    X(serial_number, 0x0208, 4, G, 0, NONE, 0, 0, 0)                                               \
    X(uptime, 0x020C, 2, G, 0, NONE, 0, 0, 0)                                                      \
    X(housing_temperature, 0x0210, 1, G, 0, NONE, 0, 0, 0)                                         \
    X(fpa_temperature, 0x0214, 1, G, 0, NONE, 0, 0, 0)                                             \
    X(telemetry_enable, 0x0218, 2, GS, SLOW, 32, 0, 1, 0)                                          \
    X(telemetry_location, 0x021C, 2, GS, SLOW, 32, 0, 1, 1)                                        \
    X(frame_average, 0x0220, 0, R, 0, NONE, 0, 0, 0)                                               \
    X(frames_to_average, 0x0224, 2, GS, 0, 32, 0, 7, 3)                                            \
    X(customer_serial, 0x0228, 16, G, 0, NONE, 0, 0, 0)                                            \
    X(scene_statistics, 0x022C, 4, G, 0, NONE, 0, 0, 0)                                            \
    X(scene_roi, 0x0230, 4, GS, 0, ROI_CR, 0, 0, 0)                                                \
    X(thermal_count, 0x0234, 1, G, 0, NONE, 0, 0, 270)                                             \
    X(shutter_position, 0x0238, 2, GS, 0, 32, -1, 3, 0)                                            \
    X(ffc_mode, 0x023C, 16, GS, 0, FFC, 0, 0, 0)                                                   \
    X(ffc_run, 0x0240, 0, R, 0, NONE, 0, 0, 0)                                                     \
    X(ffc_status, 0x0244, 2, G, 0, NONE, 0, 0, 0)                                                  \
    X(gain_mode, 0x0248, 2, GS, RAD | PIX | SLOW, 32, 0, 2, 0)                                     \
    X(ffc_state, 0x024C, 2, G, RAD, NONE, 0, 0, 0)                                                 \
    X(gain_object, 0x0250, 14, GS, RAD, GAIN, 0, 0, 0)                                             \
    X(gain_desired, 0x0254, 2, G, RAD, NONE, 0, 0, 0)                                              \
    X(polarity, 0x0300, 2, GS, PIX, 32, 0, 1, 0)                                                   \
    X(lut_select, 0x0304, 2, GS, 0, 32, 0, 8, 1)                                                   \
    X(user_lut, 0x0308, 512, GS, SLOW, NONE, 0, 0, 0)                                              \
    X(focus_enable, 0x030C, 2, GS, 0, 32, 0, 1, 0)                                                 \
    X(focus_roi, 0x0310, 4, GS, 0, FOCUS, 0, 0, 0)                                                 \
    X(focus_threshold, 0x0314, 2, GS, 0, NONE, 0, 0, 30)                                           \
    X(focus_metric, 0x0318, 2, G, 0, NONE, 0, 0, 0)                                                \
    X(scene_nuc_enable, 0x031C, 2, GS, PIX, 32, 0, 1, 1)                                           \
    X(video_freeze, 0x0324, 2, GS, 0, 32, 0, 1, 0)                                                 \
    X(vid_output_format, 0x0330, 2, GS, RAD | PIX | SLOW, FORMAT, 0, 0, 7)                         \
    X(power_down, 0x4800, 0, R, 0, NONE, 0, 0, 0)                                                  \
    X(standby, 0x4804, 0, R, 0, NONE, 0, 0, 0)                                                     \
    X(low_power_1, 0x4808, 0, R, 0, NONE, 0, 0, 0)                                                 \
    X(low_power_2, 0x480C, 0, R, 0, NONE, 0, 0, 0)                                                 \
    X(part_number, 0x481C, 16, G, 0, NONE, 0, 0, 0)                                                \
    X(software_version, 0x4820, 4, G, 0, NONE, 0, 0, 0)                                            \
    X(video_enable, 0x4824, 2, GS, SLOW, 32, 0, 1, 1)                                              \
    X(output_format, 0x4828, 2, GS, PIX | SLOW, FORMAT, 0, 0, 7)                                   \
    X(output_source, 0x482C, 2, GS, PIX | SLOW, SOURCE, 0, 0, 1)                                   \
    X(output_channel, 0x4830, 2, GS, SLOW, 32, 0, 1, 1)                                            \
    X(customer_part_number, 0x4838, 16, G, 0, NONE, 0, 0, 0)                                       \
    X(constant_value, 0x483C, 1, GS, 0, NONE, 0, 0, 0)                                             \
    X(reboot, 0x4840, 0, R, 0, NONE, 0, 0, 0)                                                      \
    X(ffc_target, 0x4844, 1, GSR, PIX, 16, 0, 16383, 8192)                                         \
    X(last_status, 0x4848, 2, G, 0, NONE, 0, 0, 0)                                                 \
    X(frame_mean, 0x484C, 1, G, 0, NONE, 0, 0, 0)                                                  \
    X(power_mode, 0x4850, 2, G, 0, NONE, 0, 0, 0)                                                  \
    X(gpio_mode, 0x4854, 2, GS, 0, 32, 0, 5, 0)                                                    \
    X(vsync_phase, 0x4858, 2, GS, 0, 32, -3, 3, 0)                                                 \
    X(user_defaults, 0x485C, 2, GR, RAD, NONE, 0, 0, 0)                                            \
    X(user_defaults_restore, 0x4860, 0, R, RAD, NONE, 0, 0, 0)                                     \
    X(shutter_profile, 0x4864, 2, GS, RAD, 16, 0, 65535, 0x00010004)                               \
    X(thermal_shutdown_enable, 0x4868, 2, GS, RAD, 32, 0, 1, 1)                                    \
    X(bad_pixel_replacement, 0x486C, 2, GS, RAD | PIX, 32, 0, 1, 1)                                \
    X(temporal_filter, 0x4870, 2, GS, RAD | PIX, 32, 0, 1, 1)                                      \
    X(column_noise_filter, 0x4874, 2, GS, RAD | PIX, 32, 0, 1, 1)                                  \
    X(pixel_noise_filter, 0x4878, 2, GS, RAD | PIX, 32, 0, 1, 1)                                   \
    X(rbfo_internal_high, 0x4E00, 8, GS, RAD, RBFO, 0, 0, 0)                                       \
    X(rbfo_high, 0x4E04, 8, GS, PIX, RBFO, 0, 0, 0)                                                \
    X(radiometry, 0x4E10, 2, GS, PIX | SLOW, 32, 0, 1, 0)                                          \
    X(shutter_temperature_mode, 0x4E24, 2, GS, 0, 32, 0, 2, 1)                                     \
    X(shutter_temperature, 0x4E28, 1, GS, 0, NONE, 0, 0, 30000)                                    \
    X(radiometric_ffc, 0x4E2C, 0, R, 0, NONE, 0, 0, 0)                                             \
    X(radiometric_status, 0x4E30, 2, G, 0, NONE, 0, 0, 0)                                          \
    X(arbitrary_offset, 0x4EB8, 1, GS, RAD | PIX, NONE, 0, 0, 0)                                   \
    X(flux_parameters, 0x4EBC, 8, GS, RAD | PIX, FLUX, 0, 0, 0)                                    \
    X(tlinear, 0x4EC0, 2, GS, RAD | PIX | SLOW, 32, 0, 1, 1)                                       \
    X(tlinear_resolution, 0x4EC4, 2, GS, RAD | PIX, 32, 0, 1, 1)                                   \
    X(tlinear_auto_resolution, 0x4EC8, 2, GS, RAD, 32, 0, 1, 0)                                    \
    X(spot_roi, 0x4ECC, 4, GS, RAD, ROI_RC, 0, 0, 0)                                               \
    X(spot_value, 0x4ED0, 4, G, RAD, NONE, 0, 0, 0)                                                \
    X(rbfo_internal_low, 0x4ED4, 8, GS, RAD, RBFO, 0, 0, 0)                                        \
    X(rbfo_low, 0x4ED8, 8, GS, RAD | PIX, RBFO, 0, 0, 0)                                           \
    X(calibration_values, 0x4EE4, 4, G, RAD, NONE, 0, 0, 0)

/// The register file: one field an object, words as on the wire.
struct ib_sim_lepton_registers {
#define IB_SIM_FIELD(field, command, words, ...) uint16_t field[(words) ? (words) : 1];
    IB_SIM_LEPTON_OBJECTS(IB_SIM_FIELD)
#undef IB_SIM_FIELD
};

/// Command word of an object's GET, by its name.
enum ib_sim_lepton_at {
#define IB_SIM_AT(field, command, ...) IB_SIM_AT_##field = (command),
    IB_SIM_LEPTON_OBJECTS(IB_SIM_AT)
#undef IB_SIM_AT
};

struct ib_sim_lepton_object {
    const char *name;
    uint16_t command;
    uint16_t words;
    uint16_t offset; ///< of the first word, in words, in the register file
    uint8_t operations;
    uint8_t flags;
    uint8_t check; ///< enum ib_sim_cci_check
    int32_t low, high, initial;
};

/// A kind of Lepton.
/// Source: data sheet rev 200, ordering table; what software reads back.
struct ib_sim_lepton_model {
    const char *name;
    const char *part_number;
    uint16_t width_px, height_px;
    float hfov_deg;
    bool shutter;
    bool radiometric;
    float hot_limit_k; ///< above it the shutter is not moved
};

// ---- State ----

enum ib_sim_lepton_power {
    IB_SIM_POWER_OFF,  ///< no supply, or unplugged
    IB_SIM_POWER_HELD, ///< in reset
    IB_SIM_POWER_BOOT,
    IB_SIM_POWER_ON,
    IB_SIM_POWER_ASLEEP, ///< powered down by command: register 0 wakes it
    IB_SIM_POWER_DEAD,   ///< does not answer
};

/// The control interface: its registers and the command under way.
struct ib_sim_lepton_cci {
    uint16_t pointer;
    uint16_t command;
    uint16_t length;
    bool length_written; ///< since the last command
    uint16_t data[16];
    uint16_t crc;
    uint16_t block[IB_SIM_LEPTON_BLOCK_WORDS];
    bool busy;
    bool stuck;     ///< BUSY until reset
    bool reboot_in; ///< reboots instead of finishing
    uint64_t due_us;
    int8_t result;
    int8_t previous; ///< result of the command before
    uint32_t commands;
};

enum ib_sim_lepton_sync {
    IB_SIM_SYNC_WAIT, ///< selected after a silence: discards until the next unit
    IB_SIM_SYNC_STREAM,
    IB_SIM_SYNC_LOST, ///< until 185 ms of silence
};

/// What comes out after synchronisation was lost: the variety that people report.
enum ib_sim_lepton_lost {
    IB_SIM_LOST_DISCARDS,
    IB_SIM_LOST_WRONG_START, ///< numbers step from the wrong start
    IB_SIM_LOST_REPEAT,      ///< the same line again and again
    IB_SIM_LOST_NO_SEGMENT,  ///< every segment says it is invalid
    IB_SIM_LOST_SHIFT,       ///< shifted by a byte
    IB_SIM_LOST_GARBAGE,
};

struct ib_sim_lepton_vospi {
    uint8_t sync;       ///< enum ib_sim_lepton_sync
    uint8_t lost;       ///< enum ib_sim_lepton_lost
    bool touched;       ///< clocked at least once since power came
    uint64_t silent_us; ///< chip select high since
    uint32_t losses;
    uint64_t unit;    ///< units since the video started, of the unit now on offer
    unsigned next;    ///< packet to send next
    unsigned end;     ///< packets in this unit
    bool twice;       ///< the packet before was the first of a pair
    bool swap;        ///< this frame's segments come as 1, 2, 4, 3
    uint64_t late_us; ///< the unit on offer begins then
    uint8_t carry;    ///< last byte of the packet before, for a shifted stream
    bool prepared;    ///< `packets` are those of the unit on offer
    bool built;       ///< `packets` hold segment `segment` of picture `picture`
    unsigned segment;
    unsigned picture;
    uint16_t packet_bytes;
    uint8_t packets[IB_SIM_LEPTON_PACKETS * IB_SIM_LEPTON_PACKET_BYTES];
    uint8_t made[IB_SIM_LEPTON_PACKET_BYTES]; ///< a packet altered on its way out
};

/// What the frame on offer shows.
enum ib_sim_lepton_view { IB_SIM_VIEW_NONE, IB_SIM_VIEW_SCENE, IB_SIM_VIEW_SHUTTER };

struct ib_sim_lepton_ffc {
    uint8_t state; ///< as in telemetry: 0 never, 1 imminent, 2 in process, 3 complete
    bool desired;
    uint64_t began_us;
    uint64_t until_us; ///< end of the imminent or running phase
    uint64_t done_us;  ///< end of the last one, 0: none since boot
    uint32_t last_uptime_ms;
    uint16_t last_fpa_ck, last_housing_ck;
    int8_t pending_gain; ///< -1: none
    uint8_t lockout;     ///< 0 inactive, 1 too hot, 2 too cold
};

struct ib_sim_lepton_video {
    bool running;
    uint64_t start_us;
    uint64_t next_us; ///< when the next unit is ready
    uint64_t next_unit;
    uint8_t view;                 ///< enum ib_sim_lepton_view
    bool render_pending;          ///< the view is known, its pixels are not computed yet
    bool written_pending;         ///< the same for the telemetry rows
    uint64_t frame_us;            ///< when the view was taken
    uint64_t cycle_us;            ///< when the frame on offer began
    struct ib_sim_lepton_ffc ffc; ///< as it was then: what the frame's telemetry says
    uint32_t counter;
    uint8_t telemetry; ///< as the frame on offer has it: 0 none, 1 header, 2 footer
    bool rgb;          ///< the same
    unsigned current;  ///< which of the pictures
    uint16_t pixels[2][IB_SIM_MAX_PX];
    uint16_t words[2][IB_SIM_LEPTON_TELEMETRY_WORDS]; ///< telemetry
    struct ib_sim_imager_result result;
    struct ib_sim_scene shutter; ///< the paddle as a scene
};

/// A first-order body: warms and cools towards `end_k`.
struct ib_sim_lepton_body {
    float start_k, end_k;
};

struct ib_sim_lepton_playing {
    const struct ib_sim_playback *from; ///< NULL: a scene
    bool held;                          ///< fetched and not yet shown
    bool stopped;
    bool has_telemetry;
    bool ffc;       ///< the frame was recorded during an FFC
    bool has_view;  ///< one that was not has been shown
    bool wide_grey; ///< AGC with the 14-bit scale
    uint16_t fpa_ck;
    uint16_t telemetry[240];
    uint16_t flux[8]; ///< of the first frame
    uint16_t spot_roi[4];
    bool has_settings; ///< the two above are known
};

struct ib_sim_lepton_trouble {
    bool on;
    uint32_t count;
    uint64_t duration_us;
    uint64_t until_us;
};

struct ib_sim_lepton {
    const struct ib_sim_lepton_model *model;
    struct ib_sim_lepton_config config;
    struct ib_sim_clock *clock;
    const struct ib_sim_scene *scene;
    uint64_t now_us; ///< brought up to
    uint64_t due_us; ///< nothing happens by itself before
    uint64_t init_us;
    uint64_t random;
    uint64_t spi_rest; ///< SPI time not yet charged: bits * 1e6 modulo spi_hz
    uint64_t i2c_rest; ///< the same for I2C

    uint8_t power; ///< enum ib_sim_lepton_power
    bool supplied;
    bool plugged;
    bool in_reset;
    uint64_t reset_us; ///< when reset was asserted
    uint64_t boot_us;
    uint64_t ready_us;
    bool boot_by_line; ///< the host knows of this boot: it may be told off for haste

    float ambient_k;
    uint64_t body_us; ///< when the bodies were last anchored
    struct ib_sim_lepton_body fpa, housing;
    float fpa_k, housing_k; ///< as of the last look

    struct ib_sim_lepton_registers registers;
    uint8_t gain; ///< in effect: 0 high, 1 low
    int16_t shutdown_frames;
    struct ib_sim_lepton_cci cci;
    struct ib_sim_lepton_vospi vospi;
    struct ib_sim_lepton_video video;
    struct ib_sim_lepton_ffc ffc;
    struct ib_sim_lepton_playing playing;
    struct ib_sim_lepton_trouble faults[IB_FAULT_COUNT];
    uint8_t last_fault;
    struct ib_sim_violations violations;
    const char *refused;

    struct ib_sim_imager imager;
    float truth_kelvin[IB_SIM_MAX_PX];
    float truth_emissivity[IB_SIM_MAX_PX];
};

// ---- Between the part's own files ----

// lepton_models.c
const struct ib_sim_lepton_model *ib_sim_lepton_model_named(const char *name);

// lepton_objects.c: the table, defaults and limits
/// The object a command word addresses (any operation), NULL when there is none on this part.
const struct ib_sim_lepton_object *ib_sim_lepton_object(const struct ib_sim_lepton *self,
                                                        uint16_t command);
uint16_t *ib_sim_lepton_register(struct ib_sim_lepton *self,
                                 const struct ib_sim_lepton_object *object);
void ib_sim_lepton_registers_reset(struct ib_sim_lepton *self);
/// Return: 0, or the module's result code for a SET of these words.
int8_t ib_sim_lepton_check(const struct ib_sim_lepton *self,
                           const struct ib_sim_lepton_object *object, const uint16_t *words);

// lepton_commands.c: what GET computes, SET changes and RUN does
void ib_sim_lepton_fetch(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object);
int8_t ib_sim_lepton_store(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object,
                           const uint16_t *words);
int8_t ib_sim_lepton_run(struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object);

// lepton_cci.c
void ib_sim_lepton_cci_reset(struct ib_sim_lepton *self);
/// The command under way ends now.
void ib_sim_lepton_cci_finish(struct ib_sim_lepton *self);

// lepton_ffc.c: flat field correction, gain, temperatures
void ib_sim_lepton_ffc_reset(struct ib_sim_lepton *self);
void ib_sim_lepton_ffc_run(struct ib_sim_lepton *self);
/// The phase under way ends now.
void ib_sim_lepton_ffc_step(struct ib_sim_lepton *self);
/// Triggers, lockout and thermal shutdown: once a unique frame.
void ib_sim_lepton_ffc_watch(struct ib_sim_lepton *self);
/// Go to a gain: with an FFC in automatic FFC mode, at once otherwise.
void ib_sim_lepton_gain_to(struct ib_sim_lepton *self, uint8_t gain);
/// Automatic gain, from the frame rendered last.
void ib_sim_lepton_gain_watch(struct ib_sim_lepton *self);
/// Temperatures at `now_us` of the part, into fpa_k and housing_k.
void ib_sim_lepton_warm(struct ib_sim_lepton *self);
/// Where temperatures go changed (power, room): start from here.
void ib_sim_lepton_warm_from_here(struct ib_sim_lepton *self);
uint16_t ib_sim_lepton_ck(float kelvin);

// lepton_video.c: frames
void ib_sim_lepton_video_start(struct ib_sim_lepton *self);
/// The next unit (segment or frame) is ready now.
void ib_sim_lepton_video_step(struct ib_sim_lepton *self);
/// Compute the pixels and rows of the frame on offer, if that has not been done.
void ib_sim_lepton_video_ensure(struct ib_sim_lepton *self);
uint8_t ib_sim_lepton_resolution(const struct ib_sim_lepton *self);
uint32_t ib_sim_lepton_focus(struct ib_sim_lepton *self);
/// A recording's next frame is about to go out, if it is time for one.
void ib_sim_lepton_playing_turn(struct ib_sim_lepton *self);
/// Fetch a recording's next frame into the pictures.
void ib_sim_lepton_playing_fetch(struct ib_sim_lepton *self);

// lepton_packets.c: units into packets
/// Build the packets of a segment (L2: of the frame, 0) from one of the two pictures.
void ib_sim_lepton_packets(struct ib_sim_lepton *self, unsigned segment, unsigned picture);
unsigned ib_sim_lepton_unit_packets(const struct ib_sim_lepton *self);
unsigned ib_sim_lepton_units_per_frame(const struct ib_sim_lepton *self); ///< unique frame

// lepton_vospi.c
void ib_sim_lepton_vospi_reset(struct ib_sim_lepton *self);
/// A unit was put on offer.
void ib_sim_lepton_vospi_offer(struct ib_sim_lepton *self);
void ib_sim_lepton_vospi_lose(struct ib_sim_lepton *self, enum ib_sim_lepton_lost lost);

// lepton_telemetry.c
void ib_sim_lepton_telemetry(struct ib_sim_lepton *self, uint16_t *words);
/// Fills mean, maximum, minimum and population of the spotmeter.
void ib_sim_lepton_spot(const struct ib_sim_lepton *self, uint16_t words[4]);
uint16_t ib_sim_lepton_fpa_counts(const struct ib_sim_lepton *self);
uint16_t ib_sim_lepton_housing_counts(const struct ib_sim_lepton *self);
/// Serial number as the eight telemetry words; the first four are the CCI's 64 bits.
void ib_sim_lepton_serial(const struct ib_sim_lepton *self, uint16_t words[8]);

// lepton_faults.c
/// Is a fault under way; those with a duration end by themselves.
bool ib_sim_lepton_has(const struct ib_sim_lepton *self, enum ib_sim_fault fault);
/// Use up one of a counted fault; true when there was one.
bool ib_sim_lepton_take(struct ib_sim_lepton *self, enum ib_sim_fault fault);
/// A line ended it: reset or power.
void ib_sim_lepton_cured(struct ib_sim_lepton *self, bool by_power);

// lepton.c
/// Everything that should have happened by `now_us` happens.
void ib_sim_lepton_advance(struct ib_sim_lepton *self, uint64_t now_us);
void ib_sim_lepton_due(struct ib_sim_lepton *self); ///< recompute due_us
void ib_sim_lepton_boot(struct ib_sim_lepton *self, bool by_line);
void ib_sim_lepton_sleep(struct ib_sim_lepton *self);
void ib_sim_lepton_die(struct ib_sim_lepton *self);
/// The lines and the plug decide anew what state the part is in.
void ib_sim_lepton_lines(struct ib_sim_lepton *self, bool by_line);
uint32_t ib_sim_lepton_uptime_ms(const struct ib_sim_lepton *self, uint64_t at_us);
uint32_t ib_sim_lepton_random(struct ib_sim_lepton *self);

#ifdef __cplusplus
}
#endif

#endif
