// SPDX-License-Identifier: GPL-2.0
/*
 * How a user context goes from a task that falls asleep to a spare, and how a
 * task that has lost its context becomes a spare itself.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/syslet.h>
#include <linux/wait.h>
#include <uapi/linux/syslet.h>

#include "syslet_internal.h"

/*
 * Whether the task hands over when it sleeps, and where its heir goes on. A
 * threadlet that began with a store is known to the page only; any thread may
 * write there, so nothing else depends on it.
 *
 * Rules: D86, D101, D104
 */
static bool syslet_armed(struct syslet_task *st, struct syslet_resume *resume)
{
	struct threadlet_page *page = st->ctx->page;

	if (st->pinned)
		return false;
	if (st->inside || st->armed) {
		*resume = st->resume;
		return st->armed;
	}
	if (!page || st->waiting || st->role != SYSLET_HEAD)
		return false;
	*resume = (struct syslet_resume){
		.stack	= READ_ONCE(page->restore_stack),
		.ip	= READ_ONCE(page->restore_ip),
	};
	return READ_ONCE(page->armed) & THREADLET_MAY_MOVE;
}

/*
 * A task that sleeps in a threadlet stays in it, even if only the page knew. It
 * has no context to give any more, however often it sleeps.
 *
 * Rules: MOVE-3, THREAD-6
 */
static void syslet_stay_inside(struct syslet_task *st)
{
	struct threadlet_page *page = st->ctx->page;

	st->armed = false;
	if (st->inside)
		return;
	st->inside = true;
	st->threadlet = true;
	if (page)
		WRITE_ONCE(page->armed, 0);
}

/*
 * Under lock. One that a debugger holds could not go on, and one that works goes on
 * when it is done.
 *
 * Rules: D100, D137
 */
static struct syslet_task *syslet_first_ready(struct syslet_ctx *ctx)
{
	struct syslet_task *st, *works = NULL;

	list_for_each_entry(st, &ctx->ready, node) {
		if (syslet_is_trapped(st->task))
			continue;
		if (!st->working)
			return st;
		if (!works)
			works = st;
	}
	return works;
}

/*
 * Take the spare that has waited longest and swap roles with it; without one
 * nothing happens. Its task is returned with a reference: once it was told, it
 * may be gone before it is woken.
 *
 * Rules: MOVE-2, MOVE-5
 */
static struct task_struct *syslet_take_spare(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	struct task_struct *heir = NULL;
	struct syslet_task *spare;
	unsigned long flags;

	raw_spin_lock_irqsave(&ctx->lock, flags);
	syslet_check(st);
	spare = syslet_first_ready(ctx);
	if (spare) {
		list_del_init(&spare->node);
		syslet_count_ready(ctx, -1);
		spare->role = SYSLET_HEAD;
		spare->later = spare->working;
		ctx->head = spare;
		syslet_get_rights(st->task, &ctx->left);
		list_add_tail(&st->node, &ctx->busy);
		st->role = SYSLET_BUSY;
		st->seen = ctx->turn;
		st->bound = ctx->left;
		syslet_stay_inside(st);
		heir = spare->task;
		get_task_struct(heir);
	}
	raw_spin_unlock_irqrestore(&ctx->lock, flags);
	return heir;
}

/*
 * The context goes to another thread, which keeps its own number: with the
 * result 0 of the call, or to where the caller of a threadlet goes on. The heir
 * takes it itself, when it has left whatever it was in; what is written to it
 * here is that it may, and what others would not find elsewhere.
 *
 * Rules: EXEC-2, EXEC-4, MOVE-4, THREAD-4, THREAD-24, D118
 */
static void syslet_give_context(struct syslet_task *st,
				struct task_struct *heir,
				const struct syslet_resume *resume)
{
	struct syslet_task *spare = heir->syslet;

	trace_syslet_handover(st->task, heir);
	syslet_leave_context(st->ctx->snapshot, heir,
			     st->threadlet ? resume : NULL);
	spare->result = st->threadlet ? resume->result : 0;
	/* Pairs with the spare's acquire; from here on it may be freed. */
	smp_store_release(&spare->handed, true);
	wake_up_process(heir);
	put_task_struct(heir);
}

/* A task that is stopped does not sleep: it does nothing at all. */
static bool syslet_falls_asleep(struct task_struct *tsk)
{
	unsigned int state = READ_ONCE(tsk->__state);

	if (!(state & TASK_NORMAL))
		return false;
	return state != TASK_RUNNING && !signal_pending_state(state, tsk);
}

/*
 * The state is tested under the lock that a wake-up takes: a task that was
 * already woken will not sleep, and must not give its context away. All other
 * sleeps count.
 *
 * Rules: MOVE-1, OBJECT-2, D34
 */
void __syslet_sleeping(struct task_struct *tsk)
{
	struct syslet_task *st = tsk->syslet;
	struct task_struct *heir = NULL;
	struct syslet_resume resume;
	unsigned long flags;

	if (!syslet_armed(st, &resume) || syslet_in_handler(st) ||
	    syslet_keeps_context())
		return;
	preempt_disable();
	raw_spin_lock_irqsave(&tsk->pi_lock, flags);
	if (syslet_falls_asleep(tsk))
		heir = syslet_take_spare(st);
	raw_spin_unlock_irqrestore(&tsk->pi_lock, flags);
	if (heir)
		syslet_give_context(st, heir, &resume);
	preempt_enable();
}

/*
 * SYSLET_ASYNC: as if about to sleep, if there is a spare.
 *
 * Rules: ATOM-1
 */
void syslet_go_async(struct syslet_task *st)
{
	struct syslet_resume none = {};
	struct task_struct *heir;

	syslet_point();
	if (!st->armed || syslet_keeps_context())
		return;
	preempt_disable();
	heir = syslet_take_spare(st);
	if (heir)
		syslet_give_context(st, heir, &none);
	preempt_enable();
}

void syslet_install_context(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;

	syslet_take_context(ctx->snapshot);
	syslet_hold_files(st);
	st->handlers = 0;
	st->alone = false;
	st->handed = false;
	raw_spin_lock_irq(&ctx->lock);
	st->waiting = false;
	st->seen = ctx->turn;
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->taken);
}

/* False if it is a spare no more: its tables may be others the next moment. */
static bool syslet_set_working(struct syslet_task *st, bool working)
{
	struct syslet_ctx *ctx = st->ctx;
	bool spare;

	raw_spin_lock_irq(&ctx->lock);
	spare = st->role == SYSLET_READY;
	st->working = working && spare;
	raw_spin_unlock_irq(&ctx->lock);
	return spare;
}

/*
 * The head does not wait for a spare that stops: a debugger may hold it. One that was
 * chosen does what is left to do on its way to user mode.
 *
 * Rules: D125, D129, D137
 */
static void syslet_work_as_spare(struct syslet_task *st)
{
	__set_current_state(TASK_RUNNING);
	if (!syslet_set_working(st, true)) {
		(void)wait_event_state(st->ctx->taken, syslet_leaves_pool(st),
				       TASK_UNINTERRUPTIBLE);
		return;
	}
	syslet_do_work();
	if (signal_pending(current)) {
		WRITE_ONCE(st->stopping, true);
		wake_up(&st->ctx->settled);
		syslet_take_stops_or_exit();
		WRITE_ONCE(st->stopping, false);
	}
	syslet_set_working(st, false);
	wake_up(&st->ctx->settled);
}

/*
 * Wait, as a ready task, for a user context, and return to user space with it:
 * the result is that of the call. A spare that stops with its group stays where
 * it is on the list, and takes what it was given when it goes on.
 */
long syslet_wait_ready(struct syslet_task *st)
{
	bool follows;

	st->waiting = true;
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		/* Pairs with the release in syslet_give_context(). */
		if (smp_load_acquire(&st->handed))
			break;
		/* Pairs with the release in syslet_end_family(). */
		if (smp_load_acquire(&st->ctx->exiting)) {
			__set_current_state(TASK_RUNNING);
			do_exit(st->ctx->exit_code);
		}
		/* First of all, as it may be held for long behind this. */
		follows = syslet_follows(st);
		if (syslet_has_work())
			syslet_work_as_spare(st);
		else if (follows)
			schedule();
	}
	__set_current_state(TASK_RUNNING);
	syslet_install_context(st);
	return st->result;
}

/*
 * From busy to the end of the list of ready tasks; count what was posted, but not
 * what was lost; wake: in one critical section, so that a woken waiter finds the
 * spare on the list. Waking comes after the lock only for the lock order, with
 * preemption off so that it is not late. A head on another processor that looks
 * in between sees it all.
 *
 * Rules: MOVE-5, POOL-1, POOL-2, WAIT-9, D30, D106, D116
 */
void syslet_become_ready(struct syslet_task *st, bool posted)
{
	struct syslet_ctx *ctx = st->ctx;

	/* No task may see it as a spare before, but the head waits for it. */
	raw_spin_lock_irq(&ctx->lock);
	ctx->adopting++;
	raw_spin_unlock_irq(&ctx->lock);
	if (!READ_ONCE(ctx->exiting)) {
		syslet_enter_pool(st);
		syslet_follow(st);
	}

	preempt_disable();
	raw_spin_lock_irq(&ctx->lock);
	list_del_init(&st->node);
	st->inside = false;
	st->threadlet = false;
	st->calling = false;		/* of a call that ends in an heir */
	if (!ctx->exiting) {
		st->role = SYSLET_READY;
		st->waiting = true;
		list_add_tail(&st->node, &ctx->ready);
		syslet_count_ready(ctx, 1);
	}
	ctx->events += posted;
	ctx->adopting--;
	syslet_check(st);
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->wait);
	wake_up(&ctx->settled);
	preempt_enable();
}

/*
 * Then wait, as a spare; unless the head has exited.
 *
 * Rules: THREAD-12, D20
 */
long syslet_park(struct syslet_task *st)
{
	if (st->role == SYSLET_BUSY)
		do_exit(st->ctx->exit_code);
	return syslet_wait_ready(st);
}
