/// The board around the camera as this program has it: settings and firmware in a directory, a
/// network, a button and an LED, and the faults they can have.
///
/// The engines are `ib_device`; here they get their hands. Loop thread only, but for the gate.
#ifndef IB_APP_BOARD_H
#define IB_APP_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "apps/ironbow/gate.h"
#include "apps/ironbow/rig.h"
#include "device/device.h"
#include "ports/linux/gpiochip.h"
#include "ports/linux/network_manager.h"
#include "ports/linux/sodium_signature.h"
#include "ports/linux/storage_region.h"
#include "sim/network.h"

enum ib_app_network {
    IB_APP_NETWORK_SIM,     ///< a simulated interface and the air around it
    IB_APP_NETWORK_HOST,    ///< the machine's network as it is; nothing is changed
    IB_APP_NETWORK_MANAGER, ///< one interface of this machine, through NetworkManager
};

/// The regions of the board's flash.
enum {
    IB_APP_REGION_SETTINGS,
    IB_APP_REGION_BOOT,
    IB_APP_REGION_SLOT0,
    IB_APP_REGION_SLOT1,
    IB_APP_REGION_COUNT
};

struct ib_app_board_config {
    struct ib_app_rig *rig;   ///< kept
    uv_loop_t *loop;          ///< kept
    const struct ib_log *log; ///< kept
    enum ib_device_mode mode;
    enum ib_app_network network;
    const char *interface;    ///< of NetworkManager; kept
    const char *default_name; ///< kept
    const char *state;      ///< kept: directory, made when missing; NULL: nothing outlives this run
    bool state_given;       ///< by the user: then it must work
    const char *listen;     ///< kept: for the host's network: the address clients use
    const char *update_key; ///< file with the public key of updates; NULL: none
    bool signed_only;       ///< updates without a good signature are refused
    const char *button_line; ///< GPIO lines of this machine; NULL: only the virtual ones
    const char *red_line;
    const char *green_line;
    unsigned (*clients)(void *context); ///< how many there are
    void (*changed)(void *context);     ///< after a step: name, network, updates may have changed
    void (*restart)(void *context);     ///< the board restarts: the clients go
    void (*notify)(void *context);      ///< any thread: step the board soon
    void *context;                      ///< of all four
};

struct ib_app_board {
    struct ib_app_board_config config;
    struct ib_device device;
    char state[4096]; ///< the directory in use, "" when the flash is a temporary one
    struct ib_storage_region region[IB_APP_REGION_COUNT];
    struct ib_app_storage_gate guarded[IB_APP_REGION_COUNT];
    unsigned regions; ///< open ones
    struct ib_sim_network network;
    struct ib_network_manager *manager;
    struct ib_link link;
    struct ib_sodium_signature signature;
    struct ib_gpio button;
    bool held;              ///< the virtual button is down
    uint64_t held_until_us; ///< … until then; IB_NEVER: until it is released
    struct ib_gpiochip lines[3];
    struct ib_gpio line_tables[3];
    bool line_open[3];
    struct ib_camera_request settings; ///< the stored ones, on their way to the camera
    bool settings_posted;
    struct ib_camera_request power_cycle; ///< of a restart
    bool power_cycle_posted;
    uint32_t restarts;
    uv_timer_t timer;
    bool timer_open;
    /// Stepped time: how far it may run, and how far everything has been done.
    uint64_t target_us;
    uint64_t done_us;
    struct ib_app_waiter slice;
};

/// Open directory, network and lines, and start the device. The timer runs from now on.
/// Return: 0.
/// Errors: -1 with `problem` filled; ib_app_board_close all the same.
int ib_app_board_open(struct ib_app_board *self, const struct ib_app_board_config *config,
                      char *problem, size_t problem_size);
/// Closes the timer and the network; `closed` is called from the loop when nothing of it runs there
/// any more. Then, with the loop gone, ib_app_board_free.
void ib_app_board_close(struct ib_app_board *self, void (*closed)(void *context), void *context);
void ib_app_board_free(struct ib_app_board *self);

/// Something may be due: a frame came, a client came or went, a command was carried out.
void ib_app_board_step(struct ib_app_board *self);
/// The Lepton settings that are stored become the camera's. Before the camera's thread starts.
void ib_app_board_apply_settings(struct ib_app_board *self);
/// Whether clients can come: the network is there (always, with the hardware interface).
bool ib_app_board_reachable(const struct ib_app_board *self);

/// Stepped time: let it run `us` further, in slices that end whenever the board has something to do.
/// Return: the moment it will reach; compare `done_us`.
uint64_t ib_app_board_grant(struct ib_app_board *self, uint64_t us);

/// Whether it has a tCam-Mini's status LED and button. A Pure Thermal has LEDs of another kind, and they are
/// its scripts'.
bool ib_app_board_has_led(const struct ib_app_board *self);
/// The virtual button: down for `us`; IB_NEVER: until released; 0: release it.
void ib_app_board_press(struct ib_app_board *self, uint64_t us);

/// Begin or end one of the board's own faults. Effects are felt within the next step.
/// Return: IB_OK. Errors: IB_E_NOT_FOUND when `name` is none of them.
int ib_app_board_fault(struct ib_app_board *self, const char *name, bool there);
bool ib_app_board_is_fault(const char *name);
void ib_app_board_heal(struct ib_app_board *self);
/// The bits of `enum ib_app_gate_shut` that one fault shuts.
unsigned ib_app_board_fault_gate(enum ib_device_fault fault);

#endif
