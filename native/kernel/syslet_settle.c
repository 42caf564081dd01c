// SPDX-License-Identifier: GPL-2.0
/*
 * What a head does when it has given up a right: calls that began with it are ended
 * before the change takes effect, and the spares take over what the head has.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/syslet.h>
#include <linux/wait.h>

#include "syslet_internal.h"

/*
 * A change concerns @st. What execve() may not do any more is nothing to those
 * inside, where it is refused.
 */
static bool syslet_concerned(const struct syslet_task *st)
{
	return !st->ctx->for_exec || !READ_ONCE(st->inside);
}

/* Tell those that need to know, one after the other: no task is woken under lock. */
static void syslet_tell(struct syslet_ctx *ctx, struct list_head *list,
			unsigned long turn, void (*tell)(struct task_struct *tsk))
{
	struct task_struct *tsk;
	struct syslet_task *st;

	do {
		tsk = NULL;
		raw_spin_lock_irq(&ctx->lock);
		list_for_each_entry(st, list, node) {
			if (st->seen >= turn || st->told >= turn ||
			    !syslet_concerned(st))
				continue;
			/* Between two calls it sees for itself. */
			if (st->role == SYSLET_BUSY && !READ_ONCE(st->calling))
				continue;
			st->told = turn;
			tsk = st->task;
			get_task_struct(tsk);
			break;
		}
		raw_spin_unlock_irq(&ctx->lock);
		if (tsk) {
			tell(tsk);
			put_task_struct(tsk);
		}
	} while (tsk);
}

/* The call of @st began before the last change, and asks for rights. */
static bool syslet_calls_on(const struct syslet_task *st)
{
	return READ_ONCE(st->calling) && !READ_ONCE(st->granted) &&
	       st->seen < READ_ONCE(st->ctx->changed) && syslet_concerned(st);
}

/* Whether the head waits for @st, a spare. */
static bool syslet_awaited(const struct syslet_task *st)
{
	return !READ_ONCE(st->stopping) && !syslet_is_trapped(st->task);
}

/* The work of a spare counts as a call, which it began with what it had. */
static bool syslet_works_on(const struct syslet_task *st)
{
	return st->working && st->seen < READ_ONCE(st->ctx->changed) &&
	       syslet_awaited(st);
}

/*
 * No such call is under way, nor such work. One may wait for a page that the head has
 * to bring, or for a debugger, if no right depends on what it reads.
 *
 * Rules: D115, D127, D143
 */
static bool syslet_calls_ended(struct syslet_ctx *ctx)
{
	struct syslet_task *st;
	bool ended = true;

	raw_spin_lock_irq(&ctx->lock);
	list_for_each_entry(st, &ctx->busy, node)
		if (syslet_calls_on(st))
			ended = false;
	list_for_each_entry(st, &ctx->ready, node)
		if (syslet_works_on(st))
			ended = false;
	raw_spin_unlock_irq(&ctx->lock);
	return ended;
}

/*
 * All spares have what the head has, but those that follow later; and before a call
 * that they are set apart for, no thread is about to take it.
 *
 * Rules: D129, D137
 */
static bool syslet_spares_follow(struct syslet_ctx *ctx)
{
	struct syslet_task *st;
	bool follow;

	raw_spin_lock_irq(&ctx->lock);
	follow = !ctx->apart || !ctx->adopting;
	list_for_each_entry(st, &ctx->ready, node)
		if (syslet_behind(st) && syslet_awaited(st))
			follow = false;
	raw_spin_unlock_irq(&ctx->lock);
	return follow;
}

static int syslet_gather_spares(struct syslet_ctx *ctx, bool apart)
{
	raw_spin_lock_irq(&ctx->lock);
	ctx->apart = apart;
	WRITE_ONCE(ctx->gathered, ++ctx->turn);
	raw_spin_unlock_irq(&ctx->lock);
	if (!apart)
		wake_up(&ctx->taken);
	syslet_tell(ctx, &ctx->ready, ctx->gathered, syslet_hurry);
	return wait_event_interruptible(ctx->settled,
					syslet_spares_follow(ctx));
}

/*
 * What began before the head had *@now is interrupted, and waited for. From the same
 * moment on no spare begins to work before it has followed.
 *
 * Rules: D115, D145
 */
static void syslet_end_calls(struct syslet_ctx *ctx,
			     const struct syslet_rights *now)
{
	raw_spin_lock_irq(&ctx->lock);
	ctx->for_exec = syslet_same_objects(now, &ctx->known);
	ctx->known = *now;
	WRITE_ONCE(ctx->changed, ++ctx->turn);
	WRITE_ONCE(ctx->gathered, ctx->turn);
	raw_spin_unlock_irq(&ctx->lock);
	syslet_tell(ctx, &ctx->busy, ctx->changed, syslet_interrupt);
	syslet_begin_wait();
	(void)wait_event_state(ctx->settled, syslet_calls_ended(ctx),
			       (TASK_KILLABLE | TASK_FREEZABLE));
	syslet_end_wait();
}

static bool syslet_changed(struct syslet_ctx *ctx, struct syslet_rights *now)
{
	syslet_get_rights(current, now);
	return !syslet_same_objects(now, &ctx->known) ||
	       now->no_new_privs != ctx->known.no_new_privs;
}

/*
 * The head, after a call: if it has other rights than before, no call that began
 * with those may go on, and the spares take the new ones. Nothing hands over
 * meanwhile; what was given up would not be settled by the heir.
 *
 * Rules: D115, D116, D124
 */
void syslet_settle(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	bool pinned = st->pinned;
	struct syslet_rights now;
	bool changed;

	changed = syslet_changed(ctx, &now);
	if (!changed && !ctx->apart)
		return;
	st->pinned = true;
	if (changed)
		syslet_end_calls(ctx, &now);
	syslet_prepare_undo();
	/* If a signal is pending they follow a little later. */
	(void)syslet_gather_spares(ctx, false);
	st->pinned = pinned;
}

/* Before a call that asks whether others have the same tables as the head. */
int syslet_set_apart(struct syslet_task *st)
{
	if (syslet_gather_spares(st->ctx, true))
		return -ERESTARTNOINTR;
	return 0;
}

/*
 * Only before a call has had an effect: it would have it twice. With a signal, one
 * that stops the group among them, the fault would be tried again and again.
 *
 * Rules: D127, D141
 */
bool __syslet_breaks_off(struct syslet_task *st)
{
	if (!st->reading || st->batch)
		return false;
	return signal_pending(current) ||
	       (st->role == SYSLET_BUSY && syslet_calls_on(st));
}

long __syslet_argument_end(struct syslet_task *st, long ret)
{
	if (ret == -EFAULT && __syslet_breaks_off(st)) {
		syslet_interrupt(current);
		ret = -ERESTARTNOINTR;
	}
	st->reading = false;
	return ret;
}
