// SPDX-License-Identifier: GPL-2.0
/* What a debugger holds does not hold its family. */
#include "torture.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include "scripts.h"

struct meeting {
	volatile long	head;	/* its number, when there are spares */
	volatile long	held;	/* one of them, by now */
	volatile long	gone_on;
};

static struct meeting *meeting;

static void be_held(void)
{
	static struct call naps[2];
	static const struct timespec soon = { 0, 5000000 };
	int i;

	begin_family();
	for (i = 1 + below(3); i > 0; i--) {
		set_call(&naps[0], 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
		set_call(&naps[1], 0, SYS_nanosleep, (long)&soon, 0, 0, 0);
		submit(&naps[0]);
		submit(&naps[1]);
		nap_us(20000);
	}
	meeting->head = CALL(SYS_gettid);
	await_flag(&meeting->held);
	hand_over();
	hand_over();
	meeting->gone_on = 1;
	nap_us(500000);
	leave(0);
}

static pid_t some_spare(pid_t pid)
{
	pid_t tid;
	int i;

	for (i = 0; i < 20; i++) {
		tid = random_thread(pid);
		if (tid != meeting->head)
			return tid;
	}
	return 0;
}

/* A spare that a debugger holds is passed over: the program goes on. */
void play_held_spare(void)
{
	pid_t child, spare;
	int status, i;

	meeting = (void *)CALL(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = CALL(SYS_fork);
	if (!child)
		be_held();
	await_flag(&meeting->head);
	spare = some_spare(child);
	if (spare && !ptrace(PTRACE_SEIZE, spare, NULL, NULL) &&
	    !ptrace(PTRACE_INTERRUPT, spare, NULL, NULL)) {
		for (i = 0; i < 2000 && CALL(SYS_wait4, spare, &status,
					     WNOHANG | __WALL, 0) != spare; i++)
			nap_us(500);
		meeting->held = spare;
		await_flag(&meeting->gone_on);
		if (i < 2000 && !meeting->gone_on)
			wrong("a debugger holds the head", "it holds a spare");
	}
	CALL(SYS_kill, child, SIGKILL);
	if (spare != child)	/* it is ours until then */
		await_child(spare, 8000);
	await_child(child, 8000);
}
