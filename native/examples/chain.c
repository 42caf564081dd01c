// SPDX-License-Identifier: GPL-2.0
/*
 * Chains of system calls that the kernel executes by itself. The result of one
 * atom is an argument of the next, a failed open ends the chain, and umem_add
 * counts the rounds of a loop.
 *
 *	syslet boot -- build/chain
 */
#include "common.h"

#define SLOTS	8
#define ROUNDS	3

static struct async_head_user head;
static struct syslet_uatom *ring[SLOTS];

static const char *submit(struct syslet_call *first)
{
	struct syslet_uatom *last;

	if (syslet_refill(&head))
		die("refill");
	last = async_exec(&first->atom, &head);
	if (last == SYSLET_FAILED)
		die("async_exec");
	return last ? "synchronous" : "asynchronous";
}

static struct syslet_uatom *next_event(void)
{
	struct syslet_uatom *event;

	while (!(event = syslet_ring_take(&head)))
		if (syslet_ring_wait(&head, 1))
			die("async_wait");
	return event;
}

/* open, read, close; without the file nothing but open. */
static void read_a_file(const char *path)
{
	struct syslet_call opened, got, closed;
	char text[16] = "";
	const char *how;

	syslet_prep(&opened, SYS_open, path, O_RDONLY, 0);
	syslet_prep(&got, SYS_read, -1, text, sizeof(text) - 1);
	syslet_prep(&closed, SYS_close, -1);
	opened.atom.flags = SYSLET_STOP_ON_NEGATIVE;
	/* The descriptor goes to where both others look for it. */
	opened.atom.ret_ptr = (long *)&got.args[0];
	closed.atom.arg_ptr[0] = &got.args[0];
	syslet_link(&opened, &got);
	syslet_link(&got, &closed);
	how = submit(&opened);
	if ((long)got.args[0] < 0)
		printf("%s: open gave %ld, %s\n", path, (long)got.args[0], how);
	else
		printf("%s: %ld bytes, close gave %ld, %s\n", path, got.ret,
		       closed.ret, how);
}

/* Write three lines, waiting a moment before each: it goes asynchronous. */
static void loop(int fd)
{
	static struct timespec moment = { 0, 5000000 };
	struct syslet_call sleep, line, count;
	unsigned long left = ROUNDS;
	const char *how;

	syslet_prep(&sleep, SYS_nanosleep, &moment, NULL);
	syslet_prep(&line, SYS_write, fd, "tick\n", 5);
	syslet_prep(&count, SYS_umem_add, &left, -1);
	count.atom.flags = SYSLET_STOP_ON_ZERO;
	syslet_link(&sleep, &line);
	syslet_link(&line, &count);
	syslet_link(&count, &sleep);
	how = submit(&sleep);
	printf("loop: %s, ", how);
	fflush(stdout);
	if (next_event() != &count.atom)
		die("another event");
	printf("%lu rounds to go\n", left);
}

int main(int argc, char **argv)
{
	char text[64];
	int fds[2];

	(void)argc;
	need_syslets(argv[0]);
	if (syslet_head_init(&head, ring, SLOTS) || pipe(fds))
		die("start");
	make_file("/tmp/file", 12);
	read_a_file("/tmp/file");
	read_a_file("/tmp/no-such-file");
	loop(fds[1]);
	printf("the pipe holds %zd bytes\n", read(fds[0], text, sizeof(text)));
	return 0;
}
