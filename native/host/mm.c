// SPDX-License-Identifier: GPL-2.0
/*
 * User memory: the arena, mapped twice. At ARENA_BASE with the protection that
 * the program asks for, between guard zones, so that real reads and writes
 * fault where they should; and once more, always writable, for everything that
 * checks by itself.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/uaccess.h>

#include "host.h"

#define GUARD_BYTES	(64 * 1024UL)

uint8_t *host_arena;
static uint8_t kinds[ARENA_PAGES];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

void host_mm_init(void)
{
	void *zone = (void *)(ARENA_BASE - GUARD_BYTES);
	size_t size = ARENA_SIZE + 2 * GUARD_BYTES;
	int fd = memfd_create("arena", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, ARENA_SIZE))
		die("arena");
	if (mmap(zone, size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
		 MAP_FIXED_NOREPLACE, -1, 0) != zone)
		die("guard zones of the arena");
	if (mmap((void *)ARENA_BASE, ARENA_SIZE, PROT_NONE,
		 MAP_SHARED | MAP_FIXED, fd, 0) != (void *)ARENA_BASE)
		die("arena");
	host_arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);
	if (host_arena == MAP_FAILED)
		die("arena");
	close(fd);
}

static int protection(uint8_t kind)
{
	switch (kind) {
	case PAGE_READ_WRITE:
		return PROT_READ | PROT_WRITE;
	case PAGE_READ_ONLY:
		return PROT_READ;
	default:
		return PROT_NONE;
	}
}

static void set_kind(unsigned int i, uint8_t kind)
{
	if (kind == kinds[i])
		return;
	if (mprotect((void *)(ARENA_BASE + i * PAGE_SIZE), PAGE_SIZE,
		     protection(kind)))
		die("protection of a page");
	kinds[i] = kind;
}

void host_mm_start(const uint8_t *pages, const uint8_t *memory)
{
	unsigned int i;

	for (i = 0; i < ARENA_PAGES; i++)
		set_kind(i, pages[i]);
	memcpy(host_arena, memory, ARENA_SIZE);
}

/* For the kernel, which does not wait for a cold one (D89, PAGE-2). */
static bool page_good(uint8_t kind, bool write)
{
	return kind == PAGE_READ_WRITE || (kind == PAGE_READ_ONLY && !write);
}

size_t host_user_extent(unsigned long addr, size_t n, bool write)
{
	unsigned long off = addr - ARENA_BASE, end;

	for (end = off; end < ARENA_SIZE && end - off < n;
	     end = (end | (PAGE_SIZE - 1)) + 1)
		if (!page_good(kinds[end / PAGE_SIZE], write))
			break;
	return min(end - off, n);
}

bool host_user_page_cold(unsigned long addr)
{
	unsigned long off = addr - ARENA_BASE;

	return off < ARENA_SIZE && kinds[off / PAGE_SIZE] == PAGE_COLD;
}

/* From now on an ordinary writable page for all tasks (PAGE-3). */
void host_user_page_in(unsigned long addr)
{
	if (host_user_page_cold(addr))
		set_kind((addr - ARENA_BASE) / PAGE_SIZE, PAGE_READ_WRITE);
}

bool host_user_page_writable(unsigned long addr)
{
	return host_user_extent(addr, 1, true) == 1;
}

int host_copy_from_user(void *to, unsigned long from, size_t n)
{
	if (host_user_extent(from, n, false) < n)
		return -EFAULT;
	memcpy(to, host_arena + (from - ARENA_BASE), n);
	return 0;
}

int host_copy_to_user(unsigned long to, const void *from, size_t n)
{
	if (host_user_extent(to, n, true) < n)
		return -EFAULT;
	memcpy(host_arena + (to - ARENA_BASE), from, n);
	return 0;
}
