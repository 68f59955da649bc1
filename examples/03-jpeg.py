# Shows pictures that the sensor itself compresses: all five megapixels, a few hundred kilobytes each.
import csi

cam = csi.CSI(cid=csi.OV5640)
cam.reset(hard=True)
cam.pixformat(csi.JPEG)
cam.framesize(csi.WQXGA2)
cam.quality(90)
cam.snapshot(time=2000)

while True:
    img = cam.snapshot()
    print(img.width(), "x", img.height(), "in", img.size(), "bytes")
