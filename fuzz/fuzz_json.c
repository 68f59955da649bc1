/// Fuzz: the JSON reader. Whatever is accepted must be walkable to its last value.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void use_string(const struct ib_json_value *value) {
    char small[5], large[4096], piece[7];
    size_t cursor = 0;
    int size = ib_json_string(value, large, sizeof large);
    require(size >= 0 || size == IB_E_NO_SPACE);
    require(size < 0 || strlen(large) == (size_t)size);
    require(ib_json_string(value, small, sizeof small) ==
            (size < 5 && size >= 0 ? size : IB_E_NO_SPACE));
    int total = 0, count;
    while ((count = ib_json_unescape(value, &cursor, piece, sizeof piece)) > 0) {
        require(count <= (int)sizeof piece);
        require(size < 0 || memcmp(large + total, piece, (size_t)count) == 0);
        total += count;
    }
    require(count == 0 && (size < 0 || total == size));
}

static void use(const struct ib_json_value *value, unsigned depth) {
    struct ib_json_value key, part;
    size_t cursor = 0;
    int32_t whole;
    double real;
    const char *raw;
    size_t size;
    ib_json_int(value, &whole);
    ib_json_double(value, &real);
    if (value->type == IB_JSON_STRING) {
        use_string(value);
        require(ib_json_raw(value, &raw, &size) != IB_OK || size + 2 == value->size);
    }
    while (ib_json_next(value, &cursor, &key, &part) == 1) {
        require(part.text > value->text && part.text + part.size < value->text + value->size);
        if (value->type == IB_JSON_OBJECT) {
            char name[64];
            use_string(&key);
            // The first of equal keys is found, so at the latest this one.
            struct ib_json_value found;
            if (ib_json_string(&key, name, sizeof name) >= 0)
                require(ib_json_member(value, name, &found) == IB_OK && found.text <= part.text);
        }
        if (depth < 20) // deeper ones cost time and show nothing new
            use(&part, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ib_json_value value, again;
    if (ib_json_parse(&value, (const char *)data, size) != IB_OK)
        return 0;
    require(ib_json_parse(&again, value.text, value.size) == IB_OK && again.size == value.size);
    use(&value, 0);
    return 0;
}
