// SPDX-License-Identifier: GPL-2.0
/*
 * A call that is under way when its head gives something up has its effect once,
 * and what comes behind it finds its pages. The head waits for nothing that waits
 * for the head.
 */
#include "checks.h"
#include "functions.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#define UNTOUCHED	0x7777
#define PAGE		4096

static struct call first;
static volatile long done, got;
static int sockets[2], faults;
static char *cold;
static char text[16], from[128];

/* So many pages, whose content is that of the last one before them. */
static void make_cold(int pages)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	cold = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)cold;
	range.range.len = pages * PAGE;
	CHECK(faults >= 0 && cold != MAP_FAILED &&
	      !ioctl(faults, UFFDIO_API, &api) &&
	      !ioctl(faults, UFFDIO_REGISTER, &range), "userfaultfd");
}

static void bring_in(int page, const void *content, size_t size)
{
	static char whole[PAGE] __attribute__((aligned(PAGE)));
	struct uffdio_copy copy = {
		.dst = (uintptr_t)cold + page * PAGE,
		.src = (uintptr_t)whole,
		.len = PAGE,
	};

	memset(whole, 0, PAGE);
	memcpy(whole, content, size);
	ioctl(faults, UFFDIO_COPY, &copy);
}

static void give_up(void)
{
	CHECK(!syscall(SYS_setresgid, 1000, 1000, 1000), "setresgid");
}

static void receive_start(long n)
{
	got = syscall(SYS_recvfrom, sockets[0], text, sizeof(text), 0, from, cold);
	done = n;
}

static void two_datagrams(void)
{
	make_cold(1);
	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets), "socketpair");
	CHECK(write(sockets[1], "first", 5) == 5, "write");
	CHECK(write(sockets[1], "second", 6) == 6, "write");
}

/* It has the datagram already when it looks how long an address may be. */
static void datagram_of_chain(void)
{
	unsigned int size = sizeof(from);
	int i;

	two_datagrams();
	call_set(&first, SYS_recvfrom, sockets[0], (uintptr_t)text, sizeof(text));
	first.args[4] = (uintptr_t)from;
	first.args[5] = (uintptr_t)cold;
	for (i = 3; i < 6; i++)
		first.atom.arg_ptr[i] = &first.args[i];
	CHECK(!submit(&first), "sync");
	give_up();
	bring_in(0, &size, sizeof(size));
	CHECK(reap() == &first.atom, "no event");
	CHECK(first.ret == 5 && !strcmp(text, "first"), "recvfrom gave %ld: %s",
	      first.ret, text);
}

static void datagram_of_threadlet(void)
{
	unsigned int size = sizeof(from);
	int i;

	two_datagrams();
	CHECK(!exec(receive_start, 1), "did not go async");
	give_up();
	bring_in(0, &size, sizeof(size));
	for (i = 0; !done && i < 100000; i++)
		usleep(100);
	CHECK(got == 5 && !strcmp(text, "first"), "recvfrom gave %ld: %s", got,
	      text);
}

/* Nobody but the head would bring the page that the call writes to. */
static void page_served_by_head(void)
{
	int fds[2];

	make_cold(1);
	CHECK(!pipe(fds) && write(fds[1], "x", 1) == 1, "pipe");
	call_set(&first, SYS_read, fds[0], (uintptr_t)cold, 1);
	CHECK(!submit(&first), "sync");
	give_up();
	bring_in(0, "", 1);
	CHECK(reap() == &first.atom && first.ret == 1, "read gave %ld",
	      first.ret);
	CHECK(*cold == 'x', "wrong data");
}

/* Nor would another one let the call read where to connect to. */
static void address_served_by_head(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	make_cold(1);
	call_set(&first, SYS_connect, fd, (uintptr_t)cold, sizeof(address));
	CHECK(!submit(&first), "sync");
	give_up();
	bring_in(0, &address, sizeof(address));
	CHECK(reap() == &first.atom && first.ret == -EINTR, "connect gave %ld",
	      first.ret);
}

static struct syslet_uatom behind;
static long behind_ret = UNTOUCHED;

/* Slowly, as a disk does. */
static void *serve(void *arg)
{
	int *pages = arg;

	usleep(20000);
	bring_in(0, "", 1);
	usleep(20000);
	if (*pages > 1)
		bring_in(1, &behind, sizeof(behind));
	return NULL;
}

/*
 * A call that was not redone says nothing to the one behind it: that is fetched
 * from a page that has to come in as well.
 */
static void atom_on_cold_page(void)
{
	static char data[2 * PAGE] __attribute__((aligned(PAGE)));
	pthread_t server;
	int fds[2], pages = 2;

	make_cold(2);
	CHECK(!pipe(fds), "pipe");
	behind.nr = SYS_getppid;
	behind.ret_ptr = &behind_ret;
	memcpy(data, "x", 1);
	call_set(&first, SYS_write, fds[1], (uintptr_t)cold, 1);
	first.atom.next = (void *)(cold + PAGE);
	CHECK(!submit(&first), "sync");
	pthread_create(&server, NULL, serve, &pages);
	/* No more than this: the chain goes on. */
	CHECK(!syscall(SYS_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0),
	      "prctl");
	CHECK(reap() == (void *)(cold + PAGE), "no event");
	CHECK(first.ret == 1, "write gave %ld", first.ret);
	CHECK(behind_ret != UNTOUCHED, "the atom behind it was not made");
	pthread_join(server, NULL);
}

/* The call was broken off; its event finds a ring that has to come in. */
static void event_on_cold_page(void)
{
	struct syslet_uatom **slots;
	pthread_t server;
	int pages = 1;
	char *path;

	make_cold(1);
	slots = (void *)cold;
	pthread_create(&server, NULL, serve, &pages);
	path = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	{
		struct uffdio_api api = { .api = UFFD_API };
		struct uffdio_register range = {
			.range = { (uintptr_t)path, PAGE },
			.mode = UFFDIO_REGISTER_MODE_MISSING,
		};
		int other = syscall(SYS_userfaultfd, O_CLOEXEC);

		CHECK(!ioctl(other, UFFDIO_API, &api) &&
		      !ioctl(other, UFFDIO_REGISTER, &range), "userfaultfd");
	}
	ahu.completion_ring = slots;
	ahu.ring_size_bytes = 8 * sizeof(*slots);
	call_set(&first, SYS_open, (uintptr_t)path, O_RDONLY, 0);
	CHECK(!submit(&first), "sync");
	give_up();
	CHECK(!syscall(NR_ASYNC_WAIT, 1UL, 0UL, &ahu), "async_wait");
	CHECK(first.ret == -EINTR, "open gave %ld", first.ret);
	CHECK(slots[0] == &first.atom && ahu.kernel_ring_idx == 1, "no event");
	pthread_join(server, NULL);
}

static const struct check checks[] = {
	{ "datagram-of-chain", datagram_of_chain, 0 },
	{ "datagram-of-threadlet", datagram_of_threadlet, 0 },
	{ "page-served-by-head", page_served_by_head, 0 },
	{ "address-served-by-head", address_served_by_head, 0 },
	{ "atom-on-cold-page", atom_on_cold_page, 0 },
	{ "event-on-cold-page", event_on_cold_page, 0 },
};

static void prepare(void)
{
}

int main(int argc, char **argv)
{
	return run_checks(checks, sizeof(checks) / sizeof(*checks), prepare,
			  argc < 2 ? NULL : argv[1]);
}
