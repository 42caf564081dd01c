// SPDX-License-Identifier: GPL-2.0
/*
 * Syslets: chains of system calls that run in the context of their caller as
 * long as nothing sleeps. When something does, the task that sleeps keeps its
 * kernel stack, its locks and its wait-queue entries and goes on alone with the
 * chain; a spare task takes over the user context and returns to user space in
 * its place, from the same call, with the result 0.
 *
 * Every head has a family: the head itself, which owns the user context, the
 * ready tasks, which wait for one, and the busy tasks, whose chains went
 * asynchronous. A busy task that is done posts an event to a ring in user
 * memory and becomes ready.
 *
 * Numbers like D30 refer to the project's list of decisions. Threadlets have
 * their numbers in the system-call table, and nothing behind them yet (D42).
 *
 * Lock order: completion, then pi_lock, then lock. Nobody is woken under lock,
 * since a wake-up takes pi_lock.
 */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/syscalls.h>
#include <linux/syslet.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <asm/unistd.h>
#include <uapi/linux/syslet.h>

#include "faults.h"
#include "syslet_internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/syslet.h>

/* An atom as it was when it was fetched; later changes do not matter. */
struct syslet_atom {
	unsigned long		flags;
	unsigned long		nr;
	long __user		*ret_ptr;
	struct syslet_uatom __user *next;
	unsigned long		args[SYSLET_MAX_ARGS];
};

static void syslet_ctx_put(struct syslet_ctx *ctx)
{
	if (refcount_dec_and_test(&ctx->refs))
		kfree(ctx);
}

static struct syslet_ctx *syslet_ctx_alloc(void)
{
	struct syslet_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return NULL;
	refcount_set(&ctx->refs, 1);
	raw_spin_lock_init(&ctx->lock);
	INIT_LIST_HEAD(&ctx->ready);
	INIT_LIST_HEAD(&ctx->busy);
	ctx->members = 1;
	mutex_init(&ctx->completion);
	init_waitqueue_head(&ctx->wait);
	init_waitqueue_head(&ctx->gone);
	return ctx;
}

static struct syslet_task *syslet_task_alloc(enum syslet_role role)
{
	struct syslet_task *st = kzalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);

	if (!st)
		return NULL;
	st->role = role;
	st->nr = -1;
	INIT_LIST_HEAD(&st->node);
	return st;
}

/* The caller's state; a task without any becomes the head of a new family. */
struct syslet_task *syslet_current(void)
{
	struct syslet_task *st = current->syslet;

	if (st)
		return st;
	st = syslet_task_alloc(SYSLET_HEAD);
	if (!st)
		return ERR_PTR(-ENOMEM);
	st->ctx = syslet_ctx_alloc();
	if (!st->ctx) {
		kfree(st);
		return ERR_PTR(-ENOMEM);
	}
	st->task = current;
	current->syslet = st;
	return st;
}

/*
 * Take the longest waiting spare and swap roles with it. Its task is returned
 * with a reference: once it was told, it may be gone before it is woken.
 */
static struct task_struct *syslet_take_spare(struct syslet_task *st)
{
	struct syslet_ctx *ctx = st->ctx;
	struct task_struct *heir = NULL;
	struct syslet_task *spare;
	unsigned long flags;

	raw_spin_lock_irqsave(&ctx->lock, flags);
	spare = list_first_entry_or_null(&ctx->ready, struct syslet_task, node);
	if (spare) {
		list_del_init(&spare->node);
		spare->role = SYSLET_HEAD;
		list_add_tail(&st->node, &ctx->busy);
		st->role = SYSLET_BUSY;
		st->armed = false;
		heir = spare->task;
		get_task_struct(heir);
	}
	raw_spin_unlock_irqrestore(&ctx->lock, flags);
	return heir;
}

/* Nobody else writes to the spare: even when killed it waits to be told. */
static void syslet_give_context(struct syslet_task *st,
				struct task_struct *heir)
{
	struct syslet_task *spare = heir->syslet;

	trace_syslet_handover(st->task, heir);
	syslet_move_context(st->task, heir, st->stack, st->ip);
	/* Pairs with the spare's acquire; from here on it may be freed. */
	smp_store_release(&spare->handed, true);
	wake_up_process(heir);
	put_task_struct(heir);
}

/*
 * The state is tested under the lock that a wake-up takes: a task that was
 * already woken will not sleep, and must not give its context away (D34).
 */
void __syslet_sleeping(struct task_struct *tsk)
{
	struct syslet_task *st = tsk->syslet;
	struct task_struct *heir = NULL;
	unsigned long flags, inner;
	unsigned int state;

	if (!st->armed)
		return;
	preempt_disable();
	if (SYSLET_FAULT(HOOK_INVERTS_LOCKS)) {
		raw_spin_lock_irqsave(&st->ctx->lock, flags);
		raw_spin_lock_irqsave(&tsk->pi_lock, inner);
		raw_spin_unlock_irqrestore(&tsk->pi_lock, inner);
		raw_spin_unlock_irqrestore(&st->ctx->lock, flags);
	}
	raw_spin_lock_irqsave(&tsk->pi_lock, flags);
	state = READ_ONCE(tsk->__state);
	if (state != TASK_RUNNING && !signal_pending_state(state, tsk))
		heir = syslet_take_spare(st);
	raw_spin_unlock_irqrestore(&tsk->pi_lock, flags);
	if (heir)
		syslet_give_context(st, heir);
	preempt_enable();
}

/* SYSLET_ASYNC: hand over as if about to sleep, if there is a spare. */
static void syslet_go_async(struct syslet_task *st)
{
	struct task_struct *heir;

	syslet_point();
	if (!st->armed)
		return;
	preempt_disable();
	heir = syslet_take_spare(st);
	if (heir)
		syslet_give_context(st, heir);
	preempt_enable();
}

/*
 * Wait, as a ready task, for somebody's user context, and return to user space
 * with it. A stop of the whole group leaves the task where it is on the list.
 */
static void syslet_wait_ready(struct syslet_task *st)
{
	st->waiting = true;
	for (;;) {
		if (SYSLET_FAULT(SPARE_MISSES_WAKEUP) && !st->handed) {
			syslet_point();
			set_current_state(TASK_INTERRUPTIBLE);
			schedule();
		}
		set_current_state(TASK_INTERRUPTIBLE);
		/* Pairs with the release in syslet_give_context(). */
		if (smp_load_acquire(&st->handed))
			break;
		/* Pairs with the release in syslet_end_family(). */
		if (smp_load_acquire(&st->ctx->exiting)) {
			__set_current_state(TASK_RUNNING);
			do_exit(st->ctx->exit_code);
		}
		if (signal_pending(current)) {
			__set_current_state(TASK_RUNNING);
			syslet_take_signal();
			continue;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	st->waiting = false;
	st->handed = false;
}

static int syslet_spare(void *arg)
{
	syslet_wait_ready(arg);
	return 0;
}

static int syslet_create_spare(struct syslet_ctx *ctx, unsigned long stack,
			       unsigned long ip)
{
	struct syslet_task *st = syslet_task_alloc(SYSLET_READY);
	struct task_struct *task;

	if (!st)
		return -ENOMEM;
	task = syslet_create_thread(syslet_spare, st);
	if (IS_ERR(task)) {
		kfree(st);
		return PTR_ERR(task);
	}
	refcount_inc(&ctx->refs);
	st->ctx = ctx;
	st->task = task;
	st->stack = stack;
	st->ip = ip;
	st->have_private = true;
	st->waiting = true;
	task->syslet = st;

	raw_spin_lock_irq(&ctx->lock);
	list_add_tail(&st->node, &ctx->ready);
	ctx->members++;
	raw_spin_unlock_irq(&ctx->lock);
	syslet_start_thread(task);
	return 0;
}

/* The first head learns where to go when it loses its context (D35, 2). */
static int syslet_read_private(struct syslet_task *st,
			       struct async_head_user __user *ahu)
{
	unsigned long stack, ip;

	if (st->have_private)
		return 0;
	if (syslet_get(stack, &ahu->head_stack) ||
	    syslet_get(ip, &ahu->head_ip))
		return -EFAULT;
	st->stack = stack;
	st->ip = ip;
	st->have_private = true;
	return 0;
}

/* No chain starts without a spare; user space provides its stack (D5, D35). */
static int syslet_refill(struct syslet_ctx *ctx,
			 struct async_head_user __user *ahu)
{
	unsigned long stack, ip;
	bool have;
	int err;

	syslet_point();
	raw_spin_lock_irq(&ctx->lock);
	have = !list_empty(&ctx->ready);
	raw_spin_unlock_irq(&ctx->lock);
	if (have)
		return 0;

	if (syslet_get(stack, &ahu->new_thread_stack))
		return -EFAULT;
	if (!stack)
		return -EINVAL;
	if (syslet_get(ip, &ahu->new_thread_ip))
		return -EFAULT;
	err = syslet_create_spare(ctx, stack, ip);
	if (err)
		return err;
	if (!SYSLET_FAULT(STACK_NOT_CLEARED))
		(void)syslet_put(0UL, &ahu->new_thread_stack);
	return 0;
}

/* In the order of D33; nothing behind the first NULL argument is touched. */
static int syslet_fetch(struct syslet_atom *atom,
			const struct syslet_uatom __user *uatom)
{
	unsigned long __user *ptr;
	int i;

	trace_syslet_fetch(uatom);
	if (syslet_get(atom->nr, &uatom->nr) ||
	    syslet_get(atom->ret_ptr, &uatom->ret_ptr) ||
	    syslet_get(atom->flags, &uatom->flags) ||
	    syslet_get(atom->next, &uatom->next))
		return -EFAULT;

	memset(atom->args, 0, sizeof(atom->args));
	for (i = 0; i < SYSLET_MAX_ARGS; i++) {
		if (syslet_get(ptr, &uatom->arg_ptr[i]))
			return -EFAULT;
		if (!ptr)
			break;
		if (syslet_get(atom->args[i], ptr))
			return -EFAULT;
	}
	return 0;
}

/* Of an interrupted call. For umem_add() these are numbers like any other. */
static bool syslet_wants_restart(unsigned int nr, long ret)
{
	if (nr == __NR_umem_add || !signal_pending(current))
		return false;
	return ret == -ERESTARTSYS || ret == -ERESTARTNOINTR ||
	       ret == -ERESTARTNOHAND || ret == -ERESTART_RESTARTBLOCK;
}

/*
 * The results that tell the system-call exit path to restart a call mean
 * nothing to a chain. A task that has no context any more is only interrupted
 * by job control, and redoes the call (D28).
 */
static long syslet_call(struct syslet_task *st, const struct syslet_atom *atom)
{
	unsigned int nr = array_index_nospec(atom->nr, NR_syscalls);
	long ret;

	if (syslet_call_refused(nr))
		return -ENOSYS;
	syslet_point();
	st->nr = nr;
	for (;;) {
		ret = syslet_dispatch(nr, atom->args);
		if (!syslet_wants_restart(nr, ret))
			break;
		ret = -EINTR;
		if (st->role == SYSLET_HEAD || fatal_signal_pending(current))
			break;
		syslet_take_signal();
	}
	st->nr = -1;
	return ret;
}

/*
 * A number that is out of the table gives a result for the stop conditions,
 * but stores none (D8). A result that cannot be stored turns into -EFAULT.
 */
static long syslet_execute(struct syslet_task *st,
			   const struct syslet_atom *atom)
{
	bool early = false;
	long ret = -ENOSYS;

	trace_syslet_execute(atom->nr);
	if (atom->flags & SYSLET_ASYNC)
		syslet_go_async(st);
	if (atom->flags & SYSLET_SYNC)
		st->armed = false;

	if (atom->nr < NR_syscalls)
		ret = syslet_call(st, atom);
	else
		early = true;
	if (atom->ret_ptr && (!early || SYSLET_FAULT(BAD_NR_STORES)) &&
	    syslet_put(ret, atom->ret_ptr)) {
		ret = -EFAULT;
		early = true;
	}

	/* Whatever happened, SYNC lasts for one atom (D9). */
	if (st->role == SYSLET_HEAD &&
	    !(SYSLET_FAULT(SYNC_NOT_RESTORED) && early))
		st->armed = true;
	return ret;
}

/* Several conditions in one atom match nothing, and never stop (D6). */
static bool syslet_stops(unsigned long flags, long ret)
{
	switch (flags & SYSLET_STOP_MASK) {
	case SYSLET_STOP_ON_NONZERO:
		return ret != 0;
	case SYSLET_STOP_ON_ZERO:
		return ret == 0;
	case SYSLET_STOP_ON_NEGATIVE:
		return ret < 0;
	case SYSLET_STOP_ON_NON_POSITIVE:
		if (SYSLET_FAULT(NON_POSITIVE_AT_ZERO))
			return ret < 0;
		return ret <= 0;
	default:
		return false;
	}
}

static struct syslet_uatom __user *
syslet_successor(const struct syslet_task *st, const struct syslet_atom *atom,
		 struct syslet_uatom __user *uatom, long ret)
{
	unsigned long flags = atom->flags;

	if (SYSLET_FAULT(FLAGS_READ_AGAIN))
		(void)get_user(flags, &uatom->flags);
	if (SYSLET_FAULT(STOP_IGNORED_WHEN_ASYNC) && st->role == SYSLET_BUSY)
		return atom->next;

	if (!syslet_stops(flags, ret))
		return atom->next;
	if (!(flags & SYSLET_SKIP_TO_NEXT_ON_STOP))
		return NULL;
	return SYSLET_FAULT(SKIP_USES_NEXT) ? atom->next : uatom + 1;
}

/*
 * Execute a chain. Returns the user address of the last atom executed, with
 * @atom being its copy, or -EFAULT for an atom that cannot be fetched.
 */
static long syslet_run_chain(struct syslet_task *st,
			     struct syslet_uatom __user *uatom,
			     struct syslet_atom *atom)
{
	struct syslet_uatom __user *first = uatom;
	struct syslet_uatom __user *last = NULL;
	long ret;

	do {
		if (syslet_fetch(atom, uatom)) {
			if (SYSLET_FAULT(FETCH_FAULT_POSTS) && last &&
			    st->role == SYSLET_BUSY)
				return (long)last;
			return -EFAULT;
		}
		last = uatom;
		ret = syslet_execute(st, atom);
		if (syslet_interrupted())	/* D23 */
			break;
		uatom = syslet_successor(st, atom, last, ret);
		cond_resched();		/* a cycle may never sleep */
	} while (uatom);

	if (SYSLET_FAULT(EVENT_OF_FIRST_ATOM) && st->role == SYSLET_BUSY)
		last = first;
	return (long)last;
}

/*
 * From busy to ready, count, wake: in one critical section, so that a woken
 * waiter finds the spare on the list (D30). Waking comes after the lock only
 * for the lock order, with preemption off so that it is not late. A head on
 * another processor that looks between the two sees all of it.
 */
static void syslet_become_ready(struct syslet_task *st, bool posted)
{
	struct syslet_ctx *ctx = st->ctx;

	if (SYSLET_FAULT(WAKE_BEFORE_READY)) {
		raw_spin_lock_irq(&ctx->lock);
		ctx->events += posted;
		posted = false;
		raw_spin_unlock_irq(&ctx->lock);
		wake_up(&ctx->wait);
		syslet_point();
	}

	preempt_disable();
	raw_spin_lock_irq(&ctx->lock);
	list_del_init(&st->node);
	if (!ctx->exiting) {
		st->role = SYSLET_READY;
		if (SYSLET_FAULT(SPARE_AT_FRONT))
			list_add(&st->node, &ctx->ready);
		else
			list_add_tail(&st->node, &ctx->ready);
	}
	ctx->events += posted;
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->wait);
	preempt_enable();
}

/* A chain that went asynchronous is done: tell, and become a spare. */
static void syslet_finish(struct syslet_task *st,
			  struct async_head_user __user *ahu, long last,
			  const struct syslet_atom *atom)
{
	struct syslet_uatom __user *event = (void __user *)last;
	struct syslet_ctx *ctx = st->ctx;
	bool posted = false, locked = false;
	bool post = !IS_ERR_VALUE((unsigned long)last);	/* a fetch fault */

	if (fatal_signal_pending(current))
		syslet_take_signal();
	if (post && (atom->flags & SYSLET_NO_COMPLETE))
		post = SYSLET_FAULT(NO_COMPLETE_IGNORED);

	if (post)
		posted = syslet_post(ctx, ahu, event, &locked);
	if (SYSLET_FAULT(DOUBLE_COMPLETION) && locked &&
	    (atom->flags & SYSLET_STOP_MASK)) {
		mutex_unlock(&ctx->completion);
		posted |= syslet_post(ctx, ahu, event, &locked);
	}
	if (SYSLET_FAULT(LOST_EVENT_COUNTED))
		posted = post;
	if (!locked)
		syslet_point();
	st->inside = false;
	syslet_become_ready(st, posted);
	if (locked && (posted || !SYSLET_FAULT(LOCK_KEPT_WHEN_LOST)))
		mutex_unlock(&ctx->completion);
	if (st->role == SYSLET_BUSY)
		do_exit(ctx->exit_code);	/* the head has exited */
	syslet_wait_ready(st);
}

/**
 * sys_async_exec - submit a chain of system calls
 * @uatom: its first atom
 * @ahu: ring for the event, and stacks for new threads
 *
 * Returns the address of the last atom executed if the chain never slept, NULL
 * if it goes on asynchronously; in the latter case the caller is another task.
 */
SYSCALL_DEFINE2(async_exec, struct syslet_uatom __user *, uatom,
		struct async_head_user __user *, ahu)
{
	struct syslet_task *st = syslet_current();
	struct syslet_atom atom;
	long last;
	int err;

	if (IS_ERR(st))
		return PTR_ERR(st);
	if (st->inside)
		return -ENOSYS;			/* D4 */
	if (syslet_filtered())
		return -EPERM;
	err = syslet_read_private(st, ahu);
	if (!err)
		err = syslet_refill(st->ctx, ahu);
	if (err)
		return err;

	st->inside = true;
	st->armed = true;
	last = syslet_run_chain(st, uatom, &atom);
	st->armed = false;
	if (st->role == SYSLET_HEAD) {
		st->inside = false;
		return last;
	}
	syslet_finish(st, ahu, last, &atom);
	return 0;		/* as somebody else's async_exec(), long ago */
}

/**
 * sys_umem_add - add to a word of memory and return the new value
 * @uptr: the word
 * @inc: what to add; with 0 nothing is written
 *
 * A read and a write: two of them may interleave (D21).
 */
SYSCALL_DEFINE2(umem_add, unsigned long __user *, uptr, unsigned long, inc)
{
	unsigned long val;

	if (syslet_get(val, uptr))
		return -EFAULT;
	if (!inc)
		return val;
	val += inc;
	if (syslet_put(val, uptr))
		return -EFAULT;
	return val;
}

/*
 * Return to the pool, for a thread that was sent to user space without being
 * head. Spares wait inside the kernel here, so there is no such thread (D27),
 * and a head or a stranger may not (D39).
 */
SYSCALL_DEFINE0(async_thread)
{
	return -EINVAL;
}

/*
 * End the ready tasks and wait for the busy ones, unless we were killed. They
 * all exit with the head's code: one of them may be the leader of the thread
 * group, whose code is that of the process (D20).
 */
static void syslet_end_family(struct syslet_ctx *ctx, long code)
{
	struct syslet_task *st;
	struct task_struct *tsk;

	raw_spin_lock_irq(&ctx->lock);
	ctx->exit_code = code;
	/* Pairs with the acquire of a waiting spare: it reads the code. */
	smp_store_release(&ctx->exiting, true);
	raw_spin_unlock_irq(&ctx->lock);
	for (;;) {
		tsk = NULL;
		raw_spin_lock_irq(&ctx->lock);
		st = list_first_entry_or_null(&ctx->ready, struct syslet_task,
					      node);
		if (st) {
			list_del_init(&st->node);
			tsk = st->task;
			get_task_struct(tsk);
		}
		raw_spin_unlock_irq(&ctx->lock);
		if (!tsk)
			break;
		wake_up_process(tsk);
		put_task_struct(tsk);
	}
	(void)wait_event_killable(ctx->gone, READ_ONCE(ctx->members) == 1);
}

/*
 * A spare that was chosen as heir cannot go before it was told: the task that
 * chose it is about to write to it.
 */
static void syslet_await_context(struct syslet_task *st)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		/* Pairs with the release in syslet_give_context(). */
		if (smp_load_acquire(&st->handed))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

void __syslet_exit(struct task_struct *tsk, long code)
{
	struct syslet_task *st = tsk->syslet;
	struct syslet_ctx *ctx = st->ctx;
	bool chosen, spare;

	st->armed = false;
	raw_spin_lock_irq(&ctx->lock);
	list_del_init(&st->node);
	chosen = st->waiting && st->role == SYSLET_HEAD;
	raw_spin_unlock_irq(&ctx->lock);
	if (chosen)
		syslet_await_context(st);
	if (st->role == SYSLET_HEAD)
		syslet_end_family(ctx, code);

	raw_spin_lock_irq(&ctx->lock);
	ctx->members--;
	raw_spin_unlock_irq(&ctx->lock);
	wake_up(&ctx->gone);
	tsk->syslet = NULL;
	spare = st->role == SYSLET_READY;
	kfree(st);
	if (SYSLET_FAULT(SPARE_FREED_EARLY) && spare)
		list_del_init(&st->node);
	if (!SYSLET_FAULT(CONTEXT_LEAKED))
		syslet_ctx_put(SYSLET_FAULT(USE_AFTER_FREE) ? st->ctx : ctx);
}
