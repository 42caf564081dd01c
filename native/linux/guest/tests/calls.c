// SPDX-License-Identifier: GPL-2.0
/*
 * The whole table of system calls, as native/linux/calls.table has it: what is
 * refused inside is refused, and what is not changes nothing that belongs to a
 * task and not to its process.
 */
#include "checks.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define CALLS	469

enum { CHANGED = 42, SAME = 43 };

static bool known[CALLS], refused[CALLS];
static char names[CALLS][32];

static void read_table(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512], name[32], verdict[16];
	int nr;

	if (!file) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), file)) {
		if (*line == '#')
			continue;
		if (sscanf(line, "%d %31s %15s", &nr, name, verdict) != 3 ||
		    nr < 0 || nr >= CALLS)
			exit(2);
		strcpy(names[nr], name);
		known[nr] = true;
		refused[nr] = !strcmp(verdict, "refused");
	}
	fclose(file);
}

static void refused_in_a_chain(void)
{
	struct call call;
	int nr, count = 0;

	for (nr = 0; nr < CALLS; nr++) {
		if (!refused[nr])
			continue;
		count++;
		call_set(&call, nr, 0, 0, 0);
		CHECK(submit(&call) == &call.atom, "%s", names[nr]);
		CHECK(call.ret == -ENOSYS, "%s gave %ld", names[nr], call.ret);
	}
	CHECK(count > 60, "only %d are refused", count);
}

/* They would give another mask to the heir, and sleep without it. */
static void masks_are_refused(void)
{
	struct timespec time = { .tv_nsec = 1000000 };
	static struct call call;
	sigset_t set, seen;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	call_set(&call, SYS_rt_sigtimedwait, (uintptr_t)&set, 0,
		 (uintptr_t)&time);
	call.args[3] = 8;
	call.atom.arg_ptr[3] = &call.args[3];
	CHECK(submit(&call) == &call.atom, "it went asynchronous");
	CHECK(call.ret == -ENOSYS, "it gave %ld", call.ret);
	sigprocmask(SIG_BLOCK, NULL, &seen);
	CHECK(sigismember(&seen, SIGUSR1) == 1, "SIGUSR1 is not blocked");
	kill(getpid(), SIGUSR1);
	time.tv_nsec = 1000000;
	CHECK(sigtimedwait(&set, NULL, &time) == SIGUSR1, "it was lost");
}

/* What is a task's own, as far as user space can see it. */
struct own {
	char	status[2048];
	long	numbers[24];
	char	sched[64];
	stack_t	alternate;
};

static void read_status(char *text, size_t size)
{
	static const char * const lines[] = {
		"Name:", "Umask:", "Tgid:", "Ngid:", "Pid:", "PPid:",
		"TracerPid:", "Uid:", "Gid:", "Groups:", "SigBlk:", "Cap",
		"NoNewPrivs:", "Seccomp", "Cpus_allowed:", "Mems_allowed:",
		"NSsid:", "NSpgid:", "Speculation",
	};
	FILE *file = fopen("/proc/thread-self/status", "r");
	unsigned int i, length = 0;
	char line[512];

	*text = 0;
	while (file && fgets(line, sizeof(line), file))
		for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
			if (!strncmp(line, lines[i], strlen(lines[i])) &&
			    i != 1 && length + strlen(line) < size)
				length += sprintf(text + length, "%s", line);
	if (file)
		fclose(file);
}

static void look(struct own *own)
{
	size_t size = 0;
	void *robust = NULL;
	int n = 0, value = 0;
	unsigned long base = 0;

	memset(own, 0, sizeof(*own));
	read_status(own->status, sizeof(own->status));
	own->numbers[n++] = personality(0xffffffff);
	own->numbers[n++] = getpriority(PRIO_PROCESS, 0);
	own->numbers[n++] = syscall(SYS_ioprio_get, 1, 0);
	own->numbers[n++] = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	prctl(PR_GET_PDEATHSIG, &value, 0, 0, 0);
	own->numbers[n++] = value;
	own->numbers[n++] = prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0);
	own->numbers[n++] = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);
	own->numbers[n++] = prctl(PR_MCE_KILL_GET, 0, 0, 0, 0);
	syscall(SYS_get_robust_list, 0, &robust, &size);
	own->numbers[n++] = (long)robust;
	syscall(SYS_arch_prctl, 0x1003, &base);		/* ARCH_GET_FS */
	own->numbers[n++] = base;
	syscall(SYS_arch_prctl, 0x1004, &base);		/* ARCH_GET_GS */
	own->numbers[n++] = base;
	own->numbers[n++] = getsid(0);
	own->numbers[n++] = getpgid(0);
	syscall(SYS_sched_getattr, 0, own->sched, sizeof(own->sched), 0);
	sigaltstack(NULL, &own->alternate);
}

static int nr_tried;
static long tried[6];
static bool changed;
static int other_end[2];

static void *try_it(void *unused)
{
	struct own before, after;
	char byte;

	look(&before);
	syscall(nr_tried, tried[0], tried[1], tried[2], tried[3], tried[4],
		tried[5]);
	look(&after);
	changed = memcmp(&before, &after, sizeof(before));
	/* Another thread opens something. Is it open here? */
	if (read(other_end[0], &byte, 1) == 1)
		changed |= fcntl(777, F_GETFD) < 0;
	return unused;
}

static void try_in_child(void)
{
	pthread_t thread;

	signal(SIGPIPE, SIG_IGN);
	setsid();
	if (pipe2(other_end, O_CLOEXEC) || dup2(other_end[0], 700) < 0 ||
	    dup2(other_end[1], 701) < 0)
		_exit(2);
	other_end[0] = 700;
	if (pthread_create(&thread, NULL, try_it, NULL))
		_exit(2);
	usleep(1000);
	dup2(701, 777);
	(void)!write(701, "x", 1);
	pthread_join(thread, NULL);
	_exit(changed ? CHANGED : SAME);
}

/* SAME, CHANGED, or how else it ended: it slept for ever, or died of it. */
static int outcome(void)
{
	sigset_t set;
	struct timespec time = { .tv_sec = 1 };
	pid_t child;
	int status;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	child = fork();
	if (!child) {
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		try_in_child();
	}
	if (sigtimedwait(&set, NULL, &time) != SIGCHLD)
		kill(child, SIGKILL);
	waitpid(child, &status, 0);
	time.tv_sec = 0;
	sigtimedwait(&set, NULL, &time);	/* of one that was killed */
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * Made from user mode, with arguments of several kinds: none of those that are
 * allowed may change the task. 1 is nowhere the first argument, for that is init.
 */
static void allowed_leave_the_task_alone(void)
{
	static char room[4096], root[] = "/";
	const long zeros = (long)room, nothing = -1, few = 2;
	const long vectors[][6] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ few, few, few, few, few, few },
		{ zeros, zeros, zeros, zeros, zeros, zeros },
		{ 0, zeros, zeros, 0, 0, 0 },
		{ few, zeros, few, zeros, 8, 0 },
		{ (long)root, (long)root, few, zeros, 0, 0 },
		{ AT_FDCWD, (long)root, 0, 0, 0, 0 },
		{ nothing, nothing, nothing, nothing, nothing, nothing },
	};
	unsigned int i, compared = 0;
	int how;

	for (nr_tried = 0; nr_tried < CALLS; nr_tried++) {
		if (!known[nr_tried] || refused[nr_tried])
			continue;
		for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
			memcpy(tried, vectors[i], sizeof(tried));
			memset(room, 0, sizeof(room));
			how = outcome();
			compared += how == SAME;
			CHECK(how != CHANGED, "%s, arguments %u",
			      names[nr_tried], i);
		}
	}
	CHECK(compared > 2000, "only %u came back", compared);
}

/* The same look sees what some of the refused ones change. */
static void refused_would_change_it(void)
{
	static const struct {
		int	nr;
		long	args[3];
	} cases[] = {
		{ SYS_personality, { ADDR_NO_RANDOMIZE } },
		{ SYS_setpriority, { PRIO_PROCESS, 0, 5 } },
		{ SYS_close_range, { 900, 900, 2 } },	/* CLOSE_RANGE_UNSHARE */
		{ SYS_ioprio_set, { 1, 0, 3 << 13 } },
		{ SYS_setuid, { 1234 } },
		{ SYS_unshare, { CLONE_FILES } },
	};
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		nr_tried = cases[i].nr;
		memcpy(tried, cases[i].args, sizeof(cases[i].args));
		CHECK(refused[nr_tried], "%s", names[nr_tried]);
		CHECK(outcome() == CHANGED, "%s", names[nr_tried]);
	}
}

static const struct check checks[] = {
	{ "refused", refused_in_a_chain, 0 },
	{ "masks", masks_are_refused, 0 },
	{ "allowed", allowed_leave_the_task_alone, 0 },
	{ "would-change", refused_would_change_it, 0 },
};

static void prepare(void)
{
}

/* The name of a check; and the table, for those that go through it. */
int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (argc > 2)
		read_table(argv[2]);
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argv[1]);
}
