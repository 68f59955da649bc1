/// Degrees Celsius, Fahrenheit and kelvin: converting, printing, reading.
#ifndef IB_MEASURE_DEGREES_H
#define IB_MEASURE_DEGREES_H

#include <stddef.h>

#include "core/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ib_degrees { IB_DEGREES_C, IB_DEGREES_F, IB_DEGREES_K };

double ib_degrees_from_k(enum ib_degrees degrees, double kelvin);
double ib_degrees_to_k(enum ib_degrees degrees, double value);
/// A difference of temperatures: no offset.
double ib_degrees_from_step_k(enum ib_degrees degrees, double kelvin);
double ib_degrees_to_step_k(enum ib_degrees degrees, double value);

/// "°C", "°F", "K".
const char *ib_degrees_symbol(enum ib_degrees degrees);
/// 'C', 'F', 'K'.
char ib_degrees_letter(enum ib_degrees degrees);
/// From 'C', 'f' …; -1 when it is none of them.
int ib_degrees_of_letter(char letter);

/// "36.6 °C" of a temperature; rounded to `places` <= 4.
void ib_degrees_put(struct ib_text *text, enum ib_degrees degrees, double kelvin, unsigned places);
/// "5.0 K", "9.0 °F" of a difference.
void ib_degrees_put_step(struct ib_text *text, enum ib_degrees degrees, double kelvin,
                         unsigned places);
/// A number rounded to `places` <= 4, without trailing zeros: "55", "54.5".
void ib_degrees_put_number(struct ib_text *text, double value, unsigned places);

/// A temperature at the start of `text`: "55", "-3.5C", "131F", "328.15K"; without a letter in
/// `degrees`.
/// Return: characters taken, 0 when there is none. *kelvin is not checked for sense.
size_t ib_degrees_parse(const char *text, size_t size, enum ib_degrees degrees, double *kelvin);
/// The same for a difference.
size_t ib_degrees_parse_step(const char *text, size_t size, enum ib_degrees degrees,
                             double *kelvin);

#ifdef __cplusplus
}
#endif

#endif
