/// Listening sockets: a TCP port or a UNIX path, with every failure in words.
#ifndef IB_PORTS_LINUX_LISTEN_H
#define IB_PORTS_LINUX_LISTEN_H

#include <stddef.h>
#include <sys/types.h>

/// Return: a listening, non-blocking socket; `*port` is the port in use.
/// Errors: a negative errno, `problem` (may be NULL) says it in words.
int ib_listen_tcp(const char *address, int port, int backlog, int *bound_port, char *problem,
                  size_t problem_size);

/// A UNIX socket of mode 0600. A socket file that no program listens on any more is replaced.
/// Return: a listening, non-blocking socket; `device` and `inode` identify its file.
/// Errors: a negative errno, `problem` (may be NULL) says it in words.
int ib_listen_unix(const char *path, int backlog, dev_t *device, ino_t *inode, char *problem,
                   size_t problem_size);

/// Remove the socket file, unless another program has put its own there meanwhile.
void ib_listen_unix_remove(const char *path, dev_t device, ino_t inode);

/// Raise RLIMIT_NOFILE (soft, within hard) so that `descriptors` more fit.
/// Return: 0, or the number of descriptors that the hard limit leaves missing.
unsigned ib_listen_raise_limit(unsigned descriptors);

#endif
