/// Names to addresses. The C library's way can block for half a minute, so a thread of its own walks it.
///
/// An interrupted script leaves the thread behind; it ends when the C library lets it, and the last of
/// the two frees what they share.
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/clock.h"
#include "ports/micropython/nic.h"
#include "ports/micropython/vm_private.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"

struct question {
    struct question *next; ///< the script's next, when a callback asks meanwhile
    atomic_int owners;
    atomic_bool answered;
    int wake_fd; ///< the thread's own copy: the engine may have ended meanwhile
    int error;
    uint8_t address[4];
    char name[256];
};

static void let_go(struct question *self) {
    if (atomic_fetch_sub(&self->owners, 1) == 1) {
        close(self->wake_fd);
        free(self);
    }
}

/// What the script waits for. A life that ends meanwhile (no handler sees that) leaves them here.
static struct question *asked;

static void forget(struct question *self) {
    asked = self->next;
    let_go(self);
}

void ib_vm_resolve_release(void) {
    while (asked)
        forget(asked);
}

static void *ask(void *question) {
    struct question *self = question;
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    // MicroPython's numbers for a name that nobody has are the C library's.
    self->error = getaddrinfo(self->name, NULL, &wanted, &found);
    if (self->error == 0)
        memcpy(self->address, &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr,
               4);
    if (found)
        freeaddrinfo(found);
    atomic_store(&self->answered, true);
    uint64_t one = 1;
    ssize_t ignored = write(self->wake_fd, &one, sizeof one);
    (void)ignored;
    let_go(self);
    return NULL;
}

static struct question *start(const char *name, size_t size) {
    struct question *self = calloc(1, sizeof *self);
    pthread_attr_t attributes;
    pthread_t thread;
    if (!self)
        return NULL;
    memcpy(self->name, name, size);
    atomic_store(&self->owners, 2);
    self->wake_fd = dup(ib_vm_current->wake_fd);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int error = self->wake_fd < 0 ? -1 : pthread_create(&thread, &attributes, ask, self);
    pthread_attr_destroy(&attributes);
    if (error == 0)
        return self;
    if (self->wake_fd >= 0)
        close(self->wake_fd);
    free(self);
    return NULL;
}

int ib_vm_resolve(const char *name, size_t size, uint8_t *address) {
    struct question *question;
    if (size == 0) {
        memset(address, 0, 4);
        return 0;
    }
    if (size >= sizeof question->name)
        return MP_EINVAL;
    question = start(name, size);
    if (!question)
        return MP_ENOMEM;
    question->next = asked;
    asked = question;
    nlr_buf_t nlr;
    if (nlr_push(&nlr) != 0) {
        forget(question);
        nlr_raise(MP_OBJ_FROM_PTR(nlr.ret_val));
    }
    while (!atomic_load(&question->answered))
        ib_vm_pause_until(IB_NEVER);
    nlr_pop();
    int error = question->error;
    memcpy(address, question->address, 4);
    forget(question);
    return error;
}
