// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of threadlets: equal, aligned pieces of one reserved region, each with
 * a guard page at its low end and its struct threadlet_block at the top.
 */
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#include "internal.h"

#define GUARD		0x1000UL
#define MOST_STACKS	0x4000UL
#define NOTHING		UINT32_MAX

_Static_assert(STACK_SIZE == THREADLET_STACK_SIZE, "");

hidden struct threadlet_region threadlet_region;

/* Freed stacks, linked by number: idle ones, and those still in use. */
static uint32_t next_of[MOST_STACKS], idle = NOTHING, late = NOTHING;
static uint32_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct threadlet_block *block_of(uint32_t number)
{
	return (struct threadlet_block *)(threadlet_region.base +
					  (number + 1) * STACK_SIZE -
					  BLOCK_SIZE);
}

static int is_busy(const struct threadlet_block *block)
{
	return __atomic_load_n(&block->owner, __ATOMIC_ACQUIRE) != 0;
}

/* Smaller where the address space is limited. */
static int reserve(void)
{
	unsigned long bytes, base;
	void *area;

	for (bytes = MOST_STACKS * STACK_SIZE; bytes >= 4 * STACK_SIZE;
	     bytes /= 2) {
		area = mmap(NULL, bytes + STACK_SIZE, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			    -1, 0);
		if (area == MAP_FAILED)
			continue;
		base = ((unsigned long)area + STACK_SIZE - 1) &
		       ~(unsigned long)(STACK_SIZE - 1);
		threadlet_region.base = base;
		/* A thread that sees the bytes sees the base. */
		__atomic_store_n(&threadlet_region.bytes, bytes,
				 __ATOMIC_RELEASE);
		return 0;
	}
	return -1;
}

/* What was freed while its threadlet ran may have come to its end. */
static void sort_late(void)
{
	uint32_t *link = &late, number;

	while ((number = *link) != NOTHING) {
		if (is_busy(block_of(number))) {
			link = &next_of[number];
			continue;
		}
		*link = next_of[number];
		next_of[number] = idle;
		idle = number;
	}
}

static uint32_t take_number(void)
{
	uint32_t number;
	void *low;

	if (!threadlet_region.bytes && reserve())
		return NOTHING;
	if (idle == NOTHING)
		sort_late();
	if (idle != NOTHING) {
		number = idle;
		idle = next_of[number];
		return number;
	}
	if ((used + 1) * STACK_SIZE > threadlet_region.bytes)
		return NOTHING;
	low = (void *)(threadlet_region.base + used * STACK_SIZE + GUARD);
	if (mprotect(low, STACK_SIZE - GUARD, PROT_READ | PROT_WRITE))
		return NOTHING;
	return used++;
}

void *threadlet_stack_alloc(void)
{
	uint32_t number;

	pthread_mutex_lock(&lock);
	number = take_number();
	pthread_mutex_unlock(&lock);
	return number == NOTHING ? NULL : block_of(number);
}

void threadlet_stack_free(void *stack)
{
	uint32_t number, *list;

	if (!stack)
		return;
	number = ((unsigned long)stack - threadlet_region.base) / STACK_SIZE;
	pthread_mutex_lock(&lock);
	list = is_busy(stack) ? &late : &idle;
	next_of[number] = *list;
	*list = number;
	pthread_mutex_unlock(&lock);
}

int threadlet_stack_busy(const void *stack)
{
	if (threadlet_in_region((unsigned long)stack))
		return is_busy(stack);
	return threadlet_foreign_busy((unsigned long)stack);
}

hidden void threadlet_lock_stacks(void)
{
	pthread_mutex_lock(&lock);
}

hidden void threadlet_unlock_stacks(void)
{
	pthread_mutex_unlock(&lock);
}

/* In a new process, which has no threadlets: all but this stack are free. */
hidden void threadlet_free_all_stacks(unsigned long here)
{
	unsigned long own = (here - threadlet_region.base) / STACK_SIZE;
	uint32_t number;

	for (number = 0; number < used; number++)
		if (number != own && is_busy(block_of(number)))
			block_of(number)->owner = 0;
}
