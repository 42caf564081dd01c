// SPDX-License-Identifier: GPL-2.0
/*
 * A spare does nothing, and still others wait for it: for files that it would keep
 * open, or to share what its head has. And a chain does nothing any more that its
 * head might not have done at its end.
 */
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int pipe_fds[2], other[2];
static char byte;
static struct call nap;
static volatile long parked;

static void write_byte(void)
{
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
}

static void sleep_in_chain(void)
{
	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&nap), "sync");
}

static void move(void)
{
	sleep_in_chain();
	write_byte();
	CHECK(reap() == &nap.atom, "no event");
}

static void expect_end_of_file(void)
{
	struct pollfd end = { other[0], POLLIN, 0 };

	CHECK(poll(&end, 1, 2000) == 1, "a spare keeps the other end open");
}

/* The chain has the old table, and is the last that has. */
static void table_of_chain(void)
{
	CHECK(!pipe(other), "pipe");
	sleep_in_chain();
	CHECK(!syscall(436 /* close_range */, other[1], other[1], 2), "close");
	CHECK(reap() == &nap.atom, "no event");
	expect_end_of_file();
}

static void park_start(long unused)
{
	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	call3(SYS_unshare, CLONE_FILES, 0, 0);
	parked = 1;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_ASYNC_THREAD);
}

static void table_of_thread(void)
{
	CHECK(!pipe(other), "pipe");
	CHECK(!exec(park_start, 1), "did not go async");
	write_byte();
	while (!parked)
		usleep(1000);
	close(other[1]);
	write_byte();
	expect_end_of_file();
}

/* Connections without an end; the ring belongs to the first task. */
static pid_t connect_to(const struct sockaddr_un *address)
{
	pid_t child = fork();
	int fd;

	while (!child) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		connect(fd, (void *)address, sizeof(sa_family_t) + 7);
		close(fd);
		sched_yield();
	}
	return child;
}

struct uring {
	char			*rings;
	struct io_uring_sqe	*entry;
	struct io_uring_params	params;
};

static int accept_for_ever(struct uring *ring, int listener)
{
	struct io_uring_params *p = &ring->params;
	int fd = syscall(SYS_io_uring_setup, 64, p);

	CHECK(fd >= 0, "io_uring_setup: errno %d", errno);
	ring->rings = mmap(NULL, p->cq_off.cqes + p->cq_entries *
			   sizeof(struct io_uring_cqe) + 4096,
			   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			   fd, IORING_OFF_SQ_RING);
	ring->entry = mmap(NULL, p->sq_entries * sizeof(*ring->entry),
			   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			   fd, IORING_OFF_SQES);
	memset(ring->entry, 0, sizeof(*ring->entry));
	ring->entry->opcode = IORING_OP_ACCEPT;
	ring->entry->fd = listener;
	ring->entry->ioprio = IORING_ACCEPT_MULTISHOT;
	*(unsigned int *)(ring->rings + p->sq_off.array) = 0;
	__atomic_store_n((unsigned int *)(ring->rings + p->sq_off.tail), 1,
			 __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, fd, 1, 0, 0, NULL, 0);
}

/* How many were accepted since it was asked last; each has a descriptor. */
static int accepted(struct uring *ring, int *open)
{
	struct io_uring_params *p = &ring->params;
	unsigned int *head = (void *)(ring->rings + p->cq_off.head);
	unsigned int *tail = (void *)(ring->rings + p->cq_off.tail);
	struct io_uring_cqe *cqes = (void *)(ring->rings + p->cq_off.cqes);
	unsigned int end = __atomic_load_n(tail, __ATOMIC_ACQUIRE);
	unsigned int i, mask = p->cq_entries - 1;
	int n = end - *head;

	for (i = *head; i != end; i++) {
		if (cqes[i & mask].res < 0)
			continue;
		*open += fcntl(cqes[i & mask].res, F_GETFD) >= 0;
		close(cqes[i & mask].res);
	}
	__atomic_store_n(head, end, __ATOMIC_RELEASE);
	return n;
}

/* Work for a spare comes while it has no share in the table of its head. */
static void work_while_apart(void)
{
	struct sockaddr_un address = { AF_UNIX, "\0spares" };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), i, n = 0, open = 0;
	static struct uring ring;
	pid_t child;

	CHECK(!bind(listener, (void *)&address, sizeof(sa_family_t) + 7) &&
	      !listen(listener, 100), "listen");
	CHECK(accept_for_ever(&ring, listener) == 1, "io_uring_enter");
	child = connect_to(&address);
	move();
	for (i = 0; i < 6000; i++) {
		syscall(436 /* close_range */, 1020, 1020, 2);
		syscall(SYS_unshare, CLONE_FILES);
		n += accepted(&ring, &open);
		sched_yield();
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	CHECK(n, "nothing was accepted");
	CHECK(open == n, "%d accepted, %d are open", n, open);
}

/* A spare that runs late, and stops for its debugger first. */
static void held_spare(void)
{
	volatile long *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sched_param low = { 10 }, high = { 50 };
	pid_t child, spin, spare;
	long calls;
	int status;

	child = fork();
	if (!child) {
		call_set(&nap, SYS_getppid, 0, 0, 0);
		submit(&nap);
		shared[1] = 1;
		while (!shared[2])
			usleep(1000);
		for (;; shared[0]++)
			syscall(SYS_setuid, 0);
	}
	while (!shared[1])
		usleep(1000);
	for (spare = child + 1; spare < child + 50; spare++)
		if (!ptrace(PTRACE_SEIZE, spare, 0, 0))
			break;
	spin = fork();
	if (!spin) {
		sched_setscheduler(0, SCHED_FIFO, &low);
		while (!shared[3])
			;
		_exit(0);
	}
	sched_setscheduler(0, SCHED_FIFO, &high);
	high.sched_priority = 20;
	/* Its priority is for no other task, so the spare is not given it. */
	sched_setscheduler(child, SCHED_FIFO | SCHED_RESET_ON_FORK, &high);
	shared[2] = 1;
	usleep(100000);			/* the head calls, the spare cannot */
	CHECK(!ptrace(PTRACE_INTERRUPT, spare, 0, 0), "errno %d", errno);
	shared[3] = 1;
	CHECK(waitpid(spare, &status, __WALL) == spare, "it does not stop");
	calls = shared[0];
	usleep(300000);
	CHECK(shared[0] > calls, "the head waits for a debugger");
	kill(child, SIGKILL);
	waitpid(spin, NULL, 0);
}

#define ATOMS	400
#define WORDS	7
#define BY_USER	"/tmp/by-user"

/* So many mkdir() in a row, each on pages of its own that are not there yet. */
static struct syslet_uatom *many_atoms(volatile char *path)
{
	long size = ATOMS * WORDS * 4096L, *word;
	int fd = syscall(SYS_memfd_create, "atoms", 0), i, k;
	struct syslet_uatom *atom;
	char *here, *there;

	CHECK(!ftruncate(fd, size), "ftruncate");
	here = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, fd, 0);
	there = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	for (i = 0; i < ATOMS; i++) {
		long at = i * WORDS * 4096L;

		atom = (void *)(here + at);
		atom->nr = SYS_mkdir;
		if (i + 1 < ATOMS)
			atom->next = (void *)(there + at + WORDS * 4096L);
		for (k = 0; k < 6; k++) {
			atom->arg_ptr[k] = (void *)(there + at + (k + 1) * 4096);
			word = (void *)(here + at + (k + 1) * 4096);
			*word = k ? 0755 : (long)path;
		}
	}
	return (void *)there;
}

static void give_up_and_end(volatile char *path, int round)
{
	struct sched_param fifo = { 50 };

	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	nap.atom.next = many_atoms(path);
	CHECK(!submit(&nap), "sync");
	sched_setscheduler(0, SCHED_FIFO, &fifo);
	write_byte();
	usleep(500 + round * 7919 % 97 * 20);
	syscall(SYS_setresuid, 1000, 1000, 1000);
	strcpy((char *)path, BY_USER);
	if (round % 2)
		kill(getpid(), SIGKILL);
	_exit(0);
}

static void end_of_group(void)
{
	char *path = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stat found;
	int round;
	pid_t child;

	for (round = 0; round < 60; round++) {
		strcpy(path, "/nowhere/x");
		child = fork();
		if (!child)
			give_up_and_end(path, round);
		waitpid(child, NULL, 0);
		if (!stat(BY_USER, &found)) {
			CHECK(found.st_uid, "%d: made with given-up rights",
			      round);
			rmdir(BY_USER);
		}
	}
}

static const struct check checks[] = {
	{ "table-of-chain", table_of_chain, 0 },
	{ "table-of-thread", table_of_thread, 0 },
	{ "work-while-apart", work_while_apart, 0 },
	{ "held-spare", held_spare, 0 },
	{ "end-of-group", end_of_group, 0 },
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
