// SPDX-License-Identifier: GPL-2.0
/*
 * A server with an event loop whose requests may block. It looks for readable
 * connections, and handles each request in a threadlet: most are answered from
 * memory by a plain call; those that have to wait for something (here they
 * sleep) go on as threads, and the loop does not notice.
 *
 *	syslet boot -- build/server
 */
#include "common.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define CLIENTS		8
#define REQUESTS	20
#define SLOW_EVERY	5	/* so many requests have one that waits */

struct message {
	int	number;
	int	slow;
};

static int connections[CLIENTS];
static struct async_head_user head;
static int epoll_fd, ended_fd;

static long raw(long nr, unsigned long a, unsigned long b, unsigned long c,
		unsigned long d)
{
	return syslet_raw(nr, a, b, c, d, 0, 0);
}

/* One shot: a connection is watched again when its request is answered. */
static void watch(int fd, int op)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
				     .data.fd = fd };

	raw(SYS_epoll_ctl, epoll_fd, op, fd, (unsigned long)&event);
}

static long serve(void *data)
{
	struct timespec moment = { 0, 3000000 };
	int fd = (long)data;
	struct message message;
	unsigned long one = 1;
	long got;

	got = raw(SYS_read, fd, (unsigned long)&message, sizeof(message), 0);
	if (got != sizeof(message)) {
		raw(SYS_write, ended_fd, (unsigned long)&one, sizeof(one), 0);
		return threadlet_complete();
	}
	if (message.slow)
		raw(SYS_nanosleep, (unsigned long)&moment, 0, 0, 0);
	message.number *= 2;
	raw(SYS_write, fd, (unsigned long)&message, sizeof(message), 0);
	watch(fd, EPOLL_CTL_MOD);
	return threadlet_complete();
}

/* Asks, waits for the answer, thinks for a moment, and so on. */
static void client(int fd, int number)
{
	struct timespec think = { 0, 1000000 };
	struct message message;
	int i;

	for (i = 0; i < REQUESTS; i++) {
		message.number = number + i;
		message.slow = (number + i) % SLOW_EVERY == 0;
		if (write(fd, &message, sizeof(message)) != sizeof(message) ||
		    read(fd, &message, sizeof(message)) != sizeof(message) ||
		    message.number != 2 * (number + i))
			_exit(1);
		nanosleep(&think, NULL);
	}
	_exit(0);
}

static void start_client(int number)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		die("socketpair");
	switch (fork()) {
	case -1:
		die("fork");
	case 0:
		close(fds[0]);
		client(fds[1], number);
	}
	close(fds[1]);
	connections[number] = fds[0];
}

/* 1 if the request went asynchronous. */
static int handle(int fd)
{
	void *stack = new_stack();
	long ret;

	if (syslet_refill(&head))
		die("refill");
	ret = threadlet_exec_data(serve, stack, &head, (void *)(long)fd);
	if (ret < 0)
		die("threadlet_exec: %s", strerror(-ret));
	/* In use or not: it comes back when it is free. */
	threadlet_stack_free(stack);
	return !ret;
}

static int event_loop(int *requests)
{
	struct epoll_event events[CLIENTS];
	int open = CLIENTS, queued = 0, n, i;
	unsigned long more;

	while (open) {
		n = epoll_wait(epoll_fd, events, CLIENTS, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.fd != ended_fd) {
				queued += handle(events[i].data.fd);
				++*requests;
				continue;
			}
			if (read(ended_fd, &more, sizeof(more)) < 0)
				die("read");
			open -= more;
			watch(ended_fd, EPOLL_CTL_MOD);
		}
	}
	return queued;
}

int main(int argc, char **argv)
{
	int i, status, bad = 0, queued, requests = 0;

	(void)argc;
	need_syslets(argv[0]);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	ended_fd = eventfd(0, EFD_CLOEXEC);
	for (i = 0; i < CLIENTS; i++)
		start_client(i);
	if (syslet_head_init(&head, NULL, 0))
		die("head");
	for (i = 0; i < CLIENTS; i++)
		watch(connections[i], EPOLL_CTL_ADD);
	watch(ended_fd, EPOLL_CTL_ADD);
	queued = event_loop(&requests);
	while (wait(&status) > 0)
		bad += status != 0;
	printf("%d clients, %d requests, %d of them waited, %d clients unhappy\n",
	       CLIENTS, requests - CLIENTS, queued, bad);
	return bad != 0;
}
