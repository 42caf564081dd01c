// SPDX-License-Identifier: GPL-2.0
/*
 * Threadlets inside the real kernel: what they may do, how a process with them
 * ends, and what becomes of the page that they share with the kernel.
 */
#include "leaks.h"
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

static int pipe_fds[2];
static volatile int done;		/* threadlets that ended */
static long results[STACKS];
static char bytes[STACKS];

static void read_byte(long n)
{
	results[n] = call3(SYS_read, pipe_fds[0], (long)&bytes[n], 1);
	done++;
}

static void block(int n)
{
	int i;

	for (i = 0; i < n; i++)
		CHECK(!exec(read_byte, i), "threadlet %d did not go async", i);
}

/* Not for ever: virtual time passes quickly. */
static void await(int n)
{
	int i;

	for (i = 0; done < n && i < 100000; i++)
		usleep(100);
	CHECK(done >= n, "%d of %d threadlets ended", done, n);
}

static void unblock(int n)
{
	int i;

	done = 0;
	for (i = 0; i < n; i++)
		CHECK(write(pipe_fds[1], "x", 1) == 1, "write %d", i);
	await(n);
	for (i = 0; i < n; i++)
		CHECK(results[i] == 1, "read %d gave %ld", i, results[i]);
}

static void unblock_later(void)
{
	int i;

	if (fork())
		return;
	usleep(1000);
	for (i = 0; i < STACKS; i++)
		(void)!write(pipe_fds[1], "x", 1);
	_exit(0);
}

static void real(void)
{
	long me = call(SYS_gettid);

	CHECK(exec(nothing, 0) == 1, "an empty threadlet");
	CHECK(call(SYS_gettid) == me, "another task");
	block(STACKS);
	CHECK(call(SYS_gettid) != me, "the same task");
	unblock(STACKS);
	CHECK(exec(nothing, 0) == 1, "an empty threadlet");
	block(STACKS);
	unblock(STACKS);
	CHECK(call(468) == -EINVAL, "threadlet_off outside");
	CHECK(call(466) == -EINVAL, "async_thread of the head");
}

static void cached(void)
{
	page = make_page();
	CHECK(page == make_page(), "another page");
	CHECK(page->ready == 0, "%lu spares", page->ready);
	CHECK(exec(nothing, 0) == 1, "an empty threadlet");
	CHECK(page->ready == 1, "%lu spares", page->ready);
	real();
	CHECK(page->ready >= STACKS, "%lu spares", page->ready);
	CHECK(page->armed == 0 && page->token > 2, "%lx, %lx", page->armed,
	      page->token);
}

static void twice_start(long n)
{
	read_byte(n);
	read_byte(n);
}

/* The second time it has nothing to hand over. */
static void second_block(void)
{
	CHECK(!exec(twice_start, 0), "did not go async");
	(void)!write(pipe_fds[1], "x", 1);
	await(1);
	CHECK(exec(nothing, 1) == 1, "the head");
	(void)!write(pipe_fds[1], "x", 1);
	await(2);
	CHECK(results[0] == 1, "read gave %ld", results[0]);
}

static void with_syslets(void)
{
	struct call one;

	page = make_page();
	exec(nothing, 0);
	call_set(&one, SYS_read, pipe_fds[0], (uintptr_t)bytes, 1);
	CHECK(!submit(&one), "the chain did not go async");
	CHECK(exec(nothing, 0) == 1, "threadlet");
	CHECK(!exec(read_byte, 1), "the threadlet did not go async");
	(void)!write(pipe_fds[1], "xx", 2);
	CHECK(reap() == &one.atom && one.ret == 1, "chain: %ld", one.ret);
	await(1);
	CHECK(page->ready == 2, "%lu spares", page->ready);
}

static const int refused[] = {
	SYS_fork, SYS_vfork, SYS_clone, SYS_execve, SYS_exit, SYS_exit_group,
	SYS_arch_prctl, SYS_setuid, SYS_setsid, SYS_unshare, SYS_rt_sigprocmask,
	SYS_sigaltstack, SYS_ppoll, SYS_prctl, SYS_set_robust_list, SYS_rseq,
	NR_ASYNC_EXEC, NR_ASYNC_WAIT, 466, 467,
};

static void try_refused(long n)
{
	unsigned int i;

	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		long ret = call(refused[i]);

		if (ret != -ENOSYS && results[n] == 1)
			results[n] = -refused[i];
	}
}

/* As head, and as a thread of its own. */
static void refused_start(long n)
{
	results[n] = 1;
	try_refused(n);
	call3(SYS_read, pipe_fds[0], (long)&bytes[n], 1);
	try_refused(n);
	done++;
}

static void refused_calls(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		CHECK(!exec(refused_start, 0), "did not go async");
		done = 0;
		(void)!write(pipe_fds[1], "x", 1);
		await(1);
		CHECK(results[0] == 1, "call %ld is not refused", -results[0]);
		page = make_page();
	}
	CHECK(call(SYS_getuid) == 0 && call(SYS_setuid) == 0, "setuid");
}

static void exit_of_leader(void)
{
	page = make_page();
	block(STACKS);
	unblock_later();
	call3(SYS_exit, 5, 0, 0);
}

static void exit_of_group(void)
{
	page = make_page();
	block(STACKS);
	exit(7);
}

static void end_by_exec(void)
{
	char name[] = "/proc/self/exe", check[] = "after-exec";
	char *argv[] = { name, check, NULL };

	page = make_page();
	block(STACKS);
	execv(name, argv);
}

static int maps_with(const char *what)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	int n = 0;

	while (fgets(line, sizeof(line), maps))
		n += strstr(line, what) != NULL;
	fclose(maps);
	return n;
}

static void after_exec(void)
{
	if (pipe(pipe_fds))
		exit(2);
	CHECK(!maps_with("[threadlet]"), "the page is still there");
	page = make_page();
	block(4);
	unblock(4);
	exit(failures ? 1 : 8);
}

static void crash_start(long unused)
{
	static int *volatile nowhere = (int *)8;

	(void)unused;
	usleep(1000);
	*nowhere = 1;
}

/* A thread of its own that crashes ends the process, like any. */
static void end_by_segfault(void)
{
	block(16);
	CHECK(!exec(crash_start, 20), "did not go async");
	sleep(1);
}

static void end_by_kill(void)
{
	page = make_page();
	block(STACKS);
	kill(getpid(), SIGKILL);
	pause();
}

/* The child has neither family nor page, and may have its own. */
static void fork_in_head(void)
{
	struct threadlet_page *parents;
	int status;
	pid_t child;

	page = make_page();
	parents = page;
	block(16);
	CHECK(maps_with("[threadlet]") == 1, "no page");
	child = fork();
	if (!child) {
		CHECK(!maps_with("[threadlet]"), "the page is inherited");
		if (pipe(pipe_fds))
			_exit(2);
		page = make_page();
		block(4);
		unblock(4);
		_exit(failures ? 1 : 0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status, "child: %#x",
	      status);
	child = fork();
	if (!child)
		_exit(parents->armed == 0);
	CHECK(waitpid(child, &status, 0) == child &&
	      WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
	      "a child that looks at it: %#x", status);
	unblock(16);
}

static void nap_start(long n)
{
	struct timespec ts = { 0, 50000000 };

	results[n] = call3(SYS_nanosleep, (long)&ts, 0, 0);
	done++;
}

/* Calls that a stop interrupts go on: those of threads, and of the head. */
static void stop_and_continue(void)
{
	pid_t me = getpid(), child;
	int status, i;

	page = make_page();
	block(8);
	for (i = 8; i < 16; i++)
		CHECK(!exec(nap_start, i), "nap %d did not go async", i);
	child = fork();
	if (!child) {
		kill(me, SIGSTOP);
		usleep(2000);
		kill(me, SIGCONT);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status, "helper");
	await(8);
	for (i = 8; i < 16; i++)
		CHECK(!results[i], "nap %d gave %ld", i, results[i]);
	unblock(8);
}

static void stop_start(long unused)
{
	(void)unused;
	call3(SYS_kill, call(SYS_getpid), SIGSTOP, 0);
	call(SYS_getppid);
}

/* A stop is no sleep: a task stopped in a threadlet is head afterwards. */
static void stop_in_threadlet(void)
{
	pid_t me = getpid(), child;
	int i, status;

	exec(nothing, 0);
	for (i = 0; i < 2; i++) {
		child = fork();
		if (!child) {
			usleep(5000);
			kill(me, SIGCONT);
			_exit(0);
		}
		CHECK(exec(stop_start, 0) == 1, "went async");
		waitpid(child, &status, 0);
		page = make_page();
	}
}

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals += sig > 0;
}

static void on_signal_block(int sig)
{
	read_byte(sig == SIGUSR1);
	signals++;
}

static void raise_start(long n)
{
	call3(SYS_tgkill, call(SYS_getpid), call(SYS_gettid), SIGUSR1);
	read_byte(n);
}

/* Another process, which shares nothing but the pipe. */
static void write_later(const char *what)
{
	if (fork())
		return;
	usleep(2000);
	(void)!write(pipe_fds[1], what, strlen(what));
	_exit(0);
}

/* A handler keeps its threadlet where it is until it returns (D96). */
static void signals_in_threadlet(void)
{
	sigset_t mask;
	int i;

	for (i = 0; i < 2; i++) {
		signals = 0;
		done = 0;
		signal(SIGUSR1, on_signal);
		CHECK(!exec(raise_start, 0), "did not go async");
		CHECK(signals == 1, "%d signals", signals);
		signal(SIGUSR1, on_signal_block);
		write_later("xy");
		CHECK(!exec(raise_start, 2), "did not go async afterwards");
		CHECK(signals == 2, "%d signals", signals);
		sigprocmask(SIG_BLOCK, NULL, &mask);
		CHECK(!sigismember(&mask, SIGUSR1), "the handler's mask");
		(void)!write(pipe_fds[1], "z", 1);
		await(3);
		/* The head gets them. */
		signal(SIGUSR1, on_signal);
		kill(getpid(), SIGUSR1);
		CHECK(signals == 3, "%d signals", signals);
		page = make_page();
	}
}

static void ask_start(long n)
{
	static char line[256];
	FILE *status;

	read_byte(n);
	status = fopen("/proc/thread-self/status", "r");
	while (fgets(line, sizeof(line), status))
		if (!strncmp(line, "SigBlk:", 7))
			results[n] = strtoul(line + 7, NULL, 16) ==
				     (~0UL & ~(1UL << (SIGKILL - 1)) &
				      ~(1UL << (SIGSTOP - 1)));
	fclose(status);
	done++;
}

/* A thread of its own has no signals (D27). */
static void mask_of_threadlet(void)
{
	CHECK(!exec(ask_start, 0), "did not go async");
	(void)!write(pipe_fds[1], "x", 1);
	await(2);
	CHECK(results[0] == 1, "the mask is not a busy one's");
}

static void restore_at(unsigned long ip)
{
	exec(nothing, 0);
	call3(467, (long)(stacks[1] + STACK), ip, (long)&ahu);
	call3(SYS_read, pipe_fds[0], (long)bytes, 1);
	exit(1);
}

static void restore_in_kernel(void)
{
	restore_at(0xffffffff81000000);
}

static void restore_nowhere(void)
{
	restore_at(0x8000000000000000);
}

static void restore_above(void)
{
	restore_at(0x00007ffffffff000);
}

static void restore_by_page(void)
{
	page = make_page();
	exec(nothing, 0);
	page->restore_ip = 0xdead000000000000;
	page->restore_stack = 0xdead000000000000;
	page->armed = 3;
	call3(SYS_read, pipe_fds[0], (long)bytes, 1);
	exit(1);
}

static void *thread_start(void *arg)
{
	struct threadlet_page *own = make_page();

	exec_on(nothing, 0, stacks[0] + STACK, &ahu, NULL);
	*(struct threadlet_page **)arg = own;
	CHECK(maps_with("[threadlet]") == 1, "no page");
	return NULL;
}

/* The page goes with its family, though the process lives on. */
static void page_of_thread(void)
{
	struct threadlet_page *own;
	pthread_t thread;

	ahu.new_thread_stack = 1;
	pthread_create(&thread, NULL, thread_start, &own);
	pthread_join(thread, NULL);
	usleep(20000);
	CHECK(!maps_with("[threadlet]"), "the page is still there");
}

static void *replace_start(void *arg)
{
	void *own = make_page();

	munmap(own, 4096);
	mmap(own, 4096, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	*(long *)own = 77;
	*(void **)arg = own;
	return NULL;
}

/* What user space has put there instead is none of the kernel's business. */
static void page_replaced(void)
{
	pthread_t thread;
	long *there;

	pthread_create(&thread, NULL, replace_start, &there);
	pthread_join(thread, NULL);
	usleep(20000);
	CHECK(*there == 77, "%ld", *there);
}

/* A family that scribbles into its page harms no other. */
static void page_scribbled(void)
{
	page = make_page();
	page->ready = 99;
	page->token = ~1UL;
	page->armed = ~1UL;
	CHECK(call(SYS_fork) == -ENOSYS, "fork in a threadlet");
	CHECK(call(468) == 1, "threadlet_off");
	CHECK(call(468) == -EINVAL, "threadlet_off again");
	page->armed = ~0UL;
	usleep(10);
	page->armed = 0;
	page->ready = 0;
	block(4);
	unblock(4);
}

static void nap(void)
{
	struct timespec ts = { 0, 1000 };

	call3(SYS_nanosleep, (long)&ts, 0, 0);
}

/* Under a filter no task hands over to one without it (D96). */
static void seccomp_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };
	long me;

	page = make_page();
	exec(nothing, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "prctl");
	me = call(SYS_gettid);
	page->armed = 3;
	nap();
	CHECK(page->armed == 3, "%lx", page->armed);
	page->armed = 0;
	CHECK(call(SYS_gettid) == me, "another task");
	CHECK(call3(467, 1, 1, (long)&ahu) == -EPERM, "threadlet_on");
}

/* One program: threadlets that block, and a page. */
static void leave_something(int i)
{
	if (pipe(pipe_fds))
		exit(2);
	page = i & 2 ? make_page() : NULL;
	block(2);
	if (i & 1)
		unblock(2);
}

static void leaks(void)
{
	int i;

	look_for_leaks(leave_something);
	/* And in one process. */
	page = make_page();
	for (i = 0; i < 10000; i++) {
		block(1);
		unblock(1);
	}
	CHECK(page->ready <= 2, "%lu spares", page->ready);
}

/* Not among all others: it wants a file that is not in memory. */
static volatile char *cold;
static int cold_fd;

static void touch_start(long n)
{
	results[n] = cold[0];
	done++;
}

static void read_start(long n)
{
	char byte = 0;

	call3(SYS_read, cold_fd, (long)&byte, 1);
	results[n] = byte;
	done++;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	CHECK(write(fd, "3", 1) == 1, "drop_caches");
	close(fd);
}

static const char *by_touch(const char *path)
{
	int fd = open(path, O_RDONLY);
	long how;

	cold = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	done = 0;
	how = exec(touch_start, 0);
	await(1);
	CHECK(results[0] == 'x', "%ld", results[0]);
	munmap((void *)cold, 4096);
	close(fd);
	return how ? "synchronous" : "asynchronous";
}

static const char *by_read(const char *path)
{
	int fd = open(path, O_RDONLY);
	long how;

	cold_fd = fd;
	done = 0;
	how = exec(read_start, 0);
	await(1);
	CHECK(results[0] == 'x', "%ld", results[0]);
	close(fd);
	return how ? "synchronous" : "asynchronous";
}

/* A page fault of user mode hands over, just as a call does. */
static int cold_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600), i;

	CHECK(write(fd, "x", 1) == 1, "write");
	close(fd);
	for (i = 0; i < 2; i++) {
		drop_caches();
		printf("fault: %s, ", by_touch(path));
		printf("%s\n", by_touch(path));
		drop_caches();
		printf("read: %s, ", by_read(path));
		printf("%s\n", by_read(path));
		page = make_page();
	}
	return failures != 0;
}

static const struct check checks[] = {
	{ "real", real, 0 },
	{ "cached", cached, 0 },
	{ "second-block", second_block, 0 },
	{ "with-syslets", with_syslets, 0 },
	{ "refused", refused_calls, 0 },
	{ "exit-of-leader", exit_of_leader, 5 << 8 },
	{ "exit-of-group", exit_of_group, 7 << 8 },
	{ "exec", end_by_exec, 8 << 8 },
	{ "segfault", end_by_segfault, SIGSEGV },
	{ "kill", end_by_kill, SIGKILL },
	{ "fork", fork_in_head, 0 },
	{ "stop", stop_and_continue, 0 },
	{ "stop-inside", stop_in_threadlet, 0 },
	{ "signals", signals_in_threadlet, 0 },
	{ "mask", mask_of_threadlet, 0 },
	{ "restore-in-kernel", restore_in_kernel, SIGSEGV },
	{ "restore-nowhere", restore_nowhere, SIGSEGV },
	{ "restore-above", restore_above, SIGSEGV },
	{ "restore-by-page", restore_by_page, SIGSEGV },
	{ "page-of-thread", page_of_thread, 0 },
	{ "page-replaced", page_replaced, 0 },
	{ "page-scribbled", page_scribbled, 0 },
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
	if (argc == 2 && *argv[1] == '/')
		return cold_file(argv[1]);
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
