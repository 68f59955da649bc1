/// The commands of the tCam with a memory card: pictures, power, deleting. Names of files.
///
/// Lists are in card_list.c, files on their way to a client in card_send.c, recordings in
/// card_record.c; docs/card.md is the same for people.
/// Source:  the tCam's commands, as its clients use them; names of files as the tCam gives them.
#include <string.h>

#include "core/status.h"
#include "core/text.h"
#include "tcam/card_private.h"
#include "tcam/wall.h"

#define PICTURE_PATIENCE_US 5000000
#define MOST_ALIKE 99u ///< files of one second

int ib_tcam_card_ready(const struct ib_tcam *self) {
    return self->card ? self->card->ops->ready(self->card->context) : IB_E_UNSUPPORTED;
}

static void put_moment(struct ib_text *text, char between, uint32_t a, uint32_t b, uint32_t c,
                       unsigned digits_of_a) {
    ib_text_pad(text, a, digits_of_a);
    ib_text_char(text, between);
    ib_text_pad(text, b, 2);
    ib_text_char(text, between);
    ib_text_pad(text, c, 2);
}

int ib_tcam_card_name(const struct ib_tcam *self, int64_t wall_us, const char *prefix,
                      const char *extension, char directory[IB_FILES_NAME_BYTES + 1],
                      char file[IB_FILES_NAME_BYTES + 1]) {
    struct ib_tcam_civil civil;
    ib_tcam_civil_from_us(&civil, wall_us);
    struct ib_text text;
    ib_text_init(&text, directory, IB_FILES_NAME_BYTES + 1);
    ib_text_str(&text, "tcam_");
    put_moment(&text, '_', (uint32_t)civil.year % 100, (uint32_t)civil.month, (uint32_t)civil.day,
               2);
    for (unsigned n = 1; n <= MOST_ALIKE; n++) {
        ib_text_init(&text, file, IB_FILES_NAME_BYTES + 1);
        ib_text_str(&text, prefix);
        put_moment(&text, '_', (uint32_t)civil.hour, (uint32_t)civil.minute, (uint32_t)civil.second,
                   1);
        if (n > 1) {
            ib_text_char(&text, '_');
            ib_text_u64(&text, n);
        }
        ib_text_str(&text, extension);
        char byte;
        int there = self->card->ops->read(self->card->context, directory, file, 0, &byte, 1);
        if (there < 0)
            return there == IB_E_NOT_FOUND ? IB_OK : there;
    }
    return IB_E_NO_SPACE;
}

bool ib_tcam_card_reply_not_ready(struct ib_tcam_session *self, const char *what, int status) {
    if (status != IB_E_BUSY && status != IB_E_NOT_FOUND)
        return false;
    char line[96];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, "Cannot ");
    ib_text_str(&text, what);
    ib_text_str(&text, status == IB_E_BUSY ? ".  Indexing SD Card" : ".  No SD Card installed");
    ib_tcam_reply_info(self, IB_TCAM_NACK, line);
    return true;
}

void ib_tcam_card_warn(const struct ib_tcam *self, const char *what, const char *directory,
                       const char *file, int status) {
    char line[160];
    struct ib_text text;
    ib_text_init(&text, line, sizeof line);
    ib_text_str(&text, what);
    ib_text_char(&text, ' ');
    ib_text_str(&text, directory);
    ib_text_char(&text, '/');
    ib_text_str(&text, file);
    ib_text_str(&text, ": ");
    ib_text_str(&text, ib_status_text(status));
    ib_log(self->log, IB_LOG_WARNING, "tcam", line);
}

int ib_tcam_card_name_arg(const struct ib_json_value *args, const char *key,
                          char out[IB_FILES_NAME_BYTES + 1]) {
    struct ib_json_value value;
    if (!args)
        return IB_E_NOT_FOUND;
    int status = ib_json_member(args, key, &value);
    if (status < 0)
        return status;
    int size = ib_json_string(&value, out, IB_FILES_NAME_BYTES + 1);
    if (size < 0)
        return size == IB_E_NO_SPACE ? IB_E_REFUSED : size;
    return size == 0 || out[0] == '.' || strchr(out, '/') ? IB_E_REFUSED : IB_OK;
}

int ib_tcam_take_picture(struct ib_tcam_session *self, const struct ib_json_value *args,
                         uint64_t now_us) {
    (void)args;
    int status = ib_tcam_card_ready(self->tcam);
    if (ib_tcam_card_reply_not_ready(self, "take picture", status))
        return IB_TCAM_DONE_REPLY;
    if (status < 0)
        return status;
    self->seen_sequence = ib_hub_sequence(self->tcam->hub);
    self->pending = IB_TCAM_WAITS_PICTURE;
    self->pending_deadline_us = now_us + PICTURE_PATIENCE_US;
    return IB_TCAM_DONE_LATER;
}

/// The encoded image as a file of its own: whole and durable, or not there.
static int store_picture(struct ib_tcam *self) {
    const struct ib_files *card = self->card;
    char directory[IB_FILES_NAME_BYTES + 1], file[IB_FILES_NAME_BYTES + 1];
    int64_t wall_us = ib_tcam_wall_us(self, self->packet_captured_us);
    int status = ib_tcam_card_name(self, wall_us, "img_", ".tjsn", directory, file);
    if (status < 0)
        return status;
    status =
        card->ops->append(card->context, directory, file, self->packet + 1, self->packet_size - 2);
    if (status == IB_OK)
        status = card->ops->sync(card->context, directory, file);
    if (status < 0) {
        ib_tcam_card_warn(self, "could not store", directory, file, status);
        card->ops->remove(card->context, directory, file);
    }
    return status;
}

void ib_tcam_card_picture(struct ib_tcam_session *self, uint64_t now_us) {
    (void)now_us;
    self->pending = IB_TCAM_IDLE;
    if (store_picture(self->tcam) == IB_OK)
        ib_tcam_reply_outcome(self, "take_picture", true);
    else
        ib_tcam_reply_info(self, IB_TCAM_NACK, "Could not store image to SD Card");
}

int ib_tcam_delete_filesystem_obj(struct ib_tcam_session *self, const struct ib_json_value *args,
                                  uint64_t now_us) {
    (void)now_us;
    const struct ib_tcam *tcam = self->tcam;
    char directory[IB_FILES_NAME_BYTES + 1], name[IB_FILES_NAME_BYTES + 1];
    const char *file = name;
    int status = ib_tcam_card_name_arg(args, "dir_name", directory);
    if (status < 0)
        return status;
    status = ib_tcam_card_name_arg(args, "file_name", name);
    if (status == IB_E_NOT_FOUND)
        file = NULL;
    else if (status < 0)
        return status; // a directory is deleted only when nothing else was meant

    // What is being written would come back as a piece of itself.
    status = ib_tcam_recording_uses(tcam, directory, file) ? IB_E_BUSY : ib_tcam_card_ready(tcam);
    if (status == IB_OK)
        status = tcam->card->ops->remove(tcam->card->context, directory, file);
    if (status == IB_OK)
        return IB_TCAM_DONE_ACK;
    ib_tcam_reply_info(self, IB_TCAM_NACK, "Could not delete image");
    return IB_TCAM_DONE_REPLY;
}

int ib_tcam_poweroff(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us) {
    (void)args;
    (void)now_us;
    struct ib_tcam *tcam = self->tcam;
    if (!tcam->poweroff)
        return IB_E_UNSUPPORTED;
    ib_tcam_recording_end(tcam);
    tcam->poweroff(tcam->poweroff_context);
    return IB_TCAM_DONE_ACK;
}
