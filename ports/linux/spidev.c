/// SPI through the kernel's spidev driver. Not the Lepton: that is drivers/lepton.
///
/// Main source: Linux Documentation/spi/spidev.rst and include/uapi/linux/spi/spidev.h.
#include "ports/linux/spidev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/status.h"
#include "ports/linux/problem.h"

#define BUFSIZ_PATH "/sys/module/spidev/parameters/bufsiz"
/// As shipped: drivers/spi/spidev.c, module parameter bufsiz.
#define BUFSIZ_DEFAULT 4096u
#define BUFSIZ_MAX (1u << 20)

static size_t read_bufsiz(const char *path) {
    FILE *file = fopen(path, "re");
    unsigned long value = 0;
    if (file) {
        if (fscanf(file, "%lu", &value) != 1)
            value = 0;
        fclose(file);
    }
    return value == 0 ? BUFSIZ_DEFAULT : value > BUFSIZ_MAX ? BUFSIZ_MAX : (size_t)value;
}

static int explain_open(int error, const char *path, char *problem, size_t size) {
    switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        ib_problem(
            problem, size,
            "%s does not exist: is SPI enabled? (Raspberry Pi: dtparam=spi=on in config.txt, "
            "then reboot; elsewhere a device tree overlay that binds spidev)",
            path);
        break;
    case EACCES:
    case EPERM:
        ib_problem(problem, size,
                   "no permission for %s: add the user to the group that owns it (often spi: sudo "
                   "usermod -aG spi $USER, then log in again)",
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

/// Mode, word length and speed, each with the reason why it may be refused.
static int configure(struct ib_spidev *self, const struct ib_spidev_config *config, char *problem,
                     size_t size) {
    uint8_t mode = (uint8_t)(config->mode & 3u);
    uint8_t mode_read = 0xFF;
    uint8_t bits = 8;
    uint32_t speed_hz = config->speed_hz;
    if (ib_kernel_ioctl(&self->door, self->fd, SPI_IOC_RD_MODE, &mode_read) < 0) {
        int error = errno;
        ib_problem(problem, size, "%s is not a spidev node (%s)", self->path, strerror(error));
        return error == ENOTTY || error == EINVAL ? IB_E_UNSUPPORTED : ib_problem_status(error);
    }
    if (ib_kernel_ioctl(&self->door, self->fd, SPI_IOC_WR_MODE, &mode) < 0 ||
        ib_kernel_ioctl(&self->door, self->fd, SPI_IOC_RD_MODE, &mode_read) < 0 ||
        (mode_read & 3u) != mode) {
        ib_problem(problem, size,
                   "the controller of %s cannot do SPI mode %u: use another one (on a Raspberry "
                   "Pi SPI0 can, the auxiliary SPI1 and SPI2 cannot)",
                   self->path, (unsigned)mode);
        return IB_E_UNSUPPORTED;
    }
    if (ib_kernel_ioctl(&self->door, self->fd, SPI_IOC_WR_BITS_PER_WORD, &bits) < 0) {
        ib_problem(problem, size, "the controller of %s cannot do 8-bit words: %s", self->path,
                   strerror(errno));
        return IB_E_UNSUPPORTED;
    }
    if (ib_kernel_ioctl(&self->door, self->fd, SPI_IOC_WR_MAX_SPEED_HZ, &speed_hz) < 0) {
        ib_problem(problem, size, "%s refuses a speed of %u Hz: %s", self->path, (unsigned)speed_hz,
                   strerror(errno));
        return IB_E_UNSUPPORTED;
    }
    if (self->max_bytes < config->needed_bytes) {
        ib_problem(problem, size,
                   "the buffer of %s is %zu bytes, %zu are needed: add spidev.bufsiz=65536 to the "
                   "kernel command line (or `options spidev bufsiz=65536` in "
                   "/etc/modprobe.d/spidev.conf) and reboot",
                   self->path, self->max_bytes, config->needed_bytes);
        return IB_E_NO_SPACE;
    }
    return IB_OK;
}

int ib_spidev_open(struct ib_spidev *self, const struct ib_spidev_config *config, char *problem,
                   size_t problem_size) {
    memset(self, 0, sizeof *self);
    self->door = config->door.ops ? config->door : ib_kernel_door_linux;
    self->speed_hz = config->speed_hz;
    self->max_bytes = read_bufsiz(config->bufsiz_path ? config->bufsiz_path : BUFSIZ_PATH);
    ib_problem(self->path, sizeof self->path, "%s", config->path);
    self->fd = -1;
    if (config->mode > 3 || config->speed_hz == 0) {
        ib_problem(problem, problem_size, "SPI mode %u at %u Hz makes no sense for %s",
                   config->mode, (unsigned)config->speed_hz, config->path);
        return IB_E_INVAL;
    }
    self->fd = ib_kernel_open(&self->door, config->path, O_RDWR);
    if (self->fd < 0)
        return explain_open(errno, config->path, problem, problem_size);
    int status = configure(self, config, problem, problem_size);
    if (status == IB_OK) {
        self->spare = malloc(self->max_bytes);
        if (!self->spare) {
            ib_problem(problem, problem_size, "out of memory");
            status = IB_E_NO_SPACE;
        }
    }
    if (status != IB_OK)
        ib_spidev_close(self);
    return status;
}

void ib_spidev_close(struct ib_spidev *self) {
    if (self->fd >= 0)
        (void)ib_kernel_close(&self->door, self->fd);
    self->fd = -1;
    free(self->spare);
    self->spare = NULL;
}

static int transfer(void *context, const uint8_t *tx, uint8_t *rx, size_t size) {
    struct ib_spidev *self = context;
    if (size == 0)
        return IB_OK;
    if (self->fd < 0 || size > self->max_bytes)
        return IB_E_INVAL;
    // A missing tx buffer makes the kernel send zeros; without either it would refuse.
    if (!tx && !rx)
        rx = self->spare;
    struct spi_ioc_transfer message = {
        .tx_buf = (uintptr_t)tx,
        .rx_buf = (uintptr_t)rx,
        .len = (uint32_t)size,
        .speed_hz = self->speed_hz,
        .bits_per_word = 8,
    };
    int done = ib_kernel_ioctl(&self->door, self->fd, SPI_IOC_MESSAGE(1), &message);
    if (done >= 0 && (size_t)done == size)
        return IB_OK;
    self->failures++;
    self->last_errno = done < 0 ? errno : EIO;
    return self->last_errno == EMSGSIZE || self->last_errno == EINVAL ? IB_E_INVAL : IB_E_IO;
}

struct ib_spi ib_spidev_table(struct ib_spidev *self) {
    static const struct ib_spi_ops ops = {.transfer = transfer};
    return (struct ib_spi){.ops = &ops, .context = self, .max_bytes = self->max_bytes};
}
