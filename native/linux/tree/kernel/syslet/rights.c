// SPDX-License-Identifier: GPL-2.0
/*
 * What a task may do: credentials, table of files, file-system state, namespaces
 * and filters. They go with the user context; a chain is bound to those that it
 * was submitted with, and a thread that a threadlet has become to its head's.
 */
#include <linux/cred.h>
#include <linux/fdtable.h>
#include <linux/fs_struct.h>
#include <linux/init_task.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seccomp.h>
#include <linux/sem.h>
#include <linux/syslet.h>
#include <linux/user_namespace.h>

#include "handover.h"

/*
 * exec looks at the users of @fs and at the tasks that have it, under its lock: a
 * user that is no task is somebody else. So both change there. Returns what @tsk
 * had if no other has it: to be freed where one may sleep. Under task_lock().
 *
 * Rules: D118
 */
static struct fs_struct *syslet_set_fs(struct task_struct *tsk,
				       struct fs_struct *fs)
{
	struct fs_struct *old = tsk->fs;
	bool last = false;

	if (old == fs)
		return NULL;
	if (old) {
		spin_lock(&old->lock);
		tsk->fs = NULL;
		last = !--old->users;
		spin_unlock(&old->lock);
	}
	if (fs) {
		spin_lock(&fs->lock);
		fs->users++;
		tsk->fs = fs;
		spin_unlock(&fs->lock);
	}
	return last ? old : NULL;
}

static void syslet_put_fs(struct fs_struct *fs)
{
	bool last;

	spin_lock(&fs->lock);
	last = !--fs->users;
	spin_unlock(&fs->lock);
	if (last)
		free_fs_struct(fs);
}

static void syslet_get_fs(struct fs_struct *fs)
{
	spin_lock(&fs->lock);
	fs->users++;
	spin_unlock(&fs->lock);
}

/*
 * A spare has them already, if nothing has changed just now. One that works uses
 * its own until it is done. An exec in between finds a user of @fs that is no task,
 * and gives no rights: that is safe.
 *
 * Rules: D118, D137
 */
static void syslet_leave_tables(struct syslet_held_rights *held,
				struct task_struct *heir)
{
	held->files = NULL;
	if (heir->syslet->later) {
		atomic_inc(&current->files->count);
		held->files = current->files;
		syslet_get_fs(current->fs);
		held->fs = current->fs;
		return;
	}
	task_lock(heir);
	if (heir->files != current->files) {
		held->files = heir->files;
		atomic_inc(&current->files->count);
		heir->files = current->files;
	}
	held->fs = syslet_set_fs(heir, current->fs);
	task_unlock(heir);
}

void syslet_leave_rights(struct syslet_held_rights *held,
			 struct task_struct *heir)
{
	held->no_new_privs = task_no_new_privs(current);
	held->nproc_exceeded = current->flags & PF_NPROC_EXCEEDED;
	held->cred = get_cred(current_real_cred());
	held->nsproxy = current->nsproxy;
	get_nsproxy(held->nsproxy);
	held->undo = get_semundo();
	syslet_leave_tables(held, heir);
}

/*
 * As commit_creds() does, but for what follows from a change: there is none. With
 * it goes that its user has too many processes, and may not exec for that.
 *
 * Rules: D123
 */
static void syslet_take_cred(const struct cred *new, unsigned int exceeded)
{
	const struct cred *old = current_real_cred();

	get_cred(new);			/* two pointers, two references */
	inc_rlimit_ucounts(new->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	rcu_assign_pointer(current->real_cred, new);
	rcu_assign_pointer(current->cred, new);
	dec_rlimit_ucounts(old->ucounts, UCOUNT_RLIMIT_NPROC, 1);
	put_cred_many(old, 2);
	current->flags = (current->flags & ~PF_NPROC_EXCEEDED) | exceeded;
}

/*
 * A spare that was chosen meanwhile keeps what it was given then, under this lock.
 */
static bool syslet_is_heir(void)
{
	return READ_ONCE(current->syslet->role) == SYSLET_HEAD;
}

static void syslet_take_files(struct files_struct *files)
{
	struct files_struct *old = files;

	task_lock(current);
	if (!syslet_is_heir()) {
		old = current->files;
		current->files = files;
	}
	task_unlock(current);
	put_files_struct(old);
}

static void syslet_take_fs(struct fs_struct *fs)
{
	struct fs_struct *old = NULL;

	task_lock(current);
	if (!syslet_is_heir())
		old = syslet_set_fs(current, fs);
	task_unlock(current);
	if (old)
		free_fs_struct(old);
}

/*
 * What is to be undone lies in the namespaces that the caller leaves. It begins
 * anew there, as after unshare().
 *
 * Rules: D124
 */
static void syslet_take_namespaces(struct nsproxy *nsproxy)
{
	if (current->nsproxy->ipc_ns != nsproxy->ipc_ns)
		exit_sem(current);
	switch_task_namespaces(current, nsproxy);
}

/* What the caller had is @held then. */
static void syslet_take_tables(struct syslet_held_rights *held)
{
	struct fs_struct *fs = held->fs;

	task_lock(current);
	swap(current->files, held->files);
	held->fs = syslet_set_fs(current, fs);
	task_unlock(current);
	syslet_put_fs(fs);
}

void syslet_take_rights(struct syslet_held_rights *held)
{
	if (held->no_new_privs)
		task_set_no_new_privs(current);
	syslet_take_cred(held->cred, held->nproc_exceeded);
	if (current->syslet->later)
		syslet_take_tables(held);
	if (held->files)
		put_files_struct(held->files);
	if (held->fs)
		free_fs_struct(held->fs);
	exit_sem(current);
	syslet_take_namespaces(held->nsproxy);
	set_semundo(held->undo);
}

/* Heirs share a list that is there: one that came later would end with a chain. */
void syslet_prepare_undo(void)
{
	/* Without memory it does. */
	(void)prepare_semundo();
}

static void syslet_set_held_files(struct syslet_task *st,
				  struct files_struct *files)
{
	struct files_struct *old = st->files;

	if (old == files)
		return;
	if (files)
		atomic_inc(&files->count);
	st->files = files;
	if (old)
		put_files_struct(old);
}

void syslet_hold_files(struct syslet_task *st)
{
	syslet_set_held_files(st, current->files);
}

void syslet_release_files(struct syslet_task *st)
{
	syslet_set_held_files(st, NULL);
}

/*
 * A task that a filter has ended is in a mode of its own, but has all of its filters.
 *
 * Rules: D147
 */
void syslet_get_rights(struct task_struct *tsk, struct syslet_rights *rights)
{
	*rights = (struct syslet_rights){
		.cred		= rcu_access_pointer(tsk->real_cred),
		.files		= READ_ONCE(tsk->files),
		.fs		= READ_ONCE(tsk->fs),
		.nsproxy	= READ_ONCE(tsk->nsproxy),
#ifdef CONFIG_SECCOMP_FILTER
		.filter		= READ_ONCE(tsk->seccomp.filter),
#endif
		.filter_mode	= seccomp_mode(&tsk->seccomp),
		.no_new_privs	= task_no_new_privs(tsk),
	};
	if (rights->filter)
		rights->filter_mode = SECCOMP_MODE_FILTER;
}

static void syslet_note_own_right(const void *has, const void **bound)
{
	if (*bound != has)
		*bound = SYSLET_OWN;
}

/* Filters are added, never changed, so they are compared in another way. */
void syslet_note_own(struct syslet_rights *bound)
{
	struct syslet_rights has;

	syslet_get_rights(current, &has);
	syslet_note_own_right(has.cred, &bound->cred);
	syslet_note_own_right(has.files, &bound->files);
	syslet_note_own_right(has.fs, &bound->fs);
	syslet_note_own_right(has.nsproxy, &bound->nsproxy);
}

static void syslet_adopt_cred(struct task_struct *head)
{
	const struct cred *new = get_task_cred(head);
	unsigned int exceeded;

	smp_rmb();			/* the head had the flag before */
	exceeded = READ_ONCE(head->flags) & PF_NPROC_EXCEEDED;
	if (new == current_real_cred())
		put_cred(new);
	else
		syslet_take_cred(new, exceeded);
}

const void *syslet_hold_cred(struct task_struct *head, const void *left)
{
	return head ? get_task_cred(head) : get_cred(left);
}

void syslet_put_cred(const void *cred)
{
	put_cred(cred);
}

void syslet_set_cred(const void *cred, struct syslet_rights *bound)
{
	if (bound->cred == SYSLET_OWN || cred == current_real_cred()) {
		put_cred(cred);
		return;
	}
	syslet_take_cred(cred, current->flags & PF_NPROC_EXCEEDED);
	bound->cred = cred;
}

static int syslet_adopt_files(struct task_struct *head)
{
	struct files_struct *files;

	task_lock(head);
	files = head->files;
	if (files)
		atomic_inc(&files->count);
	task_unlock(head);
	if (!files)
		return -ESRCH;
	syslet_take_files(files);
	return 0;
}

/* Meanwhile the reference is no task's, so no exec may look. */
static int syslet_adopt_fs(struct task_struct *head)
{
	struct mutex *no_exec = &current->signal->cred_guard_mutex;
	struct fs_struct *fs;

	if (mutex_lock_killable(no_exec))
		return -EINTR;
	task_lock(head);
	fs = head->fs;
	if (fs)
		syslet_get_fs(fs);
	task_unlock(head);
	if (fs) {
		syslet_take_fs(fs);
		syslet_put_fs(fs);
	}
	mutex_unlock(no_exec);
	return fs ? 0 : -ESRCH;
}

static int syslet_adopt_namespaces(struct task_struct *head)
{
	struct nsproxy *nsproxy;

	task_lock(head);
	nsproxy = head->nsproxy;
	if (nsproxy)
		get_nsproxy(nsproxy);
	task_unlock(head);
	if (!nsproxy)
		return -ESRCH;
	syslet_take_namespaces(nsproxy);
	return 0;
}

void syslet_share_rights(struct task_struct *head)
{
	if (task_no_new_privs(head))
		task_set_no_new_privs(current);
	syslet_adopt_cred(head);
	/* A head that is about to end has none, nor will its spares. */
	(void)syslet_adopt_files(head);
	(void)syslet_adopt_fs(head);
	(void)syslet_adopt_namespaces(head);
}

/* One that is chosen meanwhile has another, and no reference to this. */
static struct fs_struct *syslet_copy_fs(void)
{
	struct mutex *no_exec = &current->signal->cred_guard_mutex;
	struct fs_struct *fs, *copy;

	if (mutex_lock_killable(no_exec))
		return NULL;
	task_lock(current);
	fs = current->fs;
	syslet_get_fs(fs);
	task_unlock(current);
	copy = copy_fs_struct(fs);
	syslet_put_fs(fs);
	mutex_unlock(no_exec);
	return copy;
}

/*
 * Calls of others that ask for users of a table do not count the caller, and what
 * is to be undone does not wait for it. It has tables still, since task work takes
 * that for granted. Without memory it is counted, as any thread would be.
 *
 * Rules: D125
 */
void syslet_share_nothing(void)
{
	struct files_struct *files = dup_fd(&init_files, NULL);
	struct fs_struct *fs = syslet_copy_fs();

	if (!IS_ERR(files))
		syslet_take_files(files);
	if (fs) {
		syslet_take_fs(fs);
		syslet_put_fs(fs);
	}
	exit_sem(current);
}

void syslet_set_no_new_privs(void)
{
	task_set_no_new_privs(current);
}

int syslet_adopt_rights(struct task_struct *head, struct syslet_rights *bound)
{
	struct syslet_rights theirs;
	int err = 0;

	syslet_get_rights(head, &theirs);
	if (theirs.no_new_privs)
		task_set_no_new_privs(current);
	if (theirs.filter != bound->filter ||
	    theirs.filter_mode != bound->filter_mode)
		err = seccomp_adopt(head);
	if (err)
		return err;
	bound->filter = theirs.filter;
	bound->filter_mode = theirs.filter_mode;

	if (bound->cred != SYSLET_OWN)
		syslet_adopt_cred(head);
	if (bound->files != SYSLET_OWN)
		err = syslet_adopt_files(head);
	if (bound->fs != SYSLET_OWN && !err)
		err = syslet_adopt_fs(head);
	if (bound->nsproxy != SYSLET_OWN && !err)
		err = syslet_adopt_namespaces(head);

	/* As they are now: what the head changed meanwhile is seen the next time. */
	syslet_get_rights(current, &theirs);
	if (bound->cred != SYSLET_OWN)
		bound->cred = theirs.cred;
	if (bound->files != SYSLET_OWN)
		bound->files = theirs.files;
	if (bound->fs != SYSLET_OWN)
		bound->fs = theirs.fs;
	if (bound->nsproxy != SYSLET_OWN)
		bound->nsproxy = theirs.nsproxy;
	return err;
}
