// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes: a few buffers of one page, one behind the other (D45, D163, D164).
 * Real ones would not do: what a faulting write leaves behind, and which buffers
 * are merged, is not the same in all kernels that this runs on.
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "host.h"

#define MAX_SLOTS	16

struct buffer {
	unsigned int		offset;		/* of the first byte */
	unsigned int		len;		/* 0: hollow, a write faulted */
	uint8_t			*page;
};

struct pipe {
	struct buffer		buffers[MAX_SLOTS];
	unsigned int		slots;		/* how many it may have */
	unsigned int		first, used;
	bool			open[2];	/* the ends */
	wait_queue_head_t	wait[2];	/* readers, writers */
};

void host_pipe_make(unsigned int slots, unsigned int flags,
		    struct host_file *ends[2])
{
	struct pipe *pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);
	unsigned int i;

	BUG_ON(!pipe);
	pipe->slots = slots;
	for (i = 0; i < 2; i++) {
		pipe->open[i] = true;
		init_waitqueue_head(&pipe->wait[i]);
		ends[i] = host_file_make(i ? FILE_PIPE_WRITE : FILE_PIPE_READ,
					 pipe, flags);
	}
}

static struct buffer *nth_buffer(struct pipe *pipe, unsigned int n)
{
	return &pipe->buffers[(pipe->first + n) % MAX_SLOTS];
}

static void drop_first(struct pipe *pipe)
{
	kfree(nth_buffer(pipe, 0)->page);
	pipe->first = (pipe->first + 1) % MAX_SLOTS;
	pipe->used--;
	wake_up(&pipe->wait[1]);
}

/* The last one to let go of an end closes it (FILE-3). */
void host_pipe_release(void *object, bool write)
{
	struct pipe *pipe = object;

	BUG_ON(!pipe->open[write]);
	pipe->open[write] = false;
	wake_up(&pipe->wait[!write]);	/* end of file, or -EPIPE */
	if (pipe->open[!write])
		return;
	while (pipe->used)
		drop_first(pipe);
	kfree(pipe);
}

static bool readable(const struct pipe *pipe)
{
	return pipe->used || !pipe->open[1];
}

static bool writable(const struct pipe *pipe)
{
	return pipe->used < pipe->slots || !pipe->open[0];
}

/*
 * Where the call would sleep, and only there, it asks whether it may; it sleeps
 * until there is something for it (PIPE-11, PIPE-12).
 */
static int pipe_sleep(struct host_file *file, struct pipe *pipe, bool write)
{
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	if (write)
		return wait_event_interruptible(pipe->wait[1], writable(pipe));
	return wait_event_interruptible(pipe->wait[0], readable(pipe));
}

/* Bytes before a fault are written, but stay in the pipe (PIPE-4). */
static bool copy_out(struct buffer *buffer, unsigned long buf, size_t count)
{
	size_t fits = host_user_extent(buf, count, true);

	if (fits)
		(void)host_copy_to_user(buf, buffer->page + buffer->offset,
					fits);
	if (fits < count)
		return false;
	buffer->offset += count;
	buffer->len -= count;
	return true;
}

/* Buffer by buffer; an empty one gives nothing (PIPE-10, PIPE-13). */
static long take(struct pipe *pipe, unsigned long buf, size_t count)
{
	struct buffer *buffer;
	size_t done = 0, n;

	while (pipe->used && done < count) {
		buffer = nth_buffer(pipe, 0);
		n = min((size_t)buffer->len, count - done);
		if (!copy_out(buffer, buf + done, n))
			return done ? (long)done : -EFAULT;
		done += n;
		if (!buffer->len)
			drop_first(pipe);
	}
	return done;
}

/* PIPE-1 to PIPE-4, PIPE-9 to PIPE-13. */
long host_pipe_read(struct host_file *file, unsigned long buf, size_t count)
{
	struct pipe *pipe = file->object;
	long n;

	if (!count)
		return 0;
	for (;;) {
		n = take(pipe, buf, count);
		if (n)
			return n;
		if (!pipe->open[1])
			return 0;
		n = pipe_sleep(file, pipe, false);
		if (n)
			return n;
	}
}

/*
 * Try to add the odd part of a write to the last buffer. All of it fits there, or
 * none of it is added; nor is any of it when it faults (PIPE-5).
 */
static long merge(struct pipe *pipe, unsigned long buf, size_t chars)
{
	struct buffer *last = nth_buffer(pipe, pipe->used - 1);
	size_t end = last->offset + last->len;

	if (end + chars > PAGE_SIZE)
		return 0;
	if (host_copy_from_user(last->page + end, buf, chars))
		return -EFAULT;
	last->len += chars;
	return chars;
}

/*
 * Take a new buffer and fill it. It stays in the pipe, empty, when that faults
 * (PIPE-6, PIPE-8, PIPE-10).
 */
static long fill(struct pipe *pipe, unsigned long buf, size_t count)
{
	struct buffer *buffer = nth_buffer(pipe, pipe->used);

	count = min(count, PAGE_SIZE);
	buffer->offset = 0;
	buffer->len = 0;
	buffer->page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	BUG_ON(!buffer->page);
	pipe->used++;
	wake_up(&pipe->wait[0]);
	if (host_copy_from_user(buffer->page, buf, count))
		return -EFAULT;
	buffer->len = count;
	return count;
}

/* Its odd part first (PIPE-5), then buffer by buffer (PIPE-6 to PIPE-12). */
long host_pipe_write(struct host_file *file, unsigned long buf, size_t count)
{
	struct pipe *pipe = file->object;
	size_t done = 0;
	long n;

	if (!count)
		return 0;
	if (!pipe->open[0])
		return -EPIPE;
	if (count % PAGE_SIZE && pipe->used) {
		n = merge(pipe, buf, count % PAGE_SIZE);
		if (n < 0)
			return n;
		done = n;
	}
	while (done < count) {
		if (!pipe->open[0])
			return done ? (long)done : -EPIPE;
		if (pipe->used < pipe->slots)
			n = fill(pipe, buf + done, count - done);
		else
			n = pipe_sleep(file, pipe, true);
		if (n < 0)
			return done ? (long)done : n;
		done += n;
	}
	return done;
}
