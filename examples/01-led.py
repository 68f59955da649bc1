# Shows the LEDs: the status LED's colours in turn, and the white illuminator once a round.
import time
from machine import LED

colours = ("LED_RED", "LED_GREEN", "LED_BLUE")
light = LED("LED_WHITE")
light.high()  # the illuminator is wired the other way round: high is off

while True:
    for name in colours:
        led = LED(name)
        led.on()
        time.sleep_ms(250)
        led.off()
        print(name)
    light.low()
    time.sleep_ms(50)
    light.high()
    print("LED_WHITE")
