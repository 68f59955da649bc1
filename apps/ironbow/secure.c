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

/// 128 random bits as text.
/// Return: its length, or a negative errno with `problem` filled.
static int random_token(char out[IB_TCAM_TOKEN_BYTES + 1], char *problem, size_t problem_size) {
    uint8_t random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        snprintf(problem, problem_size, "no random numbers");
        return -EIO;
    }
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
    return 2 * (int)sizeof random;
}

static int make_token(const char *path, char *problem, size_t problem_size) {
    char text[IB_TCAM_TOKEN_BYTES + 2];
    int size = random_token(text, problem, problem_size);
    if (size < 0)
        return size;
    text[size++] = '\n';
    return write_new(path, text, (size_t)size, problem, problem_size);
}

static int read_token(char token[IB_TCAM_TOKEN_BYTES + 1], const char *path, char *problem,
                      size_t problem_size) {
    uint8_t *bytes;
    size_t size;
    if (ib_storage_file_read(path, 4096, &bytes, &size, problem, problem_size) != IB_OK)
        return -EIO;
    while (size > 0 && isspace(bytes[size - 1]))
        size--;
    bool good = size >= SHORTEST && size <= IB_TCAM_TOKEN_BYTES;
    for (size_t i = 0; good && i < size; i++)
        good = bytes[i] > ' ' && bytes[i] < 0x7F;
    if (good) {
        memcpy(token, bytes, size);
        token[size] = 0;
    } else {
        snprintf(problem, problem_size,
                 "%s: a token is one line of %d to %d printable characters without blanks", path,
                 SHORTEST, IB_TCAM_TOKEN_BYTES);
    }
    free(bytes);
    return good ? 0 : -EINVAL;
}

int ib_app_secure_token(char token[IB_TCAM_TOKEN_BYTES + 1], char *path, size_t path_size,
                        const char *directory, const char *name, const char *file, char *problem,
                        size_t problem_size) {
    path[0] = 0;
    if (!file && !directory) {
        int size = random_token(token, problem, problem_size);
        return size < 0 ? size : 0;
    }
    if (file)
        snprintf(path, path_size, "%s", file);
    else
        snprintf(path, path_size, "%s/%s", directory, name);
    if (!file && access(path, F_OK) != 0) {
        int status = make_token(path, problem, problem_size);
        if (status != 0)
            return status;
    }
    return read_token(token, path, problem, problem_size);
}

int ib_app_secure_open(struct ib_app_secure *self, const char *directory, const char *token_file,
                       const char *name, char *problem, size_t problem_size) {
    char certificate[4200], key[4200];
    snprintf(certificate, sizeof certificate, "%s/certificate.pem", directory);
    snprintf(key, sizeof key, "%s/key.pem", directory);
    int status = ib_app_secure_token(self->token, self->token_path, sizeof self->token_path,
                                     directory, "token", token_file, problem, problem_size);
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
