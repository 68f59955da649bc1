/// The other end of the control socket: ask a running ironbow one thing.
#ifndef IB_APP_CONTROL_CLIENT_H
#define IB_APP_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "apps/ironbow/verb.h"
#include "core/json.h"

/// Send `line` to the socket at `path` and wait up to `timeout_ms` for the answer. Gives *reply
/// (free it; NUL-terminated, without the line end).
/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_control_ask(const char *path, const char *line, unsigned timeout_ms, char **reply,
                       char *problem, size_t problem_size);

/// The same for a verb: prints the answer for people, or as it is when `json`; reports errors.
/// `path` NULL: the default.
/// Return: the exit code.
int ib_app_control_print(const struct ib_app_verb *verb, const char *path, const char *line,
                         unsigned timeout_ms, bool json);

#endif
