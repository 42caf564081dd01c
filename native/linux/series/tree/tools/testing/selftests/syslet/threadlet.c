// SPDX-License-Identifier: GPL-2.0
/* Functions of user mode that become threads when they sleep. */
#include <assert.h>
#include <stdalign.h>
#include <stddef.h>

#include "syslet_test.h"

#define STACK	32768

FIXTURE(threadlet) {
	struct threadlet_page	*page;		/* NULL: begin by a call */
};

FIXTURE_VARIANT(threadlet) {
	bool			page;
};

FIXTURE_VARIANT_ADD(threadlet, by_call) {
	.page = false,
};

FIXTURE_VARIANT_ADD(threadlet, by_store) {
	.page = true,
};

static alignas(16) char stacks[2 * SLOTS][STACK];
static long results[2 * SLOTS];
static int done;

/* Without errno, which belongs to the head as well. */
static long raw(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("syscall"
		     : "=a" (ret)
		     : "a" (nr), "D" (a), "S" (b), "d" (c)
		     : "rcx", "r11", "memory");
	return ret;
}

/*
 * Run @fn(@arg) as a threadlet on a stack: 1, or 0 in the task that took over,
 * or the error of threadlet_on(). With a page it begins by a store and ends by
 * a compare-and-exchange. A threadlet that has become a thread ends as a spare.
 */
long exec_on(void (*fn)(long arg), long arg, void *stack,
	     struct async_head_user *ahu, struct threadlet_page *page);

asm(".text\n"
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

/* What that relies on. */
static_assert(offsetof(struct threadlet_page, armed) == 0, "armed");
static_assert(offsetof(struct threadlet_page, restore_stack) == 8, "stack");
static_assert(offsetof(struct threadlet_page, restore_ip) == 16, "ip");
static_assert(offsetof(struct threadlet_page, token) == 32, "token");

static struct threadlet_page *make_page(void)
{
	return (void *)raw(__NR_threadlet_on, 0, 0, (long)&head);
}

/* Without a spare the call makes one. */
static long run(struct threadlet_page *page, void (*fn)(long arg), int n)
{
	bool spare = page && page->ready;

	head.new_thread_stack = SOME_STACK;
	return exec_on(fn, n, stacks[n] + STACK, &head,
		       spare ? page : NULL);
}

static void nothing(long n)
{
	results[n] = 1;
}

static void read_byte(long n)
{
	results[n] = raw(SYS_read, fds[0], (long)&byte[n], 1);
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
}

static void await(int n)
{
	while (__atomic_load_n(&done, __ATOMIC_SEQ_CST) < n)
		usleep(1000);
}

FIXTURE_SETUP(threadlet)
{
	if (!set_up())
		SKIP(return, "no syslets in this kernel");
	self->page = variant->page ? make_page() : NULL;
	/* From here on there is a spare. */
	ASSERT_EQ(1, run(self->page, nothing, 0));
	results[0] = 0;
}

FIXTURE_TEARDOWN(threadlet)
{
}

TEST_F(threadlet, that_never_sleeps_is_a_call)
{
	long tid = syscall(SYS_gettid);

	EXPECT_EQ(1, run(self->page, nothing, 0));
	EXPECT_EQ(1, results[0]);
	EXPECT_EQ(tid, syscall(SYS_gettid));
}

TEST_F(threadlet, that_sleeps_is_a_thread)
{
	long tid = syscall(SYS_gettid);

	EXPECT_EQ(0, run(self->page, read_byte, 0));
	EXPECT_NE(tid, syscall(SYS_gettid));
	EXPECT_EQ(0, done);
	EXPECT_EQ(0, let_go(1));
	await(1);
	EXPECT_EQ(1, results[0]);
}

TEST_F(threadlet, many_sleep)
{
	int i;

	for (i = 0; i < 2 * SLOTS; i++)
		EXPECT_EQ(0, run(self->page, read_byte, i));
	EXPECT_EQ(0, let_go(2 * SLOTS));
	await(2 * SLOTS);
	for (i = 0; i < 2 * SLOTS; i++)
		EXPECT_EQ(1, results[i]);
}

static void read_twice(long n)
{
	read_byte(n);
	read_byte(n);
}

TEST_F(threadlet, hands_over_once)
{
	long tid;

	EXPECT_EQ(0, run(self->page, read_twice, 0));
	tid = syscall(SYS_gettid);
	EXPECT_EQ(0, let_go(1));
	await(1);
	EXPECT_EQ(tid, syscall(SYS_gettid));
	EXPECT_EQ(1, run(self->page, nothing, 1));
	EXPECT_EQ(0, let_go(1));
	await(2);
}

static long no_call_inside(void)
{
	return raw(1L << 20, 0, 0, 0);
}

static void try_refused(long n)
{
	static const int numbers[] = {
		SYS_fork, SYS_clone, SYS_execve, SYS_exit, SYS_exit_group,
		SYS_arch_prctl, SYS_setuid, SYS_setsid, SYS_unshare,
		SYS_rt_sigprocmask, SYS_sigaltstack, SYS_ppoll, SYS_prctl,
		__NR_async_exec, __NR_async_wait, __NR_threadlet_on,
	};
	unsigned int i;

	results[n] = 0;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (raw(numbers[i], 0, 0, 0) != no_call_inside())
			results[n] = numbers[i];
}

TEST_F(threadlet, refuses_calls_inside)
{
	EXPECT_EQ(1, run(self->page, try_refused, 0));
	EXPECT_EQ(0, results[0]) {
		TH_LOG("call %ld", results[0]);
	}
	EXPECT_EQ(0, raw(SYS_setuid, getuid(), 0, 0));
}

TEST_F(threadlet, mixes_with_chains)
{
	struct call call;

	call_read(&call, 0);
	head.new_thread_stack = SOME_STACK;
	EXPECT_EQ(0, submit(&call.atom));
	EXPECT_EQ(0, run(self->page, read_byte, 1));
	EXPECT_EQ(0, let_go(2));
	EXPECT_EQ(&call.atom, take_event());
	await(1);
	EXPECT_EQ(1, results[1]);
}

TEST_F(threadlet, ends_nowhere_but_inside)
{
	EXPECT_EQ(-EINVAL, raw(__NR_threadlet_off, 0, 0, 0));
	EXPECT_EQ(-EINVAL, raw(__NR_async_thread, 0, 0, 0));
}

/* The page says how many spares there are, and whether one is armed. */
TEST_F(threadlet, page_tells)
{
	struct threadlet_page *page = make_page();

	EXPECT_EQ(page, make_page());
	EXPECT_EQ(1, page->ready);
	EXPECT_EQ(0, run(page, read_byte, 0));
	EXPECT_EQ(0, page->ready);
	EXPECT_EQ(0, page->armed);
	EXPECT_EQ(0, let_go(1));
	await(1);
	while (__atomic_load_n(&page->ready, __ATOMIC_SEQ_CST) != 1)
		usleep(1000);
}

TEST_HARNESS_MAIN
