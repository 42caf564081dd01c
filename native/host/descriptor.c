// SPDX-License-Identifier: GPL-2.0
/* The table of descriptors, and the calls that change it (D160 to D165). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/eventfd.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "host.h"

#define NR_FDS		(FD_LIMIT - FIRST_FD)
#define PIPE_SLOTS	16	/* of a pipe that a program makes */

static struct host_file *table[NR_FDS];

/* Without one there is no call (FILE-1). */
struct host_file *host_fd_lookup(unsigned int fd)
{
	return fd < FIRST_FD || fd >= FD_LIMIT ? NULL : table[fd - FIRST_FD];
}

struct host_file *host_fd_clear(unsigned int fd)
{
	struct host_file *file = host_fd_lookup(fd);

	if (file)
		table[fd - FIRST_FD] = NULL;
	return file;
}

/* The lowest that is free, from @fd on (FD-1). */
static int unused_fd(unsigned int fd)
{
	for (; fd < FD_LIMIT; fd++)
		if (!table[fd - FIRST_FD])
			return fd;
	return -EMFILE;
}

static void install(unsigned int fd, struct host_file *file)
{
	table[fd - FIRST_FD] = file;
}

void host_files_start(uint8_t pipes, uint8_t eventfds, uint8_t semaphores,
		      const uint32_t *counters)
{
	struct host_file *ends[2];
	unsigned int i;

	memset(table, 0, sizeof(table));
	for (i = 0; i < MAX_PIPES; i++) {
		if (!(pipes & 1 << i))
			continue;
		host_pipe_make(1, 0, ends);
		install(PIPE_FD + 2 * i, ends[0]);
		install(PIPE_FD + 2 * i + 1, ends[1]);
	}
	for (i = 0; i < MAX_EVENTFDS; i++)
		if (eventfds & 1 << i)
			install(EVENTFD_FD + i,
				host_eventfd_make(counters[i],
						  semaphores & 1 << i, 0));
}

/* Of a program whose tasks have ended: what is still held then has leaked. */
void host_files_end(void)
{
	unsigned int fd;
	struct host_file *file;

	for (fd = FIRST_FD; fd < FD_LIMIT; fd++) {
		file = host_fd_clear(fd);
		if (file)
			host_file_put(file);
	}
}

/* One more number for an open file (FD-2). */
SYSCALL_DEFINE1(dup, unsigned int, old)
{
	struct host_file *file = host_fd_lookup(old);
	int fd;

	if (!file)
		return -EBADF;
	fd = unused_fd(FIRST_FD);
	if (fd >= 0)
		install(fd, host_file_get(file));
	return fd;
}

/* Onto a certain number; what it led to is let go last (FD-3, FD-4). */
static long dup_to(unsigned int old, unsigned int new)
{
	struct host_file *file, *replaced;

	if (new >= FD_LIMIT)
		return -EBADF;
	file = host_fd_lookup(old);
	if (!file)
		return -EBADF;
	if (new < FIRST_FD)
		return -EBUSY;
	replaced = host_fd_clear(new);
	install(new, host_file_get(file));
	if (replaced)
		host_file_put(replaced);
	return new;
}

/* Onto itself: dup2 gives the number, dup3 refuses (FD-5). */
SYSCALL_DEFINE2(dup2, unsigned int, old, unsigned int, new)
{
	if (old == new)
		return host_fd_lookup(old) ? (long)old : -EBADF;
	return dup_to(old, new);
}

/* Flags are looked at first (FD-5). */
SYSCALL_DEFINE3(dup3, unsigned int, old, unsigned int, new, int, flags)
{
	if (flags & ~O_CLOEXEC || old == new)
		return -EINVAL;
	return dup_to(old, new);
}

/* FD-5, FD-6 */
SYSCALL_DEFINE2(eventfd2, unsigned int, count, int, flags)
{
	int fd;

	if (flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK))
		return -EINVAL;
	fd = unused_fd(FIRST_FD);
	if (fd >= 0)
		install(fd, host_eventfd_make(count, flags & EFD_SEMAPHORE,
					      flags & EFD_NONBLOCK));
	return fd;
}

/* Bytes that fit before a fault are written (FD-7). */
static int put_pair(unsigned long addr, const int *pair)
{
	size_t size = 2 * sizeof(*pair);
	size_t fits = host_user_extent(addr, size, true);

	if (fits)
		(void)host_copy_to_user(addr, pair, fits);
	return fits == size ? 0 : -EFAULT;
}

/* There is no pipe before its numbers are told (FD-7). */
SYSCALL_DEFINE2(pipe2, unsigned long, pair, int, flags)
{
	struct host_file *ends[2];
	int fd[2], err;

	if (flags & (O_DIRECT | O_EXCL))
		return -ENOSYS;
	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	fd[0] = unused_fd(FIRST_FD);
	fd[1] = fd[0] < 0 ? fd[0] : unused_fd(fd[0] + 1);
	if (fd[1] < 0)
		return fd[1];
	err = put_pair(pair, fd);
	if (err)
		return err;
	host_pipe_make(PIPE_SLOTS, flags & O_NONBLOCK, ends);
	install(fd[0], ends[0]);
	install(fd[1], ends[1]);
	return 0;
}

static unsigned int access_mode(const struct host_file *file)
{
	switch (file->kind) {
	case FILE_PIPE_READ:
		return O_RDONLY;
	case FILE_PIPE_WRITE:
		return O_WRONLY;
	default:
		return O_RDWR;
	}
}

/* Flags belong to the open file (FD-8). */
SYSCALL_DEFINE3(fcntl, unsigned int, fd, unsigned int, op, unsigned int, arg)
{
	struct host_file *file = host_fd_lookup(fd);

	if (op != F_GETFL && op != F_SETFL)
		return -ENOSYS;
	if (op == F_SETFL && arg & (O_ASYNC | O_DIRECT | O_NOATIME))
		return -ENOSYS;
	if (!file)
		return -EBADF;
	if (op == F_GETFL)
		return access_mode(file) | file->flags;
	file->flags = arg & (O_NONBLOCK | O_APPEND);
	return 0;
}
