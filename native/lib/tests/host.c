// SPDX-License-Identifier: GPL-2.0
/*
 * What needs no kernel: atoms, rings, stacks, and threadlets that do not block,
 * on a page that the test makes up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslet.h>
#include <unistd.h>

#include "../src/internal.h"
#include "check.h"

static struct async_head_user head;
static struct threadlet_page fake;

static void atoms(void)
{
	struct syslet_call call, next;
	char byte;
	int fd = -7;

	memset(&call, 0xff, sizeof(call));
	syslet_prep(&call, SYS_read, fd, &byte, 1);
	CHECK(call.atom.nr == SYS_read && !call.atom.flags, "call and flags");
	CHECK(call.atom.ret_ptr == &call.ret && !call.ret, "result");
	CHECK(!call.atom.next && !call.atom.private, "links");
	CHECK((long)*call.atom.arg_ptr[0] == -7, "an int keeps its sign");
	CHECK(*call.atom.arg_ptr[1] == (uintptr_t)&byte, "a pointer");
	CHECK(*call.atom.arg_ptr[2] == 1, "a number");
	CHECK(!call.atom.arg_ptr[3] && !call.atom.arg_ptr[5], "NULL ends");

	syslet_prep(&next, SYS_getpid);
	CHECK(!next.atom.arg_ptr[0], "no arguments");
	syslet_link(&call, &next);
	CHECK(call.atom.next == &next.atom, "link");
	syslet_prep(&call, SYS_futex, 1, 2, 3, 4, 5, 6);
	CHECK(call.atom.arg_ptr[5] && *call.atom.arg_ptr[5] == 6, "six");
	CHECK((void *)&call == (void *)&call.atom, "an event is the call");
}

static struct syslet_uatom *seen[8];
static unsigned int seen_count;

static void note(struct syslet_uatom *event, void *data)
{
	CHECK(data == &fake, "data");
	seen[seen_count++ % 8] = event;
}

static void rings(void)
{
	static struct syslet_uatom *ring[3] = { (void *)1, NULL, NULL };
	struct syslet_uatom atom[3];
	int i;

	CHECK(!syslet_head_init(&head, ring, 3), "init");
	CHECK(!ring[0] && head.ring_size_bytes == 24, "ring");
	CHECK(head.head_stack && head.new_thread_stack, "stacks");
	CHECK(head.head_stack != head.new_thread_stack, "different ones");
	CHECK(head.new_thread_stack % 16 == 0, "aligned");
	CHECK(head.new_thread_ip == (uintptr_t)syslet_thread_start, "ip");
	CHECK(!syslet_ring_take(&head), "empty");

	/* As the kernel: from slot 2 on, around the end. */
	head.user_ring_idx = 2;
	ring[2] = &atom[0];
	ring[0] = &atom[1];
	CHECK(syslet_ring_drain(&head, note, &fake) == 2, "two");
	CHECK(seen[0] == &atom[0] && seen[1] == &atom[1], "in order");
	CHECK(head.user_ring_idx == 1, "index %lu", head.user_ring_idx);
	CHECK(!ring[2] && !ring[0], "slots are cleared");
	for (i = 0; i < 3; i++)
		ring[(1 + i) % 3] = &atom[i];
	CHECK(syslet_ring_drain(&head, note, &fake) == 3, "a full ring");
	CHECK(head.user_ring_idx == 1, "all the way round");
}

static void refill(void)
{
	unsigned long first = head.new_thread_stack;

	CHECK(!syslet_refill(&head) && head.new_thread_stack == first,
	      "not needed");
	head.new_thread_stack = 0;
	CHECK(!syslet_refill(&head) && head.new_thread_stack, "needed");
	CHECK(head.new_thread_stack != first, "another one");
	memset((char *)head.new_thread_stack - 64, 1, 64);
}

static void stacks(void)
{
	enum { MANY = 100 };
	static unsigned char *all[MANY];
	struct threadlet_block *block;
	void *again;
	int i;

	for (i = 0; i < MANY; i++) {
		all[i] = threadlet_stack_alloc();
		CHECK(all[i], "stack %d", i);
		memset(all[i] - (THREADLET_STACK_SIZE - 4096 - BLOCK_SIZE), i,
		       THREADLET_STACK_SIZE - 4096 - BLOCK_SIZE);
		CHECK(!threadlet_stack_busy(all[i]), "free");
	}
	for (i = 0; i < MANY; i++)
		CHECK(all[i][-1] == i && all[i][-50000] == i, "own memory");

	block = (struct threadlet_block *)all[3];
	block->owner = 1;
	threadlet_stack_free(all[3]);
	again = threadlet_stack_alloc();
	CHECK(again != all[3], "freed, but still used");
	block->owner = 0;
	CHECK(threadlet_stack_alloc() == all[3], "its threadlet has ended");
	threadlet_stack_free(all[3]);
	CHECK(threadlet_stack_alloc() == all[3], "freed");
	threadlet_stack_free(NULL);
}

static long called_with;
static void *address_inside;
static void *own_stack;

static long work(void *data)
{
	called_with = (long)data;
	address_inside = __builtin_frame_address(0);
	CHECK(fake.armed == (fake.token | 1), "armed");
	CHECK(threadlet_stack_busy(own_stack), "owned");
	return threadlet_complete();
}

static long work_still(void *data)
{
	CHECK(data == NULL, "no data");
	CHECK(fake.armed == fake.token && fake.armed, "armed, cannot move");
	return threadlet_complete();
}

static long forgetful(void *data)
{
	return (long)data;
}

static long work_again(void *data)
{
	(void)data;
	CHECK(threadlet_complete() == 1, "first");
	CHECK(threadlet_complete() == -EINVAL, "second");
	CHECK(threadlet_exec(work, own_stack, &head) == -EBUSY, "we are on it");
	return 5;
}

static void cached(void)
{
	void *stack = threadlet_stack_alloc();
	unsigned long token, i;

	own_stack = stack;
	threadlet_self.page = &fake;
	fake.ready = 1;
	CHECK(threadlet_exec_data(work, stack, &head, (void *)42) == 1, "done");
	CHECK(called_with == 42, "argument %ld", called_with);
	CHECK((char *)stack - (char *)address_inside < 256, "on the stack");
	CHECK(!fake.armed && fake.token == 2, "token %lu", fake.token);
	CHECK(!threadlet_stack_busy(stack), "given back");
	for (i = 0; i < 1000; i++)
		CHECK(threadlet_exec(work, stack, &head) == 1, "%lu", i);
	CHECK(fake.token == 2002 && !called_with, "a new token each");
	CHECK(threadlet_exec_data(forgetful, stack, &head, (void *)7) == 1,
	      "a function that does not complete");
	CHECK(threadlet_exec(work_again, stack, &head) == 1, "its value is 1");

	/* No spare, and no stack for one. */
	fake.ready = 0;
	head.new_thread_stack = 0;
	CHECK(threadlet_exec(work_still, stack, &head) == 2, "still");
	CHECK(!fake.armed, "disarmed");
	token = fake.token;

	/* Whose stack? */
	((struct threadlet_block *)stack)->owner = 1;
	CHECK(threadlet_exec(work, stack, &head) == -EBUSY, "busy");
	((struct threadlet_block *)stack)->owner = 0;
	CHECK(threadlet_exec(work, (char *)stack - 64, &head) == -EINVAL,
	      "not a top");
	CHECK(threadlet_exec(work, NULL, &head) == -EINVAL, "none");
	CHECK(fake.token == token, "nothing has run");
}

/* The page does not come along, nor do the threadlets. */
static void forked(void)
{
	struct threadlet_block *stack = threadlet_stack_alloc();
	int status;
	pid_t child;

	stack->owner = 1;
	threadlet_self.foreign = 1;
	child = fork();
	if (!child)
		_exit(threadlet_self.page || threadlet_self.foreign ||
		      threadlet_stack_busy(stack) || !threadlet_stack_alloc());
	CHECK(waitpid(child, &status, 0) == child && !status, "%#x", status);
	CHECK(threadlet_self.page && threadlet_stack_busy(stack), "parent");
	threadlet_self.foreign = 0;
	stack->owner = 0;
}

/* Without the kernel's part; only where it is really missing. */
static void elsewhere(void)
{
	static char other[8192] __attribute__((aligned(64)));

	if (syslet_available())
		return;
	threadlet_self.page = NULL;
	CHECK(threadlet_exec(work, threadlet_stack_alloc(), &head) == -ENOSYS,
	      "no syslets");
	CHECK(threadlet_exec(work, other + 8192, &head) == -ENOSYS, "foreign");
	CHECK(!threadlet_self.foreign, "not counted");
}

int main(void)
{
	atoms();
	rings();
	refill();
	stacks();
	cached();
	forked();
	elsewhere();
	printf("host: %d failures\n", failures);
	return failures != 0;
}
