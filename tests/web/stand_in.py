#!/usr/bin/env python3
"""A stand-in for the camera's HTTP side: serves web/, speaks the live WebSocket, keeps the JSON routes in memory.

It is the browser tests' deterministic double: every pixel follows a formula (`pixel`), nothing moves by itself but
the sequence number and the clock, and POST /stand-in changes how it behaves (see `Camera.behave`). Standard library
only. Prints its address; with --port 0 a free one.
"""
import argparse
import asyncio
import base64
import hashlib
import json
import pathlib
import re
import struct
import sys
import time
import urllib.parse

WEB = pathlib.Path(__file__).resolve().parent.parent.parent / "web"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml", ".json": "application/json"}
POLICY = "default-src 'self'"
WIDTH, HEIGHT = 160, 120
FLAG_CRC_OK, FLAG_TELEMETRY, FLAG_FFC = 1, 2, 4
MOST_BODY = 65536


def pixel(x, y):
    """Centikelvin: a slope, and a hot spot whose top is at (100, 50)."""
    return 29315 + 5 * x + 3 * y + max(0, 4000 - 20 * ((x - 100) ** 2 + (y - 50) ** 2))


def ramp(anchors):
    out = bytearray()
    for i in range(256):
        for (a, low), (b, high) in zip(anchors, anchors[1:]):
            if a <= i <= b:
                out += bytes(round(c + (d - c) * (i - a) / (b - a)) for c, d in zip(low, high))
                break
    return base64.b64encode(bytes(out)).decode()


PALETTES = [
    {"name": "ironbow", "title": "Ironbow", "colours": ramp([
        (0, (0, 0, 8)), (26, (24, 4, 78)), (58, (84, 4, 132)), (92, (146, 10, 140)), (124, (194, 32, 104)),
        (152, (224, 66, 48)), (182, (242, 112, 14)), (212, (252, 168, 10)), (236, (254, 218, 72)), (255, (255, 252, 232))])},
    {"name": "grey", "title": "White hot", "colours": ramp([(0, (0, 0, 0)), (255, (255, 255, 255))])},
    {"name": "black-hot", "title": "Black hot", "colours": ramp([(0, (255, 255, 255)), (255, (0, 0, 0))])},
    {"name": "rainbow", "title": "Rainbow", "colours": ramp([
        (0, (0, 0, 140)), (64, (0, 160, 255)), (128, (0, 220, 80)), (192, (255, 230, 0)), (255, (220, 0, 0))])},
]
SCENES = [{"name": "kettle", "about": "a kettle coming to the boil"}, {"name": "person", "about": "a person walking"}]
FAULTS = [{"name": "crc-error", "about": "the checksum of the next video packets is wrong", "active": False},
          {"name": "unplug", "about": "the module is not there", "active": False}]


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Camera:
    """What a real one would know, and the knobs of the tests."""

    def __init__(self):
        self.name = "stand-in"
        self.model = "Lepton 3.5"
        self.radiometric = True
        self.simulated = True
        self.unit, self.scale_ck = 1, 1
        self.ffc_state, self.since_ffc_ms = 3, 95000
        self.stalled = self.recovering = False
        self.refuse_live = False
        self.token = None
        self.offset = 0
        self.config = {"agc": 0, "emissivity": 100, "gain": 0}
        self.spotmeter = {"c1": 78, "c2": 81, "r1": 58, "r2": 61}
        self.settings = {"regions": [], "deltas": [], "alarms": []}
        self.states, self.events = {}, []
        self.recording = None
        self.recordings = {}
        self.scene = "kettle"
        self.scenes = SCENES
        self.bad_frames = False
        self.moving = False  # every number changes with every frame
        self.packed = {}
        self.faults = [dict(f) for f in FAULTS]
        self.led = {"red": False, "green": True, "state": "solid green"}
        self.fault = None
        self.asked = []  # what changed something: the tests look here
        self.sequence = 0
        self.started = time.time()
        self.clients = set()

    def frame(self):
        pixels = self._pixels()
        flags = FLAG_CRC_OK | FLAG_TELEMETRY | (FLAG_FFC if self.ffc_state == 2 else 0)
        since = 0xFFFFFFFF if self.since_ffc_ms is None else self.since_ffc_ms
        s = self.spotmeter
        now = time.time()
        agc = self.config["agc"]
        head = struct.pack(
            "<4sHHHBBBBBBIIHHHHqQIIHHHH", b"IBF1", 64, WIDTH, HEIGHT, 2 if agc else self.unit, self.config["gain"] % 2,
            self.config["gain"], self.ffc_state, agc, 0, self.sequence, flags,
            self.scale_ck if self.unit == 1 and not agc else 0, 30512, 30467, 0,
            int(now * 1e6), int((now - self.started) * 1e6), int((now - self.started) * 1e3), since,
            s["c1"], s["r1"], s["c2"], s["r2"])
        return head + pixels

    def _pixels(self):
        offset = self.offset + (7 * (self.sequence % 16) if self.moving else 0)
        key = (self.unit, self.config["agc"], offset)
        if key not in self.packed:
            values = []
            for y in range(HEIGHT):
                for x in range(WIDTH):
                    v = pixel(x, y) + offset
                    if self.config["agc"]:
                        v = (v - 29315) * 255 // 4700
                    elif self.unit == 0:
                        v = v // 4
                    values.append(max(0, min(65535, v)))
            self.packed[key] = struct.pack(f"<{len(values)}H", *values)
        return self.packed[key]

    def status(self):
        uptime = time.time() - self.started
        r = self.recording
        return {
            "type": "status", "version": "0.0-stand-in", "name": self.name, "camera": "sim:lepton-3.5",
            "model": self.model, "serial": "0102030405060708", "radiometric": self.radiometric,
            "simulated": self.simulated, "stage": "recovering" if self.recovering else "running",
            "stage_text": "no frame for a while: synchronising again" if self.recovering else "running",
            "frames": self.sequence, "fps": 8.7, "frame_age_ms": 20, "recovering": self.recovering,
            "counters": {"frames": self.sequence, "resyncs": 0, "crc_errors": 2}, "led": self.led, "fault": self.fault,
            "button": False, "clients": {"tcam": 1, "web": len(self.clients), "rtsp": 0}, "config": self.config,
            "spotmeter": self.spotmeter,
            "ffc": {"state": ["never", "imminent", "running", "done"][self.ffc_state], "since_ms": self.since_ffc_ms,
                    "period_ms": 180000},
            "recording": {"available": True, "active": bool(r), "name": r and r["name"], "frames": r["frames"] if r else 0,
                          "bytes": r["frames"] * 20000 if r else 0,
                          "duration_ms": int((time.time() - r["at"]) * 1e3) if r else 0, "problem": None},
            "clock": {"unix_us": int(time.time() * 1e6)}, "token_needed": bool(self.token), "uptime_s": int(uptime)}

    def measurements(self):
        return {"type": "measurements",
                "regions": [{"name": r["name"], "shape": r["shape"], "emissivity": r.get("emissivity", 1)}
                            for r in self.settings["regions"]], "deltas": self.settings["deltas"]}

    def alarms(self):
        out = []
        for a in self.settings["alarms"]:
            state = self.states.get(a["name"], {})
            out.append({"name": a["name"], "rule": a["rule"], "state": "ok", "since": wall(), "raised": False,
                        "latched": False, "value_c": 36.5, **state})
        return {"alarms": out, "events": self.events}

    def event(self, name, state, test=False, **more):
        rule = next((a["rule"] for a in self.settings["alarms"] if a["name"] == name), "")
        event = {"alarm": name, "event": state, "from": "ok", "test": test, "time": wall(), "value_c": 61.5, "rule": rule,
                 **more}
        self.events.insert(0, event)
        return {"type": "event", "event": "alarm", "unix_us": int(time.time() * 1e6), "alarm": event}

    def behave(self, change):
        """POST /stand-in: any member of this object; `alarm` (name, state, latched) and `drop` do something."""
        for key, value in change.items():
            if key == "alarm":
                self.states[value["name"]] = {k: v for k, v in value.items() if k != "name"}
                return [self.event(value["name"], value["state"])]
            if key == "drop":
                for client in list(self.clients):
                    client.close()
            elif key == "files":
                for name in value:
                    self.recordings[name] = b"x" * 1000
            elif hasattr(self, key):
                setattr(self, key, value)
            else:
                raise Refused(400, f"{key}: no such knob")
        return []


def wall(at=None):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at))


def check_settings(document, kept):
    out = dict(kept)
    for key in ("regions", "deltas", "alarms"):
        if key in document:
            out[key] = document[key]
    names = [r.get("name") for r in out["regions"]]
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,30}", name):
            raise Refused(400, "regions: no such name")
    if len(set(names)) != len(names):
        raise Refused(400, "regions: a name is taken already")
    for d in out["deltas"] + [{"name": a["name"], "quantity": re.split(r"[<> ]", a["rule"])[0]} for a in out["alarms"]]:
        for part in re.findall(r"([A-Za-z_][A-Za-z0-9_]*)\.(?:min|max|mean|median)", d["quantity"]):
            if part not in names:
                raise Refused(400, f"{d['name']}: a region of it does not exist")
    return out


class Server:
    def __init__(self, camera):
        self.camera = camera

    # ---- HTTP ----

    async def client(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *fields = head.decode("latin-1").split("\r\n")
                method, target, _ = line.split(" ")
                headers = {k.lower(): v.strip() for k, v in (f.split(":", 1) for f in fields if ":" in f)}
                body = await reader.readexactly(min(MOST_BODY, int(headers.get("content-length", 0))))
                url = urllib.parse.urlsplit(target)
                if headers.get("upgrade", "").lower() == "websocket":
                    await self.live(reader, writer, url.path, headers)
                    return
                try:
                    status, kind, content = self.answer(method, url, headers, body)
                except Refused as error:
                    status, kind = error.status, "application/json"
                    content = json.dumps({"error": str(error)}).encode()
                more = f"Set-Cookie: token={self.camera.token}; HttpOnly; SameSite=Strict\r\n" if status == 204 else ""
                writer.write((f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n"
                              f"Content-Security-Policy: {POLICY}\r\nX-Content-Type-Options: nosniff\r\n"
                              f"Cache-Control: no-store\r\n{more}\r\n").encode() + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def allowed(self, headers):
        return not self.camera.token or f"token={self.camera.token}" in headers.get("cookie", "")

    def answer(self, method, url, headers, body):
        path = url.path
        if path == "/stand-in":
            for event in self.camera.behave(json.loads(body or b"{}")):
                self.tell(event)
            return 200, "application/json", json.dumps({"asked": self.camera.asked}).encode()
        if path.startswith("/api/") or path.startswith("/snapshot."):
            document = json.loads(body) if body else None
            if path == "/api/v1/login":
                if document.get("token") != self.camera.token:
                    raise Refused(401, "wrong token")
                return 204, "application/json", b""
            if not self.allowed(headers):
                raise Refused(401, "a token is needed")
            if method != "GET":
                self.camera.asked.append([method, path, document])
            out = self.api(method, path, url.query, document)
            if isinstance(out, bytes):
                return 200, "application/octet-stream", out
            if method != "GET":
                self.tell(self.camera.status())
            return (202 if path.endswith("/ffc") else 200), "application/json", json.dumps(out).encode()
        name = path.lstrip("/") or "index.html"
        file = WEB / name
        if "/" in name or ".." in name or not file.is_file():
            raise Refused(404, "no such file")
        return 200, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes()

    def api(self, method, path, query, document):
        c = self.camera
        name = urllib.parse.unquote(path.split("/")[4]) if path.count("/") >= 4 else ""
        match (method, "/".join(path.split("/")[:4])):
            case ("GET", "/api/v1/status"):
                return c.status()
            case ("GET", "/api/v1/palettes"):
                return PALETTES
            case ("GET", "/api/v1/frame"):
                return c.frame()
            case ("GET", "/api/v1/frame.tjsn"):
                return b"{}"
            case ("PATCH", "/api/v1/config"):
                if "emissivity" in document and not 1 <= document["emissivity"] <= 100:
                    raise Refused(400, "emissivity: 1 to 100")
                c.config = {**c.config, **document}
                return c.config
            case ("PUT", "/api/v1/spotmeter"):
                c.spotmeter = document
                return document
            case ("POST", "/api/v1/ffc") | ("POST", "/api/v1/button"):
                return {}
            case ("GET", "/api/v1/regions"):
                return c.settings
            case ("PUT", "/api/v1/regions") | ("PUT", "/api/v1/alarms"):
                c.settings = check_settings(document, c.settings)
                return c.settings
            case ("GET", "/api/v1/alarms"):
                return c.alarms()
            case ("POST", "/api/v1/alarms"):
                if path.endswith("/test"):
                    self.tell(c.event(name, "alarm", test=True))
                else:
                    c.states.get(name, {}).update(latched=False)
                return {}
            case ("GET", "/api/v1/graph"):
                region = urllib.parse.parse_qs(query).get("region", [""])[0]
                if region not in [r["name"] for r in c.settings["regions"]]:
                    raise Refused(404, "no such region")
                now = time.time()
                values = [20 + i / 10 for i in range(100)]
                return {"name": region, "bucket_s": 2.0, "start": wall(now - 200), "start_s": now - 200, "min_c": values,
                        "mean_c": [v + 1 for v in values], "max_c": [v + 2 for v in values], "gaps": [50]}
            case ("GET", "/api/v1/recording"):
                return c.status()["recording"]
            case ("POST", "/api/v1/recording"):
                if c.recording:
                    raise Refused(409, "a recording is under way")
                c.recording = {"name": f"stand-in.{document.get('format', 'mkv')}", "at": time.time(), "frames": 9}
                return c.status()["recording"]
            case ("DELETE", "/api/v1/recording"):
                if c.recording:
                    c.recordings[c.recording["name"]] = b"x" * 180000
                c.recording = None
                return c.status()["recording"]
            case ("GET", "/api/v1/recordings"):
                if name:
                    return c.recordings[name]
                return [{"name": n, "bytes": len(b), "modified_us": int(c.started * 1e6)} for n, b in c.recordings.items()]
            case ("DELETE", "/api/v1/recordings"):
                if name not in c.recordings:
                    raise Refused(404, "no such recording")
                del c.recordings[name]
                return {}
            case ("GET", "/api/v1/simulator") | ("POST", "/api/v1/simulator"):
                if not c.simulated:
                    raise Refused(404, "not simulated")
                if document:
                    c.scene = document.get("scene", c.scene)
                    for fault in c.faults:
                        fault["active"] = not document.get("heal") and (fault["active"] or fault["name"] == document.get("fault"))
                return {"scene": c.scene, "scenes": c.scenes, "faults": c.faults}
        raise Refused(404, f"{method} {path}: no such thing")

    # ---- WebSocket ----

    def tell(self, document):
        for client in self.camera.clients:
            send(client, 1, json.dumps(document).encode())

    async def live(self, reader, writer, path, headers):
        if path != "/api/v1/live" or self.camera.refuse_live or not self.allowed(headers):
            writer.write(b"HTTP/1.1 401 no\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        magic = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(magic.encode()).digest()).decode()
        writer.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        send(writer, 1, json.dumps(self.camera.status()).encode())
        if not self.camera.stalled:
            send(writer, 2, self.camera.frame())
        self.camera.clients.add(writer)
        try:
            while await reader.read(4096):
                pass
        finally:
            self.camera.clients.discard(writer)

    async def run(self, fps):
        """Frames to everybody; status once a second, measurements twice."""
        count = 0
        while True:
            await asyncio.sleep(1 / fps)
            c = self.camera
            count += 1
            if not c.stalled:
                c.sequence += 1
                if c.since_ffc_ms is not None:
                    c.since_ffc_ms += int(1000 / fps)
                data = c.frame()
                if c.bad_frames:
                    data = [b"", b"IBF1", data[:-1], b"XXXX" + data[4:], data[:6] + b"\xff\xff" + data[8:]][c.sequence % 5]
                for client in list(c.clients):
                    if client.transport.get_write_buffer_size() < 200000:
                        send(client, 2, data)
            if count % max(1, int(fps)) == 0:
                self.tell(c.status())
            if count % max(1, int(fps / 2)) == 0:
                self.tell(c.measurements())


def send(writer, opcode, data):
    size = len(data)
    head = bytes([0x80 | opcode])
    head += bytes([size]) if size < 126 else struct.pack(">BH", 126, size) if size < 65536 else struct.pack(">BQ", 127, size)
    if not writer.is_closing():
        writer.write(head + data)


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fps", type=float, default=9)
    options = parser.parse_args()
    server = Server(Camera())
    listening = await asyncio.start_server(server.client, "127.0.0.1", options.port)
    print(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/", flush=True)
    await server.run(options.fps)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
