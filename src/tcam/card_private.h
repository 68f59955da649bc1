/// What card.c, card_list.c, card_send.c and card_record.c share. Nobody else includes it.
#ifndef IB_TCAM_CARD_PRIVATE_H
#define IB_TCAM_CARD_PRIVATE_H

#include "tcam/engine.h"

/// Whether the card can be used now. Errors: IB_E_UNSUPPORTED on boards without one; IB_E_NOT_FOUND,
/// IB_E_BUSY, IB_E_IO.
int ib_tcam_card_ready(const struct ib_tcam *self);

/// "tcam_YY_MM_DD" and "PREFIX_H_MM_SS.EXTENSION" of that moment; when there is such a file already,
/// the first of …_2 to …_99 that is not there.
/// Errors: IB_E_NO_SPACE when all of them are there; the card's.
int ib_tcam_card_name(const struct ib_tcam *self, int64_t wall_us, const char *prefix,
                      const char *extension, char directory[IB_FILES_NAME_BYTES + 1],
                      char file[IB_FILES_NAME_BYTES + 1]);

/// "Cannot DO.  Indexing SD Card", "Cannot DO.  No SD Card installed". False: the status is neither.
bool ib_tcam_card_reply_not_ready(struct ib_tcam_session *self, const char *what, int status);

/// A warning: "WHAT DIRECTORY/FILE: status".
void ib_tcam_card_warn(const struct ib_tcam *self, const char *what, const char *directory,
                       const char *file, int status);

/// The name of a directory or file. Errors: IB_E_NOT_FOUND (no such argument), IB_E_TYPE,
/// IB_E_REFUSED (not a name).
int ib_tcam_card_name_arg(const struct ib_json_value *args, const char *key,
                          char out[IB_FILES_NAME_BYTES + 1]);

/// card_list.c: a piece of the way of ib_tcam_card_send.
bool ib_tcam_card_send_list(struct ib_tcam_session *self, struct ib_tcam_chunk *out);

/// Whether that is the file of the recording under way (`file` NULL: its directory).
bool ib_tcam_recording_uses(const struct ib_tcam *self, const char *directory, const char *file);

#endif
