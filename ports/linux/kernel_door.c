/// The kernel's own open, ioctl and close.
#include "ports/linux/kernel_door.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int real_open(void *context, const char *path, int flags) {
    (void)context;
    return open(path, flags | O_CLOEXEC);
}

static int real_ioctl(void *context, int fd, unsigned long request, void *argument) {
    (void)context;
    return ioctl(fd, request, argument);
}

static int real_close(void *context, int fd) {
    (void)context;
    return close(fd);
}

static const struct ib_kernel_door_ops real_ops = {
    .open = real_open, .ioctl = real_ioctl, .close = real_close};

const struct ib_kernel_door ib_kernel_door_linux = {.ops = &real_ops, .context = NULL};
