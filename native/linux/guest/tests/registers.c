// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that user space can hold in registers, across hand-overs. The call
 * is made between a load and a store of all of it, in one piece of assembly, so
 * that no compiler keeps anything in memory meanwhile.
 */
#include "client.h"
#include <asm/prctl.h>

#define ROUNDS	64

struct registers {
	uint8_t		vector[32][64];
	uint64_t	mask[8];
	uint64_t	general[9];	/* rbx rbp r8 r9 r10 r12 r13 r14 r15 */
	uint64_t	arguments[3];	/* rdi rsi rdx */
	uint32_t	mxcsr;
	uint16_t	control;
	uint64_t	result;
} __attribute__((aligned(64)));

#define ALL(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) \
	       X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define LOAD_SSE(i)	"movdqa 64*" #i "(%%rax), %%xmm" #i "\n"
#define SAVE_SSE(i)	"movdqa %%xmm" #i ", 64*" #i "(%%rcx)\n"
#define LOAD_AVX(i)	"vmovdqa 64*" #i "(%%rax), %%ymm" #i "\n"
#define SAVE_AVX(i)	"vmovdqa %%ymm" #i ", 64*" #i "(%%rcx)\n"
#define LOAD_AVX512(i)	"vmovdqa64 64*" #i "(%%rax), %%zmm" #i "\n"
#define SAVE_AVX512(i)	"vmovdqa64 %%zmm" #i ", 64*" #i "(%%rcx)\n"
#define UPPER(X) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) \
		 X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
#define MASKS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define LOAD_MASK(i)	"kmovq 2048+8*" #i "(%%rax), %%k" #i "\n"
#define SAVE_MASK(i)	"kmovq %%k" #i ", 2048+8*" #i "(%%rcx)\n"

/* Offsets in struct registers; checked below. */
#define GENERAL		"2112"
#define ARGUMENTS	"2184"
#define MXCSR		"2208"
#define CONTROL		"2212"
#define RESULT		"2216"
_Static_assert(__builtin_offsetof(struct registers, mask) == 2048, "");
_Static_assert(__builtin_offsetof(struct registers, general) == 2112, "");
_Static_assert(__builtin_offsetof(struct registers, arguments) == 2184, "");
_Static_assert(__builtin_offsetof(struct registers, mxcsr) == 2208, "");
_Static_assert(__builtin_offsetof(struct registers, control) == 2212, "");
_Static_assert(__builtin_offsetof(struct registers, result) == 2216, "");

/* rsp and the saved pointers live on the stack, which both contexts share. */
#define AROUND(LOADS, SAVES)						\
	__asm__ volatile(						\
		"push %%rbx\n push %%rbp\n push %[out]\n"		\
		"mov %[in], %%rax\n"					\
		LOADS							\
		"ldmxcsr " MXCSR "(%%rax)\n"				\
		"fldcw " CONTROL "(%%rax)\n"				\
		"mov " GENERAL "(%%rax), %%rbx\n"			\
		"mov 8+" GENERAL "(%%rax), %%rbp\n"			\
		"mov 16+" GENERAL "(%%rax), %%r8\n"			\
		"mov 24+" GENERAL "(%%rax), %%r9\n"			\
		"mov 32+" GENERAL "(%%rax), %%r10\n"			\
		"mov 40+" GENERAL "(%%rax), %%r12\n"			\
		"mov 48+" GENERAL "(%%rax), %%r13\n"			\
		"mov 56+" GENERAL "(%%rax), %%r14\n"			\
		"mov 64+" GENERAL "(%%rax), %%r15\n"			\
		"mov " ARGUMENTS "(%%rax), %%rdi\n"			\
		"mov 8+" ARGUMENTS "(%%rax), %%rsi\n"			\
		"mov 16+" ARGUMENTS "(%%rax), %%rdx\n"			\
		"mov $463, %%eax\n"					\
		"syscall\n"						\
		"pop %%rcx\n"						\
		SAVES							\
		"stmxcsr " MXCSR "(%%rcx)\n"				\
		"fnstcw " CONTROL "(%%rcx)\n"				\
		"mov %%rbx, " GENERAL "(%%rcx)\n"			\
		"mov %%rbp, 8+" GENERAL "(%%rcx)\n"			\
		"mov %%r8, 16+" GENERAL "(%%rcx)\n"			\
		"mov %%r9, 24+" GENERAL "(%%rcx)\n"			\
		"mov %%r10, 32+" GENERAL "(%%rcx)\n"			\
		"mov %%r12, 40+" GENERAL "(%%rcx)\n"			\
		"mov %%r13, 48+" GENERAL "(%%rcx)\n"			\
		"mov %%r14, 56+" GENERAL "(%%rcx)\n"			\
		"mov %%r15, 64+" GENERAL "(%%rcx)\n"			\
		"mov %%rdi, " ARGUMENTS "(%%rcx)\n"			\
		"mov %%rsi, 8+" ARGUMENTS "(%%rcx)\n"			\
		"mov %%rdx, 16+" ARGUMENTS "(%%rcx)\n"			\
		"mov %%rax, " RESULT "(%%rcx)\n"			\
		"pop %%rbp\n pop %%rbx\n"				\
		"movl $0x1f80, -4(%%rsp)\n ldmxcsr -4(%%rsp)\n"		\
		"movw $0x37f, -4(%%rsp)\n fldcw -4(%%rsp)\n"		\
		:: [in] "r" (in), [out] "r" (out)			\
		: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",	\
		  "r11", "r12", "r13", "r14", "r15", "cc", "memory",	\
		  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",	\
		  "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",	\
		  "xmm12", "xmm13", "xmm14", "xmm15")

__attribute__((noinline)) static void
call_with_sse(const struct registers *in, struct registers *out)
{
	AROUND(ALL(LOAD_SSE), ALL(SAVE_SSE));
}

__attribute__((noinline, target("avx"))) static void
call_with_avx(const struct registers *in, struct registers *out)
{
	AROUND(ALL(LOAD_AVX), ALL(SAVE_AVX));
}

/* Registers 16 to 31 and the masks are not kept across a call. */
__attribute__((noinline, target("avx512bw"))) static void
call_with_avx512(const struct registers *in, struct registers *out)
{
	AROUND(ALL(LOAD_AVX512) UPPER(LOAD_AVX512) MASKS(LOAD_MASK),
	       ALL(SAVE_AVX512) UPPER(SAVE_AVX512) MASKS(SAVE_MASK));
}

static const struct vectors {
	const char	*name;
	int		bytes, count, masks;
	void		(*call)(const struct registers *in,
				struct registers *out);
} sse = { "xmm", 16, 16, 0, call_with_sse },
  avx = { "ymm", 32, 16, 0, call_with_avx },
  avx512 = { "zmm", 64, 32, 8, call_with_avx512 };

static void fill(struct registers *r, int round, struct call *call,
		 const struct vectors *vectors)
{
	int i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < vectors->count; i++)
		memset(r->vector[i], round * 17 + i * 5 + 1, vectors->bytes);
	for (i = 0; i < vectors->masks; i++)
		r->mask[i] = 0xfedcba9876543210UL * (round + 1) + i;
	for (i = 0; i < 9; i++)
		r->general[i] = 0x0123456789abcdefUL * (round + 1) + i;
	r->arguments[0] = (uintptr_t)&call->atom;
	r->arguments[1] = (uintptr_t)&ahu;
	r->arguments[2] = 0xd0d0d0d0UL + round;
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

static void one_round(int round, const struct vectors *vectors, int pipe[2])
{
	static struct registers in, out;
	static uint64_t copy_of_tls[1024];
	uint64_t gs = 0x10000000UL + round * 4096, seen = 0, fs, fs_seen;
	struct call call;
	char byte[8];

	call_set(&call, SYS_read, pipe[0], (uintptr_t)byte, 1);
	ahu.new_thread_stack = 1;
	fill(&in, round, &call, vectors);
	memset(&out, 0, sizeof(out));
	syscall(SYS_arch_prctl, ARCH_SET_GS, gs);
	/* Every other round FS is not what it was when the spare was made. */
	syscall(SYS_arch_prctl, ARCH_GET_FS, &fs);
	memcpy(copy_of_tls + 512, (void *)fs, 2048);
	if (round & 1)
		swap_fs((uintptr_t)(copy_of_tls + 512));
	vectors->call(&in, &out);
	fs_seen = swap_fs(fs);
	syscall(SYS_arch_prctl, ARCH_GET_GS, &seen);

	CHECK(out.result == 0, "round %d did not go async: %#lx", round,
	      (long)out.result);
	CHECK(!memcmp(in.vector, out.vector, sizeof(in.vector)),
	      "round %d: vectors", round);
	CHECK(!memcmp(in.mask, out.mask, sizeof(in.mask)),
	      "round %d: masks", round);
	CHECK(!memcmp(in.general, out.general, sizeof(in.general)),
	      "round %d: general registers", round);
	CHECK(!memcmp(in.arguments, out.arguments, sizeof(in.arguments)),
	      "round %d: argument registers", round);
	CHECK(in.mxcsr == out.mxcsr, "round %d: %#x, not %#x", round, out.mxcsr,
	      in.mxcsr);
	CHECK(in.control == out.control, "round %d: %#x, not %#x", round,
	      out.control, in.control);
	CHECK(seen == gs, "round %d: GS base %#lx", round, (long)seen);
	CHECK(fs_seen == (round & 1 ? (uintptr_t)(copy_of_tls + 512) : fs),
	      "round %d: FS base %#lx", round, (long)fs_seen);

	if (write(pipe[1], "x", 1) != 1)
		CHECK(0, "write");
	CHECK(reap() == &call.atom, "round %d: event", round);
	CHECK(call.ret == 1, "round %d: read gave %ld", round, call.ret);
}

static void all_rounds(const struct vectors *vectors)
{
	int pipe_fds[2], round;

	if (pipe(pipe_fds))
		exit(2);
	for (round = 0; round < ROUNDS && !failures; round++)
		one_round(round, vectors, pipe_fds);
	printf("registers: %d rounds, %s, %d failures\n", round,
	       vectors->name, failures);
}

int main(void)
{
	all_rounds(&sse);
	if (__builtin_cpu_supports("avx"))
		all_rounds(&avx);
	if (__builtin_cpu_supports("avx512bw"))
		all_rounds(&avx512);
	return failures != 0;
}
