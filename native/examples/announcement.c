// SPDX-License-Identifier: GPL-2.0
/*
 * The program of the announcement: a threadlet for each file opens it, asks for
 * its size and reads it. Files in the cache are read by plain calls; a file
 * that has to come from a disk makes its threadlet a thread, and the next file
 * is begun meanwhile.
 *
 *	syslet boot -- build/announcement
 *	syslet boot --disk 64M -- build/announcement /mnt
 */
#include "common.h"
#include <sys/stat.h>

#define FILES	32
#define SIZE	(64 * 1024)

struct request {
	char		name[64];
	struct stat	stat;
	char		*buf;
	ssize_t		got;
	void		*stack;
};

static struct request requests[FILES];
static struct async_head_user user_head;
static struct counter done;

static long my_threadlet_fn(void *data)
{
	struct request *request = data;
	int fd;

	request->got = -1;
	fd = open(request->name, O_RDONLY);
	if (fd < 0)
		goto out;
	if (!fstat(fd, &request->stat))
		request->got = read(fd, request->buf, request->stat.st_size);
	close(fd);
out:
	count_up(&done);
	return threadlet_complete();
}

static void check(const struct request *request)
{
	long i;

	if (request->got != SIZE)
		die("%s: %zd bytes", request->name, request->got);
	for (i = 0; i < SIZE; i++)
		if ((unsigned char)request->buf[i] != byte_at(i))
			die("%s: wrong at %ld", request->name, i);
}

int main(int argc, char **argv)
{
	const char *folder = argc > 1 ? argv[1] : "/tmp";
	int i, reqs_queued = 0;
	long ret;

	need_syslets(argv[0]);
	for (i = 0; i < FILES; i++) {
		/* Everything is allocated before: threadlets may not. */
		requests[i].buf = malloc(SIZE);
		requests[i].stack = new_stack();
		snprintf(requests[i].name, sizeof(requests[i].name),
			 "%s/file-%d", folder, i);
		make_file(requests[i].name, SIZE);
	}
	drop_caches();
	if (syslet_head_init(&user_head, NULL, 0))
		die("head");
	for (i = 0; i < FILES; i++) {
		if (syslet_refill(&user_head))
			die("refill");
		ret = threadlet_exec_data(my_threadlet_fn, requests[i].stack,
					  &user_head, &requests[i]);
		if (ret < 0)
			die("threadlet_exec: %s", strerror(-ret));
		if (!ret)
			reqs_queued++;
	}
	wait_for(&done, FILES);
	for (i = 0; i < FILES; i++)
		check(&requests[i]);
	printf("%d files read, %d of them asynchronously\n", FILES,
	       reqs_queued);
	return 0;
}
