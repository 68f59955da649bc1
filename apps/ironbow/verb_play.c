/// ironbow play: a recording in the terminal.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/ironbow/moment.h"
#include "apps/ironbow/reel.h"
#include "apps/ironbow/terminal.h"
#include "apps/ironbow/verb.h"
#include "apps/ironbow/viewer.h"
#include "ports/linux/host_clock.h"

#define MESSAGE_US 1500000u
/// A gap, or the wait of a time-lapse, is not sat out.
#define LONGEST_WAIT_US 1000000
#define SEEK_US 5000000
/// Speed is 2^n: an eighth to 64 times.
#define SLOWEST (-3)
#define FASTEST 6

enum { OPT_PALETTE = 1, OPT_RANGE, OPT_UNITS, OPT_LOOP };

static const struct ib_app_option OPTIONS[] = {
    {OPT_PALETTE, "palette", 0, "NAME", "its colours (default ironbow)"},
    {OPT_RANGE, "range", 0, "RANGE",
     "15:40 degrees Celsius from first to last colour; min-max\n(default), percentile or "
     "equalised: as the image is"},
    {OPT_UNITS, "units", 0, "C|F|K", "of temperatures (default C)"},
    {OPT_LOOP, "loop", 0, NULL, "begin anew at the end"},
    {0},
};

static const char *const HELP[] = {"q            quit",
                                   "space        hold, go on",
                                   ".  ,         one frame on, one back",
                                   "right, left  5 s on, 5 s back",
                                   "home         to the beginning",
                                   "+  -         faster, slower",
                                   "r            begin anew at the end",
                                   "p            next palette",
                                   "l            lock the range, or let it follow",
                                   "e            equalise the colours, or not",
                                   "u            degrees Celsius, Fahrenheit, kelvin",
                                   "h            this text",
                                   NULL};

struct play {
    const struct ib_app_verb *verb;
    const char *file;
    struct ib_app_viewer_options options;
    bool loop;

    struct ib_app_reel *reel;
    struct ib_app_viewer viewer;
    bool paused;
    int speed; ///< 2^speed

    unsigned at;     ///< number of the frame shown, from 1
    int64_t wall_us; ///< its time
    bool gap;
    uint64_t shown_us; ///< since when, this machine's time
    /// The frame after it, in the reel's storage; NULL: there is none.
    const struct ib_frame *next;
    int64_t next_wall_us;
    bool ended;
    bool failed;
    char problem[512];
    uint64_t message_us;
};

// ---- the reel ----

/// Read the next frame ahead.
static void fetch(struct play *self) {
    self->next = NULL;
    int result = ib_app_reel_next(self->reel, &self->next, &self->next_wall_us, self->problem,
                                  sizeof self->problem);
    if (result == 1)
        return;
    self->next = NULL;
    self->ended = true;
    self->failed = self->failed || result < 0;
}

static void say(struct play *self, const char *text) {
    snprintf(self->viewer.message, sizeof self->viewer.message, "%.90s", text);
    self->message_us = ib_host_now_us();
}

/// Show the frame that was read ahead.
/// Return: false when there is too little memory.
static bool advance(struct play *self) {
    if (!self->next)
        return true;
    bool taken = ib_app_viewer_take(&self->viewer, self->next) == 0;
    self->gap = (self->next->flags & IB_FRAME_AFTER_GAP) != 0;
    if (self->gap && self->at > 0)
        say(self, "frames are missing before this one");
    self->at++;
    self->wall_us = self->next_wall_us;
    self->shown_us = ib_host_now_us();
    fetch(self);
    return taken;
}

static bool rewind_reel(struct play *self) {
    if (ib_app_reel_rewind(self->reel, self->problem, sizeof self->problem) != 0) {
        self->failed = self->ended = true;
        self->next = NULL;
        return false;
    }
    self->at = 0;
    self->ended = false;
    fetch(self);
    return true;
}

/// Show frame `number` (from 1), or the last.
static bool seek_frame(struct play *self, unsigned number) {
    if (number <= self->at && !rewind_reel(self))
        return true;
    while (self->next && self->at + 1 < number) {
        self->at++;
        fetch(self);
    }
    return advance(self);
}

/// Show the first frame that is not before `wall_us`, or the last.
static bool seek_time(struct play *self, int64_t wall_us) {
    if (wall_us < self->wall_us && !rewind_reel(self))
        return true;
    bool good = advance(self);
    while (good && self->next && self->wall_us < wall_us)
        good = advance(self);
    return good;
}

/// This machine's time at which the next frame is due.
static uint64_t due_us(const struct play *self) {
    int64_t wait_us = self->next_wall_us - self->wall_us;
    if (wait_us < 0 || wait_us > LONGEST_WAIT_US)
        wait_us = LONGEST_WAIT_US;
    wait_us = self->speed >= 0 ? wait_us >> self->speed : wait_us << -self->speed;
    return self->shown_us + (uint64_t)wait_us;
}

// ---- the screen ----

static void make_title(struct play *self) {
    char when[32], speed[16] = "";
    char *title = self->viewer.title;
    if (ib_app_reel_info(self->reel)->start_us > 0)
        ib_app_moment_print(self->wall_us, when, sizeof when);
    else
        snprintf(when, sizeof when, "%.3f s", (double)self->wall_us / 1e6);
    if (self->speed > 0)
        snprintf(speed, sizeof speed, "  %dx", 1 << self->speed);
    else if (self->speed < 0)
        snprintf(speed, sizeof speed, "  1/%dx", 1 << -self->speed);
    const char *state = self->ended && !self->next ? "  end" : self->paused ? "  held" : "";
    snprintf(title, sizeof self->viewer.title, "%s  #%u  %.0f%%%s%s%s%s  h help", when, self->at,
             ib_app_reel_progress(self->reel) * 100, self->gap ? "  gap" : "", speed,
             self->loop ? "  loop" : "", state);
}

/// Return: whether it was a key that needs no other.
static bool simple_key(struct play *self, int key) {
    switch (key) {
    case ' ':
        self->paused = !self->paused;
        self->shown_us = ib_host_now_us();
        return true;
    case '+':
    case '=':
    case IB_APP_KEY_UP:
        self->speed += self->speed < FASTEST;
        return true;
    case '-':
    case IB_APP_KEY_DOWN:
        self->speed -= self->speed > SLOWEST;
        return true;
    case 'r':
        self->loop = !self->loop;
        return true;
    default:
        return ib_app_viewer_key(&self->viewer, key);
    }
}

/// Return: false when there is too little memory.
static bool press(struct play *self, int key) {
    self->viewer.message[0] = 0;
    self->message_us = ib_host_now_us();
    if (simple_key(self, key))
        return true;
    switch (key) {
    case '.':
        self->paused = true;
        return advance(self);
    case ',':
        self->paused = true;
        return seek_frame(self, self->at > 1 ? self->at - 1 : 1);
    case IB_APP_KEY_RIGHT:
        return seek_time(self, self->wall_us + SEEK_US);
    case IB_APP_KEY_LEFT:
        return seek_time(self, self->wall_us - SEEK_US);
    case IB_APP_KEY_HOME:
        return seek_frame(self, 1);
    default:
        return true;
    }
}

static void wait_for_something(const struct play *self) {
    struct pollfd poller = {.fd = STDIN_FILENO, .events = POLLIN};
    uint64_t now_us = ib_host_now_us();
    uint64_t until_us = now_us + 100000;
    if (self->next && !self->paused && due_us(self) < until_us)
        until_us = due_us(self);
    poll(&poller, 1, until_us > now_us ? (int)((until_us - now_us + 999) / 1000) : 0);
}

/// What time brings.
static bool go_on(struct play *self) {
    uint64_t now_us = ib_host_now_us();
    if (now_us - self->message_us > MESSAGE_US)
        self->viewer.message[0] = 0;
    if (self->paused)
        return true;
    if (self->next)
        return now_us < due_us(self) || advance(self);
    if (self->loop && !self->failed && self->at > 1 && now_us - self->shown_us > 500000)
        return seek_frame(self, 1);
    return true;
}

static int watch(struct play *self) {
    fetch(self);
    bool good = advance(self);
    while (good && !ib_app_terminal_ended()) {
        int key;
        while (good && (key = ib_app_terminal_key()) != IB_APP_KEY_NONE) {
            if (key == 'q')
                return IB_APP_EXIT_OK;
            good = press(self, key);
        }
        good = good && go_on(self);
        make_title(self);
        if (self->failed)
            say(self, self->problem);
        else if (self->ended && ib_app_reel_truncated(self->reel))
            say(self, "the recording was cut off here");
        if (ib_app_viewer_show(&self->viewer) != 0)
            return IB_APP_EXIT_FAILED; // nobody is there to be told
        wait_for_something(self);
    }
    return good ? IB_APP_EXIT_OK : ib_app_fail(self->verb, "memory", "there is too little");
}

static int play(struct play *self) {
    char problem[512];
    if (ib_app_reel_open(&self->reel, self->file, problem, sizeof problem) != 0)
        return ib_app_fail(self->verb, self->file, problem);
    int code;
    if (ib_app_terminal_open(problem, sizeof problem) != 0) {
        code = ib_app_fail(self->verb, "terminal", problem);
    } else {
        code = watch(self);
        ib_app_terminal_close();
        if (code == IB_APP_EXIT_OK && self->failed)
            code = ib_app_fail(self->verb, self->file, self->problem);
    }
    ib_app_reel_close(self->reel);
    return code;
}

// ---- the command line ----

/// Return: 0, -1 to end well (help), or the exit code of a usage error.
static int parse(struct play *self, struct ib_app_args *args) {
    struct ib_app_viewer_options *options = &self->options;
    int code;
    for (int option; (option = ib_app_args_next(args)) != IB_APP_ARG_END;) {
        const char *value = args->value;
        switch (option) {
        case OPT_PALETTE:
            code = ib_app_colouring_palette(&options->colours.palette, self->verb, value);
            if (code != 0)
                return code;
            break;
        case OPT_RANGE:
            if (!ib_app_colouring_range(&options->colours, value))
                return ib_app_usage(self->verb, value, IB_APP_RANGE_WANTED);
            break;
        case OPT_UNITS:
            if (!ib_app_viewer_degrees(value, &options->degrees))
                return ib_app_usage(self->verb, value, "must be C, F or K");
            break;
        case OPT_LOOP:
            self->loop = true;
            break;
        case IB_APP_ARG_WORD:
            if (self->file)
                return ib_app_usage(self->verb, value, "one file at a time");
            self->file = value;
            break;
        default:
            return option == IB_APP_ARG_HELP ? -1 : IB_APP_EXIT_USAGE;
        }
    }
    return self->file ? 0 : ib_app_usage(self->verb, "FILE", "is missing");
}

static int run(const struct ib_app_verb *verb, struct ib_app_args *args) {
    char problem[256];
    struct play *self = calloc(1, sizeof *self);
    if (!self)
        return ib_app_fail(verb, "memory", "there is too little");
    *self =
        (struct play){.verb = verb, .options = {.colours = ib_app_colouring_default, .help = HELP}};
    int code = parse(self, args);
    if (code == 0 && ib_app_viewer_open(&self->viewer, &self->options, ib_app_terminal_colours(),
                                        problem, sizeof problem) != 0)
        code = ib_app_fail(verb, "picture", problem);
    else if (code == 0)
        code = play(self);
    ib_app_viewer_close(&self->viewer);
    free(self);
    return code < 0 ? IB_APP_EXIT_OK : code;
}

const struct ib_app_verb ib_app_verb_play = {
    .name = "play",
    .about = "a recording in this terminal",
    .usage = "FILE [OPTIONS]",
    .options = OPTIONS,
    .notes = "Plays .tjsn, .tmjsn, .cptv and .mkv. Keys: q quit, space hold, . and , one frame, "
             "arrows\n5 s and the speed, r loop, p palette, l lock the range, e equalise, u units, "
             "h help.\n",
    .run = run,
};
