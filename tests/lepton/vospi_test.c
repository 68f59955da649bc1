/// The VoSPI assembler, packet by packet: what makes a frame, what spoils one, and what the counters
/// say about it.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/bytes.h"
#include "core/status.h"
#include "drivers/lepton/vospi.h"
#include "tests/lepton/support_stream.h"

static struct stream stream;
static struct ib_vospi vospi;
static uint16_t pixels[2][STREAM_PX];
static struct ib_frame frames[2];
static unsigned events[6]; // how often each came

static void begin(bool large, enum ib_source_telemetry telemetry) {
    const struct ib_source_format format = {large ? 160 : 80, large ? 120 : 60, (uint8_t)telemetry};
    stream_init(&stream, large, telemetry);
    assert_int_equal(ib_vospi_init(&vospi, &format), IB_OK);
    memset(frames, 0, sizeof frames);
    for (int i = 0; i < 2; i++) {
        memset(pixels[i], 0xEE, sizeof pixels[i]);
        frames[i].pixels = pixels[i];
        frames[i].capacity_px = large ? STREAM_PX : 80 * 60;
    }
    memset(events, 0, sizeof events);
    ib_vospi_target(&vospi, &frames[0]);
}

static enum ib_vospi_event feed(const uint8_t *packet) {
    enum ib_vospi_event event = ib_vospi_feed(&vospi, packet);
    events[event]++;
    return event;
}

static enum ib_vospi_event feed_packet(uint32_t unit, unsigned number) {
    uint8_t packet[STREAM_BYTES];
    stream_packet(&stream, unit, number, packet);
    return feed(packet);
}

static enum ib_vospi_event feed_from(uint32_t unit, unsigned number) {
    enum ib_vospi_event last = IB_VOSPI_MORE;
    while (number < stream_packets_per_unit(&stream))
        last = feed_packet(unit, number++);
    return last;
}

static enum ib_vospi_event feed_unit(uint32_t unit) {
    return feed_from(unit, 0);
}

/// A unit whose packet 20 claims to be segment `segment`.
static enum ib_vospi_event feed_as(uint32_t unit, unsigned segment) {
    enum ib_vospi_event last = IB_VOSPI_MORE;
    for (unsigned number = 0; number < stream_packets_per_unit(&stream); number++) {
        uint8_t packet[STREAM_BYTES];
        stream_packet(&stream, unit, number, packet);
        if (number == 20)
            packet[0] = (uint8_t)((packet[0] & 0x0F) | segment << 4);
        last = feed(packet);
    }
    return last;
}

/// Units `from` to `to`; whatever frame completes must be exact. Return: frames.
static unsigned feed_units(uint32_t from, uint32_t to) {
    unsigned complete = 0;
    for (uint32_t unit = from; unit <= to; unit++) {
        if (feed_unit(unit) != IB_VOSPI_FRAME)
            continue;
        uint32_t counter = stream_counter_of(&stream, stream_frame_of(&stream, unit));
        for (unsigned i = 0; i < (stream.large ? 19200u : 4800u); i++)
            assert_int_equal(pixels[0][i], stream_pixel(&stream, counter, i));
        complete++;
        ib_vospi_target(&vospi, &frames[0]);
    }
    return complete;
}

// ---- What a good stream gives ----

static void vectors_of_the_crc(void **state) {
    // Header number n and a payload of zeros, of 0..79, of 30000s; computed apart from this code.
    static const struct {
        unsigned number, kind, crc;
    } vectors[] = {
        {0, 0, 0x0000},  {1, 0, 0x654C}, {20, 0, 0xB117}, {59, 0, 0xE9DD},
        {60, 0, 0xC318}, {0, 1, 0x8C08}, {1, 1, 0xE944},  {20, 1, 0x3D1F},
        {59, 1, 0x65D5}, {0, 2, 0x0021}, {20, 2, 0xB136},
    };
    (void)state;
    for (size_t v = 0; v < sizeof vectors / sizeof vectors[0]; v++) {
        for (int flip = 0; flip < 2; flip++) {
            begin(true, IB_TELEMETRY_FOOTER);
            uint8_t packet[STREAM_BYTES] = {0};
            ib_put_be16(packet, (uint16_t)(vectors[v].number | 0x7000));
            ib_put_be16(packet + 2, (uint16_t)vectors[v].crc);
            for (unsigned i = 0; i < 80; i++)
                ib_put_be16(packet + 4 + 2 * i, (uint16_t)(vectors[v].kind == 1   ? i
                                                           : vectors[v].kind == 2 ? 30000
                                                                                  : 0));
            if (flip)
                packet[100] ^= 0x20;
            feed(packet);
            assert_int_equal(vospi.counters.bad_crc, flip);
        }
    }
}

static void every_bit_is_guarded(void **state) {
    (void)state;
    uint8_t packet[STREAM_BYTES];
    for (unsigned bit = 0; bit < STREAM_BYTES * 8; bit++) {
        begin(false, IB_TELEMETRY_OFF);
        stream_packet(&stream, 0, 0, packet);
        packet[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
        enum ib_vospi_event event = feed(packet);
        // The top four bits are outside the CRC, and mean nothing here.
        assert_int_equal(event, bit < 4 ? IB_VOSPI_MORE : IB_VOSPI_BAD);
    }
}

static void healthy_160x120(void **state) {
    static const enum ib_source_telemetry modes[] = {IB_TELEMETRY_OFF, IB_TELEMETRY_HEADER,
                                                     IB_TELEMETRY_FOOTER};
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        begin(true, modes[m]);
        stream.tlinear = true;
        stream.fine = true;
        assert_int_equal(feed_units(0, 12 * 5 - 1), 5);
        assert_int_equal(vospi.counters.frames, 5);
        assert_int_equal(vospi.counters.units, 60);
        assert_int_equal(vospi.counters.fillers, 40);
        assert_int_equal(vospi.counters.packets, 60 * stream_packets_per_unit(&stream));
        assert_int_equal(vospi.counters.bad_crc + vospi.counters.bad_order +
                             vospi.counters.dropped + vospi.counters.discards,
                         0);
        assert_int_equal(events[IB_VOSPI_UNIT], 15);
        assert_int_equal(events[IB_VOSPI_FILLER], 40);
        assert_int_equal(events[IB_VOSPI_FRAME], 5);
        assert_int_equal(events[IB_VOSPI_BAD], 0);
        assert_int_equal(frames[0].width_px, 160);
        assert_int_equal(frames[0].height_px, 120);
        if (modes[m] == IB_TELEMETRY_OFF) {
            assert_int_equal(frames[0].flags, IB_FRAME_CRC_OK);
            assert_int_equal(frames[0].unit, IB_UNIT_COUNTS);
            assert_int_equal(frames[0].gain, IB_GAIN_UNKNOWN);
            assert_int_equal(frames[0].fpa_ck, 0);
            continue;
        }
        assert_int_equal(frames[0].flags, IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY);
        assert_int_equal(frames[0].source_counter, 4);
        assert_int_equal(frames[0].uptime_ms,
                         5000 + 9 * (modes[m] == IB_TELEMETRY_HEADER ? 48u : 51u));
        assert_int_equal(frames[0].fpa_ck, 30615);
        assert_int_equal(frames[0].housing_ck, 30425);
        assert_int_equal(frames[0].unit, IB_UNIT_KELVIN);
        assert_int_equal(frames[0].scale_ck, 1);
        assert_int_equal(frames[0].gain, IB_GAIN_HIGH);
        assert_int_equal(frames[0].ffc_state, IB_FFC_DONE);
        assert_int_equal(frames[0].telemetry[0], 14);
        assert_int_equal(frames[0].telemetry[160 + 48], 1);
    }
}

static void healthy_80x60(void **state) {
    static const enum ib_source_telemetry modes[] = {IB_TELEMETRY_OFF, IB_TELEMETRY_HEADER,
                                                     IB_TELEMETRY_FOOTER};
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        begin(false, modes[m]);
        assert_int_equal(feed_units(0, 3 * 7 - 1), 7);
        assert_int_equal(vospi.counters.units, 21);
        assert_int_equal(vospi.counters.fillers, 14);
        assert_int_equal(vospi.counters.bad_order + vospi.counters.dropped, 0);
        assert_int_equal(frames[0].width_px, 80);
        assert_int_equal(frames[0].source_counter, modes[m] == IB_TELEMETRY_OFF ? 0 : 6);
        assert_false(frames[0].flags & IB_FRAME_AFTER_GAP);
    }
}

static void discards_may_come_anywhere(void **state) {
    (void)state;
    uint8_t discard[STREAM_BYTES];
    begin(true, IB_TELEMETRY_FOOTER);
    for (uint32_t unit = 0; unit < 4; unit++) {
        for (unsigned number = 0; number < 61; number++) {
            for (unsigned i = 0; i < number % 3; i++) {
                memset(discard, (int)(unit * 61 + number), sizeof discard);
                discard[0] |= 0x0F;
                assert_int_equal(feed(discard), IB_VOSPI_DISCARD);
            }
            feed_packet(unit, number);
        }
    }
    assert_int_equal(events[IB_VOSPI_FRAME], 1);
    assert_int_equal(vospi.counters.discards, 4 * 60);
}

static void status_bits_become_flags(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_HEADER);
    stream.tlinear = true;
    stream.status = 1u << 3 | 1u << 15 | 1u << 20;
    assert_int_equal(feed_units(0, 11), 1);
    assert_int_equal(frames[0].flags, IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY | IB_FRAME_FFC_DESIRED |
                                          IB_FRAME_LOCKOUT | IB_FRAME_OVER_TEMP);
    assert_int_equal(frames[0].unit, IB_UNIT_KELVIN);
    assert_int_equal(frames[0].scale_ck, 10);
    stream.status = 1u << 12;
    assert_int_equal(feed_units(12, 23), 1);
    assert_int_equal(frames[0].unit, IB_UNIT_GREY8);
    assert_int_equal(frames[0].scale_ck, 0);
    assert_int_equal(frames[0].agc, 1);
}

/// During an FFC the module sends its last picture again: once it is news (the state), then not.
static void a_frozen_picture_comes_once(void **state) {
    (void)state;
    for (int large = 0; large < 2; large++) {
        begin(large, IB_TELEMETRY_FOOTER);
        uint32_t units = large ? 12 : 3;
        stream.freeze_from = 3;
        stream.freeze_to = 9;
        assert_int_equal(feed_units(0, 3 * units - 1), 3);
        assert_int_equal(frames[0].flags & IB_FRAME_FFC, 0);
        assert_int_equal(feed_units(3 * units, 9 * units - 1), 1);
        assert_true(frames[0].flags & IB_FRAME_FFC);
        assert_int_equal(frames[0].ffc_state, IB_FFC_RUNNING);
        assert_int_equal(frames[0].source_counter, 2);
        assert_false(frames[0].flags & IB_FRAME_AFTER_GAP);
        assert_int_equal(feed_units(9 * units, 10 * units - 1), 1);
        assert_int_equal(frames[0].flags, IB_FRAME_CRC_OK | IB_FRAME_TELEMETRY);
        assert_int_equal(frames[0].source_counter, 3);
        assert_int_equal(vospi.counters.dropped + vospi.counters.bad_order, 0);
    }
}

static void a_constant_scene_goes_on(void **state) {
    (void)state;
    begin(false, IB_TELEMETRY_OFF);
    stream.constant = true;
    assert_int_equal(feed_units(0, 29), 10);
    assert_int_equal(vospi.counters.fillers, 20);
}

// ---- What spoils a frame ----

static void a_bad_crc_costs_one_frame(void **state) {
    (void)state;
    for (uint32_t unit = 0; unit < 12; unit++) {
        for (unsigned number = 0; number < 61; number++) {
            uint8_t packet[STREAM_BYTES];
            begin(true, IB_TELEMETRY_FOOTER);
            feed_unit(11); // an invalid one first: now the place in the stream is known
            for (uint32_t u = 0; u < unit; u++)
                if (feed_unit(u) == IB_VOSPI_FRAME)
                    ib_vospi_target(&vospi, &frames[0]);
            for (unsigned n = 0; n < number; n++)
                feed_packet(unit, n);
            stream_packet(&stream, unit, number, packet);
            packet[17] ^= 1;
            assert_int_equal(feed(packet), IB_VOSPI_BAD);
            if (number < 60)
                feed_from(unit, number + 1);
            // In step all the while: the next frame is whole.
            unsigned first = unit < 4 ? 0 : 1;
            assert_int_equal(events[IB_VOSPI_FRAME], first);
            assert_int_equal(feed_units(unit + 1, 23), 1);
            assert_int_equal(frames[0].source_counter, 1);
            assert_int_equal(vospi.counters.bad_crc, 1);
            assert_int_equal(vospi.counters.bad_order, 0);
            assert_int_equal(events[IB_VOSPI_BAD], 1);
            // Nothing is lost when it hit an invalid segment.
            assert_int_equal(vospi.counters.dropped, unit < 4 ? 1 : 0);
            assert_int_equal(vospi.counters.units, 24);
        }
    }
}

static void a_missing_packet_costs_one_frame(void **state) {
    (void)state;
    for (uint32_t unit = 0; unit < 5; unit++) {
        for (unsigned number = 0; number < 61; number++) {
            begin(true, IB_TELEMETRY_FOOTER);
            feed_unit(11); // an invalid one first: now the place in the stream is known
            for (uint32_t u = 0; u < unit; u++)
                if (feed_unit(u) == IB_VOSPI_FRAME)
                    ib_vospi_target(&vospi, &frames[0]);
            for (unsigned n = 0; n < 61; n++)
                if (n != number)
                    feed_packet(unit, n);
            assert_int_equal(events[IB_VOSPI_FRAME], unit < 4 ? 0 : 1);
            assert_int_equal(feed_units(unit + 1, 23), 1);
            assert_int_equal(vospi.counters.bad_order, 1);
            assert_int_equal(vospi.counters.bad_crc, 0);
            assert_int_equal(vospi.counters.dropped, unit < 4 ? 1 : 0);
        }
    }
}

static void a_repeated_packet_costs_one_frame(void **state) {
    (void)state;
    for (unsigned number = 0; number < 61; number++) {
        begin(true, IB_TELEMETRY_FOOTER);
        feed_unit(0);
        for (unsigned n = 0; n <= number; n++)
            feed_packet(1, n);
        assert_int_equal(feed_packet(1, number), IB_VOSPI_BAD);
        feed_from(1, number + 1);
        feed_unit(2);
        feed_unit(3);
        assert_int_equal(events[IB_VOSPI_FRAME], 0);
        assert_int_equal(feed_units(4, 23), 1);
        assert_int_equal(vospi.counters.dropped, 1);
        assert_int_equal(vospi.counters.bad_order, 1);
    }
}

static void only_the_right_order_makes_a_frame(void **state) {
    (void)state;
    // All orders of four segments out of 0..7 but the one.
    for (unsigned order = 0; order < 4096; order++) {
        unsigned s[4] = {order & 7, order >> 3 & 7, order >> 6 & 7, order >> 9 & 7};
        begin(true, IB_TELEMETRY_OFF);
        feed_unit(4);
        for (uint32_t i = 0; i < 4; i++)
            feed_as(i, s[i]);
        bool right = s[0] == 1 && s[1] == 2 && s[2] == 3 && s[3] == 4;
        assert_int_equal(events[IB_VOSPI_FRAME], right);
        if (right)
            assert_int_equal(vospi.counters.bad_order, 0);
        if (!right && s[0])
            assert_true(vospi.counters.bad_order > 0 || s[3] < 4);
        ib_vospi_target(&vospi, &frames[0]);
        assert_int_equal(feed_units(11, 23), 1);
    }
}

static void wrong_orders_are_counted_once(void **state) {
    static const struct {
        unsigned order[8];
        unsigned bad_order, dropped;
    } rows[] = {
        {{1, 2, 4, 3, 0, 0, 0, 0}, 1, 1},
        {{1, 2, 3, 0, 0, 0, 0, 0}, 1, 1}, // cut short by an invalid segment
        {{1, 0, 2, 3, 4, 0, 0, 0}, 2, 2}, // ... and what follows lacks its beginning
        {{2, 3, 4, 0, 0, 0, 0, 0}, 1, 1}, // the beginning is missing
        {{1, 2, 2, 3, 4, 0, 0, 0}, 1, 1},
        {{1, 1, 2, 3, 4, 0, 0, 0}, 1, 1}, // ... but the second beginning is good
        {{1, 2, 7, 3, 4, 0, 0, 0}, 1, 1}, // no such segment
    };
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        begin(true, IB_TELEMETRY_OFF);
        feed_unit(4);
        for (unsigned i = 0; i < 8; i++)
            feed_as(i, rows[r].order[i]);
        print_message("row %zu\n", r);
        assert_int_equal(vospi.counters.bad_order, rows[r].bad_order);
        assert_int_equal(vospi.counters.dropped, rows[r].dropped);
        assert_int_equal(events[IB_VOSPI_FRAME], r == 5 ? 1 : 0);
    }
}

static void joining_in_the_middle_is_no_fault(void **state) {
    (void)state;
    for (uint32_t unit = 0; unit < 12; unit++) {
        begin(true, IB_TELEMETRY_FOOTER);
        assert_int_equal(feed_units(unit, 23), unit == 0 ? 2 : 1);
        assert_int_equal(vospi.counters.bad_order + vospi.counters.dropped, 0);
    }
}

static void a_filler_touches_nothing(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    feed_unit(0);
    for (uint32_t unit = 4; unit < 12; unit++)
        feed_unit(unit);
    for (unsigned i = 61 * 80; i < STREAM_PX; i++)
        assert_int_equal(pixels[0][i], 0xEEEE);
    for (unsigned i = 0; i < 61 * 80; i++)
        assert_int_equal(pixels[0][i], stream_pixel(&stream, 0, i));
}

static void dead_lines_make_no_frame(void **state) {
    (void)state;
    uint8_t packet[STREAM_BYTES] = {0};
    for (int large = 0; large < 2; large++) {
        begin(large, IB_TELEMETRY_OFF);
        memset(packet, 0, sizeof packet);
        for (unsigned i = 0; i < 1000; i++)
            assert_int_equal(feed(packet), i == 0 ? IB_VOSPI_MORE : IB_VOSPI_BAD);
        assert_int_equal(vospi.counters.bad_order, 999);
        assert_int_equal(vospi.counters.units, 0);
        memset(packet, 0xFF, sizeof packet);
        for (unsigned i = 0; i < 1000; i++)
            assert_int_equal(feed(packet), IB_VOSPI_DISCARD);
        assert_int_equal(feed_units(large ? 12 : 3, large ? 23 : 5), 1);
    }
}

static void a_shifted_stream_makes_no_frame(void **state) {
    (void)state;
    static uint8_t bytes[24 * 61 * STREAM_BYTES];
    begin(true, IB_TELEMETRY_FOOTER);
    for (uint32_t unit = 0; unit < 24; unit++)
        for (unsigned n = 0; n < 61; n++)
            stream_packet(&stream, unit, n, bytes + (unit * 61 + n) * STREAM_BYTES);
    for (size_t shift = 1; shift < STREAM_BYTES; shift += 9) {
        begin(true, IB_TELEMETRY_FOOTER);
        for (size_t i = 0; i + 1 < 24 * 61; i++)
            feed(bytes + i * STREAM_BYTES + shift);
        assert_int_equal(events[IB_VOSPI_FRAME] + events[IB_VOSPI_UNIT], 0);
        assert_true(vospi.counters.bad_crc > 1000);
    }
}

static void a_wrong_format_makes_no_frame(void **state) {
    static const struct {
        enum ib_source_telemetry said, is;
    } rows[6] = {
        {IB_TELEMETRY_OFF, IB_TELEMETRY_FOOTER},    {IB_TELEMETRY_FOOTER, IB_TELEMETRY_OFF},
        {IB_TELEMETRY_HEADER, IB_TELEMETRY_FOOTER}, {IB_TELEMETRY_FOOTER, IB_TELEMETRY_HEADER},
        {IB_TELEMETRY_OFF, IB_TELEMETRY_HEADER},    {IB_TELEMETRY_HEADER, IB_TELEMETRY_OFF},
    };
    (void)state;
    for (int large = 0; large < 2; large++) {
        for (size_t r = 0; r < 6; r++) {
            begin(large, rows[r].said);
            stream.telemetry = rows[r].is;
            uint32_t units = large ? 36 : 9;
            for (uint32_t unit = 0; unit < units; unit++)
                feed_unit(unit);
            print_message("large %d row %zu\n", large, r);
            // That an 80x60 unit is too long shows only after the first one ended.
            if (!large && rows[r].said == IB_TELEMETRY_OFF)
                assert_int_equal(events[IB_VOSPI_FRAME], 1);
            else
                assert_int_equal(events[IB_VOSPI_FRAME], 0);
        }
    }
}

// ---- Telemetry counters ----

static void counters_must_go_forward(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    stream_fault(&stream, STREAM_COUNTER, 27, 0, (uint32_t)-2); // frame 2 says 0
    for (uint32_t unit = 0; unit < 27; unit++)
        if (feed_unit(unit) == IB_VOSPI_FRAME)
            ib_vospi_target(&vospi, &frames[0]);
    assert_int_equal(feed_unit(27), IB_VOSPI_BAD);
    assert_int_equal(vospi.counters.frames, 2);
    assert_int_equal(vospi.counters.dropped, 1);
    assert_int_equal(feed_units(28, 47), 1);
    assert_int_equal(frames[0].source_counter, 3);
    assert_true(frames[0].flags & IB_FRAME_AFTER_GAP);
}

static void a_reboot_may_count_from_zero(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    assert_int_equal(feed_units(1200, 1223), 2);
    assert_int_equal(feed_units(12, 23), 1); // uptime is less, too
    assert_int_equal(frames[0].source_counter, 1);
    assert_true(frames[0].flags & IB_FRAME_AFTER_GAP);
    assert_int_equal(vospi.counters.dropped, 0);
}

static void counters_wrap(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    for (uint32_t frame = 0; frame < 3; frame++)
        stream_fault(&stream, STREAM_COUNTER, 12 * frame + 3, 0, UINT32_MAX - 1);
    unsigned complete = 0;
    for (uint32_t unit = 0; unit < 36; unit++) {
        if (feed_unit(unit) != IB_VOSPI_FRAME)
            continue;
        assert_int_equal(frames[0].source_counter, UINT32_MAX - 1 + complete++);
        assert_false(frames[0].flags & IB_FRAME_AFTER_GAP);
        ib_vospi_target(&vospi, &frames[0]);
    }
    assert_int_equal(complete, 3);
}

static void a_gap_is_marked(void **state) {
    (void)state;
    for (int telemetry = 0; telemetry < 2; telemetry++) {
        begin(true, telemetry ? IB_TELEMETRY_FOOTER : IB_TELEMETRY_OFF);
        assert_int_equal(feed_units(0, 13), 1);
        assert_false(frames[0].flags & IB_FRAME_AFTER_GAP);
        feed_unit(12 + 3);
        assert_int_equal(feed_units(16, 27), 1);
        assert_true(frames[0].flags & IB_FRAME_AFTER_GAP);
        assert_int_equal(feed_units(28, 47), 1);
        assert_false(frames[0].flags & IB_FRAME_AFTER_GAP);
    }
    // Of three copies two may be lost.
    begin(false, IB_TELEMETRY_OFF);
    assert_int_equal(feed_units(0, 2), 1);
    for (uint32_t unit = 3; unit < 5; unit++)
        for (unsigned n = 1; n < 60; n++)
            feed_packet(unit, n);
    assert_int_equal(feed_units(5, 5), 1);
    assert_false(frames[0].flags & IB_FRAME_AFTER_GAP);
    assert_int_equal(vospi.counters.dropped, 2);
}

// ---- Targets ----

static void without_a_target_it_keeps_in_step(void **state) {
    (void)state;
    for (int large = 0; large < 2; large++) {
        begin(large, IB_TELEMETRY_FOOTER);
        uint32_t units = large ? 12 : 3;
        assert_int_equal(feed_units(0, units - 1), 1);
        ib_vospi_target(&vospi, NULL);
        for (uint32_t unit = units; unit < 2 * units; unit++)
            feed_unit(unit);
        assert_int_equal(vospi.counters.frames, 1);
        assert_int_equal(vospi.counters.dropped, large ? 1 : 3);
        assert_int_equal(vospi.counters.bad_order, 0);
        ib_vospi_target(&vospi, &frames[0]);
        assert_int_equal(feed_units(2 * units, 3 * units - 1), 1);
        assert_true(frames[0].flags & IB_FRAME_AFTER_GAP);
    }
    // The copies that follow a missed one are still good.
    begin(false, IB_TELEMETRY_FOOTER);
    ib_vospi_target(&vospi, NULL);
    feed_unit(0);
    ib_vospi_target(&vospi, &frames[0]);
    assert_int_equal(feed_units(1, 2), 1);
    assert_int_equal(frames[0].source_counter, 0);
}

static void changing_the_target_spoils_the_frame(void **state) {
    (void)state;
    for (unsigned at = 0; at < 4 * 61; at++) {
        begin(true, IB_TELEMETRY_FOOTER);
        feed_unit(4);
        for (unsigned n = 0; n < 4 * 61; n++) {
            if (n == at)
                ib_vospi_target(&vospi, &frames[1]);
            feed_packet(n / 61, n % 61);
        }
        // Before packet 20 of segment 1 nothing has been stored anywhere.
        assert_int_equal(events[IB_VOSPI_FRAME], at <= 20 ? 1 : 0);
        assert_int_equal(vospi.counters.dropped, at <= 20 ? 0 : 1);
        if (at <= 20)
            assert_memory_equal(frames[1].telemetry, vospi.telemetry, sizeof frames[1].telemetry);
    }
    begin(false, IB_TELEMETRY_OFF);
    feed_packet(0, 0);
    ib_vospi_target(&vospi, &frames[1]);
    feed_from(0, 1);
    assert_int_equal(events[IB_VOSPI_FRAME], 0);
}

static void a_reset_forgets_what_was_begun(void **state) {
    (void)state;
    begin(true, IB_TELEMETRY_FOOTER);
    feed_unit(4);
    feed_unit(0);
    feed_unit(1);
    ib_vospi_reset(&vospi);
    feed_unit(2);
    feed_unit(3);
    assert_int_equal(events[IB_VOSPI_FRAME], 0);
    assert_int_equal(vospi.counters.bad_order, 0);
    assert_int_equal(feed_units(12, 23), 1);
    ib_vospi_reset(&vospi); // the same frame again is still no news
    assert_int_equal(feed_units(12, 23), 0);
}

static void other_sizes_are_refused(void **state) {
    static const struct ib_source_format formats[] = {{160, 60, 0},  {80, 120, 0},  {0, 0, 0},
                                                      {320, 240, 0}, {160, 120, 3}, {160, 122, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        assert_int_equal(ib_vospi_init(&vospi, &formats[i]), IB_E_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_crc),
        cmocka_unit_test(every_bit_is_guarded),
        cmocka_unit_test(healthy_160x120),
        cmocka_unit_test(healthy_80x60),
        cmocka_unit_test(discards_may_come_anywhere),
        cmocka_unit_test(status_bits_become_flags),
        cmocka_unit_test(a_frozen_picture_comes_once),
        cmocka_unit_test(a_constant_scene_goes_on),
        cmocka_unit_test(a_bad_crc_costs_one_frame),
        cmocka_unit_test(a_missing_packet_costs_one_frame),
        cmocka_unit_test(a_repeated_packet_costs_one_frame),
        cmocka_unit_test(only_the_right_order_makes_a_frame),
        cmocka_unit_test(wrong_orders_are_counted_once),
        cmocka_unit_test(joining_in_the_middle_is_no_fault),
        cmocka_unit_test(a_filler_touches_nothing),
        cmocka_unit_test(dead_lines_make_no_frame),
        cmocka_unit_test(a_shifted_stream_makes_no_frame),
        cmocka_unit_test(a_wrong_format_makes_no_frame),
        cmocka_unit_test(counters_must_go_forward),
        cmocka_unit_test(a_reboot_may_count_from_zero),
        cmocka_unit_test(counters_wrap),
        cmocka_unit_test(a_gap_is_marked),
        cmocka_unit_test(without_a_target_it_keeps_in_step),
        cmocka_unit_test(changing_the_target_spoils_the_frame),
        cmocka_unit_test(a_reset_forgets_what_was_begun),
        cmocka_unit_test(other_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
