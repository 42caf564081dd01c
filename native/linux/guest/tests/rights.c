// SPDX-License-Identifier: GPL-2.0
/*
 * Rights are bound to what was submitted, and what a head has given up does not
 * come back: by no chain of its own, no thread that a threadlet has become, and no
 * heir. Atoms and the strings of their arguments are memory, so they are changed
 * here while they are under way.
 */
#include "checks.h"
#include "functions.h"
#include "leaks.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#define UNTOUCHED	0x7777
#define SECRET		"/tmp/secret"	/* of root alone */
#define JAIL		"/tmp/jail"
#define FIFO		"/tmp/fifo"

static int pipe_fds[2];
static char byte;
static struct call first, second;
static volatile long done, got, seen;
static const char *volatile path;

static void write_byte(void)
{
	CHECK(write(pipe_fds[1], "x", 1) == 1, "write");
}

static void become_nobody(void)
{
	CHECK(!syscall(SYS_setgroups, 0, NULL), "setgroups");
	CHECK(!syscall(SYS_setresgid, 1000, 1000, 1000), "setresgid");
	CHECK(!syscall(SYS_setresuid, 1000, 1000, 1000), "setresuid");
	CHECK(open(SECRET, O_RDONLY) < 0, "the secret is for everybody");
}

/* A chain that waits in a read, with another atom behind it. */
static void submit_two(unsigned long nr)
{
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	call_set(&second, nr, 0, 0, 0);
	second.ret = UNTOUCHED;
	first.atom.next = &second.atom;
	CHECK(!submit(&first), "sync");
}

/* What is under way opens the secret now. */
static void rewrite(void)
{
	call_set(&second, SYS_openat, AT_FDCWD, (uintptr_t)SECRET, O_RDONLY);
	second.ret = UNTOUCHED;
}

static int has_ended(void)
{
	int i;

	for (i = 0; i < 100 && !ring[ahu.user_ring_idx]; i++)
		usleep(100);
	return i < 100;
}

/* The call that was under way is over, or goes on if it cannot do any harm. */
static void ends_with_first(const char *what, long ret)
{
	if (ret == 1 || !has_ended())
		write_byte();
	CHECK(reap() == &first.atom, "%s: another event", what);
	CHECK(first.ret == ret, "%s: read gave %ld", what, first.ret);
	CHECK(second.ret == UNTOUCHED, "%s: the next atom gave %ld", what,
	      second.ret);
}

static void credentials_of_chain(void)
{
	submit_two(SYS_getpid);
	become_nobody();
	rewrite();
	ends_with_first("credentials", -EINTR);
}

/* With a hand-over in between the head is another task, and no other head. */
static void credentials_of_heir(void)
{
	struct call another;

	submit_two(SYS_getpid);
	become_nobody();
	call_set(&another, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&another), "sync");
	CHECK(syscall(SYS_getuid) == 1000, "the heir is %ld",
	      syscall(SYS_getuid));
	CHECK(open(SECRET, O_RDONLY) < 0, "the heir reads the secret");
	rewrite();
	ends_with_first("credentials", -EINTR);
	write_byte();
	CHECK(reap() == &another.atom && another.ret == 1, "%ld", another.ret);
}

/* Nothing was given up, so nothing ends. */
static void nothing_given_up(void)
{
	struct call another;

	submit_two(SYS_getuid);
	call_set(&another, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&another), "sync");
	write_byte();
	CHECK(reap() == &second.atom, "another event");
	CHECK(!second.ret, "getuid gave %ld", second.ret);
	write_byte();
	CHECK(reap() == &another.atom, "another event");
}

/* A call that a stop has interrupted would look at its strings again. */
static void call_that_is_redone(void)
{
	static char name[] = FIFO "\0   ";
	pid_t me = getpid(), child;
	int status;

	mkfifo(FIFO, 0666);
	call_set(&first, SYS_openat, AT_FDCWD, (uintptr_t)name, O_RDONLY);
	first.ret = UNTOUCHED;
	CHECK(!submit(&first), "sync");
	child = fork();		/* of root: so is the task that sleeps */
	if (!child) {
		usleep(5000);
		kill(me, SIGSTOP);
		usleep(2000);
		kill(me, SIGCONT);
		_exit(0);
	}
	become_nobody();
	strcpy(name, SECRET);
	waitpid(child, &status, 0);
	CHECK(reap() == &first.atom, "another event");
	CHECK(first.ret == -EINTR, "openat gave %ld", first.ret);
}

static int faults = -1;
static char *cold;

/* A read there waits until bring_in() says what there is. */
static void make_cold(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	cold = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)cold;
	range.range.len = 4096;
	CHECK(faults >= 0 && cold != MAP_FAILED &&
	      !ioctl(faults, UFFDIO_API, &api) &&
	      !ioctl(faults, UFFDIO_REGISTER, &range), "userfaultfd");
}

static void bring_in(const char *text)
{
	static char content[4096] __attribute__((aligned(4096)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)cold,
		.src = (uintptr_t)content,
		.len = sizeof(content),
	};

	strcpy(content, text);
	ioctl(faults, UFFDIO_COPY, &copy);
}

/*
 * The call has begun, and has not read its string yet. Nobody but the head could
 * let it do so, and the head waits for nothing that would need that.
 */
static void argument_of_chain(void)
{
	make_cold();
	call_set(&first, SYS_open, (uintptr_t)cold, O_RDONLY, 0);
	first.ret = UNTOUCHED;
	CHECK(!submit(&first), "sync");
	become_nobody();
	bring_in(SECRET);
	CHECK(reap() == &first.atom, "another event");
	CHECK(first.ret == -EINTR, "open gave %ld", first.ret);
}

/* Each of the others, alone: none of them may be there when the string is read. */
static void give_up_directory(void)
{
	CHECK(!chdir("/tmp") && !unshare(CLONE_FS), "unshare");
}

static void give_up_table(void)
{
	CHECK(!unshare(CLONE_FILES), "unshare");
}

static void give_up_namespace(void)
{
	CHECK(!unshare(CLONE_NEWUTS), "unshare");
}

static void argument_of_each(void)
{
	static void (*const give_up[])(void) = {
		give_up_directory, give_up_table, give_up_namespace,
	};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		make_cold();
		call_set(&first, SYS_open, (uintptr_t)cold, O_RDONLY, 0);
		first.ret = UNTOUCHED;
		CHECK(!submit(&first), "sync");
		give_up[i]();
		CHECK(reap() == &first.atom, "another event");
		CHECK(first.ret == -EINTR, "%u: open gave %ld", i, first.ret);
		close(faults);
		munmap(cold, 4096);
	}
}

static void await_thread(void)
{
	int i;

	for (i = 0; !done && i < 100000; i++)
		usleep(100);
	CHECK(done, "the threadlet did not end");
}

static void open_cold_start(long n)
{
	got = call3(SYS_open, (long)cold, O_RDONLY, 0);
	seen = call(SYS_getuid);
	done = n;
}

/* A thread's call is redone, and finds what its head may open. */
static void argument_of_threadlet(void)
{
	make_cold();
	CHECK(!exec(open_cold_start, 1), "did not go async");
	become_nobody();
	bring_in(SECRET);
	await_thread();
	CHECK(seen == 1000, "the thread is %ld", seen);
	CHECK(got == -EACCES, "open gave %ld", got);
}

static void open_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	seen = call(SYS_getuid);
	got = call3(SYS_open, (long)path, O_RDONLY, 0);
	done = n;
}

static void credentials_of_threadlet(void)
{
	path = "/";
	CHECK(!exec(open_start, 1), "did not go async");
	become_nobody();
	path = SECRET;
	write_byte();
	await_thread();
	CHECK(seen == 1000, "the thread is %ld", seen);
	CHECK(got == -EACCES, "open gave %ld", got);
}

static void own_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	CHECK(!call(NR_THREADLET_OFF), "threadlet_off");
	CHECK(!call3(SYS_setresuid, 2000, 2000, 2000), "setresuid");
	seen = 1;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	got = call(SYS_getuid);
	done = n;
	/* And the heir is not what this one was. */
	call(NR_ASYNC_THREAD);
}

/* Root comes back neither to the thread nor to the head. */
static void own_credentials(void)
{
	struct call nap;

	CHECK(!exec(own_start, 1), "did not go async");
	write_byte();
	while (!seen)
		usleep(100);
	CHECK(!syscall(SYS_setresuid, 1000, 1000, 1000), "setresuid");
	write_byte();
	await_thread();
	CHECK(got == 2000, "the thread is %ld", got);
	usleep(1000);
	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&nap), "sync");
	CHECK(syscall(SYS_getuid) == 1000, "the head is %ld",
	      syscall(SYS_getuid));
	write_byte();
}

static void leave_for_jail(void)
{
	mkdir(JAIL, 0700);
	CHECK(!unshare(CLONE_FILES | CLONE_FS), "unshare");
	CHECK(!chroot(JAIL) && !chdir("/"), "chroot");
	CHECK(open(SECRET, O_RDONLY) < 0, "the secret is in the jail");
}

/* A spare was made before, and another one was busy. */
static void tables_of_heir(void)
{
	struct call nap;
	char cwd[64] = "";
	int mine;

	submit_two(SYS_getpid);
	leave_for_jail();
	mine = dup(pipe_fds[1]);
	rewrite();
	usleep(1000);			/* its call has ended: the next heir */
	call_set(&nap, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&nap), "sync");
	CHECK(open(SECRET, O_RDONLY) < 0, "the heir is out of the jail");
	CHECK(syscall(SYS_getcwd, cwd, 64) > 0 && !strcmp(cwd, "/"), "%s", cwd);
	CHECK(fcntl(mine, F_GETFD) >= 0, "the heir has another table");
	ends_with_first("tables", -EINTR);
	write_byte();
	reap();
	CHECK(fcntl(mine, F_GETFD) >= 0, "the head has another table");
}

static void unshare_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	CHECK(!call(NR_THREADLET_OFF), "threadlet_off");
	CHECK(!call3(SYS_unshare, CLONE_FILES | CLONE_FS, 0, 0), "unshare");
	call3(SYS_chdir, (long)"/proc", 0, 0);
	call3(SYS_close, pipe_fds[0], 0, 0);
	done = n;
	call(NR_ASYNC_THREAD);
}

/* A former threadlet comes back to the pool with tables of its own. */
static void tables_of_thread(void)
{
	char cwd[64] = "";
	int i;

	CHECK(!chdir("/tmp"), "chdir");
	CHECK(!exec(unshare_start, 1), "did not go async");
	write_byte();
	await_thread();
	for (i = 0; i < 4; i++) {
		call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
		CHECK(!submit(&first), "sync");
		CHECK(fcntl(pipe_fds[0], F_GETFD) >= 0, "heir %d: table", i);
		CHECK(syscall(SYS_getcwd, cwd, 64) > 0 && !strcmp(cwd, "/tmp"),
		      "heir %d is in %s", i, cwd);
		write_byte();
		CHECK(reap() == &first.atom && first.ret == 1, "read %ld",
		      first.ret);
	}
}

static int secret_fd;

static void secret_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	got = call3(SYS_read, secret_fd, (long)&byte, 1);
	done = n;
}

static void table_of_threadlet(void)
{
	secret_fd = open(SECRET, O_RDONLY);
	CHECK(!exec(secret_start, 1), "did not go async");
	CHECK(!unshare(CLONE_FILES), "unshare");
	close(secret_fd);
	write_byte();
	await_thread();
	CHECK(got == -EBADF, "read gave %ld", got);
}

/*
 * A spare, which is there already, holds no file: nobody waits for it, and the
 * table that it was made with is not kept by it.
 */
static void end_of_file(void)
{
	int fds[2];
	char c;

	CHECK(exec(nothing, 0) == 1, "threadlet");
	CHECK(!pipe2(fds, O_NONBLOCK), "pipe");
	CHECK(!unshare(CLONE_FILES), "unshare");
	close(fds[1]);
	CHECK(!read(fds[0], &c, 1), "no end of file: errno %d", errno);
	call_set(&first, SYS_read, pipe_fds[0], (uintptr_t)&byte, 1);
	CHECK(!submit(&first), "sync");
	write_byte();
	CHECK(reap() == &first.atom, "another event");
	CHECK(!pipe2(fds, O_NONBLOCK), "pipe");
	CHECK(!unshare(CLONE_FILES), "unshare");
	close(fds[1]);
	CHECK(!read(fds[0], &c, 1), "no end of file: errno %d", errno);
}

/*
 * Nobody but the head has its table, so a call may use a file without a reference
 * to it; and then it sleeps.
 */
static void closed_while_used(void)
{
	int fds[2], i;
	char c;

	for (i = 0; i < 64; i++) {
		CHECK(!pipe(fds), "pipe");
		call_set(&first, SYS_read, fds[0], (uintptr_t)&c, 1);
		CHECK(!submit(&first), "sync");
		close(fds[0]);
		CHECK(write(fds[1], "x", 1) == 1, "write");
		CHECK(reap() == &first.atom && first.ret == 1, "read %ld",
		      first.ret);
		close(fds[1]);
		if (i & 1)
			CHECK(!unshare(CLONE_FILES), "unshare");
	}
}

/* Of another process: it does not own what this one has locked. */
static int is_locked(int fd)
{
	struct flock lock = { .l_type = F_WRLCK };
	int status;
	pid_t child = fork();

	if (!child) {
		fcntl(fd, F_GETLK, &lock);
		_exit(lock.l_type != F_UNLCK);
	}
	waitpid(child, &status, 0);
	return status != 0;
}

/* A process with one table does not copy it, and keeps its locks. */
static void locks_of_head(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	int fd = open("/tmp/lock", O_RDWR | O_CREAT, 0600);

	CHECK(exec(nothing, 0) == 1, "threadlet");
	CHECK(!fcntl(fd, F_SETLK, &lock) && is_locked(fd), "fcntl");
	CHECK(!unshare(CLONE_FILES), "unshare");
	CHECK(is_locked(fd), "the lock is gone");
}

static void filter_by(long nr, unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 __builtin_offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = code };

	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "filter");
}

static void filter_out(long nr)
{
	filter_by(nr, SECCOMP_RET_ERRNO | 77);
}

static void filter_of_chain(void)
{
	submit_two(SYS_getppid);
	filter_out(SYS_getppid);
	ends_with_first("filter", 1);
}

static void ppid_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	got = call(SYS_getppid);
	seen = call3(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0);
	call(NR_THREADLET_OFF);
	seen = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	done = n;
}

static void filter_of_threadlet(void)
{
	CHECK(!exec(ppid_start, 1), "did not go async");
	filter_out(SYS_getppid);
	write_byte();
	await_thread();
	CHECK(got == -77, "getppid gave %ld", got);
	CHECK(seen == 1, "new privileges are to be had");
}

static char where[64];

static void where_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	got = call3(SYS_getcwd, (long)where, sizeof(where), 0);
	done = n;
}

/* The directory, and nothing else. */
static void directory_of_threadlet(void)
{
	CHECK(!chdir("/proc"), "chdir");
	CHECK(!exec(where_start, 1), "did not go async");
	CHECK(!unshare(CLONE_FS) && !chdir("/tmp"), "unshare");
	write_byte();
	await_thread();
	CHECK(got > 0 && !strcmp(where, "/tmp"), "the thread is in %s", where);
}

/* The last threadlet of a head that exits. */
static void last_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	got = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
	_exit(got == 2 ? 7 : 8 + n);
}

static void write_byte_later(void)
{
	if (fork())
		return;
	usleep(5000);
	write_byte();
	_exit(0);
}

/* It waits for its threads, which are filtered as it is by then. */
static void filter_of_exiting(void)
{
	CHECK(!exec(last_start, 1), "did not go async");
	filter_out(SYS_getppid);
	write_byte_later();
	syscall(SYS_exit, 3);
}

/* So they are if it was the filter that ended it. */
static void filter_of_ended(void)
{
	CHECK(!exec(last_start, 1), "did not go async");
	filter_by(SYS_getppid, SECCOMP_RET_KILL_THREAD);
	write_byte_later();
	syscall(SYS_getppid);
}

static void two_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	filter_out(SYS_getpgrp);
	done = n;
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(SYS_getuid);
	seen = 1;
	call3(SYS_exit, 0, 0, 0);
}

static void two_filters_of_child(void)
{
	CHECK(!exec(two_start, 1), "did not go async");
	write_byte();
	await_thread();
	filter_out(SYS_getppid);
	write_byte();
	usleep(2000);
	CHECK(!seen, "the thread goes on");
	_exit(failures != 0);
}

/* One that has another filter ends. Nothing of it is left. */
static void two_filters(void)
{
	long tasks = active_objects("task_struct"), now;
	int status, i;

	for (i = 0; i < 64; i++) {
		if (!fork())
			two_filters_of_child();
		wait(&status);
		CHECK(!status, "status %#x", status);
	}
	usleep(100000);
	now = active_objects("task_struct");
	CHECK(now < tasks + 32, "%ld tasks, then %ld", tasks, now);
}

static void open_later_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	got = call3(SYS_open, (long)"/", O_RDONLY, 0);
	done = n;
	call3(SYS_exit, 0, 0, 0);
}

/* A mode without a filter: read, write, exit, and nothing else. */
static void strict_head(int threadlet, int until)
{
	got = UNTOUCHED;
	if (threadlet)
		CHECK(!exec(open_later_start, 1), "did not go async");
	else
		submit_two(SYS_getppid);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		_exit(2);
	write_byte();
	call3(SYS_read, until, (long)&byte, 1);
	call3(SYS_exit, got == UNTOUCHED && second.ret == (threadlet ? 0 :
	      UNTOUCHED) ? failures : 9, 0, 0);
}

static void strict_mode(int threadlet)
{
	int fds[2], status;
	pid_t child;

	CHECK(!pipe(fds), "pipe");
	child = fork();
	if (!child)
		strict_head(threadlet, fds[0]);
	usleep(20000);
	CHECK(write(fds[1], "x", 1) == 1, "write");
	CHECK(waitpid(child, &status, 0) == child && !status, "status %#x",
	      status);
}

static void strict_mode_of_chain(void)
{
	strict_mode(0);
}

static void strict_mode_of_threadlet(void)
{
	strict_mode(1);
}

static void alone_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	seen = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	done = n;
	call3(SYS_exit, 0, 0, 0);
}

/* The head gives up that one, and nothing else. */
static void privileges_of_threadlet(void)
{
	CHECK(!exec(alone_start, 1), "did not go async");
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	write_byte();
	await_thread();
	CHECK(seen == 1, "new privileges are to be had");
}

static void renounce_start(long n)
{
	call3(SYS_read, pipe_fds[0], (long)&byte, 1);
	call(NR_THREADLET_OFF);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	got = call(NR_ASYNC_THREAD);
	done = n;
	call3(SYS_exit, 0, 0, 0);
}

/* What cannot be taken off again is not brought to the pool (D106). */
static void pool_of_restricted(void)
{
	CHECK(!exec(renounce_start, 1), "did not go async");
	write_byte();
	await_thread();
	CHECK(got == -EPERM, "async_thread gave %ld", got);
	CHECK(!prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), "the head has it");
}

static const struct check checks[] = {
	{ "credentials-of-chain", credentials_of_chain, 0 },
	{ "credentials-of-heir", credentials_of_heir, 0 },
	{ "nothing-given-up", nothing_given_up, 0 },
	{ "call-that-is-redone", call_that_is_redone, 0 },
	{ "argument-of-chain", argument_of_chain, 0 },
	{ "argument-of-each", argument_of_each, 0 },
	{ "argument-of-threadlet", argument_of_threadlet, 0 },
	{ "credentials-of-threadlet", credentials_of_threadlet, 0 },
	{ "own-credentials", own_credentials, 0 },
	{ "tables-of-heir", tables_of_heir, 0 },
	{ "tables-of-thread", tables_of_thread, 0 },
	{ "table-of-threadlet", table_of_threadlet, 0 },
	{ "end-of-file", end_of_file, 0 },
	{ "closed-while-used", closed_while_used, 0 },
	{ "locks-of-head", locks_of_head, 0 },
	{ "filter-of-chain", filter_of_chain, 0 },
	{ "filter-of-threadlet", filter_of_threadlet, 0 },
	{ "directory-of-threadlet", directory_of_threadlet, 0 },
	{ "strict-mode-of-chain", strict_mode_of_chain, 0 },
	{ "strict-mode-of-threadlet", strict_mode_of_threadlet, 0 },
	{ "filter-of-exiting", filter_of_exiting, 7 << 8 },
	{ "filter-of-ended", filter_of_ended, 7 << 8 },
	{ "two-filters", two_filters, 0 },
	{ "privileges-of-threadlet", privileges_of_threadlet, 0 },
	{ "pool-of-restricted", pool_of_restricted, 0 },
};

static void prepare(void)
{
	int fd;

	if (pipe(pipe_fds))
		exit(2);
	fd = open(SECRET, O_CREAT | O_WRONLY, 0600);
	if (fd < 0 || write(fd, "secret", 6) != 6)
		exit(2);
	close(fd);
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
