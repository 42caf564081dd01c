/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threadlets: functions that run as a plain call while they do not block, and
 * as a thread of their own from the moment they do.
 *
 *	long work(void *data)
 *	{
 *		... any procedural code ...
 *		return threadlet_complete();
 *	}
 *
 *	done = threadlet_exec(work, stack, &head);
 *	if (!done)
 *		queued++;		it goes on behind our back
 *
 * WHAT A THREADLET MAY TOUCH. One that went asynchronous runs at the same time
 * as its caller, on the caller's thread-local storage. To libc both are the
 * same thread. Every threadlet has to be written as if it went asynchronous at
 * any instruction: a page fault that sleeps is enough.
 *
 *  errno		Shared with the caller: both write it. Use syslet_raw(),
 *			whose result has the error, or do not depend on it.
 *  __thread		The caller's variables. Reading what never changes is
 *			fine; the rest is shared memory without a lock.
 *  malloc, free	Not allowed: they keep a cache in thread-local storage
 *			and take no lock for it. Nor anything that allocates:
 *			fopen, printf of floating point, getaddrinfo, new,
 *			throw. Allocate before threadlet_exec().
 *  stdio		Not allowed: its locks are recursive, and the owner is
 *			the thread-local storage, so they let both in. snprintf
 *			of integers and strings to a buffer is fine.
 *  locks		A plain mutex (PTHREAD_MUTEX_TIMED_NP, the default)
 *			works between head and threadlets. Recursive, error
 *			checking, robust and priority-inheriting ones do not:
 *			they know owners by thread. Do not hold over
 *			threadlet_exec() what the threadlet takes: if it does
 *			not block elsewhere, it waits for its own caller, which
 *			is the one case in which moving away helps (the head
 *			goes on and unlocks), and with the result 2 it does not.
 *  pthread_*		pthread_self() is the caller's. pthread_exit,
 *			pthread_cancel, thread-specific data and clean-up
 *			handlers concern the caller. pthread_create() gives
 *			EAGAIN or ENOSYS: clone is refused inside.
 *  system calls	Refused inside with ENOSYS: fork, clone, execve, exit,
 *			async_exec, async_wait, nested threadlet_exec, whatever
 *			changes credentials, signal mask, alternate stack, prctl
 *			and the like (D17), also poll and select as libc makes
 *			them from ppoll and pselect6. Nothing is refused once
 *			threadlet_complete() has returned 0.
 *  identity		gettid() in a threadlet is that of the caller; if it
 *			blocks, the caller has another one afterwards (D24).
 *			Signals go to the head; a threadlet that went
 *			asynchronous blocks them all. While a handler runs in a
 *			threadlet it does not become a thread. Do not call
 *			threadlet_exec() from a handler.
 *  the stack		It belongs to the threadlet from threadlet_exec() until
 *			that returns 1 or 2, or else until the threadlet has
 *			ended. Another threadlet_exec() on it gives -EBUSY.
 *			Pointers to it die then; pointers to the caller's frame
 *			are good only if the caller waits for the end.
 *  longjmp, swapcontext	Within the threadlet's stack only. Never to the
 *			caller's stack or to another one.
 *  C++ exceptions	Caught inside. One that leaves the function ends the
 *			program (std::terminate): the stack ends there. Throwing
 *			allocates (see malloc).
 *  floating point	fesetround() and the like are the threadlet's own if it
 *			goes asynchronous, and as after any call if it does not.
 */
#ifndef _THREADLET_H
#define _THREADLET_H

#include <stddef.h>
#include <linux/syslet.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef long threadlet_fn(void *data);

/*
 * Run fn(NULL) on stack, the top of an area that nothing else uses.
 *
 *  1	It ran to its end. The stack is free.
 *  2	The same, but there was no spare thread and no stack for one
 *	(head->new_thread_stack is 0): it could not have moved, and may have
 *	blocked the caller.
 *  0	It blocked, and is a thread of its own now. This call returned to the
 *	caller in another task.
 *
 * A negative error means that nothing has run: -EBUSY (the stack is not given
 * back), -EINVAL (no stack, not the top of a stack from
 * threadlet_stack_alloc(), or no thread can be made), -ENOSYS (inside a syslet
 * or threadlet, or a kernel without these calls), -EPERM (seccomp), or what
 * creating a thread fails with. errno is not touched.
 */
long threadlet_exec(threadlet_fn *fn, void *stack,
		    struct async_head_user *head);

/* The same with an argument: fn(data). */
long threadlet_exec_data(threadlet_fn *fn, void *stack,
			 struct async_head_user *head, void *data);

/*
 * The end of the threadlet: 1 or 2 if it still runs in the caller's context, 0
 * if it became a thread. Return the value. What fn does between this and its
 * return is no longer inside, and fn returns in either case: after 0 not to
 * the caller but to the end of its thread, so that destructors and buffers of
 * fn are dealt with before the stack is given back. A function that returns
 * without it is completed all the same. -EINVAL outside, and the second time.
 */
long threadlet_complete(void);

/*
 * Stacks of THREADLET_STACK_SIZE bytes with a guard page, out of one reserved
 * region. Threadlets on them do not enter the kernel if they do not block; on
 * any other stack threadlet_exec() makes two system calls, and so do all
 * threadlets of this thread as long as one of those runs.
 *
 * The address is the top of the stack, as threadlet_exec() wants it. NULL: no
 * memory. A stack may be freed while its threadlet runs: it is given out again
 * when that has ended. Not to be called inside a threadlet.
 */
#define THREADLET_STACK_SIZE	0x10000UL

void *threadlet_stack_alloc(void);
void threadlet_stack_free(void *stack);

/* 1 as long as a threadlet has not given this stack back, else 0. */
int threadlet_stack_busy(const void *stack);

#ifdef __cplusplus
}
#endif

#endif /* _THREADLET_H */
