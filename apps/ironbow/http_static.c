/// The page's files: built in, or from a directory for those who work on them.
///
/// Nothing outside of the directory is ever opened: names are checked, no link is followed, nothing
/// that begins with a dot exists.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/ironbow/http_files.h"
#include "apps/ironbow/http_session.h"
#include "core/status.h"

#define PATH_BYTES 256
#define FILE_MOST_BYTES (16u << 20)

static const struct {
    const char *ending;
    const char *type;
} TYPES[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
};

const char *ib_app_http_type_of(const char *path) {
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (strcmp(dot, TYPES[i].ending) == 0)
            return TYPES[i].type;
    }
    return "application/octet-stream";
}

/// "/a/b" without escapes and its slash in front; "/" is the page.
static bool decode_path(const struct ib_app_http_session *self, char out[PATH_BYTES]) {
    struct ib_slice rest = self->target.path, part;
    size_t size = 0;
    while (ib_target_component(&rest, &part)) {
        if (size > 0)
            out[size++] = '/';
        int length = ib_target_decode(part, out + size, PATH_BYTES - size - 1);
        if (length <= 0 || out[size] == '.')
            return false;
        size += (size_t)length;
    }
    if (size == 0)
        snprintf(out, PATH_BYTES, "index.html");
    return true;
}

/// What a page of ours may load: what comes from here.
static void put_policy(struct ib_app_http_session *self) {
    const struct ib_slice *host = ib_message_header(&self->wire.message, "Host");
    struct ib_authority authority;
    char from[300] = "";
    // 'self' is not the same host's WebSockets in every browser.
    if (host && ib_authority_read(*host, &authority))
        snprintf(from, sizeof from, " ws://%.*s wss://%.*s",
                 (int)(host->size < 128 ? host->size : 0), host->at,
                 (int)(host->size < 128 ? host->size : 0), host->at);
    ib_app_http_header(self, "Content-Security-Policy",
                       "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'%s; "
                       "object-src 'none'; base-uri 'none'; form-action 'self'; "
                       "frame-ancestors 'self'",
                       from);
    ib_app_http_header(self, "Cross-Origin-Resource-Policy", "same-origin");
}

/// True: the client has it already, and that is answered.
static bool is_known(struct ib_app_http_session *self, const char *etag) {
    ib_app_http_header(self, "ETag", "%s", etag);
    ib_app_http_header(self, "Cache-Control", "no-cache");
    if (!ib_http_is_known(&self->wire.message, etag))
        return false;
    ib_app_http_bytes(self, 304, NULL, NULL, 0);
    return true;
}

static void not_found(struct ib_app_http_session *self) {
    ib_app_http_error(self, 404, "there is no such file");
}

static void built_in(struct ib_app_http_session *self, const char *path) {
    const struct ib_app_web_file *file = NULL;
    char etag[64];
    for (size_t i = 0; i < ib_app_web_file_count && !file; i++) {
        if (strcmp(ib_app_web_files[i].path, path) == 0)
            file = &ib_app_web_files[i];
    }
    if (!file) {
        not_found(self);
        return;
    }
    bool packed = file->gzip && ib_http_accepts_gzip(&self->wire.message);
    size_t size = strlen(file->etag) - 1; // without its closing quote
    snprintf(etag, sizeof etag, "%.*s%s\"", (int)size, file->etag, packed ? "-gz" : "");
    put_policy(self);
    if (file->gzip)
        ib_app_http_header(self, "Vary", "Accept-Encoding");
    if (is_known(self, etag))
        return;
    if (packed)
        ib_app_http_header(self, "Content-Encoding", "gzip");
    ib_app_http_bytes(self, 200, file->type, packed ? file->gzip : file->bytes,
                      packed ? file->gzip_size : file->size);
}

/// Return: a descriptor of a regular file, or -1.
static int open_below(const char *directory, const char *path, struct stat *about) {
    char part[PATH_BYTES];
    int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (at >= 0) {
        size_t size = strcspn(path, "/");
        bool last = path[size] == 0;
        snprintf(part, sizeof part, "%.*s", (int)size, path);
        int next = openat(at, part,
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC |
                              (last ? 0 : O_DIRECTORY));
        close(at);
        at = next;
        if (last)
            break;
        path += size + 1;
    }
    if (at >= 0 && fstat(at, about) == 0 && S_ISREG(about->st_mode))
        return at;
    if (at >= 0)
        close(at);
    return -1;
}

static void from_directory(struct ib_app_http_session *self, const char *path) {
    struct stat about;
    char etag[80];
    int fd = open_below(self->door->config.web, path, &about);
    if (fd < 0 || about.st_size > (off_t)FILE_MOST_BYTES) {
        if (fd >= 0)
            close(fd);
        not_found(self);
        return;
    }
    snprintf(etag, sizeof etag, "\"%jx-%jx-%lx\"", (uintmax_t)about.st_size,
             (uintmax_t)about.st_mtim.tv_sec, (unsigned long)about.st_mtim.tv_nsec);
    put_policy(self);
    if (is_known(self, etag)) {
        close(fd);
        return;
    }
    self->file = fd;
    self->file_at = 0;
    struct ib_http_answer answer = {.status = 200,
                                    .type = ib_app_http_type_of(path),
                                    .body = IB_HTTP_PIECES,
                                    .size = (uint64_t)about.st_size};
    ib_app_http_answer(self, &answer);
}

void ib_app_http_file(struct ib_app_http_session *self) {
    char path[PATH_BYTES];
    bool root = ib_slice_is(self->target.path, "/");
    if (root && self->target.query.size > 0 && ib_app_http_take_token(self))
        return;
    if (!decode_path(self, path)) {
        not_found(self);
        return;
    }
    // Browsers ask for it by themselves.
    if (strcmp(path, "favicon.ico") == 0 || strcmp(path, "favicon") == 0)
        snprintf(path, sizeof path, "favicon.svg");
    if (self->door->config.web)
        from_directory(self, path);
    else
        built_in(self, path);
}
