// SPDX-License-Identifier: GPL-2.0
/*
 * System calls that give -ENOSYS inside a syslet or threadlet.
 *
 *   frame     works on the saved user registers of the calling task, which
 *             are not those of the chain once it went asynchronous; the
 *             context of a threadlet may be a thread of its own any moment
 *   thread    ends the calling thread: which one would that be?
 *   cred      changes what the calling task may do; a chain runs with the
 *             rights it was submitted with
 *   nested    a syslet or threadlet inside another
 *   mask      changes the mask of signals, and be it while it sleeps: that is
 *             when the heir would get it
 *   state     changes what the kernel keeps for the calling task, which may
 *             not be the thread of the program any more, or binds something
 *             to that task
 *
 * Whether a call does so may depend on its arguments; only the number counts.
 */
#include <linux/kernel.h>
#include <linux/syscalls.h>
#include <asm/unistd.h>

#include <linux/syslet.h>

static const bool syslet_refused_calls[NR_syscalls] = {
	[__NR_rt_sigreturn] = true,	/* frame: restores it */
	[__NR_clone] = true,		/* frame: the child returns with it */
	[__NR_fork] = true,		/* frame: the child returns with it */
	[__NR_vfork] = true,		/* frame: the child returns with it */
	[__NR_execve] = true,		/* frame: replaces it, and the group */
	[__NR_modify_ldt] = true,	/* frame: segments it refers to */
	[__NR_arch_prctl] = true,	/* frame: FS and GS base */
	[__NR_iopl] = true,		/* frame: port rights of the task */
	[__NR_ioperm] = true,		/* frame: port rights of the task */
	[__NR_set_thread_area] = true,	/* frame: segments it refers to */
	[__NR_execveat] = true,		/* frame: replaces it, and the group */
	[__NR_pkey_alloc] = true,	/* frame: rights are in a register */
	[__NR_uretprobe] = true,	/* frame: returns through it */
	[__NR_clone3] = true,		/* frame: the child returns with it */
	[__NR_exit] = true,		/* thread: which one would it be? */
	[__NR_exit_group] = true,	/* thread: which one would it be? */
	[__NR_setuid] = true,		/* cred */
	[__NR_setgid] = true,		/* cred */
	[__NR_setpgid] = true,		/* cred: job control identity */
	[__NR_setsid] = true,		/* cred: job control identity */
	[__NR_setreuid] = true,		/* cred */
	[__NR_setregid] = true,		/* cred */
	[__NR_setgroups] = true,	/* cred */
	[__NR_setresuid] = true,	/* cred */
	[__NR_setresgid] = true,	/* cred */
	[__NR_setfsuid] = true,		/* cred */
	[__NR_setfsgid] = true,		/* cred */
	[__NR_capset] = true,		/* cred */
	[__NR_add_key] = true,		/* cred: keyrings */
	[__NR_request_key] = true,	/* cred: keyrings */
	[__NR_keyctl] = true,		/* cred: keyrings */
	[__NR_unshare] = true,		/* cred: namespaces, tables */
	[__NR_setns] = true,		/* cred: namespaces, tables */
	[__NR_seccomp] = true,		/* cred: filters */
	[__NR_close_range] = true,	/* cred: may take a table of its own */
	[__NR_landlock_restrict_self] = true,	/* cred: domains */
	[__NR_lsm_set_self_attr] = true,	/* cred: security modules */
	[__NR_async_exec] = true,	/* nested */
	[__NR_async_wait] = true,	/* nested: would wait for itself */
	[__NR_async_thread] = true,	/* nested: gives its context away */
	[__NR_threadlet_on] = true,	/* nested */
	[__NR_rt_sigprocmask] = true,	/* mask */
	[__NR_rt_sigtimedwait] = true,	/* mask: while it sleeps */
	[__NR_rt_sigsuspend] = true,	/* mask: while it sleeps */
	[__NR_pselect6] = true,		/* mask: while it sleeps */
	[__NR_ppoll] = true,		/* mask: while it sleeps */
	[__NR_epoll_pwait] = true,	/* mask: while it sleeps */
	[__NR_io_pgetevents] = true,	/* mask: while it sleeps */
	[__NR_io_uring_enter] = true,	/* mask: while it sleeps */
	[__NR_epoll_pwait2] = true,	/* mask: while it sleeps */
	[__NR_ptrace] = true,		/* state: tracer and tracee are tasks */
	[__NR_sigaltstack] = true,	/* state: alternate stack */
	[__NR_personality] = true,	/* state: personality */
	[__NR_setpriority] = true,	/* state: policy and priority */
	[__NR_sched_setparam] = true,	/* state: policy and priority */
	[__NR_sched_setscheduler] = true,	/* state: policy and priority */
	[__NR_prctl] = true,		/* state: names, limits, death signal */
	[__NR_sched_setaffinity] = true,	/* state: processors */
	[__NR_set_tid_address] = true,	/* state: cleared when the task ends */
	[__NR_set_mempolicy] = true,	/* state: where its memory is */
	[__NR_ioprio_set] = true,	/* state: I/O priority */
	[__NR_set_robust_list] = true,	/* state: locks the task holds */
	[__NR_perf_event_open] = true,	/* state: counts the task */
	[__NR_sched_setattr] = true,	/* state: policy and priority */
	[__NR_rseq] = true,		/* state: registered area of the task */
	[__NR_io_uring_setup] = true,	/* state: a ring may be the task's */
	[__NR_io_uring_register] = true,	/* state: rings of the task */
};

/*
 * In a chain as in a threadlet.
 *
 * Rules: ATOM-5, ATOM-10, THREAD-17, D17, D110
 */
bool syslet_call_refused(unsigned int nr)
{
	return syslet_refused_calls[nr];
}
