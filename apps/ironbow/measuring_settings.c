/// Regions, differences and alarms as JSON. docs/measure.md describes the document.
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/alarm_event.h"
#include "apps/ironbow/measuring_state.h"
#include "core/status.h"

#define ZERO_C 273.15
#define TEXT_BYTES 600 ///< longest string of a member
#define NAME_BYTES 40  ///< of a member's name

/// Where we are, for messages: `regions[3].shape`.
struct place {
    const char *list;
    unsigned index;
    const char *member; ///< NULL: the item itself
    char *problem;
    size_t problem_size;
};

static int complain(const struct place *at, int status, const char *what) {
    snprintf(at->problem, at->problem_size, "%s[%u]%s%s: %s", at->list, at->index,
             at->member ? "." : "", at->member ? at->member : "", what);
    return status;
}

static bool has_nul(const struct ib_json_value *value) {
    static const char NUL[] = "\\u0000";
    const size_t size = sizeof NUL - 1;
    for (size_t i = 0; i + size <= value->size; i++) {
        if (memcmp(value->text + i, NUL, size) == 0)
            return true;
    }
    return false;
}

static int read_string(const struct ib_json_value *value, char *out, size_t capacity,
                       const struct place *at) {
    int size = ib_json_string(value, out, capacity);
    if (size == IB_E_TYPE)
        return complain(at, size, "must be a string");
    if (size == IB_E_NO_SPACE)
        return complain(at, IB_E_RANGE, "is too long");
    // It would end the text before its end.
    if (size >= 0 && has_nul(value))
        return complain(at, IB_E_FORMAT, "must not hold \\u0000");
    return size;
}

/// Every member is one of `known` (ends with NULL, 31 at most), and there once.
/// Return: IB_OK, or what is wrong with the one in `name`: IB_E_NOT_FOUND, IB_E_BUSY.
static int check_members(const struct ib_json_value *object, const char *const *known,
                         char name[NAME_BYTES]) {
    struct ib_json_value key, value;
    uint32_t seen = 0;
    for (size_t cursor = 0; ib_json_next(object, &cursor, &key, &value) == 1;) {
        unsigned i = 0;
        if (ib_json_string(&key, name, NAME_BYTES) < 0 || has_nul(&key))
            snprintf(name, NAME_BYTES, "%.*s", (int)(key.size < 39 ? key.size : 39), key.text);
        while (known[i] && strcmp(known[i], name) != 0)
            i++;
        if (!known[i])
            return IB_E_NOT_FOUND;
        if (seen & 1u << i)
            return IB_E_BUSY;
        seen |= 1u << i;
    }
    return IB_OK;
}

static const struct {
    const char *key;
    unsigned field;
    bool celsius;
} numbers[] = {
    {"emissivity", IB_OBJECT_EMISSIVITY, false},
    {"reflected_c", IB_OBJECT_REFLECTED, true},
    {"atmosphere", IB_OBJECT_ATMOSPHERE, false},
    {"atmosphere_c", IB_OBJECT_ATMOSPHERE_K, true},
    {"window", IB_OBJECT_WINDOW, false},
    {"window_c", IB_OBJECT_WINDOW_K, true},
    {"window_reflection", IB_OBJECT_WINDOW_REFLECTION, false},
    {"window_reflected_c", IB_OBJECT_WINDOW_REFLECTED, true},
};
#define NUMBERS (sizeof numbers / sizeof numbers[0])

static bool same_key(const struct ib_json_value *key, const char *name) {
    char text[40];
    return ib_json_string(key, text, sizeof text) >= 0 && strcmp(text, name) == 0;
}

/// A member that is a number of the object; distance and humidity are collected.
static int read_number(struct ib_object_change *out, double air[2], const struct ib_json_value *key,
                       const struct ib_json_value *value, struct place *at) {
    char name[40];
    double number;
    if (ib_json_string(key, name, sizeof name) < 0)
        name[0] = '\0';
    at->member = name[0] ? name : "?";
    bool distance = strcmp(name, "distance_m") == 0, humidity = strcmp(name, "humidity_pct") == 0;
    size_t i = 0;
    while (i < NUMBERS && strcmp(name, numbers[i].key) != 0)
        i++;
    if (i == NUMBERS && !distance && !humidity)
        return complain(at, IB_E_FORMAT, "no such member");
    if (ib_json_double(value, &number) != IB_OK || value->type != IB_JSON_NUMBER)
        return complain(at, IB_E_TYPE, "must be a number");
    if (distance || humidity) {
        air[humidity] = number;
        return number >= 0 && number <= (distance ? 10000 : 100)
                   ? IB_OK
                   : complain(at, IB_E_RANGE, distance ? "must be 0 to 10000" : "must be 0 to 100");
    }
    out->mask |= numbers[i].field;
    *ib_object_value(&out->object, numbers[i].field) =
        numbers[i].celsius ? number + ZERO_C : number;
    unsigned bad = 0;
    if (ib_object_check(&out->object, &bad) != IB_OK && bad == numbers[i].field &&
        bad != IB_OBJECT_WINDOW_REFLECTION)
        return complain(at, IB_E_RANGE,
                        numbers[i].celsius ? "no such temperature" : "must be 0.01 to 1");
    return IB_OK;
}

static int parse_region(struct ib_region *out, const char *text, struct place *at) {
    char room[160];
    struct ib_text problem;
    ib_text_init(&problem, room, sizeof room);
    int status = ib_region_parse(out, text, strlen(text), &problem);
    return status == IB_OK ? IB_OK : complain(at, status, room);
}

static int read_name(const struct ib_json_value *item, char out[IB_MEASURE_NAME_BYTES],
                     struct place *at) {
    struct ib_json_value value;
    at->member = "name";
    if (ib_json_member(item, "name", &value) != IB_OK)
        return IB_OK;
    char text[64];
    int size = ib_json_string(&value, text, sizeof text);
    if (size < 0 || has_nul(&value) || !ib_measure_name_ok(text, (size_t)size))
        return complain(at, IB_E_FORMAT,
                        "must be 1 to 31 of A-Z a-z 0-9 _ - and begin with a letter or _");
    memcpy(out, text, (size_t)size + 1);
    return IB_OK;
}

static int read_object(struct ib_region *out, const struct ib_json_value *item, struct place *at) {
    double air[2] = {-1, -1};
    size_t cursor = 0;
    struct ib_json_value key, value;
    while (ib_json_next(item, &cursor, &key, &value) == 1) {
        if (same_key(&key, "name") || same_key(&key, "shape"))
            continue;
        int status = read_number(&out->object, air, &key, &value, at);
        if (status != IB_OK)
            return status;
    }
    at->member = NULL;
    if (air[1] >= 0 && air[0] < 0)
        return complain(at, IB_E_FORMAT, "humidity_pct needs distance_m too");
    if (air[0] >= 0) {
        if (out->object.mask & IB_OBJECT_ATMOSPHERE)
            return complain(at, IB_E_FORMAT, "either atmosphere or distance_m");
        out->object.mask |= IB_OBJECT_ATMOSPHERE;
        if (ib_atmosphere_estimate(air[0], air[1] < 0 ? 0.5 : air[1] / 100,
                                   out->object.object.atmosphere_k,
                                   &out->object.object.atmosphere) != IB_OK)
            return complain(at, IB_E_RANGE, "the estimate for the air does not hold there");
    }
    if (ib_object_check(&out->object.object, NULL) != IB_OK)
        return complain(at, IB_E_RANGE, "window_reflection must be 0 to 1 - window");
    return IB_OK;
}

static int read_region(struct ib_region *out, const struct ib_json_value *item, struct place *at) {
    char text[TEXT_BYTES];
    struct ib_json_value value;
    if (item->type == IB_JSON_STRING) {
        int size = read_string(item, text, sizeof text, at);
        return size < 0 ? size : parse_region(out, text, at);
    }
    at->member = "shape";
    if (ib_json_member(item, "shape", &value) != IB_OK)
        return complain(at, IB_E_FORMAT, "is missing");
    int status = read_string(&value, text, sizeof text, at);
    if (status >= 0)
        status = parse_region(out, text, at);
    if (status == IB_OK)
        status = read_name(item, out->name, at);
    return status == IB_OK ? read_object(out, item, at) : status;
}

/// The text of an item that is a string, or an object with `member` and perhaps a name.
static int read_text(const struct ib_json_value *item, const char *member, char *out,
                     size_t capacity, char name[IB_MEASURE_NAME_BYTES], struct place *at) {
    struct ib_json_value value = *item;
    name[0] = '\0';
    if (item->type == IB_JSON_OBJECT) {
        int status = read_name(item, name, at);
        if (status != IB_OK)
            return status;
        at->member = member;
        if (ib_json_member(item, member, &value) != IB_OK)
            return complain(at, IB_E_FORMAT, "is missing");
    }
    int size = read_string(&value, out, capacity, at);
    return size < 0 ? size : IB_OK;
}

static int read_delta(struct ib_app_delta *out, const struct ib_json_value *item,
                      struct place *at) {
    char text[TEXT_BYTES], room[160];
    struct ib_text problem;
    int status = read_text(item, "quantity", text, sizeof text, out->name, at);
    if (status != IB_OK)
        return status;
    const char *equals = strchr(text, '=');
    const char *start = equals ? equals + 1 : text;
    if (equals) {
        if (!ib_measure_name_ok(text, (size_t)(equals - text)))
            return complain(at, IB_E_FORMAT, "no such name before '='");
        snprintf(out->name, sizeof out->name, "%.*s", (int)(equals - text), text);
    }
    ib_text_init(&problem, room, sizeof room);
    int taken = ib_quantity_parse(&out->quantity, start, strlen(start), IB_STAT_MEAN, &problem);
    if (taken < 0)
        return complain(at, taken, room);
    if (start[taken] != '\0')
        return complain(at, IB_E_FORMAT, "must be like r1.max-r2.mean or r1.mean-22C");
    return IB_OK;
}

static int read_rule(struct ib_alarm_rule *out, const struct ib_json_value *item,
                     struct place *at) {
    char text[TEXT_BYTES], room[160], name[IB_MEASURE_NAME_BYTES];
    struct ib_text problem;
    int status = read_text(item, "rule", text, sizeof text, name, at);
    if (status != IB_OK)
        return status;
    ib_text_init(&problem, room, sizeof room);
    status = ib_alarm_parse(out, text, strlen(text), IB_DEGREES_C, &problem);
    if (status != IB_OK)
        return complain(at, status, room);
    if (name[0])
        memcpy(out->name, name, sizeof name);
    return IB_OK;
}

/// The three lists, so that each is read by the same loop.
struct list {
    const char *key;
    const char *prefix; ///< of names that are not given
    unsigned most;
    char *first; ///< item 0; its name is where it begins
    size_t item_bytes;
    unsigned *count;
};

static char *name_at(const struct list *list, unsigned i) {
    return list->first + i * list->item_bytes;
}

static bool taken(const struct list *list, unsigned count, const char *name) {
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(name_at(list, i), name) == 0)
            return true;
    }
    return false;
}

/// What the items of a list may have.
static const char *const *members_of(const struct list *list) {
    static const char *const REGION[] = {
        "name",       "shape",       "distance_m",        "humidity_pct",
        "emissivity", "reflected_c", "atmosphere",        "atmosphere_c",
        "window",     "window_c",    "window_reflection", "window_reflected_c",
        NULL};
    static const char *const DELTA[] = {"name", "quantity", NULL};
    static const char *const RULE[] = {"name", "rule", NULL};
    return list->prefix[0] == 'r' ? REGION : list->prefix[0] == 'd' ? DELTA : RULE;
}

static int read_item(const struct list *list, const struct ib_json_value *item, struct place *at) {
    void *out = name_at(list, at->index);
    memset(out, 0, list->item_bytes);
    if (item->type != IB_JSON_STRING && item->type != IB_JSON_OBJECT)
        return complain(at, IB_E_TYPE, "must be a string or an object");
    char name[NAME_BYTES];
    int status = item->type == IB_JSON_OBJECT ? check_members(item, members_of(list), name) : IB_OK;
    if (status != IB_OK) {
        at->member = name;
        complain(at, IB_E_FORMAT, status == IB_E_BUSY ? "is there twice" : "no such member");
        at->member = NULL;
        return IB_E_FORMAT;
    }
    if (list->prefix[0] == 'r')
        return read_region(out, item, at);
    return list->prefix[0] == 'd' ? read_delta(out, item, at) : read_rule(out, item, at);
}

/// Return: IB_OK, also when the text does not have the list.
static int read_list(const struct list *list, const struct ib_json_value *document, char *problem,
                     size_t problem_size) {
    struct ib_json_value array, item;
    struct place at = {list->key, 0, NULL, problem, problem_size};
    size_t cursor = 0;
    unsigned unnamed[64], unnamed_count = 0;
    if (ib_json_member(document, list->key, &array) != IB_OK)
        return IB_OK;
    if (array.type != IB_JSON_ARRAY) {
        snprintf(problem, problem_size, "%s: must be an array", list->key);
        return IB_E_TYPE;
    }
    for (; ib_json_next(&array, &cursor, NULL, &item) == 1; at.index++) {
        at.member = NULL;
        if (at.index == list->most) {
            snprintf(problem, problem_size, "%s: %u at most", list->key, list->most);
            return IB_E_NO_SPACE;
        }
        int status = read_item(list, &item, &at);
        if (status != IB_OK)
            return status;
        at.member = "name";
        char *name = name_at(list, at.index);
        if (!name[0])
            unnamed[unnamed_count++] = at.index;
        else if (taken(list, at.index, name))
            return complain(&at, IB_E_BUSY, "is taken already");
    }
    *list->count = at.index;
    for (unsigned i = 0, number = 1; i < unnamed_count; number++) {
        char name[IB_MEASURE_NAME_BYTES];
        snprintf(name, sizeof name, "%s%u", list->prefix, number);
        if (!taken(list, *list->count, name))
            memcpy(name_at(list, unnamed[i++]), name, sizeof name);
    }
    return IB_OK;
}

/// Whether both regions of a quantity exist.
static bool exists(const struct ib_app_measuring_settings *self,
                   const struct ib_quantity *quantity) {
    bool region = false, other = quantity->kind != IB_QUANTITY_LESS_REGION;
    for (unsigned i = 0; i < self->region_count; i++) {
        region = region || strcmp(self->region[i].name, quantity->region) == 0;
        other = other || strcmp(self->region[i].name, quantity->other) == 0;
    }
    return region && other;
}

static int check_references(const struct ib_app_measuring_settings *self, char *problem,
                            size_t problem_size) {
    for (unsigned i = 0; i < self->delta_count; i++) {
        if (exists(self, &self->delta[i].quantity))
            continue;
        snprintf(problem, problem_size, "deltas: %s: a region of it does not exist",
                 self->delta[i].name);
        return IB_E_NOT_FOUND;
    }
    for (unsigned i = 0; i < self->rule_count; i++) {
        if (exists(self, &self->rule[i].quantity))
            continue;
        snprintf(problem, problem_size, "alarms: %s: a region of it does not exist",
                 self->rule[i].name);
        return IB_E_NOT_FOUND;
    }
    return IB_OK;
}

int ib_app_measuring_settings_read(struct ib_app_measuring_settings *out, const char *text,
                                   size_t size, char *problem, size_t problem_size) {
    const struct list lists[] = {
        {"regions", "r", IB_REGIONS_MOST, out->region[0].name, sizeof out->region[0],
         &out->region_count},
        {"deltas", "d", IB_APP_DELTAS_MOST, out->delta[0].name, sizeof out->delta[0],
         &out->delta_count},
        {"alarms", "alarm", IB_ALARMS_MOST, out->rule[0].name, sizeof out->rule[0],
         &out->rule_count},
    };
    struct ib_json_value document;
    if (size > IB_APP_MEASURING_PUT_BYTES) {
        snprintf(problem, problem_size, "the text is longer than %u bytes",
                 IB_APP_MEASURING_PUT_BYTES);
        return IB_E_NO_SPACE;
    }
    if (ib_json_parse(&document, text, size) != IB_OK || document.type != IB_JSON_OBJECT) {
        snprintf(problem, problem_size, "the text is not a JSON object");
        return IB_E_FORMAT;
    }
    for (const char *end = document.text + document.size; end < text + size; end++) {
        if (!strchr(" \t\r\n", *end) || !*end) {
            snprintf(problem, problem_size, "there is something behind the JSON object");
            return IB_E_FORMAT;
        }
    }
    static const char *const LISTS[] = {"regions", "deltas", "alarms", NULL};
    char name[NAME_BYTES];
    int known = check_members(&document, LISTS, name);
    if (known != IB_OK) {
        snprintf(problem, problem_size, "%s: %s", name,
                 known == IB_E_BUSY ? "is there twice"
                                    : "no such member (regions, deltas, alarms)");
        return IB_E_FORMAT;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        int status = read_list(&lists[i], &document, problem, problem_size);
        if (status != IB_OK)
            return status;
    }
    return check_references(out, problem, problem_size);
}

// ---- writing ----

static void put_region(struct ib_json_writer *json, const struct ib_region *region) {
    char room[IB_REGION_TEXT_BYTES];
    struct ib_text text;
    struct ib_region shape = *region;
    struct ib_object object = region->object.object;
    shape.object.mask = 0;
    ib_text_init(&text, room, sizeof room);
    ib_region_print(&text, &shape, false);
    ib_json_open_object(json, NULL);
    ib_json_put_string(json, "name", region->name);
    ib_json_put_string(json, "shape", room);
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!(region->object.mask & numbers[i].field))
            continue;
        double value = *ib_object_value(&object, numbers[i].field);
        if (numbers[i].celsius)
            ib_app_put_real(json, numbers[i].key, value - ZERO_C, 2);
        else
            ib_app_put_real(json, numbers[i].key, value, 4);
    }
    ib_json_close_object(json);
}

static void put_text(struct ib_json_writer *json, const char *name, const char *member,
                     const char *text) {
    ib_json_open_object(json, NULL);
    ib_json_put_string(json, "name", name);
    ib_json_put_string(json, member, text);
    ib_json_close_object(json);
}

int ib_app_measuring_settings_write(const struct ib_app_measuring_settings *self, char *out,
                                    size_t capacity) {
    char room[IB_ALARM_TEXT_BYTES];
    struct ib_text text;
    struct ib_json_writer json;
    ib_json_begin(&json, out, capacity);
    ib_json_open_object(&json, NULL);
    ib_json_open_array(&json, "regions");
    for (unsigned i = 0; i < self->region_count; i++)
        put_region(&json, &self->region[i]);
    ib_json_close_array(&json);
    ib_json_open_array(&json, "deltas");
    for (unsigned i = 0; i < self->delta_count; i++) {
        ib_text_init(&text, room, sizeof room);
        ib_quantity_print(&text, &self->delta[i].quantity);
        put_text(&json, self->delta[i].name, "quantity", room);
    }
    ib_json_close_array(&json);
    ib_json_open_array(&json, "alarms");
    for (unsigned i = 0; i < self->rule_count; i++) {
        ib_text_init(&text, room, sizeof room);
        ib_alarm_print(&text, &self->rule[i], false);
        put_text(&json, self->rule[i].name, "rule", room);
    }
    ib_json_close_array(&json);
    ib_json_close_object(&json);
    return ib_json_finish(&json);
}
