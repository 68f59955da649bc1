/// Command lines: options in any order, "--name value", "--name=value", "-o value", "--".
#include "apps/ironbow/verb.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

int ib_app_fail(const struct ib_app_verb *verb, const char *what, const char *why) {
    fflush(stdout);
    fprintf(stderr, "ironbow: %s: %s: %s\n", verb->name, what, why);
    return IB_APP_EXIT_FAILED;
}

int ib_app_usage(const struct ib_app_verb *verb, const char *what, const char *why) {
    fflush(stdout);
    fprintf(stderr, "ironbow: %s: %s: %s (see ironbow %s --help)\n", verb->name, what, why,
            verb->name);
    return IB_APP_EXIT_USAGE;
}

static void print_option(const struct ib_app_option *option) {
    char left[64];
    int size = snprintf(left, sizeof left, "  %c%c%s--%s%s%s", option->letter ? '-' : ' ',
                        option->letter ? option->letter : ' ', option->letter ? ", " : "  ",
                        option->name, option->value ? " " : "", option->value ? option->value : "");
    printf("%-30s", left);
    if (size > 29)
        printf("\n%30s", "");
    for (const char *p = option->about; *p; p++) {
        putchar(*p);
        if (*p == '\n')
            printf("%30s", "");
    }
    putchar('\n');
}

void ib_app_verb_help(const struct ib_app_verb *verb) {
    printf("ironbow %s: %s\n\nUsage: ironbow %s %s\n\nOptions:\n", verb->name, verb->about,
           verb->name, verb->usage);
    for (const struct ib_app_option *option = verb->options; option->name; option++)
        print_option(option);
    print_option(&(struct ib_app_option){.name = "help", .letter = 'h', .about = "this text"});
    if (verb->notes)
        printf("\n%s", verb->notes);
}

static int bad(const struct ib_app_args *self, const char *what, const char *why) {
    ib_app_usage(self->verb, what, why);
    return IB_APP_ARG_BAD;
}

static int take_value(struct ib_app_args *self, const struct ib_app_option *option,
                      const char *joined, const char *shown) {
    self->value = NULL;
    if (!option->value)
        return joined ? bad(self, shown, "takes no value") : option->id;
    if (joined) {
        self->value = joined;
    } else if (self->next < self->argc) {
        self->value = self->argv[self->next++];
    } else {
        char why[80];
        snprintf(why, sizeof why, "needs a value: %s", option->value);
        return bad(self, shown, why);
    }
    return option->id;
}

static int next_long(struct ib_app_args *self, const char *arg) {
    const char *name = arg + 2;
    const char *equals = strchr(name, '=');
    size_t size = equals ? (size_t)(equals - name) : strlen(name);
    char shown[64];
    snprintf(shown, sizeof shown, "--%.*s", (int)(size < 60 ? size : 60), name);
    if (size == 4 && memcmp(name, "help", 4) == 0) {
        ib_app_verb_help(self->verb);
        return IB_APP_ARG_HELP;
    }
    for (const struct ib_app_option *option = self->verb->options; option->name; option++) {
        if (strlen(option->name) == size && memcmp(option->name, name, size) == 0)
            return take_value(self, option, equals ? equals + 1 : NULL, shown);
    }
    return bad(self, shown, "no such option");
}

static int next_letter(struct ib_app_args *self) {
    char letter = *self->cluster++;
    const char *rest = self->cluster;
    if (!*rest)
        self->cluster = NULL;
    char shown[3] = {'-', letter, 0};
    if (letter == 'h') {
        ib_app_verb_help(self->verb);
        return IB_APP_ARG_HELP;
    }
    for (const struct ib_app_option *option = self->verb->options; option->name; option++) {
        if (option->letter != letter)
            continue;
        if (!option->value) {
            self->value = NULL;
            return option->id;
        }
        self->cluster = NULL;
        return take_value(self, option, *rest ? rest : NULL, shown);
    }
    return bad(self, shown, "no such option");
}

int ib_app_args_next(struct ib_app_args *self) {
    if (self->cluster)
        return next_letter(self);
    while (self->next < self->argc) {
        char *arg = self->argv[self->next++];
        // No option is a digit: "-5" is a number.
        bool number = arg[0] == '-' && (isdigit((unsigned char)arg[1]) || arg[1] == '.');
        if (self->words_only || arg[0] != '-' || arg[1] == 0 || number) {
            self->value = arg;
            return IB_APP_ARG_WORD;
        }
        if (arg[1] != '-') {
            self->cluster = arg + 1;
            return next_letter(self);
        }
        if (arg[2])
            return next_long(self, arg);
        self->words_only = true;
    }
    return IB_APP_ARG_END;
}
