# Shows the lens: focus once, wait until it is sharp, and tell how sharp.
import csi
import time

cam = csi.CSI(cid=csi.OV5640)
cam.reset(hard=True)
cam.pixformat(csi.GRAYSCALE)
cam.framesize(csi.VGA)
cam.snapshot(time=1000)

while True:
    begun = time.ticks_ms()
    cam.ioctl(csi.IOCTL_TRIGGER_AUTO_FOCUS)
    cam.ioctl(csi.IOCTL_WAIT_ON_AUTO_FOCUS, 5000)
    taken = time.ticks_diff(time.ticks_ms(), begun)
    # The sharper the edges, the wider the grey values are spread.
    spread = cam.snapshot().get_statistics().stdev
    print("focused in", taken, "ms, spread", spread)
    cam.snapshot(time=2000)  # the lens keeps still until it is asked again
