/* SPDX-License-Identifier: GPL-2.0 */
/* Functions as threadlets, with nothing but system calls. */
#ifndef _FUNCTIONS_H
#define _FUNCTIONS_H

#include "client.h"

#define STACKS	64
#define STACK	32768

static char stacks[STACKS][STACK] __attribute__((aligned(64)));
static struct threadlet_page *page;	/* NULL: the real calls */

/* System calls of threadlets leave errno alone: it is their head's as well. */
static inline long call3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a" (ret)
			 : "a" (nr), "D" (a), "S" (b), "d" (c)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long call(long nr)
{
	return call3(nr, 0, 0, 0);
}

/*
 * What a library does: run @fn(@arg) on a stack. Returns 1, 0 in the task that
 * took over, or the error of threadlet_on().
 */
long exec_on(void (*fn)(long arg), long arg, void *stack, void *ahu,
	     struct threadlet_page *page);

__asm__(
	".text\n"
	"exec_on:\n"
	"	push %rbp\n push %rbx\n push %r12\n"
	"	push %r13\n push %r14\n push %r15\n"
	"	mov %rdi, %rbx\n mov %rsi, %r12\n"
	"	mov %rdx, %rbp\n mov %r8, %r13\n"
	"	test %r8, %r8\n jnz 1f\n"
	"	mov %rsp, %rdi\n lea 5f(%rip), %rsi\n mov %rcx, %rdx\n"
	"	mov $467, %eax\n syscall\n"
	"	test %rax, %rax\n jnz 6f\n"
	"	jmp 2f\n"
	"1:	mov %rsp, 8(%r13)\n"
	"	lea 5f(%rip), %rax\n mov %rax, 16(%r13)\n"
	"	mov 32(%r13), %r15\n add $2, %r15\n mov %r15, 32(%r13)\n"
	"	inc %r15\n mov %r15, (%r13)\n"
	"2:	mov %rsp, %r14\n mov %rbp, %rsp\n"
	"	mov %r12, %rdi\n call *%rbx\n"
	"	test %r13, %r13\n jz 3f\n"
	"	mov %r15, %rax\n xor %ecx, %ecx\n"
	"	lock cmpxchg %rcx, (%r13)\n je 4f\n"
	"3:	mov $468, %eax\n syscall\n"
	"	cmp $1, %rax\n je 4f\n"
	"	mov $466, %eax\n syscall\n ud2\n"
	"4:	mov $1, %eax\n mov %r14, %rsp\n"
	"5:\n"
	"6:	pop %r15\n pop %r14\n pop %r13\n"
	"	pop %r12\n pop %rbx\n pop %rbp\n ret\n"
);

_Static_assert(__builtin_offsetof(struct threadlet_page, restore_stack) == 8,
	       "");
_Static_assert(__builtin_offsetof(struct threadlet_page, restore_ip) == 16, "");
_Static_assert(__builtin_offsetof(struct threadlet_page, token) == 32, "");

static inline struct threadlet_page *make_page(void)
{
	return (void *)call3(467, 0, 0, (long)&ahu);
}

/* With a spare in any case. */
static inline long exec(void (*fn)(long arg), int n)
{
	ahu.new_thread_stack = 1;
	return exec_on(fn, n, stacks[n] + STACK, &ahu,
		       page && page->ready ? page : NULL);
}

static inline void nothing(long unused)
{
	(void)unused;
}

#endif
