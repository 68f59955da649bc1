"""A small camera in Python that keeps to the protocol, and can be told to break it in one place: what the conformance
suite is tested against. One client at a time, like a real one. No pixels worth looking at."""
import base64
import datetime
import json
import socket
import struct
import threading

import program

FRAME_S = 0.02


class StandIn:
    """Serves until closed. `wrong` is the set of things it does wrong, by the names that the methods ask for."""

    def __init__(self, *wrong, delay_s=0.0):
        self.wrong, self.delay_s = set(wrong), delay_s
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self.port = self.listener.getsockname()[1]
        self.config = {"agc_enabled": 0, "emissivity": 100, "gain_mode": 0}
        self.wifi = {"ap_ssid": "tCam-Mini-0001", "sta_ssid": "Home", "flags": 15, "ap_ip_addr": "192.168.4.1",
                     "sta_ip_addr": "192.168.4.2", "sta_netmask": "255.255.255.0", "cur_ip_addr": "192.168.4.1"}
        self.spotmeter = [59, 79, 60, 80]
        self.offset = datetime.timedelta(0)
        self.frames = self.ffc_ms = 0
        self.stream = None  # [images left or None, seconds between]
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.closing.set()
        self.listener.close()
        self.thread.join(program.LIMIT_S)

    def does(self, wrong):
        return wrong in self.wrong

    # ---- connections ----

    def serve(self):
        while not self.closing.is_set():
            try:
                self.listener.settimeout(0.05)
                self.client, _ = self.listener.accept()
            except socket.timeout:
                continue
            except OSError:
                return
            with self.client:
                try:
                    if not self.does("streams on for the next client"):
                        self.stream = None
                    self.talk()
                except OSError:
                    pass

    def talk(self):
        text = b""
        self.client.settimeout(FRAME_S)
        while not self.closing.is_set():
            try:
                data = self.client.recv(65536)
                if not data:
                    return
                text += data
            except socket.timeout:
                pass
            while b"\x03" in text:
                packet, _, text = text.partition(b"\x03")
                start = packet.find(b"\x02") if self.does("second start") else packet.rfind(b"\x02")
                if start >= 0:
                    if self.delay_s:
                        self.closing.wait(self.delay_s)
                    if self.take(packet[start + 1:]) == "hang up":
                        return
            self.send_stream()

    def send(self, packet):
        if self.does("noise"):
            self.client.sendall(b"\r\n")
        self.client.sendall(b"\x02" + json.dumps(packet).encode() + b"\x03")

    def info(self, value, text):
        self.send({"cam_info": {"info_value": value, "info_string": text}})

    # ---- commands ----

    def take(self, text):
        try:
            command = json.loads(text)
        except ValueError:
            return self.info(2 if self.does("codes") else 3, "Couldn't convert json string")
        name = command.get("cmd")
        if not isinstance(name, str):
            return self.info(2, "Json string wasn't command")
        method = getattr(self, "do_" + name, None)
        if not method:
            return self.info(3 if self.does("codes") else 2, "Unknown command in json string")
        result = method(command.get("args", {}))
        if isinstance(result, bool):
            self.info(int(result), name + (" success" if result else " failed"))
        return result

    def has(self, args, *keys):
        return all(isinstance(args.get(key), int) for key in keys)

    def status(self):
        now = datetime.datetime(2026, 1, 2) if self.does("clock stands") else datetime.datetime.now() + self.offset
        status = {"Camera": self.wifi["ap_ssid"], "Model": 2, "Version": "3.1",
                  "Time": f"{now.hour}:{now.minute:02}:{now.second:02}.{now.microsecond // 1000}",
                  "Date": f"{now.month}/{now.day}/{now.year - 2000:02}"}
        if self.does("3.x model"):
            status["Model"] = 0x1002
        if self.does("reserved bit"):
            status["Model"] = 0x100002
        if self.does("battery"):
            status["Model"] |= 0x10000
        if self.does("year -30"):
            status["Date"] = "1/1/-30"
        if self.does("time with AM"):
            status["Time"] = "7:01 AM"
        if self.does("no Version"):
            del status["Version"]
        return status

    def do_get_status(self, _args):
        if self.does("hangs up"):
            self.wrong.discard("hangs up")
            return "hang up"
        self.send({"status": self.status()})

    def do_set_time(self, args):
        keys = ("sec", "min", "hour", "dow", "day", "mon", "year")
        if not self.has(args, *keys):
            return self.does("lax set_time")
        if not self.does("ignores set_time"):
            when = datetime.datetime(1970 + args["year"], args["mon"], args["day"], args["hour"], args["min"], args["sec"])
            self.offset = when - datetime.datetime.now()
        return True

    def do_get_config(self, _args):
        self.send({"config": self.config})

    def do_set_config(self, args):
        if not set(args) & set(self.config):
            return self.does("lax set_config")
        if self.does("forgets left-out"):
            self.config.update(agc_enabled=0, emissivity=100, gain_mode=0)
        for key, (low, high) in (("agc_enabled", (0, 1)), ("emissivity", (1, 100)), ("gain_mode", (0, 2))):
            if key in args:
                value = args[key]
                if key == "gain_mode" and self.does("gain below 0"):
                    low = -128
                if key == "emissivity" and self.does("emissivity 101"):
                    high = 255
                self.config[key] = min(max(value, low), high)
        return True

    def do_set_spotmeter(self, args):
        if not self.has(args, "r1", "c1", "r2", "c2"):
            return self.does("lax spotmeter")
        self.spotmeter = [args[key] for key in (("c1", "r1", "c2", "r2") if self.does("rows are columns")
                                                else ("r1", "c1", "r2", "c2"))]
        return None if self.does("no acknowledge") else True

    def do_run_ffc(self, _args):
        if not self.does("no ffc"):
            self.ffc_ms = self.uptime_ms()
        return True

    def do_get_filesystem_list(self, _args):
        self.info(2, "Unsupported command in json string")

    # ---- images ----

    def uptime_ms(self):
        return 1000 + self.frames * 114

    def image(self):
        if not self.does("the same frame"):
            self.frames += 1
        agc, low = self.config["agc_enabled"], self.config["gain_mode"] == 1
        scale = 10 if low and not self.does("low gain in 0.01 K") else 100
        shown = [at % 256 if agc and not self.does("agc in 16 bits") else 295 * scale + at % 7 for at in range(19200)]
        if self.does("one word missing"):
            shown.pop()
        telemetry = [0] * 240
        for at, value in ((1, self.uptime_ms()), (3, 0x30 | (0x1000 if agc else 0)), (20, self.frames), (30, self.ffc_ms)):
            telemetry[at:at + 2] = value & 0xFFFF, value >> 16
        telemetry[0], telemetry[99] = 14, self.config["emissivity"] * 8192 // 100 if not self.does("lepton emissivity") else 8192
        telemetry[208], telemetry[209] = int(not agc), 0 if low else 1
        telemetry[210:213] = 29500, 29501, 29499
        telemetry[214:218] = self.spotmeter
        packet = {"metadata": self.status(), "radiometric": encoded(shown), "telemetry": encoded(telemetry)}
        if self.does("no telemetry"):
            del packet["telemetry"]
        if self.does("metadata without Date"):
            del packet["metadata"]["Date"]
        if self.does("bytes for words"):
            packet["radiometric"] = "*" + packet["radiometric"][1:]
        self.send(packet)

    def do_get_image(self, _args):
        self.image()
        if self.does("asks for firmware"):
            self.send({"get_fw": {"start": 0, "length": 8192}})
        if self.does("tells events"):
            self.send({"event": {"name": "ffc"}})

    def do_stream_on(self, args):
        count, delay_s = args.get("num_frames", 0), args.get("delay_msec", 0) / 1000
        if self.does("one image more") and count:
            count += 1
        if self.does("ends by itself") and not count:
            count = 10
        if self.does("no delay"):
            delay_s = 0.0
        self.stream = [count or None, delay_s, 0.0]
        return None if self.does("no acknowledge") else True

    def do_stream_off(self, _args):
        if not self.does("never stops"):
            self.stream = None
        return None if self.does("no acknowledge") else True

    def send_stream(self):
        """Once about every FRAME_S: the socket's timeout is the frame clock."""
        if not self.stream:
            return
        self.stream[2] -= FRAME_S
        if self.stream[2] > 0:
            return
        self.image()
        self.stream[2] = self.stream[1]
        if self.stream[0]:
            self.stream[0] -= 1
            if self.stream[0] == 0:
                self.stream = None

    # ---- registers ----

    def register(self, command):
        return {0x0218: [1, 0], 0x4ECC: self.spotmeter, 0x0308: list(range(512)),
                0x481C: list(struct.unpack("<16H", b"500-0771-01".ljust(32, b"\0")))}.get(command)

    def do_get_lep_cci(self, args):
        if not self.has(args, "command", "length") or args["length"] > 512:
            return False
        data = self.register(args["command"])
        answer = {"command": args["command"], "length": args["length"], "status": 6 if data else 0xF706}
        if data or args["length"]:
            answer["data"] = encoded((data or [0] * args["length"])[:args["length"]],
                                     ">" if self.does("big-endian registers") else "<")
        self.send({"cci_reg": answer})

    def do_set_lep_cci(self, args):
        if not self.has(args, "command", "length"):
            return False
        try:
            data = base64.b64decode(args.get("data", ""), validate=True)
        except ValueError:
            return self.does("lax set_lep_cci")
        if args["command"] == 0x4ECD:
            self.spotmeter = list(struct.unpack("<4H", data))
        length = 0 if self.does("length 0") else args["length"]
        self.send({"cci_reg": {"command": args["command"], "length": length, "status": 6}})

    # ---- network ----

    def do_get_wifi(self, _args):
        wifi = dict(self.wifi)
        if self.does("tells passwords"):
            wifi["ap_pw"] = "12345678"
        if self.does("flag bit 5"):
            wifi["flags"] |= 0x20
        if self.does("not connected"):
            wifi["flags"] &= ~8
        self.send({"wifi": wifi})

    def do_set_wifi(self, args):
        bad = []
        for key, value in args.items():
            if key.endswith("ssid") and not (1 <= len(value) <= 32 or self.does("lax names")):
                bad.append(key)
            if key.endswith("pw") and not (8 <= len(value) <= 63 or self.does("lax passwords")):
                bad.append(key)
            if ("ip" in key or "mask" in key) and not (self.does("lax addresses") and value.endswith(".256")):
                parts = value.split(".")
                if len(parts) != 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
                    bad.append(key)
        good = {key: value for key, value in args.items() if key in self.wifi and key not in bad}
        if bad and not self.does("takes a part") or not good and not any(key.endswith("pw") for key in args):
            return False
        self.wifi.update(good)
        if bad:
            return False
        self.info(1, "set_wifi success")
        return "hang up"


def encoded(numbers, order="<"):
    return base64.b64encode(struct.pack(f"{order}{len(numbers)}H", *numbers)).decode()
