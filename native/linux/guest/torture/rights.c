// SPDX-License-Identifier: GPL-2.0
/*
 * What was given up does not come back: not to an old chain, whatever is written
 * over its atoms, not to a threadlet, and not to an heir.
 */
#include "torture.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include "scripts.h"

enum gift { GIFT_USER, GIFT_ROOT, GIFT_FILE, GIFT_FILTER, GIFTS };

static const char * const gift_names[] = {
	"user", "root directory", "file", "way past a filter",
};

#define HOLDERS 3

static enum gift gift;
static int pipes[2];
static long secret_fd;
static const char *volatile path;
static char contents[HOLDERS + 1][8];
static struct call gates[HOLDERS], tries[HOLDERS], ends[HOLDERS];
static volatile long tried[HOLDERS];
static char bytes[HOLDERS];

/* Whether the call of a right that was tried says that it is there. */
static bool has_it(long ret, const char *seen)
{
	if (gift == GIFT_FILE)
		return ret == 6 && !memcmp(seen, "secret", 6);
	return ret >= 0;
}

static long try_it(int n)
{
	if (gift == GIFT_FILE)
		return CALL(SYS_pread64, secret_fd, contents[n], 6, 0);
	return CALL(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static void try_as_atom(struct call *call, int n)
{
	if (gift == GIFT_FILE)
		set_call(call, 0, SYS_pread64, secret_fd, (long)contents[n], 6,
			 0);
	else
		set_call(call, 0, SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0);
}

static void try_as_threadlet(long n)
{
	if (draw_state & 64)
		CALL(SYS_sched_yield);
	CALL(SYS_read, pipes[0], &bytes[n], 1);
	if (bytes[n] == 't' && CALL(NR_THREADLET_OFF) == 0) {
		CALL(SYS_getpid);
		tried[n] = try_it(n);
		CALL(NR_ASYNC_THREAD);
		CALL(SYS_exit, 0);
	}
	tried[n] = try_it(n);
}

static long refuse_opening(unsigned int flags)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static struct sock_fprog program = { .len = 4, .filter = code };

	CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static bool give_it_up(void)
{
	switch (gift) {
	case GIFT_USER:
		become_nobody();
		return true;
	case GIFT_ROOT:
		if (below(2))
			CALL(SYS_unshare, CLONE_FS);
		return !CALL(SYS_chroot, JAIL) && !CALL(SYS_chdir, "/");
	case GIFT_FILE:
		if (below(2))
			CALL(SYS_unshare, CLONE_FILES);
		return !CALL(SYS_close, secret_fd);
	default:
		return !refuse_opening(below(2) ? SECCOMP_FILTER_FLAG_TSYNC : 0);
	}
}

static void hold_in_chain(int n)
{
	set_call(&gates[n], 0, SYS_read, pipes[0], (long)&bytes[n], 1, 0);
	try_as_atom(&tries[n], n);
	if (gift != GIFT_FILE && below(2))	/* nothing yet: it is rewritten */
		set_call(&tries[n], 0, SYS_getpid, 0, 0, 0, 0);
	set_call(&ends[n], 0, SYS_getppid, 0, 0, 0, 0);
	link_calls(&gates[n], &tries[n]);
	link_calls(&tries[n], &ends[n]);
	submit(&gates[n]);
}

static void rewrite(int n)
{
	struct syslet_uatom *next = tries[n].atom.next;

	try_as_atom(&tries[n], n);
	tries[n].atom.next = next;
}

static void regained(const char *whose, long ret)
{
	char name[64];

	snprintf(name, sizeof(name), "%s has the %s again", whose,
		 gift_names[gift]);
	wrong(name, "the call gives %ld", ret);
}

void play_give_up(void)
{
	bool chain[HOLDERS];
	int holders = 1 + below(HOLDERS), i;
	char name[] = SECRET;
	long ret;

	gift = below(GIFTS);
	path = "/";
	if (CALL(SYS_pipe2, pipes, 0))
		return;
	secret_fd = CALL(SYS_openat, AT_FDCWD, name, O_RDONLY);
	if (secret_fd < 0)
		return;
	if (gift != GIFT_FILE)
		CALL(SYS_close, secret_fd);
	begin_family();
	for (i = 0; i < holders; i++) {
		chain[i] = below(2);
		if (chain[i])
			hold_in_chain(i);
		else if (threadlet(try_as_threadlet, i))
			return;
	}
	if (!give_it_up())
		return;
	path = name;
	for (i = 0; i < holders; i++)
		if (chain[i])
			rewrite(i);
	for (i = 0; i < holders; i++)
		CALL(SYS_write, pipes[1], below(2) ? "t" : "x", 1);
	nap_us(20000);
	for (i = 0; i < holders; i++) {
		if (chain[i] && has_it(tries[i].ret, contents[i]) &&
		    tries[i].atom.nr != SYS_getpid)
			regained("a chain", tries[i].ret);
		if (!chain[i] && has_it(tried[i], contents[i]) && tried[i])
			regained("a threadlet", tried[i]);
	}
	for (i = 0; i < 3; i++) {
		hand_over();
		ret = try_it(HOLDERS);
		if (has_it(ret, contents[HOLDERS]))
			regained("an heir", ret);
	}
}

/* A filter binds what follows it in its chain, and the head. */
void play_filter_in_chain(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	static struct sock_fprog program = { .len = 4, .filter = code };
	static struct call filter, after;

	begin_family();
	CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	set_call(&filter, below(3) ? 0 : SYSLET_ASYNC, SYS_seccomp,
		 SECCOMP_SET_MODE_FILTER, 0, (long)&program, 0);
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

static void change_and_return(long n)
{
	CALL(SYS_read, pipes[0], &bytes[n], 1);
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
	int ends[2], flags;
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
	nap_us(2000);
	if (CALL(SYS_read, ends[0], &byte, 1))
		wrong("end of file not seen", "a spare holds the other end");
}
