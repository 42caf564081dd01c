/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests share: the calls, a head with its ring, and atoms. */
#ifndef _SYSLET_TEST_H
#define _SYSLET_TEST_H

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/syslet.h>

#include "../kselftest_harness.h"

#ifndef __NR_async_exec
#define __NR_async_exec		463
#define __NR_async_wait		464
#define __NR_umem_add		465
#define __NR_async_thread	466
#define __NR_threadlet_on	467
#define __NR_threadlet_off	468
#endif

/* Not readable. */
#define NOWHERE			8UL
/* A stack for a thread that never gets to user mode. */
#define SOME_STACK		1UL
#define SLOTS			4

/* One system call with its arguments, as an atom wants them. */
struct call {
	struct syslet_uatom	atom;
	unsigned long		args[3];
	long			ret;
};

static struct syslet_uatom *ring[SLOTS];
static struct async_head_user head;
static int fds[2];
static char byte[2 * SLOTS];

/* An addition of nothing: no other call could answer so by accident. */
static inline bool have_syslets(void)
{
	unsigned long word = 0x5379736c65747321UL;

	return syscall(__NR_umem_add, &word, 0UL) == (long)word;
}

static inline void head_init(void)
{
	memset(ring, 0, sizeof(ring));
	head = (struct async_head_user){
		.completion_ring	= ring,
		.ring_size_bytes	= sizeof(ring),
		.head_stack		= SOME_STACK,
		.new_thread_stack	= SOME_STACK,
	};
}

/* A ring and a pipe; false if the kernel has no syslets. */
static inline bool set_up(void)
{
	head_init();
	return have_syslets() && !pipe(fds);
}

/* What a call that does not exist answers, and so a refused one. */
static inline long no_call(void)
{
	return syscall(1L << 20) == -1 ? -errno : 0;
}

static inline void call_init(struct call *call, long nr, unsigned long a,
			     unsigned long b, unsigned long c)
{
	int i;

	*call = (struct call){
		.atom.nr	= nr,
		.atom.ret_ptr	= &call->ret,
		.args		= { a, b, c },
		.ret		= 1234567,
	};
	for (i = 0; i < 3; i++)
		call->atom.arg_ptr[i] = &call->args[i];
}

/* A call that sleeps until there is a byte in the pipe. */
static inline void call_read(struct call *call, int n)
{
	call_init(call, SYS_read, fds[0], (uintptr_t)&byte[n], 1);
}

/* A call whose result is @value; it writes nothing. */
static inline void call_value(struct call *call, unsigned long *value)
{
	call_init(call, __NR_umem_add, (uintptr_t)value, 0, 0);
}

/* Raw: the last atom, NULL, or a negative error. */
static inline long submit(struct syslet_uatom *atom)
{
	long ret = syscall(__NR_async_exec, atom, &head);

	return ret == -1 ? -errno : ret;
}

/* So many chains that sleep; how many did. */
static inline int block(struct call *call, int n)
{
	int i, blocked = 0;

	for (i = 0; i < n; i++) {
		head.new_thread_stack = SOME_STACK;
		blocked += submit(&call[i].atom) == 0;
	}
	return blocked;
}

static inline long wait_events(unsigned long min)
{
	long ret = syscall(__NR_async_wait, min, head.user_ring_idx, &head);

	return ret == -1 ? -errno : ret;
}

/* The next event; waits for it if chains are busy. */
static inline struct syslet_uatom *take_event(void)
{
	struct syslet_uatom *event;

	wait_events(1);
	event = ring[head.user_ring_idx];
	if (event) {
		ring[head.user_ring_idx] = NULL;
		head.user_ring_idx = (head.user_ring_idx + 1) % SLOTS;
	}
	return event;
}

/* As many bytes into the pipe; -1 if it cannot be written to. */
static inline int let_go(int n)
{
	static const char bytes[2 * SLOTS];

	return write(fds[1], bytes, n) == n ? 0 : -1;
}

/* In another process, which shares nothing but the pipe. */
static inline pid_t let_go_later(int n)
{
	pid_t child = fork();

	if (child)
		return child;
	usleep(10000);
	_exit(let_go(n) ? 1 : 0);
}

#endif /* _SYSLET_TEST_H */
