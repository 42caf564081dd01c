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

/*
 * Slots of a ring of @size bytes; 0 if that is no ring: it has no bytes, or not a
 * whole number of slots.
 *
 * Rules: RING-4, WAIT-2
 */
unsigned long syslet_ring_slots(unsigned long size)
{
	if (size % sizeof(void __user *))
		return 0;
	return size / sizeof(void __user *);
}

/*
 * Write the event, and then the index; the completion lock is held. The event is
 * lost, and nothing is written, if the index lies outside the ring, the slot is
 * not free, or either cannot be read.
 *
 * Rules: RING-3 to RING-8, D11, D38
 */
static bool syslet_fill_slot(struct async_head_user __user *ahu,
			     struct syslet_uatom __user *__user *ring,
			     unsigned long slots,
			     struct syslet_uatom __user *event)
{
	struct syslet_uatom __user *old;
	unsigned long idx, next;

	if (syslet_get_user(idx, &ahu->kernel_ring_idx) || idx >= slots)
		return false;
	next = idx + 1 < slots ? idx + 1 : 0;
	if (syslet_get_user(old, ring + idx))
		return false;
	if (old)
		return false;
	if (syslet_put_user(event, ring + idx))
		return false;
	/* A fault here leaves the slot filled, and no event. */
	return !syslet_put_user(next, &ahu->kernel_ring_idx);
}

/*
 * Post an event, to the ring as it is now. Returns whether it counts: not if the
 * head cannot be read, or names no ring. Once taken, the lock is kept: the caller
 * becomes ready under it, so that an event is either seen in the ring or counted,
 * never both.
 *
 * Rules: GROUP-2, RING-4, RING-7, RING-9, RING-10, D36
 */
static bool syslet_post(struct syslet_ctx *ctx,
			struct async_head_user __user *ahu,
			struct syslet_uatom __user *event, bool *locked)
{
	struct syslet_uatom __user *__user *ring;
	unsigned long size, slots;

	if (syslet_get_user(ring, &ahu->completion_ring) ||
	    syslet_get_user(size, &ahu->ring_size_bytes))
		return false;
	slots = syslet_ring_slots(size);
	if (!slots)
		return false;

	syslet_point();
	/* The task that has it may wait for a page of user memory, for ever. */
	if (mutex_lock_killable(&ctx->completion))
		return false;
	*locked = true;
	return syslet_fill_slot(ahu, ring, slots, event);
}

/*
 * A chain that went asynchronous is done: post @last, the address of its last
 * atom, of which @atom is the copy, unless that says NO_COMPLETE or @last is an
 * error; and become a spare. The result is that of the call with which the task
 * returns to user space as the head.
 *
 * Rules: FETCH-4, RING-1, RING-2
 */
long syslet_finish_chain(struct syslet_task *st,
			 struct async_head_user __user *ahu, long last,
			 const struct syslet_atom *atom)
{
	struct syslet_uatom __user *event = (void __user *)last;
	struct syslet_ctx *ctx = st->ctx;
	bool posted = false, locked = false;
	bool post = true;

	if (fatal_signal_pending(current))
		syslet_take_stops_or_exit();
	if (IS_ERR_VALUE((unsigned long)last))
		post = false;
	else if (atom->flags & SYSLET_NO_COMPLETE)
		post = false;

	if (post)
		posted = syslet_post(ctx, ahu, event, &locked);
	if (!locked)
		syslet_point();
	syslet_become_ready(st, posted);
	if (locked)
		mutex_unlock(&ctx->completion);
	return syslet_park(st);
}
