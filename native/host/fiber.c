// SPDX-License-Identifier: GPL-2.0
/*
 * Fibers: a stack and a saved stack pointer each. Stacks are made once and used
 * again by later programs.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "host.h"

#ifndef __x86_64__
# error "the switch between fibers is written for x86-64 only"
#endif

#ifdef HOST_ASAN
# include <sanitizer/asan_interface.h>
# include <sanitizer/common_interface_defs.h>
/* Frames are larger, and reports are printed on the stack that failed. */
# define STACK_BYTES	(256 * 1024UL)
#else
# define STACK_BYTES	(64 * 1024UL)
#endif

/* Saves the callee-saved registers; the floating-point modes never change. */
void host_switch_stack(void **from, void *to);

__asm__(
	".text\n"
	".type host_switch_stack, @function\n"
	"host_switch_stack:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size host_switch_stack, . - host_switch_stack\n"
);

static void *make_stack(void)
{
	char *mem = mmap(NULL, STACK_BYTES + PAGE_SIZE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	/* The page that stays below it catches an overflow. */
	if (mem == MAP_FAILED ||
	    mprotect(mem + PAGE_SIZE, STACK_BYTES, PROT_READ | PROT_WRITE)) {
		perror("stack of a task");
		exit(1);
	}
	return mem + PAGE_SIZE;
}

void host_fiber_init(struct host_fiber *fiber, void (*entry)(void))
{
	void **sp;

	if (!fiber->stack) {
		fiber->stack = make_stack();
		fiber->size = STACK_BYTES;
	}
#ifdef HOST_ASAN
	/* The last owner did not return from its frames. */
	__asan_unpoison_memory_region(fiber->stack, fiber->size);
#endif
	sp = (void **)((char *)fiber->stack + fiber->size);
	*--sp = NULL;			/* entry's "return address" */
	*--sp = (void *)entry;
	sp -= 6;
	memset(sp, 0, 6 * sizeof(*sp));
	fiber->sp = sp;
	fiber->fake_stack = NULL;
}

void host_fiber_started(struct host_fiber *from)
{
#ifdef HOST_ASAN
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	if (!from->stack) {		/* the main thread's own */
		from->stack = (void *)bottom;
		from->size = size;
	}
#else
	(void)from;
#endif
}

void host_fiber_switch(struct host_fiber *from, struct host_fiber *to)
{
#ifdef HOST_ASAN
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->size);
#endif
	host_switch_stack(&from->sp, to->sp);
#ifdef HOST_ASAN
	__sanitizer_finish_switch_fiber(from->fake_stack, NULL, NULL);
#endif
}

void host_fiber_leave(struct host_fiber *from, struct host_fiber *to)
{
#ifdef HOST_ASAN
	__sanitizer_start_switch_fiber(NULL, to->stack, to->size);
#endif
	host_switch_stack(&from->sp, to->sp);
	__builtin_unreachable();
}
