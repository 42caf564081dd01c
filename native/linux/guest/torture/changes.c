// SPDX-License-Identifier: GPL-2.0
/* What one task of a family changes, and what the others have then. */
#include "torture.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include "scripts.h"

static int pipes[2];
static long secret_fd;
static char byte;

/* A filter binds what follows it in its chain, and the head. */
void play_filter_in_chain(void)
{
	static struct call filter, after;

	begin_family();
	CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	set_call(&filter, below(3) ? 0 : SYSLET_ASYNC, SYS_seccomp,
		 SECCOMP_SET_MODE_FILTER, 0, (long)&no_opening, 0);
	set_call(&after, 0, SYS_openat, AT_FDCWD, (long)"/", O_RDONLY, 0);
	link_calls(&filter, &after);
	if (!submit(&filter))
		reap(1);
	nap_us(2000);
	if (filter.ret)
		return;
	if (after.ret >= 0)
		wrong("a chain passes its own filter", "%ld", after.ret);
	if (CALL(SYS_openat, AT_FDCWD, "/", O_RDONLY) >= 0)
		wrong("a head passes its own filter", "openat()");
}

enum change { CHANGE_FILES, CHANGE_ROOT, CHANGE_USER, CHANGE_MASK, CHANGES };

static enum change change;
static volatile long changed;
static sigset_t full;

static void change_and_return(long unused)
{
	(void)unused;
	CALL(SYS_read, pipes[0], &byte, 1);
	CALL(NR_THREADLET_OFF);
	switch (change) {
	case CHANGE_FILES:
		CALL(SYS_unshare, CLONE_FILES);
		CALL(SYS_close, secret_fd);
		break;
	case CHANGE_ROOT:
		CALL(SYS_unshare, CLONE_FS);
		CALL(SYS_chroot, JAIL);
		break;
	case CHANGE_USER:
		CALL(SYS_setresuid, 2000, 2000, 2000);
		break;
	default:
		CALL(SYS_rt_sigprocmask, SIG_SETMASK, &full, 0, 8);
	}
	changed = 1;
	CALL(NR_ASYNC_THREAD);
	CALL(SYS_exit, 0);
}

/* A thread goes back to the pool with things of its own; its heir has none. */
void play_return_changed(void)
{
	sigset_t mask = {};
	char seen[8];
	int i;

	change = below(CHANGES);
	memset(&full, below(2) ? 0 : 255, sizeof(full));
	if (CALL(SYS_pipe2, pipes, 0))
		return;
	secret_fd = CALL(SYS_openat, AT_FDCWD, SECRET, O_RDONLY);
	begin_family();
	CALL(SYS_rt_sigprocmask, SIG_SETMASK, &mask, 0, 8);
	if (secret_fd < 0 || threadlet(change_and_return, 0))
		return;
	CALL(SYS_write, pipes[1], "x", 1);
	await_flag(&changed);
	nap_us(2000);
	for (i = 0; i < 4; i++) {
		hand_over();
		CALL(SYS_rt_sigprocmask, SIG_BLOCK, 0, &mask, 8);
		if (CALL(SYS_pread64, secret_fd, seen, 6, 0) != 6)
			wrong("an heir has another table of files", "%d", i);
		if (CALL(SYS_getuid))
			wrong("an heir is another user", "%d", i);
		else if (CALL(SYS_access, SECRET, R_OK))
			wrong("an heir has another root", "%d", i);
		if (*(unsigned long *)&mask)
			wrong("an heir has another mask", "%lx",
			      *(unsigned long *)&mask);
	}
}

/* The end of a file does not wait for a spare. */
void play_end_of_file(void)
{
	int ends[2], flags, i;
	char byte;

	begin_family();
	hand_over();
	hand_over();
	if (below(2))
		CALL(SYS_unshare, CLONE_FILES);
	if (CALL(SYS_pipe2, ends, 0))
		return;
	hand_over();
	if (below(2))
		CALL(SYS_unshare, CLONE_FILES);
	CALL(SYS_close, ends[1]);
	flags = CALL(SYS_fcntl, ends[0], F_GETFL);
	CALL(SYS_fcntl, ends[0], F_SETFL, flags | O_NONBLOCK);
	/* A task that is busy still keeps the old table until it is a spare. */
	for (i = 0; i < 400 && CALL(SYS_read, ends[0], &byte, 1); i++)
		nap_us(1000);
	if (i == 400)
		wrong("end of file not seen", "a spare holds the other end");
}
