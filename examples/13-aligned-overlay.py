# Heat where it belongs: the colour camera sees wider than the Lepton and stands beside it, so the heat is
# drawn smaller, and moved by what the rangefinder says about the distance.
import csi
import image
import math
import vl53l1x
from machine import I2C

COLOUR_DEGREES = 65.0  # what the cameras see from left to right
LEPTON_DEGREES = 57.0
APART_MM = 22.0  # the colour camera is that far to the right of the Lepton

colour = csi.CSI()
colour.reset(hard=True)
colour.pixformat(csi.RGB565)
colour.framesize(csi.WVGA)

lepton = csi.CSI(cid=csi.LEPTON)
lepton.reset(hard=False)
lepton.pixformat(csi.GRAYSCALE)
lepton.framesize(csi.QQVGA)
heat = image.Image(lepton.width(), lepton.height(), lepton.pixformat())

opacity = image.Image(256, 1, image.GRAYSCALE)
for i in range(256):
    opacity[i] = i * i // 255

ranger = vl53l1x.VL53L1X(I2C(2))
focal_px = colour.width() / 2 / math.tan(math.radians(COLOUR_DEGREES / 2))
heat_width_px = 2 * focal_px * math.tan(math.radians(LEPTON_DEGREES / 2))
scale = heat_width_px / heat.width()
distance_mm = 1000

while True:
    img = colour.snapshot()
    lepton.snapshot(blocking=False, image=heat)
    distance_mm = ranger.read() or distance_mm  # 0: nothing was seen
    shift_px = focal_px * APART_MM / distance_mm
    x = (img.width() - heat_width_px) / 2 - shift_px
    y = (img.height() - scale * heat.height()) / 2
    img.draw_image(
        heat,
        round(x),
        round(y),
        x_scale=scale,
        y_scale=scale,
        color_palette=image.PALETTE_IRONBOW,
        alpha_palette=opacity,
        hint=image.BICUBIC,
    )
    print("at", distance_mm, "mm: moved by", round(shift_px), "pixels")
