/// Which Lepton is it: part number to model, and the module's result codes in words.
///
/// Only the first eight characters ("500-0771") tell the model; the suffix tells 1.5 and 2.0 apart,
/// nothing else. It does not probe: a part nobody knows stays "unknown" until somebody asks the
/// module.
/// Source: Lepton engineering data sheet rev 200, ordering information; IDD rev 100, section 2.1.5.
#include <string.h>

#include "core/status.h"
#include "drivers/lepton/lepton.h"

struct part {
    char number[9]; // the first eight characters
    char suffix[4]; // empty: any
    char name[8];
    enum ib_lepton_model model;
    uint8_t width_px;
    uint8_t height_px;
    bool radiometric;
    bool shutter;
};

/// The first row that fits counts. 1387 (ultra wide) is in no data sheet at hand: its shutter and
/// radiometry are for a probe to find.
static const struct part parts[] = {
    {"500-0643", "", "1.5", IB_LEPTON_1_5, 80, 60, false, false},
    {"500-0659", "-01", "2.0", IB_LEPTON_2_0, 80, 60, false, true},
    {"500-0659", "", "1.5", IB_LEPTON_1_5, 80, 60, false, false},
    {"500-0690", "", "1.6", IB_LEPTON_1_6, 80, 60, false, false},
    {"500-0763", "", "2.5", IB_LEPTON_2_5, 80, 60, true, true},
    {"500-0726", "", "3.0", IB_LEPTON_3_0, 160, 120, false, true},
    {"500-0758", "", "3.1R", IB_LEPTON_3_1R, 160, 120, true, true},
    {"500-0771", "", "3.5", IB_LEPTON_3_5, 160, 120, true, true},
    {"500-1387", "", "UW", IB_LEPTON_UW, 160, 120, false, false},
};

int ib_lepton_identify(struct ib_lepton_identity *self, const char *part_number) {
    size_t size = 0;
    while (size < sizeof self->part_number - 1 && part_number[size])
        size++;
    memmove(self->part_number, part_number, size);
    self->part_number[size] = '\0';

    const char *number = self->part_number;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct part *part = &parts[i];
        if (strncmp(number, part->number, 8) != 0)
            continue;
        if (strncmp(number + 8, part->suffix, strlen(part->suffix)) != 0)
            continue;
        self->model = part->model;
        self->width_px = part->width_px;
        self->height_px = part->height_px;
        self->radiometric = part->radiometric;
        self->shutter = part->shutter;
        memcpy(self->name, part->name, sizeof part->name);
        return IB_OK;
    }
    self->model = IB_LEPTON_UNKNOWN;
    self->width_px = 160;
    self->height_px = 120;
    self->radiometric = false;
    self->shutter = false;
    memcpy(self->name, "unknown", sizeof "unknown");
    return IB_E_NOT_FOUND;
}

const char *ib_lepton_result_text(int8_t code) {
    switch (code) {
    case 0:
        return "ok";
    case -1:
        return "general error";
    case -2:
        return "not ready";
    case -3:
        return "range error";
    case -4:
        return "checksum error";
    case -5:
        return "bad argument";
    case -6:
        return "data size error";
    case -7:
        return "undefined function";
    case -8:
        return "function not supported";
    case -9:
        return "data out of range";
    case -11:
        return "command not allowed";
    case -15:
        return "OTP write error";
    case -16:
        return "OTP read error, not correctable";
    case -18:
        return "OTP not programmed";
    case -20:
        return "OTP bus not ready";
    case -22:
        return "I2C buffer overflow";
    case -23:
        return "I2C arbitration lost";
    case -24:
        return "I2C bus error";
    case -25:
        return "I2C not acknowledged";
    case -26:
        return "I2C failure";
    case -80:
        return "division by zero";
    case -101:
        return "port not open";
    case -102:
        return "invalid port";
    case -103:
        return "port range error";
    case -104:
        return "port creation error";
    case -105:
        return "port start error";
    case -106:
        return "port close error";
    case -107:
        return "port checksum error";
    case -108:
        return "no device at the port";
    case -109:
        return "port timeout";
    case -110:
        return "port write error";
    case -111:
        return "port read error";
    case -112:
        return "port count error";
    case -126:
        return "operation cancelled";
    case -127:
        return "undefined error";
    default:
        return "unknown result";
    }
}
