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
 *	syslet_rights.c		what a task may do, and how it follows its head
 *	syslet_settle.c		what a head does when it gives something up
 *	syslet_work.c		what a task does without a call of its own
 *	syslet_granted.c	system calls that a head does not wait for then
 *	syslet_refused.c	system calls that none of them may make
 *
 * The comment above a function names the rules that it follows. They are in
 * Documentation/userspace-api/syslet-rules.rst.
 *
 * Lock order: completion, then pi_lock or siglock, then lock. No task is woken
 * under lock, since a wake-up takes pi_lock.
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

/*
 * Only a head enters, and only outside of chains and threadlets.
 *
 * Rules: ENTRY-7, D82
 */
bool syslet_may_enter(struct syslet_task *st)
{
	return st->role == SYSLET_HEAD && !syslet_inside(st);
}

/*
 * User space says where a task would go that has no context: of a spare when it is
 * created, of the first head here. It stays in the kernel instead, so the words
 * have no use; but they are read once, and a fault counts.
 *
 * Rules: ENTRY-1, ENTRY-8, D35
 */
static int syslet_read_private(struct syslet_task *st,
			       struct async_head_user __user *ahu)
{
	unsigned long __maybe_unused unused;

	if (st->have_private)
		return 0;
	if (syslet_get_user(unused, &ahu->head_stack) ||
	    syslet_get_user(unused, &ahu->head_ip))
		return -EFAULT;
	st->have_private = true;
	return 0;
}

/*
 * Nothing starts without a spare. If none is ready a new one is created, and the
 * word that had its stack becomes 0, so that user space provides another.
 *
 * Rules: ENTRY-2 to ENTRY-6, ENTRY-9, D5, D35
 */
int syslet_refill(struct syslet_ctx *ctx, struct async_head_user __user *ahu)
{
	unsigned long __maybe_unused unused;
	unsigned long stack;
	bool have;
	int err;

	syslet_point();
	raw_spin_lock_irq(&ctx->lock);
	have = !list_empty(&ctx->ready);
	raw_spin_unlock_irq(&ctx->lock);
	if (have)
		return 0;

	if (syslet_get_user(stack, &ahu->new_thread_stack))
		return -EFAULT;
	if (!stack)
		return -EINVAL;
	if (syslet_get_user(unused, &ahu->new_thread_ip))
		return -EFAULT;
	err = syslet_create_spare(ctx);
	if (err)
		return err;
	/* The spare stays even if this faults. */
	(void)syslet_put_user(0UL, &ahu->new_thread_stack);
	return 0;
}

/**
 * sys_async_exec - submit a chain of system calls
 * @uatom: its first atom
 * @ahu: ring for the event, and stacks for new threads
 *
 * Returns the address of the last atom executed if the chain never slept, NULL
 * if it goes on asynchronously; in the latter case the caller is another task.
 * Only a chain that went asynchronous has an event. -ENOSYS inside a chain or
 * threadlet; -EPERM if the calls of the caller are filtered.
 *
 * Rules: ENTRY-7, EXEC-1 to EXEC-3, D4, D76, D101
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
		return sys_ni_syscall();
	if (syslet_filtered())
		return -EPERM;

	/* Before anything sleeps: no store begins a threadlet now. */
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
		return last;
	}
	/* This call has returned long ago, with NULL, in another task. */
	return syslet_finish_chain(st, ahu, last, &atom);
}

/*
 * User mode's calls are redone for some results if a signal is pending. This is
 * a number, as it is for an atom.
 *
 * Rules: D113
 */
static unsigned long syslet_plain_number(unsigned long val)
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
 * A read and a write: two of them may interleave. -EFAULT if either fails.
 *
 * Rules: UMEM-1 to UMEM-3, UMEM-5, D21
 */
SYSCALL_DEFINE2(umem_add, unsigned long __user *, uptr, unsigned long, inc)
{
	unsigned long val;

	if (syslet_get_user(val, uptr))
		return -EFAULT;
	if (!inc)
		return syslet_plain_number(val);
	val += inc;
	if (syslet_put_user(val, uptr))
		return -EFAULT;
	return syslet_plain_number(val);
}
