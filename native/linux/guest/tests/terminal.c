// SPDX-License-Identifier: GPL-2.0
/*
 * A process in the background uses its terminal by a task that blocks all signals,
 * as it has no user context. Right is what the thread would meet that it works for.
 */
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>

#define FOLDER	"/tmp/terminals"
#define ENDED	100		/* and its status */

static struct call use;
static int master, terminal, pipe_fds[2];
static char name[64], bytes[8];
static volatile int handled;
static volatile long result;

static void on_signal(int sig)
{
	(void)sig;
	handled++;
}

static void make_terminal(void)
{
	int unlock = 0, number;

	mkdir(FOLDER, 0755);
	mount("devpts", FOLDER, "devpts", 0, "ptmxmode=0666");
	master = open(FOLDER "/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) ||
	    ioctl(master, TIOCGPTN, &number) || pipe(pipe_fds))
		exit(2);
	snprintf(name, sizeof(name), FOLDER "/%d", number);
}

/* What becomes of it next: the signal that stops it, ENDED, or 0 for nothing. */
static int wait_for(pid_t child)
{
	int status, i;

	for (i = 0; i < 300; i++) {
		if (waitpid(child, &status, WUNTRACED | WNOHANG) == child)
			return WIFSTOPPED(status) ? WSTOPSIG(status) :
						    ENDED + WEXITSTATUS(status);
		usleep(10000);
	}
	return 0;
}

/* It comes to the front, where there is something to read. */
static int go_on(pid_t child)
{
	signal(SIGTTOU, SIG_IGN);
	if (tcsetpgrp(terminal, child) || write(master, "x\n", 2) != 2)
		return 0;
	kill(child, SIGCONT);
	return wait_for(child);
}

/* The caller leads the session of the terminal; its child works in the background. */
static int lead(void (*work)(void), int expected)
{
	struct termios modes;
	pid_t child;
	int found;

	setsid();
	terminal = open(name, O_RDWR);
	ioctl(terminal, TIOCSCTTY, 0);
	tcgetattr(terminal, &modes);
	modes.c_lflag |= TOSTOP;
	tcsetattr(terminal, TCSANOW, &modes);
	child = fork();
	if (!child) {
		setpgid(0, 0);
		work();
		_exit(failures != 0);
	}
	setpgid(child, child);
	found = wait_for(child);
	CHECK(found == expected, "%d and not %d came of it", found, expected);
	if (found == SIGTTIN) {
		found = go_on(child);
		CHECK(found == ENDED, "%d came of it when it went on", found);
	}
	kill(child, SIGKILL);
	return failures != 0;
}

static void in_background(void (*work)(void), int expected)
{
	pid_t leader;
	int status;

	make_terminal();
	leader = fork();
	if (!leader)
		_exit(lead(work, expected));
	waitpid(leader, &status, 0);
	failures += status != 0;
}

static long use_by_chain(long nr, uintptr_t buffer, size_t size)
{
	call_set(&use, nr, terminal, buffer, size);
	use.atom.flags = SYSLET_ASYNC;
	CHECK(!submit(&use), "sync");
	CHECK(reap() == &use.atom, "no event");
	return use.ret;
}

static void read_of_chain(void)
{
	long ret = use_by_chain(SYS_read, (uintptr_t)bytes, 2);

	CHECK(ret == 2, "read gave %ld", ret);
}

static void write_of_chain(void)
{
	use_by_chain(SYS_write, (uintptr_t)"x", 1);
}

static void set_of_chain(void)
{
	static struct termios modes;

	tcgetattr(terminal, &modes);
	use_by_chain(SYS_ioctl, TCSETS, (uintptr_t)&modes);
}

/* Alone once it has slept, and a thread of its own if it is @off. */
static void read_alone(long off)
{
	call3(SYS_read, pipe_fds[0], (long)bytes, 1);
	if (off)
		call(NR_THREADLET_OFF);
	result = call3(SYS_read, terminal, (long)bytes, 2);
	if (!off)
		call(NR_THREADLET_OFF);
	call(NR_ASYNC_THREAD);
}

static void read_in_threadlet(long off)
{
	int i;

	CHECK(!exec_on(read_alone, off, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	for (i = 0; !result && i < 400; i++)
		usleep(10000);
	CHECK(result == 2, "read gave %ld", result);
}

static void read_of_threadlet(void)
{
	read_in_threadlet(0);
}

static void read_of_thread(void)
{
	read_in_threadlet(1);
}

static void block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void blocked_read(void)
{
	long ret;

	block(SIGTTIN);
	ret = use_by_chain(SYS_read, (uintptr_t)bytes, 2);
	CHECK(ret == -EIO, "read gave %ld", ret);
}

static void blocked_write(void)
{
	long ret;

	block(SIGTTOU);
	ret = use_by_chain(SYS_write, (uintptr_t)"x", 1);
	CHECK(ret == 1, "write gave %ld", ret);
}

static void handled_read(void)
{
	long ret;

	signal(SIGTTIN, on_signal);
	ret = use_by_chain(SYS_read, (uintptr_t)bytes, 2);
	CHECK(ret == -EINTR, "read gave %ld", ret);
	CHECK(handled, "the handler did not run");
}

static void stop_of_read(void)
{
	in_background(read_of_chain, SIGTTIN);
}

static void stop_of_write(void)
{
	in_background(write_of_chain, SIGTTOU);
}

static void stop_of_setting(void)
{
	in_background(set_of_chain, SIGTTOU);
}

static void stop_of_threadlet(void)
{
	in_background(read_of_threadlet, SIGTTIN);
}

static void stop_of_thread(void)
{
	in_background(read_of_thread, SIGTTIN);
}

static void no_stop_if_blocked(void)
{
	in_background(blocked_read, ENDED);
	in_background(blocked_write, ENDED);
}

static void no_stop_if_handled(void)
{
	in_background(handled_read, ENDED);
}

static const struct check checks[] = {
	{ "read-of-chain", stop_of_read, 0 },
	{ "write-of-chain", stop_of_write, 0 },
	{ "setting-of-chain", stop_of_setting, 0 },
	{ "read-of-threadlet", stop_of_threadlet, 0 },
	{ "read-of-thread", stop_of_thread, 0 },
	{ "blocked", no_stop_if_blocked, 0 },
	{ "handled", no_stop_if_handled, 0 },
};

static void prepare(void)
{
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
