/// The update's state machine. See ota.h.
///
/// The running firmware's slot is never written: only the spare one is, and the record changes when
/// everything in it has been checked twice, as it came and as it reads back.
#include "device/ota.h"

#include <string.h>

#include "bus/clock.h"
#include "core/status.h"
#include "core/text.h"

/// The wire texts: clients show them, some compare them.
#define SAY_TIMED_OUT "Firmware update request timed out"
#define SAY_INIT_FAILED "Firmware update flash init failed"
#define SAY_NO_ANSWER "Host did not respond to multiple chunk requests"
#define SAY_WRITE_FAILED "Firmware update flash update failed"
#define SAY_SUCCESS "Firmware update success"
#define SAY_NOT_VALID "Firmware update validation failed"
#define SAY_TERMINATED "Firmware update terminated by user"

_Static_assert(sizeof(struct ib_ota) < 12288, "an update costs less than 12 KiB");

/// Text that came from outside may hold anything: what goes to people is printable ASCII.
static void put_plain(struct ib_text *text, const char *s) {
    for (; *s != '\0'; s++)
        ib_text_char(text, *s >= ' ' && *s <= '~' ? *s : '?');
}

static void log_two(const struct ib_ota *self, enum ib_log_level level, const char *what,
                    const char *detail) {
    char line[sizeof self->output.text + IB_OTA_WHY_BYTES];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, what);
    put_plain(&text, detail);
    ib_log(self->config.log, level, "update", line);
}

static void say_status(struct ib_ota *self, const char *what, const char *reason) {
    struct ib_text text;
    self->output.say = IB_OTA_SAY_STATUS;
    ib_text_init(&text, self->output.text, sizeof self->output.text);
    ib_text_str(&text, what);
    if (reason) {
        ib_text_str(&text, ": ");
        ib_text_str(&text, reason);
    }
}

/// It is over without success, and nobody's firmware is to blame.
static void give_up(struct ib_ota *self, const char *what) {
    say_status(self, what, NULL);
    self->stage = IB_OTA_IDLE;
    ib_log(self->config.log, IB_LOG_WARNING, "update", what);
}

/// The flash or the image: fault 8.
static void fail(struct ib_ota *self, const char *what, const char *reason) {
    say_status(self, what, reason);
    self->stage = IB_OTA_IDLE;
    self->failed = true;
    self->failures++;
    ib_log(self->config.log, IB_LOG_ERROR, "update", self->output.text);
}

static const char *running_name(const struct ib_slots *slots) {
    return slots->running == IB_SLOTS_FACTORY ? "the factory firmware"
           : slots->running == 0              ? "slot 0"
                                              : "slot 1";
}

static void log_start(const struct ib_ota *self, int status) {
    const struct ib_slots *slots = &self->slots;
    if (slots->rolled_back)
        log_two(self, IB_LOG_WARNING, "the new firmware did not prove itself, back to ",
                running_name(slots));
    if (slots->damaged)
        log_two(self, IB_LOG_ERROR, "the firmware in flash is damaged, running ",
                running_name(slots));
    if (status < 0)
        log_two(self, IB_LOG_ERROR, "firmware storage: ", ib_status_text(status));
    if (slots->probation)
        log_two(self, IB_LOG_INFO, "on probation until the first good frame: version ",
                ib_ota_version(self));
}

int ib_ota_init(struct ib_ota *self, const struct ib_ota_config *config, uint64_t now_us) {
    memset(self, 0, sizeof *self);
    self->config = *config;
    if (!config->project || !config->factory_version) {
        self->slots.running = IB_SLOTS_FACTORY;
        self->slots.status = IB_E_INVAL;
        return IB_E_INVAL;
    }
    int status = ib_slots_boot(&self->slots, config->slot[0], config->slot[1], config->record);
    self->rollbacks = self->slots.rolled_back ? 1 : 0;
    self->prove_until_us = now_us + IB_OTA_PROVE_US;
    log_start(self, status);
    return status == IB_E_FORMAT ? IB_OK : status; // the next update writes a new record
}

const char *ib_ota_version(const struct ib_ota *self) {
    int running = self->slots.running;
    if (running != IB_SLOTS_FACTORY)
        return self->slots.entry[running].version;
    return self->config.factory_version ? self->config.factory_version : "";
}

// ---- What may be asked for ----

static int refuse(char why[IB_OTA_WHY_BYTES], int status, const char *reason) {
    struct ib_text text;
    ib_text_init(&text, why, IB_OTA_WHY_BYTES);
    ib_text_str(&text, reason);
    return status;
}

/// "expected start 8192, got 4096"
static int refuse_numbers(char why[IB_OTA_WHY_BYTES], const char *what, uint64_t wanted,
                          const char *but, int64_t got) {
    struct ib_text text;
    ib_text_init(&text, why, IB_OTA_WHY_BYTES);
    ib_text_str(&text, what);
    ib_text_u64(&text, wanted);
    ib_text_str(&text, but);
    ib_text_i64(&text, got);
    return IB_E_RANGE;
}

static int check_request(const struct ib_ota *self, int32_t length, const char *version,
                         char why[IB_OTA_WHY_BYTES]) {
    const struct ib_slots *slots = &self->slots;
    struct ib_esp_image image;
    if (slots->status < 0 && slots->status != IB_E_FORMAT)
        return refuse(why, IB_E_IO, "the firmware storage does not work");
    if (self->restart_due || self->stage == IB_OTA_RESTARTING)
        return refuse(why, IB_E_NOT_READY, "the camera is about to restart");
    if (slots->probation)
        return refuse(why, IB_E_NOT_READY, "the running firmware has not proved itself yet");
    if (length < 0 || ib_esp_image_init(&image, (uint32_t)length) < 0)
        return refuse(why, IB_E_RANGE, length < 0 ? "a length below zero" : image.why);
    uint32_t most_bytes = slots->slot[ib_slots_spare(slots)]->size_bytes;
    if ((uint32_t)length > most_bytes)
        return refuse_numbers(why, "at most ", most_bytes, " bytes fit, not ", length);
    if (!version[0])
        return refuse(why, IB_E_RANGE, "no firmware has an empty version");
    if (strlen(version) > IB_ESP_IMAGE_TEXT_BYTES)
        return refuse(why, IB_E_RANGE, "no firmware has a version of more than 32 characters");
    return IB_OK;
}

int ib_ota_request(struct ib_ota *self, int32_t length, const char *version, uint64_t now_us,
                   char why[IB_OTA_WHY_BYTES]) {
    int status = check_request(self, length, version, why);
    if (status < 0)
        return status;
    self->size_bytes = (uint32_t)length;
    memset(self->version, 0, sizeof self->version);
    memcpy(self->version, version, strlen(version));
    self->done_bytes = 0;
    self->failed = false;
    self->output.say = IB_OTA_SAY_NOTHING;
    self->stage = IB_OTA_ASKED;
    self->deadline_us = now_us + IB_OTA_CONFIRM_US;
    log_two(self, IB_LOG_INFO, "asked for, waits for the button: version ", self->version);
    return IB_OK;
}

// ---- Erasing ----

static const struct ib_storage *spare(const struct ib_ota *self) {
    return self->config.slot[ib_slots_spare(&self->slots)];
}

static void begin(struct ib_ota *self) {
    (void)ib_esp_image_init(&self->image, self->size_bytes);
    int status = ib_slots_open(&self->slots);
    if (status < 0) {
        fail(self, SAY_INIT_FAILED, ib_status_text(status));
        return;
    }
    self->stage = IB_OTA_ERASING;
    self->done_bytes = 0;
    ib_log(self->config.log, IB_LOG_INFO, "update", "confirmed, erasing");
}

void ib_ota_press(struct ib_ota *self, uint64_t now_us) {
    (void)now_us;
    switch (self->stage) {
    case IB_OTA_ASKED:
        begin(self);
        return;
    case IB_OTA_ERASING:
    case IB_OTA_RECEIVING:
    case IB_OTA_CHECKING:
        give_up(self, SAY_TERMINATED);
        return;
    case IB_OTA_IDLE:
    case IB_OTA_RESTARTING:
        return;
    }
}

static void ask(struct ib_ota *self, uint64_t now_us) {
    uint32_t left = self->size_bytes - self->done_bytes;
    self->output.say = IB_OTA_SAY_CHUNK;
    self->output.start = self->done_bytes;
    self->output.length = left < IB_OTA_CHUNK_BYTES ? left : IB_OTA_CHUNK_BYTES;
    self->tries++;
    self->deadline_us = now_us + IB_OTA_CHUNK_US;
}

static void erase_some(struct ib_ota *self, uint64_t now_us) {
    const struct ib_storage *slot = spare(self);
    uint32_t sector = slot->sector_bytes;
    uint32_t all = (self->size_bytes + sector - 1) / sector * sector;
    uint32_t some = IB_OTA_STEP_BYTES / sector * sector;
    if (some > all - self->done_bytes)
        some = all - self->done_bytes;
    int status = ib_storage_erase(slot, self->done_bytes, some);
    if (status < 0) {
        fail(self, SAY_INIT_FAILED, ib_status_text(status));
        return;
    }
    self->done_bytes += some;
    if (self->done_bytes < all)
        return;
    self->done_bytes = 0;
    self->tries = 0;
    self->stage = IB_OTA_RECEIVING;
    ask(self, now_us);
}

// ---- Receiving ----

/// Is it the firmware that was asked for? `reason` has room for the answer.
static bool wanted_firmware(const struct ib_ota *self, char reason[IB_OTA_WHY_BYTES]) {
    const struct ib_esp_image *image = &self->image;
    bool foreign = strcmp(image->project, self->config.project) != 0;
    if (!foreign && strcmp(image->version, self->version) == 0)
        return true;
    struct ib_text text;
    ib_text_init(&text, reason, IB_OTA_WHY_BYTES);
    ib_text_str(&text, foreign ? "it is for " : "it is version ");
    put_plain(&text, foreign ? image->project : image->version);
    ib_text_str(&text, ", not ");
    put_plain(&text, foreign ? self->config.project : self->version);
    return false;
}

/// NULL: the image may run. Otherwise why not.
static const char *signature_problem(const struct ib_ota *self) {
    const struct ib_signature *key = self->config.signature;
    const struct ib_esp_image *image = &self->image;
    if (key && image->has_signature &&
        key->ops->verify(key->context, image->digest, image->signature) < 0)
        return "the signature is not a good one";
    if (!self->config.signature_required)
        return NULL;
    if (!image->has_signature)
        return "the image is not signed";
    return key ? NULL : "no key is there to check the signature with";
}

/// All bytes are in the slot: check what came, then begin to read back.
static void received(struct ib_ota *self) {
    if (ib_esp_image_finish(&self->image) < 0) {
        fail(self, SAY_NOT_VALID, self->image.why);
        return;
    }
    const char *problem = signature_problem(self);
    if (problem) {
        fail(self, SAY_NOT_VALID, problem);
        return;
    }
    int status = ib_storage_sync(spare(self));
    if (status < 0) {
        fail(self, SAY_WRITE_FAILED, ib_status_text(status));
        return;
    }
    self->stage = IB_OTA_CHECKING;
    self->done_bytes = 0;
    ib_sha256_init(&self->readback);
    ib_log(self->config.log, IB_LOG_INFO, "update", "received, checking");
}

static void take_chunk(struct ib_ota *self, const uint8_t *data, uint32_t size, uint64_t now_us) {
    struct ib_esp_image *image = &self->image;
    char reason[IB_OTA_WHY_BYTES];
    bool knew = image->has_descriptor;
    int status = ib_esp_image_feed(image, data, size);
    // Nothing of a firmware that was not asked for gets into the slot.
    if (!knew && image->has_descriptor && !wanted_firmware(self, reason)) {
        fail(self, SAY_WRITE_FAILED, reason);
        return;
    }
    if (status < 0) {
        fail(self, image->has_descriptor ? SAY_NOT_VALID : SAY_WRITE_FAILED, image->why);
        return;
    }
    status = ib_storage_write(spare(self), self->done_bytes, data, size);
    if (status < 0) {
        fail(self, SAY_WRITE_FAILED, ib_status_text(status));
        return;
    }
    self->done_bytes += size;
    self->output.say = IB_OTA_SAY_NOTHING; // a repeated request that nobody has taken yet
    self->tries = 0;
    if (self->done_bytes == self->size_bytes)
        received(self);
    else
        ask(self, now_us);
}

/// Whether the start is one that was asked for and taken.
static bool taken_already(const struct ib_ota *self, int32_t start) {
    bool receiving = self->stage == IB_OTA_RECEIVING;
    bool after = self->stage == IB_OTA_CHECKING || self->stage == IB_OTA_RESTARTING;
    uint32_t end = receiving ? self->done_bytes : after ? self->size_bytes : 0;
    return start >= 0 && (uint32_t)start < end && (uint32_t)start % IB_OTA_CHUNK_BYTES == 0;
}

int ib_ota_segment(struct ib_ota *self, int32_t start, int32_t length, const uint8_t *data,
                   size_t size, uint64_t now_us, char why[IB_OTA_WHY_BYTES]) {
    if (taken_already(self, start))
        return IB_OK;
    if (self->stage != IB_OTA_RECEIVING)
        return refuse(why, IB_E_NOT_READY, "no chunk was asked for");
    uint32_t left = self->size_bytes - self->done_bytes;
    uint32_t wanted = left < IB_OTA_CHUNK_BYTES ? left : IB_OTA_CHUNK_BYTES;
    if (start < 0 || (uint32_t)start != self->done_bytes)
        return refuse_numbers(why, "expected start ", self->done_bytes, ", got ", start);
    if (length < 0 || (uint32_t)length != wanted)
        return refuse_numbers(why, "expected ", wanted, " bytes, got ", length);
    if (size != wanted)
        return refuse_numbers(why, "expected ", wanted, " bytes, the data has ", (int64_t)size);
    take_chunk(self, data, wanted, now_us);
    return IB_OK;
}

// ---- Checking ----

static void switch_over(struct ib_ota *self, uint64_t now_us) {
    struct ib_slots_entry entry = {.used = true, .size_bytes = self->size_bytes};
    memcpy(entry.version, self->image.version, sizeof entry.version);
    memcpy(entry.digest, self->image.whole, sizeof entry.digest);
    int status = ib_slots_switch(&self->slots, &entry);
    if (status < 0) {
        fail(self, SAY_NOT_VALID, ib_status_text(status));
        return;
    }
    say_status(self, SAY_SUCCESS, NULL);
    self->stage = IB_OTA_RESTARTING;
    self->deadline_us = now_us + IB_OTA_RESTART_US;
    self->updates++;
    log_two(self, IB_LOG_INFO, SAY_SUCCESS ", restarting into version ", entry.version);
}

static void check_some(struct ib_ota *self, uint64_t now_us) {
    const struct ib_storage *slot = spare(self);
    uint32_t end = self->size_bytes;
    if (end - self->done_bytes > IB_OTA_STEP_BYTES)
        end = self->done_bytes + IB_OTA_STEP_BYTES;
    while (self->done_bytes < end) {
        uint32_t left = end - self->done_bytes;
        uint32_t count = left < sizeof self->chunk ? left : (uint32_t)sizeof self->chunk;
        int status = ib_storage_read(slot, self->done_bytes, self->chunk, count);
        if (status < 0) {
            fail(self, SAY_NOT_VALID, ib_status_text(status));
            return;
        }
        ib_sha256_feed(&self->readback, self->chunk, count);
        self->done_bytes += count;
    }
    if (end < self->size_bytes)
        return;
    uint8_t digest[IB_SHA256_BYTES];
    ib_sha256_finish(&self->readback, digest);
    if (memcmp(digest, self->image.whole, sizeof digest) != 0)
        fail(self, SAY_NOT_VALID, "the flash does not read back as written");
    else
        switch_over(self, now_us);
}

// ---- Probation ----

static void note_proved(struct ib_ota *self) {
    int status = ib_slots_prove(&self->slots);
    if (status < 0)
        log_two(self, IB_LOG_ERROR,
                "cannot note that the firmware is good: ", ib_status_text(status));
    else
        log_two(self, IB_LOG_INFO, "proved itself: version ", ib_ota_version(self));
}

void ib_ota_good_frame(struct ib_ota *self) {
    if (self->proved || !self->slots.probation || self->slots.rejected)
        return;
    self->proved = true;
    self->note_us = 0;
    note_proved(self);
}

static uint64_t step_probation(struct ib_ota *self, uint64_t now_us) {
    if (!self->slots.probation || self->slots.rejected)
        return IB_NEVER;
    if (self->proved) { // not written down: try again, not at every step
        if (self->note_us == 0) {
            self->note_us = now_us + IB_OTA_NOTE_AGAIN_US;
        } else if (now_us >= self->note_us) {
            self->note_us = now_us + IB_OTA_NOTE_AGAIN_US;
            note_proved(self);
        }
        return self->slots.probation ? self->note_us : IB_NEVER;
    }
    if (now_us < self->prove_until_us)
        return self->prove_until_us;
    (void)ib_slots_reject(&self->slots);
    self->restart_due = true;
    ib_log(self->config.log, IB_LOG_ERROR, "update",
           "no good frame from the new firmware, going back to the one before");
    return IB_NEVER;
}

// ---- Time ----

static void ask_again(struct ib_ota *self, uint64_t now_us) {
    if (self->tries < IB_OTA_TRIES)
        ask(self, now_us);
    else
        give_up(self, SAY_NO_ANSWER);
}

static void step_stage(struct ib_ota *self, uint64_t now_us) {
    bool late = now_us >= self->deadline_us;
    switch (self->stage) {
    case IB_OTA_IDLE:
        return;
    case IB_OTA_ASKED:
        if (late)
            give_up(self, SAY_TIMED_OUT);
        return;
    case IB_OTA_ERASING:
        erase_some(self, now_us);
        return;
    case IB_OTA_RECEIVING:
        if (late)
            ask_again(self, now_us);
        return;
    case IB_OTA_CHECKING:
        check_some(self, now_us);
        return;
    case IB_OTA_RESTARTING:
        if (late)
            self->restart_due = true;
        return;
    }
}

static uint64_t stage_due_us(const struct ib_ota *self, uint64_t now_us) {
    switch (self->stage) {
    case IB_OTA_ERASING:
    case IB_OTA_CHECKING:
        return now_us;
    case IB_OTA_ASKED:
    case IB_OTA_RECEIVING:
        return self->deadline_us;
    case IB_OTA_RESTARTING:
        return self->restart_due ? IB_NEVER : self->deadline_us;
    case IB_OTA_IDLE:
        break;
    }
    return IB_NEVER;
}

void ib_ota_step(struct ib_ota *self, uint64_t now_us, uint64_t *due_us) {
    uint64_t probation_due_us = step_probation(self, now_us);
    step_stage(self, now_us);
    uint64_t due = stage_due_us(self, now_us);
    *due_us = due < probation_due_us ? due : probation_due_us;
}

void ib_ota_cancel(struct ib_ota *self) {
    self->output.say = IB_OTA_SAY_NOTHING;
    if (self->stage == IB_OTA_IDLE || self->stage == IB_OTA_RESTARTING)
        return;
    self->stage = IB_OTA_IDLE;
    ib_log(self->config.log, IB_LOG_WARNING, "update", "given up: the client has gone");
}

void ib_ota_take(struct ib_ota *self, struct ib_ota_output *out) {
    *out = self->output;
    self->output.say = IB_OTA_SAY_NOTHING;
}

void ib_ota_clear_fault(struct ib_ota *self) {
    self->failed = false;
}
