/// The page's files as they were built in: web/ turned into constants by tools/embed_web.cmake.
#ifndef IB_APP_HTTP_FILES_H
#define IB_APP_HTTP_FILES_H

#include <stddef.h>
#include <stdint.h>

struct ib_app_web_file {
    const char *path; ///< below web/: "index.html"
    const char *type; ///< Content-Type
    const char *etag; ///< with its quotes
    const uint8_t *bytes;
    size_t size;
    const uint8_t *gzip; ///< NULL: not worth it
    size_t gzip_size;
};

extern const struct ib_app_web_file ib_app_web_files[];
extern const size_t ib_app_web_file_count;

#endif
