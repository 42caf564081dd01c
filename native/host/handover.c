// SPDX-License-Identifier: GPL-2.0
/*
 * The hand-over at home in the host: a user context is the registers of
 * asm/ptrace.h and nothing else.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <asm/syscall.h>

#include <linux/syslet.h>
#include "host.h"

void syslet_move_context(struct task_struct *from, struct task_struct *to,
			 unsigned long stack, unsigned long ip)
{
	*task_pt_regs(to) = *task_pt_regs(from);
	task_pt_regs(to)->ax = 0;
	task_pt_regs(from)->orig_ax = -1UL;
	task_pt_regs(from)->sp = stack;
	task_pt_regs(from)->ip = ip;
}

long syslet_dispatch(unsigned int nr, const unsigned long *args)
{
	return sys_call_table[nr](args[0], args[1], args[2], args[3], args[4],
				  args[5]);
}

struct task_struct *syslet_create_thread(int (*fn)(void *), void *arg)
{
	return host_task_create(fn, arg);
}

/* It was made asleep, where its first steps would have led it anyway. */
void syslet_start_thread(struct task_struct *tsk)
{
	(void)tsk;
}

/* There is no such thing here. */
bool syslet_filtered(void)
{
	return false;
}

bool syslet_interrupted(void)
{
	return signal_pending(current);
}

void syslet_take_signal(void)
{
	do_exit(9);
}
