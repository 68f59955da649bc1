# Shows logging: coldest, mean and warmest temperature and the sensor's own, once a second, as CSV.
import csi
import time
from machine import RTC

FILE = "/sdcard/temperatures.csv"

lepton = csi.CSI(cid=csi.LEPTON)
lepton.reset(hard=False)
lepton.ioctl(csi.IOCTL_LEPTON_SET_MODE, True)
lepton.ioctl(csi.IOCTL_LEPTON_SET_RANGE, -10.0, 140.0)
lepton.pixformat(csi.GRAYSCALE)
lepton.framesize(csi.QQVGA)
low, high = lepton.ioctl(csi.IOCTL_LEPTON_GET_RANGE)
step = (high - low) / 255

rtc = RTC()
with open(FILE, "a") as file:
    file.write("time,min_c,mean_c,max_c,sensor_c\n")

due = time.ticks_ms()
while True:
    s = lepton.snapshot().get_statistics()
    sensor = lepton.ioctl(csi.IOCTL_LEPTON_GET_FPA_TEMP)
    year, month, day, _, hour, minute, second, _ = rtc.datetime()
    line = "%04d-%02d-%02dT%02d:%02d:%02d,%.1f,%.1f,%.1f,%.1f" % (
        year,
        month,
        day,
        hour,
        minute,
        second,
        low + s.min * step,
        low + s.mean * step,
        low + s.max * step,
        sensor,
    )
    # Closed after each line: pulling the card costs one line at most.
    with open(FILE, "a") as file:
        file.write(line + "\n")
    print(line)
    due = time.ticks_add(due, 1000)
    time.sleep_ms(max(0, time.ticks_diff(due, time.ticks_ms())))
