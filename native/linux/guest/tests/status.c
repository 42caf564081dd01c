// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc/PID/task/TID/status tells of a family: nothing without one, the role
 * of each task, the call that an atom is in, and how large the family is.
 */
#include "functions.h"
#include "checks.h"
#include <fcntl.h>
#include <signal.h>

#define NONE	(-2)

static int pipe_fds[2];
static char byte;
static struct call blocked;
static volatile int done;

struct status {
	char	role[8];
	long	inside;
	long	call;
	long	head;
	long	ready;
	long	busy;
};

static struct status task_of(pid_t pid, pid_t tid)
{
	struct status got = { "", NONE, NONE, NONE, NONE, NONE };
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	file = fopen(path, "r");
	CHECK(file, "%s", path);
	while (file && fgets(line, sizeof(line), file)) {
		sscanf(line, "Syslet:\t%7s", got.role);
		sscanf(line, "SysletInside:\t%ld", &got.inside);
		sscanf(line, "SysletCall:\t%ld", &got.call);
		sscanf(line, "SysletHead:\t%ld", &got.head);
		sscanf(line, "SysletReady:\t%ld", &got.ready);
		sscanf(line, "SysletBusy:\t%ld", &got.busy);
	}
	if (file)
		fclose(file);
	return got;
}

/* Of a thread of this process. */
static struct status status_of(pid_t tid)
{
	return task_of(getpid(), tid);
}

static void is(struct status got, const char *role, long inside, long call,
	       long ready, long busy)
{
	CHECK(!strcmp(got.role, role), "%s, not %s", got.role, role);
	CHECK(got.inside == inside && got.call == call, "%s: inside %ld, call %ld",
	      role, got.inside, got.call);
	CHECK(got.ready == ready && got.busy == busy, "%s: %ld ready, %ld busy",
	      role, got.ready, got.busy);
	CHECK(got.head == syscall(SYS_gettid), "%s: the head is %ld", role,
	      got.head);
}

static void no_family(void)
{
	struct status got = status_of(getpid());

	CHECK(!*got.role && got.ready == NONE, "%s without a family", got.role);
}

static void chain(void)
{
	pid_t first = syscall(SYS_gettid);

	call_set(&blocked, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&blocked), "the chain did not go async");
	is(status_of(first), "busy", 1, SYS_read, 0, 1);
	is(status_of(syscall(SYS_gettid)), "head", 0, -1, 0, 1);
	(void)!write(pipe_fds[1], "x", 1);
	CHECK(reap() == &blocked.atom, "no event");
	is(status_of(first), "ready", 0, -1, 1, 0);
	is(status_of(syscall(SYS_gettid)), "head", 0, -1, 1, 0);
}

static void read_start(long unused)
{
	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	done = 1;
}

static void threadlet(void)
{
	pid_t first = syscall(SYS_gettid);
	int i;

	CHECK(!exec(read_start, 0), "the threadlet did not go async");
	is(status_of(first), "busy", 1, -1, 0, 1);
	(void)!write(pipe_fds[1], "x", 1);
	for (i = 0; !done && i < 10000; i++)
		usleep(100);
	/* It has said so before it gave its context away. */
	for (i = 0; strcmp(status_of(first).role, "ready") && i < 10000; i++)
		usleep(100);
	is(status_of(first), "ready", 0, -1, 1, 0);
}

/* Each chain has a spare of its own, and all of them are there at the end. */
static void many(void)
{
	static struct call calls[8];
	int i;

	for (i = 0; i < 8; i++) {
		call_set(&calls[i], SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
		CHECK(!submit(&calls[i]), "chain %d did not go async", i);
		is(status_of(syscall(SYS_gettid)), "head", 0, -1, 0, i + 1);
	}
	for (i = 0; i < 8; i++) {
		(void)!write(pipe_fds[1], "x", 1);
		reap();
		is(status_of(syscall(SYS_gettid)), "head", 0, -1, i + 1, 7 - i);
	}
}

/* What root's chain does is nothing to others. */
static void not_for_all(void)
{
	pid_t first = syscall(SYS_gettid);
	int status;

	call_set(&blocked, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&blocked), "the chain did not go async");
	CHECK(status_of(first).call == SYS_read, "root does not see it");
	if (!fork()) {
		CHECK(!syscall(SYS_setresgid, 1000, 1000, 1000) &&
		      !syscall(SYS_setresuid, 1000, 1000, 1000), "setresuid");
		_exit(failures || task_of(getppid(), first).call != NONE ||
		      strcmp(task_of(getppid(), first).role, "busy"));
	}
	wait(&status);
	CHECK(!status, "another user sees the call");
	(void)!write(pipe_fds[1], "x", 1);
	CHECK(reap() == &blocked.atom, "no event");
}

/* Of a task that sleeps, whose stack the kernel looks through for it. */
static void where_it_waits(void)
{
	pid_t child = fork();
	char path[64], text[64];
	int fd, i;

	if (!child)
		for (;;)
			pause();
	snprintf(path, sizeof(path), "/proc/%d/wchan", child);
	for (i = 0; i < 20; i++) {
		usleep(1000);
		fd = open(path, O_RDONLY);
		CHECK(fd >= 0 && read(fd, text, sizeof(text)) > 0, "wchan");
		close(fd);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static const struct check checks[] = {
	{ "no-family", no_family, 0 },
	{ "chain", chain, 0 },
	{ "threadlet", threadlet, 0 },
	{ "many", many, 0 },
	{ "not-for-all", not_for_all, 0 },
	{ "where-it-waits", where_it_waits, 0 },
};

static void prepare(void)
{
	CHECK(!pipe(pipe_fds), "pipe");
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc > 1 ? argv[1] : NULL);
}
