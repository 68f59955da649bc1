"""Live video over RTSP: our own viewer over UDP and TCP, and real players where they are installed. docs/streaming.md."""
import base64
import hashlib
import os
import re
import shutil
import socket
import struct
import subprocess
import unittest

import program
from program import Case, LIMIT_S, Running
from rtsp_client import Picture, Viewer
from snap_test import Png

RECONNECTS = 1000


class Streaming(Running):
    """`ironbow run --rtsp-port 0`: its port too."""

    def __init__(self, *args, **kwargs):
        self.rtsp_port = None
        super().__init__("--rtsp-port", "0", *args, **kwargs)

    def begun(self, line):
        super().begun(line)
        if match := re.match(r"rtsp (rtsp://[\d.]+:(\d+)/ironbow)", line):
            self.url, self.rtsp_port = match[1], int(match[2])
        return self.rtsp_port is not None


class RtspCase(Case):
    def begin(self, *args, step=True):
        camera = Streaming(*args, step=step)
        self.addCleanup(camera.kill)
        if step:
            camera.ok("step 4s")
        return camera

    def view(self, camera, transport=None, **kwargs):
        viewer = Viewer(camera.rtsp_port, **kwargs)
        self.addCleanup(viewer.close)
        return viewer.play(transport) if transport else viewer

    def gone(self, camera):
        """Whoever was connected is no more."""
        camera.until(lambda status: self.status(camera)["clients"] == 0, "viewers gone")

    def status(self, camera):
        return camera.ok("counters")["rtsp"]


def decode(jpeg):
    """RGB of a JPEG, by ffmpeg."""
    result = subprocess.run(["ffmpeg", "-v", "error", "-f", "mjpeg", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24",
                             "-"], input=jpeg, capture_output=True, timeout=LIMIT_S)
    if result.returncode:
        raise AssertionError(result.stderr)
    return result.stdout


def likeness(rgb, width, height, image, palette):
    """How well a picture's colours, as places on the palette, follow a frame's pixels: 1 is a perfect line."""
    seen, meant, places = [], [], {}
    for row in range(2, program.HEIGHT - 2, 5):
        for column in range(2, program.WIDTH - 2, 5):
            x, y = (2 * column + 1) * width // (2 * program.WIDTH), (2 * row + 1) * height // (2 * program.HEIGHT)
            colour = tuple(rgb[3 * (y * width + x):][:3])
            if colour not in places:
                places[colour] = min(range(256), key=lambda i: sum((a - b) ** 2 for a, b in zip(palette[i], colour)))
            seen.append(places[colour])
            meant.append(image.pixels[row * program.WIDTH + column])
    count = len(seen)
    mean_seen, mean_meant = sum(seen) / count, sum(meant) / count
    both = sum((a - mean_seen) * (b - mean_meant) for a, b in zip(seen, meant))
    return both / (sum((a - mean_seen) ** 2 for a in seen) * sum((b - mean_meant) ** 2 for b in meant)) ** 0.5


class Conversation(RtspCase):
    def test_a_description(self):
        camera = self.begin()
        viewer = self.view(camera)
        self.assertEqual(viewer.ask("OPTIONS").status, 200)
        answer = viewer.ask("DESCRIBE", Accept="application/sdp")
        self.assertEqual(answer.headers["Content-Base"], [camera.url + "/"])
        self.assertIn("\r\nm=video 0 RTP/AVP 26\r\n", answer.body)
        self.assertIn("\r\na=x-dimensions:640,480\r\n", answer.body)
        self.assertIn(" IN IP4 127.0.0.1\r\n", answer.body)
        self.assertEqual(camera.stop(), 0)

    def test_refusals(self):
        camera = self.begin()
        viewer = self.view(camera)
        self.assertEqual(viewer.ask("DESCRIBE", camera.url + "/other").status, 404)
        self.assertEqual(viewer.ask("PLAY", Session="12345678").status, 454)
        for offer in ("RTP/AVP;multicast", "RTP/AVP;unicast;client_port=5000-5001;destination=127.0.0.2",
                      "RTP/AVP;unicast;client_port=22-23"):
            self.assertEqual(viewer.ask("SETUP", camera.url + "/track0", Transport=offer).status, 461, offer)
        self.assertEqual(viewer.ask("SETUP", camera.url + "/track0", Transport="RTP/AVP;unicast;client_port=5000-5001;"
                                    "destination=127.0.0.1").status, 200)

    def test_what_is_no_rtsp(self):
        camera = self.begin()
        for text in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00", b"DESCRIBE x\r\n\r\n",
                     b"OPTIONS * RTSP/1.0\r\nX: " + b"y" * 9000):
            with socket.create_connection(("127.0.0.1", camera.rtsp_port), LIMIT_S) as stranger:
                stranger.sendall(text)
                with stranger.makefile("rb") as file:
                    self.assertRegex(file.read(), rb"^RTSP/1\.0 4(00|31) ")
        self.assertEqual(self.view(camera).ask("OPTIONS").status, 200)

    def test_one_too_many_is_told_so(self):
        camera = self.begin("--max-clients", "2")
        viewers = [self.view(camera) for _ in range(2)]
        for viewer in viewers:
            self.assertEqual(viewer.ask("SETUP", camera.url, Transport="RTP/AVP/TCP;unicast;interleaved=0-1").status, 200)
        self.assertEqual(self.view(camera).answer().status, 453)
        viewers[0].close()
        camera.until(lambda status: self.status(camera)["clients"] == 1, "room")
        self.assertEqual(self.view(camera).ask("OPTIONS").status, 200)

    def test_who_sets_nothing_up_gives_way(self):
        camera = self.begin("--max-clients", "2")
        silent, talking = self.view(camera), self.view(camera)
        self.assertEqual(talking.ask("OPTIONS").status, 200)
        camera.until(lambda status: self.status(camera)["clients"] == 2, "both")
        viewers = [self.view(camera, "tcp") for _ in range(2)]
        for viewer in viewers:
            self.assertTrue(viewer.picture())
        for stranger in silent, talking:
            with self.assertRaises(ConnectionError):
                stranger._need(1)
        self.assertEqual(self.view(camera).answer().status, 453)


class Pictures(RtspCase):
    def test_every_way_carries_the_same_pictures(self):
        """Two viewers over UDP and two over TCP, each with numbers of its own."""
        camera = self.begin()
        viewers = [self.view(camera, transport) for transport in ("udp", "tcp", "udp", "tcp")]
        self.assertEqual(len({viewer.ssrc for viewer in viewers}), 4)
        last = {}
        for number in range(4):
            if number:
                camera.ok("step 300ms")
            pictures = [viewer.picture() for viewer in viewers]
            if number == 0:
                for viewer, picture in zip(viewers, pictures):
                    self.assertEqual((picture.sequence, picture.timestamp), (viewer.first, viewer.first_timestamp))
            self.assertEqual({(picture.width, picture.height) for picture in pictures}, {(640, 480)})
            # More than one frame may fall into a step: a slow viewer need not have seen the same ones.
            times = [(picture.timestamp - viewer.first_timestamp) & 0xFFFFFFFF
                     for viewer, picture in zip(viewers, pictures)]
            for viewer, time, picture in zip(viewers, times, pictures):
                self.assertGreaterEqual(time, last.get(viewer, 0))
                self.assertLess(time, 90000 * 3)
                last[viewer] = time
            if number == 0:
                self.assertEqual(len({picture.jpeg for picture in pictures}), 1)
        self.assertEqual(camera.stop(), 0)

    def test_timestamps_are_those_of_the_frames(self):
        camera = self.begin()
        viewer = self.view(camera, "tcp")
        first = viewer.picture().timestamp
        with camera.stepping("115ms"):
            # A Lepton of 9 Hz gives a new frame every 3 * 37.9 ms or so.
            times = [(viewer.picture().timestamp - first) & 0xFFFFFFFF for _ in range(8)]
        for before, after in zip(times, times[1:]):
            self.assertGreater(after - before, 8000)
            self.assertLess((after - before) / 10240 - round((after - before) / 10240), 0.1)

    def test_reports_tell_the_time(self):
        camera = self.begin()
        for transport in ("udp", "tcp"):
            viewer = self.view(camera, transport)
            timestamp = viewer.picture().timestamp
            reports = [viewer.packet(1)]
            camera.ok("step 5100ms")
            reports.append(viewer.packet(1))
            parsed = [struct.unpack(">BBHIIIIII", report[:28]) for report in reports]
            for first, kind, _, ssrc, *_ in parsed:
                self.assertEqual((first, kind, ssrc), (0x80, 200, viewer.ssrc))
            ntp = [seconds + fraction / 2 ** 32 for _, _, _, _, seconds, fraction, *_ in parsed]
            ticks = (parsed[1][6] - parsed[0][6]) & 0xFFFFFFFF
            self.assertAlmostEqual(ticks / 90000, ntp[1] - ntp[0], places=3)
            self.assertLess((parsed[0][6] - timestamp) & 0xFFFFFFFF, 90000)
            self.assertGreater(parsed[1][7], 0)
            self.assertIn(b"ironbow", reports[0])
            viewer.ask("TEARDOWN")
            while viewer.packet(1)[-7] != 203:  # BYE
                pass
            viewer.close()

    def test_pause_and_play_again(self):
        camera = self.begin()
        viewer = self.view(camera, "tcp")
        last = viewer.picture()
        self.assertEqual(viewer.ask("PAUSE").status, 200)
        camera.ok("step 2s")
        answer = viewer.ask("PLAY")
        while len(viewer.interleaved[0]):
            last = viewer.picture()  # were on their way before the pause
        self.assertEqual(int(re.search(r"seq=(\d+)", answer.headers["RTP-Info"][0])[1]),
                         (last.last_sequence + 1) & 0xFFFF)
        self.assertGreater((viewer.picture().timestamp - last.timestamp) & 0xFFFFFFFF, 90000)

    @unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
    def test_the_picture_shows_the_scene(self):
        camera = self.begin()
        palette = Png(self.works("snap", "-o", "-", "--format", "png")).palette
        with camera.client() as client, camera.stepping():
            client.send("get_image")
            image = client.image()
        for transport in ("udp", "tcp"):
            picture = self.view(camera, transport).picture()
            rgb = decode(picture.jpeg)
            self.assertEqual(len(rgb), 3 * picture.width * picture.height)
            self.assertGreater(likeness(rgb, picture.width, picture.height, image, palette), 0.97)


class Trouble(RtspCase):
    def test_a_silent_viewer_is_given_up(self):
        camera = self.begin()
        viewer = self.view(camera, "udp")
        viewer.picture()
        camera.ok("step 50s")
        viewer.ask("GET_PARAMETER")  # a sign of life
        camera.ok("step 50s")
        self.assertEqual(self.status(camera)["clients"], 1)
        camera.ok("step 16s")
        while viewer.packet(1)[-7] != 203:  # BYE
            pass
        with self.assertRaises(ConnectionError):
            viewer._need(1 << 20)
        self.assertEqual(self.status(camera)["timeouts"], 1)
        self.gone(camera)

    def test_receiver_reports_are_signs_of_life(self):
        camera = self.begin()
        viewer = self.view(camera, "udp")
        for number in range(3):
            camera.ok("step 50s")
            report = struct.pack(">BBHII", 0x81, 201, 7, 1, viewer.ssrc) + bytes(20)
            viewer.sockets[1].sendto(report, ("127.0.0.1", viewer.server_ports[1]))
            camera.until(lambda status: self.status(camera)["reports"] == number + 1, "the report")
        viewer.sockets[1].sendto(b"nonsense", ("127.0.0.1", viewer.server_ports[1]))
        viewer.sockets[0].sendto(b"a hole in a firewall", ("127.0.0.1", viewer.server_ports[0]))
        camera.until(lambda status: self.status(camera)["malformed"] == 1, "the nonsense")
        # Somebody else cannot speak for it.
        with socket.socket(type=socket.SOCK_DGRAM) as stranger:
            stranger.sendto(report, ("127.0.0.1", viewer.server_ports[1]))
        self.assertEqual(viewer.ask("GET_PARAMETER").status, 200)
        self.assertEqual(self.status(camera)["reports"], 3)

    def test_a_viewer_that_stalls_loses_whole_pictures(self):
        camera = self.begin()
        stalled = self.view(camera, "tcp", narrow=True)
        reader = self.view(camera, "udp")
        for _ in range(40):
            camera.ok("step 500ms")
        # What it finds now: whole pictures without a hole in the numbers, and a jump in time.
        times, expected = [], stalled.first
        while len(times) < 2 or times[-1] - times[-2] < 90000 * 5:
            picture = stalled.picture()
            self.assertEqual(picture.sequence, expected)
            expected = (picture.last_sequence + 1) & 0xFFFF
            times.append((picture.timestamp - stalled.first_timestamp) & 0xFFFFFFFF)
        self.assertGreater(times[-1], 90000 * 15)
        self.assertGreater(self.status(camera)["frames_missed"], 50)
        self.assertTrue(reader.picture())

    def test_a_thousand_reconnects(self):
        camera = self.begin()
        folder = f"/proc/{camera.process.pid}/fd"
        self.view(camera, "tcp").close()
        self.gone(camera)
        before, memory = len(os.listdir(folder)), self.memory(camera)
        for number in range(RECONNECTS):
            viewer = Viewer(camera.rtsp_port)
            if number % 4 == 0:
                viewer.play("udp" if number % 8 else "tcp")
            elif number % 4 == 1:
                viewer.setup("tcp")
            elif number % 4 == 2:
                viewer.socket.sendall(b"DESCRIBE rtsp://")
            if number % 3 == 0:  # a reset, not an end
                viewer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            viewer.close()
        self.gone(camera)
        self.assertEqual(self.status(camera)["playing"], 0)
        # The control connection that just answered may still be closing.
        self.assertLessEqual(len(os.listdir(folder)), before + 2)
        # A connection takes 20 KB: a thousand that were kept could not be overlooked.
        if not self.is_sanitized(camera):
            self.assertLess(self.memory(camera) - memory, 4 << 20)
        self.assertEqual(camera.stop(), 0)

    @staticmethod
    def memory(camera):
        with open(f"/proc/{camera.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    @staticmethod
    def is_sanitized(camera):
        """A sanitizer's allocator keeps what was freed."""
        with open(f"/proc/{camera.process.pid}/maps", encoding="ascii", errors="replace") as file:
            maps = file.read()
        return "libasan" in maps or "libtsan" in maps

    def test_the_network_goes_and_comes(self):
        camera = self.begin()
        viewer = self.view(camera, "tcp")
        camera.ok("fault network")
        camera.ok("step 1s")
        with self.assertRaises(ConnectionError):
            viewer._need(1 << 30)
        with self.assertRaises(ConnectionError):
            self.view(camera)
        camera.ok("heal")
        camera.ok("step 1s")
        self.assertTrue(self.view(camera, "tcp").picture())


class Token(RtspCase):
    def test_basic_and_digest(self):
        state = self.directory()
        camera = self.begin("--secure-port", "0", "--state", state)
        with open(os.path.join(state, "token"), encoding="ascii") as file:
            token = file.read().strip()
        viewer = self.view(camera)
        refusal = viewer.ask("DESCRIBE")
        self.assertEqual(refusal.status, 401)
        digest, basic = refusal.headers["WWW-Authenticate"]
        self.assertEqual(basic, 'Basic realm="ironbow"')
        nonce = re.fullmatch(r'Digest realm="ironbow", nonce="([0-9A-F]{16})"', digest)[1]

        def md5(*texts):
            return hashlib.md5(":".join(texts).encode()).hexdigest()
        for secret, status in ((token, 200), (token[:-1], 401)):
            plain = base64.b64encode(f"ironbow:{secret}".encode()).decode()
            self.assertEqual(viewer.ask("DESCRIBE", Authorization=f"Basic {plain}").status, status)
            response = md5(md5("ironbow", "ironbow", secret), nonce, md5("DESCRIBE", viewer.url))
            self.assertEqual(viewer.ask("DESCRIBE", Authorization=f'Digest username="ironbow", realm="ironbow", '
                                        f'nonce="{nonce}", uri="{viewer.url}", response="{response}"').status, status)
        self.assertEqual(viewer.setup("udp").status, 401)
        if shutil.which("ffmpeg"):
            with camera.stepping():
                url = camera.url.replace("rtsp://", f"rtsp://ironbow:{token}@")
                result = subprocess.run(["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-frames:v", "1",
                                         "-f", "null", "-"], capture_output=True, timeout=LIMIT_S)
                self.assertEqual(result.returncode, 0, result.stderr)


    def test_others_need_the_token_of_the_page(self):
        """What HTTP asks strangers for, RTSP asks for as well."""
        for extra, status in (([], 401), (["--http-open"], 200)):
            camera = self.begin("--listen", "0.0.0.0", "--http-port", "0", "--mdns", "off", *extra)
            self.assertEqual(self.view(camera).ask("DESCRIBE").status, status, extra)


class CommandLine(Case):
    def test_a_taken_port(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            text = self.fails(1, "run", "--tcam-port", "0", "--control", "none", "--rtsp-port", str(port))
        self.assertIn(f"127.0.0.1:{port}: ", text)

    def test_the_default_port_may_be_another(self):
        with socket.socket() as holder:
            try:
                holder.bind(("127.0.0.1", 8554))
                holder.listen()
            except OSError:
                pass  # taken already, which is as good
            process = subprocess.Popen([program.IRONBOW, "run", "--tcam-port", "0", "--control", "none", "--state",
                                        "none", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                started = program.json.loads(process.stdout.readline())
                self.assertNotEqual(started["rtsp_port"], 8554)
                self.assertEqual(started["rtsp"], f"rtsp://127.0.0.1:{started['rtsp_port']}/ironbow")
                event = started
                while event.get("event") != "log" or "8554" not in str(event):
                    event = program.json.loads(process.stdout.readline())
            finally:
                process.kill()
                process.communicate()

    def test_none(self):
        camera = self.start("--rtsp-port", "none")
        while not camera.lines[-1].startswith("Ctrl-C"):
            camera.line()
        self.assertNotIn("rtsp", "".join(camera.lines))

    def test_nothing_plain_opens_by_itself(self):
        """Whoever has closed the plain tCam port gets no other in its place."""
        process = subprocess.Popen([program.IRONBOW, "run", "--tcam-port", "none", "--secure-port", "0", "--json",
                                    "--control", "none", "--state", self.directory()],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            started = program.json.loads(process.stdout.readline())
        finally:
            process.kill()
            process.communicate()
        self.assertIn("secure_port", started)
        self.assertNotIn("rtsp", started)

    def test_hardware_has_no_ports(self):
        self.assertIn("--rtsp-port", self.fails(2, "run", "--mode", "hardware", "--rtsp-port", "0"))
        self.fails(2, "run", "--rtsp-port", "x")


class Players(RtspCase):
    """The field's own programs."""

    def runs(self, *command, **kwargs):
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=LIMIT_S, **kwargs)
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    @unittest.skipUnless(shutil.which("ffmpeg") and shutil.which("ffprobe"), "ffmpeg is not installed")
    def test_ffmpeg(self):
        camera = self.begin(step=False)
        for transport in ("udp", "tcp"):
            said = self.runs("ffprobe", "-v", "error", "-rtsp_transport", transport, "-show_entries",
                             "stream=codec_name,width,height,pix_fmt", "-of", "csv=p=0", camera.url)
            self.assertEqual(said.decode().strip(), "mjpeg,640,480,yuvj420p")
            folder = self.directory()
            said = self.runs("ffmpeg", "-v", "error", "-rtsp_transport", transport, "-i", camera.url, "-frames:v", "5",
                             "-f", "rawvideo", "-pix_fmt", "rgb24", os.path.join(folder, "frames"))
            with open(os.path.join(folder, "frames"), "rb") as file:
                self.assertEqual(len(file.read()), 5 * 640 * 480 * 3)

    @unittest.skipUnless(shutil.which("gst-launch-1.0") and shutil.which("gst-inspect-1.0"),
                         "gst-launch-1.0 is not installed")
    def test_gstreamer(self):
        for element in ("rtspsrc", "rtpjpegdepay", "jpegdec"):
            if subprocess.run(["gst-inspect-1.0", element], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=LIMIT_S).returncode:
                self.skipTest(f"GStreamer has no {element} here")
        camera = self.begin(step=False)
        for transport in ("udp", "tcp"):
            self.runs("gst-launch-1.0", "-q", "rtspsrc", f"location={camera.url}", f"protocols={transport}",
                      "latency=50", "!", "rtpjpegdepay", "!", "jpegdec", "!",
                      "video/x-raw,width=640,height=480", "!", "fakesink", "num-buffers=5")

    @unittest.skipUnless(shutil.which("cvlc"), "VLC is not installed")
    def test_vlc(self):
        found = subprocess.run(["find", "/usr/lib", "-name", "liblive555_plugin.so"], capture_output=True,
                               timeout=LIMIT_S).stdout
        if not found:
            self.skipTest("this VLC was built without live555: it plays no RTSP (Debian 12's is such a one)")
        command = ["cvlc", "-I", "dummy", "--no-audio", "--vout", "dummy", "--run-time", "4", "--play-and-exit", "-vv"]
        if os.getuid() == 0:  # it refuses to run as root
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        folder = self.directory()
        os.chmod(folder, 0o777)
        camera = self.begin(step=False)
        for option in ("--no-rtsp-tcp", "--rtsp-tcp"):
            said = self.runs(*command, option, camera.url, "vlc://quit", env=dict(os.environ, HOME=folder))
            self.assertIn(b"avcodec decoder debug", said)
        self.assertGreater(self.status(camera)["frames"], 5)


if __name__ == "__main__":
    unittest.main()
