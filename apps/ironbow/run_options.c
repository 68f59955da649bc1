/// The command line of `ironbow run`.
#include "apps/ironbow/run.h"

#include <stdio.h>
#include <string.h>

#include "apps/ironbow/camera_name.h"
#include "apps/ironbow/colouring.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/serve_http.h"
#include "apps/ironbow/serve_rtsp.h"
#include "boards/tcam_mini.h"

#define DEFAULT_CLIENTS 32
#define PORT_UNSAID (-2)

enum {
    OPT_CAMERA = 1,
    OPT_PORT,
    OPT_HTTP,
    OPT_HTTP_OPEN,
    OPT_HTTP_NAME,
    OPT_WEB,
    OPT_LISTEN,
    OPT_CLIENTS,
    OPT_SECURE,
    OPT_TOKEN,
    OPT_RTSP,
    OPT_PALETTE,
    OPT_MAC,
    OPT_BOARD,
    OPT_CARD,
    OPT_MODE,
    OPT_SERIAL,
    OPT_SLAVE,
    OPT_FLASH,
    OPT_SDCARD,
    OPT_ROM,
    OPT_AUTOFOCUS,
    OPT_STATE,
    OPT_NETWORK,
    OPT_MDNS,
    OPT_TIME,
    OPT_UPDATE_KEY,
    OPT_SIGNED_ONLY,
    OPT_BUTTON,
    OPT_RED,
    OPT_GREEN,
    OPT_FAULT,
    OPT_CONTROL,
    OPT_LOG_PORT,
    OPT_RECORD,
    OPT_CLOCK,
    OPT_SEED,
    OPT_JSON,
    OPT_QUIET,
    OPT_VERBOSE,
};

const struct ib_app_option ib_app_run_option_table[] = {
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_PORT, "tcam-port", 0, "PORT",
     "where tCam clients connect (default 5001; 0: any free one;\nnone: no plain port)"},
    {OPT_HTTP, "http-port", 0, "PORT",
     "where browsers find the page (default 8080 or the next free\none; 0: any free one; none: no "
     "page; docs/http.md)"},
    {OPT_HTTP_OPEN, "http-open", 0, NULL, "no token for the page, though --listen lets others in"},
    {OPT_HTTP_NAME, "http-name", 0, "NAME", "one more name that browsers may call this machine by"},
    {OPT_WEB, "web", 0, "DIRECTORY", "take the page's files from there, for those who work on it"},
    {OPT_LISTEN, "listen", 0, "ADDRESS",
     "on which address (default 127.0.0.1, this machine only;\n0.0.0.0 lets everybody in)"},
    {OPT_CLIENTS, "max-clients", 0, "N", "at once on each port, 1 to 10000 (default 32)"},
    {OPT_SECURE, "secure-port", 0, "PORT",
     "a second port with TLS and a token, both made at the first\nstart (docs/secure.md)"},
    {OPT_TOKEN, "token-file", 0, "FILE",
     "its token, and the page's: one line (default: token in the\nstate's place)"},
    {OPT_RTSP, "rtsp-port", 0, "PORT",
     "live video for VLC, ffplay and recorders (default 8554, or\nany free one when that is taken; "
     "none: without;\ndocs/streaming.md)"},
    {OPT_PALETTE, "palette", 0, "NAME",
     "colours of live video, recorded films, and pictures whose\nquery names none (default "
     "ironbow)"},
    {OPT_MAC, "mac", 0, "ADDRESS",
     "hardware address: its last four digits name the camera\n(default " IB_APP_DEFAULT_MAC ")"},
    {OPT_BOARD, "board", 0, "BOARD",
     "tcam-mini (default); tcam: the one with a memory card;\npure-thermal: an OpenMV Pure "
     "Thermal, which "
     "runs scripts\n(docs/openmv.md)"},
    {OPT_CARD, "card", 0, "DIRECTORY", "of a tcam: what plays the memory card"},
    {OPT_MODE, "mode", 0, "wifi|hardware",
     "the Mode input: hardware speaks over a serial line and a\nslave SPI port "
     "(docs/hardware-interface.md)"},
    {OPT_SERIAL, "serial", 0, "PATH",
     "hardware: a tty of this machine, or a name for a pty;\npure-thermal: a name for the pty of "
     "its prompt"},
    {OPT_SLAVE, "slave", 0, "PATH",
     "hardware: socket of the slave SPI port (default\n$XDG_RUNTIME_DIR/ironbow-slave.sock)"},
    {OPT_FLASH, "flash", 0, "FILE",
     "pure-thermal: image of its flash drive, made when missing\n(default: flash.img in the "
     "state's place)"},
    {OPT_SDCARD, "sdcard", 0, "FILE", "pure-thermal: image of the memory card in its slot"},
    {OPT_ROM, "rom", 0, "FILE",
     "pure-thermal: image of /rom (ironbow romfs makes one;\ndefault: rom.img in the state's "
     "place)"},
    {OPT_AUTOFOCUS, "af-firmware", 0, "FILE",
     "pure-thermal: the program that its colour camera's lens\nneeds to focus by itself (default: "
     "the "
     "simulator's own)"},
    {OPT_STATE, "state", 0, "DIRECTORY",
     "where settings and firmware are kept (default\n$XDG_STATE_HOME/ironbow/NAME); none: "
     "nothing is"},
    {OPT_NETWORK, "network", 0, "NETWORK",
     "sim: a simulated one; host: this machine's, left as it is;\nnm:wlan0: let set_wifi "
     "configure that interface through\nNetworkManager (default: sim, host for linux: cameras)"},
    {OPT_MDNS, "mdns", 0, "on|off", "be found by name (default: when others can reach the port)"},
    {OPT_TIME, "time", 0, "client|system",
     "system: the camera's clock is this machine's, set_time\nchanges nothing (default client)"},
    {OPT_UPDATE_KEY, "update-key", 0, "FILE",
     "public key: an update with a wrong signature is refused\n(docs/update.md)"},
    {OPT_SIGNED_ONLY, "signed-only", 0, NULL, "… and one without any, too"},
    {OPT_BUTTON, "gpio-button", 0, "LINE", "a button to ground on gpiochip0:17, or a line's name"},
    {OPT_RED, "gpio-red", 0, "LINE", "the status LED's red half"},
    {OPT_GREEN, "gpio-green", 0, "LINE", "its green half"},
    {OPT_FAULT, "fault", 0, "NAME[,N][,T]",
     "begin with this fault, N times or for the time T; may be\nrepeated (ironbow ctl faults lists "
     "them)"},
    {OPT_CONTROL, "control", 0, "PATH",
     "control socket (default $XDG_RUNTIME_DIR/ironbow.sock,\nelse /tmp/ironbow-UID.sock); none: "
     "without"},
    {OPT_LOG_PORT, "log-port", 0, "PATH", "a name for a pty that says what the real USB port says"},
    {OPT_RECORD, "record-dir", 0, "DIRECTORY",
     "where recordings go (default recordings in the state's place);\nnone: nothing is recorded"},
    {OPT_CLOCK, "clock", 0, "real|step",
     "step: simulated time stands still until ironbow ctl step"},
    {OPT_SEED, "seed", 0, "N", "of everything random in the simulation"},
    {OPT_JSON, "json", 0, NULL, "say what happens as JSON, one event a line"},
    {OPT_QUIET, "quiet", 'q', NULL, "log errors only"},
    {OPT_VERBOSE, "verbose", 'v', NULL, "log every detail"},
    {0},
};

/// As people write addresses: "localhost" is this machine, "[::1]" what the start line shows.
static int parse_listen(struct ib_app_run_options *out, const struct ib_app_verb *verb,
                        const char *value) {
    size_t size = strlen(value);
    if (strcmp(value, "localhost") == 0)
        value = "127.0.0.1";
    else if (size > 2 && value[0] == '[' && value[size - 1] == ']')
        value++;
    if ((size_t)snprintf(out->listen, sizeof out->listen, "%s", value) >= sizeof out->listen)
        return ib_app_usage(verb, value, "is too long for an address");
    out->listen[strcspn(out->listen, "]")] = 0;
    return -1;
}

static int parse_port(int *out, const struct ib_app_verb *verb, const char *value) {
    uint64_t number;
    *out = -1;
    if (strcmp(value, "none") == 0)
        return -1;
    if (!ib_app_parse_u64(value, 65535, &number))
        return ib_app_usage(verb, value, "must be a port number, 0 to 65535, or none");
    *out = (int)number;
    return -1;
}

/// One of two words.
static int parse_choice(bool *out, const struct ib_app_verb *verb, const char *value,
                        const char *no, const char *yes) {
    char why[64];
    *out = strcmp(value, yes) == 0;
    if (*out || strcmp(value, no) == 0)
        return -1;
    snprintf(why, sizeof why, "must be %s or %s", no, yes);
    return ib_app_usage(verb, value, why);
}

static int parse_board(struct ib_app_run_options *out, const struct ib_app_verb *verb,
                       const char *value) {
    out->with_card = strcmp(value, "tcam") == 0;
    out->scripts = strcmp(value, "pure-thermal") == 0;
    if (out->with_card || out->scripts || strcmp(value, "tcam-mini") == 0)
        return -1;
    return ib_app_usage(verb, value, "must be tcam-mini, tcam or pure-thermal");
}

static int parse_network(struct ib_app_run_options *out, const struct ib_app_verb *verb,
                         const char *value) {
    out->network = value;
    if (strcmp(value, "sim") == 0 || strcmp(value, "host") == 0 ||
        (strncmp(value, "nm:", 3) == 0 && value[3]))
        return -1;
    return ib_app_usage(verb, value, "must be sim, host or nm:INTERFACE");
}

static int parse_number(struct ib_app_run_options *out, const struct ib_app_verb *verb, int option,
                        const char *value) {
    uint64_t number;
    if (option == OPT_CLIENTS) {
        if (!ib_app_parse_u64(value, 10000, &number) || number < 1)
            return ib_app_usage(verb, value, "must be a number from 1 to 10000");
        out->max_clients = (unsigned)number;
        return -1;
    }
    out->has_seed = true;
    if (!ib_app_parse_u64(value, UINT64_MAX, &out->seed))
        return ib_app_usage(verb, value, "must be a whole number");
    return -1;
}

/// Options whose value is only kept.
static const char **kept(struct ib_app_run_options *out, int option) {
    switch (option) {
    case OPT_CAMERA:
        return &out->camera;
    case OPT_TOKEN:
        return &out->token_file;
    case OPT_HTTP_NAME:
        return &out->http_name;
    case OPT_WEB:
        return &out->web;
    case OPT_CARD:
        return &out->card;
    case OPT_SERIAL:
        return &out->serial;
    case OPT_SLAVE:
        return &out->slave;
    case OPT_FLASH:
        return &out->flash;
    case OPT_SDCARD:
        return &out->sdcard;
    case OPT_ROM:
        return &out->rom;
    case OPT_AUTOFOCUS:
        return &out->autofocus;
    case OPT_STATE:
        return &out->state;
    case OPT_UPDATE_KEY:
        return &out->update_key;
    case OPT_BUTTON:
        return &out->button_line;
    case OPT_RED:
        return &out->red_line;
    case OPT_GREEN:
        return &out->green_line;
    case OPT_CONTROL:
        return &out->control;
    case OPT_LOG_PORT:
        return &out->log_port;
    case OPT_RECORD:
        return &out->record_directory;
    default:
        return NULL;
    }
}

static int parse_option(struct ib_app_run_options *out, const struct ib_app_verb *verb, int option,
                        const char *value) {
    char name[33];
    bool yes;
    const char **place = kept(out, option);
    if (place) {
        *place = value;
        return -1;
    }
    switch (option) {
    case OPT_PORT:
        return parse_port(&out->port, verb, value);
    case OPT_SECURE:
        return parse_port(&out->secure_port, verb, value);
    case OPT_HTTP:
        out->http_given = true;
        return parse_port(&out->http_port, verb, value);
    case OPT_HTTP_OPEN:
        out->http_open = true;
        return -1;
    case OPT_RTSP:
        out->rtsp_given = true;
        return parse_port(&out->rtsp_port, verb, value);
    case OPT_PALETTE: {
        int code = ib_app_colouring_palette(&out->palette, verb, value);
        return code == 0 ? -1 : code;
    }
    case OPT_LISTEN:
        return parse_listen(out, verb, value);
    case OPT_CLIENTS:
    case OPT_SEED:
        return parse_number(out, verb, option, value);
    case OPT_MAC:
        out->mac = value;
        if (!ib_app_camera_name(name, sizeof name, "tCam-Mini-", value))
            return ib_app_usage(verb, value, "must look like 02:00:00:12:AB:CD");
        return -1;
    case OPT_BOARD:
        return parse_board(out, verb, value);
    case OPT_MODE:
        return parse_choice(&out->hardware, verb, value, "wifi", "hardware");
    case OPT_NETWORK:
        return parse_network(out, verb, value);
    case OPT_MDNS:
        out->mdns = value;
        return parse_choice(&yes, verb, value, "off", "on");
    case OPT_TIME:
        return parse_choice(&out->system_time, verb, value, "client", "system");
    case OPT_SIGNED_ONLY:
        out->signed_only = true;
        return -1;
    case OPT_FAULT:
        if (out->fault_count == IB_APP_RUN_FAULTS)
            return ib_app_usage(verb, "--fault", "may be given 16 times");
        out->faults[out->fault_count++] = value;
        return -1;
    case OPT_CLOCK:
        return parse_choice(&out->stepped, verb, value, "real", "step");
    case OPT_JSON:
        out->json = true;
        return -1;
    case OPT_QUIET:
        out->level = IB_LOG_ERROR;
        return -1;
    case OPT_VERBOSE:
        out->level = IB_LOG_DEBUG;
        return -1;
    case IB_APP_ARG_WORD:
        return ib_app_usage(verb, value, "unexpected");
    default:
        return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
    }
}

/// What follows from what, and what makes no sense together.
static int check(struct ib_app_run_options *options, const struct ib_app_verb *verb) {
    // Whoever closed the plain port wants no other that opens by itself.
    if (!options->rtsp_given && (options->hardware || options->port < 0))
        options->rtsp_port = -1;
    if (!options->hardware && (options->slave || (options->serial && !options->scripts)))
        return ib_app_usage(verb, options->slave ? "--slave" : "--serial", "needs --mode hardware");
    const char *image = options->flash    ? "--flash"
                        : options->sdcard ? "--sdcard"
                        : options->rom    ? "--rom"
                                          : "--af-firmware";
    if (options->scripts && options->stepped)
        return ib_app_usage(verb, "--clock step",
                            "a board with a prompt cannot stand still; ironbow script runs scripts "
                            "on the step clock");
    if (!options->scripts &&
        (options->flash || options->sdcard || options->rom || options->autofocus))
        return ib_app_usage(verb, image, "needs --board pure-thermal");
    if (options->hardware && options->secure_port >= 0)
        return ib_app_usage(verb, "--secure-port", "there are no ports with --mode hardware");
    if (options->hardware && options->rtsp_given && options->rtsp_port >= 0)
        return ib_app_usage(verb, "--rtsp-port", "there are no ports with --mode hardware");
    if (options->hardware && options->network)
        return ib_app_usage(verb, "--network", "there is none with --mode hardware");
    if (options->card && !options->with_card)
        return ib_app_usage(verb, "--card", "needs --board tcam: a tCam-Mini has no memory card");
    if (options->hardware && (options->with_card || options->scripts))
        return ib_app_usage(verb, "--mode hardware", "needs --board tcam-mini");
    if (options->signed_only && !options->update_key)
        return ib_app_usage(verb, "--signed-only", "needs --update-key");
    bool page_guarded =
        options->http_port >= 0 && !options->http_open && !ib_app_is_loopback(options->listen);
    if (options->token_file && options->secure_port < 0 && !page_guarded)
        return ib_app_usage(verb, "--token-file",
                            "needs --secure-port, or a page that others can reach (--listen)");
    if (options->http_port < 0 && (options->http_open || options->http_name || options->web))
        return ib_app_usage(verb,
                            options->http_open   ? "--http-open"
                            : options->http_name ? "--http-name"
                                                 : "--web",
                            "needs --http-port");
    if (!options->hardware && !options->scripts && options->port < 0 && options->secure_port < 0)
        return ib_app_usage(verb, "--tcam-port none", "then --secure-port is needed");
    return -1;
}

int ib_app_run_parse(struct ib_app_run_options *out, const struct ib_app_verb *verb,
                     struct ib_app_args *args) {
    *out = (struct ib_app_run_options){
        .camera = IB_APP_DEFAULT_CAMERA,
        .port = PORT_UNSAID,
        .secure_port = -1,
        .http_port = IB_APP_HTTP_PORT,
        .rtsp_port = IB_APP_RTSP_PORT,
        .palette = ib_app_colouring_default.palette,
        .listen = "127.0.0.1",
        .max_clients = DEFAULT_CLIENTS,
        .mac = IB_APP_DEFAULT_MAC,
        .level = IB_LOG_INFO,
    };
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        int code = parse_option(out, verb, option, args->value);
        if (code >= 0)
            return code;
    }
    // A Pure Thermal is no tCam, unless somebody wants it to be one beside.
    if (out->port == PORT_UNSAID)
        out->port = out->scripts ? -1 : ib_board_tcam_mini.tcp_port;
    return check(out, verb);
}
