/// A verb of the program: its options, its help, and how it reports what went wrong.
///
/// Every verb answers --help on standard output with exit code 0. Errors go to standard error as
/// `ironbow: VERB: WHAT: WHY`.
#ifndef IB_APP_VERB_H
#define IB_APP_VERB_H

#include <stdbool.h>

enum ib_app_exit {
    IB_APP_EXIT_OK = 0,
    IB_APP_EXIT_FAILED = 1, ///< something went wrong while running
    IB_APP_EXIT_USAGE = 2,  ///< the command line makes no sense
    IB_APP_EXIT_ALARM = 3,  ///< watch: an alarm was raised
};

/// One option. A table of them ends with a zeroed row.
struct ib_app_option {
    int id;            ///< what ib_app_args_next returns; > 0
    const char *name;  ///< "tcam-port", without the dashes
    char letter;       ///< 'o', or 0
    const char *value; ///< "PORT": takes a value; NULL: a switch
    const char *about; ///< for --help; further lines after '\n'
};

struct ib_app_args;

struct ib_app_verb {
    const char *name;
    const char *about; ///< one line
    const char *usage; ///< what follows "ironbow VERB "
    const struct ib_app_option *options;
    const char *notes; ///< more text for --help, may be NULL
    int (*run)(const struct ib_app_verb *self, struct ib_app_args *args);
};

extern const struct ib_app_verb ib_app_verb_run;
extern const struct ib_app_verb ib_app_verb_snap;
extern const struct ib_app_verb ib_app_verb_info;
extern const struct ib_app_verb ib_app_verb_watch;
extern const struct ib_app_verb ib_app_verb_ctl;
extern const struct ib_app_verb ib_app_verb_update;
extern const struct ib_app_verb ib_app_verb_discover;
extern const struct ib_app_verb ib_app_verb_firmware;
extern const struct ib_app_verb ib_app_verb_romfs;
extern const struct ib_app_verb ib_app_verb_script;
extern const struct ib_app_verb ib_app_verb_record;
extern const struct ib_app_verb ib_app_verb_view;
extern const struct ib_app_verb ib_app_verb_play;
extern const struct ib_app_verb ib_app_verb_convert;
extern const struct ib_app_verb ib_app_verb_export;

/// The command line of one verb, walked from left to right.
struct ib_app_args {
    const struct ib_app_verb *verb;
    int argc;
    char **argv;
    int next;
    const char *cluster; ///< rest of a group of one-letter switches
    bool words_only;     ///< after "--"
    const char *value;   ///< of the option or word just returned
};

enum {
    IB_APP_ARG_END = 0,
    IB_APP_ARG_WORD = -1, ///< not an option; `value` is it
    IB_APP_ARG_BAD = -2,  ///< reported already: leave with IB_APP_EXIT_USAGE
    IB_APP_ARG_HELP = -3, ///< printed already: leave with IB_APP_EXIT_OK
};

/// The next option's id, or one of the values above.
int ib_app_args_next(struct ib_app_args *self);

/// Print a verb's help on standard output.
void ib_app_verb_help(const struct ib_app_verb *verb);

/// `ironbow: VERB: WHAT: WHY` on standard error.
/// Return: IB_APP_EXIT_FAILED.
int ib_app_fail(const struct ib_app_verb *verb, const char *what, const char *why);

/// The same for a wrong command line, with a pointer to the help.
/// Return: IB_APP_EXIT_USAGE.
int ib_app_usage(const struct ib_app_verb *verb, const char *what, const char *why);

#endif
