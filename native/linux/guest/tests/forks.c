// SPDX-License-Identifier: GPL-2.0
/*
 * fork() that fails half way, which has nothing to do with syslets: the address
 * space of the child is taken down before it was complete.
 */
#include "checks.h"
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PIECE		(64UL << 20)
#define PIECES		1024

static char *pieces[PIECES];

/* More than there is memory, in pieces that become one mapping. */
static void map_too_much(void)
{
	int i;

	for (i = 0; i < PIECES; i++) {
		pieces[i] = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(pieces[i] != MAP_FAILED, "piece %d: errno %d", i, errno);
	}
}

static void forks(bool fails)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(3);
	if (fails) {
		CHECK(child == -1 && errno == ENOMEM, "fork gave %d, errno %d",
		      child, errno);
		return;
	}
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3,
	      "fork gave %d, errno %d", child, errno);
}

/* What was mapped stays mapped, and fork() works when there is room again. */
static void no_room(void)
{
	int i;

	map_too_much();
	*pieces[0] = 'a';
	for (i = 0; i < 3; i++)
		forks(true);
	CHECK(*pieces[0] == 'a', "it is %d", *pieces[0]);
	*pieces[1] = 'b';
	for (i = 2; i < PIECES; i++)
		munmap(pieces[i], PIECE);
	forks(false);
	CHECK(*pieces[1] == 'b', "it is %d", *pieces[1]);
}

/* A mapping that the child would not have had is no mapping of it either. */
static void no_room_behind_a_hole(void)
{
	map_too_much();
	CHECK(!madvise(pieces[PIECES - 1], PIECE, MADV_DONTFORK), "madvise");
	CHECK(!madvise(pieces[PIECES / 2], PIECE, MADV_DONTFORK), "madvise");
	CHECK(!madvise(pieces[0], PIECE, MADV_WIPEONFORK), "madvise");
	forks(true);
	forks(true);
}

static const struct check checks[] = {
	{ "no-room", no_room, 0 },
	{ "no-room-behind-a-hole", no_room_behind_a_hole, 0 },
};

static void prepare(void)
{
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
