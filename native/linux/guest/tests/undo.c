// SPDX-License-Identifier: GPL-2.0
/*
 * What semaphores have to undo belongs to the program's thread, whichever task
 * that is, and stays in the namespace where it was asked for.
 */
#include "checks.h"
#include <sched.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

#define MANY 250

static int pipe_fds[2];
static char byte;
static struct call nap;

/* Another task is the head then, and this one is a spare. */
static void move(void)
{
	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&nap), "sync");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	CHECK(reap() == &nap.atom, "no event");
}

static int make(int semaphores)
{
	int id = semget(IPC_PRIVATE, semaphores, IPC_CREAT | 0600);

	CHECK(id >= 0, "semget: errno %d", errno);
	return id;
}

static void add(int id, int which, int how)
{
	struct sembuf up = { which, 1, how };

	CHECK(!semop(id, &up, 1), "semop: errno %d", errno);
}

static int value(int id, int which)
{
	return semctl(id, which, GETVAL);
}

/* The first one of each namespace has the same number, and another size. */
static void other_namespace(void)
{
	int id;

	add(make(1), 0, SEM_UNDO);
	move();
	CHECK(!unshare(CLONE_NEWIPC), "unshare: errno %d", errno);
	move();
	id = make(MANY);
	add(id, MANY - 1, SEM_UNDO);
	CHECK(value(id, MANY - 1) == 1, "it is %d", value(id, MANY - 1));
	move();
	add(id, MANY - 1, SEM_UNDO);
	CHECK(value(id, MANY - 1) == 2, "it is %d", value(id, MANY - 1));
}

/* What is looked for at the end is not there. */
static void end_in_other_namespace(void)
{
	add(make(1), 0, SEM_UNDO);
	move();
	CHECK(!unshare(CLONE_NEWIPC), "unshare: errno %d", errno);
}

/* A chain may end long before its program. */
static void undone_at_the_end(void)
{
	struct sembuf up = { 0, 1, SEM_UNDO };
	int id = make(1), status;
	static struct call call;
	pid_t child = fork();

	if (!child) {
		move();
		CHECK(!unshare(CLONE_SYSVSEM), "unshare: errno %d", errno);
		call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
		call_set(&call, SYS_semop, id, (uintptr_t)&up, 1);
		nap.atom.next = &call.atom;
		CHECK(!submit(&nap), "sync");
		CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
		CHECK(reap() == &call.atom, "no event");
		usleep(1000);
		CHECK(value(id, 0) == 1, "a spare has undone it");
		_exit(failures);
	}
	CHECK(waitpid(child, &status, 0) == child && !status, "%#x", status);
	CHECK(!value(id, 0), "it is not undone");
}

/* As at the end, and no spare keeps it. */
static void undone_by_unshare(void)
{
	int id = make(1);

	move();
	add(id, 0, SEM_UNDO);
	move();
	CHECK(!unshare(CLONE_SYSVSEM), "unshare: errno %d", errno);
	CHECK(!value(id, 0), "it is not undone");
}

static const struct check checks[] = {
	{ "other-namespace", other_namespace, 0 },
	{ "end-in-other-namespace", end_in_other_namespace, 0 },
	{ "undone-at-the-end", undone_at_the_end, 0 },
	{ "undone-by-unshare", undone_by_unshare, 0 },
};

static void prepare(void)
{
	if (pipe(pipe_fds))
		exit(2);
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
