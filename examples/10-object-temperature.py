# Shows temperatures: of the coldest and the warmest point, and of the middle of the picture.
import csi

lepton = csi.CSI(cid=csi.LEPTON)
lepton.reset(hard=False)
lepton.ioctl(csi.IOCTL_LEPTON_SET_MODE, True)
lepton.ioctl(csi.IOCTL_LEPTON_SET_RANGE, 0.0, 100.0)
lepton.pixformat(csi.GRAYSCALE)
lepton.framesize(csi.QQVGA)

if not lepton.ioctl(csi.IOCTL_LEPTON_GET_RADIOMETRY):
    print("This Lepton does not measure: the temperatures are estimates.")

low, high = lepton.ioctl(csi.IOCTL_LEPTON_GET_RANGE)


def celsius(grey):
    return low + grey * (high - low) / 255


while True:
    img = lepton.snapshot()
    w, h = img.width(), img.height()
    middle = img.get_statistics(roi=(w // 2 - 5, h // 2 - 5, 10, 10))
    whole = img.get_statistics()
    print(
        "coldest %.1f  warmest %.1f  middle %.1f C"
        % (celsius(whole.min), celsius(whole.max), celsius(middle.mean))
    )
