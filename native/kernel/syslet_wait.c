// SPDX-License-Identifier: GPL-2.0
/* Waiting for the events of a ring. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "syslet_internal.h"

/*
 * Events between @user_idx and the kernel's index, which may have begun anew.
 * Equal indices mean an empty ring or a full one; the slot tells. -EFAULT for what
 * cannot be read, -EINVAL if there is no ring, or an index lies outside.
 *
 * Rules: WAIT-1, WAIT-2, WAIT-5, WAIT-6, WAIT-10, D31
 */
static int syslet_ring_events(struct async_head_user __user *ahu,
			      unsigned long user_idx, unsigned long *events)
{
	struct syslet_uatom __user *__user *ring;
	struct syslet_uatom __user *slot;
	unsigned long size, slots, idx;

	if (syslet_get_user(ring, &ahu->completion_ring) ||
	    syslet_get_user(size, &ahu->ring_size_bytes) ||
	    syslet_get_user(idx, &ahu->kernel_ring_idx))
		return -EFAULT;
	slots = syslet_ring_slots(size);
	if (!slots || user_idx >= slots || idx >= slots)
		return -EINVAL;

	if (idx != user_idx) {
		*events = idx - user_idx;
		if (idx < user_idx)
			*events += slots;
		return 0;
	}
	if (syslet_get_user(slot, ring + user_idx))
		return -EFAULT;
	*events = slot ? slots : 0;
	return 0;
}

/*
 * Nothing is busy, now or any more, or @more events were posted on any ring
 * since their count was @from; lost ones were not counted.
 *
 * Rules: GROUP-3, WAIT-4, WAIT-7 to WAIT-9
 */
static bool syslet_wait_over(struct syslet_ctx *ctx, unsigned long from,
			     unsigned long more)
{
	bool over;

	raw_spin_lock_irq(&ctx->lock);
	over = list_empty(&ctx->busy) || ctx->events - from >= more;
	raw_spin_unlock_irq(&ctx->lock);
	return over;
}

/*
 * A sleep of the caller was interrupted: by a signal, which ends the call, or by
 * one that is ignored, a stop, or work for it.
 *
 * Rules: D16, D28, D117
 */
static bool syslet_wait_goes_on(void)
{
	if (syslet_interrupted())
		return false;
	syslet_take_stops();
	return true;
}

static int syslet_wait_events(struct syslet_ctx *ctx, unsigned long from,
			      unsigned long more)
{
	while (wait_event_interruptible(ctx->wait,
					syslet_wait_over(ctx, from, more)))
		if (!syslet_wait_goes_on())
			return -EINTR;
	return 0;
}

/*
 * The ring is looked at under the lock of those who post, and only once: what is
 * posted later is counted. It has to be one even if nothing is waited for.
 *
 * Rules: WAIT-3, D16
 */
static long syslet_wait(struct syslet_ctx *ctx, unsigned long min_wait_events,
			unsigned long user_ring_idx,
			struct async_head_user __user *ahu)
{
	unsigned long events = 0, from;
	int err;

	syslet_point();
	while (mutex_lock_interruptible(&ctx->completion))
		if (!syslet_wait_goes_on())
			return -EINTR;
	err = syslet_ring_events(ahu, user_ring_idx, &events);
	raw_spin_lock_irq(&ctx->lock);
	from = ctx->events;
	raw_spin_unlock_irq(&ctx->lock);
	mutex_unlock(&ctx->completion);
	if (err)
		return err;
	if (!min_wait_events)
		return 0;

	syslet_point();
	if (events >= min_wait_events)
		return 0;
	return syslet_wait_events(ctx, from, min_wait_events - events);
}

/**
 * sys_async_wait - wait for events
 * @min_wait_events: how many, including those already in the ring
 * @user_ring_idx: where the caller will look for the next one
 * @ahu: the ring
 *
 * Returns 0 when there are that many, or nothing is busy; -EINTR for a signal;
 * -ENOSYS inside a chain or threadlet.
 *
 * Rules: ENTRY-7, D4, D101
 */
SYSCALL_DEFINE3(async_wait, unsigned long, min_wait_events,
		unsigned long, user_ring_idx,
		struct async_head_user __user *, ahu)
{
	struct syslet_task *st = syslet_current();
	long ret;

	if (IS_ERR(st))
		return PTR_ERR(st);
	if (!syslet_may_enter(st))
		return sys_ni_syscall();

	/* Before anything sleeps: no store begins a threadlet now. */
	st->threadlet = false;
	st->inside = true;
	ret = syslet_wait(st->ctx, min_wait_events, user_ring_idx, ahu);
	st->inside = false;
	return ret;
}
