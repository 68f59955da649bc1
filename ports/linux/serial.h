/// A serial line: a pty of our own with a name of the user's choosing, or a tty of the machine.
///
/// One thread uses it. What a pty cannot know: a program that opens it within the same moment in
/// which another one closes it (before anybody here has looked) finds what its predecessor left.
#ifndef IB_PORTS_LINUX_SERIAL_H
#define IB_PORTS_LINUX_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ib_serial;

/// A pty; `link` (may be NULL) becomes a symbolic link to its other end, replacing an older link of
/// a program that is gone; anything else of that name is left alone and is an error. The line is
/// raw: no echo, no translation, and stays so for whoever opens it next.
/// Return: 0. Errors: a negative errno (-EEXIST: something else has that name, -EADDRINUSE: a
///         running ironbow's); `problem` says it in words.
int ib_serial_open_pty(struct ib_serial **out, const char *link, char *problem,
                       size_t problem_size);
/// A tty at `baud` (8N1, raw, no flow control, exclusive): 9600, 19200, 38400, 57600, 115200,
/// 230400, 460800 or 921600.
/// Errors: a negative errno (-EINVAL: no such speed); `problem` says it in words.
int ib_serial_open_tty(struct ib_serial **out, const char *path, uint32_t baud, char *problem,
                       size_t problem_size);
/// Non-blocking.
int ib_serial_fd(const struct ib_serial *self);
/// What people open: "/dev/pts/7".
const char *ib_serial_path(const struct ib_serial *self);
/// Whether somebody has the other end open (a tty: always true, until it is unplugged).
bool ib_serial_attached(const struct ib_serial *self);
/// Throw away what was written and has not been read (a tty: not been sent) yet.
void ib_serial_discard(struct ib_serial *self);
/// Write what fits, for those who only talk (the log port): all of it or nothing. What the line did
/// not take at once is kept and goes first at the next call; until then that call's own bytes are
/// refused. Nothing is written while nobody is attached.
/// Return: whether it was written.
bool ib_serial_say(struct ib_serial *self, const void *bytes, size_t size);
/// Closes, and removes the link if it is still ours. NULL is nothing.
void ib_serial_close(struct ib_serial *self);

#endif
