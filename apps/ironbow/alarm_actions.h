/// What is done when an alarm says something: a command, a webhook. On a thread of its own, because
/// a camera does not wait for either.
#ifndef IB_APP_ALARM_ACTIONS_H
#define IB_APP_ALARM_ACTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "apps/ironbow/alarm_event.h"
#include "apps/ironbow/http_post.h"

#define IB_APP_ALARM_ACTIONS_WAITING 16
#define IB_APP_ALARM_COMMAND_S 30 ///< then it is ended
#define IB_APP_ALARM_WEBHOOK_S 10

struct ib_app_alarm_action {
    char json[IB_APP_ALARM_EVENT_BYTES];
    char alarm[IB_MEASURE_NAME_BYTES];
    char event[16], from[16], value[24], unit[8], time[32];
    char rule[IB_ALARM_TEXT_BYTES];
    bool test;
};

struct ib_app_alarm_actions_config {
    const char *command;                      ///< kept; NULL: none. Run by /bin/sh -c
    const struct ib_app_http_target *webhook; ///< kept; NULL: none
    /// Something did not work; on the actions' thread.
    void (*failed)(void *context, const char *what, const char *why);
    void *context;
};

struct ib_app_alarm_actions {
    struct ib_app_alarm_actions_config config;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct ib_app_alarm_action waiting[IB_APP_ALARM_ACTIONS_WAITING];
    unsigned first, count;
    bool busy, ending, open;
};

/// Return: 0.
/// Errors: -1 with `problem` filled.
int ib_app_alarm_actions_open(struct ib_app_alarm_actions *self,
                              const struct ib_app_alarm_actions_config *config, char *problem,
                              size_t problem_size);
/// Do it as soon as what came before is done.
/// Return: false when too many wait already: it is left out, and `failed` was told.
bool ib_app_alarm_actions_post(struct ib_app_alarm_actions *self, const struct ib_alarm_rule *rule,
                               const struct ib_alarm_event *event, const char *json,
                               int64_t wall_us);
/// Wait until all are done: each has its deadline.
void ib_app_alarm_actions_drain(struct ib_app_alarm_actions *self);
/// Drain and end.
void ib_app_alarm_actions_close(struct ib_app_alarm_actions *self);

#endif
