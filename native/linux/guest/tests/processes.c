// SPDX-License-Identifier: GPL-2.0
/*
 * A process with many chains that sleep: its end, in every way there is, and
 * what a thread keeps when its user context goes to another task. Each check is
 * a child of its own, so that one that fails leaves the others alone.
 */
#include "leaks.h"
#include "checks.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define CHAINS	64

static int pipe_fds[2];
static struct call calls[CHAINS];
static char bytes[CHAINS];

/* So many chains that sleep in a read of the pipe. */
static void block(int n)
{
	int i;

	for (i = 0; i < n; i++) {
		call_set(&calls[i], SYS_read, pipe_fds[0],
			 (uintptr_t)&bytes[i], 1);
		CHECK(!submit(&calls[i]), "chain %d did not go async", i);
	}
}

static void unblock(int n)
{
	int i;

	for (i = 0; i < n; i++)
		CHECK(write(pipe_fds[1], "x", 1) == 1, "write %d", i);
	for (i = 0; i < n; i++)
		CHECK(reap(), "event %d", i);
	for (i = 0; i < n; i++)
		CHECK(calls[i].ret == 1, "read %d gave %ld", i, calls[i].ret);
}

static void *write_later(void *unused)
{
	int i;

	usleep(1000);
	for (i = 0; i < CHAINS; i++)
		(void)!write(pipe_fds[1], "x", 1);
	return unused;
}

/* Another process does it, which shares nothing but the pipe. */
static void unblock_later(void)
{
	if (!fork()) {
		write_later(NULL);
		_exit(0);
	}
}

static void exit_of_leader(void)
{
	block(CHAINS);
	unblock_later();
	syscall(SYS_exit, 5);
}

static void *exit_of_thread_start(void *unused)
{
	block(16);
	unblock_later();
	syscall(SYS_exit, 9);
	return unused;
}

/* The thread's exit waits for its chains; the process goes on. */
static void exit_of_thread(void)
{
	pthread_t thread;
	int i;

	pthread_create(&thread, NULL, exit_of_thread_start, NULL);
	pthread_join(thread, NULL);
	for (i = 0; i < 16; i++)
		CHECK(calls[i].ret == 1, "read %d gave %ld", i, calls[i].ret);
	exit(failures ? 1 : 6);
}

static void exit_of_group(void)
{
	block(CHAINS);
	exit(7);
}

static void end_by_exec(void)
{
	char name[] = "/proc/self/exe", check[] = "after-exec";
	char *argv[] = { name, check, NULL };

	block(CHAINS);
	execv(name, argv);
}

/* One thread is left, and a family of its own works. */
static void after_exec(void)
{
	char line[256];
	FILE *status = fopen("/proc/self/status", "r");

	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, "Threads:", 8))
			CHECK(atoi(line + 8) == 1, "%s", line);
	if (pipe(pipe_fds))
		exit(2);
	block(4);
	unblock(4);
	exit(failures ? 1 : 8);
}

static void end_by_segfault(void)
{
	static int *volatile nowhere = (int *)8;

	block(CHAINS);
	*nowhere = 1;
}

static void end_by_kill(void)
{
	block(CHAINS);
	kill(getpid(), SIGKILL);
	pause();
}

/* The child has no chains, and no family. */
static void fork_in_head(void)
{
	int status;
	pid_t child;

	block(16);
	child = fork();
	if (!child) {
		memset(ring, 0, sizeof(ring));
		ahu.kernel_ring_idx = 0;
		block(4);
		_exit(failures ? 1 : 0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status, "child: %#x",
	      status);
	child = vfork();
	if (!child)
		_exit(3);
	CHECK(waitpid(child, &status, 0) == child &&
	      WEXITSTATUS(status) == 3, "vfork: %#x", status);
	unblock(16);
}

static void stop_and_continue(void)
{
	pid_t me = getpid(), child;
	int status;

	block(16);
	child = fork();
	if (!child) {
		kill(me, SIGSTOP);
		usleep(2000);
		kill(me, SIGCONT);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status, "helper");
	unblock(16);
}

static volatile sig_atomic_t signals;
static volatile uintptr_t signal_stack;

static void on_signal(int sig)
{
	signals += sig > 0;
	signal_stack = (uintptr_t)__builtin_frame_address(0);
}

/* The head gets them; the busy are not disturbed (D27). */
static void signals_of_head(void)
{
	signal(SIGUSR1, on_signal);
	block(8);
	kill(getpid(), SIGUSR1);
	CHECK(signals == 1, "kill: %d", signals);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	CHECK(signals == 2, "tgkill: %d", signals);
	unblock(8);
	CHECK(signals == 2, "afterwards: %d", signals);
}

/* A mask and what waits behind it belong to the user context. */
static void masked_signals(void)
{
	sigset_t set, old;

	signal(SIGUSR2, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR2);
	block(2);
	sigprocmask(SIG_BLOCK, NULL, &old);
	CHECK(sigismember(&old, SIGUSR2) == 1, "the mask is lost");
	CHECK(sigismember(&old, SIGHUP) == 0, "the mask is a spare's");
	CHECK(!signals, "delivered though blocked");
	sigpending(&old);
	CHECK(sigismember(&old, SIGUSR2) == 1, "nothing is pending");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(signals == 1, "not delivered: %d", signals);
	unblock(2);
}

static void alternate_stack(void)
{
	static char stack[65536];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, seen;
	struct sigaction action = { .sa_flags = SA_ONSTACK };

	action.sa_handler = on_signal;
	sigaction(SIGUSR1, &action, NULL);
	sigaltstack(&alt, NULL);
	block(1);
	sigaltstack(NULL, &seen);
	CHECK(seen.ss_sp == stack, "the alternate stack is lost");
	raise(SIGUSR1);
	kill(getpid(), SIGUSR1);
	CHECK(signal_stack - (uintptr_t)stack < sizeof(stack), "not on it");
	unblock(1);
}

/* What prctl() and personality() say; the spare is older than that. */
static void name_and_privileges(void)
{
	char name[16];

	block(1);
	unblock(1);
	prctl(PR_SET_NAME, "renamed");
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	personality(ADDR_NO_RANDOMIZE);
	block(1);
	prctl(PR_GET_NAME, name);
	CHECK(!strcmp(name, "renamed"), "the name is %s", name);
	CHECK(personality(0xffffffff) == ADDR_NO_RANDOMIZE, "personality %#x",
	      personality(0xffffffff));
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
	      "new privileges are to be had");
	unblock(1);
}

static struct {
	struct robust_list_head head;
	struct robust_list	entry;
	uint32_t		word;
} robust;
static uint32_t thread_word = 77, other_word = 78;

/* It exits after a hand-over: what is to be done then is done by the heir. */
static void *thread_end_start(void *unused)
{
	long me;

	robust.head.list.next = &robust.entry;
	robust.entry.next = &robust.head.list;
	robust.head.futex_offset = (char *)&robust.word - (char *)&robust.entry;
	syscall(SYS_set_robust_list, &robust.head, sizeof(robust.head));
	syscall(SYS_set_tid_address, &other_word);
	block(1);
	/* Had the old task kept its address, it would clear that word. */
	syscall(SYS_set_tid_address, &thread_word);
	me = syscall(SYS_gettid);
	robust.word = me;
	(void)!write(pipe_fds[1], "x", 1);
	reap();
	CHECK(syscall(SYS_gettid) == me, "another task");
	syscall(SYS_exit, 0);
	return unused;
}

static void thread_end(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_end_start, NULL);
	usleep(20000);
	CHECK(robust.word & FUTEX_OWNER_DIED, "robust futex: %#x", robust.word);
	CHECK(!thread_word, "clear_child_tid: %u", thread_word);
	CHECK(other_word, "clear_child_tid of the task that blocked");
	_exit(failures != 0);
}

/* A chain ends when its head is no longer who submitted it (D102). */
static void credentials(void)
{
	static struct call first, second;

	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)bytes, 1);
	call_set(&second, SYS_getuid, 0, 0, 0);
	second.atom.arg_ptr[0] = NULL;
	second.ret = 77;
	first.atom.next = &second.atom;
	CHECK(!submit(&first), "sync");
	CHECK(!syscall(SYS_setuid, 1234), "setuid");
	block(1);
	CHECK(syscall(SYS_getuid) == 1234, "the new head is %ld",
	      syscall(SYS_getuid));
	CHECK(reap() == &first.atom && first.ret == -EINTR, "read gave %ld",
	      first.ret);
	(void)!write(pipe_fds[1], "x", 1);
	reap();
	CHECK(second.ret == 77, "the chain went on, as %ld", second.ret);
	block(1);
	CHECK(syscall(SYS_getuid) == 1234, "the head is %ld",
	      syscall(SYS_getuid));
}

static void refused_calls(void)
{
	static const int numbers[] = {
		SYS_fork, SYS_vfork, SYS_clone, SYS_clone3, SYS_execve,
		SYS_execveat, SYS_exit, SYS_exit_group, SYS_rt_sigreturn,
		SYS_ioperm, SYS_iopl, SYS_modify_ldt, SYS_arch_prctl,
		SYS_set_thread_area, SYS_setuid, SYS_setgid, SYS_setreuid,
		SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid,
		SYS_setfsgid, SYS_setgroups, SYS_setpgid, SYS_setsid,
		SYS_capset, SYS_unshare, SYS_setns, SYS_rt_sigprocmask,
		SYS_rt_sigsuspend, SYS_sigaltstack, SYS_ppoll, SYS_pselect6,
		SYS_epoll_pwait, SYS_epoll_pwait2, SYS_prctl, SYS_ptrace,
		SYS_set_tid_address, SYS_set_robust_list, SYS_rseq,
		NR_ASYNC_EXEC, NR_ASYNC_WAIT, NR_ASYNC_THREAD, NR_THREADLET_ON,
	};
	struct call call;
	unsigned int i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		call_set(&call, numbers[i], 0, 0, 0);
		CHECK(submit(&call) == &call.atom, "call %d", numbers[i]);
		CHECK(call.ret == -ENOSYS, "call %d gave %ld", numbers[i],
		      call.ret);
	}
}

/* Atoms would go around a filter, so there are none under one (D76). */
static void seccomp_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };
	struct call call;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "prctl");
	call_set(&call, SYS_getpid, 0, 0, 0);
	CHECK((long)submit(&call) == -1 && errno == EPERM, "errno %d", errno);
}

/* A program with one hand-over. */
static void leave_something(int i)
{
	block(1);
	if (i & 1)
		unblock(1);
}

static void leaks(void)
{
	look_for_leaks(leave_something);
}

static const struct check checks[] = {
	{ "exit-of-leader", exit_of_leader, 5 << 8 },
	{ "exit-of-thread", exit_of_thread, 6 << 8 },
	{ "exit-of-group", exit_of_group, 7 << 8 },
	{ "exec", end_by_exec, 8 << 8 },
	{ "segfault", end_by_segfault, SIGSEGV },
	{ "kill", end_by_kill, SIGKILL },
	{ "fork", fork_in_head, 0 },
	{ "stop", stop_and_continue, 0 },
	{ "signals", signals_of_head, 0 },
	{ "mask", masked_signals, 0 },
	{ "alternate-stack", alternate_stack, 0 },
	{ "thread-end", thread_end, 0 },
	{ "credentials", credentials, 0 },
	{ "name", name_and_privileges, 0 },
	{ "refused", refused_calls, 0 },
	{ "seccomp", seccomp_filter, 0 },
	{ "leaks", leaks, 0 },
};

static void prepare(void)
{
	if (pipe(pipe_fds))
		exit(2);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "after-exec"))
		after_exec();
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
