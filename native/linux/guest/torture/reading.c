// SPDX-License-Identifier: GPL-2.0
/* What user mode can read that is none of its own. */
#include "torture.h"
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include "scripts.h"

/* Memory of User Mode Linux. User mode has nothing there, nor its sums. */
#define KERNEL_BEGIN	0x60000000UL
#define KERNEL_SIZE	(512UL << 20)
#define DIRTY		(256 * 4096UL)

static bool is_kernel(unsigned long word)
{
	return word - KERNEL_BEGIN < KERNEL_SIZE;
}

/* By a call, since the page may be gone or closed at any moment. */
void look_at_page(const void *page)
{
	unsigned long words[512];
	struct iovec to = { words, sizeof(words) };
	struct iovec from = { (void *)page, sizeof(words) };
	unsigned int i;

	if (CALL(SYS_process_vm_readv, CALL(SYS_getpid), &to, 1, &from, 1, 0) !=
	    sizeof(words))
		return;
	for (i = 0; i < 512; i++)
		if (is_kernel(words[i]))
			wrong("address of the kernel", "%lx, word %u of %p",
			      words[i], i, page);
}

static const char *what_a_user_has(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct has[2] = {};
	char text[6];
	long fd;

	if (CALL(SYS_getuid) != NOBODY || CALL(SYS_geteuid) != NOBODY ||
	    CALL(SYS_getegid) != NOBODY)
		return "a user is another";
	CALL(SYS_capget, &head, has);
	if (has[0].effective | has[0].permitted | has[1].effective |
	    has[1].permitted)
		return "a user has capabilities";
	fd = CALL(SYS_openat, AT_FDCWD, SECRET, O_RDONLY);
	if (fd < 0)
		return NULL;
	if (CALL(SYS_read, fd, text, 6) == 6 && !memcmp(text, "secret", 6))
		return "a user reads what is root's";
	CALL(SYS_close, fd);
	return NULL;
}

/*
 * A user is nobody, whatever its tasks have done. It has to be seen again and
 * again: what a store to the page makes of a stack may lead into the middle of
 * this with any result.
 */
void look_at_user(void)
{
	static volatile int seen;
	const char *what = NULL;

	for (seen = 0; seen < 4; seen++) {
		what = what_a_user_has();
		if (!what)
			return;
	}
	wrong(what, "the user ID is %ld", CALL(SYS_geteuid));
}

/* Pages that are free hold something from now on. */
static void leave_traces(void)
{
	char *pages = (void *)CALL(SYS_mmap, 0, DIRTY, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long i;

	for (i = 0; i < DIRTY; i++)
		pages[i] = 's';
	CALL(SYS_munmap, pages, DIRTY);
}

static void sleep_a_little(long unused)
{
	(void)unused;
	nap_us(1000);
}

/* The page that a family shares with the kernel tells of nothing else. */
void play_fresh_page(void)
{
	unsigned long *word, *end;
	int i;

	leave_traces();
	begin_family();
	own.page = (void *)CALL(NR_THREADLET_ON, 0, 0, &own.ahu);
	if ((long)own.page <= 0 && (long)own.page > -4096)
		return;
	for (i = below(3); i >= 0; i--) {
		word = (unsigned long *)(own.page + 1);
		end = word + (4096 - sizeof(*own.page)) / sizeof(*word);
		for (; word < end; word++)
			if (*word) {
				wrong("page of others", "%lx at %p", *word,
				      word);
				return;
			}
		look_at_page(own.page);
		hand_over();
		threadlet(sleep_a_little, 0);
		nap_us(3000);
	}
}
