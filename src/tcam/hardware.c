/// The hardware interface's image: a packet on the slave SPI port, announced on the serial line.
///
/// The packet: 0x02, the image JSON, 0 to 3 blanks, 0x03, then the 32-bit sum of all of these bytes,
/// high byte first. The blanks make the whole a multiple of 4 bytes, so that the checksum is both
/// right behind the text, as the README draws it, and in the last 4 bytes of `image_ready`, where
/// its readers look for it. The serial line is not here: an announcement is a reply like any other.
/// Source:  tCam-Mini README, "Hardware Interface" and "image_ready response".
#include <string.h>

#include "core/status.h"
#include "tcam/engine.h"

#define READ_PATIENCE_US 1000000
#define CHECKSUM_BYTES 4
/// A dead port is set up again now and then: whoever heals it need not restart the camera.
#define REVIVE_US 5000000

static const char setup_failed[] = "Setup SPI Slave failed - images disabled";
static const char restart_failed[] = "SPI Slave restart error - images disabled";

static uint32_t sum_of(const uint8_t *bytes, size_t size) {
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    return sum;
}

/// `packet` is framed: its last byte is the end delimiter.
static void lay_out(struct ib_tcam_slave *slave, const char *packet, size_t size) {
    size_t blanks = (0u - size) % 4; // the checksum is 4 itself
    memcpy(slave->packet, packet, size - 1);
    memset(slave->packet + size - 1, ' ', blanks);
    size_t framed = size + blanks;
    slave->packet[framed - 1] = IB_TCAM_END;
    uint32_t sum = sum_of(slave->packet, framed);
    for (unsigned i = 0; i < CHECKSUM_BYTES; i++)
        slave->packet[framed + i] = (uint8_t)(sum >> (24 - 8 * i));
    slave->size = framed + CHECKSUM_BYTES;
}

/// The port does not work; the client is told as soon as no other reply waits.
static void give_up(struct ib_tcam_session *self, const char *text) {
    struct ib_tcam_slave *slave = self->tcam->slave;
    slave->armed = false;
    slave->dead = true;
    slave->deadline_us = 0;
    slave->say = text;
    ib_log(self->tcam->log, IB_LOG_ERROR, "tcam", text);
}

/// Return: whether the port can be used again.
static bool restart(struct ib_tcam_session *self, const char *or_say) {
    struct ib_tcam_slave *slave = self->tcam->slave;
    slave->armed = false;
    if (slave->port->ops->restart(slave->port->context) == IB_OK)
        return true;
    give_up(self, or_say);
    return false;
}

/// The packet onto the port; a port that does not take it gets one restart.
static bool arm(struct ib_tcam_session *self) {
    struct ib_tcam_slave *slave = self->tcam->slave;
    const struct ib_spi_slave *port = slave->port;
    const char *text = slave->sent + slave->timeouts ? restart_failed : setup_failed;
    if (port->ops->arm(port->context, slave->packet, slave->size) == IB_OK)
        return true;
    if (!restart(self, text))
        return false;
    if (port->ops->arm(port->context, slave->packet, slave->size) == IB_OK)
        return true;
    give_up(self, text);
    return false;
}

static void announce(struct ib_tcam_session *self) {
    struct ib_json_writer json;
    ib_tcam_reply_begin(self, &json);
    ib_json_put_int(&json, "image_ready", (int64_t)self->tcam->slave->size);
    ib_tcam_reply_finish(self, &json);
}

void ib_tcam_hardware_image(struct ib_tcam_session *self, uint64_t now_us) {
    struct ib_tcam *tcam = self->tcam;
    struct ib_tcam_slave *slave = tcam->slave;
    if (!slave || slave->dead || tcam->packet_size == 0)
        return;
    if (slave->armed || self->reply_size) {
        slave->dropped++;
        return;
    }
    lay_out(slave, tcam->packet, tcam->packet_size);
    if (!arm(self)) {
        slave->dropped++;
        return;
    }
    slave->armed = true;
    slave->deadline_us = now_us + READ_PATIENCE_US;
    announce(self);
}

/// Whether the transaction is over; the port's failure counts as a time-out that came early.
static void look(struct ib_tcam_session *self, uint64_t now_us) {
    struct ib_tcam_slave *slave = self->tcam->slave;
    int over = slave->port->ops->poll(slave->port->context);
    if (over > 0) {
        slave->armed = false;
        slave->sent++;
    } else if (over < 0 || now_us >= slave->deadline_us) {
        slave->timeouts++;
        ib_log(self->tcam->log, IB_LOG_WARNING, "tcam", "image not read from the SPI port");
        restart(self, restart_failed);
    }
}

static void revive(struct ib_tcam_session *self, uint64_t now_us) {
    struct ib_tcam_slave *slave = self->tcam->slave;
    bool first = slave->deadline_us == 0;
    if (now_us < slave->deadline_us)
        return;
    slave->deadline_us = now_us + REVIVE_US;
    if (first || slave->port->ops->restart(slave->port->context) != IB_OK)
        return;
    slave->dead = false;
    ib_log(self->tcam->log, IB_LOG_INFO, "tcam", "the SPI port works again");
}

void ib_tcam_hardware_step(struct ib_tcam_session *self, uint64_t now_us) {
    struct ib_tcam_slave *slave = self->tcam->slave;
    if (!slave)
        return;
    if (slave->armed)
        look(self, now_us);
    else if (slave->dead)
        revive(self, now_us);
    if (slave->say && self->reply_size == 0) {
        ib_tcam_reply_info(self, IB_TCAM_INTERNAL, slave->say);
        slave->say = NULL;
    }
}
