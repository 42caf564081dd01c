// SPDX-License-Identifier: GPL-2.0
/*
 * Moves of a process without rights that does what it should not: garbage for
 * every pointer, memory that vanishes, two heads on one ring, stores to the page
 * of threadlets, an end at any moment. It may die of it, and nobody else.
 */
#include "torture.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include "soup.h"

#define PAGES	24
#define PAGE	4096
#define HEADS	3

char *arena;
static struct async_head_user *heads[HEADS];
static struct threadlet_page *shared;
static struct timespec tiny;
static int pipes[2];
static char *executed_argv[] = { "/proc/self/exe", EXECUTED, NULL };

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

static short some_call(void)
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
		v[0] = pipes[nr];
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

static void fill(unsigned long *v, int nr)
{
	int i;

	for (i = 0; i < 6; i++)
		v[i] = garbage();
	make_sense(v, nr);
}

static void remap(void)
{
	int i;

	for (i = 0; i < PAGES; i++)
		CALL(SYS_mmap, arena + i * PAGE, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* Chains that go forward only: they end. */
static void build(void)
{
	struct syslet_uatom *atom = (void *)arena;
	unsigned long *v = (void *)(arena + 8 * PAGE);
	int n = 16 + below(16), i, j;

	remap();
	for (i = 0; i < n; i++, v += 8) {
		atom[i].flags = below(3) ? below(256) : below(3);
		atom[i].nr = below(40) ? (unsigned long)some_call() : draw();
		atom[i].ret_ptr = (void *)(below(3) ? (unsigned long)(v + 6) :
						      garbage());
		atom[i].next = NULL;
		if (i + 1 < n && below(4))
			atom[i].next = &atom[i + 1 + below(n - i - 1 > 3 ?
							   3 : n - i - 1)];
		fill(v, atom[i].nr);
		for (j = 0; j < 6; j++)
			atom[i].arg_ptr[j] = below(60) ? v + j :
							 (void *)garbage();
	}
	memset(&atom[n], 0, sizeof(*atom));	/* where a skip ends */
}

static void make_head(struct async_head_user *head)
{
	head->completion_ring = (void *)(arena + (12 + below(3)) * PAGE +
					 below(2) * (PAGE - 16));
	head->ring_size_bytes = (1 + below(8)) * 8;
	head->kernel_ring_idx = 0;
	head->user_ring_idx = 0;
	head->head_stack = (unsigned long)stacks[3];
	head->head_ip = (unsigned long)spare_start;
	head->new_thread_stack = (unsigned long)stacks[2];
	head->new_thread_ip = (unsigned long)spare_start;
	if (!below(8))
		((unsigned long *)head)[below(8)] = garbage();
}

static void on_signal(int sig)
{
	(void)sig;
	if (!below(4))
		nap_us(1);
}

static void set_handler(int sig, int flags)
{
	struct sigaction action = { .sa_handler = on_signal };

	action.sa_flags = flags;
	sigaction(sig, &action, NULL);
}

void prepare_soup(void)
{
	int restart = below(2) ? SA_RESTART : 0, i;

	arena = (void *)CALL(SYS_mmap, 0, PAGES * PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < HEADS; i++) {
		heads[i] = (void *)(arena + (16 + i) * PAGE);
		make_head(heads[i]);
	}
	tiny.tv_nsec = 1000 * (1 + below(300));
	CALL(SYS_pipe2, pipes, below(2) ? O_NONBLOCK : 0);
	set_handler(SIGUSR1, restart);
	set_handler(SIGUSR2, restart);
	set_handler(SIGALRM, restart);
	signal(SIGPIPE, SIG_IGN);
}

void play_chain(void)
{
	struct async_head_user *head = heads[below(HEADS)];

	build();
	if (below(3))
		make_head(head);
	CALL(NR_ASYNC_EXEC, arena + below(20) * sizeof(struct syslet_uatom),
	     head);
}

void play_wait(void)
{
	CALL(NR_ASYNC_WAIT, below(3), below(4), heads[below(HEADS)]);
}

void play_garbage(void)
{
	CALL(NR_ASYNC_EXEC, garbage(), garbage());
	CALL(NR_ASYNC_WAIT, garbage(), garbage(), garbage());
	CALL(NR_ASYNC_THREAD);
	CALL(NR_THREADLET_OFF);
	CALL(NR_UMEM_ADD, garbage(), garbage());
}

static bool never_alone(int nr)
{
	return nr == SYS_rt_sigreturn || nr == SYS_exit || nr == SYS_vfork ||
	       nr == SYS_clone || nr == SYS_pause;
}

static void end_as_thread(void)
{
	switch (below(6)) {
	case 1:
		CALL(SYS_exit, 3);
		break;
	case 2:
		if (!CALL(SYS_fork))
			CALL(SYS_exit_group, 0);
		break;
	case 3:
		if (!below(4))
			CALL(SYS_execve, executed_argv[0], executed_argv, 0);
		break;
	case 4:
		if (!below(8))
			CALL(SYS_exit_group, 4);
		break;
	}
	for (;;) {
		CALL(NR_ASYNC_THREAD);
		CALL(SYS_exit, 5);
	}
}

static void run_calls(long unused)
{
	unsigned long v[6];
	int i, nr;

	(void)unused;
	for (i = below(4); i >= 0; i--) {
		nr = some_call();
		if (never_alone(nr))
			continue;
		fill(v, nr);
		if (nr != SYS_fork)
			call6(nr, v[0], v[1], v[2], v[3], v[4], v[5]);
		else if (!CALL(nr))
			CALL(SYS_exit_group, 0);
	}
	if (below(2))
		return;
	if (!CALL(NR_THREADLET_OFF))
		end_as_thread();
}

void play_threadlet(void)
{
	struct threadlet_page *page = below(2) ? shared : NULL;

	if (exec_on(run_calls, 0, stacks[4 + below(2)] + STACK,
		    heads[below(HEADS)], page) == 0)
		__atomic_add_fetch(&world->handovers, 1, __ATOMIC_RELAXED);
}

void play_share_page(void)
{
	long page = CALL(NR_THREADLET_ON, 0, 0, heads[0]);

	if (page > 0)
		shared = (void *)page;
}

void play_unmap_page(void)
{
	CALL(SYS_munmap, shared, PAGE);
	shared = NULL;
}

/* Stores to the page and the memory of chains, while they are used. */
static void scribble(void)
{
	struct threadlet_page *page;
	int i;

	for (;;) {
		page = shared;
		if (page) {
			page->restore_stack = (unsigned long)stacks[6] + 30000;
			page->restore_ip = (unsigned long)spare_start;
			page->armed = draw() & 7;
			if (below(3))
				page->armed = 0;
		}
		if (!below(4))
			*(volatile unsigned long *)(arena + below(8 * PAGE) / 8 *
						    8) = garbage();
		if (below(3))
			nap_us(tiny.tv_nsec / 1000);
		else
			CALL(SYS_sched_yield);
		if (!below(8)) {
			i = below(PAGES);
			CALL(SYS_mprotect, arena + i * PAGE, PAGE, below(4));
			nap_us(20);
			CALL(SYS_mprotect, arena + i * PAGE, PAGE,
			     PROT_READ | PROT_WRITE);
		}
		if (!below(40))
			remap();
	}
}

void play_scribbler(void)
{
	spawn(scribble, stacks[8] + STACK);
}

/* Another head, on the same memory. */
static void be_second(void)
{
	for (;;) {
		CALL(NR_ASYNC_EXEC, arena + below(20) *
		     sizeof(struct syslet_uatom), heads[below(HEADS)]);
		CALL(NR_ASYNC_WAIT, below(3), below(4), heads[below(HEADS)]);
		nap_us(tiny.tv_nsec / 1000);
	}
}

void play_second_head(void)
{
	spawn(be_second, stacks[9] + STACK);
}

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
		CALL(NR_ASYNC_EXEC, arena, heads[0]);
	CALL(SYS_exit_group, 0);
}

static void wait_in_vfork(void)
{
	nap_us(100);
	CALL(SYS_exit, 0);
}

/* CLONE_VM | CLONE_VFORK, on a stack of its own: the parent sleeps. */
void play_vfork(void)
{
	unsigned long *top = (void *)(stacks[10] + STACK);
	long pid;

	*--top = (unsigned long)wait_in_vfork;
	__asm__ volatile("mov %1, %%rdi\n mov %2, %%rsi\n xor %%edx, %%edx\n"
			 "xor %%r10d, %%r10d\n xor %%r8d, %%r8d\n"
			 "mov $56, %%eax\n syscall\n"
			 "test %%rax, %%rax\n jnz 1f\n ret\n1:"
			 : "=&a" (pid)
			 : "r" (0x4111UL), "r" (top)
			 : "rdi", "rsi", "rdx", "r10", "r8", "rcx", "r11",
			   "memory");
	(void)pid;
}

void play_execute(void)
{
	CALL(SYS_execve, executed_argv[0], executed_argv, 0);
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

void play_few_processes(void)
{
	struct rlimit few = { below(4), 400 };

	CALL(SYS_prlimit64, 0, RLIMIT_NPROC, &few, 0);
}

void play_little_memory(void)
{
	struct rlimit little = { (16 + below(48)) << 20, RLIM_INFINITY };

	CALL(SYS_prlimit64, 0, RLIMIT_AS, &little, 0);
}

/* The next allocations of this thread: one of them fails. */
void play_fail_allocation(void)
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
