/// Frames as files. What a number means is said in every one that holds numbers.
#include "apps/ironbow/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apps/ironbow/known_rows.h"
#include "apps/ironbow/moment.h"
#include "apps/ironbow/picture.h"
#include "apps/ironbow/record_names.h"
#include "apps/ironbow/region_options.h"
#include "apps/ironbow/report.h"
#include "apps/ironbow/visible.h"
#include "core/json.h"
#include "core/status.h"
#include "image/image.h"
#include "image/palette.h"
#include "image/range.h"
#include "ports/linux/png.h"
#include "ports/linux/tiff.h"
#include "record/image_json.h"

struct say {
    char *text;
    size_t size;
};

static int fail(struct say say, const char *what) {
    snprintf(say.text, say.size, "%s", what);
    return -1;
}

static const struct {
    const char *name;
    enum ib_app_export_format format;
} FORMATS[] = {
    {"png", IB_APP_EXPORT_PNG},   {"png16", IB_APP_EXPORT_PNG16},
    {"jpg", IB_APP_EXPORT_JPG},   {"jpeg", IB_APP_EXPORT_JPG},
    {"tiff", IB_APP_EXPORT_TIFF}, {"tif", IB_APP_EXPORT_TIFF},
    {"csv", IB_APP_EXPORT_CSV},   {"tiff-float", IB_APP_EXPORT_TIFF_FLOAT},
    {"tjsn", IB_APP_EXPORT_TJSN},
};

int ib_app_export_format_named(const char *name) {
    for (size_t i = 0; i < sizeof FORMATS / sizeof FORMATS[0]; i++) {
        if (strcmp(name, FORMATS[i].name) == 0)
            return (int)FORMATS[i].format;
    }
    return IB_E_NOT_FOUND;
}

int ib_app_export_format_of(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && !strchr(dot, '/') ? ib_app_export_format_named(dot + 1) : IB_E_NOT_FOUND;
}

bool ib_app_export_unit(struct ib_app_export_style *style, const char *text) {
    static const struct {
        const char *name;
        enum ib_csv_unit unit;
    } UNITS[] = {{"C", IB_CSV_CELSIUS},
                 {"F", IB_CSV_FAHRENHEIT},
                 {"K", IB_CSV_KELVIN},
                 {"counts", IB_CSV_COUNTS}};
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (strcasecmp(text, UNITS[i].name) != 0)
            continue;
        style->unit = UNITS[i].unit;
        return true;
    }
    return false;
}

// ---- coloured pictures ----

/// The range of this frame, as it is wanted.
static int range_of(struct ib_range *out, const struct ib_frame *frame,
                    const struct ib_app_colouring *colours, struct say say) {
    struct ib_range_options options = ib_range_defaults();
    const struct ib_image pixels =
        ib_image_of(frame->pixels, IB_PIXELS_GREY16, frame->width_px, frame->height_px);
    options.mode = colours->range;
    if (colours->range == IB_RANGE_FIXED && frame->unit != IB_UNIT_KELVIN)
        return fail(say, "--range: this image holds no temperatures");
    if (colours->range == IB_RANGE_FIXED) {
        options.low = (uint32_t)ib_app_colouring_value(frame, colours->low_c);
        options.high = (uint32_t)ib_app_colouring_value(frame, colours->high_c);
    }
    if (colours->range == IB_RANGE_MIN_MAX)
        options.least_span = 0;
    struct ib_range_scratch *scratch = malloc(sizeof *scratch);
    int status = scratch ? ib_range_init(out, &options) : IB_E_NO_SPACE;
    if (status == IB_OK)
        status = ib_range_update(out, &pixels, scratch);
    free(scratch);
    return status == IB_OK ? 0 : fail(say, ib_status_text(status));
}

static int make_png(const struct ib_frame *frame, const struct ib_app_export_style *style,
                    uint8_t **bytes, size_t *size, struct say say) {
    struct ib_range range;
    char about[160];
    uint8_t colours[IB_PALETTE_COLOURS][3];
    const struct ib_palette *palette = ib_palette_find(style->colours.palette);
    if (!palette)
        return fail(say, "there is no such palette");
    if (range_of(&range, frame, &style->colours, say) != 0)
        return -1;
    uint8_t *indices = ib_app_picture_levels(frame, style->scale, &range);
    if (!indices)
        return fail(say, "out of memory");
    ib_palette_fill_rgb888(palette, colours[0]);
    ib_app_span_print(about, sizeof about, frame);
    const struct ib_image picture =
        ib_image_of(indices, IB_PIXELS_GREY, (int32_t)(frame->width_px * style->scale),
                    (int32_t)(frame->height_px * style->scale));
    const struct ib_png_style look = {.palette = (const uint8_t(*)[3])colours, .comment = about};
    int status = ib_png_encode(&picture, &look, bytes, size);
    free(indices);
    return status == IB_OK ? 0 : fail(say, ib_status_text(status));
}

static int make_jpg(const struct ib_frame *frame, const struct ib_app_export_style *style,
                    uint8_t **bytes, size_t *size, struct say say) {
    struct ib_app_visible_style look = ib_app_visible_default;
    struct ib_app_visible *visible;
    const uint8_t *jpeg;
    look.palette = style->colours.palette;
    look.width_px = (int32_t)(frame->width_px * style->scale);
    look.height_px = (int32_t)(frame->height_px * style->scale);
    look.still = true;
    look.range = style->colours.range;
    if (look.range == IB_RANGE_FIXED && frame->unit != IB_UNIT_KELVIN)
        return fail(say, "--range: this image holds no temperatures");
    if (look.range == IB_RANGE_FIXED) {
        look.low = ib_app_colouring_value(frame, style->colours.low_c);
        look.high = ib_app_colouring_value(frame, style->colours.high_c);
    }
    int status = ib_app_visible_open(&visible, &look);
    if (status == IB_E_RANGE)
        return fail(say, "a JPEG is a multiple of 16 pixels each way, up to 1280: --scale 2, 4, 6 "
                         "or 8");
    if (status != IB_OK)
        return fail(say, status == IB_E_NOT_FOUND ? "there is no such palette" : "out of memory");
    status = ib_app_visible_jpeg(visible, frame, &jpeg, size);
    *bytes = status == IB_OK ? malloc(*size) : NULL;
    if (*bytes)
        memcpy(*bytes, jpeg, *size);
    ib_app_visible_close(visible);
    return *bytes ? 0 : fail(say, "out of memory");
}

// ---- numbers ----

static void put_moment(struct ib_json_writer *json, int64_t wall_us) {
    char text[40];
    if (wall_us <= 0)
        return;
    ib_app_moment_iso(wall_us, text, sizeof text);
    ib_json_put_string(json, "time", text);
    ib_json_put_int(json, "unix_us", wall_us);
}

/// Names may hold anything; a TIFF's description is ASCII.
static const char *ascii(char out[65], const char *text) {
    size_t i = 0;
    for (; text[i] && i < 64; i++)
        out[i] = (unsigned char)text[i] >= ' ' && (unsigned char)text[i] < 0x7F ? text[i] : '?';
    out[i] = '\0';
    return out;
}

static void put_facts(struct ib_json_writer *json, const struct ib_frame *frame,
                      const struct ib_app_export_facts *facts, bool as_float) {
    char name[65];
    bool kelvin = frame->unit == IB_UNIT_KELVIN;
    ib_json_open_object(json, NULL);
    ib_json_put_int(json, "ironbow", 1);
    ib_json_put_string(json, "unit",
                       kelvin ? (as_float ? "celsius" : "kelvin") : ib_app_unit_name(frame->unit));
    if (kelvin && !as_float)
        ib_json_put_fixed(json, "scale", frame->scale_ck, 2);
    ib_json_put_bool(json, "radiometric", kelvin);
    ib_json_put_int(json, "frame", frame->sequence);
    put_moment(json, facts->wall_us);
    if (facts->camera[0])
        ib_json_put_string(json, "camera", ascii(name, facts->camera));
    if (facts->model[0])
        ib_json_put_string(json, "model", ascii(name, facts->model));
    ib_json_put_string(json, "gain", ib_app_gain_name(frame->gain));
    ib_json_put_string(json, "ffc", ib_app_ffc_name(frame->ffc_state));
    ib_json_put_bool(json, "agc", frame->agc);
    if (frame->fpa_ck)
        ib_json_put_fixed(json, "fpa_c", ib_app_centi_c(frame->fpa_ck), 2);
    if (frame->housing_ck)
        ib_json_put_fixed(json, "housing_c", ib_app_centi_c(frame->housing_ck), 2);
    ib_json_put_int(json, "uptime_ms", frame->uptime_ms);
    ib_json_put_int(json, "counter", frame->source_counter);
    ib_json_put_bool(json, "after_gap", (frame->flags & IB_FRAME_AFTER_GAP) != 0);
    ib_json_close_object(json);
}

void ib_app_export_describe(char *out, size_t size, const struct ib_frame *frame,
                            const struct ib_app_export_facts *facts, bool as_float) {
    int used = 0;
    if (frame->unit == IB_UNIT_KELVIN && as_float)
        used = snprintf(out, size,
                        "Thermal image: every value is a temperature in degrees "
                        "Celsius.\n");
    else if (frame->unit == IB_UNIT_KELVIN)
        used =
            snprintf(out, size,
                     "Thermal image: kelvin = value * %s; degrees Celsius = value * %s - "
                     "273.15.\n",
                     frame->scale_ck == 1 ? "0.01" : "0.1", frame->scale_ck == 1 ? "0.01" : "0.1");
    else
        used = snprintf(out, size,
                        "Thermal image, not radiometric: values are %s, no "
                        "temperatures.\n",
                        frame->unit == IB_UNIT_GREY8 ? "greys made by the sensor's AGC"
                                                     : "the sensor's counts");
    struct ib_json_writer json;
    if (used < 0 || (size_t)used >= size)
        return;
    ib_json_begin(&json, out + used, size - (size_t)used);
    put_facts(&json, frame, facts, as_float);
    if (ib_json_finish(&json) < 0)
        out[used - 1] = '\0';
}

void ib_app_export_values(float *out, const struct ib_frame *frame) {
    bool kelvin = frame->unit == IB_UNIT_KELVIN;
    for (size_t i = 0; i < (size_t)frame->width_px * frame->height_px; i++) {
        int32_t value = frame->pixels[i];
        out[i] = kelvin ? (float)(ib_app_centi_c(value * frame->scale_ck) / 100.0) : (float)value;
    }
}

static int make_tiff(bool as_float, const struct ib_frame *frame,
                     const struct ib_app_export_facts *facts, uint8_t **bytes, size_t *size,
                     struct say say) {
    char description[1024], moment[24] = "";
    float *values = NULL;
    struct ib_tiff *tiff;
    const uint8_t *made;
    ib_app_export_describe(description, sizeof description, frame, facts, as_float);
    if (facts->wall_us > 0)
        ib_app_moment_tiff(facts->wall_us, moment, sizeof moment);
    if (as_float) {
        values = malloc((size_t)frame->width_px * frame->height_px * sizeof *values);
        if (!values)
            return fail(say, "out of memory");
        ib_app_export_values(values, frame);
    }
    const struct ib_tiff_page page = {.width_px = frame->width_px,
                                      .height_px = frame->height_px,
                                      .pixels = frame->pixels,
                                      .values = values,
                                      .description = description,
                                      .software = "ironbow " IB_VERSION,
                                      .moment = moment};
    *bytes = NULL;
    if (ib_tiff_open(&tiff) != IB_OK) {
        free(values);
        return fail(say, "out of memory");
    }
    int status = ib_tiff_add(tiff, &page, say.text, say.size);
    if (status == IB_OK) {
        ib_tiff_bytes(tiff, &made, size);
        *bytes = malloc(*size);
        if (*bytes)
            memcpy(*bytes, made, *size);
        else
            fail(say, "out of memory");
    }
    ib_tiff_close(tiff, NULL, 0);
    free(values);
    return *bytes ? 0 : -1;
}

static int make_csv(const struct ib_frame *frame, const struct ib_app_export_facts *facts,
                    const struct ib_app_export_style *style, uint8_t **bytes, size_t *size,
                    struct say say) {
    char moment[40] = "unknown";
    size_t capacity = IB_CSV_LINE_BYTES + frame->height_px * IB_CSV_ROW_BYTES(frame->width_px);
    char *text = malloc(capacity);
    if (!text)
        return fail(say, "out of memory");
    if (facts->wall_us > 0)
        ib_app_moment_iso(facts->wall_us, moment, sizeof moment);
    int got = ib_csv_title(text, capacity, frame, style->unit, moment);
    size_t used = 0;
    for (uint16_t y = 0; got >= 0 && y <= frame->height_px; y++) {
        used += (size_t)got;
        got = y < frame->height_px ? ib_csv_row(text + used, capacity - used, frame, style->unit, y)
                                   : 0;
    }
    if (got < 0) {
        free(text);
        return fail(say, ib_status_text(got));
    }
    *bytes = (uint8_t *)text;
    *size = used;
    return 0;
}

static int make_tjsn(const struct ib_frame *frame, const struct ib_app_export_facts *facts,
                     uint8_t **bytes, size_t *size, struct say say) {
    struct ib_image_metadata metadata = {.model = ib_app_tcam_model_of(facts->model)};
    snprintf(metadata.camera, sizeof metadata.camera, "%s", facts->camera);
    snprintf(metadata.version, sizeof metadata.version, "%s", IB_VERSION);
    ib_app_moment_texts(facts->wall_us, metadata.time, metadata.date);
    struct ib_frame said = *frame;
    if (!(frame->flags & IB_FRAME_TELEMETRY))
        ib_app_known_rows(&said);
    char *text = malloc(IB_IMAGE_JSON_BYTES);
    if (!text)
        return fail(say, "out of memory");
    int got = ib_image_json_write(text, IB_IMAGE_JSON_BYTES, &said, &metadata);
    if (got < 0) {
        free(text);
        return fail(say, got == IB_E_UNSUPPORTED
                             ? ".tjsn cannot hold pictures that are not 160x120 or 80x60"
                             : ib_status_text(got));
    }
    *bytes = (uint8_t *)text;
    *size = (size_t)got;
    return 0;
}

static int make_png16(const struct ib_frame *frame, const struct ib_app_export_facts *facts,
                      uint8_t **bytes, size_t *size, struct say say) {
    char description[1024];
    ib_app_export_describe(description, sizeof description, frame, facts, false);
    const struct ib_image picture =
        ib_image_of(frame->pixels, IB_PIXELS_GREY16, frame->width_px, frame->height_px);
    const struct ib_png_style look = {.comment = description};
    int status = ib_png_encode(&picture, &look, bytes, size);
    return status == IB_OK ? 0 : fail(say, ib_status_text(status));
}

static int make(enum ib_app_export_format format, const struct ib_frame *frame,
                const struct ib_app_export_facts *facts, const struct ib_app_export_style *style,
                uint8_t **bytes, size_t *size, struct say say) {
    switch (format) {
    case IB_APP_EXPORT_PNG:
        return make_png(frame, style, bytes, size, say);
    case IB_APP_EXPORT_PNG16:
        return make_png16(frame, facts, bytes, size, say);
    case IB_APP_EXPORT_JPG:
        return make_jpg(frame, style, bytes, size, say);
    case IB_APP_EXPORT_TIFF:
    case IB_APP_EXPORT_TIFF_FLOAT:
        return make_tiff(format == IB_APP_EXPORT_TIFF_FLOAT, frame, facts, bytes, size, say);
    case IB_APP_EXPORT_CSV:
        return make_csv(frame, facts, style, bytes, size, say);
    case IB_APP_EXPORT_TJSN:
    default:
        return make_tjsn(frame, facts, bytes, size, say);
    }
}

int ib_app_export(enum ib_app_export_format format, const struct ib_frame *frame,
                  const struct ib_app_export_facts *facts, const struct ib_app_export_style *style,
                  uint8_t **bytes, size_t *size, char *problem, size_t problem_size) {
    struct say say = {problem, problem_size};
    *bytes = NULL;
    if (style->object.mask == 0)
        return make(format, frame, facts, style, bytes, size, say);
    struct ib_frame anew = *frame;
    anew.pixels = malloc((size_t)frame->width_px * frame->height_px * sizeof *anew.pixels);
    if (!anew.pixels)
        return fail(say, "out of memory");
    int status = ib_app_remeasure(anew.pixels, frame, &style->object);
    int made = status == IB_OK ? make(format, &anew, facts, style, bytes, size, say)
                               : fail(say, ib_app_remeasure_problem(status));
    free(anew.pixels);
    return made;
}
