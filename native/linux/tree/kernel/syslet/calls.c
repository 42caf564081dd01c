// SPDX-License-Identifier: GPL-2.0
/*
 * What syslets ask of Linux: calls and threads, who keeps its context, signals
 * and stops.
 */
#include <linux/cgroup.h>
#include <linux/close_range.h>
#include <linux/compat.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seccomp.h>
#include <linux/signal.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/task_work.h>
#include <asm/syscall.h>
#include <asm/syslet.h>

#include "handover.h"

#include <trace/events/syslet.h>

/*
 * A mask for the time of a sleep ends with the call. Only a head goes to user
 * mode with it, for a handler; what a busy task was interrupted for under that
 * mask ends its call, which would be interrupted again.
 *
 * Rules: D104
 */
static long syslet_end_temporary_mask(const struct syslet_task *st, long ret)
{
	if (!test_restore_sigmask())
		return ret;
	if (syslet_interrupted()) {
		if (st->role == SYSLET_HEAD)
			return ret;
		if (ret == -ERESTARTNOHAND)
			ret = -EINTR;
	}
	restore_saved_sigmask();
	return ret;
}

bool syslet_has_work(void)
{
	return signal_pending(current) || task_work_pending(current);
}

/*
 * What user mode would do on its way back, such as the last put of a file, cannot
 * wait: a busy task may not go there for a long time, nor may a spare. Nor may it
 * be told of that still, for it would not sleep any more; work may have told it
 * again. What must not be done now is left to the spare, when it has followed.
 *
 * Rules: D143
 */
void syslet_do_work(void)
{
	struct syslet_task *st = current->syslet;

	while (test_thread_flag(TIF_NOTIFY_SIGNAL) ||
	       task_work_pending(current)) {
		clear_notify_signal();
		if (st && !syslet_may_work(st))
			return;
		if (task_work_pending(current))
			task_work_run();
	}
}

/*
 * A busy task does not go to user mode before it is a spare, and has no signals
 * then: one that is forced upon it ends the process here.
 *
 * Rules: D111
 */
long syslet_dispatch(unsigned int nr, const unsigned long *args,
		     bool *interrupted)
{
	struct syslet_task *st = current->syslet;
	long ret;

	/* An atom before this one may have taken another table. */
	if (st && st->role == SYSLET_HEAD)
		syslet_hold_files(st);
	ret = arch_syslet_call(nr, args);
	*interrupted = signal_pending(current);
	if (st)
		ret = syslet_end_temporary_mask(st, ret);
	syslet_do_work();
	if (st && st->role == SYSLET_BUSY)
		take_forced_signals();
	return ret;
}

void syslet_first_entry(void)
{
	arch_syslet_first_entry();
}

void syslet_never_restart(void)
{
	arch_syslet_never_restart();
}

/*
 * A worker from its first moment, with its creator's rights. The I/O priority goes
 * with the head, so it is none that others share.
 */
struct task_struct *syslet_create_thread(int (*fn)(void *), void *arg)
{
	struct kernel_clone_args args = {
		.flags		= CLONE_VM | CLONE_FS | CLONE_FILES |
				  CLONE_SIGHAND | CLONE_THREAD |
				  CLONE_SYSVSEM | CLONE_UNTRACED,
		.fn		= fn,
		.fn_arg		= arg,
		.user_worker	= 1,
	};

	return copy_process(NULL, 0, NUMA_NO_NODE, &args);
}

void syslet_start_thread(struct task_struct *tsk)
{
	trace_syslet_spare(tsk);
	wake_up_new_task(tsk);
}

/*
 * Calls that are dispatched to user mode would go around that, too.
 *
 * Rules: D112
 */
static bool syslet_user_dispatch(void)
{
#ifdef CONFIG_GENERIC_ENTRY
	return test_syscall_work(SYSCALL_USER_DISPATCH);
#else
	return false;
#endif
}

bool syslet_filtered(void)
{
	return seccomp_mode(&current->seccomp) || syslet_user_dispatch();
}

bool syslet_group_ends(void)
{
	return current->signal->flags & SIGNAL_GROUP_EXIT ||
	       READ_ONCE(current->signal->group_exec_task);
}

/*
 * Calls that change the mask of signals while they sleep change it back, and so does
 * code of the kernel that must not be interrupted.
 */
static bool syslet_temporary_mask(void)
{
	return test_restore_sigmask() ||
	       !sigisemptyset(&current->real_blocked) ||
	       !sigequalsets(&current->blocked, &current->syslet->blocked);
}

/*
 * A spare that was made before the filter has none. A group that dies may be
 * writing its core meanwhile, or closing its files. A deadline is granted to a
 * task, and not to another; so is a priority that a child would not have, and the
 * task that stays would keep it besides the heir.
 *
 * Rules: D97, D104, D108, D139
 */
bool syslet_keeps_context(void)
{
	return syslet_filtered() || current->flags & PF_EXITING ||
	       syslet_group_ends() || syslet_temporary_mask() ||
	       current->policy == SCHED_DEADLINE ||
	       current->sched_reset_on_fork;
}

static bool syslet_own_call(int nr)
{
	return nr == __NR_async_exec || nr == __NR_async_wait ||
	       nr == __NR_async_thread || nr == __NR_threadlet_on;
}

/*
 * These ask whether a table is shared: one that has a single user is kept, and
 * with it the locks of the process, or may be changed. Not without need: other
 * threads find the tables of the leader in /proc/self, and it may be a spare.
 */
static bool syslet_counts_users(int nr)
{
	unsigned long args[6];

	if (nr != __NR_close_range)
		return nr == __NR_unshare || nr == __NR_setns;
	syscall_get_arguments(current, current_pt_regs(), args);
	return args[2] & CLOSE_RANGE_UNSHARE;
}

/*
 * What is refused inside does not sleep well there. So nothing hands over either
 * if it began outside, and the page says meanwhile that a threadlet began. Our
 * own calls see to that themselves. The table of files is held once only where its
 * users are counted.
 *
 * Rules: D101, D123, D137
 */
int __syslet_syscall_enter(int nr)
{
	struct syslet_task *st = current->syslet;

	/* The tables of calls have the numbers of one ABI. */
	if (in_compat_syscall()) {
		if (syslet_inside(st))
			return sys_ni_syscall();
		st->pinned = true;
		return 0;
	}
	if (nr >= 0 && nr < NR_syscalls)
		syslet_say_granted(st, nr);
	/* Its entries have results of their own, which are not looked at later. */
	st->batch = nr == __NR_io_uring_enter;
	if (nr == __NR_rt_sigreturn)
		return syslet_may_return(st) ? 0 : sys_ni_syscall();
	if (nr < 0 || nr >= NR_syscalls || !syslet_call_refused(nr))
		return 0;
	st->pinned = !syslet_own_call(nr);
	if (syslet_refuses(nr))
		return sys_ni_syscall();
	if (!syslet_counts_users(nr))
		return 0;
	if (st->role == SYSLET_HEAD && syslet_set_apart(st))
		return -ERESTARTNOINTR;
	syslet_release_files(st);
	return 0;
}

/* io_uring takes the first for work that is done, and waits on. */
void syslet_interrupt(struct task_struct *tsk)
{
	unsigned long flags;

	set_notify_signal(tsk);
	if (lock_task_sighand(tsk, &flags)) {
		signal_wake_up(tsk, 0);
		unlock_task_sighand(tsk, &flags);
	}
}

/*
 * Senders hold siglock, so @tsk is in its family until they are done. A thread that
 * was a threadlet, and that is still known by the number of the program's thread,
 * has for itself what it wants, and what it sends to itself.
 *
 * Rules: D117, D119, D120, D139
 */
struct task_struct *__syslet_signal_target(struct task_struct *tsk, int sig)
{
	bool deaf;

	lockdep_assert_held(&tsk->sighand->siglock);
	/* What the kernel blocks for a while is blocked in user mode only if... */
	deaf = sigismember(&tsk->blocked, sig) &&
	       sigismember(&tsk->syslet->blocked, sig);
	if (sig_kernel_only(sig))
		return tsk;
	/* In an interrupt, the caller is any task. */
	if (tsk == current && in_task())
		deaf = false;
	return syslet_owner(tsk->syslet, deaf);
}

void syslet_adopt_thread(struct syslet_task *st)
{
	struct task_struct *tsk = st->task;

	spin_lock_irq(own_siglock());
	/* Others that look at the task find it complete. */
	smp_store_release(&tsk->syslet, st);
	pass_signals(tsk, current);
	spin_unlock_irq(own_siglock());
}

/*
 * The busy tasks hear KILL only.
 *
 * Rules: D121
 */
void syslet_hear_end(struct syslet_task *st)
{
	spin_lock_irq(own_siglock());
	/* Of a namespace's first process nothing is fatal but KILL. */
	st->ending = !(current->signal->flags & SIGNAL_UNKILLABLE);
	end_by_pending_signal();
	spin_unlock_irq(own_siglock());
}

void syslet_forget(struct task_struct *tsk)
{
	struct sighand_struct *sighand;

	/* It is the caller's own. */
	sighand = rcu_dereference_protected(tsk->sighand, tsk == current);
	spin_lock_irq(&sighand->siglock);
	tsk->syslet = NULL;
	spin_unlock_irq(&sighand->siglock);
}

bool syslet_interrupted(void)
{
	return signal_interrupts();
}

void syslet_take_stops(void)
{
	take_stops();
}

void syslet_take_stops_or_exit(void)
{
	block_all_signals();
	take_stops();
	if (fatal_signal_pending(current) || syslet_group_ends()) {
		current->flags |= PF_SIGNALED;
		do_group_exit(SIGKILL);
	}
}

/*
 * As wait_for_vfork_done() does: a freezer does not wait for the caller. One that
 * exits is never frozen later.
 */
void syslet_begin_wait(void)
{
	cgroup_enter_frozen();
}

void syslet_end_wait(void)
{
	cgroup_leave_frozen(current->flags & PF_EXITING);
}

/* cond_resched() may be empty, and a tick in the kernel may not preempt. */
void syslet_resched(void)
{
	if (need_resched())
		schedule();
}
