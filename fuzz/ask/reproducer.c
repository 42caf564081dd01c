#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <syslet.h>
#include <threadlet.h>

static int wrong;

static void die(const char *what)
{
	perror(what);
	_exit(2);
}

/* Raw: libc's errno belongs to all tasks of a head at once. */
static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	return syslet_raw(nr, a, b, c, d, e, f);
}

/* An address that a program gives need not be one: the kernel says so. */
__attribute__((unused)) static long put(uint64_t where, uint64_t value)
{
	int ends[2];
	long done;

	if (pipe(ends))
		die("pipe");
	if (write(ends[1], &value, 8) != 8)
		die("write");
	done = call(SYS_read, ends[0], where, 8, 0, 0, 0);
	close(ends[0]);
	close(ends[1]);
	return done == 8 ? 0 : -EFAULT;
}

static int get(uint64_t where, uint64_t *value)
{
	int ends[2];
	long done;

	if (pipe(ends))
		die("pipe");
	done = call(SYS_write, ends[1], where, 8, 0, 0, 0);
	if (done == 8 && read(ends[0], value, 8) != 8)
		die("read");
	close(ends[0]);
	close(ends[1]);
	return done == 8 ? 0 : -EFAULT;
}

/* What a user does who takes an event from the ring of this head. */
__attribute__((unused)) static long reap(uint64_t head)
{
	struct async_head_user *ahu = (void *)head;
	uint64_t ring, size, index, event;

	if (get((uint64_t)&ahu->completion_ring, &ring) ||
	    get((uint64_t)&ahu->ring_size_bytes, &size) ||
	    get((uint64_t)&ahu->user_ring_idx, &index))
		return -EFAULT;
	if (index >= size / 8)
		return 0;
	if (get(ring + 8 * index, &event))
		return -EFAULT;
	if (!event)
		return 0;
	if (put(ring + 8 * index, 0) ||
	    put((uint64_t)&ahu->user_ring_idx, index + 1 < size / 8 ? index + 1 : 0))
		return -EFAULT;
	return event;
}

@THREADS@
/* Of several threads, those that can go on run first, all of them and their spares on one processor. */
static void others_first(void)
{
	struct sched_param low = { .sched_priority = 1 }, high = { .sched_priority = 2 };

	call(SYS_sched_setparam, 0, (long)&low, 0, 0, 0, 0);
	call(SYS_sched_setparam, 0, (long)&high, 0, 0, 0, 0);
}

/* The others run until they all sleep. The shortest sleep is too short for what sleeps until a later tick. */
static void settle(long milliseconds)
{
	struct timespec pause = { milliseconds / 1000, milliseconds % 1000 * 1000000 + 1000 };

	if (THREADS == 1 || milliseconds)
		call(SYS_nanosleep, (long)&pause, 0, 0, 0, 0, 0);
	if (THREADS > 1)
		others_first();
}

static void told(int step, const char *what, long got, long allowed, int compared)
{
	int differs = compared && got != allowed;

	printf("step %d  %s  = %ld (%#lx)", step, what, got, got);
	if (differs)
		printf("  allowed here: %ld (%#lx)", allowed, allowed);
	putchar('\n');
	fflush(stdout);
	wrong |= differs;
}

@TABLES@

/* The words that a run of the specification changes, at its end. */
static void look(void)
{
	uint64_t got;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!words[i].where || get(words[i].where, &got) || got == words[i].allowed)
			continue;
		printf("%s = %#lx  allowed here: %#lx\n", words[i].name, (long)got, (long)words[i].allowed);
		wrong = 1;
	}
	puts(wrong ? "it differs" : "as one allowed run");
	fflush(stdout);
	_exit(wrong);
}

/* A thread waits behind its last step, and the last one looks. */
__attribute__((unused)) static void thread_done(void)
{
	if (!__atomic_sub_fetch(&threads, 1, __ATOMIC_SEQ_CST)) {
		settle(0);
		look();
	}
	for (;;)
		pause();
}

__attribute__((unused)) static void thread_exits(long code)
{
	if (!__atomic_sub_fetch(&threads, 1, __ATOMIC_SEQ_CST)) {
		settle(0);
		look();
	}
	call(SYS_exit, code, 0, 0, 0, 0, 0);
}

/* They begin in their order, and each runs until it sleeps. */
__attribute__((unused)) static void by_turns(void)
{
	struct sched_param high = { .sched_priority = 2 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one) || sched_setscheduler(0, SCHED_FIFO, &high))
		die("SCHED_FIFO, by which the threads take turns");
}

__attribute__((unused)) static void begin(void *(*steps)(void *))
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, steps, NULL);
	if (errno)
		die("pthread_create");
}

static void never(int signal)
{
	(void)signal;
	puts("the head sleeps for good");
	wrong |= !SLEEPS_FOR_GOOD;
	look();
}

/* Those that the program makes begin at @lowest. */
__attribute__((unused)) static void limit_fds(int lowest, int limit)
{
	const struct rlimit numbers = { limit, limit };
	int fd;

	do {
		fd = dup(1);
	} while (fd >= 0 && fd < lowest - 1);
	if (fd >= lowest)
		close(fd);
	if (fd < 0 || setrlimit(RLIMIT_NOFILE, &numbers))
		die("descriptors");
}

__attribute__((unused)) static void fd_at(int from, int to)
{
	if (dup2(from, to) != to)
		die("dup2");
	close(from);
}
