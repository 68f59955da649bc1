/// Recordings: which format it is, and the one that is a single image.
#include "apps/ironbow/playback.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/ironbow/playback_formats.h"
#include "core/status.h"
#include "ports/linux/storage_file.h"
#include "record/image_json.h"

/// A tCam image is 52 kB; files saved by applications may hold more beside it.
#define TJSN_MOST_BYTES (4u << 20)

/// Word offsets in the telemetry rows A, B, C (Lepton engineering data sheet rev 200, section
/// 4.2.2).
enum { WORD_GAIN_MODE = 165, WORD_GAIN = 166, WORD_TLINEAR = 208, WORD_RESOLUTION = 209 };

static int next_image(void *context, struct ib_sim_playback_frame *out) {
    const struct ib_app_playback *self = context;
    bool telemetry = (self->image.flags & IB_FRAME_TELEMETRY) != 0;
    out->pixels = self->pixels;
    out->telemetry = telemetry ? self->image.telemetry : NULL;
    out->fpa_ck = self->image.fpa_ck;
    out->ffc = (self->image.flags & IB_FRAME_FFC) != 0;
    return IB_OK;
}

/// The module that took a tCam image: `Model` bits 9:8 (tCam firmware 3: 0 = 3.5, 1 = 3.0, 2 =
/// 3.1R; firmware 2 knew only bit 8, not radiometric).
static const char *model_of(uint32_t model) {
    static const char *const NAMES[] = {"3.5", "3.0", "3.1R", "3.5"};
    return NAMES[(model >> 8) & 3];
}

static void facts_of_image(struct ib_app_playback *self, const struct ib_image_metadata *metadata) {
    struct ib_sim_playback_facts *facts = &self->table.facts;
    const struct ib_frame *image = &self->image;
    facts->model = model_of(metadata->model);
    facts->width_px = image->width_px;
    facts->height_px = image->height_px;
    if (image->flags & IB_FRAME_TELEMETRY) {
        facts->agc = image->agc;
        facts->tlinear = image->telemetry[WORD_TLINEAR] == 1 && !image->agc;
        facts->resolution = image->telemetry[WORD_RESOLUTION] != 0;
        facts->gain_mode = image->gain_mode <= IB_GAIN_AUTO ? image->gain_mode : IB_GAIN_HIGH;
        facts->gain_effective = image->gain == IB_GAIN_LOW ? IB_GAIN_LOW : IB_GAIN_HIGH;
        return;
    }
    // Nothing says what the numbers mean: AGC makes 8 bits, the converter 14, TLinear more.
    uint16_t most = 0;
    for (size_t i = 0; i < (size_t)image->width_px * image->height_px; i++)
        most = image->pixels[i] > most ? image->pixels[i] : most;
    facts->agc = most <= 255;
    facts->tlinear = most > 16383;
    facts->resolution = 1;
}

int ib_app_playback_open_tjsn(struct ib_app_playback *self, char *problem, size_t problem_size) {
    uint8_t *text;
    size_t size;
    if (ib_storage_file_read(self->path, TJSN_MOST_BYTES, &text, &size, problem, problem_size) !=
        IB_OK)
        return -1;
    struct ib_image_metadata metadata;
    const char *where = NULL;
    self->image.pixels = self->pixels;
    self->image.capacity_px = IB_SIM_MAX_PX;
    int status = ib_image_json_read((const char *)text, size, &self->image, &metadata, &where);
    free(text);
    if (status != IB_OK) {
        snprintf(problem, problem_size, "not a .tjsn image: %s%s%s", where ? where : "",
                 where ? ": " : "", ib_status_text(status));
        return -1;
    }
    facts_of_image(self, &metadata);
    self->table.next = next_image;
    self->frames = 1;
    snprintf(self->about, sizeof self->about, ".tjsn image of %s, %s %s",
             metadata.camera[0] ? metadata.camera : "a tCam", metadata.date, metadata.time);
    return 0;
}

int ib_app_playback_open(struct ib_app_playback **out, const char *path, const struct ib_log *log,
                         char *problem, size_t problem_size) {
    struct stat there;
    FILE *file = fopen(path, "rbe");
    if (!file || fstat(fileno(file), &there) != 0) {
        snprintf(problem, problem_size, "%s", strerror(errno));
        if (file)
            fclose(file);
        return -1;
    }
    if (!S_ISREG(there.st_mode)) {
        // A clip is read again and again; a pipe cannot be.
        snprintf(problem, problem_size, "not a regular file");
        fclose(file);
        return -1;
    }
    unsigned char start[64];
    size_t size = fread(start, 1, sizeof start, file);
    fclose(file);

    struct ib_app_playback *self = calloc(1, sizeof *self);
    if (!self || strlen(path) >= sizeof self->path) {
        snprintf(problem, problem_size, "%s", self ? "the name is too long" : "out of memory");
        free(self);
        return -1;
    }
    snprintf(self->path, sizeof self->path, "%s", path);
    self->log = log;
    self->table.context = self;
    size_t blanks = size >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (blanks < size && start[blanks] <= ' ')
        blanks++;
    int status;
    if (size >= 4 && ((start[0] == 0x1F && start[1] == 0x8B) || memcmp(start, "CPTV", 4) == 0)) {
        status = ib_app_playback_open_cptv(self, problem, problem_size);
    } else if (blanks < size && start[blanks] == '{') {
        status = ib_app_playback_open_tjsn(self, problem, problem_size);
    } else {
        snprintf(problem, problem_size,
                 size == 0 ? "empty" : "neither a .tjsn image nor a CPTV recording");
        status = -1;
    }
    if (status != 0) {
        ib_app_playback_close(self);
        return -1;
    }
    *out = self;
    return 0;
}

void ib_app_playback_close(struct ib_app_playback *self) {
    if (!self)
        return;
    ib_app_gunzip_close(&self->file);
    free(self);
}

const struct ib_sim_playback *ib_app_playback_table(const struct ib_app_playback *self) {
    return &self->table;
}

const char *ib_app_playback_about(const struct ib_app_playback *self) {
    return self->about;
}
