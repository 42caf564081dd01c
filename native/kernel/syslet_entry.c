// SPDX-License-Identifier: GPL-2.0
/*
 * Syslets: chains of system calls that run in the context of their caller as
 * long as nothing sleeps. When something does, the task that sleeps keeps its
 * kernel stack, its locks and its wait-queue entries and goes on alone with the
 * chain; a spare task takes over the user context and returns to user space in
 * its place, from the same call, with the result 0.
 *
 * Every head has a family: the head itself, which owns the user context, the
 * ready tasks, which wait for one, and the busy tasks, whose chains went
 * asynchronous. A busy task that is done posts an event to a ring in user
 * memory and becomes ready.
 *
 *	syslet_entry.c		who may submit a chain, and what that needs
 *	syslet_chain.c		a chain, atom by atom
 *	syslet_family.c		head and spares: how they begin and end
 *	syslet_move.c		the hand-over, and how a task becomes a spare
 *	syslet_ring.c		events
 *	syslet_wait.c		waiting for events
 *	syslet_threadlet.c	the same for functions of user mode
 *	syslet_refused.c	system calls that none of them may make
 *
 * Names like RING-4 are clauses of the specification, numbers like D30 its
 * decisions, "sheet 2.3" is a section of its fact sheet.
 *
 * Lock order: completion, then pi_lock, then lock. No task is woken under lock,
 * since a wake-up takes pi_lock.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <uapi/linux/syslet.h>

#include "syslet_internal.h"

/* Only a head enters, and only outside of chains and threadlets (ENTRY-7). */
bool syslet_may_enter(struct syslet_task *st)
{
	return st->role == SYSLET_HEAD && !st->inside &&
	       !syslet_in_threadlet(st);
}

/* Where the first head goes without its context (ENTRY-1, ENTRY-8, D35). */
static int syslet_read_private(struct syslet_task *st,
			       struct async_head_user __user *ahu)
{
	unsigned long stack, ip;

	if (st->have_private)
		return 0;
	if (syslet_get(stack, &ahu->head_stack) ||
	    syslet_get(ip, &ahu->head_ip))
		return -EFAULT;
	st->stack = stack;
	st->ip = ip;
	st->have_private = true;
	return 0;
}

/* Nothing starts without a spare; user space provides its stack (D5, D35). */
int syslet_refill(struct syslet_ctx *ctx, struct async_head_user __user *ahu)
{
	unsigned long stack, ip;
	bool have;
	int err;

	syslet_point();
	raw_spin_lock_irq(&ctx->lock);
	have = !list_empty(&ctx->ready);
	raw_spin_unlock_irq(&ctx->lock);
	if (have)
		return 0;				/* ENTRY-2 */

	if (syslet_get(stack, &ahu->new_thread_stack))
		return -EFAULT;				/* ENTRY-5 */
	if (!stack)
		return -EINVAL;				/* ENTRY-3 */
	if (syslet_get(ip, &ahu->new_thread_ip))
		return -EFAULT;				/* ENTRY-5 */
	err = syslet_create_spare(ctx, stack, ip);	/* ENTRY-9 */
	if (err)
		return err;
	/* ENTRY-4; the spare stays even if this faults (ENTRY-6). */
	(void)syslet_put(0UL, &ahu->new_thread_stack);
	return 0;
}

/**
 * sys_async_exec - submit a chain of system calls
 * @uatom: its first atom
 * @ahu: ring for the event, and stacks for new threads
 *
 * Returns the address of the last atom executed if the chain never slept, NULL
 * if it goes on asynchronously; in the latter case the caller is another task.
 * Only a chain that went asynchronous has an event.
 */
SYSCALL_DEFINE2(async_exec, struct syslet_uatom __user *, uatom,
		struct async_head_user __user *, ahu)
{
	struct syslet_task *st = syslet_current();
	struct syslet_atom atom;
	long last;
	int err;

	if (IS_ERR(st))
		return PTR_ERR(st);
	if (!syslet_may_enter(st))
		return sys_ni_syscall();		/* ENTRY-7, D4 */
	if (syslet_filtered())
		return -EPERM;				/* D76 */

	/* Before anything sleeps: no store begins a threadlet now (D101). */
	st->threadlet = false;
	st->inside = true;
	err = syslet_read_private(st, ahu);
	if (!err)
		err = syslet_refill(st->ctx, ahu);
	if (err) {
		st->inside = false;
		return err;
	}
	st->armed = true;
	last = syslet_run_chain(st, uatom, &atom);
	st->armed = false;
	if (st->role == SYSLET_HEAD) {
		st->inside = false;
		return last;				/* EXEC-1, EXEC-3 */
	}
	/* This call has returned long ago, in another task (EXEC-2). */
	return syslet_finish(st, ahu, last, &atom);
}

/*
 * User mode's calls are redone for some results if a signal is pending. This is
 * a number (D113), as it is for an atom.
 */
static unsigned long syslet_number(unsigned long val)
{
	if (IS_ERR_VALUE(val))
		syslet_never_restart();
	return val;
}

/**
 * sys_umem_add - add to a word of memory and return the new value
 * @uptr: the word
 * @inc: what to add; with 0 nothing is written
 *
 * A read and a write: two of them may interleave (D21).
 */
SYSCALL_DEFINE2(umem_add, unsigned long __user *, uptr, unsigned long, inc)
{
	unsigned long val;

	if (syslet_get(val, uptr))
		return -EFAULT;			/* UMEM-1 */
	if (!inc)
		return syslet_number(val);	/* UMEM-2 */
	val += inc;
	if (syslet_put(val, uptr))		/* UMEM-3 */
		return -EFAULT;			/* UMEM-5 */
	return syslet_number(val);
}
