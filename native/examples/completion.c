// SPDX-License-Identifier: GPL-2.0
/*
 * How a threadlet tells that it is done is up to the program: a futex, a
 * descriptor to poll or to select, a signal. Three threadlets each sleep for
 * some time; the head is told of every one of them.
 *
 *	syslet boot -- build/completion futex
 *	syslet boot -- build/completion poll
 *	syslet boot -- build/completion select
 *	syslet boot -- build/completion signal
 */
#include "common.h"
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/select.h>

#define SLEEPERS	3

static struct async_head_user head;
static struct counter counted;
static int event_fd, pipe_fds[2];

/* What is written to, woken or sent is the same; who waits how is not. */
static void by_futex(int number)
{
	(void)number;
	count_up(&counted);
}

static void by_eventfd(int number)
{
	unsigned long one = 1;

	(void)number;
	syslet_raw(SYS_write, event_fd, (unsigned long)&one, sizeof(one),
		   0, 0, 0);
}

static void by_pipe(int number)
{
	char byte = number;

	syslet_raw(SYS_write, pipe_fds[1], (unsigned long)&byte, 1, 0, 0, 0);
}

static void by_signal(int number)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	info.si_value.sival_int = number;
	syslet_raw(SYS_rt_sigqueueinfo,
		   syslet_raw(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGRTMIN,
		   (unsigned long)&info, 0, 0, 0);
}

static void wait_futex(int n)
{
	wait_for(&counted, n);
}

static void wait_poll(int n)
{
	struct pollfd fd = { .fd = event_fd, .events = POLLIN };
	unsigned long more;

	while (n > 0) {
		if (poll(&fd, 1, -1) != 1)
			die("poll");
		if (read(event_fd, &more, sizeof(more)) != sizeof(more))
			die("read");
		n -= more;
	}
}

static void wait_select(int n)
{
	fd_set set;
	char byte;

	while (n-- > 0) {
		FD_ZERO(&set);
		FD_SET(pipe_fds[0], &set);
		if (select(pipe_fds[0] + 1, &set, NULL, NULL, NULL) != 1)
			die("select");
		if (read(pipe_fds[0], &byte, 1) != 1)
			die("read");
		printf("  number %d is done\n", byte);
	}
}

static void wait_signal(int n)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	while (n-- > 0) {
		if (sigwaitinfo(&set, &info) != SIGRTMIN)
			die("sigwaitinfo");
		printf("  number %d is done\n", info.si_value.sival_int);
	}
}

static const struct way {
	const char	*name;
	void		(*tell)(int number);
	void		(*wait)(int n);
} ways[] = {
	{ "futex", by_futex, wait_futex },
	{ "poll", by_eventfd, wait_poll },
	{ "select", by_pipe, wait_select },
	{ "signal", by_signal, wait_signal },
};

static const struct way *way;

static long sleeper(void *data)
{
	long number = (long)data;
	struct timespec time = { 0, number * 10000000 };

	syslet_raw(SYS_nanosleep, (unsigned long)&time, 0, 0, 0, 0, 0);
	way->tell(number);
	return threadlet_complete();
}

static void choose(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].name, name))
			way = &ways[i];
	errno = 0;
	if (!way)
		die("futex, poll, select or signal, not %s", name);
}

int main(int argc, char **argv)
{
	int number, queued = 0;
	long start, ret;
	sigset_t set;

	choose(argc > 1 ? argv[1] : "futex");
	need_syslets(argv[0]);
	event_fd = eventfd(0, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	/* Blocked: it stays pending until sigwaitinfo(). */
	if (pipe(pipe_fds) || sigprocmask(SIG_BLOCK, &set, NULL) ||
	    syslet_head_init(&head, NULL, 0))
		die("start");
	start = milliseconds();
	for (number = SLEEPERS; number > 0; number--) {
		if (syslet_refill(&head))
			die("refill");
		ret = threadlet_exec_data(sleeper, new_stack(), &head,
					  (void *)(long)number);
		if (ret < 0)
			die("threadlet_exec: %s", strerror(-ret));
		queued += !ret;
	}
	way->wait(SLEEPERS);
	printf("%s: %d of %d were asynchronous, all done in %ld ms\n",
	       way->name, queued, SLEEPERS, milliseconds() - start);
	return 0;
}
