/// tCam cameras are named after their hardware address.
#ifndef IB_APP_CAMERA_NAME_H
#define IB_APP_CAMERA_NAME_H

#include <stdbool.h>
#include <stddef.h>

/// Locally administered, so that it is nobody's.
#define IB_APP_DEFAULT_MAC "02:00:00:00:1B:01"

/// "tCam-Mini-" and "02:00:00:12:EF:B5" give "tCam-Mini-EFB5".
/// Return: whether it was a hardware address.
bool ib_app_camera_name(char *out, size_t size, const char *prefix, const char *mac);

#endif
