/// `ironbow run`: its options, and the parts it is made of. Shared by run_options.c and verb_run.c.
#ifndef IB_APP_RUN_H
#define IB_APP_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "apps/ironbow/board.h"
#include "apps/ironbow/verb.h"
#include "core/log.h"

#define IB_APP_RUN_FAULTS 16

struct ib_app_run_options {
    const char *camera;
    int port;            ///< -1: none
    int secure_port;     ///< -1: none
    int rtsp_port;       ///< -1: none
    bool rtsp_given;     ///< asked for: no other port will do
    const char *palette; ///< of live video and recorded films, and of pictures that name none
    const char *token_file;
    int http_port;   ///< -1: none
    bool http_given; ///< that port or none; else the next free one will do
    bool http_open;  ///< no token, though others are let in
    const char *http_name;
    const char *web; ///< directory of the page instead of the one built in
    char listen[64];
    unsigned max_clients;
    const char *mac;
    const char *faults[IB_APP_RUN_FAULTS];
    unsigned fault_count;
    const char *control; ///< NULL: the default path
    bool stepped;
    bool has_seed;
    uint64_t seed;
    bool json;
    enum ib_log_level level;

    bool with_card;    ///< the board is a tCam, not a tCam-Mini
    const char *card;  ///< directory that plays its memory card
    bool hardware;     ///< Mode input low
    bool scripts;      ///< the board is a Pure Thermal
    const char *flash; ///< its images; NULL: in the state's place
    const char *sdcard;
    const char *rom;
    const char *autofocus; ///< file with the lens' program
    const char *serial;
    const char *slave;
    const char *state;   ///< NULL: the default place; "none"
    const char *network; ///< "sim", "host", "nm:wlan0"; NULL: as the camera is
    const char *mdns;    ///< "on", "off"; NULL: when others can reach the port
    bool system_time;
    const char *log_port;
    const char *record_directory; ///< NULL: beside the settings; "none"
    const char *update_key;
    bool signed_only;
    const char *button_line;
    const char *red_line;
    const char *green_line;
};

extern const struct ib_app_option ib_app_run_option_table[];

/// Read the command line.
/// Return: -1 to go on, else the exit code (already reported).
int ib_app_run_parse(struct ib_app_run_options *out, const struct ib_app_verb *verb,
                     struct ib_app_args *args);

#endif
