"""NetworkManager as the tests need it: dbusmock's template, moved by lines on standard input.

mock_network_manager.py BUS-ADDRESS new|old

"new" has AddAndActivateConnection2 with volatile profiles, as NetworkManager has since 1.16; "old" has
what the template has. There are a Wi-Fi interface wlan0, a wired one eth0 with a connection of somebody
else's, and a profile "Home" that nobody may touch. One line a command, one line of answer each.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
import dbusmock
from dbusmock import mockobject
from gi.repository import GLib

NAME = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
SETTINGS = ROOT + "/Settings"
DEVICE = NAME + ".Device"
ACTIVE = NAME + ".Connection.Active"
WLAN = ROOT + "/Devices/wlan0"
CONFIG = ROOT + "/IP4Config/7"
READING = {"Get", "GetAll", "GetDeviceByIpIface", "GetPermissions", "GetConnectionByUuid",
           "Introspect", "GetSettings"}

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(sys.argv[1])
calls = []
refusal = None
volatile = set()
counter = 0


def note(_, message):
    if message.get_type() == 1 and message.get_path().startswith("/org/freedesktop"):
        calls.append([message.get_path(), message.get_member()])
    return 1  # DBUS_HANDLER_RESULT_NOT_YET_HANDLED


bus.add_message_filter(note)
owned = dbus.service.BusName(NAME, bus, do_not_queue=True)
main = mockobject.DBusMockObject(owned, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager", {},
                                 "/dev/null", True)
mockobject.objects["/org/freedesktop"] = main
main.AddTemplate("networkmanager", dbus.Dictionary({}, signature="sv"))
manager = dbusmock.get_object(ROOT)
settings = dbusmock.get_object(SETTINGS)
main.AddWiFiDevice("wlan0", "wlan0", 30)
main.AddEthernetDevice("eth0", "eth0", 100)
wlan = dbusmock.get_object(WLAN)
wlan.AddProperty(DEVICE, "Ip4Config", dbus.ObjectPath("/"))
main.AddObject(CONFIG, NAME + ".IP4Config", {
    "AddressData": dbus.Array([], signature="a{sv}"), "Gateway": ""}, [])
FOREIGN = settings.SettingsAddConnection(dbus.Dictionary({
    "connection": dbus.Dictionary({"id": "Home", "type": "802-3-ethernet",
                                   "uuid": "11111111-2222-3333-4444-555555555555"},
                                  signature="sv")}, signature="sa{sv}"))
manager.AddActiveConnection(["/org/freedesktop/NetworkManager/Devices/eth0"], FOREIGN, "/", "foreign", 2)


def update(path, interface, values):
    # The mock's own way to do it knows no object paths.
    thing = dbusmock.get_object(path)
    thing.props[interface].update(values)
    thing.EmitSignal(dbus.PROPERTIES_IFACE, "PropertiesChanged", "sa{sv}as", [
        interface, dbus.Dictionary(values, signature="sv"), dbus.Array([], signature="s")])


def move(state, reason=0):
    before = wlan.Get(DEVICE, "State")
    update(WLAN, DEVICE, {"State": dbus.UInt32(state),
                                   "StateReason": (dbus.UInt32(state), dbus.UInt32(reason))})
    wlan.EmitSignal(DEVICE, "StateChanged", "uuu",
                    [dbus.UInt32(state), dbus.UInt32(before), dbus.UInt32(reason)])


def add_and_activate(_, profile, device, specific, options):
    """Like the real one: the profile is there, and the interface is on its way."""
    global counter
    if refusal:
        raise dbus.exceptions.DBusException("not today", name=refusal)
    if options.get("persist") != "volatile" or options.get("bind-activation") != "dbus-client":
        raise dbus.exceptions.DBusException("would stay", name=NAME + ".InvalidArguments")
    profile = str(settings.SettingsAddConnection(profile))
    volatile.add(profile)
    counter += 1
    active = f"{ROOT}/ActiveConnection/ours{counter}"
    uuid = dbusmock.get_object(profile).settings["connection"]["uuid"]
    main.AddObject(active, ACTIVE, {
        "Connection": dbus.ObjectPath(profile), "State": dbus.UInt32(1), "Uuid": uuid}, [])
    actives = manager.Get(NAME, "ActiveConnections")
    update(ROOT, NAME, {"ActiveConnections": dbus.Array(
        [*actives, dbus.ObjectPath(active)], signature="o")})
    update(WLAN, DEVICE, {"ActiveConnection": dbus.ObjectPath(active)})
    move(40)
    return (dbus.ObjectPath(profile), dbus.ObjectPath(active), dbus.Dictionary({}, signature="sv"))


def find_device(_, interface):
    for path in manager.GetDevices():
        if dbusmock.get_object(path).Get(DEVICE, "Interface") == interface:
            return path
    raise dbus.exceptions.DBusException(f"No device found for the requested iface {interface}.",
                                        name=NAME + ".UnknownDevice")


manager.get_device_by_ip_iface = find_device
manager.add_and_activate = add_and_activate
if sys.argv[2] == "new":
    manager.AddMethod(NAME, "AddAndActivateConnection2", "a{sa{sv}}ooa{sv}", "ooa{sv}",
                      "ret = self.add_and_activate(self, *args)")


def address(text):
    data = dbus.Array([dbus.Dictionary({"address": text, "prefix": dbus.UInt32(24)}, signature="sv")]
                      if text else [], signature="a{sv}")
    update(CONFIG, NAME + ".IP4Config", {"AddressData": data})
    update(WLAN, DEVICE, {"Ip4Config": dbus.ObjectPath(CONFIG if text else "/")})


def end(reason):
    """The connection fails: NetworkManager forgets what was volatile."""
    move(120, reason)
    active = str(wlan.Get(DEVICE, "ActiveConnection"))
    address("")
    if active != "/":
        profile = str(dbusmock.get_object(active).Get(ACTIVE, "Connection"))
        main.RemoveActiveConnection(WLAN, active)
        if profile in volatile:
            dbusmock.get_object(profile).ConnectionDelete(dbusmock.get_object(profile))
    move(30)


def ours():
    return [path for path in settings.ListConnections()
            if dbusmock.get_object(path).settings["connection"]["id"].startswith("ironbow-")]


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dbus.Boolean):
        return bool(value)
    return int(value) if isinstance(value, int) else str(value)


def obey(words):
    global refusal, owned
    match words:
        case ["move", state, reason]:
            move(int(state), int(reason))
        case ["address", text]:
            address(text)
        case ["end", reason]:
            end(int(reason))
        case ["refuse", *name]:
            refusal = name[0] if name else None
        case ["vanish"]:
            bus.release_name(NAME)
        case ["return"]:
            # What was active is not any more; an unsaved profile outlives a restart.
            volatile.clear()
            update(WLAN, DEVICE, {"ActiveConnection": dbus.ObjectPath("/"),
                                           "State": dbus.UInt32(30)})
            bus.request_name(NAME)
        case ["remove"]:
            profile = dbusmock.get_object(ours()[0])
            profile.ConnectionDelete(profile)
        case ["permission", name, value]:
            manager.AddMethod(NAME, "GetPermissions", "", "a{ss}", f"ret = {{{name!r}: {value!r}}}")
        case ["profiles"]:
            return ",".join(sorted(dbusmock.get_object(path).settings["connection"]["id"]
                                   for path in settings.ListConnections()))
        case ["own"]:
            return json.dumps([plain(dbusmock.get_object(path).settings) for path in ours()],
                              sort_keys=True)
        case ["changes"]:
            return ",".join(f"{path} {member}" for path, member in calls if member not in READING)
        case ["foreign"]:
            return f"{FOREIGN} {ROOT}/ActiveConnection/foreign" in (
                f"{path} {active}" for path in settings.ListConnections()
                for active in manager.Get(NAME, "ActiveConnections")) and "kept" or "touched"
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
