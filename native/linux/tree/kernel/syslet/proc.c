// SPDX-License-Identifier: GPL-2.0
/* What /proc/PID/status tells of a family. */
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/syslet.h>
#include <linux/syslet_proc.h>

#include "syslet_internal.h"

static const char * const syslet_role_names[] = {
	[SYSLET_HEAD]	= "head",
	[SYSLET_READY]	= "ready",
	[SYSLET_BUSY]	= "busy",
};

/* A moment of a family, seen by a member. */
struct syslet_status {
	enum syslet_role	role;
	bool			inside;
	int			nr;
	pid_t			head;		/* 0 if it is gone */
	unsigned int		ready;
	unsigned int		busy;		/* and those that exit */
};

static void syslet_get_status(struct syslet_task *st, struct pid_namespace *ns,
			      struct syslet_status *status)
{
	struct syslet_ctx *ctx = st->ctx;

	raw_spin_lock(&ctx->lock);
	*status = (struct syslet_status){
		.role	= st->role,
		.inside	= READ_ONCE(st->inside),
		.nr	= READ_ONCE(st->nr),
		.ready	= ctx->nr_ready,
		.busy	= ctx->members - ctx->nr_ready,
	};
	if (ctx->head) {
		status->head = task_pid_nr_ns(ctx->head->task, ns);
		status->busy--;
	}
	raw_spin_unlock(&ctx->lock);
}

/* A member leaves its family under siglock. */
static bool syslet_find_status(struct task_struct *tsk,
			       struct pid_namespace *ns,
			       struct syslet_status *status)
{
	struct syslet_task *st;
	unsigned long flags;

	if (!lock_task_sighand(tsk, &flags))
		return false;
	/* Pairs with the release of a task that becomes a head. */
	st = smp_load_acquire(&tsk->syslet);
	if (st)
		syslet_get_status(st, ns, status);
	unlock_task_sighand(tsk, &flags);
	return !!st;
}

void syslet_proc_status(struct seq_file *m, struct pid_namespace *ns,
			struct task_struct *tsk)
{
	struct syslet_status status;

	if (!syslet_find_status(tsk, ns, &status))
		return;
	seq_printf(m, "Syslet:\t%s\n", syslet_role_names[status.role]);
	seq_printf(m, "SysletInside:\t%d\n", status.inside);
	/* As with /proc/PID/wchan: what it does is not for all. */
	if (ptrace_may_access(tsk, PTRACE_MODE_READ_FSCREDS))
		seq_printf(m, "SysletCall:\t%d\n", status.nr);
	seq_printf(m, "SysletHead:\t%d\n", status.head);
	seq_printf(m, "SysletReady:\t%u\n", status.ready);
	seq_printf(m, "SysletBusy:\t%u\n", status.busy);
}
