/// Pictures from and to files, through whatever is mounted: Image("x.bmp"), save().
#include "openmv/image_file.h"

#include <string.h>

#include "core/status.h"
#include "extmod/vfs.h"
#include "image/bmp.h"
#include "image/file_kind.h"
#include "image/pnm.h"
#include "openmv/file_problem.h"
#include "openmv/image_convert.h"
#include "ports/micropython/image/frame_buffer_door.h"
#include "ports/micropython/image/image_private.h"
#include "ports/micropython/image/pixel_memory.h"
#include "ports/micropython/image/work_memory.h"
#include "py/objstr.h"
#include "py/stream.h"

#define PIECE_BYTES 4096

_Static_assert(PIECE_BYTES >= IB_BMP_HEAD_BYTES && PIECE_BYTES >= IB_PNM_HEAD_BYTES &&
                   PIECE_BYTES >= IB_BMP_PIECE_LEAST_BYTES,
               "a head lies in one piece");

static void check_file(int64_t status) {
    if (status < 0)
        ib_image_raise_os_error(ib_openmv_file_problem((int)status));
}

// ---- files ----

typedef void work(void *context, mp_obj_t file);

static void close_quietly(mp_obj_t file) {
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        mp_stream_close(file);
        nlr_pop();
    }
}

/// Open, do it, close: also when it raises.
static void with_file(mp_obj_t path, qstr mode, work *do_it, void *context) {
    mp_obj_t arguments[2] = {path, MP_OBJ_NEW_QSTR(mode)};
    mp_map_t none = {0};
    mp_obj_t file = mp_vfs_open(2, arguments, &none);
    nlr_buf_t nlr;
    if (nlr_push(&nlr) == 0) {
        do_it(context, file);
        nlr_pop();
        mp_stream_close(file);
    } else {
        close_quietly(file);
        nlr_jump(nlr.ret_val);
    }
}

static uint64_t seek(mp_obj_t file, mp_off_t offset, int whence) {
    const mp_stream_p_t *stream = mp_get_stream_raise(file, MP_STREAM_OP_IOCTL);
    struct mp_stream_seek_t place = {.offset = offset, .whence = whence};
    int error = 0;
    if (stream->ioctl(file, MP_STREAM_SEEK, (mp_uint_t)(uintptr_t)&place, &error) ==
        MP_STREAM_ERROR)
        ib_image_raise_os_error("Seek failed");
    return (uint64_t)place.offset;
}

static size_t read_some(mp_obj_t file, void *into, size_t size) {
    int error = 0;
    size_t got = mp_stream_rw(file, into, size, &error, MP_STREAM_RW_READ);
    if (error)
        ib_image_raise_os_error("Read failed");
    return got;
}

static void write_all(mp_obj_t file, const void *bytes, size_t size) {
    int error = 0;
    // A write wants memory that it could change, and does not.
    void *from = (void *)(uintptr_t)bytes;
    if (mp_stream_rw(file, from, size, &error, MP_STREAM_RW_WRITE) != size || error)
        check_file(IB_E_NO_SPACE);
}

// ---- reading ----

struct load {
    struct ib_openmv_image *out;
    bool to_frame_buffer;
    enum ib_image_file named;
    uint64_t file_bytes;
    uint8_t piece[PIECE_BYTES];
    size_t size; ///< of the piece
};

/// Memory for what has been looked at.
static void place(struct load *self, uint32_t format, int32_t width_px, int32_t height_px,
                  size_t bytes) {
    ib_image_check(ib_image_file_check(self->named, format));
    if (self->to_frame_buffer) {
        struct ib_openmv_frame_buffer *buffer = ib_frame_buffer_main();
        if (!buffer ||
            ib_openmv_frame_buffer_take(buffer, format, width_px, height_px, bytes, self->out) < 0)
            ib_image_raise(IB_IMAGE_NO_ROOM);
        return;
    }
    *self->out = (struct ib_openmv_image){
        .pixels = ib_pixel_memory(bytes),
        .width_px = width_px,
        .height_px = height_px,
        .format = format,
        .size_bytes = bytes,
        .room_bytes = bytes,
    };
}

static struct ib_image place_pixels(struct load *self, enum ib_pixels pixels, int32_t width_px,
                                    int32_t height_px) {
    uint32_t format = pixels == IB_PIXELS_GREY ? IB_PIXFORMAT_GRAYSCALE : IB_PIXFORMAT_RGB565;
    place(self, format, width_px, height_px, ib_openmv_image_bytes(format, width_px, height_px));
    return ib_image_of(self->out->pixels, pixels, width_px, height_px);
}

static void load_bmp(struct load *self, mp_obj_t file) {
    struct ib_bmp bmp;
    int status = ib_bmp_look(&bmp, self->piece, self->size, self->file_bytes);
    check_file(status);
    struct ib_image picture = place_pixels(self, bmp.format, bmp.width_px, bmp.height_px);
    seek(file, (mp_off_t)bmp.rows_at, MP_SEEK_SET);
    do {
        size_t size = read_some(file, self->piece, sizeof self->piece);
        status = size == 0 ? IB_E_TRUNCATED : ib_bmp_feed(&bmp, &picture, self->piece, size);
    } while (status == 0);
    check_file(status);
}

static void load_pnm(struct load *self, mp_obj_t file) {
    struct ib_pnm pnm;
    int status = ib_pnm_look(&pnm, self->piece, self->size, self->file_bytes);
    check_file(status);
    struct ib_image picture = place_pixels(self, pnm.format, pnm.width_px, pnm.height_px);
    seek(file, (mp_off_t)pnm.rows_at, MP_SEEK_SET);
    do {
        size_t size = read_some(file, self->piece, sizeof self->piece);
        status =
            size == 0 ? ib_pnm_end(&pnm, &picture) : ib_pnm_feed(&pnm, &picture, self->piece, size);
    } while (status == 0);
    check_file(status);
}

/// A JPEG's or PNG's bytes stay as they are; only its size is looked up.
static void load_stream(struct load *self, mp_obj_t file, enum ib_file_kind kind) {
    bool png = kind == IB_FILE_PNG;
    struct ib_file_shape shape;
    struct ib_openmv_image *out = self->out;
    if (self->file_bytes > UINT32_MAX)
        ib_image_raise(IB_IMAGE_NO_MEMORY);
    place(self, png ? IB_PIXFORMAT_PNG : IB_PIXFORMAT_JPEG, 1, 1, (size_t)self->file_bytes);
    seek(file, 0, MP_SEEK_SET);
    if (read_some(file, out->pixels, out->size_bytes) != out->size_bytes)
        check_file(IB_E_TRUNCATED);
    int status = png ? ib_png_shape(&shape, out->pixels, out->size_bytes)
                     : ib_jpeg_shape(&shape, out->pixels, out->size_bytes);
    if (status < 0)
        ib_image_raise(png ? IB_IMAGE_PNG_BROKEN : IB_IMAGE_JPEG_BROKEN);
    out->width_px = shape.width_px;
    out->height_px = shape.height_px;
    ib_openmv_frame_buffer_tell(out);
}

static void load_file(void *context, mp_obj_t file) {
    struct load *self = context;
    self->file_bytes = seek(file, 0, MP_SEEK_END);
    seek(file, 0, MP_SEEK_SET);
    self->size = read_some(file, self->piece, sizeof self->piece);
    enum ib_file_kind kind = ib_file_kind_of(self->piece, self->size);
    switch (kind) {
    case IB_FILE_BMP:
        load_bmp(self, file);
        break;
    case IB_FILE_PNM:
        load_pnm(self, file);
        break;
    case IB_FILE_JPEG:
    case IB_FILE_PNG:
        load_stream(self, file, kind);
        break;
    default:
        check_file(IB_E_UNSUPPORTED);
    }
}

void ib_image_load(mp_obj_t path, bool to_frame_buffer, struct ib_openmv_image *out) {
    size_t size;
    const char *name = mp_obj_str_get_data(path, &size);
    struct load load = {
        .out = out,
        .to_frame_buffer = to_frame_buffer,
        .named = ib_image_file_of_name(name, size),
    };
    with_file(path, MP_QSTR_rb, load_file, &load);
}

// ---- writing ----

struct save {
    enum ib_image_file file;
    struct ib_image picture;
    struct ib_rect roi;
    const uint8_t *bytes; ///< a stream's
    size_t size;
};

static void save_bmp(const struct save *self, mp_obj_t file) {
    struct ib_bmp_writer writer;
    uint8_t piece[PIECE_BYTES];
    size_t size;
    check_file(ib_bmp_writer_init(&writer, &self->picture, self->roi));
    while ((size = ib_bmp_writer_pull(&writer, piece, sizeof piece)) > 0)
        write_all(file, piece, size);
}

static void save_pnm(const struct save *self, mp_obj_t file) {
    struct ib_pnm_writer writer;
    uint8_t piece[PIECE_BYTES];
    size_t size;
    check_file(ib_pnm_writer_init(&writer, &self->picture, self->roi));
    while ((size = ib_pnm_writer_pull(&writer, piece, sizeof piece)) > 0)
        write_all(file, piece, size);
}

static void save_file(void *context, mp_obj_t file) {
    const struct save *self = context;
    switch (self->file) {
    case IB_IMAGE_FILE_BMP:
        save_bmp(self, file);
        break;
    case IB_IMAGE_FILE_PPM:
    case IB_IMAGE_FILE_PGM:
        save_pnm(self, file);
        break;
    default:
        write_all(file, self->bytes, self->size);
    }
}

/// The bytes of a JPEG or PNG. They are the collector's: a file system in Python runs while they are
/// written.
static void encode(struct save *self, const struct ib_openmv_image *image, int quality) {
    struct ib_image_conversion conversion = ib_image_conversion_plain();
    struct ib_image_plan plan;
    conversion.format = self->file == IB_IMAGE_FILE_PNG ? IB_PIXFORMAT_PNG : IB_PIXFORMAT_JPEG;
    conversion.quality = quality;
    ib_image_check(ib_image_convert_plan(&plan, image, &conversion, ib_image_codec()));
    if (plan.verbatim) {
        self->bytes = image->pixels;
        self->size = image->size_bytes;
        return;
    }
    ib_image_check(ib_image_convert_make(&plan, ib_work_memory(IB_WORK_SOURCE, plan.work_bytes)));
    uint8_t *bytes = ib_pixel_memory(plan.bytes);
    ib_image_convert_finish(&plan, bytes, NULL, 0);
    self->bytes = bytes;
    self->size = plan.bytes;
}

/// For a file of pixels.
static void cut(struct save *self, const struct ib_openmv_image *image, mp_obj_t roi) {
    int32_t numbers[4];
    (void)ib_openmv_image_picture(image, &self->picture);
    self->roi = (struct ib_rect){0, 0, image->width_px, image->height_px};
    if (roi == mp_const_none)
        return;
    ib_image_ints(roi, 4, numbers);
    self->roi = ib_rect_clip((struct ib_rect){numbers[0], numbers[1], numbers[2], numbers[3]},
                             image->width_px, image->height_px);
    if (self->roi.w == 0)
        ib_image_raise(IB_IMAGE_NO_INTERSECTION);
}

static mp_obj_t with_ending(const char *name, size_t size, const char *ending) {
    vstr_t path;
    vstr_init(&path, size + 6);
    vstr_add_strn(&path, name, size);
    vstr_add_str(&path, ending);
    return mp_obj_new_str_from_vstr(&path);
}

static mp_obj_t save(size_t n_args, const mp_obj_t *all, mp_map_t *kw) {
    enum { ARG_path, ARG_roi, ARG_quality };
    static const mp_arg_t allowed[] = {
        {MP_QSTR_path, MP_ARG_REQUIRED | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_roi, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
        {MP_QSTR_quality, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_INT(50)}},
    };
    mp_arg_val_t args[MP_ARRAY_SIZE(allowed)];
    struct save save = {0};
    size_t size;
    mp_arg_parse_all(n_args - 1, all + 1, kw, MP_ARRAY_SIZE(allowed), allowed, args);
    const struct ib_openmv_image *image = ib_image_object_of(all[0]);
    mp_obj_t path = args[ARG_path].u_obj;
    const char *name = mp_obj_str_get_data(path, &size), *ending;
    int32_t quality = ib_image_int(args[ARG_quality].u_obj);
    if (quality < 1 || quality > 100)
        ib_image_raise(IB_IMAGE_SAVE_QUALITY);
    save.file = ib_image_file_of_name(name, size);
    if (save.file == IB_IMAGE_FILE_BY_FORMAT) {
        save.file = ib_image_file_of_format(image->format, &ending);
        path = with_ending(name, size, ending);
    }
    ib_image_check(ib_image_file_check(save.file, image->format));
    if (save.file == IB_IMAGE_FILE_JPG || save.file == IB_IMAGE_FILE_PNG) {
        encode(&save, image, quality);
    } else if (save.file == IB_IMAGE_FILE_RAW) {
        save.bytes = image->pixels;
        save.size = image->size_bytes;
    } else {
        cut(&save, image, args[ARG_roi].u_obj);
    }
    with_file(path, MP_QSTR_wb, save_file, &save);
    return all[0];
}
MP_DEFINE_CONST_FUN_OBJ_KW(ib_image_save_obj, 1, save);
