/// ironbow script: run one script on a Pure Thermal, without a serial port, and end when it ends.
///
/// On the step clock (the default) everything, camera and script, happens on the script's thread, as
/// fast as the machine can and the same on every run; this thread only waits for the end and for
/// signals. In real time the camera has a thread of its own, as with `ironbow run`.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "apps/ironbow/camera_name.h"
#include "apps/ironbow/parse.h"
#include "apps/ironbow/script_board.h"
#include "apps/ironbow/serve_repl.h"
#include "apps/ironbow/verb.h"

#define SCRIPT_MOST_BYTES (4u << 20)
#define ARGUMENTS_MOST 64u
/// As timeout(1) has it, and shells for signals.
#define EXIT_LIMIT 124
#define EXIT_SIGNAL 128
/// How long breaking off may take before it is given up.
#define STOP_MS 5000
/// What the board's clock shows when it is switched on: 2026-01-01.
#define STEP_WALL_US INT64_C(1767225600000000)

struct script {
    const struct ib_app_verb *verb;
    const char *name, *camera, *flash, *card, *rom, *autofocus, *mac;
    const char *arguments[ARGUMENTS_MOST];
    size_t argument_count;
    bool real, clock_given, has_seed;
    uint64_t seed, limit_us;
    enum ib_log_level level;

    char *text;
    size_t size;
    char folder[4096];
    struct ib_app_journal journal;
    struct ib_app_rig *rig;
    struct ib_app_script_board board;
    struct ib_vm *vm;
    int news; ///< eventfd: the engine has changed its state
    int signals;
    int ended_by;         ///< a signal that ended it, 0
    uint64_t gives_up_us; ///< what is to be broken off has not ended by then; IB_NEVER
    atomic_bool limit_reached, output_failed;
};

enum {
    OPT_CAMERA = 1,
    OPT_CLOCK,
    OPT_LIMIT,
    OPT_FLASH,
    OPT_SDCARD,
    OPT_ROM,
    OPT_AUTOFOCUS,
    OPT_SEED,
    OPT_MAC,
    OPT_VERBOSE,
};

static const struct ib_app_option OPTIONS[] = {
    {OPT_CAMERA, "camera", 0, "CAMERA", "which one (default " IB_APP_DEFAULT_CAMERA ")"},
    {OPT_CLOCK, "clock", 0, "step|real",
     "step (default): as fast as the machine can, the same on every\nrun; real: in real time, as "
     "linux: cameras always are"},
    {OPT_LIMIT, "limit", 0, "DURATION",
     "break the script off after so much of its time, with exit\ncode 124"},
    {OPT_FLASH, "flash", 0, "FILE",
     "image of the flash drive, made when missing (default: a new\none in memory)"},
    {OPT_SDCARD, "sdcard", 0, "FILE", "image of the memory card in its slot"},
    {OPT_ROM, "rom", 0, "FILE", "image of /rom (ironbow romfs makes one)"},
    {OPT_AUTOFOCUS, "af-firmware", 0, "FILE",
     "the program that the colour camera's lens needs to focus by\nitself (default: the "
     "simulator's "
     "own)"},
    {OPT_SEED, "seed", 0, "N", "of everything random, the script's too"},
    {OPT_MAC, "mac", 0, "ADDRESS",
     "hardware address: machine.unique_id() is made from it\n(default " IB_APP_DEFAULT_MAC ")"},
    {OPT_VERBOSE, "verbose", 'v', NULL, "log what camera and engine do"},
    {0},
};

// ---- what is asked for ----

static int parse_clock(struct script *self, const char *value) {
    self->clock_given = true;
    self->real = strcmp(value, "real") == 0;
    if (self->real || strcmp(value, "step") == 0)
        return -1;
    return ib_app_usage(self->verb, value, "must be step or real");
}

static int parse_word(struct script *self, const char *value) {
    if (!self->name) {
        self->name = value;
        return -1;
    }
    if (self->argument_count == ARGUMENTS_MOST)
        return ib_app_usage(self->verb, value, "is one argument too many: at most 64");
    self->arguments[self->argument_count++] = value;
    return -1;
}

static int parse_option(struct script *self, int option, const char *value) {
    char name[33];
    switch (option) {
    case OPT_CAMERA:
        self->camera = value;
        return -1;
    case OPT_CLOCK:
        return parse_clock(self, value);
    case OPT_LIMIT:
        if (!ib_app_parse_duration_us(value, &self->limit_us) || self->limit_us == 0)
            return ib_app_usage(self->verb, value, "must be a time such as 10s or 1500ms");
        return -1;
    case OPT_FLASH:
        self->flash = value;
        return -1;
    case OPT_SDCARD:
        self->card = value;
        return -1;
    case OPT_ROM:
        self->rom = value;
        return -1;
    case OPT_AUTOFOCUS:
        self->autofocus = value;
        return -1;
    case OPT_SEED:
        self->has_seed = true;
        if (!ib_app_parse_u64(value, UINT64_MAX, &self->seed))
            return ib_app_usage(self->verb, value, "must be a whole number");
        return -1;
    case OPT_MAC:
        self->mac = value;
        if (!ib_app_camera_name(name, sizeof name, "PureThermal-", value))
            return ib_app_usage(self->verb, value, "must look like 02:00:00:12:AB:CD");
        return -1;
    case OPT_VERBOSE:
        self->level = IB_LOG_DEBUG;
        return -1;
    case IB_APP_ARG_WORD:
        return parse_word(self, value);
    default:
        return option == IB_APP_ARG_HELP ? IB_APP_EXIT_OK : IB_APP_EXIT_USAGE;
    }
}

/// The folder that the script lies in. From standard input it has none.
static void find_folder(struct script *self) {
    const char *slash = strrchr(self->name, '/');
    if (strcmp(self->name, "-") == 0)
        return;
    if (!slash)
        snprintf(self->folder, sizeof self->folder, ".");
    else
        snprintf(self->folder, sizeof self->folder, "%.*s", (int)(slash - self->name + 1),
                 self->name);
}

static int read_script(struct script *self) {
    bool standard = strcmp(self->name, "-") == 0;
    FILE *file = standard ? stdin : fopen(self->name, "rb");
    self->text = malloc(SCRIPT_MOST_BYTES + 1);
    const char *why = !self->text ? "out of memory" : !file ? strerror(errno) : NULL;
    if (!why) {
        self->size = fread(self->text, 1, SCRIPT_MOST_BYTES + 1, file);
        why = ferror(file)                     ? strerror(errno)
              : self->size > SCRIPT_MOST_BYTES ? "is larger than 4 MB: no script"
                                               : NULL;
    }
    if (file && !standard)
        fclose(file);
    find_folder(self);
    return why ? ib_app_fail(self->verb, self->name, why) : 0;
}

// ---- what happens ----

/// Any thread.
static void on_news(void *context) {
    struct script *self = context;
    uint64_t one = 1;
    if (write(self->news, &one, sizeof one) < 0)
        return; // full: it wakes anyway
}

/// The engine's thread.
static void print(void *context, const char *text, size_t size, bool error) {
    struct script *self = context;
    if (error)
        fflush(stdout);
    (void)fwrite(text, 1, size, error ? stderr : stdout);
    // What could not be written shows in the stream, not always in what fwrite returns.
    if (ferror(stdout) && !atomic_exchange(&self->output_failed, true))
        ib_vm_quit(self->vm); // nobody reads any more
}

/// The script's thread, or in real time this one.
static void on_limit(void *context) {
    struct script *self = context;
    atomic_store(&self->limit_reached, true);
    ib_vm_quit(self->vm);
}

static void on_published(void *context) {
    struct script *self = context;
    ib_vm_look(self->vm);
}

static void break_off(struct script *self) {
    if (self->gives_up_us == IB_NEVER)
        self->gives_up_us = ib_host_now_us() + STOP_MS * 1000;
    ib_vm_quit(self->vm);
}

/// The first Ctrl-C is the script's; the second, and other signals, are ours.
static void on_signal(struct script *self) {
    struct signalfd_siginfo info;
    if (read(self->signals, &info, sizeof info) != sizeof info)
        return;
    if (info.ssi_signo == SIGINT && self->ended_by == 0) {
        self->ended_by = SIGINT;
        ib_vm_interrupt(self->vm);
    } else {
        self->ended_by = (int)info.ssi_signo;
        break_off(self);
    }
    ib_app_script_board_wake(&self->board);
}

static bool stopped(const struct script *self, struct ib_vm_state *state) {
    ib_vm_state(self->vm, state);
    return state->stage == IB_VM_STOPPED;
}

/// In real time the limit is this thread's.
static int milliseconds_left(const struct script *self, uint64_t ends_us) {
    if (!self->real || self->limit_us == 0 || atomic_load(&self->limit_reached))
        return -1;
    uint64_t now_us = ib_host_now_us();
    uint64_t left_ms = now_us < ends_us ? (ends_us - now_us) / 1000 + 1 : 0;
    return left_ms < 1000000 ? (int)left_ms : 1000000;
}

static void wait_for_end(struct script *self, struct ib_vm_state *state) {
    uint64_t ends_us = ib_host_now_us() + self->limit_us;
    struct pollfd fds[2] = {{.fd = self->news, .events = POLLIN},
                            {.fd = self->signals, .events = POLLIN}};
    while (!stopped(self, state) && ib_host_now_us() < self->gives_up_us) {
        int left_ms = milliseconds_left(self, ends_us);
        if (left_ms == 0) {
            on_limit(self);
            break_off(self);
        }
        (void)poll(fds, 2, left_ms > 0 ? left_ms : self->gives_up_us == IB_NEVER ? -1 : STOP_MS);
        uint64_t count;
        if ((fds[0].revents & POLLIN) && read(self->news, &count, sizeof count) < 0)
            continue;
        if (fds[1].revents & POLLIN)
            on_signal(self);
    }
}

// ---- the run ----

static int open_camera(struct script *self) {
    struct ib_app_uri uri;
    char problem[640];
    if (!ib_app_uri_parse(&uri, self->camera, problem, sizeof problem))
        return ib_app_usage(self->verb, self->camera, problem);
    bool hardware = uri.kind == IB_APP_CAMERA_LINUX;
    if (hardware && ((self->clock_given && !self->real) || self->has_seed))
        return ib_app_usage(self->verb, self->has_seed ? "--seed" : "--clock step",
                            "needs a simulated camera");
    self->real = self->real || hardware;
    if (self->has_seed)
        uri.seed = self->seed;
    self->seed = uri.seed;
    if (ib_app_rig_open(&self->rig, &uri, IB_APP_RIG_PURE_THERMAL,
                        self->real ? IB_APP_TIME_REAL : IB_APP_TIME_FREE, &self->journal.log,
                        problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->camera, problem);
    self->rig->hub.published = on_published;
    self->rig->hub.published_context = self;
    const struct ib_app_script_board_config config = {
        .rig = self->rig,
        .autofocus = self->autofocus,
        .log = &self->journal.log,
        .limit_us = self->limit_us,
        .expired = on_limit,
        .context = self,
    };
    if (ib_app_script_board_open(&self->board, &config, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->autofocus ? "--af-firmware" : "the board", problem);
    return 0;
}

/// All threads leave the signals to this one.
static int open_signals(struct script *self) {
    sigset_t caught;
    sigemptyset(&caught);
    sigaddset(&caught, SIGINT);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &caught, NULL);
    self->signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
    self->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->signals < 0 || self->news < 0)
        return ib_app_fail(self->verb, self->name, "out of file descriptors");
    return 0;
}

static int start(struct script *self, const struct ib_vm_script *script) {
    char problem[640];
    struct ib_vm_config config = {
        .flash = self->flash,
        .card = self->card,
        .rom = self->rom,
        .clock = self->board.clock.ops ? &self->board.clock : NULL,
        .paced = self->real,
        .wall_us = STEP_WALL_US,
        .seed = self->seed,
        .script = script,
        .hands = &self->board.hands,
        .notify = on_news,
        .context = self,
        .log = &self->journal.log,
    };
    ib_app_repl_id(config.id, self->mac);
    if (ib_vm_start(&self->vm, &config, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->name, problem);
    if (self->real && ib_app_rig_start(self->rig, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->camera, problem);
    return 0;
}

static int exit_code(const struct script *self, const struct ib_vm_state *state) {
    const char *why;
    switch (state->ending) {
    case IB_VM_ENDING_DONE:
        return state->exit_code;
    case IB_VM_ENDING_EXCEPTION:
        return IB_APP_EXIT_FAILED;
    case IB_VM_ENDING_INTERRUPT:
        return EXIT_SIGNAL + SIGINT;
    case IB_VM_ENDING_RESET:
        why = "it has reset the board";
        break;
    case IB_VM_ENDING_BOOTLOADER:
        why = "it has gone to the bootloader";
        break;
    case IB_VM_ENDING_FAULT:
        why = "hard fault";
        break;
    default:
        if (atomic_load(&self->limit_reached)) {
            (void)ib_app_fail(self->verb, self->name, "broken off at its --limit");
            return EXIT_LIMIT;
        }
        if (atomic_load(&self->output_failed))
            return IB_APP_EXIT_OK; // main sees and says it
        return EXIT_SIGNAL + self->ended_by;
    }
    return ib_app_fail(self->verb, self->name, why);
}

static int run_script(struct script *self) {
    const struct ib_vm_script script = {
        .name = strcmp(self->name, "-") == 0 ? "<stdin>" : self->name,
        .text = self->text,
        .size = self->size,
        .arguments = self->arguments,
        .argument_count = self->argument_count,
        .folder = self->folder[0] ? self->folder : NULL,
        .print = print,
    };
    struct ib_vm_state state;
    int code = start(self, &script);
    if (code == 0) {
        wait_for_end(self, &state);
        code = exit_code(self, &state);
    }
    if (self->real)
        ib_app_rig_stop(self->rig);
    if (self->vm && ib_vm_stop(self->vm, STOP_MS) != 0) {
        ib_app_fail(self->verb, self->name, "it could not be broken off");
        fflush(NULL);
        _exit(IB_APP_EXIT_FAILED); // its thread still uses what would be freed now
    }
    return code;
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    struct script self = {.verb = verb,
                          .camera = IB_APP_DEFAULT_CAMERA,
                          .mac = IB_APP_DEFAULT_MAC,
                          .level = IB_LOG_WARNING,
                          .news = -1,
                          .signals = -1,
                          .gives_up_us = IB_NEVER};
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        int code = parse_option(&self, option, args->value);
        if (code >= 0)
            return code;
    }
    if (!self.name)
        return ib_app_usage(verb, "FILE", "is missing: which script?");
    setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IONBF : _IOLBF, 1 << 16);
    ib_app_journal_init(&self.journal, self.level, false);
    int code = read_script(&self);
    if (code == 0)
        code = open_signals(&self);
    if (code == 0)
        code = open_camera(&self);
    if (code == 0)
        code = run_script(&self);
    ib_app_script_board_close(&self.board);
    ib_app_rig_close(self.rig);
    ib_app_journal_deinit(&self.journal);
    if (self.signals >= 0)
        close(self.signals);
    if (self.news >= 0)
        close(self.news);
    free(self.text);
    return code;
}

const struct ib_app_verb ib_app_verb_script = {
    .name = "script",
    .about = "run a script on a Pure Thermal and end when it ends",
    .usage = "FILE.py [ARGUMENT…] [OPTIONS]",
    .options = OPTIONS,
    .notes =
        "What it prints goes to standard output, its traceback to standard error. Exit code: 0 at "
        "its\nend, 1 after an exception, sys.exit's own, 124 at --limit, 130 after Ctrl-C. FILE - "
        "is standard\ninput. Arguments with dashes go behind --. The script's folder is /remote, "
        "to import from and\nto read; docs/openmv.md tells more.\n",
    .run = run,
};
