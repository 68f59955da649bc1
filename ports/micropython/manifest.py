# What is frozen into the program: MicroPython's own asyncio, and our Python.
include("$(MPY_DIR)/extmod/asyncio")
module("ssl.py", base_path="$(PORT_DIR)/frozen", opt=3)
module("vl53l1x.py", base_path="$(PORT_DIR)/frozen", opt=3)
