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

struct syslet_snapshot {
	struct pt_regs regs;
};

struct syslet_snapshot *syslet_alloc_snapshot(void)
{
	return kzalloc(sizeof(struct syslet_snapshot), GFP_KERNEL);
}

void syslet_free_snapshot(struct syslet_snapshot *snapshot)
{
	kfree(snapshot);
}

/* Of the task that slept in a threadlet nothing changes (THREAD-5, D81). */
void syslet_leave_context(struct syslet_snapshot *snapshot,
			  struct task_struct *heir,
			  const struct syslet_resume *resume)
{
	struct pt_regs *old = task_pt_regs(current), *left = &snapshot->regs;

	(void)heir;
	*left = *old;
	if (resume) {
		left->ax = resume->result;
		left->orig_ax = -1UL;
		left->sp = resume->stack;
		left->ip = resume->ip;
	} else {
		left->ax = 0;
		*old = (struct pt_regs){ .orig_ax = -1UL };
	}
}

void syslet_take_context(struct syslet_snapshot *snapshot)
{
	*task_pt_regs(current) = snapshot->regs;
}

/* No debugger, no rights, no tables: all tasks have the same here. */
bool syslet_is_trapped(const struct task_struct *tsk)
{
	(void)tsk;
	return false;
}

/* There are no signals, and no marks. */
void syslet_note_user(struct syslet_task *st)
{
	(void)st;
}

void syslet_enter_pool(struct syslet_task *st)
{
	(void)st;
}

void syslet_hear_end(struct syslet_task *st)
{
	(void)st;
}

void syslet_hurry(struct task_struct *tsk)
{
	wake_up_process(tsk);
}

void syslet_adopt_thread(struct syslet_task *st)
{
	st->task->syslet = st;
}

void syslet_get_rights(struct task_struct *tsk, struct syslet_rights *rights)
{
	(void)tsk;
	*rights = (struct syslet_rights){};
}

void syslet_note_own(struct syslet_rights *bound)
{
	(void)bound;
}

void syslet_set_no_new_privs(void)
{
}

void syslet_share_rights(struct task_struct *head)
{
	(void)head;
}

void syslet_share_nothing(void)
{
}

void syslet_prepare_undo(void)
{
}

/* Rights never change here, and there are no signals. */
void syslet_interrupt(struct task_struct *tsk)
{
	(void)tsk;
}

void syslet_first_entry(void)
{
}

void syslet_forget(struct task_struct *tsk)
{
	tsk->syslet = NULL;
}

int syslet_adopt_rights(struct task_struct *head, struct syslet_rights *bound)
{
	(void)head;
	(void)bound;
	return 0;
}

const void *syslet_hold_cred(struct task_struct *head, const void *left)
{
	(void)head;
	return left;
}

void syslet_put_cred(const void *cred)
{
	(void)cred;
}

void syslet_set_cred(const void *cred, struct syslet_rights *bound)
{
	(void)cred;
	(void)bound;
}

void syslet_hold_files(struct syslet_task *st)
{
	(void)st;
}

void syslet_release_files(struct syslet_task *st)
{
	(void)st;
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
long syslet_dispatch(unsigned int nr, const unsigned long *args,
		     bool *interrupted)
{
	long ret;

	*interrupted = false;
	if (nr == __NR_threadlet_off)
		return -ENOSYS;
	ret = sys_call_table[nr](args[0], args[1], args[2], args[3], args[4],
				 args[5]);
	*interrupted = signal_pending(current);
	return ret;
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

/* No call is ever restarted here: there are no signals. */
void syslet_never_restart(void)
{
}

/* A filter is no part of this world, and an end is (D26). */
bool syslet_keeps_context(void)
{
	return host_dying || current->exiting;
}

/* No other thread replaces the program, and the end of all is another matter. */
bool syslet_group_ends(void)
{
	return false;
}

void syslet_take_stops(void)
{
}

bool syslet_has_work(void)
{
	return signal_pending(current);
}

void syslet_do_work(void)
{
}

void syslet_begin_wait(void)
{
}

void syslet_end_wait(void)
{
}

void syslet_take_stops_or_exit(void)
{
	do_exit(9);
}

void syslet_resched(void)
{
	cond_resched();
}
