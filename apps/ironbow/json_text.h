/// JSON for people: one line a member, aligned, with units from the names' suffixes.
#ifndef IB_APP_JSON_TEXT_H
#define IB_APP_JSON_TEXT_H

#include <stdio.h>

#include "core/json.h"

/// Print the members of an object. The member "ok" is left out.
void ib_app_json_print(FILE *out, const struct ib_json_value *object);

#endif
