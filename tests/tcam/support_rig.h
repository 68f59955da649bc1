/// A tCam session on the bench: a scriptable camera behind the three functions of camera.h that the
/// protocol uses, a hub, a clock that the test moves.
///
/// support_rig.c defines ib_camera_post, ib_camera_answered and ib_camera_state, so the programs of
/// this folder never link the real camera; tests/tcam_live does.
#ifndef IB_TESTS_TCAM_SUPPORT_RIG_H
#define IB_TESTS_TCAM_SUPPORT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/flash.h"
#include "sim/network.h"
#include "tcam/tcam.h"

#define RIG_SLOTS 4
#define RIG_START_US 1000000
#define RIG_FRAME_US 113250 ///< 8.83 frames a second

struct fake_camera {
    struct ib_camera_state state;      ///< what ib_camera_state fills
    struct ib_camera_request *request; ///< the latest one posted
    unsigned posts;
    bool at_once; ///< answer inside ib_camera_post …
    int status;   ///< … with this
    struct ib_cci_outcome outcome;
    uint16_t data[IB_TCAM_CCI_WORDS]; ///< what a CCI GET fills
    uint16_t sent[IB_TCAM_CCI_WORDS]; ///< what the latest CCI SET carried
};

#define RIG_FLASHES 4 ///< settings, record of the slots, two slots
#define RIG_SLOT_BYTES 131072u

/// A tCam-Mini board with simulated network, flash and button; in memory of its own.
struct rig_board {
    struct ib_device device;
    struct ib_sim_network network;
    struct ib_link link;
    struct ib_sim_flash flash[RIG_FLASHES];
    struct ib_storage storage[RIG_FLASHES];
    struct ib_ota_config ota;
    bool pressed;
    struct ib_gpio button;
};

/// What rig_init_with puts together. Zeroed: what rig_init does.
struct rig_with {
    bool board;               ///< an ib_device; name and version come from it
    enum ib_device_mode mode; ///< of the board
    bool no_updates;          ///< a board that cannot update
    bool no_storage;          ///< a board that forgets
    /// Whatever is set here is used: card, slave, wall_now, poweroff, model_base, wall_offset_us.
    /// Camera, hub, log, notify, name and version are the rig's.
    struct ib_tcam_config tcam;
};

struct rig {
    struct fake_camera camera;
    struct ib_hub hub;
    uint16_t storage[RIG_SLOTS * IB_IMAGE_JSON_PX];
    struct ib_tcam tcam;
    struct ib_tcam_session session;
    uint64_t now_us;
    uint32_t frames;
    unsigned notified;
    unsigned logged;
    struct ib_log log;
    struct rig_board *board; ///< NULL without one
    /// Of the frames to come.
    enum ib_ffc_state frame_ffc_state;
    enum ib_gain frame_gain;
};

void rig_init(struct rig *self);
void rig_init_with(struct rig *self, const struct rig_with *with);
/// A board on Wi-Fi, its network up, that is called "tCam-Mini-EFB5" and runs version "2.0".
void rig_init_board(struct rig *self);
/// Let time pass: the board and whatever belongs to no client are stepped when due; sessions are not
/// pulled.
void rig_pass(struct rig *self, uint64_t us);
/// Hold the board's button down for that long, and let go.
void rig_press(struct rig *self, uint64_t us);
/// A camera with this module, as after identification.
void rig_module(struct rig *self, enum ib_lepton_model model, uint16_t width_px, bool radiometric);
/// Answer the request that is posted.
void rig_answer(struct rig *self, int status);
/// Publish the next frame, complete now; its pixels follow from its number.
void rig_frame(struct rig *self, uint32_t flags);
void rig_frame_sized(struct rig *self, uint32_t flags, uint16_t width_px, uint16_t height_px);
/// The pixel that rig_frame puts at `index` of frame `number` (the first is 1).
uint16_t rig_pixel(uint32_t number, uint32_t index);
uint16_t rig_telemetry(uint32_t number, uint32_t index);

/// As rig_say and rig_expect, of another client.
void rig_say_to(struct rig *self, struct ib_tcam_session *session, const char *json);
void rig_expect_from(struct rig *self, struct ib_tcam_session *session, const char *json);
void rig_expect_nothing_from(struct rig *self, struct ib_tcam_session *session);
/// The next packet's text, "" when there is none; `chunk` may be NULL. Valid until the next call.
const char *rig_pull_from(struct rig *self, struct ib_tcam_session *session,
                          struct ib_tcam_chunk *chunk);

/// Feed one framed JSON text; all of it must be taken.
void rig_say(struct rig *self, const char *json);
/// Feed raw bytes; returns how many were taken.
size_t rig_feed(struct rig *self, const void *bytes, size_t size);
/// The next packet must be this JSON text.
void rig_expect(struct rig *self, const char *json);
/// There must be nothing to send.
void rig_expect_nothing(struct rig *self);
/// The next packet must be an image; returns it (its captured_us says which).
struct ib_tcam_chunk rig_expect_image(struct rig *self);
/// The value of `key` in the packet's object `outer` (NULL: at its top), as it is printed; "" when it
/// is not there. Valid until the next call.
const char *rig_member(const char *text, const char *outer, const char *key);
/// Say `json`, expect the cam_info `value` with `text`, and that no request was posted for it.
void rig_refuses(struct rig *self, const char *json, int value, const char *text);
/// The text of a cam_info; valid until the next call.
const char *rig_info(int value, const char *text);

#endif
