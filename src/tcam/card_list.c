/// get_filesystem_list: the names in a directory of the card, printed when they are sent.
///
/// The reply is longer than other replies; it is made in the room for files, within one pull.
#include <string.h>

#include "core/status.h"
#include "core/text.h"
#include "tcam/card_private.h"

int ib_tcam_get_filesystem_list(struct ib_tcam_session *self, const struct ib_json_value *args,
                                uint64_t now_us) {
    (void)now_us;
    struct ib_json_value value;
    char name[IB_FILES_NAME_BYTES + 1] = "";
    int status = ib_tcam_card_name_arg(args, "dir_name", name);
    if (status == IB_E_REFUSED && strcmp(name, "/") == 0 &&
        ib_json_member(args, "dir_name", &value) == IB_OK && value.size == 3)
        name[0] = '\0'; // the card's top; "/" alone, not the start of something longer
    else if (status < 0)
        return status;
    status = ib_tcam_card_ready(self->tcam);
    if (status < 0)
        return status;
    memcpy(self->file_directory, name, sizeof name);
    self->file_name[0] = '\0';
    self->sending_file = true;
    return IB_TCAM_DONE_LATER;
}

/// "a,b," of the directories at the top, of the files in a directory. What has a comma in its name
/// cannot be told and is left out.
static int put_names(const struct ib_files *card, const char *directory, struct ib_text *text) {
    struct ib_files_entry entry;
    char after[IB_FILES_NAME_BYTES + 1] = "";
    int more;
    while ((more = card->ops->next(card->context, directory, after, &entry)) > 0) {
        memcpy(after, entry.name, sizeof after);
        if (entry.directory != (directory[0] == '\0') || strchr(entry.name, ','))
            continue;
        ib_text_str(text, entry.name);
        ib_text_char(text, ',');
        if (text->cut)
            return IB_E_NO_SPACE;
    }
    return more;
}

/// The packet at the start of the room for files. Return: its size.
static int write_list(struct ib_tcam *self, const char *directory) {
    char *room = ib_tcam_room(self);
    char *names = room + IB_TCAM_LIST_BYTES;
    struct ib_text text;
    ib_text_init(&text, names, IB_TCAM_LIST_BYTES);
    int status = put_names(self->card, directory, &text);
    if (status < 0)
        return status;
    struct ib_json_writer json;
    room[0] = IB_TCAM_START;
    ib_json_begin(&json, room + 1, IB_TCAM_LIST_BYTES - 1);
    ib_json_open_object(&json, NULL);
    ib_json_open_object(&json, "filesystem_list");
    ib_json_put_string(&json, "dir_name", directory[0] ? directory : "/");
    ib_json_put_string(&json, "name_list", names);
    ib_json_close_object(&json);
    ib_json_close_object(&json);
    int size = ib_json_finish(&json);
    if (size < 0)
        return size;
    room[1 + size] = IB_TCAM_END;
    return size + 2;
}

bool ib_tcam_card_send_list(struct ib_tcam_session *self, struct ib_tcam_chunk *out) {
    self->sending_file = false;
    int size = write_list(self->tcam, self->file_directory);
    if (size < 0) {
        ib_tcam_reply_info(self, IB_TCAM_NACK, "Failed to get filesystem catalog");
        return false;
    }
    *out = (struct ib_tcam_chunk){.bytes = self->tcam->packet, .size = (size_t)size};
    return true;
}
