/// The questions before the start, asked one after the other. See network_probe.h.
///
/// Main source: NetworkManager D-Bus API 1.42 (GetDeviceByIpIface, Device, GetPermissions).
#include "ports/linux/network_probe.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>

#include "ports/linux/bus_loop.h"
#include "ports/linux/host_clock.h"
#include "ports/linux/network_names.h"
#include "ports/linux/problem.h"

#define PATIENCE_US 2000000u
#define DEVICE_WIFI 2u

struct probe {
    sd_bus *bus;
    const char *interface;
    uint64_t deadline_us;
    sd_bus_error error;
    char *problem;
    size_t problem_size;
};

/// Send `call` (ownership moves here) and wait for the reply.
static int ask(struct probe *self, sd_bus_message *call, sd_bus_message **reply) {
    uint64_t now_us = ib_host_now_us();
    uint64_t left_us = now_us < self->deadline_us ? self->deadline_us - now_us : 1;
    int error = sd_bus_message_set_auto_start(call, 0);
    if (error >= 0)
        error = sd_bus_call(self->bus, call, left_us, &self->error, reply);
    sd_bus_message_unref(call);
    return error < 0 ? error : 0;
}

/// Make a call, and say in words what became of it.
static int fail(struct probe *self, int error) {
    const char *name = self->error.name ? self->error.name : "";
    if (strcmp(name, SD_BUS_ERROR_SERVICE_UNKNOWN) == 0 ||
        strcmp(name, SD_BUS_ERROR_NAME_HAS_NO_OWNER) == 0) {
        ib_problem(self->problem, self->problem_size,
                   "NetworkManager does not run (systemctl status NetworkManager)");
        return -ENOENT;
    }
    if (strstr(name, "AccessDenied") || strstr(name, "PermissionDenied")) {
        ib_problem(self->problem, self->problem_size, "NetworkManager gives no permission: %s",
                   self->error.message ? self->error.message : name);
        return -EACCES;
    }
    if (error == -ETIMEDOUT || strcmp(name, SD_BUS_ERROR_NO_REPLY) == 0) {
        ib_problem(self->problem, self->problem_size, "NetworkManager does not answer");
        return -ETIMEDOUT;
    }
    ib_problem(self->problem, self->problem_size, "NetworkManager: %s",
               self->error.message ? self->error.message : strerror(-error));
    return error < 0 ? error : -EIO;
}

static int find_device(struct probe *self, char *path, size_t size) {
    sd_bus_message *call = NULL;
    sd_bus_message *reply = NULL;
    const char *found = "";
    int error = sd_bus_message_new_method_call(self->bus, &call, NM_SERVICE, NM_PATH, NM_SERVICE,
                                               "GetDeviceByIpIface");
    if (error >= 0)
        error = sd_bus_message_append(call, "s", self->interface);
    if (error >= 0)
        error = ask(self, call, &reply);
    else
        sd_bus_message_unref(call);
    if (error >= 0)
        error = sd_bus_message_read(reply, "o", &found);
    // NetworkManager's own errors all mean that it knows none.
    bool unknown =
        self->error.name && strncmp(self->error.name, NM_SERVICE, strlen(NM_SERVICE)) == 0;
    if (unknown && !strstr(self->error.name, "PermissionDenied")) {
        ib_problem(self->problem, self->problem_size,
                   "NetworkManager knows no interface %s (nmcli device lists them)",
                   self->interface);
        error = -ENODEV;
    } else if (error < 0) {
        error = fail(self, error);
    } else {
        ib_problem(path, size, "%s", found);
        error = 0;
    }
    sd_bus_message_unref(reply);
    return error;
}

static int get_property(struct probe *self, const char *path, const char *property,
                        const char *type, void *out) {
    sd_bus_message *call = NULL;
    sd_bus_message *reply = NULL;
    int error = sd_bus_message_new_method_call(self->bus, &call, NM_SERVICE, path,
                                               "org.freedesktop.DBus.Properties", "Get");
    if (error >= 0)
        error = sd_bus_message_append(call, "ss", NM_DEVICE, property);
    if (error >= 0)
        error = ask(self, call, &reply);
    else
        sd_bus_message_unref(call);
    if (error >= 0)
        error = sd_bus_message_read(reply, "v", type, out);
    sd_bus_message_unref(reply);
    return error < 0 ? fail(self, error) : 0;
}

static int check_device(struct probe *self, const char *path) {
    uint32_t type = 0;
    int managed = 0;
    int error = get_property(self, path, "DeviceType", "u", &type);
    if (!error)
        error = get_property(self, path, "Managed", "b", &managed);
    if (error)
        return error;
    if (type != DEVICE_WIFI) {
        ib_problem(self->problem, self->problem_size, "%s is no Wi-Fi interface", self->interface);
        return -ENOTTY;
    }
    if (!managed) {
        ib_problem(self->problem, self->problem_size,
                   "NetworkManager does not manage %s (nmcli device set %s managed yes)",
                   self->interface, self->interface);
        return -ENOTTY;
    }
    return 0;
}

/// A permission that needs somebody to type a password is none for a camera.
static bool is_refused(const char *permission, const char *value) {
    return (strcmp(permission, NM_SERVICE ".network-control") == 0 ||
            strcmp(permission, NM_SERVICE ".settings.modify.system") == 0) &&
           (strcmp(value, "no") == 0 || strcmp(value, "auth") == 0);
}

static int check_permissions(struct probe *self) {
    sd_bus_message *call = NULL;
    sd_bus_message *reply = NULL;
    const char *permission;
    const char *value;
    bool refused = false;
    int error = sd_bus_message_new_method_call(self->bus, &call, NM_SERVICE, NM_PATH, NM_SERVICE,
                                               "GetPermissions");
    if (error >= 0)
        error = ask(self, call, &reply);
    if (error >= 0)
        error = sd_bus_message_enter_container(reply, 'a', "{ss}");
    while (error > 0 && (error = sd_bus_message_read(reply, "{ss}", &permission, &value)) > 0)
        refused |= is_refused(permission, value);
    sd_bus_message_unref(reply);
    if (error < 0)
        return fail(self, error);
    if (refused) {
        ib_problem(self->problem, self->problem_size,
                   "no permission to change networks (run as root, or let polkit allow "
                   "org.freedesktop.NetworkManager.network-control and settings.modify.system)");
        return -EACCES;
    }
    return 0;
}

int ib_network_probe(const char *address, const char *interface, char *problem,
                     size_t problem_size) {
    struct probe self = {.interface = interface,
                         .deadline_us = ib_host_now_us() + PATIENCE_US,
                         .problem = problem,
                         .problem_size = problem_size};
    char path[128];
    if (!interface || !interface[0] || strlen(interface) >= IF_NAMESIZE) {
        ib_problem(problem, problem_size, "%s is no interface's name", interface ? interface : "");
        return -EINVAL;
    }
    int error = ib_bus_connect(&self.bus, address, self.deadline_us);
    if (error < 0) {
        ib_problem(problem, problem_size, "there is no D-Bus: %s", strerror(-error));
        return error;
    }
    error = find_device(&self, path, sizeof path);
    if (!error)
        error = check_device(&self, path);
    if (!error)
        error = check_permissions(&self);
    sd_bus_error_free(&self.error);
    sd_bus_close_unref(self.bus);
    return error;
}
