// SPDX-License-Identifier: GPL-2.0
/*
 * Moves of a process without rights that are about processes: births, ends,
 * limits, and what else is a thread's own.
 */
#include "torture.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include "soup.h"

void play_timer(void)
{
	struct itimerval often = { { 0, 3000 }, { 0, 3000 } };

	CALL(SYS_setitimer, ITIMER_REAL, &often, 0);
}

void play_signal_self(void)
{
	CALL(SYS_kill, CALL(SYS_getpid), below(2) ? SIGUSR1 : SIGUSR2);
}

void play_fork(void)
{
	if (CALL(SYS_fork))
		return;
	if (below(2))
		play_chain();
	leave(0);
}

static void wait_and_exit(void)
{
	nap_us(100);
	CALL(SYS_exit, 0);
}

/* A child on a stack of its own. */
static void clone_on(unsigned long flags, char *stack)
{
	unsigned long *top = (void *)(stack + STACK);
	long pid;

	*--top = (unsigned long)wait_and_exit;
	__asm__ volatile("mov %1, %%rdi\n mov %2, %%rsi\n xor %%edx, %%edx\n"
			 "xor %%r10d, %%r10d\n xor %%r8d, %%r8d\n"
			 "mov $56, %%eax\n syscall\n"
			 "test %%rax, %%rax\n jnz 1f\n ret\n1:"
			 : "=&a" (pid)
			 : "r" (flags), "r" (top)
			 : "rdi", "rsi", "rdx", "r10", "r8", "rcx", "r11",
			   "memory");
	(void)pid;
}

/* The parent sleeps meanwhile. */
void play_vfork(void)
{
	clone_on(CLONE_VM | CLONE_VFORK | SIGCHLD, stacks[10]);
}

/* It shares one thing and another. */
void play_clone(void)
{
	static const unsigned long shares[] = {
		CLONE_FILES, CLONE_FS, CLONE_VM, CLONE_PARENT, CLONE_IO,
		CLONE_VM | CLONE_SIGHAND, CLONE_VM | CLONE_SIGHAND |
		CLONE_THREAD, CLONE_SYSVSEM,
	};
	unsigned long flags = shares[below(8)] | shares[below(5)];

	if (!(flags & CLONE_THREAD))
		flags |= below(2) ? SIGCHLD : SIGUSR1;
	clone_on(flags, stacks[11 + below(3)]);
}

void play_execute(void)
{
	execute_program("/proc/self/exe");
}

void play_exit_thread(void)
{
	CALL(SYS_exit, 1);
}

void play_exit_group(void)
{
	CALL(SYS_exit_group, 2);
}

void play_crash(void)
{
	*(volatile int *)garbage() = 1;
}

void play_allow_all(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	CALL(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	     below(2) ? SECCOMP_FILTER_FLAG_TSYNC : 0, &program);
}

void play_unshare(void)
{
	CALL(SYS_unshare, below(2) ? CLONE_FILES : CLONE_FS | CLONE_FILES);
}

void play_priority(void)
{
	struct sched_param param = {};

	CALL(SYS_setpriority, PRIO_PROCESS, 0, below(20));
	CALL(SYS_sched_setscheduler, 0, below(2) ? SCHED_BATCH : SCHED_IDLE,
	     &param);
}

/* Of a thing of which there could be more: the next calls fail, or die of it. */
void play_limit(void)
{
	static const struct { int what; unsigned long least, more; } limits[] = {
		{ RLIMIT_NPROC, 0, 4 },
		{ RLIMIT_AS, 16 << 20, 48 << 20 },
		{ RLIMIT_NOFILE, 3, 8 },
		{ RLIMIT_SIGPENDING, 0, 4 },
		{ RLIMIT_FSIZE, 0, 4096 },
		{ RLIMIT_STACK, 4096, 1 << 20 },
		{ RLIMIT_DATA, 1 << 20, 16 << 20 },
		{ RLIMIT_MEMLOCK, 0, 8192 },
	};
	unsigned int i = below(sizeof(limits) / sizeof(*limits));
	struct rlimit limit;

	limit.rlim_cur = limits[i].least + below(limits[i].more);
	limit.rlim_max = RLIM_INFINITY;
	CALL(SYS_prlimit64, 0, limits[i].what, 0, &limit);
	/* A user may go back to what it had. */
	limit.rlim_cur = below(4) ? limits[i].least + below(limits[i].more) :
				    limit.rlim_max;
	CALL(SYS_prlimit64, 0, limits[i].what, &limit, 0);
}

static void fail_allocation(void)
{
	char number[4] = { '1' + below(9), '0' + below(10), '\n' };
	int fd = CALL(SYS_openat, AT_FDCWD, "/proc/thread-self/fail-nth",
		      O_WRONLY);

	if (fd < 0)
		return;
	CALL(SYS_write, fd, number, below(3) ? 1 : 2);
	switch (below(3)) {
	case 0:
		play_chain();
		break;
	case 1:
		play_threadlet();
		break;
	default:
		play_share_page();
	}
	CALL(SYS_write, fd, "0\n", 2);
	CALL(SYS_close, fd);
}

/* The next allocations of this thread: one of them fails. A child has no family. */
void play_fail_allocation(void)
{
	bool as_child = below(2);

	if (as_child && CALL(SYS_fork))
		return;
	fail_allocation();
	if (as_child)
		leave(0);
}
