// SPDX-License-Identifier: GPL-2.0
/*
 * A chain: fetch an atom, make its call, store the result, find the next atom.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <asm/unistd.h>
#include <uapi/linux/syslet.h>

#include "syslet_internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/syslet.h>

/*
 * A snapshot of an atom, word by word in this order: what changes in user memory
 * later counts at the next fetch. Arguments without a pointer are 0.
 *
 * Rules: FETCH-1, FETCH-2, FETCH-5, FETCH-6, D33
 */
static int syslet_fetch(struct syslet_atom *atom,
			const struct syslet_uatom __user *uatom)
{
	unsigned long __user *ptr;
	int i;

	trace_syslet_fetch(uatom);
	if (syslet_get_user(atom->nr, &uatom->nr) ||
	    syslet_get_user(atom->ret_ptr, &uatom->ret_ptr) ||
	    syslet_get_user(atom->flags, &uatom->flags) ||
	    syslet_get_user(atom->next, &uatom->next))
		return -EFAULT;

	memset(atom->args, 0, sizeof(atom->args));
	for (i = 0; i < SYSLET_MAX_ARGS; i++) {
		if (syslet_get_user(ptr, &uatom->arg_ptr[i]))
			return -EFAULT;
		if (!ptr)
			break;		/* nothing behind it is read */
		if (syslet_get_user(atom->args[i], ptr))
			return -EFAULT;
	}
	return 0;
}

/*
 * The result of an interrupted call; of one that was not, these are numbers like
 * any other. For umem_add() they always are.
 */
static bool syslet_call_interrupted(unsigned int nr, long ret, bool interrupted)
{
	if (nr == __NR_umem_add || !interrupted)
		return false;
	return ret == -ERESTARTSYS || ret == -ERESTARTNOINTR ||
	       ret == -ERESTARTNOHAND || ret == -ERESTART_RESTARTBLOCK;
}

/* The head exits on its way to user mode, where a busy task does not go. */
static void syslet_stop_between_calls(struct syslet_task *st)
{
	if (st->role == SYSLET_HEAD)
		syslet_take_stops();
	else
		syslet_take_stops_or_exit();
}

/*
 * The results that tell the system-call exit path to restart a call mean
 * nothing to a chain. What does not end the chain has only interrupted the call:
 * a stop, or work for the task. It is redone; one that would last longer each time
 * knows how it goes on.
 *
 * Rules: ATOM-5, D28, D105, D115, D122
 */
static long syslet_call(struct syslet_task *st, const struct syslet_atom *atom)
{
	unsigned int nr = array_index_nospec(atom->nr, NR_syscalls);
	bool interrupted;
	long ret;

	if (syslet_call_refused(nr))
		return sys_ni_syscall();
	syslet_point();
	st->nr = nr;
	for (;;) {
		syslet_say_granted(st, st->nr);
		ret = syslet_dispatch(nr, atom->args, &interrupted);
		if (!syslet_call_interrupted(nr, ret, interrupted))
			break;
		if (ret == -ERESTART_RESTARTBLOCK)
			nr = __NR_restart_syscall;
		ret = -EINTR;
		syslet_end_call(st);
		syslet_stop_between_calls(st);
		if (syslet_interrupted() || !syslet_begin_atom(st))
			break;
		syslet_resched();
	}
	st->nr = -1;
	return ret;
}

/*
 * The call of an atom, and its result, which is stored before the stop
 * conditions are looked at.
 *
 * Rules: ATOM-1 to ATOM-4, ATOM-6 to ATOM-8, D8, D9
 */
static long syslet_execute(struct syslet_task *st,
			   const struct syslet_atom *atom)
{
	bool stores = true;
	long ret = sys_ni_syscall();

	trace_syslet_execute(atom->nr);
	if (atom->flags & SYSLET_ASYNC)
		syslet_go_async(st);
	if (atom->flags & SYSLET_SYNC)
		st->armed = false;

	if (atom->nr < NR_syscalls)
		ret = syslet_call(st, atom);
	else
		stores = false;		/* there is no such call */
	syslet_end_call(st);
	if (atom->ret_ptr && stores && syslet_put_user(ret, atom->ret_ptr))
		ret = -EFAULT;

	/* Whatever happened, SYNC lasts for one atom. */
	if (st->role == SYSLET_HEAD)
		st->armed = true;
	return ret;
}

/*
 * Of a result as a signed word. Several conditions in one atom match nothing,
 * and never stop.
 *
 * Rules: STOP-1 to STOP-5, D6
 */
static bool syslet_stop_condition(unsigned long flags, long ret)
{
	switch (flags & SYSLET_STOP_MASK) {
	case SYSLET_STOP_ON_NONZERO:
		return ret != 0;
	case SYSLET_STOP_ON_ZERO:
		return ret == 0;
	case SYSLET_STOP_ON_NEGATIVE:
		return ret < 0;
	case SYSLET_STOP_ON_NON_POSITIVE:
		return ret <= 0;
	default:
		return false;
	}
}

/*
 * The atom to go on with, or NULL. With SKIP_TO_NEXT_ON_STOP a condition that
 * holds goes on with the atom behind this one in memory.
 *
 * Rules: NEXT-1 to NEXT-4
 */
static struct syslet_uatom __user *
syslet_successor(const struct syslet_atom *atom,
		 struct syslet_uatom __user *uatom, long ret)
{
	if (!syslet_stop_condition(atom->flags, ret))
		return atom->next;
	if (!(atom->flags & SYSLET_SKIP_TO_NEXT_ON_STOP))
		return NULL;
	return uatom + 1;
}

/*
 * A cycle may never sleep, nor come to user mode.
 *
 * Rules: D105
 */
static void syslet_between_atoms(struct syslet_task *st)
{
	syslet_resched();
	if (signal_pending(current))
		syslet_stop_between_calls(st);
}

/*
 * Execute a chain. Returns the user address of the last atom executed, with
 * @atom being its copy, or -EFAULT for an atom that cannot be fetched, or -EPERM
 * if none might be executed. It ends where there is no next atom, a signal is
 * pending, or its head has given up a right, not because others want to run.
 *
 * Rules: FETCH-3, STOP-6, D7, D23, D102
 */
long syslet_run_chain(struct syslet_task *st, struct syslet_uatom __user *uatom,
		      struct syslet_atom *atom)
{
	struct syslet_uatom __user *last = NULL;
	unsigned long flags = 0;
	long ret;

	st->calling = false;
	do {
		if (syslet_fetch(atom, uatom))
			return -EFAULT;
		/*
		 * A chain that goes on alone has the rights of its submission,
		 * but what it does is what user memory says now. So it ends
		 * where its head has given them up, and only now: the
		 * fetch may have slept.
		 */
		if (!syslet_begin_atom(st)) {
			atom->flags = flags;
			return last ? (__force long)last : -EPERM;
		}
		last = uatom;
		flags = atom->flags;
		ret = syslet_execute(st, atom);
		if (syslet_interrupted())
			break;
		uatom = syslet_successor(atom, last, ret);
		syslet_between_atoms(st);
	} while (uatom);
	return (__force long)last;
}
