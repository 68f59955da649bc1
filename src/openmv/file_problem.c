/// The file layer's texts. See file_problem.h.
#include "openmv/file_problem.h"

#include "core/status.h"

const char *ib_openmv_file_problem(int status) {
    switch (status) {
    case IB_E_UNSUPPORTED:
    case IB_E_RANGE:
        return "Unsupported format!";
    case IB_E_TRUNCATED:
        return "Failed to read requested bytes!";
    case IB_E_VERIFY:
        return "Unexpected value read!";
    case IB_E_NO_SPACE:
        return "Failed to write requested bytes!";
    case IB_E_IO:
        return "Read failed";
    default:
        return "File corrupted!";
    }
}
