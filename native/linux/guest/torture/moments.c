// SPDX-License-Identifier: GPL-2.0
/*
 * Moments at which nothing may hand over: a head that is not in memory while a
 * threadlet seems to begin, a frame that is being written or read; and pages that
 * never come.
 */
#include "torture.h"
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "scripts.h"

#define COLD (16 * 4096)

static volatile int go;
static volatile bool returned;	/* what begins now is a threadlet */

/* A file whose pages are not in memory, with a head across two of them. */
static char *cold_file(bool with_head, int flags)
{
	static char zeros[COLD];
	char name[40];
	void *there;
	int fd;

	snprintf(name, sizeof(name), "/mnt/%ld", CALL(SYS_getpid));
	fd = CALL(SYS_openat, AT_FDCWD, name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return NULL;
	CALL(SYS_unlink, name);
	if (with_head)
		memcpy(zeros + 4096 - offsetof(struct async_head_user, head_ip),
		       &own.ahu, sizeof(own.ahu));
	if (CALL(SYS_write, fd, zeros, COLD) != COLD)
		return NULL;
	CALL(SYS_fsync, fd);
	CALL(SYS_fadvise64, fd, 0, 0, 4 /* DONTNEED */);
	there = (void *)CALL(SYS_mmap, 0, COLD, PROT_READ | PROT_WRITE, flags,
			     fd, 0);
	CALL(SYS_madvise, there, COLD, MADV_RANDOM);
	return (long)there < 0 && (long)there > -4096 ? NULL : there;
}

/* It is head now, of a family that has another one: that shows soon. */
static void be_heir(void)
{
	static struct call call;
	int i;

	if (returned)
		leave(0);
	wrong("threadlet from nowhere", "an heir of what nobody began");
	for (i = 0; i < 6; i++) {
		nap_us(5000);
		set_call(&call, SYSLET_ASYNC, SYS_getpid, 0, 0, 0, 0);
		submit(&call);
		reap(1);
	}
	leave(0);
}

static void store(void)
{
	int i;

	while (!go)		/* not spinning: virtual time would stand still */
		nap_us(30);
	for (i = 0; i < 20 && go; i++) {
		own.page->restore_stack =
			(unsigned long)(stacks[12] + STACK - 128 - 8);
		own.page->restore_ip = (unsigned long)be_heir;
		own.page->armed = 3;
		nap_us(1000);
	}
	for (;;)
		nap_us(100000);
}

static void nothing(long unused)
{
	(void)unused;
}

static bool begin_with_page(void)
{
	long page;

	begin_family();
	page = CALL(NR_THREADLET_ON, 0, 0, &own.ahu);
	if (page <= 0)
		return false;
	own.page = (void *)page;
	own.ahu.new_thread_stack = (unsigned long)stacks[1];
	exec_on(nothing, 0, stacks[2] + STACK, &own.ahu, NULL);
	own.ahu.new_thread_stack = (unsigned long)stacks[1];
	return spawn(store, stacks[11] + STACK) > 0;
}

/* The page says that a threadlet began, and the head is in one of our calls. */
void play_cold_head(void)
{
	static const struct timespec soon = { 0, 20000000 };
	static struct call call;
	struct async_head_user *cold;
	long me, ret;
	int how = below(3);
	char *there;

	if (!begin_with_page())
		return;
	there = cold_file(true, MAP_SHARED);
	if (!there)
		return;
	cold = (void *)(there + 4096 - offsetof(struct async_head_user, head_ip));
	set_call(&call, below(2) ? SYSLET_ASYNC : 0, SYS_nanosleep, (long)&soon,
		 0, 0, 0);
	me = CALL(SYS_gettid);
	go = 1;
	switch (how) {
	case 0:
		ret = CALL(NR_ASYNC_EXEC, &call.atom, cold);
		break;
	case 1:
		ret = CALL(NR_THREADLET_ON, stacks[3], be_heir, cold);
		break;
	default:
		ret = CALL(NR_ASYNC_WAIT, 1, 0, cold);
	}
	returned = true;
	go = 0;
	own.page->armed = 0;
	if (ret && CALL(SYS_gettid) != me)
		wrong("threadlet from nowhere", "another task returns %ld", ret);
	nap_us(30000);
}

/* The same with async_wait(), which waits for long. */
void play_store_while_waiting(void)
{
	static const struct timespec soon = { 0, 10000000 };
	static struct call call, other;
	long me;

	if (!begin_with_page())
		return;
	set_call(&call, 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
	submit(&call);
	hand_over();
	set_call(&other, SYSLET_ASYNC, SYS_getpid, 0, 0, 0, 0);
	submit(&other);
	set_call(&call, 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
	submit(&call);
	own.ahu.new_thread_stack = (unsigned long)stacks[1];
	me = CALL(SYS_gettid);
	go = 1;
	CALL(NR_ASYNC_WAIT, 30, own.ahu.user_ring_idx, &own.ahu);
	returned = true;
	go = 0;
	own.page->armed = 0;
	if (CALL(SYS_gettid) != me)
		wrong("threadlet from nowhere", "another task has waited");
}

static volatile sig_atomic_t handled;
static volatile bool blocked;
static char *cold_stack;

static void on_cold_stack(int sig)
{
	if (blocked_by(CALL(SYS_gettid)) & 1UL << (SIGUSR2 - 1))
		blocked = true;
	handled += sig > 0;
	if (!(draw_state & 4096))
		return;
	/* And now the frame is away, all but the page of this function. */
	CALL(SYS_msync, cold_stack, COLD, MS_SYNC);
	CALL(SYS_madvise, cold_stack, COLD, 21 /* PAGEOUT */);
}

static void raise_in_threadlet(long unused)
{
	(void)unused;
	CALL(SYS_tgkill, CALL(SYS_getpid), CALL(SYS_gettid), SIGUSR1);
	CALL(SYS_getpid);
}

/* The frame of a handler goes to a stack that is not in memory. */
void play_cold_frame(void)
{
	struct sigaction action = { .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = COLD }, now = {};
	int i;

	begin_family();
	own.ahu.new_thread_stack = (unsigned long)stacks[1];
	exec_on(nothing, 0, stacks[2] + STACK, &own.ahu, NULL);
	cold_stack = cold_file(false, below(2) ? MAP_SHARED : MAP_PRIVATE);
	if (!cold_stack)
		return;
	stack.ss_sp = cold_stack;
	sigaltstack(&stack, NULL);
	action.sa_handler = on_cold_stack;
	sigaction(SIGUSR1, &action, NULL);
	threadlet(raise_in_threadlet, 1);
	for (i = 0; i < 4000 && !handled; i++)
		nap_us(1000);
	sigaltstack(NULL, &now);
	if (now.ss_sp != cold_stack)
		wrong("handler moved", "the alternate stack is another one");
	if (handled != 1)
		wrong("signal lost with a cold frame", "the handler ran %d times",
		      handled);
	if (blocked)
		wrong("handler moved", "it runs where all signals are blocked");
}

static int missing_pipe[2];

/* A page that this program has to bring, and does not. */
static char *missing_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	long fd = CALL(SYS_userfaultfd, O_CLOEXEC);
	long there = CALL(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	range.range.start = there;
	range.range.len = 4096;
	if (fd < 0 || CALL(SYS_ioctl, fd, UFFDIO_API, &api) ||
	    CALL(SYS_ioctl, fd, UFFDIO_REGISTER, &range))
		return NULL;
	return (char *)there;
}

/* A busy task waits for it: for an argument, an atom, a result, or the ring. */
static void wait_for_page(void)
{
	static const struct timespec soon = { 0, 1000000 };
	static struct call call;
	char *missing;

	begin_family();
	missing = missing_page();
	if (!missing || CALL(SYS_pipe2, missing_pipe, 0))
		leave(0);
	set_call(&call, 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
	switch (below(4)) {
	case 0:
		set_call(&call, 0, SYS_write, missing_pipe[1], (long)missing, 1,
			 0);
		break;
	case 1:
		call.atom.next = (void *)missing;
		break;
	case 2:
		call.atom.ret_ptr = (void *)missing;
		break;
	default:
		own.ahu.completion_ring = (void *)missing;
	}
	submit(&call);
	nap_us(3000);
	if (below(2))
		CALL(SYS_setresgid, NOBODY, NOBODY, NOBODY);
	if (below(2))
		CALL(NR_ASYNC_WAIT, 1, 0, &own.ahu);
	for (;;)
		CALL(SYS_pause);
}

/* Whatever a process waits for, it can be killed. */
void play_missing_page(void)
{
	pid_t child = CALL(SYS_fork);

	if (!child)
		wait_for_page();
	nap_us(1000 + below(20000));
	CALL(SYS_kill, child, SIGKILL);
	if (await_child(child, 10000) != -1)
		return;
	wrong("cannot be killed", "it waits for a page");
	show_tasks(child);
}
