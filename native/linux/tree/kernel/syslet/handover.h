/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the hand-over share. */
#ifndef _SYSLET_HANDOVER_H
#define _SYSLET_HANDOVER_H

#include <linux/types.h>

struct cred;
struct files_struct;
struct fs_struct;
struct nsproxy;
struct sem_undo_list;

/* Rights on their way, with a reference to each. */
struct syslet_held_rights {
	const struct cred	*cred;
	bool			no_new_privs;
	struct files_struct	*files;
	struct fs_struct	*fs;
	struct nsproxy		*nsproxy;
	struct sem_undo_list	*undo;		/* NULL if there is none */
};

/* Those of the caller. The first must not sleep. */
void syslet_leave_rights(struct syslet_held_rights *held);
void syslet_take_rights(struct syslet_held_rights *held);

#endif /* _SYSLET_HANDOVER_H */
