/// GPIO lines through the kernel's character devices.
///
/// Main source: Linux include/uapi/linux/gpio.h (version 2), Documentation/userspace-api/gpio.
#include "ports/linux/gpiochip.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "ports/linux/problem.h"

#define CHIPS_MAX 256u
#define CONSUMER "ironbow"

/// Where a line is: the chip's node and the line's number on it.
struct place {
    char node[32];
    uint32_t offset;
};

static int explain_chip(int error, const char *node, const char *line, char *problem, size_t size) {
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        ib_problem(problem, size, "GPIO %s: %s does not exist (gpiodetect lists the chips)", line,
                   node);
        break;
    case EACCES:
    case EPERM:
        ib_problem(problem, size,
                   "GPIO %s: no permission for %s: add the user to the group that owns it (often "
                   "gpio: sudo usermod -aG gpio $USER, then log in again)",
                   line, node);
        break;
    default:
        ib_problem(problem, size, "GPIO %s: cannot open %s: %s", line, node, strerror(error));
    }
    return ib_problem_status(error);
}

/// "gpiochip0:17" or "/dev/gpiochip0:17". False when the text is a line's name.
static bool parse_place(const char *line, struct place *out) {
    const char *text = strncmp(line, "/dev/", 5) == 0 ? line + 5 : line;
    unsigned chip = 0;
    unsigned offset = 0;
    int used = 0;
    const char *colon = strchr(text, ':');
    // scanf alone would also take signs and spaces before the numbers.
    if (sscanf(text, "gpiochip%3u:%9u%n", &chip, &offset, &used) != 2 || text[used] != '\0' ||
        !isdigit((unsigned char)text[8]) || !isdigit((unsigned char)colon[1]))
        return false;
    (void)snprintf(out->node, sizeof out->node, "/dev/gpiochip%u", chip);
    out->offset = offset;
    return true;
}

/// Look for a name on one chip. Return: how many lines have it.
static unsigned find_on_chip(const struct ib_kernel_door *door, int fd, const char *node,
                             const char *name, struct place *out) {
    struct gpiochip_info chip = {0};
    unsigned found = 0;
    if (ib_kernel_ioctl(door, fd, GPIO_GET_CHIPINFO_IOCTL, &chip) < 0)
        return 0;
    for (uint32_t i = 0; i < chip.lines; i++) {
        struct gpio_v2_line_info info = {.offset = i};
        if (ib_kernel_ioctl(door, fd, GPIO_V2_GET_LINEINFO_IOCTL, &info) < 0 ||
            strncmp(info.name, name, sizeof info.name) != 0)
            continue;
        (void)snprintf(out->node, sizeof out->node, "%s", node);
        out->offset = i;
        found++;
    }
    return found;
}

static int find_by_name(const struct ib_kernel_door *door, const char *name, struct place *out,
                        char *problem, size_t size) {
    unsigned found = 0;
    unsigned chips = 0;
    bool forbidden = false;
    for (unsigned i = 0; i < CHIPS_MAX; i++) {
        char node[32];
        (void)snprintf(node, sizeof node, "/dev/gpiochip%u", i);
        int fd = ib_kernel_open(door, node, O_RDWR);
        if (fd < 0) {
            forbidden |= errno == EACCES || errno == EPERM;
            continue;
        }
        chips++;
        found += find_on_chip(door, fd, node, name, out);
        (void)ib_kernel_close(door, fd);
    }
    if (found == 1)
        return IB_OK;
    if (found > 1) {
        ib_problem(problem, size,
                   "%u GPIO lines are named \"%s\": say which one as gpiochipN:offset", found,
                   name);
        return IB_E_INVAL;
    }
    if (forbidden)
        return explain_chip(EACCES, "/dev/gpiochip*", name, problem, size);
    if (chips == 0) {
        ib_problem(problem, size,
                   "GPIO %s: this machine has no /dev/gpiochip node (is its GPIO driver loaded?)",
                   name);
    } else {
        ib_problem(problem, size,
                   "no GPIO line is named \"%s\" (gpioinfo lists the names; gpiochipN:offset works "
                   "too)",
                   name);
    }
    return IB_E_NOT_FOUND;
}

static int explain_line(const struct ib_gpiochip *self, int chip_fd, int error, const char *line,
                        const struct place *place, char *problem, size_t size) {
    struct gpiochip_info chip = {0};
    struct gpio_v2_line_info info = {.offset = place->offset};
    if (ib_kernel_ioctl(&self->door, chip_fd, GPIO_GET_CHIPINFO_IOCTL, &chip) < 0) {
        ib_problem(problem, size, "%s is not a gpiochip node (%s)", place->node, strerror(errno));
        return IB_E_UNSUPPORTED;
    }
    if (place->offset >= chip.lines) {
        ib_problem(problem, size, "GPIO %s: %s has %u lines, numbered from 0", line, place->node,
                   (unsigned)chip.lines);
        return IB_E_RANGE;
    }
    if (error == EBUSY) {
        bool known = ib_kernel_ioctl(&self->door, chip_fd, GPIO_V2_GET_LINEINFO_IOCTL, &info) == 0;
        ib_problem(problem, size, "GPIO %s (%s line %u) is in use by %.*s", line, place->node,
                   (unsigned)place->offset, (int)sizeof info.consumer,
                   known && info.consumer[0] ? info.consumer : "another program or driver");
        return IB_E_BUSY;
    }
    if (error == EINVAL || error == ENOTTY) {
        ib_problem(problem, size,
                   "GPIO %s (%s line %u) was refused: the line cannot do that, or the kernel is "
                   "older than 5.10",
                   line, place->node, (unsigned)place->offset);
        return IB_E_UNSUPPORTED;
    }
    ib_problem(problem, size, "GPIO %s (%s line %u): %s", line, place->node,
               (unsigned)place->offset, strerror(error));
    return ib_problem_status(error);
}

int ib_gpiochip_open(struct ib_gpiochip *self, const struct ib_gpiochip_config *config,
                     char *problem, size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->door = config->door.ops ? config->door : ib_kernel_door_linux;
    self->fd = -1;
    self->output = config->output;
    const char *line = config->line;
    struct place place = {0};
    size_t length = strlen(line);
    if (length == 0 || (!parse_place(line, &place) &&
                        (length >= GPIO_MAX_NAME_SIZE || strchr(line, '/') || strchr(line, ':')))) {
        ib_problem(problem, problem_size,
                   "\"%.64s\" is no GPIO line: write gpiochipN:offset or the line's name", line);
        return IB_E_INVAL;
    }
    if (!place.node[0]) {
        int status = find_by_name(&self->door, line, &place, problem, problem_size);
        if (status != IB_OK)
            return status;
    }
    int chip_fd = ib_kernel_open(&self->door, place.node, O_RDWR);
    if (chip_fd < 0)
        return explain_chip(errno, place.node, line, problem, problem_size);

    struct gpio_v2_line_request request = {.num_lines = 1, .consumer = CONSUMER, .fd = -1};
    request.offsets[0] = place.offset;
    request.config.flags = config->output ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT;
    if (config->active_low)
        request.config.flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    if (config->output) {
        request.config.num_attrs = 1;
        request.config.attrs[0].mask = 1;
        request.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
        request.config.attrs[0].attr.values = config->initial ? 1 : 0;
    }
    int status = IB_OK;
    if (ib_kernel_ioctl(&self->door, chip_fd, GPIO_V2_GET_LINE_IOCTL, &request) < 0)
        status = explain_line(self, chip_fd, errno, line, &place, problem, problem_size);
    else
        self->fd = request.fd;
    (void)ib_kernel_close(&self->door, chip_fd);
    return status;
}

void ib_gpiochip_close(struct ib_gpiochip *self) {
    if (self->fd >= 0)
        (void)ib_kernel_close(&self->door, self->fd);
    self->fd = -1;
}

static int line_failed(struct ib_gpiochip *self) {
    self->failures++;
    self->last_errno = errno;
    return IB_E_IO;
}

static int set(void *context, int level) {
    struct ib_gpiochip *self = context;
    struct gpio_v2_line_values values = {.bits = level ? 1 : 0, .mask = 1};
    if (!self->output)
        return IB_E_UNSUPPORTED;
    if (ib_kernel_ioctl(&self->door, self->fd, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) < 0)
        return line_failed(self);
    return IB_OK;
}

static int get(void *context) {
    struct ib_gpiochip *self = context;
    struct gpio_v2_line_values values = {.mask = 1};
    if (ib_kernel_ioctl(&self->door, self->fd, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0)
        return line_failed(self);
    return (int)(values.bits & 1u);
}

struct ib_gpio ib_gpiochip_table(struct ib_gpiochip *self) {
    static const struct ib_gpio_ops ops = {.set = set, .get = get};
    return (struct ib_gpio){.ops = &ops, .context = self};
}
