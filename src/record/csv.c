/// See csv.h. Whole numbers only: the same text on every machine.
#include "record/csv.h"

#include <stdbool.h>

#include "core/status.h"
#include "core/text.h"

enum ib_csv_unit ib_csv_unit_of(const struct ib_frame *frame, enum ib_csv_unit wanted) {
    return frame->unit == IB_UNIT_KELVIN ? wanted : IB_CSV_COUNTS;
}

const char *ib_csv_unit_name(const struct ib_frame *frame, enum ib_csv_unit wanted) {
    static const char *const NAMES[] = {"C", "F", "K", "counts"};
    return frame->unit == IB_UNIT_GREY8 ? "grey" : NAMES[ib_csv_unit_of(frame, wanted)];
}

static int64_t rounded(int64_t value, int64_t by) {
    return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

/// `sum` of `count` pixel values as their mean, in hundredths of the unit (counts: the same).
static int64_t hundredths(const struct ib_frame *frame, enum ib_csv_unit unit, uint64_t sum,
                          uint64_t count) {
    int64_t total = (int64_t)sum, parts = (int64_t)count;
    if (unit == IB_CSV_COUNTS)
        return rounded(total * 100, parts);
    int64_t ck = total * frame->scale_ck; // times count
    if (unit == IB_CSV_CELSIUS)
        return rounded(ck - 27315 * parts, parts);
    if (unit == IB_CSV_FAHRENHEIT) // 1.8 K - 459.67
        return rounded(ck * 9 - INT64_C(229835) * parts, 5 * parts);
    return rounded(ck, parts);
}

static void put_value(struct ib_text *text, const struct ib_frame *frame, enum ib_csv_unit unit,
                      uint16_t value) {
    if (unit == IB_CSV_COUNTS)
        ib_text_u64(text, value);
    else
        ib_text_fixed(text, hundredths(frame, unit, value, 1), IB_CSV_DECIMALS);
}

static int finish(struct ib_text *text) {
    ib_text_char(text, '\n');
    return text->cut ? IB_E_NO_SPACE : (int)text->size;
}

static const char *gain_name(uint8_t gain) {
    static const char *const NAMES[] = {"high", "low", "auto", "unknown"};
    return NAMES[gain <= IB_GAIN_UNKNOWN ? gain : IB_GAIN_UNKNOWN];
}

static const char *ffc_name(uint8_t state) {
    static const char *const NAMES[] = {"never", "imminent", "running", "done"};
    return NAMES[state & 3];
}

int ib_csv_title(char *out, size_t capacity, const struct ib_frame *frame, enum ib_csv_unit wanted,
                 const char *moment) {
    struct ib_text text;
    bool counts = ib_csv_unit_of(frame, wanted) == IB_CSV_COUNTS;
    ib_text_init(&text, out, capacity);
    ib_text_str(&text, "# ironbow frame=");
    ib_text_u64(&text, frame->sequence);
    ib_text_str(&text, " time=");
    ib_text_str(&text, moment);
    ib_text_str(&text, " width=");
    ib_text_u64(&text, frame->width_px);
    ib_text_str(&text, " height=");
    ib_text_u64(&text, frame->height_px);
    ib_text_str(&text, " unit=");
    ib_text_str(&text, ib_csv_unit_name(frame, wanted));
    ib_text_str(&text, " decimals=");
    ib_text_u64(&text, counts ? 0 : IB_CSV_DECIMALS);
    ib_text_str(&text, " gain=");
    ib_text_str(&text, gain_name(frame->gain));
    ib_text_str(&text, " ffc=");
    ib_text_str(&text, ffc_name(frame->ffc_state));
    if (frame->flags & IB_FRAME_AFTER_GAP)
        ib_text_str(&text, " after_gap=1");
    return finish(&text);
}

int ib_csv_row(char *out, size_t capacity, const struct ib_frame *frame, enum ib_csv_unit wanted,
               uint16_t y) {
    struct ib_text text;
    enum ib_csv_unit unit = ib_csv_unit_of(frame, wanted);
    const uint16_t *row = frame->pixels + (size_t)y * frame->width_px;
    ib_text_init(&text, out, capacity);
    for (size_t x = 0; x < frame->width_px; x++) {
        if (x > 0)
            ib_text_char(&text, ',');
        put_value(&text, frame, unit, row[x]);
    }
    return finish(&text);
}

int ib_csv_summary_title(char *out, size_t capacity) {
    struct ib_text text;
    ib_text_init(&text, out, capacity);
    ib_text_str(&text, "frame,time,unit,min,min_x,min_y,max,max_x,max_y,mean,ffc,gain,after_gap");
    return finish(&text);
}

static void put_extreme(struct ib_text *text, const struct ib_frame *frame, enum ib_csv_unit unit,
                        size_t at) {
    put_value(text, frame, unit, frame->pixels[at]);
    ib_text_char(text, ',');
    ib_text_u64(text, at % frame->width_px);
    ib_text_char(text, ',');
    ib_text_u64(text, at / frame->width_px);
    ib_text_char(text, ',');
}

int ib_csv_summary(char *out, size_t capacity, const struct ib_frame *frame,
                   enum ib_csv_unit wanted, const char *moment) {
    struct ib_text text;
    enum ib_csv_unit unit = ib_csv_unit_of(frame, wanted);
    size_t count = (size_t)frame->width_px * frame->height_px, coldest = 0, hottest = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += frame->pixels[i];
        coldest = frame->pixels[i] < frame->pixels[coldest] ? i : coldest;
        hottest = frame->pixels[i] > frame->pixels[hottest] ? i : hottest;
    }
    if (count == 0)
        return IB_E_RANGE;
    ib_text_init(&text, out, capacity);
    ib_text_u64(&text, frame->sequence);
    ib_text_char(&text, ',');
    ib_text_str(&text, moment);
    ib_text_char(&text, ',');
    ib_text_str(&text, ib_csv_unit_name(frame, wanted));
    ib_text_char(&text, ',');
    put_extreme(&text, frame, unit, coldest);
    put_extreme(&text, frame, unit, hottest);
    ib_text_fixed(&text, hundredths(frame, unit, sum, count), IB_CSV_DECIMALS);
    ib_text_char(&text, ',');
    ib_text_str(&text, ffc_name(frame->ffc_state));
    ib_text_char(&text, ',');
    ib_text_str(&text, gain_name(frame->gain));
    ib_text_str(&text, frame->flags & IB_FRAME_AFTER_GAP ? ",1" : ",0");
    return finish(&text);
}
