/// The log hook: where a room says what happened, without knowing who listens.
#ifndef IB_CORE_LOG_H
#define IB_CORE_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

enum ib_log_level { IB_LOG_ERROR, IB_LOG_WARNING, IB_LOG_INFO, IB_LOG_DEBUG };

/// A listener. A zeroed one is silent. `text` is borrowed until return, one line without its end.
struct ib_log {
    void (*write)(void *context, enum ib_log_level level, const char *room, const char *text);
    void *context;
};

static inline void ib_log(const struct ib_log *self, enum ib_log_level level, const char *room,
                          const char *text) {
    if (self && self->write)
        self->write(self->context, level, room, text);
}

#ifdef __cplusplus
}
#endif

#endif
