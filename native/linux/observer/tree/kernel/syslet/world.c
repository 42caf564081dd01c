// SPDX-License-Identifier: GPL-2.0
/* The world of a program: its calls, descriptors, and the clock. */
#include <linux/eventfd.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/hrtimer.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched.h>
#include <linux/syscalls.h>
#include <linux/syslet_observer.h>
#include <asm/syslet_observer.h>

#include "../time/tick-internal.h"
#include "observer.h"
#include "points.h"

static enum hrtimer_restart (*wakes_sleeper)(struct hrtimer *timer);

/* Rules: FUTEX-1, D48, D136, D158 */
static bool futex_in_world(u32 op)
{
	switch (op & ~FUTEX_PRIVATE_FLAG) {
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

/*
 * Packets and notifications are no part of the world.
 *
 * Rules: FD-7, D163
 */
static bool pipe_in_world(unsigned int flags)
{
	return !(flags & (O_DIRECT | O_EXCL));
}

/*
 * Of the flags of a file, those that only pipes and eventfds may have.
 *
 * Rules: FD-8, D165
 */
static bool fcntl_in_world(unsigned int op, unsigned int arg)
{
	return op == F_GETFL ||
	       (op == F_SETFL && !(arg & (FASYNC | O_DIRECT | O_NOATIME)));
}

/*
 * Calls that mean something to a program; all others are empty.
 *
 * Rules: ATOM-9, STEP-6, D42, D48, D156, D157
 */
bool syslet_in_world(unsigned int nr, const unsigned long *args)
{
	if (!syslet_observed(current))
		return true;
	switch (nr) {
	case __NR_read:
	case __NR_write:
	case __NR_close:
	case __NR_dup:
	case __NR_dup2:
	case __NR_dup3:
	case __NR_eventfd2:
	case __NR_sched_yield:
	case __NR_nanosleep:
	case __NR_getpid:
	case __NR_gettid:
	case __NR_async_exec:
	case __NR_async_wait:
	case __NR_umem_add:
	case __NR_async_thread:
		return true;
	case __NR_futex:
		return futex_in_world(args[1]);
	/* What other clocks show is the machine's. */
	case __NR_clock_gettime:
	case __NR_clock_nanosleep:
		return (u32)args[0] == CLOCK_MONOTONIC;
	case __NR_pipe2:
		return pipe_in_world(args[1]);
	case __NR_fcntl:
		return fcntl_in_world(args[1], args[2]);
	default:
		return syslet_opaque_in_world(nr, args);
	}
}

static int add_file(unsigned int fd, struct file *file)
{
	int err = replace_fd(fd, file, 0);

	fput(file);
	return err < 0 ? err : 0;
}

/*
 * Of one page each, whatever the limits of their owner say.
 *
 * Rules: D45
 */
static int add_pipe(unsigned int i)
{
	struct file *files[2];
	long size;
	int err, err2;

	err = create_pipe_files(files, 0);
	if (err)
		return err;
	size = pipe_fcntl(files[1], F_SETPIPE_SZ, PAGE_SIZE);
	err = add_file(PIPE_FD + 2 * i, files[0]);
	err2 = add_file(PIPE_FD + 2 * i + 1, files[1]);
	if (size != PAGE_SIZE)
		return size < 0 ? size : -EINVAL;
	return err ?: err2;
}

static int add_eventfd(unsigned int i, u32 count, bool semaphore)
{
	unsigned long args[6] = { count, semaphore ? EFD_SEMAPHORE : 0 };
	struct file *file;
	int fd, err;

	fd = arch_syslet_call(__NR_eventfd2, args);
	if (fd < 0)
		return fd;
	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = add_file(EVENTFD_FD + i, file);
	close_fd(fd);
	return err;
}

/*
 * The numbers below the first one are taken by files that never come, so that no
 * call finds one there and none is given out.
 *
 * Rules: FD-1, FD-3, D160
 */
static int limit_numbers(void)
{
	int fd;

	do {
		fd = get_unused_fd_flags(0);
	} while (fd >= 0 && fd < FIRST_FD - 1);
	if (fd < 0)
		return fd;
	task_lock(current->group_leader);
	current->signal->rlim[RLIMIT_NOFILE].rlim_cur = FD_LIMIT;
	task_unlock(current->group_leader);
	return 0;
}

int syslet_world_files(const struct program *block)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < MAX_PIPES && !err; i++)
		if (block->pipes & (1 << i))
			err = add_pipe(i);
	for (i = 0; i < MAX_EVENTFDS && !err; i++)
		if (block->eventfds & (1 << i))
			err = add_eventfd(i, block->counters[i],
					  block->semaphores & (1 << i));
	return err ?: limit_numbers();
}

/* A time-out of the program that is pending; NULL for any other timer. */
static struct hrtimer *sleeper_at(struct timerqueue_node *node)
{
	struct hrtimer *timer = container_of(node, struct hrtimer, node);
	struct hrtimer_sleeper *sleeper;

	if (timer->function != wakes_sleeper)
		return NULL;
	sleeper = container_of(timer, struct hrtimer_sleeper, timer);
	if (!sleeper->task || !syslet_observed(sleeper->task))
		return NULL;
	return hrtimer_get_expires(timer) == KTIME_MAX ? NULL : timer;
}

/* All of them, by clock and time; none is lost, none is met twice. */
static unsigned int find_sleepers(struct hrtimer **timers)
{
	struct hrtimer_cpu_base *cpu = this_cpu_ptr(&hrtimer_bases);
	struct timerqueue_node *node;
	unsigned int i, n = 0;

	for (i = 0; i < HRTIMER_MAX_CLOCK_BASES; i++) {
		node = timerqueue_getnext(&cpu->clock_base[i].active);
		for (; node && n < MAX_TASKS; node = timerqueue_iterate_next(node)) {
			timers[n] = sleeper_at(node);
			n += !!timers[n];
		}
	}
	return n;
}

/* Ticks from the start of the program to the end of a time-out. */
static u64 due_tick(const struct hrtimer *timer)
{
	s64 ns = hrtimer_get_expires(timer) - timer->base->offset -
		 syslet_program.base;

	if (ns <= 0)
		ns = 1;
	return syslet_program.now + DIV_ROUND_UP_ULL((u64)ns, NSEC_PER_MSEC);
}

/*
 * The tick at which the next time-out of the program is due. They are rounded
 * up, and none ends at once.
 *
 * Rules: TIME-3, D49
 */
bool syslet_world_next_timer(u64 *tick)
{
	static struct hrtimer *timers[MAX_TASKS + 1];
	unsigned int n = find_sleepers(timers);

	*tick = U64_MAX;
	while (n--)
		*tick = min(*tick, due_tick(timers[n]));
	return *tick != U64_MAX;
}

static bool is_before(const struct hrtimer *timer, const struct hrtimer *other)
{
	const struct hrtimer_sleeper *one, *two;

	one = container_of(timer, struct hrtimer_sleeper, timer);
	two = container_of(other, struct hrtimer_sleeper, timer);
	return one->task->pid < two->task->pid;
}

/* Those that are left to do come last. */
static struct hrtimer *take_first(struct hrtimer **timers, unsigned int n)
{
	struct hrtimer *first;
	unsigned int i, at = 0;

	for (i = 1; i < n; i++)
		if (is_before(timers[i], timers[at]))
			at = i;
	first = timers[at];
	timers[at] = timers[n - 1];
	return first;
}

/*
 * Years may pass in a program, and the kernel would count each of their ticks.
 * So its clock stays, and the time-outs come nearer; a program that asks for
 * the time, or names a moment, has a clock of its own (below). Nothing is
 * counted from the start of the program in nanoseconds, since all its years
 * together may be more than 64 bits of them. Those of one
 * tick end in the order of their tasks, whatever nanosecond they are due at: so
 * they do on the host.
 */
static void come_nearer(u64 tick)
{
	static struct hrtimer *timers[MAX_TASKS + 1];
	unsigned int n = find_sleepers(timers);
	u64 ns = (tick - syslet_program.now - 1) * NSEC_PER_MSEC;
	struct hrtimer *timer;
	ktime_t end;

	for (; n; n--) {
		timer = take_first(timers, n);
		end = hrtimer_get_expires(timer) - ns;
		if (due_tick(timer) <= tick)
			end = syslet_program.base + NSEC_PER_MSEC +
			      timer->base->offset;
		hrtimer_cancel(timer);
		hrtimer_set_expires(timer, end);
		hrtimer_start_expires(timer, HRTIMER_MODE_ABS);
	}
}

/*
 * All time-outs up to there end before any task runs.
 *
 * Rules: TIME-4, D55
 */
void syslet_world_move_clock(u64 tick)
{
	ktime_t target = syslet_program.base + NSEC_PER_MSEC;

	if (tick == syslet_program.now)
		return;
	come_nearer(tick);
	preempt_disable();
	arch_syslet_delay(target - ktime_get());
	syslet_program.base = target;
	syslet_program.now = tick;
	preempt_enable();
}

/*
 * What the clock shows to a program: how long it runs.
 *
 * Rules: TIME-6, D156
 */
void syslet_clock_of_program(struct timespec64 *ts)
{
	s64 since;
	u32 ticks;

	if (!syslet_observed(current))
		return;
	since = timespec64_to_ns(ts) - syslet_program.base;
	ts->tv_sec = div_u64_rem(syslet_program.now, MSEC_PER_SEC, &ticks);
	ts->tv_nsec = ticks * NSEC_PER_MSEC;
	timespec64_add_ns(ts, since);
}

/*
 * When a moment of the clock of the program comes. One that is past was at the
 * kernel's start, and one beyond all clocks stays there.
 *
 * Rules: TIME-7, TIME-8, D157
 */
ktime_t syslet_clock_to_host(ktime_t moment)
{
	u64 now = syslet_program.now;

	if (!syslet_observed(current) || moment == KTIME_MAX)
		return moment;
	if (div_u64(moment, NSEC_PER_MSEC) < now)
		return 0;
	return ktime_add_safe(syslet_program.base,
			      moment - (s64)now * NSEC_PER_MSEC);
}

int syslet_world_init(void)
{
	struct hrtimer_sleeper probe;

	hrtimer_init_sleeper_on_stack(&probe, CLOCK_MONOTONIC,
				      HRTIMER_MODE_ABS);
	wakes_sleeper = probe.timer.function;
	destroy_hrtimer_on_stack(&probe.timer);
	return syslet_memory_init();
}
