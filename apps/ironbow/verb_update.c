/// ironbow update: send a firmware file to a camera, as the desktop application does.
///
/// Source:  tCam-Mini README, "OTA FW Update Process".
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/firmware.h"
#include "apps/ironbow/progress.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/tcam_client.h"
#include "apps/ironbow/verb.h"
#include "core/base64.h"
#include "core/status.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/storage_file.h"

#define MOST_CHUNK 8192
#define CONNECT_MS 10000
/// The camera waits 60 s for its button; erasing its flash and checking take seconds.
#define BUTTON_US 65000000u
#define SILENCE_US 60000000u
/// For the answer to the request. A real camera serves one client and leaves others without a word.
#define ANSWER_US 20000000u
/// A signal that comes just before a wait is noticed after this.
#define SLICE_US 500000u

enum { OPT_TO = 1, OPT_TOKEN, OPT_FINGERPRINT, OPT_QUIET };

static const struct ib_app_option OPTIONS[] = {
    {OPT_TO, "to", 0, "HOST[:PORT]", "the camera (port 5001)"},
    {OPT_FINGERPRINT, "fingerprint", 0, "SHA256", "its protected port: the certificate's SHA-256"},
    {OPT_TOKEN, "token-file", 0, "FILE", "… and the token, one line"},
    {OPT_QUIET, "quiet", 'q', NULL, "say nothing but errors"},
    {0},
};

struct update {
    const struct ib_app_verb *verb;
    struct ib_app_firmware firmware;
    struct ib_app_tcam_client client;
    bool quiet;
    struct ib_app_progress progress;
    bool accepted; ///< the camera has said so: it waits for its button
    bool whole;    ///< the last piece is on its way, or was: the camera may start it
    size_t done;
    char problem[512];
    char text[MOST_CHUNK * 2];
};

static void say(struct update *self, const char *text) {
    if (self->quiet)
        return;
    ib_app_progress_clear(&self->progress);
    printf("%s\n", text);
    fflush(stdout);
}

static void show_progress(struct update *self) {
    char text[64];
    snprintf(text, sizeof text, "%zu of %zu KiB", self->done / 1024, self->firmware.size / 1024);
    ib_app_progress_show(&self->progress, (double)self->done / (double)self->firmware.size, text);
}

static int send_json(struct update *self, struct ib_json_writer *json) {
    ib_json_close_object(json);
    ib_json_close_object(json);
    int size = ib_json_finish(json);
    if (size < 0) {
        snprintf(self->problem, sizeof self->problem, "the command does not fit");
        return -1;
    }
    return ib_app_tcam_client_send(&self->client, self->text, (size_t)size, self->problem,
                                   sizeof self->problem);
}

static void begin(struct update *self, struct ib_json_writer *json, const char *command) {
    ib_json_begin(json, self->text, sizeof self->text);
    ib_json_open_object(json, NULL);
    ib_json_put_string(json, "cmd", command);
    ib_json_open_object(json, "args");
}

static int request(struct update *self) {
    struct ib_json_writer json;
    begin(self, &json, "fw_update_request");
    ib_json_put_int(&json, "length", (int64_t)self->firmware.size);
    ib_json_put_string(&json, "version", self->firmware.image.version);
    return send_json(self, &json);
}

static bool int_member(const struct ib_json_value *object, const char *key, int32_t *out) {
    struct ib_json_value value;
    return ib_json_member(object, key, &value) == IB_OK && ib_json_int(&value, out) == IB_OK;
}

/// The camera asks for a piece of the file.
static int answer_chunk(struct update *self, const struct ib_json_value *wanted) {
    int32_t start, length;
    struct ib_json_writer json;
    if (!int_member(wanted, "start", &start) || !int_member(wanted, "length", &length) ||
        start < 0 || length <= 0 || length > MOST_CHUNK ||
        (size_t)start + (size_t)length > self->firmware.size) {
        snprintf(self->problem, sizeof self->problem,
                 "the camera asks for bytes that the file does not have");
        return -1;
    }
    begin(self, &json, "fw_segment");
    ib_json_put_int(&json, "start", start);
    ib_json_put_int(&json, "length", length);
    ib_json_put_base64(&json, "data", self->firmware.bytes + start, (size_t)length);
    self->whole |= (size_t)start + (size_t)length == self->firmware.size;
    if (send_json(self, &json) != 0)
        return -1;
    self->done = (size_t)start + (size_t)length;
    show_progress(self);
    return 0;
}

/// What comes over the wire may hold anything; a terminal gets what can be printed.
static void make_plain(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            *text = '?';
    }
}

/// A cam_info. Return: 1 it is over and good, 0 go on, -1 it has failed.
static int take_info(struct update *self, const struct ib_json_value *info) {
    enum { NACK = 0, ACK = 1, INTERNAL = 4, DEBUG = 5 };
    struct ib_json_value value;
    char text[256] = "", line[300];
    int32_t code;
    if (!int_member(info, "info_value", &code) ||
        ib_json_member(info, "info_string", &value) != IB_OK ||
        ib_json_string(&value, text, sizeof text) < 0)
        return 0;
    make_plain(text);
    if (strcmp(text, "Firmware update success") == 0)
        return 1;
    if (code == ACK) {
        if (strncmp(text, "fw_update_request", 17) == 0) {
            self->accepted = true;
            say(self, "The camera blinks red and green: press its button to begin (60 s).");
        }
        return 0;
    }
    snprintf(line, sizeof line, "the camera says: %s", text);
    if (code == INTERNAL || code == DEBUG) { // not about the update
        say(self, line);
        return 0;
    }
    snprintf(self->problem, sizeof self->problem, "%s", line);
    return -1;
}

static const char *silence(const struct update *self) {
    return self->done > 0   ? "the camera is silent"
           : self->accepted ? "the button was not pressed in time"
                            : "the camera does not answer: is another program connected to it?";
}

/// Packets until the end. Return: 0 done, -1 with `problem`.
static int follow(struct update *self) {
    uint64_t deadline_us = ib_host_now_us() + ANSWER_US;
    struct ib_json_value root, member;
    for (int over = 0; over == 0;) {
        uint64_t now_us = ib_host_now_us();
        uint64_t slice_us = now_us + SLICE_US < deadline_us ? now_us + SLICE_US : deadline_us;
        int got = ib_app_tcam_client_receive(&self->client, slice_us, &root, self->problem,
                                             sizeof self->problem);
        if (got < 0 || ib_app_settle_interrupted())
            return -1;
        if (got == 0 && ib_host_now_us() < deadline_us)
            continue;
        if (got == 0) {
            snprintf(self->problem, sizeof self->problem, "%s", silence(self));
            return -1;
        }
        if (ib_json_member(&root, "get_fw", &member) == IB_OK) {
            over = answer_chunk(self, &member);
            deadline_us = ib_host_now_us() + SILENCE_US;
        } else if (ib_json_member(&root, "cam_info", &member) == IB_OK) {
            bool waited = self->accepted;
            over = take_info(self, &member);
            if (self->accepted && !waited)
                deadline_us = ib_host_now_us() + BUTTON_US;
        }
        if (over > 0)
            return 0;
    }
    return -1;
}

static int read_token(char *out, size_t size, const char *path, char *problem,
                      size_t problem_size) {
    uint8_t *bytes;
    size_t length;
    if (ib_storage_file_read(path, 4096, &bytes, &length, problem, problem_size) != IB_OK)
        return -1;
    length = strcspn((const char *)bytes, "\r\n");
    while (length > 0 && (bytes[length - 1] == ' ' || bytes[length - 1] == '\t'))
        length--;
    snprintf(out, size, "%.*s", (int)length, (const char *)bytes);
    free(bytes);
    return 0;
}

static int update(struct update *self, const char *file, const struct ib_app_tcam_address *to) {
    char text[256];
    if (ib_app_firmware_read(&self->firmware, file, self->problem, sizeof self->problem) != 0)
        return ib_app_fail(self->verb, "FILE", self->problem);
    snprintf(text, sizeof text, "%s %s, %zu bytes, to %s", self->firmware.image.project,
             self->firmware.image.version, self->firmware.size, to->host);
    say(self, text);
    int status =
        ib_app_tcam_client_open(&self->client, to, CONNECT_MS, self->problem, sizeof self->problem);
    if (status == 0)
        status = request(self);
    if (status == 0)
        status = follow(self);
    ib_app_tcam_client_close(&self->client);
    ib_app_firmware_free(&self->firmware);
    ib_app_progress_clear(&self->progress);
    if (status != 0 && ib_app_settle_interrupted())
        return ib_app_fail(self->verb, to->host,
                           self->whole
                               ? "interrupted: the camera has the whole file and may start it"
                               : "interrupted: the camera keeps the firmware it has");
    size_t length = strlen(self->problem);
    if (status != 0 && !to->fingerprint && strstr(self->problem, "reset by peer"))
        snprintf(self->problem + length, sizeof self->problem - length,
                 " (a protected port? it needs --fingerprint and --token-file)");
    if (status != 0)
        return ib_app_fail(self->verb, to->host, self->problem);
    say(self, "Done: the camera restarts with the new firmware, and goes back to the old one if no "
              "image comes within a minute.");
    return IB_APP_EXIT_OK;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct ib_app_tcam_address to = {0};
    const char *file = NULL, *token_file = NULL;
    char token[128], problem[512];
    bool quiet = false;
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        switch (option) {
        case OPT_TO:
            to.host = args->value;
            break;
        case OPT_TOKEN:
            token_file = args->value;
            break;
        case OPT_FINGERPRINT:
            to.fingerprint = args->value;
            break;
        case OPT_QUIET:
            quiet = true;
            break;
        case IB_APP_ARG_WORD:
            if (file)
                return ib_app_usage(verb, args->value, "unexpected");
            file = args->value;
            break;
        default:
            return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
        }
    }
    if (!file || !to.host)
        return ib_app_usage(verb, file ? "--to" : "FILE", "is missing");
    if ((token_file != NULL) != (to.fingerprint != NULL))
        return ib_app_usage(verb, "--token-file", "and --fingerprint belong together");
    if (token_file) {
        if (read_token(token, sizeof token, token_file, problem, sizeof problem) != 0)
            return ib_app_fail(verb, "--token-file", problem);
        to.token = token;
    }
    struct update *self = calloc(1, sizeof *self);
    if (!self)
        return ib_app_fail(verb, "memory", "there is too little");
    self->verb = verb;
    self->quiet = quiet;
    ib_app_progress_init(&self->progress, stdout, !quiet);
    ib_app_settle_catch_signals();
    int code = update(self, file, &to);
    free(self);
    return code;
}

const struct ib_app_verb ib_app_verb_update = {
    .name = "update",
    .about = "send a firmware file to a camera",
    .usage = "FILE --to HOST[:PORT] [OPTIONS]",
    .options = OPTIONS,
    .notes = "Somebody presses the camera's button to confirm (a virtual one: ironbow ctl button "
             "press).\nThe same works for a real tCam-Mini. docs/update.md tells the rest.\n",
    .run = run,
};
