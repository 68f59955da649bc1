"""Many clients, bad clients: the camera and the others do not mind."""
import os
import resource
import socket
import struct
import unittest

from program import LIMIT_S, Case, Client


def abort(connection):
    """Close with a reset, as a client does that is killed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Clients(Case):
    def setUp(self):
        self.program = None

    def begin(self, *args, clients=8):
        self.program = self.start("--max-clients", str(clients), *args, step=True)
        self.program.ok("step 8s")
        return self.program

    def tearDown(self):
        if self.program and self.program.process.returncode is None:
            self.assertEqual(self.program.stop(), 0)

    def clients_gone(self):
        """The camera has noticed that nobody is there any more."""
        return self.program.until(lambda status: status["clients"] == 0, "no clients")

    def test_several_streams_of_their_own(self):
        program = self.begin()
        clients = [program.client() for _ in range(8)]
        for number, client in enumerate(clients):
            ack = client.ask("stream_on", num_frames=number + 1)
            self.assertEqual(ack["cam_info"]["info_string"], "stream_on success")
        for _ in range(8):
            frame = program.ok("step 200ms")
            self.assertGreater(frame["frames"], 0)
            counter = program.ok("status")["frame"]["sensor_counter"]
            for number, client in enumerate(clients):
                # Keep up, so that each step gives each stream at least its newest frame.
                while getattr(client, "left", number + 1) > 0:
                    image = client.image()
                    client.left = getattr(client, "left", number + 1) - 1
                    if image.counter >= counter:
                        break
        for number, client in enumerate(clients):
            self.assertEqual(getattr(client, "left", number + 1), 0, number)
            # The stream has ended: the next thing to come is the next reply.
            self.assertIn("status", client.ask("get_status"))
            client.close()

    def test_one_too_many_is_told_so(self):
        program = self.begin(clients=3)
        clients = [program.client() for _ in range(3)]
        for client in clients:
            self.assertIn("status", client.ask("get_status"))
        with program.client() as extra:
            info = extra.packet()["cam_info"]
            self.assertIn("clients", info["info_string"])
            with self.assertRaises(ConnectionError):
                extra.packet()
        clients[0].close()
        program.until(lambda status: status["clients"] == 2, "two clients left")
        with program.client() as again:
            self.assertIn("status", again.ask("get_status"))
        for client in clients[1:]:
            self.assertIn("status", client.ask("get_status"))
            client.close()

    def test_killed_in_the_middle_of_an_image(self):
        program = self.begin()
        with program.client() as witness:
            witness.ask("stream_on")
            for size in (0, 1, 1000, 30000, 51000):
                victim = program.client()
                victim.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                victim.ask("stream_on")
                program.ok("step 300ms")
                left = size
                while left > 0:
                    left -= len(victim.socket.recv(left))
                abort(victim.socket)
                self.assertTrue(witness.image().pixels)
            # The witness saw nothing of it: whole packets, still coming.
            program.ok("step 300ms")
            self.assertTrue(witness.image().pixels)
        self.clients_gone()

    def test_a_client_that_never_reads(self):
        program = self.begin()
        deaf = program.client()
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.send("stream_on")
        with program.client() as reader:
            reader.ask("stream_on")
            last = 0
            for _ in range(60):
                program.ok("step 400ms")
                counter = program.ok("status")["frame"]["sensor_counter"]
                while last < counter and program.ok("status")["frame"]["ffc"] != "running":
                    last = reader.image().counter
        counters = program.ok("counters")
        self.assertGreater(counters["tcam"]["images_skipped"], 50)
        self.assertEqual(counters["camera"]["lost_no_slot"], 0)
        deaf.close()
        self.clients_gone()

    def test_a_silent_client_costs_nothing(self):
        program = self.begin()
        silent = [program.client() for _ in range(5)]
        with program.client() as client:
            client.ask("stream_on", num_frames=2)
            program.ok("step 1s")
            self.assertTrue(client.image().pixels)
        for client in silent:
            self.assertIn("status", client.ask("get_status"))
            client.close()

    def test_many_connects_and_disconnects(self):
        program = self.begin(clients=50)
        descriptors = f"/proc/{program.process.pid}/fd"
        before = len(os.listdir(descriptors))
        for number in range(400):
            client = program.client()
            if number % 4 == 1:
                client.send("stream_on")
            if number % 4 == 2:
                client.socket.sendall(b'\x02{"cmd":"get_sta')
            if number % 4 == 3:
                client.send("run_ffc")
            if number % 2:
                abort(client.socket)
            else:
                client.close()
        program.ok("step 10s")
        self.clients_gone()
        counters = program.ok("counters")["tcam_port"]
        self.assertEqual(counters["accepted"] + counters["refused"], 400)
        with program.client() as client:
            self.assertIn("status", client.ask("get_status"))
        self.clients_gone()
        # One more for the control connection that just answered may still be closing.
        self.assertLessEqual(len(os.listdir(descriptors)), before + 2)

    def test_hundreds_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 1024:
            self.skipTest(f"only {hard} open files are allowed here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1024), hard))
        program = self.begin(clients=300)
        clients = [program.client() for _ in range(300)]
        for client in clients:
            client.send("stream_on", num_frames=1)
        for client in clients:
            self.assertIn("cam_info", client.packet())
        program.ok("step 300ms")
        counters = {client.image().counter for client in clients}
        self.assertTrue(counters)
        for client in clients:
            client.close()
        self.clients_gone()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_commands_in_pieces_and_in_heaps(self):
        program = self.begin()
        with program.client() as client:
            for byte in b'\x02{"cmd":"get_status"}\x03':
                client.socket.sendall(bytes([byte]))
            self.assertIn("status", client.packet())
            client.socket.sendall(b'\x02{"cmd":"get_status"}\x03\x02{"cmd":"get_config"}\x03' * 200)
            for _ in range(200):
                self.assertIn("status", client.packet())
                self.assertIn("config", client.packet())

    def test_half_closed_client_gets_its_reply(self):
        program = self.begin()
        client = Client(program.port)
        client.send("get_status")
        client.socket.shutdown(socket.SHUT_WR)
        client.socket.settimeout(LIMIT_S)
        self.assertIn("status", client.packet())
        client.close()
        self.clients_gone()


if __name__ == "__main__":
    unittest.main()
