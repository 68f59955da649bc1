/// ironbow firmware: look at firmware files, sign them, make one to try an update with.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/firmware.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/verb.h"
#include "boards/tcam_mini.h"
#include "core/json.h"
#include "core/status.h"
#include "ports/linux/sodium_signature.h"
#include "ports/linux/storage_file.h"

enum { OPT_OUTPUT = 1, OPT_KEY, OPT_VERSION, OPT_SIZE, OPT_JSON };

static const struct ib_app_option OPTIONS[] = {
    {OPT_OUTPUT, "output", 'o', "FILE", "sign, make: where to"},
    {OPT_KEY, "key", 0, "FILE", "sign: the secret key; show: the public one to check with"},
    {OPT_VERSION, "version", 0, "VERSION", "make: what it says it is (default 9.9)"},
    {OPT_SIZE, "size", 0, "BYTES", "make: about this long (default 65536)"},
    {OPT_JSON, "json", 0, NULL, "show: as JSON"},
    {0},
};

struct firmware {
    const struct ib_app_verb *verb;
    const char *action;
    const char *file;
    const char *output;
    const char *key;
    const char *version;
    uint64_t size;
    bool json;
};

static void hex(const uint8_t *bytes, size_t size, char *out) {
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static const char *signature_words(const struct firmware *self, const struct ib_esp_image *image,
                                   char *problem, size_t size) {
    struct ib_sodium_signature known;
    if (!image->has_signature)
        return "none";
    if (!self->key)
        return "there is one, not checked (--key FILE checks it)";
    if (ib_sodium_signature_open(&known, self->key, problem, size) != 0)
        return NULL;
    int status =
        known.signature.ops->verify(known.signature.context, image->digest, image->signature);
    return status == IB_OK ? "good" : "WRONG";
}

static int show(const struct firmware *self) {
    struct ib_app_firmware firmware;
    char problem[512], digest[2 * IB_SHA256_BYTES + 1];
    if (ib_app_firmware_read(&firmware, self->file, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "show", problem);
    const struct ib_esp_image *image = &firmware.image;
    const char *signature = signature_words(self, image, problem, sizeof problem);
    hex(image->digest, sizeof image->digest, digest);
    if (signature && self->json) {
        char line[1024];
        struct ib_json_writer json;
        ib_json_begin(&json, line, sizeof line);
        ib_json_open_object(&json, NULL);
        ib_json_put_string(&json, "project", image->project);
        ib_json_put_string(&json, "version", image->version);
        ib_json_put_int(&json, "size_bytes", (int64_t)firmware.size);
        ib_json_put_int(&json, "segments", image->segments);
        ib_json_put_string(&json, "sha256", digest);
        ib_json_put_string(&json, "signature", image->has_signature ? signature : "none");
        ib_json_close_object(&json);
        if (ib_json_finish(&json) > 0)
            puts(line);
    } else if (signature) {
        printf("project    %s\nversion    %s\nsize       %zu bytes, %u segments\nSHA-256    %s\n"
               "signature  %s\n",
               image->project, image->version, firmware.size, (unsigned)image->segments, digest,
               signature);
    }
    ib_app_firmware_free(&firmware);
    return signature ? IB_APP_EXIT_OK : ib_app_fail(self->verb, "--key", problem);
}

static int write_out(const struct firmware *self, const void *bytes, size_t size) {
    char problem[512];
    if (strcmp(self->output, "-") == 0) { // main tells when it could not be written
        fwrite(bytes, 1, size, stdout);
        return IB_APP_EXIT_OK;
    }
    if (ib_storage_file_write(self->output, bytes, size, problem, sizeof problem) != IB_OK)
        return ib_app_fail(self->verb, self->action, problem);
    return IB_APP_EXIT_OK;
}

static int sign(const struct firmware *self) {
    static const uint8_t MAGIC[8] = {'I', 'B', 'S', 'I', 'G', 'N', '1', 0};
    struct ib_app_firmware firmware;
    char problem[512];
    if (ib_app_firmware_read(&firmware, self->file, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "sign", problem);
    size_t size = firmware.size - (firmware.image.has_signature ? IB_ESP_IMAGE_TRAILER_BYTES : 0);
    uint8_t *out = malloc(size + IB_ESP_IMAGE_TRAILER_BYTES);
    int code;
    if (!out) {
        code = ib_app_fail(self->verb, "sign", "out of memory");
    } else if (memcpy(out, firmware.bytes, size), memcpy(out + size, MAGIC, sizeof MAGIC),
               ib_sodium_sign(self->key, firmware.image.digest, out + size + sizeof MAGIC, problem,
                              sizeof problem) != 0) {
        code = ib_app_fail(self->verb, "--key", problem);
    } else {
        code = write_out(self, out, size + IB_ESP_IMAGE_TRAILER_BYTES);
    }
    free(out);
    ib_app_firmware_free(&firmware);
    return code;
}

static int make(const struct firmware *self) {
    struct ib_app_firmware firmware;
    if (ib_app_firmware_make(&firmware, self->version, ib_board_tcam_mini.project,
                             (size_t)self->size) != 0)
        return ib_app_fail(self->verb, "make", "out of memory");
    int code = write_out(self, firmware.bytes, firmware.size);
    ib_app_firmware_free(&firmware);
    return code;
}

static int keys(const struct firmware *self) {
    char problem[512];
    if (ib_sodium_make_keys(self->file, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, "keys", problem);
    printf("secret key %s: keep it; public key %s.pub: ironbow run --update-key\n", self->file,
           self->file);
    return IB_APP_EXIT_OK;
}

static int carry_out(const struct firmware *self) {
    bool is_make = strcmp(self->action, "make") == 0, is_sign = strcmp(self->action, "sign") == 0;
    if (!is_make && !self->file)
        return ib_app_usage(self->verb, self->action, "of which file?");
    if (is_make && self->file)
        return ib_app_usage(self->verb, self->file, "unexpected (--output names the file)");
    if ((is_make || is_sign) && !self->output)
        return ib_app_usage(self->verb, "--output", "is missing: where shall it go?");
    if (is_sign && !self->key)
        return ib_app_usage(self->verb, "--key", "is missing: which key signs?");
    if (is_make)
        return make(self);
    if (is_sign)
        return sign(self);
    if (strcmp(self->action, "keys") == 0)
        return keys(self);
    if (strcmp(self->action, "show") == 0)
        return show(self);
    return ib_app_usage(self->verb, self->action, "must be show, sign, keys or make");
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct firmware self = {.verb = verb, .version = "9.9", .size = 65536};
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        switch (option) {
        case OPT_OUTPUT:
            self.output = args->value;
            break;
        case OPT_KEY:
            self.key = args->value;
            break;
        case OPT_VERSION:
            self.version = args->value;
            if (!args->value[0] || strlen(args->value) >= IB_ESP_IMAGE_TEXT_BYTES)
                return ib_app_usage(verb, "--version", "must have 1 to 31 characters");
            break;
        case OPT_SIZE:
            if (!ib_app_parse_u64(args->value, IB_APP_FIRMWARE_MOST_BYTES, &self.size))
                return ib_app_usage(verb, args->value, "must be a size, at most 16777216");
            break;
        case OPT_JSON:
            self.json = true;
            break;
        case IB_APP_ARG_WORD:
            if (self.action && self.file)
                return ib_app_usage(verb, args->value, "unexpected");
            *(self.action ? &self.file : &self.action) = args->value;
            break;
        default:
            return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
        }
    }
    if (!self.action)
        return ib_app_usage(verb, "ACTION", "is missing: show, sign, keys or make");
    return carry_out(&self);
}

const struct ib_app_verb ib_app_verb_firmware = {
    .name = "firmware",
    .about = "look at a firmware file, sign it, make keys",
    .usage = "ACTION [FILE] [OPTIONS]",
    .options = OPTIONS,
    .notes =
        "Actions:\n"
        "  show FILE                          project, version, hash, signature\n"
        "  keys FILE                          make a key pair: FILE and FILE.pub\n"
        "  sign FILE --key FILE -o FILE       put a signature behind an image\n"
        "  make --version 9.9 -o FILE         a valid image that does nothing, to try an "
        "update with\n\nironbow update sends one to a camera. docs/update.md tells the rest.\n",
    .run = run,
};
