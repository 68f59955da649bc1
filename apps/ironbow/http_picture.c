/// Pictures: single ones, and motion JPEG. One style is made visible once a frame, for all who watch
/// it; nothing is made while nobody does.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/colouring.h"
#include "apps/ironbow/export.h"
#include "apps/ironbow/http_session.h"
#include "core/status.h"
#include "image/palette.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/png.h"

#define BOUNDARY "ironbow-frame"
/// A picture is 4:3, and both sides are multiples of 16 (visible.h).
#define WIDTH_STEP_PX 64
#define ABSOLUTE_ZERO_C (-273.15)
#define HOTTEST_C 5000

// ---- styles ----

/// One end, or both; without an end it goes on to the coldest or hottest. False: as below.
static bool read_isotherm(struct ib_app_http_session *self) {
    struct ib_app_http_wish *wish = &self->wish;
    char colour[8] = "27e07d", *end;
    wish->isotherm_low_c = ABSOLUTE_ZERO_C;
    wish->isotherm_high_c = HOTTEST_C;
    int low = ib_app_http_query_real(self, "isotherm_low", ABSOLUTE_ZERO_C, HOTTEST_C,
                                     &wish->isotherm_low_c);
    int high = low < 0 ? -1
                       : ib_app_http_query_real(self, "isotherm_high", ABSOLUTE_ZERO_C, HOTTEST_C,
                                                &wish->isotherm_high_c);
    if (high < 0 || ib_app_http_query_text(self, "isotherm_colour", colour, sizeof colour) < 0)
        return false;
    wish->has_isotherm = low || high;
    if (wish->isotherm_low_c > wish->isotherm_high_c) {
        ib_app_http_error(self, 400, "isotherm_low must not be higher than isotherm_high");
        return false;
    }
    wish->isotherm_rgb = (uint32_t)strtoul(colour, &end, 16);
    if (strlen(colour) != 6 || *end || strspn(colour, "0123456789abcdefABCDEF") != 6) {
        ib_app_http_error(self, 400, "isotherm_colour: must be six hexadecimal digits");
        return false;
    }
    return true;
}

/// What the query says. False: it is wrong, and that is answered.
static bool read_style(struct ib_app_http_session *self) {
    static const char *const NAMES[] = {
        "palette",         "width", "range", "low",          "high",
        "quality",         "fps",   "float", "isotherm_low", "isotherm_high",
        "isotherm_colour", NULL};
    char range[16] = "min-max";
    struct ib_app_http_wish *wish = &self->wish;
    double width = ib_app_visible_default.width_px, quality = ib_app_visible_default.quality;
    *wish = (struct ib_app_http_wish){.fps = 0};
    snprintf(wish->palette, sizeof wish->palette, "%s", self->door->config.palette);
    if (!ib_app_http_query_known(self, NAMES) ||
        ib_app_http_query_text(self, "palette", wish->palette, sizeof wish->palette) < 0 ||
        ib_app_http_query_text(self, "range", range, sizeof range) < 0 ||
        ib_app_http_query_real(self, "width", WIDTH_STEP_PX, IB_APP_VISIBLE_MAX_PX, &width) < 0 ||
        ib_app_http_query_real(self, "quality", 1, 100, &quality) < 0 ||
        ib_app_http_query_real(self, "fps", 0.1, 60, &wish->fps) < 0)
        return false;
    int low = ib_app_http_query_real(self, "low", ABSOLUTE_ZERO_C, HOTTEST_C, &wish->low_c);
    int high =
        low < 0 ? -1
                : ib_app_http_query_real(self, "high", ABSOLUTE_ZERO_C, HOTTEST_C, &wish->high_c);
    if (high < 0)
        return false;
    wish->width_px = (int32_t)width;
    wish->quality = (int)quality;
    if (!read_isotherm(self))
        return false;
    bool named = ib_app_colouring_mode(range, &wish->range);
    if (!ib_palette_find(wish->palette))
        ib_app_http_error(self, 400, "palette: there is no %s (GET /api/v1/palettes)",
                          wish->palette);
    else if (wish->width_px % WIDTH_STEP_PX != 0 || wish->width_px != width)
        ib_app_http_error(self, 400, "width: must be a multiple of %d", WIDTH_STEP_PX);
    else if (!named)
        ib_app_http_error(self, 400, "range: must be min-max, percentile or equalised");
    else if (low != high || (low && wish->low_c >= wish->high_c))
        ib_app_http_error(self, 400, "low and high: both, and low must be lower");
    else {
        wish->range = low ? IB_RANGE_FIXED : wish->range;
        return true;
    }
    return false;
}

static uint16_t pixel_of(const struct ib_frame *frame, double celsius) {
    int32_t value = ib_app_colouring_value(frame, celsius);
    return value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
}

/// The style for this frame: degrees become its pixel values. Of a frame that has no degrees the own
/// range is shown.
static struct ib_app_visible_style style_of(const struct ib_app_http_wish *wish,
                                            const struct ib_frame *frame) {
    struct ib_app_visible_style style = ib_app_visible_default;
    style.palette = wish->palette;
    style.width_px = wish->width_px;
    style.height_px = wish->width_px / 4 * 3;
    style.quality = wish->quality;
    bool fixed = wish->range == IB_RANGE_FIXED;
    if (fixed && frame->unit == IB_UNIT_KELVIN && frame->scale_ck > 0) {
        style.low = ib_app_colouring_value(frame, wish->low_c);
        style.high = ib_app_colouring_value(frame, wish->high_c);
    }
    if (wish->has_isotherm && frame->unit == IB_UNIT_KELVIN && frame->scale_ck > 0) {
        style.has_isotherm = true;
        style.isotherm_low = pixel_of(frame, wish->isotherm_low_c);
        style.isotherm_high = pixel_of(frame, wish->isotherm_high_c);
        style.isotherm_rgb = wish->isotherm_rgb;
    }
    if (!fixed || style.high > style.low)
        style.range = wish->range;
    return style;
}

static bool is_same(const struct ib_app_visible_style *a, const struct ib_app_visible_style *b) {
    return strcmp(a->palette, b->palette) == 0 && a->width_px == b->width_px &&
           a->height_px == b->height_px && a->range == b->range &&
           (a->range != IB_RANGE_FIXED || (a->low == b->low && a->high == b->high)) &&
           a->quality == b->quality && a->has_isotherm == b->has_isotherm &&
           (!a->has_isotherm ||
            (a->isotherm_low == b->isotherm_low && a->isotherm_high == b->isotherm_high &&
             a->isotherm_rgb == b->isotherm_rgb));
}

static void forget(struct ib_app_http_picture *picture) {
    ib_app_visible_close(picture->visible);
    free(picture->part);
    *picture = (struct ib_app_http_picture){0};
}

/// Return: NULL when all are watched in other styles, or memory is short.
static struct ib_app_http_picture *find(struct ib_app_http *self,
                                        const struct ib_app_visible_style *style) {
    struct ib_app_http_picture *found = NULL;
    for (unsigned i = 0; i < IB_APP_HTTP_PICTURES; i++) {
        struct ib_app_http_picture *picture = &self->pictures[i];
        if (picture->visible && is_same(&picture->style, style)) {
            picture->used_us = ib_host_now_us();
            return picture;
        }
        // The one that was not asked for for the longest time gives way.
        if (picture->watchers == 0 && (!found || picture->used_us < found->used_us))
            found = picture;
    }
    if (!found)
        return NULL;
    forget(found);
    found->style = *style;
    snprintf(found->palette, sizeof found->palette, "%s", style->palette);
    found->style.palette = found->palette;
    found->used_us = ib_host_now_us();
    if (ib_app_visible_open(&found->visible, &found->style) == IB_OK)
        return found;
    found->visible = NULL;
    return NULL;
}

void ib_app_http_pictures_free(struct ib_app_http *self) {
    for (unsigned i = 0; i < IB_APP_HTTP_PICTURES; i++)
        forget(&self->pictures[i]);
}

static void too_many(struct ib_app_http_session *self) {
    ib_app_http_error(self, 503, "%d different styles are being watched already",
                      IB_APP_HTTP_PICTURES);
}

// ---- single pictures ----

/// Encoders give bytes from malloc, or a status.
static int encode_jpeg(struct ib_app_http_picture *picture, const struct ib_frame *frame,
                       uint8_t **out, size_t *size) {
    const uint8_t *bytes;
    int status = ib_app_visible_jpeg(picture->visible, frame, &bytes, size);
    if (status != IB_OK)
        return status;
    *out = malloc(*size);
    if (!*out)
        return IB_E_NO_SPACE;
    memcpy(*out, bytes, *size);
    return IB_OK;
}

static int encode_png(struct ib_app_http_picture *picture, const struct ib_frame *frame,
                      uint8_t **out, size_t *size) {
    char comment[128];
    const struct ib_png_style look = {.comment = comment, .quick = true};
    const struct ib_image *picture_of = ib_app_visible_picture(picture->visible, frame);
    snprintf(comment, sizeof comment, "ironbow, palette %s, frame %u", picture->palette,
             (unsigned)frame->sequence);
    return picture_of ? ib_png_encode(picture_of, &look, out, size) : IB_E_NO_SPACE;
}

/// Every bit of the frame, or degrees Celsius as numbers.
static int encode_tiff(struct ib_app_http *self, const struct ib_frame *frame, bool as_float,
                       uint8_t **out, size_t *size) {
    char problem[128];
    const struct ib_app_export_style style = {.colours = ib_app_colouring_default};
    const struct ib_app_export_facts facts = {
        .wall_us = ib_app_rig_unix_us(self->config.rig, frame->captured_us),
        .camera = ib_device_name(&self->config.board->device),
        .model = ""};
    return ib_app_export(as_float ? IB_APP_EXPORT_TIFF_FLOAT : IB_APP_EXPORT_TIFF, frame, &facts,
                         &style, out, size, problem, sizeof problem) == 0
               ? IB_OK
               : IB_E_NO_SPACE;
}

static void answer_picture(struct ib_app_http_session *self, const struct ib_frame *frame) {
    struct ib_slice path = self->target.path;
    bool tiff = path.at[path.size - 1] == 'f', png = !tiff && path.at[path.size - 3] == 'p';
    struct ib_app_visible_style style = style_of(&self->wish, frame);
    struct ib_app_http_picture *picture = tiff ? NULL : find(self->door, &style);
    uint8_t *bytes = NULL;
    size_t size = 0;
    double as_float = 0;
    if (!tiff && !picture) {
        too_many(self);
        return;
    }
    if (ib_app_http_query_real(self, "float", 0, 1, &as_float) < 0)
        return;
    int status = tiff  ? encode_tiff(self->door, frame, as_float != 0, &bytes, &size)
                 : png ? encode_png(picture, frame, &bytes, &size)
                       : encode_jpeg(picture, frame, &bytes, &size);
    if (status == IB_OK)
        ib_app_http_owned(self, 200,
                          tiff  ? "image/tiff"
                          : png ? "image/png"
                                : "image/jpeg",
                          bytes, size);
    else
        ib_app_http_error(self, 503, "no picture: %s", ib_status_text(status));
}

void ib_app_http_snapshot(struct ib_app_http_session *self) {
    struct ib_hub *hub = &self->door->config.rig->hub;
    if (!read_style(self))
        return;
    const struct ib_frame *frame = ib_hub_newest(hub, 0);
    if (!frame) {
        ib_app_http_header(self, "Retry-After", "1");
        ib_app_http_error(self, 503, "there is no frame yet");
        return;
    }
    if ((self->wish.range == IB_RANGE_FIXED || self->wish.has_isotherm) &&
        frame->unit != IB_UNIT_KELVIN)
        ib_app_http_error(self, 409,
                          "this frame has no degrees: low, high and isotherms mean nothing");
    else
        answer_picture(self, frame);
    ib_hub_release(hub, frame);
}

// ---- motion JPEG ----

void ib_app_http_mjpeg(struct ib_app_http_session *self) {
    struct ib_app_http *door = self->door;
    if (!read_style(self))
        return;
    unsigned free_styles = 0;
    for (unsigned i = 0; i < IB_APP_HTTP_PICTURES; i++)
        free_styles += door->pictures[i].watchers == 0;
    if (free_styles == 0) {
        too_many(self);
        return;
    }
    self->period_us = self->wish.fps > 0 ? (uint64_t)(1e6 / self->wish.fps) : 0;
    self->seen_frame = 0;
    self->streaming = !self->wire.is_head;
    self->begun = false;
    door->live.streams += self->streaming;
    ib_app_http_header(self, "Cache-Control", "no-store, no-transform");
    struct ib_http_answer answer = {.status = 200,
                                    .type = "multipart/x-mixed-replace; boundary=" BOUNDARY,
                                    .body = IB_HTTP_ENDLESS};
    ib_app_http_answer(self, &answer);
}

static void watch(struct ib_app_http_session *self, struct ib_app_http_picture *picture) {
    if (self->picture == picture)
        return;
    if (self->picture)
        self->picture->watchers--;
    self->picture = picture;
    if (picture)
        picture->watchers++;
}

void ib_app_http_mjpeg_close(struct ib_app_http_session *self) {
    watch(self, NULL);
    self->door->live.streams -= self->streaming;
    self->streaming = false;
}

/// The next part's boundary stands at its end: a browser shows a picture when it sees that one.
static bool make_part(const struct ib_app_http *self, struct ib_app_http_picture *picture,
                      const struct ib_frame *frame) {
    const uint8_t *jpeg;
    size_t size;
    char head[192];
    if (picture->part_sequence == frame->sequence)
        return true;
    if (ib_app_visible_jpeg(picture->visible, frame, &jpeg, &size) != IB_OK)
        return false;
    int64_t unix_us = ib_app_rig_unix_us(self->config.rig, frame->captured_us);
    int head_size = snprintf(head, sizeof head,
                             "Content-Type: image/jpeg\r\nContent-Length: %zu\r\n"
                             "X-Timestamp: %lld.%06d\r\n\r\n",
                             size, (long long)(unix_us / 1000000), (int)(unix_us % 1000000));
    static const char TAIL[] = "\r\n--" BOUNDARY "\r\n";
    size_t needed = (size_t)head_size + size + sizeof TAIL - 1;
    if (needed > picture->part_capacity) {
        uint8_t *more = realloc(picture->part, needed);
        if (!more)
            return false;
        picture->part = more;
        picture->part_capacity = needed;
    }
    memcpy(picture->part, head, (size_t)head_size);
    memcpy(picture->part + head_size, jpeg, size);
    memcpy(picture->part + (size_t)head_size + size, TAIL, sizeof TAIL - 1);
    picture->part_size = needed;
    picture->part_sequence = frame->sequence;
    return true;
}

/// Whether a stream of fewer frames takes this one: by an absolute schedule, so that none drift.
static bool is_due(struct ib_app_http_session *self, const struct ib_frame *frame) {
    if (self->period_us == 0)
        return true;
    if (frame->captured_us < self->next_us)
        return false;
    if (self->next_us == 0 || frame->captured_us - self->next_us > self->period_us)
        self->next_us = frame->captured_us;
    self->next_us += self->period_us;
    return true;
}

void ib_app_http_mjpeg_pull(struct ib_app_http_session *self, struct ib_pump_chunk *out) {
    static const char FIRST[] = "--" BOUNDARY "\r\n";
    struct ib_hub *hub = &self->door->config.rig->hub;
    if (!self->begun) {
        self->begun = true;
        *out = (struct ib_pump_chunk){.bytes = FIRST, .size = sizeof FIRST - 1};
        return;
    }
    const struct ib_frame *frame = ib_hub_newest(hub, self->seen_frame);
    if (!frame)
        return;
    self->seen_frame = frame->sequence;
    struct ib_app_visible_style style = style_of(&self->wish, frame);
    struct ib_app_http_picture *picture = self->picture;
    if (!picture || !is_same(&picture->style, &style)) {
        watch(self, NULL);
        picture = find(self->door, &style);
        watch(self, picture);
    }
    if (picture && is_due(self, frame) && make_part(self->door, picture, frame))
        *out = (struct ib_pump_chunk){
            .bytes = picture->part, .size = picture->part_size, .droppable = true};
    ib_hub_release(hub, frame);
}
