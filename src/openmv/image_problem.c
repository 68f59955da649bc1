/// The texts. See image_problem.h.
#include "openmv/image_problem.h"

#include "core/check.h"

struct entry {
    enum ib_script_error error;
    const char *text;
};

#define VALUE IB_SCRIPT_VALUE_ERROR
#define OS IB_SCRIPT_OS_ERROR

static const struct entry entries[IB_IMAGE_PROBLEMS] = {
    [IB_IMAGE_FINE] = {VALUE, "nothing is wrong"},
    [IB_IMAGE_ROI_SIZE] = {OS, "Invalid ROI dimensions!"},
    [IB_IMAGE_ROI_OUTSIDE] = {OS, "ROI does not overlap on the image!"},
    [IB_IMAGE_PALETTE] = {VALUE, "Invalid color palette"},
    [IB_IMAGE_PALETTE_FORMAT] = {VALUE, "Unexpcted color palette format"}, // sic
    [IB_IMAGE_PALETTE_SIZE] = {VALUE, "Color palette must be 256 pixels"},
    [IB_IMAGE_ALPHA] = {VALUE, "Alpha ranges between 0 and 255"},
    [IB_IMAGE_RGB_CHANNEL] = {VALUE, "RGB channel can be 0, 1, or 2"},
    [IB_IMAGE_TRANSFORM] = {IB_SCRIPT_TYPE_ERROR, "Transform operations are not supported!"},
    [IB_IMAGE_NO_NUMBER] = {VALUE, "Scale must be a finite number"}, // ours
    [IB_IMAGE_QUALITY] = {VALUE, "Quality ranges between 0 and 100"},
    [IB_IMAGE_SUBSAMPLING] = {VALUE, "Invalid subsampling"}, // ours
    [IB_IMAGE_SAVE_QUALITY] = {OS, "Error: 1 <= quality <= 100!"},
    [IB_IMAGE_TEXT_SCALE] = {OS, "Error: 0 < scale!"},
    [IB_IMAGE_TEXT_SCALE_MOST] = {OS, "Error: scale <= 1024!"}, // ours
    [IB_IMAGE_BINS] = {OS, "bins must be >= 2"},
    [IB_IMAGE_L_BINS] = {OS, "l_bins must be >= 2"},
    [IB_IMAGE_A_BINS] = {OS, "a_bins must be >= 2"},
    [IB_IMAGE_B_BINS] = {OS, "b_bins must be >= 2"},
    [IB_IMAGE_BINS_MOST] = {OS, "bins must be <= 256"},               // ours
    [IB_IMAGE_X_STRIDE] = {OS, "x_stride must be > 0"},               // ours
    [IB_IMAGE_Y_STRIDE] = {OS, "y_stride must be > 0"},               // ours
    [IB_IMAGE_DIFFERENCE] = {OS, "Images must have the same shape!"}, // ours
    [IB_IMAGE_SLICE_STEP] = {OS, "only slices with step=1 (aka None) are supported"},
    [IB_IMAGE_SLICE_LENGTH] = {OS, "cannot grow or shrink image"},
    [IB_IMAGE_NOT_MUTABLE] = {VALUE, "Expected a mutable image"},
    [IB_IMAGE_COMPRESSED] = {VALUE, "Expected an uncompressed image"},
    [IB_IMAGE_NOT_GRAYSCALE] = {VALUE, "Expected a grayscale image"},
    [IB_IMAGE_RAW_ONLY_COPY] = {VALUE, "Only copying/cropping is supported for Bayer/YUV!"},
    [IB_IMAGE_READ_ONLY] = {VALUE, "Image buffer is read-only"}, // ours
    [IB_IMAGE_WIDTH] = {OS, "Image width must be > 0"},
    [IB_IMAGE_HEIGHT] = {OS, "Image height must be > 0"},
    [IB_IMAGE_TOO_LARGE] = {OS, "Image width and height must be <= 16384"}, // ours
    [IB_IMAGE_FORMAT] = {OS, "Pixel format is not set or unsupported"},
    [IB_IMAGE_BUFFER_SMALL] = {VALUE, "Buffer is too small"},
    [IB_IMAGE_BUFFER_MISSING] = {VALUE, "Expected an image buffer"},
    [IB_IMAGE_BUFFER_ALIGNMENT] = {VALUE, "Buffer is not aligned to its pixels"}, // ours
    [IB_IMAGE_NO_ROOM] = {OS, "The image doesn't fit in the frame buffer!"},
    [IB_IMAGE_NO_MEMORY] = {IB_SCRIPT_MEMORY_ERROR, "Failed to allocate memory"},
    [IB_IMAGE_NO_CODEC] = {OS, "This function is unavailable on your OpenMV Cam."},
    [IB_IMAGE_COMPRESSION] = {OS, "Compression Failed!"},
    [IB_IMAGE_JPEG_KIND] = {OS, "Non-Baseline JPEGs are not supported."},
    [IB_IMAGE_JPEG_BROKEN] = {OS, "JPEG decoder failed."},
    [IB_IMAGE_PNG_KIND] = {IB_SCRIPT_RUNTIME_ERROR, "This kind of PNG is not supported"}, // ours
    [IB_IMAGE_PNG_BROKEN] = {IB_SCRIPT_RUNTIME_ERROR, "PNG decoder failed"},              // ours
    [IB_IMAGE_NOT_BMP] = {OS, "Image is not BMP!"},
    [IB_IMAGE_NOT_PPM] = {OS, "Image is not PPM!"},
    [IB_IMAGE_NOT_PGM] = {OS, "Image is not PGM!"},
    [IB_IMAGE_NOT_BAYER] = {OS, "Image is not BAYER!"},
    [IB_IMAGE_NO_INTERSECTION] = {OS, "No intersection!"},
};

const char *ib_image_problem_text(enum ib_image_problem problem) {
    IB_ASSERT(problem < IB_IMAGE_PROBLEMS);
    return entries[problem].text;
}

enum ib_script_error ib_image_problem_error(enum ib_image_problem problem) {
    IB_ASSERT(problem < IB_IMAGE_PROBLEMS);
    return entries[problem].error;
}
