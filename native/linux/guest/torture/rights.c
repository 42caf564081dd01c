// SPDX-License-Identifier: GPL-2.0
/*
 * What was given up does not come back: not to an old chain, whatever is written
 * over its atoms, not to a threadlet, and not to an heir.
 */
#include "torture.h"
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include "scripts.h"

enum gift {
	GIFT_USER,		/* root, who may read what is root's */
	GIFT_CAPABILITY,	/* to read what is others' */
	GIFT_ROOT,
	GIFT_FILE,
	GIFT_FILTER,		/* that there is none */
	GIFT_PEEK,		/* to read other processes */
	GIFT_NAMESPACE,
	GIFTS
};

static const char * const gift_names[] = {
	"user", "capability", "root directory", "file", "way past a filter",
	"memory of another process", "namespace",
};

#define HOLDERS		3
#define NEW_NAME	"given-up"

static enum gift gift;
static int pipes[2];
static long secret_fd;
static const char *volatile path;
static char contents[HOLDERS + 1][sizeof(struct utsname)];
static struct iovec ours[HOLDERS + 1], theirs;
static struct call gates[HOLDERS], tries[HOLDERS], ends[HOLDERS];
static volatile long tried[HOLDERS];
static char bytes[HOLDERS];

/* Whether the call of a right that was tried says that it is there. */
static bool has_it(long ret, const char *seen)
{
	switch (gift) {
	case GIFT_FILE:
	case GIFT_PEEK:
		return ret == 6 && !memcmp(seen, "secret", 6);
	case GIFT_NAMESPACE:
		return !ret && strcmp(((struct utsname *)seen)->nodename,
				      NEW_NAME);
	default:
		return ret >= 0;
	}
}

/* The call that needs the right: its number, and its arguments. */
static long call_of_right(int n, long *args)
{
	switch (gift) {
	case GIFT_FILE:
		args[0] = secret_fd;
		args[1] = (long)contents[n];
		args[2] = 6;
		return SYS_pread64;
	case GIFT_PEEK:
		ours[n] = (struct iovec){ contents[n], 6 };
		theirs = (struct iovec){ world->secret, 6 };
		args[0] = world->keeper;
		args[1] = (long)&ours[n];
		args[2] = 1;
		args[3] = (long)&theirs;
		args[4] = 1;
		return SYS_process_vm_readv;
	case GIFT_NAMESPACE:
		args[0] = (long)contents[n];
		return SYS_uname;
	default:
		args[0] = AT_FDCWD;
		args[1] = (long)path;
		args[2] = O_RDONLY;
		return SYS_openat;
	}
}

static long try_it(int n)
{
	long a[6] = {};
	long nr = call_of_right(n, a);

	return call6(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void try_as_atom(struct call *call, int n)
{
	long a[6] = {};
	long nr = call_of_right(n, a);

	set_call(call, 0, nr, a[0], a[1], a[2], a[3]);
	call->args[4] = a[4];
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

static struct sock_filter code[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

struct sock_fprog no_opening = { .len = 4, .filter = code };

static long refuse_opening(unsigned int flags)
{
	CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &no_opening);
}

static long drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = {};

	return CALL(SYS_capset, &head, none);
}

static bool give_it_up(void)
{
	switch (gift) {
	case GIFT_USER:
	case GIFT_PEEK:
		become_nobody();
		return true;
	case GIFT_CAPABILITY:
		return !drop_capabilities();
	case GIFT_NAMESPACE:
		return !CALL(SYS_unshare, CLONE_NEWUTS) &&
		       !CALL(SYS_sethostname, NEW_NAME, sizeof(NEW_NAME) - 1);
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
	const char *name;
	long ret;

	gift = below(GIFTS);
	name = gift == GIFT_CAPABILITY ? OTHERS : SECRET;
	path = "/";
	if (CALL(SYS_pipe2, pipes, 0))
		return;
	secret_fd = CALL(SYS_openat, AT_FDCWD, SECRET, O_RDONLY);
	if (secret_fd < 0)
		return;
	if (gift != GIFT_FILE)
		CALL(SYS_close, secret_fd);
	begin_family();
	for (i = 0; i < holders; i++) {
		tried[i] = -1;
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
		if (!chain[i] && has_it(tried[i], contents[i]))
			regained("a threadlet", tried[i]);
	}
	for (i = 0; i < 3; i++) {
		hand_over();
		ret = try_it(HOLDERS);
		if (has_it(ret, contents[HOLDERS]))
			regained("an heir", ret);
	}
}
