/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HOST_LINUX_SCHED_TASK_H
#define _HOST_LINUX_SCHED_TASK_H

#include <linux/sched.h>

/* Tasks outlive the program, in a table; but no code may count on that. */
static inline void get_task_struct(struct task_struct *tsk)
{
	BUG_ON(tsk->__state == TASK_DEAD && !tsk->refs);
	tsk->refs++;
}

static inline void put_task_struct(struct task_struct *tsk)
{
	BUG_ON(tsk->refs <= 0);
	tsk->refs--;
}

void do_exit(long code) __attribute__((noreturn));

#endif
