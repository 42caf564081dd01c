/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests share: calls, one ring, stacks, and a verdict. */
#ifndef _CLIENT_H
#define _CLIENT_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define __user
#include <uapi/linux/syslet.h>

#define NR_ASYNC_EXEC	463
#define NR_ASYNC_WAIT	464
#define NR_UMEM_ADD	465
#define NR_ASYNC_THREAD	466
#define NR_THREADLET_ON	467
#define NR_THREADLET_OFF 468
#define SLOTS		256

static struct syslet_uatom *ring[SLOTS];
static struct async_head_user ahu __attribute__((used)) = {
	.completion_ring = ring,
	.ring_size_bytes = sizeof(ring),
	.head_stack = 1,	/* never gone to: busy tasks stay inside */
	.new_thread_stack = 1,
};
static int failures;

#define CHECK(condition, ...) do {					\
	if (!(condition)) {						\
		failures++;						\
		fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
		fprintf(stderr, __VA_ARGS__);				\
		fputc('\n', stderr);					\
	}								\
} while (0)

/* A call with its arguments, as an atom wants them. */
struct call {
	struct syslet_uatom	atom;
	unsigned long		args[6];
	long			ret;
};

static inline void call_set(struct call *call, unsigned long nr,
			    unsigned long a, unsigned long b, unsigned long c)
{
	int i;

	memset(call, 0, sizeof(*call));
	call->atom.nr = nr;
	call->atom.ret_ptr = &call->ret;
	call->args[0] = a;
	call->args[1] = b;
	call->args[2] = c;
	for (i = 0; i < 3; i++)
		call->atom.arg_ptr[i] = &call->args[i];
}

/* NULL: it went asynchronous. */
static inline struct syslet_uatom *submit(struct call *call)
{
	ahu.new_thread_stack = 1;
	return (void *)syscall(NR_ASYNC_EXEC, &call->atom, &ahu);
}

/* Take one event out of the ring; waits for it. */
static inline struct syslet_uatom *reap(void)
{
	struct syslet_uatom *atom;

	syscall(NR_ASYNC_WAIT, 1UL, ahu.user_ring_idx, &ahu);
	atom = ring[ahu.user_ring_idx];
	if (atom) {
		ring[ahu.user_ring_idx] = NULL;
		ahu.user_ring_idx = (ahu.user_ring_idx + 1) % SLOTS;
	}
	return atom;
}

#endif
