// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that user space can hold in registers, across the hand-over of a
 * threadlet: both the heir and the threadlet go on with it. The call is made
 * between a load and a store of all of it, in one piece of assembly, so that no
 * compiler keeps anything in memory meanwhile.
 */
#include "client.h"
#include <asm/prctl.h>

#define ROUNDS	64

struct registers {
	uint8_t		vector[16][32];
	uint64_t	general[9];	/* rbx rbp r8 r9 r10 r12 r13 r14 r15 */
	uint64_t	arguments[3];	/* rdi rsi rdx */
	uint32_t	mxcsr;
	uint16_t	control;
	uint64_t	result;
	uint64_t	stack;
} __attribute__((aligned(32)));

#define ALL(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) \
	       X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define LOAD_AVX(i)	"vmovdqa 32*" #i "(%%rax), %%ymm" #i "\n"
#define SAVE_AVX(i)	"vmovdqa %%ymm" #i ", 32*" #i "(%%rcx)\n"
#define LOAD_SSE(i)	"movdqa 32*" #i "(%%rax), %%xmm" #i "\n"
#define SAVE_SSE(i)	"movdqa %%xmm" #i ", 32*" #i "(%%rcx)\n"

/* Offsets in struct registers; checked below. */
#define GENERAL		"512"
#define ARGUMENTS	"584"
#define MXCSR		"608"
#define CONTROL		"612"
#define RESULT		"616"
#define STACK		"624"
_Static_assert(__builtin_offsetof(struct registers, general) == 512, "");
_Static_assert(__builtin_offsetof(struct registers, arguments) == 584, "");
_Static_assert(__builtin_offsetof(struct registers, mxcsr) == 608, "");
_Static_assert(__builtin_offsetof(struct registers, control) == 612, "");
_Static_assert(__builtin_offsetof(struct registers, result) == 616, "");
_Static_assert(__builtin_offsetof(struct registers, stack) == 624, "");

#define LOAD_ALL(LOAD)							\
	ALL(LOAD)							\
	"ldmxcsr " MXCSR "(%%rax)\n"					\
	"fldcw " CONTROL "(%%rax)\n"					\
	"mov " GENERAL "(%%rax), %%rbx\n"				\
	"mov 8+" GENERAL "(%%rax), %%rbp\n"				\
	"mov 16+" GENERAL "(%%rax), %%r8\n"				\
	"mov 24+" GENERAL "(%%rax), %%r9\n"				\
	"mov 32+" GENERAL "(%%rax), %%r10\n"				\
	"mov 40+" GENERAL "(%%rax), %%r12\n"				\
	"mov 48+" GENERAL "(%%rax), %%r13\n"				\
	"mov 56+" GENERAL "(%%rax), %%r14\n"				\
	"mov 64+" GENERAL "(%%rax), %%r15\n"				\
	"mov " ARGUMENTS "(%%rax), %%rdi\n"				\
	"mov 8+" ARGUMENTS "(%%rax), %%rsi\n"				\
	"mov 16+" ARGUMENTS "(%%rax), %%rdx\n"

#define SAVE_ALL(SAVE)							\
	ALL(SAVE)							\
	"stmxcsr " MXCSR "(%%rcx)\n"					\
	"fnstcw " CONTROL "(%%rcx)\n"					\
	"mov %%rbx, " GENERAL "(%%rcx)\n"				\
	"mov %%rbp, 8+" GENERAL "(%%rcx)\n"				\
	"mov %%r8, 16+" GENERAL "(%%rcx)\n"				\
	"mov %%r9, 24+" GENERAL "(%%rcx)\n"				\
	"mov %%r10, 32+" GENERAL "(%%rcx)\n"				\
	"mov %%r12, 40+" GENERAL "(%%rcx)\n"				\
	"mov %%r13, 48+" GENERAL "(%%rcx)\n"				\
	"mov %%r14, 56+" GENERAL "(%%rcx)\n"				\
	"mov %%r15, 64+" GENERAL "(%%rcx)\n"				\
	"mov %%rdi, " ARGUMENTS "(%%rcx)\n"				\
	"mov %%rsi, 8+" ARGUMENTS "(%%rcx)\n"				\
	"mov %%rdx, 16+" ARGUMENTS "(%%rcx)\n"				\
	"mov %%rax, " RESULT "(%%rcx)\n"				\
	"mov %%rsp, " STACK "(%%rcx)\n"

/* As C wants them. */
#define RESET								\
	"movl $0x1f80, -4(%%rsp)\n ldmxcsr -4(%%rsp)\n"		\
	"movw $0x37f, -4(%%rsp)\n fldcw -4(%%rsp)\n"

/* The compiler has but rbx and rbp for the two pointers. */
#define CLOBBERS							\
	"rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",		\
	"r11", "r12", "r13", "r14", "r15", "cc", "memory",		\
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",			\
	"xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",		\
	"xmm12", "xmm13", "xmm14", "xmm15"

/*
 * A threadlet that blocks in a call on a stack of its own. The heir goes on with
 * what is pushed on the old one; the task that blocked never comes back.
 */
#define SPLIT(LOAD, SAVE)						\
	__asm__ volatile(						\
		"push %%rbx\n push %%rbp\n push %[out]\n"		\
		"mov %%rsp, %%rdi\n lea 7f(%%rip), %%rsi\n"		\
		"lea ahu(%%rip), %%rdx\n mov $467, %%eax\n"		\
		"syscall\n"						\
		"test %%rax, %%rax\n jz 6f\n ud2\n"			\
		"6:\n"							\
		"mov %[in], %%rax\n"					\
		LOAD_ALL(LOAD)						\
		"lea threadlet_stack_top(%%rip), %%rsp\n"		\
		"mov $0, %%eax\n"					\
		"syscall\n"						\
		"lea blocked(%%rip), %%rcx\n"				\
		SAVE_ALL(SAVE)						\
		RESET							\
		"call end_of_threadlet\n"				\
		"7:\n"							\
		"mov (%%rsp), %%rcx\n"					\
		SAVE_ALL(SAVE)						\
		"pop %%rcx\n pop %%rbp\n pop %%rbx\n"			\
		RESET							\
		:: [in] "r" (in), [out] "r" (out) : CLOBBERS)

struct registers blocked;	/* the threadlet's, after its call */
static volatile int ended;

char threadlet_stack[65536] __attribute__((aligned(16)));
__asm__(".globl threadlet_stack_top\n"
	".set threadlet_stack_top, threadlet_stack + 65536\n");

void end_of_threadlet(void)
{
	CHECK(syscall(NR_THREADLET_OFF) == 0, "threadlet_off");
	ended++;
	syscall(NR_ASYNC_THREAD);
	abort();
}

__attribute__((noinline)) static void
split_with_sse(const struct registers *in, struct registers *out)
{
	SPLIT(LOAD_SSE, SAVE_SSE);
}

__attribute__((noinline, target("avx"))) static void
split_with_avx(const struct registers *in, struct registers *out)
{
	SPLIT(LOAD_AVX, SAVE_AVX);
}

static void fill(struct registers *r, int round, int bytes)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < 16; i++)
		memset(r->vector[i], round * 17 + i * 5 + 1, bytes);
	for (i = 0; i < 9; i++)
		r->general[i] = 0x0123456789abcdefUL * (round + 1) + i;
	r->mxcsr = 0x1f80 | (round & 3) << 13;
	r->control = 0x037f | (round & 3) << 10;
}

/* FS and GS base; glibc needs its own FS base back at once. */
static long swap_fs(uint64_t base)
{
	uint64_t old;

	syscall(SYS_arch_prctl, ARCH_GET_FS, &old);
	syscall(SYS_arch_prctl, ARCH_SET_FS, base);
	return old;
}

static void compare(const struct registers *in, const struct registers *out,
		    const char *whose, int round)
{
	CHECK(!memcmp(in->vector, out->vector, sizeof(in->vector)),
	      "round %d, %s: vectors", round, whose);
	CHECK(!memcmp(in->general, out->general, sizeof(in->general)),
	      "round %d, %s: general registers", round, whose);
	CHECK(!memcmp(in->arguments, out->arguments, sizeof(in->arguments)),
	      "round %d, %s: argument registers", round, whose);
	CHECK(in->mxcsr == out->mxcsr, "round %d, %s: %#x, not %#x", round,
	      whose, out->mxcsr, in->mxcsr);
	CHECK(in->control == out->control, "round %d, %s: %#x, not %#x", round,
	      whose, out->control, in->control);
}

/* The call, with FS and GS base set as well. */
static void call_across(void (*call)(const struct registers *,
				     struct registers *),
			const struct registers *in, struct registers *out,
			int round)
{
	static uint64_t copy_of_tls[1024];
	uint64_t gs = 0x10000000UL + round * 4096, seen = 0, fs, fs_seen;

	memset(out, 0, sizeof(*out));
	syscall(SYS_arch_prctl, ARCH_SET_GS, gs);
	/* Every other round FS is not what it was when the spare was made. */
	syscall(SYS_arch_prctl, ARCH_GET_FS, &fs);
	memcpy(copy_of_tls + 512, (void *)fs, 2048);
	if (round & 1)
		swap_fs((uintptr_t)(copy_of_tls + 512));
	call(in, out);
	fs_seen = swap_fs(fs);
	syscall(SYS_arch_prctl, ARCH_GET_GS, &seen);
	CHECK(out->result == 0, "round %d did not go async: %#lx", round,
	      (long)out->result);
	CHECK(seen == gs, "round %d: GS base %#lx", round, (long)seen);
	CHECK(fs_seen == (round & 1 ? (uintptr_t)(copy_of_tls + 512) : fs),
	      "round %d: FS base %#lx", round, (long)fs_seen);
	compare(in, out, "heir", round);
}

/* Both go on with all registers, but for three of the heir. */
static void threadlet_round(int round, int avx, int pipe[2])
{
	static struct registers in, out;
	static char byte;
	int i;

	ahu.new_thread_stack = 1;
	fill(&in, round, avx ? 32 : 16);
	in.arguments[0] = pipe[0];
	in.arguments[1] = (uintptr_t)&byte;
	in.arguments[2] = 1;
	ended = 0;
	call_across(avx ? split_with_avx : split_with_sse, &in, &out, round);
	CHECK(out.stack - (uintptr_t)threadlet_stack > sizeof(threadlet_stack),
	      "round %d: the heir is on the threadlet's stack", round);
	if (write(pipe[1], "x", 1) != 1)
		CHECK(0, "write");
	for (i = 0; !ended && i < 100000; i++)
		usleep(10);
	CHECK(ended, "round %d: the threadlet did not end", round);
	CHECK(blocked.result == 1, "round %d: read gave %ld", round,
	      (long)blocked.result);
	CHECK(blocked.stack == (uintptr_t)threadlet_stack +
			       sizeof(threadlet_stack),
	      "round %d: the threadlet lost its stack", round);
	compare(&in, &blocked, "threadlet", round);
}

int main(void)
{
	int avx = __builtin_cpu_supports("avx"), pipe_fds[2], round;

	if (pipe(pipe_fds))
		return 2;
	for (round = 0; round < ROUNDS && !failures; round++)
		threadlet_round(round, avx, pipe_fds);
	printf("threadlet registers: %d rounds, %s, %d failures\n", round,
	       avx ? "ymm" : "xmm", failures);
	return failures != 0;
}
