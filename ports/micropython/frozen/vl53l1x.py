# The VL53L1X and VL53L1CX laser rangefinders on any I2C bus.
#
# The part measures by itself, about ten times a second. read() gives the newest distance without waiting, but for the
# first one after the start. A part that has stopped measuring is an error, not the same distance for ever.
# Registers: STMicroelectronics UM2356 and the driver that comes with it.
import errno
import time

_SOFT_RESET = 0x0000
_OSCILLATOR = 0x0022  # fast oscillator, set at the factory
_PART_TO_PART = 0x001E  # macro periods, four of the above
_POLARITY = 0x0030
_DATA_READY = 0x0031
_CLEAR = 0x0086
_MODE = 0x0087
_RESULT = 0x0089
_BOOTED = 0x00E5
_MODEL = 0x010F

_RUN = 0x40
_STOP = 0x00

_BOOT_MS = 100
_POLL_MS = 2

# What the registers from 0x002D on begin with; the last one, 0x0087, is the mode: stopped.
_FIRST = 0x002D
_SETTINGS = bytes.fromhex(
    "0000000102000208000810010100000000ff000f0000000000200b0000020a21"
    "00000500000000c8000038ff010008000001db0f01f10d0168008008b8000000"
    "000f8900000000000000010f0d0e0e000002c7ff9b000000010100"
)

# What the part calls its result, to what ST's own driver calls it. 0: good; others: 255.
_STATUS = {
    9: 0,  # good
    6: 1,  # too much noise
    4: 2,  # too little light comes back
    8: 3,  # nearer than it can measure
    5: 4,  # out of bounds
    3: 5,  # hardware
    19: 6,  # good, but not compared with the one before
    7: 7,  # wrapped around
    12: 9,  # crosstalk
    18: 10,  # synchronisation
    22: 11,
    23: 12,
    13: 13,
}


class VL53L1X:
    def __init__(self, i2c, address=0x29):
        self.i2c = i2c
        self.address = address
        self.timeout_ms = 1000  # without a new distance it is an error
        self.status = 255  # of the last distance, as ST's driver has it: 0 good
        self.reset()

    def _read(self, register, size):
        return self.i2c.readfrom_mem(self.address, register, size, addrsize=16)

    def _write(self, register, data):
        self.i2c.writeto_mem(self.address, register, data, addrsize=16)

    def reset(self):
        """Set the part up anew and start measuring."""
        self._distance = None
        self._write(_SOFT_RESET, b"\x00")
        time.sleep_ms(100)
        self._write(_SOFT_RESET, b"\x01")
        booted = self._boot()
        if self._read(_MODEL, 2) != b"\xea\xcc":
            raise RuntimeError("Failed to find expected ID register values. Check wiring!")
        if not booted:
            raise OSError(errno.ETIMEDOUT)
        self._write(_FIRST, _SETTINGS)
        period = int.from_bytes(self._read(_OSCILLATOR, 2), "big") * 4 & 0xFFFF
        self._write(_PART_TO_PART, period.to_bytes(2, "big"))
        self.start()

    def _boot(self):
        # It may not answer at all while it boots.
        begun = time.ticks_ms()
        while True:
            time.sleep_ms(_POLL_MS)
            late = time.ticks_diff(time.ticks_ms(), begun) > _BOOT_MS
            try:
                if self._read(_BOOTED, 1)[0] & 1:
                    return True
            except OSError:
                if late:
                    raise
            if late:
                return False

    def start(self):
        """Measure again and again."""
        self._write(_CLEAR, b"\x01")
        self._write(_MODE, bytes((_RUN,)))
        self._distance = None

    def stop(self):
        """Stop measuring; read() then is an error until start()."""
        self._write(_MODE, bytes((_STOP,)))
        self._distance = None

    def data_ready(self):
        """Is there a distance that was not read yet?"""
        wanted = 0 if self._read(_POLARITY, 1)[0] & 0x10 else 1
        return self._read(_DATA_READY, 1)[0] & 1 == wanted

    def read(self):
        """The newest distance in millimetres."""
        begun = time.ticks_ms()
        while not self.data_ready():
            if self._distance is not None:
                if time.ticks_diff(time.ticks_ms(), self._since) <= self.timeout_ms:
                    return self._distance
            elif time.ticks_diff(time.ticks_ms(), begun) <= self.timeout_ms:
                time.sleep_ms(_POLL_MS)
                continue
            raise OSError(errno.ETIMEDOUT)
        result = self._read(_RESULT, 17)
        self._write(_CLEAR, b"\x01")
        self._since = time.ticks_ms()
        self.status = _STATUS.get(result[0] & 0x1F, 255)
        self._distance = result[13] << 8 | result[14]
        return self._distance
