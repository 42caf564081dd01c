// SPDX-License-Identifier: GPL-2.0
/*
 * Completion rings. A ring and its indices live in user memory, where anybody
 * may write to them, so nothing is believed that was not read just now.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/syscalls.h>

#include "faults.h"
#include "syslet_internal.h"

/* Slots of a ring of @size bytes, 0 if that is no ring (RING-4, WAIT-2). */
static unsigned long syslet_ring_slots(unsigned long size)
{
	if (size % sizeof(void __user *))
		return 0;
	return size / sizeof(void __user *);
}

/*
 * Write the event and then the index; the lock is held. Nothing is written if
 * the index is beyond the slots (RING-4), the slot taken, or a word not there
 * (RING-5 to RING-8).
 */
static bool syslet_fill_slot(struct async_head_user __user *ahu,
			     struct syslet_uatom __user *__user *ring,
			     unsigned long slots,
			     struct syslet_uatom __user *event)
{
	struct syslet_uatom __user *old;
	unsigned long idx, next;

	if (syslet_get(idx, &ahu->kernel_ring_idx) || idx >= slots)
		return false;
	next = idx + 1 < slots ? idx + 1 : 0;
	if (syslet_get(old, ring + idx))
		return false;
	while (SYSLET_FAULT(FULL_RING_SPINS) && old)
		(void)get_user(old, ring + idx);
	if (old && !SYSLET_FAULT(FULL_SLOT_OVERWRITTEN))	/* D11 */
		return false;
	if (SYSLET_FAULT(LOST_EVENT_ON_WRAP) && !next && slots > 1)
		return false;
	if (SYSLET_FAULT(INDEX_BEFORE_SLOT))
		return !syslet_put(next, &ahu->kernel_ring_idx) &&
		       !syslet_put(event, ring + idx);
	if (syslet_put(event, ring + idx))
		return false;
	/* A fault here leaves the slot filled, and no event (D38). */
	return !syslet_put(next, &ahu->kernel_ring_idx);
}

/*
 * Post an event, to the ring as it is now (RING-6, RING-7, RING-10). Whoever
 * comes as far as the lock keeps it, and finishes under it, so that an event is
 * either seen in the ring or counted, never both (RING-9, D36).
 */
bool syslet_post(struct syslet_ctx *ctx, struct async_head_user __user *ahu,
		 struct syslet_uatom __user *event, bool *locked)
{
	struct syslet_uatom __user *__user *ring;
	unsigned long size, slots;

	if (syslet_get(ring, &ahu->completion_ring) ||
	    syslet_get(size, &ahu->ring_size_bytes))
		return false;
	slots = syslet_ring_slots(size);
	if (!slots)
		return false;

	syslet_point();
	if (!SYSLET_FAULT(UNLOCKED_POST)) {
		mutex_lock(&ctx->completion);
		*locked = true;
	}
	return syslet_fill_slot(ahu, ring, slots, event);
}

/*
 * Events between @user_idx and the kernel's index, or why there is no such ring
 * (WAIT-1, WAIT-2, WAIT-5, WAIT-10). Equal indices mean an empty ring or a full
 * one; the slot tells (WAIT-6, D31).
 */
static int syslet_ring_events(struct async_head_user __user *ahu,
			      unsigned long user_idx, unsigned long *events)
{
	struct syslet_uatom __user *__user *ring;
	struct syslet_uatom __user *slot;
	unsigned long size, slots, idx;

	if (syslet_get(ring, &ahu->completion_ring) ||
	    syslet_get(size, &ahu->ring_size_bytes) ||
	    syslet_get(idx, &ahu->kernel_ring_idx))
		return -EFAULT;
	slots = syslet_ring_slots(size);
	if (!slots || user_idx >= slots || idx >= slots)
		return -EINVAL;

	if (idx != user_idx) {
		*events = idx - user_idx;
		if (idx < user_idx && !SYSLET_FAULT(WAIT_PLAIN_SUBTRACTION))
			*events += slots;
		return 0;
	}
	if (syslet_get(slot, ring + user_idx))
		return -EFAULT;
	*events = slot ? slots : 0;
	return 0;
}

/*
 * Nothing busy, now or any more (WAIT-4, WAIT-8), or @more events, on whichever
 * ring, since the counter stood at @from (WAIT-7).
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

static int syslet_wait_events(struct syslet_ctx *ctx, unsigned long from,
			      unsigned long more)
{
	DEFINE_WAIT(wait);

	if (SYSLET_FAULT(LOST_WAKEUP)) {
		if (syslet_wait_over(ctx, from, more))
			return 0;
		syslet_point();
		prepare_to_wait(&ctx->wait, &wait, TASK_INTERRUPTIBLE);
		schedule();
		finish_wait(&ctx->wait, &wait);
	}
	if (wait_event_interruptible(ctx->wait,
				     syslet_wait_over(ctx, from, more)))
		return -EINTR;			/* D16 */
	return 0;
}

/**
 * sys_async_wait - wait for events
 * @min_wait_events: how many, including those already in the ring
 * @user_ring_idx: where the caller will look for the next one
 * @ahu: the ring
 *
 * Returns 0 when there are that many, or nothing is busy. None is there at once
 * (WAIT-3).
 */
SYSCALL_DEFINE3(async_wait, unsigned long, min_wait_events,
		unsigned long, user_ring_idx,
		struct async_head_user __user *, ahu)
{
	struct syslet_task *st = syslet_current();
	unsigned long events = 0, from;
	struct syslet_ctx *ctx;
	int err;

	if (IS_ERR(st))
		return PTR_ERR(st);
	if (!syslet_may_enter(st))
		return -ENOSYS;			/* D4 */

	ctx = st->ctx;
	syslet_point();
	mutex_lock(&ctx->completion);
	err = syslet_ring_events(ahu, user_ring_idx, &events);
	raw_spin_lock_irq(&ctx->lock);
	from = ctx->events;
	raw_spin_unlock_irq(&ctx->lock);
	mutex_unlock(&ctx->completion);
	if (err || !min_wait_events)
		return err;

	syslet_point();
	if (events >= min_wait_events)
		return 0;
	return syslet_wait_events(ctx, from, min_wait_events - events);
}
