/// What scripts read when a picture file is not as it should be.
///
/// Source: OpenMV firmware 5.0, the texts of its file layer.
#ifndef IB_OPENMV_FILE_PROBLEM_H
#define IB_OPENMV_FILE_PROBLEM_H

#ifdef __cplusplus
extern "C" {
#endif

/// The text of the OSError for a status of image/bmp.h, image/pnm.h or image/file_kind.h: "File
/// corrupted!" (IB_E_FORMAT), "Unsupported format!" (IB_E_UNSUPPORTED), "Failed to read requested
/// bytes!" (IB_E_TRUNCATED), "Unexpected value read!" (IB_E_VERIFY) …
/// Owns:   a constant string; never NULL.
const char *ib_openmv_file_problem(int status);

#ifdef __cplusplus
}
#endif

#endif
