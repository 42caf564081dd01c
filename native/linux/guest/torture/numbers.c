// SPDX-License-Identifier: GPL-2.0
/* What comes for a program by a number, or by a parent, that another task has. */
#include "torture.h"
#include <sys/prctl.h>
#include "scripts.h"

static int pipes[2];
static char byte;
static volatile long began;
static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals += sig > 0;
}

static bool prepare(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	begin_family();
	return !CALL(SYS_pipe2, pipes, 0);
}

/* It blocks all signals, and may park or not. */
static void keep_number(long stays)
{
	CALL(SYS_read, pipes[0], &byte, 1);
	CALL(NR_THREADLET_OFF);
	began = CALL(SYS_gettid);
	nap_us(3000);
	while (stays)
		nap_us(1000);
	CALL(NR_ASYNC_THREAD);
	CALL(SYS_exit, 0);
}

/* The C library knows the program by it, and waits for an answer. */
void play_number_of_thread(void)
{
	int i, n = 1 + below(5);

	if (!prepare() || threadlet(keep_number, below(2)))
		return;
	CALL(SYS_write, pipes[1], "x", 1);
	await_flag(&began);
	for (i = 1; began && i <= n; i++) {
		CALL(SYS_tgkill, CALL(SYS_getpid), began, SIGUSR1);
		if (signals != i) {
			wrong("signal lost in a thread", "%d of %d", signals, i);
			return;
		}
		nap_us(below(2000));
	}
}

/* An atom sends to the number of the task that it keeps busy. */
void play_number_of_atom(void)
{
	static struct call sleep, send, stay;
	static struct timespec soon = { 0, 100000 };
	int i;

	if (!prepare())
		return;
	set_call(&sleep, 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
	set_call(&send, 0, SYS_tgkill, CALL(SYS_getpid), CALL(SYS_gettid),
		 SIGUSR1, 0);
	set_call(&stay, 0, SYS_read, pipes[0], (long)&byte, 1, 0);
	link_calls(&sleep, &send);
	link_calls(&send, &stay);
	if (submit(&sleep))
		return;
	for (i = 0; i < 400 && send.ret == -7777; i++)
		nap_us(500);
	if (!send.ret && signals != 1)
		wrong("signal lost in an atom", "%d of 1", signals);
}

static void die_with_parent(void)
{
	int i;

	if (!prepare())
		leave(0);
	CALL(SYS_prctl, PR_SET_PDEATHSIG, SIGUSR1);
	for (i = below(4); i > 0; i--)
		hand_over();
	began = CALL(SYS_getppid);
	CALL(SYS_kill, began, SIGKILL);
	for (i = 0; i < 400 && CALL(SYS_getppid) == began; i++)
		nap_us(500);
	nap_us(1000);
	if (CALL(SYS_getppid) != began && signals != 1)
		wrong("death signal lost", "%d of 1", signals);
	leave(0);
}

/* Its heirs are told that the parent of the first of them is gone. */
void play_death_of_parent(void)
{
	pid_t parent = CALL(SYS_fork), child;

	if (parent) {
		await_child(parent, 8000);
		CALL(SYS_kill, parent, SIGKILL);
		return;
	}
	child = CALL(SYS_fork);
	if (!child)
		die_with_parent();
	for (;;)
		nap_us(10000);
}
