/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by threadlet.S, threadlet.c and stack.c. */
#ifndef _INTERNAL_H
#define _INTERNAL_H

/* struct threadlet_block, at the top of every stack of a threadlet. */
#define BLOCK_OWNER		0
#define BLOCK_TOKEN		8
#define BLOCK_PAGE		16
#define BLOCK_CALLER		24
#define BLOCK_STATE		32
#define BLOCK_FOREIGN		40
#define BLOCK_SIZE		64

/* Its state: the result of threadlet_complete(), so to speak. */
#define STATE_RUNNING		0
#define STATE_DONE		1
#define STATE_DONE_STILL	2
#define STATE_ASYNC		-1

/* struct threadlet_page */
#define PAGE_ARMED		0
#define PAGE_RESTORE_STACK	8
#define PAGE_RESTORE_IP		16
#define PAGE_READY		24
#define PAGE_TOKEN		32
#define MAY_MOVE		1

/* struct threadlet_self */
#define SELF_PAGE		0
#define SELF_FOREIGN		8

/* struct threadlet_region */
#define REGION_BASE		0
#define REGION_BYTES		8

#define STACK_SIZE		0x10000

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <threadlet.h>

#define hidden __attribute__((visibility("hidden")))

/*
 * All that is known about a threadlet, on its own stack, because nothing else
 * tells it from its head: thread-local storage is the same for both. On a
 * stack of the region threadlet_complete() finds it by the stack pointer.
 */
struct threadlet_block {
	unsigned long		owner;	/* not 0: not given back */
	unsigned long		token;	/* what arms the page; 0: real calls */
	struct threadlet_page	*page;
	unsigned long		caller;	/* stack pointer to go back to */
	long			state;
	long			foreign; /* not on a stack of the region */
	struct threadlet_block	*next;	/* of those that are foreign */
	unsigned long		unused;
};

/*
 * Of a pthread, which is the same as: of a head. Only who is not on a stack of
 * the region writes it; the region has all threadlets as long as foreign is 0.
 */
struct threadlet_self {
	struct threadlet_page	*page;	/* NULL: not asked for yet */
	unsigned long		foreign; /* threadlets on other stacks */
};

/* Where stacks are: one subtraction and one comparison decide. */
struct threadlet_region {
	unsigned long		base;	/* a multiple of STACK_SIZE */
	unsigned long		bytes;	/* 0: no region yet */
};

extern hidden __thread struct threadlet_self threadlet_self
	__attribute__((tls_model("initial-exec")));
extern hidden struct threadlet_region threadlet_region;
extern hidden int threadlet_alone;	/* there is one processor, for ever */

static inline int threadlet_in_region(unsigned long address)
{
	return address - threadlet_region.base < threadlet_region.bytes;
}

/* What threadlet.S does when its first questions are not all answered yes. */
struct threadlet_plan {
	long			error;
	struct threadlet_block	*block;	/* taken, if there is no error */
};

hidden struct threadlet_plan threadlet_prepare(unsigned long stack,
					       struct async_head_user *head,
					       unsigned long here);
hidden void threadlet_forget(struct threadlet_block *block);
hidden long threadlet_complete_foreign(void);
hidden int threadlet_foreign_busy(unsigned long stack);
hidden void threadlet_lock_stacks(void);
hidden void threadlet_unlock_stacks(void);
hidden void threadlet_free_all_stacks(unsigned long here);
#endif

#endif /* _INTERNAL_H */
