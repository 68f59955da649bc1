/// Which firmware runs, and how that survives power cuts. See slots.h.
///
/// The record is written whole each time, by durable.h. It names the slot that the next start runs and
/// how far that one has got:
///
///   open: PROVEN, spare void ─▶ switch: NEW ─(start)─▶ TRIED ─▶ prove: PROVEN
///                                                       └──(start)──▶ PROVEN, the one before
/// A decision is made in a copy, written, and only then taken over: a record that could not be written
/// leaves everything as it was.
#include "device/slots.h"

#include <string.h>

#include "core/bytes.h"
#include "core/sha256.h"
#include "core/status.h"

#define VERSION 1u
#define HEAD_BYTES 4u
#define ENTRY_BYTES 72u
#define RECORD_BYTES (HEAD_BYTES + 2 * ENTRY_BYTES)
#define FACTORY_BYTE 0xFFu
#define PIECE_BYTES 512u

/// Within an entry.
#define SIZE_AT 4u
#define VERSION_AT 8u
#define DIGEST_AT 40u

enum progress { PROVEN, NEW, TRIED };

/// What the record says.
struct plan {
    int next; ///< runs at the next start
    int before;
    enum progress progress;
    struct ib_slots_entry entry[2];
};

static uint8_t slot_to_byte(int slot) {
    return slot == IB_SLOTS_FACTORY ? (uint8_t)FACTORY_BYTE : (uint8_t)slot;
}

static void write_entry(const struct ib_slots_entry *entry, uint8_t *out) {
    if (!entry->used)
        return;
    out[0] = 1;
    ib_put_le32(out + SIZE_AT, entry->size_bytes);
    memcpy(out + VERSION_AT, entry->version, IB_ESP_IMAGE_TEXT_BYTES);
    memcpy(out + DIGEST_AT, entry->digest, IB_SHA256_BYTES);
}

static bool read_entry(struct ib_slots_entry *entry, const uint8_t *p, uint32_t most_bytes) {
    memset(entry, 0, sizeof *entry);
    if (p[0] > 1)
        return false;
    entry->used = p[0] == 1;
    if (!entry->used)
        return true;
    entry->size_bytes = ib_get_le32(p + SIZE_AT);
    memcpy(entry->version, p + VERSION_AT, IB_ESP_IMAGE_TEXT_BYTES);
    memcpy(entry->digest, p + DIGEST_AT, IB_SHA256_BYTES);
    return entry->size_bytes > 0 && entry->size_bytes <= most_bytes;
}

static bool read_slot(int *slot, uint8_t byte) {
    *slot = byte == FACTORY_BYTE ? IB_SLOTS_FACTORY : (int)byte;
    return byte == FACTORY_BYTE || byte < 2;
}

static bool read_plan(const struct ib_slots *self, struct plan *plan, const uint8_t *p) {
    bool good = p[0] == VERSION && p[3] <= TRIED;
    good = read_slot(&plan->next, p[1]) && good;
    good = read_slot(&plan->before, p[2]) && good;
    for (unsigned i = 0; i < 2; i++)
        good = read_entry(&plan->entry[i], p + HEAD_BYTES + i * (size_t)ENTRY_BYTES,
                          self->slot[i]->size_bytes) &&
               good;
    plan->progress = (enum progress)p[3];
    // Only a slot can be on trial.
    return good && (plan->progress == PROVEN || plan->next != IB_SLOTS_FACTORY);
}

static int save(struct ib_slots *self, const struct plan *plan) {
    uint8_t bytes[RECORD_BYTES];
    memset(bytes, 0, sizeof bytes);
    bytes[0] = VERSION;
    bytes[1] = slot_to_byte(plan->next);
    bytes[2] = slot_to_byte(plan->before);
    bytes[3] = (uint8_t)plan->progress;
    for (unsigned i = 0; i < 2; i++)
        write_entry(&plan->entry[i], bytes + HEAD_BYTES + i * (size_t)ENTRY_BYTES);
    return ib_durable_save(&self->record, bytes, sizeof bytes);
}

/// IB_OK, IB_E_NOT_FOUND (no record yet), IB_E_FORMAT, or the storage's error.
static int load(struct ib_slots *self, struct plan *plan) {
    uint8_t bytes[RECORD_BYTES];
    memset(plan, 0, sizeof *plan);
    int size = ib_durable_load(&self->record, bytes, sizeof bytes);
    if (size == IB_E_NO_SPACE)
        return IB_E_FORMAT;
    if (size < 0)
        return size;
    if (size != (int)sizeof bytes || !read_plan(self, plan, bytes))
        return IB_E_FORMAT;
    return IB_OK;
}

/// Whether a slot holds what its entry says: IB_OK, IB_E_VERIFY, or the storage's error.
static int check_slot(const struct ib_slots *self, const struct plan *plan, int slot) {
    if (slot == IB_SLOTS_FACTORY)
        return IB_OK;
    const struct ib_slots_entry *entry = &plan->entry[slot];
    if (!entry->used)
        return IB_E_VERIFY;
    struct ib_sha256 sha;
    uint8_t piece[PIECE_BYTES], digest[IB_SHA256_BYTES];
    ib_sha256_init(&sha);
    for (uint32_t at = 0; at < entry->size_bytes;) {
        uint32_t left = entry->size_bytes - at, count = left < PIECE_BYTES ? left : PIECE_BYTES;
        int status = ib_storage_read(self->slot[slot], at, piece, count);
        if (status < 0)
            return status;
        ib_sha256_feed(&sha, piece, count);
        at += count;
    }
    ib_sha256_finish(&sha, digest);
    return memcmp(digest, entry->digest, sizeof digest) == 0 ? IB_OK : IB_E_VERIFY;
}

static void take_over(struct ib_slots *self, const struct plan *plan) {
    self->before = plan->before;
    memcpy(self->entry, plan->entry, sizeof self->entry);
}

/// The planned one does not run (any more): the one before, or the factory firmware.
/// Errors: the storage's, when the one before could not be looked at.
static int go_back(const struct ib_slots *self, struct plan *plan) {
    int bad = plan->next;
    plan->next = plan->before;
    plan->before = IB_SLOTS_FACTORY;
    plan->progress = PROVEN;
    if (bad != IB_SLOTS_FACTORY)
        plan->entry[bad].used = false;
    int status = plan->next == bad ? IB_E_VERIFY : check_slot(self, plan, plan->next);
    if (status < 0)
        plan->next = IB_SLOTS_FACTORY;
    return status == IB_E_VERIFY ? IB_OK : status;
}

/// The record is there: which slot runs, and what is written down about it.
/// Return: IB_OK, or the storage's error.
static int decide(struct ib_slots *self, const struct plan *plan, struct plan *next) {
    int whole = plan->progress == TRIED ? IB_OK : check_slot(self, plan, plan->next);
    int status = whole == IB_E_VERIFY ? IB_OK : whole;
    *next = *plan;
    self->rolled_back = plan->progress == TRIED;
    self->damaged = whole < 0;
    if (self->rolled_back || self->damaged) {
        int back = go_back(self, next);
        status = status < 0 ? status : back;
        // A slot that cannot be read today may be read tomorrow: nothing is written down.
        return status < 0 ? status : save(self, next);
    }
    if (plan->progress == PROVEN)
        return IB_OK;
    next->progress = TRIED;
    status = save(self, next);
    self->probation = status == IB_OK;
    if (status < 0) {
        // Not noted as tried, it would be tried at every start for ever.
        (void)go_back(self, next);
        next->entry[plan->next].used = true;
    }
    return status;
}

int ib_slots_boot(struct ib_slots *self, const struct ib_storage *slot0,
                  const struct ib_storage *slot1, const struct ib_storage *record) {
    struct plan plan, next;
    memset(self, 0, sizeof *self);
    self->running = self->before = IB_SLOTS_FACTORY;
    self->slot[0] = slot0;
    self->slot[1] = slot1;
    self->status = IB_E_INVAL;
    if (slot0 && slot1)
        self->status = ib_durable_init(&self->record, record, IB_SLOTS_MAGIC);
    if (self->status < 0)
        return self->status;
    int status = load(self, &plan);
    if (status == IB_OK) {
        status = decide(self, &plan, &next);
        self->running = next.next;
        take_over(self, &next);
    }
    self->status = status == IB_E_NOT_FOUND ? IB_OK : status;
    return self->status;
}

int ib_slots_spare(const struct ib_slots *self) {
    return self->running == 0 ? 1 : 0;
}

/// As it is now: the running one, proven.
static struct plan now(const struct ib_slots *self) {
    struct plan plan = {.next = self->running, .before = self->before, .progress = PROVEN};
    memcpy(plan.entry, self->entry, sizeof plan.entry);
    return plan;
}

static int save_and_take_over(struct ib_slots *self, const struct plan *plan) {
    int status = save(self, plan);
    if (status == IB_OK)
        take_over(self, plan);
    return status;
}

int ib_slots_open(struct ib_slots *self) {
    if (self->probation)
        return IB_E_NOT_READY;
    struct plan plan = now(self);
    int spare = ib_slots_spare(self);
    memset(&plan.entry[spare], 0, sizeof plan.entry[spare]);
    if (plan.before == spare)
        plan.before = IB_SLOTS_FACTORY;
    int status = save_and_take_over(self, &plan);
    if (status == IB_OK)
        self->switched = false;
    return status;
}

int ib_slots_switch(struct ib_slots *self, const struct ib_slots_entry *entry) {
    int spare = ib_slots_spare(self);
    if (self->probation)
        return IB_E_NOT_READY;
    if (entry->size_bytes == 0 || entry->size_bytes > self->slot[spare]->size_bytes)
        return IB_E_RANGE;
    struct plan plan = now(self);
    plan.next = spare;
    plan.before = self->running;
    plan.progress = NEW;
    plan.entry[spare] = *entry;
    plan.entry[spare].used = true;
    int status = save_and_take_over(self, &plan);
    if (status == IB_OK)
        self->switched = true;
    return status;
}

int ib_slots_prove(struct ib_slots *self) {
    if (!self->probation || self->rejected)
        return IB_E_NOT_READY;
    struct plan plan = now(self);
    int status = save_and_take_over(self, &plan);
    if (status == IB_OK)
        self->probation = false;
    return status;
}

int ib_slots_reject(struct ib_slots *self) {
    if (!self->probation)
        return IB_E_NOT_READY;
    self->rejected = true;
    return IB_OK;
}
