# Shows the microSD card: what is on it, how full it is, and a line more in a file for each run.
import os

with open("/sdcard/runs.txt", "a") as file:
    file.write("once more\n")

for entry in os.ilistdir("/sdcard"):
    name, kind = entry[0], entry[1]
    print(name + "/" if kind == 0x4000 else name)

with open("/sdcard/runs.txt") as file:
    print("runs:", len(file.readlines()))

stat = os.statvfs("/sdcard")
print("free:", stat[0] * stat[3] // 1024, "of", stat[1] * stat[2] // 1024, "KiB")
