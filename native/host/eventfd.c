// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds: real ones hold the counter (D47). They are kept for later programs
 * and brought to the counter that those ask for.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "host.h"

struct eventfd {
	int			fd[2];		/* counter, semaphore */
	uint64_t		value[2];	/* what is in them */
	bool			semaphore;
	unsigned int		refs;
	wait_queue_head_t	wait[2];	/* readers, writers */
};

static struct eventfd eventfds[MAX_EVENTFDS];

static long real(struct eventfd *e, long nr, uint64_t *value)
{
	return host_syscall3(nr, e->fd[e->semaphore], (long)value,
			     sizeof(*value));
}

/* A counter can be read away; a semaphore can only grow, else a new one. */
static bool adjust(struct eventfd *e, uint64_t count)
{
	uint64_t *held = &e->value[e->semaphore], value;

	if (*held == count)
		return true;
	if (*held > count || !e->semaphore) {
		if (e->semaphore)
			return false;
		if (*held && real(e, SYS_read, &value) != sizeof(value))
			return false;
		*held = 0;
	}
	value = count - *held;
	*held = count;
	return !value || real(e, SYS_write, &value) == sizeof(value);
}

void host_eventfd_start(unsigned int index, uint32_t count, bool semaphore)
{
	struct eventfd *e = &eventfds[index];
	int *fd = &e->fd[semaphore];

	e->semaphore = semaphore;
	e->refs = 0;
	init_waitqueue_head(&e->wait[0]);
	init_waitqueue_head(&e->wait[1]);
	if (*fd) {
		if (adjust(e, count))
			return;
		close(*fd);
	}
	*fd = eventfd(count, EFD_NONBLOCK | EFD_CLOEXEC |
		      (semaphore ? EFD_SEMAPHORE : 0));
	if (*fd < 0) {
		perror("eventfd");
		exit(1);
	}
	e->value[semaphore] = count;
}

void host_eventfd_end(unsigned int index)
{
	if (eventfds[index].refs && !*host_report)
		snprintf(host_report, sizeof(host_report),
			 "leak: eventfd %u is still open", index);
}

void host_eventfd_get(unsigned int index)
{
	eventfds[index].refs++;
}

void host_eventfd_put(unsigned int index)
{
	BUG_ON(!eventfds[index].refs);
	eventfds[index].refs--;
}

/* The real call, again and again while it blocks (EVENTFD-2, EVENTFD-5). */
static long repeat(struct eventfd *e, bool write, uint64_t *value)
{
	long n;

	for (;;) {
		DEFINE_WAIT(wait);

		n = real(e, write ? SYS_write : SYS_read, value);
		if (n != -EAGAIN)
			break;
		if (signal_pending(current))
			return -ERESTARTSYS;
		prepare_to_wait(&e->wait[write], &wait, TASK_INTERRUPTIBLE);
		schedule();
		finish_wait(&e->wait[write], &wait);
	}
	if (n != sizeof(*value))
		return n;
	if (write)
		e->value[e->semaphore] += *value;
	else
		e->value[e->semaphore] -= *value;
	if (*value)
		wake_up(&e->wait[!write]);
	return 0;
}

/*
 * The value is gone before the copy; what fits before a fault is written
 * (EVENTFD-1 to EVENTFD-4).
 */
long host_eventfd_read(unsigned int index, unsigned long buf, size_t count)
{
	uint64_t value;
	size_t fits;
	long err;

	if (count < sizeof(value))
		return -EINVAL;
	err = repeat(&eventfds[index], false, &value);
	if (err)
		return err;
	fits = host_user_extent(buf, sizeof(value), true);
	if (fits)
		(void)host_copy_to_user(buf, &value, fits);
	return fits == sizeof(value) ? (long)fits : -EFAULT;
}

/* The word is copied before the counter is asked (EVENTFD-1, EVENTFD-6). */
long host_eventfd_write(unsigned int index, unsigned long buf, size_t count)
{
	uint64_t value;
	long err;

	if (count != sizeof(value))
		return -EINVAL;
	if (host_copy_from_user(&value, buf, sizeof(value)))
		return -EFAULT;
	err = repeat(&eventfds[index], true, &value);	/* -EINVAL: 2^64-1 */
	return err ? err : (long)sizeof(value);
}
