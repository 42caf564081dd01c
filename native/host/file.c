// SPDX-License-Identifier: GPL-2.0
/* Descriptors: read, write and close (D44, D46). */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/syscalls.h>

#include "host.h"

#define FIRST_FD	PIPE_FD
#define NR_FDS		(EVENTFD_FD + MAX_EVENTFDS - FIRST_FD)
#define MAX_RW_COUNT	0x7ffff000UL

static struct host_file table[NR_FDS];
static uint8_t masks[2];

static void file_get(const struct host_file *file)
{
	if (file->kind == FILE_EVENTFD)
		host_eventfd_get(file->index);
	else
		host_pipe_get(file->index, file->kind == FILE_PIPE_WRITE);
}

static void file_put(const struct host_file *file)
{
	if (file->kind == FILE_EVENTFD)
		host_eventfd_put(file->index);
	else
		host_pipe_put(file->index, file->kind == FILE_PIPE_WRITE);
}

static void install(unsigned int fd, enum host_file_kind kind, unsigned int i)
{
	table[fd - FIRST_FD] = (struct host_file){ kind, i };
	file_get(&table[fd - FIRST_FD]);
}

void host_files_start(uint8_t pipes, uint8_t eventfds, uint8_t semaphores,
		      const uint32_t *counters)
{
	unsigned int i;

	memset(table, 0, sizeof(table));
	masks[0] = pipes;
	masks[1] = eventfds;
	for (i = 0; i < MAX_PIPES; i++) {
		if (!(pipes & 1 << i))
			continue;
		host_pipe_start(i);
		install(PIPE_FD + 2 * i, FILE_PIPE_READ, i);
		install(PIPE_FD + 2 * i + 1, FILE_PIPE_WRITE, i);
	}
	for (i = 0; i < MAX_EVENTFDS; i++) {
		if (!(eventfds & 1 << i))
			continue;
		host_eventfd_start(i, counters[i], semaphores & 1 << i);
		install(EVENTFD_FD + i, FILE_EVENTFD, i);
	}
}

/* Of a program whose tasks have ended: nothing may be in use any more. */
void host_files_end(void)
{
	unsigned int i;

	for (i = 0; i < NR_FDS; i++)
		if (table[i].kind != FILE_NONE)
			file_put(&table[i]);
	for (i = 0; i < MAX_PIPES; i++)
		if (masks[0] & 1 << i)
			host_pipe_end(i);
	for (i = 0; i < MAX_EVENTFDS; i++)
		if (masks[1] & 1 << i)
			host_eventfd_end(i);
}

/* Without one there is no call (FILE-1). */
static struct host_file *lookup(unsigned int fd)
{
	if (fd < FIRST_FD || fd - FIRST_FD >= NR_FDS ||
	    table[fd - FIRST_FD].kind == FILE_NONE)
		return NULL;
	return &table[fd - FIRST_FD];
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
	struct host_file *slot = lookup(fd), file;
	long ret;

	if (!slot || slot->kind == FILE_PIPE_WRITE)
		return -EBADF;
	ret = check_buffer(buf, count);
	if (ret)
		return ret;
	count = min(count, MAX_RW_COUNT);

	file = *slot;
	file_get(&file);	/* the descriptor may go while we sleep */
	if (file.kind == FILE_EVENTFD)
		ret = host_eventfd_read(file.index, buf, count);
	else
		ret = host_pipe_read(file.index, buf, count);
	file_put(&file);
	return ret;
}

SYSCALL_DEFINE3(write, unsigned int, fd, unsigned long, buf, size_t, count)
{
	struct host_file *slot = lookup(fd), file;
	long ret;

	if (!slot || slot->kind == FILE_PIPE_READ)
		return -EBADF;
	ret = check_buffer(buf, count);
	if (ret)
		return ret;
	count = min(count, MAX_RW_COUNT);

	file = *slot;
	file_get(&file);
	if (file.kind == FILE_EVENTFD)
		ret = host_eventfd_write(file.index, buf, count);
	else
		ret = host_pipe_write(file.index, buf, count);
	file_put(&file);
	return ret;
}

/* A call that is in progress holds its own reference (FILE-3). */
SYSCALL_DEFINE1(close, unsigned int, fd)
{
	struct host_file *slot = lookup(fd), file;

	if (!slot)
		return -EBADF;
	file = *slot;
	slot->kind = FILE_NONE;
	file_put(&file);
	return 0;
}
