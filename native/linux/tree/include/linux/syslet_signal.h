/* SPDX-License-Identifier: GPL-2.0 */
/* What Linux asks where it looks at the mask of signals of a task. */
#ifndef _LINUX_SYSLET_SIGNAL_H
#define _LINUX_SYSLET_SIGNAL_H

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/syslet.h>

/*
 * Whether user mode blocks @sig: that of the task which signals for @st, the caller,
 * are for. Its siglock is held.
 */
bool __syslet_blocks_locked(struct syslet_task *st, int sig);

static inline bool syslet_blocks_locked(int sig)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_blocks_locked(current->syslet, sig);
#endif
	return sigismember(&current->blocked, sig);
}

/* The same without that lock. */
bool __syslet_blocks(int sig);

static inline bool syslet_blocks(int sig)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_blocks(sig);
#endif
	return sigismember(&current->blocked, sig);
}

/*
 * The caller has sent @sig to its group because of what it does: it stops, or a
 * handler runs, and its call is redone. -EINTR if the handler is another task's.
 */
int __syslet_redone_behind(int sig);

static inline int syslet_redone_behind(int sig)
{
#ifdef CONFIG_SYSLETS
	if (unlikely(current->syslet))
		return __syslet_redone_behind(sig);
#endif
	return -ERESTARTSYS;
}

/* The caller may have to stop by a signal that it blocks itself. */
static inline bool syslet_stops_for_head(void)
{
#ifdef CONFIG_SYSLETS
	return unlikely(current->syslet);
#else
	return false;
#endif
}

#endif /* _LINUX_SYSLET_SIGNAL_H */
