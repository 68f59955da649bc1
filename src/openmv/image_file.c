/// Names and formats. See image_file.h.
#include "openmv/image_file.h"

#include <stdbool.h>

#include "openmv/image.h"

struct ending {
    const char *text;
    enum ib_image_file file;
};

static const struct ending endings[] = {
    {".bmp", IB_IMAGE_FILE_BMP},  {".ppm", IB_IMAGE_FILE_PPM}, {".pgm", IB_IMAGE_FILE_PGM},
    {".jpg", IB_IMAGE_FILE_JPG},  {".png", IB_IMAGE_FILE_PNG}, {".raw", IB_IMAGE_FILE_RAW},
    {".jpeg", IB_IMAGE_FILE_JPG},
};

static bool ends_with(const char *name, size_t size, const char *ending) {
    size_t length = 0;
    while (ending[length])
        length++;
    if (size < length)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[size - length + i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 'a' - 'A');
        if (c != ending[i])
            return false;
    }
    return true;
}

enum ib_image_file ib_image_file_of_name(const char *name, size_t size) {
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (ends_with(name, size, endings[i].text))
            return endings[i].file;
    }
    return IB_IMAGE_FILE_BY_FORMAT;
}

enum ib_image_file ib_image_file_of_format(uint32_t format, const char **ending) {
    enum ib_image_file file = format & IB_PIXFORMAT_MUTABLE ? IB_IMAGE_FILE_BMP
                              : format == IB_PIXFORMAT_JPEG ? IB_IMAGE_FILE_JPG
                              : format == IB_PIXFORMAT_PNG  ? IB_IMAGE_FILE_PNG
                                                            : IB_IMAGE_FILE_RAW;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (endings[i].file == file) {
            *ending = endings[i].text;
            break;
        }
    }
    return file;
}

enum ib_image_problem ib_image_file_check(enum ib_image_file file, uint32_t format) {
    bool bayer = ib_pixformat_family(format) == IB_PIXFORMAT_BAYER;
    switch (file) {
    case IB_IMAGE_FILE_BMP:
        return format & IB_PIXFORMAT_MUTABLE ? IB_IMAGE_FINE : IB_IMAGE_NOT_BMP;
    case IB_IMAGE_FILE_PPM:
        return format == IB_PIXFORMAT_RGB565 ? IB_IMAGE_FINE : IB_IMAGE_NOT_PPM;
    case IB_IMAGE_FILE_PGM:
        return format == IB_PIXFORMAT_GRAYSCALE ? IB_IMAGE_FINE : IB_IMAGE_NOT_PGM;
    case IB_IMAGE_FILE_RAW:
        return bayer ? IB_IMAGE_FINE : IB_IMAGE_NOT_BAYER;
    default:
        return IB_IMAGE_FINE;
    }
}
