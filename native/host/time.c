// SPDX-License-Identifier: GPL-2.0
/* Virtual time: it moves only when the executor says so (D25, D55, D56). */
#include <linux/errno.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "host.h"

#define NSEC_PER_SEC	1000000000L
#define NSEC_PER_TICK	1000000L
#define TICKS_PER_SEC	1000
#define CLOCK_MONOTONIC	1
#define TIMER_ABSTIME	1

uint64_t host_now;
static struct list_head timers = LIST_HEAD_INIT(timers);

void host_time_start(void)
{
	host_now = 0;
	INIT_LIST_HEAD(&timers);
}

bool host_next_timer(uint64_t *due)
{
	struct host_timer *timer;
	bool any = false;

	list_for_each_entry(timer, &timers, node) {
		if (!any || timer->due < *due)
			*due = timer->due;
		any = true;
	}
	return any;
}

void host_fire_timers(uint64_t due)
{
	struct host_timer *timer, *next;

	host_now = due;
	list_for_each_entry_safe(timer, next, &timers, node) {
		if (timer->due != due)
			continue;
		list_del_init(&timer->node);
		timer->fired = true;
		wake_up_process(timer->task);
	}
}

/* Those of one tick end in the order of their tasks. */
static void insert(struct host_timer *timer)
{
	struct host_timer *other;

	list_for_each_entry(other, &timers, node)
		if (other->task->index > timer->task->index)
			break;
	list_add_tail(&timer->node, &other->node);
}

void host_timer_add(struct host_timer *timer, uint64_t ticks)
{
	timer->task = current;
	timer->fired = false;
	timer->due = host_now + ticks;
	INIT_LIST_HEAD(&timer->node);
	if (ticks != HOST_NEVER)
		insert(timer);
}

void host_timer_del(struct host_timer *timer)
{
	list_del_init(&timer->node);
}

/*
 * Whole ticks of a time that is valid (TIME-1, TIME-2); more seconds than
 * ktime_t can hold never end.
 */
static int get_timespec(unsigned long addr, uint64_t *ticks)
{
	int64_t ts[2], ns;

	if (host_copy_from_user(ts, addr, sizeof(ts)))
		return -EFAULT;
	if (ts[0] < 0 || ts[1] < 0 || ts[1] >= NSEC_PER_SEC)
		return -EINVAL;
	if (ts[0] >= INT64_MAX / NSEC_PER_SEC) {
		*ticks = HOST_NEVER;
		return 0;
	}
	ns = ts[0] * NSEC_PER_SEC + ts[1];
	*ticks = ns / NSEC_PER_TICK + !!(ns % NSEC_PER_TICK);
	return 0;
}

/* How long a time-out lasts: a tick at least (TIME-3). */
int host_get_ticks(unsigned long addr, uint64_t *ticks)
{
	int err = get_timespec(addr, ticks);

	if (!err && !*ticks)
		*ticks = 1;
	return err;
}

/* How far away a moment of the clock is: a tick at least (TIME-8). */
int host_get_moment(unsigned long addr, uint64_t *ticks)
{
	int err = get_timespec(addr, ticks);

	if (!err && *ticks != HOST_NEVER)
		*ticks = *ticks > host_now ? *ticks - host_now : 1;
	return err;
}

/* Until the timer has fired (TIME-2). */
bool host_sleep(uint64_t ticks)
{
	struct host_timer timer;

	host_timer_add(&timer, ticks);
	while (!timer.fired && !signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	host_timer_del(&timer);
	return timer.fired;
}

SYSCALL_DEFINE1(nanosleep, unsigned long, rqtp)
{
	uint64_t ticks;
	int err = host_get_ticks(rqtp, &ticks);

	if (err)
		return err;
	return host_sleep(ticks) ? 0 : -ERESTART_RESTARTBLOCK;
}

/* For a time, or until a moment (TIME-7). */
SYSCALL_DEFINE4(clock_nanosleep, int, clock, int, flags, unsigned long, rqtp,
		unsigned long, rmtp)
{
	uint64_t ticks;
	int err;

	(void)rmtp;
	if (clock != CLOCK_MONOTONIC)
		return -ENOSYS;
	err = flags & TIMER_ABSTIME ? host_get_moment(rqtp, &ticks) :
				      host_get_ticks(rqtp, &ticks);
	if (err)
		return err;
	if (host_sleep(ticks))
		return 0;
	return flags & TIMER_ABSTIME ? -ERESTARTNOHAND :
				       -ERESTART_RESTARTBLOCK;
}

/* How long the program runs, as far as it can be written (TIME-6). */
SYSCALL_DEFINE2(clock_gettime, int, clock, unsigned long, addr)
{
	int64_t ts[2] = { host_now / TICKS_PER_SEC,
			  host_now % TICKS_PER_SEC * NSEC_PER_TICK };
	size_t n;

	if (clock != CLOCK_MONOTONIC)
		return -ENOSYS;
	n = host_user_extent(addr, sizeof(ts), true);
	if (n && host_copy_to_user(addr, ts, n))
		return -EFAULT;
	return n < sizeof(ts) ? -EFAULT : 0;
}
