// SPDX-License-Identifier: GPL-2.0
/* Sleeps of a kind of their own: with another mask, for a lock with an owner. */
#include "torture.h"
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include "scripts.h"

static volatile sig_atomic_t second_signals;

static void on_second(int sig)
{
	second_signals += sig > 0;
}

static bool set_waiting_call(struct call *call, sigset_t *mask,
			     const struct timespec *soon)
{
	static aio_context_t context;
	static struct io_event event;
	static struct { const sigset_t *mask; size_t size; } with;
	static char epoll_events[16];

	with.mask = mask;
	with.size = 8;
	switch (below(4)) {
	case 0:
		set_call(call, 0, SYS_rt_sigtimedwait, (long)mask, 0, (long)soon,
			 8);
		return true;
	case 1:
		if (CALL(SYS_io_setup, 4, &context))
			return false;
		set_call(call, 0, SYS_io_pgetevents, context, 1, 1,
			 (long)&event);
		call->args[4] = (long)soon;
		call->args[5] = (long)&with;
		return true;
	case 2:
		set_call(call, 0, SYS_ppoll, 0, 0, (long)soon, (long)mask);
		call->args[4] = 8;
		return true;
	default:
		set_call(call, 0, SYS_epoll_pwait, CALL(SYS_epoll_create1, 0),
			 (long)epoll_events, 1, 10);
		call->args[4] = (long)mask;
		call->args[5] = 8;
		return true;
	}
}

/* A call that has another mask while it sleeps: its heir has the right one. */
void play_mask_of_call(void)
{
	static const struct timespec soon = { 0, 10000000 };
	static struct call call;
	sigset_t waited, mine = {}, now = {};
	unsigned long *word = (void *)&mine;
	pid_t child;
	int status;

	child = CALL(SYS_fork);
	if (child) {
		status = await_child(child, 8000);
		if (status != -1 && WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGUSR1)
			wrong("died of a blocked signal",
			      "after a call with a mask of its own");
		CALL(SYS_kill, child, SIGKILL);
		return;
	}
	begin_family();
	sigaddset(&mine, SIGUSR1);
	signal(SIGUSR2, on_second);
	memset(&waited, 0, sizeof(waited));
	if (below(2))
		sigaddset(&waited, SIGUSR1);
	CALL(SYS_rt_sigprocmask, SIG_SETMASK, &mine, 0, 8);
	if (!set_waiting_call(&call, &waited, &soon))
		leave(0);
	if (!submit(&call))
		reap(1);
	CALL(SYS_rt_sigprocmask, SIG_BLOCK, 0, &now, 8);
	if (*(unsigned long *)&now != *word)
		wrong("mask of a call kept", "%lx, and it was %lx",
		      *(unsigned long *)&now, *word);
	nap_us(15000);
	CALL(SYS_kill, CALL(SYS_getpid), SIGUSR2);
	nap_us(2000);
	if (second_signals != 1)
		wrong("signal lost after a mask", "%d of 1", second_signals);
	CALL(SYS_kill, CALL(SYS_getpid), SIGUSR1);
	leave(0);
}

static unsigned int word;
static volatile long owned, begun, submitted;

/* Until the other has tried; it may be slow, and it may sleep for us. */
static void own_lock(void)
{
	int i;

	CALL(SYS_futex, &word, FUTEX_LOCK_PI, 0, 0);
	owned = 1;
	await_flag(&begun);
	for (i = 0; i < 60 && !submitted; i++)
		nap_us(5000);
	CALL(SYS_futex, &word, FUTEX_UNLOCK_PI, 0, 0);
	nap_us(1000000);
}

/* A sleep for a lock with an owner is a sleep. */
void play_owned_lock(void)
{
	static struct call lock;
	long me, ret;

	begin_family();
	me = CALL(SYS_gettid);
	if (spawn(own_lock, stacks[11] + STACK) < 0)
		return;
	await_flag(&owned);
	set_call(&lock, 0, SYS_futex, (long)&word, FUTEX_LOCK_PI, 0, 0);
	begun = owned;
	ret = submit(&lock);
	submitted = 1;
	if (begun && ret == (long)&lock.atom && !lock.ret)
		wrong("slept without a hand-over", "for a lock with an owner");
	reap(1);
	if (!lock.ret && (word & FUTEX_TID_MASK) != (unsigned long)me)
		wrong("lock of nobody", "%x, and the task is %ld", word, me);
}
