/// Camera names into what they mean; every unknown word is an error that names it.
#include "apps/ironbow/uri.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/parse.h"
#include "sim/scene.h"

static const char *const MODELS[] = {"1.5", "1.6", "2.0", "2.5", "3.0", "3.1R", "3.5"};

struct problem {
    char *out;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool wrong(const struct problem *self,
                                                        const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(self->out, self->size, format, args);
    va_end(args);
    return false;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Copy a part of the text; %3F and its like are bytes that would otherwise mean something.
static bool copy_part(char *out, size_t capacity, const char *text, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '%' && i + 2 < size && hex_digit(text[i + 1]) >= 0 &&
            hex_digit(text[i + 2]) >= 0) {
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        if (used + 1 >= capacity || c == 0)
            return false;
        out[used++] = c;
    }
    out[used] = 0;
    return true;
}

static bool set_scene(struct ib_app_uri *self, const char *value, const struct problem *problem) {
    self->scene = ib_sim_scene_named(value);
    if (self->scene)
        return true;
    char names[256] = "";
    size_t count;
    const struct ib_sim_scene *scenes = ib_sim_scenes(&count);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(names);
        snprintf(names + size, sizeof names - size, "%s%s", i ? ", " : "", scenes[i].name);
    }
    return wrong(problem, "scene=%s: there are only %s", value, names);
}

static bool set_flag(bool *out, const char *key, const char *value, const struct problem *problem) {
    if (strcmp(value, "1") != 0 && strcmp(value, "0") != 0)
        return wrong(problem, "%s=%s: must be 0 or 1", key, value);
    *out = value[0] == '1';
    return true;
}

static bool set_sim_option(struct ib_app_uri *self, const char *key, const char *value,
                           const struct problem *problem) {
    if (strcmp(key, "scene") == 0)
        return set_scene(self, value, problem);
    if (strcmp(key, "seed") == 0) {
        if (!ib_app_parse_u64(value, UINT64_MAX, &self->seed))
            return wrong(problem, "seed=%s: must be a whole number", value);
        return true;
    }
    if (strcmp(key, "quiet") == 0)
        return set_flag(&self->quiet, key, value, problem);
    if (strcmp(key, "rate") == 0) {
        double rate;
        if (!ib_app_parse_real(value, &rate) || rate < 0.001 || rate > 1000)
            return wrong(problem, "rate=%s: must be a number from 0.001 to 1000", value);
        self->rate = (float)rate;
        return true;
    }
    return wrong(problem, "%s: no such option for a simulated camera (scene, seed, quiet, rate)",
                 key);
}

static bool set_line(char *out, size_t capacity, const char *key, const char *value,
                     const struct problem *problem) {
    if (!value[0] || strlen(value) >= capacity)
        return wrong(problem, "%s=%s: must be a GPIO line such as gpiochip0:17", key, value);
    snprintf(out, capacity, "%s", value);
    return true;
}

static bool set_linux_option(struct ib_app_uri *self, const char *key, const char *value,
                             const struct problem *problem) {
    if (strcmp(key, "reset") == 0)
        return set_line(self->reset, sizeof self->reset, key, value, problem);
    if (strcmp(key, "power") == 0)
        return set_line(self->power, sizeof self->power, key, value, problem);
    if (strcmp(key, "reset-high") == 0)
        return set_flag(&self->reset_high, key, value, problem);
    if (strcmp(key, "power-low") == 0)
        return set_flag(&self->power_low, key, value, problem);
    if (strcmp(key, "hz") == 0) {
        uint64_t hz;
        // 160x120 with telemetry needs 8.49 MHz; the module stops at 20 MHz (engineering data
        // sheet rev 200, section 4.2.1). An 80x60 module is content with 2.2 MHz.
        if (!ib_app_parse_u64(value, 20000000, &hz) || hz < 2200000)
            return wrong(problem, "hz=%s: must be from 2200000 to 20000000", value);
        self->spi_hz = (uint32_t)hz;
        return true;
    }
    return wrong(problem,
                 "%s: no such option for a real camera (reset, power, reset-high, power-low, hz)",
                 key);
}

static bool set_option(struct ib_app_uri *self, const char *key, const char *value,
                       const struct problem *problem) {
    if (self->kind == IB_APP_CAMERA_SIM)
        return set_sim_option(self, key, value, problem);
    if (self->kind == IB_APP_CAMERA_LINUX)
        return set_linux_option(self, key, value, problem);
    return wrong(problem, "%s: a recording takes no options (a '?' in a file name is %%3F)", key);
}

static bool parse_options(struct ib_app_uri *self, const char *text,
                          const struct problem *problem) {
    while (*text) {
        size_t size = strcspn(text, "&");
        size_t key_size = strcspn(text, "=&");
        char key[64];
        char value[256];
        if (key_size == 0 || key_size == size || !copy_part(key, sizeof key, text, key_size) ||
            !copy_part(value, sizeof value, text + key_size + 1, size - key_size - 1))
            return wrong(problem, "%.*s: options look like name=value", (int)size, text);
        if (!set_option(self, key, value, problem))
            return false;
        text += size + (text[size] == '&');
    }
    return true;
}

static bool parse_sim(struct ib_app_uri *self, const char *text, size_t size,
                      const struct problem *problem) {
    char name[32];
    if (!copy_part(name, sizeof name, text, size))
        return wrong(problem, "%.*s: no such part", (int)size, text);
    const char *model = strncmp(name, "lepton-", 7) == 0 ? name + 7 : NULL;
    if (name[0] == 0)
        model = "3.5";
    for (size_t i = 0; model && i < sizeof MODELS / sizeof MODELS[0]; i++) {
        if (strcmp(model, MODELS[i]) == 0) {
            self->model = MODELS[i];
            return true;
        }
    }
    return wrong(problem, "%s: no such part (lepton-1.5 -1.6 -2.0 -2.5 -3.0 -3.1R -3.5)", name);
}

static bool parse_linux(struct ib_app_uri *self, const char *text, size_t size,
                        const struct problem *problem) {
    const char *comma = memchr(text, ',', size);
    size_t spi_size = comma ? (size_t)(comma - text) : 0;
    if (!comma || spi_size == 0 || !copy_part(self->spi, sizeof self->spi, text, spi_size) ||
        !copy_part(self->i2c, sizeof self->i2c, comma + 1, size - spi_size - 1) || !self->i2c[0])
        return wrong(problem, "%.*s: must be two devices such as /dev/spidev0.0,/dev/i2c-1",
                     (int)size, text);
    return true;
}

bool ib_app_uri_parse(struct ib_app_uri *out, const char *text, char *problem_text,
                      size_t problem_size) {
    const struct problem problem = {problem_text, problem_size};
    memset(out, 0, sizeof *out);
    out->seed = 1;
    out->rate = 1;
    if (strlen(text) >= sizeof out->text)
        return wrong(&problem, "longer than %zu characters", sizeof out->text - 1);
    snprintf(out->text, sizeof out->text, "%s", text);
    const char *colon = strchr(text, ':');
    size_t scheme = colon ? (size_t)(colon - text) : strlen(text);
    const char *rest = colon ? colon + 1 : text + scheme;
    size_t size = strcspn(rest, "?");
    bool good;
    if (scheme == 3 && memcmp(text, "sim", 3) == 0) {
        out->kind = IB_APP_CAMERA_SIM;
        size_t count;
        out->scene = ib_sim_scenes(&count);
        good = parse_sim(out, rest, size, &problem);
    } else if (scheme == 6 && colon && memcmp(text, "replay", 6) == 0) {
        out->kind = IB_APP_CAMERA_REPLAY;
        good = size > 0 && copy_part(out->file, sizeof out->file, rest, size);
        if (!good)
            wrong(&problem, "a file name must follow replay:");
    } else if (scheme == 5 && colon && memcmp(text, "linux", 5) == 0) {
        out->kind = IB_APP_CAMERA_LINUX;
        good = parse_linux(out, rest, size, &problem);
    } else {
        good = wrong(&problem, "no such kind of camera (sim:, replay:, linux:)");
    }
    if (good && rest[size] == '?')
        good = parse_options(out, rest + size + 1, &problem);
    return good;
}
