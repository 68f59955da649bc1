/// spidev, i2c-dev and gpiochip backends: against the real kernel for nodes that are missing or of
/// the wrong kind, and against a stand-in kernel for everything that needs the hardware.
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <linux/spi/spidev.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/status.h"
#include "ports/linux/gpiochip.h"
#include "ports/linux/i2cdev.h"
#include "ports/linux/spidev.h"

static char problem[400];

// ---- a stand-in kernel ----

enum { FD_SPI = 100, FD_I2C, FD_CHIP0, FD_CHIP3, FD_LINE };

struct fake {
    int open_errno;  ///< every open fails with it
    int ioctl_errno; ///< every transfer fails with it
    int opens;       ///< open minus close
    bool no_mode_3;  ///< as a Raspberry Pi's SPI1: the mode is not taken
    bool smbus_only;
    bool line_busy;
    int short_by; ///< bytes or messages less than asked for
    // what arrived
    uint8_t mode, bits;
    uint32_t speed_hz;
    struct spi_ioc_transfer spi;
    uint8_t sent[64];
    struct i2c_msg messages[8];
    unsigned message_count;
    unsigned long timeout_10ms;
    struct gpio_v2_line_request line;
    int level_on_wire;
};

static int fake_open(void *context, const char *path, int flags) {
    struct fake *self = context;
    assert_int_equal(flags & O_ACCMODE, O_RDWR);
    errno = self->open_errno ? self->open_errno : ENOENT;
    int fd = strcmp(path, "/dev/spidev0.0") == 0   ? FD_SPI
             : strcmp(path, "/dev/i2c-1") == 0     ? FD_I2C
             : strcmp(path, "/dev/gpiochip0") == 0 ? FD_CHIP0
             : strcmp(path, "/dev/gpiochip3") == 0 ? FD_CHIP3
                                                   : -1;
    if (self->open_errno)
        fd = -1;
    self->opens += fd >= 0;
    return fd;
}

static int fake_close(void *context, int fd) {
    struct fake *self = context;
    assert_true(fd >= FD_SPI && fd <= FD_LINE);
    self->opens--;
    return 0;
}

static int fail_with(int error) {
    errno = error;
    return -1;
}

static int fake_spi(struct fake *self, unsigned long request, void *argument) {
    if (request == SPI_IOC_RD_MODE)
        *(uint8_t *)argument = self->mode;
    else if (request == SPI_IOC_WR_MODE)
        self->mode = self->no_mode_3 ? 0 : *(uint8_t *)argument;
    else if (request == SPI_IOC_WR_BITS_PER_WORD)
        self->bits = *(uint8_t *)argument;
    else if (request == SPI_IOC_WR_MAX_SPEED_HZ)
        self->speed_hz = *(uint32_t *)argument;
    else if (request == SPI_IOC_MESSAGE(1)) {
        if (self->ioctl_errno)
            return fail_with(self->ioctl_errno);
        memcpy(&self->spi, argument, sizeof self->spi);
        const uint8_t *tx = (const uint8_t *)(uintptr_t)self->spi.tx_buf;
        uint8_t *rx = (uint8_t *)(uintptr_t)self->spi.rx_buf;
        if (!tx && !rx)
            return fail_with(EINVAL);
        for (uint32_t i = 0; i < self->spi.len; i++) {
            if (i < sizeof self->sent)
                self->sent[i] = tx ? tx[i] : 0;
            if (rx)
                rx[i] = (uint8_t)((tx ? tx[i] : 0) ^ 0x5A);
        }
        return (int)self->spi.len - self->short_by;
    } else {
        return fail_with(ENOTTY);
    }
    return 0;
}

static int fake_i2c(struct fake *self, unsigned long request, void *argument) {
    if (request == I2C_FUNCS) {
        *(unsigned long *)argument = self->smbus_only ? I2C_FUNC_SMBUS_BYTE : I2C_FUNC_I2C;
        return 0;
    }
    if (request == I2C_TIMEOUT)
        self->timeout_10ms = (unsigned long)(uintptr_t)argument;
    if (request == I2C_TIMEOUT || request == I2C_RETRIES)
        return 0;
    if (request != I2C_RDWR)
        return fail_with(ENOTTY);
    if (self->ioctl_errno)
        return fail_with(self->ioctl_errno);
    const struct i2c_rdwr_ioctl_data *data = argument;
    assert_true(data->nmsgs <= 8);
    self->message_count = data->nmsgs;
    memcpy(self->messages, data->msgs, data->nmsgs * sizeof data->msgs[0]);
    for (uint32_t i = 0; i < data->nmsgs; i++) {
        if (data->msgs[i].flags & I2C_M_RD)
            memset(data->msgs[i].buf, 0xC0 + (int)i, data->msgs[i].len);
    }
    return (int)data->nmsgs - self->short_by;
}

/// Chip 0 has 4 lines, "RESET" is line 2; chip 3 has 2 lines, "POWER" is line 1; "TWICE" is on
/// both.
static int fake_chip(struct fake *self, int fd, unsigned long request, void *argument) {
    uint32_t lines = fd == FD_CHIP0 ? 4 : 2;
    if (request == GPIO_GET_CHIPINFO_IOCTL) {
        struct gpiochip_info *info = argument;
        info->lines = lines;
    } else if (request == GPIO_V2_GET_LINEINFO_IOCTL) {
        struct gpio_v2_line_info *info = argument;
        if (info->offset >= lines)
            return fail_with(EINVAL);
        const char *name = info->offset == 0                     ? "TWICE"
                           : fd == FD_CHIP0 && info->offset == 2 ? "RESET"
                           : fd == FD_CHIP3 && info->offset == 1 ? "POWER"
                                                                 : "";
        (void)snprintf(info->name, sizeof info->name, "%s", name);
        (void)snprintf(info->consumer, sizeof info->consumer, "%s",
                       self->line_busy ? "lepton-driver" : "");
    } else if (request == GPIO_V2_GET_LINE_IOCTL) {
        struct gpio_v2_line_request *asked = argument;
        if (asked->offsets[0] >= lines)
            return fail_with(EINVAL);
        if (self->line_busy)
            return fail_with(EBUSY);
        asked->fd = FD_LINE;
        self->opens++;
        self->line = *asked;
        bool low = asked->config.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW;
        if (asked->config.flags & GPIO_V2_LINE_FLAG_OUTPUT)
            self->level_on_wire = (asked->config.attrs[0].attr.values & 1) != low;
    } else {
        return fail_with(ENOTTY);
    }
    return 0;
}

static int fake_line(struct fake *self, unsigned long request, void *argument) {
    struct gpio_v2_line_values *values = argument;
    bool low = self->line.config.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    assert_int_equal(values->mask, 1);
    if (self->ioctl_errno)
        return fail_with(self->ioctl_errno);
    if (request == GPIO_V2_LINE_SET_VALUES_IOCTL)
        self->level_on_wire = (values->bits & 1) != low;
    else if (request == GPIO_V2_LINE_GET_VALUES_IOCTL)
        values->bits = self->level_on_wire != low;
    else
        return fail_with(ENOTTY);
    return 0;
}

static int fake_ioctl(void *context, int fd, unsigned long request, void *argument) {
    switch (fd) {
    case FD_SPI:
        return fake_spi(context, request, argument);
    case FD_I2C:
        return fake_i2c(context, request, argument);
    case FD_LINE:
        return fake_line(context, request, argument);
    default:
        return fake_chip(context, fd, request, argument);
    }
}

static struct ib_kernel_door fake_door(struct fake *self) {
    static const struct ib_kernel_door_ops ops = {
        .open = fake_open, .ioctl = fake_ioctl, .close = fake_close};
    return (struct ib_kernel_door){.ops = &ops, .context = self};
}

#define ASSERT_SAYS(text)                                                                          \
    do {                                                                                           \
        if (!strstr(problem, text))                                                                \
            fail_msg("\"%s\" does not say \"%s\"", problem, text);                                 \
    } while (0)

// ---- SPI ----

static int open_spi(struct ib_spidev *self, const char *path, struct fake *fake, size_t needed) {
    struct ib_spidev_config config = {.path = path,
                                      .speed_hz = 16000000,
                                      .mode = 3,
                                      .needed_bytes = needed,
                                      .bufsiz_path = "/nonexistent/bufsiz"};
    if (fake)
        config.door = fake_door(fake);
    problem[0] = '\0';
    return ib_spidev_open(self, &config, problem, sizeof problem);
}

static void test_spi_nodes_that_are_none(void **state) {
    (void)state;
    struct ib_spidev spi;
    assert_int_equal(open_spi(&spi, "/dev/spidev99.9", NULL, 0), IB_E_NOT_FOUND);
    ASSERT_SAYS("/dev/spidev99.9 does not exist: is SPI enabled?");
    assert_int_equal(open_spi(&spi, "/dev/null", NULL, 0), IB_E_UNSUPPORTED);
    ASSERT_SAYS("/dev/null is not a spidev node");
    assert_int_equal(ib_spidev_table(&spi).ops->transfer(&spi, NULL, NULL, 4), IB_E_INVAL);
    ib_spidev_close(&spi); // closing what is closed is allowed
}

static void test_spi_refusals_in_words(void **state) {
    (void)state;
    struct ib_spidev spi;
    struct fake fake = {.open_errno = EACCES};
    assert_int_equal(open_spi(&spi, "/dev/spidev0.0", &fake, 0), IB_E_REFUSED);
    ASSERT_SAYS("no permission for /dev/spidev0.0");
    ASSERT_SAYS("usermod -aG spi");
    fake.open_errno = EBUSY;
    assert_int_equal(open_spi(&spi, "/dev/spidev0.0", &fake, 0), IB_E_BUSY);
    ASSERT_SAYS("in use by another program");
    fake = (struct fake){.no_mode_3 = true};
    assert_int_equal(open_spi(&spi, "/dev/spidev0.0", &fake, 0), IB_E_UNSUPPORTED);
    ASSERT_SAYS("cannot do SPI mode 3");
    fake = (struct fake){0};
    assert_int_equal(open_spi(&spi, "/dev/spidev0.0", &fake, 10004), IB_E_NO_SPACE);
    ASSERT_SAYS("4096 bytes, 10004 are needed: add spidev.bufsiz=65536");
    assert_int_equal(fake.opens, 0);
}

static void test_spi_buffer_size_is_read(void **state) {
    (void)state;
    struct fake fake = {0};
    struct ib_spidev spi;
    char path[] = "/tmp/ib-bufsiz-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "65536\n", 6), 6);
    close(fd);
    struct ib_spidev_config config = {.path = "/dev/spidev0.0",
                                      .speed_hz = 1000000,
                                      .needed_bytes = 10004,
                                      .bufsiz_path = path,
                                      .door = fake_door(&fake)};
    assert_int_equal(ib_spidev_open(&spi, &config, problem, sizeof problem), IB_OK);
    assert_int_equal(ib_spidev_table(&spi).max_bytes, 65536);
    ib_spidev_close(&spi);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(fake.opens, 0);
}

static void test_spi_transfers(void **state) {
    (void)state;
    struct fake fake = {0};
    struct ib_spidev spi;
    static uint8_t buffer[5000];
    assert_int_equal(open_spi(&spi, "/dev/spidev0.0", &fake, 164), IB_OK);
    assert_int_equal(fake.mode, 3);
    assert_int_equal(fake.bits, 8);
    assert_int_equal(fake.speed_hz, 16000000);
    struct ib_spi bus = ib_spidev_table(&spi);
    assert_int_equal(bus.max_bytes, 4096);

    const uint8_t out[3] = {1, 2, 3};
    assert_int_equal(ib_spi_transfer(&bus, out, buffer, 3), IB_OK);
    assert_memory_equal(fake.sent, out, 3);
    assert_int_equal(buffer[2], 3 ^ 0x5A);
    assert_int_equal(fake.spi.speed_hz, 16000000);
    assert_int_equal(fake.spi.bits_per_word, 8);
    assert_int_equal(fake.spi.cs_change, 0);
    assert_int_equal(ib_spi_transfer(&bus, NULL, buffer, 164), IB_OK);
    assert_int_equal(buffer[163], 0x5A);
    assert_int_equal(ib_spi_transfer(&bus, out, NULL, 3), IB_OK);
    assert_int_equal(ib_spi_transfer(&bus, NULL, NULL, 4096), IB_OK); // clocks only
    assert_int_equal(ib_spi_transfer(&bus, NULL, buffer, 0), IB_OK);
    assert_int_equal(ib_spi_transfer(&bus, NULL, buffer, 4097), IB_E_INVAL);
    assert_int_equal(spi.failures, 0);

    fake.ioctl_errno = EIO;
    assert_int_equal(ib_spi_transfer(&bus, NULL, buffer, 164), IB_E_IO);
    assert_int_equal(spi.last_errno, EIO);
    fake.ioctl_errno = EMSGSIZE;
    assert_int_equal(ib_spi_transfer(&bus, NULL, buffer, 164), IB_E_INVAL);
    fake.ioctl_errno = 0;
    fake.short_by = 1;
    assert_int_equal(ib_spi_transfer(&bus, NULL, buffer, 164), IB_E_IO);
    assert_int_equal(spi.failures, 3);
    ib_spidev_close(&spi);
    assert_int_equal(fake.opens, 0);
}

// ---- I2C ----

static int open_i2c(struct ib_i2cdev *self, const char *path, struct fake *fake) {
    struct ib_i2cdev_config config = {.path = path};
    if (fake)
        config.door = fake_door(fake);
    problem[0] = '\0';
    return ib_i2cdev_open(self, &config, problem, sizeof problem);
}

static void test_i2c_problems(void **state) {
    (void)state;
    struct ib_i2cdev i2c;
    assert_int_equal(open_i2c(&i2c, "/dev/i2c-999", NULL), IB_E_NOT_FOUND);
    ASSERT_SAYS("/dev/i2c-999 does not exist: is I2C enabled");
    assert_int_equal(open_i2c(&i2c, "/dev/null", NULL), IB_E_UNSUPPORTED);
    ASSERT_SAYS("/dev/null is not an I2C adapter node");
    struct fake fake = {.open_errno = EACCES};
    assert_int_equal(open_i2c(&i2c, "/dev/i2c-1", &fake), IB_E_REFUSED);
    ASSERT_SAYS("usermod -aG i2c");
    fake = (struct fake){.smbus_only = true};
    assert_int_equal(open_i2c(&i2c, "/dev/i2c-1", &fake), IB_E_UNSUPPORTED);
    ASSERT_SAYS("only knows SMBus");
    assert_int_equal(fake.opens, 0);
}

static void test_i2c_transactions(void **state) {
    (void)state;
    struct fake fake = {0};
    struct ib_i2cdev i2c;
    assert_int_equal(open_i2c(&i2c, "/dev/i2c-1", &fake), IB_OK);
    assert_int_equal(fake.timeout_10ms, 10);
    struct ib_i2c bus = ib_i2cdev_table(&i2c);
    uint8_t address[2] = {0x00, 0x02};
    uint8_t answer[4] = {0};
    struct ib_i2c_part parts[2] = {{.data = address, .size = 2},
                                   {.data = answer, .size = 4, .read = 1}};
    assert_int_equal(ib_i2c_transfer(&bus, 0x2A, parts, 2), IB_OK);
    assert_int_equal(fake.message_count, 2);
    assert_int_equal(fake.messages[0].addr, 0x2A);
    assert_int_equal(fake.messages[0].flags, 0);
    assert_int_equal(fake.messages[0].len, 2);
    assert_ptr_equal(fake.messages[0].buf, address);
    assert_int_equal(fake.messages[1].flags, I2C_M_RD);
    assert_int_equal(answer[3], 0xC1);

    const struct {
        int error;
        int status;
    } answers[] = {{ENXIO, IB_E_NACK}, {EREMOTEIO, IB_E_NACK}, {ETIMEDOUT, IB_E_TIMEOUT},
                   {EAGAIN, IB_E_IO},  {EIO, IB_E_IO},         {EBUSY, IB_E_IO}};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        fake.ioctl_errno = answers[i].error;
        assert_int_equal(ib_i2c_transfer(&bus, 0x2A, parts, 2), answers[i].status);
        assert_int_equal(i2c.last_errno, answers[i].error);
    }
    fake.ioctl_errno = 0;
    fake.short_by = 1;
    assert_int_equal(ib_i2c_transfer(&bus, 0x2A, parts, 2), IB_E_IO);
    assert_int_equal(ib_i2c_transfer(&bus, 0x80, parts, 2), IB_E_INVAL);
    assert_int_equal(ib_i2c_transfer(&bus, 0x2A, parts, 0), IB_E_INVAL);
    assert_int_equal(ib_i2c_transfer(&bus, 0x2A, parts, 43), IB_E_INVAL);
    parts[0].size = 8193;
    assert_int_equal(ib_i2c_transfer(&bus, 0x2A, parts, 2), IB_E_INVAL);
    ib_i2cdev_close(&i2c);
    assert_int_equal(ib_i2c_transfer(&bus, 0x2A, parts, 1), IB_E_INVAL);
    assert_int_equal(fake.opens, 0);
}

// ---- GPIO ----

static int open_gpio(struct ib_gpiochip *self, const char *line, bool output, bool active_low,
                     struct fake *fake) {
    struct ib_gpiochip_config config = {
        .line = line, .output = output, .active_low = active_low, .initial = 1};
    if (fake)
        config.door = fake_door(fake);
    problem[0] = '\0';
    return ib_gpiochip_open(self, &config, problem, sizeof problem);
}

static void test_gpio_problems(void **state) {
    (void)state;
    struct ib_gpiochip gpio;
    assert_int_equal(open_gpio(&gpio, "gpiochip254:3", true, false, NULL), IB_E_NOT_FOUND);
    ASSERT_SAYS("GPIO gpiochip254:3: /dev/gpiochip254 does not exist");
    assert_int_equal(open_gpio(&gpio, "no-such-line-name", true, false, NULL), IB_E_NOT_FOUND);
    ASSERT_SAYS("no-such-line-name");
    const char *const nonsense[] = {"",
                                    "gpiochip0:",
                                    "gpiochip0:x",
                                    "gpiochip0:-1",
                                    "gpiochip:1",
                                    "/",
                                    "/dev/null",
                                    "gpiochip0:1 ",
                                    "gpiochip0: 1",
                                    "a-name-longer-than-the-thirty-one-characters"};
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        assert_int_equal(open_gpio(&gpio, nonsense[i], true, false, NULL), IB_E_INVAL);
        ASSERT_SAYS("is no GPIO line");
    }
    struct fake fake = {0};
    assert_int_equal(open_gpio(&gpio, "gpiochip0:4", true, false, &fake), IB_E_RANGE);
    ASSERT_SAYS("/dev/gpiochip0 has 4 lines");
    assert_int_equal(open_gpio(&gpio, "TWICE", true, false, &fake), IB_E_INVAL);
    ASSERT_SAYS("2 GPIO lines are named \"TWICE\"");
    assert_int_equal(open_gpio(&gpio, "ABSENT", true, false, &fake), IB_E_NOT_FOUND);
    ASSERT_SAYS("no GPIO line is named \"ABSENT\"");
    fake.line_busy = true;
    assert_int_equal(open_gpio(&gpio, "RESET", true, false, &fake), IB_E_BUSY);
    ASSERT_SAYS("GPIO RESET (/dev/gpiochip0 line 2) is in use by lepton-driver");
    fake = (struct fake){.open_errno = EACCES};
    assert_int_equal(open_gpio(&gpio, "RESET", true, false, &fake), IB_E_REFUSED);
    ASSERT_SAYS("usermod -aG gpio");
    assert_int_equal(open_gpio(&gpio, "gpiochip0:1", true, false, &fake), IB_E_REFUSED);
    assert_int_equal(fake.opens, 0);
}

static void test_gpio_output_active_low(void **state) {
    (void)state;
    struct fake fake = {0};
    struct ib_gpiochip gpio;
    assert_int_equal(open_gpio(&gpio, "POWER", true, true, &fake), IB_OK);
    assert_int_equal(fake.line.num_lines, 1);
    assert_int_equal(fake.line.offsets[0], 1);
    assert_string_equal(fake.line.consumer, "ironbow");
    assert_int_equal(fake.level_on_wire, 0); // logical 1 from the first moment on
    struct ib_gpio line = ib_gpiochip_table(&gpio);
    assert_int_equal(ib_gpio_get(&line), 1);
    assert_int_equal(ib_gpio_set(&line, 0), IB_OK);
    assert_int_equal(fake.level_on_wire, 1);
    assert_int_equal(ib_gpio_get(&line), 0);
    fake.ioctl_errno = EIO;
    assert_int_equal(ib_gpio_set(&line, 1), IB_E_IO);
    assert_int_equal(ib_gpio_get(&line), IB_E_IO);
    assert_int_equal(gpio.failures, 2);
    assert_int_equal(fake.opens, 1); // the line; the chip's node is closed
    ib_gpiochip_close(&gpio);
    assert_int_equal(fake.opens, 0);
}

static void test_gpio_input(void **state) {
    (void)state;
    struct fake fake = {.level_on_wire = 1};
    struct ib_gpiochip gpio;
    assert_int_equal(open_gpio(&gpio, "/dev/gpiochip3:0", false, false, &fake), IB_OK);
    assert_true(fake.line.config.flags & GPIO_V2_LINE_FLAG_INPUT);
    struct ib_gpio line = ib_gpiochip_table(&gpio);
    assert_int_equal(ib_gpio_get(&line), 1);
    assert_int_equal(ib_gpio_set(&line, 1), IB_E_UNSUPPORTED);
    ib_gpiochip_close(&gpio);
    assert_int_equal(fake.opens, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spi_nodes_that_are_none),
        cmocka_unit_test(test_spi_refusals_in_words),
        cmocka_unit_test(test_spi_buffer_size_is_read),
        cmocka_unit_test(test_spi_transfers),
        cmocka_unit_test(test_i2c_problems),
        cmocka_unit_test(test_i2c_transactions),
        cmocka_unit_test(test_gpio_problems),
        cmocka_unit_test(test_gpio_output_active_low),
        cmocka_unit_test(test_gpio_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
