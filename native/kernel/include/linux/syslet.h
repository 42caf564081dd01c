/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel-internal side of syslets: what the rest of the kernel calls, and what
 * syslets need from the piece that knows how a user context is moved.
 */
#ifndef _LINUX_SYSLET_H
#define _LINUX_SYSLET_H

#include <linux/list.h>
#include <linux/sched.h>

struct syslet_ctx;
struct threadlet_page;

enum syslet_role {
	SYSLET_HEAD,		/* owns the user context */
	SYSLET_READY,		/* spare, waiting to take over */
	SYSLET_BUSY,		/* its chain or threadlet went asynchronous */
};

/* Where the heir of a threadlet goes on, as user space says: anywhere. */
struct syslet_resume {
	unsigned long		stack;
	unsigned long		ip;
	long			result;
};

/*
 * One task of a head's family; hangs off task_struct, where fork leaves a new
 * task with NULL.
 */
struct syslet_task {
	struct task_struct	*task;
	struct syslet_ctx	*ctx;
	struct list_head	node;		/* ready or busy list of ctx */
	enum syslet_role	role;		/* under ctx->lock */

	/* Private resume point, for a task that has lost its context. */
	unsigned long		stack;
	unsigned long		ip;
	bool			have_private;	/* stack and ip are set */

	bool			armed;		/* sleeping hands over */
	bool			inside;		/* executing a chain... */
	bool			threadlet;	/* ...no: a threadlet */
	bool			waiting;	/* for a context to take over */
	bool			handed;		/* here it is... */
	long			result;		/* ...and what its call gives */
	int			nr;		/* call of the atom, or -1 */
	struct syslet_resume	resume;		/* of threadlet_on() */

	/* Signal handlers that interrupted a threadlet, and which one. */
	unsigned int		handlers;
	unsigned long		interrupted;
};

/*
 * The scheduler's hook, first thing in schedule() when a task gives up the CPU
 * of its own accord: ->__state is set, no run-queue lock is held.
 */
void __syslet_sleeping(struct task_struct *tsk);

static inline void syslet_sleeping(struct task_struct *tsk)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(tsk->syslet))
		__syslet_sleeping(tsk);
#endif
}

/* User mode calls @nr: false if it may not. */
bool __syslet_enter(int nr);

static inline bool syslet_enter(int nr)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_enter(nr);
#endif
	return true;
}

/* User mode of the caller will execute a signal handler. */
void __syslet_handler_begins(struct syslet_task *st);

static inline void syslet_handler_begins(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		__syslet_handler_begins(current->syslet);
#endif
}

/* It returns from one. */
void syslet_handler_ends(struct syslet_task *st);

/* From do_exit(@code), while the task can still sleep. */
void __syslet_exit(struct task_struct *tsk, long code);

static inline void syslet_exit(struct task_struct *tsk, long code)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(tsk->syslet))
		__syslet_exit(tsk, code);
#endif
}

/* From exec, when @tsk has become the only thread of its group. */
static inline void syslet_exec(struct task_struct *tsk)
{
	syslet_exit(tsk, 0);
}

/* syslet_refused.c: inside a chain or threadlet */
bool syslet_call_refused(unsigned int nr);

/* The caller is in a threadlet, and the call @nr of its user mode is refused. */
bool syslet_refuses(unsigned int nr);

/*
 * The hand-over proper, one file for each home of syslets.
 *
 * syslet_move_context() gives @to the user context of @from as it was when it
 * entered the kernel: registers (result 0), credentials, signal mask, and
 * whatever else user space takes for its thread. With @resume the stack, the
 * instruction pointer and the result are those, @from keeps its registers, and
 * goes on with them in user mode; without it @from has lost them. It is left
 * with no signals but KILL and STOP. Neither task is in user mode, @to sleeps;
 * it must not sleep itself.
 */
void syslet_move_context(struct task_struct *from, struct task_struct *to,
			 const struct syslet_resume *resume);

/*
 * A page that the kernel shares with the caller's address space, filled with
 * zeros; *@addr is where user mode sees it. Or an error pointer.
 */
struct threadlet_page *syslet_map_page(unsigned long *addr);

/* The end of it; in any task of that address space. */
void syslet_unmap_page(struct threadlet_page *page, unsigned long addr);

/*
 * Calls the handler of @nr, a number of the table, as if user space had done.
 */
long syslet_dispatch(unsigned int nr, const unsigned long *args);

/*
 * The call that user mode makes returns a number, which may look like the wish
 * to be restarted: it is not.
 */
void syslet_never_restart(void);

/*
 * A new thread of the group that will execute @fn(@arg) and then go to user
 * mode. It does not run before syslet_start_thread().
 */
struct task_struct *syslet_create_thread(int (*fn)(void *), void *arg);
void syslet_start_thread(struct task_struct *tsk);

/* System calls of the caller are filtered, and others would not be (D76). */
bool syslet_filtered(void);

/* The caller is filtered, or about to die: it keeps its context (D97). */
bool syslet_stays(void);

/* A signal that counts is pending: not blocked, not ignored (D23, D28). */
bool syslet_interrupted(void);

/*
 * A signal is pending on a task without a user context: stops with its group,
 * or dies here. When it returns, what was interrupted is to be redone.
 */
void syslet_take_signal(void);

#endif /* _LINUX_SYSLET_H */
