/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_SCHED_H
#define _HOST_LINUX_SCHED_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <asm/ptrace.h>

#define TASK_RUNNING		0x0000
#define TASK_INTERRUPTIBLE	0x0001
#define TASK_UNINTERRUPTIBLE	0x0002
#define TASK_NORMAL		(TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)
#define TASK_DEAD		0x0080
#define TASK_WAKEKILL		0x0100
#define TASK_KILLABLE		(TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_FREEZABLE		0x2000

struct syslet_task;

struct host_fiber {
	void			*sp;		/* saved stack pointer */
	void			*stack;
	size_t			size;
	void			*fake_stack;	/* of AddressSanitizer */
};

struct task_struct {
	unsigned int		__state;
	raw_spinlock_t		pi_lock;
	struct syslet_task	*syslet;

	unsigned int		index;		/* in order of creation */
	unsigned int		family;		/* the number of its thread */
	int			pid;
	bool			killed;		/* SIGKILL is pending */
	bool			exiting;	/* in do_exit() */
	int			refs;		/* besides that of being alive */
	long			exit_code;
	struct pt_regs		regs;		/* of user mode */
	struct list_head	run;		/* runnable, not running */
	struct list_head	tasks;		/* all that live */
	struct host_fiber	fiber;
	int			(*fn)(void *);	/* before user mode */
	void			*fn_arg;
};

extern struct task_struct *host_current;
#define current			host_current
#define task_pt_regs(tsk)	(&(tsk)->regs)

#define __set_current_state(s)	WRITE_ONCE(current->__state, s)
#define set_current_state(s)	\
	do { WRITE_ONCE(current->__state, s); barrier(); } while (0)

/* A fault of the kernel, even if the caller would not have slept this time. */
void host_might_sleep(const char *what);

/* Preemption is for schedule points to decide (D59). */
static inline void cond_resched(void)
{
	host_might_sleep("cond_resched");
}

void schedule(void);
void wake_up_process(struct task_struct *tsk);

#endif
