/// Cells to bytes: a little terminal of our own shows what the cells say, whatever was before.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "apps/ironbow/terminal_cells.h"
#include "tests/core/support_random.h"

#define COLUMNS 13
#define ROWS 7

/// What a terminal shows after the bytes it got.
struct shown {
    struct ib_app_cell cells[ROWS][COLUMNS];
    unsigned row, column;
    uint32_t fg, bg;
    unsigned written;
};

static uint32_t colour_of(const unsigned *numbers, unsigned count) {
    if (count == 5 && numbers[1] == 2)
        return numbers[2] << 16 | numbers[3] << 8 | numbers[4];
    assert_int_equal(count, 1);
    return IB_APP_CELL_PLAIN;
}

static const char *sequence(struct shown *self, const char *at) {
    unsigned numbers[8] = {0}, count = 0;
    assert_int_equal(at[1], '[');
    at += 2;
    if (*at == '?') // a mode
        return at + strcspn(at, "hl") + 1;
    while (*at >= '0' && *at <= '9') {
        assert_true(count < 8);
        char *end;
        numbers[count++] = (unsigned)strtoul(at, &end, 10);
        at = *end == ';' ? end + 1 : end;
    }
    if (*at == 'H') {
        assert_int_equal(count, 2);
        self->row = numbers[0] - 1;
        self->column = numbers[1] - 1;
    } else if (*at == 'm') {
        if (numbers[0] == 0)
            self->fg = self->bg = IB_APP_CELL_PLAIN;
        else if (numbers[0] == 38 || numbers[0] == 39)
            self->fg = colour_of(numbers, count);
        else
            self->bg = colour_of(numbers, count);
    } else {
        assert_int_equal(*at, 'J');
        const struct ib_app_cell blank = {IB_APP_CELL_PLAIN, IB_APP_CELL_PLAIN, " "};
        for (unsigned i = 0; i < ROWS * COLUMNS; i++)
            self->cells[i / COLUMNS][i % COLUMNS] = blank;
    }
    return at + 1;
}

static void show(struct shown *self, const char *bytes, size_t size) {
    const char *end = bytes + size;
    while (bytes < end) {
        if (*bytes == '\033') {
            bytes = sequence(self, bytes);
            continue;
        }
        size_t length = (unsigned char)*bytes < 0x80 ? 1 : 3;
        assert_true(self->row < ROWS && self->column < COLUMNS);
        struct ib_app_cell *cell = &self->cells[self->row][self->column++];
        memset(cell, 0, sizeof *cell);
        cell->fg = self->fg;
        cell->bg = self->bg;
        memcpy(cell->text, bytes, length);
        bytes += length;
        self->written++;
    }
}

static void put_random(struct ib_app_cells *cells, struct random *random) {
    static const char *const TEXTS[] = {" ", "x", "\342\226\200", "7"};
    uint32_t fg = random_below(random, 3) ? random_below(random, 4) * 0x112233u : IB_APP_CELL_PLAIN;
    uint32_t bg = random_below(random, 3) ? random_below(random, 4) * 0x102030u : IB_APP_CELL_PLAIN;
    // Outside of the screen now and then.
    ib_app_cells_put(cells, random_below(random, COLUMNS + 2), random_below(random, ROWS + 2),
                     TEXTS[random_below(random, 4)], fg, bg);
}

static void assert_shows(const struct shown *shown, const struct ib_app_cells *cells,
                         uint64_t seed) {
    for (unsigned i = 0; i < ROWS * COLUMNS; i++) {
        const struct ib_app_cell *a = &shown->cells[i / COLUMNS][i % COLUMNS], *b = &cells->now[i];
        bool blank = b->text[0] == ' '; // its letters' colour cannot be seen
        if (memcmp(a->text, b->text, 4) != 0 || a->bg != b->bg || (!blank && a->fg != b->fg))
            fail_msg("seed %llu: cell %u", (unsigned long long)seed, i);
    }
}

static void a_terminal_follows_every_change(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random random = {seed};
        struct ib_app_cells cells;
        struct shown shown = {.fg = 0x123456, .bg = 0x654321, .row = 3};
        assert_int_equal(ib_app_cells_open(&cells, COLUMNS, ROWS, IB_APP_CELLS_TRUE), 0);
        for (unsigned round = 0; round < 12; round++) {
            size_t size;
            uint32_t changes = random_below(&random, 40);
            for (uint32_t i = 0; i < changes; i++)
                put_random(&cells, &random);
            if (random_below(&random, 6) == 0)
                ib_app_cells_forget(&cells);
            const char *bytes = ib_app_cells_update(&cells, &size);
            show(&shown, bytes, size);
            assert_shows(&shown, &cells, seed);
        }
        ib_app_cells_close(&cells);
    }
}

static void what_has_not_changed_is_not_written(void **state) {
    (void)state;
    struct ib_app_cells cells;
    struct shown shown = {0};
    size_t size;
    assert_int_equal(ib_app_cells_open(&cells, COLUMNS, ROWS, IB_APP_CELLS_TRUE), 0);
    const char *bytes = ib_app_cells_update(&cells, &size);
    show(&shown, bytes, size);
    assert_int_equal(shown.written, COLUMNS * ROWS);
    ib_app_cells_update(&cells, &size);
    assert_int_equal(size, 0);
    shown.written = 0;
    ib_app_cells_text(&cells, 4, 2, "abc", 0xFF0000, IB_APP_CELL_PLAIN);
    bytes = ib_app_cells_update(&cells, &size);
    show(&shown, bytes, size);
    assert_int_equal(shown.written, 3);
    ib_app_cells_close(&cells);
}

static void text_is_cut_and_disarmed(void **state) {
    (void)state;
    struct ib_app_cells cells;
    size_t size;
    assert_int_equal(ib_app_cells_open(&cells, 6, 1, IB_APP_CELLS_NONE), 0);
    ib_app_cells_text(&cells, 0, 0, "a\033[2J\n\302\233°b\377cdefghij", IB_APP_CELL_PLAIN,
                      IB_APP_CELL_PLAIN);
    const char *lines = ib_app_cells_lines(&cells, &size);
    assert_int_equal(size, 7);
    assert_memory_equal(lines, "a[2Jbc\n", 7);
    ib_app_cells_close(&cells);
    assert_int_equal(ib_app_cells_open(&cells, 6, 1, IB_APP_CELLS_TRUE), 0);
    assert_int_equal(ib_app_cells_width(&cells, "23.4 °C"), 7);
    assert_int_equal(ib_app_cells_width(&cells, "\302\205x\303"), 1);
    ib_app_cells_close(&cells);
}

static void nearest_of_xterm(uint32_t colour, const char *wanted) {
    struct ib_app_cells cells;
    size_t size;
    assert_int_equal(ib_app_cells_open(&cells, 1, 1, IB_APP_CELLS_256), 0);
    ib_app_cells_put(&cells, 0, 0, " ", IB_APP_CELL_PLAIN, colour);
    const char *lines = ib_app_cells_lines(&cells, &size);
    char expected[40] = "\033[48;5;";
    strcat(strcat(expected, wanted), "m \033[0m\n");
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(lines, expected, size);
    ib_app_cells_close(&cells);
}

static void colours_of_256(void **state) {
    (void)state;
    // xterm's table: 16 + 36 r + 6 g + b of the levels 0 95 135 175 215 255; greys 8, 18 … 238.
    nearest_of_xterm(0x000000, "16");
    nearest_of_xterm(0xFFFFFF, "231");
    nearest_of_xterm(0xFF0000, "196");
    nearest_of_xterm(0x5F87AF, "67");
    nearest_of_xterm(0x080808, "232");
    nearest_of_xterm(0x808080, "244");
    nearest_of_xterm(0xEEEEEE, "255");
    nearest_of_xterm(0x303030, "236");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_follows_every_change),
        cmocka_unit_test(what_has_not_changed_is_not_written),
        cmocka_unit_test(text_is_cut_and_disarmed),
        cmocka_unit_test(colours_of_256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
