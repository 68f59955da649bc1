/// NetworkManager's names on the bus (D-Bus API 1.42).
#ifndef IB_PORTS_LINUX_NETWORK_NAMES_H
#define IB_PORTS_LINUX_NETWORK_NAMES_H

#define NM_SERVICE "org.freedesktop.NetworkManager"
#define NM_PATH "/org/freedesktop/NetworkManager"
#define NM_SETTINGS NM_SERVICE ".Settings"
#define NM_SETTINGS_PATH NM_PATH "/Settings"
#define NM_DEVICE NM_SERVICE ".Device"

#endif
