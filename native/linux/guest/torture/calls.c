// SPDX-License-Identifier: GPL-2.0
/*
 * System calls, chains and threadlets without a library: threads share what
 * would be thread-local, and a task may be another one after any call.
 */
#include "torture.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct family own;
char stacks[STACKS][STACK] __attribute__((aligned(64)));

__asm__(
	".text\n"
	".globl call6, spare_start, spawn, exec_on\n"
	"call6:\n"
	"	mov %rdi, %rax\n mov %rsi, %rdi\n mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n mov %r8, %r10\n mov %r9, %r8\n"
	"	mov 8(%rsp), %r9\n syscall\n ret\n"
	"spare_start:\n"
	"	mov $466, %eax\n syscall\n"
	"	mov $60, %eax\n mov $9, %edi\n syscall\n ud2\n"
	/* spawn(fn, top): a thread with everything of ours */
	"spawn:\n"
	"	lea -8(%rsi), %rsi\n mov %rdi, (%rsi)\n"
	"	mov $0x50f00, %edi\n xor %edx, %edx\n"
	"	xor %r10d, %r10d\n xor %r8d, %r8d\n"
	"	mov $56, %eax\n syscall\n"
	"	test %rax, %rax\n jnz 1f\n"
	"	xor %ebp, %ebp\n pop %rax\n call *%rax\n"
	"	mov $60, %eax\n xor %edi, %edi\n syscall\n"
	"1:	ret\n"
	/* exec_on(fn, arg, top, ahu, page), what a library does */
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
	"	mov $466, %eax\n syscall\n"
	"	mov $60, %eax\n mov $5, %edi\n syscall\n ud2\n"
	"4:	mov $1, %eax\n mov %r14, %rsp\n"
	"	jmp 6f\n"
	"5:	xor %eax, %eax\n"
	"6:	pop %r15\n pop %r14\n pop %r13\n"
	"	pop %r12\n pop %rbx\n pop %rbp\n ret\n"
);

void nap_us(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	CALL(SYS_nanosleep, &ts);
}

/*
 * Inside a chain or a threadlet, which a store to the page is enough for, the
 * call is refused; and what follows is never for the caller.
 */
void leave(int status)
{
	CALL(SYS_exit_group, status);
	CALL(SYS_kill, CALL(SYS_getpid), SIGKILL);
	__builtin_trap();
}

void set_call(struct call *call, unsigned long flags, long nr, long a, long b,
	      long c, long d)
{
	int i;

	memset(call, 0, sizeof(*call));
	call->atom.flags = flags;
	call->atom.nr = nr;
	call->atom.ret_ptr = (long *)&call->ret;
	call->args[0] = a;
	call->args[1] = b;
	call->args[2] = c;
	call->args[3] = d;
	call->ret = -7777;
	for (i = 0; i < 6; i++)
		call->atom.arg_ptr[i] = &call->args[i];
}

void link_calls(struct call *first, struct call *second)
{
	first->atom.next = &second->atom;
}

void begin_family(void)
{
	memset(&own, 0, sizeof(own));
	own.ahu.completion_ring = own.ring;
	own.ahu.ring_size_bytes = sizeof(own.ring);
	own.ahu.head_stack = (unsigned long)stacks[1];
	own.ahu.head_ip = (unsigned long)spare_start;
	own.ahu.new_thread_ip = (unsigned long)spare_start;
	if (below(2)) {
		long page = CALL(NR_THREADLET_ON, 0, 0, &own.ahu);

		own.page = page > 0 ? (void *)page : NULL;
	}
}

static void count_handover(void)
{
	__atomic_add_fetch(&world->handovers, 1, __ATOMIC_RELAXED);
}

long submit(struct call *first)
{
	long ret;

	own.ahu.new_thread_stack = (unsigned long)stacks[1];
	ret = CALL(NR_ASYNC_EXEC, &first->atom, &own.ahu);
	if (!ret)
		count_handover();
	return ret;
}

/* Stacks from 2 on are for these. */
long threadlet(void (*fn)(long arg), long arg)
{
	struct threadlet_page *page = own.page;
	long ret;

	own.ahu.new_thread_stack = (unsigned long)stacks[1];
	if (page && !page->ready)
		page = NULL;
	ret = exec_on(fn, arg, stacks[2 + arg] + STACK, &own.ahu, page);
	if (!ret)
		count_handover();
	return ret;
}

void reap(unsigned int n)
{
	CALL(NR_ASYNC_WAIT, n, own.ahu.user_ring_idx, &own.ahu);
	while (own.ring[own.ahu.user_ring_idx]) {
		own.ring[own.ahu.user_ring_idx] = NULL;
		own.ahu.user_ring_idx = (own.ahu.user_ring_idx + 1) % SLOTS;
	}
}

bool hand_over(void)
{
	static const struct timespec soon = { 0, 1000000 };
	static struct call nap;

	set_call(&nap, 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
	if (submit(&nap))
		return false;
	reap(1);
	nap_us(3000);
	return true;
}

/* Time in which this machine let no task run does not count: we look, too. */
int await_child(pid_t pid, long ms)
{
	long end = now_ms() + ms, looks = 0;
	int status;

	while (CALL(SYS_wait4, pid, &status, WNOHANG | __WALL, 0) != pid) {
		if (now_ms() > end && looks > ms / LONGEST_LOOK)
			return -1;
		nap_us(3000);
		looks++;
	}
	return status;
}

/* By a file: rt_sigprocmask() is refused inside, and tells of the caller only. */
unsigned long blocked_by(long tid)
{
	char name[48], text[2048];
	const char *at;
	long fd, n;

	snprintf(name, sizeof(name), "/proc/self/task/%ld/status", tid);
	fd = CALL(SYS_openat, AT_FDCWD, name, O_RDONLY);
	n = CALL(SYS_read, fd, text, sizeof(text) - 1);
	CALL(SYS_close, fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "SigBlk:");
	return at ? strtoul(at + 7, NULL, 16) : 0;
}

void await_flag(volatile long *flag)
{
	int i;

	for (i = 0; !*flag && i < 1000; i++)
		nap_us(500);
}
