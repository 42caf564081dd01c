/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel-internal side of syslets: what the rest of the kernel calls, and what
 * syslets need from the piece that knows how a user context is moved.
 */
#ifndef _LINUX_SYSLET_H
#define _LINUX_SYSLET_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/signal_types.h>

struct files_struct;
struct syslet_ctx;
struct syslet_snapshot;
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
 * Where the rights of a task come from. These are compared and nothing else: who
 * compares holds what its own are, so no other can have the same address.
 */
struct syslet_rights {
	const void		*cred;
	const void		*files;
	const void		*fs;
	const void		*nsproxy;
	const void		*filter;
	int			filter_mode;	/* without a filter, if strict */
	bool			no_new_privs;	/* not compared */
};

/* Instead of an address: the task sees to that one itself. */
#define SYSLET_OWN		((const void *)-1L)

/*
 * One task of a head's family; hangs off task_struct, where fork leaves a new
 * task with NULL.
 */
struct syslet_task {
	struct task_struct	*task;
	struct syslet_ctx	*ctx;
	struct list_head	node;		/* ready or busy list of ctx */
	enum syslet_role	role;		/* under ctx->lock */

	bool			have_private;	/* its stack was read */

	bool			calling;	/* a call has begun... */
	bool			reading;	/* ...and its arguments come */
	bool			granted;	/* ...no: they grant nothing */
	bool			batch;		/* of several: it is not redone */
	bool			stopping;	/* a spare follows later */
	bool			working;	/* ...and uses its tables */
	bool			later;		/* ...when it was chosen */
	bool			alone;		/* a spare shares nothing */
	unsigned long		seen;		/* of the head's rights, and... */
	unsigned long		told;		/* ...that there are others */

	bool			armed;		/* sleeping hands over */
	bool			inside;		/* executing a chain... */
	bool			threadlet;	/* ...no: a threadlet */
	bool			waiting;	/* for a context to take over */
	bool			handed;		/* it was left... */
	long			result;		/* ...and what its call gives */
	int			nr;		/* call of the atom, or -1 */
	struct syslet_resume	resume;		/* of threadlet_on() */

	/* Signal handlers that interrupted a threadlet, and which one. */
	unsigned int		handlers;
	unsigned long		interrupted;

	bool			pinned;		/* nothing hands over now */
	bool			returns;	/* from a signal handler */
	bool			ending;		/* exits, and waits; under siglock */

	/* As user mode has it; the kernel has others for a while. */
	sigset_t		blocked;	/* others ask under siglock */
	unsigned int		flags;		/* of task_struct, by prctl() */

	/* Of a thread that a threadlet has become: what its head had. */
	struct syslet_rights	bound;

	/* A head holds its table twice, since its heir will share it. */
	struct files_struct	*files;
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

/*
 * The caller, which is @st, is about to go to user mode, or comes from there: its
 * mask of signals and its marks are those that user mode has.
 */
void syslet_note_user(struct syslet_task *st);

/*
 * User mode makes a call: before anything looks at it. An error is its result.
 */
int __syslet_syscall_begin(void);

static inline int syslet_syscall_begin(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet)) {
		syslet_note_user(current->syslet);
		return __syslet_syscall_begin();
	}
#endif
	return 0;
}

/*
 * Work for the caller. Outside of calls it counts as one, and syslet_end_work() is told
 * what this returns; if that is negative it has to be left alone.
 */
int __syslet_begin_work(struct syslet_task *st);

static inline int syslet_begin_work(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_begin_work(current->syslet);
#endif
	return 0;
}

/* The caller may do work in the middle of a chain, which counts as its call. */
bool syslet_may_work(struct syslet_task *st);

void syslet_end_call(struct syslet_task *st);

static inline void syslet_end_work(int begun)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(begun))
		syslet_end_call(current->syslet);
#endif
}

/* The caller's group ends with a core, that of the caller. */
void __syslet_before_dump(struct syslet_task *st);

static inline void syslet_before_dump(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		__syslet_before_dump(current->syslet);
#endif
}

/* It is done, whatever came of it. */
void __syslet_syscall_end(struct syslet_task *st);

static inline void syslet_syscall_end(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet)) {
		__syslet_syscall_end(current->syslet);
		syslet_note_user(current->syslet);
	}
#endif
}

/* User mode calls @nr: 0, or an error instead. */
int __syslet_syscall_enter(int nr);

static inline int syslet_syscall_enter(int nr)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_syscall_enter(nr);
#endif
	return 0;
}

/*
 * The task that @sig is for if it is sent to @tsk, whose siglock is held: a task
 * without a user context has no signals but KILL and STOP, they are its head's.
 * Not for what a call of the caller has brought upon it.
 */
struct task_struct *__syslet_signal_target(struct task_struct *tsk, int sig);

static inline struct task_struct *syslet_signal_target(struct task_struct *tsk,
						       int sig)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(tsk->syslet))
		return __syslet_signal_target(tsk, sig);
#endif
	return tsk;
}

/*
 * @tsk, whose siglock is held, exits, but waits before, and is the only one that
 * hears what would end the process.
 */
static inline bool syslet_exit_waits(const struct task_struct *tsk)
{
#ifdef CONFIG_SYSLETS
	return tsk->syslet && tsk->syslet->ending;
#else
	return false;
#endif
}

/* The call of the caller will not read user memory any more. */
void __syslet_asks_no_more(struct syslet_task *st);

static inline void syslet_asks_no_more(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		__syslet_asks_no_more(current->syslet);
#endif
}

/*
 * The caller waited for a page to read an argument from, in a call that is not to
 * go on with what it has, or not now: the fault fails.
 */
bool __syslet_breaks_off(struct syslet_task *st);

static inline bool syslet_breaks_off(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_breaks_off(current->syslet);
#endif
	return false;
}

/*
 * Where a fault can do nothing with a signal but look for its page again: of a
 * member it sleeps, unless it is to be broken off.
 */
static inline bool syslet_fault_sleeps(void)
{
#ifdef CONFIG_SYSLETS
	return current->syslet &&
	       (!current->syslet->reading || current->syslet->batch);
#else
	return false;
#endif
}

/*
 * An argument is read from user memory between these two, by a call that has had
 * no effect yet. If the wait for it was broken off, -EFAULT becomes the wish to be
 * redone. Where calls do not say so the wait goes on.
 */
long __syslet_argument_end(struct syslet_task *st, long ret);

static inline void syslet_argument_begin(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		current->syslet->reading = true;
#endif
}

static inline long syslet_argument_end(long ret)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_argument_end(current->syslet, ret);
#endif
	return ret;
}

/* User mode of the caller will execute a signal handler. */
void __syslet_handler_begin(struct syslet_task *st);

static inline void syslet_handler_begin(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		__syslet_handler_begin(current->syslet);
#endif
}

/* The frame of one will be written; until it is, nothing hands over. */
void __syslet_frame_begin(struct syslet_task *st);
void __syslet_frame_end(struct syslet_task *st);

static inline void syslet_frame_begin(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		__syslet_frame_begin(current->syslet);
#endif
}

static inline void syslet_frame_end(void)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet)) {
		__syslet_frame_end(current->syslet);
		syslet_note_user(current->syslet);
	}
#endif
}

/* Whether the caller may return from a handler; it will have done so. */
bool syslet_may_return(struct syslet_task *st);
void syslet_handler_end(struct syslet_task *st);

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

/*
 * The caller is the head: its spares share no table with it until its call ends. 0,
 * or -ERESTARTNOINTR.
 */
int syslet_set_apart(struct syslet_task *st);

/*
 * The task that has the user context which @st has lost, or its own; that is the
 * same for a thread of its own which is not @deaf.
 */
struct task_struct *syslet_owner(struct syslet_task *st, bool deaf);

/* syslet_refused.c: inside a chain or threadlet */
bool syslet_call_refused(unsigned int nr);

/* syslet_granted.c: no right depends on what the call reads of user memory. */
bool syslet_call_granted(unsigned int nr);

/* The caller makes the call @nr: a head that waits may find that it need not. */
void syslet_say_granted(struct syslet_task *st, unsigned int nr);

/* Whether the caller is in a chain or a threadlet. */
bool syslet_inside(struct syslet_task *st);

/* The caller is in a threadlet, and the call @nr of its user mode is refused. */
bool syslet_refuses(unsigned int nr);

/*
 * The hand-over proper, one file for each home of syslets.
 *
 * A user context goes in two halves. The caller of syslet_leave_context() falls
 * asleep. Its context as it was when it entered the kernel goes into the family's
 * snapshot: registers (result 0), signal mask, and whatever else user space takes
 * for its thread; of credentials and the like a reference. With @resume the stack,
 * the instruction pointer and the result are those, the caller keeps its
 * registers, and goes on with them in user mode; without it the caller has lost
 * them. It is left with no signals but KILL and STOP. It must not sleep.
 *
 * What other tasks look for in each thread is in no snapshot, where they would
 * not find it: @heir has it at once, under the lock that they take. That are
 * pending signals and the death signal, the tables of files and of the file
 * system, and the priority.
 *
 * syslet_take_context() makes all that the caller's own. It may sleep. What was
 * left is taken exactly once, by the heir, on its way out if need be.
 */
struct syslet_snapshot *syslet_alloc_snapshot(void);
void syslet_free_snapshot(struct syslet_snapshot *snapshot);
void syslet_leave_context(struct syslet_snapshot *snapshot,
			  struct task_struct *heir,
			  const struct syslet_resume *resume);
void syslet_take_context(struct syslet_snapshot *snapshot);

/* @tsk waits for a context, and could not take one now. */
bool syslet_is_trapped(const struct task_struct *tsk);

/*
 * The caller has no user context, and is about to wait for one: signals are
 * blocked, and what was pending is its head's.
 */
void syslet_enter_pool(struct syslet_task *st);

/* Wake @tsk, a spare, with no less priority than the caller, who waits for it. */
void syslet_hurry(struct task_struct *tsk);

/* What @tsk may do, which is alive. */
void syslet_get_rights(struct task_struct *tsk, struct syslet_rights *rights);

/* What the caller has changed since it was *@bound is its own from now on. */
void syslet_note_own(struct syslet_rights *bound);

/* The caller will gain no privileges by exec, for good. */
void syslet_set_no_new_privs(void);

/*
 * The caller was *@bound to what its head had, which is @head and has something
 * else by now: take that over where it is not the caller's own. 0, or -ESRCH if
 * @head is ending, or -EPERM if the caller has a filter that @head has not: it
 * cannot have both.
 */
int syslet_adopt_rights(struct task_struct *head, struct syslet_rights *bound);

/*
 * Hold the credentials of @head, or @left if there is none; hold them no more; and the
 * caller is given them, unless its own are its own.
 */
const void *syslet_hold_cred(struct task_struct *head, const void *left);
void syslet_put_cred(const void *cred);
void syslet_set_cred(const void *cred, struct syslet_rights *bound);

/*
 * The caller is a spare: it has what @head has from now on; or an empty table of
 * files and a place in the file system that are its own.
 */
void syslet_share_rights(struct task_struct *head);
void syslet_share_nothing(void);

/* The caller is a head: what it will have to undo is shared by its heirs. */
void syslet_prepare_undo(void);

/* The call of another task returns early, as if it had been stopped. */
void syslet_interrupt(struct task_struct *tsk);

/*
 * A new thread is @st, which is complete: others find it so, and what they have
 * sent before is the caller's, its head's.
 */
void syslet_adopt_thread(struct syslet_task *st);

/*
 * The caller exits, and waits before. From now on a signal that would end the
 * process does so.
 */
void syslet_hear_end(struct syslet_task *st);

/* @tsk is of no family any more; others that looked at it are done. */
void syslet_forget(struct task_struct *tsk);

/*
 * Hold the table of files of the caller once more, or no more. Calls do without
 * references to files as long as their table is not shared, and a call of a head
 * that sleeps will find that its heir shares it.
 */
void syslet_hold_files(struct syslet_task *st);
void syslet_release_files(struct syslet_task *st);

/*
 * A page that the kernel shares with the caller's address space, filled with
 * zeros; *@addr is where user mode sees it. Or an error pointer.
 */
struct threadlet_page *syslet_map_page(unsigned long *addr);

/* The end of it; in any task of that address space. */
void syslet_unmap_page(struct threadlet_page *page, unsigned long addr);

/*
 * Calls the handler of @nr, a number of the table, as if user space had done.
 * *@interrupted: a signal, a stop or other work was there when it returned.
 */
long syslet_dispatch(unsigned int nr, const unsigned long *args,
		     bool *interrupted);

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

/* The caller is one, and goes to user mode now. */
void syslet_first_entry(void);
void syslet_start_thread(struct task_struct *tsk);

/* System calls of the caller are filtered, and others would not be. */
bool syslet_filtered(void);

/* The caller keeps its context, whatever it sleeps for. */
bool syslet_keeps_context(void);

/* The group of the caller dies, or another thread replaces its program. */
bool syslet_group_ends(void);

/* A signal that counts is pending: not blocked, not ignored. */
bool syslet_interrupted(void);

/*
 * Stop with the group, or for a debugger or the freezer, where the caller is. The
 * head leaves everything else for its way to user mode; a task that has no user
 * context exits here if it has to.
 */
void syslet_take_stops(void);
void syslet_take_stops_or_exit(void);

/*
 * Work that a task does on its way to user mode, such as the last put of a file:
 * the caller does not go there.
 */
bool syslet_has_work(void);
void syslet_do_work(void);

/* The caller waits for other tasks of its group, which may be frozen. */
void syslet_begin_wait(void);
void syslet_end_wait(void);

/* Others want the processor: let them, in a loop that may never sleep. */
void syslet_resched(void);

#endif /* _LINUX_SYSLET_H */
