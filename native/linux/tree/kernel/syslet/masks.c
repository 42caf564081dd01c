// SPDX-License-Identifier: GPL-2.0
/*
 * What user mode has set for its thread where the kernel sets something else for a
 * while, such as the mask of signals; and who is asked for that mask.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/spinlock.h>
#include <linux/syslet.h>
#include <linux/syslet_signal.h>

#include "handover.h"

/*
 * A call that changed the mask for its sleep may leave it to a handler, which will
 * change it back.
 *
 * Rules: D139, D140
 */
void syslet_note_user(struct syslet_task *st)
{
	st->blocked = *sigmask_to_save();
	st->flags = current->flags & SYSLET_USER_FLAGS;
}

/* Who signals for @st are for, the caller: one that blocks @sig asks its head. */
static struct task_struct *syslet_hears(struct syslet_task *st, int sig)
{
	return syslet_owner(st, sigismember(&current->blocked, sig));
}

/*
 * The mask of another task is the one of its user mode, which it has, or will take,
 * whatever it does now.
 *
 * Rules: D138
 */
bool __syslet_blocks_locked(struct syslet_task *st, int sig)
{
	struct task_struct *tsk;

	lockdep_assert_held(own_siglock());
	tsk = syslet_hears(st, sig);
	if (tsk == current)
		return sigismember(&current->blocked, sig);
	return sigismember(&tsk->syslet->blocked, sig);
}

bool __syslet_blocks(int sig)
{
	unsigned long flags;
	bool blocked;

	spin_lock_irqsave(own_siglock(), flags);
	blocked = __syslet_blocks_locked(current->syslet, sig);
	spin_unlock_irqrestore(own_siglock(), flags);
	return blocked;
}

/*
 * A task that stops takes the signal itself, but there is no waiting for the handler
 * of another one: the signal would be sent again and again.
 *
 * Rules: D138
 */
int __syslet_redone_behind(int sig)
{
	struct sighand_struct *sighand;
	bool handled, other;
	unsigned long flags;

	/* It is the caller's own. */
	sighand = rcu_dereference_protected(current->sighand, true);
	spin_lock_irqsave(&sighand->siglock, flags);
	handled = sighand->action[sig - 1].sa.sa_handler != SIG_DFL;
	other = syslet_hears(current->syslet, sig) != current;
	spin_unlock_irqrestore(&sighand->siglock, flags);
	return handled && other ? -EINTR : -ERESTARTSYS;
}
