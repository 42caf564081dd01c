// SPDX-License-Identifier: GPL-2.0
/*
 * What syslets were made for: a read of a file goes asynchronous when the page
 * is not in the cache, and stays synchronous when it is.
 */
#include "client.h"
#include <fcntl.h>

#define SIZE	(1 << 20)

static char buffer[SIZE];

static const char *read_once(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct call call;
	const char *how;

	call_set(&call, SYS_read, fd, (uintptr_t)buffer, SIZE);
	how = submit(&call) ? "synchronous" : "asynchronous";
	if (*how == 'a')
		CHECK(reap() == &call.atom, "no event");
	CHECK(call.ret == SIZE, "read gave %ld", call.ret);
	CHECK(buffer[SIZE / 2] == 'x', "wrong data");
	close(fd);
	memset(buffer, 0, SIZE);
	return how;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	CHECK(write(fd, "3", 1) == 1, "drop_caches");
	close(fd);
}

int main(int argc, char **argv)
{
	const char *cold, *warm;
	int fd;

	if (argc < 2)
		return 2;
	fd = open(argv[1], O_CREAT | O_WRONLY, 0600);
	memset(buffer, 'x', SIZE);
	CHECK(write(fd, buffer, SIZE) == SIZE, "write");
	close(fd);
	drop_caches();
	cold = read_once(argv[1]);
	warm = read_once(argv[1]);
	printf("cold: %s, warm: %s\n", cold, warm);
	return failures != 0;
}
