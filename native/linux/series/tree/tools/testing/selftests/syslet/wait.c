// SPDX-License-Identifier: GPL-2.0
/* What async_wait() waits for, and what it refuses. */
#include <sys/time.h>

#include "syslet_test.h"

FIXTURE(wait) {
	struct call	call[SLOTS];
};

FIXTURE_SETUP(wait)
{
	int i;

	if (!set_up())
		SKIP(return, "no syslets in this kernel");
	for (i = 0; i < SLOTS; i++)
		call_read(&self->call[i], i);
}

FIXTURE_TEARDOWN(wait)
{
}

TEST_F(wait, for_nothing)
{
	EXPECT_EQ(0, wait_events(0));
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, wait_events(0));
}

TEST_F(wait, with_nothing_busy)
{
	EXPECT_EQ(0, wait_events(1));
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(0, wait_events(1));
	EXPECT_EQ(0, wait_events(100));
}

TEST_F(wait, for_two_events)
{
	EXPECT_EQ(3, block(self->call, 3));
	ASSERT_LT(0, let_go_later(2));
	EXPECT_EQ(0, wait_events(2));
	EXPECT_NE(NULL, ring[0]);
	EXPECT_NE(NULL, ring[1]);
	EXPECT_EQ(NULL, ring[2]);
}

TEST_F(wait, events_that_are_there_count)
{
	EXPECT_EQ(2, block(self->call, 2));
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(0, wait_events(1));
	EXPECT_EQ(0, wait_events(1));
	ASSERT_LT(0, let_go_later(1));
	EXPECT_EQ(0, wait_events(2));
	EXPECT_NE(NULL, ring[1]);
}

TEST_F(wait, refuses_a_bad_ring)
{
	EXPECT_EQ(-1, syscall(__NR_async_wait, 1UL, (unsigned long)SLOTS, &head));
	EXPECT_EQ(EINVAL, errno);
	head.kernel_ring_idx = SLOTS;
	EXPECT_EQ(-EINVAL, wait_events(1));
	head.kernel_ring_idx = 0;
	head.ring_size_bytes = 0;
	EXPECT_EQ(-EINVAL, wait_events(1));
	head.ring_size_bytes = sizeof(ring) + 1;
	EXPECT_EQ(-EINVAL, wait_events(0));
	EXPECT_EQ(-1, syscall(__NR_async_wait, 0UL, 0UL, (void *)NOWHERE));
	EXPECT_EQ(EFAULT, errno);
}

static int signals;

static void on_signal(int sig)
{
	__atomic_add_fetch(&signals, sig == SIGALRM, __ATOMIC_SEQ_CST);
}

TEST_F(wait, is_interrupted_by_a_signal)
{
	struct itimerval soon = { .it_value.tv_usec = 10000 };

	signal(SIGALRM, on_signal);
	EXPECT_EQ(1, block(self->call, 1));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
	EXPECT_EQ(-EINTR, wait_events(1));
	EXPECT_EQ(1, __atomic_load_n(&signals, __ATOMIC_SEQ_CST));
	/* The chain is not disturbed. */
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(&self->call[0].atom, take_event());
	EXPECT_EQ(1, self->call[0].ret);
}

TEST_HARNESS_MAIN
