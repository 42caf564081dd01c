// SPDX-License-Identifier: GPL-2.0
/* Threads that threadlets have become, chains without an end, and identity. */
#include "torture.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include "scripts.h"

static int pipes[2];
static char bytes[STACKS];
static struct call blocked[3];

static void execute(long n)
{
	CALL(SYS_read, pipes[0], &bytes[n], 1);
	CALL(NR_THREADLET_OFF);
	execute_program("/proc/self/exe");
	leave(9);
}

static void block(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		set_call(&blocked[i], 0, SYS_read, pipes[0], (long)&bytes[8 + i],
			 1, 0);
		submit(&blocked[i]);
	}
}

static void write_soon(void)
{
	if (CALL(SYS_fork))
		return;
	nap_us(3000);
	CALL(SYS_write, pipes[1], "xxxx", 4);
	leave(0);
}

/* Whatever the head does meanwhile, the program is replaced. */
void play_exec_of_thread(void)
{
	pid_t child;
	int status;

	if (CALL(SYS_pipe2, pipes, 0))
		return;
	child = CALL(SYS_fork);
	if (!child) {
		begin_family();
		if (threadlet(execute, 0))
			leave(STATUS_EXECUTED);
		block(below(3));
		write_soon();
		switch (below(4)) {
		case 0:
			CALL(SYS_exit, 5);
			break;
		case 1:
			for (;;) {
				CALL(NR_ASYNC_WAIT, 30, 0, &own.ahu);
				nap_us(100);
			}
		case 2:
			for (;;) {
				hand_over();
				nap_us(100);
			}
		}
		for (;;)
			CALL(SYS_pause);
	}
	status = await_child(child, 8000);
	if (status == -1) {
		wrong("exec does not end", "of a former threadlet");
		CALL(SYS_kill, child, SIGKILL);
		if (await_child(child, 8000) == -1)
			wrong("exec cannot be killed", "of a former threadlet");
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == 9) {
		wrong("exec fails", "of a former threadlet");
	}
}

static bool halts(pid_t child)
{
	int status, i;

	for (i = 0; i < 8000; i++) {
		if (CALL(SYS_wait4, child, &status, WNOHANG | WUNTRACED, 0) ==
		    child)
			return true;
		nap_us(1000);
	}
	return false;
}

/* A chain that never sleeps stops, goes on, and is killed; and others run. */
void play_endless_chain(void)
{
	static struct call endless;
	static unsigned long word;
	bool adds = below(2), traced = !below(3);
	pid_t child = CALL(SYS_fork);

	if (!child) {
		begin_family();
		set_call(&endless, below(2) ? SYSLET_ASYNC : 0,
			 adds ? NR_UMEM_ADD : SYS_close,
			 adds ? (long)&word : 1000, 1, 0, 0);
		link_calls(&endless, &endless);
		submit(&endless);
		for (;;)
			CALL(SYS_pause);
	}
	nap_us(5000);
	if (traced && !ptrace(PTRACE_SEIZE, child, NULL, NULL))
		ptrace(PTRACE_INTERRUPT, child, NULL, NULL);
	else
		CALL(SYS_kill, child, SIGSTOP);
	if (!halts(child))
		wrong(traced ? "a chain does not stop for a debugger" :
			       "a chain does not stop", "it has no end");
	CALL(SYS_kill, child, SIGKILL);
	if (await_child(child, 10000) == -1)
		wrong("a chain cannot be killed", "it has no end");
}

/* What a program takes for its thread's is there after a hand-over. */
void play_identity(void)
{
	stack_t other = { .ss_sp = stacks[14], .ss_size = STACK }, now = {};
	int sig = 0;

	begin_family();
	hand_over();
	CALL(SYS_sigaltstack, &other, 0);
	CALL(SYS_setpriority, PRIO_PROCESS, 0, 5);
	CALL(SYS_prctl, PR_SET_TIMERSLACK, 12345, 0, 0, 0);
	CALL(SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
	CALL(SYS_prctl, PR_SET_NAME, "identity", 0, 0, 0);
	if (!hand_over())
		return;
	CALL(SYS_sigaltstack, 0, &now);
	if (now.ss_sp != stacks[14])
		wrong("identity lost", "alternate stack");
	CALL(SYS_prctl, PR_GET_PDEATHSIG, &sig, 0, 0, 0);
	if (CALL(SYS_getpriority, PRIO_PROCESS, 0) != 15)
		wrong("identity lost", "nice");
	if (CALL(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0) != 12345)
		wrong("identity lost", "timer slack");
	if (sig != SIGUSR1)
		wrong("identity lost", "death signal");
}

/* A head that is scheduled otherwise is so after a hand-over, and others not. */
void play_priority_of_head(void)
{
	struct sched_param param = { .sched_priority = 1 + below(20) }, now = {};
	int real = below(2) ? SCHED_RR : SCHED_FIFO;
	int policy = below(3) ? real : SCHED_BATCH;
	int io = 2 << 13 | below(8), i;	/* best effort */

	if (policy == SCHED_BATCH)
		param.sched_priority = 0;
	begin_family();
	hand_over();
	CALL(SYS_ioprio_set, 1, 0, io);
	if (CALL(SYS_sched_setscheduler, 0, policy, &param))
		return;
	for (i = 1 + below(3); i > 0; i--) {
		hand_over();
		CALL(SYS_sched_getparam, 0, &now);
		if (CALL(SYS_sched_getscheduler, 0) != policy ||
		    now.sched_priority != param.sched_priority)
			wrong("identity lost", "policy %d, priority %d", policy,
			      param.sched_priority);
		if (CALL(SYS_ioprio_get, 1, 0) != io)
			wrong("identity lost", "I/O priority");
	}
}

/* Many chains and threadlets are under way when it ends. */
static void sleep_as_threadlet(long n)
{
	CALL(SYS_read, pipes[0], &bytes[n], 1);
}

void play_many_blocked(void)
{
	int i;

	if (CALL(SYS_pipe2, pipes, 0))
		return;
	begin_family();
	for (i = below(8); i > 0; i--)
		threadlet(sleep_as_threadlet, i);
	block(below(4));
	for (i = below(3); i > 0; i--)
		hand_over();
	CALL(SYS_write, pipes[1], "xxxxxxxxxxxx", below(13));
	switch (below(5)) {
	case 0:			/* it waits for them */
		for (i = 0; i < 4; i++)
			write_soon();
		CALL(SYS_exit, 0);
		break;
	case 1:
		CALL(SYS_kill, CALL(SYS_getpid), SIGKILL);
		break;
	case 2:
		execute_program("/proc/self/exe");
		break;
	case 3:
		CALL(SYS_write, pipes[1], "xxxxxxxxxxxx", 12);
		nap_us(5000);
	}
}

/* No memory is there for all the tables of a child: fork() fails half way. */
void play_failed_fork(void)
{
	unsigned long size = 64UL << 20, total = 0;

	while (total < 64UL << 30 &&
	       CALL(SYS_mmap, 0, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) > 0)
		total += size;
	if (!CALL(SYS_fork))
		leave(0);
}
