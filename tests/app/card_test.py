"""A tCam with a memory card: pictures and recordings in a directory, and what may go wrong."""
import json
import os
import shutil
import socket
import unittest

from board_case import BoardCase
from program import LIMIT_S, Client, Image

MOMENT = {"sec": 9, "min": 8, "hour": 7, "dow": 2, "day": 6, "mon": 5, "year": 54}
DAY = "tcam_24_05_06"


class CardCase(BoardCase):
    client = None

    def begin_card(self, *args, card=None):
        self.card = card or self.directory()
        self.begin("--board", "tcam", "--card", self.card, *args)
        self.connect()
        self.set_time()
        return self.program

    def connect(self):
        self.client = self.program.client()
        self.addCleanup(self.client.close)

    def set_time(self):
        self.says(1, "set_time success", "set_time", **MOMENT)

    def told(self, name, **args):
        """The answer to one command, with time running until it is there."""
        self.client.send(name, **args)
        with self.program.stepping("100ms"):
            return self.client.packet()

    def says(self, value, text, name, **args):
        self.assertEqual(self.told(name, **args),
                         {"cam_info": {"info_value": value, "info_string": text}})

    def names(self, directory="/"):
        answer = self.told("get_filesystem_list", dir_name=directory)["filesystem_list"]
        self.assertEqual(answer["dir_name"], directory)
        names = answer["name_list"].split(",")
        self.assertEqual(names.pop(), "")
        return names

    def raw(self):
        """One packet's bytes without its delimiters."""
        while b"\x03" not in self.client.buffer:
            got = self.client.socket.recv(65536)
            self.assertTrue(got, "closed by the camera")
            self.client.buffer += got
        packet, _, self.client.buffer = self.client.buffer.partition(b"\x03")
        self.assertEqual(packet[:1], b"\x02")
        return packet[1:]

    def content(self, *names):
        with open(os.path.join(self.card, *names), "rb") as file:
            return file.read()

    def recording(self, file, complete=True):
        """The records of a .tmjsn: images, and the footer."""
        records = self.content(DAY, file).split(b"\x03")
        self.assertEqual(records.pop(), b"")
        records = [json.loads(record) for record in records]
        if complete:
            footer = records.pop()["video_info"]
            self.assertEqual(footer["num_frames"], len(records))
            self.assertEqual(footer["version"], 1)
            self.assertEqual(footer["start_time"], records[0]["metadata"]["Time"])
            self.assertEqual(footer["end_time"], records[-1]["metadata"]["Time"])
        for record in records:
            self.assertIn("radiometric", record)
        return [Image(record) for record in records]

    def is_recording(self):
        return self.told("get_status")["status"]["Recording"]


class Pictures(CardCase):
    def test_status_and_model(self):
        self.begin_card()
        status = self.told("get_status")["status"]
        self.assertEqual(list(status)[:6],
                         ["Camera", "Model", "Version", "Recording", "Time", "Date"])
        self.assertEqual((status["Camera"], status["Model"] & 0x700FF, status["Recording"]),
                         ("tCam-1B01", 0x70001, 0))
        self.assertIn("Battery", status)
        self.assertIn(status["Battery Level"], (0, 25, 50, 75, 100))
        self.assertIn(status["Charge"], ("OFF", "ON", "DONE", "FAULT"))

    def test_a_picture_is_the_packet(self):
        self.begin_card()
        self.assertEqual(self.names(), [])
        self.says(1, "take_picture success", "take_picture")
        self.assertEqual(self.names(), [DAY])
        (file,) = self.names(DAY)
        self.assertRegex(file, r"^img_7_08_(09|1\d)\.tjsn$")
        content = self.content(DAY, file)
        self.client.send("get_file", dir_name=DAY, file_name=file)
        self.assertEqual(self.raw(), content)
        image = Image(json.loads(content))
        self.assertEqual((image.metadata["Camera"], image.metadata["Date"]),
                         ("tCam-1B01", "5/6/24"))
        self.assertGreater(max(image.pixels), min(image.pixels) + 1000)

    def test_many_of_one_second(self):
        self.begin_card()
        for _ in range(5):
            self.set_time()
            self.says(1, "take_picture success", "take_picture")
        files = self.names(DAY)
        self.assertEqual((len(files), len(set(files))), (5, 5))
        contents = {self.content(DAY, file) for file in files}
        self.assertEqual(len(contents), 5)

    def test_beside_a_stream(self):
        self.begin_card()
        with self.program.client() as stream:
            stream.ask("stream_on")
            self.step("1s")
            self.says(1, "take_picture success", "take_picture")
            self.step("1s")
            for _ in range(3):
                stream.image()

    def test_delete(self):
        self.begin_card()
        for _ in range(2):
            self.says(1, "take_picture success", "take_picture")
        first, second = self.names(DAY)
        delete = "delete_filesystem_obj"
        self.says(1, f"{delete} success", delete, dir_name=DAY, file_name=first)
        self.assertEqual(self.names(DAY), [second])
        self.assertEqual(os.listdir(os.path.join(self.card, DAY)), [second])
        self.says(0, "Could not delete image", delete, dir_name=DAY, file_name=first)
        self.says(0, "Error reading image file", "get_file", dir_name=DAY, file_name=first)
        self.says(1, f"{delete} success", delete, dir_name=DAY)
        self.assertEqual(self.names(), [])
        self.says(0, "Failed to get filesystem catalog", "get_filesystem_list", dir_name=DAY)
        self.says(0, "Could not delete image", delete, dir_name=DAY)

    def test_files_of_others(self):
        """Not of the two kinds, no images, too large, in parts: said so, and the camera goes on."""
        self.begin_card()
        os.mkdir(self.card + "/mine")
        files = {"notes.txt": b"text", "empty.tjsn": b"", "text.tjsn": b"hello",
                 "half.tjsn": b"{\"metadata\":{", "large.tjsn": b"{" + b" " * 500000 + b"}",
                 "empty.tmjsn": b"", "noise.tmjsn": bytes(range(256)) * 1000,
                 "delimiters.tmjsn": b"\x03" * 5000}
        for name, content in files.items():
            with open(f"{self.card}/mine/{name}", "wb") as file:
                file.write(content)
        os.mkdir(self.card + "/mine/below.tjsn")
        self.assertEqual(set(self.names("mine")), set(files))
        for name in [*files, "below.tjsn", "nothing.tjsn"]:
            with self.subTest(name):
                self.says(0, "Error reading image file", "get_file", dir_name="mine",
                          file_name=name)

    def test_a_tcam_mini_has_none_of_it(self):
        self.begin()
        for name in ("take_picture", "record_on", "record_off", "get_filesystem_list", "get_file",
                     "delete_filesystem_obj", "poweroff"):
            info = self.ask(name, dir_name="/")["cam_info"]
            self.assertEqual((info["info_value"], info["info_string"]),
                             (2, "Unsupported command in json string"))
        status = self.ask("get_status")["status"]
        self.assertEqual(status["Model"] & 0x300FF, 2)
        self.assertNotIn("Recording", status)
        self.assertIn("needs --board tcam", self.fails(2, "run", "--card", "x"))


class Paths(CardCase):
    """Nothing outside the directory can be listed, read or deleted."""

    def setUp(self):
        outside = self.directory()
        self.secret = outside + "/secret.tjsn"
        card = outside + "/card"
        os.makedirs(card + "/inside")
        with open(self.secret, "w", encoding="ascii") as file:
            file.write("{\"radiometric\":\"secret\"}")
        shutil.copy(self.secret, card + "/inside/.hidden.tjsn")
        os.symlink(outside, card + "/way")
        os.symlink(self.secret, card + "/inside/link.tjsn")
        self.begin_card(card=card)

    DIRECTORIES = ("..", ".", "", "../", "inside/..", "inside/../..", "/..", "//", "/etc", "way",
                   "inside/", "\\..", "..\0", "a" * 33, "a" * 300, "\u0000", "way/card")
    FILES = ("../../secret.tjsn", "..", ".", "", "/etc/passwd", "link.tjsn", ".hidden.tjsn",
             "../secret.tjsn", "x" * 40 + ".tjsn", "secret.tjsn")

    def refused(self, name, **args):
        with self.subTest((name, args)):
            answer = self.told(name, **args)
            self.assertEqual(answer["cam_info"]["info_value"], 0, answer)
            self.assertTrue(os.path.exists(self.secret))

    def test_list(self):
        for directory in self.DIRECTORIES:
            self.refused("get_filesystem_list", dir_name=directory)
        self.refused("get_filesystem_list")
        self.refused("get_filesystem_list", dir_name=7)
        self.assertEqual(self.names(), ["inside"])
        self.assertEqual(self.names("inside"), [])

    def test_read(self):
        for directory in self.DIRECTORIES:
            self.refused("get_file", dir_name=directory, file_name="secret.tjsn")
        for file in self.FILES:
            self.refused("get_file", dir_name="inside", file_name=file)
            self.refused("get_file", dir_name="/", file_name=file)

    def test_delete(self):
        for directory in self.DIRECTORIES:
            self.refused("delete_filesystem_obj", dir_name=directory)
            self.refused("delete_filesystem_obj", dir_name=directory, file_name="secret.tjsn")
        for file in self.FILES:
            if file != "link.tjsn":  # a link itself may go, what it leads to may not
                self.refused("delete_filesystem_obj", dir_name="inside", file_name=file)
        for name in ("/", 7, None):
            self.refused("delete_filesystem_obj", dir_name=name)
        self.told("delete_filesystem_obj", dir_name="inside", file_name="link.tjsn")
        self.assertTrue(os.path.exists(self.secret))
        self.assertTrue(os.path.isdir(self.card + "/inside"))


class Recordings(CardCase):
    def test_so_many_frames(self):
        self.begin_card()
        self.says(1, "record_on success", "record_on", num_frames=7)
        self.assertEqual(self.is_recording(), 1)
        self.step("3s")
        self.assertEqual(self.is_recording(), 0)
        (file,) = self.names(DAY)
        self.assertRegex(file, r"^mov_7_08_(09|1\d)\.tmjsn$")
        counters = [image.counter for image in self.recording(file)]
        self.assertEqual(len(counters), 7)
        steps = {b - a for a, b in zip(counters, counters[1:])}
        self.assertEqual(steps, {1})
        # What a client gets are the same images, and the footer.
        self.client.send("get_file", dir_name=DAY, file_name=file)
        packets = [self.raw() for _ in range(8)]
        self.assertEqual(b"".join(packet + b"\x03" for packet in packets),
                         self.content(DAY, file))
        self.assertIn("status", self.told("get_status"))

    def test_with_a_delay_until_it_is_ended(self):
        self.begin_card()
        self.says(1, "record_on success", "record_on", delay_msec=1000)
        self.step("10s")
        self.assertEqual(self.is_recording(), 1)
        self.says(1, "record_off success", "record_off")
        self.assertEqual(self.is_recording(), 0)
        (file,) = self.names(DAY)
        self.assertAlmostEqual(len(self.recording(file)), 10, delta=2)
        self.says(1, "record_off success", "record_off")  # nothing to end

    def test_its_client_may_go_and_another_end_it(self):
        self.begin_card()
        self.says(1, "record_on success", "record_on")
        self.client.close()
        self.step("2s")
        self.connect()
        self.assertEqual(self.is_recording(), 1)
        (file,) = self.names(DAY)
        self.says(0, "Could not delete image", "delete_filesystem_obj", dir_name=DAY)
        # It can be looked at while it grows.
        self.client.send("get_file", dir_name=DAY, file_name=file)
        packets = []
        while not packets or "video_info" not in packets[-1]:
            packets.append(json.loads(self.raw()))
        self.assertEqual(packets[-1]["video_info"]["num_frames"], len(packets) - 1)
        self.says(1, "record_off success", "record_off")
        self.recording(file)

    def test_a_second_one_begins_another_file(self):
        self.begin_card()
        self.says(1, "record_on success", "record_on")
        self.step("1s")
        self.says(0, "record_on failed", "record_on", delay_msec="soon")
        self.assertEqual(self.is_recording(), 1)
        self.says(1, "record_on success", "record_on")
        self.step("1s")
        self.says(1, "record_off success", "record_off")
        files = self.names(DAY)
        self.assertEqual(len(files), 2)
        for file in files:
            self.assertGreater(len(self.recording(file)), 3)

    def ends_complete(self, end):
        self.begin_card()
        self.says(1, "record_on success", "record_on")
        self.step("2s")
        end()
        self.assertEqual(self.program.wait(), 0)
        (file,) = os.listdir(os.path.join(self.card, DAY))
        self.assertGreater(len(self.recording(file)), 10)

    def test_ctrl_c(self):
        self.ends_complete(lambda: self.program.process.send_signal(2))

    def test_quit(self):
        self.ends_complete(lambda: self.program.ok("quit"))

    def test_poweroff(self):
        """Its answer goes out first."""
        def poweroff():
            self.assertEqual(self.client.ask("poweroff")["cam_info"],
                             {"info_value": 1, "info_string": "poweroff success"})
            with self.assertRaises(ConnectionError):
                self.client.packet()
        self.ends_complete(poweroff)

    def test_killed(self):
        """The footer is missing, whole images are not; reading gives a footer that is true."""
        self.begin_card()
        self.says(1, "record_on success", "record_on")
        self.step("2s")
        self.program.kill()
        (file,) = os.listdir(os.path.join(self.card, DAY))
        images = self.recording(file, complete=False)
        self.assertGreater(len(images), 10)
        # Half an image more, as after a power cut.
        with open(os.path.join(self.card, DAY, file), "ab") as out:
            out.write(self.content(DAY, file)[:20000])
        self.begin_card(card=self.card)
        self.client.send("get_file", dir_name=DAY, file_name=file)
        packets = [json.loads(self.raw()) for _ in range(len(images) + 1)]
        self.assertEqual(packets[-1]["video_info"]["num_frames"], len(images))
        self.assertEqual([Image(packet).counter for packet in packets[:-1]],
                         [image.counter for image in images])

    def test_an_ffc_and_a_fault_in_between(self):
        """A gap is no damage."""
        program = self.begin_card()
        self.says(1, "record_on success", "record_on")
        self.step("1s")
        with program.stepping():
            program.ok("ffc")
        self.step("1s")
        program.ok("unplug")
        self.step("3s")
        program.ok("plug")
        self.frames_come(40)
        self.says(1, "record_off success", "record_off")
        (file,) = self.names(DAY)
        self.assertGreater(len(self.recording(file)), 15)


class Trouble(CardCase):
    def no_card(self):
        for command, text in (("take_picture", "Cannot take picture.  No SD Card installed"),
                              ("record_on", "Cannot start recording.  No SD Card installed")):
            self.says(0, text, command)
        self.says(0, "get_filesystem_list failed", "get_filesystem_list", dir_name="/")
        self.says(0, "get_file failed", "get_file", dir_name=DAY, file_name="a.tjsn")
        self.says(0, "Could not delete image", "delete_filesystem_obj", dir_name=DAY)
        self.says(1, "record_off success", "record_off")

    def test_no_card_and_then_one(self):
        place = self.directory() + "/card"
        self.begin_card(card=place)
        self.no_card()
        self.assertFalse(os.path.exists(place))
        os.mkdir(place)
        self.says(1, "take_picture success", "take_picture")
        self.assertEqual(self.names(), [DAY])
        shutil.rmtree(place)
        self.no_card()

    def test_no_slot_for_one(self):
        self.begin("--board", "tcam")
        self.connect()
        self.no_card()

    def test_pulled_while_recording(self):
        self.begin_card()
        self.says(1, "record_on success", "record_on")
        self.step("1s")
        os.rename(self.card, self.card + "-pulled")
        self.addCleanup(shutil.rmtree, self.card + "-pulled", ignore_errors=True)
        self.step("2s")
        self.assertEqual(self.is_recording(), 0)
        self.assertFalse(os.path.exists(self.card))
        self.assertIn("warning", self.program.stderr())
        os.rename(self.card + "-pulled", self.card)
        self.says(1, "record_on success", "record_on", num_frames=3)
        self.step("2s")
        self.assertEqual(len(self.names(DAY)), 2)

    def test_no_frames(self):
        """take_picture gives up after 5 s; a recording waits."""
        program = self.begin_card()
        program.ok("unplug")
        self.step("1s")
        self.says(0, "take_picture failed", "take_picture")
        self.assertEqual(self.names(), [])

    def test_a_client_that_goes_in_the_middle_of_a_file(self):
        program = self.begin_card()
        self.says(1, "record_on success", "record_on", num_frames=30)
        self.step("6s")
        (file,) = self.names(DAY)
        for size in (1, 1000, 60000, 400000):
            with socket.create_connection(("127.0.0.1", program.port), LIMIT_S) as victim:
                victim.sendall(b"\x02" + json.dumps({
                    "cmd": "get_file", "args": {"dir_name": DAY, "file_name": file},
                }).encode() + b"\x03")
                while size > 0:
                    size -= len(victim.recv(min(size, 65536)))
        # Others do not wait for one who reads slowly.
        slow = Client(program.port)
        slow.send("get_file", dir_name=DAY, file_name=file)
        self.assertIn("status", self.told("get_status"))
        self.says(1, "take_picture success", "take_picture")
        slow.close()
        program.until(lambda status: status["clients"] == 1, "one client")
        self.assertEqual(len(self.recording(file)), 30)


if __name__ == "__main__":
    unittest.main()
