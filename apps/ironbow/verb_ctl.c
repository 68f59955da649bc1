/// ironbow ctl: say one thing to a running ironbow.
#include <stdio.h>
#include <string.h>

#include "apps/ironbow/control_client.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/verb.h"

enum { OPT_CONTROL = 1, OPT_JSON, OPT_TIMEOUT };

static const struct ib_app_option OPTIONS[] = {
    {OPT_CONTROL, "control", 0, "PATH",
     "its control socket (default: $XDG_RUNTIME_DIR/ironbow.sock,\nelse /tmp/ironbow-UID.sock)"},
    {OPT_TIMEOUT, "timeout", 0, "TIME", "give up after this long (default 60s)"},
    {OPT_JSON, "json", 0, NULL, "print the answer as JSON"},
    {0},
};

static int run(const struct ib_app_verb *self, struct ib_app_args *args) {
    const char *path = NULL;
    bool json = false;
    uint64_t timeout_us = 60000000;
    char line[480] = "";
    size_t used = 0;
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        switch (option) {
        case OPT_CONTROL:
            path = args->value;
            break;
        case OPT_JSON:
            json = true;
            break;
        case OPT_TIMEOUT:
            if (!ib_app_parse_duration_us(args->value, &timeout_us) || timeout_us < 1000 ||
                timeout_us > 86400000000u)
                return ib_app_usage(self, args->value, "must be a time such as 5s, at most 24h");
            break;
        case IB_APP_ARG_WORD:
            if (args->value[strcspn(args->value, " \t\r\n")])
                return ib_app_usage(self, args->value, "a word must not hold blanks");
            used += (size_t)snprintf(line + used, sizeof line - used, "%s%s", used ? " " : "",
                                     args->value);
            if (used >= sizeof line)
                return ib_app_usage(self, "COMMAND", "too long");
            break;
        default:
            return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
        }
    }
    if (!line[0])
        return ib_app_usage(self, "COMMAND", "is missing; help lists them");
    return ib_app_control_print(self, path, line, (unsigned)(timeout_us / 1000), json);
}

const struct ib_app_verb ib_app_verb_ctl = {
    .name = "ctl",
    .about = "say something to a running ironbow",
    .usage = "[OPTIONS] COMMAND…",
    .options = OPTIONS,
    .notes = "Commands:\n"
             "  status                          how the camera is, and its newest frame\n"
             "  info                            the Lepton's identity, settings, temperatures, "
             "health\n"
             "  counters                        everything that is counted\n"
             "  ffc                             run a flat field correction, wait for its end\n"
             "  reset [resync|reboot|reset|power]  start recovery at that rung\n"
             "  cci [NAME [VALUE…|run]]         any command of the Lepton, by name\n"
             "  led                             what the status LED shows, and why\n"
             "  button press [T]|down|up        the Wi-Fi reset button; 6s is a long press\n"
             "  network                         the network as it is\n"
             "  record start [NAME]|stop|status  record to a file in run's --record-dir\n"
             "  quit                            end the program\n"
             "  help                            what this ironbow understands\n"
             "With a simulated camera:\n"
             "  scene [NAME]                    show another scene; alone: list them\n"
             "  faults                          list the ways to misbehave\n"
             "  fault NAME [count=N] [duration=T]  begin to misbehave\n"
             "  network radio-dead|no-dhcp|refuses|none  let the network misbehave\n"
             "  air [in|out SSID [PASSWORD [IP]]]  the access points around\n"
             "  station come|go                 the device that joins the camera's access point\n"
             "  heal, unplug, plug              end all faults; pull the module; put it back\n"
             "  ambient C                       room temperature, degrees Celsius\n"
             "  step DURATION                   with run --clock step: let time run that far\n"
             "\ndocs/control.md describes the socket itself.\n",
    .run = run,
};
