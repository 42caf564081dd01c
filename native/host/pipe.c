// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes: real ones of one page hold the data and do the copying; who sleeps,
 * who is woken and when an end counts as closed is decided here (D45, D46).
 * They are kept for later programs, emptied.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/wait.h>

#include "host.h"

struct pipe {
	int			fd[2];
	size_t			held;		/* bytes in the one buffer */
	bool			hollow;		/* it is there, without any */
	unsigned int		refs[2];	/* of the ends */
	wait_queue_head_t	wait[2];	/* readers, writers */
};

static struct pipe pipes[MAX_PIPES];

static void make_pipe(struct pipe *pipe)
{
	if (pipe2(pipe->fd, O_NONBLOCK | O_CLOEXEC) ||
	    fcntl(pipe->fd[1], F_SETPIPE_SZ, PAGE_SIZE) != (int)PAGE_SIZE) {
		perror("pipe of one page");
		exit(1);
	}
}

static void empty(struct pipe *pipe)
{
	static char sink[PAGE_SIZE];

	while (pipe->held) {
		long n = host_syscall3(SYS_read, pipe->fd[0], (long)sink,
				       sizeof(sink));

		if (n <= 0) {
			fprintf(stderr, "pipe lost its data: %ld\n", n);
			abort();
		}
		pipe->held -= n;
	}
}

void host_pipe_start(unsigned int index)
{
	struct pipe *pipe = &pipes[index];

	if (!pipe->fd[1])
		make_pipe(pipe);
	empty(pipe);
	pipe->hollow = false;
	pipe->refs[0] = pipe->refs[1] = 0;
	init_waitqueue_head(&pipe->wait[0]);
	init_waitqueue_head(&pipe->wait[1]);
}

void host_pipe_end(unsigned int index)
{
	struct pipe *pipe = &pipes[index];

	if ((pipe->refs[0] || pipe->refs[1]) && !*host_report)
		snprintf(host_report, sizeof(host_report),
			 "leak: pipe %u is still open", index);
}

void host_pipe_get(unsigned int index, bool write)
{
	pipes[index].refs[write]++;
}

void host_pipe_put(unsigned int index, bool write)
{
	struct pipe *pipe = &pipes[index];

	BUG_ON(!pipe->refs[write]);
	if (!--pipe->refs[write])
		wake_up(&pipe->wait[!write]);	/* end of file, or -EPIPE */
}

static bool pipe_sleep(wait_queue_head_t *wq)
{
	DEFINE_WAIT(wait);

	if (signal_pending(current))
		return false;
	prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE);
	schedule();
	finish_wait(wq, &wait);
	return true;
}

/*
 * The real read copies and faults, straight into the arena. One that cannot
 * reach it faults at its first byte (PIPE-4).
 */
static long real_read(struct pipe *pipe, unsigned long buf, size_t count)
{
	long n;

	count = min(count, pipe->held);
	if (buf + count <= ARENA_BASE || buf >= ARENA_BASE + ARENA_SIZE)
		return -EFAULT;
	n = host_syscall3(SYS_read, pipe->fd[0], buf, count);
	if (n != (long)count && n != -EFAULT)
		host_bug("read of %zu bytes from a pipe gave %ld", count, n);
	return n;
}

/*
 * What the one buffer holds, or sleep (PIPE-1 to PIPE-3, PIPE-9); one without
 * any bytes is dropped (PIPE-10).
 */
long host_pipe_read(unsigned int index, unsigned long buf, size_t count)
{
	struct pipe *pipe = &pipes[index];
	long n;

	if (!count)
		return 0;
	while (!pipe->held) {
		if (pipe->hollow) {
			pipe->hollow = false;
			wake_up(&pipe->wait[1]);
		}
		if (!pipe->refs[1])
			return 0;
		if (!pipe_sleep(&pipe->wait[0]))
			return -ERESTARTSYS;
	}
	n = real_read(pipe, buf, count);
	if (n > 0) {
		pipe->held -= n;
		if (!pipe->held)
			wake_up(&pipe->wait[1]);
	}
	return n;
}

static long real_write(struct pipe *pipe, unsigned long buf, size_t count)
{
	long n = host_syscall3(SYS_write, pipe->fd[1], buf, count);

	if (n > 0) {
		pipe->held += n;
		pipe->hollow = false;
		wake_up(&pipe->wait[0]);
	}
	return n;
}

/*
 * Try to add the odd part of a write to the buffer there is. On a pipe that is
 * not empty a real write of less than a page does exactly this or nothing
 * (-EAGAIN), and adds nothing when it faults. An address from which nothing can
 * be read is replaced by one that is sure to fault (PIPE-5).
 */
static long merge(struct pipe *pipe, unsigned long buf, size_t chars)
{
	long n;

	if (buf + chars <= ARENA_BASE || buf >= ARENA_BASE + ARENA_SIZE)
		buf = ARENA_BASE + ARENA_SIZE;
	n = real_write(pipe, buf, chars);
	if (n == -EAGAIN)
		return 0;
	if (n != (long)chars && n != -EFAULT)
		host_bug("merge of %zu bytes into a pipe gave %ld", chars, n);
	return n;
}

/*
 * Fill a new buffer. Linux 6.12 leaves it in the pipe, empty, when this faults;
 * the kernel this runs on may not, so whether it would is looked up first
 * (PIPE-6, PIPE-8, PIPE-10).
 */
static long fill(struct pipe *pipe, unsigned long buf, size_t count)
{
	long n;

	count = min(count, PAGE_SIZE);
	if (host_user_extent(buf, count, false) < count) {
		pipe->hollow = true;
		wake_up(&pipe->wait[0]);
		return -EFAULT;
	}
	n = real_write(pipe, buf, count);
	if (n != (long)count)
		host_bug("write of %zu bytes to a pipe gave %ld", count, n);
	return n;
}

/* What is hollow here is empty there: all of it fits. */
static long merge_hollow(struct pipe *pipe, unsigned long buf, size_t chars)
{
	if (host_user_extent(buf, chars, false) < chars)
		return -EFAULT;
	return fill(pipe, buf, chars);
}

/* Its odd part first (PIPE-5), then buffer by buffer (PIPE-6 to PIPE-9). */
long host_pipe_write(unsigned int index, unsigned long buf, size_t count)
{
	struct pipe *pipe = &pipes[index];
	size_t done = 0;
	long n;

	if (!count)
		return 0;
	if (!pipe->refs[0])
		return -EPIPE;
	if (count % PAGE_SIZE && (pipe->held || pipe->hollow)) {
		n = pipe->held ? merge(pipe, buf, count % PAGE_SIZE) :
				 merge_hollow(pipe, buf, count % PAGE_SIZE);
		if (n < 0)
			return n;
		done = n;
		if (done == count)
			return done;
	}
	for (;;) {
		if (!pipe->refs[0])
			return done ? (long)done : -EPIPE;
		if (!pipe->held && !pipe->hollow) {
			n = fill(pipe, buf + done, count - done);
			if (n < 0)
				return done ? (long)done : n;
			done += n;
			if (done == count)
				return done;
		}
		if (!pipe_sleep(&pipe->wait[1]))
			return done ? (long)done : -ERESTARTSYS;
	}
}
