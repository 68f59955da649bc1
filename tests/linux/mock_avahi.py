"""Avahi's D-Bus face as the tests need it: entry groups in a dictionary, moved by lines on stdin.

mock_avahi.py BUS-ADDRESS

One line a command, one line of answer each. Source: Avahi's D-Bus introspection files, 0.8.
"""
import json
import re
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.Avahi"
SERVER = NAME + ".Server"
GROUP = NAME + ".EntryGroup"
REGISTERING, ESTABLISHED, COLLISION, FAILURE = 1, 2, 3, 4

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
groups = {}
state = 2
taken = set()      # AddService refuses these at once
disputed = set()   # another host defends these after the commit
refusal = None
made = 0


class Collision(dbus.DBusException):
    _dbus_error_name = NAME + ".CollisionError"


class Refused(dbus.DBusException):
    _dbus_error_name = NAME + ".NotPermittedError"


class Group(dbus.service.Object):
    def __init__(self, path, owner):
        super().__init__(bus, path)
        self.path, self.owner, self.services, self.state = path, owner, [], 0

    @dbus.service.method(GROUP, in_signature="iiussssqaay", byte_arrays=True)
    def AddService(self, interface, protocol, flags, name, kind, domain, host, port, txt):
        if refusal:
            raise Refused(refusal)
        if name in taken:
            raise Collision("Local name collision")
        self.services.append({
            "interface": int(interface), "protocol": int(protocol), "flags": int(flags),
            "name": str(name), "type": str(kind), "domain": str(domain), "host": str(host),
            "port": int(port), "txt": [bytes(text).decode() for text in txt]})

    @dbus.service.method(GROUP)
    def Commit(self):
        self.tell(REGISTERING)
        if any(s["name"] in disputed for s in self.services):
            GLib.idle_add(self.tell, COLLISION)
        else:
            GLib.idle_add(self.tell, ESTABLISHED)

    @dbus.service.method(GROUP)
    def Free(self):
        del groups[self.path]
        self.remove_from_connection()

    @dbus.service.signal(GROUP, signature="is")
    def StateChanged(self, now, error):
        pass

    def tell(self, now):
        if self.path in groups:
            self.state = now
            self.StateChanged(now, "org.freedesktop.Avahi.Failure" if now == FAILURE else "")
        return False


class Server(dbus.service.Object):
    @dbus.service.method(SERVER, out_signature="i")
    def GetState(self):
        return state

    @dbus.service.method(SERVER, out_signature="o", sender_keyword="sender")
    def EntryGroupNew(self, sender):
        global made
        made += 1
        path = f"/Client1/EntryGroup{made}"
        groups[path] = Group(path, sender)
        return path

    @dbus.service.method(SERVER, in_signature="s", out_signature="s")
    def GetAlternativeServiceName(self, name):
        match = re.fullmatch(r"(.*) #(\d+)", name)
        return f"{match[1]} #{int(match[2]) + 1}" if match else f"{name} #2"

    @dbus.service.signal(SERVER, signature="is")
    def StateChanged(self, now, error):
        pass


def on_owner(name, _, now):
    if not now:
        for group in [g for g in groups.values() if g.owner == name]:
            group.Free()


bus.add_signal_receiver(on_owner, "NameOwnerChanged", "org.freedesktop.DBus")
server = Server(bus, "/")


def obey(words):
    global state, refusal
    match words:
        case ["start"]:
            bus.request_name(NAME)
        case ["stop"]:
            bus.release_name(NAME)
            for group in list(groups.values()):
                group.Free()
        case ["state", number]:
            state = int(number)
            server.StateChanged(state, "")
        case ["taken", *name]:
            taken.add(" ".join(name))
        case ["disputed", *name]:
            disputed.add(" ".join(name))
        case ["fail"]:
            for group in groups.values():
                group.tell(FAILURE)
        case ["refuse", *why]:
            refusal = " ".join(why)
        case ["published"]:
            return json.dumps([s for g in groups.values() if g.state == ESTABLISHED
                               for s in g.services], sort_keys=True)
        case ["groups"]:
            return str(len(groups))
        case _:
            return "what?"
    return "ok"


def on_line(*_):
    line = sys.stdin.readline()
    if not line:
        loop.quit()
        return False
    try:
        print(obey(line.split()), flush=True)
    except Exception:
        loop.quit()  # the test sees the end of the answers
        raise
    return True


loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, on_line)
print("ready", flush=True)
loop.run()
