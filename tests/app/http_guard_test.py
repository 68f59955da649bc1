"""Who is let in: names, pages of elsewhere, tokens, cookies, guesses."""
import contextlib
import os
import re
import socket
import unittest

from http_client import HttpCase, WebSocket
from program import LIMIT_S

TOKEN = "correct-horse-battery"


class Names(HttpCase):
    def setUp(self):
        self.camera = self.start("--http-name", "thermal.example.org", step=True)
        self.port = self.camera.http_port

    def ask(self, host, method="GET", path="/api/v1/config", headers=()):
        with self.camera.http(host=host) as web:
            return web.ask(method, path, headers=headers)

    def test_names_of_this_machine(self):
        machine = socket.gethostname()
        for host in ("localhost", f"LOCALHOST:{self.port}", "127.0.0.1", "10.1.2.3:99", "[::1]", f"[fe80::1]:{self.port}",
                     "tCam-Mini-1B01", "tcam-mini-1b01.local:8080", machine, f"{machine}.local", "thermal.example.org"):
            self.assertEqual(self.ask(host).status, 200, host)

    def test_other_names_are_refused(self):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost", "tcam-mini-1b01.evil",
                     "1.2.3", "0x7f000001"):
            self.is_error(self.ask(host), 421, "--http-name")
        for host in "", "a b", "[::1", "user@localhost", "localhost:0", "localhost:x":
            self.is_error(self.ask(host), 400)
        # The target's own host counts, as RFC 9112 says.
        self.is_error(self.ask("localhost", path="http://evil.example/api/v1/config"), 421)
        self.assertEqual(self.ask("evil.example", path="http://localhost/api/v1/config").status, 200)

    def test_pages_of_elsewhere_change_nothing(self):
        own = f"127.0.0.1:{self.port}"
        for origin, good in ((f"http://{own}", True), ("http://evil.example", False), (f"http://127.0.0.1:{self.port + 1}", False),
                             (f"http://localhost:{self.port}", False), ("null", False), ("", False), (f"ftp://{own}", False),
                             (f"http://{own}.evil.example", False), (f"http://{own}/", False)):
            answer = self.ask(own, "POST", "/api/v1/button", {"Origin": origin})
            self.assertEqual(answer.status, 202 if good else 403, origin)
            with self.camera.live(headers={"Origin": origin}) as live:
                self.assertEqual(live.opened.status, 101 if good else 403, origin)
            # Looking is allowed: the browser keeps what it gets from the other page.
            self.assertEqual(self.ask(own, "GET", headers={"Origin": origin}).status, 200, origin)
        self.assertEqual(self.ask(own, "POST", "/api/v1/button").status, 202)  # no browser

    def test_the_protocol_port_takes_no_orders_from_pages(self):
        """A form of any page can be sent to any port: what it says must not be carried out."""
        order = b'\x02{"cmd":"set_config","args":{"emissivity":42}}\x03'
        for head in (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nContent-Type: text/plain\r\n\r\n",
                     b"GET /", b"OPTIONS * HTTP/1.1\r\n", b"PUT /x HTTP/1.1\r\n\r\n"):
            for cut in (0, 1, 3, len(head)):
                with socket.create_connection(("127.0.0.1", self.camera.port), LIMIT_S) as page:
                    page.settimeout(LIMIT_S)
                    page.sendall(head[:cut])
                    self.camera.ok("status")
                    with contextlib.suppress(ConnectionError):
                        page.sendall(head[cut:] + order)
                    got = b""
                    with contextlib.suppress(ConnectionError):
                        while more := page.recv(4096):
                            got += more
                    self.assertEqual(got, b"", head)
        self.camera.ok("step 2s")
        self.assertEqual(self.camera.ask_http("GET", "/api/v1/config").json["emissivity"], 100)
        # Other bytes between packets are skipped, as ever.
        with self.camera.client() as client:
            client.socket.sendall(b"POSTER GET")
            self.assertIn("status", client.ask("get_status"))

    def test_no_answer_lets_another_page_read_it(self):
        answer = self.ask("localhost", headers={"Origin": "http://evil.example"})
        self.assertFalse([name for name in answer.headers if name.startswith("access-control")])

    def test_no_token_at_home(self):
        self.assertFalse(self.camera.ask_http("GET", "/api/v1/status").json["token_needed"])
        answer = self.camera.ask_http("POST", "/api/v1/login", {"token": "whatever"})
        self.assertEqual(answer.status, 200)
        self.assertNotIn("set-cookie", answer.headers)


class Tokens(HttpCase):
    def start_open(self, *args, token=TOKEN):
        place = self.directory()
        if token:
            with open(os.path.join(place, "token"), "w") as file:
                file.write(token + "\n")
            args += ("--token-file", os.path.join(place, "token"))
        return self.start("--listen", "0.0.0.0", "--mdns", "off", *args, step=True)

    def test_what_needs_it(self):
        camera = self.start_open()
        camera.ok("step 4s")
        with camera.http() as web:
            routes = web.get("/api/v1").json["routes"]
            for path in "/", "/index.html", "/healthz", "/api/v1", "/openapi.json":
                self.assertEqual(web.get(path).status, 200, path)
            for route in routes:
                if route["path"] in ("/healthz", "/api/v1", "/api/v1/login"):
                    continue
                answer = camera.ask_http(route["method"], route["path"].replace("{name}", "x"))
                self.is_error(answer, 401, "token")
                self.assertEqual(answer.headers["www-authenticate"], "Bearer")
        with camera.live() as live:
            self.assertEqual(live.opened.status, 401)

    def test_bearer(self):
        camera = self.start_open()
        with camera.http() as web:
            self.assertTrue(web.get("/api/v1/status", Authorization=f"Bearer {TOKEN}").json["token_needed"])
            for wrong in f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", f"Basic {TOKEN}", TOKEN:
                self.assertEqual(web.get("/api/v1/status", Authorization=wrong).status, 401, wrong)

    def test_login_gives_a_cookie(self):
        camera = self.start_open()
        with camera.http() as web:
            answer = web.ask("POST", "/api/v1/login", {"token": TOKEN})
            self.assertEqual(answer.status, 200)
            cookie = answer.headers["set-cookie"]
            self.assertTrue(re.search("; HttpOnly", cookie) and re.search("; SameSite=Strict", cookie), cookie)
            self.assertNotIn(TOKEN, cookie)
            pair = cookie.partition(";")[0]
            self.assertTrue(pair.startswith(f"ironbow_{camera.http_port}="))
            self.assertEqual(web.get("/api/v1/config", Cookie=f"a=b; {pair}").status, 200)
            self.assertEqual(web.get("/api/v1/config", Cookie=pair[:-1]).status, 401)
            self.is_error(web.ask("POST", "/api/v1/login", {"token": "wrong"}), 401)
            self.is_error(web.ask("POST", "/api/v1/login", {}), 401)
        with camera.live(headers={"Cookie": pair}) as live:
            self.assertEqual(live.opened.status, 101)
        # A page of elsewhere cannot use it.
        with camera.live(headers={"Cookie": pair, "Origin": "http://evil.example"}) as live:
            self.assertEqual(live.opened.status, 403)

    def test_the_address_that_is_printed(self):
        camera = self.start_open()
        self.assertTrue(camera.page.endswith(f"/?token={TOKEN}"), camera.page)
        with camera.http() as web:
            answer = web.get(f"/?token={TOKEN}")
            self.assertEqual((answer.status, answer.headers["location"]), (303, "/"))
            pair = answer.headers["set-cookie"].partition(";")[0]
            self.assertEqual(web.get("/api/v1/config", Cookie=pair).status, 200)
            self.is_error(web.get("/?token=wrong"), 401)

    def test_guessing_is_slow(self):
        camera = self.start_open()
        with camera.http() as web:
            login = web.ask("POST", "/api/v1/login", {"token": TOKEN}).headers["set-cookie"].partition(";")[0]
            statuses = [web.get("/api/v1/config", Authorization=f"Bearer guess-{i}").status for i in range(12)]
            self.assertEqual(statuses[:10], [401] * 10)
            self.assertEqual(statuses[-1], 429)
            for answer in (web.ask("POST", "/api/v1/login", {"token": TOKEN}), web.get(f"/?token={TOKEN}"),
                           web.get("/api/v1/config", Authorization=f"Bearer {TOKEN}")):
                self.is_error(answer, 429, "wait")
                self.assertGreater(int(answer.headers["retry-after"]), 0)
            self.assertEqual(web.get("/healthz").status, 503)
            # Who is in stays in.
            self.assertEqual(web.get("/api/v1/config", Cookie=login).status, 200)

    def test_an_old_cookie_is_no_attack(self):
        camera = self.start_open()
        with camera.http() as web:
            for _ in range(30):
                answer = web.get("/api/v1/config", Cookie=f"ironbow_{camera.http_port}=of-long-ago")
                self.assertEqual(answer.status, 401)
            self.assertEqual(web.ask("POST", "/api/v1/login", {"token": TOKEN}).status, 200)

    def test_a_token_is_made_and_kept(self):
        home = self.directory()
        state = os.path.join(home, "state")
        first = self.start("--listen", "0.0.0.0", "--mdns", "off", "--state", state, step=True)
        token = first.page.partition("token=")[2]
        self.assertRegex(token, "^[0-9a-f]{32}$")
        with open(os.path.join(state, "token")) as file:
            self.assertEqual(file.read(), token + "\n")
        self.assertEqual(os.stat(os.path.join(state, "token")).st_mode & 0o777, 0o600)
        first.stop()
        self.assertEqual(self.start("--listen", "0.0.0.0", "--mdns", "off", "--state", state, step=True).page.partition("token=")[2],
                         token)
        # Nothing is kept: another one each time.
        nothing = self.start_open(token=None)
        self.assertRegex(nothing.page, "token=[0-9a-f]{32}$")

    def test_open(self):
        camera = self.start_open("--http-open", token=None)
        self.assertNotIn("token", camera.page)
        self.assertEqual(camera.ask_http("GET", "/api/v1/config").status, 200)
        with WebSocket(camera.http_port, headers={"Origin": "http://evil.example"}) as live:
            self.assertEqual(live.opened.status, 403)


if __name__ == "__main__":
    unittest.main()
