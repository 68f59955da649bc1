/// What can be wrong with what a script asks of an image, in the words that it then sees.
///
/// Source: OpenMV firmware 5.0, texts of its image module; those it does not have are marked in the
///         table.
#ifndef IB_OPENMV_IMAGE_PROBLEM_H
#define IB_OPENMV_IMAGE_PROBLEM_H

#ifdef __cplusplus
extern "C" {
#endif

/// The exception's class.
enum ib_script_error {
    IB_SCRIPT_VALUE_ERROR,
    IB_SCRIPT_OS_ERROR, ///< with a text, not a number
    IB_SCRIPT_TYPE_ERROR,
    IB_SCRIPT_RUNTIME_ERROR,
    IB_SCRIPT_MEMORY_ERROR,
};

enum ib_image_problem {
    IB_IMAGE_FINE,
    // Arguments.
    IB_IMAGE_ROI_SIZE,
    IB_IMAGE_ROI_OUTSIDE,
    IB_IMAGE_PALETTE,
    IB_IMAGE_PALETTE_FORMAT,
    IB_IMAGE_PALETTE_SIZE,
    IB_IMAGE_ALPHA,
    IB_IMAGE_RGB_CHANNEL,
    IB_IMAGE_TRANSFORM,
    IB_IMAGE_NO_NUMBER,
    IB_IMAGE_QUALITY,
    IB_IMAGE_SUBSAMPLING,
    IB_IMAGE_SAVE_QUALITY,
    IB_IMAGE_TEXT_SCALE,
    IB_IMAGE_TEXT_SCALE_MOST,
    IB_IMAGE_BINS,
    IB_IMAGE_L_BINS,
    IB_IMAGE_A_BINS,
    IB_IMAGE_B_BINS,
    IB_IMAGE_BINS_MOST,
    IB_IMAGE_X_STRIDE,
    IB_IMAGE_Y_STRIDE,
    IB_IMAGE_DIFFERENCE,
    IB_IMAGE_SLICE_STEP,
    IB_IMAGE_SLICE_LENGTH,
    // The image itself.
    IB_IMAGE_NOT_MUTABLE,
    IB_IMAGE_COMPRESSED,
    IB_IMAGE_NOT_GRAYSCALE,
    IB_IMAGE_RAW_ONLY_COPY,
    IB_IMAGE_READ_ONLY,
    // Its size and place.
    IB_IMAGE_WIDTH,
    IB_IMAGE_HEIGHT,
    IB_IMAGE_TOO_LARGE,
    IB_IMAGE_FORMAT,
    IB_IMAGE_BUFFER_SMALL,
    IB_IMAGE_BUFFER_MISSING,
    IB_IMAGE_BUFFER_ALIGNMENT,
    IB_IMAGE_NO_ROOM,
    IB_IMAGE_NO_MEMORY,
    IB_IMAGE_NO_CODEC,
    IB_IMAGE_COMPRESSION,
    // Files.
    IB_IMAGE_JPEG_KIND,
    IB_IMAGE_JPEG_BROKEN,
    IB_IMAGE_PNG_KIND,
    IB_IMAGE_PNG_BROKEN,
    IB_IMAGE_NOT_BMP,
    IB_IMAGE_NOT_PPM,
    IB_IMAGE_NOT_PGM,
    IB_IMAGE_NOT_BAYER,
    IB_IMAGE_NO_INTERSECTION,
    IB_IMAGE_PROBLEMS, ///< how many there are
};

/// Owns:   a constant text, valid for ever; never NULL.
const char *ib_image_problem_text(enum ib_image_problem problem);
enum ib_script_error ib_image_problem_error(enum ib_image_problem problem);

#ifdef __cplusplus
}
#endif

#endif
