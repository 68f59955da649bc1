/// The control objects as a table: defaults and limits. What they do is in lepton_commands.c.
///
/// Source: software IDD 110-0144-04 rev 100, chapter 4; engineering data sheet rev 200, CCI table.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/bytes.h"

/// The module's result codes (IDD, 3.2).
#define RANGE_ERROR (-3)
#define NOT_SUPPORTED (-8)

// Short words for the columns of IB_SIM_LEPTON_OBJECTS.
enum {
    G = IB_SIM_CCI_G,
    R = IB_SIM_CCI_R,
    GS = IB_SIM_CCI_GS,
    GR = IB_SIM_CCI_GR,
    GSR = IB_SIM_CCI_GSR,
    RAD = IB_SIM_CCI_RAD,
    PIX = IB_SIM_CCI_PIX,
    AGC_PIX = IB_SIM_CCI_AGC_PIX,
    SLOW = IB_SIM_CCI_SLOW,
};

#define ROW(field, command, words, operations, flags, check, low, high, initial)                   \
    {#field,                                                                                       \
     command,                                                                                      \
     words,                                                                                        \
     (uint16_t)(offsetof(struct ib_sim_lepton_registers, field) / sizeof(uint16_t)),               \
     operations,                                                                                   \
     flags,                                                                                        \
     IB_SIM_CHECK_##check,                                                                         \
     low,                                                                                          \
     high,                                                                                         \
     initial},

static const struct ib_sim_lepton_object objects[] = {IB_SIM_LEPTON_OBJECTS(ROW)};

#define OBJECTS (sizeof objects / sizeof objects[0])

const struct ib_sim_lepton_object *ib_sim_lepton_object(const struct ib_sim_lepton *self,
                                                        uint16_t command) {
    for (size_t i = 0; i < OBJECTS; i++) {
        if (objects[i].command != (command & ~3u))
            continue;
        if ((objects[i].flags & RAD) && !self->model->radiometric)
            return NULL;
        return &objects[i];
    }
    return NULL;
}

uint16_t *ib_sim_lepton_register(struct ib_sim_lepton *self,
                                 const struct ib_sim_lepton_object *object) {
    return (uint16_t *)&self->registers + object->offset;
}

// ---- Defaults ----

static void put_rbfo(uint16_t *words, uint32_t r, uint32_t b, uint32_t f, uint32_t o) {
    ib_u32_to_words(words, r);
    ib_u32_to_words(words + 2, b);
    ib_u32_to_words(words + 4, f);
    ib_u32_to_words(words + 6, o);
}

static void put_roi(uint16_t *words, unsigned a, unsigned b, unsigned c, unsigned d) {
    words[0] = (uint16_t)a;
    words[1] = (uint16_t)b;
    words[2] = (uint16_t)c;
    words[3] = (uint16_t)d;
}

/// Two characters a word, the first in the low byte.
static void put_string(uint16_t *words, size_t count, const char *text) {
    size_t length = strlen(text);
    for (size_t i = 0; i < count; i++) {
        unsigned low = 2 * i < length ? (uint8_t)text[2 * i] : 0;
        unsigned high = 2 * i + 1 < length ? (uint8_t)text[2 * i + 1] : 0;
        words[i] = (uint16_t)(low | high << 8);
    }
}

static void reset_ffc(struct ib_sim_lepton_registers *r, const struct ib_sim_lepton_model *model) {
    uint16_t *ffc = r->ffc_mode;
    ffc[0] = model->shutter ? 1 : 2; // automatic, or external without a shutter
    ffc[4] = 1;                      // freeze the video meanwhile
    ib_u32_to_words(ffc + 10, model->radiometric ? 180000 : 300000);
    ffc[14] = model->radiometric ? 150 : 300;
    ffc[15] = 52;
    // No shutter to know the position of: -1.
    if (!model->shutter)
        ib_u32_to_words(r->shutter_position, UINT32_MAX);
}

/// Thresholds as a radiometric part is delivered; flux thresholds as one 3.5 reported them.
static void reset_gain(struct ib_sim_lepton_registers *r, unsigned width_px, unsigned height_px) {
    static const uint16_t rest[10] = {25, 90, 115, 85, 388, 358, 0, 1, 9462, 6938};
    put_roi(r->gain_object, 0, 0, height_px - 1, width_px - 1);
    memcpy(r->gain_object + 4, rest, sizeof rest);
    r->gain_object[10] = (uint16_t)(width_px * height_px);
}

static void reset_radiometry(struct ib_sim_lepton_registers *r, bool radiometric, bool large) {
    put_rbfo(r->rbfo_high, 395653, 1428000, 1000, 156000);
    put_rbfo(r->rbfo_low, 64155, 1428000, 1000, 728000);
    // Factory calibration of one 3.5, as its telemetry shows it.
    put_rbfo(r->rbfo_internal_high, 366303, 1435000, 1000, 162247);
    put_rbfo(r->rbfo_internal_low, 104101, 1470000, 1000, 330859);
    static const uint16_t flux[8] = {8192, 29515, 8192, 29515, 8192, 29515, 0, 29515};
    memcpy(r->flux_parameters, flux, sizeof flux);
    r->radiometry[0] = radiometric;
    r->tlinear[0] = radiometric;
    if (large)
        put_roi(r->spot_roi, 59, 79, 60, 80);
    else
        put_roi(r->spot_roi, 29, 39, 30, 40);
}

/// While a recording plays, the module says what the recording's module was set to.
static void reset_to_recording(struct ib_sim_lepton *self) {
    const struct ib_sim_playback_facts *facts = &self->playing.from->facts;
    struct ib_sim_lepton_registers *r = &self->registers;
    r->agc_enable[0] = facts->agc;
    r->agc_heq_scale[0] = self->playing.wide_grey;
    r->tlinear[0] = facts->tlinear;
    r->radiometry[0] = self->model->radiometric;
    r->tlinear_resolution[0] = facts->resolution;
    r->gain_mode[0] = facts->gain_mode;
    if (self->playing.has_settings && self->model->radiometric) {
        memcpy(r->flux_parameters, self->playing.flux, sizeof r->flux_parameters);
        memcpy(r->spot_roi, self->playing.spot_roi, sizeof r->spot_roi);
    }
}

void ib_sim_lepton_registers_reset(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_registers *r = &self->registers;
    unsigned width_px = self->model->width_px, height_px = self->model->height_px;
    memset(r, 0, sizeof *r);
    for (size_t i = 0; i < OBJECTS; i++) {
        uint16_t *words = ib_sim_lepton_register(self, &objects[i]);
        if (objects[i].words == 1)
            words[0] = (uint16_t)objects[i].initial;
        else if (objects[i].words == 2)
            ib_u32_to_words(words, (uint32_t)objects[i].initial);
    }
    put_roi(r->agc_roi, 0, 0, width_px - 1, height_px - 1);
    put_roi(r->scene_roi, 0, 0, width_px - 1, height_px - 1);
    put_roi(r->focus_roi, 1, 1, width_px - 2, height_px - 2);
    r->agc_heq_clip_high[0] = (uint16_t)(width_px * height_px);
    reset_ffc(r, self->model);
    reset_gain(r, width_px, height_px);
    reset_radiometry(r, self->model->radiometric, width_px == 160);
    put_string(r->part_number, 16, self->model->part_number);
    // 3.3.26 for both processors, bytes in order, low byte first (IDD, OEM 0x20).
    r->software_version[0] = 0x0303;
    r->software_version[1] = 0x031A;
    r->software_version[2] = 0x1A03;
    self->gain = 0;
    if (self->playing.from) {
        reset_to_recording(self);
        self->gain = self->playing.from->facts.gain_effective != 0;
    }
}

// ---- Limits ----

static bool roi_fits(const uint16_t *roi, unsigned limit_first, unsigned limit_second,
                     unsigned border) {
    return roi[0] >= border && roi[1] >= border && roi[0] <= roi[2] && roi[1] <= roi[3] &&
           roi[2] + border < limit_first && roi[3] + border < limit_second;
}

static bool rbfo_fits(const uint16_t *words) {
    uint32_t r = ib_words_to_u32(words);
    uint32_t b = ib_words_to_u32(words + 2);
    uint32_t f = ib_words_to_u32(words + 4);
    return r >= 10000 && r <= 1000000 && b >= 1200000 && b <= 1700000 && f >= 500 && f <= 3000;
}

/// Transmissions and emissivity 0.01..1, reflection up to what the window does not transmit.
static bool flux_fits(const uint16_t *words) {
    for (unsigned i = 0; i <= 4; i += 2) {
        if (words[i] < 82 || words[i] > 8192)
            return false;
    }
    return words[6] <= 8192 - words[2];
}

static bool gain_fits(const uint16_t *words, unsigned width_px, unsigned height_px) {
    return roi_fits(words, height_px, width_px, 0) && words[4] <= 100 && words[5] <= 100 &&
           words[6] <= 600 && words[7] <= 600 && words[8] <= 900 && words[9] <= 900 &&
           words[10] <= width_px * height_px && words[11] <= 1 && words[12] <= 16383 &&
           words[13] <= 16383;
}

/// Words that only the module sets (lockout, desired, elapsed) are not looked at.
static bool ffc_fits(const uint16_t *words) {
    return ib_words_to_u32(words) <= 2 && ib_words_to_u32(words + 4) <= 1 &&
           ib_words_to_u32(words + 12) <= 1;
}

static bool each_fits(const struct ib_sim_lepton_object *object, const uint16_t *words) {
    for (unsigned i = 0; i < object->words; i++) {
        if (words[i] < object->low || words[i] > object->high)
            return false;
    }
    return true;
}

/// Formats and sources that the IDD names and the part has not.
static int8_t check_choice(const struct ib_sim_lepton_object *object, const uint16_t *words) {
    uint32_t value = ib_words_to_u32(words);
    if (object->check == IB_SIM_CHECK_FORMAT) {
        if (value > 14)
            return RANGE_ERROR;
        return value == 3 || value == 7 ? 0 : NOT_SUPPORTED;
    }
    if (value > 13)
        return RANGE_ERROR;
    return value <= 5 || value == 8 ? 0 : NOT_SUPPORTED;
}

static bool fits(const struct ib_sim_lepton *self, const struct ib_sim_lepton_object *object,
                 const uint16_t *words) {
    unsigned width_px = self->model->width_px, height_px = self->model->height_px;
    switch (object->check) {
    case IB_SIM_CHECK_32: {
        int32_t value = (int32_t)ib_words_to_u32(words);
        return value >= object->low && value <= object->high;
    }
    case IB_SIM_CHECK_16:
        return each_fits(object, words);
    case IB_SIM_CHECK_PX:
        return words[0] <= width_px * height_px;
    case IB_SIM_CHECK_ROI_CR:
        return roi_fits(words, width_px, height_px, 0);
    case IB_SIM_CHECK_ROI_RC:
        return roi_fits(words, height_px, width_px, 0);
    case IB_SIM_CHECK_FOCUS:
        return roi_fits(words, width_px, height_px, 1);
    case IB_SIM_CHECK_FFC:
        return ffc_fits(words);
    case IB_SIM_CHECK_GAIN:
        return gain_fits(words, width_px, height_px);
    case IB_SIM_CHECK_RBFO:
        return rbfo_fits(words);
    case IB_SIM_CHECK_FLUX:
        return flux_fits(words);
    default:
        return true;
    }
}

int8_t ib_sim_lepton_check(const struct ib_sim_lepton *self,
                           const struct ib_sim_lepton_object *object, const uint16_t *words) {
    if (object->check == IB_SIM_CHECK_FORMAT || object->check == IB_SIM_CHECK_SOURCE)
        return check_choice(object, words);
    if (!fits(self, object, words))
        return RANGE_ERROR;
    // The object can be read on every part; only a calibrated one can be switched on.
    if (object->command == IB_SIM_AT_radiometry && words[0] == 1 && !self->model->radiometric)
        return NOT_SUPPORTED;
    return 0;
}
