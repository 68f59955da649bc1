/// A file's bytes, unpacked if it is a gzip file, from the start as often as wanted.
///
/// zlib's own gzread would do, but it looks ahead: an error would come before the sound bytes in
/// front of it, and nobody could say where it is.
#ifndef IB_APP_GUNZIP_H
#define IB_APP_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

struct ib_app_gunzip {
    FILE *file;
    z_stream stream;
    bool packed;        ///< a gzip file
    bool member_open;   ///< inside a gzip member, whose end must come
    bool done;          ///< the file has ended soundly
    const char *broken; ///< why it has not
    uint8_t input[16384];
};

/// Return: 0.
/// Errors: a negative errno. `self` may be zeroed only.
int ib_app_gunzip_open(struct ib_app_gunzip *self, const char *path);
void ib_app_gunzip_close(struct ib_app_gunzip *self);

/// Return: how many bytes were written to `out`, 0 at the end.
/// Errors: IB_E_IO, IB_E_FORMAT, IB_E_TRUNCATED; `broken` says it in words. Every sound byte comes
///         before the error.
int ib_app_gunzip_read(struct ib_app_gunzip *self, uint8_t *out, size_t capacity);

/// Begin anew.
/// Errors: IB_E_IO.
int ib_app_gunzip_rewind(struct ib_app_gunzip *self);

#endif
