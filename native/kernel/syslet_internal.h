/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of syslets and threadlets share. */
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
#include <trace/events/syslet.h>

/* What a head and its family share, whichever rings it uses. */
struct syslet_ctx {
	refcount_t		refs;		/* one for each member */
	raw_spinlock_t		lock;		/* schedule() takes it */
	struct list_head	ready;		/* first in, first out */
	struct list_head	busy;
	struct syslet_task	*head;		/* NULL when it is gone */
	unsigned int		nr_ready;
	unsigned int		members;
	bool			exiting;	/* the head is gone... */
	long			exit_code;	/* ...with this code */

	/*
	 * The user context, on its way from a task that sleeps to its heir, and
	 * what it has the right to. One is enough: a head that has not taken
	 * its context has none to leave.
	 */
	struct syslet_snapshot	*snapshot;
	struct syslet_rights	left;		/* of the last head, too... */
	const void		*last_cred;	/* ...and these are held */
	wait_queue_head_t	taken;		/* those that follow the head */

	/*
	 * Who has seen which rights of the head: turns are counted, and none is
	 * 0. The head waits until all others have seen the last one.
	 */
	struct syslet_rights	known;		/* of the last change */
	unsigned long		turn;		/* under lock, as are these: */
	unsigned long		changed;	/* calls before this one end */
	bool			for_exec;	/* ...but inside there is none */
	unsigned long		gathered;	/* spares before this one follow */
	bool			apart;		/* they share nothing now */
	unsigned int		adopting;	/* threads that take what it has */
	wait_queue_head_t	settled;	/* the head, meanwhile */

	/* Of a head that begins threadlets by a store; page is ours. */
	struct threadlet_page	*page;
	unsigned long		page_addr;	/* as user mode sees it */

	struct mutex		completion;	/* ring stores may fault */
	unsigned long		events;		/* posted, ever; under lock */
	wait_queue_head_t	wait;		/* the head, in async_wait() */
	wait_queue_head_t	gone;		/* the head, in do_exit() */
};

/*
 * What follows can be seen by other tasks, or shows what they did; anything may
 * happen before it.
 */
#define syslet_point()		trace_syslet_point(_THIS_IP_)

/* One word of user memory. */
#define syslet_get_user(x, ptr)	({ syslet_point(); get_user(x, ptr); })
#define syslet_put_user(x, ptr)	({ syslet_point(); put_user(x, ptr); })

/* An atom as it was when it was fetched; later changes do not matter. */
struct syslet_atom {
	unsigned long		flags;
	unsigned long		nr;
	long __user		*ret_ptr;
	struct syslet_uatom __user *next;
	unsigned long		args[SYSLET_MAX_ARGS];
};

/*
 * Warns if the family of @st is not what it has to be; under lock. Only where
 * the kernel is built to look at itself.
 */
#ifdef CONFIG_DEBUG_SYSLETS
void syslet_check(struct syslet_task *st);
#else
static inline void syslet_check(struct syslet_task *st) { (void)st; }
#endif

/* syslet_entry.c */

/* The caller is a head, and in no chain and no threadlet. */
bool syslet_may_enter(struct syslet_task *st);

/* Make sure of a spare: 0, or an error. */
int syslet_refill(struct syslet_ctx *ctx, struct async_head_user __user *ahu);

/* syslet_chain.c */

/*
 * Execute the chain that begins at @uatom: the address of the last atom
 * executed, of which *@atom is the copy, or -EFAULT.
 */
long syslet_run_chain(struct syslet_task *st, struct syslet_uatom __user *uatom,
		      struct syslet_atom *atom);

/* syslet_family.c */

/* The caller's state; made on first use, with the caller as a head. */
struct syslet_task *syslet_current(void);

/* A new spare. */
int syslet_create_spare(struct syslet_ctx *ctx);

/* So many @more are ready now; under lock. */
void syslet_count_ready(struct syslet_ctx *ctx, int more);

/* syslet_move.c */

/* Hand over as if about to sleep, if the task may. */
void syslet_go_async(struct syslet_task *st);

/* Take what was left for the caller, the heir: on its way out, too. */
void syslet_install_context(struct syslet_task *st);

/*
 * Wait, as a ready task, for a user context to return to user space with. The
 * result is that of the call in which it does.
 */
long syslet_wait_ready(struct syslet_task *st);

/*
 * From busy to ready, with an event that was @posted or without; and then to
 * wait, unless the head has exited.
 */
void syslet_become_ready(struct syslet_task *st, bool posted);
long syslet_park(struct syslet_task *st);

/* syslet_rights.c */

/*
 * The caller begins a call as an atom; false if its head has given up what the
 * caller still has. It ends, in the head as in a busy task.
 */
bool syslet_begin_atom(struct syslet_task *st);

/*
 * What the head has the right to, and its task; NULL if there is none that has it.
 * Under lock.
 */
void syslet_head_rights(struct syslet_ctx *ctx, struct syslet_rights *rights,
			struct task_struct **task);

/*
 * Under lock. From now on the head of the caller waits for it before it gives anything
 * up.
 */
void syslet_count_call(struct syslet_task *st);

/* The caller has become a thread: it begins a call with what its head has, or an error. */
int syslet_follow_head(struct syslet_task *st);

/* The same credentials, tables and namespaces; @bound leaves open the task's own. */
bool syslet_same_objects(const struct syslet_rights *rights,
			 const struct syslet_rights *bound);

/* A spare that does not share yet what its head has. */
bool syslet_behind(const struct syslet_task *st);

/*
 * The caller is a spare, or about to be one, and shares what its head has. A spare
 * that waits does so if something has changed: false, and it may have slept.
 */
void syslet_follow(struct syslet_task *st);
bool syslet_follows(struct syslet_task *st);

/* A spare that was given a context, or whose family ends. */
bool syslet_leaves_pool(struct syslet_task *st);

/* The caller has nothing for good that its head would lose as its heir. */
bool syslet_may_park(struct syslet_task *st);

/* No context is on its way. */
bool syslet_context_taken(struct syslet_ctx *ctx);

/* syslet_settle.c */

/* The caller is the head and made a call: see to it that all have its rights. */
void syslet_settle(struct syslet_task *st);

/* syslet_ring.c */

/* Slots of a ring of @size bytes; 0 if that is no ring. */
unsigned long syslet_ring_slots(unsigned long size);

/* The end of a chain that went asynchronous. */
long syslet_finish_chain(struct syslet_task *st,
			 struct async_head_user __user *ahu, long last,
			 const struct syslet_atom *atom);

/* syslet_threadlet.c */

/* The caller is in a threadlet, which may have begun by a store. */
bool syslet_in_threadlet(struct syslet_task *st);

/* A signal handler has interrupted its threadlet, and has not returned. */
bool syslet_in_handler(struct syslet_task *st);

#endif /* _SYSLET_INTERNAL_H */
