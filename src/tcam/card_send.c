/// get_file: a picture or a recording on its way from the card to a client, a record at a time.
///
/// Nothing is kept between two records but where the next one begins, so a file may be of any size,
/// be written to at the same moment, or vanish. A recording without a footer, and one whose footer
/// counts images that cannot be read, gets a footer that is true.
#include <string.h>

#include "core/status.h"
#include "core/text.h"
#include "record/tmjsn.h"
#include "tcam/card_private.h"

/// A stretch of damage longer than this is the end of the file.
#define MOST_DAMAGED_RECORDS 16

_Static_assert(sizeof((struct ib_tcam *)0)->packet >= 1 + IB_TMJSN_RECORD_BYTES,
               "a record and the delimiter before it");

static bool ends_with(const char *name, const char *extension) {
    size_t size = strlen(name), tail = strlen(extension);
    return size > tail && ib_text_same(name + size - tail, extension);
}

static bool is_recording(const char *name) {
    return ends_with(name, ".tmjsn");
}

static bool cannot_read(struct ib_tcam_session *self) {
    self->sending_file = false;
    ib_tcam_reply_info(self, IB_TCAM_NACK, "Error reading image file");
    return false;
}

int ib_tcam_get_file(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us) {
    (void)now_us;
    char directory[IB_FILES_NAME_BYTES + 1], file[IB_FILES_NAME_BYTES + 1];
    int status = ib_tcam_card_name_arg(args, "dir_name", directory);
    if (status == IB_OK)
        status = ib_tcam_card_name_arg(args, "file_name", file);
    if (status == IB_OK)
        status = ib_tcam_card_ready(self->tcam);
    if (status < 0)
        return status;
    if (!is_recording(file) && !ends_with(file, ".tjsn")) {
        cannot_read(self);
        return IB_TCAM_DONE_REPLY;
    }
    memcpy(self->file_directory, directory, sizeof directory);
    memcpy(self->file_name, file, sizeof file);
    self->file_offset = 0;
    ib_tmjsn_begin(&self->file_info);
    self->sending_file = true;
    return IB_TCAM_DONE_LATER;
}

/// As much of the file as the room takes, behind the place of a delimiter. `last`: it ends there.
static int read_window(struct ib_tcam_session *self, bool *last) {
    const struct ib_files *card = self->tcam->card;
    char *room = ib_tcam_room(self->tcam);
    size_t got = 0;
    *last = false;
    while (got < IB_TMJSN_RECORD_BYTES && !*last) {
        int n =
            card->ops->read(card->context, self->file_directory, self->file_name,
                            self->file_offset + got, room + 1 + got, IB_TMJSN_RECORD_BYTES - got);
        if (n < 0)
            return n;
        *last = n == 0;
        got += (size_t)n;
    }
    return (int)got;
}

/// The next record that is not damaged. Return: 1, 0 at the end. Errors: the card's.
static int next_record(struct ib_tcam_session *self, struct ib_tmjsn_record *record) {
    bool last;
    int size = read_window(self, &last);
    size_t at = 0;
    for (unsigned damaged = 0; size >= 0 && damaged < MOST_DAMAGED_RECORDS; damaged++) {
        while (ib_tmjsn_next(self->tcam->packet + 1 + at, (size_t)size - at, last, record) == 0) {
            // Past the window's first record a longer window helps.
            if (last || at == 0)
                return 0;
            at = 0;
            size = read_window(self, &last);
            if (size < 0)
                return size;
        }
        at += record->used;
        self->file_offset += record->used;
        if (record->kind != IB_TMJSN_DAMAGED)
            return 1;
    }
    return size < 0 ? size : 0;
}

/// The record where it lies, between delimiters: its padding, or the byte before the window, makes
/// room for one, its end for the other.
static bool give_record(struct ib_tcam_session *self, const struct ib_tmjsn_record *record,
                        struct ib_tcam_chunk *out) {
    char *packet = self->tcam->packet + (record->text - self->tcam->packet) - 1;
    packet[0] = IB_TCAM_START;
    packet[1 + record->size] = IB_TCAM_END;
    *out = (struct ib_tcam_chunk){.bytes = packet, .size = record->size + 2};
    return true;
}

static bool give_info(struct ib_tcam_session *self, const struct ib_tmjsn_info *info,
                      struct ib_tcam_chunk *out) {
    char *file = ib_tcam_room(self->tcam);
    file[0] = IB_TCAM_START;
    int size = ib_tmjsn_write_info(file + 1, sizeof self->tcam->packet - 1, info);
    if (size < 0)
        return cannot_read(self);
    self->sending_file = false;
    *out = (struct ib_tcam_chunk){.bytes = file, .size = 1 + (size_t)size};
    return true;
}

/// The end of a recording: its own footer if that is there and counts what was sent.
static bool give_end(struct ib_tcam_session *self, const struct ib_tmjsn_record *footer,
                     struct ib_tcam_chunk *out) {
    struct ib_tmjsn_info *sent = &self->file_info, own;
    if (!footer)
        return sent->frames > 0 ? give_info(self, sent, out) : cannot_read(self);
    if (ib_tmjsn_read_info(footer->text, footer->size, &own) != IB_OK)
        return cannot_read(self);
    if (own.frames != sent->frames) {
        own.frames = sent->frames;
        return give_info(self, &own, out);
    }
    self->sending_file = false;
    return give_record(self, footer, out);
}

bool ib_tcam_card_send(struct ib_tcam_session *self, struct ib_tcam_chunk *out) {
    if (!self->sending_file)
        return false;
    if (self->file_name[0] == '\0')
        return ib_tcam_card_send_list(self, out);

    struct ib_tmjsn_record record;
    int found = next_record(self, &record);
    if (found < 0)
        return cannot_read(self);
    bool recording = is_recording(self->file_name);
    if (found == 0 || record.kind == IB_TMJSN_INFO)
        return recording ? give_end(self, found ? &record : NULL, out) : cannot_read(self);
    if (recording) {
        char time[24], date[24];
        if (ib_tmjsn_image_time(record.text, record.size, time, date) != IB_OK)
            time[0] = date[0] = '\0';
        ib_tmjsn_count(&self->file_info, time, date, false);
    } else {
        self->sending_file = false;
    }
    return give_record(self, &record, out);
}
