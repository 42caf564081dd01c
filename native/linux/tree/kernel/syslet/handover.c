// SPDX-License-Identifier: GPL-2.0
/*
 * The hand-over at home in Linux: what user space takes for the state of its
 * thread goes from the task that blocks to its heir. Registers are the
 * architecture's; everything else is here.
 */
#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seccomp.h>
#include <linux/slab.h>
#include <linux/syslet.h>
#include <linux/task_work.h>
#include <linux/user_namespace.h>
#include <asm/syslet.h>

#include <trace/events/syslet.h>

/*
 * The heir has the credentials of the head; a chain keeps those with which it
 * was submitted (D32).
 */
static void move_credentials(struct task_struct *from, struct task_struct *to)
{
	const struct cred *old = to->real_cred;
	const struct cred *new = from->real_cred;

	if (task_no_new_privs(from))
		task_set_no_new_privs(to);
	if (new == old)
		return;
	get_cred_many(new, 2);
	inc_rlimit_ucounts(new->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	rcu_assign_pointer(to->real_cred, new);
	rcu_assign_pointer(to->cred, new);
	dec_rlimit_ucounts(old->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	put_cred_many(old, 2);
}

/*
 * What is pending for the head goes to the heir, and what a spare had received
 * for itself is dropped; the task that is left behind hears KILL and STOP only
 * (D27).
 */
static void move_signals(struct task_struct *from, struct task_struct *to)
{
	unsigned long flags;

	spin_lock_irqsave(&from->sighand->siglock, flags);
	flush_sigqueue(&to->pending);
	list_splice_tail_init(&from->pending.list, &to->pending.list);
	to->pending.signal = from->pending.signal;
	sigemptyset(&from->pending.signal);
	to->blocked = from->blocked;
	siginitsetinv(&from->blocked, sigmask(SIGKILL) | sigmask(SIGSTOP));
	set_tsk_thread_flag(to, TIF_SIGPENDING);	/* make it look */
	spin_unlock_irqrestore(&from->sighand->siglock, flags);
}

static void move_thread_state(struct task_struct *from, struct task_struct *to)
{
	to->robust_list = from->robust_list;
	from->robust_list = NULL;
	to->clear_child_tid = from->clear_child_tid;
	from->clear_child_tid = NULL;

	to->sas_ss_sp = from->sas_ss_sp;
	to->sas_ss_size = from->sas_ss_size;
	to->sas_ss_flags = from->sas_ss_flags;
	sas_ss_reset(from);

	to->personality = from->personality;
	memcpy(to->comm, from->comm, sizeof(to->comm));
}

/*
 * A task that lost its context in a chain never returns to user space before it
 * takes over another one (D27): nothing uses its private stack and ip. One that
 * slept in a threadlet keeps all its registers (THREAD-5, D81).
 */
void syslet_move_context(struct task_struct *from, struct task_struct *to,
			 const struct syslet_resume *resume)
{
	arch_syslet_copy_context(from, to, resume);
	move_thread_state(from, to);
	move_credentials(from, to);
	move_signals(from, to);
}

/*
 * Forcing a signal unblocks it. One that ends the process is taken by the task
 * that it is for, on its way to user mode.
 */
static bool signal_is_forced(void)
{
	bool forced = false;
	sigset_t pending;
	int sig;

	if (!signal_pending(current))
		return false;
	spin_lock_irq(&current->sighand->siglock);
	sigandnsets(&pending, &current->pending.signal, &current->blocked);
	for (sig = 1; sig <= _NSIG && !forced; sig++)
		forced = sigismember(&pending, sig) && sig_fatal(current, sig);
	spin_unlock_irq(&current->sighand->siglock);
	return forced;
}

/* A busy task does not go to user mode before it is a spare, which has none. */
static void take_forced_signals(void)
{
	struct ksignal ksig;

	while (signal_is_forced()) {
		if (!get_signal(&ksig))
			continue;
		/* A worker is told to end; others do not come here. */
		current->flags |= PF_SIGNALED;
		do_group_exit(ksig.sig);
	}
}

long syslet_dispatch(unsigned int nr, const unsigned long *args)
{
	long ret = arch_syslet_call(nr, args);

	/*
	 * What user mode would do on its way back, such as the last put of a
	 * file, cannot wait: a busy task may not go there for a long time.
	 */
	if (task_work_pending(current))
		task_work_run();
	if (current->syslet->role == SYSLET_BUSY)
		take_forced_signals();
	return ret;
}

void syslet_never_restart(void)
{
	arch_syslet_never_restart();
}

struct task_struct *syslet_create_thread(int (*fn)(void *), void *arg)
{
	struct kernel_clone_args args = {
		.flags	= CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			  CLONE_THREAD | CLONE_IO | CLONE_SYSVSEM |
			  CLONE_UNTRACED,
		.fn	= fn,
		.fn_arg	= arg,
	};
	struct task_struct *tsk;

	tsk = copy_process(NULL, 0, NUMA_NO_NODE, &args);
	if (IS_ERR(tsk))
		return tsk;
	spin_lock_irq(&tsk->sighand->siglock);
	siginitsetinv(&tsk->blocked, sigmask(SIGKILL) | sigmask(SIGSTOP));
	spin_unlock_irq(&tsk->sighand->siglock);
	return tsk;
}

void syslet_start_thread(struct task_struct *tsk)
{
	trace_syslet_spare(tsk);
	wake_up_new_task(tsk);
}

/* Calls that are dispatched to user mode would go around that, too (D112). */
static bool dispatched_to_user(void)
{
#ifdef CONFIG_GENERIC_ENTRY
	return test_syscall_work(SYSCALL_USER_DISPATCH);
#else
	return false;
#endif
}

bool syslet_filtered(void)
{
	return seccomp_mode(&current->seccomp) || dispatched_to_user();
}

/*
 * A spare that was made before the filter has none (D97). A group that dies may
 * be writing its core meanwhile, or closing its files.
 */
bool syslet_stays(void)
{
	return syslet_filtered() || current->flags & PF_EXITING ||
	       current->signal->flags & SIGNAL_GROUP_EXIT;
}

/*
 * A handler may have interrupted the threadlet, and its frame is the caller's
 * own: user mode returns from it, though an atom does not (D96).
 */
bool __syslet_enter(int nr)
{
	if (nr != __NR_rt_sigreturn)
		return !syslet_refuses(nr);
	if (current->syslet->role == SYSLET_BUSY)
		return false;		/* it runs no handlers (D27) */
	syslet_handler_ends(current->syslet);
	return true;
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

/* Everything but KILL and STOP is blocked, so no handler is ever wanted. */
void syslet_take_signal(void)
{
	struct ksignal ksig;

	WARN_ON_ONCE(get_signal(&ksig));
}
