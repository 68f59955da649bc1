/// JSON for people. "ffc_period_s":180.000 becomes "ffc period   180 s".
#include "apps/ironbow/json_text.h"

#include <string.h>

#include "core/status.h"

#define NAME_COLUMN 26

static const struct {
    const char *suffix;
    const char *unit;
} UNITS[] = {
    {"_c", " °C"}, {"_k", " K"}, {"_s", " s"}, {"_pct", " %"}, {"_px", ""}, {"_bytes", " bytes"},
};

/// The unit that a name's suffix says; *size becomes the name's without it.
static const char *unit_of(const char *name, size_t *size) {
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        size_t length = strlen(UNITS[i].suffix);
        if (*size > length && memcmp(name + *size - length, UNITS[i].suffix, length) == 0) {
            *size -= length;
            return UNITS[i].unit;
        }
    }
    return "";
}

/// A number without the zeros that say nothing.
static void print_number(FILE *out, const char *text, size_t size) {
    if (memchr(text, '.', size)) {
        while (size > 0 && text[size - 1] == '0')
            size--;
        size -= size > 0 && text[size - 1] == '.';
    }
    fprintf(out, "%.*s", (int)size, text);
}

static void print_scalar(FILE *out, const struct ib_json_value *value) {
    char text[1024];
    switch (value->type) {
    case IB_JSON_TRUE:
        fputs("yes", out);
        break;
    case IB_JSON_FALSE:
        fputs("no", out);
        break;
    case IB_JSON_NULL:
        fputs("unknown", out);
        break;
    case IB_JSON_NUMBER:
        print_number(out, value->text, value->size);
        break;
    case IB_JSON_STRING:
        fputs(ib_json_string(value, text, sizeof text) >= 0 ? text : "…", out);
        break;
    default:
        fprintf(out, "%.*s", (int)value->size, value->text);
        break;
    }
}

static int print_name(FILE *out, const struct ib_json_value *key, int indent, const char **unit) {
    char name[128];
    int length = ib_json_string(key, name, sizeof name);
    size_t size = length < 0 ? 0 : (size_t)length;
    *unit = unit_of(name, &size);
    for (size_t i = 0; i < size; i++) {
        if (name[i] == '_')
            name[i] = ' ';
    }
    return fprintf(out, "%*s%.*s", indent, "", (int)size, name);
}

static bool is_named_row(const struct ib_json_value *value) {
    struct ib_json_value name;
    return value->type == IB_JSON_OBJECT && ib_json_member(value, "name", &name) == IB_OK &&
           ib_json_member(value, "about", &name) == IB_OK;
}

/// [{"name":…,"about":…},…] is a list to choose from.
static void print_rows(FILE *out, const struct ib_json_value *array) {
    struct ib_json_value row;
    struct ib_json_value part;
    char text[512];
    for (size_t at = 0; ib_json_next(array, &at, NULL, &row) == 1;) {
        ib_json_member(&row, "name", &part);
        int name = ib_json_string(&part, text, sizeof text);
        int used = fprintf(out, "%s", name < 0 ? "" : text);
        ib_json_member(&row, "about", &part);
        int about = ib_json_string(&part, text, sizeof text);
        int gap = used < NAME_COLUMN ? NAME_COLUMN - used : 2;
        fprintf(out, "%*s%s\n", gap, "", about < 0 ? "" : text);
    }
}

static void print_array(FILE *out, const struct ib_json_value *array) {
    struct ib_json_value value;
    for (size_t at = 0; ib_json_next(array, &at, NULL, &value) == 1;) {
        fputc(' ', out);
        print_scalar(out, &value);
    }
}

/// Whether an array is one of rows (then it is printed below each other).
static bool has_rows(const struct ib_json_value *array) {
    struct ib_json_value row;
    size_t at = 0;
    return ib_json_next(array, &at, NULL, &row) == 1 && is_named_row(&row);
}

static void print_object(FILE *out, const struct ib_json_value *object, int indent) {
    struct ib_json_value key;
    struct ib_json_value value;
    for (size_t at = 0; ib_json_next(object, &at, &key, &value) == 1;) {
        if (indent == 0 && key.size == 4 && memcmp(key.text, "\"ok\"", 4) == 0)
            continue;
        if (value.type == IB_JSON_ARRAY && has_rows(&value)) {
            print_rows(out, &value);
            continue;
        }
        const char *unit;
        int used = print_name(out, &key, indent, &unit);
        if (value.type == IB_JSON_OBJECT && indent < 8) {
            fputc('\n', out);
            print_object(out, &value, indent + 2);
            continue;
        }
        fprintf(out, "%*s", used < NAME_COLUMN ? NAME_COLUMN - used : 1, "");
        if (value.type == IB_JSON_ARRAY)
            print_array(out, &value);
        else
            print_scalar(out, &value);
        fprintf(out, "%s\n", value.type == IB_JSON_NUMBER ? unit : "");
    }
}

void ib_app_json_print(FILE *out, const struct ib_json_value *object) {
    print_object(out, object, 0);
}
