/// There is no default token: one of 128 random bits is made where none is.
#include "apps/ironbow/secure.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/status.h"
#include "ports/linux/storage_file.h"

#define SHORTEST 16

/// The file is there as a whole or not at all: a half one would keep the camera from starting.
static int write_new(const char *path, const char *text, size_t size, char *problem,
                     size_t problem_size) {
    char beside[4300];
    snprintf(beside, sizeof beside, "%s.new", path);
    unlink(beside); // of a start that was cut short
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = fd < 0 ? errno : 0;
    if (error == 0) {
        errno = 0;
        if (write(fd, text, size) != (ssize_t)size || fsync(fd) != 0)
            error = errno ? errno : ENOSPC;
    }
    if (fd >= 0)
        close(fd);
    if (error == 0 && rename(beside, path) != 0)
        error = errno;
    if (error == 0)
        return 0;
    if (fd >= 0)
        unlink(beside);
    snprintf(problem, problem_size, "%s: %s", path, strerror(error));
    return -error;
}

static int make_token(const char *path, char *problem, size_t problem_size) {
    uint8_t random[16];
    char text[2 * sizeof random + 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        snprintf(problem, problem_size, "no random numbers");
        return -EIO;
    }
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(text + 2 * i, 3, "%02x", random[i]);
    text[2 * sizeof random] = '\n';
    return write_new(path, text, sizeof text - 1, problem, problem_size);
}

static int read_token(struct ib_app_secure *self, char *problem, size_t problem_size) {
    uint8_t *bytes;
    size_t size;
    if (ib_storage_file_read(self->token_path, 4096, &bytes, &size, problem, problem_size) != IB_OK)
        return -EIO;
    while (size > 0 && isspace(bytes[size - 1]))
        size--;
    bool good = size >= SHORTEST && size <= IB_TCAM_TOKEN_BYTES;
    for (size_t i = 0; good && i < size; i++)
        good = bytes[i] > ' ' && bytes[i] < 0x7F;
    if (good) {
        memcpy(self->token, bytes, size);
        self->token[size] = 0;
    } else {
        snprintf(problem, problem_size,
                 "%s: a token is one line of %d to %d printable characters without blanks",
                 self->token_path, SHORTEST, IB_TCAM_TOKEN_BYTES);
    }
    free(bytes);
    return good ? 0 : -EINVAL;
}

int ib_app_secure_open(struct ib_app_secure *self, const char *directory, const char *token_file,
                       const char *name, char *problem, size_t problem_size) {
    char certificate[4200], key[4200];
    snprintf(certificate, sizeof certificate, "%s/certificate.pem", directory);
    snprintf(key, sizeof key, "%s/key.pem", directory);
    if (token_file)
        snprintf(self->token_path, sizeof self->token_path, "%s", token_file);
    else
        snprintf(self->token_path, sizeof self->token_path, "%s/token", directory);
    if (!token_file && access(self->token_path, F_OK) != 0) {
        int status = make_token(self->token_path, problem, problem_size);
        if (status != 0)
            return status;
    }
    int status = read_token(self, problem, problem_size);
    if (status == 0)
        status = ib_tls_open_server(&self->tls, certificate, key, name, problem, problem_size);
    return status;
}

void ib_app_secure_close(struct ib_app_secure *self) {
    if (self->tls)
        ib_tls_close(self->tls);
    self->tls = NULL;
    memset(self->token, 0, sizeof self->token);
}
