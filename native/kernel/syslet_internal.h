/* SPDX-License-Identifier: GPL-2.0 */
/* What syslet.c and syslet_ring.c share. */
#ifndef _SYSLET_INTERNAL_H
#define _SYSLET_INTERNAL_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <uapi/linux/syslet.h>

#include <linux/syslet.h>

/* What a head and its family share, whichever rings it uses (D14). */
struct syslet_ctx {
	refcount_t		refs;		/* one for each member */
	raw_spinlock_t		lock;		/* schedule() takes it */
	struct list_head	ready;		/* first in, first out */
	struct list_head	busy;
	unsigned int		members;
	bool			exiting;	/* the head is gone... */
	long			exit_code;	/* ...with this code */

	struct mutex		completion;	/* ring stores may fault */
	unsigned long		events;		/* posted, ever; under lock */
	wait_queue_head_t	wait;		/* the head, in async_wait() */
	wait_queue_head_t	gone;		/* the head, in do_exit() */
};

/* One word of user memory; anything may happen before it (D33, D59). */
#define syslet_get(x, ptr)	({ syslet_point(); get_user(x, ptr); })
#define syslet_put(x, ptr)	({ syslet_point(); put_user(x, ptr); })

/* The caller's state; made on first use, with the caller as a head. */
struct syslet_task *syslet_current(void);

/*
 * Post an event. Returns whether it counts; *@locked says that the completion
 * lock was taken and is still held.
 */
bool syslet_post(struct syslet_ctx *ctx, struct async_head_user __user *ahu,
		 struct syslet_uatom __user *event, bool *locked);

#endif /* _SYSLET_INTERNAL_H */
