// SPDX-License-Identifier: GPL-2.0
/*
 * Who watches calls sees those of chains as well: filters that come while a chain
 * is under way, and a debugger that stops at each call (D111, D113).
 */
#include "checks.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>

#define NR_AT		offsetof(struct user_regs_struct, orig_rax)
#define RESULT_AT	offsetof(struct user_regs_struct, rax)

static int pipe_fds[2];
static struct call first, second, third;
static char byte;

static void call_open(struct call *call)
{
	call_set(call, SYS_openat, AT_FDCWD, (uintptr_t)"/etc/passwd", O_RDONLY);
}

/* A read that sleeps, then two more calls. */
static void submit_chain(void)
{
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	call_open(&second);
	call_set(&third, SYS_getppid, 0, 0, 0);
	third.atom.arg_ptr[0] = NULL;
	first.atom.next = &second.atom;
	second.atom.next = &third.atom;
	CHECK(!submit(&first), "it did not go asynchronous");
}

/* For all threads: openat() gives @action. */
static void filter_all(unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	CHECK(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_TSYNC, &program), "errno %d", errno);
}

static void wake_chain(void)
{
	(void)!write(pipe_fds[1], "x", 1);
}

static void filter_kills(void)
{
	submit_chain();
	filter_all(SECCOMP_RET_KILL_PROCESS);
	wake_chain();
	reap();
	usleep(5000);
}

/* The chain goes on with what the filter said. */
static void filter_answers(void)
{
	submit_chain();
	filter_all(SECCOMP_RET_ERRNO | EACCES);
	wake_chain();
	CHECK(reap() == &third.atom, "no event");
	CHECK(first.ret == 1, "read gave %ld", first.ret);
	CHECK(second.ret == -EACCES, "openat gave %ld", second.ret);
	CHECK(third.ret == getppid(), "getppid gave %ld", third.ret);
}

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals += sig > 0;
}

static void trap_in_child(struct syslet_uatom **shared)
{
	signal(SIGSYS, on_signal);
	ahu.completion_ring = shared;
	submit_chain();
	filter_all(SECCOMP_RET_TRAP);
	wake_chain();
	reap();
	usleep(5000);
	_exit(0);
}

/*
 * A busy task has no user mode, so the handler cannot run there. The process
 * ends at once: there is no event.
 */
static void filter_traps(void)
{
	struct syslet_uatom **shared;
	int status;
	pid_t child;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (!child)
		trap_in_child(shared);
	CHECK(waitpid(child, &status, 0) == child &&
	      WTERMSIG(status) == SIGSYS, "status %#x", status);
	CHECK(!*shared, "there is an event");
}

/* A thread of its own ends alone, without an event; nobody waits for it. */
static void filter_kills_thread(void)
{
	submit_chain();
	filter_all(SECCOMP_RET_KILL_THREAD);
	wake_chain();
	CHECK(!reap(), "there is an event");
	CHECK(second.ret == 0, "openat gave %ld", second.ret);
	CHECK(!third.ret, "getppid gave %ld", third.ret);
}

static unsigned int later_action;

static void *filter_later(void *unused)
{
	usleep(1000);
	filter_all(later_action);
	return unused;
}

/* The head sleeps in its chain: the rest of it is filtered. */
static void filter_meets_head(unsigned int action)
{
	static struct timespec time = { .tv_nsec = 20000000 };
	pthread_t thread;

	later_action = action;
	CHECK(!pthread_create(&thread, NULL, filter_later, NULL), "thread");
	call_set(&first, SYS_nanosleep, (uintptr_t)&time, 0, 0);
	first.atom.flags = SYSLET_SYNC;
	call_open(&second);
	call_set(&third, SYS_getppid, 0, 0, 0);
	third.atom.arg_ptr[0] = NULL;
	first.atom.next = &second.atom;
	second.atom.next = &third.atom;
}

static void filter_answers_head(void)
{
	filter_meets_head(SECCOMP_RET_ERRNO | EACCES);
	CHECK(submit(&first) == &third.atom, "it ended elsewhere");
	CHECK(first.ret == 0, "nanosleep gave %ld", first.ret);
	CHECK(second.ret == -EACCES, "openat gave %ld", second.ret);
	CHECK(third.ret == getppid(), "getppid gave %ld", third.ret);
}

/* It has user mode, where the handler runs; the chain is cut off. */
static void filter_traps_head(void)
{
	signal(SIGSYS, on_signal);
	filter_meets_head(SECCOMP_RET_TRAP);
	CHECK(submit(&first) == &second.atom, "it ended elsewhere");
	CHECK(signals == 1, "the handler ran %d times", signals);
	CHECK(!third.ret, "getppid gave %ld", third.ret);
}

static void filter_kills_head(void)
{
	filter_meets_head(SECCOMP_RET_KILL_PROCESS);
	submit(&first);
}

/* Runs until it stops at a call again, or its end; false at its end. */
static bool next_stop(pid_t child)
{
	int status, sig = 0;

	for (;;) {
		ptrace(PTRACE_SYSCALL, child, 0, sig);
		if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
			CHECK(WIFEXITED(status) && !WEXITSTATUS(status),
			      "the child ended with %#x", status);
			return false;
		}
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80))
			return true;
	}
}

static pid_t start_traced(void (*run)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		run();
		_exit(failures != 0);
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SETOPTIONS, child, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	return child;
}

/* Three atoms that do not sleep; the debugger takes one away. */
static void traced_chain(void)
{
	call_set(&first, SYS_getppid, 0, 0, 0);
	call_set(&second, SYS_umask, 077, 0, 0);
	call_set(&third, SYS_dup, 0, 0, 0);
	first.atom.next = &second.atom;
	second.atom.next = &third.atom;
	CHECK(submit(&first) == &third.atom, "it ended elsewhere");
	CHECK(first.ret == 4711, "getppid gave %ld", first.ret);
	CHECK(second.ret == -ENOSYS, "umask gave %ld", second.ret);
	CHECK(umask(022) != 077, "it was called");
	CHECK(third.ret == -ENOSYS, "fork gave %ld", third.ret);
}

static void debugger(void)
{
	static const long wanted[] = {
		NR_ASYNC_EXEC, SYS_getppid, NR_ASYNC_EXEC, SYS_umask,
		NR_ASYNC_EXEC, SYS_dup, NR_ASYNC_EXEC,
	};
	pid_t child = start_traced(traced_chain);
	unsigned int seen = 0;
	long nr;

	while (next_stop(child)) {
		nr = ptrace(PTRACE_PEEKUSER, child, NR_AT, 0);
		if (!seen && nr != NR_ASYNC_EXEC) {
			if (!next_stop(child))
				break;
			continue;
		}
		if (seen < sizeof(wanted) / sizeof(*wanted))
			CHECK(nr == wanted[seen], "call %u is %ld", seen, nr);
		seen++;
		if (nr == SYS_umask && seen == 4)
			ptrace(PTRACE_POKEUSER, child, NR_AT, -1L);
		if (nr == SYS_dup)
			ptrace(PTRACE_POKEUSER, child, NR_AT, SYS_fork);
		if (!next_stop(child))
			break;
		if (nr == SYS_getppid)
			ptrace(PTRACE_POKEUSER, child, RESULT_AT, 4711L);
	}
	CHECK(seen >= sizeof(wanted) / sizeof(*wanted), "%u calls", seen);
}

/* Both the restart codes, and a handler that asks for the restart. */
static void add_numbers(void)
{
	struct sigaction action = { .sa_flags = SA_RESTART };
	unsigned long word;
	long code, ret;

	action.sa_handler = on_signal;
	sigaction(SIGUSR1, &action, NULL);
	for (code = 512; code <= 516; code++) {
		word = -code - 7;
		ret = syscall(NR_UMEM_ADD, &word, 7UL);
		CHECK(ret == -1 && errno == code, "-%ld gave %ld, errno %d",
		      code, ret, errno);
		CHECK(word == -(unsigned long)code, "it is %ld", (long)word);
	}
	CHECK(signals == 5, "the handler ran %d times", signals);
}

/* The signal comes when the call has begun. */
static void number_is_no_restart(void)
{
	pid_t child = start_traced(add_numbers);

	while (next_stop(child)) {
		if (ptrace(PTRACE_PEEKUSER, child, NR_AT, 0) == NR_UMEM_ADD)
			syscall(SYS_tgkill, child, child, SIGUSR1);
		if (!next_stop(child))
			break;
	}
}

static const struct check checks[] = {
	{ "filter-kills", filter_kills, SIGSYS },
	{ "filter-answers", filter_answers, 0 },
	{ "filter-traps", filter_traps, 0 },
	{ "filter-kills-thread", filter_kills_thread, 0 },
	{ "filter-answers-head", filter_answers_head, 0 },
	{ "filter-traps-head", filter_traps_head, 0 },
	{ "filter-kills-head", filter_kills_head, SIGSYS },
	{ "debugger", debugger, 0 },
	{ "number", number_is_no_restart, 0 },
};

static void prepare(void)
{
	if (pipe(pipe_fds))
		exit(2);
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
