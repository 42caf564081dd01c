// SPDX-License-Identifier: GPL-2.0
/*
 * Init of `syslet boot`: makes the few file systems a program expects, runs it
 * with its arguments, environment and folder as they are outside, and tells how
 * it ended. The job is a file, so that arguments may hold any bytes:
 *
 *   folder NUL  disk ("1" or "") NUL  file for standard input, "" for the
 *   serial line, or "-" for pieces that come there NUL  number of arguments NUL
 *   arguments, each with NUL  variables of the environment, each with NUL
 *
 * A piece is its length in one byte and as many bytes; one without any is the
 * end. What is told on the last line: "ready 0" when the lines take bytes as
 * they are, and how the program ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { TTY_IN, TTY_OUT, TTY_ERR, TTY_LOG, TTY_STATUS };

static char *job, *job_end;

static int open_tty(int n, int flags)
{
	struct termios raw;
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "/dev/ttyS%d", n);
	fd = open(name, flags | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && !tcgetattr(fd, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
	return fd;
}

/* What is written last is waited for: the machine goes off after it. */
static void finish(const char *how, int value)
{
	int fd = open_tty(TTY_STATUS, O_WRONLY);

	tcdrain(STDOUT_FILENO);
	tcdrain(STDERR_FILENO);
	dprintf(fd, "%s %d\n", how, value);
	tcdrain(fd);
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void fail(const char *what)
{
	dprintf(STDERR_FILENO, "syslet boot: %s: %s\n", what, strerror(errno));
	finish("failed", 0);
}

static void read_job(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || fstat(fd, &status))
		fail(path);
	job = malloc(status.st_size + 1);
	n = read(fd, job, status.st_size);
	if (n != status.st_size)
		fail(path);
	job[n] = 0;
	job_end = job + n;
	close(fd);
}

static char *next_word(char **at)
{
	char *word = *at;

	*at += strlen(word) + 1;
	return word;
}

static void mount_or_fail(const char *source, const char *place,
			  const char *type, const char *options)
{
	if (mount(source, place, type, 0, options))
		fail(place);
}

/* What is there on any machine, and no driver makes. */
static void fill_dev(void)
{
	static const char * const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(links) / sizeof(*links); i++)
		(void)!symlink(links[i][0], links[i][1]);
	mkdir("/dev/pts", 0755);
	mkdir("/dev/shm", 0755);
	mount_or_fail("pts", "/dev/pts", "devpts", "mode=620,ptmxmode=666");
	mount_or_fail("shm", "/dev/shm", "tmpfs", "mode=1777");
}

static int read_all(int fd, char *buffer, size_t size)
{
	ssize_t n;

	while (size) {
		n = read(fd, buffer, size);
		if (n <= 0)
			return -1;
		buffer += n;
		size -= n;
	}
	return 0;
}

static int write_all(int fd, const char *buffer, size_t size)
{
	ssize_t n;

	while (size) {
		n = write(fd, buffer, size);
		if (n <= 0)
			return -1;
		buffer += n;
		size -= n;
	}
	return 0;
}

/* The pieces of the line in a pipe, which has an end; returns where to read. */
static int open_pieces(int line)
{
	unsigned char size;
	char piece[255];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		fail("pipe");
	if (fork()) {
		close(fds[1]);
		return fds[0];
	}
	close(fds[0]);
	while (!read_all(line, (char *)&size, 1) && size)
		if (read_all(line, piece, size) ||
		    write_all(fds[1], piece, size))
			break;
	_exit(0);
}

static int open_input(const char *input)
{
	int fd = *input && strcmp(input, "-") ? open(input, O_RDONLY | O_CLOEXEC) :
						open_tty(TTY_IN, O_RDONLY);

	dprintf(open_tty(TTY_STATUS, O_WRONLY), "ready 0\n");
	return strcmp(input, "-") ? fd : open_pieces(fd);
}

static void run(char *at)
{
	int argc = atoi(next_word(&at)), n = 0;
	char **argv = calloc(argc + 1, sizeof(*argv));
	char **envp = calloc(job_end - at + 2, sizeof(*envp));
	int i;

	for (i = 0; i < argc; i++)
		argv[i] = next_word(&at);
	while (at < job_end)
		envp[n++] = next_word(&at);
	environ = envp;
	setsid();
	signal(SIGPIPE, SIG_DFL);
	execvpe(argv[0], argv, envp);
	dprintf(STDERR_FILENO, "syslet boot: %s: %s\n", argv[0],
		strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Everything else that ends here is an orphan. */
static void wait_for(pid_t child)
{
	int status;
	pid_t pid;

	do {
		pid = wait(&status);
	} while (pid != child && (pid > 0 || errno == EINTR));
	if (WIFSIGNALED(status))
		finish("killed", WTERMSIG(status));
	finish("exit", WEXITSTATUS(status));
}

int main(void)
{
	char *at, *folder, *disk, *input;
	pid_t child;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	dup2(open_tty(TTY_OUT, O_WRONLY), STDOUT_FILENO);
	dup2(open_tty(TTY_ERR, O_WRONLY), STDERR_FILENO);
	read_job(getenv("syslet_job"));
	at = job;
	folder = next_word(&at);
	disk = next_word(&at);
	input = next_word(&at);
	dup2(open_input(input), STDIN_FILENO);
	mount_or_fail("proc", "/proc", "proc", NULL);
	mount_or_fail("sys", "/sys", "sysfs", NULL);
	mount_or_fail("tmp", "/tmp", "tmpfs", "mode=1777");
	fill_dev();
	if (*disk)
		mount_or_fail("/dev/ubda", "/mnt", "ext4", NULL);
	if (chdir(folder) && chdir("/"))
		fail(folder);
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child)
		run(at);
	wait_for(child);
}
