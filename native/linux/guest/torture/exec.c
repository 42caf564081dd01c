// SPDX-License-Identifier: GPL-2.0
/* What a program that was replaced leaves behind, and what the new one may do. */
#include "torture.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "scripts.h"

#define HELD	77		/* a descriptor that is closed by an exec */

static int pipes[2];
static char byte;

/* The new program: a single thread, and no descriptor that was to be closed. */
int look_after_exec(void)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	int tasks = 0;

	while (folder && (entry = readdir(folder)))
		tasks += *entry->d_name != '.';
	if (folder && tasks != 1)
		wrong("threads outlive an exec", "there are %d", tasks);
	if (fcntl(HELD, F_GETFD) >= 0)
		wrong("descriptor outlives an exec", "%d", HELD);
	return geteuid() ? STATUS_EXECUTED : STATUS_ROOT;
}

/* Does not return if it can. */
void execute_program(const char *name)
{
	static char *argv[] = { "torture", EXECUTED, NULL };

	CALL(SYS_dup3, 0, HELD, O_CLOEXEC);
	CALL(SYS_execve, name, argv, 0);
	CALL(SYS_close, HELD);
}

/* A copy of this program, which gives its user root's rights. */
void make_set_user(void)
{
	static char part[65536];
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open(SET_USER, O_CREAT | O_TRUNC | O_WRONLY, 0755);
	ssize_t n;

	while ((n = read(from, part, sizeof(part))) > 0)
		if (write(to, part, n) != n)
			break;
	close(from);
	fchmod(to, 04755);
	close(to);
}

static void execute_as_thread(long unused)
{
	(void)unused;
	CALL(SYS_read, pipes[0], &byte, 1);
	CALL(NR_THREADLET_OFF);
	execute_program(SET_USER);
	leave(9);
}

static void execute_without_privileges(void)
{
	int how = below(3), i;

	begin_family();
	become_nobody();
	if (how == 2 && threadlet(execute_as_thread, 0))
		leave(9);
	for (i = below(3); i > 0; i--)
		hand_over();
	CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (i = how ? 1 + below(3) : 0; i > 0; i--)
		hand_over();
	if (how == 2) {
		CALL(SYS_write, pipes[1], "x", 1);
		nap_us(1000000);
	} else {
		execute_program(SET_USER);
	}
	leave(9);
}

/* Who renounces privileges gains none by an exec, whichever task makes it. */
void play_exec_set_user(void)
{
	pid_t child;
	int status;

	if (CALL(SYS_pipe2, pipes, 0))
		return;
	child = CALL(SYS_fork);
	if (!child)
		execute_without_privileges();
	status = await_child(child, 8000);
	if (status != -1 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == STATUS_ROOT)
		wrong("privileges gained by exec", "of a set-user-ID program");
	CALL(SYS_kill, child, SIGKILL);
}
