# Shows the laser rangefinder: how far away is what the camera looks at?
import time
from machine import I2C
from vl53l1x import VL53L1X

tof = VL53L1X(I2C(2))

while True:
    print("Distance:", tof.read(), "mm")
    time.sleep_ms(100)
