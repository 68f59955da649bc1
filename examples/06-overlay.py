# Shows both cameras in one picture: warm places glow over the colour picture, cold ones are clear.
import csi
import image
import time

# How opaque each of the 256 heat values is: nothing for cold, more and more for warm.
opacity = image.Image(256, 1, image.GRAYSCALE)
for i in range(256):
    opacity[i] = i * i // 255

colour = csi.CSI()
colour.reset(hard=True)
colour.pixformat(csi.RGB565)
colour.framesize(csi.WVGA)

lepton = csi.CSI(cid=csi.LEPTON)
lepton.reset(hard=False)
lepton.pixformat(csi.GRAYSCALE)
lepton.framesize(csi.QVGA)
heat = image.Image(lepton.width(), lepton.height(), lepton.pixformat())

clock = time.clock()
while True:
    clock.tick()
    img = colour.snapshot()
    # The Lepton is slower: without waiting, its newest picture stays when there is no newer one.
    lepton.snapshot(blocking=False, image=heat)
    img.draw_image(
        heat,
        0,
        0,
        color_palette=image.PALETTE_IRONBOW,
        alpha_palette=opacity,
        hint=image.BILINEAR | image.SCALE_ASPECT_EXPAND | image.CENTER,
    )
    print(clock.fps(), "fps")
