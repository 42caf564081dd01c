// SPDX-License-Identifier: GPL-2.0
/*
 * A table of files changes where no call uses it: not under a call that borrows from
 * it, and not in the middle of a spare's work.
 */
#include "checks.h"
#include "functions.h"
#include "waits.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FOLDER	"/tmp"	/* found without waiting only from inside */
#define FIFO	"fifo"

static struct call first;
static int pipe_fds[2], work_fds[2], fifo, interest;
static volatile long began, alone, asleep, holds;
static char byte, other;
static pid_t leader;

/* Makes no call before the head sleeps: with the first it takes over its table. */
static void close_under_head(long unused)
{
	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	began = 1;
	while (!asleep)
		;
	call3(SYS_close, interest, 0, 0);
	call3(SYS_write, pipe_fds[1], (long)"x", 1);
	call(NR_ASYNC_THREAD);
}

static void *say_when(void *unused)
{
	while (!alone)
		usleep(1000);
	usleep(300000);
	asleep = 1;
	return unused;
}

/* The call has the open file for itself, and it is there until the call is over. */
static void closed_while_borrowed(void)
{
	struct epoll_event wanted = { .events = EPOLLIN }, found;
	pthread_t thread;

	interest = epoll_create1(0);
	CHECK(!epoll_ctl(interest, EPOLL_CTL_ADD, pipe_fds[0], &wanted),
	      "epoll_ctl");
	pthread_create(&thread, NULL, say_when, NULL);
	CHECK(!exec_on(close_under_head, 0, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	while (!began)
		usleep(1000);
	CHECK(!unshare(CLONE_FILES), "unshare");
	alone = 1;
	CHECK(syscall(SYS_epoll_pwait, interest, &found, 1, 3000, NULL, 0) == 1,
	      "the file went away");
	CHECK(fcntl(interest, F_GETFD) == -1, "it was not closed");
}

/* It has the lock of the fifo as long as the page is not there. */
static void *hold_fifo(void *unused)
{
	holds = 1;
	CHECK(read(fifo, cold, 1) == 1, "fifo");
	return unused;
}

static char state_of_leader(void)
{
	static char line[256];
	int fd = open("/proc/self/stat", O_RDONLY);
	char *name_ends;

	CHECK(read(fd, line, sizeof(line) - 1) > 0, "stat");
	close(fd);
	name_ends = strrchr(line, ')');
	return name_ends ? name_ends[2] : 0;
}

/* The leader is the one that has waited longest. */
static void make_spares(int n)
{
	static struct call calls[2];
	int i;

	for (i = 0; i < n; i++) {
		call_set(&calls[i], SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
		CHECK(!submit(&calls[i]), "sync");
	}
	for (i = 0; i < n; i++) {
		CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
		CHECK(reap() == &calls[i].atom, "no event");
	}
	CHECK(syscall(SYS_gettid) != leader, "the leader is the head");
}

/* The leader is one of @n spares, and is at work until the page is brought in. */
static void work_as_spare(int n)
{
	pthread_t thread;
	int i;

	make_cold();
	unlink(FOLDER "/" FIFO);
	CHECK(!chdir(FOLDER) && !mkfifo(FIFO, 0600), "mkfifo");
	fifo = open(FIFO, O_RDWR);
	CHECK(fifo >= 0 && write(fifo, "x", 1) == 1, "fifo");
	leader = syscall(SYS_gettid);
	open_when_written(work_fds[0], &other, FIFO);
	make_spares(n);
	pthread_create(&thread, NULL, hold_fifo, NULL);
	while (!holds)
		usleep(1000);
	usleep(20000);
	CHECK(write(work_fds[1], "x", 1) == 1, "write");
	for (i = 0; state_of_leader() != 'D' && i < 2000; i++)
		usleep(1000);
	CHECK(i < 2000, "the leader is not at work");
}

/* A debugger has told the leader to stop, until it is killed. */
static pid_t stop_leader(void)
{
	volatile long *told = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t debugger = fork();

	if (debugger) {
		while (!*told)
			usleep(1000);
		CHECK(*told == 1, "ptrace");
		return debugger;
	}
	*told = ptrace(PTRACE_SEIZE, leader, 0, 0) ||
		ptrace(PTRACE_INTERRUPT, leader, 0, 0) ? 2 : 1;
	for (;;)
		pause();
}

/* The one spare works with a table that the head has left: it finishes with that. */
static void chosen_while_working(void)
{
	struct stat before, after;
	volatile long *brought;
	pid_t debugger;
	int mine;

	work_as_spare(1);
	debugger = stop_leader();
	CHECK(!unshare(CLONE_FILES), "unshare");
	kill(debugger, SIGKILL);
	waitpid(debugger, NULL, 0);

	mine = open("/proc/self/status", O_RDONLY);
	CHECK(mine >= 0 && !fstat(mine, &before), "open");
	brought = bring_in_later("", 1);
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
	CHECK(syscall(SYS_gettid) == leader, "the leader was not chosen");
	CHECK(*brought, "it went on in the middle of its work");
	CHECK(!fstat(mine, &after), "the table is another");
	CHECK(before.st_ino == after.st_ino && before.st_dev == after.st_dev,
	      "the descriptor is another file");
	CHECK(result_of_entry(1) >= 0, "openat gave %d", result_of_entry(1));
}

/* Another spare is there: no work is waited for. */
static void idle_is_chosen(void)
{
	volatile long *brought;

	work_as_spare(2);
	brought = bring_in_later("", 1);
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
	CHECK(syscall(SYS_gettid) != leader, "the leader was chosen");
	CHECK(!*brought, "the head waited for the work of a spare");
	CHECK(result_of_entry(1) >= 0, "openat gave %d", result_of_entry(1));
}

static const struct check checks[] = {
	{ "closed-while-borrowed", closed_while_borrowed, 0 },
	{ "chosen-while-working", chosen_while_working, 0 },
	{ "idle-is-chosen", idle_is_chosen, 0 },
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
