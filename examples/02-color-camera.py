# Shows the colour camera: pictures in 16-bit colour, and how many a second.
import csi
import time

cam = csi.CSI(cid=csi.OV5640)
cam.reset(hard=True)
cam.pixformat(csi.RGB565)
cam.framesize(csi.WVGA)
cam.snapshot(time=2000)  # until exposure and white balance have settled

clock = time.clock()
while True:
    clock.tick()
    img = cam.snapshot()
    print(img.width(), "x", img.height(), "at", clock.fps(), "fps")
