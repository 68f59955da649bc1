/// Regions and quantities as text. See docs/measure.md for the grammar.
#include <string.h>

#include "core/status.h"
#include "measure/region.h"
#include "measure/scan_private.h"

#define ZERO_C 273.15
#define MOST IB_REGION_MOST_PX

bool ib_measure_name_ok(const char *name, size_t size) {
    if (size < 1 || size >= IB_MEASURE_NAME_BYTES)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        bool first = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool later = (c >= '0' && c <= '9') || c == '-';
        if (!first && !(i > 0 && later))
            return false;
    }
    return true;
}

// ---- shapes ----

static int point(struct ib_scan *in, struct ib_region_point *out) {
    int status = ib_scan_int(in, 0, MOST, "x", &out->x);
    if (status == IB_OK && !ib_scan_char(in, ','))
        return ib_scan_fail(in, IB_E_FORMAT, "expected ',' and y");
    return status == IB_OK ? ib_scan_int(in, 0, MOST, "y", &out->y) : status;
}

/// WxH, or with `round` a single number for both.
static int size_of(struct ib_scan *in, bool round, const char *what, struct ib_region *out) {
    int status = ib_scan_int(in, 1, MOST, what, &out->w);
    out->h = out->w;
    if (status != IB_OK || (round && ib_scan_peek(in) != 'x'))
        return status;
    if (!ib_scan_char(in, 'x'))
        return ib_scan_fail(in, IB_E_FORMAT, "expected a size such as 40x30");
    return ib_scan_int(in, 1, MOST, what, &out->h);
}

static int parse_spot(struct ib_scan *in, struct ib_region *out) {
    int status = point(in, &out->points[0]);
    out->shape = IB_SHAPE_SPOT;
    out->w = 1;
    if (status == IB_OK && ib_scan_char(in, ','))
        status = ib_scan_int(in, 1, IB_REGION_SPOT_MOST_PX, "the side of a spot", &out->w);
    out->h = out->w;
    return status;
}

static int parse_box(struct ib_scan *in, struct ib_region *out) {
    int status = point(in, &out->points[0]);
    out->shape = IB_SHAPE_BOX;
    if (status == IB_OK && !ib_scan_char(in, ','))
        return ib_scan_fail(in, IB_E_FORMAT, "expected ',' and the size, such as 40x30");
    return status == IB_OK ? size_of(in, false, "width and height", out) : status;
}

/// "60,40" is a spot, "60,40,40x30" a box.
static int parse_bare(struct ib_scan *in, struct ib_region *out) {
    size_t start = in->at;
    char first = ib_scan_peek(in);
    if (first < '0' || first > '9')
        return ib_scan_fail(in, IB_E_FORMAT,
                            "expected spot: box: line: poly: circle: ellipse: or X,Y,WIDTHxHEIGHT");
    int status = point(in, &out->points[0]);
    if (status != IB_OK)
        return status;
    bool box = ib_scan_peek(in) == ',';
    in->at = start;
    return box ? parse_box(in, out) : parse_spot(in, out);
}

static int parse_ellipse(struct ib_scan *in, struct ib_region *out) {
    int status = point(in, &out->points[0]);
    out->shape = IB_SHAPE_ELLIPSE;
    if (status == IB_OK && !ib_scan_char(in, ','))
        return ib_scan_fail(in, IB_E_FORMAT, "expected ',' and the radius");
    return status == IB_OK ? size_of(in, true, "a radius", out) : status;
}

static int parse_line(struct ib_scan *in, struct ib_region *out) {
    int status = point(in, &out->points[0]);
    out->shape = IB_SHAPE_LINE;
    out->point_count = 2;
    if (status == IB_OK && !ib_scan_char(in, '-') && !ib_scan_blanks(in))
        return ib_scan_fail(in, IB_E_FORMAT, "expected '-' and the other end");
    return status == IB_OK ? point(in, &out->points[1]) : status;
}

static bool has_area(const struct ib_region *self) {
    const struct ib_region_point *p = self->points;
    for (unsigned i = 2; i < self->point_count; i++) {
        for (unsigned j = 1; j < i; j++) {
            int32_t ax = p[j].x - p[0].x, ay = p[j].y - p[0].y;
            int32_t bx = p[i].x - p[0].x, by = p[i].y - p[0].y;
            if (ax * by != bx * ay)
                return true;
        }
    }
    return false;
}

static int parse_polygon(struct ib_scan *in, struct ib_region *out) {
    size_t start = in->at;
    out->shape = IB_SHAPE_POLYGON;
    do {
        if (out->point_count == IB_REGION_POINTS)
            return ib_scan_fail(in, IB_E_RANGE, "a polygon has 16 corners at most");
        int status = point(in, &out->points[out->point_count]);
        if (status != IB_OK)
            return status;
        out->point_count++;
    } while (ib_scan_char(in, '-') || ib_scan_blanks(in));
    if (out->point_count < 3)
        return ib_scan_fail(in, IB_E_FORMAT, "a polygon has 3 corners at least");
    if (!has_area(out))
        return ib_scan_fail_at(in, start, IB_E_RANGE, "a polygon's corners must not be in a line");
    return IB_OK;
}

static int parse_shape(struct ib_scan *in, struct ib_region *out) {
    static const struct {
        const char *word;
        int (*parse)(struct ib_scan *in, struct ib_region *out);
    } shapes[] = {
        {"spot:", parse_spot},       {"box:", parse_box},         {"line:", parse_line},
        {"poly:", parse_polygon},    {"polygon:", parse_polygon}, {"circle:", parse_ellipse},
        {"ellipse:", parse_ellipse},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (ib_scan_word(in, shapes[i].word))
            return shapes[i].parse(in, out);
    }
    return parse_bare(in, out);
}

// ---- parameters ----

static const struct {
    const char *word;
    unsigned field;
    bool temperature;
} parameters[] = {
    {"e", IB_OBJECT_EMISSIVITY, false},
    {"refl", IB_OBJECT_REFLECTED, true},
    {"tau", IB_OBJECT_ATMOSPHERE, false},
    {"air", IB_OBJECT_ATMOSPHERE_K, true},
    {"win", IB_OBJECT_WINDOW, false},
    {"wint", IB_OBJECT_WINDOW_K, true},
    {"winr", IB_OBJECT_WINDOW_REFLECTION, false},
    {"winrefl", IB_OBJECT_WINDOW_REFLECTED, true},
};
#define PARAMETERS (sizeof parameters / sizeof parameters[0])

/// 0.95 or 95%.
static int share(struct ib_scan *in, double least, const char *what, double *out) {
    size_t start = in->at;
    int status = ib_scan_real(in, in->size, 0, 100, what, out);
    if (status != IB_OK)
        return status;
    if (ib_scan_char(in, '%'))
        *out /= 100;
    if (*out >= least && *out <= 1)
        return IB_OK;
    return ib_scan_fail_at(in, start, IB_E_RANGE,
                           least > 0 ? "must be 0.01 to 1 (or 1% to 100%)"
                                     : "must be 0 to 1 (or 0% to 100%)");
}

struct air {
    bool has_distance, has_humidity;
    double distance_m, humidity;
};

static int parse_parameter(struct ib_scan *in, struct ib_object_change *out, struct air *air) {
    for (size_t i = 0; i < PARAMETERS; i++) {
        size_t start = in->at;
        if (!ib_scan_word(in, parameters[i].word) || !ib_scan_char(in, '=')) {
            in->at = start;
            continue;
        }
        unsigned field = parameters[i].field;
        double *value = ib_object_value(&out->object, field);
        out->mask |= field;
        if (parameters[i].temperature)
            return ib_scan_temperature(in, in->size, IB_DEGREES_C, parameters[i].word, value);
        return share(in, field == IB_OBJECT_WINDOW_REFLECTION ? 0 : 0.01, parameters[i].word,
                     value);
    }
    if (ib_scan_word(in, "dist=")) {
        air->has_distance = true;
        int status = ib_scan_real(in, in->size, 0, 10000, "dist", &air->distance_m);
        if (status == IB_OK)
            ib_scan_word(in, "m");
        return status;
    }
    if (ib_scan_word(in, "rh=")) {
        air->has_humidity = true;
        int status = ib_scan_real(in, in->size, 0, 100, "rh", &air->humidity);
        ib_scan_char(in, '%');
        air->humidity /= 100;
        return status;
    }
    return ib_scan_fail(in, IB_E_FORMAT,
                        "expected e= refl= tau= air= dist= rh= win= wint= winr= or winrefl=");
}

/// Distance and humidity become a transmission.
static int apply_air(const struct ib_scan *in, size_t start, struct ib_object_change *out,
                     const struct air *air) {
    if (!air->has_distance && !air->has_humidity)
        return IB_OK;
    if (!air->has_distance)
        return ib_scan_fail_at(in, start, IB_E_FORMAT, "rh= needs dist= too");
    if (out->mask & IB_OBJECT_ATMOSPHERE)
        return ib_scan_fail_at(in, start, IB_E_FORMAT, "either tau= or dist= and rh=");
    out->mask |= IB_OBJECT_ATMOSPHERE;
    if (ib_atmosphere_estimate(air->distance_m, air->has_humidity ? air->humidity : 0.5,
                               out->object.atmosphere_k, &out->object.atmosphere) == IB_OK)
        return IB_OK;
    return ib_scan_fail_at(in, start, IB_E_RANGE,
                           "so far, warm or humid that the estimate for the air does not hold");
}

static int parse_parameters(struct ib_scan *in, struct ib_object_change *out) {
    size_t start = in->at;
    struct air air = {0};
    do {
        int status = parse_parameter(in, out, &air);
        if (status != IB_OK)
            return status;
    } while (ib_scan_char(in, ','));
    int status = apply_air(in, start, out, &air);
    if (status == IB_OK && ib_object_check(&out->object, NULL) != IB_OK)
        return ib_scan_fail_at(in, start, IB_E_RANGE, "winr= must be at most 1 - win=");
    return status;
}

int ib_region_parse(struct ib_region *out, const char *text, size_t size, struct ib_text *problem) {
    struct ib_scan in;
    ib_scan_init(&in, text, size, problem);
    memset(out, 0, sizeof *out);
    out->object.object = ib_object_black;
    ib_scan_blanks(&in);
    int status = ib_scan_name(&in, '=', ":,@", out->name);
    if (status == IB_OK)
        status = parse_shape(&in, out);
    if (status == IB_OK && ib_scan_char(&in, '@'))
        status = parse_parameters(&in, &out->object);
    if (status != IB_OK)
        return status;
    ib_scan_blanks(&in);
    return ib_scan_end(&in) ? IB_OK : ib_scan_fail(&in, IB_E_FORMAT, "not understood from here on");
}

// ---- printing ----

static void put_point(struct ib_text *text, struct ib_region_point at) {
    ib_text_i64(text, at.x);
    ib_text_char(text, ',');
    ib_text_i64(text, at.y);
}

static void put_size(struct ib_text *text, const struct ib_region *self) {
    ib_text_char(text, ',');
    ib_text_i64(text, self->w);
    ib_text_char(text, 'x');
    ib_text_i64(text, self->h);
}

static void put_shape(struct ib_text *text, const struct ib_region *self) {
    static const char *const words[] = {"spot:", "box:", "line:", "poly:", "ellipse:"};
    bool circle = self->shape == IB_SHAPE_ELLIPSE && self->w == self->h;
    ib_text_str(text, circle ? "circle:" : words[self->shape]);
    put_point(text, self->points[0]);
    if (circle || (self->shape == IB_SHAPE_SPOT && self->w > 1)) {
        ib_text_char(text, ',');
        ib_text_i64(text, self->w);
    } else if (self->shape == IB_SHAPE_BOX || self->shape == IB_SHAPE_ELLIPSE) {
        put_size(text, self);
    }
    for (unsigned i = 1; i < self->point_count; i++) {
        ib_text_char(text, '-');
        put_point(text, self->points[i]);
    }
}

void ib_region_print(struct ib_text *text, const struct ib_region *self, bool named) {
    if (named && self->name[0]) {
        ib_text_str(text, self->name);
        ib_text_char(text, '=');
    }
    put_shape(text, self);
    struct ib_object object = self->object.object;
    char before = '@';
    for (size_t i = 0; i < PARAMETERS; i++) {
        if (!(self->object.mask & parameters[i].field))
            continue;
        double value = *ib_object_value(&object, parameters[i].field);
        ib_text_char(text, before);
        ib_text_str(text, parameters[i].word);
        ib_text_char(text, '=');
        if (parameters[i].temperature)
            ib_degrees_put_number(text, value - ZERO_C, 2);
        else
            ib_degrees_put_number(text, value, 4);
        before = ',';
    }
}

static bool points_ok(const struct ib_region *self, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        const struct ib_region_point *p = &self->points[i];
        if (p->x < 0 || p->x > MOST || p->y < 0 || p->y > MOST)
            return false;
    }
    return true;
}

bool ib_region_ok(const struct ib_region *self) {
    size_t name = 0;
    while (name < sizeof self->name && self->name[name])
        name++;
    if (name > 0 && !ib_measure_name_ok(self->name, name))
        return false;
    if (self->object.mask && ib_object_check(&self->object.object, NULL) != IB_OK)
        return false;
    bool sized = self->w >= 1 && self->w <= MOST && self->h >= 1 && self->h <= MOST;
    switch (self->shape) {
    case IB_SHAPE_SPOT:
        return sized && self->w <= IB_REGION_SPOT_MOST_PX && points_ok(self, 1);
    case IB_SHAPE_BOX:
    case IB_SHAPE_ELLIPSE:
        return sized && self->point_count == 0 && points_ok(self, 1);
    case IB_SHAPE_LINE:
        return self->point_count == 2 && points_ok(self, 2);
    case IB_SHAPE_POLYGON:
        return self->point_count >= 3 && self->point_count <= IB_REGION_POINTS &&
               points_ok(self, self->point_count) && has_area(self);
    default:
        return false;
    }
}

// ---- quantities ----

static const char *const stat_names[IB_STAT_COUNT] = {"min", "max", "mean", "median"};

const char *ib_stat_name(enum ib_stat stat) {
    return (unsigned)stat < IB_STAT_COUNT ? stat_names[stat] : "?";
}

int ib_stat_named(const char *name, size_t size) {
    for (int i = 0; i < IB_STAT_COUNT; i++) {
        if (strlen(stat_names[i]) == size && memcmp(stat_names[i], name, size) == 0)
            return i;
    }
    return -1;
}

static bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/// REGION or REGION.STAT.
static int operand(struct ib_scan *in, char name[IB_MEASURE_NAME_BYTES], enum ib_stat otherwise,
                   uint8_t *stat) {
    size_t start = in->at;
    while (is_name_char(ib_scan_peek(in)))
        in->at++;
    size_t size = in->at - start;
    if (!ib_measure_name_ok(in->text + start, size)) {
        in->at = start;
        return ib_scan_fail(in, IB_E_FORMAT, "expected a region's name");
    }
    memcpy(name, in->text + start, size);
    name[size] = '\0';
    *stat = (uint8_t)otherwise;
    if (!ib_scan_char(in, '.'))
        return IB_OK;
    size_t word = in->at;
    while (ib_scan_peek(in) >= 'a' && ib_scan_peek(in) <= 'z')
        in->at++;
    int found = ib_stat_named(in->text + word, in->at - word);
    if (found < 0) {
        in->at = word;
        return ib_scan_fail(in, IB_E_FORMAT, "expected min, max, mean or median");
    }
    *stat = (uint8_t)found;
    return IB_OK;
}

int ib_scan_quantity(struct ib_scan *self, enum ib_stat stat, struct ib_quantity *out) {
    memset(out, 0, sizeof *out);
    int status = operand(self, out->region, stat, &out->stat);
    if (status != IB_OK || !ib_scan_char(self, '-'))
        return status;
    char next = ib_scan_peek(self);
    if ((next >= '0' && next <= '9') || next == '-') {
        out->kind = IB_QUANTITY_LESS_FIXED;
        return ib_scan_temperature(self, self->size, IB_DEGREES_C, "the reference", &out->fixed_k);
    }
    out->kind = IB_QUANTITY_LESS_REGION;
    return operand(self, out->other, (enum ib_stat)out->stat, &out->other_stat);
}

int ib_quantity_parse(struct ib_quantity *out, const char *text, size_t size, enum ib_stat stat,
                      struct ib_text *problem) {
    struct ib_scan in;
    ib_scan_init(&in, text, size, problem);
    int status = ib_scan_quantity(&in, stat, out);
    return status == IB_OK ? (int)in.at : status;
}

void ib_quantity_print(struct ib_text *text, const struct ib_quantity *self) {
    ib_text_str(text, self->region);
    ib_text_char(text, '.');
    ib_text_str(text, ib_stat_name((enum ib_stat)self->stat));
    if (self->kind == IB_QUANTITY_PLAIN)
        return;
    ib_text_char(text, '-');
    if (self->kind == IB_QUANTITY_LESS_FIXED) {
        ib_degrees_put_number(text, self->fixed_k - ZERO_C, 2);
        ib_text_char(text, 'C');
        return;
    }
    ib_text_str(text, self->other);
    ib_text_char(text, '.');
    ib_text_str(text, ib_stat_name((enum ib_stat)self->other_stat));
}

int ib_quantity_k(const struct ib_quantity *self, const struct ib_regions *regions, double *out) {
    int index = ib_regions_find(regions, self->region, strlen(self->region));
    if (index < 0)
        return IB_E_NOT_FOUND;
    int status = ib_reading_k(&regions->reading[index], (enum ib_stat)self->stat, out);
    if (status != IB_OK || self->kind == IB_QUANTITY_PLAIN)
        return status;
    double less = self->fixed_k;
    if (self->kind == IB_QUANTITY_LESS_REGION) {
        index = ib_regions_find(regions, self->other, strlen(self->other));
        if (index < 0)
            return IB_E_NOT_FOUND;
        status = ib_reading_k(&regions->reading[index], (enum ib_stat)self->other_stat, &less);
    }
    *out -= less;
    return status;
}
