// SPDX-License-Identifier: GPL-2.0
/*
 * The hand-over at home in the host: a user context is the registers of
 * asm/ptrace.h and nothing else.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <asm/syscall.h>

#include <linux/syslet.h>
#include <uapi/linux/syslet.h>
#include "host.h"

/* Of the task that slept in a threadlet nothing changes (THREAD-5, D81). */
void syslet_move_context(struct task_struct *from, struct task_struct *to,
			 const struct syslet_resume *resume)
{
	struct pt_regs *old = task_pt_regs(from), *new = task_pt_regs(to);

	*new = *old;
	if (resume) {
		new->ax = resume->result;
		new->orig_ax = -1UL;
		new->sp = resume->stack;
		new->ip = resume->ip;
	} else {
		new->ax = 0;
		old->orig_ax = -1UL;
		old->sp = from->syslet->stack;
		old->ip = from->syslet->ip;
	}
}

struct threadlet_page *syslet_map_page(unsigned long *addr)
{
	struct threadlet_page *page = kzalloc(sizeof(*page), GFP_KERNEL);

	if (!page)
		return ERR_PTR(-ENOMEM);
	*addr = (unsigned long)page;
	return page;
}

void syslet_unmap_page(struct threadlet_page *page, unsigned long addr)
{
	(void)addr;
	kfree(page);
}

/* To end a threadlet is for user mode; an atom finds an empty entry (D87). */
long syslet_dispatch(unsigned int nr, const unsigned long *args)
{
	if (nr == __NR_threadlet_off)
		return -ENOSYS;
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

/* A filter is no part of this world, and an end is (D26). */
/* No call is ever restarted here: there are no signals. */
void syslet_never_restart(void)
{
}

bool syslet_stays(void)
{
	return host_dying || current->exiting;
}

void syslet_take_signal(void)
{
	do_exit(9);
}
