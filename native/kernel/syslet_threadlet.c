// SPDX-License-Identifier: GPL-2.0
/*
 * Threadlets: functions of user mode that run in the context of their caller as
 * long as nothing sleeps. When something does, the task that sleeps keeps all
 * of its context and goes on as a thread of its own; a spare returns to user
 * space in the caller's place, where the caller said that this should be.
 *
 * Between the beginning of a threadlet and threadlet_off() the same calls are
 * refused as in a chain. A threadlet begins by threadlet_on(), or by a store to
 * a page that the family shares with user mode (struct threadlet_page); then
 * the kernel learns of it in the scheduler's hook, and only if it sleeps.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/wait.h>
#include <asm/unistd.h>
#include <uapi/linux/syslet.h>

#include "syslet_internal.h"

bool syslet_in_threadlet(struct syslet_task *st)
{
	struct threadlet_page *page = st->ctx->page;

	if (st->inside)
		return st->threadlet;
	return page && st->role == SYSLET_HEAD && READ_ONCE(page->armed);
}

bool syslet_inside(struct syslet_task *st)
{
	return st->inside || syslet_in_threadlet(st);
}

/*
 * As in a chain, whichever task runs the threadlet by now. A handler that has
 * interrupted it belongs to the program: it may do as it likes.
 *
 * Rules: THREAD-17, D117
 */
bool syslet_refuses(unsigned int nr)
{
	struct syslet_task *st = current->syslet;

	if (!st || nr >= NR_syscalls || !syslet_call_refused(nr))
		return false;
	return syslet_in_threadlet(st) && !syslet_in_handler(st);
}

/* Tokens are not used again; threadlet_on() begins with none. */
static unsigned long syslet_threadlet_id(struct syslet_task *st)
{
	return st->inside ? 0 : READ_ONCE(st->ctx->page->armed);
}

bool syslet_in_handler(struct syslet_task *st)
{
	return st->handlers && syslet_in_threadlet(st) &&
	       st->interrupted == syslet_threadlet_id(st);
}

/*
 * A handler has the mask of signals that are blocked meanwhile, and maybe the
 * stack for signals. The heir would get them without a way to give them back,
 * so nothing hands over before the handler returns.
 *
 * Rules: D96
 */
void __syslet_handler_begin(struct syslet_task *st)
{
	if (!syslet_in_threadlet(st))
		return;
	if (!syslet_in_handler(st))
		st->handlers = 0;
	st->interrupted = syslet_threadlet_id(st);
	st->handlers++;
}

void syslet_handler_end(struct syslet_task *st)
{
	if (syslet_in_handler(st))
		st->handlers--;
}

/*
 * Half of the context is in the frame then.
 *
 * Rules: D104
 */
void __syslet_frame_begin(struct syslet_task *st)
{
	st->pinned = true;
}

void __syslet_frame_end(struct syslet_task *st)
{
	st->pinned = false;
}

/*
 * The frame is the caller's own, so user mode may return from a handler, though an
 * atom may not. Inside of a threadlet that goes on alone there are none, unless a
 * debugger saw to it.
 *
 * Rules: D27
 */
bool syslet_may_return(struct syslet_task *st)
{
	if (st->role == SYSLET_BUSY && st->inside && !syslet_in_handler(st))
		return false;
	__syslet_frame_begin(st);
	st->returns = true;
	return true;
}

void __syslet_syscall_end(struct syslet_task *st)
{
	syslet_end_call(st);
	if (st->role == SYSLET_HEAD) {
		syslet_settle(st);
		syslet_hold_files(st);
	} else {
		syslet_release_files(st);
	}
	if (st->returns)
		syslet_handler_end(st);
	st->returns = false;
	st->pinned = false;
}

/* A family has one page, as long as it lives. */
static long syslet_share_page(struct syslet_ctx *ctx)
{
	struct threadlet_page *page;

	if (ctx->page)
		return ctx->page_addr;
	page = syslet_map_page(&ctx->page_addr);
	if (IS_ERR(page))
		return PTR_ERR(page);
	raw_spin_lock_irq(&ctx->lock);
	WRITE_ONCE(page->ready, ctx->nr_ready);
	ctx->page = page;
	raw_spin_unlock_irq(&ctx->lock);
	return ctx->page_addr;
}

/**
 * sys_threadlet_on - begin a threadlet
 * @restore_stack: where the caller goes on if the threadlet sleeps: the stack...
 * @restore_ip: ...and the instruction, with the result 0
 * @ahu: stacks for new threads
 *
 * Returns 0. With @restore_ip 0 no threadlet begins: the result is the address of
 * the family's page, which is made first if there is none. -ENOSYS inside a chain
 * or threadlet; -EPERM if the calls of the caller are filtered.
 *
 * Rules: THREAD-2, THREAD-3, D4, D76, D86, D101
 */
SYSCALL_DEFINE3(threadlet_on, unsigned long, restore_stack,
		unsigned long, restore_ip,
		struct async_head_user __user *, ahu)
{
	struct syslet_task *st = syslet_current();
	long ret;

	if (IS_ERR(st))
		return PTR_ERR(st);
	if (!syslet_may_enter(st))
		return sys_ni_syscall();
	if (syslet_filtered())
		return -EPERM;

	/* Before anything sleeps: no store begins a threadlet now. */
	st->threadlet = false;
	st->inside = true;
	ret = restore_ip ? syslet_refill(st->ctx, ahu) :
			   syslet_share_page(st->ctx);
	if (!restore_ip || ret) {
		st->inside = false;
		return ret;
	}
	st->resume = (struct syslet_resume){
		.stack	= restore_stack,
		.ip	= restore_ip,
	};
	st->handlers = 0;
	st->threadlet = true;
	st->armed = true;
	return 0;
}

/**
 * sys_threadlet_off - end a threadlet
 *
 * Returns 1 if the caller is still head, 0 if it lost its place and is a thread
 * of its own now, -EINVAL if it is in no threadlet.
 *
 * Rules: THREAD-7 to THREAD-9, D83
 */
SYSCALL_DEFINE0(threadlet_off)
{
	struct syslet_task *st = current->syslet;

	if (!st || !syslet_in_threadlet(st))
		return -EINVAL;
	if (!st->inside)
		WRITE_ONCE(st->ctx->page->armed, 0);
	st->armed = false;
	if (st->role == SYSLET_BUSY)
		syslet_get_rights(current, &st->bound);
	st->inside = false;
	return st->role == SYSLET_HEAD;
}

/**
 * sys_async_thread - become a spare
 *
 * For a thread that a threadlet has become, and for no other, which gets -EINVAL;
 * -ENOSYS before threadlet_off(). Nothing is posted, nor counted: the end of a
 * threadlet is its own affair.
 *
 * Rules: ENTRY-7, THREAD-1, THREAD-10, THREAD-11, THREAD-23, D4, D19, D39, D84,
 * D106
 */
SYSCALL_DEFINE0(async_thread)
{
	struct syslet_task *st = current->syslet;

	if (!st || st->role != SYSLET_BUSY)
		return -EINVAL;
	if (st->inside)
		return sys_ni_syscall();
	if (!syslet_may_park(st))
		return -EPERM;
	syslet_point();
	syslet_become_ready(st, false);
	return syslet_park(st);
}
