/// Commands and webhooks of alarms. See alarm_actions.h.
#include "apps/ironbow/alarm_actions.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ports/linux/host_clock.h"

#define SECOND_US 1000000u
#define ENVIRONMENT 512 ///< variables that a command gets at most

static void sleep_ms(long ms) {
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/// The environment with the event in it; `room` holds the texts.
static void fill_environment(const struct ib_app_alarm_action *action, char **out,
                             char (*room)[IB_APP_ALARM_EVENT_BYTES + 32]) {
    const char *const rows[][2] = {
        {"ALARM", action->alarm}, {"EVENT", action->event}, {"FROM", action->from},
        {"VALUE", action->value}, {"UNIT", action->unit},   {"TIME", action->time},
        {"RULE", action->rule},   {"JSON", action->json},   {"TEST", action->test ? "1" : "0"},
    };
    unsigned count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(room[i], sizeof room[i], "IRONBOW_%s=%s", rows[i][0], rows[i][1]);
        out[count++] = room[i];
    }
    for (char **at = environ; *at && count < ENVIRONMENT; at++) {
        if (strncmp(*at, "IRONBOW_", 8) != 0)
            out[count++] = *at;
    }
    out[count] = NULL;
}

/// In the child: nothing but calls that are safe after a fork.
static void become(const char *command, char **environment) {
    int null = open("/dev/null", O_RDONLY);
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(SIGPIPE, &plain, NULL);
    sigaction(SIGXFSZ, &plain, NULL);
    setpgid(0, 0);
    // Its output is not this program's: that one may be JSON for somebody.
    dup2(null, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    const char *const arguments[] = {"sh", "-c", command, NULL};
    execve("/bin/sh", (char *const *)(uintptr_t)arguments, environment);
    _exit(127);
}

/// Wait for the command, end it at its deadline. Return: what waitpid says of it.
static int await(pid_t pid, bool *late) {
    uint64_t end_us = ib_host_now_us() + (uint64_t)IB_APP_ALARM_COMMAND_S * SECOND_US;
    int status = 0;
    *late = false;
    for (long ms = 1; waitpid(pid, &status, WNOHANG) == 0; ms = ms < 20 ? ms + 1 : 20) {
        if (ib_host_now_us() >= end_us) {
            // Asked first, then made to.
            kill(-pid, *late ? SIGKILL : SIGTERM);
            end_us = ib_host_now_us() + 2 * SECOND_US;
            *late = true;
        }
        sleep_ms(ms);
    }
    return status;
}

static void run_command(struct ib_app_alarm_actions *self,
                        const struct ib_app_alarm_action *action) {
    struct {
        char *environment[ENVIRONMENT + 1];
        char room[9][IB_APP_ALARM_EVENT_BYTES + 32];
    } *memory = malloc(sizeof *memory);
    const struct ib_app_alarm_actions_config *config = &self->config;
    if (!memory) {
        config->failed(config->context, "--exec", "out of memory");
        return;
    }
    fill_environment(action, memory->environment, memory->room);
    pid_t pid = fork();
    if (pid == 0)
        become(config->command, memory->environment);
    free(memory);
    if (pid < 0) {
        config->failed(config->context, "--exec", strerror(errno));
        return;
    }
    setpgid(pid, pid); // whoever is first
    bool late;
    char why[80];
    int status = await(pid, &late);
    if (late)
        snprintf(why, sizeof why, "ended after %d s", IB_APP_ALARM_COMMAND_S);
    else if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        snprintf(why, sizeof why, "exit code %d", WEXITSTATUS(status));
    else
        return;
    config->failed(config->context, "--exec", why);
}

static void perform(struct ib_app_alarm_actions *self, const struct ib_app_alarm_action *action) {
    const struct ib_app_alarm_actions_config *config = &self->config;
    if (config->webhook) {
        char problem[256];
        uint64_t deadline_us = ib_host_now_us() + (uint64_t)IB_APP_ALARM_WEBHOOK_S * SECOND_US;
        if (ib_app_http_post(config->webhook, action->json, strlen(action->json), deadline_us,
                             problem, sizeof problem) != 0)
            config->failed(config->context, "--webhook", problem);
    }
    if (config->command)
        run_command(self, action);
}

static void *work(void *context) {
    struct ib_app_alarm_actions *self = context;
    pthread_mutex_lock(&self->lock);
    for (;;) {
        while (self->count == 0 && !self->ending)
            pthread_cond_wait(&self->changed, &self->lock);
        if (self->count == 0)
            break;
        struct ib_app_alarm_action action = self->waiting[self->first];
        self->first = (self->first + 1) % IB_APP_ALARM_ACTIONS_WAITING;
        self->count--;
        self->busy = true;
        pthread_mutex_unlock(&self->lock);
        perform(self, &action);
        pthread_mutex_lock(&self->lock);
        self->busy = false;
        pthread_cond_broadcast(&self->changed);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

int ib_app_alarm_actions_open(struct ib_app_alarm_actions *self,
                              const struct ib_app_alarm_actions_config *config, char *problem,
                              size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->config = *config;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->changed, NULL);
    int error = pthread_create(&self->thread, NULL, work, self);
    if (error != 0) {
        snprintf(problem, problem_size, "a thread: %s", strerror(error));
        pthread_cond_destroy(&self->changed);
        pthread_mutex_destroy(&self->lock);
        return -1;
    }
    self->open = true;
    return 0;
}

static void describe(struct ib_app_alarm_action *out, const struct ib_alarm_rule *rule,
                     const struct ib_alarm_event *event, const char *json, int64_t wall_us) {
    struct ib_text text;
    memset(out, 0, sizeof *out);
    snprintf(out->json, sizeof out->json, "%s", json);
    snprintf(out->alarm, sizeof out->alarm, "%s", rule->name);
    snprintf(out->event, sizeof out->event, "%s", ib_alarm_state_name(event->to));
    snprintf(out->from, sizeof out->from, "%s", ib_alarm_state_name(event->from));
    ib_app_wall_text(out->time, wall_us);
    ib_text_init(&text, out->rule, sizeof out->rule);
    ib_alarm_print(&text, rule, false);
    out->test = event->test;
    if (!event->has_value)
        return;
    bool rate = rule->condition == IB_ALARM_RISING;
    bool step = rate || rule->quantity.kind != IB_QUANTITY_PLAIN;
    snprintf(out->unit, sizeof out->unit, "%s", rate ? "K/min" : step ? "K" : "C");
    snprintf(out->value, sizeof out->value, "%.2f",
             rate   ? event->value * 60
             : step ? event->value
                    : ib_degrees_from_k(IB_DEGREES_C, event->value));
}

bool ib_app_alarm_actions_post(struct ib_app_alarm_actions *self, const struct ib_alarm_rule *rule,
                               const struct ib_alarm_event *event, const char *json,
                               int64_t wall_us) {
    pthread_mutex_lock(&self->lock);
    bool room = self->count < IB_APP_ALARM_ACTIONS_WAITING;
    if (room) {
        unsigned at = (self->first + self->count) % IB_APP_ALARM_ACTIONS_WAITING;
        describe(&self->waiting[at], rule, event, json, wall_us);
        self->count++;
        pthread_cond_broadcast(&self->changed);
    }
    pthread_mutex_unlock(&self->lock);
    if (!room)
        self->config.failed(self->config.context, rule->name,
                            "left out: too many events wait for their command or webhook");
    return room;
}

void ib_app_alarm_actions_drain(struct ib_app_alarm_actions *self) {
    if (!self->open)
        return;
    pthread_mutex_lock(&self->lock);
    while (self->count > 0 || self->busy)
        pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

void ib_app_alarm_actions_close(struct ib_app_alarm_actions *self) {
    if (!self->open)
        return;
    pthread_mutex_lock(&self->lock);
    self->ending = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    self->open = false;
}
