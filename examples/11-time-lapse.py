# Shows a time-lapse: a colour picture onto the microSD card every ten seconds, numbered.
import csi
import os
import time

EVERY_MS = 10_000
FOLDER = "/sdcard/lapse"

try:
    os.mkdir(FOLDER)
except OSError:
    pass  # it is there from last time
numbers = [int(name[:-4]) for name in os.listdir(FOLDER) if name[:-4].isdigit()]
number = max(numbers, default=-1) + 1

cam = csi.CSI(cid=csi.OV5640)
cam.reset(hard=True)
cam.pixformat(csi.RGB565)
cam.framesize(csi.VGA)
cam.snapshot(time=2000)

due = time.ticks_ms()
while True:
    name = "%s/%05d.jpg" % (FOLDER, number)
    cam.snapshot().save(name, quality=90)
    print(name)
    number += 1
    # From when it was due, not from now: the rhythm does not drift.
    due = time.ticks_add(due, EVERY_MS)
    time.sleep_ms(max(0, time.ticks_diff(due, time.ticks_ms())))
