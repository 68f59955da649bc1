/// A server's certificate and key. Not the sessions: that is tls.c.
///
/// A file that is made is written beside its place, synced and then linked there: it is never there
/// by half, and one that another program made meanwhile is left alone. The key goes first, so what
/// a power cut can leave is a key without a certificate, which gets one at the next start.
///
/// Main sources: RFC 5280 (the certificate), link(2), the mbedTLS 2.28 headers.
#include "ports/linux/tls_certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/platform_util.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ports/linux/problem.h"

#define PEM_BYTES 4096u
/// A certificate or key file larger than this is something else.
#define FILE_LIMIT_BYTES (1u << 20)
#define VALID_YEARS 20
/// A machine without a clock of its own may start in 1970; 2020-01-01 is as early as we go.
#define EARLIEST_S 1577836800
#define DAY_S 86400
/// The most that RFC 5280 allows for a common name (ub-common-name).
#define NAME_BYTES 64u

typedef struct ib_tls_certificate_request request;

static int say(const request *self, int error, const char *what, const char *path) {
    ib_problem(self->problem, self->problem_size, "%s %s: %s", what, path, strerror(error));
    return -error;
}

static int say_mbedtls(const request *self, int code, const char *what, const char *path) {
    char why[128];
    if (code == MBEDTLS_ERR_X509_ALLOC_FAILED || code == MBEDTLS_ERR_PK_ALLOC_FAILED ||
        code == MBEDTLS_ERR_PEM_ALLOC_FAILED || code == MBEDTLS_ERR_MPI_ALLOC_FAILED)
        return say(self, ENOMEM, what, path);
    mbedtls_strerror(code, why, sizeof why);
    ib_problem(self->problem, self->problem_size, "%s %s: %s", what, path, why);
    return -EINVAL;
}

// ---- reading ----

/// The whole file with a NUL behind it, as the PEM readers want it; the caller wipes and frees it.
static int read_file(const request *self, const char *path, unsigned char **out, size_t *out_size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat there;
    if (fd < 0)
        return say(self, errno, "cannot read", path);
    int error = fstat(fd, &there) != 0 ? errno : 0;
    if (!error && !S_ISREG(there.st_mode))
        error = S_ISDIR(there.st_mode) ? EISDIR : EINVAL;
    if (!error && there.st_size > FILE_LIMIT_BYTES)
        error = EFBIG;
    size_t size = error ? 0 : (size_t)there.st_size;
    size_t got = 0;
    unsigned char *bytes = error ? NULL : malloc(size + 1);
    if (!error && !bytes)
        error = ENOMEM;
    while (!error && got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno != EINTR)
            error = errno;
        if (n == 0)
            break;
        got += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    if (error) {
        free(bytes);
        return say(self, error, "cannot read", path);
    }
    bytes[got] = '\0';
    *out = bytes;
    *out_size = got + 1;
    return 0;
}

static int read_key(const request *self, mbedtls_pk_context *key) {
    unsigned char *bytes = NULL;
    size_t size = 0;
    int error = read_file(self, self->key, &bytes, &size);
    if (error)
        return error;
    int code = mbedtls_pk_parse_key(key, bytes, size, NULL, 0);
    mbedtls_platform_zeroize(bytes, size);
    free(bytes);
    if (code == 0)
        return 0;
    if (code == MBEDTLS_ERR_PK_PASSWORD_REQUIRED) {
        ib_problem(self->problem, self->problem_size,
                   "the key %s is encrypted: store it without a password", self->key);
        return -EINVAL;
    }
    return say_mbedtls(self, code, "no usable private key (PEM) in", self->key);
}

static int read_certificate(const request *self, mbedtls_x509_crt *certificate) {
    unsigned char *bytes = NULL;
    size_t size = 0;
    int error = read_file(self, self->certificate, &bytes, &size);
    if (error)
        return error;
    int code = mbedtls_x509_crt_parse(certificate, bytes, size);
    free(bytes);
    if (code < 0)
        return say_mbedtls(self, code, "no usable certificate (PEM) in", self->certificate);
    if (code > 0) {
        ib_problem(self->problem, self->problem_size, "%d certificates in %s cannot be read", code,
                   self->certificate);
        return -EINVAL;
    }
    return 0;
}

// ---- making ----

static int write_all(int fd, const unsigned char *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, bytes + done, size - done);
        if (n < 0 && errno != EINTR)
            return errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) != 0 ? errno : 0;
}

/// The directory's entry is durable as well.
static void sync_directory(const char *path) {
    char directory[1024];
    (void)snprintf(directory, sizeof directory, "%s", path);
    char *slash = strrchr(directory, '/');
    if (slash)
        slash[slash == directory] = '\0';
    int fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/// EEXIST when somebody else was quicker.
static int put_file(const char *path, const unsigned char *bytes, size_t size, mode_t mode) {
    char *beside;
    if (asprintf(&beside, "%s.XXXXXX", path) < 0)
        return ENOMEM;
    int fd = mkostemp(beside, O_CLOEXEC); // mode 0600 from the first moment on
    if (fd < 0) {
        int failed = errno;
        free(beside);
        return failed;
    }
    int error = write_all(fd, bytes, size);
    if (!error && mode != 0600 && fchmod(fd, mode) != 0)
        error = errno;
    close(fd);
    if (!error && link(beside, path) != 0)
        error = errno;
    unlink(beside);
    free(beside);
    if (!error)
        sync_directory(path);
    return error;
}

static int make_key(const request *self, mbedtls_pk_context *key) {
    unsigned char *pem = calloc(1, PEM_BYTES);
    if (!pem)
        return say(self, ENOMEM, "cannot make the key", self->key);
    int code = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (code == 0)
        code = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
                                   mbedtls_ctr_drbg_random, self->random);
    if (code == 0)
        code = mbedtls_pk_write_key_pem(key, pem, PEM_BYTES);
    int error = code == 0 ? put_file(self->key, pem, strlen((const char *)pem), 0600) : 0;
    mbedtls_platform_zeroize(pem, PEM_BYTES);
    free(pem);
    if (code != 0)
        return say_mbedtls(self, code, "cannot make the key", self->key);
    if (error && error != EEXIST)
        return say(self, error, "cannot make the key", self->key);
    if (error == EEXIST) {
        mbedtls_pk_free(key);
        mbedtls_pk_init(key);
        return read_key(self, key);
    }
    return 0;
}

/// Letters, digits and what host names and cameras' names have besides; no comma, no escape.
static void plain_name(const char *name, char *out) {
    size_t size = 0;
    for (; *name && size < NAME_BYTES; name++) {
        char c = *name;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '_' || (c == ' ' && size > 0);
        out[size++] = plain ? c : '-';
    }
    out[size] = '\0';
    if (size == 0)
        memcpy(out, "ironbow", sizeof "ironbow");
}

static void print_time(const struct tm *when, int years, char *out, size_t size) {
    // A 29 February has no counterpart in most years.
    int day = when->tm_mon == 1 && when->tm_mday == 29 ? 28 : when->tm_mday;
    (void)snprintf(out, size, "%04d%02d%02d%02d%02d%02d", when->tm_year + 1900 + years,
                   when->tm_mon + 1, day, when->tm_hour, when->tm_min,
                   when->tm_sec < 60 ? when->tm_sec : 59);
}

static int set_validity(mbedtls_x509write_cert *write) {
    char from[80];
    char to[80];
    struct tm when;
    // A day back: the client's clock may be behind ours.
    time_t start_s = time(NULL) - DAY_S;
    if (start_s < EARLIEST_S)
        start_s = EARLIEST_S;
    gmtime_r(&start_s, &when);
    print_time(&when, 0, from, sizeof from);
    print_time(&when, VALID_YEARS, to, sizeof to);
    return mbedtls_x509write_crt_set_validity(write, from, to);
}

/// A DNS name beside the common name, which today's clients no longer look at (RFC 5280, 4.2.1.6):
/// SEQUENCE { [2] name }, all lengths below 128.
static int set_alternative_name(mbedtls_x509write_cert *write, const char *name) {
    unsigned char der[4 + NAME_BYTES];
    size_t size = strlen(name);
    der[0] = 0x30;
    der[1] = (unsigned char)(size + 2);
    der[2] = 0x82;
    der[3] = (unsigned char)size;
    for (size_t i = 0; i < size; i++)
        der[4 + i] = (unsigned char)name[i];
    return mbedtls_x509write_crt_set_extension(write, MBEDTLS_OID_SUBJECT_ALT_NAME,
                                               MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0,
                                               der, size + 4);
}

static int set_serial(const request *self, mbedtls_x509write_cert *write) {
    unsigned char bytes[16];
    mbedtls_mpi serial;
    mbedtls_mpi_init(&serial);
    int code = mbedtls_ctr_drbg_random(self->random, bytes, sizeof bytes);
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); // positive, and never 0
    if (code == 0)
        code = mbedtls_mpi_read_binary(&serial, bytes, sizeof bytes);
    if (code == 0)
        code = mbedtls_x509write_crt_set_serial(write, &serial);
    mbedtls_mpi_free(&serial);
    return code;
}

static int sign(const request *self, mbedtls_x509write_cert *write, mbedtls_pk_context *key,
                unsigned char *pem, size_t size) {
    char name[NAME_BYTES + 1];
    char subject[NAME_BYTES + 4];
    plain_name(self->name, name);
    (void)snprintf(subject, sizeof subject, "CN=%s", name);
    mbedtls_x509write_crt_set_version(write, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(write, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(write, key);
    mbedtls_x509write_crt_set_issuer_key(write, key);
    int code = mbedtls_x509write_crt_set_subject_name(write, subject);
    if (code == 0)
        code = mbedtls_x509write_crt_set_issuer_name(write, subject);
    if (code == 0)
        code = set_serial(self, write);
    if (code == 0)
        code = set_validity(write);
    if (code == 0)
        code = mbedtls_x509write_crt_set_basic_constraints(write, 0, -1);
    if (code == 0)
        code = set_alternative_name(write, name);
    if (code == 0)
        code = mbedtls_x509write_crt_pem(write, pem, size, mbedtls_ctr_drbg_random, self->random);
    return code;
}

static int make_certificate(const request *self, mbedtls_pk_context *key) {
    unsigned char *pem = calloc(1, PEM_BYTES);
    if (!pem)
        return say(self, ENOMEM, "cannot make the certificate", self->certificate);
    mbedtls_x509write_cert write;
    mbedtls_x509write_crt_init(&write);
    int code = sign(self, &write, key, pem, PEM_BYTES);
    mbedtls_x509write_crt_free(&write);
    int error = code == 0 ? put_file(self->certificate, pem, strlen((const char *)pem), 0644) : 0;
    free(pem);
    if (code != 0)
        return say_mbedtls(self, code, "cannot make the certificate", self->certificate);
    if (error && error != EEXIST)
        return say(self, error, "cannot make the certificate", self->certificate);
    return 0;
}

// ---- both ----

int ib_tls_certificate_load(const request *self, mbedtls_x509_crt *certificate,
                            mbedtls_pk_context *key) {
    struct stat there;
    bool has_certificate = lstat(self->certificate, &there) == 0;
    if (!has_certificate && errno != ENOENT)
        return say(self, errno, "cannot read", self->certificate);
    bool has_key = lstat(self->key, &there) == 0;
    if (!has_key && errno != ENOENT)
        return say(self, errno, "cannot read", self->key);
    if (has_certificate && !has_key) {
        ib_problem(self->problem, self->problem_size,
                   "there is a certificate %s but no key %s: bring the key, or remove the "
                   "certificate to have both made",
                   self->certificate, self->key);
        return -ENOENT;
    }
    int error = has_key ? read_key(self, key) : make_key(self, key);
    if (!error && !has_certificate)
        error = make_certificate(self, key);
    if (!error)
        error = read_certificate(self, certificate);
    if (!error && mbedtls_pk_check_pair(&certificate->pk, key) != 0) {
        ib_problem(self->problem, self->problem_size,
                   "the certificate %s does not belong to the key %s", self->certificate,
                   self->key);
        error = -EINVAL;
    }
    return error;
}
