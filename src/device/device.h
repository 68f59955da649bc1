/// The tCam-Mini board around the protocol: status LED, button, faults, settings, network, update.
///
/// One state machine, stepped on one thread (the net loop's). It looks at the camera's state and at
/// how many clients there are; what the LED shows follows from that.
///
/// Threads: all functions belong to one thread.
/// Source:  tCam-Mini README, "Status Indicator", "WiFi Reset Button", "Hardware Interface".
#ifndef IB_DEVICE_DEVICE_H
#define IB_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/gpio.h"
#include "camera/camera.h"
#include "device/button.h"
#include "device/led.h"
#include "device/network.h"
#include "device/ota.h"
#include "device/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ib_device_mode {
    IB_DEVICE_WIFI,     ///< Mode input high: network, clients over sockets
    IB_DEVICE_HARDWARE, ///< Mode input low: serial line and slave SPI; nothing is stored
};

/// Faults, by their number of blinks.
enum ib_device_fault {
    IB_DEVICE_FAULT_NONE = 0,
    IB_DEVICE_FAULT_PERIPHERAL = 1, ///< I2C or SPI peripheral initialisation
    IB_DEVICE_FAULT_STORAGE = 2,    ///< non-volatile storage or Wi-Fi initialisation
    IB_DEVICE_FAULT_MEMORY = 3,     ///< buffer allocation
    IB_DEVICE_FAULT_CCI = 4,        ///< Lepton control does not answer
    IB_DEVICE_FAULT_VOSPI = 5,      ///< Lepton video: the transfers themselves fail
    IB_DEVICE_FAULT_NETWORK = 6,    ///< internal network error; slave SPI port dead
    IB_DEVICE_FAULT_SYNC = 7,       ///< Lepton video cannot be synchronised
    IB_DEVICE_FAULT_UPDATE = 8,     ///< update failed
    IB_DEVICE_FAULT_COUNT = 9,
};

struct ib_device_config {
    enum ib_device_mode mode;
    const char *default_name;         ///< kept: "tCam-Mini-0001", from the MAC
    const struct ib_storage *storage; ///< kept, of the settings; NULL: they are not kept
    const struct ib_link *link;       ///< kept; NULL with IB_DEVICE_HARDWARE
    const struct ib_gpio *button;     ///< kept; 1 = pressed; NULL: none
    const struct ib_gpio *red;        ///< kept; 1 = on; NULL: only looked at
    const struct ib_gpio *green;
    const struct ib_ota_config *ota; ///< borrowed; NULL: no updates
    const struct ib_log *log;
};

/// What the device is told at each step.
struct ib_device_view {
    const struct ib_camera_state *camera; ///< borrowed
    unsigned clients;                     ///< connected to the tCam port(s)
};

struct ib_device {
    struct ib_device_config config;
    struct ib_settings_store store;
    struct ib_network network;
    struct ib_ota ota;
    bool has_ota;
    struct ib_led led;
    struct ib_button button;
    uint64_t reset_until_us; ///< the reset alert runs; 0: none
    bool reset_done;         ///< its action has been carried out: the network restarts
    bool started;            ///< start-up is over
    uint32_t faults;         ///< bit n: fault n is there
    uint32_t fault_counts[IB_DEVICE_FAULT_COUNT];
    uint32_t told_faults;         ///< bit n: ib_device_fault says so
    enum ib_device_fault watched; ///< what the camera suffers from: 4, 5, 7 or none
    bool network_broken;          ///< the network's part of fault 2
    /// Watching the camera: when frames stopped and what was counted then.
    bool looked;                ///< a camera that has been started was seen
    bool set_up;                ///< … and set up since then
    uint64_t no_frame_since_us; ///< the latest frame, or the start
    uint64_t video_since_us;    ///< from when on missing video is video's own fault
    struct ib_camera_counters seen;
    struct ib_source_counters seen_source;
    struct ib_camera_settings seen_settings;
    bool has_seen_settings;
    bool settings_touched; ///< somebody has changed them since the start
    bool store_unread;     ///< the stored settings could not be read yet
    uint64_t store_us;     ///< not to be read or written before
    uint64_t slots_us;     ///< the firmware's record is not to be looked at again before
    uint32_t late_loads;   ///< times they were read late: the Lepton's are to be applied again
    uint32_t presses_short, presses_long;
    uint64_t born_us;
    bool lines_set, line_red, line_green; ///< what the LED's lines were set to
};

/// A start of the board: load settings, decide which firmware runs, start the network.
/// Errors: IB_E_INVAL. A storage or a link that does not work is a fault, not an error.
int ib_device_init(struct ib_device *self, const struct ib_device_config *config, uint64_t now_us);

/// Do what is due. *due_us: when to step again at the latest (sooner when a frame, a client or an
/// answer comes).
void ib_device_step(struct ib_device *self, const struct ib_device_view *view, uint64_t now_us,
                    uint64_t *due_us);

/// Whoever brings the board up or serves it says what does not work (1, 2, 3, 5, 6), and that it
/// works again.
void ib_device_fault(struct ib_device *self, enum ib_device_fault fault, bool there);
/// The fault that is shown: the lowest number, it is nearest to the cause. IB_DEVICE_FAULT_NONE:
/// none.
enum ib_device_fault ib_device_shown_fault(const struct ib_device *self);
/// "lepton-cci", "update" …: for people and `ironbow ctl`.
const char *ib_device_fault_name(enum ib_device_fault fault);
/// A sentence for people: what it means and what to look at.
const char *ib_device_fault_about(enum ib_device_fault fault);

/// The camera's name: the access point's SSID; from the MAC with the hardware interface.
const char *ib_device_name(const struct ib_device *self);
/// The firmware's version.
const char *ib_device_version(const struct ib_device *self);
/// Whether the board should restart now (an update has succeeded, or is taken back). Whoever owns
/// the device closes the clients, power-cycles the Lepton and calls ib_device_init anew.
bool ib_device_wants_restart(const struct ib_device *self);

#ifdef __cplusplus
}
#endif

#endif
