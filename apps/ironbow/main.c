/// ironbow: a thermal camera as a program. Here: the table of verbs, nothing else.
///
/// Without a verb it runs the camera. Exit codes: 0 done, 1 failed while running, 2 wrong command
/// line, 3 an alarm was raised (watch).
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/verb.h"

static const struct ib_app_verb *const VERBS[] = {
    &ib_app_verb_run,      &ib_app_verb_view,   &ib_app_verb_snap,     &ib_app_verb_record,
    &ib_app_verb_play,     &ib_app_verb_export, &ib_app_verb_convert,  &ib_app_verb_watch,
    &ib_app_verb_info,     &ib_app_verb_ctl,    &ib_app_verb_discover, &ib_app_verb_update,
    &ib_app_verb_firmware, &ib_app_verb_script, &ib_app_verb_romfs,
};
#define VERB_COUNT (sizeof VERBS / sizeof VERBS[0])

static const struct ib_app_verb *verb_named(const char *name) {
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(VERBS[i]->name, name) == 0)
            return VERBS[i];
    }
    return NULL;
}

static void print_help(void) {
    printf("ironbow: a thermal camera\n\nUsage: ironbow [VERB] [OPTIONS]\n\nVerbs:\n");
    for (size_t i = 0; i < VERB_COUNT; i++)
        printf("  %-9s %s%s\n", VERBS[i]->name, VERBS[i]->about, i == 0 ? " (the default)" : "");
    printf("\nironbow VERB --help tells more. ironbow --version says which one this is.\n\n"
           "Cameras (--camera):\n"
           "  sim:lepton-3.5?scene=kettle            a simulated Lepton (1.5 1.6 2.0 2.5 3.0 3.1R "
           "3.5)\n"
           "  replay:clip.cptv, replay:shot.tjsn     a recording, played through the simulated "
           "Lepton\n"
           "  linux:/dev/spidev0.0,/dev/i2c-1        a real Lepton on this machine's buses\n"
           "docs/cli.md lists everything a camera's name may say.\n");
}

static int run_verb(const struct ib_app_verb *verb, int argc, char **argv, int next) {
    struct ib_app_args args = {.verb = verb, .argc = argc, .argv = argv, .next = next};
    return verb->run(verb, &args);
}

static int no_such_verb(const char *name) {
    fprintf(stderr, "ironbow: %s: no such verb (see ironbow --help)\n", name);
    return IB_APP_EXIT_USAGE;
}

static int choose(int argc, char **argv) {
    if (argc < 2)
        return run_verb(&ib_app_verb_run, argc, argv, 1);
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0) {
        print_help();
        return IB_APP_EXIT_OK;
    }
    if (strcmp(first, "--version") == 0) {
        printf("ironbow %s\n", IB_VERSION);
        return IB_APP_EXIT_OK;
    }
    if (strcmp(first, "help") == 0) {
        const struct ib_app_verb *verb = argc > 2 ? verb_named(argv[2]) : NULL;
        if (argc > 2 && !verb)
            return no_such_verb(argv[2]);
        if (verb)
            ib_app_verb_help(verb);
        else
            print_help();
        return IB_APP_EXIT_OK;
    }
    if (first[0] == '-')
        return run_verb(&ib_app_verb_run, argc, argv, 1);
    const struct ib_app_verb *verb = verb_named(first);
    if (!verb)
        return no_such_verb(first);
    return run_verb(verb, argc, argv, 2);
}

/// A program may be started with any of the first three descriptors closed. The next socket would
/// take the number, and what is meant for people would go to a client. Reading finds an end there,
/// writing fails.
static bool fill_standard_descriptors(void) {
    for (;;) {
        int fd = open("/dev/null", O_RDONLY);
        if (fd > STDERR_FILENO)
            return close(fd) == 0;
        if (fd < 0)
            return false;
    }
}

int main(int argc, char **argv) {
    if (!fill_standard_descriptors())
        return IB_APP_EXIT_FAILED;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // a file at its size limit is an error like any other
    int code = choose(argc, argv);
    // A full disk or a closed pipe must not look like success.
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == IB_APP_EXIT_OK) {
        fprintf(stderr, "ironbow: standard output: cannot be written\n");
        code = IB_APP_EXIT_FAILED;
    }
    return code;
}
