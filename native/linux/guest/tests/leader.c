// SPDX-License-Identifier: GPL-2.0
/*
 * After the first hand-over the leader of the process is a spare, and the program
 * goes on in another task. Others know the program by the number of its leader, and
 * the C library knows its threads by the numbers that they had first: both find
 * what they would find if nothing had been handed over.
 */
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <time.h>

static int pipe_fds[2];
static char byte;
static struct call nap;
static volatile int signals, value;

static void write_byte(void)
{
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
}

static void sleep_in_chain(void)
{
	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&nap), "sync");
}

/* The leader is busy, and then it is a spare. */
static void move(void)
{
	sleep_in_chain();
	write_byte();
	CHECK(reap() == &nap.atom && nap.ret == 1, "read gave %ld", nap.ret);
	usleep(1000);
}

static void files(void)
{
	char name[32];
	int fd = open("/proc/version", O_RDONLY);

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	move();
	CHECK(open(name, O_RDONLY) >= 0, "errno %d", errno);
	CHECK(!unshare(CLONE_FILES), "unshare");
	fd = dup2(fd, 77);
	CHECK(open("/proc/self/fd/77", O_RDONLY) >= 0, "errno %d", errno);
}

static void directory(void)
{
	char where[16] = "";

	move();
	CHECK(!unshare(CLONE_FS) && !chdir("/tmp"), "unshare");
	CHECK(readlink("/proc/self/cwd", where, 15) > 0 &&
	      !strcmp(where, "/tmp"), "the leader is in %s", where);
	move();
}

/* A place in other namespaces is had by none who shares the old one. */
static void namespaces(void)
{
	int before;

	move();
	before = open("/proc/self/ns/mnt", O_RDONLY);
	CHECK(!unshare(CLONE_NEWNS), "unshare");
	CHECK(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	CHECK(!setns(before, CLONE_NEWNS), "setns: errno %d", errno);
	move();
}

/* Nothing else changes. */
static void no_new_privileges(void)
{
	FILE *file;
	char line[256];
	int value = -1;

	move();
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
	file = fopen("/proc/self/status", "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "NoNewPrivs:\t%d", &value);
	CHECK(value == 1, "the leader's are %d", value);
}

static void killed_by_same_user(void)
{
	pid_t child, me = getpid();
	int status;

	move();
	CHECK(!syscall(SYS_setresgid, 1000, 1000, 1000), "setresgid");
	CHECK(!syscall(SYS_setresuid, 1000, 1000, 1000), "setresuid");
	child = fork();
	if (!child)
		_exit(kill(me, 0) ? errno : 0);
	CHECK(waitpid(child, &status, 0) == child && !status, "kill: %#x",
	      status);
}

static void send_later(int sig)
{
	pid_t me = getpid();

	if (fork())
		return;
	usleep(5000);
	kill(me, sig);
	_exit(0);
}

/* Whether a signal is ignored is not for the leader to say, which blocks all. */
static void ignored(void)
{
	struct epoll_event event;
	int poll = epoll_create(1);

	signal(SIGUSR1, SIG_IGN);
	move();
	send_later(SIGUSR1);
	CHECK(!epoll_wait(poll, &event, 1, 50), "SIGUSR1: errno %d", errno);
	send_later(SIGWINCH);	/* and SIGCHLD */
	CHECK(!epoll_wait(poll, &event, 1, 50), "SIGWINCH: errno %d", errno);
}

static void blocked_and_ignored(void)
{
	struct timespec second = { .tv_sec = 1 };
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	move();
	kill(getpid(), SIGWINCH);
	got = sigtimedwait(&set, NULL, &second);
	CHECK(got == SIGWINCH, "sigtimedwait gave %d", got);
}

static void on_signal(int sig, siginfo_t *info, void *unused)
{
	(void)sig;
	(void)unused;
	value = info->si_value.sival_int;
	signals++;
}

static void handle(int sig)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO,
	};

	sigaction(sig, &action, NULL);
}

static void by_number(void)
{
	pid_t me = getpid();

	handle(SIGUSR1);
	sleep_in_chain();
	CHECK(!syscall(SYS_tgkill, me, me, SIGUSR1) && signals == 1,
	      "the leader is busy: %d", signals);
	write_byte();
	CHECK(reap() == &nap.atom && nap.ret == 1, "read gave %ld", nap.ret);
	usleep(1000);
	CHECK(!syscall(SYS_tgkill, me, me, SIGUSR1) && signals == 2,
	      "it is a spare: %d", signals);
	CHECK(!kill(me, SIGUSR1) && signals == 3, "%d", signals);
}

/* What an atom does to its own task is no affair of the program. */
static void caused_by_atom(void)
{
	int fds[2];

	CHECK(!pipe(fds), "pipe");
	close(fds[0]);
	call_set(&nap, SYS_write, fds[1], (uintptr_t)&byte, 1);
	nap.atom.flags = SYSLET_ASYNC;
	CHECK(!submit(&nap), "sync");
	CHECK(reap() == &nap.atom && nap.ret == -EPIPE, "write gave %ld",
	      nap.ret);
	usleep(1000);
}

static void wait_start(long unused)
{
	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
}

static void by_number_of_threadlet(void)
{
	pid_t me = getpid();

	handle(SIGUSR1);
	CHECK(!exec(wait_start, 1), "did not go async");
	CHECK(!syscall(SYS_tgkill, me, me, SIGUSR1) && signals == 1, "%d",
	      signals);
	write_byte();
}

/* While the head is on its way, too: none is lost, and they keep their order. */
static void by_number_all_the_time(void)
{
	pid_t me = getpid(), child;
	int i;

	handle(SIGRTMIN);
	child = fork();
	if (!child) {
		for (i = 1; i <= 200; i++) {
			siginfo_t info = { .si_code = SI_QUEUE };

			info.si_value.sival_int = i;
			syscall(SYS_rt_tgsigqueueinfo, me, me, SIGRTMIN, &info);
			if (!(i % 8))
				usleep(100);
		}
		_exit(0);
	}
	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	for (i = 0; i < 100; i++) {
		if (submit(&nap))
			continue;	/* a signal came first */
		write_byte();
		while (reap() != &nap.atom)
			;
	}
	while (waitpid(child, NULL, 0) < 0)
		;
	CHECK(signals == 200 && value == 200, "%d, the last is %d", signals,
	      value);
}

static void timer_of_thread(void)
{
	struct itimerspec once = { .it_value.tv_nsec = 2000000 };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
		.sigev_value.sival_int = 5,
	};
	timer_t timer;

	event._sigev_un._tid = getpid();
	handle(SIGUSR1);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
	move();
	CHECK(!timer_settime(timer, 0, &once, NULL), "timer_settime");
	usleep(20000);
	CHECK(signals == 1 && value == 5, "%d", signals);
	CHECK(!timer_delete(timer), "timer_delete");
}

static pthread_t first_thread;

static void *set_user_start(void *unused)
{
	(void)unused;
	CHECK(!setuid(1000), "setuid");
	CHECK(!pthread_kill(first_thread, SIGUSR1), "pthread_kill");
	return NULL;
}

/* The C library does it in each thread, which it finds by its first number. */
static void set_user_of_all(void)
{
	pthread_t thread;

	handle(SIGUSR1);
	first_thread = pthread_self();
	move();
	pthread_create(&thread, NULL, set_user_start, NULL);
	pthread_join(thread, NULL);
	CHECK(syscall(SYS_getuid) == 1000, "the head is %ld",
	      syscall(SYS_getuid));
	CHECK(signals == 1, "pthread_kill: %d", signals);
}

static void *cancel_start(void *unused)
{
	(void)unused;
	usleep(1000);
	CHECK(!pthread_cancel(first_thread), "pthread_cancel");
	usleep(20000);
	exit(failures ? 1 : 7);
}

static void cancelled(void)
{
	pthread_t thread;

	first_thread = pthread_self();
	move();
	pthread_create(&thread, NULL, cancel_start, NULL);
	read(pipe_fds[0], &byte, 1);
	CHECK(0, "the head was not cancelled");
}

/* Stops do not end a wait. */
static void wait_that_stops(void)
{
	pid_t me = getpid(), child;

	sleep_in_chain();
	child = fork();
	if (!child) {
		usleep(2000);
		kill(me, SIGSTOP);
		usleep(2000);
		kill(me, SIGCONT);
		usleep(2000);
		write_byte();
		_exit(0);
	}
	CHECK(!syscall(NR_ASYNC_WAIT, 1UL, 0UL, &ahu), "errno %d", errno);
	CHECK(nap.ret == 1, "read gave %ld", nap.ret);
	waitpid(child, NULL, 0);
}

static const struct check checks[] = {
	{ "files", files, 0 },
	{ "directory", directory, 0 },
	{ "no-new-privileges", no_new_privileges, 0 },
	{ "namespaces", namespaces, 0 },
	{ "killed-by-same-user", killed_by_same_user, 0 },
	{ "ignored", ignored, 0 },
	{ "blocked-and-ignored", blocked_and_ignored, 0 },
	{ "by-number", by_number, 0 },
	{ "by-number-of-threadlet", by_number_of_threadlet, 0 },
	{ "by-number-all-the-time", by_number_all_the_time, 0 },
	{ "caused-by-atom", caused_by_atom, 0 },
	{ "timer-of-thread", timer_of_thread, 0 },
	{ "set-user-of-all", set_user_of_all, 0 },
	{ "cancelled", cancelled, 7 << 8 },
	{ "wait-that-stops", wait_that_stops, 0 },
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
