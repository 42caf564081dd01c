// SPDX-License-Identifier: GPL-2.0
/* What async_exec() does with a chain of atoms. */
#include "syslet_test.h"

FIXTURE(chain) {
	struct call	call[3];
	unsigned long	value[3];
};

FIXTURE_SETUP(chain)
{
	int i;

	if (!set_up())
		SKIP(return, "no syslets in this kernel");
	for (i = 0; i < 3; i++) {
		self->value[i] = i + 1;
		call_value(&self->call[i], &self->value[i]);
		if (i)
			self->call[i - 1].atom.next = &self->call[i].atom;
	}
}

FIXTURE_TEARDOWN(chain)
{
}

TEST_F(chain, that_never_sleeps_returns_its_last_atom)
{
	long tid = syscall(SYS_gettid);

	EXPECT_EQ((long)&self->call[2].atom, submit(&self->call[0].atom));
	EXPECT_EQ(1, self->call[0].ret);
	EXPECT_EQ(2, self->call[1].ret);
	EXPECT_EQ(3, self->call[2].ret);
	EXPECT_EQ(tid, syscall(SYS_gettid));
	EXPECT_EQ(NULL, ring[0]);
	EXPECT_EQ(0, head.kernel_ring_idx);
}

TEST_F(chain, result_is_an_argument_of_the_next_atom)
{
	unsigned long word = 40;

	call_init(&self->call[1], __NR_umem_add, (uintptr_t)&word, 0, 0);
	self->call[0].atom.ret_ptr = (long *)&self->call[1].args[1];
	self->value[0] = 2;
	submit(&self->call[0].atom);
	EXPECT_EQ(42, word);
	EXPECT_EQ(42, self->call[1].ret);
}

/* How many atoms are executed if the first has these flags and this result. */
static long executed(struct call *call, unsigned long flags, long result)
{
	*(long *)call->args[0] = result;
	call->atom.flags = flags;
	return (struct call *)submit(&call->atom) - call + 1;
}

TEST_F(chain, stop_conditions)
{
	EXPECT_EQ(3, executed(self->call, SYSLET_STOP_ON_NONZERO, 0));
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_NONZERO, 1));
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_NONZERO, -1));
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_ZERO, 0));
	EXPECT_EQ(3, executed(self->call, SYSLET_STOP_ON_ZERO, 1));
	EXPECT_EQ(3, executed(self->call, SYSLET_STOP_ON_NEGATIVE, 0));
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_NEGATIVE, -1));
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_NON_POSITIVE, 0));
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_NON_POSITIVE, -1));
	EXPECT_EQ(3, executed(self->call, SYSLET_STOP_ON_NON_POSITIVE, 1));
}

TEST_F(chain, two_conditions_never_stop)
{
	unsigned long both = SYSLET_STOP_ON_NONZERO | SYSLET_STOP_ON_ZERO;

	EXPECT_EQ(3, executed(self->call, both, 0));
	EXPECT_EQ(3, executed(self->call, both, 1));
}

TEST_F(chain, condition_skips_to_the_atom_behind)
{
	struct syslet_uatom atoms[2];

	/* The first has no successor but the one behind it. */
	atoms[0] = self->call[0].atom;
	atoms[0].next = NULL;
	atoms[0].flags = SYSLET_STOP_ON_NONZERO | SYSLET_SKIP_TO_NEXT_ON_STOP;
	atoms[1] = self->call[1].atom;
	atoms[1].next = NULL;
	EXPECT_EQ((long)&atoms[1], submit(atoms));
	EXPECT_EQ(2, self->call[1].ret);
	self->value[0] = 0;
	EXPECT_EQ((long)&atoms[0], submit(atoms));
}

TEST_F(chain, nothing_behind_the_first_null_argument_is_read)
{
	call_init(&self->call[0], SYS_getpid, 0, 0, 0);
	self->call[0].atom.arg_ptr[0] = NULL;
	self->call[0].atom.arg_ptr[1] = (void *)NOWHERE;
	EXPECT_EQ((long)&self->call[0].atom, submit(&self->call[0].atom));
	EXPECT_EQ(getpid(), self->call[0].ret);
}

TEST_F(chain, atom_that_cannot_be_read_fails_the_call)
{
	EXPECT_EQ(-EFAULT, submit((void *)NOWHERE));
	self->call[1].atom.next = (void *)NOWHERE;
	EXPECT_EQ(-EFAULT, submit(&self->call[0].atom));
	EXPECT_EQ(1, self->call[0].ret);
	EXPECT_EQ(2, self->call[1].ret);
	self->call[0].atom.arg_ptr[0] = (void *)NOWHERE;
	EXPECT_EQ(-EFAULT, submit(&self->call[0].atom));
}

TEST_F(chain, result_that_cannot_be_stored_is_a_fault)
{
	self->call[0].atom.ret_ptr = (void *)NOWHERE;
	EXPECT_EQ(3, executed(self->call, 0, 1));
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_NEGATIVE, 1));
}

TEST_F(chain, number_out_of_the_table_stores_nothing)
{
	self->call[0].atom.nr = 1UL << 32;
	EXPECT_EQ(1, executed(self->call, SYSLET_STOP_ON_NEGATIVE, 1));
	EXPECT_EQ(1234567, self->call[0].ret);
}

TEST_F(chain, cycle_goes_on_until_a_condition_holds)
{
	unsigned long word = 1000;

	call_init(&self->call[1], __NR_umem_add, (uintptr_t)&word, -1UL, 0);
	self->call[1].atom.flags = SYSLET_STOP_ON_ZERO;
	self->call[1].atom.next = &self->call[0].atom;
	EXPECT_EQ((long)&self->call[1].atom, submit(&self->call[0].atom));
	EXPECT_EQ(0, word);
}

TEST_F(chain, async_atom_hands_over_without_sleeping)
{
	long tid = syscall(SYS_gettid);

	self->call[1].atom.flags = SYSLET_ASYNC;
	EXPECT_EQ(0, submit(&self->call[0].atom));
	EXPECT_NE(tid, syscall(SYS_gettid));
	EXPECT_EQ(&self->call[2].atom, take_event());
	EXPECT_EQ(3, self->call[2].ret);
}

TEST_F(chain, sync_atom_sleeps_in_its_caller)
{
	long tid = syscall(SYS_gettid);

	call_read(&self->call[0], 0);
	self->call[0].atom.flags = SYSLET_SYNC;
	ASSERT_LT(0, let_go_later(1));
	EXPECT_EQ((long)&self->call[0].atom, submit(&self->call[0].atom));
	EXPECT_EQ(1, self->call[0].ret);
	EXPECT_EQ(tid, syscall(SYS_gettid));
}

TEST_F(chain, sync_lasts_for_one_atom)
{
	call_read(&self->call[1], 0);
	self->call[0].atom.flags = SYSLET_SYNC;
	EXPECT_EQ(0, submit(&self->call[0].atom));
	EXPECT_EQ(0, let_go(1));
	EXPECT_EQ(&self->call[1].atom, take_event());
}

TEST_HARNESS_MAIN
