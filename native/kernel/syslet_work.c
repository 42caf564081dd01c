// SPDX-License-Identifier: GPL-2.0
/*
 * What a task does without a call of its own: work for it, such as requests of io_uring,
 * and its core. Both use its rights, so they count as a call.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/syslet.h>

#include "syslet_internal.h"

/*
 * No less than credentials, and without waiting: for a task that cannot wait now. What a
 * busy one does with them counts as a call.
 *
 * Rules: D143, D144
 */
static void syslet_follow_cred(struct syslet_task *st)
{
	struct syslet_rights theirs, of_spare = {};
	struct syslet_ctx *ctx = st->ctx;
	struct task_struct *head;
	const void *cred;

	raw_spin_lock_irq(&ctx->lock);
	syslet_head_rights(ctx, &theirs, &head);
	/* Those of no task are held, on their way and of a head that is gone. */
	cred = syslet_hold_cred(head, theirs.cred);
	if (st->role == SYSLET_BUSY)
		syslet_count_call(st);
	raw_spin_unlock_irq(&ctx->lock);
	syslet_set_cred(cred, st->waiting ? &of_spare : &st->bound);
}

static bool syslet_in_chain(const struct syslet_task *st)
{
	return st->role == SYSLET_BUSY && st->inside && !st->threadlet;
}

bool syslet_may_work(struct syslet_task *st)
{
	if (st->role == SYSLET_READY)
		return !syslet_behind(st);
	return !syslet_in_chain(st) || syslet_begin_atom(st);
}

/* On its way to do_exit(), where a task waits until all that it asked for is done. */
static bool syslet_leaves_family(const struct syslet_task *st)
{
	return syslet_group_ends() ||
	       (st->role == SYSLET_READY && READ_ONCE(st->ctx->exiting));
}

/*
 * A spare does it with what its head has: not while it follows, nor while it is about to
 * stop, since its head waits for it in neither. An heir has not taken yet what it was
 * given, and may have missed what was given up before.
 *
 * Rules: D143, D145
 */
static int syslet_begin_work_as_spare(struct syslet_task *st)
{
	if (READ_ONCE(st->role) == SYSLET_HEAD || syslet_leaves_family(st)) {
		syslet_follow_cred(st);
		return 0;
	}
	return syslet_behind(st) || st->stopping ? -EAGAIN : 0;
}

/*
 * Work belongs to a call that asks for rights; else it counts as one itself. So does that
 * of a head, which may hand over in the middle of it. What a chain must not do is left to
 * the spare that its task will be. A task that ends leaves nothing.
 *
 * Rules: D143, D144
 */
int __syslet_begin_work(struct syslet_task *st)
{
	bool calling = st->calling;

	if (st->waiting)
		return syslet_begin_work_as_spare(st);
	if (calling && !st->granted)
		return 0;
	if (st->role == SYSLET_BUSY && syslet_leaves_family(st)) {
		syslet_follow_cred(st);
		return 0;
	}
	if (st->role == SYSLET_HEAD || syslet_in_chain(st)) {
		if (!syslet_begin_atom(st))
			return -EAGAIN;
	} else {
		if (!st->inside)
			syslet_note_own(&st->bound);
		if (syslet_follow_head(st))
			syslet_follow_cred(st);
	}
	return !calling;
}

/*
 * The caller will never do anything but dump its core, and that counts as a call until
 * all others are gone.
 *
 * Rules: D143, D144
 */
void __syslet_before_dump(struct syslet_task *st)
{
	if (st->role == SYSLET_HEAD) {
		(void)syslet_begin_atom(st);
		return;
	}
	if (!st->inside)
		syslet_note_own(&st->bound);
	syslet_follow_cred(st);
}
