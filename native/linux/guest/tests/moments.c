// SPDX-License-Identifier: GPL-2.0
/*
 * Bad moments for a hand-over: signals, stops and handlers, a store to the page
 * while the head is in the kernel, a chain that never sleeps, the end of a family
 * by its own thread. With the name of a file on a disk, those that need a page
 * which is not in memory.
 */
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

static int pipe_fds[2];
static char byte;
static volatile long done, tid;
static volatile sig_atomic_t signals;
static const char *file;

static void on_signal(int sig)
{
	signals += sig > 0;
}

static void write_byte(void)
{
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
}

static void await_thread(void)
{
	int i;

	for (i = 0; !done && i < 100000; i++)
		usleep(100);
	CHECK(done, "the threadlet did not end");
}

/* A threadlet goes back to the pool with all signals unblocked. */
static void unblock_start(long n)
{
	sigset_t none;

	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	sigemptyset(&none);
	tid = call(SYS_gettid);
	__asm__ volatile("mov $8, %%r10d\n syscall" : : "a" (SYS_rt_sigprocmask),
			 "D" (SIG_SETMASK), "S" (&none), "d" (0)
			 : "rcx", "r11", "r10", "memory");
	done = n;
	call(NR_ASYNC_THREAD);
}

static unsigned long blocked_by(long thread)
{
	unsigned long mask = 0;
	char line[128];
	FILE *status;

	snprintf(line, sizeof(line), "/proc/self/task/%ld/status", thread);
	status = fopen(line, "r");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "SigBlk: %lx", &mask) == 1)
			break;
	if (status)
		fclose(status);
	return mask;
}

static void signals_find_the_head(void)
{
	int i;

	signal(SIGUSR1, on_signal);
	CHECK(!exec(unblock_start, 1), "did not go async");
	write_byte();
	await_thread();
	usleep(5000);
	CHECK(blocked_by(tid) == ~(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1)),
	      "a spare blocks %lx", blocked_by(tid));
	for (i = 1; i <= 20; i++) {
		kill(getpid(), SIGUSR1);
		usleep(100);
		CHECK(signals == i, "%d of %d", signals, i);
	}
	/* A spare has no use for it; the program takes that for its number. */
	syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
	usleep(1000);
	CHECK(signals == 21, "%d", signals);
}

/* Heirs come and go while signals do. None is lost, none of them kills. */
static void *shooter_start(void *unused)
{
	pid_t parent = getppid();
	int i;

	(void)unused;
	for (i = 0; i < 300; i++) {
		union sigval value = { .sival_int = i };

		while (sigqueue(parent, SIGRTMIN, value))
			usleep(10);
		usleep(20);
	}
	return NULL;
}

static void signals_in_flight(void)
{
	struct call nap;
	int status, i;
	pid_t child;

	signal(SIGRTMIN, on_signal);
	child = fork();
	if (!child) {
		shooter_start(NULL);
		_exit(0);
	}
	for (i = 0; waitpid(child, &status, WNOHANG) != child; i++) {
		struct timespec ts = { 0, 15000 };

		call_set(&nap, SYS_nanosleep, (uintptr_t)&ts, 0, 0);
		if (!submit(&nap))
			while (!reap())
				;
	}
	CHECK(signals == 300, "%d signals", signals);
}

/* The next hand-over sees neither a mask nor a signal of another. */
static void temporary_mask(void)
{
	struct timespec ts = { 0, 10000000 };
	struct call wait;
	sigset_t usr1, now;

	signal(SIGUSR2, on_signal);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_SETMASK, &usr1, NULL);
	call_set(&wait, SYS_rt_sigtimedwait, (uintptr_t)&usr1, 0,
		 (uintptr_t)&ts);
	wait.args[3] = 8;
	wait.atom.arg_ptr[3] = &wait.args[3];
	if (!submit(&wait))
		reap();
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1) == 1, "the mask is another");
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR1);
	CHECK(signals == 1, "%d signals", signals);
}

/* A former threadlet returns from its handlers, like any thread. */
static void handler_start(long n)
{
	static sigset_t none;

	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	__asm__ volatile("mov $8, %%r10d\n syscall" : : "a" (SYS_rt_sigprocmask),
			 "D" (SIG_SETMASK), "S" (&none), "d" (0)
			 : "rcx", "r11", "r10", "memory");
	call3(SYS_tgkill, call(SYS_getpid), call(SYS_gettid), SIGUSR1);
	done = n;
	call(NR_ASYNC_THREAD);
}

static void handler_of_thread(void)
{
	signal(SIGUSR1, on_signal);
	CHECK(!exec(handler_start, 1), "did not go async");
	write_byte();
	await_thread();
	CHECK(signals == 1, "%d signals", signals);
}

static pid_t stop_me_later(void)
{
	pid_t me = getpid(), child = fork();

	if (child)
		return child;
	usleep(3000);
	kill(me, SIGSTOP);
	usleep(3000);
	kill(me, SIGCONT);
	usleep(3000);
	write_byte();
	_exit(0);
}

/* Job control interrupts no call for good: with SYNC the head is stopped. */
static void stop_in_call(void)
{
	struct call first, second;
	int status;
	pid_t child;

	child = stop_me_later();
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	call_set(&second, SYS_getppid, 0, 0, 0);
	first.atom.flags = SYSLET_SYNC;
	first.atom.next = &second.atom;
	CHECK(submit(&first) == &second.atom, "another atom");
	CHECK(first.ret == 1, "read gave %ld", first.ret);
	CHECK(second.ret == getppid(), "getppid gave %ld", second.ret);
	waitpid(child, &status, 0);
}

/* A signal does end it: what was interrupted is not redone. */
static void signal_in_call(void)
{
	struct call first;
	int status;
	pid_t me = getpid(), child;

	signal(SIGUSR1, on_signal);
	child = fork();
	if (!child) {
		usleep(3000);
		kill(me, SIGUSR1);
		_exit(0);
	}
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	first.atom.flags = SYSLET_SYNC;
	CHECK(submit(&first) == &first.atom, "async");
	CHECK(first.ret == -EINTR && signals == 1, "read gave %ld", first.ret);
	waitpid(child, &status, 0);
}

/* A result that only looks like the wish of an interrupted call. */
static void number_of_call(void)
{
	int fd = open("/proc/self/mem", O_RDONLY);
	struct call seek;

	alarm(5);
	call_set(&seek, SYS_lseek, fd, -512L, SEEK_SET);
	CHECK(submit(&seek) == &seek.atom, "async");
	CHECK(seek.ret == -512, "lseek gave %ld", seek.ret);
}

static void cycle(unsigned long nr, unsigned long flags)
{
	static unsigned long word;
	static struct call endless;

	call_set(&endless, nr, nr == NR_UMEM_ADD ? (uintptr_t)&word : 1000, 1,
		 0);
	endless.atom.next = &endless.atom;
	endless.atom.flags = flags;
	submit(&endless);
	for (;;)
		pause();
}

/* A chain without an end stops, goes on, and is killed. */
static void stop_of_cycle(unsigned long nr, unsigned long flags)
{
	int status = 0, i, round;
	pid_t child = fork();

	if (!child)
		cycle(nr, flags);
	usleep(3000);
	for (round = 0; round < 3; round++) {
		kill(child, SIGSTOP);
		for (i = 0; i < 1000 && waitpid(child, &status,
						WNOHANG | WUNTRACED) != child;
		     i++)
			usleep(1000);
		CHECK(i < 1000 && WIFSTOPPED(status), "status %#x", status);
		kill(child, SIGCONT);
		usleep(1000);
	}
	kill(child, SIGKILL);
	CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status),
	      "status %#x", status);
}

/* In real time: virtual time does not pass while something runs. */
static void cycle_of_head(void)
{
	stop_of_cycle(SYS_close, 0);
}

static void cycle_of_busy(void)
{
	stop_of_cycle(SYS_close, SYSLET_ASYNC);
}

/* Nothing in that call lets others run. */
static void cycle_without_points(void)
{
	stop_of_cycle(NR_UMEM_ADD, 0);
	stop_of_cycle(NR_UMEM_ADD, SYSLET_ASYNC);
}

/* A store of another thread, while the head waits, begins no threadlet. */
static void *store_start(void *unused)
{
	usleep(5000);
	page->restore_ip = 8;
	page->armed = 3;
	write_byte();			/* the head wakes, and sleeps again */
	usleep(5000);
	write_byte();
	return unused;
}

static void store_while_waiting(void)
{
	struct call one, two;
	pthread_t thread;
	long me;

	page = make_page();
	call_set(&one, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	call_set(&two, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	exec(nothing, 0);
	exec_on(nothing, 0, stacks[1] + STACK, &ahu, NULL);
	CHECK(!submit(&one) && !submit(&two), "sync");
	call_set(&two, SYS_getpid, 0, 0, 0);
	two.atom.flags = SYSLET_ASYNC;
	CHECK(!submit(&two), "sync");		/* leaves a spare behind */
	CHECK(reap() == &two.atom, "another event");
	CHECK(page->ready, "no spare");
	me = syscall(SYS_gettid);
	pthread_create(&thread, NULL, store_start, NULL);
	CHECK(!syscall(NR_ASYNC_WAIT, 2UL, ahu.user_ring_idx, &ahu),
	      "async_wait: %d", errno);
	page->armed = 0;
	CHECK(syscall(SYS_gettid) == me, "another task");
	pthread_join(thread, NULL);
}

/* The same while it is in a call that is refused inside. */
static void *store_once(void *unused)
{
	usleep(5000);
	page->restore_ip = 8;
	page->armed = 3;
	kill(getpid(), SIGCONT);	/* nothing comes of it */
	usleep(5000);
	page->armed = 0;
	return unused;
}

static void store_while_refused(void)
{
	pthread_t thread;
	long me;
	pid_t child;
	int status;

	page = make_page();
	exec(nothing, 0);
	me = syscall(SYS_gettid);
	pthread_create(&thread, NULL, store_once, NULL);
	child = vfork();
	if (!child) {
		struct timespec ts = { 0, 20000000 };

		call3(SYS_nanosleep, (long)&ts, 0, 0);
		_exit(3);
	}
	CHECK(waitpid(child, &status, 0) == child, "vfork");
	CHECK(syscall(SYS_gettid) == me, "another task");
	pthread_join(thread, NULL);
}

static char *exec_argv[3];

static void exec_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	call3(SYS_execve, (long)exec_argv[0], (long)exec_argv, (long)environ);
	done = n;
}

static void exec_by_thread(void)
{
	alarm(20);		/* the two would wait for each other */
	CHECK(!exec(exec_start, 1), "did not go async");
	write_byte();
	for (;;)
		pause();
}

/* The head is on its way out by then, and waits for the thread. */
static void exec_after_head(void)
{
	CHECK(!exec(exec_start, 1), "did not go async");
	if (!fork()) {
		usleep(5000);
		write_byte();
		_exit(0);
	}
	syscall(SYS_exit, 5);
}

static unsigned int word;

static void *owner_start(void *unused)
{
	syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL);
	done = 1;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	syscall(SYS_futex, &word, FUTEX_UNLOCK_PI, 0, NULL);
	usleep(20000);
	return unused;
}

/* The one that slept has the lock, and is asked by its own number. */
static void futex_with_owner(void)
{
	struct call lock;
	pthread_t thread;
	long me = syscall(SYS_gettid);

	pthread_create(&thread, NULL, owner_start, NULL);
	await_thread();
	call_set(&lock, SYS_futex, (uintptr_t)&word, FUTEX_LOCK_PI, 0);
	lock.args[3] = 0;
	lock.atom.arg_ptr[3] = &lock.args[3];
	CHECK(!submit(&lock), "sync");
	CHECK(syscall(SYS_gettid) != me, "the same task");
	write_byte();
	CHECK(reap() == &lock.atom && !lock.ret, "%ld", lock.ret);
	CHECK((word & FUTEX_TID_MASK) == (unsigned int)me, "owner %#x", word);
	pthread_join(thread, NULL);
}

/* What is a thread's for a program is there after a hand-over. */
static void identity(void)
{
	struct sched_param param = {};
	struct call nap;
	int sig = 0;

	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&nap), "sync");
	write_byte();
	reap();
	CHECK(!setpriority(PRIO_PROCESS, 0, 5), "setpriority");
	prctl(PR_SET_TIMERSLACK, 12345);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	CHECK(!syscall(SYS_ioprio_set, 1, 0, 1 << 13 | 3), "ioprio_set");
	CHECK(!submit(&nap), "sync");
	CHECK(getpriority(PRIO_PROCESS, 0) == 5, "nice %d",
	      getpriority(PRIO_PROCESS, 0));
	CHECK(prctl(PR_GET_TIMERSLACK) == 12345, "timer slack");
	prctl(PR_GET_PDEATHSIG, &sig);
	CHECK(sig == SIGUSR1, "death signal %d", sig);
	CHECK(syscall(SYS_ioprio_get, 1, 0) == (1 << 13 | 3), "ioprio %lx",
	      syscall(SYS_ioprio_get, 1, 0));
	write_byte();
	reap();

	param.sched_priority = 7;
	CHECK(!sched_setscheduler(0, SCHED_RR, &param), "sched_setscheduler");
	CHECK(!submit(&nap), "sync");
	CHECK(sched_getscheduler(0) == SCHED_RR, "policy %x",
	      sched_getscheduler(0));
	CHECK(!sched_getparam(0, &param) && param.sched_priority == 7,
	      "priority %d", param.sched_priority);
	write_byte();
	reap();
	param.sched_priority = 0;
	CHECK(!sched_setscheduler(0, SCHED_OTHER, &param), "SCHED_OTHER");
	CHECK(getpriority(PRIO_PROCESS, 0) == 5, "nice %d, after SCHED_RR",
	      getpriority(PRIO_PROCESS, 0));
}

/* The head sets its own, and not that of the tasks that it left. */
static void io_priority(void)
{
	long left = syscall(SYS_gettid);
	struct call nap;

	CHECK(!syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 1), "ioprio_set");
	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&nap), "sync");
	CHECK(!syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6), "ioprio_set");
	CHECK(syscall(SYS_ioprio_get, 1, left) == (2 << 13 | 1), "ioprio %lx",
	      syscall(SYS_ioprio_get, 1, left));
	write_byte();
	reap();
	CHECK(syscall(SYS_ioprio_get, 1, 0) == (2 << 13 | 6), "ioprio %lx",
	      syscall(SYS_ioprio_get, 1, 0));
}

/* A new task looks for signals before it is in user mode for the first time. */
static void signal_before_heir(void)
{
	struct call shot;

	signal(SIGUSR1, on_signal);
	call_set(&shot, SYS_kill, getpid(), SIGUSR1, 0);
	shot.atom.flags = SYSLET_ASYNC;
	ahu.new_thread_stack = 1;
	CHECK(!call3(NR_ASYNC_EXEC, (long)&shot.atom, (long)&ahu, 0), "sync");
	CHECK(signals == 1, "%d signals", (int)signals);
}

/* What was granted to one thread: it keeps its place (D108). */
static void keeps_its_place(void)
{
	long me = syscall(SYS_gettid);
	struct call nap;

	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(submit(&nap) == &nap.atom && nap.ret == 1, "read %ld", nap.ret);
	CHECK(syscall(SYS_gettid) == me, "another task");
}

static void deadline_head(void)
{
	struct {
		uint32_t	size, policy;
		uint64_t	flags;
		int32_t		nice;
		uint32_t	priority;
		uint64_t	runtime, deadline, period;
	} deadline = {
		.size = 48, .policy = 6, .runtime = 1000000,
		.deadline = 10000000, .period = 10000000,
	};
	int status;

	exec(nothing, 0);
	/* From another process: this one may make no child under a deadline. */
	if (!fork()) {
		usleep(5000);
		write_byte();
		_exit(0);
	}
	CHECK(!syscall(SYS_sched_setattr, 0, &deadline, 0), "sched_setattr");
	keeps_its_place();
	wait(&status);
}

/* A child would not have it: neither have two threads. */
static void reset_on_fork(void)
{
	struct sched_param param = { .sched_priority = 7 };
	int status, policy;

	exec(nothing, 0);
	for (policy = SCHED_OTHER; policy <= SCHED_RR; policy++) {
		if (!fork()) {
			usleep(5000);
			write_byte();
			_exit(0);
		}
		param.sched_priority = policy == SCHED_OTHER ? 0 : 7;
		CHECK(!setpriority(PRIO_PROCESS, 0, -10), "setpriority");
		CHECK(!sched_setscheduler(0, policy | SCHED_RESET_ON_FORK,
					  &param), "sched_setscheduler");
		keeps_its_place();
		wait(&status);
	}
}

/* With a file on a disk: pages that are not in memory. */

static char *cold_page(int pages)
{
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600), all;
	static char zeros[65536];
	void *there;

	if (fd < 0 || write(fd, zeros, sizeof(zeros)) != sizeof(zeros))
		exit(2);
	if (pages)
		CHECK(pwrite(fd, &ahu, sizeof(ahu), 4096 - 40) == sizeof(ahu),
		      "pwrite");
	all = open("/proc/sys/vm/drop_caches", O_WRONLY);
	fsync(fd);
	CHECK(write(all, "3", 1) == 1, "drop_caches");
	there = mmap(NULL, sizeof(zeros), PROT_READ | PROT_WRITE,
		     pages ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	madvise(there, sizeof(zeros), MADV_RANDOM);
	close(fd);
	close(all);
	return there;
}

static void tell_start(void)
{
	failures++;
	fprintf(stderr, "an heir of a threadlet that nobody began\n");
	exit(1);
}

static volatile int go;

static void *store_on_go(void *unused)
{
	while (!go)
		sched_yield();
	page->restore_stack = (unsigned long)(stacks[2] + STACK - 8);
	page->restore_ip = (unsigned long)tell_start;
	page->armed = 3;
	return unused;
}

/* async_exec() reads its head from a page that is not in memory. */
static void store_while_entering(void)
{
	struct async_head_user *cold;
	pthread_t thread;
	struct call nap;
	long me;

	page = make_page();
	exec(nothing, 0);
	call_set(&nap, SYS_getpid, 0, 0, 0);
	cold = (void *)(cold_page(1) + 4096 - 40);
	pthread_create(&thread, NULL, store_on_go, NULL);
	me = syscall(SYS_gettid);
	go = 1;
	CHECK((void *)syscall(NR_ASYNC_EXEC, &nap.atom, cold) == &nap.atom,
	      "async_exec");
	page->armed = 0;
	CHECK(syscall(SYS_gettid) == me, "another task");
	pthread_join(thread, NULL);
}

static volatile long before, inside, after;

static void on_cold_stack(int sig)
{
	signals += sig > 0;
	inside = call(SYS_gettid);
}

static void raise_start(long n)
{
	before = call(SYS_gettid);
	call3(SYS_tgkill, call(SYS_getpid), before, SIGUSR1);
	after = call(SYS_gettid);
	done = n;
}

/* The frame of a handler is written to a stack that is not in memory. */
static void frame_that_sleeps(void)
{
	struct sigaction action = { .sa_flags = SA_ONSTACK };
	stack_t cold = { .ss_size = 65536 }, now;

	exec(nothing, 0);
	cold.ss_sp = cold_page(0);
	sigaltstack(&cold, NULL);
	action.sa_handler = on_cold_stack;
	sigaction(SIGUSR1, &action, NULL);
	CHECK(exec(raise_start, 1) == 1, "went async");
	sigaltstack(NULL, &now);
	CHECK(now.ss_sp == cold.ss_sp, "another stack");
	CHECK(signals == 1, "%d signals", signals);
	CHECK(before == inside && inside == after, "%ld, %ld, %ld", before,
	      inside, after);
}

/* The caller is told, by work of its own, when there is something in @fd. */
static void tell_me_of(int fd)
{
	struct io_uring_params params = { 0 };
	struct io_uring_sqe *entry;
	unsigned int *array, *tail;
	int ring_fd = syscall(SYS_io_uring_setup, 4, &params);
	char *ring;

	CHECK(ring_fd >= 0, "io_uring_setup");
	ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring_fd, IORING_OFF_SQ_RING);
	entry = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_POPULATE, ring_fd, IORING_OFF_SQES);
	tail = (void *)(ring + params.sq_off.tail);
	array = (void *)(ring + params.sq_off.array);
	entry->opcode = IORING_OP_POLL_ADD;
	entry->fd = fd;
	entry->poll32_events = POLLIN;
	array[*tail] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	CHECK(syscall(SYS_io_uring_enter, ring_fd, 1, 0, 0, NULL, 0) == 1,
	      "io_uring_enter: errno %d", errno);
}

/* An atom makes work for its own task; the next one sleeps all the same. */
static void work_for_the_task(void)
{
	static struct epoll_event event = { .events = EPOLLIN };
	struct call writes, waits;
	int fds[2], poll = epoll_create(1), i;

	CHECK(!pipe(fds), "pipe");
	CHECK(!epoll_ctl(poll, EPOLL_CTL_ADD, pipe_fds[0], &event), "epoll");
	for (i = 0; i < 8; i++) {
		tell_me_of(fds[0]);
		call_set(&writes, SYS_write, fds[1], (uintptr_t)"x", 1);
		call_set(&waits, SYS_epoll_wait, poll, (uintptr_t)&event, 1);
		waits.args[3] = -1UL;
		waits.atom.arg_ptr[3] = &waits.args[3];
		writes.atom.next = &waits.atom;
		CHECK(!submit(&writes), "epoll_wait gave %ld", waits.ret);
		CHECK(writes.ret == 1, "write gave %ld", writes.ret);
		write_byte();
		CHECK(reap() == &waits.atom && waits.ret == 1,
		      "epoll_wait gave %ld", waits.ret);
		CHECK(read(pipe_fds[0], &byte, 1) == 1, "read");
		CHECK(read(fds[0], &byte, 1) == 1, "read");
	}
}

static volatile int entered;

static void *set_user_late_start(void *unused)
{
	(void)unused;
	while (!entered)
		usleep(100);
	CHECK(!setuid(1000), "setuid");
	entered = 2;
	return NULL;
}

static void busy_start(long unused)
{
	(void)unused;
	entered = 1;
	while (entered != 2)
		;
}

/* The handler interrupts a threadlet; the C library wants the same of all threads. */
static void set_user_of_threadlet(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, set_user_late_start, NULL);
	CHECK(exec(busy_start, 1) == 1, "the threadlet slept");
	pthread_join(thread, NULL);
	CHECK(syscall(SYS_getuid) == 1000, "the head is %ld",
	      syscall(SYS_getuid));
}

static const struct check checks[] = {
	{ "signals", signals_find_the_head, 0 },
	{ "signals-in-flight", signals_in_flight, 0 },
	{ "temporary-mask", temporary_mask, 0 },
	{ "handler-of-thread", handler_of_thread, 0 },
	{ "stop-in-call", stop_in_call, 0 },
	{ "signal-in-call", signal_in_call, 0 },
	{ "number-of-call", number_of_call, 0 },
	{ "cycle-of-head", cycle_of_head, 0 },
	{ "cycle-of-busy", cycle_of_busy, 0 },
	{ "cycle-without-points", cycle_without_points, 0 },
	{ "store-while-waiting", store_while_waiting, 0 },
	{ "store-while-refused", store_while_refused, 0 },
	{ "exec-by-thread", exec_by_thread, 8 << 8 },
	{ "exec-after-head", exec_after_head, 8 << 8 },
	{ "futex-with-owner", futex_with_owner, 0 },
	{ "identity", identity, 0 },
	{ "io-priority", io_priority, 0 },
	{ "signal-before-heir", signal_before_heir, 0 },
	{ "deadline-head", deadline_head, 0 },
	{ "reset-on-fork", reset_on_fork, 0 },
	{ "set-user-of-threadlet", set_user_of_threadlet, 0 },
	{ "work-for-the-task", work_for_the_task, 0 },
};

static const struct check cold_checks[] = {
	{ "store-while-entering", store_while_entering, 0 },
	{ "frame-that-sleeps", frame_that_sleeps, 0 },
};

static void prepare(void)
{
	if (pipe(pipe_fds))
		exit(2);
}

int main(int argc, char **argv)
{
	static char self[] = "/proc/self/exe", check[] = "after-exec";

	if (argc == 2 && !strcmp(argv[1], check))
		return 8;
	exec_argv[0] = self;
	exec_argv[1] = check;
	if (argc > 1 && *argv[1] == '/') {
		file = argv[1];
		return run_checks(cold_checks,
				  sizeof(cold_checks) / sizeof(*cold_checks),
				  prepare, argc < 3 ? NULL : argv[2]);
	}
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
