/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Syslets from C: the system calls, and helpers for atoms, rings and stacks.
 * Threadlets are in <threadlet.h>; the structures in <linux/syslet.h>.
 *
 * Licence. <linux/syslet.h> is GPL-2.0 with the system-call note: a program
 * that makes these calls with it is not a derived work of the kernel, whatever
 * its licence. The note covers that header and the calls, not this library:
 * what is linked with libsyslet.a is under GPL-2.0 as a whole.
 *
 * Numbers like D37 refer to model/clauses/decisions.md.
 */
#ifndef _SYSLET_H
#define _SYSLET_H

#include <stddef.h>
#include <linux/syslet.h>

#ifdef __cplusplus
# define __syslet_private private_
extern "C" {
#else
# define __syslet_private private
#endif

/* x86-64, this project's kernel; other kernels use them for other calls. */
#define SYS_async_exec		463
#define SYS_async_wait		464
#define SYS_umem_add		465
#define SYS_async_thread	466
#define SYS_threadlet_on	467
#define SYS_threadlet_off	468

/*
 * 1 if the running kernel has these calls, else 0. Ask before anything else:
 * elsewhere the numbers belong to calls that do something different.
 */
int syslet_available(void);

/*
 * The calls. Where nothing else is said they return -1 on failure, with the
 * reason in errno, as libc does.
 */

/*
 * The last atom executed, NULL if the chain goes on asynchronously, or
 * SYSLET_FAILED with the reason in errno: ENOSYS (inside a syslet or
 * threadlet), EPERM (seccomp), EFAULT, EINVAL (no spare, and
 * new_thread_stack is 0), or what creating a thread fails with.
 */
struct syslet_uatom *async_exec(struct syslet_uatom *atom,
				struct async_head_user *head);
#define SYSLET_FAILED		((struct syslet_uatom *)-1)

/*
 * Waits until that many events are behind user_ring_idx or nothing is busy; 0
 * either way. ENOSYS, EFAULT, EINVAL (D37), EINTR.
 */
int async_wait(unsigned long min_wait_events, unsigned long user_ring_idx,
	       struct async_head_user *head);

/*
 * What the kernel returned: the new value of the word, or -EFAULT. errno is
 * left alone, since a new value may look like any error: -14 is one of both.
 */
long umem_add(unsigned long *uptr, unsigned long inc);

/* Returns only if it fails: EINVAL for the head and for strangers (D39). */
int async_thread(void);

/*
 * What threadlet_exec() is made of; raw, since an errno of libc would belong
 * to head and threadlet at once: 0, 1, an address, or a negative error.
 */
long threadlet_on(unsigned long restore_stack, unsigned long restore_ip,
		  struct async_head_user *head);
long threadlet_off(void);

/*
 * Any system call, with its raw result. It touches no errno and is no
 * cancellation point, so it is what a threadlet should use.
 */
static inline long syslet_raw(long nr, unsigned long a, unsigned long b,
			      unsigned long c, unsigned long d,
			      unsigned long e, unsigned long f)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	register unsigned long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a" (ret)
			 : "a" (nr), "D" (a), "S" (b), "d" (c), "r" (r10),
			   "r" (r8), "r" (r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/*
 * An atom with room for its arguments and its result. The atom comes first: an
 * event is the address of the call. The fields are yours to change between
 * syslet_prep() and the end of the chain: the kernel reads an atom anew each
 * time it executes it.
 */
struct syslet_call {
	struct syslet_uatom	atom;
	unsigned long		args[SYSLET_MAX_ARGS];
	long			ret;
};

/* Fill the atom: so many arguments, no flags, no successor, result in ret. */
void syslet_prep_args(struct syslet_call *call, unsigned long nr,
		      unsigned int count, unsigned long a, unsigned long b,
		      unsigned long c, unsigned long d, unsigned long e,
		      unsigned long f);

/* The same with up to six arguments of any type: syslet_prep(&call, nr, ...) */
#define syslet_prep(...)						\
	__SYSLET_PICK(__VA_ARGS__, __syslet_p6, __syslet_p5, __syslet_p4,	\
		      __syslet_p3, __syslet_p2, __syslet_p1, __syslet_p0,	\
		      unused)(__VA_ARGS__)
#define __SYSLET_PICK(x, nr, a, b, c, d, e, f, name, ...)	name
#define __syslet_p0(x, nr)						\
	syslet_prep_args(x, nr, 0, 0, 0, 0, 0, 0, 0)
#define __syslet_p1(x, nr, a)						\
	syslet_prep_args(x, nr, 1, (unsigned long)(a), 0, 0, 0, 0, 0)
#define __syslet_p2(x, nr, a, b)					\
	syslet_prep_args(x, nr, 2, (unsigned long)(a), (unsigned long)(b), \
			 0, 0, 0, 0)
#define __syslet_p3(x, nr, a, b, c)					\
	syslet_prep_args(x, nr, 3, (unsigned long)(a), (unsigned long)(b), \
			 (unsigned long)(c), 0, 0, 0)
#define __syslet_p4(x, nr, a, b, c, d)					\
	syslet_prep_args(x, nr, 4, (unsigned long)(a), (unsigned long)(b), \
			 (unsigned long)(c), (unsigned long)(d), 0, 0)
#define __syslet_p5(x, nr, a, b, c, d, e)				\
	syslet_prep_args(x, nr, 5, (unsigned long)(a), (unsigned long)(b), \
			 (unsigned long)(c), (unsigned long)(d),	\
			 (unsigned long)(e), 0)
#define __syslet_p6(x, nr, a, b, c, d, e, f)				\
	syslet_prep_args(x, nr, 6, (unsigned long)(a), (unsigned long)(b), \
			 (unsigned long)(c), (unsigned long)(d),	\
			 (unsigned long)(e), (unsigned long)(f))

/* Let one call follow another. */
static inline void syslet_link(struct syslet_call *call,
			       struct syslet_call *next)
{
	call->atom.next = &next->atom;
}

/*
 * A head with an empty ring of so many slots, and a stack for the first new
 * thread. ring may be NULL and slots 0 for a head of threadlets only, which
 * post no events. 0, or -1 with ENOMEM.
 */
int syslet_head_init(struct async_head_user *head, struct syslet_uatom **ring,
		     unsigned long slots);

int syslet_new_thread_stack(struct async_head_user *head);

/*
 * The kernel takes new_thread_stack for each thread it creates, and leaves 0.
 * Call this before async_exec() and, for threadlets that may move, before
 * threadlet_exec(); it costs a compare. 0, or -1 with ENOMEM. The stacks stay
 * with the threads and are not given back.
 */
static inline int syslet_refill(struct async_head_user *head)
{
	if (__builtin_expect(head->new_thread_stack != 0, 1))
		return 0;
	return syslet_new_thread_stack(head);
}

/* Where such a thread begins should it ever get to user mode: async_thread(). */
void syslet_thread_start(void);

/* The next event, or NULL if there is none. One consumer per ring. */
static inline struct syslet_uatom *syslet_ring_take(struct async_head_user *head)
{
	struct syslet_uatom **slot =
		&head->completion_ring[head->user_ring_idx];
	struct syslet_uatom *event = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
	unsigned long next = head->user_ring_idx + 1;

	if (!event)
		return NULL;
	__atomic_store_n(slot, (struct syslet_uatom *)NULL, __ATOMIC_RELEASE);
	if (next == head->ring_size_bytes / sizeof(*slot))
		next = 0;
	head->user_ring_idx = next;
	return event;
}

/* Take all events there are, in order; each goes to done(). How many. */
unsigned long syslet_ring_drain(struct async_head_user *head,
				void (*done)(struct syslet_uatom *event,
					     void *data),
				void *data);

/* async_wait() for so many events that were not taken yet. */
int syslet_ring_wait(struct async_head_user *head, unsigned long min);

#ifdef __cplusplus
}
#endif

#endif /* _SYSLET_H */
