/// What a tCam-Mini remembers: its network, and the Lepton's AGC, emissivity and gain.
///
/// A change is checked whole before any of it counts. Stored as one durable record (docs/settings.md
/// lists its bytes), with the network settings before a change beside the new ones as long as those
/// are on trial.
/// Source:  tCam-Mini README, sections "WiFi", "get_wifi", "set_wifi".
#ifndef IB_DEVICE_SETTINGS_H
#define IB_DEVICE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/link.h"
#include "device/durable.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The flags of get_wifi and set_wifi.
enum ib_wifi_flag {
    IB_WIFI_ENABLED = 1 << 0,
    IB_WIFI_INITIALISED = 1 << 1, ///< status only, as the next two
    IB_WIFI_RUNNING = 1 << 2,
    IB_WIFI_CONNECTED = 1 << 3,
    IB_WIFI_STATIC_IP = 1 << 4,
    IB_WIFI_CLIENT = 1 << 7, ///< station; otherwise access point
    IB_WIFI_STORED = IB_WIFI_ENABLED | IB_WIFI_STATIC_IP | IB_WIFI_CLIENT,
};

struct ib_network_settings {
    char ap_ssid[IB_LINK_SSID_BYTES + 1]; ///< the camera's name, too
    char ap_pw[IB_LINK_PASSWORD_BYTES + 1];
    char sta_ssid[IB_LINK_SSID_BYTES + 1];
    char sta_pw[IB_LINK_PASSWORD_BYTES + 1];
    uint8_t flags; ///< of IB_WIFI_STORED
    uint8_t ap_ip[4];
    uint8_t sta_ip[4];
    uint8_t sta_netmask[4];
};

struct ib_lepton_settings {
    bool agc;
    uint8_t emissivity_pct; ///< 1..100
    uint8_t gain;           ///< enum ib_gain: 0 high, 1 low, 2 auto
};

struct ib_settings {
    struct ib_network_settings network;
    struct ib_network_settings before; ///< network settings to go back to while `trial`
    bool trial;                        ///< `network` has not brought a link yet
    struct ib_lepton_settings lepton;
};

/// As it leaves the factory: open access point "tCam-Mini-HHHH" at 192.168.4.1, no passwords,
/// station address 192.168.4.2/255.255.255.0, AGC off, emissivity 100 %, high gain.
void ib_settings_default(struct ib_settings *self, const char *name);
void ib_network_settings_default(struct ib_network_settings *self, const char *name);

/// What a set_wifi gives. NULL: not given, the existing value stays. Texts are as they came
/// (addresses not parsed yet), with their sizes, because a name may hold any octet but NUL.
enum ib_wifi_text {
    IB_WIFI_AP_SSID,
    IB_WIFI_AP_PW,
    IB_WIFI_AP_IP,
    IB_WIFI_STA_SSID,
    IB_WIFI_STA_PW,
    IB_WIFI_STA_IP,
    IB_WIFI_STA_NETMASK,
    IB_WIFI_TEXT_COUNT,
};

struct ib_wifi_change {
    const char *text[IB_WIFI_TEXT_COUNT]; ///< borrowed
    size_t size[IB_WIFI_TEXT_COUNT];
    bool has_flags;
    int32_t flags; ///< 0..255; unused and status bits are ignored
};

/// The key of a text in get_wifi and set_wifi: "ap_ssid" …
const char *ib_wifi_text_key(enum ib_wifi_text which);

/// Check the whole change against `self`; `out` is `self` with it. Nothing else is touched.
/// Return: IB_OK.
/// Errors: IB_E_NOT_FOUND when nothing is given, IB_E_RANGE, IB_E_FORMAT; `*why` (never NULL then) is
///         a constant for people: "ap_pw must be 8 to 63 characters, or empty for none".
int ib_network_settings_change(const struct ib_network_settings *self,
                               const struct ib_wifi_change *change, struct ib_network_settings *out,
                               const char **why);

/// Whether these settings may be in force: what a change and a stored record have to pass.
/// Return: IB_OK. Errors: IB_E_RANGE, IB_E_FORMAT, with `*why` as above.
int ib_network_settings_check(const struct ib_network_settings *self, const char **why);

/// Four decimal numbers 0..255 with three dots and nothing else; no leading zeros.
/// Return: IB_OK. Errors: IB_E_FORMAT.
int ib_ip4_parse(const char *text, size_t size, uint8_t out[4]);
#define IB_IP4_TEXT_BYTES 16
void ib_ip4_print(const uint8_t ip[4], char out[IB_IP4_TEXT_BYTES]);

/// The record. `ib_settings_read` is what stands between a damaged store and the camera: every field
/// is checked as if it came from a client.
#define IB_SETTINGS_MAGIC 0x54534249u ///< "IBST"
#define IB_SETTINGS_BYTES 560         ///< room for a record
/// Return: the size. `out` has IB_SETTINGS_BYTES.
size_t ib_settings_write(const struct ib_settings *self, uint8_t *out);
/// Errors: IB_E_TRUNCATED, IB_E_FORMAT, IB_E_RANGE; `self` is unchanged then.
int ib_settings_read(struct ib_settings *self, const uint8_t *bytes, size_t size);

/// Settings and where they are kept. Without storage (NULL) they last until the power goes.
struct ib_settings_store {
    struct ib_settings now;
    struct ib_durable durable;
    bool has_storage;
    int status;      ///< of the latest load or save: IB_OK, or why the store does not work
    bool damaged;    ///< … though something had been written there
    bool unread;     ///< what is stored could not be read: `now` is not what its owner wants
    bool unsaved;    ///< the record may differ from `now`: save `now` again, some time later
    uint32_t saves;  ///< successful ones
    bool were_reset; ///< nothing usable was found at the start: defaults
    char name[IB_LINK_SSID_BYTES + 1]; ///< the default name
};

/// Load; a missing or damaged record gives the defaults (written back when there is a storage).
/// `name` borrowed. Return: IB_OK, or the storage's error (the defaults are in force then).
int ib_settings_store_init(struct ib_settings_store *self, const struct ib_storage *storage,
                           const char *name);

/// Make `next` the settings in force and durable. Equal ones are not written again.
/// Errors: the storage's; the settings in force stay the old ones then, and `unsaved` is set (unless
///         `unread`: nothing is written over what may still be there).
int ib_settings_store_save(struct ib_settings_store *self, const struct ib_settings *next);

/// As save, but `next` is in force whatever the storage says: for what must not wait for it.
/// Errors: the storage's; `unsaved` is set then.
int ib_settings_store_force(struct ib_settings_store *self, const struct ib_settings *next);

#ifdef __cplusplus
}
#endif

#endif
