/// Problem texts: what went wrong outside, in one sentence, with what to do about it.
#ifndef IB_PORTS_LINUX_PROBLEM_H
#define IB_PORTS_LINUX_PROBLEM_H

#include <stddef.h>

/// Print into `out` (cut when it does not fit, always terminated). Nothing happens when `out` is
/// NULL or `size` is 0. errno is left alone.
__attribute__((format(printf, 3, 4))) void ib_problem(char *out, size_t size, const char *format,
                                                      ...);

/// The status code that an errno means for a caller who only knows status codes.
int ib_problem_status(int error);

#endif
