// SPDX-License-Identifier: GPL-2.0
/*
 * The hand-over at home in Linux: what user space takes for the state of its
 * thread is left by the task that sleeps, and taken by its heir. Registers are
 * the architecture's; everything else is here.
 */
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/ioprio.h>
#include <linux/iocontext.h>
#include <linux/kernel.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seccomp.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/syslet.h>
#include <linux/task_work.h>
#include <linux/user_namespace.h>
#include <uapi/linux/sched/types.h>
#include <asm/syslet.h>

#include <trace/events/syslet.h>

struct syslet_snapshot {
	struct arch_syslet_context *regs;

	const struct cred	*cred;
	bool			no_new_privs;
	struct files_struct	*files;
	struct fs_struct	*fs;
	struct nsproxy		*nsproxy;

	sigset_t		blocked;
	struct sigpending	pending;
	unsigned long		sas_ss_sp;
	size_t			sas_ss_size;
	unsigned int		sas_ss_flags;
	int			pdeath_signal;

	struct robust_list_head __user *robust_list;
#ifdef CONFIG_COMPAT
	struct compat_robust_list_head __user *compat_robust_list;
#endif
	int __user		*clear_child_tid;
	unsigned int		personality;
	char			comm[TASK_COMM_LEN];

	struct sched_attr	sched;
	u64			timer_slack_ns;
	int			ioprio;
};

struct syslet_snapshot *syslet_alloc_snapshot(void)
{
	struct syslet_snapshot *snapshot;

	snapshot = kzalloc(sizeof(*snapshot), GFP_KERNEL_ACCOUNT);
	if (!snapshot)
		return NULL;
	snapshot->regs = arch_syslet_alloc_context();
	if (!snapshot->regs) {
		kfree(snapshot);
		return NULL;
	}
	init_sigpending(&snapshot->pending);
	return snapshot;
}

void syslet_free_snapshot(struct syslet_snapshot *snapshot)
{
	arch_syslet_free_context(snapshot->regs);
	kfree(snapshot);
}

/* References to what the caller has, for whoever will have it. */
static void leave_rights(struct syslet_snapshot *snapshot)
{
	snapshot->no_new_privs = task_no_new_privs(current);
	snapshot->cred = get_cred(current->real_cred);
	snapshot->files = current->files;
	atomic_inc(&snapshot->files->count);
	snapshot->fs = current->fs;
	spin_lock(&snapshot->fs->lock);
	snapshot->fs->users++;
	spin_unlock(&snapshot->fs->lock);
	snapshot->nsproxy = current->nsproxy;
	get_nsproxy(snapshot->nsproxy);
}

/* As commit_creds() does, but for what follows from a change: there is none. */
static void take_credentials(const struct cred *new)
{
	const struct cred *old = current->real_cred;

	get_cred(new);			/* two pointers, two references */
	inc_rlimit_ucounts(new->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	rcu_assign_pointer(current->real_cred, new);
	rcu_assign_pointer(current->cred, new);
	dec_rlimit_ucounts(old->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	put_cred_many(old, 2);
}

static void take_files(struct files_struct *files)
{
	struct files_struct *old;

	task_lock(current);
	old = current->files;
	current->files = files;
	task_unlock(current);
	if (old)
		put_files_struct(old);
}

static void take_fs(struct fs_struct *fs)
{
	struct fs_struct *old;
	bool last;

	task_lock(current);
	old = current->fs;
	spin_lock(&old->lock);
	last = !--old->users;
	current->fs = fs;
	spin_unlock(&old->lock);
	task_unlock(current);
	if (last)
		free_fs_struct(old);
}

static void take_rights(struct syslet_snapshot *snapshot)
{
	if (snapshot->no_new_privs)
		task_set_no_new_privs(current);
	take_credentials(snapshot->cred);
	take_files(snapshot->files);
	take_fs(snapshot->fs);
	switch_task_namespaces(current, snapshot->nsproxy);
}

/* What is for the task itself, whether it has a user context or not. */
static void kill_and_stop(sigset_t *set)
{
	siginitset(set, sigmask(SIGKILL) | sigmask(SIGSTOP));
}

static void all_but_kill_and_stop(sigset_t *set)
{
	siginitsetinv(set, sigmask(SIGKILL) | sigmask(SIGSTOP));
}

/* Without those that stay; siglock is held. */
static void splice_pending(struct sigpending *from, struct sigpending *to)
{
	struct sigqueue *q, *next;
	sigset_t stay;

	kill_and_stop(&stay);
	list_for_each_entry_safe(q, next, &from->list, list)
		if (!sigismember(&stay, q->info.si_signo))
			list_move_tail(&q->list, &to->list);
	sigandnsets(&to->signal, &from->signal, &stay);
	sigandsets(&from->signal, &from->signal, &stay);
}

/*
 * What is pending for the head goes to the heir; the task that is left behind
 * hears KILL and STOP only (D27).
 */
static void leave_signals(struct syslet_snapshot *snapshot, bool worker)
{
	unsigned long flags;

	spin_lock_irqsave(&current->sighand->siglock, flags);
	snapshot->blocked = current->blocked;
	all_but_kill_and_stop(&current->blocked);
	splice_pending(&current->pending, &snapshot->pending);
	snapshot->pdeath_signal = current->pdeath_signal;
	current->pdeath_signal = 0;
	if (worker)
		current->flags |= PF_USER_WORKER;
	recalc_sigpending();
	spin_unlock_irqrestore(&current->sighand->siglock, flags);

	snapshot->sas_ss_sp = current->sas_ss_sp;
	snapshot->sas_ss_size = current->sas_ss_size;
	snapshot->sas_ss_flags = current->sas_ss_flags;
	sas_ss_reset(current);
}

/* Of what a spare had received for itself nothing is kept (D27). */
static void drop_pending(struct sigpending *dropped)
{
	init_sigpending(dropped);
	splice_pending(&current->pending, dropped);
}

static void take_signals(struct syslet_snapshot *snapshot)
{
	struct sigpending dropped;

	current->sas_ss_sp = snapshot->sas_ss_sp;
	current->sas_ss_size = snapshot->sas_ss_size;
	current->sas_ss_flags = snapshot->sas_ss_flags;

	spin_lock_irq(&current->sighand->siglock);
	drop_pending(&dropped);
	list_splice_tail_init(&snapshot->pending.list, &current->pending.list);
	sigorsets(&current->pending.signal, &current->pending.signal,
		  &snapshot->pending.signal);
	sigemptyset(&snapshot->pending.signal);
	current->blocked = snapshot->blocked;
	current->pdeath_signal = snapshot->pdeath_signal;
	current->flags &= ~PF_USER_WORKER;
	recalc_sigpending();
	spin_unlock_irq(&current->sighand->siglock);
	flush_sigqueue(&dropped);
}

static void leave_thread_state(struct syslet_snapshot *snapshot)
{
	snapshot->robust_list = current->robust_list;
	current->robust_list = NULL;
#ifdef CONFIG_COMPAT
	snapshot->compat_robust_list = current->compat_robust_list;
	current->compat_robust_list = NULL;
#endif
	snapshot->clear_child_tid = current->clear_child_tid;
	current->clear_child_tid = NULL;
	snapshot->personality = current->personality;
	memcpy(snapshot->comm, current->comm, sizeof(snapshot->comm));
}

static void take_thread_state(const struct syslet_snapshot *snapshot)
{
	current->robust_list = snapshot->robust_list;
#ifdef CONFIG_COMPAT
	current->compat_robust_list = snapshot->compat_robust_list;
#endif
	current->clear_child_tid = snapshot->clear_child_tid;
	current->personality = snapshot->personality;
	if (strncmp(current->comm, snapshot->comm, sizeof(snapshot->comm)))
		set_task_comm(current, snapshot->comm);
}

static int own_ioprio(void)
{
	return current->io_context ? current->io_context->ioprio :
				     IOPRIO_DEFAULT;
}

static void own_sched_attr(struct sched_attr *attr)
{
	*attr = (struct sched_attr){
		.size		= sizeof(*attr),
		.sched_policy	= current->policy,
		.sched_nice	= task_nice(current),
		.sched_priority	= current->rt_priority,
	};
	if (current->sched_reset_on_fork)
		attr->sched_flags = SCHED_FLAG_RESET_ON_FORK;
}

static void leave_priority(struct syslet_snapshot *snapshot)
{
	own_sched_attr(&snapshot->sched);
	snapshot->timer_slack_ns = current->timer_slack_ns;
	snapshot->ioprio = own_ioprio();
}

/* The head had it, so no right is asked for (D108). */
static void take_priority(const struct syslet_snapshot *snapshot)
{
	struct sched_attr own;

	own_sched_attr(&own);
	if (memcmp(&own, &snapshot->sched, sizeof(own)))
		(void)sched_setattr_nocheck(current, &snapshot->sched);
	current->timer_slack_ns = snapshot->timer_slack_ns;
	if (IS_ENABLED(CONFIG_BLOCK) && own_ioprio() != snapshot->ioprio)
		(void)set_task_ioprio(current, snapshot->ioprio);
}

/*
 * A task that lost its context in a chain never returns to user space before it
 * takes another one (D27): nothing uses its private stack and ip. It is a worker
 * until then. One that slept in a threadlet keeps all its registers (THREAD-5,
 * D81).
 */
void syslet_leave_context(struct syslet_snapshot *snapshot,
			  const struct syslet_resume *resume)
{
	arch_syslet_leave_context(snapshot->regs, resume);
	leave_thread_state(snapshot);
	leave_priority(snapshot);
	leave_rights(snapshot);
	leave_signals(snapshot, !resume);
}

void syslet_take_context(struct syslet_snapshot *snapshot)
{
	might_sleep();
	arch_syslet_take_context(snapshot->regs);
	take_thread_state(snapshot);
	take_priority(snapshot);
	take_rights(snapshot);
	take_signals(snapshot);
}

/* A stop with the group ends for all; this one for as long as it likes. */
bool syslet_held(const struct task_struct *tsk)
{
	return READ_ONCE(tsk->jobctl) & (JOBCTL_TRACED | JOBCTL_TRAP_MASK);
}

void syslet_enter_pool(struct syslet_task *st)
{
	struct sigpending dropped;
	sigset_t blocked;

	/* A former threadlet may have unblocked some; others are told of them. */
	all_but_kill_and_stop(&blocked);
	set_current_blocked(&blocked);
	spin_lock_irq(&current->sighand->siglock);
	drop_pending(&dropped);
	current->flags |= PF_USER_WORKER;
	recalc_sigpending();
	spin_unlock_irq(&current->sighand->siglock);
	flush_sigqueue(&dropped);

	/* Who waits for the end of a file does not wait for a spare. */
	syslet_hold_files(st, false);
	take_files(NULL);
}

void syslet_hold_files(struct syslet_task *st, bool hold)
{
	struct files_struct *files = hold ? current->files : NULL;
	struct files_struct *old = st->files;

	if (old == files)
		return;
	if (files)
		atomic_inc(&files->count);
	st->files = files;
	if (old)
		put_files_struct(old);
}

void syslet_get_rights(struct task_struct *tsk, struct syslet_rights *rights)
{
	*rights = (struct syslet_rights){
		.cred		= rcu_access_pointer(tsk->real_cred),
		.files		= READ_ONCE(tsk->files),
		.fs		= READ_ONCE(tsk->fs),
		.nsproxy	= READ_ONCE(tsk->nsproxy),
#ifdef CONFIG_SECCOMP_FILTER
		.filter		= READ_ONCE(tsk->seccomp.filter),
#endif
		.no_new_privs	= task_no_new_privs(tsk),
	};
}

static void note_own(const void *has, const void **bound)
{
	if (*bound != has)
		*bound = SYSLET_OWN;
}

/* Filters are added, never changed, so they are compared in another way. */
void syslet_note_own(struct syslet_rights *bound)
{
	struct syslet_rights has;

	syslet_get_rights(current, &has);
	note_own(has.cred, &bound->cred);
	note_own(has.files, &bound->files);
	note_own(has.fs, &bound->fs);
	note_own(has.nsproxy, &bound->nsproxy);
}

static void adopt_credentials(struct task_struct *head)
{
	const struct cred *new = get_task_cred(head);

	if (new == current->real_cred)
		put_cred(new);
	else
		take_credentials(new);
}

static int adopt_files(struct task_struct *head)
{
	struct files_struct *files;

	task_lock(head);
	files = head->files;
	if (files)
		atomic_inc(&files->count);
	task_unlock(head);
	if (!files)
		return -ESRCH;
	take_files(files);
	return 0;
}

static int adopt_fs(struct task_struct *head)
{
	struct fs_struct *fs;

	task_lock(head);
	fs = head->fs;
	if (fs) {
		spin_lock(&fs->lock);
		fs->users++;
		spin_unlock(&fs->lock);
	}
	task_unlock(head);
	if (!fs)
		return -ESRCH;
	take_fs(fs);
	return 0;
}

static int adopt_namespaces(struct task_struct *head)
{
	struct nsproxy *nsproxy;

	task_lock(head);
	nsproxy = head->nsproxy;
	if (nsproxy)
		get_nsproxy(nsproxy);
	task_unlock(head);
	if (!nsproxy)
		return -ESRCH;
	switch_task_namespaces(current, nsproxy);
	return 0;
}

/* A thread with a filter of its own that the head has not cannot have both. */
static void adopt_filters(struct task_struct *head)
{
	if (seccomp_adopt(head))
		do_exit(SIGSYS);
}

int syslet_adopt_rights(struct task_struct *head, struct syslet_rights *bound)
{
	struct syslet_rights theirs;
	int err = 0;

	syslet_get_rights(head, &theirs);
	if (theirs.no_new_privs)
		task_set_no_new_privs(current);
	if (theirs.filter != bound->filter)
		adopt_filters(head);
	bound->filter = theirs.filter;

	if (bound->cred != SYSLET_OWN)
		adopt_credentials(head);
	if (bound->files != SYSLET_OWN)
		err = adopt_files(head);
	if (bound->fs != SYSLET_OWN && !err)
		err = adopt_fs(head);
	if (bound->nsproxy != SYSLET_OWN && !err)
		err = adopt_namespaces(head);

	/* As they are now: what the head changed meanwhile is seen the next time. */
	syslet_get_rights(current, &theirs);
	if (bound->cred != SYSLET_OWN)
		bound->cred = theirs.cred;
	if (bound->files != SYSLET_OWN)
		bound->files = theirs.files;
	if (bound->fs != SYSLET_OWN)
		bound->fs = theirs.fs;
	if (bound->nsproxy != SYSLET_OWN)
		bound->nsproxy = theirs.nsproxy;
	return err;
}

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
		all_but_kill_and_stop(&blocked);
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
