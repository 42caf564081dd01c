// SPDX-License-Identifier: GPL-2.0
/* Chains that sleep, and their events in the completion ring. */
#include "syslet_test.h"

FIXTURE(ring) {
	struct call	call[2 * SLOTS];
};

FIXTURE_SETUP(ring)
{
	int i;

	if (!set_up())
		SKIP(return, "no syslets in this kernel");
	for (i = 0; i < 2 * SLOTS; i++)
		call_read(&self->call[i], i);
}

FIXTURE_TEARDOWN(ring)
{
}

/* Until nothing is busy any more. */
static void settle(void)
{
	wait_events(1000);
}

TEST_F(ring, head_goes_on_in_another_task)
{
	long tid = syscall(SYS_gettid);
	pid_t pid = getpid();

	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_NE(tid, syscall(SYS_gettid));
	EXPECT_EQ(pid, getpid());
	EXPECT_EQ(1234567, self->call[0].ret);
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(&self->call[0].atom, take_event());
	EXPECT_EQ(1, self->call[0].ret);
}

TEST_F(ring, event_is_the_last_atom_executed)
{
	unsigned long zero = 0;
	struct call second, third;

	call_value(&second, &zero);
	call_value(&third, &zero);
	self->call[0].atom.next = &second.atom;
	second.atom.next = &third.atom;
	second.atom.flags = SYSLET_STOP_ON_ZERO;
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(&second.atom, take_event());
	EXPECT_EQ(1234567, third.ret);
}

TEST_F(ring, rest_of_the_chain_may_sleep_again)
{
	self->call[0].atom.next = &self->call[1].atom;
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, let_go(1));
	usleep(1000);
	EXPECT_EQ(NULL, ring[0]);
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(&self->call[1].atom, take_event());
}

TEST_F(ring, wraps)
{
	int round, i;

	for (round = 0; round < 3; round++) {
		ASSERT_EQ(SLOTS - 1, block(self->call, SLOTS - 1));
		ASSERT_EQ(0, let_go(SLOTS - 1));
		for (i = 0; i < SLOTS - 1; i++)
			EXPECT_NE(NULL, take_event());
		EXPECT_EQ(head.user_ring_idx, head.kernel_ring_idx);
	}
	EXPECT_EQ(3 * (SLOTS - 1) % SLOTS, head.kernel_ring_idx);
}

TEST_F(ring, event_without_a_slot_is_lost)
{
	int i;

	EXPECT_EQ(SLOTS + 1, block(self->call, SLOTS + 1));
	EXPECT_EQ(0, let_go(SLOTS + 1));
	settle();
	for (i = 0; i < SLOTS; i++)
		EXPECT_NE(NULL, take_event());
	EXPECT_EQ(NULL, take_event());
	/* The call was made all the same. */
	for (i = 0; i <= SLOTS; i++)
		EXPECT_EQ(1, self->call[i].ret);
}

TEST_F(ring, occupied_slot_is_left_alone)
{
	struct syslet_uatom *there = &self->call[7].atom;

	ring[0] = there;
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, let_go(1));
	settle();
	EXPECT_EQ(there, ring[0]);
	EXPECT_EQ(NULL, ring[1]);
	EXPECT_EQ(0, head.kernel_ring_idx);
}

TEST_F(ring, no_complete_posts_nothing)
{
	self->call[0].atom.flags = SYSLET_NO_COMPLETE;
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, let_go(1));
	settle();
	EXPECT_EQ(1, self->call[0].ret);
	EXPECT_EQ(NULL, ring[0]);
	EXPECT_EQ(0, head.kernel_ring_idx);
}

TEST_F(ring, bad_ring_takes_no_events)
{
	head.ring_size_bytes = sizeof(ring) - 1;
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, let_go(1));
	while (__atomic_load_n(&self->call[0].ret, __ATOMIC_ACQUIRE) != 1)
		usleep(1000);
	head.ring_size_bytes = sizeof(ring);
	settle();
	EXPECT_EQ(0, head.kernel_ring_idx);
	EXPECT_EQ(NULL, ring[0]);
}

TEST_F(ring, task_that_is_done_is_a_spare)
{
	EXPECT_EQ(1, block(self->call, 1));
	EXPECT_EQ(0, let_go(1));
	settle();
	head.new_thread_stack = SOME_STACK;
	EXPECT_EQ(0, submit(&self->call[1].atom));
	EXPECT_EQ(SOME_STACK, head.new_thread_stack);
	EXPECT_EQ(0, let_go(1));
	settle();
}

TEST_HARNESS_MAIN
