// SPDX-License-Identifier: GPL-2.0
/*
 * Threadlets on a kernel that has them: both ways of beginning one, who owns a
 * stack, what is refused, and what becomes of it all in new processes and
 * threads. With a folder as argument also a hand-over by a page fault, and the
 * folder has to be on a disk.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslet.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

#include "../src/internal.h"
#include "check.h"

static struct async_head_user head;
static int fds[2];

static long raw(long nr, long a, long b, long c)
{
	return syslet_raw(nr, a, b, c, 0, 0, 0);
}

static long sleep_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	return raw(SYS_nanosleep, (long)&time, 0, 0);
}

static void wait_free(void *stack)
{
	while (threadlet_stack_busy(stack))
		sleep_ms(1);
}

static long exec(threadlet_fn *fn, void *stack, void *data)
{
	CHECK(!syslet_refill(&head), "refill");
	return threadlet_exec_data(fn, stack, &head, data);
}

static long quick(void *data)
{
	*(int *)data += 1;
	return threadlet_complete();
}

static int finished;

/* Blocks until a byte comes. */
static long slow(void *data)
{
	char byte;

	CHECK(raw(SYS_read, fds[0], (long)&byte, 1) == 1, "read");
	__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
	CHECK(threadlet_complete() == (data ? 1 : 0), "complete");
	return 77;		/* who cares */
}

static void let_go(void)
{
	CHECK(raw(SYS_write, fds[1], (long)"x", 1) == 1, "write");
}

/* The result decides, not the value of the function. */
static void synchronous(void *stack)
{
	int count = 0, i;
	unsigned long token;

	CHECK(exec(quick, stack, &count) == 1, "first");
	CHECK(threadlet_self.page, "there is a page");
	token = threadlet_self.page->token;
	for (i = 0; i < 100; i++)
		CHECK(exec(quick, stack, &count) == 1, "%d", i);
	CHECK(count == 101, "count %d", count);
	CHECK(threadlet_self.page->token == token + 200, "all were cached");
	CHECK(!threadlet_self.page->armed, "disarmed");
	CHECK(threadlet_self.page->ready == 1, "one spare, so far");
	let_go();
	CHECK(exec(slow, stack, &count) == 1, "nothing to wait for");
}

static void asynchronous(void *stack, void *other)
{
	long before = raw(SYS_gettid, 0, 0, 0);
	int count = 0, done = finished;

	CHECK(exec(slow, stack, NULL) == 0, "blocks");
	CHECK(raw(SYS_gettid, 0, 0, 0) != before, "another task");
	CHECK(threadlet_stack_busy(stack), "in use");
	CHECK(exec(quick, stack, &count) == -EBUSY && !count, "misuse");
	CHECK(exec(quick, other, &count) == 1 && count == 1, "another stack");
	CHECK(finished == done, "still there");
	let_go();
	wait_free(stack);
	CHECK(finished == done + 1, "done");
	CHECK(exec(quick, stack, &count) == 1, "given back");
}

/* In threadlets of both kinds; a store to the page would show in the token. */
static long nesting(void *data)
{
	void *inner = threadlet_stack_alloc();
	struct threadlet_page page;
	int count = 0;
	char byte;

	if (data)
		raw(SYS_read, fds[0], (long)&byte, 1);
	page = *threadlet_self.page;
	CHECK(threadlet_exec_data(quick, inner, &head, &count) == -ENOSYS,
	      "nested");
	CHECK(threadlet_exec_data(quick, data ? data : inner, &head, &count) ==
	      (data ? -EBUSY : -ENOSYS), "on our own stack");
	CHECK(!memcmp(&page, threadlet_self.page, sizeof(page)), "the page");
	CHECK(raw(SYS_fork, 0, 0, 0) == -ENOSYS, "fork");
	CHECK(raw(SYS_async_wait, 0, 0, 0) == -ENOSYS, "async_wait");
	CHECK(!count, "nothing has run");
	threadlet_stack_free(inner);
	CHECK(threadlet_complete() == (data ? 0 : 1), "complete");
	CHECK(threadlet_complete() == -EINVAL, "twice");
	return 0;
}

static void nested(void *stack, void *foreign)
{
	CHECK(exec(nesting, stack, NULL) == 1, "synchronous");
	CHECK(exec(nesting, stack, stack) == 0, "asynchronous");
	let_go();
	wait_free(stack);
	CHECK(exec(nesting, foreign, NULL) == 1, "synchronous");
	CHECK(exec(nesting, foreign, foreign) == 0, "asynchronous");
	let_go();
	wait_free(foreign);
	CHECK(threadlet_complete() == -EINVAL, "outside");
}

static long still(void *data)
{
	(void)data;
	CHECK(!(threadlet_self.page->armed & THREADLET_MAY_MOVE), "cannot move");
	CHECK(raw(SYS_fork, 0, 0, 0) == -ENOSYS, "inside all the same");
	sleep_ms(5);
	return threadlet_complete();
}

/* All spares in use, and no stack for another. */
static void no_spare(void)
{
	void *stack = threadlet_stack_alloc(), *all[64];
	int n = 0, i;

	while (threadlet_self.page->ready && n < 64) {
		all[n] = threadlet_stack_alloc();
		CHECK(threadlet_exec(slow, all[n], &head) == 0, "%d", n);
		n++;
	}
	head.new_thread_stack = 0;
	CHECK(threadlet_exec(still, stack, &head) == 2, "it blocks us");
	CHECK(!threadlet_stack_busy(stack), "given back");
	for (i = 0; i < n; i++)
		let_go();
	for (i = 0; i < n; i++) {
		wait_free(all[i]);
		threadlet_stack_free(all[i]);
	}
	threadlet_stack_free(stack);
}

static long forgetful(void *data)
{
	char byte;

	if (data)
		raw(SYS_read, fds[0], (long)&byte, 1);
	return 1234;
}

static long proper(void *data)
{
	char byte;

	if (data)
		raw(SYS_read, fds[0], (long)&byte, 1);
	return threadlet_complete();
}

/* Stacks of any origin, with and without threadlet_complete(). */
static void both_ways(threadlet_fn *fn, void *stack, void *own)
{
	int count = 0;

	CHECK(exec(fn, stack, NULL) == 1, "synchronous");
	CHECK(!threadlet_stack_busy(stack), "given back");
	CHECK(exec(fn, stack, stack) == 0, "asynchronous");
	CHECK(threadlet_stack_busy(stack), "in use");
	CHECK(exec(fn, stack, stack) == -EBUSY, "misuse");
	CHECK(exec(quick, own, &count) == 1, "meanwhile");
	let_go();
	wait_free(stack);
	CHECK(!threadlet_self.foreign, "no thread is on another stack");
}

static void handler(int signal)
{
	CHECK(signal == SIGUSR1, "signal %d", signal);
	finished++;
}

static long signalled(void *data)
{
	(void)data;
	raw(SYS_kill, raw(SYS_getpid, 0, 0, 0), SIGUSR1, 0);
	return threadlet_complete();
}

static void signals(void *stack)
{
	struct sigaction action = { .sa_handler = handler };
	int before = finished;

	sigaction(SIGUSR1, &action, NULL);
	CHECK(exec(signalled, stack, NULL) == 1, "a handler inside");
	CHECK(finished == before + 1, "it ran");
}

/* What a head has is not for its children, which may have their own. */
static void forks(void *stack)
{
	int status, count = 0;
	pid_t child;

	CHECK(exec(slow, stack, NULL) == 0, "one is under way");
	child = fork();
	if (!child) {
		failures = 0;
		CHECK(!pipe(fds), "a pipe of its own");
		CHECK(!threadlet_self.page, "no page");
		CHECK(exec(quick, stack, &count) == 1, "a new family");
		CHECK(exec(quick, stack, &count) == 1, "cached");
		CHECK(exec(slow, stack, NULL) == 0, "asynchronous");
		let_go();
		wait_free(stack);
		_exit(failures != 0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status, "%#x", status);
	let_go();
	wait_free(stack);
}

static void *thread(void *data)
{
	struct async_head_user own;
	void *stack = threadlet_stack_alloc();
	int count = 0;

	CHECK(!threadlet_self.page, "not of this thread");
	CHECK(!syslet_head_init(&own, NULL, 0), "head");
	CHECK(threadlet_exec_data(quick, stack, &own, &count) == 1, "first");
	CHECK(threadlet_exec_data(quick, stack, &own, &count) == 1, "second");
	CHECK(threadlet_self.page != data, "a page of its own");
	CHECK(threadlet_exec_data(slow, stack, &own, NULL) == 0, "async");
	threadlet_stack_free(stack);
	return NULL;
}

static void threads(void)
{
	pthread_t id;
	int i, done = finished;

	for (i = 0; i < 3; i++) {
		pthread_create(&id, NULL, thread, threadlet_self.page);
		sleep_ms(1);
		let_go();
		/* The exit of a head waits for its threadlets. */
		pthread_join(id, NULL);
		CHECK(finished == done + i + 1, "%d", finished);
	}
}

static int sleeping;

static long sleeper(void *data)
{
	sleep_ms((long)data);
	__atomic_sub_fetch(&sleeping, 1, __ATOMIC_SEQ_CST);
	return threadlet_complete();
}

/* More than there are spares, for a while; stacks and spares come back. */
static void many(void)
{
	unsigned long most = 0;
	void *stack;
	int i, queued = 0;

	for (i = 0; i < 1000; i++) {
		stack = threadlet_stack_alloc();
		__atomic_add_fetch(&sleeping, 1, __ATOMIC_SEQ_CST);
		queued += !exec(sleeper, stack, (void *)(long)(i % 7 + 1));
		threadlet_stack_free(stack);
		if (i % 50 == 49)
			sleep_ms(10);
		if (threadlet_self.page->ready > most)
			most = threadlet_self.page->ready;
	}
	while (__atomic_load_n(&sleeping, __ATOMIC_SEQ_CST))
		sleep_ms(1);
	CHECK(queued == 1000, "%d were asynchronous", queued);
	CHECK(most >= 50 && most < 80, "%lu spares", most);
}

static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *data)
{
	(void)context;
	++*(int *)data;
	return _URC_NO_REASON;
}

static long unwinding(void *data)
{
	_Unwind_Backtrace(frame, data);
	return threadlet_complete();
}

/* A backtrace in a threadlet ends at its bottom. */
static void backtraces(void *stack, void *foreign)
{
	int frames = 0, again = 0;

	CHECK(exec(unwinding, stack, &frames) == 1, "cached");
	CHECK(frames == 2 || frames == 3, "%d frames", frames);
	CHECK(exec(unwinding, foreign, &again) == 1, "real calls");
	CHECK(again == frames, "%d frames, not %d", again, frames);
}

static long toucher(void *data)
{
	(void)*(volatile char *)data;
	return threadlet_complete();
}

/* Touching memory is enough. */
static void page_fault(void *stack, const char *folder)
{
	int fd, drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
	char path[256];
	char *file;

	snprintf(path, sizeof(path), "%s/page", folder);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	CHECK(write(fd, path, sizeof(path)) == sizeof(path), "write");
	sync();
	CHECK(write(drop, "3", 1) == 1, "drop_caches");
	file = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(file != MAP_FAILED, "mmap");
	CHECK(exec(toucher, stack, file) == 0, "the page has to be read");
	wait_free(stack);
	CHECK(exec(toucher, stack, file) == 1, "now it is there");
}

int main(int argc, char **argv)
{
	static char memory[131072] __attribute__((aligned(64)));
	void *stack = threadlet_stack_alloc(), *other = threadlet_stack_alloc();
	void *foreign = memory + sizeof(memory);

	if (!syslet_available())
		return 77;
	if (pipe(fds) || !other || syslet_head_init(&head, NULL, 0))
		return 2;
	synchronous(stack);
	asynchronous(stack, other);
	nested(stack, foreign);
	no_spare();
	both_ways(proper, stack, other);
	both_ways(forgetful, stack, other);
	both_ways(proper, foreign, other);
	both_ways(forgetful, foreign, other);
	signals(stack);
	backtraces(stack, foreign);
	forks(stack);
	threads();
	many();
	if (argc > 1)
		page_fault(stack, argv[1]);
	printf("threadlets: %d failures\n", failures);
	return failures != 0;
}
