// SPDX-License-Identifier: GPL-2.0
/* Futexes: waiting, waking, and moving those that wait (D48, D136, D158). */
#include <linux/errno.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "host.h"

#define FUTEX_WAIT		0
#define FUTEX_WAKE		1
#define FUTEX_REQUEUE		3
#define FUTEX_CMP_REQUEUE	4
#define FUTEX_WAIT_BITSET	9
#define FUTEX_WAKE_BITSET	10
#define FUTEX_PRIVATE_FLAG	128
#define ALL_BITS		0xffffffffu

struct key {
	unsigned long		addr;
	bool			private;
};

struct waiter {
	struct task_struct	*task;
	struct key		key;
	uint32_t		bits;
	bool			woken;
	struct list_head	node;
};

static struct list_head waiters = LIST_HEAD_INIT(waiters);

void host_futex_start(void)
{
	INIT_LIST_HEAD(&waiters);
}

static bool is_same(const struct key *one, const struct key *other)
{
	return one->addr == other->addr && one->private == other->private;
}

static long compare(const struct key *key, uint32_t val)
{
	uint32_t word;

	if (host_copy_from_user(&word, key->addr, sizeof(word)))
		return -EFAULT;
	return word == val ? 0 : -EAGAIN;	/* FUTEX-2, FUTEX-8 */
}

/* Compare and queue up, then sleep (FUTEX-2 to FUTEX-4, FUTEX-6). */
static long futex_wait(const struct key *key, uint32_t val, uint32_t bits,
		       uint64_t ticks)
{
	struct waiter me = { current, *key, bits, false, { NULL, NULL } };
	struct host_timer timer;
	long err = compare(key, val);

	if (err)
		return err;
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

static bool matches(const struct waiter *waiter, const struct key *key,
		    uint32_t bits)
{
	return is_same(&waiter->key, key) && (waiter->bits & bits);
}

static unsigned int matching(const struct key *key, uint32_t bits)
{
	struct waiter *waiter;
	unsigned int n = 0;

	list_for_each_entry(waiter, &waiters, node)
		n += matches(waiter, key, bits);
	return n;
}

/* Which one is free. */
static struct waiter *choose(const struct key *key, uint32_t bits)
{
	unsigned int n = matching(key, bits);
	struct waiter *waiter;

	if (!n)
		return NULL;
	n = host_choose(n);
	list_for_each_entry(waiter, &waiters, node)
		if (matches(waiter, key, bits) && !n--)
			break;
	if (!host_dying)
		trace_hint_pick(waiter->task->index);
	return waiter;
}

static bool wake_one(const struct key *key, uint32_t bits)
{
	struct waiter *waiter = choose(key, bits);

	if (!waiter)
		return false;
	list_del_init(&waiter->node);
	waiter->woken = true;
	wake_up_process(waiter->task);
	return true;
}

/* So many, but one at least (FUTEX-5, FUTEX-6). */
static long futex_wake(const struct key *key, int val, uint32_t bits)
{
	long woken = 0;

	while (wake_one(key, bits) && ++woken < val)
		;
	return woken;
}

static void move(struct waiter *waiter, const struct key *to)
{
	waiter->key = *to;
	list_del_init(&waiter->node);
	list_add_tail(&waiter->node, &waiters);
}

/* There is nothing to choose: each in its turn. */
static void move_all(const struct key *from, const struct key *to,
		     unsigned int left)
{
	struct waiter *waiter;

	for (; left; left--) {
		list_for_each_entry(waiter, &waiters, node)
			if (is_same(&waiter->key, from))
				break;
		move(waiter, to);
	}
}

/* Some are woken, and others wait for something else (FUTEX-7). */
static long futex_requeue(const struct key *from, const struct key *to,
			  int wakes, int moves)
{
	long woken = 0, left, i;

	while (woken < wakes && wake_one(from, ALL_BITS))
		woken++;
	left = matching(from, ALL_BITS);
	if (is_same(from, to))
		return woken + (left < moves ? left : moves);
	if (left <= moves) {
		move_all(from, to, left);
		return woken + left;
	}
	for (i = 0; i < moves; i++)
		move(choose(from, ALL_BITS), to);
	return woken + moves;
}

/* What is wrong with a word is found in the order of D48 (FUTEX-1). */
static long check(const struct key *key)
{
	if (key->addr % sizeof(uint32_t))
		return -EINVAL;
	if (key->addr >= TASK_SIZE_MAX)
		return -EFAULT;
	if (!key->private && !host_user_page_writable(key->addr))
		return -EFAULT;
	return 0;
}

/* FUTEX-7 and FUTEX-8, whose numbers come first (D136). */
static long requeue(const struct key *from, const struct key *to, uint32_t op,
		    int wakes, int moves, uint32_t val3)
{
	long err;

	if (wakes < 0 || moves < 0)
		return -EINVAL;
	err = check(from);
	if (!err)
		err = check(to);
	if (!err && op == FUTEX_CMP_REQUEUE)
		err = compare(from, val3);
	return err ?: futex_requeue(from, to, wakes, moves);
}

static bool is_known(uint32_t op)
{
	switch (op) {
	case FUTEX_WAIT:
	case FUTEX_WAKE:
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAKE_BITSET:
		return true;
	default:
		return false;
	}
}

/* The time-out comes first, then the operation, then its words. */
SYSCALL_DEFINE6(futex, unsigned long, addr, uint32_t, op, uint32_t, val,
		unsigned long, timeout, unsigned long, addr2, uint32_t, val3)
{
	struct key key = { addr, op & FUTEX_PRIVATE_FLAG };
	struct key other = { addr2, key.private };
	uint64_t ticks = HOST_NEVER;
	long err = 0;

	op &= ~FUTEX_PRIVATE_FLAG;
	if (timeout && op == FUTEX_WAIT)
		err = host_get_ticks(timeout, &ticks);
	else if (timeout && op == FUTEX_WAIT_BITSET)
		err = host_get_moment(timeout, &ticks);
	if (err)
		return err;
	if (!is_known(op))
		return -ENOSYS;
	if (op == FUTEX_REQUEUE || op == FUTEX_CMP_REQUEUE)
		return requeue(&key, &other, op, (int)val, (int)timeout, val3);
	if (op == FUTEX_WAIT || op == FUTEX_WAKE)
		val3 = ALL_BITS;
	if (!val3)
		return -EINVAL;			/* FUTEX-6 */
	err = check(&key);
	if (err)
		return err;
	if (op == FUTEX_WAKE || op == FUTEX_WAKE_BITSET)
		return futex_wake(&key, (int)val, val3);
	return futex_wait(&key, val, val3, ticks);
}
