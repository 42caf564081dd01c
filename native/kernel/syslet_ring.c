// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a chain that went asynchronous, and its event. A ring and its
 * indices live in user memory, where any thread may write to them, so nothing
 * is believed that was not read just now.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>

#include "syslet_internal.h"

/* Slots of a ring of @size bytes; 0 if that is no ring (RING-4, WAIT-2). */
unsigned long syslet_ring_slots(unsigned long size)
{
	if (size % sizeof(void __user *))
		return 0;
	return size / sizeof(void __user *);
}

/* Write the event, and then the index; the completion lock is held. */
static bool syslet_fill_slot(struct async_head_user __user *ahu,
			     struct syslet_uatom __user *__user *ring,
			     unsigned long slots,
			     struct syslet_uatom __user *event)
{
	struct syslet_uatom __user *old;
	unsigned long idx, next;

	if (syslet_get(idx, &ahu->kernel_ring_idx) ||	/* RING-6, RING-7 */
	    idx >= slots)				/* RING-4 */
		return false;
	next = idx + 1 < slots ? idx + 1 : 0;
	if (syslet_get(old, ring + idx))		/* RING-7 */
		return false;
	if (old)					/* RING-3, D11 */
		return false;
	if (syslet_put(event, ring + idx))		/* RING-5, RING-7 */
		return false;
	/* A fault here leaves the slot filled, and no event (RING-8, D38). */
	return !syslet_put(next, &ahu->kernel_ring_idx);	/* RING-5 */
}

/*
 * Post an event, to the ring as it is now. Returns whether it counts.
 * Once taken, the lock is kept: the caller becomes ready under it, so that an
 * event is either seen in the ring or counted, never both (D36).
 */
static bool syslet_post(struct syslet_ctx *ctx,
			struct async_head_user __user *ahu,
			struct syslet_uatom __user *event, bool *locked)
{
	struct syslet_uatom __user *__user *ring;
	unsigned long size, slots;

	if (syslet_get(ring, &ahu->completion_ring) ||	/* RING-7, RING-10 */
	    syslet_get(size, &ahu->ring_size_bytes))
		return false;
	slots = syslet_ring_slots(size);
	if (!slots)					/* RING-4 */
		return false;

	syslet_point();
	/* Whoever has it may wait for a page of user memory, for ever. */
	if (mutex_lock_killable(&ctx->completion))	/* RING-9 */
		return false;
	*locked = true;
	return syslet_fill_slot(ahu, ring, slots, event);
}

/*
 * A chain that went asynchronous is done: post @last, the address of its last
 * atom, of which @atom is the copy, and become a spare. The result is that of
 * the call with which the task returns to user space as the head.
 */
long syslet_finish(struct syslet_task *st, struct async_head_user __user *ahu,
		   long last, const struct syslet_atom *atom)
{
	struct syslet_uatom __user *event = (void __user *)last;
	struct syslet_ctx *ctx = st->ctx;
	bool posted = false, locked = false;
	bool post = true;

	if (fatal_signal_pending(current))
		syslet_take_signal(true);
	if (IS_ERR_VALUE((unsigned long)last))		/* FETCH-4 */
		post = false;
	else if (atom->flags & SYSLET_NO_COMPLETE)	/* RING-2 */
		post = false;

	if (post)					/* RING-1 */
		posted = syslet_post(ctx, ahu, event, &locked);
	if (!locked)
		syslet_point();
	syslet_become_ready(st, posted);
	if (locked)
		mutex_unlock(&ctx->completion);
	return syslet_park(st);
}
