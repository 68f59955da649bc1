/// One GPIO line as a table. Levels are logical: the table's maker knows about inverted wiring.
#ifndef IB_BUS_GPIO_H
#define IB_BUS_GPIO_H

#ifdef __cplusplus
extern "C" {
#endif

struct ib_gpio_ops {
    int (*set)(void *context, int level); ///< IB_OK, IB_E_IO, IB_E_UNSUPPORTED on an input
    int (*get)(void *context);            ///< 0 or 1; IB_E_IO
};

struct ib_gpio {
    const struct ib_gpio_ops *ops;
    void *context;
};

static inline int ib_gpio_set(const struct ib_gpio *self, int level) {
    return self->ops->set(self->context, level);
}

static inline int ib_gpio_get(const struct ib_gpio *self) {
    return self->ops->get(self->context);
}

#ifdef __cplusplus
}
#endif

#endif
