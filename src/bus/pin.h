/// One pin of the microcontroller as a table: level, direction, pull, edges. Levels are electrical.
#ifndef IB_BUS_PIN_H
#define IB_BUS_PIN_H

#ifdef __cplusplus
extern "C" {
#endif

enum ib_pin_direction {
    IB_PIN_INPUT,
    IB_PIN_OUTPUT,
    IB_PIN_OPEN_DRAIN, ///< output: 0 pulls down, 1 lets go
    IB_PIN_ANALOG,     ///< reads as 0
};

enum ib_pin_pull { IB_PIN_PULL_NONE, IB_PIN_PULL_UP, IB_PIN_PULL_DOWN };

/// Edges, to be or-ed.
#define IB_PIN_RISING 1u
#define IB_PIN_FALLING 2u

/// Somebody who is told about edges.
/// `edge` comes from any thread, perhaps from inside `set`, `mode` or a wait on the clock, perhaps
/// with the pins' lock held: it must neither wait nor touch a pin.
struct ib_pin_watcher {
    void (*edge)(void *context, unsigned edge); ///< IB_PIN_RISING or IB_PIN_FALLING
    void *context;
};

/// After a reset a pin is an input without pull, and its latch is 0.
struct ib_pin_ops {
    /// The output latch. On an input it is kept and appears once the pin becomes an output.
    /// Return: IB_OK. Errors: IB_E_IO.
    int (*set)(void *context, int level);
    /// The level at the pin, 0 or 1: also of an output, which something else may hold.
    /// Errors: IB_E_IO.
    int (*get)(void *context);
    /// Return: IB_OK. Errors: IB_E_UNSUPPORTED: this pin cannot.
    int (*mode)(void *context, enum ib_pin_direction direction, enum ib_pin_pull pull);
    /// Tell `watcher` (copied) about these edges from now on, instead of whoever was told before;
    /// `edges` 0: nobody. When it returns, the one before is not being told anything any more.
    /// Return: IB_OK. Errors: IB_E_UNSUPPORTED.
    int (*watch)(void *context, unsigned edges, const struct ib_pin_watcher *watcher);
};

struct ib_pin {
    const struct ib_pin_ops *ops;
    void *context;
};

static inline int ib_pin_set(const struct ib_pin *self, int level) {
    return self->ops->set(self->context, level);
}

static inline int ib_pin_get(const struct ib_pin *self) {
    return self->ops->get(self->context);
}

static inline int ib_pin_mode(const struct ib_pin *self, enum ib_pin_direction direction,
                              enum ib_pin_pull pull) {
    return self->ops->mode(self->context, direction, pull);
}

static inline int ib_pin_watch(const struct ib_pin *self, unsigned edges,
                               const struct ib_pin_watcher *watcher) {
    return self->ops->watch(self->context, edges, watcher);
}

#ifdef __cplusplus
}
#endif

#endif
