// SPDX-License-Identifier: GPL-2.0
/*
 * System calls that give -ENOSYS inside a syslet or threadlet (D17). The reasons:
 *
 *   frame     works on the saved user registers of the calling task, which
 *             are not those of the chain once it went asynchronous; the
 *             context of a threadlet may be a thread of its own any moment
 *   thread    changes or duplicates the identity of the calling thread
 *   cred      changes credentials; a chain runs under those it was submitted
 *             with (D102)
 *   nested    a syslet or threadlet inside another
 *   state     per-task state a hand-over would lose or copy wrongly
 */
#include <linux/kernel.h>
#include <linux/syscalls.h>
#include <asm/unistd.h>

#include <linux/syslet.h>

static const bool refused_calls[NR_syscalls] = {
	[__NR_fork] = true,		/* frame: the child returns with it */
	[__NR_vfork] = true,		/* frame */
	[__NR_clone] = true,		/* frame */
	[__NR_clone3] = true,		/* frame */
	[__NR_execve] = true,		/* frame: replaces it, and the group with it */
	[__NR_execveat] = true,		/* frame */
	[__NR_exit] = true,		/* thread: which one would it be? */
	[__NR_exit_group] = true,	/* thread */
	[__NR_rt_sigreturn] = true,	/* frame: restores it */
	[__NR_ioperm] = true,		/* frame: port rights of the calling task */
	[__NR_iopl] = true,		/* frame */
	[__NR_modify_ldt] = true,	/* frame: segments the registers refer to */
	[__NR_arch_prctl] = true,	/* frame: FS and GS base */
	[__NR_set_thread_area] = true,	/* frame: TLS descriptors */
	[__NR_setuid] = true,		/* cred */
	[__NR_setgid] = true,		/* cred */
	[__NR_setreuid] = true,		/* cred */
	[__NR_setregid] = true,		/* cred */
	[__NR_setresuid] = true,		/* cred */
	[__NR_setresgid] = true,		/* cred */
	[__NR_setfsuid] = true,		/* cred */
	[__NR_setfsgid] = true,		/* cred */
	[__NR_setgroups] = true,		/* cred */
	[__NR_setpgid] = true,		/* cred: job control identity */
	[__NR_setsid] = true,		/* cred: job control identity */
	[__NR_capset] = true,		/* cred */
	[__NR_unshare] = true,		/* cred: namespaces */
	[__NR_setns] = true,		/* cred: namespaces */
	[__NR_async_exec] = true,	/* nested */
	[__NR_async_wait] = true,	/* nested: would wait for itself */
	[__NR_async_thread] = true,	/* nested */
	[__NR_threadlet_on] = true,	/* nested */
	[__NR_rt_sigprocmask] = true,	/* state: signal mask */
	[__NR_rt_sigsuspend] = true,	/* state: signal mask while it sleeps */
	[__NR_sigaltstack] = true,	/* state: alternate stack */
	[__NR_ppoll] = true,		/* state: signal mask while it sleeps */
	[__NR_pselect6] = true,		/* state: signal mask while it sleeps */
	[__NR_epoll_pwait] = true,	/* state: signal mask while it sleeps */
	[__NR_epoll_pwait2] = true,	/* state: signal mask while it sleeps */
	[__NR_prctl] = true,		/* state: names, limits, death signal */
	[__NR_ptrace] = true,		/* state: tracer and tracee are threads */
	[__NR_set_tid_address] = true,	/* state: cleared when the thread ends */
	[__NR_set_robust_list] = true,	/* state: locks the thread holds */
	[__NR_rseq] = true,		/* state: registered area of the thread */
};

/* In a chain (ATOM-5, ATOM-10) as in a threadlet (THREAD-17). */
bool syslet_call_refused(unsigned int nr)
{
	return refused_calls[nr];
}
