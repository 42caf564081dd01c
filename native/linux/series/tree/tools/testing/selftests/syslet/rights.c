// SPDX-License-Identifier: GPL-2.0
/* What a head gives up, and what its chains and spares do then. Needs root. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "syslet_test.h"

#define OTHER_ID	1000

FIXTURE(rights) {
	struct call	call[2];
};

FIXTURE_SETUP(rights)
{
	if (geteuid())
		SKIP(return, "needs root");
	if (!set_up())
		SKIP(return, "no syslets in this kernel");
	call_read(&self->call[0], 0);
}

FIXTURE_TEARDOWN(rights)
{
}

/* The first task is a spare afterwards. */
static bool move(struct call *call)
{
	return block(call, 1) == 1 && !let_go(1) &&
	       take_event() == &call->atom;
}

/* D102, D115: the call is interrupted, and nothing comes behind it. */
TEST_F(rights, chain_ends)
{
	unsigned long value = 17;

	call_value(&self->call[1], &value);
	self->call[0].atom.next = &self->call[1].atom;
	ASSERT_EQ(1, block(self->call, 1));
	ASSERT_EQ(0, syscall(SYS_setresgid, OTHER_ID, OTHER_ID, OTHER_ID));
	EXPECT_EQ(&self->call[0].atom, take_event());
	EXPECT_EQ(-EINTR, self->call[0].ret);
	EXPECT_EQ(1234567, self->call[1].ret);
}

/* D102: what changes nothing is no change. */
TEST_F(rights, no_change)
{
	ASSERT_EQ(1, block(self->call, 1));
	ASSERT_EQ(0, syscall(SYS_setresgid, getgid(), getegid(), -1));
	ASSERT_EQ(0, let_go(1));
	EXPECT_EQ(&self->call[0].atom, take_event());
	EXPECT_EQ(1, self->call[0].ret);
}

/* D116: the leader is a spare, and shows what the head has. */
TEST_F(rights, spare_follows)
{
	char line[4096] = "", *found;
	int file;

	ASSERT_TRUE(move(self->call));
	ASSERT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	file = open("/proc/self/status", O_RDONLY);
	ASSERT_GT(read(file, line, sizeof(line) - 1), 0);
	found = strstr(line, "NoNewPrivs:\t");
	ASSERT_NE(NULL, found);
	EXPECT_EQ('1', found[12]);
}

/* D124: a list of one namespace says nothing in another. */
TEST_F(rights, undo)
{
	struct sembuf up = { 0, 1, SEM_UNDO };
	int id;

	id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	if (id < 0)
		SKIP(return, "no semaphores");
	ASSERT_EQ(0, semop(id, &up, 1));
	ASSERT_TRUE(move(self->call));
	if (unshare(CLONE_NEWIPC))
		SKIP(return, "no namespaces");
	ASSERT_TRUE(move(self->call));
	id = semget(IPC_PRIVATE, 250, IPC_CREAT | 0600);
	up.sem_num = 249;
	ASSERT_EQ(0, semop(id, &up, 1));
	ASSERT_TRUE(move(self->call));
	EXPECT_EQ(1, semctl(id, 249, GETVAL));
}

/* D125: a table that only a chain had goes with it. */
TEST_F(rights, end_of_file)
{
	int other[2];
	struct pollfd end;

	ASSERT_EQ(0, pipe(other));
	ASSERT_EQ(1, block(self->call, 1));
	/* CLOSE_RANGE_UNSHARE */
	ASSERT_EQ(0, syscall(436, other[1], other[1], 1U << 1));
	EXPECT_EQ(&self->call[0].atom, take_event());
	end = (struct pollfd){ other[0], POLLIN };
	EXPECT_EQ(1, poll(&end, 1, 2000));
}

/* D129: what an atom does is not for all. */
TEST_F(rights, status)
{
	char line[4096] = "";
	int file, status;

	ASSERT_EQ(1, block(self->call, 1));
	if (!fork()) {
		file = syscall(SYS_setresgid, OTHER_ID, OTHER_ID, OTHER_ID) ||
		       syscall(SYS_setresuid, OTHER_ID, OTHER_ID, OTHER_ID);
		snprintf(line, sizeof(line), "/proc/%d/status", getppid());
		file = file ? -1 : open(line, O_RDONLY);
		if (file < 0 || read(file, line, sizeof(line) - 1) <= 0)
			_exit(2);
		_exit(!strstr(line, "Syslet:") || strstr(line, "SysletCall:"));
	}
	wait(&status);
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, let_go(1));
	EXPECT_EQ(&self->call[0].atom, take_event());
}

TEST_HARNESS_MAIN
