// SPDX-License-Identifier: GPL-2.0
/*
 * What threadlet_exec() has to keep, when its threadlet blocks in the middle of
 * everything that it may do: callee-saved registers, stack pointer, MXCSR, x87
 * control word, an empty x87 stack, a clear direction flag, FS base. And what
 * the threadlet has to keep: all it had in registers, and its red zone.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <syslet.h>
#include <threadlet.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define ROUNDS	64

struct registers {
	uint64_t	general[6];	/* rbx rbp r12 r13 r14 r15 */
	uint64_t	sp;
	uint64_t	result;
	uint64_t	flags;
	uint32_t	mxcsr;
	uint16_t	control;
	uint16_t	unused;
	uint16_t	x87[16];	/* fnstenv: the third pair is the tags */
	uint64_t	arguments[4];	/* of threadlet_exec_data() */
};

#define SP		"48"
#define RESULT		"56"
#define FLAGS		"64"
#define MXCSR		"72"
#define CONTROL		"76"
#define X87		"80"
#define ARGUMENTS	"112"
_Static_assert(__builtin_offsetof(struct registers, sp) == 48, "");
_Static_assert(__builtin_offsetof(struct registers, result) == 56, "");
_Static_assert(__builtin_offsetof(struct registers, flags) == 64, "");
_Static_assert(__builtin_offsetof(struct registers, mxcsr) == 72, "");
_Static_assert(__builtin_offsetof(struct registers, control) == 76, "");
_Static_assert(__builtin_offsetof(struct registers, x87) == 80, "");
_Static_assert(__builtin_offsetof(struct registers, arguments) == 112, "");

/* The call between a load and a store of all of it, in one piece. */
__attribute__((noinline)) static void call(struct registers *in,
					   struct registers *out)
{
	__asm__ volatile(
		"lea -128(%%rsp), %%rsp\n"	/* our own red zone */
		"push %%rbx\n push %%rbp\n"
		"mov %%rsp, %%rax\n"
		"and $-16, %%rsp\n"
		"push %%rax\n push %[out]\n"
		"mov %[in], %%rax\n"
		"mov %%rsp, " SP "(%%rax)\n"
		"ldmxcsr " MXCSR "(%%rax)\n"
		"fldcw " CONTROL "(%%rax)\n"
		"mov 0(%%rax), %%rbx\n"
		"mov 8(%%rax), %%rbp\n"
		"mov 16(%%rax), %%r12\n"
		"mov 24(%%rax), %%r13\n"
		"mov 32(%%rax), %%r14\n"
		"mov 40(%%rax), %%r15\n"
		"mov " ARGUMENTS "(%%rax), %%rdi\n"
		"mov 8+" ARGUMENTS "(%%rax), %%rsi\n"
		"mov 16+" ARGUMENTS "(%%rax), %%rdx\n"
		"mov 24+" ARGUMENTS "(%%rax), %%rcx\n"
		"call threadlet_exec_data\n"
		"mov (%%rsp), %%rcx\n"
		"mov %%rax, " RESULT "(%%rcx)\n"
		"mov %%rsp, " SP "(%%rcx)\n"
		"pushf\n pop " FLAGS "(%%rcx)\n"
		"cld\n"
		"stmxcsr " MXCSR "(%%rcx)\n"
		"fnstcw " CONTROL "(%%rcx)\n"
		"fnstenv " X87 "(%%rcx)\n"
		"mov %%rbx, 0(%%rcx)\n"
		"mov %%rbp, 8(%%rcx)\n"
		"mov %%r12, 16(%%rcx)\n"
		"mov %%r13, 24(%%rcx)\n"
		"mov %%r14, 32(%%rcx)\n"
		"mov %%r15, 40(%%rcx)\n"
		"mov 8(%%rsp), %%rsp\n"
		"pop %%rbp\n pop %%rbx\n"
		"lea 128(%%rsp), %%rsp\n"
		"movl $0x1f80, -4(%%rsp)\n ldmxcsr -4(%%rsp)\n"
		"fninit\n"
		:: [in] "r" (in), [out] "r" (out)
		: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
		  "r12", "r13", "r14", "r15", "cc", "memory",
		  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
		  "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
		  "xmm14", "xmm15");
}

/* What the threadlet blocks on, and what it found afterwards. */
struct nasty {
	long		fd;
	char		*byte;
	long		got;
	long		wrong;		/* words that changed */
};

/*
 * A threadlet that reads a byte from fd with other values in every register
 * that its caller wants back, the direction flag set, two numbers on the x87
 * stack and sixteen words in the red zone.
 */
long nasty(void *data);
__asm__(
	".text\n"
	".type nasty, @function\n"
	"nasty:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n"
	"	push %r13\n	push %r14\n	push %r15\n"
	"	sub $24, %rsp\n"
	"	mov %rdi, 16(%rsp)\n"
	"	stmxcsr (%rsp)\n"
	"	fnstcw 4(%rsp)\n"
	"	movl $0x7f80, 8(%rsp)\n	ldmxcsr 8(%rsp)\n"
	"	movw $0x0c7f, 8(%rsp)\n	fldcw 8(%rsp)\n"
	"	fld1\n	fldpi\n"
	"	mov $0x1bad1bad1bad1bad, %rbx\n"
	"	lea 1(%rbx), %rbp\n	lea 2(%rbx), %r12\n"
	"	lea 3(%rbx), %r13\n	lea 4(%rbx), %r14\n"
	"	lea 5(%rbx), %r15\n"
	"	movq %rbx, %xmm7\n"
	"	mov $-16, %rcx\n"
	"1:	lea (%rbx,%rcx), %rax\n"
	"	mov %rax, (%rsp,%rcx,8)\n"
	"	inc %rcx\n	jnz 1b\n"
	"	mov 0(%rdi), %rax\n	mov 8(%rdi), %rsi\n"
	"	mov %rax, %rdi\n	mov $1, %edx\n"
	"	std\n"
	"	xor %eax, %eax\n	syscall\n"
	"	cld\n"
	"	xor %edx, %edx\n"
	"	mov $0x1bad1bad1bad1bad, %r8\n"
	"	mov $-16, %rcx\n"
	"2:	lea (%r8,%rcx), %r9\n"
	"	cmp %r9, (%rsp,%rcx,8)\n"
	"	setne %r10b\n	movzbl %r10b, %r10d\n	add %r10, %rdx\n"
	"	inc %rcx\n	jnz 2b\n"
	"	mov 16(%rsp), %rdi\n"
	"	mov %rax, 16(%rdi)\n"
	"	movq %xmm7, %rcx\n"
	"	cmp %r8, %rcx\n	jne 3f\n"
	"	cmp %r8, %rbx\n	jne 3f\n"
	"	inc %r8\n	cmp %r8, %rbp\n	jne 3f\n"
	"	inc %r8\n	cmp %r8, %r12\n	jne 3f\n"
	"	inc %r8\n	cmp %r8, %r13\n	jne 3f\n"
	"	inc %r8\n	cmp %r8, %r14\n	jne 3f\n"
	"	inc %r8\n	cmp %r8, %r15\n	jne 3f\n"
	"	stmxcsr 8(%rsp)\n	cmpl $0x7f80, 8(%rsp)\n	jne 3f\n"
	"	fnstcw 8(%rsp)\n	cmpw $0x0c7f, 8(%rsp)\n	jne 3f\n"
	"	fldpi\n	fcomip %st(1), %st\n	jne 3f\n"
	"	fstp %st\n	fld1\n	fcomip %st(1), %st\n	jne 3f\n"
	"	jmp 4f\n"
	"3:	add $100, %rdx\n"
	"4:	mov %rdx, 24(%rdi)\n"
	"	fninit\n"
	"	ldmxcsr (%rsp)\n	fldcw 4(%rsp)\n"
	"	add $24, %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n"
	"	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	jmp threadlet_complete\n"
	".size nasty, . - nasty\n");

static struct async_head_user head;
static int pipe_fds[2];

static void fill(struct registers *in, int round)
{
	int i;

	memset(in, 0, sizeof(*in));
	for (i = 0; i < 6; i++)
		in->general[i] = 0x0123456789abcdefUL * (round + 1) + i;
	in->mxcsr = 0x1f80 | (round & 3) << 13;
	in->control = 0x037f | (round & 3) << 10;
	in->result = !(round & 1);	/* odd rounds block */
}

static void compare(const struct registers *in, const struct registers *out,
		    int round)
{
	CHECK(out->result == in->result, "round %d: result %ld", round,
	      (long)out->result);
	CHECK(!memcmp(in->general, out->general, sizeof(in->general)),
	      "round %d: callee-saved registers", round);
	CHECK(in->sp == out->sp, "round %d: stack pointer", round);
	CHECK(in->mxcsr == out->mxcsr, "round %d: %#x, not %#x", round,
	      out->mxcsr, in->mxcsr);
	CHECK(in->control == out->control, "round %d: %#x, not %#x", round,
	      out->control, in->control);
	CHECK(out->x87[4] == 0xffff, "round %d: x87 stack %#x", round,
	      out->x87[4]);
	CHECK(!(out->flags & 0x400), "round %d: direction flag", round);
}

static uint64_t fs_base(void)
{
	uint64_t base = 0;

	syslet_raw(SYS_arch_prctl, ARCH_GET_FS, (uintptr_t)&base, 0, 0, 0, 0);
	return base;
}

static void wait_free(void *stack)
{
	struct timespec moment = { 0, 1000000 };

	while (threadlet_stack_busy(stack))
		nanosleep(&moment, NULL);
}

static void one_round(int round, void *stack)
{
	static struct registers in, out;
	static struct nasty work;
	static char byte;
	uint64_t fs = fs_base();

	work = (struct nasty){ pipe_fds[0], &byte, 0, -1 };
	fill(&in, round);
	memset(&out, 0, sizeof(out));
	in.arguments[0] = (uintptr_t)nasty;
	in.arguments[1] = (uintptr_t)stack;
	in.arguments[2] = (uintptr_t)&head;
	in.arguments[3] = (uintptr_t)&work;
	syslet_refill(&head);
	if (in.result)
		CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	call(&in, &out);
	compare(&in, &out, round);
	CHECK(fs_base() == fs, "round %d: FS base", round);
	if (!in.result)
		CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	wait_free(stack);
	CHECK(work.got == 1 && byte == 'x', "round %d: read %ld", round,
	      work.got);
	CHECK(!work.wrong, "round %d: the threadlet lost %ld", round,
	      work.wrong);
	byte = 0;
}

int main(void)
{
	void *ours = threadlet_stack_alloc();
	char *foreign = malloc(65536);
	int round;

	if (!ours || !foreign || pipe(pipe_fds) ||
	    syslet_head_init(&head, NULL, 0))
		return 2;
	for (round = 0; round < ROUNDS && !failures; round++)
		one_round(round, round & 2 ? ours : foreign + 65536);
	printf("registers of threadlets: %d rounds, %d failures\n", round,
	       failures);
	return failures != 0;
}
