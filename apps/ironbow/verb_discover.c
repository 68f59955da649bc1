/// ironbow discover: which cameras are on the network.
///
/// Not here: the question and its answers (ports/linux/mdns_browse.h). What they mean is in
/// docs/network.md.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/parse.h"
#include "apps/ironbow/verb.h"
#include "core/json.h"
#include "ports/linux/mdns_browse.h"

enum { OPT_TIME = 1, OPT_ASK, OPT_JSON };

static const struct ib_app_option OPTIONS[] = {
    {OPT_TIME, "time", 0, "TIME", "how long to listen for answers (3s), at most 10m"},
    {OPT_ASK, "ask", 0, "ADDRESS",
     "ask one machine directly, not everybody; ADDRESS:PORT\nwhen it does not listen on 5353"},
    {OPT_JSON, "json", 0, NULL, "print JSON"},
    {0},
};

#define SERVICE "_tcam-socket._tcp.local"
#define LONGEST_US 600000000u
/// Every text of every camera escaped, six characters for one at worst.
#define JSON_BYTES (IB_MDNS_MOST * 3072u)

/// The TXT record's model is one digit.
static const char *type_name(const char *model) {
    static const char *const NAMES[] = {"tCam", "tCam-Mini", "tCam-POE"};
    bool is_known = model[0] >= '1' && model[0] <= '3' && model[1] == 0;
    return is_known ? NAMES[model[0] - '1'] : model;
}

static void endpoint(char *out, size_t size, const struct ib_mdns_found *found) {
    bool is_v6 = strchr(found->address, ':');
    if (!found->address[0] || found->port == 0)
        snprintf(out, size, "?");
    else
        snprintf(out, size, "%s%s%s:%u", is_v6 ? "[" : "", found->address, is_v6 ? "]" : "",
                 found->port);
}

static int by_name(const void *a, const void *b) {
    const struct ib_mdns_found *one = a;
    const struct ib_mdns_found *other = b;
    return strcmp(one->instance, other->instance);
}

// ---- for people ----

enum { COLUMNS = 5, CELL_BYTES = 80 };

static unsigned width(const char *text) {
    unsigned characters = 0;
    for (; *text; text++)
        characters += ((unsigned char)*text & 0xC0) != 0x80;
    return characters;
}

static void fill_row(char row[COLUMNS][CELL_BYTES], const struct ib_mdns_found *found) {
    snprintf(row[0], CELL_BYTES, "%s", found->instance);
    endpoint(row[1], CELL_BYTES, found);
    snprintf(row[2], CELL_BYTES, "%s", type_name(found->model));
    snprintf(row[3], CELL_BYTES, "%s", found->interface);
    snprintf(row[4], CELL_BYTES, "%s", found->version);
    for (unsigned i = 2; i < COLUMNS; i++) {
        if (!row[i][0])
            snprintf(row[i], CELL_BYTES, "?");
    }
}

static void print_table(const struct ib_mdns_list *list) {
    static char rows[IB_MDNS_MOST + 1][COLUMNS][CELL_BYTES] = {
        {"NAME", "ADDRESS:PORT", "TYPE", "INTERFACE", "VERSION"}};
    unsigned widths[COLUMNS] = {0};
    for (unsigned i = 0; i < list->count; i++)
        fill_row(rows[i + 1], &list->found[i]);
    for (unsigned i = 0; i <= list->count; i++) {
        for (unsigned k = 0; k < COLUMNS; k++)
            widths[k] = width(rows[i][k]) > widths[k] ? width(rows[i][k]) : widths[k];
    }
    for (unsigned i = 0; i <= list->count; i++) {
        for (unsigned k = 0; k < COLUMNS; k++) {
            bool last = k == COLUMNS - 1;
            printf("%s%*s", rows[i][k], last ? 0 : (int)(widths[k] - width(rows[i][k]) + 2), "");
        }
        putchar('\n');
    }
}

static void print_nothing(const char *machine) {
    if (machine)
        printf("%s named no camera.\n", machine);
    else
        printf("No camera answered.\n");
    printf(
        "Cameras with firmware 3.0 or later answer, on the same network only (Wi-Fi networks for "
        "guests\nkeep devices apart); an ironbow does when it listens beyond 127.0.0.1. Older "
        "ones: connect to\ntheir address, 192.168.4.1 when the camera is the access point.\n");
}

// ---- for machines ----

static int print_json(const struct ib_app_verb *self, const struct ib_mdns_list *list) {
    static char text[JSON_BYTES];
    struct ib_json_writer json;
    ib_json_begin(&json, text, sizeof text);
    ib_json_open_object(&json, NULL);
    ib_json_put_bool(&json, "ok", true);
    ib_json_open_array(&json, "cameras");
    for (unsigned i = 0; i < list->count; i++) {
        const struct ib_mdns_found *found = &list->found[i];
        ib_json_open_object(&json, NULL);
        ib_json_put_string(&json, "name", found->instance);
        if (found->address[0])
            ib_json_put_string(&json, "address", found->address);
        else
            ib_json_put_null(&json, "address");
        if (found->port)
            ib_json_put_int(&json, "port", found->port);
        else
            ib_json_put_null(&json, "port");
        ib_json_put_string(&json, "host", found->host);
        ib_json_put_string(&json, "model", found->model);
        ib_json_put_string(&json, "type", type_name(found->model));
        ib_json_put_string(&json, "interface", found->interface);
        ib_json_put_string(&json, "version", found->version);
        ib_json_close_object(&json);
    }
    ib_json_close_array(&json);
    ib_json_close_object(&json);
    if (ib_json_finish(&json) < 0)
        return ib_app_fail(self, "the answers", "do not fit");
    puts(text);
    return IB_APP_EXIT_OK;
}

static int discover(const struct ib_app_verb *self, const char *machine, uint64_t time_us,
                    bool json) {
    char problem[256];
    struct ib_mdns_list *list = calloc(1, sizeof *list);
    if (!list)
        return ib_app_fail(self, "memory", "there is none");
    int code = IB_APP_EXIT_OK;
    if (ib_mdns_browse(list, SERVICE, machine, (unsigned)(time_us / 1000), NULL, NULL, problem,
                       sizeof problem) != 0) {
        code = ib_app_fail(self, machine ? machine : "multicast DNS", problem);
    } else {
        qsort(list->found, list->count, sizeof list->found[0], by_name);
        if (json)
            code = print_json(self, list);
        else if (list->count > 0)
            print_table(list);
        else
            print_nothing(machine);
    }
    free(list);
    return code;
}

static int run(const struct ib_app_verb *self, struct ib_app_args *args) {
    const char *machine = NULL;
    uint64_t time_us = 3000000;
    bool json = false;
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        switch (option) {
        case OPT_TIME:
            if (!ib_app_parse_duration_us(args->value, &time_us) || time_us < 1000 ||
                time_us > LONGEST_US)
                return ib_app_usage(self, args->value, "no time between 1ms and 10m");
            break;
        case OPT_ASK:
            machine = args->value;
            break;
        case OPT_JSON:
            json = true;
            break;
        case IB_APP_ARG_WORD:
            return ib_app_usage(self, args->value, "unexpected");
        default:
            return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
        }
    }
    return discover(self, machine, time_us, json);
}

const struct ib_app_verb ib_app_verb_discover = {
    .name = "discover",
    .about = "find cameras on the network",
    .usage = "[OPTIONS]",
    .options = OPTIONS,
    .notes = "The question goes out by multicast DNS on every network this machine is on. Finding "
             "nothing\nis no error. docs/network.md tells more.\n",
    .run = run,
};
