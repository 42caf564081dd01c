// SPDX-License-Identifier: GPL-2.0
/*
 * What comes for a program at a moment when its context is on its way, or when the
 * task that has its number is another: a death signal, a stop, a thread that execs,
 * a thread with more priority. Right is what there would be without a hand-over.
 */
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <time.h>

enum { LOW = 10, MIDDLE = 40, HIGH = 50 };

static int wake_fds[2], block_fds[2];
static char byte;
static const char *name_of_copy;
static volatile int usr, io, done;
static volatile long rounds;

static void prepare(void)
{
	if (pipe(wake_fds) || pipe(block_fds))
		exit(2);
}

static void on_signal(int sig)
{
	if (sig == SIGIO)
		io++;
	else
		usr++;
}

static void be_real_time(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	CHECK(!sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER,
				  &param), "priority %d", priority);
}

/* A spare that runs with the priority that all have at first. */
static void make_spare(void)
{
	static struct call call;

	call_set(&call, SYS_getppid, 0, 0, 0);
	CHECK(submit(&call) == &call.atom, "async");
	usleep(20000);
}

/*
 * The head wakes a thread with less priority, which is the first to run when the
 * head sleeps; unless its heir is before that.
 */
static void hand_over_to_other(void)
{
	static struct call wake, sleep;

	call_set(&wake, SYS_write, wake_fds[1], (uintptr_t)"x", 1);
	call_set(&sleep, SYS_read, block_fds[0], (uintptr_t)&byte, 1);
	wake.atom.next = &sleep.atom;
	CHECK(!submit(&wake), "sync");
}

static void be_woken(int priority)
{
	char c;

	be_real_time(priority);
	CHECK(read(wake_fds[0], &c, 1) == 1, "read");
}

static void start(void *(*fn)(void *arg))
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, fn, NULL), "pthread_create");
	usleep(20000);
}

/* The parent ends when the head sleeps, before the heir runs. */
static void death_signal(void)
{
	volatile int *result = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t parent = fork();

	if (!parent) {
		pid_t child = fork();

		if (child) {
			close(wake_fds[1]);
			be_woken(MIDDLE);
			_exit(0);
		}
		signal(SIGUSR1, on_signal);
		prctl(PR_SET_PDEATHSIG, SIGUSR1);
		make_spare();
		be_real_time(HIGH);
		hand_over_to_other();
		usleep(100000);
		*result = 1 + usr;
		_exit(0);
	}
	waitpid(parent, NULL, 0);
	while (!*result)
		usleep(10000);
	CHECK(*result == 2, "the handler ran %d times", *result - 1);
}

static void *discard(void *unused)
{
	be_woken(MIDDLE);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGUSR2, on_signal);
	kill(getpid(), SIGCONT);
	return unused;
}

/* What others discard is discarded, and what was first stays first. */
static void discarded_signals(void)
{
	pid_t me = getpid();
	sigset_t set, left;

	signal(SIGUSR2, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start(discard);
	make_spare();
	be_real_time(HIGH);
	syscall(SYS_tgkill, me, syscall(SYS_gettid), SIGTSTP);
	syscall(SYS_tgkill, me, syscall(SYS_gettid), SIGUSR2);
	syscall(SYS_tgkill, me, syscall(SYS_gettid), SIGTERM);
	hand_over_to_other();
	usleep(50000);
	sigpending(&left);
	CHECK(!sigismember(&left, SIGTSTP), "a stop is left after SIGCONT");
	CHECK(!sigismember(&left, SIGUSR2), "an ignored signal is left");
	CHECK(sigismember(&left, SIGTERM), "SIGTERM is lost");
	_exit(failures != 0);
}

static void *count_rounds(void *unused)
{
	be_woken(MIDDLE);
	while (!done && rounds < 300000000)
		rounds++;
	return unused;
}

static void priority_of_heir(void)
{
	start(count_rounds);
	make_spare();
	be_real_time(HIGH);
	hand_over_to_other();
	done = 1;
	CHECK(rounds < 1000, "others made %ld rounds", rounds);
	_exit(failures != 0);
}

/* A spare follows with the priority of the head that waits for it. */
static void priority_of_spare(void)
{
	start(count_rounds);
	make_spare();
	be_real_time(HIGH);
	CHECK(write(wake_fds[1], "x", 1) == 1, "write");
	CHECK(!syscall(SYS_setuid, 0), "setuid");
	done = 1;
	CHECK(rounds < 1000, "others made %ld rounds", rounds);
	_exit(failures != 0);
}

static void *send_to_first(void *unused)
{
	be_woken(0);
	CHECK(!syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1), "tgkill");
	CHECK(!setuid(1000), "setuid");
	done = 1;
	return unused;
}

/* It is asked for its number before it parks. */
static void park_late(long forever)
{
	struct timespec pause = { 0, 50000000 };

	call3(SYS_read, block_fds[0], (long)&byte, 1);
	if (call(468))
		return;
	call3(SYS_write, wake_fds[1], (long)"x", 1);
	do
		call3(SYS_nanosleep, (long)&pause, 0, 0);
	while (forever);
}

static void begin_ticks(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID };
	struct itimerspec time = { { 0, 10000000 }, { 0, 10000000 } };
	timer_t timer;

	event.sigev_signo = SIGIO;
	event._sigev_un._tid = getpid();
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
	CHECK(!timer_settime(timer, 0, &time, NULL), "timer_settime");
}

static void wait_some(int ms)
{
	while (ms-- > 0)
		usleep(1000);
}

/*
 * The number of the first thread is that of a thread which was a threadlet: it
 * gets nothing of what is sent to the program's thread.
 */
static void number_of_thread(int forever)
{
	int before;

	signal(SIGUSR1, on_signal);
	signal(SIGIO, on_signal);
	start(send_to_first);
	CHECK(!exec(park_late, forever), "the threadlet did not go async");
	begin_ticks();
	wait_some(50);
	CHECK(write(block_fds[1], "x", 1) == 1, "write");
	wait_some(300);
	CHECK(usr == 1, "SIGUSR1 came %d times", usr);
	CHECK(done, "setuid() of another thread hangs");
	before = io;
	wait_some(100);
	CHECK(io > before, "the timer is dead");
	_exit(failures != 0);
}

static void number_of_parked(void)
{
	number_of_thread(0);
}

static void number_of_running(void)
{
	number_of_thread(1);
}

/* What it had unblocked, and blocked again, is pending when it parks. */
static void park_with_signal(long unused)
{
	unsigned long all = -1UL;

	call3(SYS_read, block_fds[0], (long)&byte, 1);
	if (call(468))
		return;
	__asm__ volatile("mov $8, %%r10d\n syscall" : : "a" (SYS_rt_sigprocmask),
			 "D" (SIG_SETMASK), "S" (&all), "d" (0) :
			 "rcx", "r11", "r10", "memory");
	(void)unused;
	call3(SYS_tgkill, getpid(), call(SYS_gettid), SIGUSR1);
	call3(SYS_write, wake_fds[1], (long)"x", 1);
}

/* Sent to itself while it was a thread: it is its head's afterwards. */
static void pending_of_parked(void)
{
	char c;

	signal(SIGUSR1, on_signal);
	CHECK(!exec(park_with_signal, 0), "the threadlet did not go async");
	CHECK(write(block_fds[1], "x", 1) == 1, "write");
	CHECK(read(wake_fds[0], &c, 1) == 1, "read");
	wait_some(20);
	CHECK(usr == 1, "SIGUSR1 came %d times", usr);
}

/* An atom, whose task has the number that the program had, and stays busy. */
static void sent_by_atom(void)
{
	struct f_owner_ex owner = { F_OWNER_TID, syscall(SYS_gettid) };
	static struct timespec pause = { 0, 10000000 };
	static struct call sleep, send, write, stay;

	signal(SIGUSR1, on_signal);
	signal(SIGIO, on_signal);
	fcntl(wake_fds[0], F_SETOWN_EX, &owner);
	fcntl(wake_fds[0], F_SETFL, O_ASYNC);
	call_set(&sleep, SYS_nanosleep, (uintptr_t)&pause, 0, 0);
	call_set(&send, SYS_tgkill, getpid(), getpid(), SIGUSR1);
	call_set(&write, SYS_write, wake_fds[1], (uintptr_t)"x", 1);
	call_set(&stay, SYS_read, block_fds[0], (uintptr_t)&byte, 1);
	sleep.atom.next = &send.atom;
	send.atom.next = &write.atom;
	write.atom.next = &stay.atom;
	CHECK(!submit(&sleep), "sync");
	wait_some(100);
	CHECK(usr == 1, "SIGUSR1 came %d times", usr);
	CHECK(io == 1, "SIGIO came %d times", io);
}

/* SIGPIPE has no sender: it is the task's own, and none hears of it. */
static void own_signal(void)
{
	static struct timespec pause = { 0, 10000000 };
	static struct call sleep, write;

	signal(SIGPIPE, on_signal);
	close(wake_fds[0]);
	call_set(&sleep, SYS_nanosleep, (uintptr_t)&pause, 0, 0);
	call_set(&write, SYS_write, wake_fds[1], (uintptr_t)"x", 1);
	sleep.atom.next = &write.atom;
	CHECK(!submit(&sleep), "sync");
	CHECK(reap() == &write.atom && write.ret == -EPIPE, "write gave %ld",
	      write.ret);
	wait_some(20);
	CHECK(!usr, "SIGPIPE came %d times", usr);
}

static void *exec_copy(void *unused)
{
	char c;

	be_real_time(MIDDLE);
	syscall(SYS_setresuid, 1000, 1000, 1000);
	CHECK(read(wake_fds[0], &c, 1) == 1, "read");
	execl(name_of_copy, name_of_copy, "who-am-i", NULL);
	return unused;
}

static void copy_with_set_uid(void)
{
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open(name_of_copy, O_WRONLY | O_CREAT, 0755);
	static char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		CHECK(write(to, bytes, n) == n, "write");
	CHECK(!fchmod(to, 04755), "fchmod");
	close(to);
	close(from);
}

/* A set-uid program is one, whatever another thread does meanwhile. */
static void exec_by_thread(void)
{
	copy_with_set_uid();
	start(exec_copy);
	make_spare();
	be_real_time(HIGH);
	CHECK(!syscall(SYS_setresuid, 1000, 1000, 1000), "setresuid");
	usleep(10000);
	hand_over_to_other();
	usleep(1000000);
	_exit(2);
}

static void stop_each(pid_t child, int ms, volatile int *until)
{
	int i;

	for (i = 0; i < 20 && !*until; i++) {
		wait_some(ms);
		kill(child, SIGSTOP);
		usleep(1000);
		kill(child, SIGCONT);
	}
}

/* It lasts as long as without the stops, each of which is before its end. */
static void sleep_with_stops(void)
{
	volatile int *over = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static struct timespec pause = { 0, 300000000 };
	static struct call sleep;
	pid_t child = fork();

	if (!child) {
		call_set(&sleep, SYS_nanosleep, (uintptr_t)&pause, 0, 0);
		CHECK(!submit(&sleep), "sync");
		CHECK(reap() == &sleep.atom && !sleep.ret, "nanosleep gave %ld",
		      sleep.ret);
		*over = 1;
		_exit(failures != 0);
	}
	stop_each(child, 100, over);
	CHECK(*over, "the sleep does not end");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static int faults;
static char *page_of_ring;

/* The page comes in late, and the task that posts holds the lock until then. */
static void *bring_page_in(void *unused)
{
	struct uffdio_zeropage zeros = {
		.range = { (uintptr_t)page_of_ring, 4096 },
	};
	struct uffd_msg message;

	CHECK(read(faults, &message, sizeof(message)) == sizeof(message),
	      "read");
	usleep(300000);
	CHECK(!ioctl(faults, UFFDIO_ZEROPAGE, &zeros), "zeropage");
	return unused;
}

static void watch_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	page_of_ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area.range.start = (uintptr_t)page_of_ring;
	area.range.len = 4096;
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	CHECK(!ioctl(faults, UFFDIO_API, &api), "api");
	CHECK(!ioctl(faults, UFFDIO_REGISTER, &area), "register");
}

/* It waits for the lock of the ring when the stop comes (D117). */
static void wait_with_stop(void)
{
	static struct timespec pause = { 0, 10000000 };
	static struct call sleep;
	pid_t me = getpid();
	long ret;

	watch_page();
	start(bring_page_in);
	if (!fork()) {
		usleep(150000);
		/* To the head: others cannot stop while they post. */
		kill(me, SIGTSTP);
		usleep(10000);
		kill(me, SIGCONT);
		_exit(0);
	}
	ahu.completion_ring = (void *)page_of_ring;
	ahu.ring_size_bytes = 64;
	call_set(&sleep, SYS_nanosleep, (uintptr_t)&pause, 0, 0);
	CHECK(!submit(&sleep), "sync");
	usleep(50000);
	ret = call3(NR_ASYNC_WAIT, 1, 0, (long)&ahu);
	CHECK(!ret, "async_wait gave %ld", ret);
	CHECK(*(void **)page_of_ring == &sleep.atom, "no event");
	_exit(failures != 0);
}

/* All tasks that are left block it (D121). */
static void exit_and_signal(int sig)
{
	static struct call sleep;
	pid_t child = fork();
	int status;

	if (!child) {
		call_set(&sleep, SYS_read, block_fds[0], (uintptr_t)&byte, 1);
		CHECK(!submit(&sleep), "sync");
		syscall(SYS_exit, 0);
	}
	usleep(50000);
	kill(child, sig);
	usleep(50000);
	CHECK(waitpid(child, &status, WNOHANG) == child && WIFSIGNALED(status) &&
	      WTERMSIG(status) == sig, "the process goes on after %d", sig);
	kill(child, SIGKILL);
}

static void signals_of_exit(void)
{
	exit_and_signal(SIGTERM);
	exit_and_signal(SIGQUIT);
}

/* Another signal came when it was on its way out, and has a handler. */
static void end_behind_signal(void)
{
	static struct call sleep;
	volatile pid_t *head = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();
	int status;

	if (!child) {
		signal(SIGUSR1, on_signal);
		call_set(&sleep, SYS_read, block_fds[0], (uintptr_t)&byte, 1);
		CHECK(!submit(&sleep), "sync");
		*head = syscall(SYS_gettid);
		usleep(100000);
		syscall(SYS_exit, 0);
	}
	usleep(50000);
	CHECK(!ptrace(PTRACE_SEIZE, *head, 0, PTRACE_O_TRACEEXIT), "seize");
	CHECK(waitpid(*head, &status, __WALL) == *head, "it does not exit");
	CHECK(!syscall(SYS_tgkill, child, *head, SIGUSR1), "tgkill");
	CHECK(!ptrace(PTRACE_DETACH, *head, 0, 0), "detach");
	usleep(50000);
	kill(child, SIGTERM);
	usleep(50000);
	CHECK(waitpid(child, &status, WNOHANG) == child && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGTERM, "the process goes on");
	kill(child, SIGKILL);
}

/* It would not stop for the debugger that traces it. */
static void end_of_traced(void)
{
	static struct call sleep;
	volatile pid_t *head = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork(), tracer;
	int status, i;

	if (!child) {
		call_set(&sleep, SYS_read, block_fds[0], (uintptr_t)&byte, 1);
		CHECK(!submit(&sleep), "sync");
		*head = syscall(SYS_gettid);
		usleep(100000);
		syscall(SYS_exit, 0);
	}
	usleep(50000);
	tracer = fork();
	if (!tracer) {
		ptrace(PTRACE_SEIZE, *head, 0, 0);
		for (;;)
			pause();
	}
	usleep(100000);
	kill(child, SIGTERM);
	usleep(50000);
	kill(tracer, SIGKILL);	/* it does not wait for what has ended */
	for (i = 0; i < 100 && waitpid(child, &status, WNOHANG) != child; i++)
		usleep(10000);
	CHECK(i < 100 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	      "the process goes on");
	kill(child, SIGKILL);
}

/* Blocked by the head: there it stays. */
static void blocked_at_exit(void)
{
	static struct call sleep;
	pid_t child = fork();
	int status = 0;
	sigset_t set;

	if (!child) {
		call_set(&sleep, SYS_read, block_fds[0], (uintptr_t)&byte, 1);
		CHECK(!submit(&sleep), "sync");
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		syscall(SYS_exit, 5);
	}
	usleep(50000);
	kill(child, SIGTERM);
	usleep(50000);
	CHECK(!waitpid(child, &status, WNOHANG), "it ended: %#x", status);
	CHECK(write(block_fds[1], "x", 1) == 1, "write");
	waitpid(child, &status, 0);
	CHECK(status == 5 << 8, "status %#x", status);
}

static void stay_as_user(void)
{
	if (fork())
		return;
	syscall(SYS_setresuid, 1000, 1000, 1000);
	usleep(500000);
	_exit(0);
}

/* Its user has too many processes, which exec asks for later. */
static void processes_of_user(void)
{
	struct rlimit limit = { 1, 1 };

	make_spare();
	stay_as_user();
	stay_as_user();
	usleep(20000);
	CHECK(!setrlimit(RLIMIT_NPROC, &limit), "setrlimit");
	CHECK(!syscall(SYS_setresuid, 1000, 1000, 1000), "setresuid");
	hand_over_to_other();
	execl("/proc/self/exe", "between", "nothing", NULL);
	CHECK(errno == EAGAIN, "errno %d", errno);
	_exit(failures != 0);
}

/* async_exec with something in each register of a call. */
static int registers_survive(struct syslet_uatom *atom)
{
	register long r10 __asm__("r10") = 0x2222, r8 __asm__("r8") = 0x3333;
	register long r9 __asm__("r9") = 0x4444;
	long ax = NR_ASYNC_EXEC, di = (long)atom, si = (long)&ahu, dx = 0x1111;

	__asm__ volatile("syscall" : "+a" (ax), "+D" (di), "+S" (si), "+d" (dx),
			 "+r" (r10), "+r" (r8), "+r" (r9) : :
			 "rcx", "r11", "memory");
	return di == (long)atom && si == (long)&ahu && dx == 0x1111 &&
	       r10 == 0x2222 && r8 == 0x3333 && r9 == 0x4444;
}

/* The last put of an inotify sleeps, behind the atom's call. */
static void be_watched(void)
{
	static struct call close_it;
	int fd;

	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	make_spare();
	fd = inotify_init();
	inotify_add_watch(fd, "/", IN_CREATE);
	call_set(&close_it, SYS_dup2, 0, fd, 0);
	close_it.atom.arg_ptr[2] = NULL;
	ahu.new_thread_stack = 1;
	CHECK(registers_survive(&close_it.atom), "registers of the atom");
	_exit(failures != 0);
}

static void registers_while_shown(void)
{
	pid_t child = fork();
	int status, sig;

	if (!child)
		be_watched();
	for (;;) {
		CHECK(waitpid(child, &status, __WALL) == child, "waitpid");
		if (!WIFSTOPPED(status))
			break;
		sig = WSTOPSIG(status);
		if (sig == SIGSTOP || sig == SIGTRAP)
			sig = 0;
		ptrace(PTRACE_SYSCALL, child, 0, sig);
	}
	CHECK(!status, "status %#x", status);
}

static const struct check checks[] = {
	{ "death-signal", death_signal, 0 },
	{ "discarded-signals", discarded_signals, 0 },
	{ "priority-of-heir", priority_of_heir, 0 },
	{ "priority-of-spare", priority_of_spare, 0 },
	{ "number-of-parked", number_of_parked, 0 },
	{ "number-of-running", number_of_running, 0 },
	{ "pending-of-parked", pending_of_parked, 0 },
	{ "sent-by-atom", sent_by_atom, 0 },
	{ "own-signal", own_signal, 0 },
	{ "sleep-with-stops", sleep_with_stops, 0 },
	{ "signals-of-exit", signals_of_exit, 0 },
	{ "end-behind-signal", end_behind_signal, 0 },
	{ "end-of-traced", end_of_traced, 0 },
	{ "blocked-at-exit", blocked_at_exit, 0 },
	{ "processes-of-user", processes_of_user, 0 },
	{ "registers-while-shown", registers_while_shown, 0 },
};

/* In virtual time none passes while a page is waited for. */
static const struct check check_in_real_time = {
	"wait-with-stop", wait_with_stop, 0
};

static const struct check check_with_disk = {
	"exec-by-thread", exec_by_thread, 0
};

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "who-am-i"))
		return geteuid() != 0;
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 9;
	if (argc == 2 && !strcmp(argv[1], check_in_real_time.name))
		return run_checks(&check_in_real_time, 1, prepare, NULL);
	if (argc == 2 && argv[1][0] == '/') {
		name_of_copy = argv[1];
		return run_checks(&check_with_disk, 1, prepare, NULL);
	}
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
