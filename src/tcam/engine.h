/// What the files of this room share. Nobody outside src/tcam includes it.
#ifndef IB_TCAM_ENGINE_H
#define IB_TCAM_ENGINE_H

#include "core/json.h"
#include "tcam/tcam.h"

#define IB_TCAM_START 0x02
#define IB_TCAM_END 0x03

/// The first number of a cam_info reply.
enum ib_tcam_info {
    IB_TCAM_NACK = 0,
    IB_TCAM_ACK = 1,
    IB_TCAM_UNIMPLEMENTED = 2,
    IB_TCAM_BAD = 3,
    IB_TCAM_INTERNAL = 4,
    IB_TCAM_UPDATE = 6, ///< status of an update
};

/// What the request under way waits for (ib_tcam_session.pending).
enum ib_tcam_pending {
    IB_TCAM_IDLE,
    IB_TCAM_WAITS_IMAGE,   ///< get_image: the next good frame
    IB_TCAM_WAITS_ACK,     ///< the camera, then "success" or "failed"
    IB_TCAM_WAITS_CCI_GET, ///< the camera, then a cci_reg with data
    IB_TCAM_WAITS_CCI_SET, ///< the camera, then a cci_reg without
    IB_TCAM_WAITS_PICTURE, ///< take_picture: the next good frame, to the card
};

/// How a handler ended; negative status codes mean "NAME failed". A handler that says
/// IB_TCAM_DONE_REPLY may have left the reply empty: then there is none.
enum ib_tcam_done {
    IB_TCAM_DONE_ACK,   ///< "NAME success"
    IB_TCAM_DONE_REPLY, ///< the handler wrote its own reply
    IB_TCAM_DONE_LATER, ///< a request or a wait is under way
};

/// commands.c: carry out the command of `size` characters in `text`: afterwards there is either a
/// reply or something pending.
void ib_tcam_command(struct ib_tcam_session *self, const char *text, size_t size, uint64_t now_us);
/// commands.c: hand `self->request` to the camera.
int ib_tcam_ask(struct ib_tcam_session *self, enum ib_tcam_pending then, uint64_t now_us,
                uint64_t patience_us);

/// handlers.c: `args` is NULL when the command has none.
int ib_tcam_get_status(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us);
int ib_tcam_get_image(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us);
int ib_tcam_get_config(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us);
int ib_tcam_set_config(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us);
int ib_tcam_set_time(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us);
int ib_tcam_set_spotmeter(struct ib_tcam_session *self, const struct ib_json_value *args,
                          uint64_t now_us);
int ib_tcam_stream_on(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us);
int ib_tcam_stream_off(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us);
int ib_tcam_run_ffc(struct ib_tcam_session *self, const struct ib_json_value *args,
                    uint64_t now_us);
int ib_tcam_get_lep_cci(struct ib_tcam_session *self, const struct ib_json_value *args,
                        uint64_t now_us);
int ib_tcam_set_lep_cci(struct ib_tcam_session *self, const struct ib_json_value *args,
                        uint64_t now_us);

/// guard.c
int ib_tcam_auth(struct ib_tcam_session *self, const struct ib_json_value *args, uint64_t now_us);
/// The time for the token is over: the reply says so.
void ib_tcam_guard_step(struct ib_tcam_session *self, uint64_t now_us);

/// network.c
int ib_tcam_get_wifi(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us);
int ib_tcam_set_wifi(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us);

/// update.c
int ib_tcam_fw_update_request(struct ib_tcam_session *self, const struct ib_json_value *args,
                              uint64_t now_us);
int ib_tcam_fw_segment(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us);
/// What the update has to say to this session becomes its reply, if none waits.
void ib_tcam_update_say(struct ib_tcam_session *self);
/// The session has gone: an update of its ends.
void ib_tcam_update_leave(struct ib_tcam_session *self);

/// events.c
int ib_tcam_events_on(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us);
int ib_tcam_events_off(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us);
/// Look at the newest frame, the camera and the device, and note what has changed.
void ib_tcam_events_watch(struct ib_tcam *self, uint64_t now_us);
/// This client's stream has ended by itself.
void ib_tcam_events_stream_end(struct ib_tcam_session *self, uint64_t now_us);
/// The oldest note becomes the reply, if none waits.
void ib_tcam_events_say(struct ib_tcam_session *self);

/// hardware.c: the image's way on the hardware interface.
/// Lay the encoded packet on the slave port and reply image_ready; a port that is still busy drops it
/// (counted).
void ib_tcam_hardware_image(struct ib_tcam_session *self, uint64_t now_us);
/// Whether the controller has read it, or the time for that is over.
void ib_tcam_hardware_step(struct ib_tcam_session *self, uint64_t now_us);

/// card.c: the commands of the tCam with a memory card.
int ib_tcam_take_picture(struct ib_tcam_session *self, const struct ib_json_value *args,
                         uint64_t now_us);
int ib_tcam_record_on(struct ib_tcam_session *self, const struct ib_json_value *args,
                      uint64_t now_us);
int ib_tcam_record_off(struct ib_tcam_session *self, const struct ib_json_value *args,
                       uint64_t now_us);
int ib_tcam_poweroff(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us);
int ib_tcam_get_filesystem_list(struct ib_tcam_session *self, const struct ib_json_value *args,
                                uint64_t now_us);
int ib_tcam_get_file(struct ib_tcam_session *self, const struct ib_json_value *args,
                     uint64_t now_us);
int ib_tcam_delete_filesystem_obj(struct ib_tcam_session *self, const struct ib_json_value *args,
                                  uint64_t now_us);
/// A picture that take_picture asked for: the image is encoded, write it and reply.
void ib_tcam_card_picture(struct ib_tcam_session *self, uint64_t now_us);
/// The recorder: take the newest frame if the schedule wants it.
void ib_tcam_card_record(struct ib_tcam *self, uint64_t now_us);
/// The next piece of the file under way, a whole packet. False: nothing (the file is at its end, or
/// its failure has become the reply).
bool ib_tcam_card_send(struct ib_tcam_session *self, struct ib_tcam_chunk *out);

/// replies.c: each writes one whole packet into the session's reply.
void ib_tcam_reply_info(struct ib_tcam_session *self, enum ib_tcam_info value, const char *text);
/// "NAME success" or "NAME failed".
void ib_tcam_reply_outcome(struct ib_tcam_session *self, const char *name, bool success);
/// "NAME failed: WHY"; `why` NULL: "NAME failed". At most 160 characters of it.
void ib_tcam_reply_failure(struct ib_tcam_session *self, const char *name, const char *why);
/// Between these two a reply is printed: an object is open.
void ib_tcam_reply_begin(struct ib_tcam_session *self, struct ib_json_writer *json);
void ib_tcam_reply_finish(struct ib_tcam_session *self, struct ib_json_writer *json);
void ib_tcam_reply_status(struct ib_tcam_session *self, uint64_t now_us);
void ib_tcam_reply_config(struct ib_tcam_session *self, const struct ib_camera_settings *settings);
/// From the session's answered request; with `data` when it was a read.
void ib_tcam_reply_cci(struct ib_tcam_session *self, bool data);

/// stream.c
void ib_tcam_stream_start(struct ib_tcam_session *self, uint32_t delay_ms, uint32_t images,
                          uint64_t now_us);
/// Whether a frame completed at `captured_us` is the next image of the schedule.
bool ib_tcam_stream_wants(const struct ib_tcam_session *self, uint64_t captured_us);
/// An image of that frame was given out: move on, end the stream after the last one.
void ib_tcam_stream_advance(struct ib_tcam_session *self, uint64_t captured_us);

/// tcam.c: take the wall clock in, when there is one to ask.
void ib_tcam_clock(struct ib_tcam *self, uint64_t now_us);
/// tcam.c: all of the metadata as it is at `at_us`.
void ib_tcam_stamp(struct ib_tcam *self, uint64_t at_us);
/// tcam.c: the packet's room for something else, until the next call of any function of this ib_tcam.
char *ib_tcam_room(struct ib_tcam *self);
/// tcam.c: make `packet` hold this frame. False when it cannot be an image (logged once).
bool ib_tcam_encode(struct ib_tcam *self, const struct ib_frame *frame);

#endif
