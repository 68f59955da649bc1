/// Texts of the status codes. Lower case, without a full stop: they end up inside sentences.
#include "core/status.h"

static const char *const texts[] = {
    "ok",
    "invalid argument",
    "out of range",
    "not supported",
    "timed out",
    "input/output error",
    "no acknowledge on the bus",
    "busy",
    "not ready",
    "no space",
    "wrong format",
    "ended too early",
    "checksum error",
    "lost synchronisation",
    "the device reported an error",
    "read-back differs",
    "not radiometric",
    "cancelled",
    "not found",
    "closed by the other side",
    "wrong type",
    "refused",
    "overflow",
};

#define TEXT_COUNT ((int)(sizeof texts / sizeof texts[0]))

_Static_assert(sizeof texts / sizeof texts[0] == 1 - IB_E_OVERFLOW, "a text for every code");

const char *ib_status_text(int status) {
    if (status >= 0)
        return texts[0];
    if (status <= -TEXT_COUNT)
        return "unknown error";
    return texts[-status];
}
