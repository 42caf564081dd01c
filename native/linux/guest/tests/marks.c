// SPDX-License-Identifier: GPL-2.0
/*
 * What a program has set for its thread, and the kernel changes for a while or keeps
 * beside other things: the heir has it as the program has set it.
 */
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER	57
#define PR_GET_IO_FLUSHER	58
#endif

static struct call first, second;
static int pipe_fds[2];
static char byte;
static volatile int in_chain;

static void prepare(void)
{
	if (pipe(pipe_fds))
		exit(2);
}

/* A spare of before what is set next. */
static void make_spare(void)
{
	call_set(&first, SYS_getppid, 0, 0, 0);
	CHECK(submit(&first) == &first.atom, "async");
}

static void hand_over(void)
{
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
}

static void take_back(void)
{
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	CHECK(reap() == &first.atom, "no event");
}

static int prctl1(int option, unsigned long arg)
{
	return prctl(option, arg, 0, 0, 0);
}

static void io_flusher(void)
{
	make_spare();
	CHECK(!prctl1(PR_SET_IO_FLUSHER, 1), "errno %d", errno);
	hand_over();
	CHECK(prctl1(PR_GET_IO_FLUSHER, 0) == 1, "the heir is none");
	take_back();
	/* The spares of now were made by such a thread. */
	CHECK(!prctl1(PR_SET_IO_FLUSHER, 0), "errno %d", errno);
	hand_over();
	CHECK(!prctl1(PR_GET_IO_FLUSHER, 0), "the heir is one");
	take_back();
}

static void broken_memory(void)
{
	make_spare();
	CHECK(!prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0),
	      "errno %d", errno);
	hand_over();
	CHECK(prctl1(PR_MCE_KILL_GET, 0) == PR_MCE_KILL_EARLY,
	      "the heir has %d", prctl1(PR_MCE_KILL_GET, 0));
	take_back();
}

static void timer_slack(void)
{
	int mine = prctl1(PR_GET_TIMERSLACK, 0);

	CHECK(!prctl1(PR_SET_TIMERSLACK, 7000000), "errno %d", errno);
	hand_over();
	CHECK(prctl1(PR_GET_TIMERSLACK, 0) == 7000000, "the heir has another");
	CHECK(!prctl1(PR_SET_TIMERSLACK, 0), "errno %d", errno);
	CHECK(prctl1(PR_GET_TIMERSLACK, 0) == mine, "it goes back to %d",
	      prctl1(PR_GET_TIMERSLACK, 0));
	take_back();
}

static int blocked(int sig)
{
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	return sigismember(&set, sig);
}

static void check_mask(const char *who)
{
	CHECK(!blocked(SIGUSR1) && !blocked(SIGTERM), "%s blocks more", who);
	CHECK(blocked(SIGUSR2), "%s blocks less", who);
}

/* The kernel blocks all signals while the first atom sleeps. */
static void masked_sleep(void)
{
	sigset_t set;
	int fd = open("/proc/syslet_masked", O_RDONLY);

	CHECK(fd >= 0, "errno %d", errno);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	make_spare();
	call_set(&first, SYS_read, fd, (uintptr_t)&byte, 1);
	CHECK(submit(&first) == &first.atom, "it went async");
	check_mask("the head");
	call_set(&second, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	first.atom.next = &second.atom;
	CHECK(!submit(&first), "sync");
	check_mask("the heir");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	CHECK(reap() == &second.atom, "no event");
	check_mask("at last the heir");
}

static void submit_in_handler(int sig)
{
	(void)sig;
	hand_over();
	in_chain = blocked(SIGUSR1) && blocked(SIGUSR2) ? 1 : -1;
}

/* The mask of a handler is one that user space has set. */
static void chain_of_handler(void)
{
	struct sigaction action = { .sa_handler = submit_in_handler };

	sigaddset(&action.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &action, NULL);
	make_spare();
	raise(SIGUSR1);
	CHECK(in_chain == 1, "the mask of the handler is lost");
	CHECK(!blocked(SIGUSR1) && !blocked(SIGUSR2), "it is kept");
	take_back();
}

static const struct check checks[] = {
	{ "io-flusher", io_flusher, 0 },
	{ "broken-memory", broken_memory, 0 },
	{ "timer-slack", timer_slack, 0 },
	{ "masked-sleep", masked_sleep, 0 },
	{ "chain-of-handler", chain_of_handler, 0 },
};

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
