/// One HTTP POST with a deadline: what a webhook needs and nothing else.
#ifndef IB_APP_HTTP_POST_H
#define IB_APP_HTTP_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ib_app_http_target {
    char host[256];
    char port[8];
    char path[1024]; ///< with the question part
};

/// "http://host:port/path". A path may be missing; https is refused by name.
/// Return: whether it is one; else `problem` says why not.
bool ib_app_http_parse(struct ib_app_http_target *out, const char *url, char *problem,
                       size_t problem_size);

/// POST `size` bytes of JSON and read the answer's first line.
/// Return: 0 when the answer is 2xx.
/// Errors: -1 with `problem` filled.
/// Blocks: until the answer, at most until the deadline (on ib_host_now_us; looking up a name may
///         take longer than that).
int ib_app_http_post(const struct ib_app_http_target *target, const char *json, size_t size,
                     uint64_t deadline_us, char *problem, size_t problem_size);

#endif
