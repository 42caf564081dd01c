// SPDX-License-Identifier: GPL-2.0
/* What happens when something ends: a semaphore is undone, a file is closed. */
#include "torture.h"
#include "scripts.h"
#include <sys/ipc.h>
#include <sys/sem.h>

#define MANY	250

/* One that is changed only by what is to be undone when the process ends. */
struct counted {
	long	id;
	int	which;
	int	value;
};

static void make_counted(struct counted *counted)
{
	counted->which = below(MANY);
	counted->id = CALL(SYS_semget, IPC_PRIVATE, counted->which + 1,
			   IPC_CREAT | 0600);
	counted->value = 0;
}

static void add_one(struct counted *counted)
{
	struct sembuf up = { counted->which, 1, SEM_UNDO };
	struct call call;

	if (counted->id < 0)
		return;
	if (below(2)) {
		counted->value += !CALL(SYS_semop, counted->id, &up, 1);
		return;
	}
	set_call(&call, SYSLET_ASYNC, SYS_semop, counted->id, (long)&up, 1, 0);
	if (!submit(&call))
		reap(1);
	counted->value += !call.ret;
}

/* Nothing is undone before the process ends, nor in another namespace. */
void play_undo(void)
{
	struct counted counted;
	int i, found;

	begin_family();
	make_counted(&counted);
	for (i = 0; i < 12; i++) {
		switch (below(4)) {
		case 0:
			if (CALL(SYS_unshare, CLONE_NEWIPC))
				return;
			make_counted(&counted);
			break;
		case 1:
			hand_over();
			break;
		default:
			add_one(&counted);
		}
		if (counted.id < 0)
			return;
		found = CALL(SYS_semctl, counted.id, counted.which, GETVAL);
		if (found != counted.value)
			wrong("semaphore undone too early", "%d, not %d", found,
			      counted.value);
	}
}

/* A chain is the last that has a table, and becomes a spare. */
void play_old_table(void)
{
	int ends[2], wait[2], i;
	struct call call;
	char byte;

	begin_family();
	if (CALL(SYS_pipe2, ends, O_NONBLOCK) || CALL(SYS_pipe2, wait, 0))
		return;
	if (below(2))
		hand_over();
	set_call(&call, 0, SYS_read, wait[0], (long)&byte, 1, 0);
	if (submit(&call))
		return;
	CALL(SYS_unshare, CLONE_FILES);
	CALL(SYS_close, ends[1]);
	CALL(SYS_write, wait[1], "x", 1);
	reap(1);
	for (i = 0; i < 400 && CALL(SYS_read, ends[0], &byte, 1); i++)
		nap_us(1000);
	if (i == 400)
		wrong("end of file not seen", "a spare holds an old table");
}
