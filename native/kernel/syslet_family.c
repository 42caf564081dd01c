// SPDX-License-Identifier: GPL-2.0
/*
 * The family of a head: who owns the user context, who waits for one, who lost
 * one; how it goes from one task to another, and how all of them end.
 */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <uapi/linux/syslet.h>

#include "faults.h"
#include "syslet_internal.h"

#include <trace/events/syslet.h>

static void syslet_ctx_put(struct syslet_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->refs))
		kfree(ctx);
}

static struct syslet_ctx *syslet_ctx_alloc(void)
{
	struct syslet_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return NULL;
	refcount_set(&ctx->refs, 1);
	raw_spin_lock_init(&ctx->lock);
	INIT_LIST_HEAD(&ctx->ready);
	INIT_LIST_HEAD(&ctx->busy);
	ctx->members = 1;
	mutex_init(&ctx->completion);
	init_waitqueue_head(&ctx->wait);
	init_waitqueue_head(&ctx->gone);
	return ctx;
}

static struct syslet_task *syslet_task_alloc(enum syslet_role role)
{
	struct syslet_task *st = kzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);

	if (!st)
		return NULL;
	st->role = role;
	st->nr = -1;
	INIT_LIST_HEAD(&st->node);
	return st;
}

/* The caller's state; a task without any becomes the head of a new family. */
struct syslet_task *syslet_current(void)
{
	struct syslet_task *st = current->syslet;

	if (st)
		return st;
	st = syslet_task_alloc(SYSLET_HEAD);
	if (!st)
		return ERR_PTR(-ENOMEM);
	st->ctx = syslet_ctx_alloc();
	if (!st->ctx) {
		kfree(st);
		return ERR_PTR(-ENOMEM);
	}
	st->task = current;
	current->syslet = st;
	return st;
}

/* User mode may want to know before it begins a threadlet; under lock. */
static void syslet_count_ready(struct syslet_ctx *ctx, int more)
{
	ctx->nr_ready += more;
	if (ctx->page && !(SYSLET_FAULT(PAGE_COUNT_LATE) && more > 0))
		WRITE_ONCE(ctx->page->ready, ctx->nr_ready);
}

/*
 * Whether the task hands over when it sleeps, and what becomes of its heir. A
 * threadlet that began with a store is known by nobody but the page; any thread
 * may write there, so nothing depends on it but who goes on where.
 */
static bool syslet_armed(struct syslet_task *st, struct syslet_resume *resume)
{
	struct threadlet_page *page = st->ctx->page;

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

/* Whoever sleeps in a threadlet stays in it, even if only the page knew. */
static void syslet_stay_inside(struct syslet_task *st)
{
	struct threadlet_page *page = st->ctx->page;

	st->armed = false;
	if (st->inside)
		return;
	st->inside = true;
	st->threadlet = true;
	if (page && !SYSLET_FAULT(PAGE_ARMED_KEPT))
		WRITE_ONCE(page->armed, 0);
}

/*
 * Take the longest waiting spare and swap roles with it. Its task is returned
 * with a reference: once it was told, it may be gone before it is woken.
 */
static struct task_struct *syslet_take_spare(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	struct task_struct *heir = NULL;
	struct syslet_task *spare;
	unsigned long flags;

	raw_spin_lock_irqsave(&ctx->lock, flags);
	spare = list_first_entry_or_null(&ctx->ready, struct syslet_task, node);
	if (spare) {
		list_del_init(&spare->node);
		syslet_count_ready(ctx, -1);
		spare->role = SYSLET_HEAD;
		list_add_tail(&st->node, &ctx->busy);
		st->role = SYSLET_BUSY;
		syslet_stay_inside(st);
		heir = spare->task;
		get_task_struct(heir);
	}
	raw_spin_unlock_irqrestore(&ctx->lock, flags);
	return heir;
}

/* Nobody else writes to the spare: even when killed it waits to be told. */
static void syslet_give_context(struct syslet_task *st,
				struct task_struct *heir,
				struct syslet_resume *resume)
{
	struct syslet_task *spare = heir->syslet;

	if (SYSLET_FAULT(THREADLET_RESTORE_LOST)) {
		resume->stack = user_stack_pointer(task_pt_regs(st->task));
		resume->ip = instruction_pointer(task_pt_regs(st->task));
	}
	if (SYSLET_FAULT(THREADLET_RESUMES_WITH_ONE))
		resume->result = 1;
	trace_syslet_handover(st->task, heir);
	syslet_move_context(st->task, heir, st->threadlet ? resume : NULL);
	spare->result = st->threadlet ? resume->result : 0;
	/* Pairs with the spare's acquire; from here on it may be freed. */
	smp_store_release(&spare->handed, true);
	wake_up_process(heir);
	put_task_struct(heir);
}

/* What sleeps and will be woken; a stopped task does nothing. */
static bool syslet_sleeps(struct task_struct *tsk)
{
	unsigned int state = READ_ONCE(tsk->__state);

	if (!(state & TASK_NORMAL) && !SYSLET_FAULT(STOP_HANDS_OVER))
		return false;
	return state != TASK_RUNNING && !signal_pending_state(state, tsk);
}

/*
 * The state is tested under the lock that a wake-up takes: a task that was
 * already woken will not sleep, and must not give its context away (D34).
 */
void __syslet_sleeping(struct task_struct *tsk)
{
	struct syslet_task *st = tsk->syslet;
	struct task_struct *heir = NULL;
	struct syslet_resume resume;
	unsigned long flags, inner;

	if (!syslet_armed(st, &resume) || syslet_in_handler(st) ||
	    syslet_stays())
		return;
	preempt_disable();
	if (SYSLET_FAULT(HOOK_INVERTS_LOCKS)) {
		raw_spin_lock_irqsave(&st->ctx->lock, flags);
		raw_spin_lock_irqsave(&tsk->pi_lock, inner);
		raw_spin_unlock_irqrestore(&tsk->pi_lock, inner);
		raw_spin_unlock_irqrestore(&st->ctx->lock, flags);
	}
	raw_spin_lock_irqsave(&tsk->pi_lock, flags);
	if (syslet_sleeps(tsk))
		heir = syslet_take_spare(st);
	raw_spin_unlock_irqrestore(&tsk->pi_lock, flags);
	if (heir)
		syslet_give_context(st, heir, &resume);
	preempt_enable();
}

/* SYSLET_ASYNC: hand over as if about to sleep, if there is a spare. */
void syslet_go_async(struct syslet_task *st)
{
	struct syslet_resume none = {};
	struct task_struct *heir;

	syslet_point();
	if (!st->armed || syslet_stays())
		return;
	preempt_disable();
	heir = syslet_take_spare(st);
	if (heir)
		syslet_give_context(st, heir, &none);
	preempt_enable();
}

/*
 * Wait, as a ready task, for somebody's user context, and return to user space
 * with it: the result is that of the call. A stop of the whole group leaves the
 * task where it is on the list.
 */
static long syslet_wait_ready(struct syslet_task *st)
{
	st->waiting = true;
	for (;;) {
		if (SYSLET_FAULT(SPARE_MISSES_WAKEUP) && !st->handed) {
			syslet_point();
			set_current_state(TASK_INTERRUPTIBLE);
			schedule();
		}
		set_current_state(TASK_INTERRUPTIBLE);
		/* Pairs with the release in syslet_give_context(). */
		if (smp_load_acquire(&st->handed))
			break;
		/* Pairs with the release in syslet_end_family(). */
		if (smp_load_acquire(&st->ctx->exiting)) {
			__set_current_state(TASK_RUNNING);
			do_exit(st->ctx->exit_code);
		}
		if (signal_pending(current)) {
			__set_current_state(TASK_RUNNING);
			syslet_take_signal();
			continue;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	st->waiting = false;
	st->handed = false;
	return st->result;
}

/* It has made no call that could have a result. */
static int syslet_spare(void *arg)
{
	syslet_wait_ready(arg);
	return 0;
}

static int syslet_create_spare(struct syslet_ctx *ctx, unsigned long stack,
			       unsigned long ip)
{
	struct syslet_task *st = syslet_task_alloc(SYSLET_READY);
	struct task_struct *task;

	if (!st)
		return -ENOMEM;
	task = syslet_create_thread(syslet_spare, st);
	if (IS_ERR(task)) {
		kfree(st);
		return PTR_ERR(task);
	}
	refcount_inc(&ctx->refs);
	st->ctx = ctx;
	st->task = task;
	st->stack = stack;
	st->ip = ip;
	st->have_private = true;
	st->waiting = true;
	task->syslet = st;

	raw_spin_lock_irq(&ctx->lock);
	list_add_tail(&st->node, &ctx->ready);
	syslet_count_ready(ctx, 1);
	ctx->members++;
	raw_spin_unlock_irq(&ctx->lock);
	syslet_start_thread(task);
	return 0;
}

/* Nothing starts without a spare; user space provides its stack (D5, D35). */
int syslet_refill(struct syslet_ctx *ctx,
			 struct async_head_user __user *ahu)
{
	unsigned long stack, ip;
	bool have;
	int err;

	syslet_point();
	raw_spin_lock_irq(&ctx->lock);
	have = !list_empty(&ctx->ready);
	raw_spin_unlock_irq(&ctx->lock);
	if (have)
		return 0;

	if (syslet_get(stack, &ahu->new_thread_stack))
		return -EFAULT;
	if (!stack)
		return -EINVAL;
	if (syslet_get(ip, &ahu->new_thread_ip))
		return -EFAULT;
	err = syslet_create_spare(ctx, stack, ip);
	if (err)
		return err;
	if (!SYSLET_FAULT(STACK_NOT_CLEARED))
		(void)syslet_put(0UL, &ahu->new_thread_stack);
	return 0;
}

/*
 * From busy to ready, count, wake: in one critical section, so that a woken
 * waiter finds the spare on the list (D30). Waking comes after the lock only
 * for the lock order, with preemption off so that it is not late. A head on
 * another processor that looks between the two sees all of it.
 */
void syslet_become_ready(struct syslet_task *st, bool posted)
{
	struct syslet_ctx *ctx = st->ctx;

	if (SYSLET_FAULT(PAGE_FREED_EARLY) && ctx->page_addr) {
		syslet_unmap_page(ctx->page, ctx->page_addr);
		ctx->page_addr = 0;
	}
	st->inside = false;
	st->threadlet = false;

	if (SYSLET_FAULT(WAKE_BEFORE_READY)) {
		raw_spin_lock_irq(&ctx->lock);
		ctx->events += posted;
		posted = false;
		raw_spin_unlock_irq(&ctx->lock);
		wake_up(&ctx->wait);
		syslet_point();
	}

	preempt_disable();
	raw_spin_lock_irq(&ctx->lock);
	list_del_init(&st->node);
	if (!ctx->exiting) {
		st->role = SYSLET_READY;
		if (SYSLET_FAULT(SPARE_AT_FRONT))
			list_add(&st->node, &ctx->ready);
		else
			list_add_tail(&st->node, &ctx->ready);
		syslet_count_ready(ctx, 1);
	}
	ctx->events += posted;
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->wait);
	preempt_enable();
}

/* Afterwards: the caller is a spare, unless its head has exited. */
long syslet_park(struct syslet_task *st)
{
	if (st->role == SYSLET_BUSY)
		do_exit(st->ctx->exit_code);
	return syslet_wait_ready(st);
}

/*
 * End the ready tasks and wait for the busy ones, unless we were killed. They
 * all exit with the head's code: one of them may be the leader of the thread
 * group, whose code is that of the process (D20).
 */
static void syslet_end_family(struct syslet_ctx *ctx, long code)
{
	struct syslet_task *st;
	struct task_struct *tsk;

	raw_spin_lock_irq(&ctx->lock);
	ctx->exit_code = code;
	/* Pairs with the acquire of a waiting spare: it reads the code. */
	smp_store_release(&ctx->exiting, true);
	raw_spin_unlock_irq(&ctx->lock);
	for (;;) {
		tsk = NULL;
		raw_spin_lock_irq(&ctx->lock);
		st = list_first_entry_or_null(&ctx->ready, struct syslet_task,
					      node);
		if (st) {
			list_del_init(&st->node);
			syslet_count_ready(ctx, -1);
			tsk = st->task;
			get_task_struct(tsk);
		}
		raw_spin_unlock_irq(&ctx->lock);
		if (!tsk)
			break;
		wake_up_process(tsk);
		put_task_struct(tsk);
	}
	(void)wait_event_killable(ctx->gone, READ_ONCE(ctx->members) == 1);
}

/*
 * A spare that was chosen as heir cannot go before it was told: the task that
 * chose it is about to write to it.
 */
static void syslet_await_context(struct syslet_task *st)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		/* Pairs with the release in syslet_give_context(). */
		if (smp_load_acquire(&st->handed))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * The last of a family that leaves takes the page along. The address space may
 * live on, in a thread that is no member.
 */
static void syslet_end_page(struct syslet_ctx *ctx)
{
	struct threadlet_page *page = ctx->page;

	ctx->page = NULL;
	if (page && ctx->page_addr && !SYSLET_FAULT(PAGE_LEAKED))
		syslet_unmap_page(page, ctx->page_addr);
}

/* True: nobody is left. */
static bool syslet_quit_family(struct syslet_ctx *ctx)
{
	unsigned int left;

	preempt_disable();
	raw_spin_lock_irq(&ctx->lock);
	left = --ctx->members;
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->wait);		/* a busy thread is one less */
	wake_up(&ctx->gone);
	preempt_enable();
	return !left;
}

void __syslet_exit(struct task_struct *tsk, long code)
{
	struct syslet_task *st = tsk->syslet;
	struct syslet_ctx *ctx = st->ctx;
	bool chosen, spare;

	st->armed = false;
	raw_spin_lock_irq(&ctx->lock);
	if (st->role == SYSLET_READY && !list_empty(&st->node))
		syslet_count_ready(ctx, -1);
	list_del_init(&st->node);
	chosen = st->waiting && st->role == SYSLET_HEAD;
	raw_spin_unlock_irq(&ctx->lock);
	if (chosen)
		syslet_await_context(st);
	if (st->role == SYSLET_HEAD)
		syslet_end_family(ctx, code);

	tsk->syslet = NULL;
	if (syslet_quit_family(ctx))
		syslet_end_page(ctx);
	spare = st->role == SYSLET_READY;
	kfree(st);
	if (SYSLET_FAULT(SPARE_FREED_EARLY) && spare)
		list_del_init(&st->node);
	if (!SYSLET_FAULT(CONTEXT_LEAKED))
		syslet_ctx_put(SYSLET_FAULT(USE_AFTER_FREE) ? st->ctx : ctx);
}
