/// Reading short texts that people type, and saying where they went wrong. The room's own.
#ifndef IB_MEASURE_SCAN_PRIVATE_H
#define IB_MEASURE_SCAN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"
#include "measure/degrees.h"
#include "measure/region.h"

struct ib_scan {
    const char *text;
    size_t size;
    size_t at;
    struct ib_text *problem; ///< may be NULL
};

void ib_scan_init(struct ib_scan *self, const char *text, size_t size, struct ib_text *problem);
bool ib_scan_end(const struct ib_scan *self);
char ib_scan_peek(const struct ib_scan *self); ///< '\0' at the end
/// Take a character if it is next.
bool ib_scan_char(struct ib_scan *self, char c);
/// Take a word ("box:", "for") if it is next; a word that ends in a letter must end there.
bool ib_scan_word(struct ib_scan *self, const char *word);
/// Take blanks. Return: whether there were any.
bool ib_scan_blanks(struct ib_scan *self);

/// What is wrong here: `character 7: WHAT`.
/// Return: `status`.
int ib_scan_fail(const struct ib_scan *self, int status, const char *what);
/// The same at another place.
int ib_scan_fail_at(const struct ib_scan *self, size_t at, int status, const char *what);

/// Each takes something and returns IB_OK, or says what is wrong with it. `what` names it: "x".
int ib_scan_int(struct ib_scan *self, int32_t low, int32_t high, const char *what, int16_t *out);
/// Characters before `end` belong to the number, those from there on do not.
int ib_scan_real(struct ib_scan *self, size_t end, double low, double high, const char *what,
                 double *out);
int ib_scan_temperature(struct ib_scan *self, size_t end, enum ib_degrees degrees, const char *what,
                        double *kelvin);
int ib_scan_step(struct ib_scan *self, size_t end, enum ib_degrees degrees, const char *what,
                 double *kelvin);
/// "3s", "250ms", "2m", "1.5h".
int ib_scan_duration(struct ib_scan *self, const char *what, uint64_t *us);
/// A name at the start followed by `after`, copied to 32 bytes; an empty one when there is no
/// `after` before any of `stop`.
int ib_scan_name(struct ib_scan *self, char after, const char *stop, char out[32]);

/// As ib_quantity_parse.
int ib_scan_quantity(struct ib_scan *self, enum ib_stat stat, struct ib_quantity *out);

/// "0.5s", "3s", "2m": the shortest that is exact to a millisecond.
void ib_scan_put_duration(struct ib_text *text, uint64_t us);

#endif
