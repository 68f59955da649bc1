/// Problem texts: a checked snprintf, and errno as the project's own status codes.
#include "ports/linux/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/status.h"

void ib_problem(char *out, size_t size, const char *format, ...) {
    if (!out || size == 0)
        return;
    int kept = errno;
    va_list arguments;
    va_start(arguments, format);
    // clang-tidy 14 loses sight of va_start when it reads several files in one run.
    (void)vsnprintf(out, size, format, arguments); // NOLINT(clang-analyzer-valist.Uninitialized)
    va_end(arguments);
    errno = kept;
}

int ib_problem_status(int error) {
    switch (error) {
    case 0:
        return IB_OK;
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
        return IB_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return IB_E_REFUSED;
    case EBUSY:
    case ETXTBSY:
        return IB_E_BUSY;
    case ETIMEDOUT:
        return IB_E_TIMEOUT;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
        return IB_E_NO_SPACE;
    case ENOTTY:
    case EOPNOTSUPP:
        return IB_E_UNSUPPORTED;
    case EINVAL:
        return IB_E_INVAL;
    default:
        return IB_E_IO;
    }
}
