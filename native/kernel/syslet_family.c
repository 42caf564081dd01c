// SPDX-License-Identifier: GPL-2.0
/*
 * The family of a head: how it begins, how it gets new spares, and how it ends.
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
#include <linux/wait.h>
#include <uapi/linux/syslet.h>

#include "syslet_internal.h"

static void syslet_ctx_put(struct syslet_ctx *ctx)
{
	if (!refcount_dec_and_test(&ctx->refs))
		return;
	if (ctx->last_cred)
		syslet_put_cred(ctx->last_cred);
	syslet_free_snapshot(ctx->snapshot);
	kfree(ctx);
}

static struct syslet_ctx *syslet_ctx_alloc(void)
{
	struct syslet_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return NULL;
	ctx->snapshot = syslet_alloc_snapshot();
	if (!ctx->snapshot) {
		kfree(ctx);
		return NULL;
	}
	refcount_set(&ctx->refs, 1);
	raw_spin_lock_init(&ctx->lock);
	INIT_LIST_HEAD(&ctx->ready);
	INIT_LIST_HEAD(&ctx->busy);
	ctx->members = 1;
	mutex_init(&ctx->completion);
	init_waitqueue_head(&ctx->wait);
	init_waitqueue_head(&ctx->taken);
	init_waitqueue_head(&ctx->settled);
	ctx->turn = 1;
	ctx->gathered = 1;
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

/*
 * The caller's state; a task without any becomes the head of a new family, which
 * it stays, whichever rings it uses.
 *
 * Rules: GROUP-1, D14, D131
 */
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
	st->ctx->head = st;
	syslet_get_rights(current, &st->ctx->known);
	syslet_hold_files(st);
	syslet_note_user(st);
	/* Others that look at the task find it complete. */
	smp_store_release(&current->syslet, st);
	return st;
}

/*
 * A threadlet that goes on alone has its registers, but blocks all signals like a
 * chain. After threadlet_off() it is a thread like any, once it wants signals.
 *
 * Rules: D117, D119
 */
struct task_struct *syslet_owner(struct syslet_task *st, bool deaf)
{
	struct syslet_ctx *ctx = st->ctx;
	struct task_struct *tsk = st->task;
	unsigned long flags;

	raw_spin_lock_irqsave(&ctx->lock, flags);
	if (ctx->head &&
	    (deaf || st->role == SYSLET_READY || READ_ONCE(st->inside)))
		tsk = ctx->head->task;
	raw_spin_unlock_irqrestore(&ctx->lock, flags);
	return tsk;
}

/*
 * User mode may want to know before it begins a threadlet.
 *
 * Rules: D86
 */
void syslet_count_ready(struct syslet_ctx *ctx, int more)
{
	ctx->nr_ready += more;
	if (ctx->page)
		WRITE_ONCE(ctx->page->ready, ctx->nr_ready);
}

static int syslet_spare(void *arg)
{
	/* It has made no call that could have a result. */
	(void)syslet_wait_ready(arg);
	syslet_first_entry();
	return 0;
}

int syslet_create_spare(struct syslet_ctx *ctx)
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
	st->have_private = true;
	st->waiting = true;
	syslet_adopt_thread(st);

	raw_spin_lock_irq(&ctx->lock);
	st->seen = ctx->turn;
	list_add_tail(&st->node, &ctx->ready);
	syslet_count_ready(ctx, 1);
	ctx->members++;
	raw_spin_unlock_irq(&ctx->lock);
	syslet_start_thread(task);
	return 0;
}

/*
 * End the ready tasks and wait for the busy ones, unless we were killed. They
 * all exit with the head's code: one of them may be the leader of the thread
 * group, whose code is that of the process. If the group dies, or one of them
 * replaces its program, they end without us, and wait for us.
 *
 * Rules: EXIT-1, GROUP-6, D20, D109, D121
 */
static void syslet_end_family(struct syslet_task *head, long code)
{
	struct syslet_ctx *ctx = head->ctx;
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
	wake_up(&ctx->taken);		/* a spare may wait for the head */
	if (syslet_group_ends())
		return;
	syslet_hear_end(head);
	syslet_begin_wait();
	(void)wait_event_state(ctx->gone, READ_ONCE(ctx->members) == 1,
			       (TASK_KILLABLE | TASK_FREEZABLE));
	syslet_end_wait();
}

/*
 * A spare that was chosen as heir cannot go before it was told: the context that
 * is on its way has no other taker.
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
 * The last member takes the page along: the address space may live on, in a
 * thread that is none.
 */
static void syslet_end_page(struct syslet_ctx *ctx)
{
	struct threadlet_page *page = ctx->page;

	ctx->page = NULL;
	if (page && ctx->page_addr)
		syslet_unmap_page(page, ctx->page_addr);
}

/*
 * Returns true for the last one.
 *
 * Rules: EXIT-2
 */
static bool syslet_quit_family(struct syslet_ctx *ctx)
{
	unsigned int left;

	preempt_disable();
	raw_spin_lock_irq(&ctx->lock);
	left = --ctx->members;
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->wait);		/* a busy task is one less */
	wake_up(&ctx->gone);
	wake_up(&ctx->settled);
	preempt_enable();
	return !left;
}

void __syslet_exit(struct task_struct *tsk, long code)
{
	struct syslet_task *st = tsk->syslet;
	struct syslet_ctx *ctx = st->ctx;
	bool chosen;

	st->armed = false;
	raw_spin_lock_irq(&ctx->lock);
	syslet_check(st);
	if (st->role == SYSLET_READY && !list_empty(&st->node))
		syslet_count_ready(ctx, -1);
	list_del_init(&st->node);
	chosen = st->waiting && st->role == SYSLET_HEAD;
	raw_spin_unlock_irq(&ctx->lock);
	if (chosen) {
		syslet_await_context(st);
		syslet_install_context(st);
	}
	syslet_release_files(st);
	if (st->role == SYSLET_HEAD)
		syslet_end_family(st, code);

	raw_spin_lock_irq(&ctx->lock);
	if (ctx->head == st) {
		/* What it gave up at last stays given up. */
		syslet_get_rights(tsk, &ctx->left);
		ctx->last_cred = syslet_hold_cred(tsk, NULL);
		ctx->head = NULL;
	}
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->taken);
	syslet_forget(tsk);
	if (syslet_quit_family(ctx))
		syslet_end_page(ctx);
	kfree(st);
	syslet_ctx_put(ctx);
}
