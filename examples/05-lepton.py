# Shows the Lepton: heat as grey, warmer is brighter, spread over what is in the picture.
import csi
import time

lepton = csi.CSI(cid=csi.LEPTON)
lepton.reset(hard=False)  # a hard reset would take the colour camera along
lepton.pixformat(csi.GRAYSCALE)
lepton.framesize(csi.QVGA)

clock = time.clock()
while True:
    clock.tick()
    img = lepton.snapshot()
    s = img.get_statistics()
    print("darkest", s.min, "brightest", s.max, "at", clock.fps(), "fps")
