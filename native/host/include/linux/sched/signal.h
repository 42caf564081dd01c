/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_SCHED_SIGNAL_H
#define _HOST_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

#define SIGSYS		31

/* The world has one signal, the one that ends it (D26). */
static inline bool fatal_signal_pending(const struct task_struct *tsk)
{
	return unlikely(tsk->killed);
}

static inline bool signal_pending(const struct task_struct *tsk)
{
	return unlikely(tsk->killed);
}

static inline bool signal_pending_state(unsigned int state,
					const struct task_struct *tsk)
{
	return (state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) &&
	       signal_pending(tsk);
}

#endif
