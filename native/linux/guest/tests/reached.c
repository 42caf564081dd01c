// SPDX-License-Identifier: GPL-2.0
/*
 * A head gives something up. Every task that is in a call with what was there before
 * is reached, wherever it waits, and the head waits for none that waits for it.
 */
#include "checks.h"
#include "functions.h"
#include "waits.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>

#define OPENINGS 5000

static struct call first;
static int pipe_fds[2];
static volatile long began, ended;
static char byte;

static void give_up(void)
{
	CHECK(!syscall(SYS_setresgid, 1000, 1000, 1000), "setresgid");
}

/* A thread of its own. @submit: an entry goes in; or it waits for one to come out. */
static void enter_ring(long submit)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	began = 1;
	if (submit)
		call3(SYS_io_uring_enter, ring_fd, 1, 0);
	else
		syscall(SYS_io_uring_enter, ring_fd, 0, 1,
			IORING_ENTER_GETEVENTS, NULL, 0);
	ended = 1;
	call(NR_ASYNC_THREAD);
}

static void begin_in_ring(long submit)
{
	make_ring();
	if (submit) {
		make_cold();
		memset(entry, 0, sizeof(*entry));
		entry->opcode = IORING_OP_OPENAT;
		entry->fd = AT_FDCWD;
		entry->addr = (uintptr_t)cold;
		hand_in(1);
	}
	CHECK(!exec_on(enter_ring, submit, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	while (!began)
		usleep(1000);
	usleep(20000);
}

/* Told by a notice alone, it would take that for work, and wait on. */
static void wait_in_ring(void)
{
	pid_t watch;

	begin_in_ring(0);
	watch = kill_later(3);
	give_up();
	kill(watch, SIGKILL);
}

/* What an entry gives is its completion's, and nothing redoes it. */
static void name_in_ring(void)
{
	begin_in_ring(1);
	bring_in_later("/", 2);
	give_up();
	CHECK(result_of_entry(0) >= 0, "the entry gave %d", result_of_entry(0));
}

static long cpu_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A task waits for a page meanwhile, and has to do no more than that. */
static void check_idle(void)
{
	long used = cpu_time();

	usleep(300000);
	used = cpu_time() - used;
	CHECK(used < 150, "%ld ms of processor time in 300 ms", used);
}

/* Which descriptors it means is read, and may be read late. */
static void poll_of_chain(void)
{
	struct pollfd mine = { pipe_fds[0], POLLIN, 0 };
	volatile long *brought;
	long used;

	make_cold();
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	call_set(&first, SYS_poll, (uintptr_t)cold, 1, -1);
	CHECK(!submit(&first), "sync");
	brought = bring_in_later(&mine, sizeof(mine));
	used = cpu_time();
	CHECK(!syscall(436 /* close_range */, pipe_fds[0], pipe_fds[0], 2),
	      "close_range");
	used = cpu_time() - used;
	CHECK(*brought, "poll goes on with what was given up");
	CHECK(used < 100, "%ld ms of processor time in 200 ms", used);
	CHECK(reap() == &first.atom, "no event");
}

static void page_of_ring(void)
{
	make_cold();
	ahu.completion_ring = (void *)cold;
	ahu.ring_size_bytes = 8 * sizeof(void *);
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	usleep(50000);
	give_up();
	check_idle();
	bring_in("", 1);
	CHECK(!syscall(NR_ASYNC_WAIT, 1UL, 0UL, &ahu), "async_wait");
	CHECK(((void **)cold)[0] == &first.atom, "no event");
}

static void look_at_page(long unused)
{
	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	began = 1;
	byte = *(volatile char *)cold;
	ended = 1;
	call(NR_ASYNC_THREAD);
}

/* A thread of its own waits in its user mode, and makes no call. */
static void page_of_thread(void)
{
	int i;

	make_cold();
	CHECK(!exec_on(look_at_page, 0, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	while (!began)
		usleep(1000);
	usleep(20000);
	give_up();
	check_idle();
	CHECK(!ended, "the page was there");
	bring_in("", 1);
	for (i = 0; !ended && i < 2000; i++)
		usleep(1000);
	CHECK(ended, "it did not go on");
}

/* A debugger looks at each call of the caller's task for a while. */
static pid_t slow_down(void)
{
	volatile long *slow = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t task = syscall(SYS_gettid), debugger = fork();

	if (debugger) {
		while (!*slow)
			usleep(1000);
		return debugger;
	}
	if (ptrace(PTRACE_SEIZE, task, 0, PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, task, 0, 0))
		_exit(1);
	while (waitpid(task, NULL, __WALL) == task) {
		usleep(20000);
		ptrace(PTRACE_SYSCALL, task, 0, 0);
		*slow = 1;
	}
	_exit(0);
}

/* Its heir runs before it has said which call it makes. */
static void page_of_head(void)
{
	pid_t debugger = slow_down(), watch = kill_later(5);

	make_cold();
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)cold, 1);
	first.atom.flags = SYSLET_ASYNC;
	CHECK(!submit(&first), "sync");
	give_up();
	bring_in("", 1);
	CHECK(reap() == &first.atom, "no event");
	kill(watch, SIGKILL);
	kill(debugger, SIGKILL);
}

static volatile long opened, failed;

static void *open_again(void *unused)
{
	int fd;

	for (opened = 0; opened < OPENINGS && !failed; opened++) {
		sched_yield();
		fd = open("/proc/self/fd/1", O_WRONLY);
		if (fd < 0)
			failed++;
		else
			close(fd);
	}
	ended = 1;
	return unused;
}

/* The leader is a spare, and is what /proc/self means. */
static void tables_of_leader(void)
{
	pthread_t thread;

	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	CHECK(reap() == &first.atom, "no event");
	pthread_create(&thread, NULL, open_again, NULL);
	while (!ended)
		syscall(436 /* close_range */, 900, 901, 0);
	CHECK(!failed, "opening %ld failed", opened);
	_exit(failures != 0);
}

/* In a child of vfork() that shares the stack of its parent: no C there. */
static long vfork_and_read(long fd, char *to)
{
	long ret;

	__asm__ volatile("syscall\n test %%rax, %%rax\n jnz 1f\n"
			 "xor %%eax, %%eax\n mov %[fd], %%rdi\n"
			 "mov %[to], %%rsi\n mov $1, %%edx\n syscall\n"
			 "mov $60, %%eax\n xor %%edi, %%edi\n syscall\n"
			 "1:"
			 : "=a" (ret)
			 : "a" (SYS_vfork), [fd] "r" (fd), [to] "r" (to)
			 : "rcx", "r11", "rdi", "rsi", "rdx", "memory");
	return ret;
}

static int child_fds[2];
static char read_by_child;

static void have_child(long unused)
{
	(void)unused;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	began = 1;
	ended = vfork_and_read(child_fds[0], &read_by_child);
	call(NR_ASYNC_THREAD);
}

/* The child of a thread of its own waits for the head, which gives something up. */
static void vfork_of_thread(void)
{
	pid_t watch;
	int i;

	CHECK(!pipe(child_fds), "pipe");
	CHECK(!exec_on(have_child, 0, stacks[0] + STACK, &ahu, NULL),
	      "did not go async");
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
	while (!began)
		usleep(1000);
	usleep(50000);
	watch = kill_later(3);
	give_up();
	CHECK(!ended, "the child is gone");
	CHECK(write(child_fds[1], "y", 1) == 1, "write");
	for (i = 0; !ended && i < 2000; i++)
		usleep(1000);
	CHECK(ended > 0, "vfork gave %ld", ended);
	kill(watch, SIGKILL);
}

static volatile long *wanted;

static void open_cold_name(long by_chain)
{
	if (!fork()) {
		while (!*wanted)
			usleep(10000);
		bring_in("/", 2);
		_exit(0);
	}
	if (by_chain) {
		call_set(&first, SYS_open, (uintptr_t)cold, O_RDONLY, 0);
		CHECK(!submit(&first), "sync");
		CHECK(reap() == &first.atom, "no event");
	} else {
		call_set(&first, SYS_getppid, 0, 0, 0);
		CHECK(submit(&first) == &first.atom, "async");
		first.ret = open(cold, O_RDONLY);
	}
	CHECK(first.ret >= 0, "open gave %ld", first.ret);
}

/* A stop while a name is on its way, which comes behind that. */
static void stop_while_named(long by_chain)
{
	pid_t child;
	int status, i, stopped = 0;

	wanted = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (!child) {
		make_cold();
		open_cold_name(by_chain);
		_exit(failures != 0);
	}
	usleep(100000);
	kill(child, SIGSTOP);
	for (i = 0; !stopped && i < 100; i++) {
		usleep(10000);
		stopped = waitpid(child, &status, WUNTRACED | WNOHANG);
	}
	CHECK(stopped == child && WIFSTOPPED(status), "it does not stop");
	*wanted = 1;
	kill(child, SIGCONT);
	for (i = 0; i < 3000 && waitpid(child, &status, WNOHANG) != child; i++)
		usleep(1000);
	CHECK(i < 3000 && !status, "it does not go on");
	kill(child, SIGKILL);
}

static void stop_of_named_chain(void)
{
	stop_while_named(1);
}

static void stop_of_named_head(void)
{
	stop_while_named(0);
}

static const struct check checks[] = {
	{ "wait-in-ring", wait_in_ring, 0 },
	{ "name-in-ring", name_in_ring, 0 },
	{ "poll-of-chain", poll_of_chain, 0 },
	{ "page-of-ring", page_of_ring, 0 },
	{ "page-of-thread", page_of_thread, 0 },
	{ "page-of-head", page_of_head, 0 },
	{ "tables-of-leader", tables_of_leader, 0 },
	{ "vfork-of-thread", vfork_of_thread, 0 },
	{ "stop-of-named-chain", stop_of_named_chain, 0 },
	{ "stop-of-named-head", stop_of_named_head, 0 },
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
