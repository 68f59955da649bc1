/// I2C through the kernel's i2c-dev driver.
///
/// Main source: Linux Documentation/i2c/dev-interface.rst, Documentation/i2c/fault-codes.rst.
#include "ports/linux/i2cdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <string.h>

#include "core/status.h"
#include "ports/linux/problem.h"

/// drivers/i2c/i2c-dev.c refuses longer messages.
#define PART_MAX_BYTES 8192u
#define TIMEOUT_DEFAULT_MS 100u

static int explain_open(int error, const char *path, char *problem, size_t size) {
    switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        ib_problem(problem, size,
                   "%s does not exist: is I2C enabled and i2c-dev loaded? (Raspberry Pi: "
                   "dtparam=i2c_arm=on in config.txt; then sudo modprobe i2c-dev)",
                   path);
        break;
    case EACCES:
    case EPERM:
        ib_problem(problem, size,
                   "no permission for %s: add the user to the group that owns it (often i2c: sudo "
                   "usermod -aG i2c $USER, then log in again)",
                   path);
        break;
    case EBUSY:
        ib_problem(problem, size, "%s is in use by another program or driver", path);
        break;
    default:
        ib_problem(problem, size, "cannot open %s: %s", path, strerror(error));
    }
    return ib_problem_status(error);
}

/// An ioctl argument that is a number, not an address.
static void *number(unsigned long value) {
    return (void *)(uintptr_t)value;
}

int ib_i2cdev_open(struct ib_i2cdev *self, const struct ib_i2cdev_config *config, char *problem,
                   size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->door = config->door.ops ? config->door : ib_kernel_door_linux;
    ib_problem(self->path, sizeof self->path, "%s", config->path);
    self->fd = ib_kernel_open(&self->door, config->path, O_RDWR);
    if (self->fd < 0)
        return explain_open(errno, config->path, problem, problem_size);
    unsigned long functions = 0;
    int status = IB_OK;
    if (ib_kernel_ioctl(&self->door, self->fd, I2C_FUNCS, &functions) < 0) {
        int error = errno;
        ib_problem(problem, problem_size, "%s is not an I2C adapter node (%s)", config->path,
                   strerror(error));
        status = error == ENOTTY || error == EINVAL ? IB_E_UNSUPPORTED : ib_problem_status(error);
    } else if (!(functions & I2C_FUNC_I2C)) {
        ib_problem(problem, problem_size,
                   "the adapter of %s only knows SMBus, not plain I2C: use another one",
                   config->path);
        status = IB_E_UNSUPPORTED;
    }
    if (status != IB_OK) {
        ib_i2cdev_close(self);
        return status;
    }
    unsigned timeout_ms = config->timeout_ms ? config->timeout_ms : TIMEOUT_DEFAULT_MS;
    // In units of 10 ms. An adapter that ignores it has a deadline of its own (1 s in most).
    (void)ib_kernel_ioctl(&self->door, self->fd, I2C_TIMEOUT, number((timeout_ms + 9u) / 10u));
    (void)ib_kernel_ioctl(&self->door, self->fd, I2C_RETRIES, number(0));
    return IB_OK;
}

void ib_i2cdev_close(struct ib_i2cdev *self) {
    if (self->fd >= 0)
        (void)ib_kernel_close(&self->door, self->fd);
    self->fd = -1;
}

/// Adapters say "no acknowledge" with either of two codes (fault-codes.rst lists ENXIO; many
/// drivers, the Raspberry Pi's among them, give EREMOTEIO).
static int status_of(int error) {
    switch (error) {
    case ENXIO:
    case EREMOTEIO:
        return IB_E_NACK;
    case ETIMEDOUT:
        return IB_E_TIMEOUT;
    default:
        return IB_E_IO;
    }
}

static int transfer(void *context, uint8_t address7, const struct ib_i2c_part *parts,
                    size_t count) {
    struct ib_i2cdev *self = context;
    struct i2c_msg messages[I2C_RDWR_IOCTL_MAX_MSGS];
    if (self->fd < 0 || address7 > 0x7F || count == 0 || count > I2C_RDWR_IOCTL_MAX_MSGS)
        return IB_E_INVAL;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > PART_MAX_BYTES)
            return IB_E_INVAL;
        messages[i] = (struct i2c_msg){.addr = address7,
                                       .flags = parts[i].read ? I2C_M_RD : 0,
                                       .len = (uint16_t)parts[i].size,
                                       .buf = parts[i].data};
    }
    struct i2c_rdwr_ioctl_data transaction = {.msgs = messages, .nmsgs = (uint32_t)count};
    int done = ib_kernel_ioctl(&self->door, self->fd, I2C_RDWR, &transaction);
    if (done >= 0 && (size_t)done == count)
        return IB_OK;
    self->failures++;
    self->last_errno = done < 0 ? errno : EIO;
    return status_of(self->last_errno);
}

struct ib_i2c ib_i2cdev_table(struct ib_i2cdev *self) {
    static const struct ib_i2c_ops ops = {.transfer = transfer};
    return (struct ib_i2c){.ops = &ops, .context = self};
}
