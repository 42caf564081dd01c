// SPDX-License-Identifier: GPL-2.0
/*
 * The rights of a family: how its tasks follow when the head has others.
 *
 * A task that goes on alone works with memory that its head may write to, so it
 * must not do more than the head may. It looks at the head's rights before each
 * call. A spare has no use for rights, but others look at it: it shares the head's.
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
 * Rights on their way are of no task, and those of a head that is gone are what it had
 * at its end.
 *
 * Rules: D126
 */
void syslet_head_rights(struct syslet_ctx *ctx, struct syslet_rights *rights,
			struct task_struct **task)
{
	struct syslet_task *head = ctx->head;

	if (!head || head->waiting) {
		*task = NULL;
		*rights = ctx->left;
	} else {
		*task = head->task;
		syslet_get_rights(head->task, rights);
	}
}

static bool syslet_same_right(const void *right, const void *bound)
{
	return right == bound || bound == SYSLET_OWN;
}

bool syslet_same_objects(const struct syslet_rights *rights,
			 const struct syslet_rights *bound)
{
	return syslet_same_right(rights->cred, bound->cred) &&
	       syslet_same_right(rights->files, bound->files) &&
	       syslet_same_right(rights->fs, bound->fs) &&
	       syslet_same_right(rights->nsproxy, bound->nsproxy);
}

/* @bound leaves open what is the task's own. */
static bool syslet_same_rights(const struct syslet_rights *rights,
			       const struct syslet_rights *bound)
{
	return syslet_same_objects(rights, bound) &&
	       syslet_same_right(rights->filter, bound->filter) &&
	       (rights->filter_mode == bound->filter_mode ||
		bound->filter == SYSLET_OWN);
}

void syslet_count_call(struct syslet_task *st)
{
	st->seen = st->ctx->turn;
	st->granted = false;		/* until it is known which call */
	st->calling = true;
}

/*
 * The caller, which is busy, begins a call if it has no more than @bound says: that
 * was still there when the call began.
 *
 * Rules: D115
 */
static bool syslet_begin_call(struct syslet_task *st,
			      const struct syslet_rights *bound,
			      struct syslet_rights *theirs,
			      struct task_struct **head)
{
	struct syslet_ctx *ctx = st->ctx;
	bool begins;

	raw_spin_lock_irq(&ctx->lock);
	syslet_head_rights(ctx, theirs, head);
	begins = syslet_same_rights(theirs, bound);
	if (begins)
		syslet_count_call(st);
	else if (*head)
		get_task_struct(*head);
	raw_spin_unlock_irq(&ctx->lock);
	return begins;
}

/*
 * A chain ends where its head has given up what it was submitted with.
 *
 * Rules: D102
 */
bool syslet_begin_atom(struct syslet_task *st)
{
	struct syslet_rights mine, theirs;
	struct task_struct *head;

	if (st->role == SYSLET_HEAD) {
		st->granted = false;	/* until it is known which call */
		st->calling = true;
		return true;
	}
	syslet_get_rights(current, &mine);
	if (syslet_begin_call(st, &mine, &theirs, &head))
		return true;
	if (head)
		put_task_struct(head);
	return false;
}

void syslet_end_call(struct syslet_task *st)
{
	WRITE_ONCE(st->calling, false);
	if (st->role != SYSLET_HEAD)
		wake_up(&st->ctx->settled);
}

/*
 * A head may have begun to wait for the call.
 *
 * Rules: D127, D142
 */
void __syslet_asks_no_more(struct syslet_task *st)
{
	WRITE_ONCE(st->granted, true);
	if (st->role != SYSLET_HEAD)
		wake_up(&st->ctx->settled);
}

/*
 * A call counts as one that asks for rights until it is known which one it is.
 *
 * Rules: D127
 */
void syslet_say_granted(struct syslet_task *st, unsigned int nr)
{
	if (syslet_call_granted(nr))
		__syslet_asks_no_more(st);
}

bool syslet_context_taken(struct syslet_ctx *ctx)
{
	bool waiting;

	raw_spin_lock_irq(&ctx->lock);
	waiting = ctx->head && ctx->head->waiting;
	raw_spin_unlock_irq(&ctx->lock);
	return !waiting;
}

/*
 * Not while the head is in a call that asks who else has its tables, and borrows from
 * them if there is no one.
 *
 * Rules: D137
 */
static bool syslet_begin_adopting(struct syslet_ctx *ctx)
{
	bool begins;

	raw_spin_lock_irq(&ctx->lock);
	begins = !ctx->apart;
	ctx->adopting += begins;
	raw_spin_unlock_irq(&ctx->lock);
	return begins;
}

static void syslet_end_adopting(struct syslet_ctx *ctx)
{
	raw_spin_lock_irq(&ctx->lock);
	ctx->adopting--;
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->settled);
}

/* Returns without them if the head is in such a call, when it is over. */
static int syslet_adopt_from(struct syslet_task *st, struct task_struct *head)
{
	struct syslet_ctx *ctx = st->ctx;
	int err;

	if (!syslet_begin_adopting(ctx))
		return wait_event_interruptible(ctx->taken,
						!READ_ONCE(ctx->apart)) ?
		       -ERESTARTNOINTR : 0;
	err = syslet_adopt_rights(head, &st->bound);
	syslet_end_adopting(ctx);
	/* It ends, and leaves what it has by then. */
	return err == -ESRCH ? 0 : err;
}

/*
 * A thread that a threadlet has become: what the head has given up, it gives up
 * as well before its next call, unless it saw to its own rights itself.
 *
 * Rules: D103, D126
 */
int syslet_follow_head(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	struct syslet_rights theirs;
	struct task_struct *head;
	int err = 0;

	while (!err && !syslet_begin_call(st, &st->bound, &theirs, &head)) {
		if (head) {
			err = syslet_adopt_from(st, head);
			put_task_struct(head);
		} else if (!READ_ONCE(ctx->head)) {
			err = -ERESTARTNOINTR;	/* all end: not with these */
		} else if (wait_event_interruptible(ctx->taken,
						    syslet_context_taken(ctx))) {
			err = -ERESTARTNOINTR;
		}
	}
	/* A flag, which no task gives back: it is not compared. */
	if (!err && theirs.no_new_privs)
		syslet_set_no_new_privs();
	return err;
}

/*
 * What a call inside changed is no wish to be on one's own. A thread that cannot have
 * the filters of its head ends here: only here it is in nothing else.
 *
 * Rules: D103, D146
 */
int __syslet_syscall_begin(void)
{
	struct syslet_task *st = current->syslet;
	int err;

	if (st->role == SYSLET_HEAD) {
		st->granted = false;	/* until it is known which call */
		st->calling = true;
		return 0;
	}
	if (!st->inside)
		syslet_note_own(&st->bound);
	err = syslet_follow_head(st);
	if (err == -EPERM)
		do_exit(SIGSYS);
	return err;
}

bool syslet_behind(const struct syslet_task *st)
{
	return READ_ONCE(st->seen) < READ_ONCE(st->ctx->gathered);
}

/*
 * The caller, a spare or about to be one, shares what its head has. While that is
 * on its way it keeps what it has, and has to come again.
 */
void syslet_follow(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	struct syslet_rights mine, theirs;
	struct task_struct *head;
	unsigned long turn;
	bool same, apart;

	syslet_get_rights(current, &mine);
	raw_spin_lock_irq(&ctx->lock);
	turn = ctx->turn;
	apart = ctx->apart;
	syslet_head_rights(ctx, &theirs, &head);
	if (head)
		get_task_struct(head);
	raw_spin_unlock_irq(&ctx->lock);

	same = syslet_same_objects(&theirs, &mine) &&
	       theirs.no_new_privs == mine.no_new_privs;
	if (apart)
		syslet_share_nothing();
	else if (!same && head)
		syslet_share_rights(head);
	if (head)
		put_task_struct(head);
	if (apart || same || head)
		st->alone = apart;

	/* Again, if there was no head to share with. */
	WRITE_ONCE(st->seen, apart || same || head ? turn : 0);
	wake_up(&ctx->settled);
}

bool syslet_leaves_pool(struct syslet_task *st)
{
	/* Pairs with the release in syslet_give_context(). */
	return smp_load_acquire(&st->handed) || READ_ONCE(st->ctx->exiting);
}

static bool syslet_may_follow(struct syslet_task *st)
{
	return syslet_leaves_pool(st) || syslet_context_taken(st->ctx);
}

static int syslet_await_gathering(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;

	return wait_event_state(ctx->taken, !READ_ONCE(ctx->apart) ||
				syslet_leaves_pool(st),
				(TASK_KILLABLE | TASK_FREEZABLE));
}

/*
 * A spare that shares nothing does nothing until the call is over for which it
 * was set apart, and it shares again: work for it would open files in a table that
 * goes away.
 *
 * Rules: D116, D125
 */
bool syslet_follows(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;

	if (likely(!syslet_behind(st) && !st->alone))
		return true;
	__set_current_state(TASK_RUNNING);
	do {
		if (syslet_behind(st)) {
			(void)wait_event_interruptible(ctx->taken,
						       syslet_may_follow(st));
			syslet_follow(st);
		}
		/* Without a head it has to see to signals meanwhile. */
	} while (st->alone && st->seen && !syslet_await_gathering(st) &&
		 !syslet_leaves_pool(st));
	return false;
}

/* What a thread has renounced for good would be lost to the head, too. */
bool syslet_may_park(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	struct syslet_rights mine, theirs;
	struct task_struct *head;

	raw_spin_lock_irq(&ctx->lock);
	syslet_head_rights(ctx, &theirs, &head);
	raw_spin_unlock_irq(&ctx->lock);
	syslet_get_rights(current, &mine);
	return mine.filter == theirs.filter &&
	       mine.filter_mode == theirs.filter_mode &&
	       (theirs.no_new_privs || !mine.no_new_privs);
}
