/// The hardware interface: anything on the serial line, a controller that clocks the slave SPI port
/// whenever and as far as it likes. Whatever goes out on the line is framed JSON; an image is only
/// said to be ready when it lies there whole, with its checksum.
#include "core/bytes.h"
#include "sim/spi_slave.h"
#include "tcam_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ib_sim_spi_slave port;
static struct ib_tcam_slave slave;
static uint8_t taken[65536];

static void pull(bool busy) {
    struct ib_tcam_chunk chunk;
    struct ib_json_value value, ready;
    int32_t bytes = 0;
    ib_tcam_session_pull(&session, now_us, busy, &chunk);
    IB_ASSERT(!chunk.image && !chunk.hang_up && !(busy && chunk.size));
    if (!chunk.size)
        return;
    IB_ASSERT(chunk.bytes[0] == 2 && chunk.bytes[chunk.size - 1] == 3 &&
              ib_json_parse(&value, chunk.bytes + 1, chunk.size - 2) == IB_OK);
    if (ib_json_member(&value, "image_ready", &ready) != IB_OK)
        return;
    IB_ASSERT(ib_json_int(&ready, &bytes) == IB_OK && bytes % 4 == 0);
    IB_ASSERT(slave.armed && slave.size == (size_t)bytes);
    uint32_t sum = 0;
    for (int32_t i = 0; i < bytes - 4; i++)
        sum += slave.packet[i];
    const uint8_t *tail = slave.packet + bytes - 4;
    IB_ASSERT(((uint32_t)ib_get_be16(tail) << 16 | ib_get_be16(tail + 2)) == sum);
}

static void publish(void) {
    struct ib_frame *frame = ib_hub_claim(&hub);
    IB_ASSERT(frame);
    frame->width_px = 160;
    frame->height_px = 120;
    frame->captured_us = now_us;
    frame->flags = 0;
    ib_hub_publish(&hub, frame);
}

static void around(uint8_t byte) {
    if (byte == 4)
        publish();
    else if (byte == 5) // one transaction of some length
        (void)ib_sim_spi_slave_transfer(&port, taken, slave.size ? slave.size : 1, 7000000);
    else if (byte == 6)
        (void)ib_sim_spi_slave_transfer(&port, taken, 100, 8000000);
    else if (byte == 7)
        answer(IB_OK);
    else if (byte == 0x0B)
        now_us += 300000;
    else if (byte == 0x0C)
        ib_sim_spi_slave_fault(&port, port.fault == IB_SIM_SPI_SLAVE_DEAD ? IB_SIM_SPI_SLAVE_WELL
                                                                          : IB_SIM_SPI_SLAVE_DEAD);
    else
        pull(byte == 0x0F);
    rig_step();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct ib_spi_slave door;
    rig_start();
    ib_sim_spi_slave_init(&port, 1);
    door = ib_sim_spi_slave_port(&port);
    memset(&slave, 0, sizeof slave);
    slave.port = &door;
    tcam.slave = &slave;
    ib_tcam_session_serial(&session);
    for (size_t i = 0; i < size; i++) {
        if (data[i] && memchr("\4\5\6\7\xB\xC\xE\xF", data[i], 8))
            around(data[i]);
        else if (!ib_tcam_session_feed(&session, &data[i], 1, now_us))
            pull(false);
    }
    answer(IB_E_CANCELLED);
    IB_ASSERT(ib_tcam_session_close(&session));
    return 0;
}
