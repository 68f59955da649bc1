/// termios, escape sequences and signals.
///
/// What must be undone is kept in variables of this file: a signal has nothing else to go by.
#include "apps/ironbow/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "apps/ironbow/parse.h"

/// Other screen, no cursor, no wrapping at the edge; and back.
static const char ENTER[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
static const char LEAVE[] = "\033[0m\033[?2026l\033[?7h\033[?25h\033[?1049l";

static const int ENDING[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const int CRASHES[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct termios found, ours;
static struct sigaction crash_before[COUNT(CRASHES)];
static volatile sig_atomic_t open_now, disturbed, ended;
static unsigned char input[64];
static size_t input_size;

enum ib_app_cell_colours ib_app_terminal_colours(void) {
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM"), *more = getenv("COLORTERM");
    if ((none && none[0]) || (term && strcmp(term, "dumb") == 0))
        return IB_APP_CELLS_NONE;
    bool direct = term && strstr(term, "direct");
    if (direct || (more && (strcmp(more, "truecolor") == 0 || strcmp(more, "24bit") == 0)))
        return IB_APP_CELLS_TRUE;
    return IB_APP_CELLS_256;
}

static bool environment_number(const char *name, unsigned *out) {
    const char *text = getenv(name);
    uint64_t number;
    if (!text || !ib_app_parse_u64(text, 10000, &number) || number == 0)
        return false;
    *out = (unsigned)number;
    return true;
}

void ib_app_terminal_size(unsigned *columns, unsigned *rows) {
    struct winsize window;
    *columns = 80;
    *rows = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col && window.ws_row) {
        *columns = window.ws_col;
        *rows = window.ws_row;
        return;
    }
    environment_number("COLUMNS", columns);
    environment_number("LINES", rows);
}

/// Also from a signal's handler: nothing but system calls.
static void put_back(void) {
    if (!open_now)
        return;
    open_now = 0;
    // A terminal that has gone needs nothing.
    if (write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1) < 0)
        disturbed = 1;
    tcsetattr(STDIN_FILENO, TCSANOW, &found);
}

static void take_over(void) {
    tcsetattr(STDIN_FILENO, TCSANOW, &ours);
    if (write(STDOUT_FILENO, ENTER, sizeof ENTER - 1) < 0)
        ended = 1;
    open_now = 1;
    disturbed = 1;
}

static void on_ending(int number) {
    int before = errno;
    if (ended) { // nobody has looked since the first: end here
        put_back();
        signal(number, SIG_DFL);
        raise(number);
    }
    ended = 1;
    errno = before;
}

static void on_crash(int number, siginfo_t *info, void *context) {
    (void)context;
    put_back();
    // What was there before (a sanitizer, or nothing) gets it when the fault happens again, or now
    // when somebody has sent it.
    for (size_t i = 0; i < COUNT(CRASHES); i++) {
        if (CRASHES[i] == number)
            sigaction(number, &crash_before[i], NULL);
    }
    if (info->si_code <= 0)
        raise(number);
}

static void on_stop(int number) {
    int before = errno;
    put_back();
    // Stopped for real; SIGCONT comes back to here.
    signal(number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    take_over();
    errno = before;
}

static void on_window(int number) {
    (void)number;
    disturbed = 1;
}

static void catch_signals(void) {
    struct sigaction action = {.sa_handler = on_ending}, before;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT(ENDING); i++) {
        // nohup stays nohup.
        if (sigaction(ENDING[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ENDING[i], &action, NULL);
    }
    struct sigaction crash = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO};
    sigemptyset(&crash.sa_mask);
    for (size_t i = 0; i < COUNT(CRASHES); i++)
        sigaction(CRASHES[i], &crash, &crash_before[i]);
    action.sa_handler = on_stop;
    sigaction(SIGTSTP, &action, NULL);
    action.sa_handler = on_window;
    sigaction(SIGWINCH, &action, NULL);
}

static void leave_signals(void) {
    for (size_t i = 0; i < COUNT(CRASHES); i++)
        sigaction(CRASHES[i], &crash_before[i], NULL);
    signal(SIGTSTP, SIG_DFL);
    signal(SIGWINCH, SIG_DFL);
}

int ib_app_terminal_open(char *problem, size_t problem_size) {
    const char *term = getenv("TERM");
    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
        snprintf(problem, problem_size, "standard %s is no terminal",
                 isatty(STDOUT_FILENO) ? "input" : "output");
        return -1;
    }
    if (!term || !term[0] || strcmp(term, "dumb") == 0) {
        snprintf(problem, problem_size, "this terminal cannot move its cursor (TERM=%s)",
                 term ? term : "");
        return -1;
    }
    if (tcgetattr(STDIN_FILENO, &found) != 0) {
        snprintf(problem, problem_size, "%s", strerror(errno));
        return -1;
    }
    ours = found;
    // Ctrl-C and Ctrl-Z stay signals; Ctrl-S would only stop a picture that is new every 115 ms.
    ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    // A Ctrl-C throws nothing away: half an escape sequence would stay on the screen.
    ours.c_lflag |= NOFLSH;
    ours.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    ours.c_cc[VMIN] = 0;
    ours.c_cc[VTIME] = 0;
    ended = 0;
    input_size = 0;
    catch_signals();
    take_over();
    return 0;
}

void ib_app_terminal_close(void) {
    if (!open_now)
        return;
    leave_signals();
    put_back();
}

bool ib_app_terminal_disturbed(void) {
    bool was = disturbed != 0;
    disturbed = 0;
    return was;
}

bool ib_app_terminal_ended(void) {
    return ended != 0;
}

static void fill_input(void) {
    ssize_t got = read(STDIN_FILENO, input + input_size, sizeof input - input_size);
    if (got > 0) {
        input_size += (size_t)got;
        return;
    }
    struct pollfd poller = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&poller, 1, 0) == 1 && (poller.revents & (POLLHUP | POLLERR)))
        ended = 1;
}

static int drop(size_t size, int key) {
    input_size -= size;
    memmove(input, input + size, input_size);
    return key;
}

/// ESC [ X or ESC O X: a key with a name. Everything else of that kind is passed over.
static int escape_key(void) {
    static const struct {
        char last;
        int key;
    } KEYS[] = {{'A', IB_APP_KEY_UP},   {'B', IB_APP_KEY_DOWN}, {'C', IB_APP_KEY_RIGHT},
                {'D', IB_APP_KEY_LEFT}, {'H', IB_APP_KEY_HOME}, {'F', IB_APP_KEY_END}};
    if (input_size < 2 || (input[1] != '[' && input[1] != 'O'))
        return drop(1, 27);
    size_t end = 2;
    while (end < input_size && (input[end] < 0x40 || input[end] > 0x7E))
        end++;
    if (end == input_size)
        return drop(input_size, IB_APP_KEY_NONE);
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        if ((char)input[end] == KEYS[i].last)
            return drop(end + 1, KEYS[i].key);
    }
    return drop(end + 1, IB_APP_KEY_NONE);
}

int ib_app_terminal_key(void) {
    if (input_size == 0)
        fill_input();
    if (input_size == 0)
        return IB_APP_KEY_NONE;
    return input[0] == 27 ? escape_key() : drop(1, input[0]);
}

bool ib_app_terminal_write(const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = write(STDOUT_FILENO, bytes, size);
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        } else if (sent < 0 && errno == EINTR) {
            if (ended)
                return true;
        } else if (sent < 0 && errno == EAGAIN) {
            struct pollfd poller = {.fd = STDOUT_FILENO, .events = POLLOUT};
            poll(&poller, 1, 1000);
            if (ended)
                return true;
        } else {
            return false;
        }
    }
    return true;
}
