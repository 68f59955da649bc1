/// Camera names: the board's, and the last four digits of the hardware address.
#include "apps/ironbow/camera_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool ib_app_camera_name(char *out, size_t size, const char *prefix, const char *mac) {
    if (strlen(mac) != 17)
        return false;
    for (int i = 0; i < 17; i++) {
        if (i % 3 == 2 ? mac[i] != ':' && mac[i] != '-' : !isxdigit((unsigned char)mac[i]))
            return false;
    }
    snprintf(out, size, "%s%c%c%c%c", prefix, toupper((unsigned char)mac[12]),
             toupper((unsigned char)mac[13]), toupper((unsigned char)mac[15]),
             toupper((unsigned char)mac[16]));
    return true;
}
