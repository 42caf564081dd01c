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
 * Numbers like D30 refer to the project's list of decisions, "sheet 2.3" to its
 * fact sheet, and names like RING-4 to clauses of the specification. This file
 * executes chains; their families are in syslet_family.c, the hand-over in
 * syslet_move.c, and in syslet_threadlet.c is the same for functions of user
 * mode.
 *
 * Lock order: completion, then pi_lock, then lock. Nobody is woken under lock,
 * since a wake-up takes pi_lock.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>
#include <uapi/linux/syslet.h>

#include "faults.h"
#include "syslet_internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/syslet.h>

/* An atom as it was when it was fetched; later changes do not matter. */
struct syslet_atom {
	unsigned long		flags;
	unsigned long		nr;
	long __user		*ret_ptr;
	struct syslet_uatom __user *next;
	unsigned long		args[SYSLET_MAX_ARGS];
};

/* Where the first head goes when it loses its context (ENTRY-1, ENTRY-8; D35). */
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

/*
 * A snapshot, in the order of D33; nothing behind the first NULL argument is
 * touched (sheet 2.3).
 */
static int syslet_fetch(struct syslet_atom *atom,
			const struct syslet_uatom __user *uatom)
{
	unsigned long __user *ptr;
	int i;

	trace_syslet_fetch(uatom);
	if (syslet_get(atom->nr, &uatom->nr) ||
	    syslet_get(atom->ret_ptr, &uatom->ret_ptr) ||
	    syslet_get(atom->flags, &uatom->flags) ||
	    syslet_get(atom->next, &uatom->next))
		return -EFAULT;

	memset(atom->args, 0, sizeof(atom->args));
	for (i = 0; i < SYSLET_MAX_ARGS; i++) {
		if (syslet_get(ptr, &uatom->arg_ptr[i]))
			return -EFAULT;
		if (!ptr)
			break;
		if (syslet_get(atom->args[i], ptr))
			return -EFAULT;
	}
	return 0;
}

/* Of an interrupted call. For umem_add() these are numbers like any other. */
static bool syslet_wants_restart(unsigned int nr, long ret)
{
	if (nr == __NR_umem_add || !signal_pending(current))
		return false;
	return ret == -ERESTARTSYS || ret == -ERESTARTNOINTR ||
	       ret == -ERESTARTNOHAND || ret == -ERESTART_RESTARTBLOCK;
}

/*
 * The results that tell the system-call exit path to restart a call mean
 * nothing to a chain. A task that has no context any more is only interrupted
 * by job control, and redoes the call (D28). A refused call gives a result like
 * any other (ATOM-5).
 */
static long syslet_call(struct syslet_task *st, const struct syslet_atom *atom)
{
	unsigned int nr = array_index_nospec(atom->nr, NR_syscalls);
	long ret;

	if (syslet_call_refused(nr))
		return -ENOSYS;
	syslet_point();
	st->nr = nr;
	for (;;) {
		ret = syslet_dispatch(nr, atom->args);
		if (!syslet_wants_restart(nr, ret))
			break;
		ret = -EINTR;
		if (st->role == SYSLET_HEAD || fatal_signal_pending(current))
			break;
		syslet_take_signal();
	}
	st->nr = -1;
	return ret;
}

/*
 * A number that is out of the table gives a result for the stop conditions,
 * but stores none (D8). A result that cannot be stored turns into -EFAULT. All
 * this comes before the stop conditions are looked at (sheet 2.5).
 */
static long syslet_execute(struct syslet_task *st,
			   const struct syslet_atom *atom)
{
	bool early = false;
	long ret = -ENOSYS;

	trace_syslet_execute(atom->nr);
	if (atom->flags & SYSLET_ASYNC)
		syslet_go_async(st);
	if (atom->flags & SYSLET_SYNC)
		st->armed = false;

	if (atom->nr < NR_syscalls)
		ret = syslet_call(st, atom);
	else
		early = true;
	if (atom->ret_ptr && (!early || SYSLET_FAULT(BAD_NR_STORES)) &&
	    syslet_put(ret, atom->ret_ptr)) {
		ret = -EFAULT;
		early = true;
	}

	/* Whatever happened, SYNC lasts for one atom (D9). */
	if (st->role == SYSLET_HEAD &&
	    !(SYSLET_FAULT(SYNC_NOT_RESTORED) && early))
		st->armed = true;
	return ret;
}

/*
 * Of a result as a signed word (STOP-1 to STOP-4). Several conditions in one
 * atom match nothing, and never stop (D6, STOP-5).
 */
static bool syslet_stops(unsigned long flags, long ret)
{
	switch (flags & SYSLET_STOP_MASK) {
	case SYSLET_STOP_ON_NONZERO:
		return ret != 0;
	case SYSLET_STOP_ON_ZERO:
		return ret == 0;
	case SYSLET_STOP_ON_NEGATIVE:
		return ret < 0;
	case SYSLET_STOP_ON_NON_POSITIVE:
		if (SYSLET_FAULT(NON_POSITIVE_AT_ZERO))
			return ret < 0;
		return ret <= 0;
	default:
		return false;
	}
}

/* A condition that is true ends the chain or skips (NEXT-1 to NEXT-3). */
static struct syslet_uatom __user *
syslet_successor(const struct syslet_task *st, const struct syslet_atom *atom,
		 struct syslet_uatom __user *uatom, long ret)
{
	unsigned long flags = atom->flags;

	if (SYSLET_FAULT(FLAGS_READ_AGAIN))
		(void)get_user(flags, &uatom->flags);
	if (SYSLET_FAULT(STOP_IGNORED_WHEN_ASYNC) && st->role == SYSLET_BUSY)
		return atom->next;

	if (!syslet_stops(flags, ret))
		return atom->next;
	if (!(flags & SYSLET_SKIP_TO_NEXT_ON_STOP))
		return NULL;
	return SYSLET_FAULT(SKIP_USES_NEXT) ? atom->next : uatom + 1;
}

/*
 * Execute a chain. Returns the user address of the last atom executed, with
 * @atom being its copy, or -EFAULT for an atom that cannot be fetched. It ends
 * where there is no next atom (NEXT-4), not because others want to run (D7).
 */
static long syslet_run_chain(struct syslet_task *st,
			     struct syslet_uatom __user *uatom,
			     struct syslet_atom *atom)
{
	struct syslet_uatom __user *first = uatom;
	struct syslet_uatom __user *last = NULL;
	long ret;

	do {
		if (syslet_fetch(atom, uatom)) {
			if (SYSLET_FAULT(FETCH_FAULT_POSTS) && last &&
			    st->role == SYSLET_BUSY)
				return (long)last;
			return -EFAULT;
		}
		last = uatom;
		ret = syslet_execute(st, atom);
		if (syslet_interrupted())	/* D23 */
			break;
		uatom = syslet_successor(st, atom, last, ret);
		cond_resched();		/* a cycle may never sleep */
	} while (uatom);

	if (SYSLET_FAULT(EVENT_OF_FIRST_ATOM) && st->role == SYSLET_BUSY)
		last = first;
	return (long)last;
}

/*
 * A chain that went asynchronous is done: tell, and become a spare (RING-1). A
 * fetch that faulted has no event (FETCH-4), nor has a last atom that does not
 * want one (RING-2).
 */
static long syslet_finish(struct syslet_task *st,
			  struct async_head_user __user *ahu, long last,
			  const struct syslet_atom *atom)
{
	struct syslet_uatom __user *event = (void __user *)last;
	struct syslet_ctx *ctx = st->ctx;
	bool posted = false, locked = false;
	bool post = !IS_ERR_VALUE((unsigned long)last);	/* a fetch fault */

	if (fatal_signal_pending(current))
		syslet_take_signal();
	if (post && (atom->flags & SYSLET_NO_COMPLETE))
		post = SYSLET_FAULT(NO_COMPLETE_IGNORED);

	if (post)
		posted = syslet_post(ctx, ahu, event, &locked);
	if (SYSLET_FAULT(DOUBLE_COMPLETION) && locked &&
	    (atom->flags & SYSLET_STOP_MASK)) {
		mutex_unlock(&ctx->completion);
		posted |= syslet_post(ctx, ahu, event, &locked);
	}
	if (SYSLET_FAULT(LOST_EVENT_COUNTED))
		posted = post;
	if (!locked)
		syslet_point();
	syslet_become_ready(st, posted);
	if (locked && (posted || !SYSLET_FAULT(LOCK_KEPT_WHEN_LOST)))
		mutex_unlock(&ctx->completion);
	return syslet_park(st);
}

/**
 * sys_async_exec - submit a chain of system calls
 * @uatom: its first atom
 * @ahu: ring for the event, and stacks for new threads
 *
 * Returns the address of the last atom executed if the chain never slept, NULL
 * if it goes on asynchronously; in the latter case the caller is another task.
 * Only a chain that went asynchronous has an event (EXEC-1, EXEC-3).
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
		return -ENOSYS;			/* D4 */
	if (syslet_filtered())
		return -EPERM;
	err = syslet_read_private(st, ahu);
	if (!err)
		err = syslet_refill(st->ctx, ahu);
	if (err)
		return err;

	st->threadlet = false;
	st->inside = true;
	st->armed = true;
	last = syslet_run_chain(st, uatom, &atom);
	st->armed = false;
	if (st->role == SYSLET_HEAD) {
		st->inside = false;
		return last;
	}
	/* As somebody else's call, long ago. */
	return syslet_finish(st, ahu, last, &atom);
}

/**
 * sys_umem_add - add to a word of memory and return the new value
 * @uptr: the word
 * @inc: what to add; with 0 nothing is written
 *
 * A read and a write: two of them may interleave (sheet 6, D21).
 */
SYSCALL_DEFINE2(umem_add, unsigned long __user *, uptr, unsigned long, inc)
{
	unsigned long val;

	if (syslet_get(val, uptr))
		return -EFAULT;
	if (!inc)
		return val;
	val += inc;
	if (syslet_put(val, uptr))
		return -EFAULT;
	return val;
}
