/// A memory card as a table: directories one level deep, files in them. No handles: every call names
/// what it wants, so that pulling the card leaves nothing open.
///
/// Names are 1..32 bytes without '/' and without a leading dot; the callers check them, and the
/// implementation checks again: nothing outside of the card can be reached.
#ifndef IB_BUS_FILES_H
#define IB_BUS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IB_FILES_NAME_BYTES 32

struct ib_files_entry {
    char name[IB_FILES_NAME_BYTES + 1];
    bool directory;
    uint64_t size_bytes; ///< of a file
};

/// Errors of all: IB_E_NOT_FOUND (no card, no such directory or file), IB_E_BUSY (the card is being
/// read in), IB_E_NO_SPACE, IB_E_REFUSED (protected, or not a name), IB_E_IO. `directory` "" is the
/// card's top.
struct ib_files_ops {
    /// Return: IB_OK when a card can be used now.
    int (*ready)(void *context);
    /// The first name after `after` ("" begins) in byte order. What is neither a file nor a
    /// directory, and what starts with a dot, is not there.
    /// Return: 1 with `out` filled, 0 at the end.
    int (*next)(void *context, const char *directory, const char *after,
                struct ib_files_entry *out);
    /// Return: how many bytes were read, 0 at the end.
    int (*read)(void *context, const char *directory, const char *file, uint64_t offset, void *out,
                size_t size);
    /// Write at the end; makes the directory and the file when they are not there.
    /// Return: IB_OK; after an error the file is as long as before.
    int (*append)(void *context, const char *directory, const char *file, const void *bytes,
                  size_t size);
    /// What was appended is durable afterwards.
    int (*sync)(void *context, const char *directory, const char *file);
    /// Remove a file, or with `file` NULL the directory and everything in it.
    int (*remove)(void *context, const char *directory, const char *file);
};

struct ib_files {
    const struct ib_files_ops *ops;
    void *context;
};

#ifdef __cplusplus
}
#endif

#endif
