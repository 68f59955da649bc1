/// Slices: comparing them and taking them apart. See slice.h.
#include "stream/slice.h"

#include <string.h>

#include "core/status.h"

struct ib_slice ib_slice_of(const char *text) {
    return (struct ib_slice){text, strlen(text)};
}

bool ib_slice_is(struct ib_slice self, const char *text) {
    size_t size = strlen(text);
    return self.size == size && (size == 0 || memcmp(self.at, text, size) == 0);
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ib_slice_begins(struct ib_slice self, const char *prefix) {
    for (size_t i = 0; prefix[i]; i++) {
        if (i == self.size || lower(self.at[i]) != lower(prefix[i]))
            return false;
    }
    return true;
}

bool ib_slice_same(struct ib_slice self, const char *text) {
    return self.size == strlen(text) && ib_slice_begins(self, text);
}

static bool is_space(char c) {
    return c == ' ' || c == '\t';
}

struct ib_slice ib_slice_trim(struct ib_slice self) {
    for (; self.size > 0 && is_space(self.at[0]); self.size--)
        self.at++;
    while (self.size > 0 && is_space(self.at[self.size - 1]))
        self.size--;
    return self;
}

bool ib_slice_u64(struct ib_slice self, uint64_t most, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < self.size; i++) {
        if (self.at[i] < '0' || self.at[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(self.at[i] - '0');
        if (digit > most || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return self.size > 0;
}

int ib_slice_copy(struct ib_slice self, char *out, size_t capacity) {
    if (self.size >= capacity || self.size > INT32_MAX)
        return IB_E_NO_SPACE;
    if (self.size > 0)
        memcpy(out, self.at, self.size);
    out[self.size] = '\0';
    return (int)self.size;
}

struct ib_slice ib_slice_cut(struct ib_slice self, char mark, struct ib_slice *rest) {
    const char *found = self.size > 0 ? memchr(self.at, mark, self.size) : NULL;
    *rest = (struct ib_slice){NULL, 0};
    if (!found)
        return self;
    size_t before = (size_t)(found - self.at);
    *rest = (struct ib_slice){found + 1, self.size - before - 1};
    return (struct ib_slice){self.at, before};
}

/// How many characters the first element has.
static size_t element_size(struct ib_slice list, char mark) {
    bool quoted = false;
    for (size_t i = 0; i < list.size; i++) {
        if (list.at[i] == '"')
            quoted = !quoted;
        else if (quoted && list.at[i] == '\\')
            i++;
        else if (!quoted && list.at[i] == mark)
            return i;
    }
    return list.size;
}

bool ib_slice_next(struct ib_slice *list, char mark, struct ib_slice *element) {
    while (list->size > 0) {
        size_t size = element_size(*list, mark);
        *element = ib_slice_trim((struct ib_slice){list->at, size});
        size_t taken = size < list->size ? size + 1 : size;
        list->at += taken;
        list->size -= taken;
        if (element->size > 0)
            return true;
    }
    return false;
}
