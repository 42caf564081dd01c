// SPDX-License-Identifier: GPL-2.0
/* Signals and stops: each is counted, and interrupts nothing that it should not. */
#include "torture.h"
#include <linux/io_uring.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "scripts.h"

static int pipes[2];
static char byte;
static volatile long parked;
static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals += sig > 0;
}

static void set_handler(int sig)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(sig, &action, NULL);
}

static void unblock_and_return(long unused)
{
	unsigned long none = 0;

	(void)unused;
	CALL(SYS_read, pipes[0], &byte, 1);
	CALL(NR_THREADLET_OFF);
	CALL(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
	parked = CALL(SYS_gettid);
	CALL(NR_ASYNC_THREAD);
	CALL(SYS_exit, 0);
}

/* A spare has no use for signals of the process: they find the head. */
void play_unblock_and_return(void)
{
	int i, j;

	if (CALL(SYS_pipe2, pipes, 0))
		return;
	set_handler(SIGUSR1);
	begin_family();
	if (threadlet(unblock_and_return, 0))
		return;
	CALL(SYS_write, pipes[1], "x", 1);
	await_flag(&parked);
	for (i = 0; i < 400 && !(blocked_by(parked) & 1UL << (SIGUSR1 - 1)); i++)
		nap_us(500);
	for (i = 1; i <= 10; i++) {
		CALL(SYS_kill, CALL(SYS_getpid), SIGUSR1);
		/* Only we can take it, so it is there before the call ends. */
		if (signals != i)
			wrong("signal late for a spare", "%d of %d", signals,
			      i);
		for (j = 0; j < 100 && signals < i; j++)
			nap_us(500);
		if (signals != i) {
			wrong("signal lost in a spare", "%d of %d", signals, i);
			return;
		}
	}
	/* It has no context, so it is ours. */
	CALL(SYS_tgkill, CALL(SYS_getpid), parked, SIGUSR1);
	nap_us(1000);
	hand_over();
	hand_over();
}

#define FLIGHT 100

/* Heads come and go while signals arrive: none is lost, none kills. */
void play_signals_in_flight(void)
{
	union sigval value = {};
	struct timespec soon;
	static struct call call;
	pid_t me = CALL(SYS_getpid), child;
	int i;

	set_handler(SIGRTMIN);
	set_handler(SIGUSR1);
	begin_family();
	child = CALL(SYS_fork);
	if (!child) {
		for (i = 0; i < FLIGHT; i++) {
			while (sigqueue(me, SIGRTMIN, value))
				nap_us(10);
			nap_us(1 + below(40));
		}
		leave(0);
	}
	for (i = 0; i < 4000 && CALL(SYS_wait4, child, 0, WNOHANG) != child;
	     i++) {
		soon = (struct timespec){ 0, 1000 * (1 + below(30)) };
		set_call(&call, 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
		if (!submit(&call))
			while (CALL(NR_ASYNC_WAIT, 1, own.ahu.user_ring_idx,
				    &own.ahu) == -EINTR)
				;
		reap(0);
		nap_us(1);
	}
	if (i < 4000 && signals != FLIGHT)
		wrong("signal lost in flight", "%d of %d", signals, FLIGHT);
}

/* What is pending for the thread of a head goes with it, in its order. */
void play_pending_with_head(void)
{
	unsigned long set = 1UL << (SIGUSR1 - 1) | 1UL << (SIGRTMIN - 1);
	unsigned long none = 0, pending = 0;
	int queued = 1 + below(5), i;
	siginfo_t info = { .si_code = SI_QUEUE };

	set_handler(SIGUSR1);
	set_handler(SIGRTMIN);
	begin_family();
	hand_over();
	CALL(SYS_rt_sigprocmask, SIG_SETMASK, &set, 0, 8);
	CALL(SYS_tgkill, CALL(SYS_getpid), CALL(SYS_gettid), SIGUSR1);
	for (i = 0; i < queued; i++) {
		info.si_signo = SIGRTMIN;
		CALL(SYS_rt_tgsigqueueinfo, CALL(SYS_getpid), CALL(SYS_gettid),
		     SIGRTMIN, &info);
	}
	for (i = 1 + below(3); i > 0; i--)
		hand_over();
	CALL(SYS_rt_sigpending, &pending, 8);
	if (pending != set)
		wrong("pending signals lost", "%lx of %lx", pending, set);
	CALL(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
	nap_us(1000);
	if (signals != 1 + queued)
		wrong("pending signals lost", "%d of %d", signals, 1 + queued);
}

static void handle_as_thread(long unused)
{
	unsigned long none = 0;

	(void)unused;
	CALL(SYS_read, pipes[0], &byte, 1);
	CALL(NR_THREADLET_OFF);
	CALL(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
	CALL(SYS_tgkill, CALL(SYS_getpid), CALL(SYS_gettid), SIGUSR1);
	parked = 1;
	CALL(NR_ASYNC_THREAD);
	CALL(SYS_exit, 0);
}

/* A thread that a threadlet has become returns from its handlers. */
void play_handler_of_thread(void)
{
	pid_t child = CALL(SYS_fork);
	int status;

	if (child) {
		status = await_child(child, 8000);
		if (status != -1 && WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGSEGV)
			wrong("handler does not return", "SIGSEGV instead");
		CALL(SYS_kill, child, SIGKILL);
		return;
	}
	if (CALL(SYS_pipe2, pipes, 0))
		leave(0);
	set_handler(SIGUSR1);
	begin_family();
	if (!threadlet(handle_as_thread, 0)) {
		CALL(SYS_write, pipes[1], "x", 1);
		await_flag(&parked);
		if (signals != 1 || !parked)
			wrong("signal lost in a thread", "%d of 1", signals);
	}
	leave(0);
}

/* Job control interrupts no call for good, of whatever role. */
void play_stop_in_atom(void)
{
	static struct call first, second;
	unsigned long flags = below(3) ? SYSLET_SYNC : 0;
	pid_t child;
	int i;

	if (CALL(SYS_pipe2, pipes, 0))
		return;
	child = CALL(SYS_fork);
	if (!child) {
		begin_family();
		set_call(&first, flags, SYS_read, pipes[0], (long)&byte, 1, 0);
		set_call(&second, 0, SYS_getpid, 0, 0, 0, 0);
		link_calls(&first, &second);
		if (!submit(&first))
			reap(1);
		for (i = 0; i < 400 && first.ret == 1 && second.ret == -7777; i++)
			nap_us(1000);
		if (first.ret == -EINTR)
			wrong("interrupted by a stop", "read()");
		else if (first.ret == 1 && second.ret < 0)
			wrong("chain cut off by a stop", "%ld", second.ret);
		leave(0);
	}
	for (i = 1 + below(3); i > 0; i--) {
		nap_us(3000);
		CALL(SYS_kill, child, SIGSTOP);
		nap_us(3000);
		CALL(SYS_kill, child, SIGCONT);
	}
	nap_us(3000);
	CALL(SYS_write, pipes[1], "x", 1);
	await_child(child, 8000);
	CALL(SYS_kill, child, SIGKILL);
}

/* A read from the first pipe that is done as work of this task, when it comes. */
static bool read_by_ring(int fd)
{
	struct io_uring_params params = {};
	struct io_uring_sqe *sqe;
	unsigned int *array, *tail;
	int ring = CALL(SYS_io_uring_setup, 4, &params);
	char *queue;

	if (ring < 0)
		return false;
	queue = (void *)CALL(SYS_mmap, 0, 8192, PROT_READ | PROT_WRITE,
			     MAP_SHARED, ring, IORING_OFF_SQ_RING);
	sqe = (void *)CALL(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			   ring, IORING_OFF_SQES);
	if ((long)queue < 0 || (long)sqe < 0)
		return false;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_READ;
	sqe->fd = fd;
	sqe->addr = (unsigned long)&byte;
	sqe->len = 1;
	array = (void *)(queue + params.sq_off.array);
	tail = (void *)(queue + params.sq_off.tail);
	array[0] = 0;
	__atomic_store_n(tail, 1, __ATOMIC_RELEASE);
	return CALL(SYS_io_uring_enter, ring, 1, 0, 0, 0, 0) == 1;
}

static int others[2];

/* Work for the task wakes it, and is no signal. */
void play_work_for_task(void)
{
	static struct call wakes, sleeps;
	static char other;
	pid_t child;

	if (CALL(SYS_pipe2, pipes, 0) || CALL(SYS_pipe2, others, 0))
		return;
	begin_family();
	hand_over();
	child = CALL(SYS_fork);
	if (!child) {
		nap_us(10000);
		CALL(SYS_write, others[1], "x", 1);
		leave(0);
	}
	if (!read_by_ring(pipes[0]))
		return;
	set_call(&wakes, 0, SYS_write, pipes[1], (long)"x", 1, 0);
	set_call(&sleeps, below(2) ? SYSLET_SYNC : 0, SYS_read, others[0],
		 (long)&other, 1, 0);
	link_calls(&wakes, &sleeps);
	if (!submit(&wakes))
		reap(1);
	if (sleeps.ret == -EINTR || (sleeps.ret <= -512 && sleeps.ret >= -516))
		wrong("interrupted by work for the task", "%ld", sleeps.ret);
	await_child(child, 1000);
}
