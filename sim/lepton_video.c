/// Frames: what is on offer when, and computing it when somebody looks.
///
/// 160x120: twelve segments a unique frame, 1 2 3 4 and eight invalid ones. 80x60: three frames,
/// all the same. The choice of the view happens on time, its pixels are computed on first use.
/// Source: engineering data sheet rev 200, VoSPI and video sections.

#include "sim/lepton_private.h"

#include <string.h>

#include "core/bytes.h"

#define FFC_EXTERNAL 2
#define FORMAT_RGB888 3
#define FORMAT_RAW14 7
#define SHUTTER_CLOSED 2

/// Video output sources (IDD, OEM 0x2C).
enum { SOURCE_RAW, SOURCE_COOKED, SOURCE_RAMP, SOURCE_CONSTANT, SOURCE_RAMP_H, SOURCE_RAMP_V };
#define SOURCE_FREEZE 8

static bool is_large(const struct ib_sim_lepton *self) {
    return self->model->width_px == 160;
}

unsigned ib_sim_lepton_units_per_frame(const struct ib_sim_lepton *self) {
    return is_large(self) ? 12 : 3;
}

static uint64_t unit_us(const struct ib_sim_lepton *self, uint64_t unit) {
    uint64_t scale = is_large(self) ? 1 : 4;
    return self->video.start_us + unit * 1000000u * scale / IB_SIM_LEPTON_SEGMENT_RATE;
}

// ---- Pixels ----

uint8_t ib_sim_lepton_resolution(const struct ib_sim_lepton *self) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    // The rule of automatic resolution is not published; low gain needs the coarse one.
    if (r->tlinear_auto_resolution[0] && !self->playing.from)
        return self->gain ? 0 : 1;
    return (uint8_t)r->tlinear_resolution[0];
}

static void collect_settings(const struct ib_sim_lepton *self, struct ib_sim_imager_settings *out) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    memset(out, 0, sizeof *out);
    out->radiometry = self->model->radiometric && r->radiometry[0];
    out->tlinear = self->model->radiometric && r->tlinear[0];
    out->tlinear_resolution = ib_sim_lepton_resolution(self);
    out->low_gain = self->gain != 0;
    for (unsigned i = 0; i < 4; i++) {
        out->rbfo_high[i] = (int32_t)ib_words_to_u32(r->rbfo_high + 2 * i);
        out->rbfo_low[i] = (int32_t)ib_words_to_u32(r->rbfo_low + 2 * i);
    }
    memcpy(out->flux, r->flux_parameters, sizeof out->flux);
    out->mid_counts = self->model->radiometric ? 4096 : 8192;
    out->agc = r->agc_enable[0] && r->output_source[0] != SOURCE_RAW;
    out->agc_policy = (uint8_t)r->agc_policy[0];
    out->agc_scale = (uint8_t)r->agc_heq_scale[0];
    memcpy(out->agc_roi, r->agc_roi, sizeof out->agc_roi);
    out->agc_damping = r->agc_heq_damping[0];
    out->agc_clip_high = r->agc_heq_clip_high[0];
    out->agc_clip_low = r->agc_heq_clip_low[0];
    out->agc_empty_counts = r->agc_heq_empty_counts[0];
    out->black_hot = r->polarity[0] != 0;
    memcpy(out->spot_roi, r->spot_roi, sizeof out->spot_roi);
    memcpy(out->scene_roi, r->scene_roi, sizeof out->scene_roi);
}

/// The paddle: one temperature, black. `ambient_k` carries it.
static void view_shutter(const struct ib_sim_scene *self, double time_s, uint64_t seed,
                         float hfov_deg, struct ib_sim_surface *out) {
    (void)time_s;
    (void)seed;
    (void)hfov_deg;
    size_t pixels = (size_t)out->width_px * out->height_px;
    for (size_t i = 0; i < pixels; i++) {
        out->kelvin[i] = self->ambient_k;
        out->emissivity[i] = 1.0f;
    }
}

static bool is_test_source(uint16_t source) {
    return source >= SOURCE_RAMP && source <= SOURCE_RAMP_V;
}

/// Ramps fill the 14 bits from the top left; start and step of real ones are not published.
static void draw_test(const struct ib_sim_lepton *self, uint16_t *pixels) {
    unsigned width_px = self->model->width_px, height_px = self->model->height_px;
    unsigned source = self->registers.output_source[0];
    for (unsigned y = 0; y < height_px; y++) {
        for (unsigned x = 0; x < width_px; x++) {
            unsigned value = self->registers.constant_value[0];
            if (source == SOURCE_RAMP)
                value = (y * width_px + x) & 0x3FFFu;
            else if (source == SOURCE_RAMP_H)
                value = x * 16383u / (width_px - 1);
            else if (source == SOURCE_RAMP_V)
                value = y * 16383u / (height_px - 1);
            pixels[y * width_px + x] = (uint16_t)value;
        }
    }
}

static void render(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_video *video = &self->video;
    video->current ^= 1;
    uint16_t *pixels = video->pixels[video->current];
    struct ib_sim_imager_settings settings;
    collect_settings(self, &settings);
    if (is_test_source(self->registers.output_source[0])) {
        draw_test(self, pixels);
        ib_sim_imager_measure(&self->imager, &settings, pixels, &video->result);
        return;
    }
    ib_sim_lepton_warm(self);
    double module_s = (double)(video->frame_us - self->init_us) / 1e6;
    const struct ib_sim_scene *scene = self->scene;
    if (video->view == IB_SIM_VIEW_SHUTTER) {
        video->shutter = (struct ib_sim_scene){
            .name = "shutter", .about = "", .view = view_shutter, .ambient_k = self->housing_k};
        scene = &video->shutter;
    }
    ib_sim_imager_render(&self->imager, scene, module_s * (double)self->config.scene_rate, module_s,
                         self->fpa_k, self->housing_k, &settings, pixels, &video->result);
}

/// Nothing but the numbers themselves says which scale AGC had.
static bool exceeds_8_bits(const uint16_t *pixels, size_t count) {
    uint16_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= pixels[i];
    return bits > 255;
}

/// Rows as some module may have sent them: known revisions are 0.8 and 0.14, video formats 3 and 7.
/// Others would make every host think that it looks in the wrong place.
static bool are_rows(const uint16_t *words) {
    uint32_t format = ib_words_to_u32(words + 72);
    return words[0] >= 1 && words[0] <= 31 &&
           (words[0] <= 8 || format == 0 || format == FORMAT_RGB888 || format == FORMAT_RAW14);
}

void ib_sim_lepton_playing_fetch(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_playing *playing = &self->playing;
    struct ib_sim_playback_frame frame = {0};
    if (playing->stopped)
        return;
    if (playing->from->next(playing->from->context, &frame) < 0 || !frame.pixels) {
        playing->stopped = true; // no more video: discards only
        return;
    }
    size_t count = (size_t)self->model->width_px * self->model->height_px;
    self->video.current ^= 1;
    memcpy(self->video.pixels[self->video.current], frame.pixels, count * sizeof(uint16_t));
    if (playing->from->facts.agc && !playing->wide_grey)
        playing->wide_grey = exceeds_8_bits(frame.pixels, count);
    playing->ffc = frame.ffc;
    playing->has_view = playing->has_view || !frame.ffc;
    playing->fpa_ck = frame.fpa_ck;
    playing->has_telemetry = frame.telemetry && are_rows(frame.telemetry);
    if (!playing->has_telemetry)
        return;
    memcpy(playing->telemetry, frame.telemetry, sizeof playing->telemetry);
    if (playing->has_settings)
        return;
    // Row B words 19..26 in the order of RAD 0xBC; row C words 54..57.
    static const uint8_t flux_at[8] = {99, 100, 103, 105, 101, 102, 104, 106};
    for (unsigned i = 0; i < 8; i++)
        playing->flux[i] = frame.telemetry[flux_at[i]];
    memcpy(playing->spot_roi, frame.telemetry + 214, sizeof playing->spot_roi);
    playing->has_settings = true;
}

static void measure(struct ib_sim_lepton *self) {
    struct ib_sim_imager_settings settings;
    collect_settings(self, &settings);
    ib_sim_imager_measure(&self->imager, &settings, self->video.pixels[self->video.current],
                          &self->video.result);
}

void ib_sim_lepton_playing_turn(struct ib_sim_lepton *self) {
    if (!self->playing.from || !self->video.render_pending)
        return;
    self->video.render_pending = false;
    if (self->playing.held)
        self->playing.held = false; // fetched when the part was made
    else
        ib_sim_lepton_playing_fetch(self);
}

void ib_sim_lepton_video_ensure(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_video *video = &self->video;
    // A recording goes on when its frame goes out, not when somebody asks for a number.
    if (self->playing.from) {
        measure(self);
    } else if (video->render_pending) {
        video->render_pending = false;
        render(self);
    }
    // Rows are those of the picture: of a recording's next only when that has come.
    if (video->written_pending && !video->render_pending) {
        video->written_pending = false;
        ib_sim_lepton_telemetry(self, video->words[video->current]);
    }
}

/// Tenengrad: the sum of squared Sobel magnitudes above the threshold, over the focus ROI.
uint32_t ib_sim_lepton_focus(struct ib_sim_lepton *self) {
    ib_sim_lepton_video_ensure(self);
    const uint16_t *roi = self->registers.focus_roi;
    const uint16_t *pixels = self->video.pixels[self->video.current];
    unsigned width_px = self->model->width_px;
    uint64_t threshold = ib_words_to_u32(self->registers.focus_threshold);
    uint64_t sum = 0;
    for (unsigned y = roi[1]; y <= roi[3]; y++) {
        for (unsigned x = roi[0]; x <= roi[2]; x++) {
            const uint16_t *above = pixels + (y - 1) * width_px + x - 1;
            const uint16_t *here = above + width_px;
            const uint16_t *below = here + width_px;
            int64_t gx = above[2] + 2 * here[2] + below[2] - above[0] - 2 * here[0] - below[0];
            int64_t gy = below[0] + 2 * below[1] + below[2] - above[0] - 2 * above[1] - above[2];
            uint64_t squared = (uint64_t)(gx * gx + gy * gy);
            if (squared > threshold * threshold)
                sum += squared;
        }
    }
    return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

// ---- Cadence ----

void ib_sim_lepton_video_start(struct ib_sim_lepton *self) {
    self->video.running = true;
    self->video.next_unit = 0;
    self->video.next_us = self->video.start_us;
}

/// How frames are laid out on the wire changes only between frames.
static void adopt_layout(struct ib_sim_lepton *self) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    struct ib_sim_lepton_video *video = &self->video;
    bool rgb = r->output_format[0] == FORMAT_RGB888;
    // Another packet size in the middle of a stream: no host finds its way through that.
    if (rgb != video->rgb && self->vospi.sync == IB_SIM_SYNC_STREAM)
        ib_sim_lepton_vospi_lose(self, IB_SIM_LOST_WRONG_START);
    video->rgb = rgb;
    self->vospi.packet_bytes = (uint16_t)(4 + IB_SIM_LEPTON_LINE_PX * (rgb ? 3 : 2));
    video->telemetry = 0;
    if (r->telemetry_enable[0] && !rgb)
        video->telemetry = r->telemetry_location[0] ? 2 : 1;
}

/// What the new frame shows. Frozen: the old view stays and so does the counter.
static void choose_view(struct ib_sim_lepton *self) {
    const struct ib_sim_lepton_registers *r = &self->registers;
    struct ib_sim_lepton_video *video = &self->video;
    bool correcting = self->ffc.state == 2;
    bool frozen = r->video_freeze[0] || r->output_source[0] == SOURCE_FREEZE ||
                  (correcting && (self->playing.from || r->ffc_mode[4]));
    bool closed = self->model->shutter && ((correcting && r->ffc_mode[0] != FFC_EXTERNAL) ||
                                           ib_words_to_u32(r->shutter_position) == SHUTTER_CLOSED);
    if (frozen && (video->view != IB_SIM_VIEW_NONE || self->playing.from))
        return;
    video->view = closed ? IB_SIM_VIEW_SHUTTER : IB_SIM_VIEW_SCENE;
    video->frame_us = self->now_us;
    video->render_pending = true;
    // Before the first image there is nothing to freeze: the paddle shows, uncounted.
    if (!frozen)
        video->counter++;
}

static void new_frame(struct ib_sim_lepton *self) {
    ib_sim_lepton_gain_watch(self);
    if (self->power == IB_SIM_POWER_ON)
        ib_sim_lepton_ffc_watch(self);
    if (self->power != IB_SIM_POWER_ON)
        return; // too hot, or the supply dipped
    adopt_layout(self);
    self->vospi.swap = false;
    if (is_large(self) && self->vospi.sync == IB_SIM_SYNC_STREAM)
        self->vospi.swap = ib_sim_lepton_take(self, IB_FAULT_SEGMENT_ORDER);
    if (ib_sim_lepton_has(self, IB_FAULT_FREEZE))
        return;
    self->vospi.built = false;
    self->video.cycle_us = self->now_us;
    self->video.ffc = self->ffc;
    self->video.written_pending = true;
    choose_view(self);
}

void ib_sim_lepton_video_step(struct ib_sim_lepton *self) {
    struct ib_sim_lepton_video *video = &self->video;
    uint64_t unit = video->next_unit++;
    video->next_us = unit_us(self, video->next_unit);
    self->vospi.unit = unit;
    if (unit % ib_sim_lepton_units_per_frame(self) == 0)
        new_frame(self);
    if (self->power == IB_SIM_POWER_ON)
        ib_sim_lepton_vospi_offer(self);
}
