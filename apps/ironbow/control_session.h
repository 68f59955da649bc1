/// One control connection's command under way: shared by serve_control.c (lines in, lines out) and
/// control_commands.c (what they mean).
#ifndef IB_APP_CONTROL_SESSION_H
#define IB_APP_CONTROL_SESSION_H

#include "apps/ironbow/report.h"
#include "apps/ironbow/serve_control.h"
#include "apps/ironbow/simulator.h"
#include "core/json.h"

#define IB_APP_CONTROL_LINE_BYTES 512
#define IB_APP_CONTROL_REPLY_BYTES 16384
#define IB_APP_CONTROL_WORDS                                                                       \
    20 ///< `cci`, a name, and the sixteen words of the largest usual object

struct ib_app_control_session;

/// Asked when something may have happened.
/// Return: whether the reply is complete.
typedef bool ib_app_control_poll(struct ib_app_control_session *session);

struct ib_app_control_session {
    struct ib_app_control *control;
    char line[IB_APP_CONTROL_LINE_BYTES];
    size_t line_size;
    bool overlong;
    bool quit; ///< the program ends when this connection does

    /// The command under way; NULL when none is.
    ib_app_control_poll *poll;
    struct ib_camera_request request;
    bool posted;
    uint16_t cci[IB_CCI_MAX_WORDS]; ///< what a raw command takes or brings
    struct ib_app_simulator_call call;
    struct ib_app_report report;
    uint64_t step_us; ///< `step`: the moment it ends

    struct ib_json_writer json;
    char reply[IB_APP_CONTROL_REPLY_BYTES];
    size_t reply_size; ///< 0: none waits
};

/// Carry out a line: afterwards there is either a reply or a `poll`.
void ib_app_control_command(struct ib_app_control_session *self, char *line);

/// Hand `self->request` to the camera; `poll` is asked when there may be an answer.
void ib_app_control_post(struct ib_app_control_session *self, ib_app_control_poll *poll);
bool ib_app_control_answered(struct ib_app_control_session *self);

/// control_cci.c: the command `cci`.
void ib_app_control_cci(struct ib_app_control_session *self, unsigned count, char **words);

/// control_board.c: the commands of the board around the camera.
void ib_app_control_led(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_script(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_sdcard(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_pins(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_pin(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_parts(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_part(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_distance(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_light(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_i2c(struct ib_app_control_session *self, unsigned count, char **words);
/// Members of `status`, with scripts: script, leds.
void ib_app_control_put_script(struct ib_json_writer *json, const struct ib_app_control *control);
void ib_app_control_button(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_network(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_air(struct ib_app_control_session *self, unsigned count, char **words);
void ib_app_control_station(struct ib_app_control_session *self, unsigned count, char **words);
/// control_record.c: the recorder.
void ib_app_control_record(struct ib_app_control_session *self, unsigned count, char **words);
/// Members of `status`: name, firmware, led, board_fault, network, update.
void ib_app_control_put_board(struct ib_json_writer *json, const struct ib_app_board *board);
/// Members of `counters`: board, and hardware with that interface.
void ib_app_control_put_board_counters(struct ib_json_writer *json,
                                       const struct ib_app_control *control);

/// Begin and end a reply of {"ok":true,…}.
struct ib_json_writer *ib_app_control_begin(struct ib_app_control_session *self);
void ib_app_control_end(struct ib_app_control_session *self);
/// Reply {"ok":false,"error":…}.
__attribute__((format(printf, 2, 3))) void ib_app_control_error(struct ib_app_control_session *self,
                                                                const char *format, ...);

#endif
