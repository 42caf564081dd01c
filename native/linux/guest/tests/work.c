// SPDX-License-Identifier: GPL-2.0
/*
 * A head gives up root. What a task of its family does without a call of its own has
 * no more rights than that: work for io_uring, and a core.
 */
#include "checks.h"
#include "functions.h"
#include "waits.h"
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#define SECRET	"/tmp/secret"
#define FOLDER	"/tmp/ours"
#define LINK	FOLDER "/link"
#define OTHER	"/tmp/roots"

static struct call first;
static int pipe_fds[2], work_fds[2];
static volatile long began, ends;
static char byte, other;

static void give_up(void)
{
	CHECK(!syscall(SYS_setresgid, 1000, 1000, 1000), "setresgid");
	CHECK(!syscall(SYS_setresuid, 1000, 1000, 1000), "setresuid");
}

/* What the link names is opened when something is in the pipe, and looked up then. */
static void hand_in_work(void *into)
{
	int fd;

	unlink(LINK);
	mkdir(FOLDER, 0755);
	CHECK(!chown(FOLDER, 1000, 1000), "chown");
	fd = open(SECRET, O_CREAT | O_WRONLY, 0600);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1, "secret");
	close(fd);

	open_when_written(work_fds[0], into, LINK);
}

static void check_work(void)
{
	give_up();
	CHECK(!symlink(SECRET, LINK), "symlink");
	CHECK(write(work_fds[1], "x", 1) == 1, "write");
	CHECK(result_of_entry(1) == -EACCES, "openat gave %d",
	      result_of_entry(1));
}

/* The task that handed the work in is in a call that needs no right. */
static void work_in_chain(void)
{
	hand_in_work(&other);
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
	check_work();
	CHECK(reap() == &first.atom, "no event");
}

static void spin(long crashes)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	began = 1;
	while (!ends)
		;
	if (crashes)
		__builtin_trap();
	call(NR_ASYNC_THREAD);
}

/* It is a thread from now on, and makes no call. */
static void begin_spinning(long crashes)
{
	CHECK(!exec_on(spin, crashes, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	while (!began)
		usleep(1000);
}

static void work_of_thread(void)
{
	hand_in_work(&other);
	begin_spinning(0);
	check_work();
	ends = 1;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* It is in the middle of its work. Signals come for the head, which waits for it. */
static void work_of_spare(void)
{
	struct itimerval soon = {
		.it_value.tv_usec = 50000,
		.it_interval.tv_usec = 20000,
	};
	volatile long *brought;

	make_cold();
	hand_in_work(cold);
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	CHECK(reap() == &first.atom, "no event");
	CHECK(write(work_fds[1], "x", 1) == 1, "write");
	usleep(20000);
	signal(SIGALRM, on_alarm);
	brought = bring_in_later("", 1);
	CHECK(!setitimer(ITIMER_REAL, &soon, NULL), "setitimer");
	give_up();
	CHECK(*brought, "the work goes on with what was given up");
	CHECK(!symlink(SECRET, LINK), "symlink");
	CHECK(result_of_entry(1) == -ENOENT, "openat gave %d",
	      result_of_entry(1));
}

/* Its memory is the head's to write, and so would be root's file. */
static void die_with_core(void)
{
	struct rlimit any = { 1 << 26, 1 << 26 };

	CHECK(!setrlimit(RLIMIT_CORE, &any), "setrlimit");
	CHECK(!chdir(OTHER), "chdir");
	begin_spinning(1);
	give_up();
	CHECK(!prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl");
	ends = 1;
	for (;;)
		pause();
}

static void core_of_thread(void)
{
	struct stat core;
	char name[64];
	pid_t child;
	int status;

	mkdir(OTHER, 0755);
	child = fork();
	if (!child)
		die_with_core();
	CHECK(waitpid(child, &status, 0) == child, "waitpid");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL,
	      "status %#x", status);
	snprintf(name, sizeof(name), OTHER "/core.%d", child);
	CHECK(stat(OTHER "/core", &core) && stat(name, &core),
	      "a core of %ld bytes", (long)core.st_size);
}

static const struct check checks[] = {
	{ "work-in-chain", work_in_chain, 0 },
	{ "work-of-thread", work_of_thread, 0 },
	{ "work-of-spare", work_of_spare, 0 },
	{ "core-of-thread", core_of_thread, 0 },
};

static void prepare(void)
{
	if (pipe(pipe_fds) || pipe(work_fds))
		exit(2);
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
