# Shows tracking: a rectangle around everything warmer than 30 degrees, and where its middle is.
import csi
import image

RANGE_C = (20.0, 45.0)  # black to white
WARM_C = 30.0

lepton = csi.CSI(cid=csi.LEPTON)
lepton.reset(hard=False)
lepton.ioctl(csi.IOCTL_LEPTON_SET_MODE, True)  # measure, instead of adapting to the picture
lepton.ioctl(csi.IOCTL_LEPTON_SET_RANGE, RANGE_C[0], RANGE_C[1])
lepton.pixformat(csi.GRAYSCALE)
lepton.framesize(csi.QVGA)

low, high = RANGE_C
warm = int((WARM_C - low) * 255 / (high - low))

while True:
    img = lepton.snapshot()
    blobs = img.find_blobs([(warm, 255)], pixels_threshold=100, area_threshold=100, merge=True)
    for blob in blobs:
        img.draw_rectangle(blob.rect, color=255)
        img.draw_cross((blob.cx, blob.cy), color=255)
    print([(blob.cx, blob.cy, blob.pixels) for blob in blobs])
