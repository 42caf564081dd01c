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
 * the scheduler's hook is the first who learns of it, and mostly nobody does.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <asm/unistd.h>
#include <uapi/linux/syslet.h>

#include "faults.h"
#include "syslet_internal.h"

bool syslet_in_threadlet(struct syslet_task *st)
{
	struct threadlet_page *page = st->ctx->page;

	if (st->inside)
		return st->threadlet;
	return page && st->role == SYSLET_HEAD && READ_ONCE(page->armed);
}

bool syslet_may_enter(struct syslet_task *st)
{
	return st->role == SYSLET_HEAD && !st->inside &&
	       !syslet_in_threadlet(st);
}

/* As in a chain, and whoever runs the threadlet by now (THREAD-17). */
bool syslet_refuses(unsigned int nr)
{
	struct syslet_task *st = current->syslet;

	if (!st || nr >= NR_syscalls || !syslet_call_refused(nr))
		return false;
	if (SYSLET_FAULT(THREADLET_NESTS) && nr == __NR_threadlet_on)
		return false;
	return syslet_in_threadlet(st);
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
 * so nothing hands over before the handler returns (D96).
 */
void __syslet_handler_begins(struct syslet_task *st)
{
	if (!syslet_in_threadlet(st) || SYSLET_FAULT(HANDLER_HANDS_OVER))
		return;
	if (!syslet_in_handler(st))
		st->handlers = 0;
	st->interrupted = syslet_threadlet_id(st);
	st->handlers++;
}

void syslet_handler_ends(struct syslet_task *st)
{
	if (syslet_in_handler(st))
		st->handlers--;
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
 * @restore_stack: stack pointer of whoever takes over when the caller sleeps...
 * @restore_ip: ...and where it goes on, with the result 0
 * @ahu: stacks for new threads
 *
 * Returns 0. With @restore_ip 0 no threadlet begins: the result is the address
 * of the family's page, which is made first if there is none (THREAD-2). Who is
 * inside already, or not head, has no context to give (THREAD-3).
 */
SYSCALL_DEFINE3(threadlet_on, unsigned long, restore_stack,
		unsigned long, restore_ip,
		struct async_head_user __user *, ahu)
{
	struct syslet_task *st = syslet_current();
	int err;

	if (IS_ERR(st))
		return PTR_ERR(st);
	if (!syslet_may_enter(st) && !SYSLET_FAULT(THREADLET_NESTS))
		return -ENOSYS;
	if (syslet_filtered())
		return -EPERM;
	if (!restore_ip)
		return syslet_share_page(st->ctx);
	err = syslet_refill(st->ctx, ahu);
	if (err)
		return err;
	st->resume = (struct syslet_resume){
		.stack	= restore_stack,
		.ip	= restore_ip,
	};
	st->handlers = 0;
	st->threadlet = true;
	st->inside = true;
	st->armed = true;
	return 0;
}

/**
 * sys_threadlet_off - end a threadlet
 *
 * Returns 1 if the caller is still head, 0 if it lost its place and is a thread
 * of its own now, -EINVAL if it is in no threadlet (D83, THREAD-7 to THREAD-9).
 */
SYSCALL_DEFINE0(threadlet_off)
{
	struct syslet_task *st = current->syslet;

	if (!st || !syslet_in_threadlet(st))
		return -EINVAL;
	if (!st->inside)
		WRITE_ONCE(st->ctx->page->armed, 0);
	if (!SYSLET_FAULT(THREADLET_ARMED_TOO_LONG))
		st->armed = false;
	st->inside = false;
	return st->role == SYSLET_HEAD ||
	       SYSLET_FAULT(THREADLET_COMPLETES_TWICE);
}

/*
 * Into the pool, for a thread that a threadlet has become. Nothing is posted:
 * the end of a threadlet is its own affair (D19, D84). Nobody else may (D39).
 */
SYSCALL_DEFINE0(async_thread)
{
	struct syslet_task *st = current->syslet;

	if (!st || st->role != SYSLET_BUSY)
		return -EINVAL;
	if (st->inside)
		return -ENOSYS;			/* D4 */
	syslet_point();
	syslet_become_ready(st, false);
	return syslet_park(st);
}
