/// ironbow info: what a camera says about itself.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/control_client.h"
#include "apps/ironbow/journal.h"
#include "apps/ironbow/json_text.h"
#include "apps/ironbow/report.h"
#include "apps/ironbow/rig.h"
#include "apps/ironbow/settle.h"
#include "apps/ironbow/verb.h"
#include "core/status.h"

enum { OPT_CAMERA = 1, OPT_CONTROL, OPT_JSON, OPT_VERBOSE };

static const struct ib_app_option OPTIONS[] = {
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_CONTROL, "control", 0, "PATH",
     "ask the running ironbow behind this control socket instead"},
    {OPT_JSON, "json", 0, NULL, "print JSON"},
    {OPT_VERBOSE, "verbose", 'v', NULL, "also say what happens on the way"},
    {0},
};

#define REPLY_BYTES 16384

static int print_report(const struct ib_app_verb *self, struct ib_app_rig *rig, bool json) {
    static char text[REPLY_BYTES];
    struct ib_app_report *report = calloc(1, sizeof *report);
    if (!report)
        return ib_app_fail(self, "memory", "there is none");
    ib_app_report_begin(report, &rig->camera, NULL, NULL);
    while (!ib_app_report_advance(report))
        ib_app_rig_turn(rig);
    struct ib_json_writer writer;
    ib_json_begin(&writer, text, sizeof text);
    ib_json_open_object(&writer, NULL);
    ib_json_put_bool(&writer, "ok", true);
    ib_json_put_string(&writer, "camera", rig->uri.text);
    ib_app_report_put(&writer, report, &rig->hub);
    ib_json_close_object(&writer);
    free(report);
    int size = ib_json_finish(&writer);
    struct ib_json_value value;
    if (size < 0 || ib_json_parse(&value, text, (size_t)size) != IB_OK)
        return ib_app_fail(self, rig->uri.text, "the report does not fit");
    if (json)
        puts(text);
    else
        ib_app_json_print(stdout, &value);
    return IB_APP_EXIT_OK;
}

static int report_camera(const struct ib_app_verb *self, const char *name, bool json,
                         const struct ib_log *log) {
    struct ib_app_uri uri;
    struct ib_app_rig *rig;
    char problem[512];
    if (!ib_app_uri_parse(&uri, name, problem, sizeof problem))
        return ib_app_usage(self, name, problem);
    if (ib_app_rig_open(&rig, &uri, IB_APP_RIG_TCAM, IB_APP_TIME_FREE, log, problem,
                        sizeof problem) != 0)
        return ib_app_fail(self, name, problem);
    ib_app_settle_catch_signals();
    int settled = ib_app_settle(rig, 0, problem, sizeof problem);
    int code = IB_APP_EXIT_OK;
    // A camera without images still has counters and perhaps a name: they tell what is wrong.
    if (!ib_app_settle_interrupted())
        code = print_report(self, rig, json);
    if (settled != 0)
        code = ib_app_fail(self, name, problem);
    ib_app_rig_close(rig);
    return code;
}

static int run(const struct ib_app_verb *self, struct ib_app_args *args) {
    const char *camera = NULL;
    const char *control = NULL;
    bool json = false;
    bool verbose = false;
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        switch (option) {
        case OPT_CAMERA:
            camera = args->value;
            break;
        case OPT_CONTROL:
            control = args->value;
            break;
        case OPT_JSON:
            json = true;
            break;
        case OPT_VERBOSE:
            verbose = true;
            break;
        case IB_APP_ARG_WORD:
            return ib_app_usage(self, args->value, "unexpected");
        default:
            return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
        }
    }
    if (camera && control)
        return ib_app_usage(self, "--camera", "makes no sense together with --control");
    if (control)
        return ib_app_control_print(self, control, "info", 60000, json);
    struct ib_app_journal journal;
    ib_app_journal_init(&journal, verbose ? IB_LOG_DEBUG : IB_LOG_ERROR, false);
    int code = report_camera(self, camera ? camera : IB_APP_DEFAULT_CAMERA, json, &journal.log);
    ib_app_journal_deinit(&journal);
    return code;
}

const struct ib_app_verb ib_app_verb_info = {
    .name = "info",
    .about = "identity, settings, temperatures and health of a camera",
    .usage = "[OPTIONS]",
    .options = OPTIONS,
    .notes = "A simulated camera or a recording is started for the purpose, faster than real "
             "time.\n",
    .run = run,
};
