// SPDX-License-Identifier: GPL-2.0
/*
 * System calls that come some way, although most of what they are given is
 * garbage; and the memory that all of it is about.
 */
#include "torture.h"
#include <poll.h>
#include <sys/mman.h>
#include "soup.h"

char *arena;
struct timespec tiny;
int soup_pipes[2];

static const short some_calls[] = {
	SYS_read, SYS_write, SYS_nanosleep, SYS_nanosleep, SYS_nanosleep,
	SYS_futex, SYS_getpid, SYS_gettid, SYS_sched_yield, SYS_close,
	SYS_poll, SYS_pause, SYS_wait4, SYS_kill, SYS_tgkill, SYS_mprotect,
	SYS_munmap, SYS_madvise, SYS_fork, SYS_vfork, SYS_clone, SYS_execve,
	SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_rt_sigprocmask,
	NR_ASYNC_EXEC, NR_ASYNC_WAIT, NR_UMEM_ADD, NR_UMEM_ADD,
	NR_ASYNC_THREAD, NR_THREADLET_ON, NR_THREADLET_OFF, SYS_epoll_wait,
	SYS_pipe, SYS_dup, SYS_select, SYS_mmap, SYS_mremap, SYS_sigaltstack,
	SYS_setpgid, SYS_openat, SYS_readv, SYS_writev, SYS_msync, SYS_brk,
	SYS_restart_syscall, SYS_rt_sigtimedwait, SYS_seccomp, SYS_unshare,
	SYS_setresuid, SYS_capset, SYS_personality, SYS_sched_setscheduler,
	SYS_io_uring_enter, SYS_keyctl, SYS_eventfd2, SYS_userfaultfd, 335, 400,
	470, -1,
};

short some_call(void)
{
	return some_calls[below(sizeof(some_calls) / sizeof(*some_calls))];
}

static char *some_page(void)
{
	return arena + below(PAGES) * PAGE;
}

/* Where garbage alone would never come far enough. */
static void make_sense(unsigned long *v, int nr)
{
	switch (nr) {
	case SYS_read:
	case SYS_write:
		v[0] = soup_pipes[nr];
		v[2] = 1 + below(3000);
		break;
	case SYS_nanosleep:
		v[0] = (unsigned long)&tiny;
		v[1] = 0;
		break;
	case SYS_futex:
		v[1] = below(2);
		v[2] = below(2);
		v[3] = below(2) ? (unsigned long)&tiny : 0;
		break;
	case SYS_poll:
		v[1] = below(3);
		v[2] = below(3);
		break;
	case SYS_select:
		v[0] = below(8);
		v[4] = (unsigned long)&tiny;
		break;
	case SYS_epoll_wait:
		v[0] = below(8);
		v[3] = below(3);
		break;
	case SYS_rt_sigtimedwait:
		v[1] = 0;
		v[2] = (unsigned long)&tiny;
		v[3] = 8;
		break;
	case SYS_close:
		v[0] = 10 + below(20);
		break;
	case SYS_kill:
		v[0] = CALL(SYS_getpid);
		v[1] = below(3) ? SIGUSR1 : SIGWINCH;
		break;
	case SYS_tgkill:
		v[0] = CALL(SYS_getpid);
		v[1] = CALL(SYS_gettid) + below(3);
		v[2] = SIGUSR1;
		break;
	case SYS_mprotect:
	case SYS_munmap:
	case SYS_madvise:
	case SYS_msync:
		v[0] = (unsigned long)some_page();
		v[1] = PAGE;
		v[2] = nr == SYS_madvise ? MADV_DONTNEED : below(4);
		break;
	case SYS_mmap:
		v[0] = (unsigned long)some_page();
		v[1] = PAGE;
		v[2] = PROT_READ | PROT_WRITE;
		v[3] = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
		v[4] = -1;
		v[5] = 0;
		break;
	case SYS_mremap:
		v[0] = (unsigned long)some_page();
		v[1] = PAGE;
		v[2] = PAGE;
		v[3] = MREMAP_MAYMOVE;
		break;
	case SYS_wait4:
		v[0] = -1;
		v[1] = 0;
		v[2] = WNOHANG;
		v[3] = 0;
		break;
	case SYS_brk:
		v[0] = 0;
		break;
	case SYS_exit:
	case SYS_exit_group:
		v[0] = 7;
		break;
	case SYS_openat:
		v[0] = AT_FDCWD;
		v[1] = (unsigned long)"/dev/null";
		v[2] = O_RDONLY;
		break;
	case SYS_rt_sigprocmask:
		v[0] = SIG_BLOCK;
		v[1] = (unsigned long)arena;
		v[2] = 0;
		v[3] = 8;
		break;
	}
}

void fill(unsigned long *v, int nr)
{
	int i;

	for (i = 0; i < 6; i++)
		v[i] = garbage();
	make_sense(v, nr);
}
