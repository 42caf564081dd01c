// SPDX-License-Identifier: GPL-2.0
/*
 * What syslets ask of Linux: calls and threads, who keeps its context, signals
 * and stops.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seccomp.h>
#include <linux/signal.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/task_work.h>
#include <asm/syslet.h>

#include "handover.h"

#include <trace/events/syslet.h>

long syslet_dispatch(unsigned int nr, const unsigned long *args)
{
	struct syslet_task *st = current->syslet;
	long ret;

	/* An atom before this one may have taken another table. */
	if (st && st->role == SYSLET_HEAD)
		syslet_hold_files(st, true);
	ret = arch_syslet_call(nr, args);
	/*
	 * What user mode would do on its way back, such as the last put of a
	 * file, cannot wait: a busy task may not go there for a long time. Nor
	 * may it be told of that still, for it would not sleep any more.
	 */
	if (test_thread_flag(TIF_NOTIFY_SIGNAL))
		clear_notify_signal();
	if (task_work_pending(current))
		task_work_run();
	return ret;
}

/* A worker from its first moment; it never has the files of its creator. */
struct task_struct *syslet_create_thread(int (*fn)(void *), void *arg)
{
	struct kernel_clone_args args = {
		.flags		= CLONE_VM | CLONE_FS | CLONE_SIGHAND |
				  CLONE_THREAD | CLONE_IO | CLONE_SYSVSEM |
				  CLONE_UNTRACED,
		.fn		= fn,
		.fn_arg		= arg,
		.user_worker	= 1,
		.no_files	= 1,
	};

	return copy_process(NULL, 0, NUMA_NO_NODE, &args);
}

void syslet_start_thread(struct task_struct *tsk)
{
	trace_syslet_spare(tsk);
	wake_up_new_task(tsk);
}

bool syslet_filtered(void)
{
	return seccomp_mode(&current->seccomp);
}

bool syslet_group_ends(void)
{
	return current->signal->flags & SIGNAL_GROUP_EXIT ||
	       READ_ONCE(current->signal->group_exec_task);
}

/* Calls that change the mask of signals while they sleep change it back. */
static bool mask_is_temporary(void)
{
	return test_restore_sigmask() || !sigisemptyset(&current->real_blocked);
}

/*
 * A spare that was made before the filter has none (D97). A group that dies may
 * be writing its core meanwhile, or closing its files. A deadline is granted to a
 * task, and not to another (D108).
 */
bool syslet_stays(void)
{
	return syslet_filtered() || current->flags & PF_EXITING ||
	       syslet_group_ends() || mask_is_temporary() ||
	       current->policy == SCHED_DEADLINE;
}

static bool guarded(int nr)
{
	return nr == __NR_async_exec || nr == __NR_async_wait ||
	       nr == __NR_async_thread || nr == __NR_threadlet_on;
}

/*
 * What is refused inside does not sleep well there. So nothing hands over either
 * if it began outside, and the page says meanwhile that a threadlet began (D101).
 * Our own calls see to that themselves.
 */
bool __syslet_enter(int nr)
{
	struct syslet_task *st = current->syslet;

	if (nr == __NR_rt_sigreturn)
		return syslet_may_return(st);
	if (nr < 0 || nr >= NR_syscalls || !syslet_call_refused(nr))
		return true;
	st->pinned = !guarded(nr);
	return !syslet_refuses(nr);
}

static bool signal_counts(int sig)
{
	__sighandler_t handler;

	handler = current->sighand->action[sig - 1].sa.sa_handler;
	if (handler == SIG_IGN)
		return false;
	return handler != SIG_DFL ||
	       !(sig_kernel_ignore(sig) || sig_kernel_stop(sig));
}

bool syslet_interrupted(void)
{
	sigset_t pending;
	bool counts = false;
	int sig;

	if (!signal_pending(current))
		return false;
	if (fatal_signal_pending(current))
		return true;
	spin_lock_irq(&current->sighand->siglock);
	sigorsets(&pending, &current->pending.signal,
		  &current->signal->shared_pending.signal);
	sigandnsets(&pending, &pending, &current->blocked);
	for (sig = 1; sig <= _NSIG && !counts; sig++)
		counts = sigismember(&pending, sig) && signal_counts(sig);
	spin_unlock_irq(&current->sighand->siglock);
	return counts;
}

void syslet_take_signal(bool dies)
{
	sigset_t blocked;

	if (dies) {
		syslet_block_all(&blocked);
		set_current_blocked(&blocked);
	}
	take_stops();
	if (dies && (fatal_signal_pending(current) || syslet_group_ends())) {
		current->flags |= PF_SIGNALED;
		do_group_exit(SIGKILL);
	}
}

/* cond_resched() may be empty, and a tick in the kernel may not preempt. */
void syslet_relax(void)
{
	if (need_resched())
		schedule();
}
