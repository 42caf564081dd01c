/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the hand-over share. */
#ifndef _SYSLET_HANDOVER_H
#define _SYSLET_HANDOVER_H

#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

struct cred;
struct files_struct;
struct fs_struct;
struct nsproxy;
struct sem_undo_list;

/* What prctl() sets in task_struct.flags, and nothing else but for a while. */
#define SYSLET_USER_FLAGS	(PF_MEMALLOC_NOIO | PF_LOCAL_THROTTLE | \
				 PF_MCE_PROCESS | PF_MCE_EARLY)

/* The lock for the signals of the caller's group. */
static inline spinlock_t *own_siglock(void)
{
	return &rcu_dereference_protected(current->sighand, true)->siglock;
}

/*
 * Rights on their way, with a reference to each. The tables are the heir's already,
 * and here is what it had, if that was another; one that works takes them later.
 */
struct syslet_held_rights {
	const struct cred	*cred;
	bool			no_new_privs;
	unsigned int		nproc_exceeded;	/* flag of the task, by that user */
	struct nsproxy		*nsproxy;
	struct files_struct	*files;
	struct fs_struct	*fs;
	struct sem_undo_list	*undo;		/* NULL if there is none */
};

/* Those of the caller, for @heir, which takes them. The first must not sleep. */
void syslet_leave_rights(struct syslet_held_rights *held,
			 struct task_struct *heir);
void syslet_take_rights(struct syslet_held_rights *held);

#endif /* _SYSLET_HANDOVER_H */
