/// Fuzz: BMP, PGM and PPM files. Byte 0 says how the rest, a file, is cut into pieces: whatever
/// comes, pieces and the whole must give the same; what was read is written and read again.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/bmp.h"
#include "image/file_kind.h"
#include "image/pnm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_PX 65536

static void require(bool condition) {
    if (!condition)
        abort();
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/// Return: what reading ends with; 1 for a whole picture, which then lies in `pixels`.
static int read_bmp(const uint8_t *file, size_t size, size_t piece, uint16_t *pixels,
                    struct ib_image *out) {
    struct ib_bmp bmp;
    int status = ib_bmp_look(&bmp, file, least(size, IB_BMP_HEAD_BYTES), size);
    if (status < 0 || (int64_t)bmp.width_px * bmp.height_px > MOST_PX)
        return -1;
    *out = ib_image_of(pixels, bmp.format, bmp.width_px, bmp.height_px);
    for (size_t at = bmp.rows_at; status == 0 && at < size; at += piece)
        status = ib_bmp_feed(&bmp, out, file + at, least(piece, size - at));
    require(status == 1); // the head has promised it
    return status;
}

static int read_pnm(const uint8_t *file, size_t size, size_t piece, uint16_t *pixels,
                    struct ib_image *out) {
    struct ib_pnm pnm;
    int status = ib_pnm_look(&pnm, file, least(size, IB_PNM_HEAD_BYTES), size);
    if (status < 0 || (int64_t)pnm.width_px * pnm.height_px > MOST_PX)
        return -1;
    *out = ib_image_of(pixels, pnm.format, pnm.width_px, pnm.height_px);
    for (size_t at = pnm.rows_at; status == 0 && at < size; at += piece)
        status = ib_pnm_feed(&pnm, out, file + at, least(piece, size - at));
    return status == 0 ? ib_pnm_end(&pnm, out) : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint16_t whole[MOST_PX], parts[MOST_PX];
    static uint8_t written[MOST_PX * 3 + 2048];
    struct ib_image picture, other;
    struct ib_bmp_writer writer;
    size_t done = 0, got;
    if (size < 2)
        return 0;
    size_t piece = (size_t)data[0] + 1;
    bool bmp = ib_file_kind_of(data + 1, size - 1) == IB_FILE_BMP;
    int status = (bmp ? read_bmp : read_pnm)(data + 1, size - 1, size, whole, &picture);
    require((bmp ? read_bmp : read_pnm)(data + 1, size - 1, piece, parts, &other) == status);
    if (status != 1)
        return 0;
    size_t bytes = ib_image_bytes(picture.format, picture.width_px, picture.height_px);
    require(memcmp(whole, parts, bytes) == 0);
    int64_t said = ib_bmp_writer_init(&writer, &picture,
                                      (struct ib_rect){0, 0, picture.width_px, picture.height_px});
    require(said > 0 && said <= (int64_t)sizeof written);
    while ((got = ib_bmp_writer_pull(&writer, written + done, IB_BMP_PIECE_LEAST_BYTES)) > 0)
        done += got;
    require((int64_t)done == said && read_bmp(written, done, piece, parts, &other) == 1);
    require(memcmp(whole, parts, bytes) == 0);
    return 0;
}
