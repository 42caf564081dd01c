// SPDX-License-Identifier: GPL-2.0
/* Futexes: waiting and waking, nothing else (D48). */
#include <linux/errno.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "host.h"

#define FUTEX_WAIT		0
#define FUTEX_WAKE		1
#define FUTEX_PRIVATE_FLAG	128

struct waiter {
	struct task_struct	*task;
	unsigned long		addr;
	bool			private;
	bool			woken;
	struct list_head	node;
};

static struct list_head waiters = LIST_HEAD_INIT(waiters);

void host_futex_start(void)
{
	INIT_LIST_HEAD(&waiters);
}

/* Compare and queue up, then sleep (FUTEX-2 to FUTEX-4). */
static long futex_wait(unsigned long addr, bool private, uint32_t val,
		       uint64_t ticks)
{
	struct waiter me = { current, addr, private, false, { NULL, NULL } };
	struct host_timer timer;
	uint32_t word;

	if (host_copy_from_user(&word, addr, sizeof(word)))
		return -EFAULT;
	if (word != val)
		return -EAGAIN;			/* FUTEX-2 */
	list_add_tail(&me.node, &waiters);
	host_timer_add(&timer, ticks);
	while (!me.woken && !timer.fired && !signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	host_timer_del(&timer);
	list_del_init(&me.node);
	/* A wake that came between time-out and now counts. */
	if (me.woken)
		return 0;
	return timer.fired ? -ETIMEDOUT : -ERESTARTSYS;
}

static unsigned int matching(unsigned long addr, bool private)
{
	struct waiter *waiter;
	unsigned int n = 0;

	list_for_each_entry(waiter, &waiters, node)
		n += waiter->addr == addr && waiter->private == private;
	return n;
}

static void wake_one(unsigned long addr, bool private, unsigned int n)
{
	struct waiter *waiter;

	list_for_each_entry(waiter, &waiters, node)
		if (waiter->addr == addr && waiter->private == private && !n--)
			break;
	list_del_init(&waiter->node);
	waiter->woken = true;
	if (!host_dying)
		trace_hint_pick(waiter->task->index);
	wake_up_process(waiter->task);
}

/* So many, but one at least (FUTEX-5). */
static long futex_wake(unsigned long addr, bool private, int val)
{
	unsigned int left = matching(addr, private);
	long woken = 0;

	/* Which one is free; at least one, even if none is asked for. */
	do {
		if (!left)
			break;
		wake_one(addr, private, host_choose(left--));
	} while (++woken < val);
	return woken;
}

/* What is wrong is found in the order of D48 (FUTEX-1). */
SYSCALL_DEFINE4(futex, unsigned long, addr, uint32_t, op, uint32_t, val,
		unsigned long, timeout)
{
	bool private = op & FUTEX_PRIVATE_FLAG;
	uint64_t ticks = HOST_NEVER;
	int err;

	op &= ~FUTEX_PRIVATE_FLAG;
	if (op == FUTEX_WAIT && timeout) {
		err = host_get_ticks(timeout, &ticks);
		if (err)
			return err;
	}
	if (op != FUTEX_WAIT && op != FUTEX_WAKE)
		return -ENOSYS;
	if (addr % sizeof(uint32_t))
		return -EINVAL;
	if (addr >= TASK_SIZE_MAX)
		return -EFAULT;
	if (!private && !host_user_page_writable(addr))
		return -EFAULT;
	if (op == FUTEX_WAKE)
		return futex_wake(addr, private, (int)val);
	return futex_wait(addr, private, val, ticks);
}
