"""A terminal's screen: the sequences that ironbow writes, understood; and painted as a PNG.

Only what the program uses: cursor positions, colours, clearing, the other screen. Anything else is
an error, so that a test notices when the program begins to use more.
"""
import re
import struct
import zlib

PLAIN = None
GROUND = (16, 18, 22)
LETTERS = (220, 223, 228)
SEQUENCE = re.compile(r"\033\[([?0-9;]*)([A-Za-z])")


def xterm(index):
    """One of xterm's 256 colours, the first sixteen left out."""
    if index >= 232:
        return (8 + 10 * (index - 232),) * 3
    index -= 16
    return tuple((0, 95, 135, 175, 215, 255)[i] for i in (index // 36, index // 6 % 6, index % 6))


class Screen:
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.modes = {}
        self.updates = 0
        self.written = 0  # characters
        self.rest = b""
        self.clear()

    def clear(self):
        self.cells = [[(" ", PLAIN, PLAIN)] * self.columns for _ in range(self.rows)]
        self.x = self.y = 0
        self.fg = self.bg = PLAIN

    def feed(self, data):
        """Bytes, in any pieces."""
        data = self.rest + data
        text = data.decode("utf-8", "ignore")
        # Keep what may go on: half a character, half a sequence.
        end = max(data.rfind(b"\033"), max(data.rfind(bytes([lead])) for lead in range(0xC2, 0xF5)))
        tail = data[end:] if end >= 0 else b""
        whole = not tail or (SEQUENCE.match(tail.decode("utf-8", "ignore")) if tail[0] == 0x1B else
                             len(tail) >= (2 if tail[0] < 0xE0 else 3 if tail[0] < 0xF0 else 4))
        self.rest = b"" if whole else tail
        if not whole:
            text = data[:end].decode("utf-8", "ignore")
        at = 0
        while at < len(text):
            if text[at] == "\033":
                match = SEQUENCE.match(text, at)
                assert match, repr(text[at:at + 20])
                self._sequence(*match.groups())
                at = match.end()
                continue
            self._character(text[at])
            at += 1

    def _character(self, character):
        if character == "\n":
            self.y += 1
            self.x = 0
            return
        if character == "\r":
            self.x = 0
            return
        assert character >= " ", repr(character)
        assert self.x < self.columns and self.y < self.rows, (self.x, self.y, character)
        self.cells[self.y][self.x] = (character, self.fg, self.bg)
        self.x += 1
        self.written += 1

    def _sequence(self, arguments, final):
        if final in "hl" and arguments.startswith("?"):
            self.modes[int(arguments[1:])] = final == "h"
            self.updates += arguments == "?2026" and final == "h"
        elif final == "H":
            row, column = (int(n) for n in arguments.split(";"))
            self.x, self.y = column - 1, row - 1
        elif final == "J" and arguments == "2":
            x, y, fg, bg = self.x, self.y, self.fg, self.bg
            self.clear()
            self.x, self.y, self.fg, self.bg = x, y, fg, bg
        elif final == "m":
            self._colours([int(n) for n in arguments.split(";")])
        else:
            raise AssertionError(f"ESC [ {arguments} {final}")

    def _colours(self, numbers):
        colour = PLAIN
        if numbers[0] in (38, 48):
            colour = xterm(numbers[2]) if numbers[1] == 5 else tuple(numbers[2:5])
        if numbers[0] in (0, 38, 39):
            self.fg = colour
        if numbers[0] in (0, 48, 49):
            self.bg = colour
        assert numbers[0] in (0, 38, 39, 48, 49), numbers

    def text(self, row):
        return "".join(cell[0] for cell in self.cells[row])

    def lines(self):
        return [self.text(row).rstrip() for row in range(self.rows)]

    def halves(self, row):
        """The colours of a row's upper and lower half pixels where it is picture."""
        return [(fg, bg) if character == "\u2580" else None for character, fg, bg in self.cells[row]]


# ---- painting ----

CELL_WIDTH, CELL_HEIGHT = 12, 24
GLYPH_SCALE = 2
# Five columns by seven rows (and one below the line), drawn for this purpose: rows from the top,
# the leftmost point is 16.
GLYPHS = {
    "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "0e11010601110e",
    "4": "02060a121f0202", "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808",
    "8": "0e11110e11110e", "9": "0e11110f01020c", ".": "00000000000c0c", ",": "00000000000c0408",
    ":": "000c0c000c0c00", "-": "0000001f000000", "+": "0004041f040400", "=": "00001f001f0000",
    "?": "0e110102040004", "/": "01020204080810", "%": "18190204081303", "_": "0000000000001f",
    "(": "02040808080402", ")": "08040202020408", "°": "06090906000000", "\u2026": "00000000000015",
    "a": "00000e010f110f", "b": "10101e1111111e", "c": "00000e1110110e", "d": "01010f1111110f",
    "e": "00000e111f100e", "f": "0609081c080808", "g": "00000f11110f010e", "h": "10101e11111111",
    "i": "04000c0404040e", "j": "020006020202120c", "k": "08080a0c0c0a09", "l": "0c04040404040e",
    "m": "00001a15151515", "n": "00001e11111111", "o": "00000e1111110e", "p": "00001e11111e1010",
    "q": "00000f11110f0101", "r": "00001619101010", "s": "00000f100e011e", "t": "08081c08080906",
    "u": "0000111111130d", "v": "000011110a0a04", "w": "0000111515150a", "x": "0000110a040a11",
    "y": "00001111130d010e", "z": "00001f0204081f",
    "A": "040a11111f1111", "B": "1e11111e11111e", "C": "0e11101010110e", "D": "1e11111111111e",
    "E": "1f10101e10101f", "F": "1f10101e101010", "G": "0e11101713110f", "H": "1111111f111111",
    "I": "0e04040404040e", "J": "0702020202120c", "K": "11121418141211", "L": "1010101010101f",
    "M": "111b1515111111", "N": "11191915131311", "O": "0e11111111110e", "P": "1e11111e101010",
    "Q": "0e11111115120d", "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404",
    "U": "1111111111110e", "V": "11111111110a04", "W": "11111115151b11", "X": "11110a040a1111",
    "Y": "11110a04040404", "Z": "1f01020408101f",
    "\u25b2": "0004040e0e1f1f", "\u25bc": "001f1f0e0e0404",
}


def png(width, height, rows):
    """Rows of RGB bytes as a PNG."""
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body +
                struct.pack(">I", zlib.crc32(kind + body)))
    packed = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", packed) + chunk(b"IEND", b""))


def _paint_cell(rows, left, top, character, fg, bg):
    for y in range(CELL_HEIGHT):
        upper = character == "\u2580" and y < CELL_HEIGHT // 2
        rows[top + y][3 * left:3 * (left + CELL_WIDTH)] = bytes(fg if upper else bg) * CELL_WIDTH
    glyph = bytes.fromhex(GLYPHS.get(character, "" if character in " \u2580" else "1f11111111111f"))
    for row, points in enumerate(glyph):
        for column in range(5):
            if not points >> (4 - column) & 1:
                continue
            for y in range(GLYPH_SCALE):
                at = 3 * (left + 1 + GLYPH_SCALE * column)
                line = rows[top + 4 + GLYPH_SCALE * row + y]
                line[at:at + 3 * GLYPH_SCALE] = bytes(fg) * GLYPH_SCALE


def paint(screen, border=12):
    """The screen as the bytes of a PNG."""
    width = screen.columns * CELL_WIDTH + 2 * border
    height = screen.rows * CELL_HEIGHT + 2 * border
    rows = [bytearray(bytes(GROUND) * width) for _ in range(height)]
    for y, line in enumerate(screen.cells):
        for x, (character, fg, bg) in enumerate(line):
            _paint_cell(rows, border + x * CELL_WIDTH, border + y * CELL_HEIGHT, character,
                        fg or LETTERS, bg or GROUND)
    return png(width, height, rows)
