// SPDX-License-Identifier: GPL-2.0
/* The two kinds of processes: one without rights, and one that runs scripts. */
#include "torture.h"
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "soup.h"

#define PATIENCE 20000

void become_nobody(void)
{
	CALL(SYS_setgroups, 0, 0);
	CALL(SYS_setresgid, NOBODY, NOBODY, NOBODY);
	CALL(SYS_setresuid, NOBODY, NOBODY, NOBODY);
}

static void play(const struct move *move)
{
	__atomic_add_fetch(&world->played[move - moves], 1, __ATOMIC_RELAXED);
	tell("move %u %s", birth, move->name);
	move->play();
}

/* Stacks may be damaged, and a round must end where time is virtual. */
static int left;

void play_user(void)
{
	struct rlimit some = { 400, 400 };
	const struct move *move;

	CALL(SYS_prlimit64, 0, RLIMIT_NPROC, &some, 0);
	become_nobody();
	CALL(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	*ready = true;	/* its rights are gone, whatever a debugger does to it */
	prepare_soup();
	for (left = 4 * world->length; left > 0; left--) {
		move = draw_move(USER);
		if (!move)
			return;
		play(move);
		if (!below(8))
			look_at_soup();
	}
}

static void look_at_end(const struct move *move, pid_t child)
{
	int status = await_child(child, PATIENCE);
	char name[64];

	if (status == -1) {
		snprintf(name, sizeof(name), "%s does not end", move->name);
		wrong(name, "after %d ms", PATIENCE);
		show_tasks(child);
		CALL(SYS_kill, child, SIGKILL);
		if (await_child(child, PATIENCE) == -1)
			wrong("cannot be killed", "%s", move->name);
	} else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
		snprintf(name, sizeof(name), "%s dies", move->name);
		wrong(name, "of signal %d", WTERMSIG(status));
	}
}

void play_scripts(void)
{
	const struct move *move;
	unsigned int i;
	pid_t child;

	for (i = 0; i < 1 + world->length / 8; i++) {
		move = draw_move(SCRIPT);
		if (!move)
			return;
		draw_state += 0x9e3779b97f4a7c15UL;
		child = CALL(SYS_fork);
		if (!child) {
			CALL(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			play(move);
			leave(0);
		}
		if (child > 0)
			look_at_end(move, child);
	}
}
