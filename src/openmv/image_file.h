/// Which kind of file an image is saved as, and what may be in which.
///
/// Source: OpenMV firmware 5.0, Image.save().
#ifndef IB_OPENMV_IMAGE_FILE_H
#define IB_OPENMV_IMAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "openmv/image_problem.h"

#ifdef __cplusplus
extern "C" {
#endif

enum ib_image_file {
    IB_IMAGE_FILE_BY_FORMAT, ///< the name has no ending that says anything
    IB_IMAGE_FILE_BMP,
    IB_IMAGE_FILE_PPM,
    IB_IMAGE_FILE_PGM,
    IB_IMAGE_FILE_JPG,
    IB_IMAGE_FILE_PNG,
    IB_IMAGE_FILE_RAW,
};

/// By its ending, in upper or lower case.
enum ib_image_file ib_image_file_of_name(const char *name, size_t size);
/// What an image of this format is saved as when the name does not say: BMP for what can be drawn on,
/// the stream as it is, RAW for the rest.
/// Return: never BY_FORMAT. `ending`: what is put behind the name; a constant.
enum ib_image_file ib_image_file_of_format(uint32_t format, const char **ending);
/// May an image of this format be in such a file? BY_FORMAT: any.
enum ib_image_problem ib_image_file_check(enum ib_image_file file, uint32_t format);

#ifdef __cplusplus
}
#endif

#endif
