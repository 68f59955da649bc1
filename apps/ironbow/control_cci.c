/// The control socket's `cci`: any command of the Lepton's control interface, by name or by word.
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/control_session.h"
#include "core/status.h"
#include "drivers/lepton/lepton.h"

enum { OPERATION = 3, SET = 1, RUN = 2 };

static const char *operations(const struct ib_lepton_command *row) {
    static const char *const names[8] = {"",    "get",     "set",     "get set",
                                         "run", "get run", "set run", "get set run"};
    return names[row->ops & 7];
}

static void list(struct ib_app_control_session *self) {
    size_t count;
    const struct ib_lepton_command *rows = ib_lepton_commands(&count);
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_open_array(json, "commands");
    for (size_t i = 0; i < count; i++) {
        ib_json_open_object(json, NULL);
        ib_json_put_string(json, "name", rows[i].name);
        ib_json_put_int(json, "words", rows[i].words);
        ib_json_put_string(json, "about", operations(&rows[i]));
        ib_json_close_object(json);
    }
    ib_json_close_array(json);
    ib_app_control_end(self);
}

/// Decimal, 0x… or negative, up to 32 bits.
static bool parse_value(const char *text, int64_t *out) {
    char *end;
    long long value = strtoll(text, &end, 0);
    if (end == text || *end || value < INT32_MIN || value > UINT32_MAX)
        return false;
    *out = value;
    return true;
}

/// One value for an object of two words is a 32-bit number, low word first; else a value a word.
static bool take_values(struct ib_app_control_session *self, unsigned count, char **words,
                        unsigned size) {
    int64_t value;
    if (count == 1 && size == 2 && parse_value(words[0], &value)) {
        self->cci[0] = (uint16_t)((uint64_t)value & 0xFFFF);
        self->cci[1] = (uint16_t)((uint64_t)value >> 16 & 0xFFFF);
        return true;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!parse_value(words[i], &value) || value < INT16_MIN || value > UINT16_MAX) {
            ib_app_control_error(self, "%s: must be a 16-bit number", words[i]);
            return false;
        }
        self->cci[i] = (uint16_t)((uint64_t)value & 0xFFFF);
    }
    if (size == 0 || count == size)
        return true;
    ib_app_control_error(self, "%u words are needed, not %u", size, count);
    return false;
}

static bool done(struct ib_app_control_session *self) {
    if (!ib_app_control_answered(self))
        return false;
    const struct ib_camera_request *request = &self->request;
    int8_t code = request->outcome.device_code;
    if (request->status == IB_E_DEVICE) {
        ib_app_control_error(self, "the Lepton answers %d, %s", code, ib_lepton_result_text(code));
        return true;
    }
    if (request->status != IB_OK) {
        ib_app_control_error(self, "%s", ib_status_text(request->status));
        return true;
    }
    const struct ib_lepton_command *row = ib_lepton_command_of(request->cci.command);
    struct ib_json_writer *json = ib_app_control_begin(self);
    ib_json_put_int(json, "command", request->cci.command);
    if (row)
        ib_json_put_string(json, "name", row->name);
    ib_json_put_int(json, "status", request->outcome.status_word);
    if ((request->cci.command & OPERATION) == 0) {
        ib_json_open_array(json, "words");
        for (unsigned i = 0; i < request->cci.words; i++)
            ib_json_put_int(json, NULL, self->cci[i]);
        ib_json_close_array(json);
    }
    ib_app_control_end(self);
    return true;
}

static void ask(struct ib_app_control_session *self, uint16_t command, unsigned size) {
    self->request = (struct ib_camera_request){
        .ask = IB_ASK_CCI, .cci = {.command = command, .words = (uint16_t)size, .data = self->cci}};
    ib_app_control_post(self, done);
}

/// A command word as it is: what follows is the number of words to get, or the words to set.
static void ask_word(struct ib_app_control_session *self, uint16_t command, unsigned count,
                     char **words) {
    const struct ib_lepton_command *row = ib_lepton_command_of(command);
    int64_t size = row ? row->words : 0;
    switch (command & OPERATION) {
    case SET:
        if (take_values(self, count, words, 0))
            ask(self, command, count);
        return;
    case RUN:
        ask(self, command, 0);
        return;
    default:
        if (count && (!parse_value(words[0], &size) || size < 1 || size > IB_CCI_MAX_WORDS))
            ib_app_control_error(self, "%s: must be 1 to %d words", words[0], IB_CCI_MAX_WORDS);
        else if (size == 0)
            ib_app_control_error(self, "how many words? cci 0x%04X N", command);
        else
            ask(self, command, (unsigned)size);
    }
}

static void ask_named(struct ib_app_control_session *self, const struct ib_lepton_command *row,
                      unsigned count, char **words) {
    bool run = count == 1 && strcmp(words[0], "run") == 0;
    unsigned wanted = run || (count == 0 && row->ops == IB_LEPTON_RUN) ? IB_LEPTON_RUN
                      : count                                          ? IB_LEPTON_SET
                                                                       : IB_LEPTON_GET;
    if (!(row->ops & wanted))
        ib_app_control_error(self, "%s: has only %s", row->name, operations(row));
    else if (wanted == IB_LEPTON_RUN)
        ask(self, (uint16_t)(row->base + RUN), 0);
    else if (wanted == IB_LEPTON_GET)
        ask_word(self, row->base, 0, NULL);
    else if (take_values(self, count, words, row->words))
        ask(self, (uint16_t)(row->base + SET), row->words ? row->words : count);
}

void ib_app_control_cci(struct ib_app_control_session *self, unsigned count, char **words) {
    int64_t command;
    if (count == 0) {
        list(self);
        return;
    }
    const struct ib_lepton_command *row = ib_lepton_command_named(words[0]);
    if (row)
        ask_named(self, row, count - 1, words + 1);
    else if (parse_value(words[0], &command) && command >= 0 && command <= UINT16_MAX)
        ask_word(self, (uint16_t)command, count - 1, words + 1);
    else
        ib_app_control_error(self, "%s: no such command (cci alone lists them)", words[0]);
}
