// SPDX-License-Identifier: GPL-2.0
/*
 * The hand-over at home in Linux: what user space takes for the state of its
 * thread is left by the task that sleeps, and taken by its heir. Registers are
 * the architecture's; rights are in rights.c; everything else is here.
 */
#include <linux/bug.h>
#include <linux/ioprio.h>
#include <linux/iocontext.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sem.h>
#include <linux/signal.h>
#include <linux/slab.h>
#include <linux/syslet.h>
#include <uapi/linux/sched/types.h>
#include <asm/syslet.h>

#include "handover.h"

struct syslet_snapshot {
	struct arch_syslet_context *regs;

	struct syslet_held_rights	held;

	unsigned int		flags;
	unsigned long		sas_ss_sp;
	size_t			sas_ss_size;
	unsigned int		sas_ss_flags;

	struct robust_list_head __user *robust_list;
#ifdef CONFIG_COMPAT
	struct compat_robust_list_head __user *compat_robust_list;
#endif
	int __user		*clear_child_tid;
	unsigned int		personality;
	char			comm[TASK_COMM_LEN];

#ifdef CONFIG_AUDIT
	kuid_t			loginuid;
	unsigned int		sessionid;
#endif
	struct sched_attr	sched;
	u64			timer_slack_ns;
	u64			default_timer_slack_ns;
	int			ioprio;
};

struct syslet_snapshot *syslet_alloc_snapshot(void)
{
	struct syslet_snapshot *snapshot;

	snapshot = kzalloc(sizeof(*snapshot), GFP_KERNEL_ACCOUNT);
	if (!snapshot)
		return NULL;
	snapshot->regs = arch_syslet_alloc_context();
	if (!snapshot->regs) {
		kfree(snapshot);
		return NULL;
	}
	return snapshot;
}

void syslet_free_snapshot(struct syslet_snapshot *snapshot)
{
	arch_syslet_free_context(snapshot->regs);
	kfree(snapshot);
}

static void syslet_leave_thread_state(struct syslet_snapshot *snapshot)
{
	snapshot->robust_list = current->robust_list;
	current->robust_list = NULL;
#ifdef CONFIG_COMPAT
	snapshot->compat_robust_list = current->compat_robust_list;
	current->compat_robust_list = NULL;
#endif
	snapshot->clear_child_tid = current->clear_child_tid;
	current->clear_child_tid = NULL;
	snapshot->sas_ss_sp = current->sas_ss_sp;
	snapshot->sas_ss_size = current->sas_ss_size;
	snapshot->sas_ss_flags = current->sas_ss_flags;
	sas_ss_reset(current);
	snapshot->personality = current->personality;
	snapshot->flags = current->syslet->flags;
#ifdef CONFIG_AUDIT
	snapshot->loginuid = current->loginuid;
	snapshot->sessionid = current->sessionid;
#endif
	memcpy(snapshot->comm, current->comm, sizeof(snapshot->comm));
}

static void syslet_take_thread_state(const struct syslet_snapshot *snapshot)
{
	current->robust_list = snapshot->robust_list;
#ifdef CONFIG_COMPAT
	current->compat_robust_list = snapshot->compat_robust_list;
#endif
	current->clear_child_tid = snapshot->clear_child_tid;
	current->sas_ss_sp = snapshot->sas_ss_sp;
	current->sas_ss_size = snapshot->sas_ss_size;
	current->sas_ss_flags = snapshot->sas_ss_flags;
	current->personality = snapshot->personality;
	current->flags &= ~SYSLET_USER_FLAGS;
	current->flags |= snapshot->flags;
#ifdef CONFIG_AUDIT
	current->loginuid = snapshot->loginuid;
	current->sessionid = snapshot->sessionid;
#endif
	if (strncmp(current->comm, snapshot->comm, sizeof(snapshot->comm)))
		set_task_comm(current, snapshot->comm);
}

static int syslet_get_ioprio(void)
{
	return current->io_context ? current->io_context->ioprio :
				     IOPRIO_DEFAULT;
}

/*
 * Where a task has no wish of its own, -1 takes back what another one had.
 *
 * Rules: D128
 */
static void syslet_get_clamps(const struct task_struct *tsk,
			      struct sched_attr *attr)
{
#ifdef CONFIG_UCLAMP_TASK
	const struct uclamp_se *min = &tsk->uclamp_req[UCLAMP_MIN];
	const struct uclamp_se *max = &tsk->uclamp_req[UCLAMP_MAX];

	attr->sched_flags |= SCHED_FLAG_UTIL_CLAMP;
	attr->sched_util_min = min->user_defined ? min->value : -1;
	attr->sched_util_max = max->user_defined ? max->value : -1;
#endif
}

static void syslet_get_sched_attr(const struct task_struct *tsk,
				  struct sched_attr *attr)
{
	*attr = (struct sched_attr){
		.size		= sizeof(*attr),
		.sched_policy	= tsk->policy,
		.sched_nice	= task_nice(tsk),
		.sched_priority	= tsk->rt_priority,
	};
	if (tsk->se.custom_slice)
		attr->sched_runtime = tsk->se.slice;
	if (tsk->sched_reset_on_fork)
		attr->sched_flags = SCHED_FLAG_RESET_ON_FORK;
}

/* The head had it, so no right is asked for. */
static void syslet_set_sched_attr(struct task_struct *tsk,
				  const struct sched_attr *attr)
{
	struct sched_attr own;

	syslet_get_sched_attr(tsk, &own);
	if (attr->sched_flags & SCHED_FLAG_UTIL_CLAMP)
		syslet_get_clamps(tsk, &own);
	if (memcmp(&own, attr, sizeof(own)))
		(void)sched_setattr_nocheck(tsk, attr);
}

/*
 * The heir has it before it runs, or others would run for as long as they like. One
 * that was given a deadline can give that back by itself only. Clamps are set by the
 * heir itself, since to set them may sleep.
 *
 * Rules: D108, D118, D128
 */
static void syslet_leave_priority(struct syslet_snapshot *snapshot,
				  struct task_struct *heir)
{
	syslet_get_sched_attr(current, &snapshot->sched);
	snapshot->timer_slack_ns = current->timer_slack_ns;
	snapshot->default_timer_slack_ns = current->default_timer_slack_ns;
	snapshot->ioprio = syslet_get_ioprio();
	if (heir->policy != SCHED_DEADLINE)
		syslet_set_sched_attr(heir, &snapshot->sched);
	syslet_get_clamps(current, &snapshot->sched);
}

static void syslet_take_priority(const struct syslet_snapshot *snapshot)
{
	syslet_set_sched_attr(current, &snapshot->sched);
	/* It is kept for later where the policy has no use for it. */
	set_user_nice(current, snapshot->sched.sched_nice);
	current->timer_slack_ns = snapshot->timer_slack_ns;
	current->default_timer_slack_ns = snapshot->default_timer_slack_ns;
	if (IS_ENABLED(CONFIG_BLOCK) && syslet_get_ioprio() != snapshot->ioprio)
		(void)set_task_ioprio(current, snapshot->ioprio);
}

/*
 * A head that waits for a spare with less priority waits for others. What is for one
 * task only stays with it.
 *
 * Rules: D118
 */
void syslet_hurry(struct task_struct *tsk)
{
	struct sched_attr attr;

	syslet_get_sched_attr(current, &attr);
	if (attr.sched_policy != SCHED_DEADLINE && !attr.sched_flags)
		syslet_set_sched_attr(tsk, &attr);
	wake_up_process(tsk);
}

/*
 * A parent that dies looks for it in all threads, under this lock.
 *
 * Rules: D118
 */
static void syslet_leave_death_signal(struct task_struct *heir)
{
	if (likely(!current->pdeath_signal))
		return;
	read_lock(&tasklist_lock);
	heir->pdeath_signal = current->pdeath_signal;
	current->pdeath_signal = 0;
	read_unlock(&tasklist_lock);
}

/*
 * A task that lost its context in a chain never returns to user space before it
 * takes another one. It is a worker until then. One that slept in a threadlet
 * keeps all its registers. What is pending goes to the heir, and so does the mask,
 * which others may ask for at once; the task that is left behind hears KILL and STOP
 * only.
 *
 * Rules: THREAD-5, D27, D81, D118, D138
 */
void syslet_leave_context(struct syslet_snapshot *snapshot,
			  struct task_struct *heir,
			  const struct syslet_resume *resume)
{
	arch_syslet_leave_context(snapshot->regs, resume);
	syslet_leave_thread_state(snapshot);
	syslet_leave_priority(snapshot, heir);
	syslet_leave_rights(&snapshot->held, heir);
	syslet_leave_death_signal(heir);
	leave_signals(heir, &heir->syslet->blocked,
		      resume ? 0 : PF_USER_WORKER);
}

/*
 * What is pending for the head is there already, blocked until now.
 *
 * Rules: D117
 */
void syslet_take_context(struct syslet_snapshot *snapshot)
{
	might_sleep();
	/* Of a spare, it would become the mask of the head. */
	WARN_ON_ONCE(test_restore_sigmask());
	arch_syslet_take_context(snapshot->regs);
	syslet_take_thread_state(snapshot);
	syslet_take_priority(snapshot);
	syslet_take_rights(&snapshot->held);
	take_signals(&current->syslet->blocked, PF_USER_WORKER);
	syslet_note_user(current->syslet);
}

/*
 * A stop with the group ends for all; a debugger holds a task for as long as it
 * likes. Without siglock: one that is trapped a moment later is an heir all the
 * same, and takes the context when it goes on.
 */
bool syslet_is_trapped(const struct task_struct *tsk)
{
	return READ_ONCE(tsk->jobctl) & (JOBCTL_TRACED | JOBCTL_TRAP_MASK);
}

/*
 * What a thread was sent by its number it was sent as the program's thread, which is
 * its head from now on. Later ones go there by themselves, since it blocks them.
 *
 * Rules: D119
 */
void syslet_enter_pool(struct syslet_task *st)
{
	/* A former threadlet may have unblocked some; others are told of them. */
	block_all_signals();
	clear_restore_sigmask();
	spin_lock_irq(own_siglock());
	pass_signals(current, syslet_owner(st, true));
	current->flags |= PF_USER_WORKER;
	current->pdeath_signal = 0;
	spin_unlock_irq(own_siglock());
	syslet_release_files(st);
	/* Its head shares the list, or has given it up. */
	exit_sem(current);
}
