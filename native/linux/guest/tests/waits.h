/* SPDX-License-Identifier: GPL-2.0 */
/* What a task may wait for: a page that is brought in later, an entry of io_uring. */
#ifndef _WAITS_H
#define _WAITS_H

#include "client.h"
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PAGE	4096

static int faults, ring_fd;
static char *cold, *submissions, *completions;
static struct io_uring_params params;
static struct io_uring_sqe *entry;

static inline void make_cold(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	cold = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)cold;
	range.range.len = PAGE;
	CHECK(faults >= 0 && cold != MAP_FAILED &&
	      !ioctl(faults, UFFDIO_API, &api) &&
	      !ioctl(faults, UFFDIO_REGISTER, &range), "userfaultfd");
}

static inline void bring_in(const void *content, size_t size)
{
	static char whole[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)cold,
		.src = (uintptr_t)whole,
		.len = PAGE,
	};

	memset(whole, 0, PAGE);
	memcpy(whole, content, size);
	ioctl(faults, UFFDIO_COPY, &copy);
}

/* By another process, a little later; true from then on. */
static inline volatile long *bring_in_later(const void *content, size_t size)
{
	volatile long *brought = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (!fork()) {
		usleep(200000);
		*brought = 1;
		bring_in(content, size);
		_exit(0);
	}
	return brought;
}

static inline void make_ring(void)
{
	ring_fd = syscall(SYS_io_uring_setup, 4, &params);
	CHECK(ring_fd >= 0, "io_uring_setup: errno %d", errno);
	submissions = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   ring_fd, IORING_OFF_SQ_RING);
	completions = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   ring_fd, IORING_OFF_CQ_RING);
	entry = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd,
		     IORING_OFF_SQES);
}

/* The first @n entries, in this order. */
static inline void hand_in(unsigned int n)
{
	unsigned int *order = (void *)(submissions + params.sq_off.array);
	unsigned int i;

	for (i = 0; i < n; i++)
		order[i] = i;
	*(volatile unsigned int *)(submissions + params.sq_off.tail) = n;
}

/* When something is in the pipe it is read to @into, and then @name is opened. */
static inline void open_when_written(int pipe, void *into, const char *name)
{
	make_ring();
	memset(entry, 0, 2 * sizeof(*entry));
	entry[0].opcode = IORING_OP_READ;
	entry[0].fd = pipe;
	entry[0].addr = (uintptr_t)into;
	entry[0].len = 1;
	entry[0].flags = IOSQE_IO_LINK;
	entry[1].opcode = IORING_OP_OPENAT;
	entry[1].fd = AT_FDCWD;
	entry[1].addr = (uintptr_t)name;
	entry[1].open_flags = O_RDONLY;
	hand_in(2);
	CHECK(syscall(SYS_io_uring_enter, ring_fd, 2, 0, 0, NULL, 0) == 2,
	      "io_uring_enter");
}

/* Waits a while for completion @n; -ETIME if there is none. */
static inline int result_of_entry(unsigned int n)
{
	volatile unsigned int *tail;
	struct io_uring_cqe *done;
	int i;

	tail = (void *)(completions + params.cq_off.tail);
	for (i = 0; *tail <= n && i < 2000; i++)
		usleep(1000);
	done = (void *)(completions + params.cq_off.cqes);
	return *tail > n ? done[n].res : -ETIME;
}

/* So that a head that waits for ever does not. */
static inline pid_t kill_later(unsigned int seconds)
{
	pid_t parent = getpid(), watch = fork();

	if (watch)
		return watch;
	sleep(seconds);
	kill(parent, SIGKILL);
	_exit(0);
}

#endif
