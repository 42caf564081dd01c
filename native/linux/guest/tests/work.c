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
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>

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

static void write_later(void)
{
	if (fork())
		return;
	usleep(50000);
	_exit(write(work_fds[1], "x", 1) != 1);
}

/* It has slept, so that another task is the head by now. */
static void check_work_of_former_head(void)
{
	volatile long *brought = bring_in_later("", 1);

	give_up();
	CHECK(*brought, "the work goes on with what was given up");
	/* A worker of io_uring may have it by now, which has to look it up. */
	usleep(50000);
	CHECK(!symlink(SECRET, LINK), "symlink");
	CHECK(result_of_entry(1) == -ENOENT, "openat gave %d",
	      result_of_entry(1));
}

static void spin_at_once(long unused)
{
	(void)unused;
	while (!ends)
		;
	call(NR_THREADLET_OFF);
	call(NR_ASYNC_THREAD);
}

/* It begins when the head is on its way to user mode, in the middle of a function. */
static void work_of_head(void)
{
	make_cold();
	hand_in_work(cold);
	write_later();
	CHECK(!exec_on(spin_at_once, 0, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	check_work_of_former_head();
	ends = 1;
}

/* The head makes the call @nr again and again, which never sleeps itself. */
static void work_in_cycle(long nr)
{
	make_cold();
	hand_in_work(cold);
	write_later();
	call_set(&first, nr, 0, 0, 0);
	first.atom.next = &first.atom;
	CHECK(!submit(&first), "sync");
	check_work_of_former_head();
	CHECK(reap() == &first.atom, "no event");
}

/* It begins between two atoms. */
static void work_between_atoms(void)
{
	work_in_cycle(SYS_getpid);
}

/* It begins at the end of a call that asks for no right, as others run meanwhile. */
static void work_in_granted_call(void)
{
	work_in_cycle(SYS_sched_yield);
}

static void spin_behind_others(long unused)
{
	struct sched_param none = { 0 };

	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	call3(SYS_sched_setscheduler, 0, SCHED_IDLE, (long)&none);
	began = 1;
	for (;;)
		;
}

/* When the thread comes to it, its head is long gone, and the credentials with it. */
static void die_with_work(void)
{
	hand_in_work(&other);
	CHECK(!exec_on(spin_behind_others, 0, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	while (!began)
		usleep(1000);
	give_up();
	CHECK(write(work_fds[1], "x", 1) == 1, "write");
	kill(getpid(), SIGKILL);
}

static void work_of_last(void)
{
	pid_t child = fork(), busy;
	int status;

	if (!child)
		die_with_work();
	busy = fork();
	while (!busy)
		;
	sleep(1);
	kill(busy, SIGKILL);
	CHECK(waitpid(child, &status, 0) == child, "waitpid");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "status %#x", status);
}

static struct sock_filter allow[] = {
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static struct sock_fprog filter = { 1, allow };

static void spin_with_filter(long unused)
{
	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	call3(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&filter);
	began = 1;
	while (!ends)
		;
	call(SYS_getuid);
	began = 2;
	for (;;)
		;
}

/* The end of a thread waits for this, and has to do work for that. */
static void poll_ring(void)
{
	struct io_uring_params polled = {};

	make_ring();
	memset(entry, 0, sizeof(*entry));
	entry->opcode = IORING_OP_POLL_ADD;
	entry->fd = syscall(SYS_io_uring_setup, 4, &polled);
	entry->poll32_events = 1;
	hand_in(1);
	CHECK(syscall(SYS_io_uring_enter, ring_fd, 1, 0, 0, NULL, 0) == 1,
	      "io_uring_enter");
}

static void end_thread_by_filter(void)
{
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
	poll_ring();
	CHECK(!exec_on(spin_with_filter, 0, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	while (!began)
		usleep(1000);
	CHECK(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter),
	      "seccomp");
	ends = 1;
	usleep(100000);
	if (failures || began != 1)
		_exit(1);
	for (;;)
		pause();
}

/* It cannot have both filters, and ends once: KILL ends all others behind it. */
static void work_at_end(void)
{
	pid_t child = fork(), ended = 0;
	int status = 0, i;

	if (!child)
		end_thread_by_filter();
	usleep(500000);
	kill(child, SIGKILL);
	for (i = 0; i < 200 && !ended; i++) {
		ended = waitpid(child, &status, WNOHANG);
		usleep(10000);
	}
	CHECK(ended == child, "the process does not end");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "status %#x", status);
}

static const struct check checks[] = {
	{ "work-in-chain", work_in_chain, 0 },
	{ "work-of-thread", work_of_thread, 0 },
	{ "work-of-spare", work_of_spare, 0 },
	{ "core-of-thread", core_of_thread, 0 },
	{ "work-of-head", work_of_head, 0 },
	{ "work-between-atoms", work_between_atoms, 0 },
	{ "work-in-granted-call", work_in_granted_call, 0 },
	{ "work-of-last", work_of_last, 0 },
	{ "work-at-end", work_at_end, 0 },
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
