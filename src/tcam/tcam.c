/// What all clients of one camera share: its name, its clock, and the newest image, encoded once.
///
/// The framing and the commands are in session.c and commands.c.
/// Source:  tCam-Mini README, Command Interface (Model bits, image response).
#include "tcam/tcam.h"

#include <string.h>

#include "bus/clock.h"
#include "core/status.h"
#include "core/text.h"
#include "tcam/engine.h"
#include "tcam/wall.h"

#define HEALTH_PERIOD_US 500000

/// Bits 9:8 of Model: which imager, so that clients know whether pixels are temperatures.
enum {
    IMAGER_RADIOMETRIC = 0 << 8,
    IMAGER_PLAIN = 1 << 8,
    IMAGER_3_1R = 2 << 8,
    IMAGER_UNKNOWN = 3 << 8,
};

#define SUPPORTS_UPDATES 0x40000u ///< bit 18 of Model

static int check_names(const struct ib_tcam *self, const struct ib_tcam_config *config) {
    if (config->device)
        return IB_OK;
    if (!config->name || !config->version)
        return IB_E_INVAL;
    size_t name_size = strlen(config->name);
    size_t version_size = strlen(config->version);
    bool good = name_size >= 1 && name_size < sizeof self->metadata.camera && version_size >= 1 &&
                version_size < sizeof self->metadata.version;
    return good ? IB_OK : IB_E_RANGE;
}

/// As much of `text` as fits.
static void put_name(char *out, size_t capacity, const char *text) {
    struct ib_text into;
    ib_text_init(&into, out, capacity);
    for (; *text && into.size + 1 < capacity; text++)
        ib_text_char(&into, *text);
}

int ib_tcam_init(struct ib_tcam *self, const struct ib_tcam_config *config) {
    if (!config->camera || !config->hub)
        return IB_E_INVAL;
    int status = check_names(self, config);
    if (status != IB_OK)
        return status;

    memset(self, 0, sizeof *self);
    self->camera = config->camera;
    self->hub = config->hub;
    self->log = config->log;
    self->notify = config->notify;
    self->notify_context = config->notify_context;
    self->device = config->device;
    self->card = config->card;
    self->slave = config->slave;
    self->wall_now = config->wall_now;
    self->wall_context = config->wall_context;
    self->poweroff = config->poweroff;
    self->poweroff_context = config->poweroff_context;
    self->model_base = config->model_base;
    self->watch.sequence = ib_hub_sequence(config->hub);
    self->watch.gain = IB_GAIN_UNKNOWN;
    self->wall_offset_us =
        config->wall_offset_us > IB_TCAM_2000_US ? config->wall_offset_us : IB_TCAM_2000_US;
    if (config->name)
        put_name(self->metadata.camera, sizeof self->metadata.camera, config->name);
    if (config->version)
        put_name(self->metadata.version, sizeof self->metadata.version, config->version);
    return IB_OK;
}

void ib_tcam_clock(struct ib_tcam *self, uint64_t now_us) {
    if (self->wall_now)
        self->wall_offset_us = (int64_t)((uint64_t)self->wall_now(self->wall_context) - now_us);
}

void ib_tcam_step(struct ib_tcam *self, uint64_t now_us, uint64_t *due_us) {
    ib_tcam_clock(self, now_us);
    if (self->card)
        ib_tcam_card_record(self, now_us);
    ib_tcam_events_watch(self, now_us);
    // Frames that stop, and faults, tell nobody: somebody who wants to hear of them is waited for.
    *due_us = IB_NEVER;
    for (const struct ib_tcam_session *s = self->sessions; s; s = s->next) {
        if (s->events & IB_TCAM_EVENT_HEALTH)
            *due_us = now_us + HEALTH_PERIOD_US;
    }
}

int64_t ib_tcam_wall_us(const struct ib_tcam *self, uint64_t now_us) {
    // set_time may put the clock just after 2000, and an image may be older than that.
    int64_t wall_us = (int64_t)((uint64_t)self->wall_offset_us + now_us);
    return wall_us > IB_TCAM_2000_US ? wall_us : IB_TCAM_2000_US;
}

size_t ib_tcam_refusal(const char **bytes) {
    static const char packet[] =
        "\x02{\"cam_info\":{\"info_value\":0,\"info_string\":\"Too many clients\"}}\x03";
    *bytes = packet;
    return sizeof packet - 1;
}

uint32_t ib_tcam_imager_bits(const struct ib_lepton_identity *identity) {
    if (identity->width_px == 0)
        return IMAGER_RADIOMETRIC; // not identified yet: what most cameras turn out to be
    if (identity->model == IB_LEPTON_UNKNOWN)
        return IMAGER_UNKNOWN;
    if (identity->model == IB_LEPTON_3_1R)
        return IMAGER_3_1R;
    return identity->radiometric ? IMAGER_RADIOMETRIC : IMAGER_PLAIN;
}

void ib_tcam_stamp(struct ib_tcam *self, uint64_t at_us) {
    struct ib_camera_state state;
    ib_camera_state(self->camera, &state);
    self->metadata.model = self->model_base | ib_tcam_imager_bits(&state.identity);
    if (self->device) {
        // Only a board that can be updated knows which version runs.
        const char *version = ib_device_version(self->device);
        if (self->device->has_ota)
            self->metadata.model |= SUPPORTS_UPDATES;
        if (version[0])
            put_name(self->metadata.version, sizeof self->metadata.version, version);
        put_name(self->metadata.camera, sizeof self->metadata.camera, ib_device_name(self->device));
    }

    struct ib_tcam_civil civil;
    ib_tcam_civil_from_us(&civil, ib_tcam_wall_us(self, at_us));
    ib_tcam_civil_time(&civil, self->metadata.time, sizeof self->metadata.time);
    ib_tcam_civil_date(&civil, self->metadata.date, sizeof self->metadata.date);
}

static void log_refused(const struct ib_tcam *self, const struct ib_frame *frame, int status) {
    char line[96];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, "no image from a frame of ");
    ib_text_u64(&text, frame->width_px);
    ib_text_char(&text, 'x');
    ib_text_u64(&text, frame->height_px);
    ib_text_str(&text, ": ");
    ib_text_str(&text, ib_status_text(status));
    ib_log(self->log, IB_LOG_WARNING, "tcam", line);
}

char *ib_tcam_room(struct ib_tcam *self) {
    self->packet_size = 0;
    return self->packet;
}

bool ib_tcam_encode(struct ib_tcam *self, const struct ib_frame *frame) {
    if (self->packet_sequence == frame->sequence && self->packet_size)
        return true;

    ib_tcam_stamp(self, frame->captured_us);
    int size =
        ib_image_json_write(self->packet + 1, sizeof self->packet - 2, frame, &self->metadata);
    if (size < 0) {
        self->packet_size = 0;
        if (!self->packet_refused)
            log_refused(self, frame, size);
        self->packet_refused = true;
        return false;
    }
    self->packet[0] = IB_TCAM_START;
    self->packet[1 + size] = IB_TCAM_END;
    self->packet_size = (size_t)size + 2;
    self->packet_sequence = frame->sequence;
    self->packet_captured_us = frame->captured_us;
    self->packet_refused = false;
    self->counters.images_encoded++;
    return true;
}
