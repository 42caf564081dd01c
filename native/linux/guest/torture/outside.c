// SPDX-License-Identifier: GPL-2.0
/* Moves of the world: what others do to a process, without asking it. */
#include "torture.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sysinfo.h>
#include <sys/user.h>
#include "outside.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

pid_t victim;

pid_t random_thread(pid_t pid)
{
	struct dirent *entry;
	char name[64];
	int found[512], n = 0;
	DIR *folder;

	snprintf(name, sizeof(name), "/proc/%d/task", pid);
	folder = opendir(name);
	if (!folder)
		return pid;
	while (n < 512 && (entry = readdir(folder)))
		if (*entry->d_name != '.')
			found[n++] = atoi(entry->d_name);
	closedir(folder);
	return n ? found[below(n)] : pid;
}

void play_stop(void)
{
	kill(victim, SIGSTOP);
}

void play_continue(void)
{
	kill(victim, SIGCONT);
}

void play_signal(void)
{
	kill(victim, below(2) ? SIGUSR1 : SIGUSR2);
}

void play_signal_thread(void)
{
	syscall(SYS_tgkill, victim, random_thread(victim), SIGUSR1);
}

void play_stop_thread(void)
{
	syscall(SYS_tgkill, victim, random_thread(victim), SIGSTOP);
	kill(victim, SIGCONT);
}

void play_storm(void)
{
	union sigval value = {};
	int i;

	for (i = below(60); i > 0; i--)
		sigqueue(victim, below(2) ? SIGUSR1 : SIGUSR2, value);
}

/* What a debugger may do to a thread that stands still. */
static void change_thread(pid_t tid)
{
	struct user_regs_struct regs;
	unsigned long mask = draw();
	siginfo_t info;

	switch (below(6)) {
	case 0:
		ptrace(PTRACE_SETSIGMASK, tid, (void *)8, &mask);
		break;
	case 1:
		if (ptrace(PTRACE_GETREGS, tid, NULL, &regs))
			break;
		if (below(2))
			regs.rax = garbage();
		else
			regs.orig_rax = below(470);
		ptrace(PTRACE_SETREGS, tid, NULL, &regs);
		break;
	case 2:
		if (!ptrace(PTRACE_GETSIGINFO, tid, NULL, &info))
			ptrace(PTRACE_SETSIGINFO, tid, NULL, &info);
		break;
	case 3:
		ptrace(PTRACE_SETOPTIONS, tid, NULL,
		       (void *)(long)(PTRACE_O_TRACESYSGOOD | below(128)));
		break;
	}
}

static void hold_thread(pid_t tid)
{
	int status, i;

	if (ptrace(below(2) ? PTRACE_SEIZE : PTRACE_ATTACH, tid, NULL, NULL))
		return;
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	for (i = 0; i < 20 && waitpid(tid, &status, __WALL | WNOHANG) != tid;
	     i++)
		nap_us(1000);
	change_thread(tid);
	for (i = below(4); i > 0; i--) {
		ptrace(below(2) ? PTRACE_CONT : PTRACE_SYSCALL, tid, NULL,
		       (void *)(long)(below(3) ? 0 : SIGUSR1));
		nap_us(1000);
		ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
		nap_us(1000);
		(void)waitpid(tid, &status, __WALL | WNOHANG);
		change_thread(tid);
	}
	if (!below(40))
		_exit(0);	/* while it holds others */
	ptrace(PTRACE_DETACH, tid, NULL, (void *)(long)(below(3) ? 0 : SIGUSR1));
}

/* In a process of its own, as it may have to wait. */
void play_debugger(void)
{
	int i;

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < 30; i++)
		hold_thread(random_thread(victim));
	_exit(0);
}

void play_drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0)
		return;
	(void)!write(fd, "3", 1);
	close(fd);
}

/* Who dies first if there is no memory: the world itself comes last. */
void set_oom_score(const char *score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	(void)!write(fd, score, strlen(score));
	close(fd);
}

#define LEFT_FREE	(48UL << 20)

/* Nearly all memory, for a moment; it takes long to find that there is no more. */
void play_squeeze(void)
{
	struct sysinfo there;
	size_t size, part, i;
	char *all;

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	set_oom_score("1000");
	sysinfo(&there);
	if (there.freeram < LEFT_FREE)
		_exit(0);
	size = there.freeram - LEFT_FREE / (1 + below(8));
	if (world->has & NEEDS_TIME && !below(8))
		size = there.freeram;
	all = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all == MAP_FAILED)
		_exit(0);
	/* By calls: a hundred thousand faults would take longer than all else. */
	for (i = 0; i < size; i += part) {
		part = size - i < 4 << 20 ? size - i : 4 << 20;
		if (madvise(all + i, part, MADV_POPULATE_WRITE))
			break;
	}
	nap_us(5000);
	_exit(0);
}
