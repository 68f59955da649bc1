/// What the doors share.
#include "apps/ironbow/door.h"

#include <stdio.h>
#include <string.h>

void ib_app_endpoint(char *out, size_t size, const char *address, int port) {
    bool brackets = strchr(address, ':') != NULL;
    snprintf(out, size, "%s%s%s:%d", brackets ? "[" : "", address, brackets ? "]" : "", port);
}

bool ib_app_is_loopback(const char *address) {
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

int ib_app_port_reachable(struct ib_pump *pump, bool reachable, char *problem,
                          size_t problem_size) {
    if (!reachable)
        ib_pump_pause(pump);
    else if (ib_pump_paused(pump) && ib_pump_resume(pump, problem, problem_size) != 0)
        return -1;
    return 0;
}
