// SPDX-License-Identifier: GPL-2.0
/* Who may enter with what, and what a chain may not do. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "syslet_test.h"

FIXTURE(entry) {
	struct call	call;
	unsigned long	value;
};

FIXTURE_SETUP(entry)
{
	if (!set_up())
		SKIP(return, "no syslets in this kernel");
	self->value = 7;
	call_value(&self->call, &self->value);
}

FIXTURE_TEARDOWN(entry)
{
}

TEST_F(entry, needs_a_stack_for_the_first_spare)
{
	head.new_thread_stack = 0;
	EXPECT_EQ(-EINVAL, submit(&self->call.atom));
	EXPECT_EQ(1234567, self->call.ret);
	head.new_thread_stack = SOME_STACK;
	EXPECT_EQ((long)&self->call.atom, submit(&self->call.atom));
	EXPECT_EQ(7, self->call.ret);
}

TEST_F(entry, stack_is_used_up_once)
{
	submit(&self->call.atom);
	EXPECT_EQ(0, head.new_thread_stack);
	/* The spare is still there, so the word is not even looked at. */
	EXPECT_EQ((long)&self->call.atom, submit(&self->call.atom));
	head.new_thread_stack = SOME_STACK;
	EXPECT_EQ((long)&self->call.atom, submit(&self->call.atom));
	EXPECT_EQ(SOME_STACK, head.new_thread_stack);
}

TEST_F(entry, needs_a_head_that_can_be_read)
{
	EXPECT_EQ(-1, syscall(__NR_async_exec, &self->call.atom, NOWHERE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(1234567, self->call.ret);
}

/* These would act on the wrong task, or change what is shared. */
TEST_F(entry, refuses_calls_inside_a_chain)
{
	static const int numbers[] = {
		SYS_fork, SYS_vfork, SYS_clone, SYS_execve, SYS_exit,
		SYS_exit_group, SYS_rt_sigreturn, SYS_arch_prctl, SYS_setuid,
		SYS_setgroups, SYS_setsid, SYS_capset, SYS_unshare, SYS_setns,
		SYS_rt_sigprocmask, SYS_rt_sigsuspend, SYS_sigaltstack,
		SYS_ppoll, SYS_pselect6, SYS_epoll_pwait, SYS_prctl, SYS_ptrace,
		SYS_set_tid_address, SYS_set_robust_list, SYS_rt_sigtimedwait,
		SYS_io_pgetevents, SYS_keyctl, SYS_seccomp, SYS_personality,
		SYS_sched_setaffinity, SYS_setpriority, __NR_async_exec,
		__NR_async_wait, __NR_async_thread, __NR_threadlet_on,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		call_init(&self->call, numbers[i], 0, 0, 0);
		EXPECT_EQ((long)&self->call.atom, submit(&self->call.atom));
		EXPECT_EQ(no_call(), self->call.ret) {
			TH_LOG("call %d", numbers[i]);
		}
	}
}

TEST_F(entry, refuses_tasks_with_a_filter)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	ASSERT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_EQ(0, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	EXPECT_EQ(-EPERM, submit(&self->call.atom));
	EXPECT_EQ(1234567, self->call.ret);
}

TEST_F(entry, head_is_no_spare)
{
	submit(&self->call.atom);
	EXPECT_EQ(-1, syscall(__NR_async_thread));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, syscall(__NR_threadlet_off));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(entry, umem_add_returns_the_new_value)
{
	EXPECT_EQ(10, syscall(__NR_umem_add, &self->value, 3UL));
	EXPECT_EQ(10, self->value);
	EXPECT_EQ(9, syscall(__NR_umem_add, &self->value, -1UL));
	EXPECT_EQ(-1, syscall(__NR_umem_add, (void *)NOWHERE, 0UL));
	EXPECT_EQ(EFAULT, errno);
}

/* A child of fork() has no chains, and a family of its own. */
TEST_F(entry, child_is_a_head_of_its_own)
{
	int status;
	pid_t child;

	call_read(&self->call, 0);
	ASSERT_EQ(0, submit(&self->call.atom));
	child = fork();
	if (!child) {
		/* The parent's chain reads from the parent's pipe. */
		if (!set_up() || wait_events(1))
			_exit(1);
		call_read(&self->call, 0);
		_exit(submit(&self->call.atom) || let_go(1) ||
		      take_event() != &self->call.atom);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(&self->call.atom, take_event());
}

static void *submit_and_exit(void *call)
{
	submit(call);
	return NULL;
}

TEST_F(entry, thread_that_exits_waits_for_its_chains)
{
	pthread_t thread;

	call_read(&self->call, 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, submit_and_exit,
				    &self->call.atom));
	ASSERT_LT(0, let_go_later(1));
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(1, self->call.ret);
}

/* They end with the process, however many sleep. */
TEST_F(entry, exit_of_the_process_ends_its_chains)
{
	int status;
	pid_t child = fork();

	if (!child) {
		head_init();
		call_read(&self->call, 0);
		_exit(submit(&self->call.atom) ? 1 : 5);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(5, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN
