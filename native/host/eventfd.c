// SPDX-License-Identifier: GPL-2.0
/* Eventfds (D47, D164). */
#define _GNU_SOURCE
#include <fcntl.h>

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "host.h"

struct eventfd {
	uint64_t		count;
	bool			semaphore;
	wait_queue_head_t	wait[2];	/* readers, writers */
};

struct host_file *host_eventfd_make(uint64_t count, bool semaphore,
				    unsigned int flags)
{
	struct eventfd *e = kzalloc(sizeof(*e), GFP_KERNEL);

	BUG_ON(!e);
	e->count = count;
	e->semaphore = semaphore;
	init_waitqueue_head(&e->wait[0]);
	init_waitqueue_head(&e->wait[1]);
	return host_file_make(FILE_EVENTFD, e, flags);
}

void host_eventfd_release(void *object)
{
	kfree(object);
}

static bool ready(const struct eventfd *e, bool write, uint64_t value)
{
	return write ? UINT64_MAX - e->count > value : e->count;
}

/*
 * Whether the call may sleep is asked once, before it does. From then on what it
 * waits for is all that counts (EVENTFD-2, EVENTFD-5, EVENTFD-7).
 */
static long wait_for(struct host_file *file, bool write, uint64_t value)
{
	struct eventfd *e = file->object;

	if (ready(e, write, value))
		return 0;
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(e->wait[write], ready(e, write, value));
}

/*
 * The value is gone before the copy; what fits before a fault is written
 * (EVENTFD-1 to EVENTFD-4).
 */
long host_eventfd_read(struct host_file *file, unsigned long buf, size_t count)
{
	struct eventfd *e = file->object;
	uint64_t value;
	size_t fits;
	long err;

	if (count < sizeof(value))
		return -EINVAL;
	err = wait_for(file, false, 0);
	if (err)
		return err;
	value = e->semaphore ? 1 : e->count;
	e->count -= value;
	wake_up(&e->wait[1]);
	fits = host_user_extent(buf, sizeof(value), true);
	if (fits)
		(void)host_copy_to_user(buf, &value, fits);
	return fits == sizeof(value) ? (long)fits : -EFAULT;
}

/* The word is copied before the counter is asked (EVENTFD-1, EVENTFD-6). */
long host_eventfd_write(struct host_file *file, unsigned long buf, size_t count)
{
	struct eventfd *e = file->object;
	uint64_t value;
	long err;

	if (count != sizeof(value))
		return -EINVAL;
	if (host_copy_from_user(&value, buf, sizeof(value)))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	err = wait_for(file, true, value);
	if (err)
		return err;
	e->count += value;
	if (value)
		wake_up(&e->wait[0]);
	return sizeof(value);
}
