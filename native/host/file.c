// SPDX-License-Identifier: GPL-2.0
/* Open files: who holds them, and what read, write and close do (D44, D46). */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/syscalls.h>

#include "host.h"

#define MAX_RW_COUNT	0x7ffff000UL

struct host_file *host_file_make(enum host_file_kind kind, void *object,
				 unsigned int flags)
{
	struct host_file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	BUG_ON(!file);
	file->kind = kind;
	file->flags = flags;
	file->refs = 1;
	file->object = object;
	return file;
}

struct host_file *host_file_get(struct host_file *file)
{
	file->refs++;
	return file;
}

void host_file_put(struct host_file *file)
{
	BUG_ON(!file->refs);
	if (--file->refs)
		return;
	if (file->kind == FILE_EVENTFD)
		host_eventfd_release(file->object);
	else
		host_pipe_release(file->object, file->kind == FILE_PIPE_WRITE);
	kfree(file);
}

/* Before the object is asked (FILE-2). */
static int check_buffer(unsigned long buf, size_t count)
{
	if (count > TASK_SIZE_MAX || buf > TASK_SIZE_MAX - count)
		return -EFAULT;
	/* A count of 2^63 or more, which would be -EINVAL, never comes here. */
	return 0;
}

SYSCALL_DEFINE3(read, unsigned int, fd, unsigned long, buf, size_t, count)
{
	struct host_file *file = host_fd_lookup(fd);
	long ret;

	if (!file || file->kind == FILE_PIPE_WRITE)
		return -EBADF;
	ret = check_buffer(buf, count);
	if (ret)
		return ret;
	count = min(count, MAX_RW_COUNT);

	host_file_get(file);	/* the descriptor may go while we sleep */
	if (file->kind == FILE_EVENTFD)
		ret = host_eventfd_read(file, buf, count);
	else
		ret = host_pipe_read(file, buf, count);
	host_file_put(file);
	return ret;
}

SYSCALL_DEFINE3(write, unsigned int, fd, unsigned long, buf, size_t, count)
{
	struct host_file *file = host_fd_lookup(fd);
	long ret;

	if (!file || file->kind == FILE_PIPE_READ)
		return -EBADF;
	ret = check_buffer(buf, count);
	if (ret)
		return ret;
	count = min(count, MAX_RW_COUNT);

	host_file_get(file);
	if (file->kind == FILE_EVENTFD)
		ret = host_eventfd_write(file, buf, count);
	else
		ret = host_pipe_write(file, buf, count);
	host_file_put(file);
	return ret;
}

/* A call that is in progress holds its own reference (FILE-3, FD-4). */
SYSCALL_DEFINE1(close, unsigned int, fd)
{
	struct host_file *file = host_fd_clear(fd);

	if (!file)
		return -EBADF;
	host_file_put(file);
	return 0;
}
