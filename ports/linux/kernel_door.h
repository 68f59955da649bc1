/// The three system calls that reach a device node, as a table: the kernel's own, or a stand-in
/// that a test (or a simulated part) answers.
#ifndef IB_PORTS_LINUX_KERNEL_DOOR_H
#define IB_PORTS_LINUX_KERNEL_DOOR_H

/// As open(2), ioctl(2) and close(2): -1 with errno.
struct ib_kernel_door_ops {
    int (*open)(void *context, const char *path, int flags);
    int (*ioctl)(void *context, int fd, unsigned long request, void *argument);
    int (*close)(void *context, int fd);
};

struct ib_kernel_door {
    const struct ib_kernel_door_ops *ops;
    void *context;
};

/// The real one.
extern const struct ib_kernel_door ib_kernel_door_linux;

static inline int ib_kernel_open(const struct ib_kernel_door *self, const char *path, int flags) {
    return self->ops->open(self->context, path, flags);
}

static inline int ib_kernel_ioctl(const struct ib_kernel_door *self, int fd, unsigned long request,
                                  void *argument) {
    return self->ops->ioctl(self->context, fd, request, argument);
}

static inline int ib_kernel_close(const struct ib_kernel_door *self, int fd) {
    return self->ops->close(self->context, fd);
}

#endif
