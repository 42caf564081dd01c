/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Syslets: chains of system calls that go on asynchronously when they block.
 *
 * The user-space ABI of version 3 (2007), with 64-bit words: every member is
 * one machine word, there is no padding and no version field.
 */
#ifndef _UAPI_LINUX_SYSLET_H
#define _UAPI_LINUX_SYSLET_H

#ifndef __user
# define __user
#endif

#define SYSLET_MAX_ARGS			6

/* Mode of an atom. ASYNC acts before the call, SYNC for its duration. */
#define SYSLET_ASYNC			0x01
#define SYSLET_SYNC			0x02

/* No ring event if this is the last atom executed. */
#define SYSLET_NO_COMPLETE		0x04

/*
 * Stop conditions, on the result of the atom just executed. Two or more of
 * them in one atom never stop.
 */
#define SYSLET_STOP_ON_NONZERO		0x08
#define SYSLET_STOP_ON_ZERO		0x10
#define SYSLET_STOP_ON_NEGATIVE		0x20
#define SYSLET_STOP_ON_NON_POSITIVE	0x40
#define SYSLET_STOP_MASK		0x78

/* A condition that holds jumps to the atom behind this one instead. */
#define SYSLET_SKIP_TO_NEXT_ON_STOP	0x80

/*
 * One system call. The kernel stops reading at the first NULL in arg_ptr, so
 * an atom may be cut short there, except one with SKIP_TO_NEXT_ON_STOP: that
 * jump is always sizeof(struct syslet_uatom) long.
 */
struct syslet_uatom {
	unsigned long			flags;
	unsigned long			nr;
	long __user			*ret_ptr;
	struct syslet_uatom __user	*next;
	unsigned long __user		*arg_ptr[SYSLET_MAX_ARGS];
#ifdef __cplusplus
	void __user			*private_;	/* a keyword there */
#else
	void __user			*private;
#endif
};

/*
 * What a head hands to async_exec() and async_wait(). The kernel keeps no copy
 * of the ring's state: kernel_ring_idx lives here, in user memory.
 */
struct async_head_user {
	unsigned long			kernel_ring_idx;
	unsigned long			user_ring_idx;
	struct syslet_uatom __user *__user *completion_ring;
	unsigned long			ring_size_bytes;

	/* Where the first head goes when it has lost its context. */
	unsigned long			head_stack;
	unsigned long			head_ip;

	/*
	 * The same for the next thread the kernel creates. It sets the stack
	 * to zero when it has taken it; user space then provides another.
	 */
	unsigned long			new_thread_stack;
	unsigned long			new_thread_ip;
};

/*
 * Shared by a head and the kernel; threadlet_on(0, 0, ahu) makes it, and
 * returns its address. A store to armed begins a threadlet without entering the
 * kernel: a token that was never used, plus THREADLET_MAY_MOVE if ready is not
 * 0. A compare-and-exchange of that value by 0 ends it; where that fails the
 * threadlet has its own context by now, and has to say so by threadlet_off().
 * A child after fork() does not have the page.
 */
struct threadlet_page {
	unsigned long			armed;		/* kernel: 0 at a hand-over */
	unsigned long			restore_stack;	/* user: for the heir */
	unsigned long			restore_ip;
	unsigned long			ready;		/* kernel: spares waiting */
	unsigned long			token;		/* user: the last one, even */
};

#define THREADLET_MAY_MOVE		0x01

#endif /* _UAPI_LINUX_SYSLET_H */
