/* SPDX-License-Identifier: GPL-2.0 */
/* What the examples share: an early end, files to read, and a counter. */
#ifndef _COMMON_H
#define _COMMON_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <syslet.h>
#include <threadlet.h>
#include <time.h>
#include <unistd.h>

__attribute__((format(printf, 1, 2), noreturn)) static inline void
die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
	exit(1);
}

static inline void need_syslets(const char *name)
{
	if (syslet_available())
		return;
	fprintf(stderr, "no syslets in this kernel; try: syslet boot -- %s\n",
		name);
	exit(77);
}

static inline void *new_stack(void)
{
	void *stack = threadlet_stack_alloc();

	if (!stack)
		die("no stack");
	return stack;
}

/* The byte at this place of a file that make_file() wrote. */
static inline unsigned char byte_at(unsigned long offset)
{
	return offset * 2654435761UL >> 24;
}

static inline void make_file(const char *path, unsigned long size)
{
	static unsigned char block[65536];
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	unsigned long done, i, n;

	if (fd < 0)
		die("%s", path);
	for (done = 0; done < size; done += n) {
		n = size - done < sizeof(block) ? size - done : sizeof(block);
		for (i = 0; i < n; i++)
			block[i] = byte_at(done + i);
		if (write(fd, block, n) != (ssize_t)n)
			die("%s", path);
	}
	close(fd);
}

/* So that files of a disk have to be read from it again. */
static inline void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	if (fd < 0 || write(fd, "3", 1) != 1)
		die("drop_caches");
	close(fd);
}

/*
 * A count to wait for. Threadlets add to it, the head waits; a threadlet that
 * ran synchronously finds no waiter, and makes no call.
 */
struct counter {
	int	value;
	int	waiting;
};

static inline void count_up(struct counter *counter)
{
	__atomic_add_fetch(&counter->value, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&counter->waiting, __ATOMIC_SEQ_CST))
		syslet_raw(SYS_futex, (unsigned long)&counter->value,
			   FUTEX_WAKE_PRIVATE, INT_MAX, 0, 0, 0);
}

static inline void wait_for(struct counter *counter, int wanted)
{
	int value;

	__atomic_store_n(&counter->waiting, 1, __ATOMIC_SEQ_CST);
	while ((value = __atomic_load_n(&counter->value, __ATOMIC_SEQ_CST)) <
	       wanted)
		syslet_raw(SYS_futex, (unsigned long)&counter->value,
			   FUTEX_WAIT_PRIVATE, value, 0, 0, 0);
	__atomic_store_n(&counter->waiting, 0, __ATOMIC_SEQ_CST);
}

static inline long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
